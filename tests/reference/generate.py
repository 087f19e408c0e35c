# SPDX-License-Identifier: Apache-2.0
"""Random policies and actions for a differential test: `pairs(seed, count)`, the same ones for the same seed.

Policies cover every section of semantics.md section 1; actions are mostly near misses of the entries of their policy.
Run as a program, `generate.py SEED COUNT` prints how the reference decides them. Decisions are to be taken at NOW.
"""

import random
import sys
import time
from collections import Counter

NOW = 1_800_000_000
MAXIMUM = 2**64 - 1
ACTIONS_PER_POLICY = 20

SPOIL_POLICY = 0.05
SPOIL_ACTION = 0.05

TOOLS = ["calculator", "web_search", "file_read", "file_delete", "exec_command", "Calculator", "größe", "ツール", "a",
         "web", "db.query", "mcp__git__commit", "read file", "Σigma"]
MODELS = ["gpt-4", "gpt-4o", "gpt-4-32k", "GPT-4-32K", "claude-3.5-sonnet", "openai/gpt-4", "openrouter/openai/gpt-4o",
          "o1", "llama-3-70b", "gemini-1.5-pro", "my-model", "azure:gpt-4", "ft:gpt-4:acme", "modèle", "mistral-large",
          "gpt-j-6b", "meta-llama/Llama-3-8b", "azure/deployment:gpt-4-32k", "anthropic/claude-3-opus",
          "bedrock/anthropic.claude-3"]
PROVIDERS = ["openai", "anthropic", "google", "mistral", "meta", "OpenAI", "openrouter", "azure", "eleutherai", "acme",
             "größe"]
SERVICES = ["openai", "stripe", "github", "OpenAI", "open", "s3", "größe", "pay ments"]
ENDPOINTS = ["chat", "completions", "v1/charges", "v1/refunds", "repos", "Chat", "chat/new", "größe"]
HOSTS = ["example.com", "api.example.com", "a.b.example.com", "example.org", "malicious.com", "evil.org", "localhost",
         "com", "api.openai.com", "xn--mnchen-3ya.de", "my_host.example.com", "-dash.example.com", "1.example.com",
         "0xg.com"]
QUADS = ["1.2.3.4", "127.0.0.1", "10.0.0.1", "255.255.255.255"]
SIXES = ["::1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::ffff:1.2.3.4", "::ffff:0102:0304", "[::1]", "fe80::1", "::",
         "::1.2.3.4", "2001:db8:0:1:1:1:1:1", "[::FFFF:127.0.0.1]", "2001:0db8::0001"]
PATHS = ["/tmp", "/tmp/data.json", "/etc/passwd", "/home/user/data", "/home/user", "/var/log/app.log", "/",
         "/srv/größe.txt", "/a/b/c", "/tmp/.env", "/data/archive.tar.gz", "/opt/app/main.PY", "/root"]
TREES = ["/tmp", "/etc", "/home", "/home/user", "/var/log", "/a/b", "/", "/root", "/srv", "/opt/app", "/data"]
EXTENSIONS = [".txt", ".json", ".csv", ".py", ".PY", ".log", ".env", ".gz", ".tar.gz", ".größe"]
PROTOCOLS = ["https", "wss", "grpcs", "ftps", "smtps", "imaps", "pop3s", "ldaps", "mqtts", "amqps", "tls", "http", "ws",
             "HTTPS", "Https", "tcp", " https", "https ", "https:", "httpſ", "ssh", "TLS", "ftp", "pop3"]
KEYS = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "FC51CD8E6218A1A38DA47ED00230F0580816ED13BA3303AC5DEB911548908025"]
WRONG = [None, 0, 1, -1, 1.5, "", "true", "x", True, False, [], {}, [[]], [None], [1], [""], [{}], ["*", "*a"],
         {"name": "x"}]


# ---------------------------------------------------------------------------------------------------------------------
# Texts and their neighbours


def chance(rng, probability):
    """True with a probability."""
    return rng.random() < probability


def swap_case(rng, text):
    """The text with the case of some letters changed."""
    return "".join(char.swapcase() if chance(rng, 0.5) and len(char.swapcase()) == 1 else char for char in text)


def drop_char(rng, text):
    """The text without one character."""
    at = rng.randrange(len(text)) if text else 0
    return text[:at] + text[at + 1 :]


