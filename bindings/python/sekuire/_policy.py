# SPDX-License-Identifier: Apache-2.0
"""Policies that were accepted (or are drafts), and sessions that count."""
from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, Literal, Union

from . import _decision
from ._actions import ENCODERS, Action, Parts, Tool, encoder_of, refuse
from ._agent import Finding, check
from ._decision import ALLOWED, CLOCK, Decision
from ._errors import NOT_ACCEPTED, ActionError, KeyInvalid, NotAccepted, PolicyError, SekuireError, UsageError, new_error, raised, word_of
from ._ffi import ffi, lib
from ._files import KEY_FILE_BYTES, POLICY_BYTES, read_regular

Stage = Literal["draft", "accepted"]
TrustedKey = Union[str, "os.PathLike[str]"]

_ALLOW = 3
_BATCH = 4096
_SECONDS_END = 1 << 62
_NULL = ffi.NULL
_decide = _decision.decide
_quick_tool = lib.bridge_quick_tool
_HEX_DIGITS = re.compile(r"\s*[0-9A-Fa-f]{64}\s*")


@dataclass(frozen=True, slots=True)
class Floor:
    """What is known of a workspace from earlier acceptances. Store it (to_dict) after each, and hand it back (from_dict) at the next: an
    older policy is refused then."""

    policy_id: str | None = None
    policy_version: str | None = None
    hash: str | None = None
    sequence: int | None = None
    bound: bool = False
    accepted_at: int = 0

    def __post_init__(self) -> None:
        texts = (("policy_id", self.policy_id, 128), ("policy_version", self.policy_version, 64), ("hash", self.hash, 64))
        for name, text, limit in texts:
            if text is not None and (not isinstance(text, str) or not text.isascii() or not 0 < len(text) <= limit or "\0" in text):
                raise UsageError("usage", f"floor: {name} is no text of 1 to {limit} characters")
        if len({text is None for _, text, _ in texts}) != 1:
            raise UsageError("usage", "floor: policy_id, policy_version and hash stand together")
        if self.sequence is not None and (type(self.sequence) is not int or not 0 <= self.sequence < 1 << 64):
            raise UsageError("usage", "floor: sequence is no whole number from 0 to 2^64-1")
        if type(self.bound) is not bool:
            raise UsageError("usage", "floor: bound is no bool")
        if type(self.accepted_at) is not int or abs(self.accepted_at) >= _SECONDS_END:
            raise UsageError("usage", "floor: accepted_at is no time in Unix seconds")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> Floor:
        """What to_dict gave. A member too much or too few is an error: a floor that is half read protects half."""
        if set(members) != {field.name for field in fields(cls)}:
            raise UsageError("usage", "floor: the members are not those of Floor.to_dict")
        return cls(**members)


def _seconds(now: float | None) -> int:
    """Unix seconds; CLOCK for none."""
    if now is None:
        return CLOCK
    try:
        seconds = math.floor(now)
    except (TypeError, ValueError, OverflowError):
        raise UsageError("usage", "now: no time in Unix seconds") from None
    if abs(seconds) >= _SECONDS_END:
        raise UsageError("usage", "now: no time in Unix seconds")
    return seconds


def _key_text(key: object, source: str) -> str:
    """The digits of a key: none of them gets into a message."""
    if isinstance(key, str):
        if _HEX_DIGITS.fullmatch(key) is None:
            raise KeyInvalid("key_invalid", f"{source}: a public key is 64 hex digits; name a file by a pathlib.Path")
        return key
    if not isinstance(key, os.PathLike):
        raise KeyInvalid("key_invalid", f"{source}: a key is 64 hex digits (str), or the pathlib.Path of a file that holds them")
    path = os.fspath(key)
    if not isinstance(path, str):
        raise KeyInvalid("key_invalid", f"{source}: the path is no str")
    if path.endswith("secret.key"):
        raise UsageError("usage", f"{source}: looks like a secret key, which is nobody else's to see; the public one is beside it", path=path)
    try:
        return read_regular(path, KEY_FILE_BYTES).decode("ascii")
    except UnicodeDecodeError:
        raise KeyInvalid("key_invalid", f"{source}: a public key is 64 hex digits", path=path) from None


def _trusted_keys(trusted_keys: TrustedKey | Iterable[TrustedKey]) -> Any:
    """An array of struct sekuire_public_key."""
    given = [trusted_keys] if isinstance(trusted_keys, (str, os.PathLike)) else list(trusted_keys)
    keys = ffi.new("struct sekuire_public_key[]", len(given))
    err = new_error()
    for i, key in enumerate(given):
        source = f"trusted_keys[{i}]"
        text = _key_text(key, source).encode()
        if lib.sekuire_public_key_parse((ffi.from_buffer(text), len(text)), keys[i : i + 1], err) != 0:
            raise KeyInvalid("key_invalid", f"{source}: {ffi.string(err.message).decode(errors='replace')}")
    return keys


def _c_string(text: object, name: str) -> bytes:
    if not isinstance(text, str) or "\0" in text:
        raise UsageError("usage", f"{name}: no id")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UsageError("usage", f"{name}: no id") from None


