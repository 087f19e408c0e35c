# SPDX-License-Identifier: Apache-2.0
"""The reference against the shared conformance vectors, and against single sentences of the specification."""

import json
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402  pylint: disable=wrong-import-position
import model  # noqa: E402  pylint: disable=wrong-import-position

VECTORS = json.loads((HERE.parent / "vectors" / "policy-enforcement.json").read_text(encoding="utf-8"))
NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
ERROR = "error"


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_vector(vector):
    """A shared vector: the decision, and the rule that a denial cites."""
    decision = model.decide(model.compile(VECTORS["policy"]["content"]), vector["action"], NOW)
    assert decision.decision == vector["expected"]["decision"]
    assert decision.rule == vector["expected"].get("rule")


def network(**keys):
    """A policy of permissions.network, enabled."""
    return {"permissions": {"network": {"enabled": True, **keys}}}


def files(**keys):
    """A policy of permissions.filesystem, enabled."""
    return {"permissions": {"filesystem": {"enabled": True, **keys}}}


def api(*services):
    """A policy of permissions.api, enabled."""
    return {"permissions": {"api": {"enabled": True, "allowed_services": list(services)}}}


def models(**keys):
    """A policy of agent.models."""
    return {"agent": {"models": keys}}


def capabilities(**keys):
    """A policy of agent.capabilities."""
    return {"agent": {"capabilities": keys}}


def limits(**keys):
    """A policy of rate_limits.per_agent."""
    return {"rate_limits": {"per_agent": keys}}


def host(domain, **keys):
    """A network action."""
    return {"type": "network", "domain": domain, **keys}


def file(path):
    """A filesystem action."""
    return {"type": "filesystem", "path": path}


def tool(name):
    """A tool action."""
    return {"type": "tool", "toolName": name}


def llm(name, **keys):
    """A model action."""
    return {"type": "model", "model": name, **keys}


def call(service, **keys):
    """An api action."""
    return {"type": "api", "service": service, **keys}


def rate(count, **keys):
    """A rate_limit action."""
    return {"type": "rate_limit", "limitType": "request", "count": count, **keys}


def answer(content, action):
    """What the reference says, in one word or a rule: `allow`, `error`, `uncompilable` or the rule that decided."""
    try:
        policy = model.compile(content)
    except model.Uncompilable:
        return "uncompilable"
    try:
        decision = model.decide(policy, action, NOW)
    except model.BadAction:
        return ERROR
    return decision.rule or decision.decision


TREE = network(allowed_domains=["*.example.com"])
BLOCK = network(blocked_domains=["malicious.com", "1.2.3.4", "2001:db8::1"])
TMP = files(allowed_paths=["/tmp/*"])
ETC = files(blocked_paths=["/etc/*"])
TXT = files(allowed_extensions=[".txt"])
GPT = models(blocked_models=["gpt-4-32k"])
OPENAI = models(allowed_providers=["openai"])
NOT_OPENAI = models(blocked_providers=["openai"])
CHAT = api({"service_name": "openai", "endpoints": ["chat"]}, {"service_name": "openai", "endpoints": ["v1/*"]})
TLS = network(require_tls=True)

