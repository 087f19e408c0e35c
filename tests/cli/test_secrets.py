# SPDX-License-Identifier: Apache-2.0
"""What the program does for keys and passphrases: protected keys, signers elsewhere, files, memory, core dumps."""
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess

import pytest

from support import KEY, SEED, SEKUIRE, tree

W = "ws_abc123"
NOW = "2026-07-01T00:00:00Z"
PASSPHRASE = "correct horse battery staple"
LINE = re.compile("sekuire-key-v1:argon2id:3:262144:[0-9a-f]{32}:[0-9a-f]{48}:[0-9a-f]{96}")
# SEED under PASSPHRASE, at a cost that tests can wait for (made by the words of docs/spec/wire.md, section 4).
PROTECTED = ("sekuire-key-v1:argon2id:1:64:000102030405060708090a0b0c0d0e0f:404142434445464748494a4b4c4d4e4f5051525354555657:"
             "da5d9676f075f4b6b96d0fa19893747d0563514a6b3ed586957caf2b246662d721a6db9fa03d8c0a70e9bb0ebb159ba8")
SIGN = ("policy", "sign", "--workspace", W, "--policy-id", "policy_xyz", "--version", "1", "--content", "c.yaml")


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.fixture
def signer(box):
    """A protected key beside a policy to sign."""
    box.write("c.yaml", "x-a: 1\n")
    box.write("pass", PASSPHRASE + "\n", 0o600)
    return box.write("signer.key", PROTECTED + "\n", 0o600)


def code_of(done):
    return done.code, done.json["error"]["code"]


# --- keys under a passphrase ---

def test_keygen_under_a_passphrase(box):
    box.write("pass", PASSPHRASE + "\n", 0o600)
    box.write("c.yaml", "x-a: 1\n")
    done = box.run("keygen", "--passphrase-file", "pass")
    assert done.code == 0
    assert done.out == "Keys generated!\n   Private: .sekuire/secret.key (KEEP SAFE)\n   Public:  .sekuire/public.key\n"
    secret, public = box.work / ".sekuire" / "secret.key", (box.work / ".sekuire" / "public.key").read_text()
    assert LINE.fullmatch(secret.read_text()) and mode(secret) == 0o600
    assert re.fullmatch("[0-9a-f]{64}", public) and f"public key {public}" in done.err
    before = secret.read_bytes()
    done = box.run(*SIGN, "--key", secret, "--passphrase-file", "-", input=PASSPHRASE, at=NOW)
    assert done.code == 0, done
    assert json.loads((box.work / "policy.json").read_text())["signing_public_key"] == public
    assert box.run("policy", "validate", "--strict", "--workspace", W, "--trusted-key", public, at=NOW).code == 0
    assert secret.read_bytes() == before
    for name, content in (tree(box.path)).items():
        assert PASSPHRASE.encode() not in content or name == "work/pass"


def test_keygen_asks_twice_on_a_terminal_without_echo(box):
    done = box.terminal("keygen", "--passphrase", typed=[PASSPHRASE.encode() + b"\n"] * 2)
    assert done.code == 0, done
    assert done.out.count("(not shown): ") == 2 and PASSPHRASE not in done.out and "Keys generated!" in done.out
    box.write("c.yaml", "x-a: 1\n")
    assert LINE.fullmatch((box.work / ".sekuire/secret.key").read_text())
    done = box.terminal(*SIGN, "--key", ".sekuire/secret.key", typed=[PASSPHRASE.encode() + b"\n"])
    assert done.code == 0 and PASSPHRASE not in done.out and "Passphrase of .sekuire/secret.key (not shown): " in done.out, done


@pytest.mark.parametrize("typed, why", [
    ([b"one\n", b"another\n"], "the two passphrases differ"),
    ([b"\n"], "the passphrase is empty"),
    ([b"one\n", b"\n"], "the passphrase is empty"),
    ([b"\x04"], "nothing was entered"),
])
def test_a_passphrase_that_is_none_makes_no_key(box, typed, why):
    done = box.terminal("keygen", "--passphrase", typed=typed)
    assert done.code == 2 and why in done.out
    assert not (box.work / ".sekuire").exists()


