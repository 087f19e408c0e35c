# SPDX-License-Identifier: Apache-2.0
"""Workspaces, API keys and signing keys."""
import pytest
from http_support import AGENT, OTHER_SIGNER, SIGNER, now, stamp

ROLES = ["reader", "publisher", "policy-admin", "admin"]


def test_a_new_workspace_has_the_documented_members_and_defaults(server):
    made = server.post("/api/v1/workspaces", {"id": "fresh", "name": "Fresh"}, server.admin)
    assert made.status == 201
    row = made.json
    assert list(row) == ["id", "name", "public_read", "allow_force", "accept_undeclared", "forbid_weaker", "created_at"]
    assert row | {"created_at": 0} == {"id": "fresh", "name": "Fresh", "public_read": False, "allow_force": "publisher",
                                       "accept_undeclared": False, "forbid_weaker": False, "created_at": 0}
    assert row in server.get("/api/v1/workspaces", server.admin).json["items"]


def test_a_workspace_id_is_taken_once(server, workspace):
    assert server.post("/api/v1/workspaces", {"id": workspace.id}, server.admin).error == (409, "exists")


@pytest.mark.parametrize("body, error", [
    ({}, "missing_field"), ({"id": None}, "missing_field"), ({"id": 5}, "type"), ({"id": "-a"}, "id"), ({"id": ""}, "id"),
    ({"id": "a/b"}, "id"), ({"id": "a" * 129}, "id"), ({"id": "x1", "public_read": "yes"}, "type"), ({"id": "x1", "name": ""}, "type"),
    ({"id": "x1", "name": "a\u202eb"}, "type"), ({"id": "x1", "name": "a" * 257}, "type"), ({"id": "x1", "nmae": "a"}, "unknown_key"),
    ([], "type"), (b"", "syntax"), (b"{", "syntax"), (b'{"id":"x1","id":"x2"}', "duplicate_key"), (b'{"id":"\xff"}', "utf8"),
    (b"[" * 65 + b"]" * 65, "too_deep"),
])
def test_a_malformed_workspace_is_400_with_its_word(server, body, error):
    assert server.post("/api/v1/workspaces", body, server.admin).error == (400, error)
    assert "x1" not in [w["id"] for w in server.get("/api/v1/workspaces", server.admin).json["items"]]


def test_where_the_body_is_wrong_is_said(server):
    answer = server.post("/api/v1/workspaces", b'{"id":"x1",\n "nmae":1}', server.admin)
    assert answer.json["message"] == "line 2, column 2: unknown member nmae"


@pytest.mark.parametrize("role", ["reader", "publisher", "policy-admin"])
def test_workspaces_are_the_admins_to_make_and_list(server, workspace, role):
    assert server.post("/api/v1/workspaces", {"id": "never"}, workspace.key(role)).error == (403, "forbidden")
    assert server.get("/api/v1/workspaces", workspace.key(role)).error == (403, "forbidden")


def test_patch_changes_what_it_names_and_nothing_else(workspace):
    base = workspace.server.request("PATCH", workspace.base, {}, workspace.server.admin).json
    changed = workspace.server.request("PATCH", workspace.base, {"allow_force": "never", "public_read": True}, workspace.server.admin)
    assert changed.status == 200 and changed.json == base | {"allow_force": "never", "public_read": True}


@pytest.mark.parametrize("body, error", [({"allow_force": "always"}, "type"), ({"id": "b"}, "unknown_key"), ({"public_read": 1}, "type")])
def test_a_malformed_patch_is_400(workspace, body, error):
    assert workspace.server.request("PATCH", workspace.base, body, workspace.server.admin).error == (400, error)


def test_a_policy_admin_changes_force_and_undeclared_of_its_own_workspace_only(server, workspace):
    key = workspace.key("policy-admin")
    done = server.request("PATCH", workspace.base, {"allow_force": "policy-admin", "accept_undeclared": True}, key)
    assert done.status == 200 and done.json["allow_force"] == "policy-admin" and done.json["accept_undeclared"] is True
    for body in ({"public_read": True}, {"name": "mine"}):
        assert server.request("PATCH", workspace.base, body, key).error == (403, "forbidden")
    other = server.workspace(f"{workspace.id}-other")
    assert server.request("PATCH", other.base, {"allow_force": "never"}, key).error == (404, "not_found")
    assert server.request("PATCH", workspace.base, {"allow_force": "never"}, workspace.key("publisher")).error == (403, "forbidden")


