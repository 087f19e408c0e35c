# SPDX-License-Identifier: Apache-2.0
"""Upload, order, activation, history."""
import json

import pytest
from http_support import AGENT, OTHER_SIGNER, SIGNER, Key, blake3, envelope, now, stamp

MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}


def versions(workspace):
    return {(p["policy_id"], p["version"]): p["status"] for p in workspace.get("/policies").json["items"]}


def test_an_upload_is_stored_and_not_served(workspace):
    body = workspace.envelope(MODELS, sequence=5)
    made = workspace.upload(body)
    assert made.status == 201
    assert made.json == {"policy_id": "p", "version": "1", "status": "uploaded", "hash": body["hash"], "sequence": 5}
    assert workspace.get("/policy").error == (404, "no_active_policy")
    row = workspace.get("/policies", "reader").json["items"][0]
    assert list(row) == ["policy_id", "version", "hash", "status", "sequence", "signing_key_id", "uploaded_at", "activated_at", "expires_at"]
    key_id = workspace.get("/signing-keys").json["items"][0]["key_id"]
    assert row | {"uploaded_at": 0} == {"policy_id": "p", "version": "1", "hash": body["hash"], "status": "uploaded", "sequence": 5,
                                        "signing_key_id": key_id, "uploaded_at": 0, "activated_at": None, "expires_at": None}


def test_activate_makes_active_and_the_old_one_superseded(workspace):
    for version, sequence in (("1", 1), ("2", 2)):
        assert workspace.upload(workspace.envelope(MODELS, version=version, sequence=sequence)).status == 201
        done = workspace.activate("p", version)
        assert done.status == 200 and done.json["status"] == "active" and done.json["activated_at"] is not None
    assert versions(workspace) == {("p", "1"): "superseded", ("p", "2"): "active"}
    assert [(h["version"], h["status"]) for h in workspace.get("/history", "reader").json["items"]] == [("1", "superseded"), ("2", "active")]


def test_upload_with_activate_is_one_step(workspace):
    made = workspace.upload(workspace.envelope(MODELS), activate=True)
    assert made.status == 201 and made.json["status"] == "active"
    assert workspace.get("/policy").json["status"] == "active"


def test_the_status_of_the_uploaded_envelope_is_ignored(workspace):
    assert workspace.upload(workspace.envelope(MODELS, status="revoked", activated_at="2001-01-01T00:00:00Z")).status == 201
    stored = workspace.get("/policies/p/versions/1").json
    assert stored["status"] == "uploaded" and stored["activated_at"] is None and stored["updated_at"] is not None


def test_a_version_is_served_in_the_order_of_the_format_with_unknown_members_after(workspace):
    body = {"x_note": {"b": 1, "a": 2}} | workspace.envelope(MODELS, sequence=1)
    assert workspace.upload(dict(reversed(body.items()))).status == 201
    stored = workspace.get("/policies/p/versions/1", "reader")
    assert list(stored.json) == ["policy_id", "workspace_id", "version", "status", "hash", "content", "activated_at", "updated_at",
                                 "signature", "signing_key_id", "signing_public_key", "x_note"]
    assert stored.body.startswith(b'{\n  "policy_id": "p",\n  "workspace_id"')
    same = {n: v for n, v in stored.json.items() if n not in ("status", "updated_at")}
    assert same == {n: v for n, v in body.items() if n not in ("status", "updated_at")}
    assert workspace.get("/policies/p/versions/2").error == (404, "not_found")
    assert workspace.get("/policies/q/versions/1").error == (404, "not_found")


# --- refusals of upload, in their order ---

@pytest.mark.parametrize("change, error", [
    ({"policy_id": None}, "missing_field"), ({"policy_id": 1}, "type"), ({"policy_id": "a:b"}, "id"), ({"version": 1}, "type"),
    ({"version": "1:2"}, "id"), ({"content": []}, "content"), ({"content": None}, "content"), ({"hash": 5}, "type"),
])
def test_form_is_400(workspace, change, error):
    body = workspace.envelope(MODELS, sequence=1) | change
    answer = workspace.upload(body)
    assert answer.status == 400
    assert answer.json["error"] in (error, "missing_field", "type", "content")


