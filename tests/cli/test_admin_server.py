# SPDX-License-Identifier: Apache-2.0
"""The commands of those who run a workspace, against a sekuired of their own."""
import itertools
import json
import re
import stat

import pytest

from http_support import OTHER_SIGNER, SIGNER, Server, blake3, canonical, now, publish_body, sekuire_id
from support import Box

WORKSPACE = ["id", "name", "public_read", "allow_force", "accept_undeclared", "forbid_weaker", "created_at"]
API_KEY = ["id", "workspace_id", "name", "role", "created_at", "last_used_at", "expires_at", "revoked_at"]
SIGNING_KEY = ["key_id", "public_key", "name", "created_at", "revoked_at"]
OUTCOME = ["policy_id", "workspace_id", "version", "hash", "status", "sequence"]
POLICY = ["policy_id", "version", "hash", "status", "sequence", "signing_key_id", "uploaded_at", "activated_at", "expires_at"]
AGENT = ["sekuire_id", "name", "version", "model", "forced", "compliant", "published_at", "public_key", "findings"]
AUDIT = ["seq", "at", "workspace_id", "actor", "action", "target", "detail", "prev", "hash"]
RULES = {"permissions": {"network": {"enabled": True, "allowed_domains": ["api.openai.com"]}}}
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def workspace(server):
    return server.workspace(f"cli{next(numbers)}")


@pytest.fixture
def admin(tmp_path, server):
    """A box whose user is the server's admin."""
    box = Box(tmp_path)
    box.variables |= {"SEKUIRE_API_URL": server.url, "SEKUIRE_API_KEY": server.admin}
    return box


def document(done, members, code=0):
    """The one document, of exactly these members."""
    assert done.code == code, done
    assert sorted(done.json) == sorted(members), done
    assert done.out.count("\n") == 1
    return done.json


def items(done, members):
    listed = document(done, ["items", "next"])
    assert listed["next"] is None
    for item in listed["items"]:
        assert sorted(item) == sorted(members), item
    return listed["items"]


def refused(done, code, word, *texts):
    """A failure: the exit code, the word in the document, texts on stderr."""
    assert done.code == code, done
    assert list(done.json) in (["error"], ["error", "findings"]) and done.json["error"]["code"] == word, done
    for text in texts:
        assert text in done.err, done


# --- workspaces ---

def test_workspace_create_shows_it_and_says_what_comes_next(admin):
    name = f"new{next(numbers)}"
    made = document(admin.run("workspace", "create", name, "--name", "Team Ä", "--public-read", "--json"), WORKSPACE)
    assert (made["id"], made["name"], made["public_read"], made["allow_force"]) == (name, "Team Ä", True, "publisher")
    other = admin.run("workspace", "create", name + "b")
    assert other.code == 0
    lines = dict(line.split(":", 1) for line in other.out.splitlines())
    assert lines["Workspace"].strip() == name + "b" and lines["Name"].strip() == "-" and lines["Public read"].strip() == "no"
    assert f"sekuire signing-key add --workspace {name}b" in other.err
    assert admin.run("workspace", "create", name + "c", "--quiet").err == ""


def test_workspace_create_refuses_what_exists(admin, workspace):
    refused(admin.run("workspace", "create", workspace.id, "--json"), 1, "exists", "exists already")


@pytest.mark.parametrize("args", [["../etc"], [""], ["a b"], [], ["a", "b"], ["a", "--name", "x\x1by"], ["a", "--name", "\udcff"],
                                  ["a", "--name", "n" * 257], ["a", "--unknown"]])
def test_workspace_create_takes_ids_and_names_alone(admin, server, args):
    before = server.get("/api/v1/workspaces", server.admin).json["items"]
    refused(admin.run("workspace", "create", *args, "--json"), 2, "usage")
    assert server.get("/api/v1/workspaces", server.admin).json["items"] == before


