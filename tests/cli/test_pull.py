# SPDX-License-Identifier: Apache-2.0
"""policy pull against backends good and bad: exit code, both outputs, the file and the trust store."""
import contextlib
import json
import os
import socket
import stat
import threading

import pytest

from support import KEY, OTHER_SEED, SEED, closed_port, raw, tree

W = "ws_abc123"
PATH = f"/api/v1/workspaces/{W}/policy/active"
LINES = (f"Saved active policy policy_xyz (v1) for workspace {W} to policy.json\nSignature: verified\n")


def pull(box, backend, *args, **more):
    return box.run("policy", "pull", "--workspace", W, "--backend", backend if isinstance(backend, str) else backend.url, *args, **more)


def bound(box, sequence, **more):
    binding = {"workspace_id": W, "sequence": sequence} | more.pop("binding", {})
    return box.envelope({"binding": binding, "x-note": more.pop("note", 1)}, **more)


def code_of(done):
    return done.json["error"]["code"]


def refused(box, backend, word, *args, code=1, **more):
    """Pulls, expects a refusal by this word, and that neither the file nor the store changed."""
    before = tree(box.path)
    done = pull(box, backend, "--json", *args, **more)
    assert (done.code, code_of(done)) == (code, word), done
    assert tree(box.path) == before
    return done


def test_a_pinned_key(box, backend):
    box.trust()
    envelope = bound(box, 5)
    body = json.dumps(envelope, separators=(",", ":")) + "\n"
    backend.serve_policy(body)
    done = pull(box, backend, at="2026-01-15T00:00:00Z")
    assert (done.code, done.out) == (0, LINES)
    assert (box.work / "policy.json").read_text() == body
    assert stat.S_IMODE(os.stat(box.work / "policy.json").st_mode) & 0o777 == 0o644
    state = box.trusted()
    assert (state["sequence"], state["policy_id"], state["policy_version"], state["hash"], state["bound"], state["accepted_at"]) == (
        5, "policy_xyz", "1", envelope["hash"], True, "2026-01-15T00:00:00Z")
    assert [k["public_key"] for k in state["keys"]] == [KEY]
    request = backend.requests[0]
    assert request["path"] == PATH and not {"X-API-Key", "If-None-Match", "Authorization", "Cookie"} & set(request["headers"])
    assert sorted(p.name for p in box.work.iterdir()) == ["policy.json"]


def test_the_document(box, backend):
    box.trust()
    envelope = bound(box, 5)
    backend.serve_policy(envelope)
    done = pull(box, backend, "--json", "--out", "p.json")
    assert done.json == {"policy_id": "policy_xyz", "workspace_id": W, "version": "1", "hash": envelope["hash"], "out": "p.json",
                         "changed": True, "signature": "verified", "key": "pinned", "key_fingerprint": done.json["key_fingerprint"]}
    assert len(done.json["key_fingerprint"]) == 46
    assert pull(box, backend, "--json", "--out", "p.json").json["changed"] is False


def test_no_pin_off_a_terminal(box, backend):
    backend.serve_policy(bound(box, 5))
    done = refused(box, backend, "key_not_pinned")
    assert done.err.splitlines()[0].startswith("sekuire: the server's answer:18:25: ") and "file" not in done.json["error"]
    assert f"\n  sekuire trust add --workspace {W} --public-key {KEY}\n" in done.err
    assert box.run("trust", "add", "--workspace", W, "--public-key", KEY).code == 0
    assert pull(box, backend).code == 0


def test_accept_new_key_pins_where_nothing_is_known(box, backend):
    backend.serve_policy(bound(box, 5))
    done = pull(box, backend, "--accept-new-key", "--json")
    assert done.code == 0 and done.json["key"] == "first_use" and done.json["key_fingerprint"] in done.err and W in done.err
    assert [(k["public_key"], k["how"]) for k in box.trusted()["keys"]] == [(KEY, "first_use")]
    backend.serve_policy(bound(box, 6, seed=OTHER_SEED))
    refused(box, backend, "key_changed", "--accept-new-key")


def test_first_use_on_a_terminal(box, backend):
    backend.serve_policy(bound(box, 5))
    done = box.terminal("policy", "pull", "--workspace", W, "--backend", backend.url)
    assert done.code == 0 and LINES in done.out and "BLAKE3:" in done.out
    assert box.trusted()["keys"][0]["how"] == "first_use"


