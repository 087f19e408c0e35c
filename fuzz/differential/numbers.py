#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Number literals, good and bad, with what the model says of each: numbers.py SEED COUNT, for the program numbers to read."""
import random
import struct
import sys

from number_model import LITERAL, canonical

EDGES = [2**63, 2**64, 2**53, 10**19, 10**16, 10**15, 2**63 // 10, 2**64 // 10, 9007199254740993, 17976931348623157, 22250738585072014,
         5, 49406564584124654]
NOISE = b"0123456789-+.eE xX_,fn\"\x00\xff"


def digits(rng, count):
    return str(rng.randrange(10 ** (count - 1) if count > 1 else 0, 10**count))


def integer(rng):
    kind = rng.randrange(8)
    if kind < 4:
        return digits(rng, rng.randint(1, 21))
    if kind < 7:
        return str(max(0, rng.choice(EDGES) + rng.randint(-12, 12)))
    return digits(rng, rng.randint(20, 400))


def exponent(rng):
    kind = rng.randrange(10)
    if kind < 5:
        number = rng.randint(0, 30)
    elif kind < 8:
        number = rng.choice([308, 290, 324, 340, 616, 22]) + rng.randint(-20, 20)
    elif kind < 9:
        number = rng.randint(0, 999)
    else:
        number = rng.choice([2**31 - 1, 2**31, 2**32, 10**18, 10**30]) + rng.randint(-2, 2)
    return rng.choice("eE") + rng.choice(["", "+", "-", "-"]) + "0" * (rng.randrange(3) if rng.randrange(5) == 0 else 0) + str(number)


def decimal(rng):
    text = integer(rng)
    if rng.randrange(3):
        zeros = "0" * (rng.choice([1, 5, 20, 330]) if rng.randrange(4) == 0 else 0)
        text += "." + zeros + digits(rng, rng.randint(1, 25))
    if rng.randrange(2):
        text += exponent(rng)
    return text


def double(rng):
    """A double of random bits, in its shortest form or in 17 digits."""
    while True:
        f = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(63)))[0]
        if f == f and f != float("inf"):
            return repr(f).replace("e-0", "e-").replace("e+0", "e+") if rng.randrange(2) else f"{f:.16e}"


def literal(rng):
    kind = rng.randrange(10)
    text = integer(rng) if kind < 3 else double(rng) if kind < 6 else decimal(rng)
    if rng.randrange(3) == 0:
        text = "-" + text
    text = bytearray(text.encode())
    if rng.randrange(3) == 0:
        for _ in range(rng.randint(1, 2)):
            at = rng.randrange(len(text) + 1)
            text[at:at + rng.randrange(2)] = bytes([rng.choice(NOISE)]) * rng.randrange(2)
    return bytes(text)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    print(f"differential numbers: seed {seed}", file=sys.stderr)
    write = sys.stdout.buffer.write
    for _ in range(count):
        text = literal(rng)
        form = canonical(text)
        if form is None:
            write(text + (b"\t!\t\n" if LITERAL.fullmatch(text) else b"\t?\t\n"))
        else:
            write(text + b"\t" + form.encode() + (b"\t=\n" if canonical(form.encode()) == form else b"\t\n"))


if __name__ == "__main__":
    main()
