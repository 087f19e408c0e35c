/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers on struct sekuire_text, the borrowed run of bytes. For every layer. */
#ifndef SEK_BASE_TEXT_H
#define SEK_BASE_TEXT_H

#include <sekuire/error.h>

#include <stdbool.h>
#include <string.h>

#define SEK_TEXT(literal) ((struct sekuire_text){"" literal, sizeof(literal) - 1})
/* For printf's %.*s */
#define SEK_TEXT_ARGS(t) (int)(t).size, (t).data == NULL ? "" : (t).data

static inline struct sekuire_text sek_text(const char *string) {
    return (struct sekuire_text){string, string == NULL ? 0 : strlen(string)};
}

static inline bool sek_text_equal(struct sekuire_text a, struct sekuire_text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool sek_text_is(struct sekuire_text a, const char *string) { return sek_text_equal(a, sek_text(string)); }

static inline bool sek_text_starts(struct sekuire_text a, struct sekuire_text prefix) {
    return a.size >= prefix.size && (prefix.size == 0 || memcmp(a.data, prefix.data, prefix.size) == 0);
}

static inline char sek_ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static inline bool sek_text_equal_ascii_case(struct sekuire_text a, struct sekuire_text b) {
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++)
        if (sek_ascii_lower(a.data[i]) != sek_ascii_lower(b.data[i])) return false;
    return true;
}

/* The order of the bytes, shorter first where one is the start of the other: <0, 0, >0. */
static inline int sek_text_compare(struct sekuire_text a, struct sekuire_text b) {
    size_t n = a.size < b.size ? a.size : b.size;
    int c = n == 0 ? 0 : memcmp(a.data, b.data, n);
    if (c != 0) return c;
    return a.size < b.size ? -1 : a.size > b.size;
}

#endif