def _floor_in(floor: Floor | None) -> Any:
    if floor is None:
        return ffi.NULL
    if not isinstance(floor, Floor):
        raise UsageError("usage", "floor: no Floor; Floor.from_dict makes one")
    ret = ffi.new("struct sekuire_floor *")
    if floor.policy_id is not None and floor.policy_version is not None and floor.hash is not None:
        ret.has_policy = 1
        ret.policy_id = floor.policy_id.encode()
        ret.policy_version = floor.policy_version.encode()
        ret.hash = floor.hash.encode()
    if floor.sequence is not None:
        ret.has_sequence = 1
        ret.sequence = floor.sequence
    ret.bound = floor.bound
    ret.accepted_at = floor.accepted_at
    return ret


def _floor_out(floor: Any) -> Floor:
    def text(value: Any) -> str | None:
        return ffi.string(value).decode() if floor.has_policy else None

    return Floor(
        policy_id=text(floor.policy_id),
        policy_version=text(floor.policy_version),
        hash=text(floor.hash),
        sequence=floor.sequence if floor.has_sequence else None,
        bound=floor.bound != 0,
        accepted_at=floor.accepted_at,
    )


def _text(value: Any) -> str | None:
    return ffi.unpack(value.data, value.size).decode(errors="replace") if value.size > 0 else None


def _policy_error(err: Any, path: str | None) -> SekuireError | MemoryError:
    return raised(NotAccepted if word_of(err) in NOT_ACCEPTED else PolicyError, err, path)


def _encoded(action: Action) -> Parts:
    """For actions of any type; those of ENCODERS need not come by here."""
    try:
        return (ENCODERS.get(type(action)) or encoder_of(action))(action)
    except (AttributeError, TypeError, UnicodeEncodeError) as error:
        refuse(action, error)


