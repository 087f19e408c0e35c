# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share: the commands as scenarios, a file that tells a test build which allocation fails, the driver that ends
or fails a program at one of its system calls."""
import json
import mmap
import os
import random
import re
import shutil
import stat
import struct
import subprocess

from http_support import blake3, canonical
from support import BUILD, KEY, OTHER_SEED, SEED, SEKUIRE, Box, Result

AT_SYSCALL = BUILD / "bin" / "at-syscall"
SOAK = os.environ.get("SEKUIRE_SOAK") == "1"
ASAN = b"__asan_init" in SEKUIRE.read_bytes()
W = "ws_abc123"
API_KEY = "sk_live_0123456789abcdef0123456789abcdef"
TIME = "2026-01-31T12:34:56Z"
CONTENT = {"agent": {"models": {"allowed_providers": ["openai"], "allowed_models": ["gpt-4", "gpt-4-turbo"]}},
           "tools": {"blocked_tools": ["shell_exec"]},
           "permissions": {"network": {"enabled": True, "allowed_domains": ["*.example.com", "bücher.example"]},
                           "filesystem": {"enabled": True, "allowed_paths": ["/tmp/*"], "allowed_extensions": [".txt"]}}}
MANIFEST = """\
project:
  name: "demo"
  version: "1.1"
identity:
  model: gpt-4
  system_prompt_path: prompt.md
  tools_path: tools.json
agent:
  llm:
    provider: openai
    model: gpt-4
permissions:
  network:
    allowed_domains: [a.example.com]
"""
TOOLS = '[{"name": "calculator", "parameters": {"max": 1.50}}, {"name": "search"}]\n'


def seed():
    """The seed of this run, printed so that a failure can be repeated: SEKUIRE_SEED=N."""
    value = int(os.environ.get("SEKUIRE_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed: SEKUIRE_SEED={value}")
    return random.Random(value)


class Memory:
    """The file that a test build maps: see hook.c."""

    def __init__(self, path):
        path.write_bytes(bytes(4096))
        self.variable = {"SEKUIRE_FAULTS_FILE": str(path)}
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)

    def arm(self, fail_at, onward=False):
        """From now on the fail_at-th allocation fails (0: none), and with onward all after it."""
        struct.pack_into("=4Q", self.map, 0, 0, 0, 0, 0)
        struct.pack_into("=2Q", self.map, 8, fail_at, onward)

    @property
    def count(self):
        return struct.unpack_from("=Q", self.map, 0)[0]

    @property
    def failed(self):
        return struct.unpack_from("=Q", self.map, 24)[0]


def chosen(count, random_, first, more):
    """Which of count places to try: all in a soak, else the first ones and a sample of the others."""
    if SOAK or count <= first + more:
        return range(1, count + 1)
    return [*range(1, first + 1), *sorted(random_.sample(range(first + 1, count + 1), more))]


class Scenario:
    """A command with all that it needs. changes: the files that it is there to change; others may not change at all."""

    def __init__(self, name, *args, prepare=None, changes=(), input=b"", code=0, env=None, random_output=False, online=False):
        self.name, self.args, self.prepare, self.changes = name, args, prepare, changes
        self.input, self.code, self.env, self.random_output, self.online = input, code, env or {}, random_output, online

    def __repr__(self):
        return self.name


def plain(data):
    """Bytes without what differs from run to run: times."""
    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"TIME", data)


def snapshot(path):
    """Every file but locks, with its mode and its bytes (times left out), by its path below path."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            if name.endswith(".lock"):
                continue
            full = os.path.join(folder, name)
            with open(full, "rb") as f:
                found[os.path.relpath(full, path)] = (stat.S_IMODE(os.lstat(full).st_mode), plain(f.read()))
    return found


