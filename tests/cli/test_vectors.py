# SPDX-License-Identifier: Apache-2.0
"""The vectors through the program: every verdict as the file states it."""
import json

from support import VECTORS

ENVELOPES = VECTORS / "envelopes"


def load(name):
    return json.loads((VECTORS / name).read_text())


def test_envelopes_get_both_verdicts(box, capsys):
    manifest = json.loads((ENVELOPES / "manifest.json").read_text())
    context = manifest["context"]
    wrong = []
    for case in manifest["files"]:
        path = ENVELOPES / case["file"]
        plain = box.run("policy", "validate", "--file", path, at=context["now"])
        strict = box.run("policy", "validate", "--strict", "--workspace", context["workspace"], "--trusted-key",
                         context["trusted_key"], "--file", path, at=context["now"], env={"NO_COLOR": "1"})
        for verdict, done in ((case["expected_integrity"], plain), (case["expected"], strict)):
            if done.code != (0 if verdict == "accept" else 1):
                wrong.append((case["file"], verdict, done))
        if case["expected"] == "accept":
            envelope = json.loads(path.read_text())
            if strict.out != f"Policy {envelope['policy_id']} (v{envelope['version']}) integrity verified (hash/signature)\n":
                wrong.append((case["file"], "stdout", strict))
        elif strict.out != "" or not strict.err.rstrip().splitlines()[0].startswith("sekuire: ") and "warning" not in strict.err:
            wrong.append((case["file"], "stderr", strict))
    assert wrong == []
    assert len(manifest["files"]) == manifest["count"] == 103
    assert not box.trust_file.exists()
    with capsys.disabled():
        print(f"\nenvelopes: {len(manifest['files'])} files, {2 * len(manifest['files'])} verdicts")


def test_strict_says_which_check_of_authority_refused(box, capsys):
    manifest = json.loads((ENVELOPES / "manifest.json").read_text())
    context = manifest["context"]
    count = 0
    for case in manifest["files"]:
        if "refused_by" not in case:
            continue
        done = box.run("policy", "validate", "--json", "--strict", "--workspace", context["workspace"], "--trusted-key",
                       context["trusted_key"], "--file", ENVELOPES / case["file"], at=context["now"])
        failed = [c["name"] for c in done.json["checks"] if c["result"] == "fail"]
        assert case["refused_by"] in failed, (case, done)
        assert done.json["valid"] is False and done.code == 1
        count += 1
    assert count >= 4
    with capsys.disabled():
        print(f"\nenvelopes refused by a check of authority: {count}")


def text_of(vector):
    return bytes.fromhex(vector["hex"]) if "hex" in vector else vector["text"].encode()


def test_canon_gives_the_bytes_or_refuses(box, capsys):
    vectors = load("canon.json")["vectors"]
    wrong = []
    for v in vectors:
        done = box.run("canon", "-", input=text_of(v))
        if v["policy"] == "reject":
            good = done.code == 1 and done.raw == b""
        else:
            good = done.code == 0 and done.raw == v["canonical"].encode()
            if v["policy"] == "match_or_reject":
                good = good or (done.code == 1 and done.raw == b"")
        if not good:
            wrong.append((v["name"], done))
        if done.code == 0:
            digest = box.run("canon", "-", "--hash", input=text_of(v))
            if digest.out != v["hash"] + "\n":
                wrong.append((v["name"], "hash", digest))
    assert wrong == []
    assert len(vectors) == 310
    with capsys.disabled():
        print(f"\ncanonical: {len(vectors)} cases")


def test_conformance_computes_ids(box, capsys):
    data = load("identity.json")
    vectors = data["vectors"] + data["extra"]
    answers = box.ask(*(("calculate_sekuire_id", v["input"]) for v in vectors))
    wrong = []
    for v, answer in zip(vectors, answers):
        if v.get("policy") == "reject":
            good = "error" in answer
        elif v.get("policy") == "match_or_reject":
            good = "error" in answer or answer["result"] == v["expected"]
        else:
            good = answer.get("result") == v["expected"]
        if not good:
            wrong.append((v["name"], answer))
    assert wrong == []
    assert len(answers) == len(vectors) == 65
    with capsys.disabled():
        print(f"\nidentity: {len(vectors)} cases")


def test_conformance_signs_and_verifies(box, capsys):
    data = load("signing.json")
    pair = data["keyPair"]
    other = bytes(64).hex()
    for v in data["vectors"]:
        flipped = ("0" if v["signature"][0] != "0" else "1") + v["signature"][1:]
        check = {"message": v["message"], "signature": v["signature"], "publicKey": pair["publicKey"]}
        answers = box.ask(("sign", {"message": v["message"], "secretKey": pair["secretKey"]}), ("verify", check),
                          ("verify", check | {"message": v["message"] + "x"}), ("verify", check | {"signature": flipped}),
                          ("verify", check | {"signature": other}), ("verify", check | {"signature": "zz"}),
                          ("verify", check | {"publicKey": "00" * 32}))
        assert [a.get("result") for a in answers] == [v["signature"], True, False, False, False, False, False], v["name"]
    with capsys.disabled():
        print(f"\nsigning: {len(data['vectors'])} cases")


def test_conformance_enforces_policy(box, capsys):
    data = load("policy-enforcement.json")
    answers = box.ask(*(("enforce_policy", {"policy": data["policy"], "action": v["action"]}) for v in data["vectors"]))
    assert [a.get("result") for a in answers] == [v["expected"]["decision"] for v in data["vectors"]]
    assert len(answers) == 19
    with capsys.disabled():
        print(f"\npolicy enforcement: {len(answers)} cases")
