# SPDX-License-Identifier: Apache-2.0
"""Requests as such: who may ask, form, methods, paths, headers."""
import contextlib
import json
import socket
import sqlite3

import pytest
from http_support import UNKNOWN_ID, publish_body

W = "{w}"
# Every route that needs a key, with its least role.
KEYED = [
    ("POST", "/workspaces", "admin"), ("GET", "/workspaces", "admin"), ("PATCH", f"/workspaces/{W}", "policy-admin"),
    ("POST", f"/workspaces/{W}/api-keys", "policy-admin"), ("GET", f"/workspaces/{W}/api-keys", "policy-admin"),
    ("DELETE", f"/workspaces/{W}/api-keys/ak_x", "policy-admin"), ("POST", f"/workspaces/{W}/signing-keys", "admin"),
    ("GET", f"/workspaces/{W}/signing-keys", "reader"), ("DELETE", f"/workspaces/{W}/signing-keys/key_x", "admin"),
    ("POST", f"/workspaces/{W}/policies", "policy-admin"), ("GET", f"/workspaces/{W}/policies", "reader"),
    ("GET", f"/workspaces/{W}/policies/p/versions/1", "reader"), ("GET", f"/workspaces/{W}/history", "reader"),
    ("POST", f"/workspaces/{W}/policies/p/versions/1/activate", "policy-admin"), ("POST", "/publish", "publisher"),
    ("GET", f"/workspaces/{W}/agents", "reader"), ("DELETE", f"/workspaces/{W}/agents/{UNKNOWN_ID}", "publisher"),
    ("GET", f"/workspaces/{W}/audit", "policy-admin"), ("GET", "/audit", "admin"), ("GET", "/me", "reader"),
]
ROLES = ["reader", "publisher", "policy-admin", "admin"]
BAD_KEYS = ["", "x", "sk_live_", "sk_live_" + "0" * 64, "sk_live_" + "0" * 63, "sk_test_" + "0" * 64, "Bearer x"]


def call(server, method, path, **options):
    body = {} if method in ("POST", "PATCH") else None
    return server.request(method, "/api/v1" + path, body, **options)


@pytest.mark.parametrize("method, path, role", KEYED)
def test_without_a_key_is_401(server, workspace, method, path, role):
    answer = call(server, method, path.format(w=workspace.id))
    assert answer.error == (401, "unauthorized") and answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method, path, role", KEYED)
def test_a_role_too_small_is_403(server, workspace, method, path, role):
    for smaller in ROLES[:ROLES.index(role)]:
        assert call(server, method, path.format(w=workspace.id), key=workspace.key(smaller)).error == (403, "forbidden")
    for enough in ROLES[ROLES.index(role):]:
        assert call(server, method, path.format(w=workspace.id), key=workspace.key(enough)).status not in (401, 403)


@pytest.mark.parametrize("method, path, role", [k for k in KEYED if W in k[1]])
def test_a_foreign_workspace_looks_like_an_unknown_one(server, workspace, method, path, role):
    stranger = server.workspace(f"{workspace.id}-stranger")
    for asking in ("reader", "policy-admin"):
        foreign = call(server, method, path.format(w=workspace.id), key=stranger.key(asking))
        unknown = call(server, method, path.format(w="nowhere"), key=stranger.key(asking))
        assert foreign.error == (404, "not_found")
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
    assert call(server, method, path.format(w="nowhere"), key=server.admin).body == unknown.body


@pytest.mark.parametrize("method, path", [(m, p) for m, p, _ in KEYED] + [
    ("GET", f"/workspaces/{W}/policy"), ("GET", f"/workspaces/{W}/policy/active"), ("GET", f"/agents/{UNKNOWN_ID}"),
    ("POST", "/api-keys/verify")])
def test_a_bad_key_is_401_also_where_none_is_needed(server, workspace, method, path):
    workspace.change(public_read=True)
    for key in BAD_KEYS:
        assert call(server, method, path.format(w=workspace.id), key=key).error == (401, "unauthorized"), key


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_a_bad_key_is_401_outside_the_base_too(server, path):
    assert server.get(path).status == 200
    assert server.get(path, "nonsense").error == (401, "unauthorized")


