# SPDX-License-Identifier: Apache-2.0
"""The program: options, data directory, start, stop, TLS."""
import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import threading
import urllib.request

import pytest
from http_support import SEKUIRED, TIMEOUT, Server, publish_body

MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}


def run(*options, cwd=None, env=None):
    """Runs sekuired to its end."""
    done = subprocess.run([SEKUIRED, *map(str, options)], capture_output=True, text=True, timeout=TIMEOUT, cwd=cwd,
                          env={"PATH": os.environ["PATH"]} | (env or {}))
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_directory_is_made_for_its_owner_alone(own_server):
    assert mode(own_server.data) == 0o700
    assert {p.name for p in own_server.data.iterdir()} >= {"sekuired.db", "admin.key", "lock"}
    assert all(mode(p) == 0o600 for p in own_server.data.iterdir())


def test_missing_parents_are_made(tmp_path):
    server = Server(tmp_path, data=tmp_path / "a" / "b" / "c")
    assert server.get("/healthz").status == 200 and server.stop() == 0


def test_the_admin_key_is_one_line_and_works(own_server):
    text = (own_server.data / "admin.key").read_text()
    assert re.fullmatch(r"sk_live_[0-9a-f]{64}\n", text)
    assert own_server.get("/api/v1/workspaces", text.strip()).status == 200


def test_the_admin_key_stays_over_a_restart(own_server):
    before = own_server.admin
    own_server.restart()
    assert own_server.admin == before and own_server.get("/api/v1/workspaces", before).status == 200


def test_a_lost_admin_key_file_is_said_and_a_new_key_can_be_made(own_server):
    lost = own_server.admin
    assert own_server.stop() == 0
    path = own_server.data / "admin.key"
    path.unlink()
    made = run("--data", own_server.data, "--new-admin-key")
    assert made.returncode == 0 and "is missing" in made.stderr and "--new-admin-key" in made.stderr
    assert made.stdout == f"the new admin key is in {path}; all earlier ones are revoked\n"
    assert mode(path) == 0o600
    own_server.start()
    assert own_server.admin != lost
    assert own_server.get("/api/v1/workspaces", lost).error == (401, "unauthorized")
    rows = own_server.get("/api/v1/audit", own_server.admin).json["items"]
    assert [r["action"] for r in rows][-2:] == ["api_key.revoke", "api_key.create"]


def test_a_new_admin_key_is_for_a_store_that_is_there(tmp_path):
    for data in (tmp_path / "missing", tmp_path):
        done = run("--data", data, "--new-admin-key")
        assert done.returncode == 3 and f"there is no store in {data}" in done.stderr, done
    assert list(tmp_path.iterdir()) == []
    done = run("--data", tmp_path, "--new-admin-key", "--check")
    assert done.returncode == 2 and "--check" in done.stderr and "see: sekuired --help" in done.stderr, done


def test_a_changed_admin_key_file_is_said_and_gives_nothing(own_server):
    right = own_server.admin
    assert own_server.stop() == 0
    (own_server.data / "admin.key").write_text("sk_live_" + "0" * 64 + "\n")
    own_server.start()
    assert "does not hold a valid admin key" in own_server.log.read_text()
    assert own_server.get("/api/v1/workspaces", own_server.admin).error == (401, "unauthorized")
    assert own_server.get("/api/v1/workspaces", right).status == 200


def test_a_second_server_on_the_same_directory_is_refused(own_server):
    second = run("--listen", "127.0.0.1:0", "--data", own_server.data)
    assert second.returncode == 3 and "another sekuired is running on" in second.stderr
    assert own_server.get("/healthz").status == 200


def test_all_is_there_after_a_restart(own_server):
    workspace = own_server.workspace("w", public_read=True)
    workspace.serve(MODELS)
    body = publish_body()
    workspace.publish(body)
    paths = [f"{workspace.base}{p}" for p in ("/policies", "/history", "/agents", "/signing-keys", "/audit", "/policy", "/api-keys")]
    before = {p: own_server.get(p, own_server.admin).body for p in paths}
    workspaces = own_server.get("/api/v1/workspaces", own_server.admin).json
    own_server.restart()
    assert {p: own_server.get(p, own_server.admin).body for p in paths} == before
    assert own_server.get("/api/v1/workspaces", own_server.admin).json == workspaces
    assert workspace.publish(body).status == 200


def test_what_was_answered_survives_a_kill(own_server):
    workspace = own_server.workspace("w")
    workspace.serve(MODELS)
    own_server.stop(signal.SIGKILL)
    own_server.start()
    assert workspace.get("/policy").json["version"] == "1" and len(workspace.audit()) > 3


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(own_server, how):
    own_server.workspace("w")
    with socket.create_connection(("127.0.0.1", own_server.port)) as idle:
        idle.sendall(b"GET /hea")
        assert own_server.stop(how) == 0
    with pytest.raises(OSError):
        own_server.get("/healthz")
    assert not (own_server.data / "sekuired.db-wal").exists()