@pytest.mark.parametrize("text, error", [(b"", "syntax"), (b"[]", "type"), (b"{}", "missing_field"), (b'{"a":1,"a":2}', "duplicate_key"),
                                         (b"\xef\xbb\xbf{}", "syntax"), (b'{"a":"\\ud800"}', "utf8"), (b"{} x", "syntax")])
def test_text_that_is_no_envelope_is_400(workspace, text, error):
    answer = workspace.upload(text)
    assert answer.status == 400 and answer.json["error"] in (error, "syntax", "utf8")


def test_a_wrong_hash_is_422(workspace):
    assert workspace.upload(workspace.envelope(MODELS) | {"hash": "0" * 64}).error == (422, "hash")
    assert workspace.upload(workspace.envelope(MODELS) | {"content": {}}).error == (422, "hash")
    body = workspace.envelope(MODELS)
    assert workspace.upload(body | {"hash": body["hash"].upper()}).error == (422, "hash")


def test_a_missing_or_wrong_signature_is_422(workspace):
    body = workspace.envelope(MODELS)
    for absent in ({"signature": None}, {"signature": None, "signing_public_key": None}):
        assert workspace.upload(body | absent).error == (422, "unsigned")
    assert workspace.upload({n: v for n, v in body.items() if n != "signature"}).error == (422, "unsigned")
    for wrong in ("0" * 128, "zz", OTHER_SIGNER.sign("x"), body["signature"][:-2]):
        assert workspace.upload(body | {"signature": wrong}).error == (422, "signature")
    assert workspace.upload(body | {"version": "2"}).error == (422, "signature")
    assert versions(workspace) == {}


def test_the_key_is_found_by_its_bytes_never_by_its_id(workspace):
    held = workspace.get("/signing-keys").json["items"][0]["key_id"]
    assert workspace.upload(workspace.envelope(MODELS, key=AGENT, signing_key_id=held)).error == (422, "key_not_pinned")
    assert workspace.upload(workspace.envelope(MODELS, signing_key_id="key_of_nobody")).status == 201


def test_a_key_of_another_workspace_only_is_422(server, workspace):
    other = server.workspace(f"{workspace.id}-other")
    other.add_signer(OTHER_SIGNER)
    assert workspace.upload(workspace.envelope(MODELS, key=OTHER_SIGNER)).error == (422, "key_not_pinned")


def test_a_revoked_key_uploads_and_activates_nothing_and_its_policy_is_no_longer_served(server, workspace):
    workspace.serve(MODELS, sequence=1)
    assert workspace.upload(workspace.envelope(MODELS, version="2", sequence=2)).status == 201
    assert workspace.get("/policy").status == 200
    key = workspace.get("/signing-keys").json["items"][0]
    assert server.request("DELETE", f"{workspace.base}/signing-keys/{key['key_id']}", key=server.admin).status == 204
    assert workspace.get("/policy").error == (404, "no_active_policy")
    assert workspace.upload(workspace.envelope(MODELS, version="3", sequence=3)).error == (422, "key_not_pinned")
    assert workspace.upload(workspace.envelope(MODELS, sequence=1)).error == (422, "key_not_pinned")
    assert workspace.activate("p", "2").error == (422, "key_not_pinned")
    assert workspace.activate("p", "1").error == (422, "key_not_pinned")
    server_rows = [r["action"] for r in workspace.audit()]
    assert server_rows.count("policy.activate") == 1
    workspace.add_signer(OTHER_SIGNER)
    workspace.serve(MODELS, version="4", sequence=4, key=OTHER_SIGNER)
    assert workspace.get("/policy").json["version"] == "4"


def test_a_policy_of_a_revoked_key_stays_out_after_a_restart(own_server):
    workspace = own_server.workspace("w")
    workspace.serve(MODELS)
    key = workspace.get("/signing-keys").json["items"][0]["key_id"]
    own_server.request("DELETE", f"{workspace.base}/signing-keys/{key}", key=own_server.admin)
    own_server.restart()
    assert workspace.get("/policy").error == (404, "no_active_policy")