class Policy:
    """A policy, compiled. Never changes; any number of threads may use it."""

    __slots__ = ("_engine", "_id", "_workspace", "_version", "_status", "_hash", "_stage", "_floor", "__weakref__")
    _engine: Any
    _id: str | None
    _workspace: str | None
    _version: str | None
    _status: str | None
    _hash: str | None
    _stage: Stage
    _floor: Floor | None

    def __init__(self) -> None:
        raise TypeError("policies come from Policy.load and Policy.parse")

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        workspace: str | None = None,
        trusted_keys: TrustedKey | Iterable[TrustedKey] | None = None,
        draft: bool = False,
        allow_unknown_keys: bool = False,
        now: float | None = None,
        floor: Floor | None = None,
    ) -> Policy:
        """Reads a file of at most 4 MiB; else as parse."""
        name = os.fspath(path)
        return cls._open(read_regular(name, POLICY_BYTES), name, workspace, trusted_keys, draft, allow_unknown_keys, now, floor)

    @classmethod
    def parse(
        cls,
        data: bytes | bytearray | memoryview,
        *,
        workspace: str | None = None,
        trusted_keys: TrustedKey | Iterable[TrustedKey] | None = None,
        draft: bool = False,
        allow_unknown_keys: bool = False,
        now: float | None = None,
        floor: Floor | None = None,
    ) -> Policy:
        """Takes a policy that is the workspace's, signed by one of the trusted keys (64 hex digits, or the Path of a file), current by what
        the floor says of earlier ones, and in time. With draft=True any well-formed one, of which nothing was checked."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise UsageError("usage", f"a policy is bytes, not {type(data).__name__}")
        return cls._open(bytes(data), None, workspace, trusted_keys, draft, allow_unknown_keys, now, floor)

    @classmethod
    def _open(
        cls,
        data: bytes,
        path: str | None,
        workspace: str | None,
        trusted_keys: TrustedKey | Iterable[TrustedKey] | None,
        draft: bool,
        allow_unknown_keys: bool,
        now: float | None,
        floor: Floor | None,
    ) -> Policy:
        if draft and not (workspace is None and trusted_keys is None and floor is None):
            raise UsageError("usage", "draft=True checks nothing: workspace, trusted_keys and floor do not go with it")
        if not draft and (workspace is None or trusted_keys is None):
            raise UsageError("usage", "a policy is accepted for a workspace and by trusted_keys: give both, or draft=True")
        err = new_error()
        ret = ffi.new("struct sekuire_policy **")
        if lib.bridge_policy_parse(data, len(data), ret, err) != 0:
            raise _policy_error(err, path)
        policy = ffi.gc(ret[0], lib.sekuire_policy_free)
        self = cls.__new__(cls)
        self._stage = "draft" if draft else "accepted"
        self._floor = None
        if workspace is not None and trusted_keys is not None:
            self._floor = _accept(policy, path, workspace, _trusted_keys(trusted_keys), now, floor)
        flags = (lib.SEKUIRE_ENGINE_DRAFT if draft else 0) | (lib.SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS if allow_unknown_keys else 0)
        engine = ffi.new("struct sekuire_engine **")
        if lib.bridge_engine_new(policy, flags, engine, err) != 0:
            raise _policy_error(err, path)
        self._engine = ffi.gc(engine[0], lib.sekuire_engine_free)
        self._id = _text(lib.sekuire_policy_get_id(policy))
        self._workspace = _text(lib.sekuire_policy_get_workspace_id(policy))
        self._version = _text(lib.sekuire_policy_get_version(policy))
        self._status = _text(lib.sekuire_policy_get_status(policy))
        self._hash = _text(lib.sekuire_policy_get_hash(policy))
        if lib.bridge_overridden():
            _decision.warn_of_override()
        return self

    @property
    def id(self) -> str | None:
        return self._id

    @property
    def workspace(self) -> str | None:
        return self._workspace

    @property
    def version(self) -> str | None:
        return self._version

    @property
    def status(self) -> str | None:
        return self._status

    @property
    def hash(self) -> str | None:
        return self._hash

    @property
    def stage(self) -> Stage:
        """A draft is a policy of which nothing was checked."""
        return self._stage

    @property
    def floor(self) -> Floor | None:
        """What to store, and to hand back at the next load; None for a draft."""
        return self._floor

    def decide(self, action: Action, *, now: float | None = None) -> Decision:
        """Decides at now (Unix seconds; the clock's time). Raises ActionError where there is nothing that could be decided."""
        try:
            if type(action) is Tool and now is None:  # the most common question, for which the rest would take longer than the answer
                name = action.name.encode()
                if _quick_tool(self._engine, name, len(name)) == _ALLOW:
                    return ALLOWED
            parts = (ENCODERS.get(type(action)) or encoder_of(action))(action)
        except (AttributeError, TypeError, UnicodeEncodeError) as error:
            refuse(action, error)
        return _decide(self._engine, _NULL, parts, CLOCK if now is None else _seconds(now))

    def decide_many(self, actions: Iterable[Action], *, now: float | None = None) -> list[Decision]:
        """Decides all, in their order, and lets other threads run meanwhile. The first that is no action raises ActionError with its index:
        then none has a decision."""
        seconds = _seconds(now)
        answers: list[Decision] = []
        rest = iter(actions)
        while batch := list(islice(rest, _BATCH)):
            parts: list[Parts] = []
            for action in batch:
                encoder = ENCODERS.get(type(action))
                try:
                    parts.append(encoder(action) if encoder is not None else _encoded(action))
                except (ActionError, AttributeError, TypeError, UnicodeEncodeError) as error:
                    refuse(action, error, len(answers) + len(parts))
            answers += _decision.decide_many(self._engine, parts, len(answers), seconds)
        return answers

    def session(self) -> Session:
        """A new session, in which nothing was used yet."""
        return Session(self)

    def check(self, manifest_path: str | os.PathLike[str], *, now: float | None = None) -> list[Finding]:
        """Does the agent comply? What its manifest (or the one in the folder named) and the files it names declare is judged, without a look
        at SEKUIRE_POLICY_DEV_OVERRIDE. An agent complies if no finding is an error."""
        return check(self._engine, os.fspath(manifest_path), _seconds(now))

    def __repr__(self) -> str:
        if self._id is None:
            return f"<Policy {self._stage}>"
        return f"<Policy {self._id} (v{self._version}) for workspace {self._workspace}, {self._stage}>"


def _accept(policy: Any, path: str | None, workspace: str, keys: Any, now: float | None, floor: Floor | None) -> Floor:
    """Accepts it, or says why not."""
    workspace_id = ffi.new("char[]", _c_string(workspace, "workspace"))
    known = _floor_in(floor)
    acceptance = ffi.new("struct sekuire_acceptance *")
    acceptance.workspace_id = workspace_id
    acceptance.keys = keys
    acceptance.key_count = len(keys)
    acceptance.now = lib.bridge_clock() if now is None else _seconds(now)
    acceptance.floor = known
    ret = ffi.new("struct sekuire_floor *")
    err = new_error()
    if lib.bridge_policy_accept(policy, acceptance, ret, err) != 0:
        raise _policy_error(err, path)
    return _floor_out(ret)


class Session:
    """What one agent used of its rate limits, in sliding windows of a minute and an hour. Any number of threads may use it."""

    __slots__ = ("_session", "_policy", "__weakref__")

    def __init__(self, policy: Policy) -> None:
        ret = ffi.new("struct sekuire_session **")
        err = new_error()
        if lib.sekuire_session_new(ret, err) != 0:
            raise raised(SekuireError, err)
        self._session = ffi.gc(ret[0], lib.sekuire_session_free)
        self.policy = policy

    @property
    def policy(self) -> Policy:
        """Whose limits hold. A newer policy may be set: what was used stays used."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        if not isinstance(policy, Policy):
            raise TypeError("a session needs a Policy")
        self._policy = policy

    def decide(self, action: Action, *, now: float | None = None) -> Decision:
        """As Policy.decide. But a RateLimit is what is about to be used: it is counted where it is allowed, and denied where it would be too
        much together with what was used. A clock that steps back frees nothing."""
        parts = _encoded(action)
        return _decide(self._policy._engine, self._session, parts, CLOCK if now is None else _seconds(now))

