# SPDX-License-Identifier: Apache-2.0
"""What an audit of the client found: files that must not be written over, words that were missing, answers that are too long."""
import json
import os

import pytest

from support import KEY, OTHER_SEED, SEED, tree

W = "ws_abc123"
LABELS = ["Policy ID:", "Workspace ID:", "Version:", "Status:", "Hash:", "Signature:", "Signing Key:"]


def pull(box, backend, *args, **more):
    return box.run("policy", "pull", "--workspace", W, "--backend", backend.url, *args, **more)


def sign(box, *args, **more):
    return box.run("policy", "sign", "--workspace", W, "--policy-id", "p", "--version", "1", *args, **more)


def shown(done):
    return dict(zip(LABELS, (line[15:] for line in done.out.splitlines()))) if done.out.count("\n") == 7 else done.out


@pytest.mark.parametrize("change, label, text", [
    ({"policy_id": "../x"}, "Policy ID:", "../x"), ({"policy_id": 5}, "Policy ID:", "5"), ({"policy_id": None}, "Policy ID:", "<missing>"),
    ({"workspace_id": ...}, "Workspace ID:", "<missing>"), ({"version": {"a": [1, "\x1b"]}}, "Version:", '{"a":[1,"\\u001b"]}'),
    ({"status": ["active"]}, "Status:", '["active"]'), ({"hash": ...}, "Hash:", "<missing>"),
    ({"signature": ["x"]}, "Signature:", '["x"]'), ({"signature": ..., "hash": ...}, "Signature:", "<not signed>"),
    ({"signing_key_id": ..., "content": 5}, "Signing Key:", "<unknown>"), ({"content": ...}, "Policy ID:", "policy_xyz"),
    ({"policy_id": "a\x1b\u202eb"}, "Policy ID:", "a\\u001b\\u202eb"), ({"policy_id": ""}, "Policy ID:", ""),
])
def test_show_of_an_object_that_is_no_envelope(box, change, label, text):
    envelope = {k: v for k, v in (box.envelope({}) | change).items() if v is not ...}
    box.write("policy.json", envelope)
    done = box.run("policy", "show")
    assert done.code == 1 and shown(done)[label] == text, done
    assert done.err.startswith("NOT VERIFIED: ") and done.err.count("\n") == 1
    done = box.run("policy", "show", "--json")
    assert done.code == 1 and done.json == {k: v for k, v in envelope.items() if k != "content"} | {"integrity": "failed"}


@pytest.mark.parametrize("text, word", [("", "syntax"), ("{", "syntax"), ("[]", "type"), ("7", "type"), ('{"a":1,"a":2}', "duplicate_key")])
def test_show_of_what_is_no_object(box, text, word):
    box.write("policy.json", text)
    done = box.run("policy", "show", "--json")
    assert done.code == 1 and done.json["error"]["code"] == word and done.json["error"]["file"] == "policy.json"
    assert box.run("policy", "show").out == ""


@pytest.mark.parametrize("way", ["pull", "push"])
@pytest.mark.parametrize("over", [0, 1])
def test_a_policy_longer_than_one_may_be(box, backend, way, over):
    box.trust()
    text = json.dumps(box.envelope({"binding": {"workspace_id": W, "sequence": 5}}))
    backend.serve_policy(text + " " * ((4 << 20) + over - len(text)))
    if way == "push":
        box.write("sekuire.json", {"project": {"name": "a", "version": "1"},
                                   "identity": {"model": "m", "system_prompt_path": "p", "tools_path": "t"}})
        box.write("p", "x")
        box.write("t", "[]")
        box.write(".sekuire/secret.key", OTHER_SEED, 0o600)
        done = box.run("push", "--dry-run", "--workspace", W, "--backend", backend.url, "--json")
    else:
        done = pull(box, backend, "--json")
    assert (done.code, done.json.get("error", {}).get("code")) == ((3, "body") if over else (0, None)), done


