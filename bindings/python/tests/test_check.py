# SPDX-License-Identifier: Apache-2.0
"""Does an agent comply?"""
from __future__ import annotations

import os
import pathlib

import pytest
from support import PUBLIC, ROOT, WORKSPACE, signed

from sekuire import FileError, Finding, ManifestError, Policy

MANIFEST = """\
project:
  name: a
  version: 1.0.0
identity:
  model: gpt-4o
  system_prompt_path: prompt.md
  tools_path: tools.json
"""


@pytest.fixture
def agent(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "sekuire.yml").write_text(MANIFEST)
    (folder / "prompt.md").write_text("You help.\n")
    (folder / "tools.json").write_text('[{"name": "calculator"}]')
    return folder


def rules_of(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.value) for finding in findings]


def test_an_agent_that_complies(policy: Policy, agent: pathlib.Path) -> None:
    assert policy.check(agent / "sekuire.yml") == []
    assert policy.check(agent) == [] and policy.check(str(agent)) == []


def test_an_example() -> None:
    policy = Policy.parse(signed({"tools": {"blocked_tools": ["shell_exec"]}}), workspace=WORKSPACE, trusted_keys=PUBLIC)
    folder = ROOT / "examples" / "agents" / "shell"
    (finding,) = policy.check(folder / "sekuire.yml")
    assert finding == Finding(
        rule="tool.blocked",
        severity="error",
        message="Tool shell_exec is blocked",
        file=f"{folder}/./tools.json",
        line=3,
        column=12,
        pointer="/1/name",
        policy_pointer="/tools/blocked_tools/0",
        value="shell_exec",
        hint=finding.hint,
    )
    assert finding.is_error and finding.hint


def test_names_are_those_of_the_caller(policy: Policy, agent: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (agent / "tools.json").write_text('[{"name": "shell_exec"}]')
    monkeypatch.chdir(agent)
    assert policy.check("sekuire.yml")[0].file == "tools.json"
    monkeypatch.chdir(agent.parent)
    assert policy.check("agent/sekuire.yml")[0].file == "agent/tools.json"


def test_the_override_is_not_for_check(policy: Policy, agent: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (agent / "tools.json").write_text('[{"name": "shell_exec"}]')
    monkeypatch.setenv("SEKUIRE_POLICY_DEV_OVERRIDE", "true")
    assert policy.check(agent)[0].is_error


def test_links_out_of_the_folder_are_findings(policy: Policy, agent: pathlib.Path) -> None:
    for name in ("prompt.md", "tools.json"):
        os.rename(agent / name, agent.parent / name)
        (agent / name).symlink_to(agent.parent / name)
    findings = policy.check(agent)
    assert rules_of(findings) == [("manifest.path", "prompt.md"), ("manifest.path", "tools.json")]
    assert all(finding.is_error and finding.file == str(agent / "sekuire.yml") for finding in findings)


def test_paths_out_of_the_folder_are_one_finding_each(policy: Policy, agent: pathlib.Path) -> None:
    os.rename(agent / "prompt.md", agent.parent / "prompt.md")
    (agent / "sekuire.yml").write_text(MANIFEST.replace("prompt.md", "../prompt.md"))
    assert rules_of(policy.check(agent)) == [("manifest.path", "../prompt.md")]


def test_a_link_within_the_folder_is_none(policy: Policy, agent: pathlib.Path) -> None:
    os.rename(agent / "prompt.md", agent / "p")
    (agent / "prompt.md").symlink_to("p")
    (agent.parent / "linked").symlink_to(agent)
    assert policy.check(agent) == [] and policy.check(agent.parent / "linked") == []


def test_what_is_no_regular_file_is_not_waited_for(policy: Policy, agent: pathlib.Path) -> None:
    (agent / "sekuire.yml").write_text(MANIFEST.replace("version: 1.0.0", f"version: 1.0.0\n  sekuire_id: {'0' * 64}"))
    assert [finding.rule for finding in policy.check(agent)] == ["identity.stale"]
    (agent / "prompt.md").unlink()
    os.mkfifo(agent / "prompt.md")
    assert rules_of(policy.check(agent)) == [("manifest.path", "prompt.md")]
    (agent / "tools.json").unlink()
    (agent / "tools.json").mkdir()
    assert rules_of(policy.check(agent)) == [("manifest.path", "prompt.md"), ("manifest.path", "tools.json")]


def test_further_tools_files(policy: Policy, agent: pathlib.Path) -> None:
    (agent / "sekuire.yml").write_text(
        MANIFEST + "agent:\n  tools: more.json\nagents:\n  a: {tools: more.json}\n  b: {tools: ./tools.json}\n  c: {tools: gone.json}\n"
    )
    (agent / "more.json").write_text('[{"name": "shell_exec"}]')
    findings = policy.check(agent)
    assert sorted(rules_of(findings)) == [("manifest.path", "gone.json"), ("tool.blocked", "shell_exec")]
    os.rename(agent / "more.json", agent.parent / "more.json")
    (agent / "more.json").symlink_to("../more.json")
    assert sorted(rules_of(policy.check(agent))) == [
        ("manifest.path", "gone.json"),
        ("manifest.path", "more.json"),
        ("tool.blocked", "shell_exec"),
    ]


def test_too_many_further_tools_files(policy: Policy, agent: pathlib.Path) -> None:
    lines = "".join(f"  a{i}: {{tools: t{i}.json}}\n" for i in range(300))
    (agent / "sekuire.yml").write_text(MANIFEST + "agents:\n" + lines)
    with pytest.raises(ManifestError) as caught:
        policy.check(agent)
    assert caught.value.status == "too_large"


def test_json_manifests(policy: Policy, agent: pathlib.Path) -> None:
    (agent / "sekuire.yml").unlink()
    (agent / "sekuire.json").write_text(
        '{"project":{"name":"a","version":"1"},"identity":{"model":"o1","system_prompt_path":"prompt.md","tools_path":"tools.json"}}'
    )
    assert rules_of(policy.check(agent)) == [("model.not_allowed", "o1")]


def test_files_that_cannot_be_read(policy: Policy, agent: pathlib.Path) -> None:
    for name in ("prompt.md", "tools.json", "sekuire.yml"):
        os.rename(agent / name, agent / "away")
        with pytest.raises(FileError) as caught:
            policy.check(agent)
        assert caught.value.status == "io"
        os.rename(agent / "away", agent / name)
    (agent / "prompt.md").write_bytes(b"a" * ((4 << 20) + 1))
    with pytest.raises(FileError) as caught:
        policy.check(agent)
    assert caught.value.status == "too_large"


def test_malformed_files(policy: Policy, agent: pathlib.Path) -> None:
    (agent / "tools.json").write_text("[{]")
    with pytest.raises(ManifestError) as caught:
        policy.check(agent)
    assert caught.value.status == "syntax" and "tools.json" in str(caught.value) and caught.value.line == 1
    (agent / "sekuire.yml").write_text("project: 1\n")
    with pytest.raises(ManifestError) as caught:
        policy.check(agent)
    assert "sekuire.yml" in str(caught.value)
