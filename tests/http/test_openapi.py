# SPDX-License-Identifier: Apache-2.0
"""/openapi.json describes every route, and the answers are what it says."""
import json
import pathlib
import re

import jsonschema
import pytest
from http_support import AGENT, declare, publish_body

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUTES = re.findall(r'^ROUTE\("(\w+)", "([^"]+)", (\w+), (\w+), "([^"]*)"', (ROOT / "server/routes/routes.def").read_text(), re.M)
MODELS = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}


@pytest.fixture(scope="module")
def document(server):
    return server.get("/openapi.json").json


def test_every_route_is_described_and_nothing_else(document):
    assert len(ROUTES) > 20
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"}
    assert described == {(method, path) for method, path, *_ in ROUTES}


def test_roles_access_and_parameters_are_those_of_the_route_table(document):
    for method, path, role, access, query in ROUTES:
        operation = document["paths"][path][method.lower()]
        assert (operation.get("security") is not None) == (access != "ROUTE_KEY"), path
        if access == "ROUTE_KEY":
            assert role.removeprefix("STORE_").lower().replace("_", "-") in operation["description"], path
        named = [p["$ref"].split("/")[-1] for p in operation.get("parameters", []) if not p["$ref"].endswith("ifNoneMatch")]
        assert named == query.split(), path


def test_every_reference_leads_somewhere_and_every_part_is_used(document):
    used = set(re.findall(r'"#/components/(\w+/\w+)"', json.dumps(document)))
    there = {f"{kind}/{name}" for kind in ("schemas", "responses", "parameters") for name in document["components"][kind]}
    assert used == there


def test_operation_ids_are_told_apart(document):
    ids = [o["operationId"] for item in document["paths"].values() for m, o in item.items() if m != "parameters"]
    assert len(ids) == len(set(ids)) == len(ROUTES)


def test_real_answers_and_bodies_fit_their_schemas(server, document):
    workspace = server.workspace("described", public_read=True)
    checked = set()

    def call(method, path, template, body=None, key=server.admin):
        answer = server.request(method, path, body, key)
        operation = document["paths"][template][method.lower()]
        described = operation["responses"][str(answer.status)]
        if "$ref" in described:
            described = document["components"]["responses"][described["$ref"].split("/")[-1]]
        if "content" in described:
            schema = described["content"]["application/json"]["schema"] | {"components": document["components"]}
            jsonschema.validate(answer.json, schema, jsonschema.Draft202012Validator)
        else:
            assert answer.body == b""
        if body is not None and answer.status < 300:
            schema = operation["requestBody"]["content"]["application/json"]["schema"] | {"components": document["components"]}
            jsonschema.validate(body, schema, jsonschema.Draft202012Validator)
        checked.add((method, template))
        return answer

    base, template = workspace.base, "/api/v1/workspaces/{workspace}"
    for path in ("/healthz", "/readyz", "/openapi.json", "/api/v1/audit", "/api/v1/me", "/api/v1/workspaces"):
        call("GET", path, path)
    call("GET", "/api/v1/me", "/api/v1/me", key=workspace.key("reader"))
    call("GET", "/api/v1/me", "/api/v1/me", key=None)
    call("POST", "/api/v1/workspaces", "/api/v1/workspaces", {"id": "described-2", "name": "D"})
    call("POST", "/api/v1/workspaces", "/api/v1/workspaces", {"id": "described-2"})
    call("PATCH", base, template, {"accept_undeclared": True})
    key = call("POST", f"{base}/api-keys", f"{template}/api-keys", {"role": "reader", "name": "k"}).json["id"]
    call("POST", "/api/v1/api-keys/verify", "/api/v1/api-keys/verify", {"api_key": workspace.key("publisher")}, key=None)
    call("POST", "/api/v1/api-keys/verify", "/api/v1/api-keys/verify", {"api_key": "x"}, key=None)
    signer = call("POST", f"{base}/signing-keys", f"{template}/signing-keys", {"public_key": AGENT.public}).json["key_id"]
    call("POST", f"{base}/policies", f"{template}/policies", workspace.envelope(MODELS, sequence=1))
    call("POST", f"{base}/policies", f"{template}/policies", workspace.envelope({"tool": 1}, version="2"))
    version = f"{template}/policies/{{policy}}/versions/{{version}}"
    call("POST", f"{base}/policies/p/versions/1/activate", f"{version}/activate", {})
    call("POST", f"{base}/policies/p/versions/1/activate?dry_run=true", f"{version}/activate")
    call("GET", f"{base}/policies/p/versions/1", version)
    call("GET", f"{base}/policy", f"{template}/policy")
    call("GET", f"{base}/policy/active", f"{template}/policy/active")
    asked = {"type": "model", "model": "gpt-9", "id": 1}
    for question in (asked, [asked, {"type": "model", "model": "gpt-4"}, 5], {"type": "x"}):
        call("POST", f"{base}/decide", f"{template}/decide", question)
    body = publish_body() | {"workspace_id": "described"}
    call("POST", "/api/v1/publish", "/api/v1/publish", body)
    call("POST", "/api/v1/publish", "/api/v1/publish", declare(body, "described"))
    call("POST", "/api/v1/publish", "/api/v1/publish", publish_body(model="x", name="y") | {"workspace_id": "described"})
    agent = "/api/v1/agents/{agent}"
    call("GET", agent.format(agent=body["sekuire_id"]), agent)
    call("GET", agent.format(agent=body["sekuire_id"]), agent, key=None)
    for part in ("api-keys", "signing-keys", "policies", "history", "agents", "audit"):
        assert call("GET", f"{base}/{part}?limit=2", f"{template}/{part}").json["items"]
    call("DELETE", f"{base}/agents/{body['sekuire_id']}", f"{template}/agents/{{agent}}")
    call("DELETE", f"{base}/api-keys/{key}", f"{template}/api-keys/{{key}}")
    call("DELETE", f"{base}/signing-keys/{signer}", f"{template}/signing-keys/{{key}}")
    assert checked == {(method, path) for method, path, *_ in ROUTES}
