# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "http")]
import support_faults  # noqa: E402
from support import Backend, Box  # noqa: E402


@pytest.fixture(scope="session")
def backend(tmp_path_factory):
    with Backend() as b:
        support_faults.serve(b, Box(tmp_path_factory.mktemp("signer")))
        yield b


@pytest.fixture
def place(tmp_path, backend):
    """Makes the place of a scenario."""
    return lambda scenario: support_faults.Place(tmp_path / "".join(c if c.isalnum() else "-" for c in scenario.name), scenario, backend.url)


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)
