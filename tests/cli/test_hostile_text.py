# SPDX-License-Identifier: Apache-2.0
"""Foreign text on its way to a terminal: every field that a server, a policy or a file can fill, in lines and in documents, of every command."""
import json
import re

import pytest

from hostile import ACTIVE, AGENT, AUDIT, COMMANDS, CONTROLS, EVIL, LISTS, ME, PUBLISHED, W, clean, key_row, one, policy
from http_support import envelope
from support import raw

TEXT = EVIL + "\nINJECTED"
ESCAPED = "x\\u0001\\u0002"  # how it begins once it is harmless
FINDING = {"rule": "r" + TEXT, "severity": "error", "message": TEXT, "file": TEXT, "line": 1, "column": 1, "pointer": "/" + TEXT,
           "policy_pointer": "/" + TEXT, "value": TEXT, "hint": TEXT}


def harmless(done, shown=True):
    """What was printed hides and moves nothing, begins no line of its own, and is UTF-8 to its end. shown: the text is in it, escaped."""
    text = done.out + done.err
    assert clean(text) and "\ufffd" not in text, (done, [hex(ord(c)) for c in text if not clean(c)])
    assert not any(line.startswith("INJECTED") for line in text.splitlines())
    assert not shown or ESCAPED in text, done


def lines(world, name, answer, codes, shown=True):
    """In lines alone."""
    return both(world, name, answer, codes, shown, forms=((),))


def both(world, name, answer, codes, shown=True, args=(), forms=((), ("--json",))):
    """In lines and as a document."""
    command = COMMANDS[name]
    for more in forms:
        world.serve(command, answer)
        done = world.run(command, *more, *args)
        assert done.code in codes, (name, done)
        if more:
            json.loads(done.raw)
            assert done.raw.count(b"\n") == 1
        harmless(done, shown)
    return done


def bodies(value):
    """The same JSON in ASCII and in raw UTF-8, where C1 and bidirectional controls stand as they are."""
    return json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_refusal_says(world, name):
    ascii_body, utf8 = bodies({"error": "compliance", "message": TEXT, "findings": [FINDING, FINDING | {"file": None, "pointer": None}]})
    both(world, name, (422, utf8 if len(name) % 2 else ascii_body), {1})
    if not name.endswith("list"):
        lines(world, name, (403, {"error": TEXT}), {1})
        lines(world, name, (503, TEXT.encode()), {3})


@pytest.mark.parametrize("answer", [
    (401, {"error": "unauthorized", "message": TEXT * 50}), (400, {"error": {"a": TEXT}, "message": [TEXT]}), (429, TEXT.encode(), {"Retry-After": "7"}),
    (500, ("é" * 59 + "x" + EVIL).encode()), (500, ("\u202e" * 200).encode()), (502, b"x\x01\x02\xff\xfe\xc2\x9b31m\xe2\x80"), (404, b"\x9b31m" * 30),
    (500, b"x\x01\x02\x00\x00secret"), (500, b"\xed\xa0\x80" * 40), (500, b"\xf4\x90\x80\x80" * 30), (500, b"\xc1\x9b31m\xe0\x82\x9b")])
def test_what_is_cut_stays_harmless(world, answer):
    both(world, "whoami", answer, {1, 3}, shown=False)
    lines(world, "push, its publish", answer, {1, 3}, shown=False)


def test_headers_and_reasons(world):
    evil = TEXT.replace("\n", "").replace("\r", "").encode()
    for head, code in ((b"HTTP/1.1 302 " + evil + b"\r\nLocation: http://evil.example/" + evil, 3), (b"HTTP/1.1 403 " + evil, 1),
                       (b"HTTP/1.1 200 OK\r\nContent-Encoding: " + evil, 3), (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + evil, 3),
                       (b"HTTP/1.1 200 OK\r\nContent-Length: " + evil, 3), (b"HTTP/1.1 429 x\r\nRetry-After: " + evil, 3), (b"HTTP/1.1 2" + evil, 3), (evil, 3)):
        both(world, "pull", raw(head + b"\r\n\r\n"), {code}, shown=b"Location" in head)


