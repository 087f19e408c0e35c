# SPDX-License-Identifier: Apache-2.0
"""A user who has worked here before, and the servers that are out to get him: what the tests of hostile answers share."""
import contextlib
import json
import os
import socket
import ssl
import stat
import subprocess

from http_support import SIGNER, envelope
from support import FAKETIME

W = "ws_abc123"
API_KEY = "sk_live_0123456789abcdef0123456789abcdef"
TIME = "2026-01-31T12:34:56Z"
API = "/api/v1"
SPACE = f"{API}/workspaces/{W}"
ACTIVE = f"{SPACE}/policy/active"
OK = b"HTTP/1.1 200 OK\r\n"
CONTENT = {"agent": {"models": {"allowed_models": ["gpt-4"]}}}
MANIFEST = """\
project:
  name: demo
  version: 1.0
identity:
  model: gpt-4
  system_prompt_path: prompt.md
  tools_path: tools.json
"""
# Each character that may not reach a terminal, among letters; U+0000 is refused by the reader of JSON.
CONTROLS = [*range(0x01, 0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
EVIL = "x" + "".join(map(chr, CONTROLS)) + "y"


def policy(sequence=5, content=None, **options):
    """An envelope of the workspace by the pinned key, bound to both."""
    return envelope(CONTENT if content is None else content, workspace=options.pop("workspace", W), sequence=sequence,
                    policy_id=options.pop("policy_id", "policy_xyz"), **options)


def snapshot(path):
    """Every file below path: its bytes, its inode and its mode, so that even a rewrite with the same bytes shows. Empty lock files do
    not count."""
    found = {}
    for root, _, names in os.walk(path):
        for name in names:
            file = os.path.join(root, name)
            is_link = os.path.islink(file)
            data = os.readlink(file) if is_link else open(file, "rb").read()
            if name.endswith(".lock") and not data:
                continue
            status = os.lstat(file)
            found[os.path.relpath(file, path)] = (data, status.st_ino, stat.S_IMODE(status.st_mode))
    return found


def clean(text):
    """Nothing in it moves, hides or colours anything on a terminal; line ends apart."""
    return all(c == "\n" or (c >= " " and ord(c) not in CONTROLS) for c in text)


class Command:
    """One command, the request of it that is attacked, and what a good server would answer to it and to those before and after."""

    def __init__(self, words, method, path, good, before=(), after=(), input=b"", takes_anything=False, needs_body=True):
        self.words, self.request, self.good, self.before, self.after = words.split(), (method, path), good, before, after
        self.input, self.needs_body, self.takes_anything = input, needs_body, takes_anything


def key_row(**more):
    return {"id": "ak_1", "workspace_id": W, "name": "n", "role": "reader", "created_at": TIME, "last_used_at": None, "expires_at": None,
            "revoked_at": None} | more


ME = {"id": "u", "email": "e@x", "organization": "o", "role": "publisher", "workspaces": [{"id": W, "name": "n", "org_id": "o"}]}
WORKSPACE = {"id": W, "name": "n", "public_read": True, "allow_force": "admins", "accept_undeclared": True, "forbid_weaker": False,
             "created_at": TIME}
SIGNING_KEY = {"key_id": "key_1", "public_key": SIGNER.public, "name": "n", "created_at": TIME, "revoked_at": None}
AGENT = {"sekuire_id": "a" * 64, "name": "n", "version": "1", "model": "m", "forced": False, "compliant": True, "published_at": TIME,
         "public_key": "b" * 64, "findings": []}
UPLOADED = policy(6)
STORED = {"policy_id": "policy_xyz", "version": "1", "status": "uploaded", "hash": UPLOADED["hash"], "sequence": 6, "signing_key_id": "k",
          "uploaded_at": TIME, "activated_at": TIME, "expires_at": TIME}
AUDIT = {"seq": 1, "at": TIME, "workspace_id": W, "actor": "ak_1", "action": "workspace.change", "target": W, "detail": {"n": 1},
         "prev": "0" * 64, "hash": "1" * 64}


PUBLISHED = (201, {"forced": False, "findings": []})


def one(row):
    return {"items": [row], "next": None}


LISTS = {"workspace list": (f"{API}/workspaces", WORKSPACE), "api-key list": (f"{SPACE}/api-keys", key_row()),
         "signing-key list": (f"{SPACE}/signing-keys", SIGNING_KEY), "policy list": (f"{SPACE}/policies", STORED),
         "policy history": (f"{SPACE}/history", STORED | {"status": "active"}), "agent list": (f"{SPACE}/agents", AGENT),
         "audit list": (f"{SPACE}/audit", AUDIT)}
COMMANDS = {
    "pull": Command("policy pull", "GET", ACTIVE, (200, policy(6))),
    "push, its policy": Command("push", "GET", ACTIVE, (200, policy(6)), after=[(("POST", f"{API}/publish"), PUBLISHED)]),
    "push, its publish": Command("push", "POST", f"{API}/publish", PUBLISHED,
                                 before=[(("GET", ACTIVE), (200, policy(6)))], takes_anything=True, needs_body=False),
    "login": Command("login --api-key-file -", "POST", f"{API}/api-keys/verify", (200, {"valid": True, "org_id": "org_1"}),
                     input=API_KEY.encode()),
    "whoami": Command("auth whoami", "GET", f"{API}/me", (200, ME)),
    "upload": Command("policy upload --file new.json", "POST", f"{SPACE}/policies", (201, STORED)),
    "activate": Command("policy activate --policy-id policy_xyz --version 1", "POST",
                        f"{SPACE}/policies/policy_xyz/versions/1/activate", (200, STORED | {"status": "active"})),
    "api-key create": Command("api-key create --role reader", "POST", f"{SPACE}/api-keys", (201, key_row(api_key="sk_live_new"))),
    "api-key revoke": Command("api-key revoke ak_1", "DELETE", f"{SPACE}/api-keys/ak_1", (204, ""), takes_anything=True, needs_body=False),
    "signing-key add": Command(f"signing-key add --public-key {SIGNER.public}", "POST", f"{SPACE}/signing-keys", (201, SIGNING_KEY)),
    "signing-key revoke": Command("signing-key revoke key_1", "DELETE", f"{SPACE}/signing-keys/key_1", (204, ""), takes_anything=True,
                                  needs_body=False),
    "workspace create": Command(f"workspace create {W}", "POST", f"{API}/workspaces", (201, WORKSPACE)),
    "workspace set": Command("workspace set --public-read true", "PATCH", SPACE, (200, WORKSPACE)),
    "agent show": Command("agent show " + "a" * 64, "GET", f"{SPACE}/agents?limit=200", (200, one(AGENT))),
    **{name: Command(name, "GET", path + "?limit=200", (200, one(row))) for name, (path, row) in LISTS.items()},
}


class World:
    """A home with a login and a pinned key, a folder with the policy that was pulled last and an agent to push; nothing of it may
    change, whatever the backend does."""

    def __init__(self, box, backend, url=None):
        self.box, self.backend, self.url = box, backend, url or backend.url
        box.write("sekuire.yml", MANIFEST)
        box.write("prompt.md", "You are a helpful assistant.\n")
        box.write("tools.json", "[]\n")
        box.write(".sekuire/secret.key", "11" * 32, 0o600)
        box.write("new.json", UPLOADED)
        self.old = policy(5)
        box.write("policy.json", self.old)
        self.login(self.url)
        pin = {"public_key": SIGNER.public, "how": "added", "since": TIME}
        self.store({"keys": [pin], "retired": [], "bound": True, "sequence": 5, "policy_id": "policy_xyz", "policy_version": "1",
                    "hash": self.old["hash"], "accepted_at": TIME})
        box.variables |= {"SEKUIRE_API_URL": self.url, "SEKUIRE_WORKSPACE_ID": W}

    def login(self, url):
        self.box.auth_file.parent.mkdir(mode=0o700, exist_ok=True)
        self.box.auth_file.write_text(json.dumps({"api_key": API_KEY, "token": None, "device_fingerprint": "f", "org_id": "org_1",
                                                  "workspace_id": W, "backend": url}))
        self.box.auth_file.chmod(0o600)

    def store(self, state):
        self.box.trust_file.parent.mkdir(parents=True, exist_ok=True)
        self.box.trust_file.write_text(json.dumps({"version": 1, "workspaces": {W: state}}))
        self.box.trust_file.chmod(0o600)

    def serve(self, command, answer):
        """Answers the attacked request of a command so, and those before it well."""
        self.backend.routes.clear()
        self.backend.requests.clear()
        for request, good in (*command.before, *command.after):
            self.backend.routes[request] = good
        self.backend.routes[command.request] = answer

    def run(self, command, *args, **more):
        return self.box.run(*command.words, *args, input=command.input, **more)

    def refused(self, command, codes, words, *args, also=(), **more):
        """Runs it, expects one of these exit codes and words, a clean terminal, and not one file touched, made or left behind, but those
        named in also. Returns what was printed."""
        before = snapshot(self.box.path)
        done = self.run(command, "--json", *args, **more)
        assert done.code in codes and list(done.json) == ["error"] and done.json["error"]["code"] in words, (command.words, done)
        assert clean(done.err) and clean(done.out) and any(line.startswith("sekuire: ") for line in done.err.splitlines()), done
        assert API_KEY not in done.err + done.out, done
        after = snapshot(self.box.path)
        for name in also:
            before.pop(name, None)
            after.pop(name, None)
        assert after == before, (command.words, set(after) ^ set(before), [n for n in after if after[n] != before.get(n)])
        return done


class Trap:
    """A place where nobody may come: a listening socket, and whether somebody knocked."""

    def __init__(self, host="127.0.0.1", port=0):
        self.socket = socket.create_server((host, port))
        self.socket.setblocking(False)
        self.host, self.port = self.socket.getsockname()[:2]

    def visited(self):
        with contextlib.suppress(BlockingIOError):
            connection, _ = self.socket.accept()
            connection.close()
            return True
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Authority:
    """Certificates made by openssl: of an authority of our own, and of others."""

    def __init__(self, folder):
        self.folder = folder
        self.root("ca")
        self.root("other-ca")

    def openssl(self, *args, at=None):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        if at is not None:
            assert os.path.exists(FAKETIME), f"{FAKETIME} is missing: install faketime"
            env |= {"LD_PRELOAD": FAKETIME, "FAKETIME": at, "TZ": "UTC"}
        done = subprocess.run(["openssl", *map(str, args)], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout.decode("utf-8", "replace")

    def request(self, name):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")

    def root(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days",
                     "20000", "-addext", "keyUsage=critical,keyCertSign", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     at="2020-01-01 00:00:00")

    def leaf(self, name, signer="ca", names="IP:127.0.0.1", usage="serverAuth", basic="critical,CA:FALSE", days=20000,
             at="2020-01-02 00:00:00"):
        """A server's TLS context with a certificate of the signer; the signer's own goes along where it is no root."""
        self.request(name)
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\nbasicConstraints={basic}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial", "-days",
                     days, "-extfile", f"{name}.ext", "-out", f"{name}.pem", at=at)
        chain = (self.folder / f"{name}.pem").read_text()
        if not signer.endswith("ca"):
            chain += (self.folder / f"{signer}.pem").read_text()
        (self.folder / f"{name}.chain").write_text(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.chain", self.folder / f"{name}.key")
        return context