def test_an_interrupted_prompt_makes_no_key(box):
    done = box.terminal("keygen", "--passphrase", typed=[b"secret\x03"])
    assert done.code == -signal.SIGINT and "secret" not in done.out.replace("secret.key", "")
    assert not (box.work / ".sekuire").exists()


@pytest.mark.parametrize("command", [("keygen", "--passphrase"), (*SIGN, "--key", "signer.key")])
def test_without_a_terminal_a_passphrase_needs_a_file(box, signer, command):
    before = tree(box.work)
    done = box.run(*command, input=PASSPHRASE + "\n" + PASSPHRASE + "\n")
    assert done.code == 2 and "there is no terminal to ask on" in done.err and "--passphrase-file" in done.err
    assert code_of(box.run(*command, "--json")) == (2, "usage")
    assert box.run(*command, env={"SEKUIRE_PASSPHRASE": PASSPHRASE, "SEKUIRE_KEY_PASSPHRASE": PASSPHRASE}).code == 2
    assert tree(box.work) == before


def test_keygen_never_asks_before_it_refuses(box):
    box.run("keygen")
    before = tree(box.work)
    done = box.terminal("keygen", "--passphrase", typed=[PASSPHRASE.encode() + b"\n"] * 2)
    assert done.code == 1 and "(not shown)" not in done.out and "--force" in done.out and tree(box.work) == before
    assert box.run("keygen", "--passphrase-file", "-", "--force", input=PASSPHRASE).code == 0
    assert LINE.fullmatch((box.work / ".sekuire/secret.key").read_text())


def test_a_wrong_passphrase_changes_nothing(box, signer):
    box.write("pass", "correct horse battery stapler\n", 0o600)
    before = tree(box.work)
    done = box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "pass", "--json")
    assert code_of(done) == (1, "key_invalid")
    assert "signer.key: the passphrase is wrong" in done.err and "stapler" not in done.err and tree(box.work) == before
    done = box.terminal(*SIGN, "--key", "signer.key", typed=[b"nonsense\n"])
    assert done.code == 1 and "the passphrase is wrong" in done.out and "nonsense" not in done.out and tree(box.work) == before


@pytest.mark.parametrize("text, code, word, why", [
    ("", 1, "key_invalid", "the passphrase is empty"),
    ("\n", 1, "key_invalid", "the passphrase is empty"),
    (PASSPHRASE + "\n\n", 1, "key_invalid", "one line"),
    (PASSPHRASE + "\0", 1, "key_invalid", "one line"),
    (PASSPHRASE + " ", 1, "key_invalid", "the passphrase is wrong"),
    ("x" * 1025, 1, "too_large", "larger than 1024 bytes"),
], ids=["empty", "line end", "two lines", "nul", "space", "long"])
def test_passphrase_files_that_do_not_fit(box, signer, text, code, word, why):
    box.write("pass", text, 0o600)
    for name, more in (("pass", {}), ("-", {"input": text})):
        done = box.run(*SIGN, "--key", "signer.key", "--passphrase-file", name, "--json", **more)
        assert code_of(done) == (code, word) and why in done.err, done
    assert not (box.work / "policy.json").exists()


def test_a_passphrase_file_is_one_line_and_may_be_a_link_or_a_pipe(box, signer):
    for text in (PASSPHRASE, PASSPHRASE + "\n", PASSPHRASE + "\r\n"):
        box.write("pass", text, 0o600)
        done = box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "pass")
        assert done.code == 0 and "others can read" not in done.err, done
    (box.work / "link").symlink_to("pass")
    assert box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "link").code == 0
    (box.work / "pass").chmod(0o644)
    done = box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "link")
    assert done.code == 0 and "warning: others can read link; run: chmod 600 link" in done.err
    assert box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "nowhere", "--json").json["error"]["file"] == "nowhere"


@pytest.mark.parametrize("numbers", ["9:64", "1:524289", "999999:999999"])
def test_a_hostile_key_file_cannot_demand_time_or_memory(box, signer, numbers):
    signer.write_text(PROTECTED.replace("argon2id:1:64:", f"argon2id:{numbers}:"))
    done = box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "pass", "--json", timeout=5)
    assert code_of(done) == (1, "key_invalid") and "which is refused" in done.err


