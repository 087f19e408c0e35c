# SPDX-License-Identifier: Apache-2.0
"""keygen, hash, canon, conformance: what needs no policy."""
import fcntl
import json
import os
import re
import stat
import subprocess

import pytest

from support import SEKUIRE, tree, waits_for_lock

MANIFEST = """\
# an agent
project:
  name: demo
  version: 1.10
identity:
  model: gpt-4
  system_prompt_path: prompt.md
  tools_path: tools.json
"""


def agent(box, manifest=MANIFEST, prompt="You are a helpful assistant.\n", tools="[]"):
    box.write("sekuire.yml", manifest)
    box.write("prompt.md", prompt)
    box.write("tools.json", tools)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_keygen_makes_a_pair_that_only_its_owner_can_read(box):
    done = box.run("keygen")
    assert done.code == 0
    assert done.out == "Keys generated!\n   Private: .sekuire/secret.key (KEEP SAFE)\n   Public:  .sekuire/public.key\n"
    folder = box.work / ".sekuire"
    secret, public = (folder / "secret.key").read_text(), (folder / "public.key").read_text()
    assert (mode(folder), mode(folder / "secret.key"), mode(folder / "public.key")) == (0o700, 0o600, 0o644)
    assert re.fullmatch("[0-9a-f]{64}", secret) and re.fullmatch("[0-9a-f]{64}", public)
    assert secret not in done.out + done.err
    answers = box.ask(("sign", {"message": "m", "secretKey": secret}))
    assert box.ask(("verify", {"message": "m", "signature": answers[0]["result"], "publicKey": public}))[0]["result"] is True
    assert sorted(p.name for p in folder.iterdir()) == ["public.key", "secret.key"]


def test_keygen_never_overwrites_without_force(box):
    box.run("keygen")
    before = tree(box.work)
    done = box.run("keygen")
    assert done.code == 1 and done.raw == b"" and "--force" in done.err
    assert box.run("keygen", "--json").json["error"]["code"] == "exists"
    assert tree(box.work) == before
    done = box.run("keygen", "--force", "--json")
    assert done.code == 0
    after = tree(box.work)
    assert after.keys() == before.keys() and all(after[k] != before[k] for k in after)
    assert done.json == {"public_key": after[".sekuire/public.key"].decode(), "secret_key_file": ".sekuire/secret.key",
                         "public_key_file": ".sekuire/public.key"}
    assert mode(box.work / ".sekuire/secret.key") == 0o600


def test_keygen_does_not_follow_a_link(box):
    target = box.path / "target"
    (box.work / ".sekuire").mkdir(mode=0o700)
    (box.work / ".sekuire" / "secret.key").symlink_to(target)
    done = box.run("keygen")
    assert done.code == 1 and not target.exists()
    assert box.run("keygen", "--force").code == 0
    assert not target.exists() and not (box.work / ".sekuire/secret.key").is_symlink()


def test_keygen_where_nothing_can_be_written(box):
    box.write(".sekuire", "a file")
    done = box.run("keygen", "--json")
    assert done.code == 3 and done.json["error"]["code"] == "io"


def test_hash_prints_the_id(box):
    agent(box)
    expected = "3b10b903033ad3d39882ad4baebe3b8d942d77f68904d61b74fddffbea2e06d0"  # identity.json, different_model
    done = box.run("hash")
    assert (done.code, done.out, done.err) == (0, f"Sekuire ID (Fingerprint): {expected}\n", "")
    done = box.run("hash", "--json")
    assert done.json == {"sekuire_id": expected, "prompt_hash": "b8c5de4f2d4c609746f1dc226580d4f9ddd4267c28d96a6edc1693a9095cb411",
                         "tools_hash": "d53d18c23212ea7b6300594bb89bce60218f6eff2b9d628b8cc42d3e79bbd5ab"}


def test_hash_takes_the_first_manifest(box):
    agent(box)
    box.write("sekuire.json", json.dumps({"project": {"name": "d", "version": "1"}, "identity": {
        "model": "gpt-4o", "system_prompt_path": "prompt.md", "tools_path": "tools.json"}}))
    first = box.run("hash").out
    (box.work / "sekuire.yml").rename(box.work / "sekuire.yaml")
    assert box.run("hash").out == first
    (box.work / "sekuire.yaml").unlink()
    assert "28da5805f90c0b2d7437e448f40853092cc38f5fa223cae21994a8b76d338b53" in box.run("hash").out


