# SPDX-License-Identifier: Apache-2.0
"""decide: one action, many, and policies that may not be used."""
import json
import os
import subprocess

import pytest

from support import KEY, OTHER_SEED, tree

W = "ws_abc123"
CONTENT = {
    "agent": {"models": {"allowed_models": ["gpt-4*"], "allowed_providers": ["openai"]}},
    "tools": {"allowed_tools": ["calc*"], "blocked_tools": ["calc_root"]},
    "permissions": {"network": {"enabled": True, "require_tls": True, "allowed_domains": ["*.example.com", "xn--mnchen-3ya.de"]},
                    "filesystem": {"enabled": True, "allowed_paths": ["/srv/*"], "allowed_extensions": [".txt"]},
                    "api": {"enabled": True, "allowed_services": [{"service_name": "pay", "endpoints": ["/v1/*"]}]}},
}


@pytest.fixture
def ready(box):
    """An accepted policy lies in the folder; the key is pinned."""
    box.trust()
    box.write("policy.json", json.dumps(box.envelope(CONTENT)))
    return box


def decide(box, *args, **more):
    before = tree(box.path)
    done = box.run("decide", "--workspace", W, *args, **more)
    assert tree(box.path) == before
    return done


CASES = [
    (("--tool", "calculator"), 0, "allow", None),
    (("--tool", "calc_root"), 1, "deny: Tool calc_root is blocked (policy /tools/blocked_tools/0) [tool.blocked]", "tool.blocked"),
    (("--tool", "shell"), 1, "deny: Tool shell is not in the allowlist (policy /tools/allowed_tools) [tool.not_allowed]", "tool.not_allowed"),
    (("--model", "gpt-4o"), 0, "allow", None),
    (("--model", "gpt-4o", "--provider", "azure"), 1,
     "deny: Provider azure is not in the allowlist (policy /agent/models/allowed_providers) [provider.not_allowed]", "provider.not_allowed"),
    (("--domain", "API.example.com.", "--protocol", "https"), 0, "allow", None),
    (("--domain", "münchen.de", "--protocol", "wss"), 0, "allow", None),
    (("--domain", "api.example.com"), 1,
     "deny: TLS is required for network requests (policy /permissions/network/require_tls) [network.tls_required]", "network.tls_required"),
    (("--path", "/srv/../srv/a.TXT", "--operation", "read"), 0, "allow", None),
    (("--path", "a.txt"), 1, None, "fs.not_allowed"),
    (("--service", "pay", "--endpoint", "/v1/x"), 0, "allow", None),
    (("--service", "pay", "--endpoint", "/v2"), 1,
     "deny: Endpoint /v2 of service pay is not in the allowlist (policy /permissions/api/allowed_services/0) [api.endpoint_not_allowed]",
     "api.endpoint_not_allowed"),
]


@pytest.mark.parametrize("args, code, line, rule", CASES, ids=[" ".join(c[0]) for c in CASES])
def test_one_action(ready, args, code, line, rule):
    done = decide(ready, *args)
    assert (done.code, done.err) == (code, "") and (line is None or done.out == line + "\n")
    document = decide(ready, "--json", *args)
    assert document.code == code and list(document.json) == ["decision", "rule", "message", "pattern", "pointer"]
    assert (document.json["decision"], document.json["rule"]) == ("allow" if code == 0 else "deny", rule)


def test_the_pattern_is_as_it_stands(ready):
    assert decide(ready, "--json", "--tool", "calc_root").json == {
        "decision": "deny", "rule": "tool.blocked", "message": "Tool calc_root is blocked", "pattern": "calc_root", "pointer": "/tools/blocked_tools/0"}
    assert decide(ready, "--json", "--tool", "calc").json == {"decision": "allow", "rule": None, "message": "", "pattern": None, "pointer": None}


def test_ask_has_a_code_of_its_own(box):
    box.write("p.json", json.dumps({"agent": {"capabilities": {"require_tool_approval": True}}}))
    done = decide(box, "--draft", "--policy", "p.json", "--tool", "x", "--json")
    assert (done.code, done.json["decision"], done.json["rule"]) == (10, "ask", "tool.approval_required")


def test_a_relative_path_is_below_the_current_directory(box):
    (box.work / "in").mkdir()
    box.write("p.json", json.dumps({"permissions": {"filesystem": {"enabled": True, "allowed_paths": [f"{box.work.resolve()}/in/*"]}}}))
    assert decide(box, "--draft", "--policy", "p.json", "--path", "in/x").code == 0
    assert decide(box, "--draft", "--policy", "p.json", "--path", "in/../x").code == 1
    assert decide(box, "--draft", "--policy", "../p.json", "--path", "x", cwd=box.work / "in").code == 0


