# SPDX-License-Identifier: Apache-2.0
"""BLAKE3-256 and Ed25519 signing in plain Python: a second opinion that shares no code with what is tested. Slow, and not constant-time."""
import hashlib
import json

# --- BLAKE3 (the paper, section 2): one key length, one output length ---

_IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
_PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
_CHUNK_START, _CHUNK_END, _PARENT, _ROOT = 1, 2, 4, 8
_MASK = 0xFFFFFFFF
_QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
             (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def _compress(chaining, words, counter, size, flags):
    v = list(chaining) + list(_IV[:4]) + [counter & _MASK, counter >> 32, size, flags]
    m = list(words)
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(_QUARTERS):
            for word, right, left in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & _MASK
                x = v[d] ^ v[a]
                v[d] = (x >> right | x << (32 - right)) & _MASK
                v[c] = (v[c] + v[d]) & _MASK
                x = v[b] ^ v[c]
                v[b] = (x >> left | x << (32 - left)) & _MASK
        m = [m[i] for i in _PERMUTATION]
    return tuple(v[i] ^ v[i + 8] for i in range(8))


def _words(block):
    block = block.ljust(64, b"\0")
    return [int.from_bytes(block[i:i + 4], "little") for i in range(0, 64, 4)]


def _chunk(data, counter, last_flags):
    value = _IV
    blocks = [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks):
        flags = (_CHUNK_START if i == 0 else 0) | (_CHUNK_END | last_flags if i == len(blocks) - 1 else 0)
        value = _compress(value, _words(block), counter, len(block), flags)
    return value


def _subtree(data, first, flags):
    chunks = (len(data) + 1023) // 1024
    if chunks <= 1:
        return _chunk(data, first, flags)
    left = 1 << ((chunks - 1).bit_length() - 1)
    pair = _subtree(data[:left * 1024], first, 0) + _subtree(data[left * 1024:], first + left, 0)
    return _compress(_IV, pair, 0, 64, _PARENT | flags)


def blake3(data):
    """Hex digits of BLAKE3-256."""
    return b"".join(word.to_bytes(4, "little") for word in _subtree(data, 0, _ROOT)).hex()


# --- Ed25519 (RFC 8032, section 5.1) ---

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    o, q = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = n - m, q - o, q + o, n + m
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _base():
    y = 4 * pow(5, _P - 2, _P) % _P
    xx = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(xx, (_P + 3) // 8, _P)
    if (x * x - xx) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    x = _P - x if x & 1 else x
    return x, y, 1, x * y % _P


_BASE = _base()


def _times(scalar):
    result, point = (0, 1, 1, 0), _BASE
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _encode(point):
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:]


class Key:
    """An Ed25519 key from a 32-byte seed, or from a number, for keys that are told apart easily."""

    def __init__(self, seed):
        self.seed = seed if isinstance(seed, bytes) else hashlib.sha256(str(seed).encode()).digest()
        self._scalar, self._prefix = _expand(self.seed)
        self._public = _encode(_times(self._scalar))
        self.public = self._public.hex()

    def sign(self, message):
        message = message.encode() if isinstance(message, str) else message
        r = int.from_bytes(hashlib.sha512(self._prefix + message).digest(), "little") % _L
        point = _encode(_times(r))
        k = int.from_bytes(hashlib.sha512(point + self._public + message).digest(), "little") % _L
        return (point + ((r + k * self._scalar) % _L).to_bytes(32, "little")).hex()


def canonical(value):
    """Canonical JSON of values without fractions, which is all that the tests hash here."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
