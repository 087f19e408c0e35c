# SPDX-License-Identifier: Apache-2.0
"""The vectors that every implementation of the specification answers alike."""
from __future__ import annotations

import json
import os
from typing import Any

import pytest
from support import VECTORS, vector

from sekuire import ActionError, Decision, File, Json, Network, Policy, PolicyError, SekuireError

DECIDE = vector("decide.json")
ENFORCE = vector("policy-enforcement.json")
ENVELOPES = vector("envelopes/manifest.json")
CONFORMANCE = [case for case in DECIDE["cases"] if case.get("conformance")]
CASES = [case for case in DECIDE["cases"] if not case.get("conformance")]
NOW = 1_700_000_000
# Relative paths without a root are errors in the vectors; here they are below the current directory.
ROOTED = {'filesystem: no path: "a/b"': {"decision": "allow"}, 'filesystem: no path: "./a"': {"decision": "allow"}}
REFUSED_BY = {"key": {"key_changed"}, "status": {"status"}, "workspace": {"workspace"}}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    content = case["policy"]
    content = DECIDE["policies"][content] if isinstance(content, str) else content
    try:
        policy = Policy.parse(
            json.dumps(content).encode(), draft=True, allow_unknown_keys=bool(case.get("allow_unknown_keys"))
        )
        action = case["action"] if "action" in case else Json(case["action_text"])
        if isinstance(action, dict) and action.get("type") in ("filesystem", "file_access") and "root" in case:
            action = File(action["path"], action.get("operation"), root=case["root"])
        decision = policy.decide(action, now=case.get("now", NOW))
        assert policy.decide_many([action], now=case.get("now", NOW)) == [decision]
    except SekuireError as error:
        return {"error": error.status}
    return {name: value for name, value in decision.to_dict().items() if value not in (None, "")}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.filterwarnings("ignore::sekuire.OverrideWarning")
def test_decide(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    if case.get("override"):
        monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", "true")
    assert answer(case) == (ROOTED.get(case["name"]) or case["expected"])


def test_the_paths_that_have_a_root_here_are_in_the_vectors() -> None:
    assert {case["name"] for case in CASES} >= set(ROOTED)


def test_conformance_fields_are_for_conformance_alone() -> None:
    assert len(CONFORMANCE) == 8
    for case in CONFORMANCE:
        assert "error" in answer(case), case["name"]


@pytest.mark.parametrize("case", ENFORCE["vectors"], ids=[case["name"] for case in ENFORCE["vectors"]])
def test_policy_enforcement(case: dict[str, Any]) -> None:
    policy = Policy.parse(json.dumps(ENFORCE["policy"]).encode(), draft=True, allow_unknown_keys=True)
    action = {name: value for name, value in case["action"].items() if name not in ("current_rpm", "current_rph")}
    if action["type"] == "rate_limit" and "count" not in action:
        action["count"] = case["action"].get("current_rpm", 0)
    decision = policy.decide(action, now=NOW)
    assert ("allow" if decision else "deny") == case["expected"]["decision"]
    if "rule" in case["expected"]:
        assert decision.rule == case["expected"]["rule"]


@pytest.mark.parametrize("file", ENVELOPES["files"], ids=[file["file"] for file in ENVELOPES["files"]])
def test_envelopes(file: dict[str, Any]) -> None:
    context = ENVELOPES["context"]
    path = VECTORS / "envelopes" / file["file"]

    def load() -> Policy:
        return Policy.load(
            path,
            workspace=context["workspace"],
            trusted_keys=[context["trusted_key"]],
            allow_unknown_keys=True,
            now=1_768_435_200,  # context.now
        )

    if file["expected"] == "accept":
        policy = load()
        assert policy.stage == "accepted" and policy.workspace == context["workspace"]
        return
    with pytest.raises(PolicyError) as caught:
        load()
    assert os.fspath(path) == caught.value.path
    if file.get("refused_by"):
        assert caught.value.status in REFUSED_BY[file["refused_by"]]


def test_the_two_ways_to_say_an_action_are_one() -> None:
    policy = Policy.parse(json.dumps(DECIDE["policies"]["network"]).encode(), draft=True)

    def told(host: str) -> list[Decision]:
        action = {"type": "network", "domain": host, "protocol": "https"}
        return [policy.decide(Network(host, "https")), policy.decide(action), policy.decide(Json(json.dumps(action)))]

    for host in ("api.openai.com", "MÜNCHEN.de", "bücher.bad.example.com", "10.0.0.1", "nowhere.test"):
        first, *others = told(host)
        assert others == [first, first]
    with pytest.raises(ActionError):
        told("exa mple")