def insert_char(rng, text, alphabet):
    """The text with one character more."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(alphabet) + text[at:]


def shorter(rng, text):
    """The text without its last character."""
    del rng
    return text[:-1]


def longer(rng, text):
    """The text with one character after its end."""
    return text + rng.choice("ax0-_./: é")


LOOK_ALIKES = {"o": "0", "0": "o", "l": "1", "1": "l", "e": "3", "i": "1", "a": "4", "-": "_", "_": "-", "s": "z",
               "rn": "m"}


def look_alike(rng, text):
    """The text with one character replaced by one that looks like it."""
    places = [index for index, char in enumerate(text) if char in LOOK_ALIKES]
    if not places:
        return text + "1"
    at = rng.choice(places)
    return text[:at] + LOOK_ALIKES[text[at]] + text[at + 1 :]


def mutate(rng, text, changes):
    """The text after none, one or two of the changes."""
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        text = rng.choice(changes)(rng, text)
    return text


NAME_CHANGES = [swap_case, swap_case, look_alike, shorter, longer, drop_char,
                lambda rng, text: insert_char(rng, text, "abc-_/.: *éſK")]


def prefixed(rng, text):
    """A model behind a provider or a tag."""
    return rng.choice(["openai/", "OpenAI/", "acme/", "openrouter/openai/", "/", "azure:", "ft:", "a:b/", "a/b:",
                       "ANTHROPIC/", "x/claude-3/", "//"]) + text


def suffixed(rng, text):
    """A model with something after it."""
    return text + rng.choice(["/", ":free", "/gpt-4-32k", ":gpt-4-32k", "-32k", "/x", ":", "@latest", "/GPT-4",
                              ":claude-3"])


def unprefixed(rng, text):
    """A model without what is before its last separator."""
    return text.replace(":", "/").split("/")[-1] if chance(rng, 0.7) else text.split("/", 1)[-1]


MODEL_CHANGES = [swap_case, swap_case, look_alike, shorter, longer, prefixed, prefixed, prefixed, suffixed, unprefixed]


def trailing_dot(rng, text):
    """A host with a dot, or two, at its end."""
    return text + ("." if chance(rng, 0.85) else "..")


def subdomain(rng, text):
    """A host below a host."""
    return rng.choice(["a", "www", "API", "x.y", "-", "_", "1", "xn--a", "a" * 63]) + "." + text


def superdomain(rng, text):
    """A host without its first label."""
    del rng
    return text.split(".", 1)[-1] if "." in text else text


def glued(rng, text):
    """A host that ends in another one, but not at a label."""
    return rng.choice(["x", "not-", "0", "-", "evil"]) + text


def embedded(rng, text):
    """A host that begins with another one."""
    return text + rng.choice([".evil.org", ".com", "x", "-", ".0x7f.com", ".local"])


def host_junk(rng, text):
    """Something with a host in it that is no host."""
    return rng.choice(["https://" + text, text + ":443", text + "/", "user@" + text, text + "%2e", " " + text,
                       "." + text, text + ".1", text.replace(".", "..", 1), "*." + text, text + ".0x1",
                       "[" + text + "]", text.replace(".", "。"), "é" + text, "a" * 64 + "." + text, text + ".0x",
                       "a." * 125 + text, text + "%eth0"])


def quad_parts(text):
    """The numbers of a dotted quad, None where it is none."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        return None
    return [int(part) for part in parts]


def quad_notation(rng, text):
    """An IPv4 address written in another way (or a neighbour of another host)."""
    parts = quad_parts(text)
    if parts is None or max(parts) > 255:
        return six_notation(rng, text)
    number = int.from_bytes(bytes(parts), "big")
    high, low = number >> 16, number & 0xFFFF
    return rng.choice([
        f"::ffff:{text}", f"::FFFF:{text}", f"[::ffff:{text}]", f"::ffff:{high:x}:{low:x}",
        f"::ffff:{high:04X}:{low:04X}", f"0:0:0:0:0:ffff:{text}", f"0000:0000:0000:0000:0000:ffff:{high:x}:{low:x}",
        f"::{text}", f"::{high:x}:{low:x}", f"::ffff:0:{text}", f"{text}.", f"[{text}]", f"0{text}", f"{number}",
        f"0x{number:x}", f"0X{number:x}", ".".join(f"0x{part:x}" for part in parts),
        ".".join(f"{part:03d}" for part in parts), f"{parts[0]}.{number & 0xFFFFFF}",
        ".".join(f"{part:o}" for part in parts), f"{text}.0", f"a.{text}",
        f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3] + 1}", f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3] + 256}",
        f"::ffff:0{text}", f"64:ff9b::{text}", f"::ffff:{text}%1", f"{text}..",
    ])


def six_notation(rng, text):
    """An IPv6 address written in another way."""
    bare = text.strip("[]")
    if ":" not in bare:
        return trailing_dot(rng, text)
    return rng.choice([
        bare.upper(), bare.lower(), f"[{bare}]", f"[{bare.upper()}]", bare.replace("::", ":0:", 1),
        bare.replace("::", ":0:0:", 1), bare + "%eth0", f"[{bare}%25eth0]", f"[{bare}", f"{bare}]", f"[[{bare}]]",
        bare + ".", f"[{bare}].", f"[{bare}]:443", bare + "1", "0" + bare, bare.replace("1", "01", 1),
        bare.replace("1", "0001", 1), bare.replace("1", "00001", 1), bare.replace(":0:", "::", 1),
        bare.replace("::", ":0:0:0:0:0:0:0:", 1), bare.replace("::", ":0:0:0:0:0:0:", 1), bare + "/128", bare + ":",
        ":" + bare, bare.replace("::", "::0:", 1), bare.replace("0:0:0:0:0:0", "::", 1).replace(":::", "::"),
        " " + bare,
    ])


