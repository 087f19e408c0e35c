# SPDX-License-Identifier: Apache-2.0
"""push against a backend: what is judged, said, sent and written."""
import json
import re

import pytest

from support import KEY, OTHER_SEED, SEED, tree

W = "ws_abc123"
API_KEY = "sk_live_0123456789abcdef0123456789abcdef"
POLICY_PATH = f"/api/v1/workspaces/{W}/policy/active"
MANIFEST = """\
# The agent of the example.
project:
  name: "demo"      # quoted
  version: 1.10
  authors:
    - Ada

identity:
  model: gpt-4
  system_prompt_path: prompt.md
  tools_path: tools.json

agent:
  llm:
    provider: openai
    model: gpt-4
"""
TOOLS = '[\n  {"name": "calculator", "description": "d", "parameters": {"max": 1.50}},\n  {"name": "search"}\n]\n'
CONTENT = {"agent": {"models": {"allowed_providers": ["openai"], "allowed_models": ["gpt-4", "gpt-4-turbo"]}},
           "tools": {"blocked_tools": ["shell_exec"]}}


class Case:
    def __init__(self, box, backend):
        self.box, self.backend = box, backend
        box.write("sekuire.yml", MANIFEST)
        box.write("prompt.md", "You are a helpful assistant.\n")
        box.write("tools.json", TOOLS)
        box.write(".sekuire/secret.key", OTHER_SEED, 0o600)
        self.login()
        box.trust()
        self.policy(CONTENT)
        backend.routes[("POST", "/api/v1/publish")] = (201, {"sekuire_id": "x", "status": "draft", "forced": False, "findings": []})

    def login(self, workspace=W, org="org_1", **more):
        self.box.auth_file.parent.mkdir(mode=0o700, exist_ok=True)
        self.box.auth_file.write_text(json.dumps({"api_key": API_KEY, "token": None, "device_fingerprint": "f", "org_id": org,
                                                  "workspace_id": workspace, "backend": self.backend.url} | more))
        self.box.auth_file.chmod(0o600)

    def policy(self, content, sequence=5, **more):
        self.envelope = self.box.envelope(content | {"binding": {"workspace_id": W, "sequence": sequence}}, **more)
        self.backend.serve_policy(self.envelope)

    def push(self, *args, **more):
        return self.box.run("push", "--workspace", W, *args, **more)

    @property
    def published(self):
        return [json.loads(r["body"]) for r in self.backend.sent("POST", "/api/v1/publish")]

    @property
    def id(self):
        return self.box.run("hash", "--json").json["sekuire_id"]


@pytest.fixture
def case(box, backend):
    return Case(box, backend)


def code_of(done):
    return done.json["error"]["code"]


def test_a_complying_agent_is_pushed(case):
    sekuire_id = case.id
    done = case.push()
    assert done.code == 0, done
    assert done.out == ("Validating agent against workspace policy...\nProvider 'openai' is allowed\nModel 'gpt-4' is allowed\n"
                        f"Tool 'calculator' is allowed\nTool 'search' is allowed\nIdentity: {sekuire_id}\nAgent pushed as DRAFT!\n")
    assert [(r["method"], r["path"]) for r in case.backend.requests] == [("GET", POLICY_PATH), ("POST", "/api/v1/publish")]
    request = case.backend.requests[-1]
    assert request["headers"]["X-API-Key"] == API_KEY and request["headers"]["Content-Type"].startswith("application/json")


