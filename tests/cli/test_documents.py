# SPDX-License-Identifier: Apache-2.0
"""What README.md and docs/ show of commands is what they print. tests/console.py has the rules."""
import os
import shutil
import socket

import console
import pytest
from console import play
from support import BUILD, ROOT

DOCUMENTS = [p for p in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if "```console" in p.read_text()]


@pytest.fixture
def env(tmp_path):
    """A clone of which all is built: the programs, the examples, and the quickstart without its building."""
    (tmp_path / "home").mkdir()
    work = tmp_path / "clone"
    work.mkdir()
    shutil.copytree(ROOT / "examples", work / "examples")
    (work / "quickstart").write_text(f'#!/bin/sh\nexec {ROOT}/quickstart --bin {BUILD}/bin "$@"\n')
    (work / "quickstart").chmod(0o755)
    return {"PATH": f"{BUILD}/bin:{os.environ['PATH']}", "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path), "LC_ALL": "C.UTF-8"}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_a_document_shows_what_is_printed(document, env, tmp_path, capsys):
    """The port of a server that a document starts is a free one here."""
    text = document.read_text().replace("127.0.0.1:9300", f"127.0.0.1:{free_port()}")
    faults, count = play(text, tmp_path / "clone", env)
    with capsys.disabled():
        print(f"\n{document.name}: {count} commands")
    assert not faults, "\n\n".join(faults)
    assert count > 0


def test_the_readme_has_commands_to_run():
    assert ROOT / "README.md" in DOCUMENTS


def test_the_readme_leads_to_a_policy_of_ones_own():
    text = (ROOT / "README.md").read_text()
    section = text.split("## Run your own")[1].split("\n## ")[0]
    shown = [line for _, lines in console.blocks(section) for line in lines]
    for command in ("sekuired ", "sekuire keygen", "sekuire policy sign ", "sekuire policy upload ", "sekuire policy pull"):
        assert any(line.startswith("$ " + command) for line in shown), command


def block(*lines):
    return "\n".join(["text", "```console", *lines, "```", ""])


GOOD = [
    block("$ echo one", "one", "$ cd home 2>/dev/null; x=5", "$ echo $x", "5"),
    block("$ false", "[exit 1]"),
    block("$ echo a; echo b >&2; echo c", "a", "...", "c"),
    block("$ echo 'made 2026-01-02T03:04:05Z at 127.0.0.1:4711'", "made 2030-12-31T00:00:00Z at 127.0.0.1:1"),
    block("$ echo id_0123456789abcdef sk_live_0123456789abcdef", "... sk_live_ffffffffffffffff"),
    block("$ echo first \\", "> second", "first second"),
    block("$ sekuire hash", "sekuire: there is no sekuire.yml...", "...", "[exit 3]"),
    block("$ sleep 100 &", "...", "$ printf 'no end of line'", "no end of line"),
]
BAD = [
    block("$ echo one", "two"),
    block("$ echo one"),
    block("$ true", "one"),
    block("$ false"),
    block("$ true", "[exit 1]"),
    block("$ echo a; echo b; echo c", "a", "c"),
    block("$ echo a; echo b; echo c", "b", "..."),
    block("$ echo deadbeef", "cafecafe"),
    block("$ exit 0", "[the shell ...", "$ echo after", "after"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_agrees_is_no_fault(text, env, tmp_path):
    assert play(text, tmp_path / "clone", env, 20)[0] == []


@pytest.mark.parametrize("text", BAD)
def test_what_does_not_agree_is_a_fault(text, env, tmp_path):
    assert len(play(text, tmp_path / "clone", env, 20)[0]) == 1
