# SPDX-License-Identifier: Apache-2.0
"""Where a command may be led: redirects, plain http, and servers that are not who they say. The API key goes nowhere but to its backend."""
import json
import os

import pytest

from hostile import ACTIVE, API_KEY, COMMANDS, OK, Authority, Trap, World, clean, policy, snapshot
from support import Backend, Box, raw

PUBLISH = "push, its publish"
TOUCHED = {"home/state/sekuire/trust.json"}


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


# --- redirects ---

@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_follows_a_redirect(world, name):
    """To another port, to another host on the same port, and to the same place: none is visited, each is named."""
    command = COMMANDS[name]
    with Trap() as port, Trap("127.0.0.2", world.backend.port) as host:
        for status, target in ((301, f"http://127.0.0.1:{port.port}/"), (307, f"http://127.0.0.2:{host.port}/"), (308, f"{world.url}/elsewhere")):
            world.serve(command, (status, "", {"Location": target}))
            done = world.refused(command, {3}, {"redirect"}, also=TOUCHED if name == PUBLISH else ())
            assert target in done.err
            assert [(r["method"], r["path"]) for r in world.backend.requests] == [r for r, _ in command.before] + [command.request]
        assert not port.visited() and not host.visited()


TARGETS = ["https://127.0.0.1:{port}/", "//127.0.0.1:{port}/api", "http://user:password@127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/",
           "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "javascript:alert(1)", "/", "", "policy", "\\\\127.0.0.1:{port}\\x",
           "http://127.0.0.1:{port}/\x1b]0;x\x07", "http://127.0.0.1:{port}/" + "x" * 4000]


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_no_target_is_followed(world, target):
    command = COMMANDS["whoami"]
    with Trap() as trap:
        target = target.replace("{port}", str(trap.port))
        world.serve(command, (302, "", {"Location": target}))
        done = world.refused(command, {3}, {"redirect"})
        assert not trap.visited() and len(world.backend.requests) == 1
        assert len(target) > 500 or target.split("\x1b")[0] in done.err


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 306, 307, 308, 399])
def test_no_status_of_the_kind_is_followed(world, status):
    command = COMMANDS["pull"]
    for headers in ({}, {"Location": f"{world.url}/x"}):
        world.serve(command, (status, policy(6), headers))
        world.refused(command, {3}, {"redirect"})
        assert len(world.backend.requests) == 1


def test_two_targets_and_a_refresh_lead_nowhere(world):
    with Trap() as trap:
        for head in (b"HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: http://127.0.0.1:%d/\r\n", b"HTTP/1.1 302 x\r\nLocation : http://127.0.0.1:%d/\r\n",
                     b"HTTP/1.1 300 x\r\nRefresh: 0; url=http://127.0.0.1:%d/\r\n", b"HTTP/1.1 305 x\r\nLocation: http://127.0.0.1:%d/\r\n"):
            command = COMMANDS["push, its policy"]
            world.serve(command, raw(head % trap.port + b"Content-Length: 0\r\n\r\n"))
            world.refused(command, {3}, {"redirect"})
        assert not trap.visited()


# --- the API key ---

ANYWHERE = "http://0.0.0.0"  # no loopback by its name, though it leads to this machine


@pytest.mark.parametrize("name", [c for c in COMMANDS if "its" not in c and c != "agent show"])
def test_no_key_crosses_plain_http(world, name):
    """A key of the variable, of a file, and one stored for that very server; a policy and an agent are read without it."""
    command = COMMANDS[name]
    url = f"{ANYWHERE}:{world.backend.port}"
    world.serve(command, command.good)
    world.login(url)
    before = snapshot(world.box.path)
    for env in ({}, {"SEKUIRE_API_KEY": API_KEY}):
        done = world.run(command, "--backend", url, env=env)
        assert API_KEY not in done.out + done.err
        if name == "pull":
            assert done.code == 0 and "X-API-Key" not in world.backend.requests[-1]["headers"]
        else:
            assert done.code == 2 and "https" in done.err and world.backend.requests == [], done
            assert snapshot(world.box.path) == before
    assert not any(API_KEY in str(r) for r in world.backend.requests)