def test_the_request_is_the_documented_one(case):
    assert case.push().code == 0
    body = case.published[0]
    raw = case.backend.requests[-1]["body"]
    assert case.box.run("canon", "-", input=raw).raw == raw  # compact, keys sorted
    public = case.box.public_key(OTHER_SEED)
    sekuire_id = case.id
    hashes = case.box.run("hash", "--json").json
    declared, signature = body.pop("declared"), body.pop("declared_signature")
    assert body.pop("signature") == case.box.ask(("sign", {"message": sekuire_id, "secretKey": OTHER_SEED}))[0]["result"]
    assert body == {
        "manifest": {"project": {"name": "demo", "version": "1.10", "description": None, "license": None, "authors": ["Ada"]},
                     "identity": {"model": "gpt-4", "system_prompt_path": "prompt.md", "tools_path": "tools.json",
                                  "system_prompt_hash": hashes["prompt_hash"], "tools_hash": hashes["tools_hash"]}},
        "sekuire_id": sekuire_id, "public_key": public, "publisher_org_id": "org_1", "visibility": None, "status": "draft",
        "workspace_id": W, "force": False}
    assert (declared["workspace_id"], declared["sekuire_id"], declared["name"], declared["version"]) == (W, sekuire_id, "demo", "1.10")
    assert declared["tools"] == TOOLS and declared["permissions"] is None and declared["rate_limits"] is None
    digest = case.box.run("canon", "-", "--hash", input=json.dumps(declared)).out.strip()
    check = {"message": f"sekuire-declared-v1:{digest}", "signature": signature, "publicKey": public}
    assert case.box.ask(("verify", check))[0]["result"] is True


def test_sections_travel_as_text_where_text_is_meant(case):
    case.box.write("sekuire.yml", MANIFEST + "capabilities:\n  provides: [1e3, true]\ndeployment:\n  env:\n"
                                             "    - {name: PORT, required: true, default_value: 8080}\nlogger:\n  level: debug\n")
    assert case.push().code == 0
    manifest = case.published[0]["manifest"]
    assert manifest["capabilities"] == {"provides": ["1e3", "true"]}
    assert manifest["deployment"] == {"env": [{"name": "PORT", "required": True, "default_value": "8080"}]}
    assert set(manifest) == {"project", "identity", "capabilities", "deployment"}


def test_only_the_line_of_the_id_changes(case):
    sekuire_id = case.id
    assert case.push().code == 0
    text = (case.box.work / "sekuire.yml").read_text()
    added = [line for line in text.splitlines() if line not in MANIFEST.splitlines()]
    assert len(added) == 1 and re.fullmatch(rf"  sekuire_id: [\"']?{sekuire_id}[\"']?", added[0])
    assert text.replace(added[0] + "\n", "") == MANIFEST
    assert case.push().code == 0 and (case.box.work / "sekuire.yml").read_text() == text


def test_a_manifest_that_cannot_be_edited_is_known_before_anything_is_sent(case):
    flow = MANIFEST.replace('project:\n  name: "demo"      # quoted\n  version: 1.10\n  authors:\n    - Ada\n',
                            "project: {name: demo, version: 1.10}\n")
    case.box.write("sekuire.yml", flow)
    done = case.push()
    assert done.code == 1 and f"sekuire_id: {case.id}" in done.err and "sekuire.yml:2:" in done.err
    assert case.backend.requests == [] and (case.box.work / "sekuire.yml").read_text() == flow


def test_a_json_manifest_is_not_rewritten(case):
    (case.box.work / "sekuire.yml").unlink()
    text = json.dumps({"project": {"name": "demo", "version": "1"}, "identity": {
        "model": "gpt-4", "system_prompt_path": "prompt.md", "tools_path": "tools.json"}})
    case.box.write("sekuire.json", text)
    assert case.push().code == 0 and (case.box.work / "sekuire.json").read_text() == text


def test_a_linked_manifest_stays_a_link(case):
    (case.box.work / "sekuire.yml").rename(case.box.work / "real.yml")
    (case.box.work / "sekuire.yml").symlink_to("real.yml")
    assert case.push().code == 0
    assert (case.box.work / "sekuire.yml").is_symlink() and "sekuire_id" in (case.box.work / "real.yml").read_text()


def test_a_denied_tool_blocks(case):
    case.box.write("tools.json", TOOLS.replace("search", "shell_exec"))
    before = tree(case.box.work)
    done = case.push()
    assert done.code == 1
    assert done.out == ("Validating agent against workspace policy...\nProvider 'openai' is allowed\nModel 'gpt-4' is allowed\n"
                        "Tool 'calculator' is allowed\nTool 'shell_exec' is DENIED\nAgent does not comply with workspace policy\n"
                        "Blocked tools: shell_exec\nFix the issues above and try again.\nUse --force to bypass (not recommended).\n")
    assert re.search(r"^tools\.json:3:\d+: error: Tool shell_exec is blocked \(policy /tools/blocked_tools/0\) \[tool\.blocked\]$",
                     done.err, re.M), done.err
    assert case.published == [] and tree(case.box.work) == before