def test_require_pinned_turns_first_use_off(box, backend):
    backend.serve_policy(bound(box, 5))
    assert box.run("config", "set", "trust.require_pinned", "true").code == 0
    refused(box, backend, "key_not_pinned", "--accept-new-key")
    assert box.terminal("policy", "pull", "--workspace", W, "--backend", backend.url).code == 1


def test_a_given_key_is_used_and_not_stored(box, backend):
    backend.serve_policy(bound(box, 5))
    done = pull(box, backend, "--trusted-key", KEY, "--json")
    assert done.code == 0 and done.json["key"] == "given" and box.trusted()["keys"] == []
    backend.serve_policy(bound(box, 6))
    refused(box, backend, "key_not_pinned", "--accept-new-key")  # an entry without keys is no first use
    assert pull(box, backend, env={"SEKUIRE_TRUSTED_KEY": KEY}).code == 0
    other = box.public_key(OTHER_SEED)
    backend.serve_policy(bound(box, 7))
    assert pull(box, backend, "--trusted-key", other, "--trusted-key", KEY).code == 0
    refused(box, backend, "key_changed", "--trusted-key", other)


def test_a_retired_key_stays_out(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5))
    assert box.run("trust", "remove", "--workspace", W).code == 0
    for args in ((), ("--accept-new-key",), ("--trusted-key", KEY)):
        before = tree(box.path)
        assert pull(box, backend, *args).code == 1, args
        assert tree(box.path) == before


def test_a_workspace_that_only_the_project_names(box, backend):
    backend.serve_policy(bound(box, 5))
    box.write(".sekuire/config.yaml", f"workspace: {W}\n")
    for args in (("--accept-new-key",), ("--trusted-key", KEY)):
        before = tree(box.path)
        done = box.run("policy", "pull", "--backend", backend.url, "--json", *args)
        assert done.code == 1 and code_of(done) == "key_not_pinned" and tree(box.path) == before
    box.trust()
    assert box.run("policy", "pull", "--backend", backend.url).code == 0


def test_another_workspace_and_another_status(box, backend):
    box.trust()
    backend.serve_policy(box.envelope({"x-note": 1}, workspace="ws_other"))
    refused(box, backend, "workspace")
    backend.serve_policy(bound(box, 5, binding={"workspace_id": "ws_other"}))
    refused(box, backend, "workspace")
    for status in ("revoked", "superseded", "Active", ""):
        backend.serve_policy(bound(box, 5, status=status))
        refused(box, backend, "status")


def test_a_key_trusted_elsewhere_needs_a_binding(box, backend):
    box.trust()
    box.trust("ws_2")
    backend.serve_policy(box.envelope({"x-note": 1}))
    refused(box, backend, "workspace")
    assert pull(box, backend, "--allow-unbound").code == 0


def test_rollback(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5, version="2"))
    assert pull(box, backend).code == 0
    for old in (bound(box, 4, version="3"), bound(box, 5, version="2", note=2)):
        backend.serve_policy(old)
        done = refused(box, backend, "rollback")
        assert "--accept-rollback" in done.err
    backend.serve_policy(bound(box, 5, version="2"))
    assert pull(box, backend).code == 0
    backend.serve_policy(bound(box, 3, version="1"))
    done = pull(box, backend, "--accept-rollback", "--quiet")
    assert done.code == 0 and done.err.startswith("WARNING: ") and box.trusted()["sequence"] == 3
    backend.serve_policy(bound(box, 4))
    assert pull(box, backend).code == 0


def test_unbound_versions_only_go_up(box, backend):
    box.trust()
    backend.serve_policy(box.envelope({"x-note": 1}, version="10"))
    assert pull(box, backend).code == 0
    for version in ("9", "1.11"):
        backend.serve_policy(box.envelope({"x-note": 1}, version=version))
        refused(box, backend, "rollback")
    backend.serve_policy(box.envelope({"x-note": 1}, version="11", policy_id="other"))
    refused(box, backend, "rollback")
    backend.serve_policy(box.envelope({"x-note": 2}, version="10.1"))
    assert pull(box, backend).code == 0


