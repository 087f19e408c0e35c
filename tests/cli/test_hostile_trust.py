# SPDX-License-Identifier: Apache-2.0
"""Well-formed answers that are out to change what is trusted: older policies, other keys, other workspaces, rotations that are none."""
import json

import pytest

from hostile import COMMANDS, TIME, W, policy
from http_support import OTHER_SIGNER, SIGNER, envelope
from pure import Key

STRANGER, NEXT, THIRD = OTHER_SIGNER, Key("next"), Key("third")


def attack(world, bad, word, *args):
    """pull and push refuse it by this word, even where a new key may be accepted and findings be overridden."""
    for name, more in (("pull", "--accept-new-key"), ("push, its policy", "--force")):
        command = COMMANDS[name]
        world.serve(command, (200, bad))
        done = world.refused(command, {1}, {word}, more, *args)
        assert world.backend.sent("POST", "/api/v1/publish") == []
    return done


def accept(world, good, *args):
    command = COMMANDS["pull"]
    world.serve(command, (200, good))
    done = world.run(command, *args)
    assert done.code == 0, done
    assert json.loads((world.box.work / "policy.json").read_text()) == good
    return world.box.trusted()


def keys(state):
    return [k["public_key"] for k in state["keys"]]


def pinned(world, **more):
    """What the store holds, but for what is named."""
    state = json.loads(world.box.trust_file.read_text())["workspaces"][W]
    world.store(state | more)


def unbound(version="1", policy_id="policy_xyz", key=SIGNER, **more):
    return envelope({"x-note": version}, workspace=W, version=version, policy_id=policy_id, key=key, bound=False, **more)


# --- rollback ---

def test_an_older_sequence_in_whatever_dress(world):
    for bad in (policy(4), policy(4, version="99"), policy(4, policy_id="newer"), policy(0), policy(5, content={"x-note": 1}),
                policy(5, version="2", content={"x-note": 2}), policy(None), unbound("99")):
        word = "workspace" if "workspace_id" not in bad["content"].get("binding", {}) else "rollback"
        attack(world, bad, word)
    accept(world, policy(5))
    accept(world, policy(6, version="0.1", policy_id="another"))
    attack(world, policy(5), "rollback")


@pytest.mark.parametrize("sequence", [1.5, -1, "6", None, True, 18446744073709551616, 6e3])
def test_a_sequence_that_is_none(world, sequence):
    """Put in after signing: refused by its hash, if not by its form."""
    bad = policy(6)
    bad["content"]["binding"]["sequence"] = sequence
    command = COMMANDS["pull"]
    world.serve(command, (200, bad))
    world.refused(command, {1}, {"hash", "content", "number", "type"})


@pytest.mark.parametrize("sequence", [-1, "6", None, True, []])
def test_a_signed_sequence_that_is_none(world, sequence):
    bad = envelope({}, workspace=W, policy_id="policy_xyz", binding={"sequence": sequence})
    command = COMMANDS["pull"]
    world.serve(command, (200, bad))
    world.refused(command, {1}, {"content"})


def test_an_older_version_of_an_unbound_policy(world):
    pinned(world, sequence=None, bound=False, policy_version="10")
    for version in ("9", "1", "09.99", "9.99999999999999999999", "1e9", "10-rc", "v11", "x"):
        attack(world, unbound(version), "rollback")
    attack(world, unbound("10"), "rollback")  # the same version in other words
    attack(world, unbound("11", policy_id="other"), "rollback")
    attack(world, unbound("11", policy_id="Policy_xyz"), "rollback")
    accept(world, unbound("10.0.1"))
    attack(world, unbound("10"), "rollback")


def test_a_first_sequence_excuses_no_lower_version(world):
    pinned(world, sequence=None, bound=False, policy_version="10")
    attack(world, policy(1, version="9"), "rollback")
    accept(world, policy(1, version="10.1"))
    attack(world, unbound("11"), "workspace")  # a bound one was accepted here
    attack(world, policy(None, version="11"), "rollback")


def test_the_server_decides_nothing_of_the_order(world):
    """Dates and status outside what is signed may say what they like."""
    later = {"activated_at": "2099-01-01T00:00:00Z", "updated_at": "2099-01-01T00:00:00Z", "sequence": 99, "binding": {"sequence": 99}}
    attack(world, policy(4) | later, "rollback")
    command = COMMANDS["pull"]
    for status in ("revoked", "superseded", "uploaded", "ACTIVE", " active", "", "draft"):
        world.serve(command, (200, policy(6, status=status)))
        world.refused(command, {1}, {"status"})