def test_denied_models_and_providers_are_listed_before_tools(case):
    case.policy({"agent": {"models": {"blocked_providers": ["openai"], "blocked_models": ["gpt-4"]}}, "tools": {"blocked_tools": ["*"]}})
    done = case.push()
    assert done.code == 1
    lines = done.out.splitlines()
    assert "Provider 'openai' is DENIED" in lines and "Model 'gpt-4' is DENIED" in lines
    assert lines[-6:] == ["Agent does not comply with workspace policy", "Blocked models: gpt-4", "Blocked providers: openai",
                          "Blocked tools: calculator, search", "Fix the issues above and try again.",
                          "Use --force to bypass (not recommended)."]


def test_the_document_of_a_blocked_push(case):
    case.box.write("sekuire.yml", MANIFEST.replace("gpt-4\n  system", "llama-3\n  system") +
                   "permissions:\n  network:\n    allowed_hosts: [evil.example]\n")
    done = case.push("--json")
    assert done.code == 1
    document = done.json
    findings = document.pop("findings")
    assert document == {"compliant": False, "published": False, "forced": False, "dry_run": False, "workspace_id": W,
                        "workspace_from": "flag", "sekuire_id": case.id,
                        "policy": {"policy_id": "policy_xyz", "version": "1", "hash": case.envelope["hash"]}}
    by_rule = {f["rule"]: f for f in findings}
    model = by_rule["model.not_allowed"]
    assert list(model) == ["rule", "severity", "message", "file", "line", "column", "pointer", "policy_pointer", "value", "hint"]
    assert (model["severity"], model["file"], model["line"], model["pointer"], model["policy_pointer"], model["value"]) == (
        "error", "sekuire.yml", 9, "/identity/model", "/agent/models/allowed_models", "llama-3")
    network = by_rule["permission.network"]
    assert (network["file"], network["line"], network["value"]) == ("sekuire.yml", 19, "evil.example")


def test_other_findings_have_lines_of_their_own(case):
    case.box.write("sekuire.yml", MANIFEST + "permissions:\n  network:\n    allowed_hosts: [evil.example]\n")
    done = case.push()
    assert done.code == 1 and "Blocked" not in done.out
    assert re.search(r"^sekuire\.yml:19:\d+: error: .*evil\.example.*\[permission\.network\]$", done.out, re.M), done
    assert done.out.endswith("Use --force to bypass (not recommended).\n")


def test_relative_paths_are_those_of_the_manifests_folder(case):
    case.box.write("sekuire.yml", MANIFEST + "permissions:\n  filesystem:\n    allowed_paths: [./data]\n")
    allowed = {"permissions": {"filesystem": {"enabled": True, "allowed_paths": [f"{case.box.work.resolve()}/*"]}}}
    case.policy(CONTENT | allowed)
    assert case.push().code == 0
    assert case.published[0]["declared"]["folder"] == str(case.box.work.resolve())
    case.policy(CONTENT | {"permissions": {"filesystem": {"enabled": True, "allowed_paths": ["/srv/*"]}}}, sequence=6)
    assert [f["rule"] for f in case.push("--json").json["findings"]] == ["permission.filesystem"]


def test_warnings_do_not_block(case):
    case.policy(CONTENT | {"compliance": {"require_audit_logging": True}})
    case.box.write("sekuire.yml", MANIFEST.replace("authors:", "sekuire_id: " + "0" * 64 + "\n  authors:"))
    done = case.push()
    assert done.code == 0 and "[compliance.audit_logging]" not in done.err and "[identity.stale]" not in done.err
    lines = done.out.splitlines()
    assert [line for line in lines if line.startswith("sekuire.yml:5:15: warning: ") and line.endswith("[identity.stale]")]
    assert [line for line in lines if line.startswith("sekuire.yml:15:3: warning: ") and line.endswith("[compliance.audit_logging]")]
    assert "hint: sekuire.yml:5:15: " in done.err and "error" not in done.out
    assert f"sekuire_id: {case.id}" in (case.box.work / "sekuire.yml").read_text().replace('"', "")


