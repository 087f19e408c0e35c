# SPDX-License-Identifier: Apache-2.0
"""Decisions, sessions and override mode."""
from __future__ import annotations

import pathlib
import types
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import pytest
from support import NOW, PUBLIC, WORKSPACE, signed

from sekuire import (
    Action,
    ActionError,
    Api,
    Decision,
    Denied,
    File,
    Json,
    Model,
    Network,
    OverrideWarning,
    Policy,
    RateLimit,
    Tool,
)


@pytest.mark.parametrize(
    "action, decision, rule",
    [
        (Tool("calculator"), "allow", None),
        (Tool("shell_exec"), "deny", "tool.blocked"),
        (Tool("other"), "deny", "tool.not_allowed"),
        (Model("gpt-4o"), "allow", None),
        (Model("gpt-4o", provider="openai"), "allow", None),
        (Model("o1"), "deny", "model.not_allowed"),
        (Network("api.example.com", "https"), "allow", None),
        (Network("api.example.com"), "deny", "network.tls_required"),
        (Network("MÜNCHEN.de", protocol="https"), "allow", None),
        (Network("xn--mnchen-3ya.de", "wss"), "allow", None),
        (Network("example.org", "https"), "deny", "network.not_allowed"),
        (File("/srv/a/../b"), "allow", None),
        (File("/srv/../etc/passwd", "read"), "deny", "fs.not_allowed"),
        (File(pathlib.Path("/srv")), "allow", None),
        (File("x/y", root="/srv"), "allow", None),
        (File("../etc", root=pathlib.Path("/srv")), "deny", "fs.not_allowed"),
        (Api("openai", "chat"), "allow", None),
        (Api("openai", endpoint="images"), "deny", "api.endpoint_not_allowed"),
        (Api("stripe"), "deny", "api.not_allowed"),
        (RateLimit("request", 3), "allow", None),
        (RateLimit("request", 4), "deny", "rate_limit.exceeded"),
        (RateLimit("request", 5, "hour"), "allow", None),
        (RateLimit("token", 2**64 - 1), "allow", None),
        (Json('{"type":"tool","toolName":"calculator"}'), "allow", None),
        (Json(b'{"type":"tool","toolName":"shell_exec"}'), "deny", "tool.blocked"),
        ({"type": "model", "model": "o1", "id": 7}, "deny", "model.not_allowed"),
        (types.MappingProxyType({"type": "tool", "tool_name": "calculator"}), "allow", None),
    ],
)
def test_actions(policy: Policy, action: Any, decision: str, rule: str | None) -> None:
    made = policy.decide(action)
    assert (made.decision, made.rule, bool(made)) == (decision, rule, decision == "allow")
    assert policy.decide_many([action]) == [made]
    assert policy.session().decide(action) == made


def test_a_decision_says_why(policy: Policy) -> None:
    decision = policy.decide(Tool("shell_exec"))
    assert decision.to_dict() == {
        "decision": "deny",
        "rule": "tool.blocked",
        "message": "Tool shell_exec is blocked",
        "pattern": "shell_exec",
        "pointer": "/tools/blocked_tools/0",
    }
    assert not decision.overridden and decision != policy.decide(Tool("other"))
    assert hash(decision) == hash(policy.decide(Tool("shell_exec")))
    assert repr(decision).startswith("Decision(decision='deny', rule='tool.blocked', ")
    allowed = policy.decide(Tool("calculator"))
    assert list(allowed.to_dict().values()) == ["allow", None, "", None, None]
    with pytest.raises(AttributeError):
        decision.decision = "allow"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Decision()


def test_messages_escape_controls(policy: Policy) -> None:
    assert "\u202e" not in policy.decide(Tool("a\u202eb")).message


def test_require() -> None:
    rules = {"agent": {"capabilities": {"require_tool_approval": True}}, "tools": {"blocked_tools": ["b"]}}
    policy = Policy.parse(signed(rules), workspace=WORKSPACE, trusted_keys=PUBLIC)
    ask, deny, allow = policy.decide(Tool("a")), policy.decide(Tool("b")), policy.decide(Model("m"))
    assert (ask.decision, bool(ask), bool(deny), bool(allow)) == ("ask", False, False, True)
    allow.require()
    ask.require("ask")
    refused: list[tuple[Decision, tuple[Literal["ask", "warn"], ...]]] = [(ask, ()), (ask, ("warn",)), (deny, ()), (deny, ("ask", "warn"))]
    for decision, also in refused:
        with pytest.raises(Denied) as caught:
            decision.require(*also)
        assert caught.value.decision is decision
    assert str(caught.value) == "deny: Tool b is blocked [tool.blocked]"
    with pytest.raises(ValueError):
        deny.require("deny")  # type: ignore[arg-type]


