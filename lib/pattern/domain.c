/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts: names, IPv4 and IPv6 addresses, and trees of names. */
#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>

#include "base/error.h"
#include "pattern/kinds.h"

enum { IPV6_GROUPS = 8, IPV6_TEXT_MAX = 45 };

static bool is_ascii(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80) return false;
    return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Would a resolver take this lower-case label, the last of a name, as a number? "0x" alone counts, as browsers have it. */
static bool is_number(struct sekuire_text label) {
    bool hex = label.size >= 2 && label.data[0] == '0' && label.data[1] == 'x';
    for (size_t i = hex ? 2 : 0; i < label.size; i++) {
        char c = label.data[i];
        if (!is_digit(c) && !(hex && c >= 'a' && c <= 'f')) return false;
    }
    return true;
}

/* Four numbers 0-255 without leading zeros. */
static bool is_dotted_quad(struct sekuire_text text) {
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t start = at;
        unsigned value = 0;
        while (at < text.size && is_digit(text.data[at]) && at - start < 3)
            value = value * 10 + (unsigned)(text.data[at++] - '0');
        if (at == start || value > 255 || (text.data[start] == '0' && at - start > 1)) return false;
        if (part < 3 && (at >= text.size || text.data[at++] != '.')) return false;
    }
    return at == text.size;
}

/* Where the longest run of two or more zero groups is (RFC 5952, section 4.2), the first of equals; its length, or 0. */
static unsigned longest_zero_run(const unsigned groups[IPV6_GROUPS], unsigned *ret_start) {
    unsigned best = 0;
    for (unsigned start = 0; start < IPV6_GROUPS; start++) {
        unsigned end = start;
        while (end < IPV6_GROUPS && groups[end] == 0) end++;
        if (end - start > best) {
            best = end - start;
            *ret_start = start;
        }
    }
    return best >= 2 ? best : 0;
}

/* The canonical text of an IPv6 address; one that maps an IPv4 address is that address. */
static void format_ipv6(char out[IPV6_TEXT_MAX + 1], const uint8_t bytes[16]) {
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    unsigned groups[IPV6_GROUPS];
    unsigned run_start = 0;
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        snprintf(out, IPV6_TEXT_MAX + 1, "%d.%d.%d.%d", bytes[12], bytes[13], bytes[14], bytes[15]);
        return;
    }
    for (unsigned i = 0; i < IPV6_GROUPS; i++) groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    unsigned run = longest_zero_run(groups, &run_start);
    size_t used = 0;
    for (unsigned i = 0; i < IPV6_GROUPS; i++) {
        if (run > 0 && i == run_start) {
            out[used++] = ':';
            if (i == 0) out[used++] = ':';
            i += run - 1;
            continue;
        }
        used += (size_t)snprintf(out + used, IPV6_TEXT_MAX + 1 - used, "%x%s", groups[i], i + 1 < IPV6_GROUPS ? ":" : "");
    }
    out[used] = '\0';
}

/* Reads an IPv6 address without brackets and writes its normal form. */
static int normalise_ipv6(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret,
                          struct sekuire_error *err) {
    char text[IPV6_TEXT_MAX + 1] = {0};
    uint8_t bytes[16];
    if (sek_text_has(host, '%')) return sek_fail(err, SEKUIRE_ERR_CONTENT, "an address may not have a zone");
    if (host.size <= IPV6_TEXT_MAX && host.size > 0) memcpy(text, host.data, host.size);
    if (text[0] == '\0' || inet_pton(AF_INET6, text, bytes) != 1)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is neither a host name nor an IPv6 address (a host has no scheme or port)");
    format_ipv6(text, bytes);
    size_t size = strlen(text);
    if (size > capacity) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is too long");
    memcpy(out, text, size);
    *ret = (struct sekuire_text){out, size};
    return 0;
}

