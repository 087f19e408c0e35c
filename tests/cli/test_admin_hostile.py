# SPDX-License-Identifier: Apache-2.0
"""The commands of those who run a workspace, against servers that break, lie or do not end."""
import json
import subprocess
import threading

import pytest

from http_support import SIGNER, blake3, canonical, envelope
from support import SEKUIRE

W = "/api/v1/workspaces/w"
TIME = "2026-01-31T12:34:56Z"
KEY_ROW = {"id": "ak_1", "workspace_id": "w", "name": None, "role": "reader", "created_at": TIME, "last_used_at": None, "expires_at": None,
           "revoked_at": None}
AGENT_ROW = {"sekuire_id": "a" * 64, "name": "n", "version": "1", "model": "m", "forced": False, "compliant": True, "published_at": TIME,
             "public_key": "b" * 64, "findings": []}
EVIL = "a\u001b[2Jb\nc\u202ed\u0085e"
ESCAPED = "a\\u001b[2Jb\\u000ac\\u202ed\\u0085e"


@pytest.fixture
def user(box, backend):
    box.variables |= {"SEKUIRE_API_URL": backend.url, "SEKUIRE_API_KEY": "sk_live_x", "SEKUIRE_WORKSPACE_ID": "w"}
    return box


def refused(done, code, word, *texts):
    assert done.code == code, done
    assert list(done.json) in (["error"], ["error", "findings"]) and done.json["error"]["code"] == word, done
    for text in texts:
        assert text in done.err, done


def page(*rows, next=None):
    return (200, {"items": list(rows), "next": next})


def serve_list(backend, what, *pages):
    """pages: rows of each; what leads to the next is its number."""
    for i, rows in enumerate(pages):
        after = f"&after={i}" if i else ""
        backend.routes["GET", f"{W}/{what}?limit=200{after}"] = page(*rows, next=str(i + 1) if i + 1 < len(pages) else None)


LISTS = [("workspace list", "/api/v1/workspaces"), ("api-key list", f"{W}/api-keys"), ("signing-key list", f"{W}/signing-keys"),
         ("policy list", f"{W}/policies"), ("policy history", f"{W}/history"), ("agent list", f"{W}/agents"), ("audit list", f"{W}/audit"),
         ("audit verify", f"{W}/audit")]


@pytest.mark.parametrize("command, path", LISTS)
@pytest.mark.parametrize("answer, code, word", [
    ((500, "<html>"), 3, "server"), ((503, {"error": "io", "message": "later"}), 3, "server"),
    ((429, {"error": "rate_limited", "message": "slow"}, {"Retry-After": "7"}), 3, "rate_limited"),
    ((301, "", {"Location": "http://127.0.0.1:1/x"}), 3, "redirect"), ((200, ""), 3, "body"), ((200, "{\"items\":[{\"id\""), 3, "body"),
    ((200, "[]"), 3, "body"), ((200, "{}"), 3, "body"), ((200, {"items": {}, "next": None}), 3, "body"),
    ((200, {"items": [7], "next": None}), 3, "body"), ((201, {"items": [], "next": None}), 3, "server"),
    ((401, {"error": "unauthorized", "message": "no"}), 1, "unauthorized"), ((403, "no"), 1, "forbidden"),
    ((404, {"error": "not_found", "message": "not found"}), 1, "not_found")])
def test_a_list_that_fails_gives_one_document_with_the_reason(user, backend, command, path, answer, code, word):
    backend.routes["GET", f"{path}?limit=200"] = answer
    refused(user.run(*command.split(), "--json"), code, word, "sekuire: ")
    text = user.run(*command.split())
    assert text.code == code and text.out == ""


