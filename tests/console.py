# SPDX-License-Identifier: Apache-2.0
"""Runs the ```console blocks of a document and compares what they print with what stands there.

Lines that begin with "$ " are commands ("> " goes on with one), the others their output, stdout and stderr in order, and "[exit N]" where
the code is not 0. A line "..." stands for any lines, "..." within a line for anything. Hex digits (12 and more), times, fingerprints and
ports of 127.0.0.1 need not agree. All blocks of a document run in one shell, in one directory. Where the first command of a block is a
script of the repository (./quickstart), the whole rest of the block is its output: it prints commands itself.
"""
import contextlib
import os
import re
import signal
import subprocess
import threading

MARK = "-- exit of the command before: "
MASKS = [
    (r"BLAKE3:[0-9a-f]{4}( [0-9a-f]{4}){7}", "<fingerprint>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"(?<![0-9A-Za-z])((?:sk_live_|ak_|key_)?)[0-9a-f]{12,}(?![0-9A-Za-z])", r"\1<hex>"),
    (r"\b127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
]


def blocks(text):
    """(number of the line, lines) of each block."""
    number, inside = 0, None
    for number, line in enumerate(text.splitlines(), 1):
        if inside is None and line.strip() == "```console":
            inside = (number + 1, [])
        elif inside is not None and line.strip() == "```":
            yield inside
            inside = None
        elif inside is not None:
            inside[1].append(line)
    if inside is not None:
        raise ValueError(f"line {inside[0]}: the block does not end")


def commands(start, lines):
    """(number of the line, command, lines of output) of each command of a block."""
    if not lines or not lines[0].startswith("$ "):
        raise ValueError(f"line {start}: a console block begins with a command")
    if lines[0].startswith("$ ./"):
        return [(start, lines[0][2:], lines[1:])]
    found = []
    for number, line in enumerate(lines, start):
        if line.startswith("$ "):
            found.append((number, line[2:], []))
        elif line.startswith("> ") and not found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line[2:], [])
        else:
            found[-1][2].append(line)
    return found


def masked(line):
    for pattern, name in MASKS:
        line = re.sub(pattern, name, line)
    return line.rstrip()


def stripped(lines):
    lines = [masked(line) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def agrees(expected, actual):
    pattern = ""
    for line in stripped(expected):
        pattern += r"(?:.*\n)*?" if line == "..." else ".*".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in stripped(actual))) is not None


class Shell:
    """One bash for all commands of a document: directories, variables and background jobs stay."""

    def __init__(self, work, env, seconds):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=work, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.watchdog = threading.Timer(seconds, self.kill)
        self.watchdog.start()

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def run(self, command):
        quoted = "'" + command.replace("'", "'\\''") + "'"
        lines = []
        try:
            self.process.stdin.write(f"eval {quoted} </dev/null\nprintf '\\n{MARK}%d\\n' $?\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return ["[the shell has ended]"]
        for line in self.process.stdout:
            if line.startswith(MARK):
                code = int(line[len(MARK):])
                return lines[:-1] + ([lines[-1]] if lines[-1] else []) + ([f"[exit {code}]"] if code else [])
            lines.append(line.rstrip("\n"))
        return lines + ["[the shell ended or took too long]"]

    def close(self):
        self.watchdog.cancel()
        self.kill()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def play(text, work, env, seconds=120):
    """Faults of a document, and how many commands were run."""
    faults, count = [], 0
    shell = Shell(work, env, seconds)
    try:
        for start, lines in blocks(text):
            for number, command, expected in commands(start, lines):
                actual = shell.run(command)
                count += 1
                if not agrees(expected, actual):
                    faults.append(f"line {number}: $ {command}\nexpected:\n" + "\n".join(expected) + "\nprinted:\n" + "\n".join(actual))
    finally:
        shell.close()
    return faults, count
