# SPDX-License-Identifier: Apache-2.0
"""Each system call on a file fails once, in commands and in the server: an error that says so, or a right and whole answer; files old or
new. Also full disks and read-only directories for a user without privileges."""
import contextlib
import errno
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from http_support import Server, envelope, publish_body
from support import SEKUIRE
from support_faults import AT_SYSCALL, chosen, named, seed, snapshot
from test_audit import verify

SCENARIOS = named("validate --strict", "show --json", "sign --json over an old file", "new", "keygen", "keygen --force", "trust add to others",
                  "trust list --json", "trust remove", "config set", "config show", "login", "logout", "pull", "first pull --json", "push",
                  "push --dry-run", "audit verify", "hash")
RETRIED = {"read", "write", "fsync", "fdatasync", "pread64", "pwrite64"}
# Without these nothing is said to be written; what pull writes beside its file is a cache that may be lost.
LASTING = {"fsync", "renameat", "renameat2", "fchmod"}
PER_SCENARIO = 24


def errors_of(call, number):
    """What may come back from the call; one of the two by turns."""
    if call in ("openat", "open"):
        return (errno.EIO, errno.ENOSPC)[number % 2]
    if call in ("write", "writev", "pwrite64", "ftruncate", "mkdir", "linkat", "renameat", "renameat2", "rename", "fsync", "fdatasync"):
        return (errno.ENOSPC, errno.EIO)[number % 2]
    return errno.EIO


def calls_of(here, log):
    here.run(AT_SYSCALL, "--only", "files", "--log", log)
    here.reset()
    return [line.split(" ")[1] for line in log.read_text().splitlines()]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_each_call_on_a_file_fails_once(tmp_path, place, scenario):
    here = place(scenario)
    calls = calls_of(here, tmp_path / "calls")
    refused = 0
    numbers = chosen(len(calls), seed(), 0, PER_SCENARIO)
    for number in numbers:
        call = calls[number - 1]
        done = here.run(AT_SYSCALL, "--only", "files", "--fail", number, "--errno", errors_of(call, number))
        what = (number, call, done)
        # What cannot be looked at counts as something that must not be overwritten, or as nothing that may be trusted.
        assert done.code in ((scenario.code, 3, 1) if "stat" in call else (scenario.code, 3)), what
        if call in LASTING and "pull" not in scenario.name:
            assert done.code == 3, what
        if done.code == 1 != scenario.code:
            assert scenario.random_output or here.visible(done) != here.output, what
        elif done.code == scenario.code:
            assert here.visible(done) == here.output, what
        elif "--json" in scenario.args and done.raw:
            assert done.json.keys() == {"error"} or here.visible(done) == here.output, what
        refused += done.code != scenario.code
        here.check_files(done.code == scenario.code, stray=call.startswith("unlink"))
        here.reset()
    print(f"failed calls on files, {scenario}: {len(numbers)} of {len(calls)}, {refused} of them told as errors")


@pytest.mark.parametrize("scenario", named("keygen", "pull", "sign --json over an old file", "trust add"), ids=str)
def test_calls_cut_short_by_a_signal_are_made_again(tmp_path, place, scenario):
    here = place(scenario)
    tried = 0
    for number, call in enumerate(calls_of(here, tmp_path / "calls"), 1):
        if call not in RETRIED:
            continue
        done = here.run(AT_SYSCALL, "--only", "files", "--fail", number, "--errno", errno.EINTR)
        if "standard output" not in done.err:
            assert done.code == scenario.code and here.visible(done) == here.output, (number, call, done)
        here.check_files(True)
        here.reset()
        tried += 1
    assert tried >= 4


@pytest.mark.parametrize("scenario", named("pull", "first pull --json"), ids=str)
def test_a_pull_that_cannot_put_its_files_in_place_changes_nothing(tmp_path, place, scenario):
    """Neither the rename of the state, nor that of --out after it: and a key that is met is told before it is pinned."""
    here = place(scenario)
    renames = [number for number, call in enumerate(calls_of(here, tmp_path / "calls"), 1) if call.startswith("rename")]
    assert len(renames) >= 2
    for number in renames[:2]:
        done = here.run(AT_SYSCALL, "--only", "files", "--fail", number, "--errno", errno.EIO)
        assert done.code == 3 and "nothing was changed: the trust store is as it was" in done.err, done
        assert ("first use: the key BLAKE3:" in done.err) == (scenario.name != "pull"), done
        assert snapshot(here.box.path) == here.before
        here.reset()


def test_a_file_system_that_cannot_name_a_file_only_if_it_is_new(tmp_path, place):
    """Linking does the same there."""
    here = place(named("keygen")[0])
    for number, call in enumerate(calls_of(here, tmp_path / "calls"), 1):
        if call == "renameat2":
            assert here.run(AT_SYSCALL, "--only", "files", "--fail", number, "--errno", errno.EINVAL).code == 0
            here.check_files(True)
            here.reset()


# --- the server ---

class Failing(Server):
    """A server of which one call on a file fails. It can only be stopped at once."""

    def __init__(self, path, number, error, log=None):
        self.before = [AT_SYSCALL, "--only", "files", *(["--fail", str(number), "--errno", str(error)] if number else []),
                       *(["--log", str(log)] if log else [])]
        try:
            super().__init__(path)
        except AssertionError:
            self.process.terminate()
            raise

    def command(self):
        return [*self.before, *super().command()]


CONTENT = {"agent": {"models": {"allowed_models": ["gpt-4*"]}}}
_bodies = []


def bodies():
    if not _bodies:
        _bodies.append((envelope(CONTENT, workspace="w", version="1", sequence=1), envelope(CONTENT, workspace="w", version="2", sequence=2),
                        publish_body(model="gpt-4")))
    return _bodies[0]


