# SPDX-License-Identifier: Apache-2.0
"""Every allocation of our own code fails once, for a request to each route of the server: an answer that is right, or one that says that
the server cannot do this now; no change that is half, no leak."""
import http.client
import itertools
import re
import signal
import subprocess
import threading

import pytest
from http_support import SEKUIRED, Key, Server, declare, envelope, publish_body
from support import ROOT
from support_faults import ASAN, Memory, chosen, seed
from test_audit import verify

ROUTES = [(m, p) for m, p in re.findall(r'^ROUTE\("(\w+)", "([^"]+)"', (ROOT / "server/routes/routes.def").read_text(), re.M)]
CONTENT = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}, "tools": {"blocked_tools": ["shell_exec"]}}
FIRST, MORE = (30, 20) if ASAN else (150, 30)
W = "/api/v1/workspaces/w"


class Faulty(Server):
    def __init__(self, path):
        self.memory = Memory(path / "memory")
        super().__init__(path)

    def environment(self, at):
        return super().environment(at) | self.memory.variable


class World:
    """Makes requests; what came of those that were granted must be there in the end."""

    def __init__(self, path):
        self.server = Faulty(path)
        self.workspace = self.server.workspace("w", public_read=True)
        self.workspace.serve(CONTENT, version="0", sequence=0)
        self.numbers = itertools.count(1)
        self.granted = {"policy": set(), "activation": [], "agent": set(), "workspace": set(), "api_key": set(), "signing_key": set()}
        body, _ = self.agent(0)
        assert self.server.post("/api/v1/publish", body, self.server.admin).status == 201
        self.agent_id = body["sekuire_id"]

    def agent(self, n):
        body = publish_body(model="gpt-4", name=f"agent{n}", prompt=f"prompt {n}", tools=[{"name": "search"}])
        return declare(body, "w", tools=[{"name": "search"}], providers=["openai"]), body["sekuire_id"]

    def make(self, path, body, key=None):
        made = self.server.post(path, body, key or self.server.admin)
        assert made.status in (200, 201), made
        return made.json

    def uploaded(self, n):
        self.make(f"{W}/policies", envelope(CONTENT, workspace="w", version=str(n), sequence=n))
        return f"{W}/policies/p/versions/{n}/activate"



