# SPDX-License-Identifier: Apache-2.0
"""trust list, add, remove, forget."""
import json
import os
import stat

import pytest

from support import KEY, OTHER_SEED, tree

AT = "2026-01-15T00:00:00Z"


def test_add_pins_a_key(box):
    done = box.run("trust", "add", "--workspace", "ws_abc123", "--public-key", KEY, at=AT)
    assert done.code == 0 and done.out.startswith("Trusted for workspace ws_abc123: BLAKE3:")
    assert box.trusted() == {"keys": [{"public_key": KEY, "how": "added", "since": AT}], "retired": [], "bound": False} | {
        k: v for k, v in box.trusted().items() if k not in ("keys", "retired", "bound")}
    assert stat.S_IMODE(os.stat(box.trust_file).st_mode) == 0o600
    done = box.run("trust", "list", "--json")
    assert done.json == {"items": [{"workspace_id": "ws_abc123", "keys": [{"public_key": KEY, "how": "added", "since": AT}],
                                    "retired": [], "sequence": None, "policy_id": None, "policy_version": None, "hash": None,
                                    "accepted_at": None}], "next": None}
    before = tree(box.home)
    done = box.run("trust", "add", "--workspace", "ws_abc123", "--public-key", KEY, "--json")
    assert done.code == 0 and done.json["changed"] is False
    assert box.trusted()["keys"] == json.loads(before["state/sekuire/trust.json"])["workspaces"]["ws_abc123"]["keys"]


def test_add_takes_a_file_and_another_case(box):
    path = box.write("signer.pub", KEY.upper() + "\n")
    assert box.run("trust", "add", "--workspace", "w", "--public-key", path).code == 0
    assert box.trusted("w")["keys"][0]["public_key"] == KEY


@pytest.mark.parametrize("args, code", [
    (("--workspace", "w"), 2), (("--public-key", KEY), 2), (("--workspace", "a/b", "--public-key", KEY), 2),
    (("--workspace", "w", "--public-key", "ab" * 31), 2), (("--workspace", "w", "--public-key", "00" * 32), 2),
    (("--workspace", "w", "--public-key", "nowhere"), 3),
])
def test_add_refuses(box, args, code):
    done = box.run("trust", "add", *args)
    assert done.code == code and box.trusted("w") is None


def test_remove_retires_and_keeps_the_rest(box):
    other = box.public_key(OTHER_SEED)
    box.trust(key=KEY)
    box.trust(key=other)
    box.trust("ws_2", KEY)
    done = box.run("trust", "remove", "--workspace", "ws_abc123", "--public-key", KEY, "--json")
    assert done.code == 0 and done.json == {"workspace_id": "ws_abc123", "removed": 1}
    assert [k["public_key"] for k in box.trusted()["keys"]] == [other] and box.trusted()["retired"] == [KEY]
    assert box.run("trust", "remove", "--workspace", "ws_abc123").out == "Keys no longer trusted for workspace ws_abc123: 1\n"
    assert box.trusted()["keys"] == [] and sorted(box.trusted()["retired"]) == sorted([KEY, other])
    assert [k["public_key"] for k in box.trusted("ws_2")["keys"]] == [KEY]
    box.trust(key=KEY)
    assert [k["public_key"] for k in box.trusted()["keys"]] == [KEY] and box.trusted()["retired"] == [other]
    assert "retired  " + other in box.run("trust", "list").out


def test_remove_and_forget_of_what_is_not_there(box):
    box.trust()
    before = box.trust_file.read_bytes()
    for args in (("remove", "--workspace", "other"), ("forget", "--workspace", "other"),
                 ("remove", "--workspace", "ws_abc123", "--public-key", box.public_key(OTHER_SEED))):
        done = box.run("trust", *args, "--json")
        assert done.code == 1 and done.json["error"]["code"] == "not_found"
    assert box.trust_file.read_bytes() == before


def test_forget_drops_all(box):
    box.trust()
    box.trust("ws_2")
    assert box.run("trust", "forget", "--workspace", "ws_abc123").code == 0
    assert box.trusted() is None and box.trusted("ws_2") is not None
    assert [i["workspace_id"] for i in box.run("trust", "list", "--json").json["items"]] == ["ws_2"]


def test_list_of_one_and_of_none(box):
    done = box.run("trust", "list")
    assert (done.code, done.out, done.err) == (0, "", "nothing is trusted yet\n")
    assert box.run("trust", "list", "--json").json == {"items": [], "next": None}
    box.trust()
    box.trust("ws_2")
    assert box.run("trust", "list", "--workspace", "ws_2").out.splitlines()[0] == "ws_2"
    assert not (box.home / "state" / "sekuire" / "x").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version":2,"workspaces":{}}', '{"version":1,"workspaces":{"w":{"keys":[1]}}}', b"\xff\xfe"])
def test_a_broken_store_is_left_alone(box, text):
    box.trust()
    box.trust_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = box.trust_file.read_bytes()
    for args in (("list",), ("add", "--workspace", "w", "--public-key", KEY), ("remove", "--workspace", "w"), ("forget", "--workspace", "w")):
        done = box.run("trust", *args, "--json")
        assert done.code == 3 and done.json["error"]["code"] == "config", args
    assert box.trust_file.read_bytes() == before
