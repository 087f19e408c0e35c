/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8. */
#include "base/utf8.h"

#include "base/ascii.h"

#include <stdio.h>
#include <string.h>

/* Table 3-7 of the Unicode Standard: the bounds of the second byte keep out overlong forms and surrogates. */
size_t sek_utf8_decode(const char *p, size_t size, uint32_t *ret_code) {
    const unsigned char *s = (const unsigned char *)p;
    size_t n;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    uint32_t code;
    if (size == 0) return 0;
    if (s[0] < 0x80) {
        *ret_code = s[0];
        return 1;
    }
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        n = 2;
        code = s[0] & 0x1Fu;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        n = 3;
        code = s[0] & 0x0Fu;
        if (s[0] == 0xE0) low = 0xA0;
        if (s[0] == 0xED) high = 0x9F;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        n = 4;
        code = s[0] & 0x07u;
        if (s[0] == 0xF0) low = 0x90;
        if (s[0] == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    if (size < n) return 0;
    for (size_t i = 1; i < n; i++) {
        if (s[i] < low || s[i] > high) return 0;
        code = code << 6 | (s[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *ret_code = code;
    return n;
}

size_t sek_utf8_encode(char out[4], uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0u | code >> 6);
        out[1] = (char)(0x80u | (code & 0x3Fu));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0u | code >> 12);
        out[1] = (char)(0x80u | (code >> 6 & 0x3Fu));
        out[2] = (char)(0x80u | (code & 0x3Fu));
        return 3;
    }
    out[0] = (char)(0xF0u | code >> 18);
    out[1] = (char)(0x80u | (code >> 12 & 0x3Fu));
    out[2] = (char)(0x80u | (code >> 6 & 0x3Fu));
    out[3] = (char)(0x80u | (code & 0x3Fu));
    return 4;
}

size_t sek_utf8_valid_prefix(struct sekuire_text text) {
    size_t i = 0;
    uint32_t code;
    if (text.size == 0) return 0; /* data may be NULL, to which nothing is added */
    while ((i += sek_ascii_run((struct sekuire_text){text.data + i, text.size - i})) < text.size) {
        size_t n = sek_utf8_decode(text.data + i, text.size - i, &code);
        if (n == 0) return i;
        i += n;
    }
    return i;
}

/* PropList.txt, White_Space. */
static bool is_white_space(uint32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

struct sekuire_text sek_utf8_trim(struct sekuire_text text) {
    uint32_t code;
    size_t n;
    while ((n = sek_utf8_decode(text.data, text.size, &code)) > 0 && is_white_space(code)) {
        text.data += n;
        text.size -= n;
    }
    while (text.size > 0) {
        size_t start = text.size - 1;
        while (start > 0 && ((unsigned char)text.data[start] & 0xC0) == 0x80) start--;
        if (sek_utf8_decode(text.data + start, text.size - start, &code) == 0 || !is_white_space(code)) break;
        text.size = start;
    }
    return text;
}

struct sekuire_text sek_utf8_cut(struct sekuire_text text, size_t size) {
    if (text.size <= size) return text;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80) size--;
    text.size = size;
    return text;
}

bool sek_utf8_is_control(uint32_t c) {
    return c <= 0x1F || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

size_t sek_utf8_escape(char *out, size_t capacity, struct sekuire_text text) {
    size_t used = 0;
    size_t i = 0;
    if (capacity == 0) return 0;
    while (i < text.size) {
        char escaped[8];
        uint32_t code = 0;
        size_t n = sek_utf8_decode(text.data + i, text.size - i, &code);
        const char *piece = text.data + i;
        size_t piece_size = n;
        if (n == 0) {
            snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned char)text.data[i]);
            piece = escaped;
            piece_size = 4;
            n = 1;
        } else if (sek_utf8_is_control(code)) {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(code & 0xFFFFu));
            piece = escaped;
            piece_size = 6;
        }
        if (used + piece_size >= capacity) break;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        i += n;
    }
    out[used] = '\0';
    return used;
}