def test_an_envelope_for_another_workspace_is_422(workspace):
    assert workspace.upload(envelope(MODELS, workspace="elsewhere")).error == (422, "workspace")
    assert workspace.upload(workspace.envelope(MODELS, binding={"workspace_id": "elsewhere"})).error == (422, "workspace")
    assert workspace.upload(envelope(MODELS, workspace="elsewhere", binding={"workspace_id": workspace.id})).error == (422, "workspace")


@pytest.mark.parametrize("content", [
    {"tools": {"allowed_tools": "x"}}, {"agent": {"models": {"allowed_models": ["a*b"]}}}, {"rate_limits": {"per_agent": {"requests_per_minute": -1}}},
    {"tool": {}}, {"agent": {"models": {"alowed_models": []}}}, {"permissions": {"filesystem": {"enabled": True, "allowed_paths": ["~/x"]}}},
    {"tools": None}, {"permissions": {"network": {"enabled": "yes"}}},
])
def test_content_with_lint_errors_is_422_with_findings(workspace, content):
    answer = workspace.upload(workspace.envelope(content))
    assert answer.error == (422, "content")
    finding = answer.json["findings"][0]
    assert finding["severity"] == "error" and finding["pointer"].startswith("/") and finding["message"]
    assert list(finding) == ["rule", "severity", "message", "file", "line", "column", "pointer", "policy_pointer", "value", "hint"]


def with_number(workspace, literal, canonical_literal):
    """An envelope whose content holds one number, written out by hand: its canonical form is not what Python prints."""
    content = '{"binding":{"workspace_id":"%s"},"x-n":%s}'
    digest = blake3((content % (workspace.id, canonical_literal)).encode())
    body = workspace.envelope({}) | {"hash": digest, "signature": SIGNER.sign(f"p:1:{digest}")}
    return json.dumps(body | {"content": 0}).replace('"content": 0', '"content": ' + content % (workspace.id, literal)).encode()


def test_a_number_that_clients_do_not_read_back_as_printed_is_422(workspace):
    answer = workspace.upload(with_number(workspace, "5.684341886080802e-14", "5.684341886080803e-14"))
    assert answer.error == (422, "content") and "line 1" in answer.json["message"]
    assert workspace.upload(with_number(workspace, "0.50e1", "5.0")).status == 201
    assert json.loads(workspace.get("/policies/p/versions/1").body)["content"]["x-n"] == 5.0


def test_a_malformed_binding_is_422(workspace):
    for binding in ({"sequence": "5"}, {"sequence": -1}, {"expires_at": "never"}, {"signing_keys": []}, {"note": 1},
                    {"signing_keys": [SIGNER.public]}):
        assert workspace.upload(workspace.envelope(MODELS, binding=binding)).error == (422, "content"), binding


def test_a_sequence_more_than_a_day_ahead_is_422(workspace):
    assert workspace.upload(workspace.envelope(MODELS, sequence=now() + 86400 + 60)).error == (422, "content")
    assert workspace.upload(workspace.envelope(MODELS, sequence=2**64 - 1)).error == (422, "content")
    assert workspace.upload(workspace.envelope(MODELS, sequence=now() + 86400 - 60)).status == 201


def test_signing_keys_must_be_registered_here_and_name_the_signer(server, workspace):
    def upload(*keys, version="1"):
        return workspace.upload(workspace.envelope(MODELS, version=version, sequence=now(), binding={"signing_keys": [k.public for k in keys]}))
    assert upload(SIGNER, OTHER_SIGNER).error == (422, "content")
    added = workspace.add_signer(OTHER_SIGNER).json
    assert upload(OTHER_SIGNER).error == (422, "content")
    assert upload(SIGNER, OTHER_SIGNER).status == 201
    server.request("DELETE", f"{workspace.base}/signing-keys/{added['key_id']}", key=server.admin)
    assert upload(SIGNER, OTHER_SIGNER, version="2").error == (422, "content")
    assert workspace.activate("p", "1").error == (422, "content")