class Place:
    """A box in the state from which a scenario starts, and again and again."""

    def __init__(self, path, scenario, backend_url):
        self.scenario = scenario
        self.start = Box(mkdir(path / "start"))
        fill(self.start, backend_url)
        self.start.variables["SEKUIRE_API_URL"] = backend_url
        if scenario.prepare is not None:
            scenario.prepare(self.start)
        self.box = Box(mkdir(path / "now"))
        self.box.variables["SEKUIRE_API_URL"] = backend_url
        self.before = snapshot(self.start.path)
        self.reset()
        done = self.run()
        assert done.code == scenario.code, (scenario, done)
        self.output = self.visible(done)
        self.after = snapshot(self.box.path)
        changed = {name for name in self.before.keys() | self.after.keys() if self.before.get(name) != self.after.get(name)}
        assert {name for name in changed if "/etag/" not in name} == set(scenario.changes), (scenario, changed)
        self.reset()

    def reset(self):
        for name in ("home", "work"):
            shutil.rmtree(self.box.path / name, ignore_errors=True)
            shutil.copytree(self.start.path / name, self.box.path / name, symlinks=True)

    def visible(self, done):
        return None if self.scenario.random_output else (plain(done.raw))

    def run(self, *before, env=None, args=None):
        """Runs the command, by another program in front of it if named; a negative code is a signal's."""
        command = [*map(str, before), str(SEKUIRE), *map(str, args or self.scenario.args)]
        variables = self.box.environment(self.scenario.env | (env or {}))
        variables["ASAN_OPTIONS"] += ":detect_leaks=" + ("0" if before else "1")
        done = subprocess.run(command, input=self.scenario.input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables,
                              cwd=self.box.work, timeout=120)
        assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode("utf-8", "replace")
        return Result(done.returncode, done.stdout, done.stderr)

    def temporary(self, now):
        return [name for name in now if os.path.basename(name).startswith(".sekuire-")]

    def check_files(self, whole_run, stray=0):
        """Each file is as it was or as it becomes, whole and with its mode; whole_run: as it becomes. Secrets made anew are judged by
        their form. At most `stray` temporary files stay behind."""
        now = snapshot(self.box.path)
        left = self.temporary(now)
        assert len(left) <= stray, left
        for name in left:
            assert now.pop(name)[0] & 0o077 == 0 or not secret(name), name
        for name in self.before.keys() | self.after.keys() | now.keys():
            old, new, here = self.before.get(name), self.after.get(name), now.get(name)
            if "/etag/" in name and here is None:
                continue  # only spares a download
            if old != new and self.scenario.random_output and name.endswith(".key") and here is not None and here != old:
                assert here[0] == new[0] and len(here[1]) == len(new[1]), (name, here)
                continue
            assert here == new or (here == old and not whole_run), (name, old, here, new)
        trust = self.box.trust_file
        if trust.exists():
            state = json.loads(trust.read_text())
            assert state["version"] == 1 and stat.S_IMODE(trust.stat().st_mode) == 0o600
        return now

    @property
    def changed(self):
        return snapshot(self.box.path) != self.before


def secret(name):
    return name.endswith((".key", "auth.json"))


def mkdir(path):
    path.mkdir(parents=True)
    return path


def envelope(box, sequence, content=CONTENT, **more):
    return box.envelope(content | {"binding": {"workspace_id": W, "sequence": sequence}}, **more)


_envelopes = {}


def made(box, sequence, **more):
    """Envelopes are made once for all."""
    name = (sequence, json.dumps(more, sort_keys=True))
    if name not in _envelopes:
        _envelopes[name] = envelope(box, sequence, **more)
    return _envelopes[name]


def fill(box, backend_url):
    """What all commands find: a project, keys, policies, a login."""
    box.write("sekuire.yml", MANIFEST)
    box.write("prompt.md", "You are a helpful assistant.\n")
    box.write("tools.json", TOOLS)
    box.write("signer.key", SEED, 0o600)
    box.write(".sekuire/secret.key", OTHER_SEED, 0o600)
    box.write("content.yaml", "x-note: 1\ntools:\n  blocked_tools: [shell_exec]\n")
    box.write("held.json", made(box, 5))
    box.write("bad.json", made(box, 5) | {"version": "2"})
    box.auth_file.parent.mkdir(mode=0o700)
    box.auth_file.write_text(json.dumps({"api_key": API_KEY, "token": None, "device_fingerprint": "f", "org_id": "org_1",
                                         "workspace_id": W, "backend": backend_url}))
    box.auth_file.chmod(0o600)


def pulled(box):
    """An older policy was pulled before, so that there are an old file and an old state."""
    box.write("policy.json", json.dumps(made(box, 4, version="0"), indent=2))
    pinned(box)
    trust = json.loads(box.trust_file.read_text())
    trust["workspaces"][W] |= {"bound": True, "sequence": 4, "policy_id": "policy_xyz", "policy_version": "0",
                               "hash": made(box, 4, version="0")["hash"], "accepted_at": TIME}
    box.trust_file.write_text(json.dumps(trust))


def pinned(box):
    box.trust_file.parent.mkdir(parents=True, exist_ok=True)
    box.trust_file.write_text(json.dumps({"version": 1, "workspaces": {W: {"keys": [{"public_key": KEY, "how": "added", "since": TIME}],
                                                                            "retired": [], "bound": False}}}))
    box.trust_file.chmod(0o600)


def no_keys(box):
    shutil.rmtree(box.work / ".sekuire")