def test_a_connection_does_not_take_the_place_of_a_closed_stdout(user, backend):
    """A page is printed while the connection is open."""
    serve_list(backend, "api-keys", [KEY_ROW])
    done = subprocess.run(["/bin/sh", "-c", f'exec "{SEKUIRE}" api-key list >&-'], cwd=user.work, env=user.environment(),
                          stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 3 and b"standard output could not be written" in done.stderr


@pytest.mark.parametrize("change", [{"id": None}, {"id": 7}, {"role": ["reader"]}, {"created_at": "yesterday"}, {"created_at": 5},
                                    {"revoked_at": True}, {"name": {}}])
def test_a_row_that_is_none_is_refused_by_the_name_of_its_member(user, backend, change):
    serve_list(backend, "api-keys", [KEY_ROW, KEY_ROW | change])
    refused(user.run("api-key", "list", "--json"), 3, "body", f'"{next(iter(change))}"')


def test_rows_have_exactly_the_members_that_are_documented(user, backend):
    few = {k: v for k, v in KEY_ROW.items() if v is not None}
    serve_list(backend, "api-keys", [few | {"secret": "x", "created_at": "2026-01-31T13:34:56+01:00"}])
    assert user.run("api-key", "list", "--json").json == {"items": [KEY_ROW], "next": None}


def test_control_characters_reach_no_terminal(user, backend):
    finding = {"rule": "r", "severity": "error", "message": EVIL, "file": None, "line": None, "column": None, "pointer": "/" + EVIL,
               "policy_pointer": None, "value": None, "hint": EVIL}
    row = AGENT_ROW | {"name": EVIL, "model": EVIL, "findings": [finding]}
    serve_list(backend, "agents", [row])
    serve_list(backend, "api-keys", [KEY_ROW | {"name": EVIL, "id": EVIL}])
    backend.routes["POST", f"{W}/api-keys"] = (422, {"error": "content", "message": EVIL, "findings": [finding]})
    backend.routes["GET", "/api/v1/me"] = (200, {"id": EVIL, "email": EVIL, "workspaces": [{"id": "w", "name": "x" + EVIL}]})
    for args in (["agent", "list"], ["agent", "show", "a" * 64], ["api-key", "list"], ["auth", "whoami"],
                 ["api-key", "create", "--role", "reader"]):
        done = user.run(*args)
        shown = done.out + done.err
        assert all(c == "\n" or c.isprintable() for c in shown) and "\u202e" not in shown, done
        assert "\\u001b[2J" in shown, done
    assert f"/{ESCAPED}" in user.run("agent", "show", "a" * 64).out
    raw = user.run("agent", "list", "--json")
    assert raw.json["items"] == [row] and all(c == "\n" or c.isprintable() for c in raw.out) and "\u202e" not in raw.out


def test_columns_hold_with_long_and_foreign_text(user, backend):
    serve_list(backend, "agents", [AGENT_ROW | {"name": "é" * 200}, AGENT_ROW | {"name": "äöü"}])
    lines = user.run("agent", "list").out.splitlines()
    assert ("é" * 21 + "...") in lines[1] and "é" * 22 not in lines[1]
    column = lines[0].index("VERSION")
    assert [line.index(" 1  ") + 1 for line in lines[1:]] == [column, column]


# --- pages ---

def test_a_page_is_shown_before_the_next_is_there(user, backend):
    gate = threading.Event()

    def second(_):
        assert gate.wait(30)
        return page(KEY_ROW | {"id": "ak_a_longer_one"})
    backend.routes["GET", f"{W}/api-keys?limit=200"] = page(KEY_ROW, next="x y&z")
    backend.routes["GET", f"{W}/api-keys?limit=200&after=x%20y%26z"] = second
    with subprocess.Popen([SEKUIRE, "api-key", "list"], stdout=subprocess.PIPE, env=user.environment(), cwd=user.work) as running:
        shown = [running.stdout.readline(), running.stdout.readline()]
        gate.set()
        rest = running.stdout.read()
    assert running.returncode == 0
    assert shown[0].startswith(b"ID ") and shown[1].startswith(b"ak_1 ") and rest.startswith(b"ak_a_longer_one ") and rest.count(b"\n") == 1


def test_a_list_that_breaks_off_is_no_list(user, backend):
    serve_list(backend, "api-keys", [KEY_ROW], [KEY_ROW])
    backend.routes["GET", f"{W}/api-keys?limit=200&after=1"] = (500, "")
    refused(user.run("api-key", "list", "--json"), 3, "server")
    text = user.run("api-key", "list")
    assert text.code == 3 and text.out.count("\n") == 2 and "HTTP 500" in text.err


@pytest.mark.parametrize("circle", [["a"], ["a", "b"], ["a", "b", "c", "d", "e"]])
def test_pages_that_go_round_in_a_circle_end(user, backend, circle):
    backend.routes["GET", f"{W}/audit?limit=200"] = page(next=circle[0])
    for i, at in enumerate(circle):
        backend.routes["GET", f"{W}/audit?limit=200&after={at}"] = page(next=circle[(i + 1) % len(circle)])
    for command in ("list", "verify"):
        backend.requests.clear()
        refused(user.run("audit", command, "--json"), 3, "server", '"next"')
        assert len(backend.requests) <= 4 * len(circle) + 4


@pytest.mark.parametrize("next", [{}, "", [], True, "n" * 600])
def test_a_next_that_is_none_is_refused(user, backend, next):
    backend.routes["GET", f"{W}/audit?limit=200"] = page(next=next)
    refused(user.run("audit", "list", "--json"), 3, "server", '"next"')


# --- one answer ---

def test_findings_are_told_after_the_message_each_on_its_line(user, backend):
    findings = [{"rule": "policy.type", "severity": "error", "message": "m1", "file": None, "line": 3, "column": 9, "pointer": "/a",
                 "policy_pointer": "/a", "value": None, "hint": "do this"},
                {"rule": "r2", "severity": "warning", "message": "m2", "file": None, "line": None, "column": None, "pointer": None,
                 "policy_pointer": "/b", "value": None, "hint": None}, 7, {}]
    backend.routes["POST", f"{W}/policies"] = (422, {"error": "content", "message": "the policy has 2 errors", "findings": findings})
    user.write("p.json", envelope({}, workspace="w"))
    done = user.run("policy", "upload", "--file", "p.json")
    assert done.code == 1 and done.out == ""
    assert done.err.splitlines() == ["sekuire: HTTP 422: the policy has 2 errors", "p.json:3:9: error: m1 (/a) [policy.type]", "  do this",
                                     "p.json: warning: m2 (policy /b) [r2]", "p.json: error: a finding without a message"]
    refused(user.run("policy", "upload", "--file", "p.json", "--json"), 1, "content", "m1", "m2")


def test_a_long_message_is_told_whole(user, backend):
    advice = "x" * 300 + " sign the content again"
    backend.routes["POST", f"{W}/policies/p/versions/1/activate"] = (409, {"error": "rollback", "message": advice})
    refused(user.run("policy", "activate", "--policy-id", "p", "--version", "1", "--json"), 1, "rollback", advice)


@pytest.mark.parametrize("change, word", [({"policy_id": "q"}, "body"), ({"version": "2"}, "body"), ({"hash": "0" * 64}, "body"), ({"hash": None}, "body"),
                                          ({"status": "uploaded"}, "server"), ({"status": None}, "body"), ({"sequence": -1}, "body")])
def test_an_upload_is_done_only_if_the_server_says_so_of_this_policy(user, backend, change, word):
    signed = envelope({}, workspace="w")
    outcome = {"policy_id": "p", "version": "1", "status": "active", "hash": signed["hash"], "sequence": None}
    user.write("p.json", signed)
    backend.routes["POST", f"{W}/policies?activate=true"] = (201, outcome | change)
    done = user.run("policy", "upload", "--file", "p.json", "--activate", "--json")
    refused(done, 3, word)
    assert backend.requests[0]["body"] == (user.work / "p.json").read_bytes()
    backend.routes["POST", f"{W}/policies?activate=true"] = (201, outcome)
    assert user.run("policy", "upload", "--file", "p.json", "--activate", "--json").json == outcome | {"workspace_id": "w"}


@pytest.mark.parametrize("key", [None, "", "sk live", "sk_live_a\nb", 7, "k" * 600])
def test_an_answer_without_a_key_is_no_key(user, backend, key):
    backend.routes["POST", f"{W}/api-keys"] = (201, KEY_ROW | {"api_key": key})
    refused(user.run("api-key", "create", "--role", "reader", "--json"), 3, "body", "no API key")
    assert user.run("api-key", "create", "--role", "reader").out == ""


def test_what_is_sent_is_what_was_asked_for(user, backend):
    backend.routes["POST", f"{W}/api-keys"] = (201, KEY_ROW | {"api_key": "sk_live_new"})
    args = ["api-key", "create", "--role", "publisher", "--name", "c\"i", "--expires", "90d"]
    assert user.run(*args, at="2026-01-01T00:00:00Z").out == "sk_live_new\n"
    sent = backend.requests[0]
    assert json.loads(sent["body"]) == {"role": "publisher", "name": "c\"i", "expires_at": "2026-04-01T00:00:00Z"}
    assert sent["headers"]["X-API-Key"] == "sk_live_x"
    backend.routes["PATCH", W] = (200, {})
    user.run("workspace", "set", "--forbid-weaker", "--name=")
    assert json.loads(backend.requests[1]["body"]) == {"forbid_weaker": True, "name": None}


def test_answers_about_something_else_are_refused(user, backend):
    backend.routes["POST", f"{W}/signing-keys"] = (201, {"key_id": "key_1", "public_key": "0" * 64, "name": None, "created_at": TIME, "revoked_at": None})
    refused(user.run("signing-key", "add", "--public-key", SIGNER.public, "--json"), 3, "body", "another key")
    backend.routes["GET", f"/api/v1/agents/{'c' * 64}"] = (200, AGENT_ROW)
    refused(user.run("agent", "show", "c" * 64, "--json", env={"SEKUIRE_API_KEY": ""}), 3, "body", "another agent")


def test_agent_show_wants_one_agent(user, backend):
    near = AGENT_ROW | {"sekuire_id": "a" * 63 + "b", "name": "near"}
    serve_list(backend, "agents", [near], [AGENT_ROW])
    refused(user.run("agent", "show", "a" * 12, "--json"), 2, "usage", "2 agents")
    assert user.run("agent", "show", "a" * 64, "--json").json["name"] == "n"
    backend.requests.clear()
    assert user.run("agent", "show", near["sekuire_id"], "--json").json["name"] == "near"
    assert len(backend.requests) == 1, "the page with the whole id is the last that is asked for"


def test_a_full_disk_is_told_once(user, backend):
    serve_list(backend, "api-keys", [KEY_ROW], [KEY_ROW])
    with open("/dev/full", "wb") as full:
        done = user.run("api-key", "list", stdout=full)
    assert done.code == 3 and len(done.err.splitlines()) == 1 and "No space left" in done.err, done


def test_no_key_crosses_a_network_in_the_clear(user):
    refused(user.run("audit", "list", "--backend", "http://192.0.2.1", "--json"), 2, "usage", "https")


def test_a_redirect_is_not_followed_with_the_key(user, backend):
    backend.routes["DELETE", f"{W}/api-keys/ak_1"] = (307, "", {"Location": f"{backend.url}/elsewhere"})
    refused(user.run("api-key", "revoke", "ak_1", "--json"), 3, "redirect", "/elsewhere")
    assert [r["path"] for r in backend.requests] == [f"{W}/api-keys/ak_1"]


# --- the audit chain ---

def chain(count, workspace="w"):
    rows, prev = [], "0" * 64
    for seq in range(1, count + 1):
        row = {"seq": seq, "at": TIME, "workspace_id": workspace, "actor": "ak_1", "action": "workspace.change", "target": "w",
               "detail": {"n": seq, "text": "ä\u2028"}, "prev": prev}
        prev = blake3(canonical(row))
        rows.append(row | {"hash": prev})
    return rows


def sealed(row, **changes):
    row = {k: v for k, v in (row | changes).items() if k != "hash"}
    return row | {"hash": blake3(canonical(row))}


def verify(user, backend, rows, pages=1):
    size = max(1, -(-len(rows) // pages))
    serve_list(backend, "audit", *[rows[i:i + size] for i in range(0, max(len(rows), 1), size)])
    return user.run("audit", "verify", "--json")


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_a_chain_is_verified_across_pages(user, backend, pages):
    rows = chain(5)
    done = verify(user, backend, rows, pages)
    assert done.code == 0 and done.json == {"intact": True, "entries": 5, "head": rows[-1]["hash"]}


def tampered(how):
    rows = chain(5)
    if how == "content":
        rows[2] |= {"actor": "ak_2"}
    elif how == "detail":
        rows[2] |= {"detail": {"n": 3.0, "text": "ä\u2028"}}
    elif how == "hash":
        rows[2] |= {"hash": "0" * 64}
    elif how == "no hash":
        del rows[2]["hash"]
    elif how == "rewritten":
        rows[2] = sealed(rows[2], actor="ak_2")
    elif how == "taken out":
        del rows[2]
    elif how == "taken out and renumbered":
        del rows[2]
        rows[2] = sealed(rows[2], seq=3)
    elif how == "swapped":
        rows[2], rows[3] = rows[3], rows[2]
    elif how == "doubled":
        rows.insert(3, rows[2])
    elif how == "start":
        rows = [sealed(rows[0], prev="1" * 64)] + rows[1:]
    elif how == "cut at the start":
        del rows[0]
    elif how == "foreign":
        rows = chain(5, "other")
    elif how == "added member":
        rows[2] |= {"note": "x"}
    elif how == "no seq":
        rows[2] = sealed(rows[2], seq="3")
    elif how == "upper case":
        rows[2] |= {"hash": rows[2]["hash"].upper()}
    return rows


@pytest.mark.parametrize("how, first, why", [
    ("content", "row 3", "hash"), ("detail", "row 3", "hash"), ("hash", "row 3", "hash"), ("no hash", "row 3", "hash"),
    ("rewritten", "row 4", "prev"), ("taken out", "row 4", "row 3 is due"), ("taken out and renumbered", "row 3", "prev"),
    ("swapped", "row 4", "row 3 is due"), ("doubled", "row 3", "row 4 is due"), ("start", "row 1", "64 zeros"),
    ("cut at the start", "row 2", "row 1 is due"), ("foreign", "row 1", "not of workspace w"), ("added member", "row 3", "hash"),
    ("no seq", "row 3", "seq"), ("upper case", "row 3", "hash")])
def test_a_chain_that_was_tampered_with_is_not_intact(user, backend, how, first, why):
    rows = tampered(how)
    for pages in (1, len(rows)):
        done = verify(user, backend, rows, pages)
        assert done.code == 1 and sorted(done.json) == ["entries", "head", "intact"]
        assert done.json["intact"] is False and done.json["entries"] == len(rows)
        assert f"NOT intact: {first}" in done.err and why in done.err, done
    text = user.run("audit", "verify")
    assert text.code == 1 and text.out == ""


def test_an_empty_chain_is_not_intact(user, backend):
    done = verify(user, backend, [])
    assert done.code == 1 and done.json == {"intact": False, "entries": 0, "head": None} and "row 1" in done.err


def test_a_broken_chain_that_cannot_be_read_to_its_end_is_both(user, backend):
    serve_list(backend, "audit", tampered("hash"), [])
    backend.routes["GET", f"{W}/audit?limit=200&after=1"] = (500, "")
    refused(user.run("audit", "verify", "--json"), 3, "server", "NOT intact: row 3", "HTTP 500")
