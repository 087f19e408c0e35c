# SPDX-License-Identifier: Apache-2.0
"""login, logout, status, config."""
import fcntl
import hashlib
import json
import os
import platform
import signal
import socket
import stat

import pytest

from support import closed_port, tree, waits_for_lock

API_KEY = "sk_live_0123456789abcdef0123456789abcdef"
FINGERPRINT = hashlib.sha256(f"{socket.gethostname()}|linux|{platform.machine()}".encode()).hexdigest()


def good(backend, org="org_1", workspaces=({"id": "ws_abc123", "name": "n", "org_id": "org_1"},)):
    backend.routes[("POST", "/api/v1/api-keys/verify")] = (200, {"valid": True, "org_id": org})
    backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "email": "a@b", "orgs": [], "workspaces": list(workspaces)})


def login(box, backend, *args, key=API_KEY + "\n", **more):
    return box.run("login", "--backend", backend.url, "--api-key-file", "-", *args, input=key, **more)


def test_login_verifies_and_stores(box, backend):
    good(backend)
    done = login(box, backend)
    assert done.code == 0
    assert done.out == (f"Login successful! API Key verified and bound to this device.\n   Device: {socket.gethostname()}\n"
                        f"   OS: linux {platform.machine()}\n   Fingerprint: {FINGERPRINT[:16]}...\n")
    assert API_KEY not in done.out + done.err
    stored = json.loads(box.auth_file.read_text())
    assert stored == {"api_key": API_KEY, "token": None, "device_fingerprint": FINGERPRINT, "org_id": "org_1",
                      "workspace_id": "ws_abc123", "backend": backend.url}
    assert stat.S_IMODE(os.stat(box.auth_file).st_mode) == 0o600 and stat.S_IMODE(os.stat(box.auth_file.parent).st_mode) == 0o700
    verify, me = backend.requests
    assert json.loads(verify["body"]) == {"api_key": API_KEY, "device_fingerprint": FINGERPRINT, "device_name": socket.gethostname(),
                                          "device_os": f"linux {platform.machine()}"}
    assert "X-API-Key" not in verify["headers"] and me["headers"]["X-API-Key"] == API_KEY
    assert me["headers"]["X-Device-Fingerprint"] == FINGERPRINT


def test_login_document(box, backend):
    good(backend)
    done = login(box, backend, "--json")
    assert done.json == {"backend": backend.url, "org_id": "org_1", "workspace_id": "ws_abc123", "device_name": socket.gethostname(),
                         "device_fingerprint": FINGERPRINT}


@pytest.mark.parametrize("answer, code, word, text", [
    ((200, {"valid": False, "error": "revoked\x1b[2J"}), 1, "unauthorized", "revoked\\u001b[2J"),
    ((401, {"error": "unauthorized", "message": "wrong key"}), 1, "unauthorized", ""),
    ((500, {"error": "server"}), 3, "server", "500"),
    ((429, {"error": "rate_limited"}), 3, "rate_limited", ""),
    ((200, "not json"), 3, "body", ""), ((200, ""), 3, "body", ""),
    ((302, "", {"Location": "http://evil.example/"}), 3, "redirect", "http://evil.example/"),
    ((403, {"error": "forbidden", "message": "not from here"}), 1, "forbidden", "not from here"),
    ((201, {"valid": True, "org_id": "o"}), 3, "server", "201"), ((206, {"valid": True, "org_id": "o"}), 3, "server", "206"),
    ((200, {"valid": True, "org_id": 5}), 3, "body", "org_id"), ((200, {"valid": True, "org_id": "a b"}), 3, "body", ""),
    ((200, {"valid": 1}), 3, "body", ""), ((200, {"valid": False, "error": []}), 3, "body", ""),
    ((410, ""), 1, "not_found", "410"), ((402, ""), 1, "forbidden", "402"), ((418, ""), 1, "content", "418"),
])
def test_login_that_is_refused_stores_nothing(box, backend, answer, code, word, text):
    good(backend)
    backend.routes[("POST", "/api/v1/api-keys/verify")] = answer
    before = tree(box.home)
    done = login(box, backend, "--json")
    assert done.code == code and done.json["error"]["code"] == word and text in done.err, done
    assert API_KEY not in done.out + done.err and "\x1b" not in done.err
    assert tree(box.home) == before


def test_login_without_a_workspace_is_a_warning(box, backend):
    good(backend)
    del backend.routes[("GET", "/api/v1/me")]
    done = login(box, backend)
    assert done.code == 0 and "warning:" in done.err
    assert json.loads(box.auth_file.read_text())["workspace_id"] is None
    good(backend, workspaces=())
    assert login(box, backend).code == 0
    assert json.loads(box.auth_file.read_text())["workspace_id"] is None


