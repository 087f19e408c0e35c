/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request and its answer. libcurl lives in a private module that is opened at the first request, so a program that sends
 * none never loads it. HTTP/1.1 only; http and https only; no redirect is followed; no netrc, no cookies, no credentials but the
 * headers given. HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are honoured. Not thread-safe. */
#ifndef SEK_CLIENT_HTTP_H
#define SEK_CLIENT_HTTP_H

#include "base/buffer.h"

#define SEK_ETAG_SIZE 260
#define SEK_LOCATION_SIZE 512

struct sek_http_request {
    const char *method; /* GET, POST, PATCH, DELETE */
    const char *url;    /* checked by sek_url_parse, path parts encoded: nothing is repaired here */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const char *if_none_match;  /* NULL: none; without it a 304 is error server */
    struct sekuire_text body;   /* data NULL: no body */
    size_t max_answer;          /* bytes of the answer's body; 0: SEK_LIMIT_HTTP_ANSWER_BYTES */
    long connect_ms;            /* 0: SEK_LIMIT_HTTP_CONNECT_SECONDS */
    long total_ms;              /* 0: SEK_LIMIT_HTTP_TOTAL_SECONDS */
};

struct sek_http_answer {
    int status;
    struct sek_buffer body;
    char etag[SEK_ETAG_SIZE];         /* "" where there is none, or one too long to keep */
    char location[SEK_LOCATION_SIZE]; /* "" where there is none; foreign text */
    int64_t retry_after;              /* seconds; -1 where there is none */
};

/* Sends the request and reads the whole answer, whatever its status is, but 3xx: any 3xx other than a 304 that was asked for is
 * error redirect, its target named. Errors: network (name, refused, proxy), timeout, tls, redirect, body (cut, over the cap, with a
 * Content-Encoding), server (no HTTP, or a 304 that nobody asked for), config (the module is missing), memory. On failure *ret is
 * untouched; on success sek_http_answer_clear it. */
int sek_http_send(const struct sek_http_request *request, struct sek_http_answer *ret, struct sekuire_error *err);
void sek_http_answer_clear(struct sek_http_answer *answer); /* NULL and zeroed are fine */

#endif