HOST_CHANGES = [swap_case, swap_case, trailing_dot, trailing_dot, subdomain, subdomain, subdomain, superdomain, glued,
                embedded, look_alike, host_junk, quad_notation]
ADDRESS_CHANGES = [quad_notation, quad_notation, quad_notation, six_notation, swap_case, trailing_dot]


def detour(rng, text):
    """A path with a lexical detour in it."""
    slashes = [index for index, char in enumerate(text) if char == "/"] or [0]
    at = rng.choice(slashes)
    return text[:at] + rng.choice(["/.", "//", "/x/..", "/./.", "///", "/x/../.", "/..", "/x/../y/..", "/...",
                                   "/.."]) + text[at:]


def below(rng, text):
    """A path below a path."""
    return text.rstrip("/") + rng.choice(["/x", "/x.txt", "/x/y.json", "/.env", "/a.", "/x.tar.gz", "/..", "/.", "/*",
                                          "/ ", "/größe.csv", "/.", "/./x", "/../x", "/x.PY", "/...", "/a.b/c",
                                          "/x.JSON", "/~"])


def beside(rng, text):
    """A sibling of a path, or its parent."""
    return rng.choice([text + "foo", text + ".txt", text + "-", text + "*", text[:-1], text.rsplit("/", 1)[0] or "/",
                       text + "/../x", text + "/../../x", text + "/../../../../../..", "/x" + text, "/.." + text,
                       "/../.." + text, text + "/.."])


def slashed(rng, text):
    """A path with slashes or dots at its end."""
    return text + rng.choice(["/", "//", "/.", "/./", "/x/.."])


def path_junk(rng, text):
    """Something that is no absolute path."""
    return rng.choice([text.lstrip("/"), "~" + text, "." + text, text.replace("/", "\\"), text + "\\", "~", "..",
                       "file://" + text, "C:" + text, " " + text])


def renamed(rng, text):
    """A path whose last component has another extension."""
    stem = text.rsplit(".", 1)[0] if "." in text.rsplit("/", 1)[-1] else text.rstrip("/")
    return stem + rng.choice([".txt", ".TXT", ".json", ".csv", ".py", ".env", ".", "", ".tar.gz", ".gz", "..", ".txt ",
                              ".größe", ".txt.exe", ".GRÖSSE", ".tx", ".txtt", ".Log", ".txt/", ".txt/."])


PATH_CHANGES = [detour, detour, detour, below, below, below, beside, beside, slashed, slashed, renamed, renamed,
                renamed, swap_case, path_junk, look_alike]


# ---------------------------------------------------------------------------------------------------------------------
# Policies


def name_pattern(rng, names):
    """A pattern of section 3, name."""
    name = rng.choice(names)
    kind = rng.random()
    if kind < 0.05:
        return "*"
    if kind < 0.35:
        return name[: rng.randint(1, len(name))] + "*"
    return swap_case(rng, name) if kind < 0.45 else name


def provider_pattern(rng):
    """A provider of a list."""
    if chance(rng, 0.06):
        return "*"
    provider = rng.choice(PROVIDERS)
    return swap_case(rng, provider) if chance(rng, 0.3) else provider


def tool_pattern(rng):
    """A string or an object of a tool list."""
    pattern = name_pattern(rng, TOOLS)
    if chance(rng, 0.7):
        return pattern
    other = rng.choice([{}, {"description": "d"}, {"enabled": False}, {"x-note": None},
                        {"parameters": {"type": "object"}}])
    return {"name": pattern, **other}


def domain_pattern(rng):
    """A pattern of section 3, domain."""
    kind = rng.random()
    if kind < 0.05:
        return "*"
    if kind < 0.15:
        return rng.choice(QUADS) + ("." if chance(rng, 0.1) else "")
    if kind < 0.25:
        return rng.choice(SIXES)
    host = rng.choice(HOSTS)
    if chance(rng, 0.2):
        host = swap_case(rng, host)
    if chance(rng, 0.1):
        host = host + "."
    return "*." + host if kind < 0.65 else host


def path_pattern(rng):
    """A pattern of section 3, path."""
    kind = rng.random()
    if kind < 0.04:
        return "*"
    if kind < 0.6:
        tree = rng.choice(TREES)
        if chance(rng, 0.15):
            tree = rng.choice([tree + "/", tree + "/x/..", "/." + tree, "/.." + tree, tree + "//", tree + "/."])
        return (tree + "/*").replace("//*", "/*") if chance(rng, 0.9) else tree + "//*"
    path = rng.choice(PATHS)
    return rng.choice([path + "/", "/x/.." + path, "//" + path, path + "/."]) if chance(rng, 0.15) else path


