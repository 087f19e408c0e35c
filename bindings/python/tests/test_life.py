# SPDX-License-Identifier: Apache-2.0
"""Threads, lifetimes, memory, and what building says without the library."""
from __future__ import annotations

import gc
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import NOW, PUBLIC, RULES, WORKSPACE, signed

from sekuire import ActionError, Decision, Model, Network, Policy, PolicyError, RateLimit, Tool


def test_many_threads_share_a_policy(policy: Policy) -> None:
    def work(number: int) -> set[tuple[str, str | None]]:
        found: set[tuple[str, str | None]] = set()
        for i in range(500):
            decision = policy.decide(Tool(f"tool{number}_{i}"))
            assert decision.message == f"Tool tool{number}_{i} is not in the allowlist"
            found.add((decision.decision, decision.rule))
            assert policy.decide(Network("ü.example.com", "https")) and policy.decide(Model("gpt-4o"))
            with pytest.raises(ActionError):
                policy.decide(Tool("\n"))
            if i % 100 == 0:
                assert len(policy.decide_many([Tool("calculator")] * 100)) == 100
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            assert found == {("deny", "tool.not_allowed")}


def test_many_threads_share_a_session() -> None:
    rules = {"rate_limits": {"per_agent": {"requests_per_minute": 1000}}}
    session = Policy.parse(signed(rules), workspace=WORKSPACE, trusted_keys=PUBLIC).session()
    with ThreadPoolExecutor(8) as pool:
        allowed = pool.map(lambda _: sum(bool(session.decide(RateLimit("request", 1), now=NOW)) for _ in range(500)), range(8))
    assert sum(allowed) == 1000


def test_opening_and_deciding_many_let_other_threads_run() -> None:
    blocked = [f"blocked_tool_{i}" for i in range(60000)]
    data = str({"tools": {"blocked_tools": blocked}}).replace("'", '"').encode()
    turns = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0)

    def lets_run(work: Callable[[], object]) -> bool:
        before, end = turns, time.monotonic() + 20
        while turns == before and time.monotonic() < end:
            work()
        return turns > before

    policy = Policy.parse(data, draft=True)
    actions = [Tool("a")] * 4096
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # nobody is made to give the lock away: only who lets go of it lets others run
    thread = threading.Thread(target=count)
    try:
        thread.start()
        assert lets_run(lambda: Policy.parse(data, draft=True))
        assert lets_run(lambda: policy.decide_many(actions))
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()


def test_a_decision_outlives_its_policy() -> None:
    decisions: list[Decision] = []
    for number in range(50):
        policy = Policy.parse(signed({"tools": {"blocked_tools": [f"tool_{number}_*"]}}), workspace=WORKSPACE, trusted_keys=PUBLIC)
        session = policy.session()
        action = Tool(f"tool_{number}_x")
        decisions += [policy.decide(action), session.decide(action), *policy.decide_many([action])]
        del policy, session, action
    gc.collect()
    for number, decision in enumerate(decisions):
        assert decision.message == f"Tool tool_{number // 3}_x is blocked"
        assert (decision.pattern, decision.pointer) == (f"tool_{number // 3}_*", "/tools/blocked_tools/0")


def test_a_session_outlives_its_policy(envelope: bytes) -> None:
    session = Policy.parse(envelope, workspace=WORKSPACE, trusted_keys=PUBLIC).session()
    gc.collect()
    assert session.decide(Tool("shell_exec")).rule == "tool.blocked"


def resident() -> int:
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_loads_leak_nothing(tmp_path: pathlib.Path) -> None:
    data = str(RULES).replace("'", '"').replace("True", "true").encode()
    path = tmp_path / "policy.json"
    path.write_bytes(data)
    broken = data[:-1]

    def load() -> None:
        policy = Policy.load(path, draft=True)
        policy.decide(Tool("shell_exec")).to_dict()
        policy.session()
        with pytest.raises(ActionError):
            policy.decide(Tool("\n"))

    def fail() -> None:
        with pytest.raises(PolicyError):
            Policy.parse(broken, draft=True)

    for _ in range(500):
        load()
        fail()
    gc.collect()
    before = resident()
    for _ in range(10000):
        load()
        fail()
    gc.collect()
    assert resident() - before < 4 << 20  # one that kept its rules alone would take 100 MB and more


@pytest.mark.parametrize("pkg_config", [True, False])
def test_building_without_the_library_says_what_to_install(tmp_path: pathlib.Path, pkg_config: bool) -> None:
    script = pathlib.Path(__file__).resolve().parents[1] / "build_ffi.py"
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(tmp_path), "PKG_CONFIG_PATH": ""}
    if not pkg_config:
        environment["PATH"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-B", script], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "libsekuire-dev" in done.stderr and "PKG_CONFIG_PATH" in done.stderr
    assert "Traceback" not in done.stderr