@pytest.mark.parametrize("answer, code, word", [
    ((500, {"error": "server"}), 3, "server"), ((302, "", {"Location": "http://evil.example/"}), 3, "redirect"),
    ((204, ""), 3, "server"), ((201, {"workspaces": []}), 3, "server"), ((401, ""), 1, "unauthorized"), ((429, ""), 3, "rate_limited"),
    ((200, {"workspaces": [{"id": "../evil"}]}), 3, "body"), ((200, {"workspaces": [{"id": 5}]}), 3, "body"),
    ((200, {"workspaces": [{"id": "good"}, {"id": "a b"}]}), 3, "body"), ((200, {"workspaces": {}}), 3, "body"),
    ((200, {"workspaces": ["w"]}), 3, "body"), ((200, "[]"), 3, "body"), ((200, ""), 3, "body"),
])
def test_login_with_a_bad_answer_about_the_workspace_stores_nothing(box, backend, answer, code, word):
    good(backend)
    backend.routes[("GET", "/api/v1/me")] = answer
    done = login(box, backend, "--json")
    assert done.code == code and done.json["error"]["code"] == word and not box.auth_file.exists(), done


@pytest.mark.parametrize("key", ["", "\n", "a b", "a\x07b", "x" * 513, "\u00e9"])
def test_login_with_a_malformed_key_sends_nothing(box, backend, key):
    good(backend)
    done = login(box, backend, key=key)
    assert done.code in (1, 2) and backend.requests == [] and not box.auth_file.exists()


def test_login_without_a_terminal_wants_a_file(box, backend):
    done = box.run("login", "--backend", backend.url)
    assert done.code == 2 and "--api-key-file" in done.err and backend.requests == []


def test_login_asks_on_a_terminal_without_echo(box, backend):
    good(backend)
    done = box.terminal("login", "--backend", backend.url, typed=API_KEY.encode() + b"\n")
    assert done.code == 0, done
    assert f"API key for {backend.url} (not shown): " in done.out and API_KEY not in done.out and "Login successful!" in done.out
    assert json.loads(box.auth_file.read_text())["api_key"] == API_KEY


def test_login_interrupted_stores_nothing(box, backend):
    good(backend)
    done = box.terminal("login", "--backend", backend.url, typed=b"sk_live\x03")
    assert done.code == -signal.SIGINT and backend.requests == [] and not box.auth_file.exists() and "sk_live" not in done.out
    done = box.terminal("login", "--backend", backend.url, typed=b"\n")
    assert done.code in (1, 2) and backend.requests == [] and not box.auth_file.exists()


def test_login_reads_a_file_or_a_link_to_one(box, backend):
    good(backend)
    path = box.write("key.txt", API_KEY + "\n", 0o600)
    (box.work / "link").symlink_to(path)
    for name in ("key.txt", "link"):
        assert box.run("login", "--backend", backend.url, "--api-key-file", name).code == 0
        assert json.loads(box.auth_file.read_text())["api_key"] == API_KEY
    assert box.run("login", "--backend", backend.url, "--api-key-file", "nowhere").code == 3


def test_the_variable_is_not_what_login_stores(box, backend):
    good(backend)
    done = box.run("login", "--backend", backend.url, env={"SEKUIRE_API_KEY": API_KEY})
    assert done.code == 2 and backend.requests == [] and not box.auth_file.exists()


def test_an_api_key_never_goes_over_plain_http(box):
    done = box.run("login", "--backend", "http://example.com", "--api-key-file", "-", input=API_KEY)
    assert done.code == 2 and "http" in done.err and API_KEY not in done.err


def test_nobody_listens(box):
    with closed_port() as url:
        done = box.run("login", "--backend", url, "--api-key-file", "-", "--json", input=API_KEY)
    assert done.code == 3 and done.json["error"]["code"] == "network" and not box.auth_file.exists()


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://a b/", "http://u:p@localhost/", "http://localhost/?x", "localhost:9300"])
def test_malformed_backends(box, url):
    assert box.run("login", f"--backend={url}", "--api-key-file", "-", input=API_KEY).code == 2
    assert box.run("status", env={"SEKUIRE_API_URL": url or "x"}).code == 2


def test_a_broken_login_file_is_told_by_its_name_and_kept(box, backend):
    good(backend)
    box.auth_file.parent.mkdir()
    for text in ("{", "[]", '{"api_key":1}'):
        box.auth_file.write_text(text)
        for args in (("status",), ("config", "show"), ("login", "--backend", backend.url, "--api-key-file", "-")):
            done = box.run(*args, "--json", input=API_KEY)
            assert done.code == 3 and done.json["error"]["code"] == "config" and "auth.json" in done.err, (text, args, done)
        assert box.auth_file.read_text() == text and backend.requests == []
    assert box.run("logout").code == 0 and not box.auth_file.exists()


def test_logout_removes_the_key(box, backend):
    good(backend)
    login(box, backend)
    done = box.run("logout", "--json")
    assert done.code == 0 and done.json == {"removed": True} and not box.auth_file.exists()
    assert box.run("logout").out == "Not logged in\n"
    assert box.run("logout", "--json").json == {"removed": False}