def extension_pattern(rng):
    """An extension of a list."""
    if chance(rng, 0.05):
        return "*"
    extension = rng.choice(EXTENSIONS)
    return swap_case(rng, extension) if chance(rng, 0.2) else extension


def service_pattern(rng):
    """A string or an object of allowed_services."""
    pattern = name_pattern(rng, SERVICES)
    if chance(rng, 0.3):
        return pattern
    service = {"service_name": pattern}
    if chance(rng, 0.8):
        service["endpoints"] = [name_pattern(rng, ENDPOINTS) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
    return service


def list_size(rng):
    """How many entries a list has: few, sometimes none, sometimes a dozen."""
    return rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12))


def add_list(rng, section, key, probability, entry, *arguments):
    """Adds a list to a section, sometimes."""
    if chance(rng, probability):
        section[key] = [entry(rng, *arguments) for _ in range(list_size(rng))]


def add_boolean(rng, section, key, absent, true):
    """Adds a bool to a section, unless it is absent."""
    if not chance(rng, absent):
        section[key] = chance(rng, true)


def make_models(rng):
    """agent.models."""
    models = {}
    add_list(rng, models, "allowed_models", 0.4, name_pattern, MODELS)
    add_list(rng, models, "blocked_models", 0.4, name_pattern, MODELS)
    add_list(rng, models, "denied_models", 0.2, name_pattern, MODELS)
    add_list(rng, models, "allowed_providers", 0.3, provider_pattern)
    add_list(rng, models, "blocked_providers", 0.3, provider_pattern)
    return models


def make_capabilities(rng):
    """agent.capabilities."""
    capabilities = {}
    add_list(rng, capabilities, "allowed_tools", 0.3, tool_pattern)
    add_list(rng, capabilities, "denied_tools", 0.3, tool_pattern)
    add_list(rng, capabilities, "blocked_tools", 0.2, tool_pattern)
    add_boolean(rng, capabilities, "require_tool_approval", 0.6, 0.5)
    return capabilities


def make_tools(rng):
    """tools."""
    tools = {}
    add_list(rng, tools, "allowed_tools", 0.4, tool_pattern)
    add_list(rng, tools, "blocked_tools", 0.35, tool_pattern)
    add_list(rng, tools, "denied_tools", 0.2, tool_pattern)
    return tools


def make_network(rng):
    """permissions.network."""
    network = {}
    add_boolean(rng, network, "enabled", 0.05, 0.93)
    add_boolean(rng, network, "require_tls", 0.4, 0.5)
    add_list(rng, network, "allowed_domains", 0.4, domain_pattern)
    add_list(rng, network, "allowed_hosts", 0.15, domain_pattern)
    add_list(rng, network, "blocked_domains", 0.4, domain_pattern)
    add_list(rng, network, "blocked_hosts", 0.2, domain_pattern)
    return network


def make_filesystem(rng):
    """permissions.filesystem."""
    files = {}
    add_boolean(rng, files, "enabled", 0.05, 0.93)
    add_list(rng, files, "allowed_paths", 0.5, path_pattern)
    add_list(rng, files, "blocked_paths", 0.5, path_pattern)
    add_list(rng, files, "allowed_extensions", 0.4, extension_pattern)
    return files


def make_api(rng):
    """permissions.api."""
    api = {}
    add_boolean(rng, api, "enabled", 0.05, 0.93)
    add_list(rng, api, "allowed_services", 0.8, service_pattern)
    return api


def make_limit(rng):
    """A limit of rate_limits.per_agent."""
    return rng.choice([0, 1, 2, 59, 60, 61, 100, 3600, 100000, 2**31, 2**32, 2**53, 2**53 + 1, 2**63 - 1, 2**63,
                       MAXIMUM - 1, MAXIMUM])


def make_limits(rng):
    """rate_limits."""
    limits = {}
    for key in ("requests_per_minute", "requests_per_hour", "tokens_per_minute", "tokens_per_hour"):
        if chance(rng, 0.6):
            limits[key] = make_limit(rng)
    return {"per_agent": limits} if chance(rng, 0.95) else {}


def write_instant(rng, seconds):
    """An RFC 3339 date of an instant, in one of its spellings."""
    offset = rng.choice([0, 0, 0, 7200, -19800, 86340, -86340])
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds + offset))
    if chance(rng, 0.1):
        text = text.replace("T", "t")
    if chance(rng, 0.2):
        text = text + rng.choice([".0", ".5", ".000000001", ".999999999"])
    if offset == 0:
        return text + rng.choice(["Z", "Z", "Z", "z", "+00:00", "-00:00"])
    return text + ("-" if offset < 0 else "+") + time.strftime("%H:%M", time.gmtime(abs(offset)))