# How to ask each route the nth time: path, body, and what a success adds to world.granted.
REQUESTS = {
    ("GET", "/healthz"): lambda w, n: ("/healthz", None, None),
    ("GET", "/readyz"): lambda w, n: ("/readyz", None, None),
    ("GET", "/openapi.json"): lambda w, n: ("/openapi.json", None, None),
    ("POST", "/api/v1/workspaces"): lambda w, n: ("/api/v1/workspaces", {"id": f"ws{n}", "name": "ü"}, ("workspace", f"ws{n}")),
    ("GET", "/api/v1/workspaces"): lambda w, n: ("/api/v1/workspaces?limit=5", None, None),
    ("PATCH", "/api/v1/workspaces/{workspace}"): lambda w, n: (W, {"allow_force": ("never", "publisher")[n % 2]}, None),
    ("POST", W_API := "/api/v1/workspaces/{workspace}/api-keys"): lambda w, n: (f"{W}/api-keys", {"role": "reader", "name": f"k{n}"},
                                                                                ("api_key", f"k{n}")),
    ("GET", W_API): lambda w, n: (f"{W}/api-keys?limit=5", None, None),
    ("DELETE", W_API + "/{key}"): lambda w, n: (f"{W}/api-keys/" + w.make(f"{W}/api-keys", {"role": "reader"})["id"], None, None),
    ("POST", W_SIGN := "/api/v1/workspaces/{workspace}/signing-keys"): lambda w, n: (
        f"{W}/signing-keys", {"public_key": (k := Key(1000 + n).public)}, ("signing_key", k)),
    ("GET", W_SIGN): lambda w, n: (f"{W}/signing-keys?limit=5", None, None),
    ("DELETE", W_SIGN + "/{key}"): lambda w, n: (
        f"{W}/signing-keys/" + w.make(f"{W}/signing-keys", {"public_key": Key(9000 + n).public})["key_id"], None, None),
    ("POST", W_POL := "/api/v1/workspaces/{workspace}/policies"): lambda w, n: (
        f"{W}/policies?activate=true", envelope(CONTENT, workspace="w", version=str(n), sequence=n), ("policy", str(n))),
    ("GET", W_POL): lambda w, n: (f"{W}/policies?limit=5", None, None),
    ("GET", W_POL + "/{policy}/versions/{version}"): lambda w, n: (f"{W}/policies/p/versions/0", None, None),
    ("POST", W_POL + "/{policy}/versions/{version}/activate"): lambda w, n: (w.uploaded(n), None, ("activation", str(n))),
    ("GET", "/api/v1/workspaces/{workspace}/history"): lambda w, n: (f"{W}/history?limit=5", None, None),
    ("GET", "/api/v1/workspaces/{workspace}/policy/active"): lambda w, n: (f"{W}/policy/active", None, None),
    ("GET", "/api/v1/workspaces/{workspace}/policy"): lambda w, n: (f"{W}/policy", None, None),
    ("POST", "/api/v1/workspaces/{workspace}/decide"): lambda w, n: (f"{W}/decide", [{"type": "tool", "toolName": f"t{n}", "id": n}, {}], None),
    ("POST", "/api/v1/publish"): lambda w, n: ("/api/v1/publish", (b := w.agent(n))[0], ("agent", b[1])),
    ("GET", "/api/v1/agents/{agent}"): lambda w, n: (f"/api/v1/agents/{w.agent_id}", None, None),
    ("GET", "/api/v1/workspaces/{workspace}/agents"): lambda w, n: (f"{W}/agents?limit=5", None, None),
    ("DELETE", "/api/v1/workspaces/{workspace}/agents/{agent}"): lambda w, n: (
        f"{W}/agents/" + w.make("/api/v1/publish", w.agent(n)[0])["sekuire_id"], None, None),
    ("GET", "/api/v1/workspaces/{workspace}/audit"): lambda w, n: (f"{W}/audit?limit=5", None, None),
    ("GET", "/api/v1/audit"): lambda w, n: ("/api/v1/audit?limit=5", None, None),
    ("POST", "/api/v1/api-keys/verify"): lambda w, n: ("/api/v1/api-keys/verify", {"api_key": w.server.admin}, None),
    ("GET", "/api/v1/me"): lambda w, n: ("/api/v1/me", None, None),
}


def test_every_route_is_asked():
    assert set(ROUTES) == set(REQUESTS) and len(ROUTES) > 20


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made_ = World(tmp_path_factory.mktemp("server"))
    yield made_
    made_.server.memory.arm(0)
    assert made_.server.stop() == 0


def shape(answer):
    """A 2xx is whole: what stands in it is of the same kinds as without a fault."""
    def kinds(value):
        if isinstance(value, dict):
            return {k: kinds(v) for k, v in value.items() if k not in ("items", "next", "findings")}
        return type(value).__name__ if value is not None else "null"
    return answer.status, kinds(answer.json) if answer.body else None


@pytest.mark.parametrize("method, path", ROUTES)
def test_each_allocation_of_a_request_fails_once(world, method, path):
    server, memory = world.server, world.server.memory
    build = REQUESTS[method, path]

    def ask(fail_at):
        target, body, grants = build(world, next(world.numbers))
        memory.arm(fail_at)
        try:
            answer = server.request(method, target, body, server.admin)
        except (OSError, http.client.HTTPException):
            answer = None
        count, failed = memory.count, memory.failed
        memory.arm(0)
        if answer is not None and answer.status < 300 and grants is not None:
            kind, what = grants
            world.granted[kind].append(what) if kind == "activation" else world.granted[kind].add(what)
            if kind == "policy":
                world.granted["activation"].append(what)
            if world.granted["activation"]:
                served = world.workspace.get("/policy", None).json["version"]
                assert int(served) >= int(world.granted["activation"][-1]), (fail_at, served)
                decided = server.post(f"{W}/decide", {"type": "tool", "toolName": "t"}, server.admin)
                assert decided.status == 200, (fail_at, decided)
        return answer, count, failed

    ask(0)
    right, count, _ = ask(0)
    assert right.status < 300 and (count > 0 or path in ("/healthz",))
    tried = answered = dropped = 0
    for number in chosen(count, seed(), FIRST, MORE):
        answer, _, failed = ask(number)
        tried += failed
        if answer is None:
            dropped += 1
            continue
        if answer.status == right.status:
            assert shape(answer) == shape(right), (number, answer)
            answered += 1
            continue
        assert answer.status == 503 and (not answer.body or answer.json["error"] in ("memory", "io")), (number, answer)
    print(f"allocations, {method} {path}: {tried} of {count} failed; {answered} without harm, {dropped} connections closed")