def test_options_that_contradict_a_passphrase(box, signer):
    assert code_of(box.run(*SIGN, "--print-message", "--public-key", KEY, "--passphrase-file", "pass", "--json")) == (2, "usage")
    assert code_of(box.run("policy", "sign", "--attach", "00" * 64, "--file", "f", "--passphrase-file", "pass", "--json")) == (2, "usage")
    both = box.run(*SIGN[:-1], "-", "--key", "signer.key", "--passphrase-file", "-", "--json", input=PASSPHRASE)
    assert code_of(both) == (2, "usage") and "standard input" in both.err
    signer.write_text(SEED)  # a key without one needs none, and says nothing
    assert box.run(*SIGN, "--key", "signer.key", "--passphrase-file", "pass").code == 0


def test_push_signs_with_a_protected_key(box, backend):
    from test_push import Case
    case = Case(box, backend)
    box.write(".sekuire/secret.key", PROTECTED, 0o600)
    box.write("pass", PASSPHRASE, 0o600)
    done = case.push()
    assert done.code == 2 and "there is no terminal" in done.err and backend.requests == []
    box.write("wrong", "wrong", 0o600)
    done = case.push("--passphrase-file", "wrong", "--json")
    assert code_of(done) == (1, "key_invalid") and backend.requests == []
    assert case.push("--passphrase-file", "pass").code == 0
    sent = json.loads(backend.sent("POST", "/api/v1/publish")[0]["body"])
    assert sent["public_key"] == KEY
    answer = box.ask(("verify", {"message": sent["sekuire_id"], "signature": sent["signature"], "publicKey": KEY}))
    assert answer[0]["result"] is True
    assert all(PASSPHRASE not in str(r) and SEED not in str(r) for r in backend.requests)


# --- a signer elsewhere ---

def test_openssl_signs_what_is_printed(box):
    assert shutil.which("openssl"), "this test needs openssl"

    def openssl(*args):
        return subprocess.run(["openssl", *args], cwd=box.work, check=True, capture_output=True).stdout

    openssl("genpkey", "-algorithm", "ed25519", "-out", "key.pem")
    public = openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER")[-32:].hex()
    box.write("c.yaml", "tools:\n  blocked_tools: [shell_exec]\n")
    done = box.run(*SIGN, "--print-message", "--public-key", public, at=NOW)
    assert done.code == 0
    box.write("message", done.raw)
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message", "-out", "signature")
    signature = (box.work / "signature").read_bytes().hex()
    done = box.run("policy", "sign", "--attach", signature, "--file", "policy.json")
    assert done.code == 0 and done.out == f"Signed policy policy_xyz (v1) for workspace {W} to policy.json\n"
    assert box.run("policy", "validate", "--strict", "--workspace", W, "--trusted-key", public, at=NOW).code == 0
    assert box.run("policy", "validate", "--strict", "--workspace", W, "--trusted-key", KEY, at=NOW).code == 1
    box.run(*SIGN, "--print-message", "--public-key", public, "--out", "other.json", "--sequence", "7", at=NOW)
    refused = box.run("policy", "sign", "--attach", signature, "--file", "other.json", "--json")
    assert code_of(refused) == (1, "signature")


def test_a_key_of_ours_and_openssls_sign_alike(box):
    """Ed25519 is deterministic: the seed as PKCS #8 (RFC 8410) gives the signature that we give."""
    box.write("key.der", bytes.fromhex("302e020100300506032b657004220420" + SEED))
    box.write("message", "policy_xyz:1:" + "0" * 64)
    made = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", "key.der", "-in", "message"],
                          cwd=box.work, check=True, capture_output=True).stdout
    ours = box.ask(("sign", {"message": (box.work / "message").read_text(), "secretKey": SEED}))[0]["result"]
    assert made.hex() == ours


# --- files ---