def make_binding(rng):
    """binding: mostly in force at NOW, often by a second."""
    binding = {}
    if chance(rng, 0.6):
        binding["workspace_id"] = "ws-1"
        binding["sequence"] = rng.choice([0, 1, 7, NOW, MAXIMUM])
        if chance(rng, 0.3):
            binding["signing_keys"] = rng.sample(KEYS, rng.randint(1, 3))
    if chance(rng, 0.5):
        binding["expires_at"] = write_instant(rng, NOW + rng.choice([-86400, -1, 0, 1, 1, 60, 3600, 86400, 10**8]))
    if chance(rng, 0.4):
        binding["not_before"] = write_instant(rng, NOW + rng.choice([-(10**8), -86400, -60, -1, -1, 0, 1, 86400]))
    return binding


def make_compliance(rng):
    """compliance: it decides nothing."""
    compliance = {"frameworks": rng.sample(["SOC2", "GDPR", "größe", ""], rng.randint(0, 3))}
    add_boolean(rng, compliance, "require_audit_logging", 0.5, 0.5)
    if chance(rng, 0.5):
        compliance["data_residency"] = "eu"
    return compliance


def make_policy(rng):
    """A policy that compiles."""
    content, agent, permissions = {}, {}, {}
    makers = [(agent, "models", make_models, 0.85), (agent, "capabilities", make_capabilities, 0.7),
              (content, "tools", make_tools, 0.7), (permissions, "network", make_network, 0.93),
              (permissions, "filesystem", make_filesystem, 0.93), (permissions, "api", make_api, 0.93),
              (content, "rate_limits", make_limits, 0.9), (content, "compliance", make_compliance, 0.2),
              (content, "binding", make_binding, 0.15)]
    for section, key, make, probability in makers:
        if chance(rng, probability):
            section[key] = make(rng)
    if agent or chance(rng, 0.3):
        content["agent"] = agent
    if permissions or chance(rng, 0.3):
        content["permissions"] = permissions
    if chance(rng, 0.1):
        rng.choice(list(containers(content)))["x-" + rng.choice(["", "note", "größe"])] = rng.choice(WRONG)
    return content


def containers(content):
    """The sections of a policy, itself included."""
    yield content
    for key, value in content.items():
        if isinstance(value, dict) and not key.startswith("x-"):
            yield from containers(value)


BAD_ENTRIES = {
    "domain": ["", "*.1.2.3.4", "*.::1", "*.[::1]", "exa*ple.com", "*example.com", "example.*", "*.*.com", "**", "*.",
               "*.*", ".example.com", "example..com", "example.com..", "https://example.com", "example.com:443",
               "127.1", "0x7f.0.0.1", "2130706433", "01.2.3.4", "::1%1", "a b", "[1.2.3.4]", "[::1", ":::", "1.2.3.4.5",
               "a" * 64, "example.com/", ".", "..", "x.256", "*.x.1", "x.0x", "::1.", "u@x"],
    "path": ["", "tmp", "tmp/*", "~", "~/x", "./x", "/tmp*", "/a/*/b", "/tmp/**", "**", "/*/", "/tmp/*.txt", "*.txt",
             "/a\\b", "\\", "*/", "../x", "/tmp/*/", "/tmp/*/.", "C:/x", "//*/x"],
    "extension": ["", "txt", ".t*", "*.txt", "**", ".*", ".", "tar.gz"],
    "name": ["", "a*b", "*a", "**", "a**", "*a*", " *x"],
    "provider": ["", "open*", "*ai", "**", "o*i"],
    "limit": [-1, 0.5, 60.0, 1e3, "60", None, True, [], 2**64, 10**30, -(2**63)],
    "instant": ["", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15 08:00:00Z", "2027-02-30T08:00:00Z",
                "2027-01-15T24:00:00Z", "1800000000", "2027-01-15T08:00:00+0000", "2027-01-15T08:00Z",
                "2027-01-15T08:00:00,5Z", "2027-01-15T08:00:00.Z", "2027-13-01T00:00:00Z", "2027-01-15T08:00:00+24:00",
                "2027-01-15T08:00:00+00:60", "27-01-15T08:00:00Z", "2027-01-15T08:00:00Z ", "2027-1-15T08:00:00Z",
                "2026-02-29T00:00:00Z", 1800000000, None],
}
KINDS = {
    "allowed_models": "name", "blocked_models": "name", "denied_models": "name", "allowed_tools": "name",
    "blocked_tools": "name", "denied_tools": "name", "allowed_services": "name", "endpoints": "name",
    "allowed_providers": "provider", "blocked_providers": "provider", "allowed_domains": "domain",
    "allowed_hosts": "domain", "blocked_domains": "domain", "blocked_hosts": "domain", "allowed_paths": "path",
    "blocked_paths": "path", "allowed_extensions": "extension", "requests_per_minute": "limit",
    "requests_per_hour": "limit", "tokens_per_minute": "limit", "tokens_per_hour": "limit", "expires_at": "instant",
    "not_before": "instant",
}
NO_ENTRIES = [None, 1, True, [], {}, {"name": 1}, {"Name": "x"}, {"service": "x"}]
UNKNOWN_KEYS = ["tool", "alowed_models", "allowed_domain", "Enabled", "X-note", "denied_hosts", "blocked_services", "x",
                "version", "", "a/b~c"]


