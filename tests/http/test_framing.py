# SPDX-License-Identifier: Apache-2.0
"""Where a request ends: shapes that two programs could read differently are refused, and the connection is closed. No shape gets two
answers, or has its body read as a request."""
import re
import socket
import ssl
import subprocess
import time

import pytest
from http_support import TIMEOUT, Server

LINE = b"GET /healthz HTTP/1.1\r\n"
HEAD = LINE + b"Host: x\r\n"
POST = b"POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

REFUSED = {
    "two Content-Length that differ": HEAD + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n",
    "two Content-Length that are equal": HEAD + b"Content-Length: 36\r\nContent-Length: 36\r\n\r\n",
    "a list of lengths": HEAD + b"Content-Length: 36, 36\r\n\r\n",
    "length with chunked": HEAD + b"Content-Length: 36\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked with length": HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "a signed length": HEAD + b"Content-Length: +36\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a hexadecimal length": HEAD + b"Content-Length: 0x24\r\n\r\n",
    "a length with a fraction": HEAD + b"Content-Length: 36.0\r\n\r\n",
    "no length at all": HEAD + b"Content-Length:\r\n\r\n",
    "a length beyond 64 bits": HEAD + b"Content-Length: 18446744073709551652\r\n\r\n",
    "a space after a name": HEAD + b"Content-Length : 36\r\n\r\n",
    "a tab after a name": HEAD + b"Content-Length\t: 36\r\n\r\n",
    "a space in a name": HEAD + b"Content Length: 36\r\n\r\n",
    "a space after chunked's name": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a control character in a name": HEAD + b"Content\x0bLength: 36\r\n\r\n",
    "a letter beyond ASCII in a name": HEAD + "Cöntent-Length: 36\r\n\r\n".encode(),
    "no name": HEAD + b": 36\r\n\r\n",
    "no name before another": HEAD + b": 36\r\nA: b\r\n\r\n",
    "no colon": HEAD + b"Content-Length 36\r\n\r\n",
    "a folded line": HEAD + b"Content-Length:\r\n 36\r\n\r\n",
    "a folded line in the middle": HEAD + b"A: b\r\n\tc\r\nD: e\r\n\r\n",
    "a first line that is folded": LINE + b" Host: x\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n",
    "two codings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked twice in one": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked and a trick": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n",
    "a chunk size that is none": HEAD + CHUNKED + b"\r\nzz\r\n",
    "a chunk size that is signed": HEAD + CHUNKED + b"\r\n-1\r\n",
    "a chunk larger than numbers": HEAD + CHUNKED + b"\r\nfffffffffffffffff\r\n",
    "a chunk longer than it says": HEAD + CHUNKED + b"\r\n1\r\nabc\r\n0\r\n\r\n",
    "no Host": LINE + b"\r\n",
    "two Hosts": HEAD + b"Host: x\r\n\r\n",
    "two Hosts that differ": HEAD + b"Host: y\r\n\r\n",
    "two Hosts in HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + b"Host: y\r\n\r\n",
    "a Host with a space": LINE + b"Host: x y\r\n\r\n",
    "a Host with a path": LINE + b"Host: x/y\r\n\r\n",
    "a NUL in a value": HEAD + b"A: b\0c\r\nD: e\r\n\r\n",
    "a NUL in the last value": HEAD + b"A: b\0Content-Length: 36\r\n\r\n",
    "a NUL in a name": HEAD + b"A\0B: c\r\n\r\n",
    "a control character in a value": HEAD + b"A: b\x01c\r\n\r\n",
    "DEL in a value": HEAD + b"A: b\x7f\r\n\r\n",
    "a bare line feed": HEAD + b"A: b\nContent-Length: 36\r\n\r\n",
    "bare line feeds alone": HEAD.replace(b"\r", b"") + b"\n",
    "a bare line feed after the request line": LINE.replace(b"\r", b"") + b"Host: x\r\n\r\n",
    "a bare carriage return": HEAD + b"A: b\rContent-Length: 36\r\n\r\n",
    "two spaces in the request line": b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tab in the request line": b"GET\t/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the target": b"GET /health z HTTP/1.1\r\nHost: x\r\n\r\n",
    "a control character in the target": b"GET /\x1b HTTP/1.1\r\nHost: x\r\n\r\n",
    "a byte beyond ASCII in the target": "GET /ö HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "no version": b"GET /healthz\r\n\r\n",
    "another version": b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    "a version with more": b"GET /healthz HTTP/1.12\r\nHost: x\r\n\r\n",
    "a method that is none": b"G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a head that is too large": HEAD + b"A: " + b"a" * 20000 + b"\r\n\r\n",
    "a request line that is too large": b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "too many fields": HEAD + b"".join(b"A%d: b\r\n" % i for i in range(1000)) + b"\r\n",
}


# libmicrohttpd 1.0 reads them as a line without a target, and closes without a word.
CLOSED = {"a tab in the request line"}


def answers(received):
    """The statuses of all answers."""
    return re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)


@pytest.mark.parametrize("name", REFUSED.keys())
def test_an_ambiguous_shape_gets_one_refusal_and_its_connection_is_closed(server, name):
    answer = server.raw(REFUSED[name] + SMUGGLED)  # until the server closes
    if name in CLOSED and answer == b"":
        return
    assert answer.startswith(b"HTTP/1.1 ") and len(answers(answer)) == 1, answer
    assert answers(answer)[0] in (b"400", b"413", b"414", b"431", b"505")
    assert b"not_found" not in answer and b"Connection: close" in answer