def test_time(box, backend):
    box.trust()
    dates = {"not_before": "2026-02-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"}
    backend.serve_policy(bound(box, 5, binding=dates))
    refused(box, backend, "not_yet_valid", at="2026-01-31T00:00:00Z")
    refused(box, backend, "expired", at="2026-03-01T00:00:01Z")
    assert pull(box, backend, at="2026-02-10T00:00:00Z").code == 0
    done = pull(box, backend, at="2026-02-05T00:00:00Z")
    assert done.code == 0 and "more than a day behind" in done.err
    assert box.trusted()["accepted_at"] == "2026-02-10T00:00:00Z"


def test_rotation_is_two_policies(box, backend):
    other = box.public_key(OTHER_SEED)
    box.trust()
    backend.serve_policy(bound(box, 6, binding={"signing_keys": [other]}, seed=OTHER_SEED))
    refused(box, backend, "key_changed")
    backend.serve_policy(bound(box, 5, binding={"signing_keys": [other]}))
    refused(box, backend, "content")
    backend.serve_policy(bound(box, 5, binding={"signing_keys": [KEY, other]}))
    assert pull(box, backend).code == 0
    assert sorted(k["public_key"] for k in box.trusted()["keys"]) == sorted([KEY, other])
    backend.serve_policy(bound(box, 6, binding={"signing_keys": [other]}, seed=OTHER_SEED))
    assert pull(box, backend).code == 0
    assert [k["public_key"] for k in box.trusted()["keys"]] == [other] and box.trusted()["retired"] == [KEY]
    backend.serve_policy(bound(box, 7))
    refused(box, backend, "key_changed")


def test_integrity(box, backend):
    box.trust()
    good = bound(box, 5)
    backend.serve_policy(good | {"content": good["content"] | {"x-note": 2}})
    refused(box, backend, "hash")
    backend.serve_policy(good | {"version": "2"})
    refused(box, backend, "signature")
    backend.serve_policy(good | {"signature": None, "signing_public_key": None})
    refused(box, backend, "unsigned")
    stripped = {k: v for k, v in good.items() if k not in ("signature", "signing_public_key", "signing_key_id")}
    backend.serve_policy(stripped)
    refused(box, backend, "unsigned")
    backend.serve_policy([good])
    assert pull(box, backend).code == 1


def test_rules_that_are_none(box, backend):
    box.trust()
    for content in ({"tools": {"allowed_tools": "x"}}, {"permissions": {"filesystem": {"enabled": True, "allowed_paths": ["tmp"]}}},
                    {"rate_limits": {"per_agent": {"requests_per_minute": -1}}},
                    {"binding": {"workspace_id": W, "sequence": 1, "surprise": 1}}):
        backend.serve_policy(box.envelope(content))
        refused(box, backend, "content")
    backend.serve_policy(box.envelope({"tool": {"allowed_tools": []}}))
    done = pull(box, backend)
    assert done.code == 0 and "warning: " in done.err and "/tool" in done.err


@pytest.mark.parametrize("answer, code, word", [
    ((404, {"error": "not_found", "message": "x"}), 1, "no_active_policy"), ((404, ""), 1, "no_active_policy"),
    ((401, {"error": "unauthorized", "message": "x"}), 1, "unauthorized"), ((403, "no"), 1, "forbidden"),
    ((400, "no"), 1, "content"), ((429, ""), 3, "rate_limited"), ((500, "oops\x1b[2J"), 3, "server"), ((503, ""), 3, "server"),
    ((200, ""), 3, "body"), ((201, "{}"), 3, "server"), ((204, ""), 3, "server"), ((304, ""), 3, "server"),
    ((301, "", {"Location": "http://evil.example/x\x1b"}), 3, "redirect"), ((302, "", {"Location": "/api/v1/other"}), 3, "redirect"),
    ((307, "", {"Location": "https://evil.example/"}), 3, "redirect"), ((300, ""), 3, "redirect"),
    ((200, "not json"), 1, "syntax"), ((200, "{}"), 1, "missing_field"), ((200, b"\xff\xfe"), 1, "utf8"), ((200, b"\x00" * 100), 1, "syntax"),
    ((200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}), 3, "body"),
])
def test_answers_that_are_no_policy(box, backend, answer, code, word):
    box.trust()
    box.write("policy.json", "old")
    backend.routes[("GET", PATH)] = answer
    done = refused(box, backend, word, code=code)
    if word == "redirect" and len(answer) > 2:
        assert answer[2]["Location"].split("\x1b")[0] in done.err
    assert "\x1b" not in done.err
    assert [r["path"] for r in backend.requests] == [PATH]