def test_forbid_weaker_is_refused_while_policies_cannot_be_compared(server, workspace):
    for key in (server.admin, workspace.key("policy-admin")):
        answer = server.request("PATCH", workspace.base, {"forbid_weaker": True}, key)
        assert answer.error == (501, "usage") and "compare" in answer.json["message"]
        assert server.request("PATCH", workspace.base, {"forbid_weaker": False}, key).json["forbid_weaker"] is False
    assert server.request("PATCH", workspace.base, {"forbid_weaker": True}, workspace.key("publisher")).error == (403, "forbidden")
    assert server.request("PATCH", workspace.base, {"forbid_weaker": False}, server.admin).json["forbid_weaker"] is False


def test_a_patch_without_a_change_leaves_no_audit_row(workspace):
    before = len(workspace.audit())
    workspace.change(public_read=False)
    assert len(workspace.audit()) == before
    workspace.change(public_read=True)
    assert [r["action"] for r in workspace.audit()[before:]] == ["workspace.change"]


def test_lists_come_in_pages(server):
    for i in range(5):
        server.workspace(f"page{i}")
    seen, after = [], ""
    while True:
        page = server.get(f"/api/v1/workspaces?limit=2{after}", server.admin).json
        assert len(page["items"]) <= 2
        seen += [w["id"] for w in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [w for w in seen if w.startswith("page")] == [f"page{i}" for i in range(5)] and len(set(seen)) == len(seen)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=", "limit=99999999999999999999"])
def test_a_page_holds_1_to_200_rows(server, query):
    assert server.get(f"/api/v1/workspaces?{query}", server.admin).error == (400, "type")


def test_an_after_that_is_none_is_refused(workspace):
    assert workspace.get("/audit?after=x").error == (400, "type")


# --- API keys ---

def test_an_api_key_is_shown_once_and_works_at_once(server, workspace):
    made = server.post(f"{workspace.base}/api-keys", {"role": "reader", "name": "ci"}, server.admin)
    assert made.status == 201 and made.json["api_key"].startswith("sk_live_") and len(made.json["api_key"]) == 72
    row = {n: v for n, v in made.json.items() if n != "api_key"}
    assert list(row) == ["id", "workspace_id", "name", "role", "created_at", "last_used_at", "expires_at", "revoked_at"]
    assert row | {"id": 0, "created_at": 0} == {"id": 0, "workspace_id": workspace.id, "name": "ci", "role": "reader", "created_at": 0,
                                                "last_used_at": None, "expires_at": None, "revoked_at": None}
    listed = workspace.get("/api-keys").json["items"]
    assert row in listed and "api_key" not in listed[0]
    assert server.get("/api/v1/me", made.json["api_key"]).json["id"] == row["id"]
    assert [k for k in workspace.get("/api-keys").json["items"] if k["id"] == row["id"]][0]["last_used_at"] is not None


def test_api_keys_are_stored_only_as_hashes(own_server):
    key = own_server.workspace("w").key("reader")
    own_server.get("/api/v1/me", key)
    assert own_server.stop() == 0
    stored = b"".join(p.read_bytes() for p in own_server.data.iterdir() if p.name.startswith("sekuired.db"))
    assert b"ak_" in stored and key[8:].encode() not in stored and own_server.admin[8:].encode() not in stored
    assert key[8:] not in own_server.log.read_text()


@pytest.mark.parametrize("body, error", [
    ({}, "missing_field"), ({"role": "boss"}, "type"), ({"role": "admin"}, "type"), ({"role": "reader", "expires_at": "soon"}, "type"),
    ({"role": "reader", "expires_at": "2020-01-01T00:00:00Z"}, "type"), ({"role": "reader", "key": "x"}, "unknown_key"),
])
def test_a_malformed_api_key_is_400(workspace, body, error):
    assert workspace.server.post(f"{workspace.base}/api-keys", body, workspace.server.admin).error == (400, error)


def test_a_policy_admin_makes_and_revokes_keys_of_readers_and_publishers_only(server, workspace):
    key = workspace.key("policy-admin")
    for role in ("reader", "publisher"):
        made = server.post(f"{workspace.base}/api-keys", {"role": role}, key)
        assert made.status == 201
        assert server.request("DELETE", f"{workspace.base}/api-keys/{made.json['id']}", key=key).status == 204
    assert server.post(f"{workspace.base}/api-keys", {"role": "policy-admin"}, key).error == (403, "forbidden")
    assert server.post(f"{workspace.base}/api-keys", {"role": "admin"}, key).error == (403, "forbidden")
    own = [k for k in workspace.get("/api-keys").json["items"] if k["role"] == "policy-admin"][0]
    assert server.request("DELETE", f"{workspace.base}/api-keys/{own['id']}", key=key).error == (403, "forbidden")
    for role in ("reader", "publisher"):
        assert server.post(f"{workspace.base}/api-keys", {"role": "reader"}, workspace.key(role)).error == (403, "forbidden")
        assert workspace.get("/api-keys", role).error == (403, "forbidden")


def test_revoking_an_api_key_is_final_and_idempotent(server, workspace):
    made = server.post(f"{workspace.base}/api-keys", {"role": "reader"}, server.admin).json
    path = f"{workspace.base}/api-keys/{made['id']}"
    before = len(workspace.audit())
    assert server.get("/api/v1/me", made["api_key"]).status == 200
    for _ in range(2):
        gone = server.request("DELETE", path, key=server.admin)
        assert (gone.status, gone.body) == (204, b"")
    assert server.get("/api/v1/me", made["api_key"]).error == (401, "unauthorized")
    assert [k for k in workspace.get("/api-keys").json["items"] if k["id"] == made["id"]][0]["revoked_at"] is not None
    assert [r["action"] for r in workspace.audit()[before:]] == ["api_key.revoke"]


def test_an_api_key_of_another_workspace_is_unknown(server, workspace):
    other = server.workspace(f"{workspace.id}-b")
    made = server.post(f"{other.base}/api-keys", {"role": "reader"}, server.admin).json
    assert server.request("DELETE", f"{workspace.base}/api-keys/{made['id']}", key=server.admin).error == (404, "not_found")
    assert server.request("DELETE", f"{workspace.base}/api-keys/ak_none", key=server.admin).error == (404, "not_found")


def test_an_api_key_ends_at_its_time(own_server):
    workspace = own_server.workspace("w")
    made = own_server.post(f"{workspace.base}/api-keys", {"role": "reader", "expires_at": stamp(now() + 86400)}, own_server.admin).json
    assert own_server.get("/api/v1/me", made["api_key"]).status == 200
    own_server.restart(at="+2d")
    assert own_server.get("/api/v1/me", made["api_key"]).error == (401, "unauthorized")
    assert own_server.post("/api/v1/api-keys/verify", {"api_key": made["api_key"]}).json["valid"] is False


# --- signing keys ---

def test_a_signing_key_is_registered_and_listed(server, workspace):
    made = workspace.add_signer(OTHER_SIGNER, name="second")
    assert made.status == 201 and list(made.json) == ["key_id", "public_key", "name", "created_at", "revoked_at"]
    assert made.json["public_key"] == OTHER_SIGNER.public and made.json["name"] == "second" and made.json["revoked_at"] is None
    assert made.json in workspace.get("/signing-keys", "reader").json["items"]


def test_a_signing_key_is_registered_once_and_a_revoked_one_never_again(server, workspace):
    made = workspace.add_signer(OTHER_SIGNER).json
    assert workspace.add_signer(OTHER_SIGNER).error == (409, "exists")
    for _ in range(2):
        assert server.request("DELETE", f"{workspace.base}/signing-keys/{made['key_id']}", key=server.admin).status == 204
    assert workspace.add_signer(OTHER_SIGNER).error == (409, "exists")
    assert [r["action"] for r in workspace.audit()].count("signing_key.revoke") == 1
    assert [k for k in workspace.get("/signing-keys").json["items"] if k["key_id"] == made["key_id"]][0]["revoked_at"] is not None


@pytest.mark.parametrize("body, status, error", [
    ({}, 400, "missing_field"), ({"public_key": "00"}, 400, "key_invalid"), ({"public_key": "g" * 64}, 400, "key_invalid"),
    ({"public_key": "01" + "0" * 62}, 400, "key_invalid"), ({"public_key": SIGNER.public, "kid": 1}, 400, "unknown_key"),
])
def test_a_malformed_signing_key_is_refused(workspace, body, status, error):
    assert workspace.server.post(f"{workspace.base}/signing-keys", body, workspace.server.admin).error == (status, error)


@pytest.mark.parametrize("role", ["reader", "publisher", "policy-admin"])
def test_signing_keys_are_the_admins_to_add_and_revoke(server, workspace, role):
    key = workspace.key(role)
    held = workspace.get("/signing-keys", role).json["items"][0]
    assert server.post(f"{workspace.base}/signing-keys", {"public_key": AGENT.public}, key).error == (403, "forbidden")
    assert server.request("DELETE", f"{workspace.base}/signing-keys/{held['key_id']}", key=key).error == (403, "forbidden")


def test_an_unknown_signing_key_cannot_be_revoked(server, workspace):
    assert server.request("DELETE", f"{workspace.base}/signing-keys/key_0000000000000000", key=server.admin).error == (404, "not_found")