def test_force_is_sent_and_recorded(case):
    case.box.write("tools.json", TOOLS.replace("search", "shell_exec"))
    done = case.push("--force", "--reason", "an emergency")
    assert done.code == 0
    assert "Tool 'shell_exec' is DENIED\n" in done.out and done.out.endswith(f"Identity: {case.id}\nAgent pushed as DRAFT!\n")
    assert "Use --force" not in done.out and "--force" in done.err
    assert case.published[0]["force"] is True and case.published[0]["reason"] == "an emergency"
    document = case.push("--force", "--json").json
    assert (document["compliant"], document["published"], document["forced"]) == (False, True, True)
    case.box.write("tools.json", TOOLS)
    assert case.push("--force", "--json").json["forced"] is False
    assert case.push("--reason", "x").code == 2


def test_dry_run_sends_nothing(case):
    before = tree(case.box.work)
    done = case.push("--dry-run")
    assert done.code == 0 and done.out.endswith(f"Identity: {case.id}\n") and "dry run: nothing was published" in done.err
    assert case.push("--dry-run", "--json").json["dry_run"] is True
    case.box.auth_file.unlink()
    case.box.write("tools.json", TOOLS.replace("search", "shell_exec"))
    assert case.box.run("push", "--dry-run", "--workspace", W, "--registry", case.backend.url).code == 1
    assert {r["path"] for r in case.backend.requests} == {POLICY_PATH}
    case.box.write("tools.json", TOOLS)
    assert tree(case.box.work) == before


def test_no_active_policy(case):
    del case.backend.routes[("GET", POLICY_PATH)]
    done = case.push("--json")
    assert done.code == 1 and code_of(done) == "no_active_policy" and case.published == []
    done = case.push("--force", "--json")
    assert done.code == 0 and done.json["policy"] is None and (done.json["compliant"], done.json["forced"]) == (False, True)
    assert case.published[0]["force"] is True


@pytest.mark.parametrize("change, word", [
    ({"workspace": "ws_other"}, "workspace"), ({"status": "revoked"}, "status"), ({"seed": OTHER_SEED}, "key_changed"),
    ({"signature": None, "signing_public_key": None}, "unsigned"), ({"hash": "0" * 64}, "hash"), ({"version": "2", "hash": None}, None),
])
def test_force_never_overrides_integrity_or_authority(case, change, word):
    case.policy(CONTENT, **change)
    before = tree(case.box.path)
    for args in ((), ("--force",)):
        done = case.push("--json", *args)
        assert done.code == 1 and (word is None or code_of(done) == word), done
    assert case.published == [] and tree(case.box.path) == before


def test_a_fetched_policy_advances_the_rollback_state_but_no_keys(case):
    other = case.box.public_key(OTHER_SEED)
    binding = {"workspace_id": W, "sequence": 7, "signing_keys": [other, KEY]}
    case.backend.serve_policy(case.box.envelope(CONTENT | {"binding": binding}))
    assert case.push().code == 0
    state = case.box.trusted()
    assert state["sequence"] == 7 and [k["public_key"] for k in state["keys"]] == [KEY] and state["retired"] == []
    case.policy(CONTENT, sequence=6)
    done = case.push("--json")
    assert done.code == 1 and code_of(done) == "rollback"


def test_first_use_is_for_pull_alone(case):
    assert case.box.run("trust", "forget", "--workspace", W).code == 0
    done = case.push()
    assert done.code == 1 and f"\n  sekuire trust add --workspace {W} --public-key {KEY}\n" in done.err
    assert case.box.trusted() is None
    assert case.box.terminal("push", "--workspace", W).code == 1
    assert case.box.trusted() is None and case.published == []
    assert case.push("--trusted-key", KEY).code == 0 and case.box.trusted()["keys"] == []


