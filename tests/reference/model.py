# SPDX-License-Identifier: Apache-2.0
"""A slow and plain second reading of the specification, to compare the decision engine with.

It models semantics.md sections 1 to 4, section 5 as far as a decision needs the provider of a model, and the shape of
actions in wire.md section 8. It was written from those pages alone, beside cli.md 2 for what `pattern` and `pointer`
hold, and cli.md 5 for unknown keys. Not modelled: messages, override mode, sessions that count by themselves, relative
paths (an action has no root here), the protocol-only fields `current_rpm` and `current_rph`, and IDNA: a host of an
action that is not ASCII is an error, as section 3 says of the engine, and a domain pattern that is not ASCII raises
OutOfScope.

Where the specification is silent
=================================
(or says two things), and what is taken here. S1 is section 1 of semantics.md, and so on.

 1. Pointers are relative to `content`. The pointer of an object entry is the entry (`/tools/denied_tools/0`), not its
    name.
 2. S1 "a list and its alias add up" against S2 "each non-empty allowed list must match": a blocked list and its alias
    add up, an allowed list and its alias must both match. An alias that is present counts as a place of its own.
 3. `allow` has no rule, pattern and pointer. `*.not_allowed` and `fs.ext` have no pattern, and name the first
    non-empty list, in the order of the table of S1, that did not match.
 4. `provider.unknown` points at the first non-empty provider list (allowed_providers before blocked_providers), no
    pattern.
 5. `provider.blocked` takes the first entry, in list order, that matches anything that may be meant.
 6. `api.endpoint_not_allowed` names the first entry that matches the service; its pattern is that entry's service
    name. "Entries of one service" are all entries that match the service of the action, `open*` beside `openai` too.
 7. `policy.expired` points at `/binding/expires_at`, `policy.not_yet_valid` at `/binding/not_before`, no pattern;
    expired is asked first; a policy is expired from the very instant of expires_at on (section 7: now < expires_at).
 8. A service object is a closed shape: a key other than service_name, endpoints and `x-*` is an unknown key. A tool
    object needs a string `name`, its other keys are free. Only tool lists and allowed_services take objects.
 9. A limit that is no JSON integer in writing (60.0, 6e1), or is above 2^64-1, makes the policy uncompilable; a count
    likewise makes the action an error. `binding.sequence` is an integer 0..2^64-1.
10. Patterns of a policy may hold control characters and be of any length: such a one compiles and matches nothing.
11. `.` as an extension pattern is none, since nothing is left after the dot. `.a/b`, like `.tar.gz`, compiles and
    matches nothing.
12. S3 "`a.` ... denied under any list" against "`*` matches everything in every list": denied under `*` too.
13. `/tmp/*/` is no path pattern: the `/*` must end the text as it is written. `/*` is `/` and everything below.
14. A last label `0x` without digits is a number (so the name is none). Brackets are removed around IPv6 only; a
    trailing dot after IPv6, with or without brackets, has no normal form. `1.2.3.4.` is `1.2.3.4`. `::ffff:a.b.c.d`
    also in its hexadecimal spelling; `::a.b.c.d` is IPv6.
15. `id` and `x-*` of an action may hold any JSON value. Protocol and operation are any valid string. An optional field
    that is null is an error. limitType and window are case-sensitive. `limit_type` is an unknown field.
16. The prefix of `a/b/c` is `a`; what follows the `/` may be empty (`openai/`). An empty prefix (`/gpt-4`) is no
    provider. The table is asked by the longest prefix that fits (its own header says so).
17. An empty segment before a `/` is nothing that may be meant, so not even a blocked `*` is about it. `:` separates
    nothing where providers are concerned.
18. RFC 3339 by its grammar: `T` and `Z` in any case, no space, seconds 60 is the next second; years 0001 to 9999.
19. `binding.workspace_id` is any string. Keys are 64 hex digits in any case, distinct as bytes; whether the bytes are
    a usable Ed25519 key is not looked at here.
20. Strings of `compliance` are any strings, the empty one too.
21. An entry of a list that cannot be UTF-8 makes the policy uncompilable.
22. Times count in whole seconds: a not_before within a second begins at the next one, an expires_at within a second ends
    at the one before. A policy that ends before or when it begins is uncompilable.
"""

import datetime
import ipaddress
import math
import pathlib
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

MAXIMUM = 2**64 - 1
TABLE_FILE = pathlib.Path(__file__).resolve().parents[2] / "lib" / "agent" / "providers.def"


