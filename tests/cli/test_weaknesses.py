# SPDX-License-Identifier: Apache-2.0
"""What the published client gets wrong and no other test shows that we do not (tests/weaknesses.tsv has them all)."""
import json
import stat

import pytest

from hostile import API_KEY, COMMANDS, PUBLISHED, W, policy
from support import SEED, tree


def serve(world, content, name="push, its policy", **options):
    world.serve(COMMANDS[name], (200, policy(6, content=content, **options)))


def rules(done):
    return [f["rule"] for f in done.json["findings"]]


def test_what_the_server_adds_to_an_envelope_is_kept(world):
    """Byte for byte, and so is the order of members and the white space."""
    envelope = dict(reversed(policy(6).items())) | {"approved_by": "Ada", "extra": {"a": [1, 2.50]}}
    body = json.dumps(envelope, indent=7) + "\n\n"
    world.serve(COMMANDS["pull"], (200, body))
    assert world.run(COMMANDS["pull"]).code == 0
    assert (world.box.work / "policy.json").read_text() == body


@pytest.mark.parametrize("number", ["1.0", "-0", "-0.0", "1e2", "1E+2", "100000000000000000000", "1e-7", "0.1", "123456789.123456789", "5e-324",
                                    "18446744073709551615", "-9223372036854775808", "1.7976931348623157e308"])
def test_a_pulled_file_is_never_refused_afterwards(world, number):
    """Whatever numbers a policy holds: what pull takes, validate, show and the next pull take too."""
    world.box.write("seed", SEED, 0o600)
    signed = world.box.run("policy", "sign", "--workspace", W, "--policy-id", "policy_xyz", "--version", "1", "--content", "-", "--key", "seed",
                           "--out", "signed.json", input='{"x-number": ' + number + "}")
    assert signed.code in (0, 1), signed
    if signed.code == 1:
        assert "number" in signed.err  # upstream would not read it back as printed: not signed at all
        return
    body = (world.box.work / "signed.json").read_bytes()
    world.store({"keys": [{"public_key": json.loads(body)["signing_public_key"], "how": "added", "since": "2026-01-01T00:00:00Z"}], "retired": [],
                 "bound": False})
    for _ in range(2):
        world.serve(COMMANDS["pull"], (200, body))
        assert world.run(COMMANDS["pull"]).code == 0
        assert (world.box.work / "policy.json").read_bytes() == body
        assert world.box.run("policy", "validate", "--strict").code == 0 and world.box.run("policy", "show").code == 0


def test_a_list_of_an_envelopes_values_is_no_envelope(world):
    """Readers that go by position take an array for an object."""
    good = policy(6)
    for array in (list(good.values()), [good], [list(good.values())]):
        world.serve(COMMANDS["pull"], (200, array))
        world.refused(COMMANDS["pull"], {1}, {"type", "syntax", "content", "missing_field"})
        world.box.write("array.json", array)
        done = world.box.run("policy", "validate", "--file", "array.json", "--json")
        assert done.code == 1 and done.json["valid"] is False
        assert world.box.run("policy", "show", "--file", "array.json").code == 1


def test_the_default_workspace_has_its_policy_checked_too(world):
    """However the workspace is known: by login alone, by a variable, by a file."""
    command = COMMANDS["push, its policy"]
    serve(world, {"agent": {"models": {"blocked_models": ["gpt-4"]}}})
    del world.box.variables["SEKUIRE_WORKSPACE_ID"]
    for source in ("login", "user", "project"):
        if source == "user":
            assert world.box.run("config", "set", "workspace", W).code == 0
        if source == "project":
            world.box.write(".sekuire/config.yaml", f"workspace: {W}\n")
        done = world.run(command, "--json")
        assert (done.code, done.json["workspace_from"], rules(done)) == (1, source, ["model.blocked"]), done
    assert world.backend.sent("POST", "/api/v1/publish") == []


@pytest.mark.parametrize("answer, code", [((200, {"valid": False, "error": "revoked"}), 1), ((401, {"error": "unauthorized"}), 1),
                                          ((403, ""), 1), ((500, ""), 3)])
def test_a_refused_api_key_stops_a_push(world, answer, code):
    command = COMMANDS["push, its publish"]
    world.serve(command, command.good)
    world.backend.routes["POST", "/api/v1/api-keys/verify"] = answer
    world.backend.routes["GET", "/api/v1/me"] = (200, {"workspaces": [{"id": W}]})
    done = world.run(command, env={"SEKUIRE_API_KEY": API_KEY})  # of the variable's key no organisation is known
    assert done.code == code and world.backend.sent("POST", "/api/v1/api-keys/verify") and world.backend.sent("POST", "/api/v1/publish") == []


def test_no_command_asks_for_an_empty_segment(world):
    """A slash or more behind the backend's name are as none."""
    for name in ("pull", "push, its policy", "login", "whoami", "agent show"):
        command = COMMANDS[name]
        for slashes in ("/", "///"):
            world.serve(command, command.good)
            done = world.run(command, env={"SEKUIRE_API_URL": world.url + slashes})
            assert done.code == 0, done
            assert not any("//" in r["path"] for r in world.backend.requests)


def test_a_key_of_128_digits_signs_as_its_first_half_does(world):
    """The SDK writes seed and public key; a half that does not belong to the other is refused."""
    command = COMMANDS["push, its publish"]
    world.serve(command, command.good)
    assert world.run(command).code == 0
    first = json.loads(world.backend.sent("POST", "/api/v1/publish")[0]["body"])
    world.box.write(".sekuire/secret.key", "11" * 32 + first["public_key"] + "\n", 0o600)
    assert world.run(command).code == 0
    second = json.loads(world.backend.sent("POST", "/api/v1/publish")[1]["body"])
    assert (second["public_key"], second["signature"]) == (first["public_key"], first["signature"])
    world.box.write(".sekuire/secret.key", "11" * 32 + "22" * 32, 0o600)
    assert world.run(command).code == 1 and len(world.backend.sent("POST", "/api/v1/publish")) == 2