def test_a_body_cut_short(box, backend):
    box.trust()
    box.write("policy.json", "old")
    body = json.dumps(bound(box, 5)).encode()
    backend.routes[("GET", PATH)] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:-1])
    refused(box, backend, "body", code=3)
    backend.routes[("GET", PATH)] = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body)
    refused(box, backend, "body", code=3)
    backend.routes[("GET", PATH)] = raw(b"HTTP/1.1 200 OK\r\n\r\n" + body[:-10])  # ends with the connection: cut, or all there is
    assert pull(box, backend).code == 1


def test_a_body_without_end(box, backend):
    box.trust()
    stop = threading.Event()

    def pour(request):
        try:
            while not stop.is_set():
                request.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        except OSError:
            pass

    backend.routes[("GET", PATH)] = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", pour)
    try:
        refused(box, backend, "body", code=3)
    finally:
        stop.set()
    backend.routes[("GET", PATH)] = (200, b" " * (9 << 20))
    refused(box, backend, "body", code=3)


def test_no_http_and_no_server(box, backend):
    box.trust()
    backend.routes[("GET", PATH)] = raw(b"SSH-2.0-x\r\n")
    before = tree(box.path)
    done = pull(box, backend, "--json")
    assert done.code == 3 and code_of(done) in ("network", "server", "body") and tree(box.path) == before
    with closed_port() as url:
        refused(box, url, "network", code=3)
    refused(box, "https" + backend.url[4:], "tls", code=3)


def test_an_answer_that_does_not_come_in_time(box, backend):
    """The clock of the program runs fast, so that its 30 seconds pass in less than one of ours."""
    box.trust()
    done_waiting = threading.Event()
    backend.routes[("GET", PATH)] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", lambda _: done_waiting.wait(60))
    before = tree(box.path)
    try:
        done = pull(box, backend, "--json", at="+0 x60", env={"FAKETIME_DONT_FAKE_MONOTONIC": "0"})
    finally:
        done_waiting.set()
    assert (done.code, code_of(done)) == (3, "timeout") and tree(box.path) == before


def test_an_etag_is_sent_only_for_a_file_that_verifies(box, backend):
    box.trust()
    envelope = bound(box, 5)
    backend.serve_policy(envelope, ETag='"v5"')
    assert pull(box, backend).code == 0 and pull(box, backend, "--json").json["changed"] is False
    assert [r["headers"].get("If-None-Match") for r in backend.requests] == [None, '"v5"']
    (box.work / "policy.json").write_text(json.dumps(envelope | {"version": "9"}))
    assert pull(box, backend).code == 0
    assert backend.requests[-1]["headers"].get("If-None-Match") is None
    other = bound(box, 5, workspace="ws_abc123", note=1, policy_id="q")
    (box.work / "policy.json").write_text(json.dumps(other))
    assert pull(box, backend).code == 0
    assert backend.requests[-1]["headers"].get("If-None-Match") is None


def test_after_a_304_the_cached_copy_passes_everything_again(box, backend):
    box.trust()
    envelope = bound(box, 5, binding={"expires_at": "2026-03-01T00:00:00Z"})
    backend.serve_policy(envelope, ETag='"v5"')
    assert pull(box, backend, at="2026-02-01T00:00:00Z").code == 0
    backend.routes[("GET", PATH)] = (304, "")
    before = (box.work / "policy.json").read_bytes()
    done = pull(box, backend, at="2026-02-02T00:00:00Z")
    assert (done.code, done.out) == (0, LINES) and box.trusted()["accepted_at"] == "2026-02-02T00:00:00Z"
    assert (box.work / "policy.json").read_bytes() == before
    refused(box, backend, "expired", at="2026-03-02T00:00:00Z")
    assert box.run("trust", "remove", "--workspace", W).code == 0
    refused(box, backend, "key_not_pinned", at="2026-02-02T00:00:00Z")
    (box.work / "policy.json").unlink()
    refused(box, backend, "server", code=3, at="2026-02-02T00:00:00Z")


