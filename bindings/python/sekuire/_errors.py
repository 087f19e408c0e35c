# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, by the words that the command line and the server use too."""
from __future__ import annotations

import re
from typing import Any, TypeVar

from ._ffi import ffi, lib

_KEY_BYTES = re.compile(r"[0-9A-Fa-f]{32,}")


class SekuireError(Exception):
    """An operation that did not come about. `status` is its word (docs/spec/cli.md, section 2); line, column (in bytes, from 1) and offset
    say where in `path` or in the bytes given, and are None where there is no such place."""

    def __init__(
        self,
        status: str,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.offset = offset

    def __str__(self) -> str:
        place = "" if self.line is None else f"{self.line}:{self.column}"
        where = ":".join(part for part in (self.path, place) if part)
        return f"{where}: {self.message} ({self.status})" if where else f"{self.message} ({self.status})"

    def __repr__(self) -> str:
        place = "" if self.line is None else f", line={self.line}, column={self.column}"
        path = "" if self.path is None else f", path={_KEY_BYTES.sub('...', self.path)!r}"
        return f"{type(self).__name__}({self.status!r}, {_KEY_BYTES.sub('...', self.message)!r}{path}{place})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (type(self), self.status, self.message, {name: value for name, value in vars(self).items() if name[0] != "_"})


def _remake(kind: type[SekuireError], status: str, message: str, members: dict[str, Any]) -> SekuireError:
    error = kind(status, message)
    vars(error).update(members)
    return error


class UsageError(SekuireError, ValueError):
    """Arguments that contradict each other, or are malformed."""


class FileError(SekuireError):
    """A file that is missing, unreadable or no regular file (`io`), or has too many bytes (`too_large`)."""


class KeyInvalid(SekuireError, ValueError):
    """A trusted key that is none."""


class PolicyError(SekuireError):
    """The bytes are no policy, or one that cannot be meant as it stands: `syntax`, `duplicate_key`, `content`, `unknown_key`..."""


class NotAccepted(PolicyError):
    """A policy, but not to be followed: `hash`, `unsigned`, `signature`, `key_changed`, `workspace`, `rollback`, `expired`..."""


class ActionError(SekuireError, ValueError):
    """No action: nothing was decided, so do not go on. From decide_many, `index` says which."""

    index: int | None = None


class ManifestError(SekuireError):
    """A manifest or tools file that cannot be read as it was meant. Findings are no errors."""


class OverrideWarning(UserWarning):
    """SEKUIRE_POLICY_DEV_OVERRIDE=true is set: what the policy denies is only warned of."""


_Kind = TypeVar("_Kind", bound=SekuireError)
NOT_ACCEPTED = frozenset(
    "hash unsigned signature key_invalid key_not_pinned key_changed workspace status rollback not_yet_valid expired".split()
)


def new_error() -> Any:
    """A struct sekuire_error to fill."""
    return ffi.new("struct sekuire_error *")


def word_of(err: Any) -> str:
    return ffi.string(lib.sekuire_status_word(err.status)).decode()


def raised(kind: type[_Kind], err: Any, path: str | None = None) -> _Kind | MemoryError:
    """The exception for what the library filled in."""
    status = word_of(err)
    if status == "memory":
        return MemoryError("sekuire: out of memory")
    message = ffi.string(err.message).decode(errors="replace")
    if err.line == 0:
        return kind(status, message, path=path)
    return kind(status, message, path=path, line=err.line, column=err.column, offset=err.offset)
