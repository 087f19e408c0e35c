# SPDX-License-Identifier: Apache-2.0
"""What the published client sent when it was played against this server (record-published-client), sent again: the answers must be those
that it went on from."""
import http.client
import json
import pathlib

import pytest
from http_support import TIMEOUT, Answer, blake3, canonical

RECORDED = sorted((pathlib.Path(__file__).resolve().parents[1] / "vectors" / "http").glob("*.json"))
SETUP = json.loads(RECORDED[0].read_text())
STEPS = [(path.stem, json.loads(path.read_text())) for path in RECORDED[1:]]


def send(server, key, exchange):
    """The request byte for byte, but for the host and the API key."""
    body = exchange["body"].replace("{API_KEY}", key).encode() if exchange["body"] is not None else None
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT)
    try:
        connection.putrequest(exchange["method"], exchange["path"], skip_host=True, skip_accept_encoding=True)
        for name, value in exchange["headers"].items():
            connection.putheader(name, value.replace("{API_KEY}", key).replace("{HOST}", f"127.0.0.1:{server.port}"))
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def check(path, answer, key_id):
    """What the client reads from an answer."""
    if answer.status >= 400:
        assert answer.json["error"] and answer.json["message"]
    elif path.endswith("/policy/active"):
        envelope = answer.json
        assert list(envelope) == ["policy_id", "workspace_id", "version", "status", "hash", "content", "activated_at", "updated_at", "signature",
                                  "signing_key_id", "signing_public_key"]
        assert blake3(canonical(envelope["content"])) == envelope["hash"] == SETUP["policy"]["hash"]
        assert envelope["signature"] == SETUP["policy"]["signature"] and envelope["status"] == "active"
    elif path.endswith("/api-keys/verify"):
        assert answer.json["valid"] is True and answer.json["org_id"] == SETUP["workspace"]
    elif path.endswith("/me"):
        assert answer.json["workspaces"][0]["id"] == SETUP["workspace"] and answer.json["id"] == key_id and "@" in answer.json["email"]
    elif "/agents/" in path:
        agent = answer.json
        for name in ("sekuire_id", "public_key", "author_key", "name", "version", "created_at"):
            assert isinstance(agent[name], str) and agent[name], name
        assert agent["verification_status"] in ("unverified", "pending", "verified", "suspended")
        assert isinstance(agent["reputation_score"], int) and 0 <= agent["reputation_score"] <= 100


def test_the_published_client_gets_the_answers_that_it_got(own_server):
    workspace = own_server.workspace(SETUP["workspace"], public_read=True)
    assert workspace.upload(SETUP["policy"], activate=True).status == 201
    key = workspace.key("publisher")
    key_id = own_server.get("/api/v1/me", key).json["id"]
    count = 0
    for name, step in STEPS:
        for exchange in step["exchanges"]:
            answer = send(own_server, key, exchange)
            assert answer.status == exchange["status"], (name, answer)
            check(exchange["path"], answer, key_id)
            count += 1
    print(f"{count} recorded exchanges of {len(STEPS)} commands")
    assert count >= 15
    assert workspace.get("/agents").json["items"][0]["sekuire_id"] == SETUP["sekuire_id"]


@pytest.mark.parametrize("command", ["login", "auth whoami", "policy pull", "policy validate", "policy show", "push", "agent-status", "verify", "publish"])
def test_every_documented_command_was_played(command):
    assert [name for name, step in STEPS if step["command"].startswith(command)]


def test_what_the_published_client_wrote_is_the_policy_that_was_served():
    wrote = json.loads([step["wrote"] for _, step in STEPS if "wrote" in step][0])
    assert {n: v for n, v in wrote.items() if n not in ("activated_at", "updated_at")} == {
        n: v for n, v in SETUP["policy"].items() if n not in ("activated_at", "updated_at")}
