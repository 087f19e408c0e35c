# SPDX-License-Identifier: Apache-2.0
"""Completion, asked of each shell itself: bash by its function, zsh by a shell on a terminal, fish by `complete -C`."""
import os
import pathlib
import pty
import re
import select
import shlex
import signal
import subprocess
import time

import pytest
from support import BUILD, ROOT

FOLDER = BUILD / "completion"
COMMANDS = re.findall(r"^COMMAND\((\w+)\)", (ROOT / "cli/commands.def").read_text(), re.M)


def clean(work):
    return {"PATH": os.environ["PATH"], "HOME": str(work), "XDG_CONFIG_HOME": str(work / "config"), "XDG_DATA_HOME": str(work / "data"),
            "LC_ALL": "C.UTF-8", "TERM": "dumb"}


def bash(line, work):
    """bash splits words at = as well."""
    words = [w for w in re.split(r"(=)|\s", line) if w is not None] if line.endswith(" ") else re.findall(r"=|[^\s=]+", line)
    words = [w for w in words if w] + ([""] if line.endswith((" ", "=")) else [])
    script = f"""source {FOLDER}/sekuire.bash
        COMP_WORDS=({' '.join(shlex.quote(w) for w in words)}) COMP_CWORD={len(words) - 1}
        _sekuire; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, cwd=work, env=clean(work), check=True)
    assert done.stderr == ""
    return {w for w in done.stdout.split("\n") if w}


def fish(line, work):
    script = f"source {FOLDER}/sekuire.fish; complete -C {shlex.quote(line)}"
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, cwd=work, env=clean(work), check=True)
    assert done.stderr == ""
    return {row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()}


ZSH = """
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -u -D
PS1= PS2= RPS1=
unsetopt zle_bracketed_paste 2>/dev/null
# Each word that zsh would offer is printed instead.
compadd() {{
    if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
    local -a offered
    builtin compadd -A offered "$@"
    local word; for word in $offered; print -r -- "<$word>"
    builtin compadd "$@"
}}
bindkey '^I' complete-word
zle -C show complete-word show
show() {{ _main_complete; compstate[insert]= compstate[list]= ; print -r -- '<end>' }}
bindkey '^X' show
print -r -- '<ready>'
"""


class Zsh:
    """One zsh on a terminal of its own, for all questions: loading its completion takes long."""

    def __init__(self, work):
        (work / "ask.zsh").write_text(ZSH.format(folder=FOLDER))
        try:
            self.pid, self.fd = pty.fork()
        except OSError as e:
            raise AssertionError(f"this test needs a pseudo-terminal: mount devpts ({e})") from e
        if self.pid == 0:
            os.chdir(work)
            os.execvpe("zsh", ["zsh", "-f", "-i"], clean(work))
        os.write(self.fd, b"PS1= source ./ask.zsh\n")
        self.read_until(b"<ready>\r\n")

    def read_until(self, mark):
        seen, until = b"", time.monotonic() + 60
        while mark not in seen:
            assert time.monotonic() < until, seen
            if select.select([self.fd], [], [], 1)[0]:
                seen += os.read(self.fd, 65536)
        return seen.decode()

    def ask(self, line):
        os.write(self.fd, b"\x15" + line.encode() + b"\x18")
        return set(re.findall(r"<([^<>\r\n]+)>", self.read_until(b"<end>"))) - {"end"}

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion")
    (path / "here.json").write_text("{}")
    return path


@pytest.fixture(scope="module")
def ask(request, work):
    """A question to one of the shells: the line up to the cursor; the answer is the set of words offered."""
    if request.param != "zsh":
        yield lambda line: {"bash": bash, "fish": fish}[request.param](line, work)
        return
    shell = Zsh(work)
    yield shell.ask
    shell.close()


SHELLS = pytest.mark.parametrize("ask", ["bash", "zsh", "fish"], indirect=True)


@SHELLS
def test_first_words_are_every_group_and_command(ask):
    assert ask("sekuire ") >= {"policy", "push", "keygen", "api-key", "trust", "conformance"}
    assert "pull" not in ask("sekuire ")
    assert ask("sekuire po") == {"policy"}


@SHELLS
def test_second_words_are_those_of_the_group(ask):
    assert ask("sekuire policy ") == {c[len("policy_"):] for c in COMMANDS if c.startswith("policy_")}
    assert ask("sekuire signing-key re") == {"revoke"}


@SHELLS
def test_options_are_those_of_the_command(ask):
    found = ask("sekuire policy pull --")
    assert {o.rstrip("=") for o in found} >= {"--workspace", "--trusted-key", "--accept-new-key", "--json", "--help"}
    assert "--activate" not in {o.rstrip("=") for o in found}


@SHELLS
def test_options_may_stand_before_and_between(ask):
    assert ask("sekuire --json policy pu") == {"pull"}
    assert {o.rstrip("=") for o in ask("sekuire policy pull --workspace push --accept-n")} == {"--accept-new-key"}


@SHELLS
def test_fixed_values_are_offered(ask):
    assert ask("sekuire policy new --preset ") == {"strict", "standard", "permissive"}
    assert ask("sekuire api-key create --role pol") == {"policy-admin"}


@SHELLS
def test_settings_are_offered(ask):
    assert ask("sekuire config get trust") == {"trust.require_pinned"}
    assert ask("sekuire config get ") >= {"backend", "device.os"} and "device.os" not in ask("sekuire config set ")
    assert ask("sekuire config set out") == {"output.color"}


def test_the_settings_that_are_offered_are_all_there_are():
    names = re.findall(r'\{"([a-z._]+)", (true|false)\}', (ROOT / "client/config.c").read_text())
    text = (FOLDER / "sekuire.bash").read_text()
    assert f"'config get') echo {' '.join(n for n, _ in names)} ;;" in text
    assert f"'config set') echo {' '.join(n for n, writable in names if writable == 'true')} ;;" in text


@SHELLS
def test_files_are_offered_where_a_file_is_meant_and_nowhere_else(ask):
    assert "here.json" in ask("sekuire policy validate --file he")
    assert "here.json" in ask("sekuire canon he")
    assert "here.json" not in ask("sekuire policy pull --workspace he")


def test_bash_completes_behind_an_equals_sign(work):
    assert bash("sekuire policy new --preset=st", work) == {"strict", "standard"}
    assert bash("sekuire policy validate --file=he", work) == {"here.json"}


def test_every_file_is_well_formed_for_its_shell():
    for shell, name in (("bash", "sekuire.bash"), ("zsh", "_sekuire"), ("fish", "sekuire.fish")):
        done = subprocess.run([shell, "-n", FOLDER / name], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_every_command_of_the_table_has_options_in_every_shell():
    text = {name: pathlib.Path(FOLDER / name).read_text() for name in ("sekuire.bash", "_sekuire", "sekuire.fish")}
    for name in (c.replace("_", " ") for c in COMMANDS if not c.startswith(("api_", "signing_"))):
        assert f"    '{name}') echo --" in text["sekuire.bash"]
        assert f"    '{name}')\n        _arguments" in text["_sekuire"]
        assert f"-n '__sekuire_in {name}' -l " in text["sekuire.fish"]
