/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/differential/grammar.h"

#include "base/text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DEPTH_MAX = 6, NESTED_MAX = 70 };

uint64_t random_next(struct random *random) {
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

unsigned random_below(struct random *random, unsigned bound) { return (unsigned)(random_next(random) % bound); }

static void space(struct random *r, struct sek_buffer *out) {
    static const char bytes[] = " \t\n\r";
    while (random_below(r, 8) == 0) sek_buffer_byte(out, bytes[random_below(r, 4)]);
}

static void digits(struct random *r, struct sek_buffer *out, unsigned count) {
    while (count-- > 0) sek_buffer_byte(out, (char)('0' + random_below(r, 10)));
}

static void number(struct random *r, struct sek_buffer *out) {
    if (random_below(r, 4) == 0) sek_buffer_byte(out, '-');
    if (random_below(r, 4) == 0) {
        sek_buffer_byte(out, '0');
    } else {
        sek_buffer_byte(out, (char)('1' + random_below(r, 9)));
        digits(r, out, random_below(r, random_below(r, 20) == 0 ? 330 : 20));
    }
    if (random_below(r, 3) == 0) {
        sek_buffer_byte(out, '.');
        digits(r, out, 1 + random_below(r, 18));
    }
    if (random_below(r, 4) != 0) return;
    sek_buffer_byte(out, random_below(r, 2) == 0 ? 'e' : 'E');
    static const char *const signs[] = {"", "+", "-"};
    sek_buffer_string(out, signs[random_below(r, 3)]);
    digits(r, out, 1 + random_below(r, random_below(r, 10) == 0 ? 12 : 3));
}

/* A code point that is no surrogate, of any length in UTF-8. */
static uint32_t code_point(struct random *r) {
    static const uint32_t ends[] = {0x80, 0x800, 0x10000, 0x110000};
    uint32_t code = 1 + random_below(r, ends[random_below(r, 4)] - 1);
    return code >= 0xd800 && code < 0xe000 ? code - 0x800 : code;
}

static void character(struct random *r, struct sek_buffer *out) {
    char bytes[4];
    uint32_t code = random_below(r, 3) == 0 ? code_point(r) : 0x20 + random_below(r, 0x5f);
    switch (random_below(r, 10)) {
    case 0: /* escaped by number, as a pair where it takes one */
        if (code >= 0x10000)
            sek_buffer_format(out, "\\u%04" PRIx32 "\\u%04" PRIX32, 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
        else
            sek_buffer_format(out, "\\u%04" PRIX32, code);
        break;
    case 1:
        sek_buffer_byte(out, '\\');
        sek_buffer_byte(out, "\"\\/bfnrt"[random_below(r, 8)]);
        break;
    default:
        if (code < 0x20 || code == '"' || code == '\\') code = 'x';
        sek_buffer_append(out, bytes, sek_utf8_encode(bytes, code));
    }
}

static void string(struct random *r, struct sek_buffer *out) {
    sek_buffer_byte(out, '"');
    for (unsigned n = random_below(r, random_below(r, 30) == 0 ? 200 : 8); n > 0; n--) character(r, out);
    sek_buffer_byte(out, '"');
}

static void value(struct random *r, struct sek_buffer *out, unsigned depth);

/* An array or object; keys are told apart by a number at their end. */
static void container(struct random *r, struct sek_buffer *out, unsigned depth) {
    bool object = random_below(r, 2) == 0;
    unsigned count = random_below(r, random_below(r, 50) == 0 ? 60 : 5);
    sek_buffer_byte(out, object ? '{' : '[');
    space(r, out);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0) sek_buffer_byte(out, ',');
        space(r, out);
        if (object) {
            string(r, out);
            out->size--;
            sek_buffer_format(out, "%u\"", i);
            space(r, out);
            sek_buffer_byte(out, ':');
            space(r, out);
        }
        value(r, out, depth + 1);
        space(r, out);
    }
    sek_buffer_byte(out, object ? '}' : ']');
}

static void value(struct random *r, struct sek_buffer *out, unsigned depth) {
    static const char *const words[] = {"null", "true", "false"};
    unsigned kind = random_below(r, depth < DEPTH_MAX ? 10 : 6);
    if (kind < 3) number(r, out);
    else if (kind < 5) string(r, out);
    else if (kind == 5) sek_buffer_string(out, words[random_below(r, 3)]);
    else container(r, out, depth);
}

/* Replaces size bytes at offset. */
static void splice(struct sek_buffer *out, size_t offset, size_t size, struct sekuire_text with) {
    struct sek_buffer changed;
    sek_buffer_init(&changed, out->limit);
    sek_buffer_append(&changed, out->data, offset);
    sek_buffer_text(&changed, with);
    sek_buffer_append(&changed, out->data + offset + size, out->size - offset - size);
    sek_buffer_clear(out);
    *out = changed;
}

/* One small damage, or none that matters. */
static void damage(struct random *r, struct sek_buffer *out) {
    static const struct sekuire_text pieces[] = {
        {"\"", 1}, {"\\", 1}, {",", 1}, {":", 1}, {"[", 1}, {"]", 1}, {"{", 1}, {"}", 1}, {"0", 1}, {"-", 1}, {"+", 1}, {".", 1},
        {"e", 1}, {"E5", 2}, {"00", 2}, {"null", 4}, {"True", 4}, {"NaN", 3}, {"//", 2}, {"\\u", 2}, {"\\u0000", 6}, {"\\ud800", 6},
        {"\\udc00", 6}, {"\\ud83d\\ude00", 12}, {"\\x41", 4}, {"'", 1}, {"\xef\xbb\xbf", 3}, {"\xc0\x80", 2}, {"\xed\xa0\x80", 3},
        {"\xf4\x90\x80\x80", 4}, {"\xff", 1}, {"\x80", 1}, {"\xe2\x82", 2}, {"\x1f", 1}, {"\x7f", 1}, {"\x0b", 1}, {"\xc2\xa0", 2},
        {"\xe2\x80\xa8", 3}, {"\"a\":1,\"a\":2", 11}, {"\"a\":1,\"\\u0061\":2", 16}, {",,", 2}, {"1e999", 5}, {" ", 1}, {"\n", 1}};
    if (out->size == 0) return;
    size_t at = random_below(r, (unsigned)out->size);
    size_t most = out->size - at;
    char byte = (char)random_below(r, 256);
    switch (random_below(r, 6)) {
    case 0: splice(out, at, 1 + random_below(r, most > 3 ? 3 : (unsigned)most), SEK_TEXT("")); break;
    case 1: splice(out, at, most, SEK_TEXT("")); break;
    case 2: splice(out, at, 1, (struct sekuire_text){&byte, 1}); break;
    case 3: splice(out, out->size, 0, pieces[random_below(r, sizeof pieces / sizeof pieces[0])]); break;
    default: splice(out, at, random_below(r, 2), pieces[random_below(r, sizeof pieces / sizeof pieces[0])]);
    }
}

void grammar_text(struct random *random, struct sek_buffer *out) {
    space(random, out);
    if (random_below(random, 500) == 0) {
        unsigned depth = 1 + random_below(random, NESTED_MAX);
        for (unsigned i = 0; i < depth; i++) sek_buffer_byte(out, '[');
        value(random, out, DEPTH_MAX);
        for (unsigned i = 0; i < depth; i++) sek_buffer_byte(out, ']');
    } else {
        value(random, out, random_below(random, 4));
    }
    space(random, out);
    if (random_below(random, 100) < 55)
        for (unsigned n = 1 + random_below(random, 3); n > 0; n--) damage(random, out);
}