@pytest.mark.parametrize("name", LISTS)
def test_each_member_of_each_row(world, name):
    """A member that is text is shown escaped; one that is a number, a date or hex digits makes the row none."""
    row = LISTS[name][1]
    good = {}
    for member in row:
        done = lines(world, name, (200, bodies(one(row | {member: TEXT}))[1]), {0, 3}, shown=False)
        if done.code == 0:
            good[member] = TEXT
        else:
            assert f'"{member}"' in done.err
    document = both(world, name, (200, bodies(one(row | good | {"x" + TEXT: TEXT}))[0]), {0}, shown=False)
    assert good and document.json["items"] == [row | good]


def test_texts_of_rows_are_shown_whole_and_escaped(world):
    both(world, "api-key list", (200, one(key_row(role=TEXT, id=TEXT, name="n"))), {0})
    both(world, "audit list", (200, one(AUDIT | {"actor": TEXT})), {0})
    both(world, "agent show", (200, one(AGENT | {"name": TEXT, "model": TEXT, "findings": [FINDING]})), {0})
    both(world, "audit list", (200, one(AUDIT | {"detail": {TEXT: [TEXT]}})), {0}, shown=False)


@pytest.mark.parametrize("name", ["login", "upload", "activate", "api-key create", "api-key revoke", "signing-key add", "workspace create", "workspace set"])
def test_each_member_of_an_answer(world, name):
    status, good = COMMANDS[name].good
    for member in good or {}:
        lines(world, name, (status, bodies(good | {member: TEXT})[1]), {0, 1, 3}, shown=False)
    both(world, name, (status, bodies({"valid": False, "error": TEXT, "x" + TEXT: TEXT})[1]), {0, 1, 3}, shown=name == "login")


def test_who_one_is(world):
    done = both(world, "whoami", (200, bodies({"id": TEXT, "email": TEXT, "organization": TEXT, "role": TEXT,
                                               "workspaces": [{"id": W, "name": "n" + TEXT}, {"id": "w2", "name": None}]})[1]), {0})
    assert done.json["email"] == TEXT
    for workspaces in ([{"id": TEXT}], TEXT, [TEXT], {TEXT: TEXT}):
        both(world, "whoami", (200, ME | {"workspaces": workspaces}), {0, 3}, shown=False)
        world.serve(COMMANDS["login"], COMMANDS["login"].good)
        world.backend.routes["GET", "/api/v1/me"] = (200, ME | {"workspaces": workspaces})
        harmless(world.run(COMMANDS["login"]), shown=False)
        assert json.loads(world.box.auth_file.read_text())["workspace_id"] in (None, W)
    world.backend.routes["GET", "/api/v1/me"] = (404, {"error": TEXT, "message": TEXT})
    done = world.run(COMMANDS["login"])
    assert done.code == 0 and "warning: " in done.err
    harmless(done)


MEMBERS = list(policy(6))


@pytest.mark.parametrize("member", MEMBERS + ["x" + TEXT])
def test_each_member_of_an_envelope(world, member):
    """From the server and from a file, whether it is accepted, refused, validated or only shown."""
    bad = policy(6) | {member: TEXT}
    accepted = member in ("activated_at", "updated_at", "signing_key_id", "x" + TEXT)
    for name in ("pull", "push, its policy"):
        both(world, name, (200, bodies(bad)[1]), {0, 1} if accepted else {1}, shown=False)
    for body in bodies(bad):
        world.box.write("bad.json", body)
        for words in ("policy show --file bad.json", "policy validate --file bad.json", f"policy validate --strict --workspace {W} --file bad.json"):
            harmless(world.box.run(*words.split(), *(["--json"] if body == bodies(bad)[1] else [])), shown=False)
    done = world.box.run("policy", "show", "--file", "bad.json")
    assert member not in ("signing_key_id", "status") or ESCAPED in done.out
    world.serve(COMMANDS["upload"], COMMANDS["upload"].good)
    harmless(world.box.run("policy", "upload", "--file", "bad.json"), shown=False)