def test_a_workspace_that_others_name_too_is_not_the_projects_alone(box, backend):
    backend.serve_policy(box.envelope({"binding": {"workspace_id": W, "sequence": 5}}))
    box.write(".sekuire/config.yaml", f"workspace: {W}\n")
    args = ("policy", "pull", "--backend", backend.url, "--trusted-key", KEY, "--json")
    assert box.run(*args).json["error"]["code"] == "key_not_pinned"
    assert box.run("config", "set", "workspace", "ws_other").code == 0
    assert box.run(*args).json["error"]["code"] == "key_not_pinned"
    assert box.run("config", "set", "workspace", W).code == 0
    assert box.run(*args).json["key"] == "given"
    assert box.run("policy", "validate", "--strict", "--trusted-key", KEY).code == 0
    assert box.run("config", "set", "workspace", "").code == 0
    assert box.run("policy", "validate", "--strict", "--trusted-key", KEY).code == 1
    box.auth_file.parent.mkdir(mode=0o700)
    box.auth_file.write_text(json.dumps({"api_key": None, "workspace_id": W}))
    box.auth_file.chmod(0o600)
    assert box.run(*args).json["key"] == "given"


@pytest.mark.parametrize("out", ["content.json", "link.json", "hard.json", "key", ".sekuire/secret.key", "auth", "trust"])
def test_sign_and_pull_write_over_nothing_that_is_needed(box, backend, out):
    backend.serve_policy(box.envelope({"binding": {"workspace_id": W, "sequence": 5}}))
    box.trust()
    box.write("content.json", "{}")
    box.write("key", SEED, 0o600)
    box.write(".sekuire/secret.key", OTHER_SEED, 0o600)
    box.auth_file.parent.mkdir(mode=0o700)
    box.auth_file.write_text("{}")
    box.auth_file.chmod(0o600)
    (box.work / "link.json").symlink_to("content.json")
    os.link(box.work / "content.json", box.work / "hard.json")
    path = {"auth": box.auth_file, "trust": box.trust_file}.get(out, box.work / out)
    before = tree(box.path)
    done = sign(box, "--content", "content.json", "--key", "key", "--out", path, "--json")
    assert done.code == 2 and done.json["error"]["code"] == "usage", done
    if not str(out).endswith(".json") and out != "key":
        done = pull(box, backend, "--out", path, "--json")
        assert done.code == 2 and done.json["error"]["code"] == "usage", done
    assert tree(box.path) == before and backend.requests == []


def test_a_retired_key_that_a_policy_names_is_told(box, backend):
    other = box.public_key(OTHER_SEED)
    box.trust()
    box.trust(key=other)
    assert box.run("trust", "remove", "--workspace", W, "--public-key", other).code == 0
    backend.serve_policy(box.envelope({"binding": {"workspace_id": W, "sequence": 5, "signing_keys": [KEY, other]}}))
    done = pull(box, backend)
    assert done.code == 0 and "stays untrusted" in done.err
    assert f"\n  sekuire trust add --workspace {W} --public-key {other}\n" in done.err
    assert [k["public_key"] for k in box.trusted()["keys"]] == [KEY]


def test_the_message_to_sign_stands_alone(box):
    box.write("content.json", "{}")
    done = sign(box, "--content", "content.json", "--print-message", "--public-key", KEY)
    assert done.code == 0 and done.out.startswith("p:1:") and not done.out.endswith("\n")
    assert "u000a" not in done.err and "\nthese are the bytes to sign; " in "\n" + done.err


def test_keygen_wants_a_folder_that_is_its_own(box):
    folder = box.work / ".sekuire"
    (box.path / "elsewhere").mkdir()
    folder.symlink_to(box.path / "elsewhere")
    done = box.run("keygen", "--json")
    assert done.code == 3 and done.json["error"]["code"] == "config" and done.json["error"]["file"] == ".sekuire"
    assert list((box.path / "elsewhere").iterdir()) == []
    folder.unlink()
    folder.mkdir()
    for mode in (0o770, 0o757):
        folder.chmod(mode)
        for args in ((), ("--force",)):
            done = box.run("keygen", *args, "--json")
            assert done.code == 3 and done.json["error"]["code"] == "config" and "chmod go-w .sekuire" in done.err, done
        assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    assert box.run("keygen").code == 0 and (folder / "secret.key").stat().st_mode & 0o777 == 0o600