def test_a_named_policy_passes_all_of_it_and_changes_no_state(case):
    case.box.write("policy.json", case.box.envelope({"tools": {"blocked_tools": ["*"]}, "binding": {"workspace_id": W, "sequence": 3}}))
    assert case.push("--json", "--dry-run").json["compliant"] is True  # a policy.json that lies there decides nothing
    before = case.box.trust_file.read_bytes()
    requests = len(case.backend.requests)
    done = case.push("--policy", "policy.json", "--json")
    assert done.code == 1 and code_of(done) == "rollback"  # the server's was newer
    case.box.write("policy.json", case.box.envelope({"tools": {"blocked_tools": ["*"]}, "binding": {"workspace_id": W, "sequence": 9}}))
    done = case.push("--policy", "policy.json", "--json")
    assert done.code == 1 and done.json["compliant"] is False
    assert case.box.trust_file.read_bytes() == before and len(case.backend.requests) == requests
    for envelope in (case.box.envelope(CONTENT, workspace="ws_other"), case.box.envelope(CONTENT, seed=OTHER_SEED),
                     case.box.envelope(CONTENT, status="revoked"), case.box.envelope(CONTENT, signature=None, signing_public_key=None)):
        case.box.write("policy.json", envelope)
        assert case.push("--policy", "policy.json", "--force").code == 1
    assert case.push("--policy", "nowhere.json").code == 3
    assert case.published == []


def test_unknown_keys_of_a_policy(case):
    case.policy(CONTENT | {"tool": {}})
    done = case.push("--json")
    assert done.code == 1 and code_of(done) == "unknown_key"
    done = case.push("--allow-unknown-keys")
    assert done.code == 0 and "warning" in done.err
    case.policy(CONTENT | {"tool": {}, "rate_limits": 1}, sequence=6)
    done = case.push("--allow-unknown-keys", "--json")
    assert done.code == 1 and code_of(done) == "content"


def test_no_workspace_is_known_but_the_keys_own(case):
    case.login(workspace=None)
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "email": "e", "orgs": [], "workspaces": [{"id": W, "name": "n"}]})
    done = case.box.run("push", "--json")
    assert done.code == 0 and (done.json["workspace_id"], done.json["workspace_from"]) == (W, "key")
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "workspaces": []})
    assert case.box.run("push", "--json").code == 2
    case.login()
    done = case.box.run("push", "--json")
    assert done.code == 0 and done.json["workspace_from"] == "login"


def test_a_workspace_that_is_not_the_keys_is_refused(case):
    case.login(workspace="ws_mine")
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "workspaces": [{"id": "ws_mine"}]})
    done = case.push("--json")
    assert done.code == 1 and code_of(done) == "workspace"
    assert [r["path"] for r in case.backend.requests] == [POLICY_PATH, "/api/v1/me"]
    assert case.push("--dry-run").code == 0 and len(case.backend.sent("GET", "/api/v1/me")) == 1
    case.box.write("tools.json", TOOLS.replace("search", "shell_exec"))
    assert code_of(case.push("--json", "--force")) == "workspace" and case.push().code == 1
    assert len(case.backend.sent("GET", "/api/v1/me")) == 2  # not where the findings stop it
    case.box.write("tools.json", TOOLS)
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "workspaces": [{"id": "ws_mine"}, {"id": W}]})
    assert case.push().code == 0
    del case.backend.routes[("GET", "/api/v1/me")]
    assert case.push("--json").code == 1 and len(case.published) == 1


