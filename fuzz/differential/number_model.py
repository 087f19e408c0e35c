# SPDX-License-Identifier: Apache-2.0
"""What upstream makes of a number literal: tests/vectors/README.md, "Numbers, exactly", and nothing else. Written from that text
alone, so that it can contradict the library."""
import re

LITERAL = re.compile(rb"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")
U64_MAX = 2**64 - 1
EXPONENT_MAX = 2**31 - 1
POWERS = [float(f"1e{n}") for n in range(309)]  # the nearest double of each power of ten


def digits_of(integer, fraction):
    """Rule 1: the significand that fits 64 bits, the exponent that follows, and whether an integer digit was left out."""
    s = e = 0
    overflow = False
    for digit in integer:
        if not overflow and s * 10 + digit - 48 <= U64_MAX:
            s = s * 10 + digit - 48
        else:
            overflow = True
            e += 1
    for digit in fraction or b"":
        if s * 10 + digit - 48 > U64_MAX:
            break
        s = s * 10 + digit - 48
        e -= 1
    return s, e, overflow


def scaled(s, e):
    """Rule 3: s times ten to the e, as upstream reckons it; None if it refuses."""
    f = float(s)
    while abs(e) > 308:
        if f == 0.0:
            return f
        if e > 0:
            return None
        f /= 1e308
        e += 308
    f = f * POWERS[e] if e >= 0 else f / POWERS[-e]
    return None if f == float("inf") else f


def printed(f, negative):
    """Rule 4: the shortest digits that read back, plainly from 1e-5 to below 1e16, else with an exponent."""
    sign = "-" if negative else ""
    if f == 0.0:
        return sign + "0.0"
    digits, _, exponent = f"{f!r}".partition("e")
    whole, _, fraction = digits.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    if 1e-5 <= f < 1e16:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        if point >= len(digits):
            return f"{sign}{digits}{'0' * (point - len(digits))}.0"
        return f"{sign}{digits[:point]}.{digits[point:]}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{point - 1:+d}"


def canonical(literal):
    """The canonical form of a literal (bytes) as text; None if it is no literal or out of range."""
    match = LITERAL.fullmatch(literal)
    if match is None:
        return None
    minus, integer, fraction, exponent_sign, exponent = match.groups()
    s, e, overflow = digits_of(integer, fraction)
    if fraction is None and exponent is None and not overflow:
        if not minus:
            return str(s)
        if 0 < s <= 2**63:
            return f"-{s}"
        return printed(float(s), True)
    if exponent is not None:
        value = int(exponent)
        if value > EXPONENT_MAX:
            if s != 0 and exponent_sign != b"-":
                return None
            return printed(0.0, bool(minus))
        e += -value if exponent_sign == b"-" else value
    f = scaled(s, e)
    return None if f is None else printed(f, bool(minus))
