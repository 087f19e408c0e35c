# SPDX-License-Identifier: Apache-2.0
"""What was decided."""
from __future__ import annotations

import sys
import warnings
from typing import Any, Literal

from ._actions import Parts
from ._errors import ActionError, OverrideWarning, new_error, raised
from ._ffi import ffi, lib

Verdict = Literal["allow", "deny", "ask", "warn"]

_NULL = ffi.NULL
_WORDS: tuple[Verdict, ...] = ("deny", "ask", "warn", "allow")
_ALLOW = 3
_MESSAGE_BYTES = 16 << 10
CLOCK = -(1 << 63)  # the bridge's "now"
_decide = lib.bridge_decide
_new = object.__new__
_spare: list[Any] = []  # at most one for each thread that decides


class Denied(Exception):
    """The action may not go on: Decision.require said so. No SekuireError, for nothing went wrong."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision)
        self.decision = decision

    def __str__(self) -> str:
        decision = self.decision
        return f"{decision.decision}: {decision.message} [{decision.rule}]"


class Decision:
    """One decision; never changes. True for an allow alone. Message, pattern and pointer are made when they are asked for; until the
    decision goes, it keeps the compiled rules of its policy."""

    __slots__ = ("_decision", "_engine", "_raw", "_parts", "__weakref__")
    _decision: Verdict
    _engine: Any
    _raw: Any
    _parts: Parts | None

    def __init__(self) -> None:
        raise TypeError("decisions come from Policy.decide and Session.decide")

    @property
    def decision(self) -> Verdict:
        return self._decision

    @property
    def rule(self) -> str | None:
        """The id of the rule that decided ("tool.blocked"); None for an allow."""
        return None if self._raw is None else _string(self._raw.rule)

    @property
    def message(self) -> str:
        """The sentence for people, control characters escaped; "" for an allow."""
        if self._raw is None or self._parts is None:
            return ""
        out = ffi.new("char[]", _MESSAGE_BYTES)
        lib.bridge_message(self._raw, *self._parts, out, _MESSAGE_BYTES)
        return ffi.string(out).decode(errors="replace")

    @property
    def pattern(self) -> str | None:
        """The entry that decided, as it stands in the policy."""
        if self._raw is None or self._raw.pattern.data == _NULL:
            return None
        text: bytes = ffi.unpack(self._raw.pattern.data, self._raw.pattern.size)
        return text.decode(errors="replace")

    @property
    def pointer(self) -> str | None:
        """A JSON pointer to it in the policy's content."""
        return None if self._raw is None else _string(self._raw.pointer)

    @property
    def overridden(self) -> bool:
        """Is it a deny that SEKUIRE_POLICY_DEV_OVERRIDE=true turned into a warn?"""
        return self._raw is not None and self._raw.overridden != 0

    def __bool__(self) -> bool:
        return self._decision == "allow"

    def require(self, *also: Literal["ask", "warn"]) -> None:
        """Returns for an allow, and for the verdicts named; else raises Denied."""
        if any(word not in ("ask", "warn") for word in also):
            raise ValueError("require() takes 'ask' and 'warn' alone")
        if self._decision != "allow" and self._decision not in also:
            raise Denied(self)

    def to_dict(self) -> dict[str, str | None]:
        """As `sekuire decide --json` prints it."""
        return {
            "decision": self._decision,
            "rule": self.rule,
            "message": self.message,
            "pattern": self.pattern,
            "pointer": self.pointer,
        }

    def _key(self) -> tuple[object, ...]:
        return (*self.to_dict().values(), self.overridden)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in self.to_dict().items() if value]
        return f"Decision({', '.join(told)}{', overridden=True' if self.overridden else ''})"


def _string(text: Any) -> str | None:
    return None if text == _NULL else ffi.string(text).decode(errors="replace")


def make(verdict: int, engine: Any, raw: Any, parts: Parts | None) -> Decision:
    decision = _new(Decision)
    decision._decision = _WORDS[verdict]
    decision._engine = engine
    decision._raw = raw
    decision._parts = parts
    return decision


ALLOWED = make(_ALLOW, None, None, None)


class _Loud:
    """Has the override been warned of?"""

    done = False


def warn_of_override() -> None:
    """Once in a process; where warnings are errors, as often as it is raised."""
    if _Loud.done:
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(__package__ + "."):
        level, frame = level + 1, frame.f_back
    text = "SEKUIRE_POLICY_DEV_OVERRIDE is set: what the policy denies is only warned of"
    warnings.warn(text, OverrideWarning, stacklevel=level)
    _Loud.done = True


def decide(engine: Any, session: Any, parts: Parts, now: int) -> Decision:
    """Of an allow there is nothing to tell but that: what it was written into is used again."""
    try:
        raw = _spare.pop() if _spare else ffi.new("struct sekuire_decision *")
    except IndexError:  # another thread was faster
        raw = ffi.new("struct sekuire_decision *")
    verdict = _decide(engine, session, *parts, now, raw, _NULL)
    if verdict < 0:
        err = new_error()
        verdict = _decide(engine, session, *parts, now, raw, err)
        if verdict < 0:
            raise raised(ActionError, err)
    if verdict == _ALLOW:
        _spare.append(raw)
        return ALLOWED
    if raw.overridden:
        warn_of_override()
    return make(verdict, engine, raw, parts)


def decide_many(engine: Any, parts: list[Parts], first: int, now: int) -> list[Decision]:
    """Decides without the interpreter's lock. first: the index of the first of them, for errors."""
    n = len(parts)
    codes, targets, target_sizes, details, detail_sizes, roots, root_sizes, counts = zip(*parts)
    sizes = [ffi.new("int64_t[]", column) for column in (target_sizes, detail_sizes, root_sizes)]
    texts = [b"".join([text for text in column if text is not _NULL]) for column in (targets, details, roots)]
    verdicts = ffi.new("signed char[]", n)
    decisions = ffi.new("struct sekuire_decision[]", n)
    at = ffi.new("size_t *")
    err = new_error()
    columns = (ffi.new("int[]", codes), *sizes, ffi.new("uint64_t[]", counts), *texts)
    if lib.bridge_decide_many(engine, n, *columns, now, verdicts, decisions, at, err) != 0:
        error = raised(ActionError, err)
        if isinstance(error, ActionError):
            error.index = first + at[0]
        raise error
    answers = [ALLOWED] * n
    for i, verdict in enumerate(ffi.unpack(verdicts, n)):
        if verdict != _ALLOW:
            if decisions[i].overridden:
                warn_of_override()
            raw = ffi.new("struct sekuire_decision *", decisions[i])
            answers[i] = make(verdict, engine, raw, parts[i])
    return answers