@pytest.mark.parametrize("manifest, tools, code, word, place", [
    (None, "[]", 3, "io", None),
    ("project: [\n", "[]", 1, "syntax", "sekuire.yml:"),
    ("project:\n  name: d\n  version: 1\n", "[]", 1, "missing_field", "sekuire.yml:1:"),
    ("project:\n  name: d\n  version: 1\n  name: e\nidentity: {}\n", "[]", 1, "duplicate_key", "sekuire.yml:4:3:"),
    (MANIFEST.replace("model: gpt-4", "model: [1]"), "[]", 1, "type", "sekuire.yml:6:10:"),
    (MANIFEST, "[", 1, "syntax", "tools.json:1:2:"),
    (MANIFEST, '[{"a":1,"a":2}]', 1, "duplicate_key", "tools.json:1:9:"),
    (MANIFEST.replace("prompt.md", "nowhere.md"), "[]", 3, "io", "nowhere.md:"),
    (MANIFEST, b"\xff", 1, "utf8", "tools.json:1:1:"),
    ("a: \x00b", "[]", 1, None, "sekuire.yml:"),
    ("x" * (1 << 20) + "y: 1\n", "[]", 1, "too_large", "sekuire.yml:"),
])
def test_hash_refuses_and_says_where(box, manifest, tools, code, word, place):
    agent(box, manifest or "", tools=tools)
    if manifest is None:
        (box.work / "sekuire.yml").unlink()
    before = tree(box.work)
    done = box.run("hash", "--json")
    assert done.code == code, done
    assert word is None or done.json["error"]["code"] == word
    assert done.err.startswith(f"sekuire: {place}" if place else "sekuire: there is no sekuire.yml"), done
    assert tree(box.work) == before


def test_canon_prints_raw_bytes_without_a_line_end(box):
    done = box.run("canon", "-", input='{"b": "\x7f\u202e", "a": [1.0, -0]}')
    assert done.raw == '{"a":[1.0,-0.0],"b":"\x7f\u202e"}'.encode()
    box.write("a.json", '{"z":1}')
    assert box.run("canon", "a.json").raw == b'{"z":1}'
    assert box.run("canon", "a.json", "--json").json == {"canonical": '{"z":1}', "hash": box.run("canon", "a.json", "--hash").out.strip()}


def test_canon_on_a_terminal_is_escaped(box):
    box.write("a.json", '"\x7f\u202e\u00e9"')
    assert box.terminal("canon", "a.json").out == '"\\u007f\\u202e\u00e9"\n'


def test_canon_refuses_with_the_place(box):
    done = box.run("canon", "-", input='{"a":1,\n "b":tru}')
    assert done.code == 1 and done.raw == b"" and done.err.startswith("sekuire: standard input:2:6: ")
    done = box.run("canon", "-", "--json", input="")
    assert done.code == 1 and done.json["error"]["code"] == "syntax"
    assert box.run("canon", "nowhere.json").code == 3