def test_a_key_may_come_as_a_bearer_token_or_both_ways_if_equal(server, workspace):
    key, other = workspace.key("reader"), workspace.key("publisher")
    assert server.get("/api/v1/me", Authorization=f"Bearer {key}").status == 200
    assert server.get("/api/v1/me", Authorization=f"bearer {key}").status == 200
    assert server.get("/api/v1/me", key, Authorization=f"Bearer {key}").status == 200
    assert server.get("/api/v1/me", key, Authorization=f"Bearer {other}").error == (401, "unauthorized")
    assert server.get("/api/v1/me", key, Authorization="Basic eDp5").error == (401, "unauthorized")


def test_two_fields_with_different_keys_are_401(server, workspace):
    key, other = workspace.key("reader"), workspace.key("publisher")
    for second in (other, "x"):
        head = f"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nX-API-Key: {second}\r\nConnection: close\r\n\r\n"
        assert server.raw(head.encode()).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/api/v1/workspaces", "/openapi.json"])
@pytest.mark.parametrize("slashes", [1, 2, 5])
def test_leading_slashes_are_taken(server, path, slashes):
    assert server.get("/" * (slashes - 1) + path, server.admin).status == 200


def test_leading_slashes_do_not_pass_authorisation_by(server, workspace):
    assert server.get(f"//api/v1/workspaces/{workspace.id}/policy").error == (404, "not_found")
    assert server.get("//api/v1/workspaces").error == (401, "unauthorized")


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/me/", "/api/v1//me", "/api/v1/workspaces//policy",
                                  "/api/v1/ME", "/api/v1/workspaces/w/policy/rotations", "/healthz/", "/api/v1/%6de"])
def test_an_unknown_path_is_404(server, path):
    assert server.get(path, server.admin).error == (404, "not_found")


@pytest.mark.parametrize("path", ["%00", "%", "%g0", "%ff", "a%2Fb", "..", ".", "a b".replace(" ", "%20")])
def test_a_workspace_id_that_is_none_is_404(server, path):
    assert server.get(f"/api/v1/workspaces/{path}/policy", server.admin).error == (404, "not_found")


def test_escapes_in_a_segment_are_read(server, workspace):
    workspace.serve()
    escaped = "".join(f"%{b:02x}" for b in workspace.id.encode())
    assert server.get(f"/api/v1/workspaces/{escaped}/policy", server.admin).status == 200


@pytest.mark.parametrize("method, path, allow", [
    ("PUT", "/api/v1/workspaces", {"GET", "HEAD", "POST"}), ("DELETE", "/api/v1/me", {"GET", "HEAD"}), ("GET", "/api/v1/publish", {"POST"}),
    ("POST", "/healthz", {"GET", "HEAD"}), ("OPTIONS", "/api/v1/workspaces/w", {"PATCH"}), ("TRACE", "/api/v1/me", {"GET", "HEAD"}),
    ("HEAD", "/api/v1/publish", {"POST"}), ("BREW", "/api/v1/workspaces/w/signing-keys/k", {"DELETE"})])
def test_a_wrong_method_is_405_and_says_which_are_right(server, method, path, allow):
    answer = server.request(method, path)
    assert answer.status == 405 and set(answer.headers["Allow"].split(", ")) == allow
    if method != "HEAD":
        assert answer.json["error"] == "method"


def test_every_get_answers_head_with_the_same_head_and_no_body(server, workspace):
    workspace.serve()
    published = publish_body(name="head")
    assert workspace.publish(published).status == 201
    for path in ["/healthz", "/readyz", "/openapi.json"] + ["/api/v1" + p.format(w=workspace.id) for p in (
            "/workspaces", f"/workspaces/{W}/api-keys", f"/workspaces/{W}/signing-keys", f"/workspaces/{W}/policies",
            f"/workspaces/{W}/policies/p/versions/1", f"/workspaces/{W}/history", f"/workspaces/{W}/policy", f"/workspaces/{W}/policy/active",
            f"/workspaces/{W}/agents", f"/workspaces/{W}/audit", "/audit", "/me", f"/agents/{published['sekuire_id']}")]:
        get, head = server.get(path, server.admin), server.request("HEAD", path, key=server.admin)
        assert (get.status, head.status, head.body) == (200, 200, b""), path
        for name in ("Content-Length", "Content-Type", "Cache-Control", "ETag", "Vary"):
            assert get.headers[name] == head.headers[name], (path, name)
    assert server.request("HEAD", "/api/v1/me").status == 401


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json-patch+json"])
def test_a_body_that_is_not_json_is_415(server, content_type):
    answer = server.request("POST", "/api/v1/workspaces", b'{"id":"x415"}', server.admin, {"Content-Type": content_type})
    assert answer.error == (415, "media_type")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=utf-8"])
