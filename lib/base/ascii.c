/* SPDX-License-Identifier: Apache-2.0 */
/* Each function works on whole blocks and then on the last block of the text, which may overlap what was done. */
#include "base/ascii.h"

enum { BLOCK = 16 };

/* Bytes side by side (an extension that gcc and clang have for every machine); a comparison gives FF or 00 for each. */
typedef unsigned char block __attribute__((vector_size(BLOCK)));

static inline block load(const char *p) {
    block b;
    memcpy(&b, p, BLOCK);
    return b;
}

static inline bool any(block b) {
    uint64_t halves[2];
    memcpy(halves, &b, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* All bytes of a text of 1 to 15 bytes, some of them twice. */
static inline block load_short(struct sekuire_text text) {
    uint64_t halves[2] = {0, 0};
    block b;
    if (text.size >= 8) {
        memcpy(&halves[0], text.data, 8);
        memcpy(&halves[1], text.data + text.size - 8, 8);
    } else if (text.size >= 4) {
        uint32_t first, last;
        memcpy(&first, text.data, 4);
        memcpy(&last, text.data + text.size - 4, 4);
        halves[0] = halves[1] = (uint64_t)first << 32 | last;
    } else {
        uint32_t bytes = (uint32_t)(unsigned char)text.data[0] << 24 | (uint32_t)(unsigned char)text.data[text.size / 2] << 16 |
                         (uint32_t)(unsigned char)text.data[text.size - 1] << 8 | (unsigned char)text.data[0];
        halves[0] = halves[1] = (uint64_t)bytes << 32 | bytes;
    }
    memcpy(&b, halves, BLOCK);
    return b;
}

/* FF where a byte is not printable. */
static inline block unprintable(block b) { return (block)(b < 0x20) | (block)(b > 0x7E); }

bool sek_ascii_printable(struct sekuire_text text) {
    if (text.size == 0) return true;
    if (text.size < BLOCK) return !any(unprintable(load_short(text)));
    block bad = unprintable(load(text.data + text.size - BLOCK));
    for (size_t at = 0; at + BLOCK < text.size; at += BLOCK) bad |= unprintable(load(text.data + at));
    return !any(bad);
}

size_t sek_ascii_run(struct sekuire_text text) {
    size_t at = 0;
    while (at + BLOCK <= text.size && !any((block)(load(text.data + at) > 0x7E))) at += BLOCK;
    while (at < text.size && (unsigned char)text.data[at] <= 0x7E) at++;
    return at;
}

static inline block lowered(block b) { return b | ((block)(b >= 'A') & (block)(b <= 'Z') & 0x20); }

void sek_ascii_lower_copy(char *out, struct sekuire_text text) {
    block b;
    if (text.size < BLOCK) {
        for (size_t i = 0; i < text.size; i++) out[i] = sek_ascii_lower(text.data[i]);
        return;
    }
    for (size_t at = 0; at + BLOCK < text.size; at += BLOCK) {
        b = lowered(load(text.data + at));
        memcpy(out + at, &b, BLOCK);
    }
    b = lowered(load(text.data + text.size - BLOCK));
    memcpy(out + text.size - BLOCK, &b, BLOCK);
}

/* FF where a byte, with the one after it, keeps a path from being plain. */
static inline block not_plain(block b, block next) {
    return unprintable(b) | (block)(b == '\\') | ((block)(b == '/') & ((block)(next == '/') | (block)(next == '.')));
}

/* The same for one byte. */
static inline bool is_plain(char c, char next) {
    return c >= 0x20 && c <= 0x7E && c != '\\' && !(c == '/' && (next == '/' || next == '.'));
}

bool sek_ascii_plain_path(struct sekuire_text text) {
    size_t last = text.size - 1;
    if (text.data[last] == '/' || !is_plain(text.data[last], ' ')) return false;
    if (last < BLOCK) {
        for (size_t i = 0; i < last; i++)
            if (!is_plain(text.data[i], text.data[i + 1])) return false;
        return true;
    }
    block bad = not_plain(load(text.data + last - BLOCK), load(text.data + last - BLOCK + 1));
    for (size_t at = 0; at + BLOCK < last; at += BLOCK) bad |= not_plain(load(text.data + at), load(text.data + at + 1));
    return !any(bad);
}
