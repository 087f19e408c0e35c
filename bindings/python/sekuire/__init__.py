# SPDX-License-Identifier: Apache-2.0
"""Signed workspace policies for AI agents: accept one, then ask it what an agent may do.

    policy = Policy.load("policy.json", workspace="acme", trusted_keys=[Path("public.key")])
    policy.decide(Tool("shell_exec")).require()
"""
from ._actions import Action, Api, File, Json, Model, Network, RateLimit, Tool
from ._agent import Finding
from ._decision import Decision, Denied, Verdict
from ._errors import (
    ActionError,
    FileError,
    KeyInvalid,
    ManifestError,
    NotAccepted,
    OverrideWarning,
    PolicyError,
    SekuireError,
    UsageError,
)
from ._ffi import ffi as _f
from ._ffi import lib as _l
from ._policy import Floor, Policy, Session, Stage, TrustedKey

__version__ = "0.1.0"
library_version: str = _f.string(_l.sekuire_version()).decode()

__all__ = [
    "Action",
    "ActionError",
    "Api",
    "Decision",
    "Denied",
    "File",
    "FileError",
    "Finding",
    "Floor",
    "Json",
    "KeyInvalid",
    "ManifestError",
    "Model",
    "Network",
    "NotAccepted",
    "OverrideWarning",
    "Policy",
    "PolicyError",
    "RateLimit",
    "SekuireError",
    "Session",
    "Stage",
    "Tool",
    "TrustedKey",
    "UsageError",
    "Verdict",
    "library_version",
]
