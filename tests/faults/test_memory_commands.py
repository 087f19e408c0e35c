# SPDX-License-Identifier: Apache-2.0
"""Every allocation of our own code fails once, in each command: no crash, no leak, no wrong yes."""
import json

import pytest
from support_faults import ASAN, SCENARIOS, SOAK, Memory, chosen, seed

# Under the sanitizers a start takes many times as long; the other build tries what is left out here.
FIRST, MORE = (12, 28) if ASAN else (300, 50)


def judge(place, done, what):
    """A failure that says so, or an answer that is right and whole."""
    scenario = place.scenario
    assert done.code >= 0, (what, done)
    if done.code == 3:
        if "--json" in scenario.args and done.raw:
            assert done.json["error"]["code"] == "memory", (what, done)
        assert done.raw == b"" or scenario.code != 3, (what, done)
        return False
    assert done.code == scenario.code, (what, done)
    if scenario.name == "conformance":
        return conforms(place, done, what)
    assert place.visible(done) == place.output, (what, done)
    return True


def conforms(place, done, what):
    """The protocol answers each line: rightly, or by the error."""
    said, right = done.raw.splitlines(), place.output.splitlines()
    assert len(said) == len(right), (what, done)
    wrong = [json.loads(line) for line, due in zip(said, right) if line != due]
    assert all(list(line) == ["error"] and "memory" in str(line) for line in wrong) and len(wrong) <= 1, (what, wrong)
    return not wrong


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_each_allocation_fails_once(tmp_path, place, scenario):
    here = place(scenario)
    memory = Memory(tmp_path / "memory")
    memory.arm(0)
    assert here.run(env=memory.variable).code == scenario.code
    count = memory.count
    assert count > 0
    here.reset()
    answered = tried = 0
    for number in chosen(count, seed(), FIRST, MORE):
        memory.arm(number)
        done = here.run(env=memory.variable)
        assert memory.failed == 1 or done.code == scenario.code, (number, done)
        whole = judge(here, done, number)
        if here.changed:
            here.check_files(whole)
            here.reset()
        elif whole:
            here.check_files(whole and scenario.code == 0)
        tried += 1
        answered += whole
    assert answered < tried
    print(f"allocations, {scenario}: {tried} of {count} failed, {answered} of them without harm")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_no_memory_from_some_moment_on(tmp_path, place, scenario):
    here = place(scenario)
    memory = Memory(tmp_path / "memory")
    memory.arm(0)
    here.run(env=memory.variable)
    count = memory.count
    here.reset()
    random_ = seed()
    for number in sorted({1, *(random_.randint(1, count) for _ in range(50 if SOAK else 3))}):
        memory.arm(number, onward=True)
        whole = judge(here, here.run(env=memory.variable), number)
        here.check_files(whole and scenario.code == 0)
        here.reset()