def test_a_link_at_out_is_replaced_and_not_followed(box, backend):
    box.trust()
    target = box.write("target", "precious")
    (box.work / "policy.json").symlink_to(target)
    backend.serve_policy(bound(box, 5))
    assert pull(box, backend).code == 0
    assert target.read_text() == "precious" and not (box.work / "policy.json").is_symlink()


def test_out_that_cannot_be_written_changes_no_state(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5))
    for out in ("nowhere/policy.json", "."):
        before = tree(box.path)
        done = pull(box, backend, "--out", out, "--json")
        assert done.code == 3 and code_of(done) == "io" and tree(box.path) == before, out


def test_out_that_is_no_regular_file_is_refused_before_anything_is_asked(box, backend):
    backend.serve_policy(bound(box, 5))
    place = box.path / "place"
    place.mkdir()
    os.mkfifo(place / "pipe")
    (place / "folder").mkdir()
    (place / "link").symlink_to("pipe")
    (place / "output").symlink_to("/proc/self/fd/1")
    (place / "null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(place / "socket"))
    names = ["pipe", "folder", "link", "output", "null", "socket"]
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):  # some containers may not
            os.mknod(place / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            names.append("device")
    box.write("c.json", {})
    box.write("k", SEED, 0o600)
    kinds = {n: stat.S_IFMT(os.lstat(place / n).st_mode) for n in names}
    sign = ("policy", "sign", "--workspace", W, "--policy-id", "p", "--version", "1", "--content", "c.json", "--key", "k", "--json")
    for name in names:
        before = tree(box.path)
        for args in (("policy", "pull", "--workspace", W, "--backend", backend.url, "--accept-new-key", "--json"), sign,
                     (*sign[:10], "--print-message", "--public-key", KEY, "--json"), ("policy", "new", "--json")):
            done = box.run(*args, "--out", place / name)
            assert done.code == 3 and code_of(done) == "io" and "is no regular file" in done.err, (name, args, done)
            assert done.json["error"]["file"] == str(place / name)
            with open(box.path / "to", "wb") as out:  # where /dev/stdout is a file
                assert box.run(*args, "--out", place / name, stdout=out).code == 3
            (box.path / "to").unlink()
        assert tree(box.path) == before and kinds == {n: stat.S_IFMT(os.lstat(place / n).st_mode) for n in names}
    assert box.run("policy", "pull", "--workspace", W, "--backend", backend.url, "--accept-new-key", "--out", "/dev/stdout").code == 3
    assert backend.requests == []


@pytest.mark.parametrize("kept", ["trust.json", "trust.json.lock", "config.yaml", "auth.json", "secret.key", "public.key"])
@pytest.mark.parametrize("there", [False, True], ids=["no folder", "folder"])
def test_out_is_no_file_of_ours_even_where_that_is_not_there_yet(box, backend, kept, there):
    backend.serve_policy(bound(box, 5))
    path = {"trust.json": box.trust_file, "config.yaml": box.config_file, "auth.json": box.auth_file}.get(kept)
    if path is None:
        path = box.trust_file.parent / kept if "trust" in kept else box.work / ".sekuire" / kept
    (box.path / "here").symlink_to(box.path)
    names = [path, box.path / "here" / path.relative_to(box.path), path.parent / "." / ".." / path.parent.name / "." / path.name]
    if there:
        path.parent.mkdir(parents=True)
        (box.path / "way").symlink_to(path.parent)
        names += [box.path / "way" / path.name, os.path.relpath(path, box.work)]
    for name in map(str, names):
        done = pull(box, backend, "--accept-new-key", "--json", "--out", name)
        assert done.code == 2 and code_of(done) == "usage" and "sekuire: --out: " in done.err, (name, done)
    assert backend.requests == [] and tree(box.path) == {}
    other = path.with_name(path.name + "x") if there else "x.json"
    assert pull(box, backend, "--accept-new-key", "--out", other).code == 0


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027, 0o077])
def test_out_keeps_its_mode_or_gets_what_the_umask_leaves(box, backend, mask):
    box.trust()
    box.write("c.json", {})
    box.write("k", SEED, 0o600)
    sign = ("policy", "sign", "--workspace", W, "--policy-id", "p", "--version", "1", "--content", "c.json", "--key", "k", "--out", "s.json")
    before = os.umask(mask)
    try:
        for sequence, old in ((5, None), (6, 0o600), (7, 0o640), (8, 0o664)):
            for name in ("policy.json", "s.json"):
                if old is not None:
                    (box.work / name).chmod(old)
            backend.serve_policy(bound(box, sequence))
            assert pull(box, backend).code == 0 and box.run(*sign).code == 0
            for name in ("policy.json", "s.json"):
                assert stat.S_IMODE(os.stat(box.work / name).st_mode) == (0o666 & ~mask if old is None else old), (name, old)
        assert box.run("policy", "new", "--out", "new.yaml").code == 0
        assert stat.S_IMODE(os.stat(box.work / "new.yaml").st_mode) == 0o666 & ~mask
        (box.work / "closed").write_text("x")
        (box.work / "closed").chmod(0o600)
        (box.work / "link.json").symlink_to("closed")  # a link's own mode says nothing
        assert pull(box, backend, "--out", "link.json").code == 0
        assert stat.S_IMODE(os.lstat(box.work / "link.json").st_mode) == 0o666 & ~mask
    finally:
        os.umask(before)


