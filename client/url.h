/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of a backend, and text on its way into a URL's path or query. */
#ifndef SEK_CLIENT_URL_H
#define SEK_CLIENT_URL_H

#include "base/buffer.h"

#include <stdbool.h>

#define SEK_URL_SIZE 512
#define SEK_URL_DEFAULT "https://api.sekuire.ai"

struct sek_url {
    char base[SEK_URL_SIZE];   /* scheme://host[:port][/path], lower-case scheme and host, no slash at the end */
    char origin[SEK_URL_SIZE]; /* scheme://host:port, the port always there: what credentials are bound to */
    char host[256];            /* an IPv6 address without its brackets */
    uint16_t port;
    bool secure;   /* https */
    bool loopback; /* localhost, 127.0.0.0/8 or ::1 */
};

/* http or https, a host in ASCII (a name, an IPv4 or a bracketed IPv6 address), perhaps a port and a path; slashes at the end are
 * dropped; no userinfo, query, fragment, white space or dot segments. Error usage, with what is wrong. */
int sek_url_parse(struct sekuire_text text, struct sek_url *ret, struct sekuire_error *err);
/* Same scheme, host and port? */
bool sek_url_same_origin(const struct sek_url *a, const struct sek_url *b);
/* May a secret travel to it: https, or a loopback host? */
bool sek_url_takes_secrets(const struct sek_url *url);
/* Appends text with everything percent-encoded but A-Z a-z 0-9 - . _ ~. "." and ".." must have been refused before. */
void sek_url_encode(struct sek_buffer *out, struct sekuire_text text);

#endif
