# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests share: the built programs in a home of their own, a backend that can be told to misbehave, envelopes."""
import contextlib
import errno
import http.server
import json
import os
import pathlib
import pty
import resource
import select
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ["SEKUIRE_BUILD"])
SEKUIRE = BUILD / "bin" / "sekuire"
VECTORS = ROOT / "tests" / "vectors"
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1".format(os.uname().machine)

os.umask(0o022)  # settings that a group can write are refused, and some people's are made so

# Keys of the envelope vectors, and one more.
SEED = "c68bcafac1c41cfd3c63ef40334c110af04dba658aeacecb4d5d5a58cc83753b"
KEY = "009a4cc8bbf566ba0cedb553fa1353e21474db3edc001d759ca0b1328459504c"
OTHER_SEED = "f9a848d003578cc3ce596e884541e7d3f89d67c9f28fe0c4d7ff55993320e883"


class Result:
    def __init__(self, code, out, err):
        self.code, self.raw, self.err = code, out, err.decode("utf-8", "replace")

    @property
    def out(self):
        return self.raw.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.raw)

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.raw!r}\nstderr: {self.err}"


class Box:
    """A directory with a home: nothing of the machine's user is read or written."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.home = self.path / "home"
        self.work = self.path / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.variables = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            # The sanitizer guesses where the thread-local memory of libraries lies that are opened late, and may crash over a wrong guess.
            "ASAN_OPTIONS": "verify_asan_link_order=0:allocator_may_return_null=1:intercept_tls_get_addr=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }

    @property
    def trust_file(self):
        return self.home / "state" / "sekuire" / "trust.json"

    @property
    def auth_file(self):
        return self.home / ".sekuire" / "auth.json"

    @property
    def config_file(self):
        return self.home / "config" / "sekuire" / "config.yaml"

    def environment(self, env=None, at=None):
        variables = dict(self.variables)
        if at is not None:
            assert os.path.exists(FAKETIME), f"{FAKETIME} is missing: install faketime"
            moment = at.replace("T", " ").replace("Z", "")
            variables |= {"LD_PRELOAD": FAKETIME, "FAKETIME": moment, "TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return variables | (env or {})

    def run(self, *args, input=b"", env=None, at=None, cwd=None, stdout=subprocess.PIPE, timeout=60, file_limit=None):
        """Runs sekuire. at: the time it is to believe (RFC 3339, UTC). file_limit: no file may grow beyond so many bytes, as on a
        disk that is full."""

        def limit():
            if file_limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

        if isinstance(input, str):
            input = input.encode()
        done = subprocess.run([str(SEKUIRE), *map(str, args)], input=input, stdout=stdout, stderr=subprocess.PIPE,
                              env=self.environment(env, at), cwd=cwd or self.work, timeout=timeout,
                              preexec_fn=limit)
        assert done.returncode >= 0, f"killed by signal {-done.returncode}: {done.stderr!r}"
        assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode("utf-8", "replace")
        return Result(done.returncode, done.stdout or b"", done.stderr)

    def terminal(self, *args, typed=b"", env=None, cwd=None, timeout=30):
        """Runs sekuire on a terminal of its own: stdin, stdout and stderr. typed is entered once a colon has been printed; a list of them
        answers one hidden prompt after the other. Result.out holds all that the terminal showed; a negative code is a signal's."""
        try:
            pid, tty = pty.fork()
        except OSError as e:
            raise AssertionError(f"this test needs a pseudo-terminal: mount devpts ({e})") from e
        if pid == 0:
            os.chdir(cwd or self.work)
            os.execve(str(SEKUIRE), [str(SEKUIRE), *map(str, args)], self.environment({"TERM": "xterm"} | (env or {})))
        shown, answered, end = b"", 0, time.monotonic() + timeout
        typed = list(typed) if isinstance(typed, list) else typed
        while time.monotonic() < end:
            if not select.select([tty], [], [], 1)[0]:
                continue
            try:
                data = os.read(tty, 65536)
            except OSError as e:
                if e.errno != errno.EIO:
                    raise
                break
            if not data:
                break
            shown += data
            if isinstance(typed, list):
                if typed and shown.count(b"(not shown): ") > answered:
                    os.write(tty, typed.pop(0))
                    answered += 1
            elif typed and shown.rstrip().endswith(b":"):
                os.write(tty, typed)
                typed = b""
        else:
            os.kill(pid, signal.SIGKILL)
        os.close(tty)
        return Result(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.replace(b"\r\n", b"\n"), b"")

    def start(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        """Starts sekuire and goes on."""
        return subprocess.Popen([str(SEKUIRE), *map(str, args)], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                env=self.environment(), cwd=self.work)

    def ask(self, *requests):
        """Requests of the conformance protocol: the list of answers."""
        text = "".join(json.dumps({"operation": o, "params": p}) + "\n" for o, p in requests)
        done = self.run("conformance", input=text)
        assert done.code == 0, done
        return [json.loads(line) for line in done.out.splitlines()]

    def write(self, name, content, mode=None):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, (dict, list)):
            content = json.dumps(content, indent=2)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            path.chmod(mode)
        return path

    def public_key(self, seed):
        path = self.path / f"seed-{seed[:8]}"
        if not path.exists():
            path.write_text(seed)
            path.chmod(0o600)
        done = self.run("policy", "sign", "--workspace", "w", "--policy-id", "p", "--version", "1", "--content",
                        self.scratch("{}"), "--key", path, "--out", self.path / "key-probe.json")
        assert done.code == 0, done
        return json.loads((self.path / "key-probe.json").read_text())["signing_public_key"]

    def scratch(self, text):
        path = self.path / "scratch.json"
        path.write_text(text)
        return path

    def envelope(self, content, policy_id="policy_xyz", workspace="ws_abc123", version="1", status="active", seed=SEED, **members):
        """An envelope as any signer might make it: content is signed as it is, binding or none."""
        text = json.dumps(content)
        digest = self.run("canon", "-", "--hash", input=text)
        assert digest.code == 0, digest
        digest = digest.out.strip()
        key = KEY if seed == SEED else self.public_key(seed)
        message = f"{policy_id}:{version}:{digest}"
        signature = self.ask(("sign", {"message": message, "secretKey": seed}))[0]["result"]
        return {"policy_id": policy_id, "workspace_id": workspace, "version": version, "status": status, "hash": digest,
                "content": content, "activated_at": None, "updated_at": None, "signature": signature, "signing_key_id": "key_1",
                "signing_public_key": key} | members

    def trust(self, workspace="ws_abc123", key=KEY):
        done = self.run("trust", "add", "--workspace", workspace, "--public-key", key)
        assert done.code == 0, done

    def trusted(self, workspace="ws_abc123"):
        """What trust.json holds of a workspace, or None."""
        if not self.trust_file.exists():
            return None
        return json.loads(self.trust_file.read_text())["workspaces"].get(workspace)