def test_workspace_set_changes_what_is_named_and_nothing_else(admin, workspace):
    admin.variables["SEKUIRE_WORKSPACE_ID"] = workspace.id
    shown = document(admin.run("workspace", "set", workspace.id, "--allow-force", "never", "--json"), WORKSPACE)
    assert (shown["allow_force"], shown["public_read"], shown["name"]) == ("never", False, None)
    shown = document(admin.run("workspace", "set", "--public-read", "--name", "N", "--accept-undeclared=true", "--json"), WORKSPACE)
    assert (shown["allow_force"], shown["public_read"], shown["name"], shown["accept_undeclared"]) == ("never", True, "N", True)
    shown = document(admin.run("workspace", "set", "--public-read", "false", "--name=", "--json"), WORKSPACE)
    assert (shown["public_read"], shown["name"], shown["accept_undeclared"]) == (False, None, True)


@pytest.mark.parametrize("args", [[], ["--allow-force", "everybody"], ["--public-read=maybe"], ["other", "--allow-force", "never"]])
def test_workspace_set_refuses_nothing_and_nonsense(admin, workspace, args):
    refused(admin.run("workspace", "set", *args, "--workspace", workspace.id, "--json"), 2, "usage")


def test_workspace_set_of_what_is_the_admins_is_forbidden_to_others(admin, workspace):
    done = admin.run("workspace", "set", workspace.id, "--public-read", "--json", env={"SEKUIRE_API_KEY": workspace.key("policy-admin")})
    refused(done, 1, "forbidden", "auth whoami")


def test_workspace_list_has_columns_that_stand_below_each_other(admin, workspace):
    assert workspace.id in [row["id"] for row in items(admin.run("workspace", "list", "--json"), WORKSPACE)]
    lines = admin.run("workspace", "list").out.splitlines()
    column = lines[0].index("FORCE")
    assert lines[0].startswith("ID ") and all(line[column:].startswith("publisher") or line[column:].startswith("never") for line in lines[1:])
    assert all(line == line.rstrip() for line in lines)


# --- API keys ---

def test_api_key_is_alone_on_stdout_and_works(admin, workspace):
    made = admin.run("api-key", "create", "--workspace", workspace.id, "--role", "reader", "--name", "ci", "--expires", "30d")
    key = made.out.rstrip("\n")
    assert made.code == 0 and made.out == key + "\n" and key.startswith("sk_live_") and "\n" not in key
    assert key not in made.err and "shown this once" in made.err and "reader" in made.err
    assert admin.run("policy", "list", "--workspace", workspace.id, env={"SEKUIRE_API_KEY": key}).code == 0
    quiet = admin.run("api-key", "create", "--workspace", workspace.id, "--role", "reader", "--quiet")
    assert quiet.code == 0 and quiet.err == "" and quiet.out.startswith("sk_live_")


def test_api_key_document_holds_the_key_once(admin, workspace):
    made = document(admin.run("api-key", "create", "--workspace", workspace.id, "--role", "publisher", "--expires",
                              "2036-01-31T12:00:00+01:00", "--json"), API_KEY + ["api_key"])
    assert (made["role"], made["workspace_id"], made["expires_at"]) == ("publisher", workspace.id, "2036-01-31T11:00:00Z")
    listed = items(admin.run("api-key", "list", "--workspace", workspace.id, "--json"), API_KEY)
    assert [row["id"] for row in listed] == [made["id"]]
    assert made["api_key"] not in admin.run("api-key", "list", "--workspace", workspace.id).out


@pytest.mark.parametrize("args", [[], ["--role", "root"], ["--role", "admin"], ["--role", "reader", "--expires", "2026-01-31T12:00:00Z"], ["--role", "reader", "--expires", "soon"], ["--role", "reader", "--role", "reader"]])
def test_api_key_create_refuses_a_role_or_an_end_that_is_none(admin, workspace, args):
    refused(admin.run("api-key", "create", "--workspace", workspace.id, *args, "--json"), 2, "usage")
    assert workspace.get("/api-keys").json["items"] == []


