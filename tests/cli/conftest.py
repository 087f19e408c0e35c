# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import Backend, Box  # noqa: E402


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


@pytest.fixture
def backend():
    with Backend() as b:
        yield b


@pytest.fixture
def world(box, backend):
    from hostile import World
    return World(box, backend)
