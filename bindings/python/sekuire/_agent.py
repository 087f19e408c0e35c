# SPDX-License-Identifier: Apache-2.0
"""An agent's files, and whether it complies."""
from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import Any, Literal

from ._errors import FileError, ManifestError, SekuireError, new_error, raised, word_of
from ._ffi import ffi, lib
from ._files import MANIFEST_BYTES, PROMPT_BYTES, TOOLS_BYTES, read_regular

_MANIFESTS = ("sekuire.yml", "sekuire.yaml", "sekuire.json")
_PATH_BYTES = 4097
_TOOLS_FILES = 256
_MENTIONS = 1024  # of further tools files, the same ones counted again
_HINT = "Put the file into the manifest's folder and name it by a relative path."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of an agent that a policy does not allow, or warns of. Lines and columns count from 1, columns in bytes."""

    rule: str
    severity: Literal["error", "warning"]
    message: str
    file: str | None
    line: int | None
    column: int | None
    pointer: str | None
    policy_pointer: str | None
    value: str | None
    hint: str | None

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class _Named:
    """A file that the manifest names: inside its folder (links followed) or not, and its bytes where it is a regular one."""

    def __init__(self, folder: str, real_folder: str, path: str) -> None:
        self.path = path
        self.file = os.path.join(folder, path)
        self.missing = False
        self.unread = False
        self.inside = False
        try:
            self.unread = not stat.S_ISREG(os.stat(self.file).st_mode)
            real = os.path.realpath(self.file)
            self.inside = not self.unread and os.path.commonpath((real_folder, real)) == real_folder
        except OSError as error:
            self.missing = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

    def read(self, limit: int) -> bytes:
        return read_regular(self.file, limit)


def _text(data: bytes) -> tuple[Any, int]:
    return ffi.from_buffer(data), len(data)


def _find(path: str) -> str:
    """The manifest itself, or the one in a folder."""
    if not os.path.isdir(path):
        return path
    for name in _MANIFESTS:
        if os.path.lexists(os.path.join(path, name)):
            return os.path.join(path, name)
    raise FileError("io", "no sekuire.yml, sekuire.yaml or sekuire.json in the folder", path=path)


def _more_tools(name: bytes, manifest: bytes, tools_path: str) -> list[str]:
    """The further tools files, each once."""
    paths: dict[str, None] = {}
    out = ffi.new("char[]", _PATH_BYTES)
    err = new_error()
    for index in range(_MENTIONS + 1):
        if lib.bridge_agent_more_tools(name, _text(manifest), index, out, _PATH_BYTES, err) != 0:
            if word_of(err) == "not_found":
                return list(paths)
            raise raised(ManifestError, err)
        path = os.fsdecode(ffi.string(out))
        if path != tools_path:
            paths[path] = None
        if len(paths) > _TOOLS_FILES:
            break
    raise ManifestError("too_large", f"{os.fsdecode(name)}: names more than {_TOOLS_FILES} further tools files, or too often")


def _outside(what: str, manifest: str, named: _Named, pointer: str | None) -> Finding:
    """What the library cannot see: links that lead out of the folder, and what is no regular file."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in named.path)
    message = f"The {what} {shown} is no regular file inside the manifest's folder"
    return Finding("manifest.path", "error", message, manifest, None, None, pointer, None, named.path, _HINT)


def _optional(text: Any) -> str | None:
    return None if text == ffi.NULL else ffi.string(text).decode(errors="replace")


def _required(text: Any) -> str:
    return ffi.string(text).decode(errors="replace")


def _finding(found: Any, folder: str) -> Finding:
    file = _optional(found.file)
    return Finding(
        rule=_required(found.rule),
        severity="error" if found.is_error else "warning",
        message=_required(found.message),
        file=None if file is None else os.path.join(folder, file),
        line=found.line or None,
        column=found.column or None,
        pointer=_optional(found.pointer),
        policy_pointer=_optional(found.policy_pointer),
        value=_optional(found.value),
        hint=_optional(found.hint),
    )


def _same_file(first: _Named, second: _Named) -> bool:
    try:
        return os.path.samefile(first.file, second.file)
    except OSError:
        return False


def _judge(engine: Any, files: Any, now: int, folder: str) -> list[Finding]:
    """Reads the agent and judges it."""
    err = new_error()
    ret_agent = ffi.new("struct sekuire_agent **")
    if lib.bridge_agent_new(files, ret_agent, err) != 0:
        raise raised(ManifestError, err)
    agent = ffi.gc(ret_agent[0], lib.sekuire_agent_free)
    ret_report = ffi.new("struct sekuire_report **")
    if lib.bridge_check(engine, agent, now, ret_report, err) != 0:
        raise raised(SekuireError, err)
    report = ffi.gc(ret_report[0], lib.sekuire_report_free)
    found = ffi.new("struct sekuire_finding *")
    findings: list[Finding] = []
    for index in range(lib.sekuire_report_count(report)):
        lib.sekuire_report_get(report, index, found)
        findings.append(_finding(found, folder))
    return findings


def check(engine: Any, path: str, now: int) -> list[Finding]:
    manifest_path = _find(path)
    folder, name = os.path.split(manifest_path)
    manifest = read_regular(manifest_path, MANIFEST_BYTES)
    c_name = os.fsencode(name)
    real_folder = os.path.realpath(folder or ".")
    err = new_error()
    prompt_out, tools_out = ffi.new("char[]", _PATH_BYTES), ffi.new("char[]", _PATH_BYTES)
    if lib.bridge_agent_paths(c_name, _text(manifest), prompt_out, tools_out, _PATH_BYTES, err) != 0:
        raise raised(ManifestError, err)
    prompt = _Named(folder, real_folder, os.fsdecode(ffi.string(prompt_out)))
    tools = _Named(folder, real_folder, os.fsdecode(ffi.string(tools_out)))
    more = [_Named(folder, real_folder, named) for named in _more_tools(c_name, manifest, tools.path)]

    prompt_bytes = b"" if prompt.unread else prompt.read(PROMPT_BYTES)
    tools_bytes = b"[]" if tools.unread else tools.read(TOOLS_BYTES)
    there = [named for named in more if not named.missing and not named.unread]
    # One that identity.tools_path names by another path is judged there.
    more_bytes = [b"[]" if _same_file(named, tools) else named.read(TOOLS_BYTES) for named in there]

    keep = [ffi.new("char[]", text) for text in (c_name, os.fsencode(tools.path), os.fsencode(real_folder))]
    keep += [ffi.new("char[]", os.fsencode(named.path)) for named in there]
    files = ffi.new("struct sekuire_agent_files *")
    files.manifest_name, files.tools_name, files.folder = keep[:3]
    files.manifest, files.prompt, files.tools = _text(manifest), _text(prompt_bytes), _text(tools_bytes)
    more_array = ffi.new(
        "struct sekuire_agent_tools[]", [(name, _text(data)) for name, data in zip(keep[3:], more_bytes)]
    )
    files.more_tools, files.more_tools_count = more_array, len(there)
    findings = _judge(engine, files, now, folder)

    if prompt.unread or tools.unread:  # then there is no id that could differ
        findings = [finding for finding in findings if finding.rule != "identity.stale"]
    known = {finding.value for finding in findings if finding.rule == "manifest.path"}
    file = os.path.join(folder, name)
    for what, named, pointer in (
        ("system prompt", prompt, "/identity/system_prompt_path"),
        ("tools file", tools, "/identity/tools_path"),
        *(("tools file", named, None) for named in there),
    ):
        if not named.inside and named.path not in known:
            findings.append(_outside(what, file, named, pointer))
    return findings