class Half(Mapping[str, object]):
    def __getitem__(self, name: str) -> object:
        raise KeyError(name)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


ENDLESS: dict[str, object] = {}
ENDLESS["x-a"] = ENDLESS


@pytest.mark.parametrize(
    "action, status",
    [
        (Tool(""), "content"),
        (Tool("a\nb"), "content"),
        (Tool("a\0b"), "content"),
        (Tool("a" * 4097), "content"),
        (Tool("\ud800"), "utf8"),
        (Tool(5), "type"),  # type: ignore[arg-type]
        (Tool(None), "type"),  # type: ignore[arg-type]
        (Tool(b"calculator"), "type"),  # type: ignore[arg-type]
        (Model("gpt-4o", ""), "content"),
        (Model("gpt-4o", 3), "type"),  # type: ignore[arg-type]
        (Network("a b"), "content"),
        (Network("ü b"), "content"),
        (Network("ü", 5), "type"),  # type: ignore[arg-type]
        (Network("\ud800"), "utf8"),
        (File(""), "content"),
        (File("/a\\b"), "content"),
        (File(5), "type"),  # type: ignore[arg-type]
        (File(b"/srv"), "type"),  # type: ignore[arg-type]
        (File("a", root="relative"), "content"),
        (RateLimit("request", -1), "number"),
        (RateLimit("request", 2**64), "number"),
        (RateLimit("request", True), "type"),
        (RateLimit("request", 1.0), "type"),  # type: ignore[arg-type]
        (RateLimit("other", 1), "content"),  # type: ignore[arg-type]
        (RateLimit("request", 1, "day"), "content"),  # type: ignore[arg-type]
        (Json('{"type":"tool","toolName":"a","toolName":"a"}'), "duplicate_key"),
        (Json(b"\xff"), "utf8"),
        (Json(5), "type"),  # type: ignore[arg-type]
        ({}, "missing_field"),
        (Half(), "missing_field"),
        ({"type": "tool"}, "missing_field"),
        ({"type": "tool", "toolName": "a", "tool_name": "a"}, "duplicate_key"),
        ({"type": "tool", "toolName": "a", "more": 1}, "unknown_key"),
        ({"type": "tool", "toolName": object()}, "type"),
        ({"type": "tool", "toolName": "\ud800"}, "syntax"),
        ({"type": "rate_limit", "limitType": "request", "count": float("nan")}, "type"),
        (ENDLESS, "type"),
        ("calculator", "type"),
        (None, "type"),
        (Tool, "type"),
        (["calculator"], "type"),
    ],
)
def test_what_is_no_action_is_never_decided(policy: Policy, action: Any, status: str) -> None:
    for decide in (policy.decide, policy.session().decide):
        with pytest.raises(ActionError) as caught:
            decide(action)
        assert caught.value.status == status
    with pytest.raises(ActionError) as caught:
        policy.decide_many([Tool("a"), action, Tool("\0")])
    assert caught.value.index == 1


def test_relative_paths_are_below_the_current_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"permissions": {"filesystem": {"enabled": True, "allowed_paths": [f"{tmp_path}/*"]}}}
    policy = Policy.parse(signed(rules), workspace=WORKSPACE, trusted_keys=PUBLIC)
    monkeypatch.chdir(tmp_path)
    actions: list[Action] = [File("a/b"), {"type": "filesystem", "path": "a/b"}]
    for action in actions:
        assert policy.decide(action) and policy.decide_many([action])[0]
    monkeypatch.chdir("/")
    assert not policy.decide(File("a/b")) and not policy.decide_many([File("a/b")])[0]


def test_subclasses_are_what_they_come_from(policy: Policy) -> None:
    class Named(Tool):
        pass

    assert policy.decide(Named("calculator")) and not policy.decide(Named("shell_exec"))


