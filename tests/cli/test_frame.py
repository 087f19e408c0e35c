# SPDX-License-Identifier: Apache-2.0
"""The frame around every command: options, help, documents, exit codes, output that cannot be written."""
import json
import os
import re

import pytest

from support import ROOT, tree

COMMANDS = [c.replace("_", " ") for c in re.findall(r"^COMMAND\((\w+)\)", (ROOT / "cli" / "commands.def").read_text(), re.M)]
COMMANDS = [re.sub(r"^(api|signing) key", r"\1-key", c) for c in COMMANDS]


def test_without_a_command_help_goes_to_stderr(box):
    done = box.run()
    assert done.code == 2 and done.raw == b""
    assert "Usage: sekuire COMMAND" in done.err


def test_help_lists_every_command(box):
    done = box.run("--help")
    assert done.code == 0 and done.err == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", done.out, re.M), command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_usage_options_and_an_example(box, command):
    for args in ((*command.split(), "--help"), ("help", *command.split())):
        done = box.run(*args)
        assert done.code == 0 and done.err == ""
        assert f"Usage: sekuire {command} " in done.out and "\nExample:\n  " in done.out and "--json" in done.out
    assert all(len(line) <= 140 for line in done.out.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_version_as_documents(box, command):
    done = box.run(*command.split(), "--json", "--help")
    assert done.code == 0 and done.json["help"].startswith(box.run(*command.split(), "-h").out[:20])
    done = box.run(*command.split(), "-V")
    assert done.code == 0 and re.fullmatch(r"sekuire \d+\.\d+\.\d+\n", done.out)
    done = box.run(*command.split(), "-V", "--json")
    assert re.fullmatch(r"\d+\.\d+\.\d+", done.json["version"])


def test_a_group_alone_shows_its_commands(box):
    done = box.run("policy")
    assert done.code == 2 and done.raw == b"" and "policy pull" in done.err and "keygen" not in done.err
    done = box.run("policy", "--help")
    assert done.code == 0 and "policy pull" in done.out and "keygen" not in done.out


@pytest.mark.parametrize("args, message, hint", [
    (("polcy",), "unknown command 'polcy'", "did you mean: sekuire policy?"),
    (("pusch",), "unknown command 'pusch'", "did you mean: sekuire push?"),
    (("policy", "shwo"), "unknown command 'policy shwo'", "did you mean: sekuire policy show?"),
    (("qqqqqq",), "unknown command 'qqqqqq'", "sekuire --help"),
    (("policy", "show", "--flie", "x"), "unknown option --flie", "did you mean --file?"),
    (("policy", "show", "--zzzzz=1"), "unknown option --zzzzz", "sekuire policy show --help"),
    (("policy", "show", "-x"), "unknown option -x", ""),
    (("policy", "show", "--file"), "option --file needs a value", ""),
    (("policy", "show", "--file", "--json"), "option --file needs a value", "--file=--json"),
    (("policy", "show", "--file", "a", "--file=b"), "option --file is given twice", ""),
    (("policy", "show", "--json", "--json"), "option --json is given twice", ""),
    (("policy", "show", "--json=yes"), "option --json takes no value", ""),
    (("policy", "show", "extra"), "unexpected argument 'extra'", "usage:"),
    (("canon",), "an argument is missing: FILE|-", "usage:"),
    (("config", "set", "workspace"), "an argument is missing", "usage:"),
    (("hash", "--", "--json"), "unexpected argument '--json'", ""),
    (("push", "--registry", "http://localhost", "--backend", "http://localhost"), "option --backend is given twice", ""),
    (("policy", "show", "--\x1b[31m"), "unknown option --\\u001b[31m", ""),
])
def test_usage_errors(box, args, message, hint):
    before = tree(box.path)
    done = box.run(*args)
    assert done.code == 2
    assert done.raw == b"" or done.json["error"]["code"] == "usage" and "--json" in args
    assert done.err.startswith(f"sekuire: {message}"), done
    assert hint in done.err
    assert tree(box.path) == before
    if "--json" not in args and "--" not in args and "--json=yes" not in args:
        done = box.run("--json", *args)
        assert done.code == 2 and done.json["error"]["code"] == "usage"


def test_option_forms_mean_the_same(box):
    box.write("a.json", box.envelope({"x-note": 1}))
    outs = {box.run(*args).out for args in (("policy", "show", "--file", "a.json"), ("policy", "show", "--file=a.json"),
                                            ("policy", "--quiet", "show", "--file=a.json"))}
    assert len(outs) == 1 and "policy_xyz" in outs.pop()


def test_output_that_cannot_be_written_is_no_success(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    for args in (("policy", "show"), ("policy", "validate"), ("policy", "validate", "--json"), ("--help",), ("--version",),
                 ("canon", "policy.json"), ("policy", "new"), ("config", "show")):
        with open("/dev/full", "wb") as full:
            done = box.run(*args, stdout=full)
        assert done.code == 3, args
        assert "standard output could not be written: No space left on device" in done.err
    with open("/dev/full", "wb") as full:
        done = box.run("conformance", input='{"operation":"hash","params":{"input":""}}\n', stdout=full)
    assert done.code == 3


def test_a_closed_stdout_is_no_success_and_no_file_takes_its_place(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    program = f'exec "{os.environ["SEKUIRE_BUILD"]}/bin/sekuire" policy show >&-'
    import subprocess
    done = subprocess.run(["/bin/sh", "-c", program], cwd=box.work, env=box.environment(), stderr=subprocess.PIPE)
    assert done.returncode == 3 and b"standard output could not be written" in done.stderr


def test_failure_is_one_document_with_its_place(box):
    box.write("policy.json", '{\n  "policy_id": "a",\n  "policy_id": "b"\n}')
    done = box.run("policy", "show", "--json")
    assert done.code == 1
    error = done.json["error"]
    assert error["code"] == "duplicate_key" and (error["file"], error["line"], error["column"]) == ("policy.json", 3, 3)
    assert error["offset"] == 24
    assert done.err.startswith("sekuire: policy.json:3:3: ")
    done = box.run("policy", "show", "--json", "--file", "nowhere.json")
    assert done.code == 3 and done.json["error"]["code"] == "io" and done.json["error"]["file"] == "nowhere.json"
    assert "line" not in done.json["error"]


def test_no_colour_and_no_spinner_off_a_terminal(box):
    for args in (("polcy",), ("policy", "show"), ("policy", "--help")):
        done = box.run(*args)
        assert "\x1b" not in done.err and b"\x1b" not in done.raw


def test_colour_on_a_terminal_unless_forbidden(box):
    assert b"\x1b[31msekuire: unknown command" in box.terminal("polcy").raw
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert b"\x1b" not in box.terminal("polcy", env=env).raw
    box.config_file.parent.mkdir(parents=True)
    box.config_file.write_text("output:\n  color: never\n")
    assert b"\x1b" not in box.terminal("polcy").raw


def test_control_characters_of_file_names_are_escaped(box):
    done = box.run("policy", "show", "--file", "a\x1b[2Jb\u202e")
    assert done.code == 3 and "\x1b" not in done.err and "a\\u001b[2Jb\\u202e" in done.err
    done = box.run("policy", "show", "--json", "--file", "a\x1b[2Jb\u202e\u009b")
    assert b"\x1b" not in done.raw and "\u202e".encode() not in done.raw and "\u009b".encode() not in done.raw
    assert done.json["error"]["file"] == "a\x1b[2Jb\u202e\u009b"


def test_nothing_but_requests_loads_the_http_library(box):
    import subprocess
    linked = subprocess.run(["ldd", f"{os.environ['SEKUIRE_BUILD']}/bin/sekuire"], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert "libcurl" not in linked and "libgnutls" not in linked and "libsqlite" not in linked and "libpq" not in linked


def test_no_home_directory_is_a_matter_of_configuration(box):
    for home in ("", "relative"):
        done = box.run("trust", "list", "--json", env={"HOME": home, "XDG_CONFIG_HOME": "x", "XDG_STATE_HOME": ""})
        assert done.code == 3 and done.json["error"]["code"] == "config"


def test_json_names_are_the_documented_ones(box):
    box.write("policy.json", box.envelope({"x-note": 1}))
    assert list(box.run("policy", "validate", "--json").json) == ["valid", "policy_id", "workspace_id", "version", "hash", "checks"]
    assert [c["name"] for c in box.run("policy", "validate", "--json").json["checks"]] == [
        "syntax", "hash", "signature", "workspace", "status", "key", "sequence", "time"]
    shown = box.run("policy", "show", "--json").json
    assert "content" not in shown and shown["integrity"] == "verified"
    assert shown == {k: v for k, v in json.loads((box.work / "policy.json").read_text()).items() if k != "content"} | {
        "integrity": "verified"}
