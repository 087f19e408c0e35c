# SPDX-License-Identifier: Apache-2.0
"""The active policy as it is served."""
import threading

from http_support import OTHER_SIGNER, blake3

MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}


def test_the_active_policy_is_the_envelope_in_the_order_of_the_format(workspace):
    body = workspace.envelope(MODELS, sequence=1, status="draft")
    assert workspace.upload(body, activate=True).status == 201
    answer = workspace.get("/policy/active", "reader")
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    assert list(answer.json) == ["policy_id", "workspace_id", "version", "status", "hash", "content", "activated_at", "updated_at",
                                 "signature", "signing_key_id", "signing_public_key"]
    assert answer.json["status"] == "active" and answer.json["activated_at"] and answer.json["signature"] == body["signature"]
    assert answer.body == workspace.get("/policy", "reader").body
    assert answer.body == workspace.get("/policies/p/versions/1", "reader").body


def test_a_private_policy_takes_a_key_of_its_workspace(server, workspace):
    workspace.serve(MODELS)
    stranger = server.workspace(f"{workspace.id}-stranger")
    stranger.serve(MODELS)
    for role in ("reader", "publisher", "policy-admin", "admin"):
        assert workspace.get("/policy", role).status == 200
    unknown = server.get("/api/v1/workspaces/nowhere/policy/active")
    assert unknown.error == (404, "not_found")
    assert workspace.get("/policy/active", None).body == unknown.body
    foreign = server.get(f"{workspace.base}/policy/active", stranger.key("policy-admin"))
    assert (foreign.status, foreign.body) == (404, unknown.body)
    assert server.get("/api/v1/workspaces/nowhere/policy/active", server.admin).body == unknown.body


def test_a_public_policy_takes_no_key(server, workspace):
    workspace.serve(MODELS)
    workspace.change(public_read=True)
    answer = workspace.get("/policy/active", None)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-cache" and answer.headers["Vary"] is None
    workspace.change(public_read=False)
    assert workspace.get("/policy/active", None).error == (404, "not_found")


def test_a_private_policy_may_be_kept_by_nobody_else(workspace):
    workspace.serve(MODELS)
    answer = workspace.get("/policy", "reader")
    assert set(answer.headers["Cache-Control"].split(", ")) == {"no-cache", "private"}
    assert answer.headers["Vary"] == "X-API-Key, Authorization"


def test_no_active_policy_is_404_with_its_own_word_for_those_who_may_know(workspace):
    assert workspace.get("/policy", "reader").error == (404, "no_active_policy")
    assert workspace.get("/policy", None).error == (404, "not_found")
    workspace.change(public_read=True)
    assert workspace.get("/policy", None).error == (404, "no_active_policy")


def test_the_etag_is_strong_and_of_the_bytes(workspace):
    workspace.serve(MODELS, version="1")
    first = workspace.get("/policy", "reader")
    assert first.headers["ETag"] == f'"{blake3(first.body)}"'
    workspace.serve(MODELS, version="2")
    assert workspace.get("/policy", "reader").headers["ETag"] != first.headers["ETag"]


def test_if_none_match_gives_304_without_a_body(workspace):
    workspace.serve(MODELS)
    etag = workspace.get("/policy", "reader").headers["ETag"]
    for value in (etag, f'"x", {etag}', f"W/{etag}", "*", f'"x",{etag},"y"'):
        answer = workspace.get("/policy", "reader", If_None_Match=value)
        assert (answer.status, answer.body) == (304, b""), value
        assert answer.headers["ETag"] == etag and "private" in answer.headers["Cache-Control"] and answer.headers["Vary"]
    for value in ('"x"', etag.strip('"'), "", etag[:-2] + '"'):
        assert workspace.get("/policy", "reader", If_None_Match=value).status == 200, value


def test_authorisation_comes_before_if_none_match(server, workspace):
    workspace.serve(MODELS)
    etag = workspace.get("/policy", "reader").headers["ETag"]
    assert workspace.get("/policy", None, If_None_Match=etag).error == (404, "not_found")
    assert server.get(f"{workspace.base}/policy", "sk_live_bad", If_None_Match=etag).error == (401, "unauthorized")
    assert server.get("/api/v1/workspaces/nowhere/policy", If_None_Match="*").error == (404, "not_found")


def test_an_activation_is_served_from_the_next_request_on(workspace):
    for i in range(1, 30):
        workspace.serve(MODELS, version=str(i), sequence=i)
        assert workspace.get("/policy", "reader").json["version"] == str(i)


def test_an_activation_without_an_upload_is_served_too(workspace):
    workspace.serve(MODELS, version="1", sequence=1)
    assert workspace.upload(workspace.envelope(MODELS, version="2", sequence=2)).status == 201
    assert workspace.get("/policy", "reader").json["version"] == "1"
    assert workspace.activate("p", "2").status == 200
    assert workspace.get("/policy", "reader").json["version"] == "2"


def test_what_was_active_is_active_after_a_restart(own_server):
    one, two = own_server.workspace("one"), own_server.workspace("two", public_read=True)
    one.serve(MODELS, version="7")
    two.serve(MODELS, version="8")
    before = one.get("/policy", "reader"), two.get("/policy", None)
    own_server.restart()
    after = one.get("/policy", "reader"), two.get("/policy", None)
    assert [(a.body, a.headers["ETag"]) for a in after] == [(b.body, b.headers["ETag"]) for b in before]
    assert one.get("/policy", None).error == (404, "not_found")


def test_readers_see_whole_policies_while_others_are_activated(workspace):
    workspace.serve(MODELS, version="1", sequence=1)
    key, faults, seen, stop = workspace.key("reader"), [], set(), threading.Event()

    def read():
        while not stop.is_set():
            answer = workspace.server.get(f"{workspace.base}/policy", key)
            seen.add(answer.json["version"])
            if answer.headers["ETag"] != f'"{blake3(answer.body)}"':
                faults.append(answer)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for i in range(2, 12):
        workspace.serve(MODELS, version=str(i), sequence=i)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == [] and len(seen) > 1


def test_uploads_that_race_leave_one_winner(server, workspace):
    workspace.add_signer(OTHER_SIGNER)
    answers = []
    bodies = [workspace.envelope({"x-note": str(i)}, version="1", key=OTHER_SIGNER) for i in range(6)]
    key = workspace.key("policy-admin")
    racers = [threading.Thread(target=lambda b=b: answers.append(server.post(f"{workspace.base}/policies?activate=true", b, key).status))
              for b in bodies]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(answers) == [201] + [409] * 5
    assert len(workspace.get("/policies").json["items"]) == 1


def test_a_304_has_no_body_and_no_length_of_its_own(server, workspace):
    workspace.serve(MODELS)
    full = workspace.get("/policy", "reader")
    head = (f"GET {workspace.base}/policy HTTP/1.1\r\nHost: x\r\nX-API-Key: {workspace.key('reader')}\r\n"
            f"If-None-Match: {full.headers['ETag']}\r\n").encode()
    answer = server.raw(head + b"\r\n" + head + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 304 ") == 2 and answer.endswith(b"\r\n\r\n") and full.body[:20] not in answer
    assert answer.count(b"Content-Length: %d\r\n" % len(full.body)) == 2 and b"chunked" not in answer