def test_api_key_create_tells_what_the_server_refuses(admin, workspace):
    refused(admin.run("api-key", "create", "--workspace", workspace.id, "--role", "admin", "--json"), 2, "usage", "reader, publisher or policy-admin",
            "sekuired --new-admin-key")
    done = admin.run("api-key", "create", "--workspace", workspace.id, "--role", "policy-admin", "--json",
                     env={"SEKUIRE_API_KEY": workspace.key("policy-admin")})
    refused(done, 1, "forbidden", "admin's")


@pytest.mark.parametrize("form", ["operand", "option"])
def test_api_key_revoke_ends_a_key(admin, workspace, form):
    made = admin.run("api-key", "create", "--workspace", workspace.id, "--role", "reader", "--json").json
    named = [made["id"]] if form == "operand" else ["--id", made["id"]]
    assert document(admin.run("api-key", "revoke", *named, "--workspace", workspace.id, "--json"), ["id", "workspace_id", "revoked"]) == {
        "id": made["id"], "workspace_id": workspace.id, "revoked": True}
    again = admin.run("api-key", "revoke", *named, "--workspace", workspace.id)
    assert again.code == 0 and again.out == f"Revoked API key {made['id']} of workspace {workspace.id}\n"
    refused(admin.run("policy", "list", "--workspace", workspace.id, "--json", env={"SEKUIRE_API_KEY": made["api_key"]}), 1,
            "unauthorized", "SEKUIRE_API_KEY")
    assert admin.run("api-key", "list", "--workspace", workspace.id, "--json").json["items"][0]["revoked_at"] is not None


def test_api_key_revoke_of_an_unknown_or_foreign_key_is_not_found(admin, workspace, server):
    other = server.workspace(f"cli{next(numbers)}")
    other.key("reader")
    foreign = other.get("/api-keys").json["items"][0]["id"]
    for key in ("ak_0000000000000000", foreign):
        refused(admin.run("api-key", "revoke", key, "--workspace", workspace.id, "--json"), 1, "not_found")
    for args in ([], ["a b"], ["ak_1", "--id", "ak_2"]):
        refused(admin.run("api-key", "revoke", *args, "--workspace", workspace.id, "--json"), 2, "usage")


# --- signing keys ---