def test_no_key_crosses_plain_http_with_push(world):
    command = COMMANDS[PUBLISH]
    url = f"{ANYWHERE}:{world.backend.port}"
    world.serve(command, command.good)
    for how in ("stored", "variable"):
        world.login(url if how == "stored" else world.url)
        before = snapshot(world.box.path)
        done = world.run(command, "--backend", url, env={"SEKUIRE_API_KEY": API_KEY} if how == "variable" else None)
        assert done.code == 2 and "https" in done.err and snapshot(world.box.path) == before, done
        assert world.backend.requests == []


def test_a_stored_key_goes_to_its_own_scheme_host_and_port_alone(world, authority):
    """Each of them differs once; what differs in spelling only is the same place."""
    command = COMMANDS["pull"]
    world.serve(command, command.good)
    for stored in (f"https://127.0.0.1:{world.backend.port}", f"http://127.0.0.2:{world.backend.port}", "http://127.0.0.1:1", "http://127.0.0.1",
                   f"http://localhost:{world.backend.port}", f"http://127.0.0.1.evil.example:{world.backend.port}", f"{ANYWHERE}:{world.backend.port}"):
        world.login(stored)
        assert world.run(command).code == 0
        assert "X-API-Key" not in world.backend.requests[-1]["headers"], stored
        done = world.run(COMMANDS["whoami"])
        assert done.code == 3 and "is not sent" in done.err and world.backend.sent("GET", "/api/v1/me") == []
    world.login(f"HTTP://127.0.0.1:{world.backend.port}/")
    assert world.run(command).code == 0 and world.backend.requests[-1]["headers"]["X-API-Key"] == API_KEY


def test_a_folder_that_was_cloned_leads_no_key_anywhere(world):
    """The project's file may not name a backend, and what lies about in a .env is nothing to us."""
    with Trap() as trap:
        del world.box.variables["SEKUIRE_API_URL"]
        world.box.write(".env", f"SEKUIRE_API_URL=http://127.0.0.1:{trap.port}\n")
        world.box.write(".sekuire/config.yaml", f"backend: http://127.0.0.1:{trap.port}\n")
        for name in ("pull", "push, its policy", "whoami"):
            done = world.run(COMMANDS[name], "--json")
            assert (done.code, done.json["error"]["code"]) == (3, "config")
        assert not trap.visited()


# --- https ---

@pytest.fixture(scope="session")
def contexts(authority):
    """The TLS contexts of servers that are not who they say, and of one that is."""
    authority.leaf("intermediate", basic="critical,CA:TRUE", usage="serverAuth")
    return {
        "good": authority.leaf("good"),
        "another name": authority.leaf("name", names="DNS:localhost,DNS:evil.example,IP:127.0.0.2"),
        "no name but the common one": authority.leaf("127.0.0.1", names="DNS:other.example"),
        "expired": authority.leaf("expired", days=365),
        "not valid yet": authority.leaf("future", at="2096-01-01 00:00:00", days=100),
        "another authority": authority.leaf("stranger", signer="other-ca"),
        "signed by a mere server": authority.leaf("sub", signer="good"),
    }


@pytest.fixture
def secure(tmp_path, authority):
    opened = []

    def make(context, url=None):
        backend = Backend(context)
        backend.__enter__()
        opened.append(backend)
        (tmp_path / str(len(opened))).mkdir()
        world = World(Box(tmp_path / str(len(opened))), backend, url and url.replace("PORT", str(backend.port)))
        world.box.variables["SSL_CERT_FILE"] = str(authority.folder / "ca.pem")
        return world

    yield make
    for backend in opened:
        backend.__exit__()


SECURED = ["pull", PUBLISH, "login", "api-key create", "agent list"]


def test_a_server_that_is_who_it_says_is_spoken_to(secure, contexts):
    world = secure(contexts["good"])
    for name in SECURED:
        command = COMMANDS[name]
        world.serve(command, command.good)
        done = world.run(command)
        assert done.code == 0, done
        assert world.backend.requests[-1]["headers"].get("X-API-Key" if name != "login" else "Host") is not None