# One sentence, and (policy, action, answer) for it.
SENTENCES = [
    # section 1
    (
        "0 allows none",
        [
            (limits(requests_per_minute=0), rate(1), "rate_limit.exceeded"),
            (limits(requests_per_minute=0), rate(0), "allow"),
        ],
    ),
    (
        "All four tool lists take strings and {name, ...}",
        [
            (capabilities(denied_tools=[{"name": "rm"}]), tool("rm"), "tool.blocked"),
            (capabilities(allowed_tools=[{"name": "ls", "description": "d"}]), tool("rm"), "tool.not_allowed"),
            ({"tools": {"blocked_tools": [{"name": "rm"}]}}, tool("rm"), "tool.blocked"),
            ({"tools": {"allowed_tools": ["ls", {"name": "rm"}]}}, tool("rm"), "allow"),
        ],
    ),
    (
        "Keys beginning x- are comments",
        [
            ({"x-a": 1, "tools": {"x-b": None}}, tool("rm"), "allow"),
        ],
    ),
    (
        "A list and its alias add up",
        [
            (network(blocked_domains=["a.com"], blocked_hosts=["b.com"]), host("b.com"), "network.blocked"),
            (models(blocked_models=["a"], denied_models=["b"]), llm("b"), "model.blocked"),
            (capabilities(denied_tools=["a"], blocked_tools=["b"]), tool("b"), "tool.blocked"),
            ({"tools": {"blocked_tools": ["a"], "denied_tools": ["b"]}}, tool("b"), "tool.blocked"),
        ],
    ),
    (
        "A known key of a wrong type (null included)",
        [
            (network(enabled="true"), tool("x"), "uncompilable"),
            ({"tools": None}, tool("x"), "uncompilable"),
            (network(require_tls=1), tool("x"), "uncompilable"),
            (models(allowed_models="gpt-4"), tool("x"), "uncompilable"),
            (network(blocked_domains=[1]), tool("x"), "uncompilable"),
            ({"compliance": {"frameworks": "x"}}, tool("x"), "uncompilable"),
            ({"binding": {"expires_at": 1}}, tool("x"), "uncompilable"),
        ],
    ),
    (
        "a negative or fractional limit",
        [
            (limits(tokens_per_hour=-1), tool("x"), "uncompilable"),
            (limits(tokens_per_hour=1.5), tool("x"), "uncompilable"),
        ],
    ),
    (
        "a pattern that section 3 calls none",
        [
            (GPT | models(allowed_models=["a*b"]), tool("x"), "uncompilable"),
        ],
    ),
    (
        "An unknown key, at the top or under a known section",
        [
            ({"tool": {}}, tool("x"), "uncompilable"),
            (models(alowed_models=["x"]), tool("x"), "uncompilable"),
        ],
    ),
    (
        "signing_keys: 1-16 distinct keys, only beside sequence and workspace_id",
        [
            ({"binding": {"signing_keys": generate.KEYS, "sequence": 1, "workspace_id": "w"}}, tool("x"), "allow"),
            ({"binding": {"signing_keys": [], "sequence": 1, "workspace_id": "w"}}, tool("x"), "uncompilable"),
            (
                {"binding": {"signing_keys": generate.KEYS[:1] * 2, "sequence": 1, "workspace_id": "w"}},
                tool("x"),
                "uncompilable",
            ),
            ({"binding": {"signing_keys": generate.KEYS, "workspace_id": "w"}}, tool("x"), "uncompilable"),
        ],
    ),
    # section 2
    (
        "A blocked entry beats every allowed entry",
        [
            (network(allowed_domains=["evil.org"], blocked_domains=["evil.org"]), host("evil.org"), "network.blocked"),
        ],
    ),
    (
        "each non-empty allowed list must match",
        [
            (
                capabilities(allowed_tools=["a", "b"]) | {"tools": {"allowed_tools": ["b", "c"]}},
                tool("a"),
                "tool.not_allowed",
            ),
            (capabilities(allowed_tools=["a", "b"]) | {"tools": {"allowed_tools": ["b", "c"]}}, tool("b"), "allow"),
            (network(allowed_domains=["a.com"], allowed_hosts=["b.com"]), host("a.com"), "network.not_allowed"),
        ],
    ),
    (
        "An absent or empty allowed list restricts nothing",
        [
            (models(allowed_models=[]), llm("x"), "allow"),
            ({}, llm("x"), "allow"),
            (network(), host("x.org"), "allow"),
        ],
    ),
    (
        "To allow nothing, block *",
        [
            (capabilities(denied_tools=["*"]), tool("x"), "tool.blocked"),
            (network(blocked_domains=["*"]), host("::1"), "network.blocked"),
        ],
    ),
    # section 3
    (
        "Strings of an action are 1-4096 bytes of UTF-8 without bytes 00-1F and 7F",
        [
            ({}, tool(""), ERROR),
            ({}, tool("a" * 4096), "allow"),
            ({}, tool("a" * 4097), ERROR),
            ({}, tool("é" * 2048), "allow"),
            ({}, tool("é" * 2049), ERROR),
            ({}, tool("a\x1f"), ERROR),
            ({}, tool("a\x7f"), ERROR),
            ({}, tool("a\x80"), "allow"),
            ({}, tool("\ud800"), ERROR),
        ],
    ),
    (
        "Names compare bytewise, no Unicode normalisation",
        [
            (capabilities(denied_tools=["\u00e9"]), tool("e\u0301"), "allow"),
            (capabilities(denied_tools=["\u00e9"]), tool("\u00e9"), "tool.blocked"),
        ],
    ),
    (
        "an empty pattern, or a * anywhere but where this section puts it, is none",
        [
            (models(allowed_models=[""]), tool("x"), "uncompilable"),
            (models(allowed_models=["*a"]), tool("x"), "uncompilable"),
            (models(allowed_models=["a**"]), tool("x"), "uncompilable"),
            (models(allowed_providers=["open*"]), tool("x"), "uncompilable"),
            (network(allowed_domains=["a*.com"]), tool("x"), "uncompilable"),
            (files(blocked_paths=["/tmp*"]), tool("x"), "uncompilable"),
        ],
    ),
    (
        "name: exact, case-sensitive, or a prefix ending in one *",
        [
            (capabilities(denied_tools=["rm"]), tool("RM"), "allow"),
            (capabilities(denied_tools=["rm*"]), tool("rmdir"), "tool.blocked"),
            (capabilities(denied_tools=["rm*"]), tool("rm"), "tool.blocked"),
            (capabilities(denied_tools=["rm*"]), tool("r"), "allow"),
        ],
    ),
    (
        "openai/gpt-4-32k and GPT-4-32K do not slip past gpt-4-32k",
        [
            (GPT, llm("openai/gpt-4-32k"), "model.blocked"),
            (GPT, llm("GPT-4-32K"), "model.blocked"),
            (GPT, llm("a:b/Gpt-4-32k"), "model.blocked"),
            (GPT, llm("azure:gpt-4-32k"), "model.blocked"),
            (GPT, llm("gpt-4-32k/x"), "allow"),
            (GPT, llm("gpt-4-32\u212a"), "allow"),
        ],
    ),
    (
        "an allowed one case-sensitively against the whole name only",
        [
            (models(allowed_models=["gpt-4"]), llm("GPT-4"), "model.not_allowed"),
            (models(allowed_models=["gpt-4"]), llm("openai/gpt-4"), "model.not_allowed"),
        ],
    ),
    (
        "provider: ASCII case-insensitive, exact",
        [
            (OPENAI, llm("x", provider="OpenAI"), "allow"),
            (OPENAI, llm("x", provider="openai2"), "provider.not_allowed"),
        ],
    ),
    (
        "*.example.com = example.com and every subdomain at any depth",
        [
            (TREE, host("example.com"), "allow"),
            (TREE, host("a.b.example.com"), "allow"),
            (TREE, host("notexample.com"), "network.not_allowed"),
            (TREE, host("com"), "network.not_allowed"),
        ],
    ),
    (
        "an ASCII name is lowered ... one trailing dot removed",
        [
            (BLOCK, host("Malicious.com"), "network.blocked"),
            (BLOCK, host("malicious.com."), "network.blocked"),
            (BLOCK, host("malicious.com.."), ERROR),
        ],
    ),
    (
        "every label then [a-z0-9_-]{1,63}, the name at most 253",
        [
            (BLOCK, host("a" * 63 + ".com"), "allow"),
            (BLOCK, host("a" * 64 + ".com"), ERROR),
            (BLOCK, host("a." * 126 + "a"), "allow"),
            (BLOCK, host("a." * 126 + "aa"), ERROR),
            (BLOCK, host("a_b-.com"), "allow"),
        ],
    ),
    (
        "so userinfo, port, path, empty label, space, % are errors",
        [
            (BLOCK, host(text), ERROR)
            for text in ("u@a.com", "a.com:443", "a.com/", "a..com", ".a.com", ".", "a b.com", "a%2ecom", "*.a.com")
        ],
    ),
    (
        "must be a dotted quad without leading zeros (127.1, 0x7f.0.0.1, 2130706433 are errors)",
        [
            (BLOCK, host(text), ERROR)
            for text in ("127.1", "0x7f.0.0.1", "2130706433", "01.2.3.4", "1.2.3.256", "a.1", "a.0x1f", "1.2.3.4.5")
        ]
        + [
            (BLOCK, host("1.2.3.4"), "network.blocked"),
            (BLOCK, host("0.0.0.0"), "allow"),
        ],
    ),
    (
        "IPv6 in any text form, brackets removed, is compared in its canonical form",
        [
            (BLOCK, host(text), "network.blocked")
            for text in ("[2001:db8::1]", "2001:DB8:0:0:0:0:0:1", "2001:0db8::0:1")
        ],
    ),
    (
        "zone ids are errors",
        [
            (BLOCK, host("fe80::1%eth0"), ERROR),
            (BLOCK, host("[fe80::1%25eth0]"), ERROR),
        ],
    ),
    (
        "::ffff:a.b.c.d is a.b.c.d",
        [
            (BLOCK, host("::ffff:1.2.3.4"), "network.blocked"),
            (BLOCK, host("[::FFFF:102:304]"), "network.blocked"),
            (BLOCK, host("::1.2.3.4"), "allow"),
            (network(blocked_domains=["::ffff:9.8.7.6"]), host("9.8.7.6"), "network.blocked"),
        ],
    ),
    (
        "*.ADDRESS is no pattern",
        [
            (network(blocked_domains=[text]), tool("x"), "uncompilable")
            for text in ("*.1.2.3.4", "*.::1", "*.[::1]")
        ],
    ),
    (
        "The engine itself takes hosts in ASCII and answers an error for others",
        [
            (BLOCK, host("m\u00fcnchen.de"), ERROR),
        ],
    ),
    (
        "/tmp/* = /tmp itself and everything below it at any depth; otherwise exact",
        [
            (TMP, file("/tmp"), "allow"),
            (TMP, file("/tmp/a/b"), "allow"),
            (files(allowed_paths=["/a"]), file("/a/b"), "fs.not_allowed"),
            (files(blocked_paths=["/*"]), file("/"), "fs.blocked"),
        ],
    ),
    (
        "a relative path ... in a policy it is none, as is ~",
        [
            (files(blocked_paths=[text]), tool("x"), "uncompilable")
            for text in ("tmp", "./tmp/*", "~", "~/x", "../x")
        ]
        + [
            (TMP, file("tmp/x"), ERROR),
            (TMP, file("~/x"), ERROR),
        ],
    ),
    (
        ". .. // and a trailing slash removed lexically, .. above / stays at /",
        [
            (ETC, file("/etc/"), "fs.blocked"),
            (ETC, file("//etc//passwd"), "fs.blocked"),
            (ETC, file("/../../etc/."), "fs.blocked"),
            (files(blocked_paths=["/x/../etc/./*"]), file("/etc/passwd"), "fs.blocked"),
            (ETC, file("/etc/.."), "allow"),
        ],
    ),
    (
        "a backslash is an error",
        [
            (ETC, file("/a\\b"), ERROR),
            (files(blocked_paths=["/a\\b"]), tool("x"), "uncompilable"),
        ],
    ),
    (
        "So /tmp/../etc/passwd is /etc/passwd",
        [
            (TMP, file("/tmp/../etc/passwd"), "fs.not_allowed"),
            (ETC, file("/tmp/../etc/passwd"), "fs.blocked"),
        ],
    ),
    (
        "/etc does not slip past /etc/*",
        [
            (ETC, file("/etc"), "fs.blocked"),
        ],
    ),
    (
        "/tmpfoo is not under /tmp/*",
        [
            (TMP, file("/tmpfoo"), "fs.not_allowed"),
        ],
    ),
    (
        "extension: written with a leading dot",
        [
            (files(allowed_extensions=["txt"]), tool("x"), "uncompilable"),
        ],
    ),
    (
        ".tar.gz, compiles and matches nothing",
        [
            (files(allowed_extensions=[".tar.gz"]), file("/a.tar.gz"), "fs.ext"),
            (files(allowed_extensions=[".gz"]), file("/a.tar.gz"), "allow"),
        ],
    ),
    (
        ".env has env; a. has an empty one, denied under any list",
        [
            (files(allowed_extensions=[".env"]), file("/a/.env"), "allow"),
            (TXT, file("/a/.env"), "fs.ext"),
            (TXT, file("/a."), "fs.ext"),
            (TXT, file("/a.TXT"), "allow"),
        ],
    ),
    (
        "a name without a dot passes",
        [
            (TXT, file("/a.b/c"), "allow"),
            (TXT, file("/"), "allow"),
            (TXT, file("/a/x.py/.."), "allow"),
        ],
    ),
    # section 4
    (
        "only the fields below, id and x-*",
        [
            ({}, {"type": "tool", "toolName": "x", "id": 1, "x-y": None}, "allow"),
            ({}, {"type": "tool", "toolName": "x", "y": 1}, ERROR),
        ],
    ),
    (
        "both spellings of one field, an unknown type or field, a missing required field",
        [
            ({}, {"type": "tool", "toolName": "x", "tool_name": "x"}, ERROR),
            ({}, {"type": "tools", "toolName": "x"}, ERROR),
            ({}, {"type": "tool"}, ERROR),
            ({}, {"toolName": "x"}, ERROR),
            ({}, {"type": "rate_limit", "count": 1}, ERROR),
            ({}, [], ERROR),
        ],
    ),
    (
        "a value without normal form: an error, whatever the policy says",
        [
            ({}, host("a..b"), ERROR),
            ({}, file("x"), ERROR),
        ],
    ),
    (
        "network.missing no permissions.network",
        [
            ({}, host("a.com"), "network.missing"),
            ({"permissions": {}}, host("a.com"), "network.missing"),
        ],
    ),
    (
        "network.disabled enabled is not true",
        [
            ({"permissions": {"network": {}}}, host("a.com"), "network.disabled"),
            (network(enabled=False), host("a.com"), "network.disabled"),
        ],
    ),
    (
        "network.tls_required (ASCII case-insensitive, nothing trimmed; absent is not TLS)",
        [
            (TLS, host("a.com", protocol="HTTPS"), "allow"),
            (TLS, host("a.com", protocol="https "), "network.tls_required"),
            (TLS, host("a.com"), "network.tls_required"),
            (TLS, host("a.com", protocol="ssh"), "network.tls_required"),
            (TLS, host("a.com", protocol="amqps"), "allow"),
            (TLS, host("a.com", protocol="https:"), "network.tls_required"),
        ],
    ),
    (
        "fs.missing, fs.disabled, fs.blocked, fs.not_allowed, fs.ext in this order",
        [
            ({}, file("/a"), "fs.missing"),
            (files(enabled=False, blocked_paths=["/a"]), file("/a"), "fs.disabled"),
            (files(allowed_paths=["/b"], allowed_extensions=[".txt"]), file("/a.py"), "fs.not_allowed"),
            (TXT, file("/a.py"), "fs.ext"),
        ],
    ),
    (
        "then ask with tool.approval_required if approval is required",
        [
            (capabilities(require_tool_approval=True), tool("x"), "tool.approval_required"),
            (capabilities(require_tool_approval=True, denied_tools=["x"]), tool("x"), "tool.blocked"),
        ],
    ),
    (
        "provider.unknown (it cannot be told; even for *)",
        [
            (models(allowed_providers=["*"]), llm("my-model"), "provider.unknown"),
            (NOT_OPENAI, llm("my-model"), "provider.unknown"),
            (models(allowed_providers=[]), llm("my-model"), "allow"),
            (models(allowed_providers=["*"]), llm("gpt-4"), "allow"),
        ],
    ),
    (
        "api.not_allowed (non-empty list, no entry)",
        [
            (api("a"), call("b"), "api.not_allowed"),
            (api(), call("b"), "allow"),
            ({}, call("b"), "api.missing"),
            ({"permissions": {"api": {}}}, call("b"), "api.disabled"),
        ],
    ),
    (
        "entries of one service add up",
        [
            (CHAT, call("openai", endpoint="chat"), "allow"),
            (CHAT, call("openai", endpoint="v1/x"), "allow"),
            (CHAT, call("openai", endpoint="files"), "api.endpoint_not_allowed"),
        ],
    ),
    (
        "an entry without endpoints, or with an empty list, allows all",
        [
            (api({"service_name": "a", "endpoints": ["x"]}, {"service_name": "a"}), call("a", endpoint="y"), "allow"),
            (api({"service_name": "a", "endpoints": ["x"]}, "a"), call("a", endpoint="y"), "allow"),
            (api({"service_name": "a", "endpoints": []}), call("a", endpoint="y"), "allow"),
        ],
    ),
    (
        "An action without endpoint passes",
        [
            (CHAT, call("openai"), "allow"),
        ],
    ),
    (
        "count 0..2^64-1",
        [
            ({}, rate(2**64 - 1), "allow"),
            ({}, rate(2**64), ERROR),
            ({}, rate(-1), ERROR),
            ({}, rate("1"), ERROR),
            ({}, rate(True), ERROR),
        ],
    ),
    (
        "rate_limit.exceeded when count > the limit of that type and window (default minute)",
        [
            (limits(requests_per_minute=60), rate(60), "allow"),
            (limits(requests_per_minute=60), rate(61), "rate_limit.exceeded"),
            (limits(requests_per_minute=60), rate(61, window="hour"), "allow"),
            (limits(requests_per_hour=60), rate(61), "allow"),
            (limits(requests_per_minute=2**64 - 2), rate(2**64 - 1), "rate_limit.exceeded"),
            (limits(requests_per_hour=1), rate(2, window="day"), ERROR),
        ],
    ),
    (
        "A policy past its binding.expires_at ... denies every well-formed action, before all other rules",
        [
            ({"binding": {"expires_at": "2027-01-15T08:00:00Z"}}, host("a.com"), "policy.expired"),
            ({"binding": {"expires_at": "2027-01-15T10:00:00.5+02:00"}}, tool("x"), "policy.expired"),
            ({"binding": {"expires_at": "2027-01-15T10:00:01.5+02:00"}}, tool("x"), "allow"),
            ({"binding": {"expires_at": "2027-01-15T07:59:59Z"}}, host("a..com"), ERROR),
        ],
    ),
    (
        "or before not_before ... with policy.not_yet_valid",
        [
            ({"binding": {"not_before": "2027-01-15T08:00:01Z"}}, tool("x"), "policy.not_yet_valid"),
            ({"binding": {"not_before": "2027-01-15T08:00:00Z"}}, tool("x"), "allow"),
        ],
    ),
    # section 5
    (
        "In this order: declared; a provider/model prefix; a data table",
        [
            (OPENAI, llm("claude-3", provider="openai"), "allow"),
            (OPENAI, llm("acme/gpt-4"), "provider.not_allowed"),
            (OPENAI, llm("gpt-4"), "allow"),
            (OPENAI, llm("claude-3"), "provider.not_allowed"),
            (OPENAI, llm("OPENAI/x"), "allow"),
        ],
    ),
    (
        "a data table ... case-sensitive",
        [
            (OPENAI, llm("GPT-4"), "provider.unknown"),
        ],
    ),
    (
        "A blocked provider is tried against all that may be meant",
        [
            (NOT_OPENAI, llm("gpt-4", provider="acme"), "provider.blocked"),
            (NOT_OPENAI, llm("router/openai/x"), "provider.blocked"),
            (NOT_OPENAI, llm("router/gpt-4"), "provider.blocked"),
            (NOT_OPENAI, llm("claude-3", provider="OpenAI"), "provider.blocked"),
            (NOT_OPENAI, llm("acme/x:gpt-4"), "allow"),
        ],
    ),
    (
        "its documented example policy (gpt-4 from openai) ... ours must pass it",
        [
            (models(allowed_providers=["openai"], allowed_models=["gpt-4"]), llm("gpt-4"), "allow"),
        ],
    ),
    # wire.md section 8
    (
        "aliases network_access, file_access, tool_execution, model_call, api_access, rate_limit_check",
        [
            ({}, {"type": "network_access", "domain": "a.com"}, "network.missing"),
            ({}, {"type": "file_access", "path": "/a"}, "fs.missing"),
            ({}, {"type": "tool_execution", "tool_name": "x"}, "allow"),
            ({}, {"type": "model_call", "model_name": "x"}, "allow"),
            ({}, {"type": "api_access", "service_name": "x"}, "api.missing"),
            ({}, {"type": "rate_limit_check", "limitType": "token", "count": 1}, "allow"),
        ],
    ),
    (
        "In this protocol alone a rate-limit action may carry current_rpm",
        [
            ({}, {"type": "rate_limit", "limitType": "request", "current_rpm": 1}, ERROR),
        ],
    ),
]