def spoil_value(rng, section, key):
    """Replaces a value, or an entry of a list, by a bad one."""
    kind = KINDS.get(key)
    if isinstance(section[key], list) and kind is not None and chance(rng, 0.75):
        bad = rng.choice(BAD_ENTRIES[kind] if chance(rng, 0.7) else NO_ENTRIES)
        if kind == "name" and key.endswith("_tools") and chance(rng, 0.3):
            bad = {"name": bad}
        section[key].insert(rng.randint(0, len(section[key])), bad)
    elif kind in ("limit", "instant") and chance(rng, 0.8):
        section[key] = rng.choice(BAD_ENTRIES[kind])
    else:
        section[key] = rng.choice(WRONG)


def spoil_service(rng, content):
    """Replaces the services by a list with a bad object in it."""
    api = content.setdefault("permissions", {}).setdefault("api", {"enabled": True})
    api["allowed_services"] = ["github", rng.choice([
        {"service_name": "openai", "endpoint": ["chat"]}, {"service_name": "openai", "endpoints": None},
        {"service_name": "openai", "endpoints": "chat"}, {"service_name": "openai", "endpoints": [1]},
        {"service_name": "openai", "endpoints": [""]}, {"service_name": "openai", "endpoints": ["a*b"]},
        {"service_name": None}, {"name": "openai"}, {}, {"service_name": ""}, {"service_name": "*a"},
        {"service_name": "openai", "x-note": 1}, {"service_name": "openai", "endpoints": ["chat", {"name": "x"}]},
    ])]


def spoil_binding(rng, content):
    """Replaces the binding by one that is mostly bad."""
    full = {"workspace_id": "ws-1", "sequence": 1, "signing_keys": KEYS[:2]}
    content["binding"] = {**full, **rng.choice([
        {"signing_keys": []}, {"signing_keys": [KEYS[0], KEYS[0]]}, {"signing_keys": [KEYS[0], KEYS[0].upper()]},
        {"signing_keys": ["aa"]}, {"signing_keys": [KEYS[0] + "0"]}, {"signing_keys": None}, {"signing_keys": [None]},
        {"sequence": "1"}, {"sequence": 1.5}, {"sequence": -1}, {"sequence": None}, {"sequence": True},
        {"workspace_id": 1}, {"workspace_id": None}, {"signing_keys": KEYS[0]}, {"unknown": 1}, {"x-note": 1},
        {"signing_keys": ["g" * 64]}, {"sequence": 2**64},
    ])}
    if chance(rng, 0.15):
        del content["binding"][rng.choice(["workspace_id", "sequence"])]


def spoil(rng, content):
    """Makes a policy one that does not compile, nearly always."""
    kind = rng.random()
    if kind < 0.08:
        spoil_service(rng, content)
    elif kind < 0.16:
        spoil_binding(rng, content)
    elif kind < 0.35:
        rng.choice(list(containers(content)))[rng.choice(UNKNOWN_KEYS)] = rng.choice(WRONG)
    else:
        places = [(section, key) for section in containers(content) for key in section if not key.startswith("x-")]
        if places:
            spoil_value(rng, *rng.choice(places))
    return content


# ---------------------------------------------------------------------------------------------------------------------
# Actions


def entries_of(content, *keys):
    """The texts of all entries of the lists with one of the keys, however little the policy is worth."""
    texts = []
    for section in containers(content):
        for key in keys:
            values = section.get(key)
            for value in values if isinstance(values, list) else []:
                if isinstance(value, dict):
                    value = value.get("name", value.get("service_name"))
                if isinstance(value, str):
                    texts.append(value)
    return texts


class Source:
    """Where the actions for one policy take their texts from."""

    def __init__(self, content):
        self.tools = entries_of(content, "allowed_tools", "denied_tools", "blocked_tools")
        self.models = entries_of(content, "allowed_models", "blocked_models", "denied_models")
        self.providers = entries_of(content, "allowed_providers", "blocked_providers")
        self.domains = entries_of(content, "allowed_domains", "allowed_hosts", "blocked_domains", "blocked_hosts")
        self.paths = entries_of(content, "allowed_paths", "blocked_paths")
        self.services = entries_of(content, "allowed_services")
        self.endpoints = endpoints_of(content)
        self.limits = limits_of(content)


def endpoints_of(content):
    """The texts of all endpoints of a policy."""
    texts = []
    for section in containers(content):
        services = section.get("allowed_services")
        for service in services if isinstance(services, list) else []:
            endpoints = service.get("endpoints") if isinstance(service, dict) else None
            texts += [text for text in endpoints if isinstance(text, str)] if isinstance(endpoints, list) else []
    return texts