@pytest.mark.parametrize("why", ["another name", "no name but the common one", "expired", "not valid yet", "another authority",
                                 "signed by a mere server"])
def test_a_server_that_is_not_who_it_says_hears_nothing(secure, contexts, why):
    world = secure(contexts[why])
    for name in SECURED if why == "another name" else ["pull", "login"]:
        command = COMMANDS[name]
        world.serve(command, command.good)
        done = world.refused(command, {3}, {"tls"})
        assert ("SSL_CERT_FILE=FILE" in done.err) == ("name" not in why), done
        assert world.backend.requests == []


def test_an_empty_file_name_of_authorities_is_none(secure, contexts):
    world = secure(contexts["good"])
    command = COMMANDS["pull"]
    world.serve(command, command.good)
    empty = world.refused(command, {3}, {"tls"}, env={"SSL_CERT_FILE": ""})
    del world.box.variables["SSL_CERT_FILE"]
    assert world.refused(command, {3}, {"tls"}).json == empty.json


def test_the_name_counts_and_not_only_the_address(secure, contexts):
    world = secure(contexts["good"], url="https://localhost:PORT")
    command = COMMANDS["pull"]
    world.serve(command, command.good)
    world.refused(command, {3}, {"tls"})
    assert world.backend.requests == []


def test_the_file_of_authorities_stands_for_all_of_them(secure, contexts, authority):
    """One without the right authority, an empty one, one that is none, one that is missing: no fallback to others, none to no check."""
    world = secure(contexts["good"])
    (authority.folder / "empty.pem").write_text("")
    (authority.folder / "nonsense.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    command = COMMANDS["pull"]
    world.serve(command, command.good)
    for name in ("other-ca.pem", "empty.pem", "nonsense.pem", "missing.pem"):
        done = world.refused(command, {3}, {"tls"}, env={"SSL_CERT_FILE": str(authority.folder / name)})
    assert f"no certificates can be read from {authority.folder / name} (SSL_CERT_FILE)" in done.json["error"]["message"]
    del world.box.variables["SSL_CERT_FILE"]
    world.refused(command, {3}, {"tls"})
    assert world.backend.requests == []


def test_a_certificate_is_judged_by_the_clock(secure, contexts):
    world = secure(contexts["expired"])
    command = COMMANDS["agent list"]
    world.serve(command, command.good)
    assert world.run(command, at="2020-06-01T00:00:00Z").code == 0
    world.refused(command, {3}, {"tls"}, at="2022-06-01T00:00:00Z")


def test_a_redirect_to_plain_http_takes_no_key_along(secure, contexts):
    world = secure(contexts["good"])
    with Backend() as plain:
        for name in ("whoami", "login", "pull"):
            command = COMMANDS[name]
            world.serve(command, (307, "", {"Location": f"{plain.url}{command.request[1]}"}))
            done = world.refused(command, {3}, {"redirect"})
            assert plain.url in done.err
        assert plain.requests == []


def test_a_connection_cut_without_farewell_ends_no_body(secure, contexts):
    """Without a length the end of the connection ends the body, and over TLS somebody else can make that end: only close_notify counts."""
    world = secure(contexts["good"])
    command = COMMANDS["pull"]

    def cut(request):
        request.wfile.write(OK + b"\r\n" + json.dumps(policy(6)).encode())
        request.wfile.flush()
        os.close(request.connection.detach())

    world.serve(command, cut)
    world.refused(command, {3}, {"body"})


def test_what_speaks_no_tls_hears_no_key(world):
    url = "https" + world.url[4:]
    for name in ("whoami", "pull"):
        world.login(url)
        world.serve(COMMANDS[name], COMMANDS[name].good)
        done = world.refused(COMMANDS[name], {3}, {"tls"}, "--backend", url)
        assert clean(done.err) and world.backend.requests == [] and ACTIVE