def test_json_with_parameters_is_taken(server, workspace, content_type):
    assert server.request("PATCH", workspace.base, b"{}", server.admin, {"Content-Type": content_type}).status == 200


def test_an_encoded_body_is_415(server):
    assert server.request("POST", "/api/v1/workspaces", b"{}", server.admin, {"Content-Encoding": "gzip"}).error == (415, "media_type")


def test_a_body_over_4_mib_is_413_and_one_of_4_mib_is_read(server):
    fits = b'{"id":"' + b"a" * ((4 << 20) - 9) + b'"}'
    assert len(fits) == 4 << 20
    assert server.post("/api/v1/workspaces", fits, server.admin).error == (400, "id")
    assert server.post("/api/v1/workspaces", fits + b" ", server.admin).error == (413, "too_large")


def test_a_body_of_unknown_length_is_capped_too(server):
    head = (f"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.admin}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode()
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    assert server.raw(head + chunk * 65 + b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_refused_request_is_answered_without_keeping_its_body(server):
    answer = server.post("/api/v1/publish", b"x" * (8 << 20))
    assert answer.error == (401, "unauthorized")


@pytest.mark.parametrize("query, error", [("after=1&after=2", "duplicate_key"), ("limti=1", "unknown_key"), ("limit=%zz", "syntax"), ("limit=%00", "syntax"),
                                          ("limit=%ff", "syntax")])
def test_a_malformed_query_is_400(server, query, error):
    assert server.get(f"/api/v1/workspaces?{query}", server.admin).error == (400, error)


@pytest.mark.parametrize("head", [
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-API-Key: a\x01b\r\n",
    b"GET healthz HTTP/1.1\r\nHost: x\r\n",
])
def test_a_malformed_head_is_400(server, head):
    assert server.raw(head + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_the_absolute_form_of_a_target_is_taken(server):
    answer = server.raw(b"GET http://somewhere:1/healthz HTTP/1.1\r\nHost: somewhere\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_head_that_is_too_large_ends_in_a_refusal(server):
    answer = server.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20000 + b"\r\n\r\n")
    assert answer == b"" or answer.split(b" ")[1] in (b"413", b"431")
    assert server.get("/healthz").status == 200


def test_nothing_but_the_active_policy_may_be_stored(server, workspace):
    for path, key in (("/healthz", None), ("/api/v1/me", server.admin), ("/api/v1/me", None), (f"{workspace.base}/policy", server.admin)):
        assert server.get(path, key).headers["Cache-Control"] == "no-store"


def test_health_and_readiness(server):
    assert server.get("/healthz").json == {"status": "ok"}
    assert server.get("/readyz").json == {"status": "ok"}


# --- login and whoami ---

def test_verify_says_which_workspace_a_key_belongs_to(server, workspace):
    answer = server.post("/api/v1/api-keys/verify", {"api_key": workspace.key("publisher"), "device_fingerprint": "f", "device_name": "n",
                                                     "device_os": "linux x86_64", "more": 1})
    assert answer.status == 200 and answer.json["valid"] is True and answer.json["org_id"] == workspace.id


def test_verify_refuses_with_a_reason_and_status_200(server):
    for key in BAD_KEYS:
        answer = server.post("/api/v1/api-keys/verify", {"api_key": key})
        assert answer.status == 200 and answer.json["valid"] is False and answer.json["error"]


@pytest.mark.parametrize("body, error", [({}, "missing_field"), ({"api_key": 1}, "type"), (b"nonsense", "syntax"), ([], "type")])
def test_a_malformed_verify_is_400(server, body, error):
    assert server.post("/api/v1/api-keys/verify", body).error == (400, error)


def test_me_is_what_login_and_whoami_read(server, workspace):
    me = server.get("/api/v1/me", workspace.key("reader")).json
    assert me["email"] == f"the reader@{workspace.id}" and me["orgs"] == [] and isinstance(me["organization"], str)
    assert me["workspaces"] == [{"id": workspace.id, "name": workspace.id, "org_id": workspace.id}]
    admin = server.get("/api/v1/me", server.admin).json
    assert workspace.id in [w["id"] for w in admin["workspaces"]] and admin["role"] == "admin"


def test_errors_are_json_of_error_and_message(server):
    answer = server.get("/api/v1/me")
    assert answer.headers["Content-Type"] == "application/json" and list(json.loads(answer.body)) == ["error", "message"]


@pytest.mark.parametrize("length", [5 << 20, 100 << 20, 10**30])
def test_a_length_over_the_cap_is_413_before_the_body_is_there(server, length):
    head = (f"POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.admin}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\nConnection: close\r\n\r\n").encode()
    body = b" " * min(length, 5 << 20)
    answer = server.raw(head + body)
    assert answer == b"" and length > 16 << 20 or answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))


# --- a key that is revoked while its request is under way ---

# Those that a key of a workspace may make; an admin's key is revoked only while the server is stopped.
CHANGES = [("PATCH", "/workspaces/{w}", {"allow_force": "never"}, "policy-admin"),
           ("POST", "/workspaces/{w}/api-keys", {"role": "reader"}, "policy-admin"),
           ("POST", "/workspaces/{w}/policies", "envelope", "policy-admin"), ("POST", "/publish", "publish", "publisher"),
           ("POST", "/workspaces/{w}/policies/p/versions/1/activate", {}, "policy-admin"),
           ("DELETE", "/workspaces/{w}/api-keys/{key}", {}, "policy-admin"),
           ("DELETE", "/workspaces/{w}/agents/{agent}", {}, "publisher")]


@pytest.mark.parametrize("method, path, body, role", CHANGES)
def test_a_key_that_is_revoked_while_its_request_comes_in_changes_nothing(server, workspace, method, path, body, role):
    workspace.serve(version="0")
    assert workspace.upload(workspace.envelope()).status == 201
    published = publish_body(name="late")
    assert workspace.publish(published).status == 201
    victim = server.post(f"{workspace.base}/api-keys", {"role": "reader"}, server.admin).json["id"]
    made = server.post(f"{workspace.base}/api-keys", {"role": role}, server.admin).json
    text = json.dumps({"envelope": workspace.envelope(version="2"), "publish": publish_body(name="later", prompt="later")}.get(body, body)
                      if isinstance(body, str) else body).encode()
    target = "/api/v1" + path.format(w=workspace.id, key=victim, agent=published["sekuire_id"])
    head = (f"{method} {target} HTTP/1.1\r\nHost: x\r\nX-API-Key: {made['api_key']}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as s:
        s.sendall(head)
        assert s.recv(65536).startswith(b"HTTP/1.1 100 ")  # it was let in
        assert server.request("DELETE", f"{workspace.base}/api-keys/{made['id']}", key=server.admin).status == 204
        rows = workspace.audit()
        s.sendall(text)
        assert s.recv(65536).startswith(b"HTTP/1.1 401 ")
    assert workspace.audit() == rows


def test_a_database_that_somebody_else_locks_is_503_and_says_when_to_try_again(own_server):
    workspace = own_server.workspace("w", public_read=True)
    with contextlib.closing(sqlite3.connect(own_server.data / "sekuired.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        answer = own_server.post("/api/v1/workspaces", {"id": "x"}, own_server.admin)
        assert answer.error == (503, "server") and answer.headers["Retry-After"] == "1"
        assert own_server.get("/api/v1/me", own_server.admin).status == 200
    assert workspace.server.post("/api/v1/workspaces", {"id": "x"}, own_server.admin).status == 201
