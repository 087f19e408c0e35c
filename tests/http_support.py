# SPDX-License-Identifier: Apache-2.0
"""What the tests of the server share: a running sekuired, requests to it, envelopes and publish requests made in plain Python."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.parse

from pure import Key, blake3, canonical

BUILD = pathlib.Path(os.environ["SEKUIRE_BUILD"])
SEKUIRED = BUILD / "bin" / "sekuired"
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1".format(os.uname().machine)
TIMEOUT = 60

SIGNER = Key(1)  # signs policies
OTHER_SIGNER = Key(2)
AGENT = Key(3)  # signs agents
OTHER_AGENT = Key(4)
UNKNOWN_ID = "0" * 64


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The status and the word of a refusal: what most tests assert."""
        return self.status, self.json["error"]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:2000]!r}"


# What floods of tests from one address must not run into; tests of the limits leave it away.
UNLIMITED = ("--address-rate", "0", "--key-rate", "0", "--failed-keys", "0")


class Server:
    """A sekuired of its own, on a free port. Whatever key it ever made must not be in its log: stop() looks."""

    def __init__(self, path, *options, at=None, data=None, limited=False):
        self.path = pathlib.Path(path)
        self.data = pathlib.Path(data) if data else self.path / "data"
        self.options, self.process = options if limited else UNLIMITED + options, None
        self.secrets = set()
        self.log = self.path / "log"
        self.start(at)

    def environment(self, at):
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LC_ALL": "C.UTF-8",
                     "ASAN_OPTIONS": "verify_asan_link_order=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
        if at is not None:
            assert os.path.exists(FAKETIME), f"{FAKETIME} is missing: install faketime"
            variables |= {"LD_PRELOAD": FAKETIME, "FAKETIME": at, "TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return variables

    def command(self):
        return [SEKUIRED, "--listen", "127.0.0.1:0", "--data", self.data, *self.options]

    def start(self, at=None):
        """at: faketime's word for when it is, such as +2d."""
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdout=subprocess.DEVNULL, env=self.environment(at))
        end = time.monotonic() + TIMEOUT
        while not (found := re.search(r"^listening on (\S+)\n", self.log.read_text(), re.M)):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.01)
        self.url = found.group(1)
        self.port = urllib.parse.urlsplit(self.url).port
        self.admin = (self.data / "admin.key").read_text().strip()
        self.secrets.add(self.admin)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(TIMEOUT)
        text = self.log.read_text()
        assert "Sanitizer" not in text and "runtime error" not in text, text
        assert not [s for s in self.secrets if s[len("sk_live_"):len("sk_live_") + 16] in text], "a key is in the log"
        return code

    def restart(self, at=None):
        assert self.stop() == 0
        self.start(at)

    def request(self, method, path, body=None, key=None, headers=None):
        """key: an API key, or None. body: bytes as they are, anything else as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if key is not None:
            sent["X-API-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, {n: v for n, v in sent.items() if v is not None})
            answer = connection.getresponse()
            content = answer.read()
            self.secrets.update(re.findall(r'"api_key":"(sk_live_[0-9a-f]{64})"', content.decode(errors="replace")))
            return Answer(answer.status, answer.headers, content)
        finally:
            connection.close()

    def raw(self, data):
        """Sends bytes as they are and returns all that comes back until the server closes, or breaks the connection off."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as s, contextlib.suppress(ConnectionError):
            s.sendall(data)
            while part := s.recv(65536):
                received += part
        return received

    def get(self, path, key=None, **headers):
        return self.request("GET", path, key=key, headers={n.replace("_", "-"): v for n, v in headers.items()})

    def post(self, path, body, key=None):
        return self.request("POST", path, body, key)

    def workspace(self, name, **members):
        """A new workspace with the signer's key registered."""
        made = self.post("/api/v1/workspaces", {"id": name} | members, self.admin)
        assert made.status == 201, made
        return Workspace(self, name)