def test_a_key_from_the_variable(case):
    case.box.auth_file.unlink()
    env = {"SEKUIRE_API_KEY": API_KEY, "SEKUIRE_API_URL": case.backend.url, "SEKUIRE_WORKSPACE_ID": W}
    case.backend.routes[("POST", "/api/v1/api-keys/verify")] = (200, {"valid": True, "org_id": "org_9"})
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "workspaces": [{"id": W}]})
    done = case.box.run("push", "--json", env=env)
    assert done.code == 0 and done.json["workspace_from"] == "env" and case.published[0]["publisher_org_id"] == "org_9"
    case.backend.routes[("POST", "/api/v1/api-keys/verify")] = (200, {"valid": False, "error": "revoked"})
    done = case.box.run("push", "--json", env=env)
    assert done.code == 1 and code_of(done) == "unauthorized" and len(case.published) == 1
    case.backend.routes[("GET", "/api/v1/me")] = (401, {"error": "unauthorized", "message": "no"})
    assert case.box.run("push", env=env).code == 1


def test_without_an_api_key_nothing_is_sent(case):
    case.box.auth_file.unlink()
    done = case.push("--backend", case.backend.url, "--json")
    assert done.code == 3 and code_of(done) == "config" and "sekuire login" in done.err and case.backend.requests == []
    case.login(backend="https://api.sekuire.ai")
    done = case.push("-r", case.backend.url)
    assert done.code == 3 and case.backend.requests == []


def test_no_secret_key_or_one_that_others_read(case):
    path = case.box.work / ".sekuire" / "secret.key"
    path.chmod(0o644)
    done = case.push("--json")
    assert done.code == 3 and code_of(done) == "config" and "chmod" in done.err
    path.unlink()
    done = case.push("--json")
    assert done.code == 3 and code_of(done) == "io" and "sekuire keygen" in done.err and case.backend.requests == []


@pytest.mark.parametrize("answer, code, word", [
    ((400, {"error": "missing_field", "message": "x"}), 1, "missing_field"), ((401, ""), 1, "unauthorized"), ((403, ""), 1, "forbidden"),
    ((409, {"error": "conflict", "message": "another key"}), 1, "conflict"),
    ((422, {"error": "undeclared", "message": "x"}), 1, "undeclared"),
    ((422, {"error": "compliance", "message": "no", "findings": [{"rule": "tool.blocked", "severity": "error", "message": "T\x1b"}]}),
     1, "compliance"),
    ((402, {"error": "plan_limit_exceeded"}), 1, "forbidden"), ((410, ""), 1, "not_found"), ((400, ""), 1, "content"),
    ((418, "x"), 1, "content"), ((429, ""), 3, "rate_limited"), ((500, ""), 3, "server"),
    ((302, "", {"Location": "https://evil.example/"}), 3, "redirect"),
])
def test_a_publish_that_is_refused_writes_nothing(case, answer, code, word):
    case.backend.routes[("POST", "/api/v1/publish")] = answer
    before = tree(case.box.work)
    done = case.push("--json")
    assert done.code == code and code_of(done) == word, done
    assert tree(case.box.work) == before and "\x1b" not in done.err
    if answer[0] >= 400:
        assert f"sekuire: Registry error ({answer[0]})" in done.err
    assert case.push().code == code
    case.backend.routes[("POST", "/api/v1/publish")] = (204, "")
    assert case.push().code == 0


def test_the_servers_findings_are_lines_and_members_of_the_document(case):
    found = [{"rule": "tool.blocked", "severity": "error", "message": "T\x1b", "pointer": "/tools/0"}, {"message": "alone"}, 7]
    case.backend.routes[("POST", "/api/v1/publish")] = (422, {"error": "compliance", "message": "no", "findings": found})
    done = case.push()
    assert done.code == 1 and "sekuire: Registry error (422): no\n" in done.err
    assert "\nserver: error: T\\u001b (/tools/0) [tool.blocked]\nserver: error: alone\n" in done.out
    document = case.push("--json").json
    assert document["error"]["code"] == "compliance" and document["error"]["message"] == "Registry error (422): no"
    assert [(f["rule"], f["message"], f["pointer"], f["line"]) for f in document["findings"]] == [
        ("tool.blocked", "T\x1b", "/tools/0", None), (None, "alone", None, None)]