class Uncompilable(Exception):
    """Section 1: the policy makes every decision an error; `pointer` says where, `why` says why."""

    def __init__(self, pointer, why):
        super().__init__(f"{pointer}: {why}")
        self.pointer = pointer
        self.why = why


class BadAction(Exception):
    """Section 4: the action is an error, whatever the policy says."""


class OutOfScope(Exception):
    """Section 3: a domain pattern needs IDNA, which this evaluator leaves out."""


class NoForm(Exception):
    """Section 3: a text has no normal form, or is no pattern."""


class Decision(NamedTuple):
    """Section 4: the result, without its message."""

    decision: str
    rule: str | None
    pattern: str | None
    pointer: str | None


ALLOW = Decision("allow", None, None, None)


@dataclass(frozen=True)
class Entry:
    """Section 1: one entry of a list; `form` is one of any, exact, prefix, tree, never."""

    text: str
    pointer: str
    form: str
    value: bytes | str
    endpoints: tuple = ()


@dataclass(frozen=True)
class Place:
    """Section 2: one place that lists something, with the entries that stand there."""

    pointer: str
    entries: tuple


@dataclass(frozen=True)
class Section:
    """Section 1: one of permissions.network, permissions.filesystem and permissions.api."""

    enabled: bool
    require_tls: bool = False
    allowed: tuple = ()
    blocked: tuple = ()
    extensions: tuple = ()


@dataclass(frozen=True)
class Policy:
    """Section 1: all that a decision needs of `content`."""

    allowed_models: tuple
    blocked_models: tuple
    allowed_providers: tuple
    blocked_providers: tuple
    allowed_tools: tuple
    blocked_tools: tuple
    require_tool_approval: bool
    network: Section | None
    filesystem: Section | None
    api: Section | None
    limits: dict
    not_before: Fraction | None
    expires_at: Fraction | None


# ---------------------------------------------------------------------------------------------------------------------
# Section 1: the vocabulary


KNOWN_KEYS = {
    "": ("agent", "tools", "permissions", "rate_limits", "compliance", "binding"),
    "/agent": ("models", "capabilities"),
    "/agent/models": ("allowed_providers", "blocked_providers", "allowed_models", "blocked_models", "denied_models"),
    "/agent/capabilities": ("allowed_tools", "denied_tools", "blocked_tools", "require_tool_approval"),
    "/tools": ("allowed_tools", "blocked_tools", "denied_tools"),
    "/permissions": ("network", "filesystem", "api"),
    "/permissions/network": (
        "enabled",
        "require_tls",
        "allowed_domains",
        "blocked_domains",
        "allowed_hosts",
        "blocked_hosts",
    ),
    "/permissions/filesystem": ("enabled", "allowed_paths", "blocked_paths", "allowed_extensions"),
    "/permissions/api": ("enabled", "allowed_services"),
    "/rate_limits": ("per_agent",),
    "/rate_limits/per_agent": ("requests_per_minute", "requests_per_hour", "tokens_per_minute", "tokens_per_hour"),
    "/compliance": ("frameworks", "require_audit_logging", "data_residency"),
    "/binding": ("workspace_id", "sequence", "not_before", "expires_at", "signing_keys"),
}
SERVICE_KEYS = ("service_name", "endpoints")


def escape(key):
    """RFC 6901: one reference token of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def check_keys(value, pointer, known, allow_unknown_keys):
    """Section 1: an object, in which every key is known or begins `x-`."""
    if not isinstance(value, dict):
        raise Uncompilable(pointer, "not an object")
    for key in value:
        if key not in known and not key.startswith("x-") and not allow_unknown_keys:
            raise Uncompilable(f"{pointer}/{escape(key)}", "unknown key")


def check_sections(value, pointer, allow_unknown_keys):
    """Section 1: every known section is an object of known keys, the sections inside it too."""
    check_keys(value, pointer, KNOWN_KEYS[pointer], allow_unknown_keys)
    for key in value:
        inner = f"{pointer}/{key}"
        if key in KNOWN_KEYS[pointer] and inner in KNOWN_KEYS:
            check_sections(value[key], inner, allow_unknown_keys)


def find(content, pointer):
    """Section 1: the section at a pointer, None where it is absent."""
    value = content
    for key in pointer.split("/")[1:]:
        if key not in value:
            return None
        value = value[key]
    return value


def read_boolean(content, pointer, key):
    """Section 1: a bool; an absent one is false."""
    section = find(content, pointer)
    if section is None or key not in section:
        return False
    if not isinstance(section[key], bool):
        raise Uncompilable(f"{pointer}/{key}", "not a bool")
    return section[key]


def is_natural(value):
    """Section 1: an integer >= 0 (and at most 2^64-1)."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAXIMUM


def read_limits(content):
    """Section 1: the limits that are there, by their key."""
    limits = find(content, "/rate_limits/per_agent") or {}
    found = {}
    for key in KNOWN_KEYS["/rate_limits/per_agent"]:
        if key in limits:
            if not is_natural(limits[key]):
                raise Uncompilable(f"/rate_limits/per_agent/{key}", "not an integer >= 0")
            found[key] = limits[key]
    return found


def read_list(content, pointer, key, read_entry):
    """Section 1: a list, each entry read by `read_entry(value, pointer)`; None where it is absent."""
    section = find(content, pointer)
    if section is None or key not in section:
        return None
    here = f"{pointer}/{key}"
    if not isinstance(section[key], list):
        raise Uncompilable(here, "not a list")
    return Place(here, tuple(read_entry(value, f"{here}/{index}") for index, value in enumerate(section[key])))


def read_places(content, places, read_entry):
    """Section 2: the places that list the same thing, in order; an absent or empty list restricts nothing."""
    read = [read_list(content, pointer, key, read_entry) for pointer, key in places]
    return tuple(place for place in read if place is not None and place.entries)


def need_string(value, pointer):
    """Section 1: a string, which UTF-8 can write."""
    if not isinstance(value, str):
        raise Uncompilable(pointer, "not a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Uncompilable(pointer, "not UTF-8") from None
    return value


def make_entry(value, pointer, parse):
    """Section 1: a string entry, which must be a pattern of its kind."""
    text = need_string(value, pointer)
    try:
        form, parsed = parse(text)
    except NoForm as error:
        raise Uncompilable(pointer, str(error)) from None
    return Entry(text, pointer, form, parsed)


def name_entry(value, pointer):
    """Section 1: an entry of a list of model patterns, or of endpoints."""
    return make_entry(value, pointer, parse_name)


def provider_entry(value, pointer):
    """Section 1: an entry of a list of providers."""
    return make_entry(value, pointer, parse_provider)


def domain_entry(value, pointer):
    """Section 1: an entry of a list of domain patterns."""
    return make_entry(value, pointer, parse_domain)


def path_entry(value, pointer):
    """Section 1: an entry of a list of path patterns."""
    return make_entry(value, pointer, parse_path)


def extension_entry(value, pointer):
    """Section 1: an entry of a list of extensions."""
    return make_entry(value, pointer, parse_extension)


def tool_entry(value, pointer):
    """Section 1: an entry of a tool list, a string or `{name, ...}`."""
    if not isinstance(value, dict):
        return name_entry(value, pointer)
    if "name" not in value:
        raise Uncompilable(pointer, "an object without name")
    named = name_entry(value["name"], f"{pointer}/name")
    return Entry(named.text, pointer, named.form, named.value)


def service_entry(allow_unknown_keys):
    """Section 1: the reader of an entry of allowed_services, a string or `{service_name, endpoints[]}`."""

    def read(value, pointer):
        if not isinstance(value, dict):
            return name_entry(value, pointer)
        check_keys(value, pointer, SERVICE_KEYS, allow_unknown_keys)
        if "service_name" not in value:
            raise Uncompilable(pointer, "an object without service_name")
        named = name_entry(value["service_name"], f"{pointer}/service_name")
        return Entry(named.text, pointer, named.form, named.value, read_endpoints(value, pointer))

    return read


def read_endpoints(value, pointer):
    """Section 4: the endpoints of a service object; none stand for all."""
    here = f"{pointer}/endpoints"
    if "endpoints" not in value:
        return ()
    if not isinstance(value["endpoints"], list):
        raise Uncompilable(here, "not a list")
    return tuple(name_entry(entry, f"{here}/{index}") for index, entry in enumerate(value["endpoints"]))


def read_compliance(content):
    """Section 1: `compliance` decides nothing here, but its types count."""
    read_list(content, "/compliance", "frameworks", need_string)
    read_boolean(content, "/compliance", "require_audit_logging")
    compliance = find(content, "/compliance") or {}
    if "data_residency" in compliance:
        need_string(compliance["data_residency"], "/compliance/data_residency")


RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def parse_offset(text):
    """RFC 3339: the offset from UTC in seconds."""
    if text in ("Z", "z"):
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise NoForm("offset")
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)