def test_it_stops_cleanly_while_connections_come_and_go(own_server):
    def come_and_go(port, over):
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as s:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                s.recv(65536)

    for _ in range(20):
        over = threading.Event()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for _ in range(4):
                pool.submit(come_and_go, own_server.port, over)
            try:
                assert own_server.get("/healthz").status == 200
                assert own_server.stop() == 0, own_server.log.read_text()[-1000:]
            finally:
                over.set()
        own_server.start()


def test_a_request_that_runs_when_it_is_stopped_is_answered_and_a_new_one_is_not(own_server):
    head = (f"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nX-API-Key: {own_server.admin}\r\nContent-Type: application/json\r\n"
            "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=TIMEOUT) as running:
        running.sendall(head)
        assert running.recv(65536).startswith(b"HTTP/1.1 100 ")
        own_server.process.send_signal(signal.SIGTERM)
        while b" 200 " in asked(own_server.port):
            assert own_server.process.poll() is None
        running.sendall(b'{"id":"w"}')
        answer = running.recv(65536)
        assert answer.startswith(b"HTTP/1.1 201 ") and b"\r\nConnection: close\r\n" in answer
    assert own_server.stop() == 0


def test_what_cannot_end_in_time_is_broken_off(own_server):
    """Each of these requests waits five seconds for the lock, and those of one thread do so one after the other."""
    body = b'{"id":"w"}'
    head = (f"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nX-API-Key: {own_server.admin}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n").encode()
    with sqlite3.connect(own_server.data / "sekuired.db", isolation_level=None) as held, contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(socket.create_connection(("127.0.0.1", own_server.port), timeout=TIMEOUT)) for _ in range(64)]
        for s in waiting:
            s.sendall(head)
            assert s.recv(65536).startswith(b"HTTP/1.1 100 ")
        held.execute("BEGIN IMMEDIATE")
        for s in waiting:
            s.sendall(body)
        own_server.process.send_signal(signal.SIGTERM)
        assert own_server.process.wait(13) == 0
        held.execute("ROLLBACK")
    held.close()
    assert own_server.log.read_text().endswith(" requests that take too long are broken off\n")
    own_server.start()
    assert own_server.post("/api/v1/workspaces", {"id": "w"}, own_server.admin).status == 201


def asked(port):
    """What a new connection gets: nothing where it is refused or broken off."""
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return s.recv(65536)
    return b""


def test_the_database_is_durable_and_strict(own_server):
    own_server.workspace("w")
    assert own_server.stop() == 0
    with sqlite3.connect(own_server.data / "sekuired.db") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        tables = database.execute("SELECT sql FROM sqlite_schema WHERE type = 'table'").fetchall()
        assert tables and all("STRICT" in sql for sql, in tables)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


