# SPDX-License-Identifier: Apache-2.0
"""Every command against answers that are cut, endless, empty, encoded, or no HTTP: the exit code and word of cli.md, and not a file touched."""
import gzip
import json
import re
import socket
import struct
import threading
import zlib

import pytest

from hostile import ACTIVE, COMMANDS, OK, SPACE, W, Trap, clean, policy, snapshot
from http_support import OTHER_SIGNER
from support import raw

PLAIN = b"Content-Type: application/json\r\n"
BOMB = gzip.compress(bytes(64 << 20), 1)


def pour(data, limit=64 << 20):
    """Keeps sending until the other side has had enough; that it has is part of what is tested."""
    def keep(request):
        sent = 0
        try:
            while sent < limit:
                request.wfile.write(data)
                sent += len(data)
        except OSError:
            return
        request.server.poured_all = True
    return keep


def reset(request):
    """Breaks the connection off in the middle of the body."""
    request.wfile.write(OK + b"Content-Length: 100\r\n\r\n{")
    request.wfile.flush()
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def sized(body, *headers):
    return raw(OK + b"".join(h + b"\r\n" for h in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body)


# name -> (route, words): what no command may take, whatever it waits for.
ANSWERS = {
    "a body cut short": (raw(OK + b"Content-Length: 100\r\n\r\n{\"valid\":true"), {"body"}),
    "a chunk cut short": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{\"valid\":true"), {"body"}),
    "no last chunk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), {"body"}),
    "broken off": (reset, {"body"}),
    "a body without end": (raw(OK + b"\r\n", pour(b" " * 65536)), {"body"}),
    "chunks without end": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", pour(b"10000\r\n" + b" " * 65536 + b"\r\n")), {"body"}),
    "headers without end": (raw(OK, pour(b"X-Filler: " + b"x" * 8000 + b"\r\n")), {"body"}),
    "one header without end": (raw(OK + b"X-Filler: ", pour(b"x" * 65536)), {"body"}),
    "interim answers without end": (raw(b"", pour(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)), {"body"}),
    "trailers without end": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", pour(b"X-Filler: " + b"x" * 8000 + b"\r\n")), {"body"}),
    "a gzip bomb": (sized(BOMB, b"Content-Encoding: gzip"), {"body"}),
    "a deflate bomb": (sized(zlib.compress(bytes(1 << 20)), b"Content-Encoding: deflate"), {"body"}),
    "another encoding": (sized(b"{}", b"Content-Encoding: br"), {"body"}),
    "two encodings": (sized(b"{}", b"Content-Encoding: identity", b"Content-Encoding: gzip"), {"body"}),
    "a bomb on the way": (raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BOMB), BOMB)), {"body"}),
    "chunks that are none": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), {"body", "server", "network"}),
    "a chunk longer than any": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n"), {"body", "server", "network"}),
    "a negative chunk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"), {"body", "server", "network"}),
    "a longer length than any": (raw(OK + b"Content-Length: 99999999999999999999999\r\n\r\n{}"), {"body"}),
    "a length over the cap": (raw(OK + b"Content-Length: 9999999999\r\n\r\n", pour(b" " * 65536)), {"body"}),
    "a redirect without end": (raw(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", pour(b" " * 65536)), {"redirect"}),
    "a 304 that nobody asked for": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), {"server"}),
    "another protocol": (raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n{}"), {"server", "body", "network"}),
    "HTTP/0.9": (raw(b"{\"valid\":true}"), {"server", "network"}),
    "HTTP/0.9 with a good policy": (raw(b"{\n  \"policy_id\": \"policy_xyz\"\n}\n"), {"server", "network"}),
    "HTTP/2": (raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)), {"server", "network"}),
    "another version": (raw(b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}"), {"server", "network"}),
    "a status that is none": (raw(b"HTTP/1.1 2OO OK\r\nContent-Length: 2\r\n\r\n{}"), {"server", "network", "body"}),
    "a status of two digits": (raw(b"HTTP/1.1 20\r\nContent-Length: 2\r\n\r\n{}"), {"server", "network", "body"}),
    "a greeting of another kind": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), {"server", "network"}),
    "nothing at all": (raw(b""), {"network"}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_pull_takes_no_answer_that_is_none(world, name):
    command = COMMANDS["pull"]
    route, words = ANSWERS[name]
    world.serve(command, route)
    done = world.refused(command, {3}, words)
    assert not getattr(world.backend.server, "poured_all", False), "the client read on without end"
    assert len(world.backend.requests) == 1 and len(done.err.splitlines()) <= 2


# The kinds that differ in how libcurl ends them; each against each command.
FEW = ["a body cut short", "no last chunk", "chunks without end", "headers without end", "another encoding", "a 304 that nobody asked for",
       "HTTP/0.9", "nothing at all"]


@pytest.mark.parametrize("name", [c for c in COMMANDS if c != "pull"])
def test_no_command_takes_an_answer_that_is_none(world, name):
    command = COMMANDS[name]
    for answer in FEW:
        route, words = ANSWERS[answer]
        world.serve(command, route)
        touched = {"home/state/sekuire/trust.json"} if name == "push, its publish" else ()  # its policy was accepted before
        world.refused(command, {3}, words, also=touched)
        assert len(world.backend.requests) == 1 + len(command.before), "nothing that changes something is sent twice"


@pytest.mark.parametrize("name", COMMANDS)
def test_statuses_that_are_no_answer(world, name):
    command = COMMANDS[name]
    touched = {"home/state/sekuire/trust.json"} if name == "push, its publish" else ()
    if command.needs_body:
        world.serve(command, (200, ""))
        world.refused(command, {3}, {"body"})
    if not command.takes_anything:
        for status in (202, 204, 206):
            world.serve(command, (status, command.good[1]))
            world.refused(command, {3}, {"server"})
    for status, code, words in ((429, 3, {"rate_limited"}), (500, 3, {"server"}), (599, 3, {"server"}), (451, 1, {"content"})):
        world.serve(command, (status, {"error": "not_found", "message": "no"} if status != 451 else ""))
        world.refused(command, {code}, words, also=touched)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_good_answer_is_taken(world, name):
    """The other half of all these tests: what they change is what they are refused for."""
    command = COMMANDS[name]
    world.serve(command, command.good)
    done = world.run(command, "--json")
    assert done.code == 0 and "error" not in done.json, done
    assert clean(done.out + done.err)


@pytest.mark.parametrize("name", ["a body cut short", "another encoding", "nothing at all", "a 304 that nobody asked for"])
def test_a_login_that_breaks_off_half_way_stores_nothing(world, name):
    """/me is asked after the key was verified: until that too is answered, the old login stays."""
    command = COMMANDS["login"]
    world.serve(command, command.good)
    route, words = ANSWERS[name]
    world.backend.routes["GET", "/api/v1/me"] = route
    world.refused(command, {3}, words)
    assert len(world.backend.sent(*command.request)) == 1 and world.backend.sent("GET", "/api/v1/me")


@pytest.mark.parametrize("headers", [
    (b"Content-Length: 2000", b"Content-Length: 2"), (b"Content-Length: 2", b"Content-Length: 2000"), (b"Content-Length: 2, 2000",),
    (b"Content-Length: -1",), (b"Content-Length: +5",), (b"Content-Length: 0x64",), (b"Content-Length:",), (b"Content-Length: 1e3",),
    (b"Content-Length: 9999999999999999999999",), (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: chunked", b"Content-Length: 5"), (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: chunked, chunked",), (b"Transfer-Encoding: identity",)])
def test_a_length_that_is_not_clear_is_none(world, headers):
    """Whoever stands between two that read the length differently could hide half of an answer, and no good server says it so."""
    command = COMMANDS["pull"]
    body = json.dumps(policy(6)).encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for content in (body, chunked):
        world.serve(command, raw(OK + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + content))
        world.refused(command, {3}, {"body", "server"})


def test_the_same_length_twice_is_one(world):
    body = json.dumps(policy(6)).encode()
    world.serve(COMMANDS["pull"], sized(body, b"Content-Length: %d" % len(body)))
    assert world.run(COMMANDS["pull"]).code == 0 and (world.box.work / "policy.json").read_bytes() == body


def test_a_policy_of_more_than_the_cap_is_refused_however_it_is_framed(world):
    command = COMMANDS["pull"]
    body = (json.dumps(policy(6)) + " " * (4 << 20)).encode()
    for route, code, words in (((200, body), 1, {"too_large"}), (raw(OK + b"\r\n" + body), 1, {"too_large"}), ((200, b" " * ((8 << 20) + 1)), 3, {"body"})):
        world.serve(command, route)
        world.refused(command, {code, 3}, words | {"body"})


# --- time ---

FAST = {"FAKETIME_DONT_FAKE_MONOTONIC": "0"}  # the clock of the program runs 60 times as fast as ours
LIMIT = re.compile(r"after (\d+) m(?:illi)?s")


def waited(done):
    """How long libcurl says that it waited, in the program's seconds."""
    found = LIMIT.search(done.err)
    assert found, done
    return int(found.group(1)) / 1000


def trickle(data):
    """One byte now and then, so that no pause is long."""
    def keep(request):
        try:
            for _ in range(600):
                request.wfile.write(data)
                request.wfile.flush()
                if request.server.over.wait(0.05):
                    return
        except OSError:
            pass
    return keep


@pytest.mark.parametrize("name, start, drop", [("pull", OK + b"Content-Length: 1000\r\n\r\n", b" "), ("login", OK, b"X: y\r\n"),
                                               ("upload", b"", b"HTTP/1.1 102 Processing\r\n\r\n"), ("agent list", b"HTTP/1.1 200", b" "),
                                               ("push, its publish", b"", b"")])
def test_an_answer_that_drips_ends_after_thirty_seconds(world, name, start, drop):
    command = COMMANDS[name]
    over = world.backend.server.over = threading.Event()
    world.serve(command, raw(start, trickle(drop)))
    touched = {"home/state/sekuire/trust.json"} if name == "push, its publish" else ()
    try:
        done = world.refused(command, {3}, {"timeout"}, at="+0 x60", env=FAST, also=touched)
    finally:
        over.set()
    assert 29.9 < waited(done) < 60


def test_nobody_who_accepts_is_waited_for_ten_seconds(world):
    """A listener whose queue is full answers no connection at all, and one that never speaks TLS none of those."""
    command = COMMANDS["pull"]
    with socket.socket() as deaf, Trap() as mute:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for s in waiting:
            s.setblocking(False)
            s.connect_ex(deaf.getsockname())
        for url in (f"http://127.0.0.1:{deaf.getsockname()[1]}", f"https://127.0.0.1:{mute.port}"):
            world.login(url)
            done = world.refused(command, {3}, {"timeout"}, "--backend", url, at="+0 x60", env=FAST)
            assert "SSL connection timeout" in done.err or 9.9 < waited(done) < 25
        for s in waiting:
            s.close()


# --- the cached copy ---

def test_a_cached_copy_that_was_tampered_with_is_not_what_a_304_confirms(world):
    command = COMMANDS["pull"]
    path = world.box.work / "policy.json"
    good = policy(6)
    world.serve(command, (200, good, {"ETag": '"v6"'}))
    assert world.run(command).code == 0
    asked = []

    def not_modified(request):
        asked.append(request.headers.get("If-None-Match"))
        return 304, ""

    original = path.read_text()
    stranger = policy(7, key=OTHER_SIGNER)
    for tampered in (original.replace('"gpt-4"', '"gpt-5"'), original.replace('"policy_xyz"', '"policy_xyy"'), original + " ", "", "{}",
                     json.dumps(stranger)):
        path.write_text(tampered)
        asked.clear()
        world.serve(command, not_modified)
        before = snapshot(world.box.path)
        done = world.run(command, "--json")
        if asked == [None]:
            assert (done.code, done.json["error"]["code"]) == (3, "server"), (tampered, done)
        assert asked == [None] and snapshot(world.box.path) == before
    path.write_text(original)
    world.serve(command, not_modified)
    assert world.run(command).code == 0 and asked[-1] == '"v6"'
    other = world.box.work / "other.json"
    asked.clear()
    assert world.run(command, "--out", "other.json").code == 3 and asked == [None] and not other.exists()


def test_what_a_304_confirms_is_judged_by_what_is_known_now(world):
    command = COMMANDS["pull"]
    world.serve(command, (200, policy(6), {"ETag": '"v6"'}))
    assert world.run(command).code == 0
    state = world.box.trusted() | {"sequence": 9}
    world.store(state)
    world.serve(command, (304, ""))
    world.refused(command, {1}, {"rollback"})
    assert world.backend.requests[0]["headers"]["If-None-Match"] == '"v6"'
    world.store(state | {"sequence": 6, "keys": [], "retired": [state["keys"][0]["public_key"]]})
    world.refused(command, {1}, {"key_not_pinned"})


# --- headers that lie ---

@pytest.mark.parametrize("etag", [b"\"a\rX-Evil: 1\"", b"\"a\x00b\"", b"\"a b\"", b"\"\xc3\xa4\"", b"\"" + b"x" * 300 + b"\"", b"\"a\tb\"", b"\"\x7f\""])
def test_an_etag_is_echoed_only_if_a_header_may_carry_it(world, etag):
    command = COMMANDS["pull"]
    body = json.dumps(policy(6)).encode()
    world.serve(command, sized(body, b"ETag: " + etag))
    assert world.run(command).code in (0, 3)
    world.serve(command, (200, body))
    assert world.run(command).code == 0
    assert not {"If-None-Match", "X-Evil"} & set(world.backend.requests[-1]["headers"])


@pytest.mark.parametrize("name, variables", [("whoami", {"SEKUIRE_API_KEY": "sk_live_x\r\nX-Evil: 1"}), ("whoami", {"SEKUIRE_API_KEY": "sk_live_x\nX-Evil: 1"}),
                                             ("pull", {"SEKUIRE_WORKSPACE_ID": "w\r\nX-Evil: 1"}), ("pull", {"SEKUIRE_WORKSPACE_ID": "w HTTP/1.1\r\nX-Evil: 1"})])
def test_no_setting_splits_a_request(world, name, variables):
    before = snapshot(world.box.path)
    done = world.run(COMMANDS[name], env=variables)
    assert done.code == 2 and world.backend.requests == [] and clean(done.err), done
    for url in (world.url + "/\r\nX-Evil: 1", world.url + "/ HTTP/1.1", world.url + "\n"):
        assert world.run(COMMANDS[name], env={"SEKUIRE_API_URL": url}).code == 2, url
    assert world.backend.requests == [] and snapshot(world.box.path) == before


def test_the_cursor_of_a_list_splits_no_request(world):
    command = COMMANDS["audit list"]
    world.serve(command, (200, {"items": [], "next": "1&limit=9 HTTP/1.1\r\nX-Evil: 1\r\n\r\n/../#\u0000".replace("\0", "\x01")}))
    done = world.run(command)
    assert done.code == 1 and clean(done.err)  # the second page is not there
    assert [r["path"] for r in world.backend.requests[1:]] == [
        f"{SPACE}/audit?limit=200&after=1%26limit%3D9%20HTTP%2F1.1%0D%0AX-Evil%3A%201%0D%0A%0D%0A%2F..%2F%23%01"]
    assert "X-Evil" not in world.backend.requests[1]["headers"]


def test_huge_and_odd_headers_of_a_good_answer_do_no_harm(world):
    command = COMMANDS["pull"]
    body = json.dumps(policy(6)).encode()
    odd = [b"X-Long: " + b"x" * 60000, b"X-Odd: \x1b[2J\xff\x01", b"Retry-After: 99999999999999999999", b"Retry-After: -1", b"Set-Cookie: a=b",
           b"Content-Type: text/html", b"X-Folded: a", b" b", b": nameless", b"Location: http://evil.example/", b"Content-Encoding: identity",
           b"Strict-Transport-Security: max-age=1", b"Alt-Svc: h2=\"evil.example:443\"", b"Refresh: 0; url=http://evil.example/"]
    world.serve(command, sized(body, *odd))
    done = world.run(command)
    assert done.code == 0 and clean(done.err + done.out) and (world.box.work / "policy.json").read_bytes() == body
    world.serve(command, (200, body))
    assert world.run(command).code == 0
    assert not {"Cookie", "Referer", "Upgrade"} & set(world.backend.requests[-1]["headers"])
    assert [r["path"] for r in world.backend.requests] == [ACTIVE] and W in ACTIVE