@pytest.mark.parametrize("mask", [0o000, 0o077, 0o027])
def test_files_have_their_modes_under_any_umask(box, backend, mask):
    api_key = "sk_live_" + "0" * 64
    backend.routes[("POST", "/api/v1/api-keys/verify")] = (200, {"valid": True, "org_id": "org_1"})
    backend.routes[("GET", "/api/v1/me")] = (200, {"workspaces": []})
    before = os.umask(mask)
    try:
        assert box.run("keygen").code == 0
        assert box.run("login", "--backend", backend.url, "--api-key-file", "-", input=api_key).code == 0
        assert box.run("config", "set", "workspace", W).code == 0
        box.trust()
    finally:
        os.umask(before)
    modes = {str(p.relative_to(box.path)): mode(p) for p in box.path.rglob("*")}
    for name in ("home", "work"):
        del modes[name]
    public = modes.pop("work/.sekuire/public.key")
    files = {n: m for n, m in modes.items() if (box.path / n).is_file()}
    assert files.keys() >= {"work/.sekuire/secret.key", "home/.sekuire/auth.json", "home/state/sekuire/trust.json",
                            "home/state/sekuire/trust.json.lock", "home/config/sekuire/config.yaml"}
    assert set(files.values()) == {0o600} and public == 0o644, modes
    assert set(modes[n] for n in modes.keys() - files.keys()) == {0o700}, modes


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("what", ["link", "group", "others"])
def test_keys_are_not_put_where_somebody_else_could_replace_them(box, what, force):
    folder = box.work / ".sekuire"
    (box.path / "elsewhere").mkdir(mode=0o700)
    if what == "link":
        folder.symlink_to(box.path / "elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o720 if what == "group" else 0o702)
    done = box.run("keygen", "--passphrase-file", "-", "--json", *force, input=PASSPHRASE)
    assert code_of(done) == (3, "config") and done.json["error"]["file"] == ".sekuire", done
    assert not any(p.is_file() for p in box.work.rglob("*")) and not list((box.path / "elsewhere").iterdir())
    if what != "link":
        folder.chmod(0o755)  # others may look, but not change anything
        assert box.run("keygen", *force).code == 0


@pytest.mark.parametrize("what", ["group", "others", "write", "link", "folder", "pipe", "owner"])
def test_a_secret_key_that_somebody_else_could_have_is_refused(box, signer, what):
    signer.write_text(SEED)
    args = (*SIGN, "--key", "signer.key", "--json")
    assert box.run(*args).code == 0
    (box.work / "policy.json").unlink()
    words = {"group": (0o640, "chmod 600"), "others": (0o604, "chmod 600"), "write": (0o620, "chmod 600")}
    if what in words:
        signer.chmod(words[what][0])
        word = words[what][1]
    elif what == "owner":
        word = "belongs to another user"
        if os.geteuid() == 0:
            os.chown(signer, 65534, 65534)
        else:
            args = (*SIGN, "--key", "/etc/passwd", "--json")
    else:
        signer.rename(box.work / "moved")
        if what == "link":
            signer.symlink_to("moved")
            word = "is a symbolic link"
        elif what == "folder":
            signer.mkdir(mode=0o700)
            word = "is no regular file"
        else:
            os.mkfifo(signer, 0o600)
            word = "is no regular file"
    done = box.run(*args, timeout=10)
    assert code_of(done) == (3, "config") and word in done.err and not (box.work / "policy.json").exists(), done


@pytest.mark.parametrize("spoiled", [0o620, 0o602, 0o666])
def test_a_trust_store_that_others_can_write_is_refused(box, spoiled):
    box.trust()
    box.trust_file.chmod(0o644)
    assert box.run("trust", "list").code == 0
    box.trust_file.chmod(spoiled)
    before = box.trust_file.read_bytes()
    for args in (("trust", "list"), ("trust", "add", "--workspace", "other", "--public-key", KEY)):
        done = box.run(*args, "--json")
        assert code_of(done) == (3, "config") and "can be written by others" in done.err and "chmod 600" in done.err
    assert box.trust_file.read_bytes() == before
    if os.geteuid() == 0:
        box.trust_file.chmod(0o600)
        os.chown(box.trust_file, 65534, 65534)
        assert code_of(box.run("trust", "list", "--json")) == (3, "config")


def other_hands(path):
    """What makes path somebody else's to write: functions that do, with the words of the refusal, and one that mends it."""
    ways = [(lambda m=m: path.chmod(m), f"can be written by others (mode {m:04o}): run chmod 600") for m in (0o620, 0o602, 0o666)]
    ways += [(lambda m=m: path.parent.chmod(m), f"is in a folder that others can write (mode {m:04o}): run chmod go-w")
             for m in (0o770, 0o777)]
    if os.geteuid() == 0:
        ways += [(lambda: os.chown(path, 65534, 65534), "belongs to another user"),
                 (lambda: os.chown(path.parent, 65534, 65534), "is in a folder that belongs to another user")]
    for spoil, words in ways:
        spoil()
        yield words
        for p, m in ((path, 0o600), (path.parent, 0o700)):
            os.chown(p, os.geteuid(), os.getegid())
            p.chmod(m)


def test_settings_that_others_can_write_lead_no_key_anywhere(box, backend):
    backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "email": "e", "workspaces": []})
    box.config_file.parent.mkdir(parents=True, mode=0o700)
    box.config_file.write_text(f"backend: {backend.url}\ntrust: {{require_pinned: false}}\n")
    env = {"SEKUIRE_API_KEY": "sk_live_" + "a" * 64}
    assert box.run("auth", "whoami", env=env).code == 0
    backend.requests.clear()
    before = box.config_file.read_bytes()
    for words in other_hands(box.config_file):
        for args in (("auth", "whoami"), ("config", "show"), ("config", "set", "workspace", W)):
            done = box.run(*args, "--json", env=env)
            assert code_of(done) == (3, "config") and words in done.err and str(box.config_file) in done.err, done
    assert backend.requests == [] and box.config_file.read_bytes() == before
    box.config_file.chmod(0o644)
    assert box.run("auth", "whoami", env=env).code == 0