# Stands before libc's own: a byte in a file for each time that something is brought to the disk.
SYNC_COUNTER = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int note(long call, int fd) {
    int log = open(getenv("SYNC_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || write(log, "x", 1) != 1 || close(log) != 0) abort();
    return (int)syscall(call, fd);
}
int fsync(int fd) { return note(SYS_fsync, fd); }
int fdatasync(int fd) { return note(SYS_fdatasync, fd); }
"""


def test_a_change_is_on_the_disk_before_it_is_answered(own_server, tmp_path):
    (tmp_path / "sync.c").write_text(SYNC_COUNTER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "sync.so", tmp_path / "sync.c"], check=True)
    log = tmp_path / "syncs"
    log.touch()
    plain = own_server.environment
    own_server.environment = lambda at: plain(at) | {
        "LD_PRELOAD": str(tmp_path / "sync.so"), "SYNC_LOG": str(log), "ASAN_OPTIONS": "verify_asan_link_order=0"}
    own_server.restart()
    for i in range(3):
        before = log.stat().st_size
        own_server.workspace(f"w{i}")
        assert log.stat().st_size > before


def test_a_database_of_a_newer_program_is_left_alone(own_server):
    assert own_server.stop() == 0
    with sqlite3.connect(own_server.data / "sekuired.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    refused = run("--listen", "127.0.0.1:0", "--data", own_server.data)
    assert refused.returncode == 3 and "schema 99" in refused.stderr


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    path = tmp_path / "data" / "sekuired.db"
    path.write_bytes(b"this is no database at all, " * 100)
    refused = run("--listen", "127.0.0.1:0", "--data", tmp_path / "data")
    assert refused.returncode == 3 and "sekuired.db" in refused.stderr
    assert path.read_bytes() == b"this is no database at all, " * 100


def test_a_database_of_an_older_program_is_brought_up(own_server):
    workspace = own_server.workspace("w")
    workspace.serve(MODELS)
    assert workspace.publish(publish_body()).status == 201
    before = workspace.get("/agents").json, workspace.audit()
    assert own_server.stop() == 0
    with contextlib.closing(sqlite3.connect(own_server.data / "sekuired.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE agent DROP COLUMN findings_total")
        database.execute("PRAGMA user_version = 1")
    own_server.start()
    assert (workspace.get("/agents").json, workspace.audit()) == before
    assert workspace.publish(publish_body()).status == 200


# --- options ---

@pytest.mark.parametrize("options", [
    ["--nonsense"], ["--listen"], ["--listen", "nowhere"], ["--listen", "127.0.0.1:70000"], ["--listen", "::1:80"], ["--listen", "x:y"],
    ["extra"], ["--quiet=yes"], ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"], ["--data="], ["--tls-cert", "x"], ["-q"],
    ["--address-rate", "x"], ["--max-connections", "0"], ["--idle-seconds", "-1"], ["--key-burst", "99999999999"],
])
def test_a_wrong_command_line_is_exit_2(tmp_path, options):
    done = run(*options, cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert done.returncode == 2 and done.stderr.startswith("sekuired: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_and_version_print_and_exit(tmp_path):
    assert "--listen" in run("--help").stdout and run("-h").stdout == run("--help").stdout
    assert re.fullmatch(r"sekuired \d+\.\d+\.\d+\n", run("--version").stdout)


def test_check_reads_the_configuration_and_touches_nothing(tmp_path):
    config = tmp_path / "sekuired.yaml"
    config.write_text(f"listen: 127.0.0.1:0\ndata: {tmp_path}/data\nquiet: true\n")
    done = run("--config", config, "--check")
    assert done.returncode == 0 and "in order" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["sekuired.yaml"]


@pytest.mark.parametrize("text, where, why", [
    ("lisen: 127.0.0.1:0\n", ":1:1", "unknown key lisen"), ("quiet: 1\n", ":1:8", "true or false"), ("data: [a]\n", ":1:7", "a string"),
    ("data: a\ndata: b\n", ":2:1", "data"), ("- a\n", ":1:1", "map"), ("data: &x a\n", ":1:7", ""), ("check: true\n", ":1:1", "unknown key check"),
    ("config: a\n", ":1:1", "unknown key config"), ("listen: nowhere\n", ":1:9", "HOST:PORT"),
    ("address-rate: x\n", ":1:15", "number"), ("quiet: true\nmax-connections: 1\n", ":2:18", "from 64 to"), ("tls-cert: x\n", "", "go together"),
])
def test_a_broken_configuration_file_is_exit_3_with_its_place(tmp_path, text, where, why):
    config = tmp_path / "sekuired.yaml"
    config.write_text(text)
    done = run("--config", config, "--check")
    assert done.returncode == 3 and f"{config}{where}" in done.stderr and why in done.stderr


def test_a_missing_configuration_file_is_exit_3(tmp_path):
    done = run("--config", tmp_path / "none.yaml", "--check")
    assert done.returncode == 3 and "none.yaml" in done.stderr


def test_the_command_line_wins_over_the_file(tmp_path):
    (tmp_path / "c.yaml").write_text(f"data: {tmp_path}/elsewhere\nlisten: 127.0.0.1:1\nquiet: true\n")
    server = Server(tmp_path, "--config", tmp_path / "c.yaml")
    server.get("/healthz")
    assert server.stop() == 0
    assert (tmp_path / "data").exists() and not (tmp_path / "elsewhere").exists()
    assert "GET /healthz" not in server.log.read_text()


def test_a_port_that_is_taken_is_exit_3(own_server, tmp_path):
    done = run("--listen", f"127.0.0.1:{own_server.port}", "--data", tmp_path / "second")
    assert done.returncode == 3 and "cannot listen on" in done.stderr


def test_ipv6_is_written_in_brackets(tmp_path):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        assert run("--listen", "[::1]:0", "--data", tmp_path / "data").returncode == 3
        return
    process = subprocess.Popen([SEKUIRED, "--listen", "[::1]:0", "--data", tmp_path / "data"], stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        assert re.fullmatch(r"listening on http://\[::1\]:\d+\n", line), line
        with urllib.request.urlopen(line.split()[-1] + "/healthz", timeout=TIMEOUT) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


def test_an_open_address_without_tls_is_warned_about(tmp_path):
    process = subprocess.Popen([SEKUIRED, "--listen", "0.0.0.0:0", "--data", tmp_path / "data"], stderr=subprocess.PIPE, text=True)
    lines = process.stderr.readline(), process.stderr.readline()
    process.terminate()
    process.communicate(timeout=TIMEOUT)
    assert "in the clear" in lines[0] and lines[1].startswith("listening on http://0.0.0.0:")


# --- the log ---

def test_the_log_has_a_line_for_each_request_and_never_a_key(own_server):
    key = own_server.workspace("w").key("reader")
    own_server.get("/api/v1/workspaces/w/policy?x=" + key[8:], key)
    own_server.raw(b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    own_server.post("/api/v1/api-keys/verify", {"api_key": key})
    assert own_server.stop() == 0
    text = own_server.log.read_text()
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ GET /api/v1/workspaces/w/policy 400 \d+ ms req_[0-9a-f]{16}$", text, re.M)
    assert re.search(r"POST /api/v1/api-keys/verify 200", text)
    assert key[8:] not in text and own_server.admin[8:] not in text and "\x1b" not in text


# --- TLS ---

@pytest.fixture
def certificate(tmp_path):
    assert shutil.which("openssl"), "this test needs openssl"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out",
                    "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "key.pem").chmod(0o600)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_tls_serves_https_and_nothing_older_than_1_2(tmp_path, certificate):
    cert, key = certificate
    server = Server(tmp_path, "--tls-cert", cert, "--tls-key", key)
    assert server.url.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=cert)
    with urllib.request.urlopen(server.url + "/healthz", context=trusting, timeout=TIMEOUT) as answer:
        assert answer.status == 200
    old = ssl.create_default_context(cafile=cert)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", server.port)) as plain, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(plain, server_hostname="127.0.0.1")
    assert server.stop() == 0


def test_a_tls_key_that_others_can_read_is_refused(tmp_path, certificate):
    cert, key = certificate
    key.chmod(0o644)
    done = run("--tls-cert", cert, "--tls-key", key, "--data", tmp_path / "data", "--check")
    assert done.returncode == 3 and "chmod" in done.stderr


def test_a_tls_file_that_is_none_is_refused(tmp_path, certificate):
    cert, key = certificate
    cert.write_text("no certificate")
    done = run("--tls-cert", cert, "--tls-key", key, "--listen", "127.0.0.1:0", "--data", tmp_path / "data")
    assert done.returncode == 3 and "TLS" in done.stderr
    assert run("--tls-cert", tmp_path / "none", "--tls-key", key, "--data", tmp_path / "data", "--check").returncode == 3


# --- load ---

def test_many_connections_at_once_are_all_answered(own_server):
    workspace = own_server.workspace("w", public_read=True)
    workspace.serve(MODELS)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: workspace.get("/policy", None).status, range(512)))
    assert answers == [200] * 512


def test_idle_connections_keep_nobody_out(own_server):
    idle = [socket.create_connection(("127.0.0.1", own_server.port)) for _ in range(200)]
    try:
        assert own_server.get("/healthz").status == 200
    finally:
        for s in idle:
            s.close()


def test_a_full_disk_refuses_changes_with_503_and_goes_on_reading(tmp_path):
    assert os.geteuid() == 0, "this test mounts a small file system: it needs root"
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", place], check=True)
    server = None
    try:
        server = Server(tmp_path, data=place / "data")
        workspace = server.workspace("w", public_read=True)
        workspace.serve(MODELS)
        before = workspace.audit()
        with open(place / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        refused = [server.post("/api/v1/workspaces", {"id": f"full{i}", "name": "n" * 200}, server.admin) for i in range(40)]
        failed = [a for a in refused if a.status != 201]
        assert failed and all(a.status == 503 and a.json["message"] == "the server cannot do this now" for a in failed)
        assert workspace.get("/policy", None).status == 200 and workspace.audit() == before
        (place / "filler").unlink()
        assert server.post("/api/v1/workspaces", {"id": "room"}, server.admin).status == 201
        assert server.stop() == 0
    finally:
        if server is not None:
            server.stop()
        subprocess.run(["umount", place], check=True)


def test_check_looks_at_the_certificate_and_looks_the_address_up(tmp_path, certificate):
    cert, key = certificate
    options = ["--tls-cert", cert, "--tls-key", key, "--data", tmp_path / "data", "--check"]
    assert run(*options).returncode == 0
    assert run(*options, "--listen", "no-such-host.invalid:0").returncode == 3
    cert.write_text("no certificate")
    done = run(*options)
    assert done.returncode == 3 and "TLS" in done.stderr and not (tmp_path / "data").exists()
