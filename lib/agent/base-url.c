/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting a base_url. */
#include "agent/base-url.h"

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

/* A letter, or, behind the first, also a digit or one of + - . */
static bool is_scheme_char(char c, bool first) {
    char lower = sek_ascii_lower(c);
    if (lower >= 'a' && lower <= 'z') return true;
    return !first && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.');
}

/* The part of text from start on. */
static struct sekuire_text from(struct sekuire_text text, size_t start) {
    return (struct sekuire_text){text.data + start, text.size - start};
}

/* The scheme's size, or 0 if text does not begin with scheme:// */
static size_t scheme_size(struct sekuire_text text) {
    size_t n = 0;
    while (n < text.size && is_scheme_char(text.data[n], n == 0)) n++;
    return n > 0 && sek_text_starts(from(text, n), SEK_TEXT("://")) ? n : 0;
}

/* Nothing, or a colon and a port; the digits to *ret. */
static bool split_port(struct sekuire_text rest, struct sekuire_text *ret) {
    *ret = (struct sekuire_text){0};
    if (rest.size == 0) return true;
    if (rest.data[0] != ':' || rest.size - 1 > PORT_DIGITS_MAX) return false;
    unsigned value = 0;
    for (size_t i = 1; i < rest.size; i++) {
        if (rest.data[i] < '0' || rest.data[i] > '9') return false;
        value = value * 10 + (unsigned)(rest.data[i] - '0');
    }
    *ret = from(rest, 1);
    return value <= PORT_MAX;
}

bool sek_base_url_split(struct sekuire_text url, struct sek_base_url *ret) {
    struct sek_base_url parts = {0};
    for (size_t i = 0; i < url.size; i++) {
        unsigned char c = (unsigned char)url.data[i];
        if (c <= 0x20 || c == 0x7f || c == '\\') return false;
    }
    size_t n = scheme_size(url);
    if (n == 0) return false;
    parts.scheme = (struct sekuire_text){url.data, n};
    struct sekuire_text authority = from(url, n + 3);
    for (size_t i = 0; i < authority.size; i++)
        if (authority.data[i] == '/' || authority.data[i] == '?' || authority.data[i] == '#') authority.size = i;

    const char *at = authority.size == 0 ? NULL : memchr(authority.data, '@', authority.size);
    if (at != NULL) authority = from(authority, (size_t)(at - authority.data) + 1);
    if (authority.size == 0 || memchr(authority.data, '@', authority.size) != NULL) return false;
    size_t host_size = 0;
    if (authority.data[0] == '[') {
        const char *end = memchr(authority.data, ']', authority.size);
        if (end == NULL) return false;
        host_size = (size_t)(end - authority.data) + 1;
    } else {
        while (host_size < authority.size && authority.data[host_size] != ':') host_size++;
    }
    parts.host = (struct sekuire_text){authority.data, host_size};
    if (host_size == 0 || !split_port(from(authority, host_size), &parts.port)) return false;
    *ret = parts;
    return true;
}
