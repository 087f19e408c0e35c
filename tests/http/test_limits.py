# SPDX-License-Identifier: Apache-2.0
"""The server under abuse: slow clients, floods, wrong keys. Every limit is an option."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest
from http_support import TIMEOUT, Server

SLOW = pathlib.Path(__file__).with_name("slow-connections")
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}
WRONG = "sk_live_" + "0" * 64


@contextlib.contextmanager
def limited(path, *options):
    server = Server(path, *options, limited=True)
    try:
        yield server
    finally:
        assert server.stop() == 0


def closed_after(server, first, drip=None):
    """Seconds until the server closes a connection that sends `first`, then `drip` again and again; and what came back."""
    received, begun = b"", time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as s, contextlib.suppress(ConnectionError):
        s.sendall(first)
        while True:
            assert time.monotonic() - begun < TIMEOUT
            try:
                part = s.recv(65536)
                if not part:
                    break
                received += part
            except TimeoutError:
                if drip:
                    s.sendall(drip)
    return time.monotonic() - begun, received


# --- time ---

def test_a_head_that_trickles_in_has_a_time_of_its_own(tmp_path):
    with limited(tmp_path, "--head-seconds", "1", "--idle-seconds", "30") as server:
        for first in (b"", b"GET /hea", HEAD + b"X: "):
            seconds, received = closed_after(server, first, b"a" if first else None)
            assert 0.9 < seconds < 10 and not received.startswith(b"HTTP/1.1 200")


def test_the_next_head_on_a_connection_has_the_same_time(tmp_path):
    with limited(tmp_path, "--head-seconds", "1") as server:
        seconds, received = closed_after(server, HEAD + b"\r\n" + HEAD + b"X: ", b"a")
        assert 0.9 < seconds < 10 and received.count(b"HTTP/1.1 ") == 1


def test_a_body_that_trickles_in_has_a_time_of_its_own(tmp_path):
    with limited(tmp_path, "--body-seconds", "1", "--head-seconds", "30") as server:
        head = (f"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.admin}\r\nContent-Type: application/json\r\n"
                "Content-Length: 100000\r\n\r\n").encode()
        seconds, received = closed_after(server, head, b" ")
        assert 0.9 < seconds < 10 and received == b""


def test_a_client_that_does_not_read_its_answers_is_let_go(tmp_path):
    with limited(tmp_path, "--body-seconds", "1", "--idle-seconds", "1", "--address-rate", "0") as server:
        workspace = server.workspace("w", public_read=True)
        workspace.serve({"agent": {"models": {"allowed_models": [f"{'m' * 200}{i}" for i in range(5000)]}}})
        with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(b"GET /api/v1/workspaces/w/policy HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            end = time.monotonic() + TIMEOUT
            while "GET /api/v1/workspaces/w/policy" not in server.log.read_text():  # written when the request is over
                assert time.monotonic() < end


@pytest.mark.parametrize("first", [b"GET", HEAD, HEAD + b"Content-Length: 100\r\n\r\nabc"], ids=["line", "head", "body"])
def test_a_client_that_leaves_within_its_request_frees_its_place(tmp_path, first):
    with limited(tmp_path, "--max-connections", "64") as server:
        before = sockets(server)
        for _ in range(4):
            leaving = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
            for s in leaving:
                s.sendall(first)
                s.close()
            begun = time.monotonic()
            while sockets(server) > before:
                assert time.monotonic() - begun < 10
                time.sleep(0.02)
        assert server.get("/healthz").status == 200


def sockets(server):
    folder = pathlib.Path(f"/proc/{server.process.pid}/fd")
    names = []
    for entry in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.append(os.readlink(entry))
    return sum(name.startswith("socket:") for name in names)


def test_a_client_that_has_said_all_may_shut_down_its_half(tmp_path):
    with limited(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as s:
        s.sendall(HEAD + b"\r\n")
        s.shutdown(socket.SHUT_WR)
        received = b""
        while part := s.recv(65536):
            received += part
        assert received.startswith(b"HTTP/1.1 200 ")


def test_an_idle_connection_is_closed(tmp_path):
    with limited(tmp_path, "--idle-seconds", "1") as server:
        seconds, received = closed_after(server, HEAD + b"\r\n")
        assert 0.9 < seconds < 10 and received.startswith(b"HTTP/1.1 200")


# --- size ---

def test_the_head_and_the_body_may_be_limited_further(tmp_path):
    with limited(tmp_path, "--max-head-bytes", "4096", "--max-body-bytes", "16384") as server:
        assert server.raw(HEAD + b"X: " + b"a" * 4096 + b"\r\n\r\n").split(b" ")[1] in (b"413", b"431")
        assert server.post("/api/v1/workspaces", b'{"id":"w","name":"' + b"n" * 16384 + b'"}', server.admin).error == (413, "too_large")
        assert server.post("/api/v1/workspaces", {"id": "w"}, server.admin).status == 201
    (tmp_path / "more").mkdir()
    with limited(tmp_path / "more", "--max-head-bytes", "65536") as server:
        assert server.raw(HEAD + b"Connection: close\r\nX: " + b"a" * 20000 + b"\r\n\r\n").startswith(b"HTTP/1.1 200")


# --- connections ---

def test_two_thousand_slow_connections_do_not_stop_other_clients(tmp_path):
    with limited(tmp_path) as server:
        workspace = server.workspace("w", public_read=True)
        workspace.serve(MODELS)
        slow = subprocess.Popen([sys.executable, SLOW, str(server.port), "2000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert slow.stdout.readline() == "2000\n"
            waits = []
            for _ in range(50):
                begun = time.monotonic()
                assert workspace.get("/policy", None).status == 200
                assert server.get("/api/v1/me", server.admin).status == 200
                waits.append(time.monotonic() - begun)
            assert max(waits) < 5 and sorted(waits)[25] < 1, waits
        finally:
            slow.stdin.close()
            assert slow.wait(TIMEOUT) == 0


def test_one_address_has_so_many_connections_and_no_more(tmp_path):
    with limited(tmp_path, "--max-connections-per-address", "5") as server, contextlib.ExitStack() as held:
        for _ in range(5):
            s = held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT))
            s.sendall(HEAD + b"\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 200")
        assert closed_after(server, HEAD + b"\r\n")[1] == b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT, source_address=("127.0.0.2", 0)) as other:
            other.sendall(HEAD + b"\r\n")
            assert other.recv(65536).startswith(b"HTTP/1.1 200")


# --- rates ---

def refused_after(ask, most=200):
    """How many answers came before the first 429, and that one."""
    for i in range(most):
        answer = ask()
        if answer.status == 429:
            return i, answer
    return most, None


def test_requests_of_one_address_have_a_rate_and_active_policies_are_not_counted(tmp_path):
    with limited(tmp_path, "--address-rate", "1", "--address-burst", "20") as server:
        workspace = server.workspace("w", public_read=True)
        workspace.serve(MODELS)
        passed, answer = refused_after(lambda: server.get("/healthz"))
        assert passed <= 20 and answer.error == (429, "rate_limited") and answer.headers["Retry-After"] == "1"
        assert answer.headers["X-Request-Id"].startswith("req_")
        for _ in range(100):
            assert workspace.get("/policy", None).status == workspace.get("/policy/active", "admin").status == 200
        assert server.get("/healthz").status == 429
        end = time.monotonic() + TIMEOUT
        while server.get("/healthz").status == 429:
            assert time.monotonic() < end


def test_requests_with_one_key_have_a_rate_and_other_keys_theirs(tmp_path):
    with limited(tmp_path, "--key-rate", "1", "--key-burst", "15") as server:
        workspace = server.workspace("w")
        workspace.serve(MODELS)
        key = workspace.key("reader")
        passed, answer = refused_after(lambda: server.get("/api/v1/me", key))
        assert passed in (15, 16, 17) and answer.error == (429, "rate_limited") and int(answer.headers["Retry-After"]) >= 1
        assert server.get("/api/v1/me", workspace.key("publisher")).status == 200
        for _ in range(50):
            assert workspace.get("/policy", "reader").status == 200


def test_by_default_twenty_requests_a_second_are_always_fine(tmp_path):
    with limited(tmp_path) as server:
        assert refused_after(lambda: server.get("/api/v1/me", server.admin), 500) == (500, None)


def test_wrong_keys_of_one_address_are_throttled_and_the_wait_grows(tmp_path):
    with limited(tmp_path, "--failed-keys", "10", "--address-rate", "0", "--key-rate", "0") as server:
        workspace = server.workspace("w", public_read=True)
        workspace.serve(MODELS)
        known, fresh = workspace.key("reader"), workspace.key("publisher")
        assert server.get("/api/v1/me", known).status == 200
        tried, waits = 0, []
        end = time.monotonic() + TIMEOUT
        while len(waits) < 3:
            assert time.monotonic() < end
            tried += 1
            answer = server.get("/api/v1/me", f"sk_live_{tried:064x}")
            if answer.status == 401:
                continue
            assert answer.error == (429, "rate_limited")
            waits.append(int(answer.headers["Retry-After"]))
            # Whoever guesses learns nothing now, not even of a right key; those that are in use go on.
            assert server.get("/api/v1/me", fresh).status == 429
            assert server.post("/api/v1/api-keys/verify", {"api_key": fresh}).status == 429
            assert server.get("/api/v1/me", known).status == 200 and server.get("/healthz").status == 200
            assert workspace.get("/policy", None).status == 200
            while server.get("/api/v1/me", WRONG).status == 429 and len(waits) < 3:
                assert time.monotonic() < end
        assert tried > 10 and waits == sorted(waits) and waits[-1] >= 3, (tried, waits)


def test_another_address_is_not_punished(tmp_path):
    with limited(tmp_path, "--failed-keys", "5") as server:
        passed, answer = refused_after(lambda: server.get("/api/v1/me", WRONG))
        assert answer.status == 429 and passed >= 5
        with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT, source_address=("127.0.0.2", 0)) as other:
            other.sendall(f"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.admin}\r\n\r\n".encode())
            assert other.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("option", ["--address-rate", "--key-rate", "--failed-keys"])
def test_zero_is_no_limit(tmp_path, option):
    with limited(tmp_path, option, "0") as server:
        assert refused_after(lambda: server.get("/api/v1/me", WRONG if option == "--failed-keys" else server.admin), 400) == (400, None)


# --- what every answer says ---

def test_every_answer_has_an_id_of_its_own_and_the_security_headers(server, workspace):
    workspace.serve(MODELS)
    ids = set()
    for path, key in (("/healthz", None), ("/nothing", None), ("/api/v1/me", None), ("/api/v1/me", server.admin), (f"{workspace.base}/policy", server.admin)):
        answer = server.get(path, key, X_Request_Id="req_forged")
        ids.add(answer.headers["X-Request-Id"])
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Server"] is None and answer.headers["Strict-Transport-Security"] is None
    assert len(ids) == 5 and all(len(i) == 20 and i != "req_forged" for i in ids)


# --- bodies ---

BODY = 1 << 20
BUDGET = 8 * BODY


def unfinished(server, key, size):
    """A connection whose request lacks the last byte of its body."""
    s = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT)
    s.sendall(f"POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n".encode())
    with contextlib.suppress(ConnectionError):  # it may have been refused, and closed, by then
        s.sendall(b" " * (size - 1))
    return s


def refused(s):
    """The answer to what was not asked to the end, or nothing where more is awaited."""
    s.settimeout(0.2)
    received = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while part := s.recv(65536):
            received += part
    return received


def test_all_bodies_together_have_a_limit_and_policies_are_read_all_the_same(tmp_path):
    with limited(tmp_path, "--max-bodies-bytes", str(BUDGET), "--address-rate", "0", "--key-rate", "0") as server, contextlib.ExitStack() as held:
        workspace = server.workspace("w", public_read=True)
        workspace.serve(MODELS)
        key = workspace.key("publisher")
        for _ in range(2):  # what was counted is given back
            connections = [unfinished(server, key, BODY) for _ in range(20)]
            for s in connections:
                held.enter_context(s)
            answers = [answer for s in connections if (answer := refused(s))]
            assert 4 <= len(answers) < 20, len(answers)  # buffers grow by doubling: between a body and twice as much counts for each
            for size in (65536, 4096):  # no room is left for a smaller one
                connections += [held.enter_context(unfinished(server, key, size)) for _ in range(20)]
                answers += filter(None, map(refused, connections[-20:]))
            for answer in answers:
                assert answer.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 1\r\n" in answer and b"\r\nConnection: close\r\n" in answer
                assert b'"error":"memory"' in answer
            # One whose head alone says that it is too much, and one that says nothing beforehand.
            assert server.post("/api/v1/publish", b" " * (4 * BODY), key).error == (503, "memory")
            chunks = b"10000\r\n" + b" " * 65536 + b"\r\n"
            assert b" 503 " in server.raw(f"POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
                                          "Transfer-Encoding: chunked\r\n\r\n".encode() + chunks * 63)
            for _ in range(20):
                assert workspace.get("/policy", None).status == workspace.get("/policy/active", "reader").status == 200
            assert server.request("GET", "/api/v1/me", b"x" * 60000, key).status == 200  # a body that is not kept
            for s in connections:
                s.close()
            end = time.monotonic() + TIMEOUT
            while server.post("/api/v1/publish", b" " * (4 * BODY), key).status == 503:
                assert time.monotonic() < end
            assert server.post("/api/v1/publish", b" " * (4 * BODY), key).error == (400, "syntax")


def test_bodies_that_were_handled_do_not_count_any_more(tmp_path):
    with limited(tmp_path, "--max-bodies-bytes", str(BUDGET), "--address-rate", "0", "--key-rate", "0") as server, contextlib.ExitStack() as held:
        key = server.workspace("w").key("publisher")
        for _ in range(20):
            s = held.enter_context(unfinished(server, key, BODY))
            s.sendall(b" ")
            assert s.recv(65536).startswith(b"HTTP/1.1 400 ")  # and the connection stays
        for size in (BODY, 4 * BODY):
            for _ in range(10):
                assert server.post("/api/v1/publish", b"[" + b" " * (size - 2) + b"]", key).status == 400