static bool is_label_byte(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

/* Checks every label of a lowered name, and finds the last. */
static int check_labels(struct sekuire_text name, struct sekuire_text *ret_last, struct sekuire_error *err) {
    size_t start = 0;
    for (size_t at = 0; at <= name.size; at++) {
        if (at < name.size && name.data[at] != '.') {
            if (!is_label_byte(name.data[at]))
                return sek_fail(err, SEKUIRE_ERR_CONTENT, "it holds what is no part of a host name, at byte %zu", at + 1);
            continue;
        }
        if (at == start) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it has an empty label");
        if (at - start > SEK_LIMIT_LABEL)
            return sek_fail(err, SEKUIRE_ERR_CONTENT, "it has a label of more than %u bytes", SEK_LIMIT_LABEL);
        *ret_last = (struct sekuire_text){name.data + start, at - start};
        start = at + 1;
    }
    return 0;
}

/* Lowers an ASCII name or dotted quad and checks it. */
static int normalise_name(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret,
                          struct sekuire_error *err) {
    struct sekuire_text last = {0};
    if (host.size > 0 && host.data[host.size - 1] == '.') host.size--;
    if (host.size > SEK_LIMIT_DOMAIN || host.size > capacity)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is longer than %u bytes", SEK_LIMIT_DOMAIN);
    for (size_t i = 0; i < host.size; i++) out[i] = sek_ascii_lower(host.data[i]);
    struct sekuire_text name = {out, host.size};
    int status = check_labels(name, &last, err);
    if (status != 0) return status;
    if (is_number(last) && !is_dotted_quad(name))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it ends in a number but is no IPv4 address of four decimals");
    *ret = name;
    return 0;
}

/* Most hosts: a name of good labels, the last of which does not begin with a digit. False: it takes a closer look. */
static bool normalise_plain(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret) {
    static const char lower[256] = {
        ['-'] = '-', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
        ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h',
        ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
        ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b',
        ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
        ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v',
        ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z'};
    size_t start = 0;
    if (host.size > SEK_LIMIT_DOMAIN || host.size > capacity) return false;
    for (size_t i = 0; i < host.size; i++) {
        char c = lower[(unsigned char)host.data[i]];
        if (c == 0) {
            if (host.data[i] != '.' || i == start || i - start > SEK_LIMIT_LABEL) return false;
            start = i + 1;
            c = '.';
        }
        out[i] = c;
    }
    if (start == host.size || host.size - start > SEK_LIMIT_LABEL || is_digit(host.data[start])) return false;
    *ret = (struct sekuire_text){out, host.size};
    return true;
}

int sek_host_normalise(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret,
                       struct sekuire_error *err) {
    if (normalise_plain(host, out, capacity, ret)) return 0;
    int status = sek_value_check(host, err);
    if (status != 0) return status;
    if (!is_ascii(host))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is not ASCII (an international name has an xn-- form)");
    if (host.data[0] == '[' && host.data[host.size - 1] == ']')
        return normalise_ipv6((struct sekuire_text){host.data + 1, host.size - 2}, out, capacity, ret, err);
    if (sek_text_has(host, ':')) return normalise_ipv6(host, out, capacity, ret, err);
    return normalise_name(host, out, capacity, ret, err);
}

int sek_host_to_ascii(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret, struct sekuire_error *err) {
    char text[SEK_LIMIT_ACTION_TEXT + 1];
    char *ascii = NULL;
    int status = sek_value_check(host, err);
    if (status != 0) return status;
    if (is_ascii(host)) return sek_host_normalise(host, out, capacity, ret, err);
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    int failed = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (failed == IDN2_MALLOC) return sek_fail_memory(err);
    if (failed != IDN2_OK)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is no international domain name: %s", idn2_strerror(failed));
    /* Only a name can come of it: an address is written in ASCII. */
    status = normalise_name(sek_text(ascii), out, capacity, ret, err);
    idn2_free(ascii);
    return status;
}

bool sek_domain_in_tree(struct sekuire_text top, struct sekuire_text value) {
    if (value.size < top.size) return false;
    size_t before = value.size - top.size;
    if (memcmp(value.data + before, top.data, top.size) != 0) return false;
    return before == 0 || value.data[before - 1] == '.';
}

/* A host, or a name and all its subdomains. A name too long to have any is that name alone. */
int sek_domain_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err) {
    char out[SEK_LIMIT_DOMAIN];
    struct sekuire_text host = pattern->text;
    struct sekuire_text norm = {0};
    bool tree = sek_text_starts(host, SEK_TEXT("*."));
    if (tree) host = (struct sekuire_text){host.data + 2, host.size - 2};
    if (sek_text_has(host, '*'))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "'*' may only stand alone or as \"*.\" at its beginning");
    int status = sek_host_to_ascii(host, out, sizeof out, &norm, err);
    if (status != 0) return status;
    if (tree && (sek_text_has(norm, ':') || is_dotted_quad(norm)))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "an address has no subdomains");
    pattern->shape = tree && norm.size + 2 <= SEK_LIMIT_DOMAIN ? SEK_SHAPE_TREE : SEK_SHAPE_EXACT;
    pattern->norm = sek_lower_copy(arena, norm);
    return pattern->norm.data == NULL ? sek_fail_memory(err) : 0;
}