@pytest.mark.parametrize("cases", [cases for _, cases in SENTENCES], ids=[sentence for sentence, _ in SENTENCES])
def test_sentence(cases):
    """A sentence of the specification, in examples."""
    for content, action, expected in cases:
        assert answer(content, action) == expected, (content, action)


POINTERS = [
    ("The pointer names the matching entry (*.blocked)",
     capabilities(allowed_tools=["x"]) | {"tools": {"denied_tools": ["y", {"name": "r*"}]}}, tool("rm"), "r*",
     "/tools/denied_tools/1"),
    ("The pointer names the matching entry (agent.capabilities before tools)",
     {"tools": {"blocked_tools": ["rm"]}} | capabilities(blocked_tools=["rm"]), tool("rm"), "rm",
     "/agent/capabilities/blocked_tools/0"),
    ("The pointer names the matching entry (a list before its alias)",
     network(blocked_hosts=["*.com"], blocked_domains=["x.org", "A.com."]), host("a.com"), "A.com.",
     "/permissions/network/blocked_domains/1"),
    ("The pointer names the matching entry (api.endpoint_not_allowed)", CHAT, call("openai", endpoint="files"),
     "openai", "/permissions/api/allowed_services/0"),
    ("else the list that did not match", network(allowed_domains=["*"], allowed_hosts=["a.com"]), host("b.com"), None,
     "/permissions/network/allowed_hosts"),
    ("else the key (.../enabled)", network(enabled=False), host("b.com"), None, "/permissions/network/enabled"),
    ("else the key (.../require_tls)", TLS, host("b.com"), None, "/permissions/network/require_tls"),
    ("else the key (.../require_tool_approval)", capabilities(require_tool_approval=True), tool("x"), None,
     "/agent/capabilities/require_tool_approval"),
    ("else the key (the limit)", limits(requests_per_hour=1), rate(2, window="hour"), None,
     "/rate_limits/per_agent/requests_per_hour"),
    ("or the missing section's place", {}, file("/a"), None, "/permissions/filesystem"),
]