def parse_instant(text):
    """RFC 3339: a date and time, as seconds since 1970."""
    match = RFC3339.fullmatch(text)
    if match is None:
        raise NoForm("not RFC 3339")
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    leap = 1 if second == 60 else 0
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second - leap, tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise NoForm(str(error)) from None
    whole = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    return whole + leap + Fraction("0" + (match[7] or "")) - parse_offset(match[8])


def read_instant(content, key):
    """Section 1: an RFC 3339 date of `binding`, None where it is absent."""
    binding = find(content, "/binding")
    if binding is None or key not in binding:
        return None
    try:
        return parse_instant(need_string(binding[key], f"/binding/{key}"))
    except NoForm as error:
        raise Uncompilable(f"/binding/{key}", str(error)) from None


def signing_key(value, pointer):
    """Section 1: one key of binding.signing_keys, 64 hex digits."""
    text = need_string(value, pointer)
    if re.fullmatch(r"[0-9A-Fa-f]{64}", text) is None:
        raise Uncompilable(pointer, "not a key")
    return text.lower()


def read_binding(content):
    """Section 1: workspace_id, sequence and signing_keys decide nothing here, but their types count."""
    binding = find(content, "/binding") or {}
    if "workspace_id" in binding:
        need_string(binding["workspace_id"], "/binding/workspace_id")
    if "sequence" in binding and not is_natural(binding["sequence"]):
        raise Uncompilable("/binding/sequence", "not an integer >= 0")
    keys = read_list(content, "/binding", "signing_keys", signing_key)
    if keys is None:
        return
    if not 1 <= len(keys.entries) <= 16 or len(set(keys.entries)) != len(keys.entries):
        raise Uncompilable("/binding/signing_keys", "not 1 to 16 distinct keys")
    if "workspace_id" not in binding or "sequence" not in binding:
        raise Uncompilable("/binding/signing_keys", "keys without workspace_id and sequence")


def read_network(content):
    """Section 1: permissions.network, None where it is absent."""
    here = "/permissions/network"
    if find(content, here) is None:
        return None
    return Section(
        enabled=read_boolean(content, here, "enabled"),
        require_tls=read_boolean(content, here, "require_tls"),
        allowed=read_places(content, [(here, "allowed_domains"), (here, "allowed_hosts")], domain_entry),
        blocked=read_places(content, [(here, "blocked_domains"), (here, "blocked_hosts")], domain_entry),
    )


def read_filesystem(content):
    """Section 1: permissions.filesystem, None where it is absent."""
    here = "/permissions/filesystem"
    if find(content, here) is None:
        return None
    return Section(
        enabled=read_boolean(content, here, "enabled"),
        allowed=read_places(content, [(here, "allowed_paths")], path_entry),
        blocked=read_places(content, [(here, "blocked_paths")], path_entry),
        extensions=read_places(content, [(here, "allowed_extensions")], extension_entry),
    )


def read_api(content, allow_unknown_keys):
    """Section 1: permissions.api, None where it is absent."""
    here = "/permissions/api"
    if find(content, here) is None:
        return None
    return Section(
        enabled=read_boolean(content, here, "enabled"),
        allowed=read_places(content, [(here, "allowed_services")], service_entry(allow_unknown_keys)),
    )


def read_validity(content):
    """Section 1: not_before and expires_at of the binding, in whole seconds, None where absent."""
    not_before, expires_at = read_instant(content, "not_before"), read_instant(content, "expires_at")
    not_before = None if not_before is None else math.ceil(not_before)
    expires_at = None if expires_at is None else math.floor(expires_at)
    if not_before is not None and expires_at is not None and expires_at <= not_before:
        raise Uncompilable("/binding/expires_at", "not after not_before")
    return not_before, expires_at