def test_a_full_disk_changes_nothing(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5))
    assert pull(box, backend).code == 0
    backend.serve_policy(bound(box, 6))
    for limit in (100, len((box.work / "policy.json").read_bytes()) - 1, 0):
        refused(box, backend, "no_space", code=3, file_limit=limit)
    assert pull(box, backend).code == 0


def test_the_workspace_is_no_path(box, backend):
    for workspace in ("../x", "a/b", "a?b", "a%2fb", "", "-x", "a" * 129, "\u00e9"):
        done = box.run("policy", "pull", f"--workspace={workspace}", "--backend", backend.url)
        assert done.code == 2, workspace
    assert box.run("policy", "pull", "--backend", backend.url).code == 2
    assert backend.requests == []


def test_an_api_key_goes_only_to_its_own_backend(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5))
    box.auth_file.parent.mkdir(mode=0o700)

    def sent(stored_for, **env):
        box.auth_file.write_text(json.dumps({"api_key": "sk_live_secret", "backend": stored_for}))
        box.auth_file.chmod(0o600)
        assert pull(box, backend, env=env).code == 0
        return backend.requests[-1]["headers"].get("X-API-Key")

    assert sent(backend.url) == "sk_live_secret"
    assert sent(backend.url + "/") == "sk_live_secret"
    assert sent("https://api.sekuire.ai") is None
    assert sent("http://127.0.0.1:1") is None
    assert sent("http://127.0.0.1:1", SEKUIRE_API_KEY="sk_live_other") == "sk_live_other"


def test_a_trailing_slash_of_the_backend(box, backend):
    box.trust()
    backend.serve_policy(bound(box, 5))
    assert pull(box, backend.url + "//").code == 0 and backend.requests[0]["path"] == PATH


def test_control_characters_from_the_server_do_not_reach_the_terminal(box, backend):
    box.trust()
    backend.routes[("GET", PATH)] = (403, {"error": "forbidden", "message": "go\x1b]0;x\x07 away\u202e"})
    done = pull(box, backend)
    assert done.code == 1 and "go\\u001b]0;x\\u0007 away\\u202e" in done.err and "\x1b" not in done.err


def test_the_spinner_is_only_on_a_terminal(box, backend):
    box.trust()
    gate = threading.Event()
    body = json.dumps(bound(box, 5))

    def slow(request):
        gate.wait(10)
        return 200, body

    backend.routes[("GET", PATH)] = slow
    threading.Timer(0.6, gate.set).start()
    done = box.terminal("policy", "pull", "--workspace", W, "--backend", backend.url)
    assert done.code == 0 and b"| Fetching the active policy..." in done.raw and LINES.encode() in done.raw
    gate.clear()
    threading.Timer(0.6, gate.set).start()
    done = pull(box, backend)
    assert done.code == 0 and "Fetching" not in done.err