def test_conformance_answers_each_line_before_the_next_is_sent(box):
    child = subprocess.Popen([SEKUIRE, "conformance"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=box.environment())

    def ask(line):
        child.stdin.write(line + b"\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    assert ask(b'{"operation":"hash","params":{"input":""}}') == {
        "result": "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"}
    assert "error" in ask(b"not json")
    assert ask(b'{"operation":"fly"}') == {"error": "unknown operation: fly"}
    assert "error" in ask(b"[]") and "error" in ask(b'{"operation":1}') and "error" in ask(b"\xff\x00")
    assert ask(b'\n  \n{"operation":"hash"}') == {"error": "params.input is missing"}
    assert "a string" in ask(b'{"operation":"hash","params":{"input":1}}')["error"]
    assert "error" in ask(b'{"operation":"sign","params":{"message":"m","secretKey":"00"}}')
    assert "error" in ask(b'{"operation":"enforce_policy","params":{"policy":{"content":{}},"action":{"type":"fly"}}}')
    assert "error" in ask(b'{"operation":"enforce_policy","params":{"policy":{"content":{"tools":1}},"action":{"type":"tool","toolName":"a"}}}')
    assert "error" in ask(b'{"operation":"hash","params":{"input":"' + b"x" * (5 << 20) + b'"}}')
    assert "result" in ask(b'{"operation":"hash","params":{"input":"x"}}')
    assert "result" in ask(b'{"operation":"exit","params":{}}')
    assert child.wait(10) == 0 and child.stdout.read() == b""


def enforce(box, content, **action):
    answer = box.ask(("enforce_policy", {"policy": {"content": content}, "action": action}))[0]
    return answer.get("result", "error")


def test_conformance_takes_the_other_spellings(box):
    content = {"agent": {"capabilities": {"denied_tools": ["a"]}}, "permissions": {"network": {"enabled": True}},
               "rate_limits": {"per_agent": {"requests_per_minute": 5, "requests_per_hour": 10}}}
    assert enforce(box, content, type="tool_execution", tool_name="a") == "deny"
    assert enforce(box, content, type="model_call", model_name="m") == "allow"
    assert enforce(box, content, type="network_access", domain="example.com") == "allow"
    assert enforce(box, content, type="file_access", path="/tmp/x") == "deny"
    assert enforce(box, content, type="api_access", service_name="s") == "deny"
    assert enforce(box, content, type="rate_limit_check", limitType="request", current_rpm=5) == "allow"
    assert enforce(box, content, type="rate_limit_check", limitType="request", current_rpm=6) == "deny"
    assert enforce(box, content, type="rate_limit", limitType="request", current_rpm=1, current_rph=11) == "deny"
    assert enforce(box, content, type="tool", toolName="a", tool_name="a") == "error"


def test_conformance_does_not_allow_what_a_person_must_approve(box):
    assert enforce(box, {"agent": {"capabilities": {"require_tool_approval": True}}}, type="tool", toolName="a") == "deny"


def test_keys_made_at_once_are_of_one_pair(box):
    folder = box.work / ".sekuire"
    assert box.run("keygen").code == 0
    before = tree(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    process = box.start("keygen", "--force")
    assert waits_for_lock(process, folder)
    assert tree(folder) == before  # nor anything beside the two
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
    assert process.wait(20) == 0, process.communicate()
    assert tree(folder).keys() == before.keys() and tree(folder) != before
    many = [box.start("keygen", "--force") for _ in range(4)]
    assert [p.wait(20) for p in many] == [0] * 4
    box.write("c.json", "{}")
    done = box.run("policy", "sign", "--workspace", "w", "--policy-id", "p", "--version", "1", "--content", "c.json", "--key", ".sekuire/secret.key")
    assert done.code == 0, done
    assert json.loads((box.work / "policy.json").read_text())["signing_public_key"] == (folder / "public.key").read_text()
    assert sorted(os.listdir(folder)) == ["public.key", "secret.key"]


def test_a_pair_of_keys_is_replaced_whole_or_not(box):
    folder = box.work / ".sekuire"
    assert box.run("keygen").code == 0
    (folder / "public.key").unlink()
    (folder / "public.key").mkdir()
    before = tree(folder)
    done = box.run("keygen", "--force")
    assert done.code == 3 and "is no regular file" in done.err and tree(folder) == before, done


@pytest.mark.parametrize("outside", ["../elsewhere", "link"])
def test_hash_says_what_a_push_would_not_take(box, outside):
    agent(box)
    assert "manifest.path" not in box.run("hash").err
    (box.path / "elsewhere").write_text("[]")
    (box.work / "link").symlink_to("../elsewhere")
    words = "is no regular file inside the manifest's folder [manifest.path]\n"
    for key, what, place in (("tools_path", "tools file", "8:15"), ("system_prompt_path", "system prompt", "7:23")):
        agent(box, re.sub(f"{key}: .*", f"{key}: {outside}", MANIFEST))
        for args in ((), ("--json",), ("--quiet",)):
            done = box.run("hash", *args)
            assert done.code == 0 and done.err == f"sekuire.yml:{place}: warning: The {what} {outside} {words}", done
    (box.path / "elsewhere").write_text("not json")  # what is wrong there is not all that is wrong
    agent(box, MANIFEST.replace("tools.json", outside))
    done = box.run("hash")
    assert done.code == 1 and words in done.err and f"sekuire: {outside}:1:" in done.err, done
    agent(box, MANIFEST.replace("tools.json", "nowhere"))
    done = box.run("hash")
    assert done.code == 3 and "manifest.path" not in done.err, done