def limits_of(content):
    """The limits of a policy that are integers, by type and window."""
    names = {"requests_per_minute": ("request", "minute"), "requests_per_hour": ("request", "hour"),
             "tokens_per_minute": ("token", "minute"), "tokens_per_hour": ("token", "hour")}
    return [(names[key], section[key]) for section in containers(content) for key in section
            if key in names and isinstance(section[key], int)]


def concrete(rng, pattern, fills):
    """A text that a pattern with a star means."""
    if pattern.endswith("*"):
        return pattern[:-1] + rng.choice(fills)
    return pattern


def near(rng, texts, pool, fills, changes):
    """A text near an entry of the policy, else one near the pool's."""
    text = concrete(rng, rng.choice(texts), fills) if texts and chance(rng, 0.7) else rng.choice(pool)
    return mutate(rng, text, changes) if chance(rng, 0.6) else text


def near_domain(rng, source):
    """A host near an entry of the policy."""
    text = rng.choice(source.domains) if source.domains and chance(rng, 0.75) else rng.choice(HOSTS + QUADS + SIXES)
    if text.startswith("*."):
        text = rng.choice(["", "a.", "a.b.", "WWW."]) + text[2:]
    if text == "*":
        text = rng.choice(HOSTS + QUADS + SIXES)
    if not chance(rng, 0.6):
        return text
    address = ":" in text or quad_parts(text.rstrip(".")) is not None
    return mutate(rng, text, ADDRESS_CHANGES if address else HOST_CHANGES)


def near_path(rng, source):
    """A path near an entry of the policy."""
    text = rng.choice(source.paths) if source.paths and chance(rng, 0.75) else rng.choice(PATHS)
    if text == "*":
        text = rng.choice(PATHS)
    if text.endswith("/*"):
        text = text[:-2] + rng.choice(["", "/x", "/x/y", "/a.txt", "/b.json", "/"]) or "/"
    return mutate(rng, text, PATH_CHANGES) if chance(rng, 0.65) else text


def network_action(rng, source):
    """A network action."""
    action = {"type": rng.choice(["network", "network", "network_access"]), "domain": near_domain(rng, source)}
    if chance(rng, 0.8):
        action["protocol"] = "https" if chance(rng, 0.75) else rng.choice(PROTOCOLS)
    return action


def filesystem_action(rng, source):
    """A filesystem action."""
    action = {"type": rng.choice(["filesystem", "filesystem", "file_access"]), "path": near_path(rng, source)}
    if chance(rng, 0.5):
        action["operation"] = rng.choice(["read", "write", "delete", "größe"])
    return action


def tool_action(rng, source):
    """A tool action."""
    name = near(rng, source.tools, TOOLS, ["", "x", "_search", "é", "/x"], NAME_CHANGES)
    return {"type": rng.choice(["tool", "tool", "tool_execution"]), rng.choice(["toolName", "tool_name"]): name}


def model_action(rng, source):
    """A model action."""
    name = near(rng, source.models, MODELS, ["", "x", "-32k", "/gpt-4", ":free"], MODEL_CHANGES)
    action = {"type": rng.choice(["model", "model", "model_call"]), rng.choice(["model", "model_name"]): name}
    if chance(rng, 0.4):
        action["provider"] = near(rng, source.providers, PROVIDERS, ["openai", "acme"],
                                  [swap_case, swap_case, swap_case, longer, look_alike])
    return action


def api_action(rng, source):
    """An api action."""
    service = near(rng, source.services, SERVICES, ["", "x", "ai", "/v1"], NAME_CHANGES)
    action = {"type": rng.choice(["api", "api", "api_access"]), rng.choice(["service", "service_name"]): service}
    if chance(rng, 0.7):
        action["endpoint"] = near(rng, source.endpoints, ENDPOINTS, ["", "x", "/new"], NAME_CHANGES)
    return action


def rate_action(rng, source):
    """A rate_limit action around a limit."""
    kind, limit = ("request", "minute"), make_limit(rng)
    if source.limits and chance(rng, 0.9):
        kind, limit = rng.choice(source.limits)
    if chance(rng, 0.1):
        kind = (rng.choice(["request", "token"]), rng.choice(["minute", "hour"]))
    count = limit + rng.choice([-1, 0, 1, 1, 2])
    if chance(rng, 0.15):
        count = rng.choice([0, 1, 2**32, 2**53, 2**53 + 1, 2**63, MAXIMUM])
    action = {"type": rng.choice(["rate_limit", "rate_limit", "rate_limit_check"]), "limitType": kind[0]}
    action["count"] = min(max(count, 0), MAXIMUM)
    if kind[1] == "hour" or chance(rng, 0.4):
        action["window"] = kind[1]
    return action


MAKERS = [network_action, network_action, network_action, filesystem_action, filesystem_action, filesystem_action,
          tool_action, tool_action, model_action, model_action, model_action, api_action, api_action, rate_action]
STRING_FIELDS = ["domain", "protocol", "path", "operation", "toolName", "tool_name", "model", "model_name", "provider",
                 "service", "service_name", "endpoint", "limitType", "window", "count"]