def waits_for_lock(process, path):
    """Waits until the process waits for the lock of a file or folder, or has ended: does it wait?"""
    inode = f":{os.stat(path).st_ino} "
    while process.poll() is None:
        with open("/proc/locks") as locks:
            if any(" -> " in line and inode in line for line in locks):
                return True
    return False


def tree(path):
    """Every file below path with its bytes, but empty lock files: to show that nothing changed."""
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(pathlib.Path(path).rglob("*"))
            if p.is_file() and not p.name.endswith(".lock")}


class Backend:
    """An HTTP server in a thread. routes maps (method, path) to a tuple (status, body[, headers]), or to a function of the request that
    returns one, or that answers by itself on request.wfile and returns None. Everything that came in is in requests. tls: an
    ssl.SSLContext of a server, for https."""

    def __init__(self, tls=None):
        self.routes, self.requests = {}, []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                owner.requests.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": self.body})
                route = owner.routes.get((self.command, self.path), (404, {"error": "not_found", "message": "no such thing"}))
                if callable(route):
                    route = route(self)
                if route is None:
                    self.close_connection = True
                    return
                status, body, *rest = route
                if isinstance(body, (dict, list)):
                    body = json.dumps(body).encode()
                elif isinstance(body, str):
                    body = body.encode()
                self.send_response(status)
                for name, value in (rest[0] if rest else {}).items():
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

            def finish_request(self, request, address):
                if tls is not None:
                    request = tls.wrap_socket(request, server_side=True)
                super().finish_request(request, address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http{'' if tls is None else 's'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def serve_policy(self, envelope, workspace="ws_abc123", **headers):
        body = envelope if isinstance(envelope, (bytes, str)) else json.dumps(envelope, indent=2)
        self.routes[("GET", f"/api/v1/workspaces/{workspace}/policy/active")] = (200, body, headers)

    def sent(self, method, path):
        return [r for r in self.requests if (r["method"], r["path"]) == (method, path)]


def raw(data, keep=None):
    """A route that writes bytes as they are and then closes."""
    def route(request):
        request.wfile.write(data)
        request.wfile.flush()
        if keep is not None:
            keep(request)
        request.connection.shutdown(socket.SHUT_RDWR)
    return route


@contextlib.contextmanager
def closed_port():
    """The URL of a port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{s.getsockname()[1]}"