def test_the_dates_of_a_policy() -> None:
    data = signed(sequence=1, not_before="2025-06-15T15:06:40Z", expires_at="2025-06-16T00:00:00Z")
    policy = Policy.parse(data, workspace=WORKSPACE, trusted_keys=PUBLIC, now=NOW)
    assert policy.decide(Tool("calculator"), now=NOW)
    assert policy.decide(Tool("calculator"), now=NOW + 0.9)
    assert policy.decide(Tool("calculator"), now=NOW - 1).rule == "policy.not_yet_valid"
    assert policy.decide(Tool("calculator"), now=NOW - 0.1).rule == "policy.not_yet_valid"
    assert policy.decide(Tool("calculator")).rule == "policy.expired"
    assert [d.rule for d in policy.decide_many([Tool("calculator")] * 2)] == ["policy.expired"] * 2


def test_many(policy: Policy) -> None:
    actions: list[Any] = [Tool("calculator"), Network("ü.example.com", "https"), Tool("shell_exec"), File("/srv/ü"), RateLimit("request", 9)]
    actions = actions * 2000
    assert policy.decide_many(iter(actions)) == [policy.decide(action) for action in actions]
    assert policy.decide_many([]) == []
    with pytest.raises(ActionError) as caught:
        policy.decide_many([*actions, Tool("\n")])
    assert caught.value.index == len(actions)


# --- sessions ---


def test_a_session_counts(policy: Policy) -> None:
    session = policy.session()
    one = RateLimit("request", 1)
    assert [session.decide(one, now=NOW).decision for _ in range(4)] == ["allow"] * 3 + ["deny"]
    assert session.decide(one, now=NOW - 3600).rule == "rate_limit.exceeded"
    assert [session.decide(one, now=NOW + 61).decision for _ in range(3)] == ["allow"] * 2 + ["deny"]
    assert session.decide(one, now=NOW + 61).pointer == "/rate_limits/per_agent/requests_per_hour"
    assert session.decide(Tool("calculator"))
    assert policy.session().decide(one, now=NOW)


def test_a_session_goes_on_under_a_newer_policy(policy: Policy) -> None:
    session = policy.session()
    assert session.decide(RateLimit("request", 3), now=NOW)
    rules = {"rate_limits": {"per_agent": {"requests_per_minute": 4}}}
    session.policy = Policy.parse(signed(rules), workspace=WORKSPACE, trusted_keys=PUBLIC)
    assert not session.decide(RateLimit("request", 2), now=NOW) and session.decide(RateLimit("request", 1), now=NOW)
    with pytest.raises(TypeError):
        session.policy = None  # type: ignore[assignment]


# --- override mode ---


def test_override_warns_once_and_says_so(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", "true")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decision = policy.decide(Tool("shell_exec"))
        again = [policy.decide(Tool("other")), policy.session().decide(Tool("other")), *policy.decide_many([Tool("other")])]
    assert [warning.category for warning in caught] == [OverrideWarning] and caught[0].filename == __file__
    assert (decision.decision, decision.rule, decision.overridden, bool(decision)) == ("warn", "tool.blocked", True, False)
    assert {(d.decision, d.rule, d.overridden) for d in again} == {("warn", "tool.not_allowed", True)}
    decision.require("warn")
    with pytest.raises(Denied):
        decision.require()
    assert policy.decide(Tool("calculator")).overridden is False


def test_override_warns_when_a_policy_is_opened(envelope: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", "true")
    with pytest.warns(OverrideWarning):
        Policy.parse(envelope, workspace=WORKSPACE, trusted_keys=PUBLIC)


@pytest.mark.parametrize("value", ["", "1", "TRUE", "true ", "false"])
def test_only_true_overrides(policy: Policy, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", value)
    assert policy.decide(Tool("shell_exec")).decision == "deny"


@pytest.mark.filterwarnings("ignore::sekuire.OverrideWarning")
def test_override_leaves_dates_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", "true")
    data = signed(sequence=1, expires_at="2025-06-16T00:00:00Z")
    policy = Policy.parse(data, workspace=WORKSPACE, trusted_keys=PUBLIC, now=NOW)
    for decision in (policy.decide(Tool("calculator")), policy.decide_many([Tool("calculator")])[0]):
        assert (decision.decision, decision.rule, decision.overridden) == ("deny", "policy.expired", False)
    with pytest.raises(ActionError):
        policy.decide(Tool(""))