UNKNOWN_FIELDS = ["x", "Domain", "limit_type", "current_rpm", "tool", "action", "", "extra", "now"]
BOTH = {"toolName": "tool_name", "tool_name": "toolName", "model": "model_name", "model_name": "model",
        "service": "service_name", "service_name": "service"}
ODD_VALUES = [None, "", 1, -1, 1.5, True, False, [], {}, ["x"], "\x00", "a\x1fb", "a\x7fb", "\n", "x\ty", "\x80",
              "a\u0085b", "\u202e", "\ufeff", "*", " ", 2**64, -0.5, "1", "Minute", "day", "requests", "/", ".", "..",
              "é"]


def sized_value(rng, key):
    """A value of 4095 to 4097 bytes."""
    head = rng.choice(["/tmp/", "/"]) if key == "path" else ""
    size = rng.choice([4095, 4096, 4096, 4097]) - len(head)
    unit = rng.choice(["a", "a", "é", "€", "/", "a/", "../", "a."])
    filler = unit * (size // len(unit.encode("utf-8")))
    return head + filler + "a" * (size - len(filler.encode("utf-8")))


def spoil_action(rng, action):
    """Makes an action one that is an error, mostly."""
    kind = rng.random()
    keys = [key for key in action if key in STRING_FIELDS]
    key = rng.choice(keys)
    if kind < 0.1:
        del action[key]
    elif kind < 0.2:
        action[rng.choice(UNKNOWN_FIELDS + STRING_FIELDS)] = rng.choice(["a", 1, None])
    elif kind < 0.3:
        action[BOTH.get(key, key)] = action[key]
    elif kind < 0.38:
        action["type"] = rng.choice(["Network", "networks", "", None, 1, "file", "fs", "network ", "exec", "tool",
                                     "model", "api", "rate_limit"])
    elif kind < 0.41:
        del action["type"]
    elif kind < 0.7:
        action[key] = rng.choice(ODD_VALUES)
    elif kind < 0.8 and isinstance(action[key], str):
        action[key] = insert_char(rng, action[key], "\x00\x01\x1f\x7f\n\t\x80\u00a0\u200b")
    elif key != "count":
        action[key] = sized_value(rng, key)
    else:
        action[key] = rng.choice([2**64, -1, 0.0, 1.0, 1e19, "1", None, True])
    return action


def decorate(rng, action):
    """Adds what every action may have, and sometimes another order of the keys."""
    if chance(rng, 0.05):
        action["id"] = rng.choice(["1", 1, "größe", "a-b"])
    if chance(rng, 0.05):
        action["x-" + rng.choice(["", "note", "trace"])] = rng.choice(WRONG)
    if chance(rng, 0.2):
        keys = list(action)
        rng.shuffle(keys)
        action = {key: action[key] for key in keys}
    return action


def make_action(rng, source):
    """An action for a policy."""
    action = rng.choice(MAKERS)(rng, source)
    if chance(rng, SPOIL_ACTION):
        if chance(rng, 0.02):
            return rng.choice([None, [], "network", 1, True, {}, [action]])
        action = spoil_action(rng, action)
    return decorate(rng, action)


def pairs(seed, count):
    """`count` pairs (content, action), in runs that share one content object."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        content = make_policy(rng)
        if chance(rng, SPOIL_POLICY):
            content = spoil(rng, content)
        source = Source(content)
        for _ in range(min(ACTIONS_PER_POLICY, count - made)):
            yield content, make_action(rng, source)
            made += 1


# ---------------------------------------------------------------------------------------------------------------------
# The distribution


class Judge:
    """The reference, which compiles each content once."""

    def __init__(self, model):
        self.model = model
        self.content = None
        self.policy = None

    def compile(self, content):
        """The policy of a content, None where it does not compile."""
        if content is not self.content:
            self.content = content
            try:
                self.policy = self.model.compile(content)
            except self.model.Uncompilable:
                self.policy = None
        return self.policy

    def label(self, content, action):
        """What becomes of a pair: the kind of answer and its rule."""
        policy = self.compile(content)
        if policy is None:
            return "error", "policy"
        try:
            decision = self.model.decide(policy, action, NOW)
        except self.model.BadAction:
            return "error", "action"
        return decision.decision, decision.rule or ""


def main(arguments):
    """Prints how often the reference gives each answer."""
    import model  # pylint: disable=import-outside-toplevel

    if len(arguments) != 2:
        print("usage: generate.py SEED COUNT", file=sys.stderr)
        return 2
    judge, totals, rules = Judge(model), Counter(), Counter()
    count = int(arguments[1])
    for content, action in pairs(int(arguments[0]), count):
        decision, rule = judge.label(content, action)
        totals[decision] += 1
        rules[decision, rule] += 1
    for decision, number in totals.most_common():
        print(f"{100 * number / count:7.3f} %  {decision}")
    for (decision, rule), number in sorted(rules.items()):
        print(f"{100 * number / count:7.3f} %  {decision} {rule}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