def test_a_login_that_others_can_write_is_none(box, backend):
    backend.routes[("GET", "/api/v1/me")] = (200, {"id": "u", "email": "e", "workspaces": []})
    box.auth_file.parent.mkdir(mode=0o700)
    box.auth_file.write_text(json.dumps({"api_key": "sk_live_" + "b" * 64, "backend": backend.url}))
    box.auth_file.chmod(0o644)
    assert box.run("auth", "whoami").code == 0  # as published clients write it
    backend.requests.clear()
    for words in other_hands(box.auth_file):
        done = box.run("auth", "whoami", "--json")
        assert code_of(done) == (3, "config") and words in done.err and str(box.auth_file) in done.err, done
    assert backend.requests == [] and box.run("auth", "whoami").code == 0


def test_a_trust_store_that_others_can_replace_is_refused(box):
    box.trust()
    for words in other_hands(box.trust_file):
        done = box.run("trust", "list", "--json")
        assert code_of(done) == (3, "config") and words in done.err and str(box.trust_file) in done.err, done
    box.trust_file.unlink()  # one that was taken away is none that never was
    box.trust_file.parent.chmod(0o777)
    assert code_of(box.run("trust", "list", "--json")) == (3, "config")
    box.trust_file.parent.chmod(0o1777)
    assert box.run("trust", "list").code == 0


# --- memory ---

def start(user=None):
    """`sekuire conformance`, waiting for a request, with core dumps allowed as far as can be: its process id, and what ends it."""
    program = os.open(SEKUIRE, os.O_RDONLY)
    child, ours = os.pipe()
    answer, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(child, 0)
            os.dup2(said, 1)
            os.close(ours)
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            os.execve(program, ["sekuire", "conformance"], {"HOME": "/", "SEKUIRE_API_KEY": "sk_live_x"})
        finally:
            os._exit(99)
    for fd in (program, child, said):
        os.close(fd)
    os.write(ours, b'{"operation":"hash","params":{"input":""}}\n')
    assert os.read(answer, 4096).startswith(b'{"result"')
    os.close(answer)
    return pid, ours


def test_no_core_dump_while_it_runs():
    pid, ours = start()
    with open(f"/proc/{pid}/limits") as limits:
        assert re.search(r"^Max core file size +0 +0 ", limits.read(), re.M)
    os.kill(pid, signal.SIGQUIT)
    status = os.waitpid(pid, 0)[1]
    os.close(ours)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGQUIT and not os.WCOREDUMP(status)


def test_other_processes_of_the_same_user_cannot_read_its_memory():
    pid, ours = start(65534 if os.geteuid() == 0 else None)
    owner = os.stat(f"/proc/{pid}/mem").st_uid
    user = os.stat(f"/proc/{pid}").st_uid
    os.close(ours)
    assert os.waitpid(pid, 0)[1] == 0
    assert owner == 0 and user == (os.geteuid() or 65534)