def test_links_are_followed_when_asked(box):
    real = box.work.resolve()
    (box.work / "in").mkdir()
    (box.work / "out").mkdir()
    os.symlink(box.work / "out", box.work / "in" / "link")
    box.write("p.json", json.dumps({"permissions": {"filesystem": {"enabled": True, "allowed_paths": [f"{real}/in/*"]}}}))
    ask = ("--draft", "--policy", "p.json", "--path")
    assert decide(box, *ask, "in/link/new/file").code == 0
    done = decide(box, *ask, "in/link/new/file", "--resolve-symlinks", "--json")
    assert done.code == 1 and done.json["message"] == f"Path {real}/out/new/file is not in the allowlist"
    assert decide(box, *ask, f"{real}/in/none/../x", "--resolve-symlinks").code == 0
    line = json.dumps({"type": "filesystem", "path": "in/link/x"}).encode()
    assert json.loads(decide(box, "--draft", "--policy", "p.json", "--jsonl", "--resolve-symlinks", input=line).out)["decision"] == "deny"


def test_explain_shows_what_was_passed(ready):
    done = decide(ready, "--tool", "shell", "--explain")
    assert done.code == 1 and [line.split() for line in done.out.splitlines()[:-1]] == [
        ["policy.expired", "passed"], ["policy.not_yet_valid", "passed"], ["tool.blocked", "passed"], ["tool.not_allowed", "deny"]]
    done = decide(ready, "--tool", "calc", "--explain", "--json")
    assert done.json["rules"] == [{"rule": r, "result": "passed"} for r in (
        "policy.expired", "policy.not_yet_valid", "tool.blocked", "tool.not_allowed", "tool.approval_required")]


# --- what is no question ---

@pytest.mark.parametrize("args, why", [
    ((), "say what is to be decided"), (("--tool", "a", "--model", "b"), "only one of"), (("--tool", "a", "--jsonl"), "only one of"),
    (("--tool", "a", "--provider", "b"), "--provider belongs to --model"), (("--jsonl", "--explain"), "--explain is for one action"),
    (("--tool", ""), "--tool: it is empty"), (("--domain", "a..b"), "--domain: it has an empty label"),
    (("--domain", "http://a.b"), "--domain: "), (("--path", "/a\\b"), "--path: it holds a backslash"), (("--path", "~/x"), "--path: "),
    (("--service", "s", "--endpoint", "a\nb"), "--endpoint: it holds a control character"), (("--model", "m", "--provider", ""), "--provider: "),
])
def test_a_question_that_is_none_is_usage_and_never_a_decision(ready, args, why):
    done = decide(ready, *args, "--json")
    assert done.code == 2 and done.json["error"]["code"] == "usage" and why in done.json["error"]["message"]


# --- policies that may not be used ---

def test_a_policy_that_is_not_accepted_decides_nothing(box):
    box.trust()
    other = box.envelope(CONTENT, seed=OTHER_SEED)
    good = box.envelope(CONTENT)
    cases = {"key_changed": other, "hash": good | {"content": CONTENT | {"x-a": 1}}, "unsigned": good | {"signature": None},
             "workspace": box.envelope(CONTENT, workspace="ws_other"), "status": good | {"status": "revoked"}}
    for word, envelope in cases.items():
        box.write("policy.json", json.dumps(envelope))
        done = decide(box, "--tool", "calc", "--json")
        assert (done.code, done.json["error"]["code"]) == (3, word), done


def test_nor_does_one_that_is_missing_malformed_or_misspelt(box):
    box.trust()
    assert decide(box, "--tool", "calc", "--json").json["error"]["code"] == "io"
    for text, word in (("{", "syntax"), (json.dumps(CONTENT), "missing_field"), (json.dumps(box.envelope({"tool": {}})), "unknown_key"),
                       (json.dumps(box.envelope({"tools": 1})), "content")):
        box.write("policy.json", text)
        done = decide(box, "--tool", "calc", "--json")
        assert (done.code, done.json["error"]["code"]) == (3, word), done
    box.write("policy.json", json.dumps(box.envelope({"tool": {}})))
    assert decide(box, "--tool", "calc", "--allow-unknown-keys").code == 0


def test_without_a_workspace_or_a_key_nothing_is_decided(box):
    box.write("policy.json", json.dumps(box.envelope(CONTENT)))
    done = box.run("decide", "--tool", "calc", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "usage")
    assert decide(box, "--tool", "calc", "--json").json["error"]["code"] == "key_not_pinned"
    assert decide(box, "--tool", "calc", "--trusted-key", KEY).code == 0