@pytest.mark.parametrize("allowed, model, code, found", [
    (["openai"], "gpt-4", 0, []), (["g"], "gpt-4", 1, ["provider.not_allowed"]), (["gpt"], "gpt-4", 1, ["provider.not_allowed"]),
    (["gpt-4"], "gpt-4", 1, ["provider.not_allowed"]), (["open"], "gpt-4", 1, ["provider.not_allowed"]),
    (["openai"], "openai-like", 1, ["provider.unknown"]), (["openai"], "openai/gpt-4", 0, []), (["openai"], "evil/gpt-4", 1, ["provider.not_allowed"])])
def test_a_provider_is_a_name_and_no_start_of_a_models_name(world, allowed, model, code, found):
    world.box.write("sekuire.yml", (world.box.work / "sekuire.yml").read_text().replace("gpt-4", model))
    serve(world, {"agent": {"models": {"allowed_providers": allowed}}})
    done = world.run(COMMANDS["push, its policy"], "--json")
    assert (done.code, rules(done)) == (code, found), done


def test_models_count_wherever_they_stand(world):
    """Of identity, of llm, of agent, of each of agents."""
    manifest = (world.box.work / "sekuire.yml").read_text()
    serve(world, {"agent": {"models": {"allowed_models": ["gpt-4"]}}})
    for more, pointer in (("llm:\n  provider: openai\n  model: evil-1\n", "/llm/model"), ("agent:\n  llm:\n    model: evil-1\n", "/agent/llm/model"),
                          ("agents:\n  helper:\n    llm:\n      model: evil-1\n", "/agents/helper/llm/model")):
        world.box.write("sekuire.yml", manifest + more)
        done = world.run(COMMANDS["push, its policy"], "--json")
        assert done.code == 1 and ("model.not_allowed", pointer) in [(f["rule"], f["pointer"]) for f in done.json["findings"]], done


@pytest.mark.parametrize("content, word", [
    ({"agent": {"models": {"allowed_models": "gpt-4"}}}, "content"), ({"agent": {"models": {"blocked_models": {"gpt-4": True}}}}, "content"),
    ({"agent": {"models": None}}, "content"), ({"agent": []}, "content"), ({"tools": {"allowed_tools": [1]}}, "content"),
    ({"rate_limits": {"per_agent": {"requests_per_minute": "10"}}}, "content"), ({"permissions": {"network": {"enabled": "no"}}}, "content"),
    ({"agent": {"models": {"allowed_model": ["x"]}}}, "unknown_key"), ({"agents": {"models": {}}}, "unknown_key"),
    ({"tool": {"blocked_tools": ["*"]}}, "unknown_key"), ({"agent": {"capabilities": {"denied_tool": ["*"]}}}, "unknown_key")])
def test_nothing_of_a_policy_fails_open(world, content, word):
    """A wrong type or a misspelt key is never as if the rule were not there, not even under --force."""
    serve(world, content)
    for more in ((), ("--force",)):
        world.refused(COMMANDS["push, its policy"], {1}, {word}, *more)
    assert world.backend.sent("POST", "/api/v1/publish") == []


def test_a_policy_that_lies_in_the_folder_decides_nothing(world):
    """Another workspace's, self-signed, unsigned, revoked: the server is asked, and its answer counts."""
    open_to_all = {"agent": {"models": {"allowed_models": ["*"]}}}
    from http_support import OTHER_SIGNER
    serve(world, {"agent": {"models": {"blocked_models": ["gpt-4"]}}})
    for lying in (policy(9, content=open_to_all, workspace="ws_other"), policy(9, content=open_to_all, key=OTHER_SIGNER),
                  policy(9, content=open_to_all) | {"signature": None, "signing_public_key": None}, policy(9, content=open_to_all, status="revoked"),
                  policy(9, content=open_to_all)):
        world.box.write("policy.json", lying)
        done = world.run(COMMANDS["push, its policy"], "--json")
        assert (done.code, rules(done)) == (1, ["model.blocked"])
    for lying in (policy(9, content=open_to_all, workspace="ws_other"), policy(9, content=open_to_all, key=OTHER_SIGNER),
                  policy(9, content=open_to_all) | {"signature": None, "signing_public_key": None}, policy(9, content=open_to_all, status="revoked")):
        world.box.write("policy.json", lying)
        world.refused(COMMANDS["push, its policy"], {1}, {"workspace", "key_changed", "unsigned", "status"}, "--policy", "policy.json", "--force",
                      also={"home/state/sekuire/trust.json"})
    assert world.backend.sent("POST", "/api/v1/publish") == [] and PUBLISHED


def test_config_never_writes_the_login(world):
    """Neither a good one, whose mode stays, nor one that cannot be parsed."""
    for text in (world.box.auth_file.read_text(), "{", "[]", '{"api_key": 1}', "\x00\xff"):
        world.box.auth_file.write_text(text)
        before = tree(world.box.auth_file.parent)
        for key in ("workspace", "workspace.id", "workspace_id", "backend", "output.color"):
            value = {"backend": world.url, "output.color": "never"}.get(key, "ws_new")
            assert world.box.run("config", "set", key, value).code in (0, 3)
        for key in ("device.os", "auth.method", "nonsense", "api_key", "token"):
            assert world.box.run("config", "set", key, "x").code in (2, 3)
        assert tree(world.box.auth_file.parent) == before
        assert stat.S_IMODE(world.box.auth_file.stat().st_mode) == 0o600
