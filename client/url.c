/* SPDX-License-Identifier: Apache-2.0 */
#include "client/url.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "pattern/pattern.h"

/* The rest of text from `from` on. */
static struct sekuire_text rest(struct sekuire_text text, size_t from) {
    return (struct sekuire_text){text.data + from, text.size - from};
}

/* Letters and digits of ASCII. */
static bool is_alphanumeric(char c) {
    char lower = sek_ascii_lower(c);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

/* Takes "scheme://" off the front. */
static int take_scheme(struct sekuire_text *text, bool *ret_secure, struct sekuire_error *err) {
    static const struct {
        const char *prefix;
        size_t size;
        bool secure;
    } schemes[] = {{"https://", 8, true}, {"http://", 7, false}};
    for (size_t i = 0; i < 2; i++) {
        struct sekuire_text start = {text->data, schemes[i].size};
        if (text->size < schemes[i].size || !sek_text_equal_ascii_case(start, sek_text(schemes[i].prefix))) continue;
        *text = rest(*text, schemes[i].size);
        *ret_secure = schemes[i].secure;
        return 0;
    }
    return sek_fail(err, SEKUIRE_ERR_USAGE, "not a URL that begins with https:// or http://");
}

/* A port in decimal, 1 to 65535. */
static int read_port(struct sekuire_text digits, uint16_t *ret, struct sekuire_error *err) {
    unsigned port = 0;
    bool valid = digits.size >= 1 && digits.size <= 5;
    for (size_t i = 0; valid && i < digits.size; i++) {
        valid = digits.data[i] >= '0' && digits.data[i] <= '9';
        port = port * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (!valid || port == 0 || port > 65535) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL's port is not a number from 1 to 65535");
    *ret = (uint16_t)port;
    return 0;
}

/* Splits "host[:port]" or "[v6][:port]". */
static int read_authority(struct sekuire_text authority, struct sek_url *url, struct sekuire_error *err) {
    char normal[SEK_LIMIT_DOMAIN + 1];
    struct sekuire_text host = authority;
    struct sekuire_text form;
    struct sekuire_error why = {0};
    size_t end = 0;
    bool bracketed = authority.size > 0 && authority.data[0] == '[';
    if (memchr(authority.data, '@', authority.size) != NULL)
        return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL holds a user name or password");
    while (end < authority.size && authority.data[end] != (bracketed ? ']' : ':')) end++;
    if (bracketed && end == authority.size) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL's address lacks its closing bracket");
    if (bracketed) end++;
    host.size = end;
    if (host.size == 0) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL has no host");
    url->port = url->secure ? 443 : 80;
    if (end < authority.size) {
        if (authority.data[end] != ':') return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL has something behind its address");
        int status = read_port(rest(authority, end + 1), &url->port, err);
        if (status != 0) return status;
    }
    if (sek_host_normalise(host, normal, sizeof normal, &form, &why) != 0)
        return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL's host is none: %s", why.message);
    memcpy(url->host, form.data, form.size);
    url->host[form.size] = '\0';
    return 0;
}

/* A path of plain characters, without empty or dot segments; slashes at its end are dropped. */
static int read_path(struct sekuire_text *path, struct sekuire_error *err) {
    while (path->size > 0 && path->data[path->size - 1] == '/') path->size--;
    size_t start = 1;
    for (size_t i = 0; i <= path->size && path->size > 0; i++) {
        char c = i < path->size ? path->data[i] : '/';
        if (c == '/' && i > 0) {
            size_t size = i - start;
            if (size == 0 || (size <= 2 && path->data[start] == '.' && path->data[i - 1] == '.'))
                return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL's path has an empty segment, \".\" or \"..\"");
            start = i + 1;
        } else if (c != '/' && !is_alphanumeric(c) && strchr("-._~!$&'()*+,;=:@", c) == NULL) {
            return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL's path holds a character that it may not hold");
        }
    }
    return 0;
}

/* localhost, 127.0.0.0/8 and ::1; the host is in normal form, so that "127." begins an address only. */
static bool is_loopback(const char *host) {
    if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0) return true;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host);
}

int sek_url_parse(struct sekuire_text text, struct sek_url *ret, struct sekuire_error *err) {
    struct sek_url url = {0};
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c == 0x7F) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL holds a space or a control character");
        if (c > 0x7F) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL holds a character that is not ASCII: write the host as xn--");
        if (c == '?' || c == '#' || c == '\\')
            return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL of a backend has no query, fragment or backslash");
    }
    int status = take_scheme(&text, &url.secure, err);
    if (status != 0) return status;
    size_t end = 0;
    while (end < text.size && text.data[end] != '/') end++;
    struct sekuire_text path = rest(text, end);
    status = read_authority((struct sekuire_text){text.data, end}, &url, err);
    if (status == 0) status = read_path(&path, err);
    if (status != 0) return status;
    const char *scheme = url.secure ? "https" : "http";
    const char *open = strchr(url.host, ':') == NULL ? "" : "[";
    const char *shut = *open == '\0' ? "" : "]";
    char port[8] = "";
    if (url.port != (url.secure ? 443 : 80)) snprintf(port, sizeof port, ":%u", (unsigned)url.port);
    int n = snprintf(url.base, sizeof url.base, "%s://%s%s%s%s%.*s", scheme, open, url.host, shut, port, SEK_TEXT_ARGS(path));
    if (n < 0 || (size_t)n >= sizeof url.base) return sek_fail(err, SEKUIRE_ERR_USAGE, "the URL is too long");
    snprintf(url.origin, sizeof url.origin, "%s://%s%s%s:%u", scheme, open, url.host, shut, (unsigned)url.port);
    url.loopback = is_loopback(url.host);
    *ret = url;
    return 0;
}

bool sek_url_same_origin(const struct sek_url *a, const struct sek_url *b) { return strcmp(a->origin, b->origin) == 0; }

bool sek_url_takes_secrets(const struct sek_url *url) { return url->secure || url->loopback; }

void sek_url_encode(struct sek_buffer *out, struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') sek_buffer_byte(out, c);
        else sek_buffer_format(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}