def logged_out(box):
    box.auth_file.unlink()


TRUST, OUT, AUTH, CONFIG = "home/state/sekuire/trust.json", "work/policy.json", "home/.sekuire/auth.json", "home/config/sekuire/config.yaml"
SIGN = ("policy", "sign", "--workspace", W, "--policy-id", "p", "--version", "1", "--content", "content.yaml", "--key", "signer.key",
        "--sequence", "7", "--expires", "2099-01-01T00:00:00Z")
CONFORMANCE = b"".join(json.dumps({"operation": o, "params": p}).encode() + b"\n" for o, p in (
    ("sign", {"message": "m", "secretKey": SEED}), ("verify", {"message": "m", "signature": "00" * 64, "publicKey": KEY}),
    ("enforce_policy", {"policy": {"content": CONTENT}, "action": {"type": "tool", "toolName": "shell_exec"}}),
    ("hash", {"input": "abc"}), ("nonsense", {})))

SCENARIOS = [
    Scenario("validate", "policy", "validate", "--file", "held.json"),
    Scenario("validate --json", "policy", "validate", "--file", "held.json", "--json"),
    Scenario("validate --strict", "policy", "validate", "--file", "held.json", "--strict", "--workspace", W, "--json", prepare=pulled),
    Scenario("validate a forged one", "policy", "validate", "--file", "bad.json", "--json", code=1),
    Scenario("show", "policy", "show", "--file", "held.json"),
    Scenario("show --json", "policy", "show", "--file", "held.json", "--json"),
    Scenario("show a forged one", "policy", "show", "--file", "bad.json", code=1),
    Scenario("new", "policy", "new", "--out", "new.yaml", changes=["work/new.yaml"]),
    Scenario("sign", *SIGN, "--out", "signed.json", changes=["work/signed.json"]),
    Scenario("sign --json over an old file", *SIGN, "--json", prepare=pulled, changes=[OUT]),
    Scenario("hash", "hash", "--json"),
    Scenario("canon", "canon", "held.json"),
    Scenario("canon --hash", "canon", "held.json", "--hash"),
    Scenario("conformance", "conformance", input=CONFORMANCE),
    Scenario("keygen", "keygen", "--json", prepare=no_keys, changes=["work/.sekuire/secret.key", "work/.sekuire/public.key"],
             random_output=True),
    Scenario("keygen --force", "keygen", "--force", changes=["work/.sekuire/secret.key", "work/.sekuire/public.key"], random_output=True),
    Scenario("trust add", "trust", "add", "--workspace", W, "--public-key", KEY, changes=[TRUST]),
    Scenario("trust add to others", "trust", "add", "--workspace", "w2", "--public-key", KEY, "--json", prepare=pulled, changes=[TRUST]),
    Scenario("trust list", "trust", "list", prepare=pulled),
    Scenario("trust list --json", "trust", "list", "--json", prepare=pulled),
    Scenario("trust remove", "trust", "remove", "--workspace", W, prepare=pulled, changes=[TRUST]),
    Scenario("trust forget", "trust", "forget", "--workspace", W, prepare=pulled, changes=[TRUST]),
    Scenario("config set", "config", "set", "workspace", "w9", changes=[CONFIG]),
    Scenario("config get", "config", "get", "backend", "--json"),
    Scenario("config show", "config", "show"),
    Scenario("logout", "logout", changes=[AUTH]),
    Scenario("pull", "policy", "pull", "--workspace", W, prepare=pulled, changes=[OUT, TRUST], online=True),
    Scenario("first pull --json", "policy", "pull", "--workspace", W, "--accept-new-key", "--json", changes=[OUT, TRUST], online=True),
    Scenario("pull of a forged one", "policy", "pull", "--workspace", "ws_bad", "--accept-new-key", "--json", code=1, prepare=pulled,
             online=True),
    Scenario("push --dry-run", "push", "--workspace", W, "--dry-run", "--json", prepare=pulled, changes=[TRUST], online=True),
    Scenario("push", "push", "--workspace", W, prepare=pulled, changes=[TRUST, "work/sekuire.yml"], online=True),
    Scenario("push of one that does not comply", "push", "--workspace", W, "--json", prepare=lambda box: (
        pulled(box), box.write("sekuire.yml", MANIFEST.replace("gpt-4\n", "gpt-3\n"))), changes=[TRUST], code=1, online=True),
    Scenario("login", "login", "--api-key-file", "-", "--json", input=API_KEY.encode(), prepare=logged_out, changes=[AUTH], online=True),
    Scenario("status", "status", "--json", online=True),
    Scenario("auth whoami", "auth", "whoami", "--json", online=True),
    Scenario("upload", "policy", "upload", "--file", "held.json", "--activate", "--json", online=True),
    Scenario("activate", "policy", "activate", "--workspace", W, "--policy-id", "policy_xyz", "--version", "1", "--json", online=True),
    Scenario("workspace list", "workspace", "list", "--json", online=True),
    Scenario("api-key list", "api-key", "list", "--workspace", W, online=True),
    Scenario("api-key create", "api-key", "create", "--workspace", W, "--role", "reader", "--json", online=True),
    Scenario("signing-key list", "signing-key", "list", "--workspace", W, "--json", online=True),
    Scenario("policy list", "policy", "list", "--workspace", W, online=True),
    Scenario("policy history", "policy", "history", "--workspace", W, "--json", online=True),
    Scenario("agent list", "agent", "list", "--workspace", W, "--json", online=True),
    Scenario("agent show", "agent", "show", "a" * 64, "--json", online=True),
    Scenario("audit list", "audit", "list", "--workspace", W, "--json", online=True),
    Scenario("audit verify", "audit", "verify", "--workspace", W, "--json", online=True),
    Scenario("audit verify of a broken chain", "audit", "verify", "--workspace", "ws_bad", "--json", code=1, online=True),
]