def test_an_older_policy_is_taken_once_and_loudly_and_only_by_pull(world):
    accept(world, policy(9))
    attack(world, policy(7), "rollback")
    state = accept(world, policy(7), "--accept-rollback")
    assert state["sequence"] == 7
    attack(world, policy(6), "rollback")
    command = COMMANDS["push, its policy"]
    world.serve(command, (200, policy(6)))
    assert world.run(command, "--accept-rollback").code == 2
    command = COMMANDS["pull"]
    for bad, word in ((policy(6, key=STRANGER), "key_changed"), (policy(6, workspace="ws_other"), "workspace"), (policy(6, status="revoked"), "status")):
        world.serve(command, (200, bad))
        world.refused(command, {1}, {word}, "--accept-rollback")


# --- keys ---

def test_a_man_in_the_middle_replaces_nothing(world):
    """All that he can do with what he has seen: other content, no signature, his own key, a key and a signature that do not belong together."""
    old, good = world.old, policy(6)
    theirs = policy(6, key=STRANGER)
    attack(world, theirs, "key_changed")
    attack(world, theirs | {"signing_key_id": good["signing_key_id"]}, "key_changed")
    attack(world, theirs | {"signing_public_key": SIGNER.public}, "signature")
    attack(world, good | {"signature": theirs["signature"]}, "signature")
    attack(world, good | {"signature": old["signature"]}, "signature")
    attack(world, good | {"hash": old["hash"], "signature": old["signature"]}, "hash")
    attack(world, good | {"content": theirs["content"] | {"x-note": 1}}, "hash")
    attack(world, good | {"version": "2"}, "signature")
    attack(world, good | {"policy_id": "policy_xyz:1"}, "id")
    attack(world, good | {"signature": None}, "unsigned")
    attack(world, good | {"signature": None, "signing_public_key": None, "signing_key_id": None}, "unsigned")
    attack(world, {k: v for k, v in good.items() if not k.startswith("sign")}, "unsigned")
    attack(world, good | {"signature": "00" * 64}, "signature")
    attack(world, good | {"signature": ""}, "signature")
    attack(world, good | {"signing_public_key": None}, "signature")


def test_weak_keys_sign_nothing(world):
    """Points of small order, for which some verifiers take a signature over anything; pinned by nobody, and refused even so."""
    for key in ("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"):
        bad = policy(6) | {"signing_public_key": key, "signature": key + "00" * 32}
        command = COMMANDS["pull"]
        world.serve(command, (200, bad))
        world.refused(command, {1}, {"key_invalid", "signature"}, "--accept-new-key")


def test_another_key_is_told_by_its_fingerprint(world):
    done = attack(world, policy(6, key=STRANGER), "key_changed")
    assert f"sekuire trust add --workspace {W} --public-key {STRANGER.public}" in done.err and "BLAKE3:" in done.err


def test_a_policy_of_another_workspace_by_the_right_key(world):
    attack(world, policy(6, workspace="ws_other"), "workspace")
    attack(world, policy(6, workspace="ws_other") | {"workspace_id": W}, "workspace")
    attack(world, policy(6) | {"workspace_id": "ws_other"}, "workspace")
    attack(world, policy(6) | {"workspace_id": W.upper()}, "workspace")
    attack(world, policy(6) | {"workspace_id": W + " "}, "id")


# --- rotation ---

def test_a_rotation_is_two_policies(world):
    both = [SIGNER.public, NEXT.public]
    attack(world, policy(6, key=NEXT), "key_changed")
    attack(world, policy(6, key=NEXT, binding={"signing_keys": both}), "key_changed")
    attack(world, policy(6, binding={"signing_keys": [NEXT.public]}), "content")
    state = accept(world, policy(6, binding={"signing_keys": both}))
    assert sorted(keys(state)) == sorted(both) and state["retired"] == []
    attack(world, policy(5, binding={"signing_keys": [SIGNER.public]}), "rollback")
    state = accept(world, policy(7, key=NEXT, binding={"signing_keys": [NEXT.public]}))
    assert keys(state) == [NEXT.public] and state["retired"] == [SIGNER.public]
    attack(world, policy(8), "key_changed")
    attack(world, policy(8, binding={"signing_keys": both}), "key_changed")
    attack(world, policy(8), "key_changed", "--trusted-key", SIGNER.public)  # retired: no option brings it back
    accept(world, policy(8, key=NEXT))