CONTENTS = [{TEXT: 1}, {"tools": {TEXT: []}}, {"tools": {"allowed_tools": TEXT}}, {"tools": {"allowed_tools": [{"name": TEXT}]}},
            {"tools": {"blocked_tools": [TEXT]}}, {"permissions": {"network": {"enabled": True, "allowed_domains": [TEXT]}}},
            {"permissions": {"filesystem": {"enabled": True, "allowed_paths": [TEXT]}}}, {"permissions": {"filesystem": {"allowed_extensions": [TEXT]}}},
            {"permissions": {"api": {"enabled": True, "allowed_services": [{"service_name": TEXT, "endpoints": [TEXT]}]}}},
            {"rate_limits": {"per_agent": {"requests_per_minute": TEXT}}}, {"compliance": {"frameworks": [TEXT], "data_residency": TEXT}},
            {"agent": {"models": {"allowed_models": [TEXT], "blocked_providers": [TEXT]}}}, {"binding": {TEXT: 1}}, {"binding": {"expires_at": TEXT}},
            {"binding": {"signing_keys": [TEXT]}}]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_each_place_of_a_signed_policy(world, content):
    """Signed by the right key, for who signs may err or be taken over; what is unknown or wrong is told by its place."""
    binding = content.get("binding")
    signed = envelope({k: v for k, v in content.items() if k != "binding"}, workspace=W, policy_id="policy_xyz", sequence=6, binding=binding)
    for name, args in (("pull", ()), ("push, its policy", ("--allow-unknown-keys",))):
        both(world, name, (200, bodies(signed)[1]), {0, 1}, shown=False, args=args)
    world.box.write("signed.json", signed)
    for words in ("policy validate --file signed.json", "policy show --file signed.json"):
        harmless(world.box.run(*words.split()), shown=False)


def test_what_is_unknown_in_a_policy_is_told_escaped(world):
    both(world, "pull", (200, policy(6, content={TEXT: 1})), {0})
    both(world, "pull", (200, policy(7, content={"tools": {TEXT: []}})), {0})


def test_findings_of_an_accepted_publish(world):
    status, body = PUBLISHED
    for findings in ([FINDING], [FINDING | {"severity": TEXT}], TEXT, [TEXT], {TEXT: TEXT}):
        both(world, "push, its publish", (status, body | {"forced": TEXT, "status": TEXT, "findings": findings}), {0}, shown=False)


def test_a_terminal_gets_colours_and_nothing_else(world):
    """On a terminal the program itself colours; all else that could move or hide is escaped there too."""
    world.serve(COMMANDS["pull"], (403, {"error": TEXT, "message": TEXT}))
    done = world.box.terminal("policy", "pull")
    text = re.sub("\x1b\\[(3[0-9]|0)m", "", done.out.replace("\r\x1b[K", ""))
    assert done.code == 1 and clean(text.replace("\r", "")) and ESCAPED in text, done
    unknown = policy(6, content={TEXT: 1})
    world.serve(COMMANDS["pull"], (200, unknown))
    done = world.box.terminal("policy", "pull")
    text = re.sub("\x1b\\[(3[0-9]|0)m", "", done.out.replace("\r\x1b[K", ""))
    assert done.code == 0 and clean(text.replace("\r", "")) and ESCAPED in text and ACTIVE, done


def test_every_character_of_the_list_is_escaped(world):
    """One by one, between letters that must still be there, and none besides."""
    kept = "aé\u00a0\u2027\u202f\u200b漢\U0001f600"
    text = kept.join(f"<{chr(c)}>" for c in CONTROLS)
    world.serve(COMMANDS["agent show"], (200, one(AGENT | {"version": text})))
    done = world.run(COMMANDS["agent show"])
    assert done.code == 0 and kept.join(f"<\\u{c:04x}>" for c in CONTROLS) in done.out
    document = world.run(COMMANDS["agent show"], "--json")
    assert clean(document.out) and document.json["version"] == text and "é" in document.out
