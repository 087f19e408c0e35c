# SPDX-License-Identifier: Apache-2.0
"""Decisions by the active policy."""
import json
import pathlib

import pytest
from http_support import Server, now, stamp

CONTENT = {"tools": {"allowed_tools": ["calc*"], "blocked_tools": ["calc_root"]},
           "permissions": {"network": {"enabled": True, "allowed_domains": ["*.example.com"]}},
           "agent": {"capabilities": {"require_tool_approval": True}}}
CALC = {"type": "tool", "toolName": "calc"}
ROOT = {"type": "tool", "toolName": "calc_root"}
DENIED = {"decision": "deny", "rule": "tool.blocked", "message": "Tool calc_root is blocked", "pattern": "calc_root",
          "pointer": "/tools/blocked_tools/0"}
VECTORS = pathlib.Path(__file__).parents[1] / "vectors"


def decide(workspace, body, role="reader"):
    return workspace.server.post(f"{workspace.base}/decide", body, workspace.key(role))


def test_one_action_has_one_answer(workspace):
    workspace.serve(CONTENT)
    assert decide(workspace, ROOT).json == DENIED
    assert decide(workspace, CALC).json == {"decision": "ask", "rule": "tool.approval_required", "message": "Tool calc requires approval",
                                            "pattern": None, "pointer": "/agent/capabilities/require_tool_approval"}
    answer = decide(workspace, {"type": "network", "domain": "API.example.com", "id": 7})
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert list(answer.json.items()) == [("id", 7), ("decision", "allow"), ("rule", None), ("message", ""), ("pattern", None), ("pointer", None)]


def test_many_actions_have_as_many_answers_in_their_order(workspace):
    workspace.serve(CONTENT)
    answer = decide(workspace, [ROOT, {"type": "tool", "id": "x"}, 5, {"type": "network", "domain": "a.example.com"}])
    assert answer.status == 200 and answer.json[0] == DENIED and answer.json[3]["decision"] == "allow"
    assert answer.json[1] == {"id": "x", "error": {"code": "missing_field", "message": 'the action has no "toolName"'}}
    assert answer.json[2]["error"]["code"] == "type"
    assert decide(workspace, []).json == []
    assert len(decide(workspace, [ROOT] * 1000).json) == 1000
    assert decide(workspace, [ROOT] * 1001).error == (413, "too_large")


@pytest.mark.parametrize("action, word", [
    ({"type": "tool"}, "missing_field"), ({"type": "zzz"}, "content"), ({"type": "tool", "toolName": ""}, "content"), (1, "type"),
    ({"type": "tool", "toolName": "a", "tool_name": "b"}, "duplicate_key"), ({"type": "tool", "toolName": "a", "x": 1}, "unknown_key"),
    ({"type": "filesystem", "path": "relative"}, "content"), ({"type": "rate_limit", "limitType": "request", "current_rpm": 1}, "unknown_key"),
])
def test_what_is_no_action_is_400_and_never_a_decision(workspace, action, word):
    workspace.serve(CONTENT)
    assert decide(workspace, action).error == (400, word)


def test_without_an_active_policy_nothing_is_decided(workspace):
    assert decide(workspace, CALC).error == (404, "no_active_policy")
    workspace.upload(workspace.envelope(CONTENT))
    assert decide(workspace, [CALC]).error == (404, "no_active_policy")


def test_the_next_policy_decides_from_the_next_request_on(workspace):
    workspace.serve(CONTENT, version="1")
    assert decide(workspace, ROOT).json["decision"] == "deny"
    workspace.serve({"tools": {}}, version="2")
    assert decide(workspace, ROOT).json["decision"] == "allow"


def test_the_policy_of_a_revoked_key_decides_nothing(server, workspace):
    workspace.serve(CONTENT)
    (key,) = workspace.get("/signing-keys", "admin").json["items"]
    assert server.request("DELETE", f"{workspace.base}/signing-keys/{key['key_id']}", key=server.admin).status == 204
    assert decide(workspace, ROOT).error == (404, "no_active_policy")


def test_an_expired_policy_denies(own_server):
    workspace = own_server.workspace("w")
    workspace.serve(CONTENT, binding={"expires_at": stamp(now() + 3600)})
    assert decide(workspace, {"type": "network", "domain": "a.example.com"}).json["decision"] == "allow"
    own_server.restart(at="+2h")
    answer = decide(workspace, {"type": "network", "domain": "a.example.com"})
    assert (answer.json["decision"], answer.json["rule"]) == ("deny", "policy.expired")


def test_a_restart_decides_alike(own_server):
    workspace = own_server.workspace("w")
    workspace.serve(CONTENT)
    before = decide(workspace, [ROOT, CALC]).body
    own_server.restart()
    assert decide(workspace, [ROOT, CALC]).body == before


def test_override_is_not_for_servers(tmp_path, monkeypatch):
    monkeypatch.setattr(Server, "environment", lambda self, at, of=Server.environment: of(self, at) | {"SEKUIRE_POLICY_DEV_OVERRIDE": "true"})
    server = Server(tmp_path)
    try:
        workspace = server.workspace("w")
        workspace.serve(CONTENT)
        assert decide(workspace, ROOT).json == DENIED
    finally:
        assert server.stop() == 0


def test_the_vectors_decide_as_they_say(own_server):
    """Those of decide.json whose policy may be uploaded, and that need no time, root or option."""
    vectors = json.loads((VECTORS / "decide.json").read_text())
    groups = {}
    for case in vectors["cases"]:
        if "action" not in case or {"now", "root", "conformance", "allow_unknown_keys", "override"} & set(case):
            continue
        content = vectors["policies"][case["policy"]] if isinstance(case["policy"], str) else case["policy"]
        if isinstance(content, dict) and "binding" not in content:  # it gets one of its own here
            groups.setdefault(json.dumps(content), []).append(case)
    count = 0
    for number, (content, cases) in enumerate(groups.items()):
        workspace = own_server.workspace(f"w{number}")
        if workspace.upload(workspace.envelope(json.loads(content), sequence=1), activate=True).status != 201:
            continue
        for case, answer in zip(cases, decide(workspace, [case["action"] for case in cases]).json, strict=True):
            expected = case["expected"]
            if "error" in expected:
                assert answer["error"]["code"] == expected["error"], (case, answer)
            else:
                assert {n: v for n, v in answer.items() if n != "id" and v not in (None, "")} == expected, (case, answer)
            count += 1
    print(f"decide.json by the server: {count} cases")
    assert count > 200