class Workspace:
    def __init__(self, server, name):
        self.server, self.id = server, name
        self.base = f"/api/v1/workspaces/{name}"
        self.keys = {}
        assert self.add_signer(SIGNER).status == 201

    def add_signer(self, key, **members):
        return self.server.post(f"{self.base}/signing-keys", {"public_key": key.public} | members, self.server.admin)

    def key(self, role):
        """An API key of a role, made once."""
        if role == "admin":
            return self.server.admin
        if role not in self.keys:
            made = self.server.post(f"{self.base}/api-keys", {"role": role, "name": f"the {role}"}, self.server.admin)
            assert made.status == 201, made
            self.keys[role] = made.json["api_key"]
        return self.keys[role]

    def change(self, **members):
        changed = self.server.request("PATCH", self.base, members, self.server.admin)
        assert changed.status == 200, changed

    def get(self, path, role="admin", **headers):
        return self.server.get(self.base + path, self.key(role) if role else None, **headers)

    def upload(self, body, activate=False, role="policy-admin"):
        query = "?activate=true" if activate else ""
        return self.server.post(f"{self.base}/policies{query}", body, self.key(role))

    def activate(self, policy_id, version, role="policy-admin"):
        return self.server.request("POST", f"{self.base}/policies/{policy_id}/versions/{version}/activate", key=self.key(role))

    def envelope(self, content=None, **options):
        options.setdefault("workspace", self.id)
        return envelope(content, **options)

    def serve(self, content=None, version="1", **options):
        """Uploads and activates."""
        done = self.upload(self.envelope(content, version=version, **options), activate=True)
        assert done.status == 201, done
        return done

    def publish(self, body, role="publisher"):
        return self.server.post("/api/v1/publish", body, self.key(role))

    def audit(self):
        rows, after = [], ""
        while True:
            page = self.get(f"/audit?limit=7{after}").json
            rows += page["items"]
            if page["next"] is None:
                return rows
            after = f"&after={page['next']}"


def now():
    return int(time.time())


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def envelope(content=None, workspace="w", policy_id="p", version="1", sequence=None, binding=None, key=SIGNER, bound=True, **members):
    """A signed envelope. sequence and binding go into content.binding; members replace what would stand in the envelope."""
    content = dict(content or {})
    bind = ({"workspace_id": workspace} if bound else {}) | ({} if sequence is None else {"sequence": sequence}) | (binding or {})
    if bind:
        content["binding"] = bind
    digest = blake3(canonical(content))
    return {"policy_id": policy_id, "workspace_id": workspace, "version": version, "status": "active", "hash": digest,
            "content": content, "activated_at": None, "updated_at": None, "signature": key.sign(f"{policy_id}:{version}:{digest}"),
            "signing_key_id": "key_any", "signing_public_key": key.public} | members


def sekuire_id(model, prompt="You are helpful.", tools=()):
    hashes = blake3(prompt.strip().encode()), blake3(canonical(list(tools)))
    return (blake3(f"model:{model}|prompt:{hashes[0]}|tools:{hashes[1]}".encode()), *hashes)


def publish_body(model="gpt-4", name="agent", version="1.0", prompt="You are helpful.", tools=(), key=AGENT, **members):
    """What the published client sends."""
    agent_id, prompt_hash, tools_hash = sekuire_id(model, prompt, tools)
    return {"manifest": {"identity": {"model": model, "system_prompt_hash": prompt_hash, "system_prompt_path": "prompt.md",
                                      "tools_hash": tools_hash, "tools_path": "tools.json"},
                         "project": {"authors": [], "description": "An agent.", "license": None, "name": name, "version": version}},
            "public_key": key.public, "publisher_org_id": None, "sekuire_id": agent_id, "signature": key.sign(agent_id),
            "status": "draft", "visibility": None} | members


def declare(body, workspace, tools=(), key=AGENT, providers=(), models=None, signature=None, **members):
    """The same request from our own client: with `declared`."""
    model = body["manifest"]["identity"]["model"]
    declared = {"workspace_id": workspace, "sekuire_id": body["sekuire_id"], "name": body["manifest"]["project"]["name"],
                "version": body["manifest"]["project"]["version"], "tools": json.dumps(list(tools)), "providers": list(providers),
                "models": [model] if models is None else models, "permissions": None, "rate_limits": None,
                "compliance": None} | members
    signed = key.sign(b"sekuire-declared-v1:" + blake3(canonical(declared)).encode())
    return body | {"workspace_id": workspace, "declared": declared, "declared_signature": signature or signed}
