# SPDX-License-Identifier: Apache-2.0
"""Clocks far back and far ahead: no crash, and what docs/spec/semantics.md 7 says of time."""
import calendar
import json
import time

import pytest
from http_support import Server, envelope, now, stamp
from support import KEY, Backend
from support_faults import CONTENT, SIGN, W, fill, pinned

FAR_BACK = ("1960-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "1999-12-31T23:59:59Z")
FAR_AHEAD = ("2039-01-01T00:00:00Z", "2107-01-01T00:00:00Z", "9998-12-31T00:00:00Z", "9999-12-31T23:59:58Z")
BINDING = {"not_before": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z"}


@pytest.fixture
def dated(box, backend):
    """A box that trusts the signer, and a backend whose policy is good for the year 2026."""
    fill(box, backend.url)
    pinned(box)
    box.variables["SEKUIRE_API_URL"] = backend.url
    policy = box.envelope(CONTENT | {"binding": {"workspace_id": W, "sequence": 9} | BINDING}, version="9")
    box.write("dated.json", policy)
    with Backend() as own:
        own.serve_policy(policy)
        yield box, own


def seconds(at):
    return calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ"))


def codes(done):
    return done.code, done.json["error"]["code"] if done.code else None


@pytest.mark.parametrize("at, code, word", [*((t, 1, "not_yet_valid") for t in FAR_BACK), *((t, 1, "expired") for t in FAR_AHEAD),
                                            ("2026-06-01T00:00:00Z", 0, None), ("2026-12-31T23:59:58Z", 0, None)])
def test_pull_and_validate_judge_dates_by_the_clock(dated, at, code, word):
    box, backend = dated
    before = box.trust_file.read_bytes()
    checked = box.run("policy", "validate", "--file", "dated.json", "--strict", "--workspace", W, "--json", at=at)
    times = [c["result"] for c in checked.json["checks"] if c["name"] == "time"]
    assert checked.code == code and times == ["pass" if code == 0 else "fail"], checked
    done = box.run("policy", "pull", "--workspace", W, "--backend", backend.url, "--json", at=at)
    assert codes(done) == (code, word), done
    assert (box.work / "policy.json").exists() == (code == 0)
    assert (box.trust_file.read_bytes() == before) == (code != 0)


@pytest.mark.parametrize("at", FAR_BACK)
def test_a_clock_before_the_newest_acceptance_is_told_and_dates_are_judged_by_the_later(dated, at):
    box, backend = dated
    assert box.run("policy", "pull", "--workspace", W, "--backend", backend.url, at="2026-12-01T00:00:00Z").code == 0
    accepted = box.trusted(W)["accepted_at"]
    done = box.run("policy", "validate", "--file", "held.json", "--strict", "--workspace", W, "--json", at=at)
    assert done.code == 1 and [c["name"] for c in done.json["checks"] if c["result"] == "fail"] == ["sequence"], done
    plain = box.envelope(CONTENT | {"binding": {"workspace_id": W, "sequence": 10, "expires_at": "2026-11-01T00:00:00Z"}}, version="10")
    backend.serve_policy(plain)
    done = box.run("policy", "pull", "--workspace", W, "--backend", backend.url, "--json", at=at)
    assert codes(done) == (1, "expired") and "clock" in done.err, done
    backend.serve_policy(box.envelope(CONTENT | {"binding": {"workspace_id": W, "sequence": 11}}, version="11"))
    done = box.run("policy", "pull", "--workspace", W, "--backend", backend.url, "--json", at=at)
    assert done.code == 0 and "clock" in done.err, done
    assert box.trusted(W)["accepted_at"] == accepted and box.trusted(W)["sequence"] == 11


@pytest.mark.parametrize("at", FAR_BACK + FAR_AHEAD)
def test_sign_makes_a_policy_that_verifies_or_says_why_not(dated, at):
    box, _ = dated
    args = [a for a in SIGN if a not in ("--sequence", "7", "--expires", "2099-01-01T00:00:00Z")]
    done = box.run(*args, "--expires", "1d", "--out", "signed.json", "--json", at=at)
    if done.code == 0:
        assert box.run("policy", "validate", "--file", "signed.json").code == 0
        # Before 1970 there is no number of seconds: the least one, never the largest.
        assert done.json["sequence"] == max(seconds(at), 0) or 0 < done.json["sequence"] - seconds(at) < 5
    else:
        # After 9999 there is no date.
        assert done.code in (1, 2, 3) and at == FAR_AHEAD[-1], (at, done)
        assert not (box.work / "signed.json").exists() and done.json["error"]["message"], done


def test_the_sequence_of_a_clock_far_ahead_cannot_be_signed_over_by_accident(dated):
    """Signing with a clock far ahead, then with the right one: one above the old file's, which is refused as too far ahead."""
    box, _ = dated
    args = [a for a in SIGN if a not in ("--sequence", "7")]
    assert box.run(*args, at="2098-01-01T00:00:00Z").code == 0
    done = box.run(*args, "--json", at="2026-01-01T00:00:00Z")
    assert done.code in (1, 2) and "sequence" in done.json["error"]["message"], done


@pytest.mark.parametrize("at", FAR_BACK + FAR_AHEAD)
def test_commands_that_write_times_write_whole_files(dated, at):
    box, _ = dated
    done = box.run("trust", "add", "--workspace", "w3", "--public-key", KEY, at=at)
    assert done.code == 0, done
    assert box.run("trust", "list", "--json").json["items"][-1]["workspace_id"] == "w3"


# --- the server ---

def clock(at):
    return at.replace("T", " ").replace("Z", "")


@pytest.mark.parametrize("at", FAR_BACK + FAR_AHEAD)
def test_the_server_starts_and_judges_by_its_clock(tmp_path, at):
    server = Server(tmp_path, at=clock(at))
    try:
        workspace = server.workspace("w", public_read=True)
        dated_policy = envelope(CONTENT, version="1", sequence=0, binding=BINDING)
        done = workspace.upload(dated_policy, activate=True)
        assert done.error == (422, "expired" if at in FAR_AHEAD else "not_yet_valid"), done
        undated = workspace.upload(envelope(CONTENT, policy_id="q", version="1", sequence=1), activate=True)
        assert undated.status == 201 or (undated.error == (422, "content") and at == FAR_BACK[0]), undated
        far = workspace.upload(envelope(CONTENT, policy_id="q", version="2", sequence=1 << 50))
        assert far.error == (422, "content"), far
        assert workspace.audit()[0]["seq"] == 1
    finally:
        assert server.stop() == 0


def test_a_clock_that_went_back_keeps_the_order(tmp_path):
    server = Server(tmp_path, at="+40d")
    workspace = server.workspace("w", public_read=True)
    assert workspace.upload(envelope(CONTENT, version="2", sequence=2), activate=True).status == 201
    server.restart(at="-4000d")
    try:
        assert workspace.upload(envelope(CONTENT, version="1", sequence=1), activate=True).error == (409, "rollback")
        assert workspace.get("/policy", None).json["version"] == "2"
        assert workspace.upload(envelope(CONTENT, version="3", sequence=3), activate=True).status == 201
        times = [row["seq"] for row in workspace.audit()]
        assert times == list(range(1, len(times) + 1))
    finally:
        assert server.stop() == 0


def test_an_active_policy_that_expires_while_the_clock_jumps_is_not_served_as_if_nothing_were(tmp_path):
    server = Server(tmp_path)
    workspace = server.workspace("w")
    assert workspace.upload(envelope(CONTENT, version="1", sequence=1, binding={"expires_at": stamp(now() + 86400)}), activate=True).status == 201
    server.restart(at="+30d")
    try:
        again = workspace.activate("p", "1")
        assert again.status in (200, 422), again
        published = workspace.get("/policy/active")
        assert published.status in (200, 404), published
    finally:
        assert server.stop() == 0