def test_an_expired_policy_is_422(workspace):
    assert workspace.upload(workspace.envelope(MODELS, binding={"expires_at": stamp(now() - 1)})).error == (422, "expired")
    assert workspace.upload(workspace.envelope(MODELS, binding={"expires_at": stamp(now() + 3600)})).status == 201
    assert workspace.get("/policies").json["items"][0]["expires_at"] is not None


def test_dates_are_checked_again_at_activation(own_server):
    workspace = own_server.workspace("w")
    assert workspace.upload(workspace.envelope(MODELS, binding={"expires_at": stamp(now() + 3600)})).status == 201
    own_server.restart(at="+2h")
    assert workspace.activate("p", "1").error == (422, "expired")
    again = workspace.envelope(MODELS, binding={"expires_at": workspace.get("/policies").json["items"][0]["expires_at"]})
    assert workspace.upload(again).status == 200
    assert workspace.upload(again, activate=True).error == (422, "expired")
    assert workspace.get("/policy").error == (404, "no_active_policy")


def test_a_policy_that_is_not_valid_yet_is_kept_but_not_activated(workspace):
    assert workspace.upload(workspace.envelope(MODELS, binding={"not_before": stamp(now() + 3600)})).status == 201
    assert workspace.activate("p", "1").error == (422, "not_yet_valid")


def test_the_first_refusal_in_the_order_is_reported(workspace):
    bad_content = {"tools": None}
    body = workspace.envelope(bad_content, key=AGENT, sequence=2**64 - 1)
    assert workspace.upload(body | {"hash": "0" * 64, "signature": "00"}).error == (422, "hash")
    assert workspace.upload(body | {"signature": "0" * 128}).error == (422, "signature")
    assert workspace.upload(body).error == (422, "key_not_pinned")
    assert workspace.upload(workspace.envelope(bad_content, binding={"expires_at": stamp(now() - 1)})).error == (422, "content")
    workspace.serve(MODELS, version="5", sequence=50)
    assert workspace.upload(workspace.envelope(MODELS, version="1", sequence=1, binding={"expires_at": stamp(now() - 1)})).error == (422, "expired")
    assert workspace.upload(workspace.envelope(MODELS, version="1", sequence=1)).error == (409, "rollback")


# --- order ---

def test_a_version_must_be_above_every_earlier_one_of_its_policy(workspace):
    assert workspace.upload(workspace.envelope(MODELS, version="1.9", sequence=1)).status == 201
    for version in ("1.9", "1.8", "1", "0.99", "1.09"):
        other = workspace.envelope({"x-note": version}, version=version, sequence=100)
        assert workspace.upload(other).error == (409, "rollback"), version
    assert workspace.upload(workspace.envelope(MODELS, version="1.10", sequence=2)).status == 201
    assert workspace.upload(workspace.envelope(MODELS, version="10", sequence=3)).status == 201


def test_a_sequence_must_be_above_the_highest_ever_active(workspace):
    workspace.serve(MODELS, version="1", sequence=100)
    for sequence in (99, 100, 0):
        assert workspace.upload(workspace.envelope(MODELS, version="2", sequence=sequence)).error == (409, "rollback"), sequence
        assert workspace.upload(workspace.envelope(MODELS, policy_id="other", sequence=sequence)).error == (409, "rollback"), sequence
    assert workspace.upload(workspace.envelope(MODELS, version="2")).error == (409, "rollback")
    assert workspace.upload(workspace.envelope(MODELS, policy_id="other", version="1", sequence=101)).status == 201


def test_a_sequence_that_was_only_uploaded_does_not_count(workspace):
    assert workspace.upload(workspace.envelope(MODELS, version="1", sequence=100)).status == 201
    assert workspace.upload(workspace.envelope(MODELS, version="2", sequence=50), activate=True).status == 201
    assert workspace.activate("p", "1").error == (409, "rollback")


def test_without_sequences_another_policy_id_is_refused_after_the_first_activation(workspace):
    workspace.serve(MODELS, version="1")
    assert workspace.upload(workspace.envelope(MODELS, policy_id="other", version="9")).error == (409, "rollback")
    assert workspace.upload(workspace.envelope(MODELS, version="r2")).error == (409, "rollback")
    assert workspace.upload(workspace.envelope(MODELS, version="2"), activate=True).status == 201
    assert workspace.upload(workspace.envelope(MODELS, policy_id="other", version="1", sequence=1), activate=True).status == 201


