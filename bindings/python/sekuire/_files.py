# SPDX-License-Identifier: Apache-2.0
"""Reading files: regular ones, whole, with a cap."""
from __future__ import annotations

import os
import stat

from ._errors import FileError

POLICY_BYTES = 4 << 20
MANIFEST_BYTES = 1 << 20
PROMPT_BYTES = 4 << 20
TOOLS_BYTES = 4 << 20
KEY_FILE_BYTES = 4096
_CHUNK = 1 << 20


def read_regular(path: str, limit: int) -> bytes:
    """The bytes of a regular file, links followed. What is none is never waited for."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FileError("io", "no regular file", path=path)
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except ValueError:
        raise FileError("io", "no file has such a name", path=repr(path)) from None
    except OSError as error:
        raise FileError("io", error.strerror or str(error), path=path) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileError("io", "no regular file", path=path)
        chunks: list[bytes] = []
        size = 0
        while chunk := os.read(handle, min(_CHUNK, limit + 1 - size)):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise FileError("too_large", f"more than {limit} bytes", path=path)
    except OSError as error:
        raise FileError("io", error.strerror or str(error), path=path) from error
    finally:
        os.close(handle)
    return b"".join(chunks)
