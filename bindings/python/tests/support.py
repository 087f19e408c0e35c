# SPDX-License-Identifier: Apache-2.0
"""Policies to test with, signed by tests/pure.py of the repository, which shares no code with the library."""
from __future__ import annotations

import importlib
import json
import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors"
sys.path.append(str(ROOT / "tests"))
_pure: Any = importlib.import_module("pure")

NOW = 1_750_000_000
WORKSPACE = "acme"
KEY = _pure.Key(1)
OTHER = _pure.Key(2)
PUBLIC: str = KEY.public
RULES: dict[str, Any] = {
    "agent": {"models": {"allowed_models": ["gpt-4*"]}},
    "tools": {"allowed_tools": ["calculator", "search_*"], "blocked_tools": ["shell_exec"]},
    "permissions": {
        "network": {"enabled": True, "require_tls": True, "allowed_domains": ["*.example.com", "münchen.de"]},
        "filesystem": {"enabled": True, "allowed_paths": ["/srv/*"]},
        "api": {"enabled": True, "allowed_services": [{"service_name": "openai", "endpoints": ["chat"]}]},
    },
    "rate_limits": {"per_agent": {"requests_per_minute": 3, "requests_per_hour": 5}},
}


def signed(
    content: dict[str, Any] | None = None,
    *,
    key: Any = KEY,
    policy_id: str = "p",
    version: str = "1",
    workspace: str = WORKSPACE,
    status: str = "active",
    **binding: Any,
) -> bytes:
    """An envelope as `sekuire policy sign` makes them; binding: members of content.binding."""
    content = dict(RULES if content is None else content)
    if binding:
        content["binding"] = {"workspace_id": workspace, **binding}
    digest: str = _pure.blake3(_pure.canonical(content))
    envelope = {
        "policy_id": policy_id,
        "workspace_id": workspace,
        "version": version,
        "status": status,
        "hash": digest,
        "content": content,
        "signature": key.sign(f"{policy_id}:{version}:{digest}"),
        "signing_key_id": "k",
        "signing_public_key": key.public,
    }
    return json.dumps(envelope).encode()


def vector(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())
