# SPDX-License-Identifier: Apache-2.0
import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from http_support import Server  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for a file of tests; each test makes workspaces of its own."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def workspace(server):
    return server.workspace(f"ws{next(numbers)}")


@pytest.fixture
def own_server(tmp_path):
    """A server that the test may stop and start."""
    running = Server(tmp_path)
    yield running
    running.stop()