def test_what_was_active_and_is_lower_is_never_activated_again(workspace):
    workspace.serve(MODELS, version="1", sequence=1)
    workspace.serve(MODELS, version="2", sequence=2)
    refused = workspace.activate("p", "1")
    assert refused.error == (409, "rollback") and "sign the content again" in refused.json["message"]
    assert workspace.upload(workspace.envelope(MODELS, version="1", sequence=1)).status == 200
    assert workspace.upload(workspace.envelope(MODELS, version="1", sequence=1), activate=True).error == (409, "rollback")
    assert versions(workspace) == {("p", "1"): "superseded", ("p", "2"): "active"}
    assert workspace.get("/policy").json["version"] == "2"


def test_an_older_upload_is_not_activated_after_a_newer_one(workspace):
    for version in ("1", "2"):
        assert workspace.upload(workspace.envelope(MODELS, version=version)).status == 201
    assert workspace.activate("p", "2").status == 200
    assert workspace.activate("p", "1").error == (409, "rollback")


def test_the_same_bytes_again_are_200_and_leave_no_row(workspace):
    body = json.dumps(workspace.envelope(MODELS, sequence=1)).encode()
    assert workspace.upload(body).status == 201
    rows = len(workspace.audit())
    again = workspace.upload(body)
    assert again.status == 200 and again.json["status"] == "uploaded"
    assert len(workspace.audit()) == rows
    activated = workspace.upload(body, activate=True)
    assert activated.status == 200 and activated.json["status"] == "active"
    assert [r["action"] for r in workspace.audit()[rows:]] == ["policy.activate"]
    assert workspace.upload(body, activate=True).status == 200
    assert len(workspace.audit()) == rows + 1


def test_the_same_version_in_other_bytes_is_409(workspace):
    body = workspace.envelope(MODELS)
    assert workspace.upload(body).status == 201
    assert workspace.upload(json.dumps(body, indent=2).encode()).error == (409, "rollback")


def test_activating_what_is_active_is_200_without_a_row(workspace):
    workspace.serve(MODELS)
    rows = workspace.audit()
    before = workspace.get("/policy")
    assert workspace.activate("p", "1").status == 200
    assert workspace.audit() == rows and workspace.get("/policy").headers["ETag"] == before.headers["ETag"]
    assert len(workspace.get("/history").json["items"]) == 1


def test_a_refused_activation_leaves_the_upload_out_too(workspace):
    workspace.serve(MODELS, version="1", sequence=10)
    rows = len(workspace.audit())
    refused = workspace.envelope(MODELS, version="2", sequence=11, binding={"not_before": stamp(now() + 3600)})
    assert workspace.upload(refused, activate=True).error == (422, "not_yet_valid")
    assert versions(workspace) == {("p", "1"): "active"} and len(workspace.audit()) == rows


# --- binding ---

def test_an_unbound_policy_is_taken_from_a_key_of_this_workspace_alone(server):
    alone, shared = Key("alone"), Key("shared")
    one, two = server.workspace("unbound-one"), server.workspace("unbound-two")
    one.add_signer(alone), one.add_signer(shared)
    two_key = two.add_signer(shared).json["key_id"]
    assert one.upload(one.envelope(MODELS, key=shared, bound=False)).error == (422, "workspace")
    server.request("DELETE", f"{two.base}/signing-keys/{two_key}", key=server.admin)
    assert one.upload(one.envelope(MODELS, key=shared, bound=False)).error == (422, "workspace")
    assert one.upload(one.envelope(MODELS, key=alone, bound=False), activate=True).status == 201


def test_an_unbound_policy_is_refused_after_a_bound_one(server):
    key = Key("bound-then-not")
    workspace = server.workspace("bound-then-not")
    workspace.add_signer(key)
    assert workspace.upload(workspace.envelope(MODELS, key=key, bound=False, version="1")).status == 201
    assert workspace.upload(workspace.envelope(MODELS, key=key, version="2"), activate=True).status == 201
    assert workspace.upload(workspace.envelope(MODELS, key=key, bound=False, version="3")).error == (422, "workspace")
    assert workspace.activate("p", "1").error in [(409, "rollback"), (422, "workspace")]