def test_nobody_else_rotates(world):
    for listed in ([STRANGER.public], [SIGNER.public, STRANGER.public], [STRANGER.public, THIRD.public]):
        attack(world, policy(6, key=STRANGER, binding={"signing_keys": listed}), "key_changed")
    # A key that is given for this once may sign; what it lists must name it, and then it is as if the owner had said so.
    attack(world, policy(6, key=STRANGER, binding={"signing_keys": [SIGNER.public]}), "content", "--trusted-key", STRANGER.public)


@pytest.mark.parametrize("binding", [
    {"signing_keys": [SIGNER.public, NEXT.public], "workspace_id": None}, {"signing_keys": [SIGNER.public, NEXT.public], "sequence": None},
    {"signing_keys": []}, {"signing_keys": None}, {"signing_keys": SIGNER.public}, {"signing_keys": [SIGNER.public, SIGNER.public]},
    {"signing_keys": [SIGNER.public, SIGNER.public.upper()]}, {"signing_keys": [SIGNER.public, "zz"]}, {"signing_keys": [SIGNER.public, "00" * 32]},
    {"signing_keys": [SIGNER.public, 7]}, {"signing_keys": [SIGNER.public] + [f"{i:064x}" for i in range(16)]}])
def test_a_rotation_that_is_none(world, binding):
    """Without sequence or workspace it could be replayed; the rest is no list of keys."""
    command = COMMANDS["pull"]
    world.serve(command, (200, policy(6, binding=binding)))
    world.refused(command, {1}, {"content", "key_invalid"})
    content = {"binding": {k: v for k, v in ({"workspace_id": W, "sequence": 6} | binding).items() if v is not None}}
    if content["binding"].get("signing_keys") is not None:
        world.serve(command, (200, envelope(content, workspace=W, policy_id="policy_xyz", bound=False)))
        world.refused(command, {1}, {"content", "key_invalid", "workspace"})


def test_a_rotation_of_one_workspace_rotates_no_other(world):
    state = json.loads(world.box.trust_file.read_text())
    state["workspaces"]["ws_other"] = state["workspaces"][W]
    world.box.trust_file.write_text(json.dumps(state))
    other = world.box.trusted("ws_other")
    attack(world, policy(6, workspace="ws_other", binding={"signing_keys": [SIGNER.public, STRANGER.public]}) | {"workspace_id": W}, "workspace")
    accept(world, policy(6, binding={"signing_keys": [SIGNER.public, NEXT.public]}))
    assert world.box.trusted("ws_other") == other


def test_a_rotation_that_push_sees_changes_no_key(world):
    command = COMMANDS["push, its policy"]
    world.serve(command, (200, policy(6, binding={"signing_keys": [SIGNER.public, NEXT.public]})))
    assert world.run(command).code == 0
    state = world.box.trusted()
    assert keys(state) == [SIGNER.public] and state["sequence"] == 6
    attack(world, policy(7, key=NEXT), "key_changed")


def test_first_use_happens_once(world):
    pinned(world, keys=[], retired=[SIGNER.public])
    attack(world, policy(6), "key_not_pinned")
    attack(world, policy(6, key=STRANGER), "key_not_pinned")
    assert world.box.terminal("policy", "pull").code == 1 and world.box.trusted()["keys"] == []


def test_time_stands_where_the_newest_acceptance_was(world):
    """A clock that was set back, or a server that keeps an old policy alive, brings nothing back to life."""
    dated = policy(6, binding={"not_before": "2026-02-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"})
    command = COMMANDS["pull"]
    world.serve(command, (200, dated))
    world.refused(command, {1}, {"not_yet_valid"}, at="2026-01-31T23:59:59Z")
    world.refused(command, {1}, {"expired"}, at="2026-03-01T00:00:00Z")
    pinned(world, accepted_at="2026-03-02T00:00:00Z")
    world.refused(command, {1}, {"expired"}, at="2026-02-15T00:00:00Z")
    pinned(world, accepted_at=TIME)
    assert world.run(command, at="2026-02-28T23:59:59Z").code == 0