def test_what_was_granted_is_there_and_nothing_is_half(world):
    """Runs after the requests above, on what they left."""
    import sqlite3
    with sqlite3.connect(f"file:{world.server.data}/sekuired.db?mode=ro", uri=True) as db:
        def column(sql):
            return [r[0] for r in db.execute(sql)]
        assert column("PRAGMA integrity_check") == ["ok"]
        versions = column("SELECT version FROM policy WHERE workspace_id = 'w'")
        assert world.granted["policy"] <= set(versions)
        activations = column("SELECT version FROM activation JOIN policy ON policy.row = policy_row ORDER BY activation.row")
        assert set(world.granted["activation"]) <= set(activations)
        assert world.granted["agent"] <= set(column("SELECT sekuire_id FROM agent"))
        assert world.granted["workspace"] <= set(column("SELECT id FROM workspace"))
        assert world.granted["api_key"] <= set(column("SELECT name FROM api_key WHERE workspace_id = 'w'"))
        assert world.granted["signing_key"] <= set(column("SELECT public_key FROM signing_key"))
        assert column("SELECT count(*) FROM policy LEFT JOIN policy_envelope USING (row) WHERE bytes IS NULL") == [0]

        def targets(action):
            return sorted(column(f"SELECT target FROM audit WHERE workspace_id = 'w' AND action = '{action}'"))
        # A detail that was lost would read as an empty one; the revocations' details are of more members too.
        assert column("SELECT action || ' ' || target FROM audit WHERE workspace_id <> '' AND detail = '{}'") == []
        assert targets("policy.upload") == sorted(f"p:{v}" for v in versions)
        assert targets("policy.activate") == sorted(f"p:{v}" for v in activations)
        assert set(targets("agent.publish")) == set(column("SELECT sekuire_id FROM agent"))
        assert targets("api_key.create") == sorted(column("SELECT id FROM api_key WHERE workspace_id = 'w'"))
        assert targets("api_key.revoke") == sorted(column("SELECT id FROM api_key WHERE workspace_id = 'w' AND revoked_at IS NOT NULL"))
        assert targets("signing_key.revoke") == sorted(column("SELECT key_id FROM signing_key WHERE workspace_id = 'w' AND revoked_at IS NOT NULL"))
        assert len(targets("signing_key.add")) == len(column("SELECT key_id FROM signing_key WHERE workspace_id = 'w'"))
        assert len(targets("workspace.create")) == 1
    verify(world.workspace.audit())
    served = world.workspace.get("/policy", None).json
    assert served["version"] == activations[-1]


def test_each_allocation_of_a_first_start_fails_once(tmp_path):
    """It makes an installation, listens, and is told to stop."""
    memory = Memory(tmp_path / "memory")
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ASAN_OPTIONS": "verify_asan_link_order=0"} | memory.variable

    def start(folder, fail_at):
        memory.arm(fail_at)
        said = b""
        with subprocess.Popen([SEKUIRED, "--listen", "127.0.0.1:0", "--data", folder], env=variables, stderr=subprocess.PIPE) as process:
            late = threading.Timer(60, process.kill)
            late.start()
            for line in process.stderr:
                said += line
                if line.startswith(b"listening on "):
                    process.send_signal(signal.SIGTERM)
            code = process.wait()
            late.cancel()
        assert code in (0, 3) and b"Sanitizer" not in said and b"runtime error" not in said, (fail_at, code, said)
        return code

    assert start(tmp_path / "0", 0) == 0
    count = memory.count
    numbers = chosen(count, seed(), *((10, 10) if ASAN else (40, 20)))
    refused = 0
    for number in numbers:
        refused += start(tmp_path / str(number), number) == 3
        assert start(tmp_path / str(number), 0) == 0
    assert refused > 0
    print(f"allocations, first start: {len(numbers)} of {count} failed, {refused} of them told")