def test_signing_key_add_takes_digits_or_a_file(admin, workspace):
    file = admin.write("other.key", OTHER_SIGNER.public.upper() + "\n")
    made = document(admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", file, "--name", "Ada", "--json"), SIGNING_KEY)
    assert (made["public_key"], made["name"], made["revoked_at"]) == (OTHER_SIGNER.public, "Ada", None)
    assert made["key_id"] == "key_" + blake3(bytes.fromhex(OTHER_SIGNER.public))[:16]
    again = admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", OTHER_SIGNER.public, "--json")
    refused(again, 1, "exists", made["key_id"])
    listed = items(admin.run("signing-key", "list", "--workspace", workspace.id, "--json"), SIGNING_KEY)
    assert sorted(row["public_key"] for row in listed) == sorted([SIGNER.public, OTHER_SIGNER.public])


def test_signing_key_add_says_the_fingerprint_and_how_agents_trust_it(admin, workspace):
    done = admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", OTHER_SIGNER.public)
    digest = blake3(bytes.fromhex(OTHER_SIGNER.public))[:32]
    assert done.code == 0
    assert done.out.splitlines()[-1].split(None, 1) == ["Fingerprint:", "BLAKE3:" + " ".join(digest[i:i + 4] for i in range(0, 32, 4))]
    assert f"sekuire trust add --workspace {workspace.id} --public-key {OTHER_SIGNER.public}" in done.err


def test_signing_key_add_refuses_what_is_no_key(admin, workspace):
    small = "0100000000000000000000000000000000000000000000000000000000000000"
    refused(admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", small, "--json"), 2, "usage")
    refused(admin.run("signing-key", "add", "--workspace", workspace.id, "--json"), 2, "usage", "--public-key")
    refused(admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", admin.write("k", small), "--json"), 1, "key_invalid")
    refused(admin.run("signing-key", "add", "--workspace", workspace.id, "--public-key", "gone", "--json"), 3, "io", "gone")
    assert len(workspace.get("/signing-keys").json["items"]) == 1


def test_signing_key_revoke_ends_what_it_signed(admin, workspace):
    workspace.serve(RULES)
    key_id = workspace.get("/signing-keys").json["items"][0]["key_id"]
    done = document(admin.run("signing-key", "revoke", key_id, "--workspace", workspace.id, "--json"), ["key_id", "workspace_id", "revoked"])
    assert done == {"key_id": key_id, "workspace_id": workspace.id, "revoked": True}
    assert workspace.get("/policy/active").status == 404
    file = admin.write("policy.json", workspace.envelope(RULES, version="2"))
    refused(admin.run("policy", "upload", "--file", file, "--json"), 1, "key_not_pinned", "revoked",
            f"sekuire signing-key add --workspace {workspace.id}")


# --- policies ---

def test_policy_upload_takes_the_workspace_from_the_envelope(admin, workspace):
    sequence = now()
    file = admin.write("policy.json", workspace.envelope(RULES, sequence=sequence))
    done = document(admin.run("policy", "upload", "--file", file, "--json"), OUTCOME)
    assert done == {"policy_id": "p", "workspace_id": workspace.id, "version": "1", "hash": json.loads(file.read_text())["hash"],
                    "status": "uploaded", "sequence": sequence}
    again = admin.run("policy", "upload", "--file", "-", input=file.read_bytes())
    assert again.code == 0 and again.out == f"Already uploaded: policy p (v1) to workspace {workspace.id}\n"
    assert f"sekuire policy activate --workspace {workspace.id} --policy-id p --version 1" in again.err


def test_policy_upload_activates_at_once(admin, workspace):
    file = admin.write("policy.json", workspace.envelope(RULES))
    done = admin.run("policy", "upload", "--file", file, "--activate", "--workspace", workspace.id)
    assert done.code == 0 and done.out == f"Uploaded and activated policy p (v1) in workspace {workspace.id}\n" and done.err == ""
    assert workspace.get("/policy/active").json["version"] == "1"


@pytest.mark.parametrize("how", ["option", "variable", "user", "project"])
def test_policy_upload_refuses_another_workspace_than_the_one_named(admin, workspace, how):
    file = admin.write("policy.json", workspace.envelope(RULES))
    args = ["policy", "upload", "--file", file, "--json"]
    if how == "option":
        args += ["--workspace", "elsewhere"]
    elif how == "variable":
        admin.variables["SEKUIRE_WORKSPACE_ID"] = "elsewhere"
    else:
        path = admin.config_file if how == "user" else admin.work / ".sekuire" / "config.yaml"
        path.parent.mkdir(parents=True)
        path.write_text("workspace: elsewhere\n")
    refused(admin.run(*args), 1, "workspace", "elsewhere", workspace.id)
    assert workspace.get("/policies").json["items"] == []
    if how != "option":
        assert admin.run(*args, "--workspace", workspace.id).code == 0


def test_policy_upload_does_not_ask_the_logins_workspace(admin, workspace):
    admin.auth_file.parent.mkdir(parents=True)
    admin.auth_file.write_text(json.dumps({"api_key": workspace.server.admin, "token": None, "device_fingerprint": None, "org_id": None,
                                           "workspace_id": "elsewhere", "backend": workspace.server.url}))
    admin.auth_file.chmod(0o600)
    file = admin.write("policy.json", workspace.envelope(RULES))
    assert admin.run("policy", "upload", "--file", file, env={"SEKUIRE_API_KEY": ""}).code == 0


@pytest.mark.parametrize("change, word", [({"hash": "0" * 64}, "hash"), ({"signature": "0" * 128}, "signature"), ({"signature": None}, "unsigned"),
                                          ({"version": "2"}, "signature"), ({"policy_id": "../x"}, "id")])
def test_policy_upload_sends_nothing_that_does_not_verify(admin, workspace, change, word, backend):
    file = admin.write("policy.json", workspace.envelope(RULES) | change)
    done = admin.run("policy", "upload", "--file", file, "--json", "--backend", backend.url)
    refused(done, 1, word)
    assert done.json["error"]["file"] == str(file) and backend.requests == []


def test_policy_upload_names_missing_and_broken_files(admin):
    refused(admin.run("policy", "upload", "--json"), 2, "usage", "--file")
    refused(admin.run("policy", "upload", "--file", "gone.json", "--json"), 3, "io", "gone.json")
    done = admin.run("policy", "upload", "--file", admin.write("p.json", "{\n  \"a\": tru }"), "--json")
    refused(done, 1, "syntax", "p.json:2:")
    refused(admin.run("policy", "upload", "--file", "-", "--api-key-file", "-", "--json"), 2, "usage", "cannot both be")


def test_policy_upload_shows_each_finding_with_its_place(admin, workspace):
    content = {"permissions": {"network": {"enabled": "yes", "allowed_domains": ["bad domain", "ok.example"]}}}
    file = admin.write("policy.json", workspace.envelope(content))
    done = admin.run("policy", "upload", "--file", file, "--json")
    refused(done, 1, "content", "HTTP 422")
    findings = [line for line in done.err.splitlines() if line.startswith(str(file))]
    assert len(findings) == 2, done
    place = file.read_text()[:file.read_text().index('"yes"')]
    line, column = place.count("\n") + 1, len(place) - place.rfind("\n")
    assert any(f.startswith(f"{file}:{line}:{column}: error: ") and "(/permissions/network/enabled)" in f and f.endswith("[policy.type]")
               for f in findings), done
    assert any("(/permissions/network/allowed_domains/0)" in f and "[policy.pattern]" in f for f in findings), done


def test_policy_activate_and_the_way_back(admin, workspace):
    at = now()
    for version in ("1", "2"):
        file = admin.write("policy.json", workspace.envelope(RULES, version=version, sequence=at + int(version)))
        assert admin.run("policy", "upload", "--file", file).code == 0
    args = ["policy", "activate", "--workspace", workspace.id, "--policy-id", "p", "--version"]
    assert document(admin.run(*args, "2", "--json"), OUTCOME) == {
        "policy_id": "p", "workspace_id": workspace.id, "version": "2", "hash": json.loads(file.read_text())["hash"], "status": "active",
        "sequence": at + 2}
    assert admin.run(*args, "2").out == f"Activated policy p (v2) in workspace {workspace.id}\n"
    back = admin.run(*args, "1", "--json")
    refused(back, 1, "rollback", "HTTP 409", "sign the content again under a higher version")
    assert "higher version" in back.json["error"]["message"]
    refused(admin.run(*args, "9", "--json"), 1, "not_found")
    for missing in (["--policy-id", "p"], ["--version", "1"], ["--policy-id", "a b", "--version", "1"], ["--policy-id", "p", "--version", "a:b"]):
        refused(admin.run("policy", "activate", "--workspace", workspace.id, *missing, "--json"), 2, "usage")


def test_policy_list_and_history_follow_every_page(admin, workspace):
    first = now() - 300
    for n in range(1, 206):
        done = workspace.upload(workspace.envelope(version=str(n), sequence=first + n), activate=n in (3, 204))
        assert done.status == 201, done
    listed = items(admin.run("policy", "list", "--workspace", workspace.id, "--json"), POLICY)
    assert [row["version"] for row in listed] == [str(n) for n in range(1, 206)]
    assert [row["version"] for row in listed if row["status"] == "active"] == ["204"]
    history = items(admin.run("policy", "history", "--workspace", workspace.id, "--json"), POLICY)
    assert [row["version"] for row in history] == ["3", "204"]
    lines = admin.run("policy", "list", "--workspace", workspace.id).out.splitlines()
    assert len(lines) == 206 and lines[0].split() == ["POLICY", "ID", "VERSION", "STATUS", "SEQUENCE", "UPLOADED", "EXPIRES"]
    column = lines[0].index("UPLOADED")
    assert all(re.match(r"20\d\d-\d\d-\d\d \d\d:\d\dZ  -$", line[column:]) and len(line) <= 80 for line in lines[1:])
    assert admin.run("policy", "history", "--workspace", workspace.id).out.splitlines()[1].split()[:2] == ["p", "3"]


# --- agents ---

def test_agents_are_listed_and_shown_by_the_start_of_their_id(admin, workspace):
    workspace.serve({"agent": {"models": {"allowed_models": ["gpt-4"]}}})
    assert workspace.publish(publish_body(name="good")).status == 201
    forced = publish_body(model="gpt-3", name="bad", force=True, reason="a test")
    assert workspace.publish(forced).status == 201
    listed = items(admin.run("agent", "list", "--workspace", workspace.id, "--json"), AGENT)
    assert sorted(row["name"] for row in listed) == ["bad", "good"]
    bad = next(row for row in listed if row["name"] == "bad")
    assert bad["forced"] is True and bad["compliant"] is False and len(bad["findings"]) == 1
    for start in (bad["sekuire_id"], bad["sekuire_id"][:8], bad["sekuire_id"][:20].upper()):
        assert document(admin.run("agent", "show", start, "--workspace", workspace.id, "--json"), AGENT) == bad
    shown = admin.run("agent", "show", bad["sekuire_id"], "--workspace", workspace.id).out
    assert f"Sekuire ID: {bad['sekuire_id']}\n" in shown, shown
    assert "Forced:" in shown and bad["findings"][0]["message"] in shown
    assert bad["sekuire_id"][:12] in admin.run("agent", "list", "--workspace", workspace.id).out


def test_agent_show_knows_only_the_workspaces_own(admin, workspace, server):
    other = server.workspace(f"cli{next(numbers)}")
    other.serve({})
    assert other.publish(publish_body(name="elsewhere", prompt="Elsewhere.")).status == 201
    agent = sekuire_id("gpt-4", "Elsewhere.")[0]
    refused(admin.run("agent", "show", agent, "--workspace", workspace.id, "--json"), 1, "not_found", workspace.id)
    assert document(admin.run("agent", "show", agent, "--json"), AGENT)["name"] == "elsewhere"
    for wrong in ("abc", "g" * 64, "0" * 65):
        refused(admin.run("agent", "show", wrong, "--json"), 2, "usage")
    refused(admin.run("agent", "show", agent[:12], "--json"), 2, "usage")


def test_agent_show_needs_no_key_where_the_public_may_read(admin, workspace):
    workspace.change(public_read=True)
    workspace.serve({})
    assert workspace.publish(publish_body(name="open", prompt="Open.")).status == 201
    agent = sekuire_id("gpt-4", "Open.")[0]
    shown = document(admin.run("agent", "show", agent, "--workspace", workspace.id, "--json", env={"SEKUIRE_API_KEY": ""}), AGENT)
    assert shown["name"] == "open" and shown["findings"] is None


# --- audit ---

def test_audit_rows_are_whole_enough_to_verify_them_elsewhere(admin, workspace):
    workspace.serve(RULES)
    rows = items(admin.run("audit", "list", "--workspace", workspace.id, "--json"), AUDIT)
    assert rows == workspace.audit() and len(rows) == 5
    for row in rows:
        assert blake3(canonical({k: v for k, v in row.items() if k != "hash"})) == row["hash"]
    lines = admin.run("audit", "list", "--workspace", workspace.id).out.splitlines()
    assert lines[0].split() == ["SEQ", "AT", "ACTOR", "ACTION", "TARGET"] and lines[1].split()[0] == "1" and len(lines) == 6


def test_audit_verify_says_entries_and_head(admin, workspace):
    workspace.serve(RULES)
    rows = workspace.audit()
    head = rows[-1]["hash"]
    assert admin.run("audit", "verify", "--workspace", workspace.id, "--json").json == {"intact": True, "entries": len(rows), "head": head}
    done = admin.run("audit", "verify", "--workspace", workspace.id, env={"SEKUIRE_API_KEY": workspace.key("policy-admin")})
    assert done.code == 0 and done.out == f"The audit chain of workspace {workspace.id} is intact: {len(rows)} entries, head {head}\n"
    refused(admin.run("audit", "verify", "--workspace", workspace.id, "--json", env={"SEKUIRE_API_KEY": workspace.key("reader")}), 1, "forbidden")


# --- who, and with which key ---

def test_whoami_says_whose_key_it_is(admin, workspace):
    who = document(admin.run("auth", "whoami", "--json", env={"SEKUIRE_API_KEY": workspace.key("reader")}),
                   ["id", "email", "organization", "role", "workspaces", "backend"])
    assert (who["role"], who["email"], who["workspaces"]) == ("reader", f"the reader@{workspace.id}", [{"id": workspace.id, "name": workspace.id}])
    text = admin.run("auth", "whoami", "--backend-url", workspace.server.url, env={"SEKUIRE_API_URL": "http://127.0.0.1:1"})
    assert text.code == 0 and "Role:         admin\n" in text.out and workspace.server.url in text.out
    refused(admin.run("auth", "whoami", "--json", env={"SEKUIRE_API_KEY": "sk_live_wrong"}), 1, "unauthorized")


def test_the_key_may_come_from_a_file_or_standard_input(admin, workspace):
    file = admin.write("admin.key", workspace.server.admin + "\n", 0o600)
    for key_file, sent in ((file, ""), ("-", workspace.server.admin)):
        done = admin.run("signing-key", "list", "--workspace", workspace.id, "--api-key-file", key_file, input=sent,
                         env={"SEKUIRE_API_KEY": "sk_live_wrong"})
        assert done.code == 0, done
    refused(admin.run("signing-key", "list", "--workspace", workspace.id, "--api-key-file", "gone", "--json"), 3, "io")


def test_without_a_key_or_a_workspace_nothing_is_asked(admin, workspace):
    refused(admin.run("api-key", "list", "--workspace", workspace.id, "--json", env={"SEKUIRE_API_KEY": ""}), 3, "config", "sekuire login")
    refused(admin.run("api-key", "list", "--json"), 2, "usage", "--workspace")
    refused(admin.run("api-key", "list", "--workspace", "a/b", "--json"), 2, "usage")
    admin.variables["SEKUIRE_WORKSPACE_ID"] = workspace.id
    assert admin.run("api-key", "list", "--json").code == 0


def test_a_stored_key_goes_only_where_it_belongs(admin, workspace, backend):
    file = admin.write("key", workspace.key("policy-admin"), 0o600)
    assert admin.run("login", "--api-key-file", file, env={"SEKUIRE_API_KEY": ""}).code == 0
    assert stat.S_IMODE(admin.auth_file.stat().st_mode) == 0o600
    admin.variables["SEKUIRE_API_KEY"] = ""
    assert admin.run("api-key", "list").code == 0
    refused(admin.run("api-key", "list", "--backend", backend.url, "--json"), 3, "config", backend.url)
    assert backend.requests == []


def test_a_foreign_workspace_is_not_found(admin, workspace, server):
    other = server.workspace(f"cli{next(numbers)}")
    for command in (["policy", "list"], ["policy", "history"], ["api-key", "list"], ["signing-key", "list"], ["agent", "list"], ["audit", "list"],
                    ["audit", "verify"]):
        refused(admin.run(*command, "--workspace", other.id, "--json", env={"SEKUIRE_API_KEY": workspace.key("policy-admin")}), 1, "not_found")


COMMANDS = ["workspace create", "workspace set", "workspace list", "api-key create", "api-key list", "api-key revoke", "signing-key add",
            "signing-key list", "signing-key revoke", "policy upload", "policy activate", "policy list", "policy history", "agent list",
            "agent show", "audit list", "audit verify", "auth whoami"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(box, command):
    done = box.run(*command.split(), "--help")
    assert done.code == 0 and done.err == ""
    assert f"Usage: sekuire {command}" in done.out and f"Example:\n  sekuire {command}" in done.out
    assert "--backend" in done.out and "--api-key-file FILE|-" in done.out and "--json" in done.out and "--quiet" in done.out