def play(server):
    """A workspace, a key, two policies, an agent: what was acknowledged, in order."""
    from http_support import SIGNER
    first, second, agent = bodies()
    steps = [("workspace.create", "/api/v1/workspaces", {"id": "w"}),
             ("signing_key.add", "/api/v1/workspaces/w/signing-keys", {"public_key": SIGNER.public}),
             ("policy.upload", "/api/v1/workspaces/w/policies?activate=true", first),
             ("policy.upload", "/api/v1/workspaces/w/policies", second),
             ("policy.activate", "/api/v1/workspaces/w/policies/p/versions/2/activate", None),
             ("agent.publish", "/api/v1/publish", agent | {"workspace_id": "w"})]
    told = []
    for action, path, body in steps:
        for _ in range(2):
            try:
                answer = server.post(path, body, server.admin)
            except (OSError, http.client.HTTPException):
                continue
            assert answer.status < 300 or answer.status >= 500 or answer.status == 409, (path, answer)
            if answer.status < 300:
                told.append(action)
                break
    return told


def test_each_call_of_the_server_on_a_file_fails_once(tmp_path):
    log = tmp_path / "calls"
    whole = Failing(tmp_path, 0, 0, log)
    assert len(play(whole)) == 6
    whole.stop()
    calls = [line.split(" ")[1] for line in log.read_text().splitlines()]
    numbers = chosen(len(calls), seed(), 0, 60)
    not_started = refused = 0
    for number in numbers:
        path = tmp_path / str(number)
        path.mkdir()
        call = calls[number - 1]
        try:
            server = Failing(path, number, errors_of(call, number))
        except AssertionError as e:
            said = (path / "log").read_text()
            assert "sekuired: " in said and "Sanitizer" not in said, (number, call, e)
            not_started += 1
            told = []
        else:
            told = play(server)
            server.stop()
            refused += len(told) < 6
        again = Server(path)
        try:
            rows = again.get("/api/v1/workspaces/w/audit", again.admin)
            actions = [r["action"] for r in rows.json["items"]] if rows.status == 200 else []
            for action in set(told):
                assert actions.count(action) >= told.count(action), (number, call, told, actions)
            if actions:
                verify(rows.json["items"])
            play(again)
            assert again.get("/api/v1/workspaces/w/policy/active", again.admin).json["version"] == "2"
        finally:
            assert again.stop() == 0
        shutil.rmtree(path)
    print(f"failed calls of the server: {len(numbers)} of {len(calls)}; {not_started} kept it from starting, {refused} refused a request for good")


# --- a user without privileges ---

@contextlib.contextmanager
def as_nobody(here):
    """A copy of the scenario's place and of the program that belongs to a user without privileges."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        for name in ("home", "work"):
            shutil.copytree(here.start.path / name, folder / name)
        (folder / "bin").mkdir()
        (folder / "lib").mkdir()
        shutil.copy(SEKUIRE, folder / "bin" / "sekuire")
        shutil.copytree(SEKUIRE.parents[1] / "lib" / "sekuire", folder / "lib" / "sekuire")
        if os.geteuid() == 0:
            for root, _, names in os.walk(folder):
                for name in (".", *names):
                    os.chown(os.path.join(root, name), 65534, 65534)
        yield folder
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
        shutil.rmtree(folder)


def run_as_nobody(here, folder, limit=None):
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    sized = ["prlimit", f"--fsize={limit}"] if limit is not None else []
    variables = {n: v.replace(str(here.box.path), str(folder)) for n, v in here.box.environment(here.scenario.env).items()}
    return subprocess.run([*user, *sized, folder / "bin" / "sekuire", *here.scenario.args], input=here.scenario.input, env=variables,
                          cwd=folder / "work", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and not p.name.endswith(".lock") and "etag" not in p.parts}


WRITERS = named("sign --json over an old file", "keygen --force", "trust add to others", "trust remove", "config set", "login",
                "first pull --json", "pull", "push")


@pytest.mark.parametrize("scenario", WRITERS, ids=str)
def test_read_only_directories_leave_everything(place, scenario):
    here = place(scenario)
    with as_nobody(here) as folder:
        for name in scenario.changes:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["chmod", "a-w", (folder / name).parent], check=True)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "65534:65534", folder / "home", folder / "work"], check=True)
        before = contents(folder)
        done = run_as_nobody(here, folder)
        assert done.returncode == 3, done
        if "--json" in scenario.args:
            assert json.loads(done.stdout)["error"]["code"] == "io", done
        assert contents(folder) == before


@pytest.mark.parametrize("scenario", WRITERS, ids=str)
@pytest.mark.parametrize("limit", [0, 10])
def test_a_full_disk_leaves_everything(place, scenario, limit):
    here = place(scenario)
    with as_nobody(here) as folder:
        before = contents(folder)
        done = run_as_nobody(here, folder, limit=limit)
        assert done.returncode == 3, done
        if "--json" in scenario.args:
            assert json.loads(done.stdout)["error"]["code"] == "no_space", done
        assert contents(folder) == before


@pytest.mark.parametrize("scenario", named("pull", "push", "keygen", "sign --json over an old file", "trust list", "login", "config show",
                                           "validate --json", "audit list", "policy list"), ids=str)
def test_stdout_that_takes_nothing_is_an_error(place, scenario):
    here = place(scenario)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SEKUIRE, *scenario.args], input=scenario.input, stdout=full, stderr=subprocess.PIPE, cwd=here.box.work,
                              env=here.box.environment(scenario.env), timeout=60)
    assert done.returncode == 3 and b"No space left" in done.stderr, done
    here.check_files(False)
