# SPDX-License-Identifier: Apache-2.0
"""Actions, and what the library is handed of them."""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Union

from ._errors import ActionError, new_error, raised
from ._ffi import ffi, lib

_NULL = ffi.NULL
_NETWORK, _FILESYSTEM, _TOOL, _MODEL, _API, _RATE_LIMIT = range(1, 7)
_COUNT_END = 1 << 64
_ABSENT = -1


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is to be called."""

    name: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is to be asked; provider: whose it is, where that is known."""

    name: str
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A host that is to be reached: a name of any script, or an address. Without a protocol it is not TLS."""

    domain: str
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to be touched. A relative path is below root, or the current directory; links are the caller's to resolve."""

    path: str | os.PathLike[str]
    operation: str | None = None
    root: str | os.PathLike[str] | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """A service that is to be used."""

    service: str
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much was used (of a session: is about to be used) within a window; without one within a minute (of a session: in both)."""

    kind: Literal["request", "token"]
    count: int
    window: Literal["minute", "hour"] | None = None


@dataclass(frozen=True, slots=True)
class Json:
    """An action as JSON text, as `sekuire decide --jsonl` takes it: keys that stand twice are seen and refused."""

    text: str | bytes


Action = Union[Tool, Model, Network, File, Api, RateLimit, Json, Mapping[str, object]]

# As the bridge takes them: type, target, its size, detail, its size, root, its size, count. What is absent is NULL, of size _ABSENT.
Parts = tuple[int, bytes, int, Any, int, Any, int, int]


def _pair(code: int, first: str, second: str | None) -> Parts:
    target = first.encode()
    if second is None:
        return code, target, len(target), _NULL, _ABSENT, _NULL, _ABSENT, 0
    detail = second.encode()
    return code, target, len(target), detail, len(detail), _NULL, _ABSENT, 0


def _tool(action: Tool) -> Parts:
    target = action.name.encode()
    return _TOOL, target, len(target), _NULL, _ABSENT, _NULL, _ABSENT, 0


def _model(action: Model) -> Parts:
    return _pair(_MODEL, action.name, action.provider)


def _api(action: Api) -> Parts:
    return _pair(_API, action.service, action.endpoint)


def _network(action: Network) -> Parts:
    domain = action.domain
    if not domain.isascii():
        host = domain.encode()
        out = ffi.new("char[]", lib.SEKUIRE_HOST_SIZE)
        err = new_error()
        if lib.sekuire_host_to_ascii((ffi.from_buffer(host), len(host)), out, err) != 0:
            raise raised(ActionError, err)
        domain = ffi.string(out).decode()
    return _pair(_NETWORK, domain, action.protocol)


def _current_directory() -> bytes:
    try:
        return os.getcwd().encode()
    except OSError as error:
        raise ActionError("io", "the path is relative, and the current directory cannot be told") from error


def _file(action: File) -> Parts:
    path = os.fspath(action.path)
    parts = _pair(_FILESYSTEM, path, action.operation)
    if path.startswith("/"):
        return parts
    root = _current_directory() if action.root is None else os.fspath(action.root).encode()
    return (*parts[:5], root, len(root), 0)


def _check_count(count: object) -> None:
    if type(count) is not int:
        raise ActionError("type", f"a count is an int, not {type(count).__name__}")
    if not 0 <= count < _COUNT_END:
        raise ActionError("number", "a count is from 0 to 2^64-1")


def _rate_limit(action: RateLimit) -> Parts:
    _check_count(action.count)
    return (*_pair(_RATE_LIMIT, action.kind, action.window)[:7], action.count)


def _bytes_of(text: Any) -> Any:
    return _NULL if text.data == _NULL else ffi.unpack(text.data, text.size)


def _json(action: Json) -> Parts:
    text = action.text if isinstance(action.text, bytes) else action.text.encode()
    err = new_error()
    ret = ffi.new("struct sekuire_parsed_action **")
    if lib.sekuire_action_parse((ffi.from_buffer(text), len(text)), 0, ret, err) != 0:
        raise raised(ActionError, err)
    parsed = ffi.gc(ret[0], lib.sekuire_parsed_action_free)
    read = lib.sekuire_parsed_action_get(parsed, 0)
    target = _bytes_of(read.target)
    detail = _bytes_of(read.detail)
    root: Any = _NULL
    if read.type == _FILESYSTEM and not target.startswith(b"/"):
        root = _current_directory()
    return (
        read.type,
        target,
        len(target),
        detail,
        _ABSENT if detail is _NULL else len(detail),
        root,
        _ABSENT if root is _NULL else len(root),
        read.count,
    )


def _mapping(action: Mapping[str, object]) -> Parts:
    try:
        text = json.dumps(action if isinstance(action, dict) else dict(action), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ActionError("type", f"the mapping is no JSON object: {error}") from None
    return _json(Json(text))


ENCODERS: dict[type, Callable[[Any], Parts]] = {
    Tool: _tool,
    Model: _model,
    Network: _network,
    File: _file,
    Api: _api,
    RateLimit: _rate_limit,
    Json: _json,
    dict: _mapping,
}


def encoder_of(action: object) -> Callable[[Any], Parts]:
    """How an action of a type that ENCODERS does not name is encoded: a subclass, another mapping, or none."""
    for kind, encoder in ENCODERS.items():
        if isinstance(action, kind):
            return encoder
    if isinstance(action, Mapping):
        return _mapping
    raise ActionError("type", f"no action: {type(action).__name__}")


def refuse(action: object, error: Exception, index: int | None = None) -> NoReturn:
    """Says what is wrong with an action that could not be encoded, and which of many it is."""
    name = type(action).__name__
    if isinstance(error, ActionError):
        refusal = error
    elif isinstance(error, UnicodeEncodeError):
        refusal = ActionError("utf8", f"{name}: a value is not Unicode text")
    else:
        refusal = ActionError("type", f"{name}: a value is of another type than it should be")
    refusal.index = index
    raise refusal from (None if refusal is error or isinstance(error, UnicodeEncodeError) else error)