def test_words_of_usage(box):
    done = box.run("push", "-r")
    assert done.code == 2 and "option -r/--registry needs a value: URL\n" in done.err
    assert "option --backend needs a value" in box.run("push", "--backend").err
    for args in (("push", "x"), ("status", "x"), ("config", "get")):
        done = box.run(*args)
        assert done.code == 2 and all(line == line.rstrip() for line in done.err.splitlines()), done


def test_a_position_in_an_answer(box, backend):
    backend.serve_policy("{\n  x")
    done = pull(box, backend)
    assert done.code == 1 and done.err.startswith("sekuire: the server's answer:2:3: "), done
    assert "file" not in pull(box, backend, "--json").json["error"]


def test_config_show_has_names_and_kinds_of_json(box):
    assert box.run("config", "set", "trust.require_pinned", "true").code == 0
    shown = box.run("config", "show", "--json").json
    assert set(shown) == {"backend", "workspace", "trust_require_pinned", "output_color", "device_fingerprint", "device_name", "device_os",
                          "auth_method"}
    assert shown["trust_require_pinned"] == {"value": True, "from": "user"} and shown["workspace"] == {"value": None, "from": "none"}
    assert box.run("config", "get", "trust.require_pinned", "--json").json["value"] is True


@pytest.mark.parametrize("key", ["workspace", "trust.require_pinned", "output.color"])
@pytest.mark.parametrize("end", ["\r\n", ""])
def test_config_set_keeps_line_ends(box, key, end):
    box.config_file.parent.mkdir(parents=True)
    box.config_file.write_bytes(f"# mine\r\noutput:\r\n  color: never\r\nbackend: http://localhost:1{end}".encode())
    value = {"workspace": "w", "trust.require_pinned": "true", "output.color": "auto"}[key]
    assert box.run("config", "set", key, value).code == 0
    text = box.config_file.read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") and text.startswith(b"# mine\r\noutput:\r\n  color: ")
    assert box.run("config", "get", key).out == value + "\n"


@pytest.mark.parametrize("key", ["device.fingerprint", "device.name", "device.os", "auth.method"])
def test_what_the_published_client_can_only_read_is_refused(box, key):
    done = box.run("config", "set", key, "x", "--json")
    assert done.code == 2 and done.json["error"]["code"] == "usage" and "can only be read" in done.err and not box.config_file.exists()
    done = box.run("config", "set", "workspace.id", "ws_1")
    assert done.code == 0 and box.run("config", "get", "workspace_id").out == "ws_1\n"


@pytest.mark.parametrize("which, text, line, column", [
    ("config_file", "workspace: [\n", 2, 1), ("config_file", "\nnope: 1\n", 2, 1), ("auth_file", "{\n x", 2, 2), ("auth_file", "[]", 1, 1),
    ("trust_file", "{}", 1, 1), ("trust_file", '{"version":2}', 1, 12), ("project", "backend: x\n", 1, 1)])
def test_broken_files_of_ours_are_named_with_their_place(box, backend, which, text, line, column):
    path = box.work / ".sekuire" / "config.yaml" if which == "project" else getattr(box, which)
    name = ".sekuire/config.yaml" if which == "project" else str(path)
    backend.serve_policy(box.envelope({}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    done = pull(box, backend, "--json")
    error = done.json["error"]
    assert done.code == 3 and (error["code"], error["file"], error["line"], error["column"]) == ("config", name, line, column)
    assert name not in error["message"]
    assert pull(box, backend).err.startswith(f"sekuire: {name}:{line}:{column}: {error['message']}\n")


def test_pull_sends_the_key_of_a_file(box, backend):
    box.trust()
    backend.serve_policy(box.envelope({"binding": {"workspace_id": W, "sequence": 5}}))
    assert pull(box, backend, "--api-key-file", "-", input="sk_live_file\n").code == 0
    assert backend.requests[-1]["headers"]["X-API-Key"] == "sk_live_file"
    assert pull(box, backend, "--api-key-file", "gone", "--json").json["error"]["code"] == "io"
