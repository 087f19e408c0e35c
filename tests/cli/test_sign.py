# SPDX-License-Identifier: Apache-2.0
"""policy new and policy sign."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from support import KEY, OTHER_SEED, SEED, SEKUIRE, tree

NOW = "2026-01-15T00:00:00Z"
NOW_SECONDS = 1768435200


@pytest.fixture
def key(box):
    return box.write("signer.key", SEED, 0o600)


def sign(box, *args, content="tools:\n  blocked_tools: [shell_exec]\n", name="content.yaml", at=NOW, **more):
    box.write(name, content)
    return box.run("policy", "sign", "--workspace", "ws_abc123", "--policy-id", "policy_xyz", "--version", "1", "--content", name,
                   "--key", "signer.key", *args, at=at, **more)


def envelope(box, name="policy.json"):
    return json.loads((box.work / name).read_text())


@pytest.mark.parametrize("preset", ["strict", "standard", "permissive"])
def test_presets_can_be_signed_as_they_are(box, key, preset):
    done = box.run("policy", "new", "--preset", preset, "--out", "new.yaml")
    assert done.code == 0
    text = (box.work / "new.yaml").read_text()
    assert text.startswith("# ") and box.run("policy", "new", "--preset", preset).out == text
    done = sign(box, content=text, name="new.yaml")
    assert done.code == 0, done
    done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--trusted-key", KEY, at=NOW)
    assert done.code == 0 and "warning" not in done.err


def test_new_leaves_an_existing_file_alone(box):
    box.write("new.yaml", "mine")
    done = box.run("policy", "new", "--out", "new.yaml", "--json")
    assert done.code == 1 and done.json["error"]["code"] == "exists" and (box.work / "new.yaml").read_text() == "mine"
    assert box.run("policy", "new", "--preset", "loose").code == 2
    assert box.run("policy", "new", "--json").json["preset"] == "standard"


def test_sign_binds_to_workspace_and_time(box, key):
    done = sign(box)
    assert done.code == 0 and done.out == "Signed policy policy_xyz (v1) for workspace ws_abc123 to policy.json\n"
    assert done.err == "this policy never expires (--expires 90d would end it)\n"
    e = envelope(box)
    assert e["content"] == {"binding": {"sequence": NOW_SECONDS, "workspace_id": "ws_abc123"}, "tools": {"blocked_tools": ["shell_exec"]}}
    assert list(e) == ["policy_id", "workspace_id", "version", "status", "hash", "content", "activated_at", "updated_at", "signature",
                       "signing_key_id", "signing_public_key"]
    assert e["signing_public_key"] == KEY and re.fullmatch("key_[0-9a-f]{16}", e["signing_key_id"]) and e["status"] == "active"
    check = {"message": f"policy_xyz:1:{e['hash']}", "signature": e["signature"], "publicKey": KEY}
    assert box.ask(("verify", check))[0]["result"] is True


def test_sign_document(box, key):
    done = sign(box, "--out", "a.json", "--json", "--expires", "90d", "--not-before", "2026-01-10T00:00:00+01:00")
    e = envelope(box, "a.json")
    assert done.json == {"policy_id": "policy_xyz", "workspace_id": "ws_abc123", "version": "1", "hash": e["hash"], "status": "active",
                         "sequence": NOW_SECONDS, "out": "a.json"}
    assert done.err == ""
    assert e["content"]["binding"] == {"workspace_id": "ws_abc123", "sequence": NOW_SECONDS, "not_before": "2026-01-09T23:00:00Z",
                                       "expires_at": "2026-04-15T00:00:00Z"}


def test_the_next_sequence_is_one_above_the_old_file(box, key):
    assert sign(box, "--json").json["sequence"] == NOW_SECONDS
    assert sign(box, "--json").json["sequence"] == NOW_SECONDS + 1
    assert sign(box, "--sequence", "7", "--json").json["sequence"] == 7
    assert sign(box, "--json").json["sequence"] == 8
    box.write("other.json", envelope(box))
    box.write("signer.key", OTHER_SEED, 0o600)
    assert sign(box, "--json").json["sequence"] == NOW_SECONDS  # another key
    box.write("signer.key", SEED, 0o600)
    changed = envelope(box, "other.json")
    changed["content"]["binding"]["sequence"] = 99
    box.write("policy.json", changed)
    assert sign(box, "--json").json["sequence"] == NOW_SECONDS  # one that does not verify
    box.write("policy.json", "not json")
    assert sign(box, "--json").json["sequence"] == NOW_SECONDS


def test_a_sequence_far_ahead_of_the_clock_is_refused(box, key):
    assert sign(box, "--sequence", str(NOW_SECONDS + 86400)).code == 0
    before = tree(box.work)
    done = sign(box, "--sequence", str(NOW_SECONDS + 86401))
    assert done.code == 2 and "more than a day ahead" in done.err
    assert tree(box.work) == before


def test_trust_keys_are_written_and_must_hold_the_signer(box, key):
    other = box.public_key(OTHER_SEED)
    assert sign(box, "--trust-key", KEY, "--trust-key", other).code == 0
    assert envelope(box)["content"]["binding"]["signing_keys"] == [KEY, other]
    before = tree(box.work)
    done = sign(box, "--trust-key", other, "--json")
    assert done.code == 1 and done.json["error"]["code"] == "content"
    assert sign(box, "--trust-key", KEY, "--trust-key", KEY.upper()).code == 2
    assert sign(box, "--trust-key", "signer.key").code == 2
    assert tree(box.work) == before


def test_a_binding_in_the_content_is_refused_unless_dropped(box, key):
    content = {"binding": {"workspace_id": "ws_abc123", "sequence": 1}, "x-note": 1}
    done = sign(box, content=json.dumps(content), name="c.json", )
    assert done.code == 1 and "--drop-binding" in done.err and not (box.work / "policy.json").exists()
    assert sign(box, "--drop-binding", content=json.dumps(content), name="c.json").code == 0
    assert envelope(box)["content"]["binding"]["sequence"] == NOW_SECONDS


def test_names_and_words_go_into_the_envelope(box, key):
    assert sign(box, "--signing-key-id", "key_mine", "--status", "draft").code == 0
    assert (envelope(box)["signing_key_id"], envelope(box)["status"]) == ("key_mine", "draft")


@pytest.mark.parametrize("args, code", [
    (("--expires", "soon"), 2), (("--expires", "0d"), 2), (("--expires", "90"), 2), (("--expires", "2026-13-01T00:00:00Z"), 2),
    (("--not-before", "90d"), 2), (("--not-before", "2026-03-01T00:00:00Z", "--expires", "2026-02-01T00:00:00Z"), 2),
    (("--sequence", "-1"), 2), (("--sequence", "1.5"), 2), (("--sequence", "18446744073709551616"), 2), (("--sequence", ""), 2),
    (("--signing-key-id", "a b"), 2), (("--status", "a\nb"), 2), (("--file", "x"), 2), (("--public-key", KEY), 2),
    (("--out", "nowhere/policy.json"), 3),
])
def test_malformed_values(box, key, args, code):
    box.write("content.yaml", "tools:\n  blocked_tools: [shell_exec]\n")
    before = tree(box.work)
    assert sign(box, *args).code == code
    assert tree(box.work) == before


@pytest.mark.parametrize("option", ["--policy-id", "--version", "--content", "--key"])
def test_missing_options(box, key, option):
    box.write("c.yaml", "x-a: 1\n")
    args = {"--workspace": "w", "--policy-id": "p", "--version": "1", "--content": "c.yaml", "--key": "signer.key"}
    del args[option]
    done = box.run("policy", "sign", *[a for pair in args.items() for a in pair])
    assert done.code == 2 and f"option {option} is missing" in done.err
    args[option] = "../x"
    if option in ("--policy-id", "--version"):
        assert box.run("policy", "sign", *[a for pair in args.items() for a in pair]).code == 2


@pytest.mark.parametrize("content, word, place", [
    ("", "type", ":1:1:"), ("- a\n", "type", ":1:1:"), ("tool:\n  x: 1\n", "unknown_key", ":1:"), ("tools:\n  alowed: 1\n", "unknown_key", ":2:"),
    ("tools:\n  allowed_tools: 1\n", "content", ":2:"), ("tools: &a\n  blocked_tools: [x]\n", None, ":1:"),
    ("a: 1\n---\nb: 2\n", None, ":2:"), ("x-a: 1\nx-a: 2\n", "duplicate_key", ":2:1:"), ("x-a: 1\n y: 2", "syntax", ":"),
    ("permissions:\n  filesystem:\n    enabled: true\n    allowed_paths: [tmp]\n", "content", ":4:"),
    ("tools: {blocked_tools: [a], blocked_tools: [b]}\n", "duplicate_key", ":1:"), ("x-n: 1e999\n", "number", ":1:"),
    ("x-n: \x07\n", None, ":1:"),
])
def test_content_that_cannot_be_signed(box, key, content, word, place):
    box.write("policy.json", "old")
    done = sign(box, "--json", content=content)
    assert done.code == 1, done
    assert word is None or done.json["error"]["code"] == word, done
    assert done.err.splitlines()[-1].startswith(f"sekuire: content.yaml{place}") or f"sekuire: content.yaml{place}" in done.err, done
    assert (box.work / "policy.json").read_text() == "old"


def test_every_finding_of_the_content_is_told(box, key):
    done = sign(box, content="tool: {}\nrate_limits:\n  per_agent:\n    requests_per_minute: -1\n    tokens_per_hour: 1.5\n")
    assert done.code == 1 and all(p in done.err for p in ("content.yaml:1:", "content.yaml:4:", "content.yaml:5:"))


def test_a_whole_envelope_as_content_is_explained(box, key):
    done = sign(box, content=json.dumps(box.envelope({"x-note": 1})), name="c.json")
    assert done.code == 1 and "looks like a whole envelope" in done.err


def test_a_secret_key_that_others_can_read_is_refused(box, key):
    key.chmod(0o644)
    done = sign(box, "--json")
    assert done.code == 3 and done.json["error"]["code"] == "config" and "chmod" in done.err
    key.chmod(0o600)
    (box.work / "link.key").symlink_to(key)
    done = sign(box, content="x-a: 1\n")
    assert done.code == 0
    assert box.run("policy", "sign", "--workspace", "w", "--policy-id", "p", "--version", "1", "--content", "content.yaml", "--key",
                   "link.key").code == 3
    box.write("signer.key", "zz", 0o600)
    done = sign(box, "--json")
    assert done.code == 1 and done.json["error"]["code"] == "key_invalid"
    box.write("signer.key", SEED + KEY + "\n", 0o600)
    assert sign(box).code == 0
    box.write("signer.key", SEED + OTHER_SEED, 0o600)
    assert sign(box).code == 1


def test_a_key_that_never_leaves_its_device(box):
    box.write("c.yaml", "x-a: 1\n")
    args = ("policy", "sign", "--workspace", "ws_abc123", "--policy-id", "policy_xyz", "--version", "1", "--content", "c.yaml",
            "--print-message", "--public-key", KEY)
    done = box.run(*args, at=NOW)
    assert done.code == 0
    unsigned = envelope(box)
    assert done.raw == f"policy_xyz:1:{unsigned['hash']}".encode() and unsigned["signature"] is None
    assert unsigned["signing_public_key"] == KEY
    assert box.run("policy", "validate").code == 1
    signature = box.ask(("sign", {"message": done.out, "secretKey": SEED}))[0]["result"]
    before = tree(box.work)
    wrong = box.ask(("sign", {"message": done.out, "secretKey": OTHER_SEED}))[0]["result"]
    refused = box.run("policy", "sign", "--attach", wrong, "--file", "policy.json", "--json")
    assert refused.code == 1 and refused.json["error"]["code"] == "signature" and tree(box.work) == before
    done = box.run("policy", "sign", "--attach", signature, "--file", "policy.json", "--json")
    assert done.code == 0 and done.json["sequence"] == NOW_SECONDS and done.json["out"] == "policy.json"
    assert box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--trusted-key", KEY, at=NOW).code == 0
    assert box.run(*args, "--json", at=NOW).json["message"].startswith("policy_xyz:1:")
    assert box.run(*args, "--key", "signer.key").code == 2
    assert box.run("policy", "sign", "--attach", "zz", "--file", "policy.json").code == 2
    assert box.run("policy", "sign", "--attach", signature).code == 2
    assert box.run("policy", "sign", "--attach", signature, "--file", "policy.json", "--version", "2").code == 2


def test_an_expired_policy_can_be_signed_with_a_warning(box, key):
    done = sign(box, "--expires", "2020-01-01T00:00:00Z")
    assert done.code == 0 and "in the past" in done.err


def test_a_full_disk_leaves_the_old_file(box, key):
    assert sign(box).code == 0
    before = tree(box.work)
    done = sign(box, "--json", file_limit=64)
    assert done.code == 3 and done.json["error"]["code"] == "no_space"
    assert tree(box.work) == before
    done = box.run("policy", "new", "--out", "new.yaml", "--json", file_limit=64)
    assert done.code == 3 and done.json["error"]["code"] == "no_space" and tree(box.work) == before
    done = box.run("keygen", "--json", file_limit=32)
    assert done.code == 3 and done.json["error"]["code"] == "no_space" and tree(box.work) == before


def test_a_read_only_directory_leaves_the_old_file():
    """Root may write anywhere, so another user runs a copy of the program."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        (folder / "home").mkdir()
        program = shutil.copy(SEKUIRE, folder / "sekuire")
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        (folder / "content.yaml").write_text("x-a: 1\n")
        (folder / "policy.json").write_text("old")
        (folder / "signer.key").write_text(SEED)
        (folder / "signer.key").chmod(0o600)
        if user:
            os.chown(folder / "signer.key", 65534, 65534)
        folder.chmod(0o555)
        sign_it = ["policy", "sign", "--workspace", "w", "--policy-id", "p", "--version", "1", "--content", "content.yaml", "--key", "signer.key"]
        for args in (sign_it, ["policy", "new", "--out", "new.yaml"], ["keygen"]):
            done = subprocess.run([*user, program, *args, "--json"], cwd=folder, env={"HOME": str(folder / "home"), "PATH": os.environ["PATH"]},
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert done.returncode == 3 and json.loads(done.stdout)["error"]["code"] == "io", (args, done)
        assert (folder / "policy.json").read_text() == "old"
        assert sorted(p.name for p in folder.iterdir()) == ["content.yaml", "home", "policy.json", "sekuire", "signer.key"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
