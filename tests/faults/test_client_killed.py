# SPDX-License-Identifier: Apache-2.0
"""The program is killed between any two of its system calls; what it leaves is old or new, and the next run works."""
import json
import signal

import pytest
from support_faults import AT_SYSCALL, OUT, SOAK, TRUST, W, named

SCENARIOS = named("pull", "first pull --json", "push", "keygen", "keygen --force", "trust add", "trust add to others", "trust remove",
                  "sign --json over an old file", "login", "config set", "logout")
# Between two calls of which neither changes anything that others see, nothing is different: a soak tries them all the same.
ONLY = [] if SOAK else ["--only", "changing"]


def sequence_of(data):
    return json.loads(data)["content"]["binding"]["sequence"]


def check_order(here):
    """A policy is never newer than the state that rollback is judged by."""
    out, trust = here.box.path / OUT, here.box.path / TRUST
    if out.exists() and OUT in here.scenario.changes and TRUST in here.scenario.changes:
        known = json.loads(trust.read_text())["workspaces"][W].get("sequence") or 0
        assert sequence_of(out.read_text()) <= known


def check_pair(here, whole):
    """What keygen leaves: no secret that others can read, and none that is cut. Files that are open to others hold the public half."""
    folder = here.box.work / ".sekuire"
    files = list(folder.glob("*")) if folder.exists() else []
    closed = {f.read_text() for f in files if f.stat().st_mode & 0o077 == 0 and f.stat().st_size > 0}
    for file in files:
        if file.stat().st_mode & 0o077 != 0:
            assert file.name != "secret.key" and file.read_text() not in closed, file
    if whole:
        assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".sekuire-")) == ["public.key", "secret.key"]


def repeat(here):
    """The same command once more. A key that a cut run left is not made anew without --force, which is said."""
    done = here.run()
    if here.scenario.name == "keygen" and done.code == 1:
        assert done.json["error"]["code"] == "exists" and "--force" in done.err, done
        assert len((here.box.work / ".sekuire" / "secret.key").read_text()) == 64
        done = here.run(args=["keygen", "--force", "--json"])
    assert done.code == here.scenario.code, done


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_killed_between_any_two_system_calls(tmp_path, place, scenario):
    here = place(scenario)
    log = tmp_path / "calls"
    points = 0
    while True:
        points += 1
        done = here.run(AT_SYSCALL, *ONLY, "--log", log, "--kill", points)
        whole = done.code == scenario.code
        assert whole or done.code == -signal.SIGKILL, done
        stray = 0 if whole else 2
        here.check_files(whole, stray)
        check_order(here)
        if scenario.name.startswith("keygen"):
            check_pair(here, whole)
        if whole:
            break
        if here.changed or points == 1:
            repeat(here)
            here.check_files(scenario.name != "logout", stray)
            here.reset()
    names = [line.split()[1] for line in log.read_text().splitlines()]
    # Waiting for the network takes a call more or less.
    assert (points == len(names) + 1 or scenario.online) and points > 2 and (not scenario.changes or {"write", "close"} <= set(names) or scenario.name == "logout")
    print(f"kill points, {scenario}: {points - 1}")