def test_an_expired_policy_is_not_accepted_and_a_draft_of_it_denies(box):
    box.trust()
    content = CONTENT | {"binding": {"workspace_id": W, "sequence": 5, "expires_at": "2026-02-01T00:00:00Z"}}
    box.write("policy.json", json.dumps(box.envelope(content)))
    assert decide(box, "--tool", "calc", at="2026-01-31T23:59:58Z").code == 0
    done = decide(box, "--tool", "calc", "--json", at="2026-02-01T00:00:00Z")
    assert (done.code, done.json["error"]["code"]) == (3, "expired")
    done = decide(box, "--draft", "--tool", "calc", "--json", at="2026-02-01T00:00:00Z")
    assert (done.code, done.json["rule"]) == (1, "policy.expired")


def test_a_draft_says_that_it_is_one(box):
    box.write("p.json", json.dumps(CONTENT))
    done = decide(box, "--draft", "--policy", "p.json", "--tool", "calc", "--quiet")
    assert (done.code, done.err) == (0, "DRAFT: nothing of the policy was checked: signature, workspace, key, status, age\n")


# --- override ---

def test_override_turns_a_deny_into_a_warning_loudly(ready):
    on = {"SEKUIRE_POLICY_DEV_OVERRIDE": "true"}
    done = decide(ready, "--tool", "shell", "--json", "--quiet", env=on)
    assert (done.code, done.json["decision"], done.json["rule"]) == (11, "warn", "tool.not_allowed") and "WARNING" in done.err
    assert decide(ready, "--tool", "calc", env=on).code == 0
    assert decide(ready, "--tool", "", env=on).code == 2
    for value in ("1", "TRUE", "false", ""):
        assert decide(ready, "--tool", "shell", env={"SEKUIRE_POLICY_DEV_OVERRIDE": value}).code == 1


# --- lines ---

def lines(box, *actions, code=0, args=()):
    text = b"".join((a if isinstance(a, bytes) else json.dumps(a).encode()) + b"\n" for a in actions)
    done = decide(box, "--jsonl", *args, input=text)
    assert done.code == code, done
    return [json.loads(line) for line in done.out.splitlines()]


def test_every_line_is_answered_in_its_order(ready):
    answers = lines(ready, {"type": "tool", "toolName": "calc", "id": 1}, b" \t\r", {"id": {"b": [1, "x"]}, "type": "tool", "tool_name": "shell"},
                    {"type": "network_access", "domain": "a.example.com", "protocol": "https"})
    assert [list(a)[0] for a in answers] == ["id", "id", "decision"]
    assert [(a.get("id"), a["decision"], a["rule"]) for a in answers] == [
        (1, "allow", None), ({"b": [1, "x"]}, "deny", "tool.not_allowed"), (None, "allow", None)]


def test_a_bad_line_is_told_and_the_next_is_read(ready):
    answers = lines(ready, b"nonsense", {"type": "tool", "id": "x"}, {"type": "rate_limit", "limitType": "request", "current_rpm": 1},
                    {"type": "tool", "toolName": "calc"}, b"[]", b'{"type":"tool","toolName":"a","toolName":"b"}', code=1)
    assert [a.get("error", {}).get("code", a.get("decision")) for a in answers] == [
        "syntax", "missing_field", "unknown_key", "allow", "type", "duplicate_key"]
    assert answers[1]["id"] == "x" and list(answers[1]) == ["id", "error"]


def test_a_line_that_is_too_long_is_told_once(ready):
    long = json.dumps({"type": "tool", "toolName": "x" * (3 << 20)}).encode()
    answers = lines(ready, long, {"type": "tool", "toolName": "calc"}, code=1)
    assert [a.get("error", {}).get("code", a.get("decision")) for a in answers] == ["too_large", "allow"]


def test_the_last_line_needs_no_end(ready):
    done = decide(ready, "--jsonl", input=b'{"type":"tool","toolName":"calc"}')
    assert done.code == 0 and json.loads(done.out)["decision"] == "allow"
    assert decide(ready, "--jsonl", input=b"").out == ""


def test_who_waits_for_an_answer_gets_it(ready):
    process = ready.start("decide", "--workspace", W, "--jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for tool, decision in (("calc", "allow"), ("shell", "deny"), ("calc", "allow")):
            process.stdin.write(json.dumps({"type": "tool", "toolName": tool}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["decision"] == decision
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_control_characters_reach_no_terminal(ready):
    answer = decide(ready, "--jsonl", input='{"type":"tool","toolName":"a\u202eb"}'.encode()).out
    assert "\u202e" not in answer and json.loads(answer)["message"] == "Tool a\\u202eb is not in the allowlist"


def test_answers_that_nobody_reads_end_it(ready):
    text = b'{"type":"tool","toolName":"calc"}\n' * 100
    with open("/dev/full", "wb") as full:
        done = ready.run("decide", "--workspace", W, "--jsonl", input=text, stdout=full)
    assert done.code == 3