def test_an_unbound_policy_is_refused_after_a_bound_upload(server):
    key = Key("bound-upload-then-not")
    workspace = server.workspace("bound-upload-then-not")
    workspace.add_signer(key)
    assert workspace.upload(workspace.envelope(MODELS, key=key, version="1")).status == 201
    assert workspace.upload(workspace.envelope(MODELS, key=key, bound=False, version="2")).error == (422, "workspace")


def test_an_unbound_policy_is_not_activated_once_its_key_is_known_elsewhere(server):
    key = Key("later-elsewhere")
    workspace = server.workspace("later-elsewhere")
    workspace.add_signer(key)
    assert workspace.upload(workspace.envelope(MODELS, key=key, bound=False)).status == 201
    server.workspace("later-elsewhere-2").add_signer(key)
    assert workspace.activate("p", "1").error == (422, "workspace")


# --- requests ---

def test_only_policy_admins_upload_and_activate(workspace):
    workspace.upload(workspace.envelope(MODELS))
    for role in ("reader", "publisher"):
        assert workspace.upload(workspace.envelope(MODELS, version="2"), role=role).error == (403, "forbidden")
        assert workspace.activate("p", "1", role).error == (403, "forbidden")


def test_activation_of_an_unknown_version_is_404(workspace):
    assert workspace.activate("p", "1").error == (404, "not_found")


def test_dry_run_is_not_offered_and_changes_nothing(server, workspace):
    workspace.upload(workspace.envelope(MODELS))
    path = f"{workspace.base}/policies/p/versions/1/activate"
    assert server.request("POST", f"{path}?dry_run=true", key=server.admin).status == 501
    assert versions(workspace) == {("p", "1"): "uploaded"}
    assert server.request("POST", f"{path}?dry_run=maybe", key=server.admin).error == (400, "type")
    assert server.request("POST", f"{path}?dry_run=false", key=server.admin).status == 200


def test_activate_takes_an_empty_object_and_no_members(server, workspace):
    workspace.upload(workspace.envelope(MODELS))
    path = f"{workspace.base}/policies/p/versions/1/activate"
    assert server.post(path, {"when": "now"}, server.admin).error == (400, "unknown_key")
    assert server.post(path, {}, server.admin).status == 200


def test_a_policy_near_4_mib_that_would_grow_over_it_is_413(workspace):
    body = json.dumps(workspace.envelope({"x-pad": [0] * 480000}), separators=(",", ":")).encode()
    assert len(body) < 4 << 20 < len(json.dumps(json.loads(body), indent=2))
    assert workspace.upload(body).error == (413, "too_large")


def test_policies_and_history_come_in_pages(workspace):
    for i in range(1, 6):
        workspace.serve(MODELS, version=str(i), sequence=i)
    for path in ("/policies", "/history"):
        first = workspace.get(f"{path}?limit=3", "reader").json
        second = workspace.get(f"{path}?limit=3&after={first['next']}", "reader").json
        assert [p["version"] for p in first["items"] + second["items"]] == list("12345") and second["next"] is None


def test_a_key_of_signing_keys_that_was_revoked_since_the_upload_keeps_the_policy_from_becoming_active(server, workspace):
    assert workspace.add_signer(OTHER_SIGNER).status == 201
    body = workspace.envelope(sequence=1, binding={"signing_keys": [SIGNER.public, OTHER_SIGNER.public]})
    assert workspace.upload(body).status == 201
    other = [k for k in workspace.get("/signing-keys").json["items"] if k["public_key"] == OTHER_SIGNER.public][0]
    assert server.request("DELETE", f"{workspace.base}/signing-keys/{other['key_id']}", key=server.admin).status == 204
    refused = workspace.activate("p", "1")
    assert refused.error == (422, "content") and OTHER_SIGNER.public in refused.json["message"]
    assert workspace.upload(body, activate=True).error == (422, "content")