def compile(content, allow_unknown_keys=False):  # pylint: disable=redefined-builtin
    """Section 1: the policy that `content` writes, or Uncompilable."""
    check_sections(content, "", allow_unknown_keys)
    read_compliance(content)
    read_binding(content)
    not_before, expires_at = read_validity(content)
    models, capabilities, tools = "/agent/models", "/agent/capabilities", "/tools"
    return Policy(
        allowed_models=read_places(content, [(models, "allowed_models")], name_entry),
        blocked_models=read_places(content, [(models, "blocked_models"), (models, "denied_models")], name_entry),
        allowed_providers=read_places(content, [(models, "allowed_providers")], provider_entry),
        blocked_providers=read_places(content, [(models, "blocked_providers")], provider_entry),
        allowed_tools=read_places(content, [(capabilities, "allowed_tools"), (tools, "allowed_tools")], tool_entry),
        blocked_tools=read_places(
            content,
            [
                (capabilities, "denied_tools"),
                (capabilities, "blocked_tools"),
                (tools, "blocked_tools"),
                (tools, "denied_tools"),
            ],
            tool_entry,
        ),
        require_tool_approval=read_boolean(content, capabilities, "require_tool_approval"),
        network=read_network(content),
        filesystem=read_filesystem(content),
        api=read_api(content, allow_unknown_keys),
        limits=read_limits(content),
        not_before=not_before,
        expires_at=expires_at,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Section 3: normal forms and patterns. A parser of patterns answers (form, value) or raises NoForm.


def check_pattern(text):
    """Section 3: an empty pattern is none."""
    if text == "":
        raise NoForm("empty pattern")


def check_no_star(text):
    """Section 3: a `*` anywhere but where the section puts it is none."""
    if "*" in text:
        raise NoForm("misplaced *")


def parse_name(text):
    """Section 3, name: exact, or a prefix ending in one `*`."""
    check_pattern(text)
    if text == "*":
        return "any", b""
    if text.endswith("*"):
        check_no_star(text[:-1])
        return "prefix", text[:-1].encode("utf-8")
    check_no_star(text)
    return "exact", text.encode("utf-8")


def name_matches(entry, name):
    """Section 3, name: case-sensitive, bytewise."""
    if entry.form == "any":
        return True
    if entry.form == "prefix":
        return name.startswith(entry.value)
    return name == entry.value


def tails(name, separators):
    """Section 3, name: what follows each of the separators in a name."""
    return [name[index + 1 :] for index, byte in enumerate(name) if byte in separators]


def blocked_model_matches(entry, name):
    """Section 3, name: a blocked model is tried ASCII case-insensitively, whole and after each `/` or `:`."""
    if entry.form == "any":
        return True
    value = entry.value.lower()
    for candidate in [name] + tails(name, b"/:"):
        if entry.form == "prefix" and candidate.lower().startswith(value):
            return True
        if entry.form == "exact" and candidate.lower() == value:
            return True
    return False


def parse_provider(text):
    """Section 3, provider: exact."""
    check_pattern(text)
    if text == "*":
        return "any", b""
    check_no_star(text)
    return "exact", text.encode("utf-8")


def provider_matches(entry, provider):
    """Section 3, provider: ASCII case-insensitive (lower() of bytes changes ASCII letters only)."""
    return entry.form == "any" or provider.lower() == entry.value.lower()


LABEL = re.compile(r"[a-z0-9_-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
DECIMAL_BYTE = re.compile(r"0|[1-9][0-9]{0,2}")


def is_quad(labels):
    """Section 3, domain: a dotted quad without leading zeros."""
    return len(labels) == 4 and all(DECIMAL_BYTE.fullmatch(label) and int(label) <= 255 for label in labels)


def name_form(text):
    """Section 3, domain: the normal form of a name or of a dotted quad."""
    name = "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)
    if name.endswith("."):
        name = name[:-1]
    labels = name.split(".")
    for label in labels:
        if LABEL.fullmatch(label) is None:
            raise NoForm("label")
    if len(name) > 253:
        raise NoForm("longer than 253")
    if NUMBER.fullmatch(labels[-1]) and not is_quad(labels):
        raise NoForm("a number that is no dotted quad")
    return name


def address_form(text):
    """Section 3, domain: the canonical form of an IPv6 address, `a.b.c.d` for `::ffff:a.b.c.d`."""
    if "%" in text:
        raise NoForm("zone id")
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise NoForm("not an IPv6 address") from None
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.compressed


def domain_form(text):
    """Section 3, domain: the normal form of an ASCII host."""
    if text.startswith("[") and text.endswith("]"):
        return address_form(text[1:-1])
    if ":" in text:
        return address_form(text)
    return name_form(text)


def is_address(form):
    """Section 3, domain: whether a normal form is an IP address."""
    return ":" in form or is_quad(form.split("."))


def parse_domain(text):
    """Section 3, domain: `*.example.com`, else exact."""
    check_pattern(text)
    if text == "*":
        return "any", ""
    if not text.isascii():
        raise OutOfScope("IDNA")
    if not text.startswith("*."):
        return "exact", domain_form(text)
    form = domain_form(text[2:])
    if is_address(form):
        raise NoForm("*.ADDRESS")
    return "tree", form


def domain_matches(entry, domain):
    """Section 3, domain: `*.example.com` is example.com and every subdomain at any depth."""
    if entry.form == "any":
        return True
    if domain == entry.value:
        return True
    return entry.form == "tree" and domain.endswith("." + entry.value)


def path_form(text):
    """Section 3, path: `.` `..` `//` and a trailing slash removed lexically, `..` above `/` stays at `/`."""
    if not text.startswith("/"):
        raise NoForm("relative path")
    if "\\" in text:
        raise NoForm("backslash")
    kept = []
    for component in text.split("/"):
        if component == "..":
            kept = kept[:-1]
        elif component not in ("", "."):
            kept = kept + [component]
    return "/" + "/".join(kept)


def parse_path(text):
    """Section 3, path: `/tmp/*`, otherwise exact."""
    check_pattern(text)
    if text == "*":
        return "any", ""
    if text.endswith("/*"):
        check_no_star(text[:-1])
        return "tree", path_form(text[:-1])
    check_no_star(text)
    return "exact", path_form(text)


def path_matches(entry, path):
    """Section 3, path: `/tmp/*` is /tmp itself and everything below it at any depth."""
    if entry.form == "any" or path == entry.value:
        return True
    if entry.form != "tree":
        return False
    return entry.value == "/" or path.startswith(entry.value + "/")


def parse_extension(text):
    """Section 3, extension: written with a leading dot; one with inner dots compiles and matches nothing."""
    check_pattern(text)
    if text == "*":
        return "any", b""
    check_no_star(text)
    if not text.startswith("."):
        raise NoForm("no leading dot")
    if text == ".":
        raise NoForm("no extension after the dot")
    if "." in text[1:]:
        return "never", b""
    return "exact", text[1:].encode("utf-8").lower()


def extension_of(path):
    """Section 3, extension: the part after the last dot of the last component, None for a name without a dot."""
    name = path.split("/")[-1]
    if "." not in name:
        return None
    return name.split(".")[-1].encode("utf-8")


def extension_matches(entry, extension):
    """Section 3, extension: ASCII case-insensitive; an empty one is denied under any list."""
    if extension == b"" or entry.form == "never":
        return False
    return entry.form == "any" or extension.lower() == entry.value


# ---------------------------------------------------------------------------------------------------------------------
# Section 5: the provider of a model


def load_table():
    """Section 5: the data table of well-known model name prefixes."""
    table = {}
    for line in TABLE_FILE.read_text(encoding="ascii").splitlines():
        match = re.fullmatch(r'SEK_PROVIDER\("([^"]+)", "([^"]+)"\)', line.strip())
        if match is not None:
            table[match[1].encode("ascii")] = match[2].encode("ascii")
    return table


TABLE = load_table()
LONGEST = max(len(prefix) for prefix in TABLE)


def table_provider(name):
    """Section 5: what the table says of a name, by the longest prefix that fits; None where it says nothing."""
    for length in range(min(LONGEST, len(name)), 0, -1):
        if name[:length] in TABLE:
            return TABLE[name[:length]]
    return None


def provider_of(name, declared):
    """Section 5: declared, then a `provider/model` prefix, then the table, otherwise unknown (None)."""
    if declared is not None:
        return declared
    if b"/" in name and name.split(b"/")[0] != b"":
        return name.split(b"/")[0]
    return table_provider(name)


def providers_meant(name, declared):
    """Section 5: declared, each segment before a `/`, the table asked about the name and what follows each `/`."""
    meant = [declared] + name.split(b"/")[:-1]
    meant = meant + [table_provider(candidate) for candidate in [name] + tails(name, b"/")]
    return [provider for provider in meant if provider]


# ---------------------------------------------------------------------------------------------------------------------
# Section 4: reading the action (wire.md section 8 has the spellings)


TYPES = {
    "network": "network",
    "network_access": "network",
    "filesystem": "filesystem",
    "file_access": "filesystem",
    "tool": "tool",
    "tool_execution": "tool",
    "model": "model",
    "model_call": "model",
    "api": "api",
    "api_access": "api",
    "rate_limit": "rate_limit",
    "rate_limit_check": "rate_limit",
}
SPELLINGS = {
    "network": {"domain": "domain", "protocol": "protocol"},
    "filesystem": {"path": "path", "operation": "operation"},
    "tool": {"toolName": "toolName", "tool_name": "toolName"},
    "model": {"model": "model", "model_name": "model", "provider": "provider"},
    "api": {"service": "service", "service_name": "service", "endpoint": "endpoint"},
    "rate_limit": {"limitType": "limitType", "count": "count", "window": "window"},
}
REQUIRED = {
    "network": ("domain",),
    "filesystem": ("path",),
    "tool": ("toolName",),
    "model": ("model",),
    "api": ("service",),
    "rate_limit": ("limitType", "count"),
}


def check_string(value):
    """Section 3: strings of an action are 1-4096 bytes of UTF-8 without bytes 00-1F and 7F."""
    if not isinstance(value, str):
        raise BadAction("not a string")
    try:
        data = value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadAction("not UTF-8") from None
    if not 1 <= len(data) <= 4096:
        raise BadAction("not 1 to 4096 bytes")
    if any(byte <= 0x1F or byte == 0x7F for byte in data):
        raise BadAction("control byte")
    return value


def check_value(field, value):
    """Section 4: one field of an action, in its normal form."""
    if field == "count":
        if not is_natural(value):
            raise BadAction("count")
        return value
    text = check_string(value)
    if field == "limitType" and text not in ("request", "token"):
        raise BadAction("limitType")
    if field == "window" and text not in ("minute", "hour"):
        raise BadAction("window")
    if field in ("domain", "path"):
        return normal_form(field, text)
    if field in ("toolName", "model", "provider", "service", "endpoint"):
        return text.encode("utf-8")
    return text


def normal_form(field, text):
    """Section 4: a value without normal form is an error; section 3: a host that is not ASCII as well."""
    if field == "domain" and not text.isascii():
        raise BadAction("host is not ASCII")
    try:
        return domain_form(text) if field == "domain" else path_form(text)
    except NoForm as error:
        raise BadAction(str(error)) from None


def read_action(action):
    """Section 4: the type and the fields of an action; only known fields, `id` and `x-*`, each once, none missing."""
    if not isinstance(action, dict):
        raise BadAction("not an object")
    kind = action.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise BadAction("unknown type")
    kind = TYPES[kind]
    fields = {}
    for key, value in action.items():
        if key in ("type", "id") or key.startswith("x-"):
            continue
        if key not in SPELLINGS[kind]:
            raise BadAction("unknown field")
        field = SPELLINGS[kind][key]
        if field in fields:
            raise BadAction("both spellings of one field")
        fields[field] = check_value(field, value)
    for field in REQUIRED[kind]:
        if field not in fields:
            raise BadAction("missing field")
    return kind, fields


# ---------------------------------------------------------------------------------------------------------------------
# Section 4: the decisions. A rule function answers a Decision, or None where no rule denies.


def deny_entry(rule, entry):
    """Section 4: a denial whose pointer names the matching entry."""
    return Decision("deny", rule, entry.text, entry.pointer)


def deny_at(rule, pointer):
    """Section 4: a denial whose pointer names a list, a key or a missing section."""
    return Decision("deny", rule, None, pointer)


def first_match(places, matches, value):
    """Section 2: blocked lists add up; the first entry that matches, None where none does."""
    for place in places:
        for entry in place.entries:
            if matches(entry, value):
                return entry
    return None


def first_unmatched(places, matches, value):
    """Section 2: each non-empty allowed list must match; the first that does not, None where all do."""
    for place in places:
        if not any(matches(entry, value) for entry in place.entries):
            return place
    return None


def judge_lists(prefix, blocked, blocked_matches, allowed, allowed_matches, value):
    """Section 2: `PREFIX.blocked`, then `PREFIX.not_allowed`."""
    entry = first_match(blocked, blocked_matches, value)
    if entry is not None:
        return deny_entry(f"{prefix}.blocked", entry)
    place = first_unmatched(allowed, allowed_matches, value)
    if place is not None:
        return deny_at(f"{prefix}.not_allowed", place.pointer)
    return None


TLS = ("https", "wss", "grpcs", "ftps", "smtps", "imaps", "pop3s", "ldaps", "mqtts", "amqps", "tls")


def is_tls(protocol):
    """Section 4: one of the TLS protocols, ASCII case-insensitive, nothing trimmed; absent is not TLS."""
    return protocol is not None and protocol.encode("utf-8").lower().decode("utf-8") in TLS


def judge_network(policy, fields):
    """Section 4: network(domain, protocol?)."""
    network = policy.network
    if network is None:
        return deny_at("network.missing", "/permissions/network")
    if not network.enabled:
        return deny_at("network.disabled", "/permissions/network/enabled")
    if network.require_tls and not is_tls(fields.get("protocol")):
        return deny_at("network.tls_required", "/permissions/network/require_tls")
    return judge_lists("network", network.blocked, domain_matches, network.allowed, domain_matches, fields["domain"])


def judge_filesystem(policy, fields):
    """Section 4: filesystem(path, operation?)."""
    files = policy.filesystem
    if files is None:
        return deny_at("fs.missing", "/permissions/filesystem")
    if not files.enabled:
        return deny_at("fs.disabled", "/permissions/filesystem/enabled")
    denial = judge_lists("fs", files.blocked, path_matches, files.allowed, path_matches, fields["path"])
    if denial is not None:
        return denial
    extension = extension_of(fields["path"])
    if extension is None:
        return None
    place = first_unmatched(files.extensions, extension_matches, extension)
    return None if place is None else deny_at("fs.ext", place.pointer)


def judge_tool(policy, fields):
    """Section 4: tool(toolName)."""
    tool = fields["toolName"]
    denial = judge_lists("tool", policy.blocked_tools, name_matches, policy.allowed_tools, name_matches, tool)
    if denial is None and policy.require_tool_approval:
        return Decision("ask", "tool.approval_required", None, "/agent/capabilities/require_tool_approval")
    return denial


def judge_model(policy, fields):
    """Section 4: model(model, provider?)."""
    model, declared = fields["model"], fields.get("provider")
    denial = judge_lists(
        "model", policy.blocked_models, blocked_model_matches, policy.allowed_models, name_matches, model
    )
    return denial if denial is not None else judge_provider(policy, model, declared)


def judge_provider(policy, model, declared):
    """Section 4: the provider rules of a model, if any provider list is non-empty."""
    lists = policy.allowed_providers + policy.blocked_providers
    if not lists:
        return None
    provider = provider_of(model, declared)
    if provider is None:
        return deny_at("provider.unknown", lists[0].pointer)
    return judge_lists(
        "provider",
        policy.blocked_providers,
        lambda entry, meant: any(provider_matches(entry, candidate) for candidate in meant),
        policy.allowed_providers,
        lambda entry, _: provider_matches(entry, provider),
        providers_meant(model, declared),
    )


def judge_api(policy, fields):
    """Section 4: api(service, endpoint?)."""
    api = policy.api
    if api is None:
        return deny_at("api.missing", "/permissions/api")
    if not api.enabled:
        return deny_at("api.disabled", "/permissions/api/enabled")
    if not api.allowed:
        return None
    (place,) = api.allowed
    entries = [entry for entry in place.entries if name_matches(entry, fields["service"])]
    if not entries:
        return deny_at("api.not_allowed", place.pointer)
    return judge_endpoint(entries, fields.get("endpoint"))


def judge_endpoint(entries, endpoint):
    """Section 4: entries of one service add up, one without endpoints allows all, no endpoint passes."""
    if endpoint is None or any(entry.endpoints == () for entry in entries):
        return None
    if any(name_matches(allowed, endpoint) for entry in entries for allowed in entry.endpoints):
        return None
    return deny_entry("api.endpoint_not_allowed", entries[0])


LIMIT_KEYS = {
    ("request", "minute"): "requests_per_minute",
    ("request", "hour"): "requests_per_hour",
    ("token", "minute"): "tokens_per_minute",
    ("token", "hour"): "tokens_per_hour",
}


def judge_rate(policy, fields):
    """Section 4: rate_limit(limitType, count, window?), the window minute by default."""
    key = LIMIT_KEYS[fields["limitType"], fields.get("window", "minute")]
    if key in policy.limits and fields["count"] > policy.limits[key]:
        return deny_at("rate_limit.exceeded", f"/rate_limits/per_agent/{key}")
    return None


JUDGES = {
    "network": judge_network,
    "filesystem": judge_filesystem,
    "tool": judge_tool,
    "model": judge_model,
    "api": judge_api,
    "rate_limit": judge_rate,
}


def judge_time(policy, now):
    """Section 4: a policy past its expires_at, or before not_before, denies before all other rules."""
    if policy.expires_at is not None and now >= policy.expires_at:
        return deny_at("policy.expired", "/binding/expires_at")
    if policy.not_before is not None and now < policy.not_before:
        return deny_at("policy.not_yet_valid", "/binding/not_before")
    return None


def decide(policy, action, now):
    """Section 4: the action is read first, then the first rule that matches wins; `now` is in seconds since 1970."""
    kind, fields = read_action(action)
    return judge_time(policy, now) or JUDGES[kind](policy, fields) or ALLOW