@pytest.mark.parametrize(("content", "action", "pattern", "pointer"), [case[1:] for case in POINTERS],
                         ids=[case[0] for case in POINTERS])
def test_pointer(content, action, pattern, pointer):
    """Section 4: the pattern that decided, and its JSON pointer in the policy."""
    decision = model.decide(model.compile(content), action, NOW)
    assert (decision.pattern, decision.pointer) == (pattern, pointer)


def test_unknown_keys_pass_where_they_are_allowed_but_nothing_else():
    """cli.md 5: `--allow-unknown-keys` lets unknown ones pass, never the rest."""
    model.compile({"tool": {}, "tools": {"allowed": 1}}, allow_unknown_keys=True)
    with pytest.raises(model.Uncompilable) as caught:
        model.compile({"tool": {}, "tools": {"allowed_tools": 1}}, allow_unknown_keys=True)
    assert caught.value.pointer == "/tools/allowed_tools"


def test_every_pointer_of_a_decision_stands_in_its_policy():
    """Section 4: a pattern is the text of the entry that its pointer names, a list the pointer names is not empty."""
    judge = generate.Judge(model)
    for content, action in generate.pairs(3, 4000):
        policy = judge.compile(content)
        if policy is None:
            continue
        try:
            decision = model.decide(policy, action, generate.NOW)
        except model.BadAction:
            continue
        if decision.pattern is not None:
            place, index = decision.pointer.rsplit("/", 1)
            entry = model.find(content, place)[int(index)]
            texts = [entry] if isinstance(entry, str) else [entry.get("name"), entry.get("service_name")]
            assert decision.pattern in texts
        if decision.rule is not None and decision.rule.endswith((".not_allowed", ".ext")):
            assert model.find(content, decision.pointer)


def test_the_generator_repeats_itself_and_writes_json():
    """The same seed gives the same pairs, and all of them can be written as JSON."""
    first = [json.dumps(pair) for pair in generate.pairs(7, 500)]
    second = [json.dumps(pair, ensure_ascii=False).encode("utf-8") for pair in generate.pairs(7, 500)]
    assert [json.loads(text) for text in first] == [json.loads(text) for text in second]