def test_status_masks_the_key(box, backend):
    good(backend)
    done = box.run("status")
    assert done.code == 0 and done.out.startswith("Not logged in\n") and "sekuire login" in done.err
    assert box.run("status", "--json").json["logged_in"] is False
    login(box, backend)
    done = box.run("status")
    assert done.code == 0 and "Logged in with API key sk_live_0123...cdef\n" in done.out and API_KEY not in done.out
    assert "   Workspace: ws_abc123 (login)\n" in done.out
    assert done.err == ""
    assert "is not sent to https://api.sekuire.ai" in box.run("status", "--backend", "https://api.sekuire.ai").err
    assert box.run("status", "--json").json["login_backend"] == backend.url


@pytest.mark.parametrize("key", ["a", "sk_live", "0123456789abcdef"])
def test_status_of_a_short_key_shows_nothing_of_it(box, key):
    box.auth_file.parent.mkdir(mode=0o700)
    box.auth_file.write_text(json.dumps({"api_key": key, "token": None, "device_fingerprint": "x", "org_id": None, "workspace_id": None}))
    done = box.run("status")
    assert done.code == 0 and "Logged in with API key ***\n" in done.out
    assert "chmod 600" in done.err  # published clients write it readable by everyone


def test_config_set_get_show(box):
    assert box.run("config", "get", "workspace").out == "\n"
    done = box.run("config", "set", "workspace", "ws_abc123")
    assert done.code == 0 and box.run("config", "get", "workspace").out == "ws_abc123\n"
    assert box.run("config", "get", "workspace", "--json").json == {"key": "workspace", "value": "ws_abc123", "from": "user"}
    assert box.run("config", "set", "trust.require_pinned", "true").code == 0
    shown = box.run("config", "show", "--json").json
    assert shown["workspace"] == {"value": "ws_abc123", "from": "user"} and shown["trust_require_pinned"]["value"] is True
    assert box.run("config", "set", "workspace", "").code == 0 and box.run("config", "get", "workspace").out == "\n"
    assert box.run("config", "get", "auth.method").out == "none\n"
    assert box.run("config", "get", "device.fingerprint").out == FINGERPRINT + "\n"


@pytest.mark.parametrize("args, code", [
    (("get", "nope"), 2), (("set", "nope", "x"), 2), (("set", "device.os", "x"), 2), (("set", "workspace", "a b"), 2),
    (("set", "trust.require_pinned", "perhaps"), 2), (("set", "backend", "ftp://x"), 2), (("set", "output.color", "pink"), 2),
])
def test_config_refuses(box, args, code):
    before = tree(box.home)
    done = box.run("config", *args, "--json")
    assert done.code == code and done.json["error"]["code"] == "usage" and tree(box.home) == before


def test_order_of_settings(box, backend):
    good(backend)
    login(box, backend)

    def workspace(**env):
        j = box.run("status", "--json", env=env).json
        return j["workspace_id"], j["workspace_from"]

    assert workspace() == ("ws_abc123", "login")
    box.run("config", "set", "workspace", "ws_user")
    assert workspace() == ("ws_user", "user")
    box.write(".sekuire/config.yaml", "workspace: ws_project\n")
    assert workspace() == ("ws_project", "project")
    assert workspace(SEKUIRE_WORKSPACE_ID="ws_env") == ("ws_env", "env")


def test_a_project_may_not_redirect_anything(box):
    for text in ("backend: http://evil.example\n", "trust:\n  require_pinned: false\n", "workspace: [\n", "nonsense: 1\n"):
        box.write(".sekuire/config.yaml", text)
        done = box.run("status", "--json")
        assert done.code == 3 and done.json["error"]["code"] == "config" and ".sekuire/config.yaml" in done.err


def test_of_two_changes_of_the_settings_at_once_none_is_lost(box):
    box.config_file.parent.mkdir(parents=True, mode=0o700)
    with open(f"{box.config_file}.lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        process = box.start("config", "set", "workspace", "w1")
        assert waits_for_lock(process, lock.name)
        box.config_file.write_text("trust:\n  require_pinned: true\n")
        fcntl.lockf(lock, fcntl.LOCK_UN)
        assert process.wait(20) == 0, process.communicate()
    assert box.config_file.read_text() == "trust:\n  require_pinned: true\nworkspace: w1\n"
    box.config_file.rename(box.home / "elsewhere.yaml")  # beside what a link leads to
    box.config_file.symlink_to(box.home / "elsewhere.yaml")
    with open(box.home / "elsewhere.yaml.lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        process = box.start("config", "set", "workspace", "w2")
        assert waits_for_lock(process, lock.name)
        fcntl.lockf(lock, fcntl.LOCK_UN)
        assert process.wait(20) == 0, process.communicate()
    assert box.config_file.is_symlink() and box.config_file.read_text() == "trust:\n  require_pinned: true\nworkspace: w2\n"
