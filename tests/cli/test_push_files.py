# SPDX-License-Identifier: Apache-2.0
"""push and hash: what stands in the agent's folder that is no regular file, further tools files, and a manifest that cannot be rewritten."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

from support import SEKUIRE, tree
from test_push import MANIFEST, TOOLS, W, case, code_of  # noqa: F401

KINDS = ["fifo", "directory", "device", "socket"]


def make(kind, path):
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        here = os.getcwd()
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path.name)
        os.chdir(here)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name, line, pointer", [("prompt.md", 10, "/identity/system_prompt_path"), ("tools.json", 11, "/identity/tools_path")])
def test_a_prompt_or_tools_file_that_is_none_is_a_finding_and_never_read(case, kind, name, line, pointer):  # noqa: F811
    make(kind, case.box.work / name)
    for args in ((), ("--dry-run",)):
        done = case.push("--json", *args, timeout=10)
        assert done.code == 1 and done.json["sekuire_id"] is None and not done.json["published"], done
        assert [(f["rule"], f["line"], f["pointer"]) for f in done.json["findings"]] == [("manifest.path", line, pointer)]
    done = case.push("--force", "--json", timeout=10)
    assert done.code == 1 and code_of(done) == "content" and done.json["error"]["line"] == line and case.published == []
    done = case.box.run("hash", "--json", timeout=10)
    assert done.code == 1 and code_of(done) == "content" and done.json["error"]["file"] == "sekuire.yml"
    assert case.box.run("hash").out == ""


@pytest.mark.parametrize("kind", KINDS)
def test_other_files_that_are_none_are_errors_and_never_read(case, kind):  # noqa: F811
    box = case.box
    for path, code in ((box.work / "sekuire.yml", "io"), (box.auth_file, "config"), (box.config_file, "config"), (box.trust_file, "config"),
                       (box.work / ".sekuire" / "secret.key", "config"), (box.work / ".sekuire" / "config.yaml", "config")):
        kept = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        make(kind, path)
        done = case.push("--json", timeout=10)
        assert done.code == 3 and code_of(done) == code and path.name in done.err, (path, done)
        path.rmdir() if kind == "directory" else path.unlink()
        if kept is not None:
            path.write_bytes(kept)
            path.chmod(0o600)
    assert case.published == [] and case.push().code == 0


def test_a_file_named_on_the_command_line_may_be_a_pipe(case):  # noqa: F811
    box = case.box
    box.write("p.json", case.envelope)
    line = f"exec {SEKUIRE} push --dry-run --workspace {W} --policy <(cat p.json)"
    done = subprocess.run(["bash", "-c", line], cwd=box.work, env=box.environment(), capture_output=True, timeout=20)
    assert done.returncode == 0, done


def test_a_pipe_where_the_pulled_policy_is_kept_is_not_waited_for(case):  # noqa: F811
    make("fifo", case.box.work / "policy.json")
    done = case.box.run("policy", "pull", "--workspace", W, timeout=10)
    assert done.code == 3 and "policy.json: cannot be written: it is no regular file" in done.err, done
    assert (case.box.work / "policy.json").is_fifo() and case.backend.requests == []


def more(case, path, key="tools", where="agent"):  # noqa: F811
    section = {"agent": f"  {key}: {path}\n", "agents": f"agents:\n  helper:\n    {key}: {path}\n"}[where]
    case.box.write("sekuire.yml", MANIFEST + section)


@pytest.mark.parametrize("where", ["agent", "agents"])
def test_a_further_tools_file_is_judged_and_sent(case, where):  # noqa: F811
    more(case, "./more.json", where=where)
    case.box.write("more.json", '{"version": "1", "tools": [\n  {"name": "shell_exec"}, {"name": "lookup"}]}\n')
    done = case.push("--json")
    assert done.code == 1
    assert [(f["rule"], f["file"], f["line"], f["column"]) for f in done.json["findings"]] == [("tool.blocked", "./more.json", 2, 12)]
    done = case.push("--force")
    assert "Tool 'shell_exec' is DENIED\nTool 'lookup' is allowed\n" in done.out
    assert case.published[0]["declared"]["tool_names"] == ["shell_exec", "lookup"]


@pytest.mark.parametrize("text, code, line, column", [("[1]", "type", 1, 2), ("{}", "type", 1, 1), ("[\n x", "syntax", 2, 2)])
def test_a_malformed_further_tools_file_is_an_error_of_its_own(case, text, code, line, column):  # noqa: F811
    more(case, "more.json")
    case.box.write("more.json", text)
    done = case.push("--json", "--force")
    error = done.json["error"]
    assert done.code == 1 and (error["code"], error["file"], error["line"], error["column"]) == (code, "more.json", line, column)
    assert case.published == []


@pytest.mark.parametrize("kind", KINDS + ["outside", "nothing", "dangling"])
def test_a_further_tools_file_that_is_none_inside_the_folder_is_a_finding(case, kind):  # noqa: F811
    more(case, "more.json")
    path = case.box.work / "more.json"
    if kind == "outside":
        (case.box.path / "o.json").write_text('[{"name": "outer"}]')
        path.symlink_to(case.box.path / "o.json")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind != "nothing":
        make(kind, path)
    done = case.push("--json", timeout=10)
    assert done.code == 1, done
    assert [(f["rule"], f["file"], f["line"], f["pointer"], f["value"]) for f in done.json["findings"]] == [
        ("manifest.path", "sekuire.yml", 17, "/agent/tools", "more.json")]
    assert case.push("--force", timeout=10).code == 0
    assert case.published[0]["declared"].get("tool_names", []) == (["outer"] if kind == "outside" else [])


@pytest.mark.parametrize("path", ["tools.json", "./tools.json"])
def test_the_tools_file_named_again_is_judged_once(case, path):  # noqa: F811
    more(case, path)
    case.box.write("tools.json", TOOLS.replace("search", "shell_exec"))
    assert [f["line"] for f in case.push("--json").json["findings"]] == [3]
    case.box.write("tools.json", TOOLS)
    assert case.push("--json").json["findings"] == []


def test_nothing_is_published_that_the_manifest_cannot_follow(case):  # noqa: F811
    case.box.write("sekuire.yml", MANIFEST + "# a remark\n" * 300)
    before = tree(case.box.work)
    done = case.push("--json", file_limit=(case.box.work / "sekuire.yml").stat().st_size)
    assert done.code == 3 and code_of(done) == "no_space" and done.json["error"]["file"] == "sekuire.yml"
    assert case.published == [] and tree(case.box.work) == before


def test_nothing_is_published_where_the_manifest_cannot_be_written(case):  # noqa: F811
    """Root may write anywhere, so another user runs a copy of the program on a copy of the agent, in a folder that is root's."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        place = shutil.copytree(case.box.path, folder / "box")
        (folder / "bin").mkdir()
        program = shutil.copy(SEKUIRE, folder / "bin" / "sekuire")
        shutil.copytree(SEKUIRE.parents[1] / "lib" / "sekuire", folder / "lib" / "sekuire")
        subprocess.run(["chown", "-R", "4711:4711", place / "home", place / "work" / ".sekuire"], check=True)
        place.chmod(0o755)
        before = tree(place / "work")
        variables = {name: value.replace(str(case.box.path), str(place)) for name, value in case.box.environment().items()}
        done = subprocess.run(["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", program, "push", "--workspace", W, "--json"],
                              cwd=place / "work", env=variables, capture_output=True, timeout=20)
        assert done.returncode == 3 and b'"code":"io"' in done.stdout and b"nothing was published" in done.stdout, done
        assert case.published == [] and tree(place / "work") == before
    finally:
        shutil.rmtree(folder)


def test_a_refused_publish_leaves_no_file_behind(case):  # noqa: F811
    case.backend.routes[("POST", "/api/v1/publish")] = (500, "")
    before = sorted(os.listdir(case.box.work))
    assert case.push().code == 3 and sorted(os.listdir(case.box.work)) == before