def named(*names):
    found = [s for s in SCENARIOS if s.name in names]
    assert len(found) == len(names), names
    return found


def audit_rows(count, workspace):
    rows, prev = [], "0" * 64
    for seq in range(1, count + 1):
        row = {"seq": seq, "at": TIME, "workspace_id": workspace, "actor": "ak_1", "action": "policy.upload", "target": f"p:{seq}",
               "detail": {"n": seq}, "prev": prev}
        prev = row["hash"] = blake3(canonical(row))
        rows.append(row)
    return rows


def serve(backend, box):
    """Answers to all that the scenarios ask."""
    base = f"/api/v1/workspaces/{W}"
    outcome = {"policy_id": "policy_xyz", "workspace_id": W, "version": "1", "hash": made(box, 5)["hash"], "status": "active",
               "sequence": 5}
    agent = {"sekuire_id": "a" * 64, "name": "n", "version": "1", "model": "m", "forced": False, "compliant": True, "published_at": TIME,
             "public_key": "b" * 64, "findings": []}
    key = {"id": "ak_1", "workspace_id": W, "name": None, "role": "reader", "created_at": TIME, "last_used_at": None, "expires_at": None,
           "revoked_at": None}
    policy = {"policy_id": "p", "version": "1", "hash": "c" * 64, "status": "active", "sequence": 5, "signing_key_id": "k",
              "uploaded_at": TIME, "activated_at": TIME, "expires_at": None}
    lists = {
        "/api/v1/workspaces": [{"id": W, "name": "n", "public_read": True, "allow_force": "never", "accept_undeclared": False,
                                "forbid_weaker": False, "created_at": TIME}],
        f"{base}/api-keys": [key, key | {"id": "ak_2", "name": "x"}],
        f"{base}/signing-keys": [{"key_id": "k", "public_key": KEY, "name": None, "created_at": TIME, "revoked_at": None}],
        f"{base}/policies": [policy], f"{base}/history": [policy], f"{base}/agents": [agent], f"{base}/audit": audit_rows(3, W),
        "/api/v1/workspaces/ws_bad/audit": audit_rows(2, "ws_bad")[:1] + audit_rows(3, "ws_bad")[2:],
    }
    for path, rows in lists.items():
        backend.routes["GET", f"{path}?limit=200"] = (200, {"items": rows, "next": None})
    backend.serve_policy(made(box, 5), W, ETag='"five"')
    backend.serve_policy(made(box, 5) | {"version": "2"}, "ws_bad")
    backend.routes |= {
        ("POST", "/api/v1/publish"): (201, {"sekuire_id": "x", "status": "draft", "forced": False, "findings": []}),
        ("POST", "/api/v1/api-keys/verify"): (200, {"valid": True, "org_id": "org_1", "api_key": {"id": "k"}}),
        ("GET", "/api/v1/me"): (200, {"id": "u", "email": "a@b", "orgs": [], "workspaces": [{"id": W, "name": "n", "org_id": "org_1"}]}),
        ("POST", f"{base}/policies?activate=true"): (201, outcome),
        ("POST", f"{base}/policies/policy_xyz/versions/1/activate"): (200, outcome),
        ("POST", f"{base}/api-keys"): (201, key | {"api_key": "sk_live_new"}),
        ("GET", f"/api/v1/agents/{'a' * 64}"): (200, agent),
    }
