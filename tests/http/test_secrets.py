# SPDX-License-Identifier: Apache-2.0
"""What the server does for the secrets that it holds: files, logs, core dumps."""
import contextlib
import os
import re
import resource
import signal
import stat
import subprocess
import tempfile

import pytest
from http_support import SEKUIRED, Server


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o022])
def test_files_are_the_owners_alone_under_any_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        server = Server(tmp_path, data=tmp_path / "a" / "data")
        server.workspace("w").key("reader")
        names = {p.name: mode(p) for p in server.data.iterdir()}
        assert server.stop() == 0
    finally:
        os.umask(before)
    assert names.keys() >= {"admin.key", "lock", "sekuired.db", "sekuired.db-wal", "sekuired.db-shm"}
    assert set(names.values()) == {0o600}, names
    assert (mode(tmp_path / "a"), mode(server.data)) == (0o700, 0o700)


def test_an_open_database_or_directory_is_said(own_server):
    database = own_server.data / "sekuired.db"
    assert own_server.stop() == 0 and "open to others" not in own_server.log.read_text()
    database.chmod(0o640)
    own_server.data.chmod(0o755)
    own_server.start()
    text = own_server.log.read_text()
    assert f"{database} is open to others: chmod 600 {database}" in text
    assert f"{own_server.data} can be entered by others: chmod 700 {own_server.data}" in text


@pytest.mark.parametrize("spoil", [lambda p: p.chmod(0o640), lambda p: p.chmod(0o604), lambda p: (p.rename(p.parent / "k"), p.symlink_to("k")),
                                   lambda p: (p.unlink(), p.mkdir())])
def test_an_admin_key_file_that_others_could_have_is_not_read(own_server, spoil):
    assert own_server.stop() == 0
    path = own_server.data / "admin.key"
    key = path.read_text().strip()
    spoil(path)
    with open(own_server.log, "wb") as log:
        own_server.process = subprocess.Popen([SEKUIRED, "--listen", "127.0.0.1:0", "--data", own_server.data], stderr=log)
    with_key = re.compile(r"admin\.key does not hold a valid admin key .*is (open to others|a symbolic link|no regular file)")
    while "listening on" not in (text := own_server.log.read_text()):
        assert own_server.process.poll() is None, text
    assert with_key.search(text), text
    assert key not in text


def test_a_key_in_a_path_is_not_logged(own_server):
    key = own_server.workspace("w").key("reader")
    for path in (f"/api/v1/workspaces/w/api-keys/{key}", f"/{key}", f"/api/v1/workspaces/{key}/policies", "/" + "x" * 300 + key):
        for method in ("GET", "DELETE"):
            own_server.request(method, path, key=own_server.admin)
    own_server.raw(f"GET //{key}?{key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    own_server.raw(f"{key} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert own_server.stop() == 0
    text = own_server.log.read_text()
    assert re.search(r" DELETE /api/v1/workspaces/w/api-keys/sk_live_ \d+ \d+ ms req_[0-9a-f]{16}$", text, re.M)
    assert key[8:16] not in text


ESCAPED = {"upper": "sk%5Flive%5F", "lower": "sk%5flive%5f", "letter": "%73k_live_", "twice": "sk%255flive%255F", "nested": "sk%25%35flive_",
           "thrice": "sk%25255flive_", "after another": "a%20sk_live%5f", "broken": "%zz%sk_live%5f", "capitals": "SK_LIVE_"}


@pytest.mark.parametrize("mark", ESCAPED.values(), ids=ESCAPED)
def test_a_key_that_is_escaped_in_a_path_is_not_logged(own_server, mark):
    digits = own_server.workspace("w").key("reader").removeprefix("sk_live_")
    for path in (f"/api/v1/workspaces/w/api-keys/{mark}{digits}", f"/{mark}{digits}", "/" + "x" * 300 + mark + digits):
        own_server.request("GET", path, key=own_server.admin)
    own_server.request("GET", "/no%74hing/of%20the/kind")
    assert own_server.stop() == 0
    text = own_server.log.read_text()
    assert digits[:8] not in text and text.count(" GET /") == 4
    assert " GET /no%74hing/of%20the/kind 404 " in text


@contextlib.contextmanager
def running(folder, user=None):
    """A sekuired as `user`, started with core dumps allowed as far as can be: its process id. It is waited for by whoever ends it."""
    program = os.open(SEKUIRED, os.O_RDONLY)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(write, 2)
            os.chdir(folder)
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            os.execve(program, ["sekuired", "--listen", "127.0.0.1:0", "--data", "data"], {})
        finally:
            os._exit(99)
    os.close(write)
    os.close(program)
    said = b""
    while b"listening on" not in said:
        part = os.read(read, 4096)
        assert part, said
        said += part
    yield pid
    os.close(read)


def test_the_server_leaves_no_core_dump(tmp_path):
    with running(tmp_path) as pid:
        with open(f"/proc/{pid}/limits") as limits:
            assert re.search(r"^Max core file size +0 +0 ", limits.read(), re.M)
        os.kill(pid, signal.SIGQUIT)
        status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGQUIT and not os.WCOREDUMP(status)
    assert not list(tmp_path.glob("core*"))


def test_other_processes_of_the_same_user_cannot_read_the_servers_memory():
    """It is not dumpable, so its memory belongs to root and nobody else may attach to it."""
    user = 65534 if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        if user is not None:
            os.chown(folder, user, user)
        with running(folder, user) as pid:
            owner = os.stat(f"/proc/{pid}/mem").st_uid
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        assert os.stat(os.path.join(folder, "data")).st_uid == (user or os.geteuid())
    assert owner == 0
