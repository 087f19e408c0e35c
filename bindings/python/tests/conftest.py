# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pathlib

import pytest
from support import PUBLIC, WORKSPACE, signed

import sekuire
from sekuire import Policy, _decision


@pytest.fixture(autouse=True)
def no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKUIRE_POLICY_DEV_OVERRIDE", raising=False)
    monkeypatch.setattr(_decision._Loud, "done", False)


@pytest.fixture(scope="session")
def envelope() -> bytes:
    return signed()


@pytest.fixture(scope="session")
def policy(envelope: bytes) -> Policy:
    return Policy.parse(envelope, workspace=WORKSPACE, trusted_keys=[PUBLIC])


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """What is tested is what was installed, not the folder beside the tests."""
    here = pathlib.Path(__file__).resolve().parents[1]
    assert here not in pathlib.Path(sekuire.__file__).resolve().parents
