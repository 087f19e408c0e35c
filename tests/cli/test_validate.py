# SPDX-License-Identifier: Apache-2.0
"""policy validate and policy show."""
import json

import pytest

from support import KEY, OTHER_SEED, tree


def verdicts(done):
    return {c["name"]: c["result"] for c in done.json["checks"]}


def test_a_good_file_says_what_was_and_was_not_checked(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    before = tree(box.path)
    done = box.run("policy", "validate")
    assert (done.code, done.out) == (0, "Policy policy_xyz (v1) integrity verified (hash/signature)\n")
    assert done.err == "not checked: workspace, key, status, age\n"
    assert box.run("policy", "validate", "--quiet").err == ""
    done = box.run("policy", "validate", "--json")
    assert done.code == 0 and done.json["valid"] is True
    assert verdicts(done) == {"syntax": "pass", "hash": "pass", "signature": "pass", "workspace": "not_checked",
                              "status": "not_checked", "key": "not_checked", "sequence": "not_checked", "time": "not_checked"}
    assert tree(box.path) == before


def test_a_changed_content_fails_by_hash(box):
    envelope = box.envelope({"x-note": 1})
    envelope["content"]["x-note"] = 2
    box.write("policy.json", envelope)
    done = box.run("policy", "validate")
    assert done.code == 1 and done.raw == b"" and done.err.startswith("sekuire: policy.json:")
    done = box.run("policy", "validate", "--json")
    assert done.code == 1 and done.json["valid"] is False and verdicts(done)["hash"] == "fail"
    assert verdicts(done)["signature"] == "not_checked"


def test_a_changed_signature_fails_by_signature(box):
    envelope = box.envelope({"x-note": 1})
    envelope["version"] = "2"
    box.write("policy.json", envelope)
    done = box.run("policy", "validate", "--json")
    assert done.code == 1 and (verdicts(done)["hash"], verdicts(done)["signature"]) == ("pass", "fail")


def test_unsigned_is_refused_unless_allowed(box):
    box.write("policy.json", box.envelope({"x-note": 1}, signature=None, signing_public_key=None))
    done = box.run("policy", "validate")
    assert done.code == 1 and done.raw == b"" and "--allow-unsigned" in done.err
    done = box.run("policy", "validate", "--allow-unsigned")
    assert done.code == 0 and "signature" not in done.out and "NOT SIGNED" in done.err
    done = box.run("policy", "validate", "--allow-unsigned", "--json")
    assert done.json["valid"] is True and verdicts(done)["signature"] == "not_checked"
    envelope = box.envelope({"x-note": 1}, signature=None, signing_public_key=None)
    envelope["hash"] = "0" * 64
    box.write("policy.json", envelope)
    assert box.run("policy", "validate", "--allow-unsigned").code == 1


def test_json_that_is_no_envelope_is_an_answer_and_what_is_no_json_an_error(box):
    for text in ("{}", "[]", '"x"', "1"):
        box.write("policy.json", text)
        done = box.run("policy", "validate", "--json")
        assert done.code == 1 and done.json["valid"] is False and verdicts(done)["syntax"] == "fail", text
        assert done.json["policy_id"] is None
    for text, code in (("", "syntax"), ("{", "syntax"), ("\ufeff{}", "syntax"), (b"\xff", "utf8"), (b"\x00\x01\x02", "syntax"),
                       ('{"a":1,"a":1}', "duplicate_key"), ("[" * 65 + "]" * 65, "too_deep"), (" " * (4 << 20) + "{}", "too_large")):
        box.write("policy.json", text)
        done = box.run("policy", "validate", "--json")
        assert done.code == 1 and done.json["error"]["code"] == code, (text[:20], done)
        assert done.json["error"]["file"] == "policy.json"


def test_a_missing_file_and_a_directory_could_not_be_read(box):
    assert box.run("policy", "validate").code == 3
    done = box.run("policy", "validate", "--file", ".")
    assert done.code == 3 and done.err.startswith("sekuire: .: ")


def test_unknown_keys_and_wrong_types_are_warnings(box):
    box.write("policy.json", box.envelope({"tool": {}, "rate_limits": {"per_agent": {"requests_per_minute": -1}}}))
    for command in ("validate", "show"):
        done = box.run("policy", command)
        assert done.code == 0
        assert "warning:" in done.err and "/tool" in done.err and "/rate_limits/per_agent/requests_per_minute" in done.err
        assert "policy.json:7:" in done.err or "policy.json:" in done.err


def test_strict_needs_a_workspace_and_a_key(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    done = box.run("policy", "validate", "--strict")
    assert done.code == 2 and "no workspace is known" in done.err
    done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123")
    assert done.code == 1 and f"\n  sekuire trust add --workspace ws_abc123 --public-key {KEY}\n" in done.err
    done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--trusted-key", KEY)
    assert done.code == 0 and done.err == "accepted: workspace, key, status, age\n"
    done = box.run("policy", "validate", "--strict", "--workspace", "../x")
    assert done.code == 2
    done = box.run("policy", "validate", "--strict", env={"SEKUIRE_WORKSPACE_ID": "ws_abc123", "SEKUIRE_TRUSTED_KEY": KEY})
    assert done.code == 0


@pytest.mark.parametrize("change, check", [
    ({"workspace": "ws_other"}, "workspace"), ({"status": "revoked"}, "status"), ({"seed": OTHER_SEED}, "key"),
])
def test_strict_refuses_by_name(box, change, check):
    box.trust()
    box.write("policy.json", box.envelope({"x-note": 1}, **change))
    state = tree(box.home)
    done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--json")
    assert done.code == 1 and done.json["valid"] is False and verdicts(done)[check] == "fail"
    assert [n for n, r in verdicts(done).items() if r == "fail"] == [check]
    assert tree(box.home) == state


def test_strict_refuses_by_time(box):
    box.trust()
    binding = {"workspace_id": "ws_abc123", "sequence": 5, "not_before": "2026-02-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"}
    box.write("policy.json", box.envelope({"binding": binding}))
    for at, code in (("2026-01-31T23:59:59Z", 1), ("2026-02-01T00:00:00Z", 0), ("2026-02-28T23:59:59Z", 0), ("2026-03-01T00:00:01Z", 1)):
        done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--json", at=at)
        assert done.code == code, at
        assert verdicts(done)["time"] == ("pass" if code == 0 else "fail")


def test_a_workspace_that_only_the_project_names_takes_stored_pins_alone(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    box.write(".sekuire/config.yaml", "workspace: ws_abc123\n")
    assert box.run("policy", "validate", "--strict", "--trusted-key", KEY).code == 1
    box.trust()
    assert box.run("policy", "validate", "--strict").code == 0


@pytest.mark.parametrize("args", [("--strict", "--allow-unsigned"), ("--workspace", "ws_abc123"), ("--trusted-key", KEY)])
def test_options_that_contradict_each_other(box, args):
    box.write("policy.json", box.envelope({"x-note": 1}))
    assert box.run("policy", "validate", *args).code == 2


@pytest.mark.parametrize("key, code", [("zz", 3), ("0" * 63, 2), ("0" * 65, 2), ("00" * 32, 2), ("no-such-file", 3)])
def test_malformed_keys(box, key, code):
    box.write("policy.json", box.envelope({"x-note": 1}))
    done = box.run("policy", "validate", "--strict", "--workspace", "ws_abc123", "--trusted-key", key)
    assert done.code == code, done


def test_a_key_in_a_variable_is_digits_or_an_absolute_file(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    path = box.write("signer.pub", KEY + "\n")
    strict = ("policy", "validate", "--strict", "--workspace", "ws_abc123")
    assert box.run(*strict, env={"SEKUIRE_TRUSTED_KEY": "signer.pub"}).code == 2
    assert box.run(*strict, env={"SEKUIRE_TRUSTED_KEY": str(path)}).code == 0
    assert box.run(*strict, "--trusted-key", "signer.pub").code == 0
    box.write("signer.pub", "00" * 32)
    done = box.run(*strict, "--trusted-key", "signer.pub", "--json")
    assert done.code == 1 and done.json["error"]["code"] == "key_invalid" and done.json["error"]["file"] == "signer.pub"
    box.write(KEY, "00" * 32)  # digits are a key, never a file's name
    assert box.run(*strict, "--trusted-key", KEY).code == 0


def test_show_prints_the_lines(box):
    envelope = box.envelope({"x-note": 1})
    box.write("policy.json", envelope)
    done = box.run("policy", "show")
    assert (done.code, done.err) == (0, "")
    assert done.out == (f"Policy ID:     policy_xyz\nWorkspace ID:  ws_abc123\nVersion:       1\nStatus:        active\n"
                        f"Hash:          {envelope['hash']}\nSignature:     {envelope['signature']}\nSigning Key:   key_1\n")


def test_show_of_an_unsigned_file(box):
    box.write("policy.json", box.envelope({"x-note": 1}, signature=None, signing_public_key=None, signing_key_id=None))
    done = box.run("policy", "show")
    assert done.code == 1 and "NOT VERIFIED: " in done.err
    assert "Signature:     <not signed>\nSigning Key:   <unknown>\n" in done.out
    assert box.run("policy", "show", "--json").json["integrity"] == "unsigned"
    done = box.run("policy", "show", "--allow-unsigned")
    assert (done.code, done.err) == (0, "")


def test_show_escapes_what_does_not_verify(box):
    envelope = box.envelope({"x-note": 1}, signing_key_id="key\x1b]0;x\x07\u202e")
    envelope["hash"] = "0" * 64
    box.write("policy.json", envelope)
    done = box.run("policy", "show")
    assert done.code == 1 and "NOT VERIFIED: " in done.err
    assert "Signing Key:   key\\u001b]0;x\\u0007\\u202e\n" in done.out and "\x1b" not in done.out
    done = box.run("policy", "show", "--json")
    assert done.code == 1 and done.json["integrity"] == "failed" and done.json["signing_key_id"] == "key\x1b]0;x\x07\u202e"
    assert "\u202e".encode() not in done.raw


def test_show_keeps_members_it_does_not_know(box):
    box.write("policy.json", box.envelope({"x-note": 1}, extra={"a": [1, 2.50]}, integrity="verified"))
    shown = box.run("policy", "show", "--json")
    assert shown.json["extra"] == {"a": [1, 2.5]} and shown.raw.count(b'"integrity"') == 1