def test_a_key_from_a_file(case):
    case.box.auth_file.unlink()
    case.backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "workspaces": [{"id": W}]})
    case.backend.routes[("POST", "/api/v1/api-keys/verify")] = (200, {"valid": True, "org_id": "org_9"})
    case.box.write("key", API_KEY + "\n")
    done = case.push("--registry", case.backend.url, "--api-key-file", "key")
    assert done.code == 0 and case.backend.requests[-1]["headers"]["X-API-Key"] == API_KEY
    assert case.push("--registry", case.backend.url, "--api-key-file", "-", input=API_KEY).code == 0
    done = case.push("--registry", case.backend.url, "--api-key-file", "-", "--policy", "-", "--json", input=API_KEY)
    assert done.code == 2 and code_of(done) == "usage" and len(case.published) == 2


@pytest.mark.parametrize("agents, place", [
    ("x-base: &b\n  k1: {llm: {model: evil}, tools: [shell_exec]}\nagents:\n  <<: *b\n", "20:3"),
    ("agents:\n  <<: {k1: {llm: {model: evil}}}\n", "18:3"),
    ("agents:\n  \"<<\": {k1: {llm: {model: evil}}}\n", "18:3"),
    ("agents: {k1: {tools: [{name: calculator, <<: {name: shell_exec}}]}}\n", "17:42"),
])
def test_what_a_merge_key_brings_in_is_not_overlooked(case, agents, place):
    """Other programs would merge it: neither --force nor a dry run takes it for the name of an agent."""
    case.box.write("sekuire.yml", MANIFEST + agents)
    for args in ((), ("--force",), ("--dry-run",)):
        done = case.push(*args, "--json")
        assert done.code == 1 and code_of(done) == "type" and f"sekuire.yml:{place}: the merge key << is not supported: write the keys out" in done.err, done
    assert case.backend.requests == []


def test_a_tool_has_a_second_name_by_its_function(case):
    case.box.write("sekuire.yml", MANIFEST + "  tools:\n    - {name: calculator, function: {name: shell_exec}}\n")
    done = case.push()
    assert done.code == 1 and "Tool 'calculator' is allowed\n" in done.out and "Tool 'shell_exec' is DENIED\n" in done.out, done
    case.box.write("sekuire.yml", MANIFEST)
    case.box.write("tools.json", [{"name": "calculator", "function": "shell_exec"}])
    for args in ((), ("--force",)):
        done = case.push(*args, "--json")
        assert done.code == 1 and code_of(done) == "type" and "function must be an object, not a string" in done.err, done
    assert case.published == []


def test_a_prompt_outside_is_a_finding(case):
    case.box.write("sekuire.yml", MANIFEST.replace("prompt.md", "../prompt.md"))
    (case.box.path / "prompt.md").write_text("x")
    done = case.push("--json")
    assert done.code == 1 and [f["rule"] for f in done.json["findings"]] == ["manifest.path"]
    case.box.write("sekuire.yml", MANIFEST)
    (case.box.work / "prompt.md").unlink()
    (case.box.work / "prompt.md").symlink_to(case.box.path / "prompt.md")
    assert [f["rule"] for f in case.push("--json").json["findings"]] == ["manifest.path"]


def test_control_characters_of_the_manifest_are_escaped(case):
    case.box.write("tools.json", '[{"name": "a\u202eb"}]')
    case.policy(CONTENT | {"tools": {"allowed_tools": ["x"]}})
    done = case.push()
    assert done.code == 1 and "\u202e" not in done.out + done.err and "Tool 'a\\u202eb' is DENIED" in done.out


def test_a_broken_login_file_is_not_called_a_manifest_error(case):
    case.box.auth_file.write_text("{")
    done = case.push("--json")
    assert done.code == 3 and code_of(done) == "config" and "auth.json" in done.err and case.backend.requests == []


def test_the_documented_example_passes(case):
    """allowed_models gpt-4, allowed_providers openai: an agent with gpt-4 from openai complies, others do not."""
    case.box.write("sekuire.yml", MANIFEST.split("agent:")[0])
    assert case.push().code == 0
    for model in ("gpt-5", "claude-3-opus", "mystery"):
        case.box.write("sekuire.yml", MANIFEST.split("agent:")[0].replace("model: gpt-4", f"model: {model}"))
        assert case.push().code == 1, model
