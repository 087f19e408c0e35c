# SPDX-License-Identifier: Apache-2.0
"""What is accepted, and what is refused by which name."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import pickle
from typing import Any

import pytest
from support import KEY, NOW, OTHER, PUBLIC, RULES, WORKSPACE, signed

from sekuire import FileError, Floor, KeyInvalid, NotAccepted, Policy, PolicyError, SekuireError, Tool, UsageError


def accept(data: Any, **options: Any) -> Policy:
    arguments: dict[str, Any] = {"workspace": WORKSPACE, "trusted_keys": [PUBLIC], "now": NOW, **options}
    return Policy.parse(data, **arguments)


def refused(data: bytes, **options: Any) -> SekuireError:
    with pytest.raises(SekuireError) as caught:
        accept(data, **options)
    return caught.value


def test_an_accepted_policy_says_what_it_is(envelope: bytes) -> None:
    policy = accept(envelope)
    assert (policy.id, policy.workspace, policy.version, policy.status, policy.stage) == ("p", "acme", "1", "active", "accepted")
    assert policy.hash == json.loads(envelope)["hash"]
    assert repr(policy) == "<Policy p (v1) for workspace acme, accepted>"


@pytest.mark.parametrize(
    "data, options, status",
    [
        (signed(workspace="other"), {}, "workspace"),
        (signed(), {"workspace": "acme2"}, "workspace"),
        (signed(status="revoked"), {}, "status"),
        (signed(key=OTHER), {}, "key_changed"),
        (signed(), {"trusted_keys": []}, "key_not_pinned"),
        (signed().replace(b'"version": "1"', b'"version": "2"'), {}, "signature"),
        (signed().replace(b"calculator", b"calculates"), {}, "hash"),
        (signed(sequence=1, not_before="2030-01-01T00:00:00Z"), {}, "not_yet_valid"),
        (signed(sequence=1, expires_at="2020-01-01T00:00:00Z"), {}, "expired"),
        (json.dumps({**json.loads(signed()), "signature": None}).encode(), {}, "unsigned"),
    ],
)
def test_not_accepted(data: bytes, options: dict[str, Any], status: str) -> None:
    error = refused(data, **options)
    assert isinstance(error, NotAccepted) and error.status == status


def test_a_bare_content_is_a_draft_and_no_more() -> None:
    bare = json.dumps(RULES).encode()
    assert isinstance(refused(bare), PolicyError)
    policy = Policy.parse(bare, draft=True)
    assert policy.stage == "draft" and policy.floor is None and policy.id is None and repr(policy) == "<Policy draft>"
    assert policy.decide(Tool("calculator"))


def test_a_draft_may_have_any_signature() -> None:
    assert Policy.parse(signed(key=OTHER), draft=True).stage == "draft"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"workspace": WORKSPACE},
        {"trusted_keys": [PUBLIC]},
        {"draft": True, "workspace": WORKSPACE},
        {"draft": True, "trusted_keys": [PUBLIC]},
        {"draft": True, "floor": Floor()},
    ],
)
def test_what_is_to_be_checked_is_said_whole(envelope: bytes, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Policy.parse(envelope, **options)


def test_malformed_bytes_have_a_place() -> None:
    error = refused(b'{\n  "content": {"tools": 1,}}')
    assert isinstance(error, PolicyError)
    assert (error.status, error.line, error.column, error.offset) == ("syntax", 2, 26, 27)
    assert str(error).startswith("2:26: ") and str(error).endswith("(syntax)")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_unknown_keys_are_refused_unless_let_pass() -> None:
    data = signed({"tools": {"alowed_tools": ["a"]}})
    assert refused(data).status == "unknown_key"
    assert accept(data, allow_unknown_keys=True).decide(Tool("a"))


def test_wrong_types_make_a_policy_uncompilable() -> None:
    assert refused(signed({"tools": {"allowed_tools": "a"}})).status == "content"


@pytest.mark.parametrize("data", ["{}", 5, None, [1]])
def test_a_policy_is_bytes(data: Any) -> None:
    with pytest.raises(UsageError):
        Policy.parse(data, draft=True)


def test_bytes_of_any_kind(envelope: bytes) -> None:
    assert accept(bytearray(envelope)) and accept(memoryview(envelope))


# --- the floor ---


def test_an_older_policy_is_refused_afterwards() -> None:
    old, new = signed(sequence=1), signed(version="2", sequence=2)
    floor = accept(new).floor
    assert floor == Floor("p", "2", json.loads(new)["hash"], 2, True, NOW)
    assert refused(old, floor=floor).status == "rollback"
    assert accept(new, floor=floor).floor == floor
    restored = Floor.from_dict(json.loads(json.dumps(floor.to_dict())))
    assert restored == floor
    assert refused(old, floor=restored).status == "rollback"


def test_a_bound_workspace_stays_bound() -> None:
    floor = accept(signed(sequence=1)).floor
    assert refused(signed(version="3"), floor=floor).status in ("workspace", "rollback")


def test_a_clock_that_was_set_back_revives_nothing() -> None:
    data = signed(sequence=1, expires_at="2025-06-16T00:00:00Z")
    floor = accept(data).floor
    assert floor is not None
    later = dataclasses.replace(floor, accepted_at=NOW + 10**6)
    assert refused(data, floor=later).status == "expired"


def test_the_largest_sequence() -> None:
    floor = accept(signed(sequence=2**64 - 1)).floor
    assert floor is not None and floor.sequence == 2**64 - 1
    assert accept(signed(sequence=2**64 - 1), floor=floor).floor == floor


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"policy_id": "p"},
        {**Floor().to_dict(), "extra": 1},
        {**Floor().to_dict(), "sequence": -1},
        {**Floor().to_dict(), "sequence": 2**64},
        {**Floor().to_dict(), "sequence": "1"},
        {**Floor().to_dict(), "bound": 1},
        {**Floor().to_dict(), "accepted_at": None},
        {**Floor().to_dict(), "policy_id": "p"},
        {**Floor().to_dict(), "policy_id": "p" * 129, "policy_version": "1", "hash": "0"},
        {**Floor().to_dict(), "policy_id": "p\0", "policy_version": "1", "hash": "0"},
    ],
)
def test_half_a_floor_is_none(members: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Floor.from_dict(members)


# --- keys ---


def test_keys_come_as_digits_or_from_files(envelope: bytes, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "public.key"
    file.write_text(PUBLIC + "\n")
    for keys in ([PUBLIC.upper()], PUBLIC, file, [file], (OTHER.public, file), iter([PUBLIC])):
        assert accept(envelope, trusted_keys=keys).stage == "accepted"


@pytest.mark.parametrize("key", ["", "public.key", PUBLIC[:-1], PUBLIC + "00", "g" * 64, "00" * 32, b"0" * 64, 7, None])
def test_what_is_no_key(envelope: bytes, key: Any) -> None:
    with pytest.raises(KeyInvalid) as caught:
        accept(envelope, trusted_keys=[PUBLIC, key])
    assert "trusted_keys[1]" in str(caught.value)


def test_key_files_that_are_none(envelope: bytes, tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.key").write_text(KEY.seed.hex())
    (tmp_path / "long").write_text(" " * 5000)
    (tmp_path / "binary").write_bytes(b"\xff" * 64)
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("secret.key", UsageError), ("long", FileError), ("binary", KeyInvalid), ("pipe", FileError), ("no", FileError)):
        with pytest.raises(SekuireError) as caught:
            accept(envelope, trusted_keys=[tmp_path / name])
        assert type(caught.value) is kind


def test_no_key_is_shown() -> None:
    secret = KEY.seed.hex()
    errors = [
        refused(signed(key=OTHER)),
        refused(signed(), trusted_keys=[secret + "0"]),
        refused(signed(), trusted_keys=[secret + secret]),
        refused(signed(), trusted_keys=[]),
    ]
    for error in errors:
        for key in (secret, PUBLIC, OTHER.public):
            assert key not in repr(error) and key[:32] not in repr(error)
            assert secret not in str(error)
    assert PUBLIC not in repr(accept(signed()))


# --- files ---


def test_load_reads_a_file(envelope: bytes, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(envelope)
    assert Policy.load(file, workspace=WORKSPACE, trusted_keys=[PUBLIC]).id == "p"
    assert Policy.load(str(file), workspace=WORKSPACE, trusted_keys=[PUBLIC]).id == "p"
    file.write_bytes(b"[")
    with pytest.raises(PolicyError) as caught:
        Policy.load(file, draft=True)
    assert str(caught.value).startswith(f"{file}:1:2: ")


def test_files_that_are_no_policy(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b" " * ((4 << 20) + 1))
    cases = [("pipe", "io"), ("large", "too_large"), ("missing", "io"), (".", "io"), ("nul\0", "io")]
    if os.path.exists("/dev/zero"):
        cases.append(("/dev/zero", "io"))
    for name, status in cases:
        with pytest.raises(FileError) as caught:
            Policy.load(os.path.join(tmp_path, name), draft=True)
        assert caught.value.status == status


def test_four_mebibytes_are_not_too_many(tmp_path: pathlib.Path) -> None:
    bare = json.dumps(RULES).encode()
    file = tmp_path / "policy.json"
    file.write_bytes(bare + b" " * ((4 << 20) - len(bare)))
    assert Policy.load(file, draft=True).stage == "draft"


@pytest.mark.parametrize("workspace", ["acme\0", "", "\ud800", 5])
def test_workspaces_that_are_none(envelope: bytes, workspace: Any) -> None:
    assert refused(envelope, workspace=workspace).status in ("usage", "workspace")


@pytest.mark.parametrize("now", [float("nan"), float("inf"), "1", 2**63, -(2**63)])
def test_times_that_are_none(envelope: bytes, now: Any) -> None:
    assert refused(envelope, now=now).status == "usage"


def test_policies_are_not_made_otherwise() -> None:
    with pytest.raises(TypeError):
        Policy()