@pytest.mark.parametrize("shape", REFUSED.values(), ids=REFUSED.keys())
def test_what_was_smuggled_is_no_request(server, shape):
    server.raw(shape + SMUGGLED)
    assert "/smuggled" not in server.log.read_text()


def test_a_request_line_without_a_method_is_no_request(server):
    assert server.raw(b" /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED).count(b"HTTP/1.1 ") <= 1
    assert server.get("/healthz").status == 200


def test_a_refusal_names_itself_in_the_log_and_in_its_head(server):
    answer = server.raw(REFUSED["two Hosts"])
    request = answer.split(b"X-Request-Id: ")[1].split(b"\r\n")[0].decode()
    end = time.monotonic() + TIMEOUT
    while not re.search(rf"GET /healthz 400 \d+ ms {request}\n", server.log.read_text()):
        assert time.monotonic() < end, server.log.read_text()[-1000:]


TAKEN = {
    "spaces around a value": LINE + b"Host: \t x \t \r\nConnection: close \t\r\n\r\n",
    "HTTP/1.0 without Host": b"GET /healthz HTTP/1.0\r\n\r\n",
    "an empty value": HEAD + b"A:\r\nConnection: close\r\n\r\n",
    "an empty last value": HEAD + b"Connection: close\r\nA:\r\n\r\n",
    "a tab in a value": HEAD + b"A: b\tc\r\nConnection: close\r\n\r\n",
    "bytes beyond ASCII in a value": HEAD + "A: ö\r\nConnection: close\r\n\r\n".encode(),
    "a body where none is needed": HEAD + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello",
    "a chunked body where none is needed": HEAD + CHUNKED + b"Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "cookies": HEAD + b"Cookie: a=b; c=d\r\nConnection: close\r\n\r\n",
    "no fields but Host": b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n",
    "a query": b"GET /healthz? HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a coding in capitals": HEAD + b"Transfer-Encoding: Chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("shape", TAKEN.values(), ids=TAKEN.keys())
def test_an_unusual_shape_that_is_clear_is_taken(server, shape):
    answer = server.raw(shape)
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.count(b"HTTP/1.1 ") == 1, answer


def test_a_key_with_spaces_around_it_is_that_key(server, workspace):
    key = workspace.key("reader")
    for field in (f"X-API-Key: \t{key}  ", f"Authorization:  Bearer {key}\t"):
        assert server.raw(f"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{field}\r\nConnection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_comes_byte_by_byte_is_read_like_any_other(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(3):  # and so are those that follow on the connection
            for i in range(len(HEAD)):
                s.sendall(HEAD[i:i + 1])
            for i in range(60):
                s.sendall(b"X-%d: %s\r\n" % (i, b"v" * 40))
            s.sendall(b"\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_get_one_answer_each(server):
    answer = server.raw(HEAD + b"\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc" + HEAD + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 3 == answer.count(b"HTTP/1.1 ")


# --- refusals that are known from the head ---

EARLY = [("POST", "/api/v1/publish", "application/json", 401), ("PATCH", "/api/v1/workspaces/w", "application/json", 401),
         ("DELETE", "/api/v1/workspaces/w/agents/x", "application/json", 401), ("PUT", "/api/v1/publish", "application/json", 405),
         ("POST", "/api/v1/nothing", "application/json", 404), ("GET", "/nothing", "text/plain", 404),
         ("POST", "/api/v1/api-keys/verify", "text/plain", 415), ("POST", "/api/v1/api-keys/verify", "application/json", 413),
         ("GET", "/healthz", "text/plain", 413)]


@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize("length", [100000, 10**9, 10**17])
@pytest.mark.parametrize("method, path, media, status", EARLY)
def test_a_refusal_that_is_known_from_the_head_does_not_wait_for_the_body(server, method, path, media, status, length, expect):
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n{expect}\r\n".encode()
    answer = server.raw(head)  # no byte of the body is sent; returns when the server has closed
    assert answer.startswith(b"HTTP/1.1 %d " % status) and answer.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in answer


def test_a_refusal_is_told_to_a_client_that_sends_all_of_its_body_first(server):
    for _ in range(5):
        assert server.post("/api/v1/publish", b"x" * (12 << 20)).error == (401, "unauthorized")


def test_a_body_that_is_welcome_is_asked_for(server, workspace):
    head = (f"PATCH {workspace.base} HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.admin}\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as s:
        s.sendall(head)
        assert s.recv(65536).startswith(b"HTTP/1.1 100 ")
        s.sendall(b"{}")
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_small_body_of_a_request_that_needs_none_is_ignored(server, workspace):
    made = server.post(f"{workspace.base}/api-keys", {"role": "reader"}, server.admin).json
    assert server.request("GET", "/api/v1/me", b"{}", server.admin).status == 200
    assert server.request("DELETE", f"{workspace.base}/api-keys/{made['id']}", b"anything", server.admin).status == 204


def test_refusals_go_out_early_over_tls_too(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out",
                    "cert.pem", "-days", "2", "-subj", "/CN=localhost"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "key.pem").chmod(0o600)
    server = Server(tmp_path, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def raw(data):
        with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as plain, context.wrap_socket(plain) as s:
            s.sendall(data)
            received = b""
            while part := s.recv(65536):
                received += part
            return received

    answer = raw(POST + b"Content-Length: 1000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ") and b"Strict-Transport-Security: max-age=" in answer
    assert raw(HEAD + b"Host: y\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert b"Strict-Transport-Security: max-age=" in raw(HEAD + b"Connection: close\r\n\r\n")
    assert server.stop() == 0
