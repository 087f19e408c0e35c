# SPDX-License-Identifier: Apache-2.0
"""The audit chains, recomputed by code that shares nothing with the server."""
import sqlite3

import pytest
from http_support import blake3, canonical, publish_body

MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}
MEMBERS = {"seq", "at", "workspace_id", "actor", "action", "target", "detail", "prev", "hash"}


def verify(rows):
    """Walks a chain: the hash of its last row."""
    previous = "0" * 64
    for number, row in enumerate(rows, 1):
        assert set(row) == MEMBERS and row["seq"] == number and row["prev"] == previous
        assert blake3(canonical({n: v for n, v in row.items() if n != "hash"})) == row["hash"]
        previous = row["hash"]
    return previous


def everything(server, workspace):
    """One of each change, and refusals and repetitions between them."""
    reader = server.post(f"{workspace.base}/api-keys", {"role": "reader", "name": "Zoë \"x\""}, server.admin).json
    workspace.serve(MODELS, version="1", sequence=1)
    workspace.upload(workspace.envelope(MODELS, version="1", sequence=1))
    workspace.upload(workspace.envelope(MODELS, version="2", sequence=2))
    workspace.activate("p", "2")
    workspace.activate("p", "2")
    workspace.activate("p", "1")
    workspace.change(accept_undeclared=True)
    body = publish_body(model="claude-3", name="naïve") | {"force": True, "reason": "why\nnot"}
    workspace.publish(body)
    workspace.publish(publish_body(model="claude-3", name="refused"))
    server.request("DELETE", f"{workspace.base}/agents/{body['sekuire_id']}", key=server.admin)
    server.request("DELETE", f"{workspace.base}/api-keys/{reader['id']}", key=server.admin)
    key = workspace.get("/signing-keys").json["items"][0]["key_id"]
    server.request("DELETE", f"{workspace.base}/signing-keys/{key}", key=server.admin)


def test_every_change_leaves_one_row_and_the_chain_holds(server, workspace):
    workspace.key("policy-admin"), workspace.key("publisher")
    before = len(workspace.audit())
    everything(server, workspace)
    rows = workspace.audit()
    verify(rows)
    assert rows[0]["action"] == "workspace.create" and {r["workspace_id"] for r in rows} == {workspace.id}
    assert [r["action"] for r in rows[before:]] == [
        "api_key.create", "policy.upload", "policy.activate", "policy.upload", "policy.activate", "workspace.change", "agent.publish",
        "agent.unlist", "api_key.revoke", "signing_key.revoke"]


def test_a_row_says_who_did_what_to_what(workspace):
    workspace.serve(MODELS, sequence=9)
    keys = {k["role"]: k["id"] for k in workspace.get("/api-keys").json["items"]}
    row = workspace.audit()[-1]
    assert (row["actor"], row["action"], row["target"]) == (keys["policy-admin"], "policy.activate", "p:1")
    assert row["detail"]["sequence"] == 9 and row["at"].endswith("Z")


def test_the_installation_has_a_chain_of_its_own(own_server):
    own_server.workspace("one"), own_server.workspace("two")
    rows = own_server.get("/api/v1/audit", own_server.admin).json["items"]
    verify(rows)
    assert [r["action"] for r in rows] == ["installation.create", "api_key.create", "workspace.create", "workspace.create"]
    assert [r["workspace_id"] for r in rows] == [None] * 4


def test_chains_go_on_after_a_restart(own_server):
    workspace = own_server.workspace("w")
    head = verify(workspace.audit())
    own_server.restart()
    workspace.change(public_read=True)
    rows = workspace.audit()
    verify(rows)
    assert rows[-1]["prev"] == head


def test_no_secret_is_in_any_row(server, workspace):
    secrets = [workspace.key(role)[8:] for role in ("reader", "publisher", "policy-admin", "admin")]
    text = str(workspace.audit()) + str(server.get("/api/v1/audit", server.admin).json)
    assert "ak_" in text and not [s for s in secrets if s in text]


def test_the_database_lets_no_row_be_changed_or_removed(own_server):
    own_server.workspace("w")
    assert own_server.stop() == 0
    with sqlite3.connect(own_server.data / "sekuired.db") as database:
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.DatabaseError, match="audit rows never"):
                database.execute(statement)


def test_an_altered_row_breaks_the_chain(server, workspace):
    workspace.change(public_read=True)
    rows = workspace.audit()
    verify(rows)
    rows[0]["detail"]["name"] = "another"
    with pytest.raises(AssertionError):
        verify(rows)
