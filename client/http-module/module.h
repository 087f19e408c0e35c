/* SPDX-License-Identifier: Apache-2.0 */
/* What client/http.c and the private module sekuire-http.so say to each other: one table, found by one symbol. Plain C, no code of
 * ours on the module's side of the fence, so that it needs libcurl and nothing else. */
#ifndef SEK_CLIENT_HTTP_MODULE_H
#define SEK_CLIENT_HTTP_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define SEK_HTTP_MODULE_VERSION 1u
#define SEK_HTTP_MODULE_SYMBOL "sekuire_http_module"

enum sek_http_outcome {
    SEK_HTTP_FAILED = 0, /* something that has no row here */
    SEK_HTTP_DONE,       /* an answer came, whole */
    SEK_HTTP_STOPPED,    /* a callback said so */
    SEK_HTTP_NETWORK,
    SEK_HTTP_TIMEOUT,
    SEK_HTTP_TLS,
    SEK_HTTP_CUT,      /* the connection ended before the answer did, or before it began */
    SEK_HTTP_PROTOCOL, /* what came is no HTTP answer */
    SEK_HTTP_MEMORY
};

struct sek_http_exchange {
    const char *method;
    const char *url;
    const char *const *headers; /* NULL-terminated; never NULL */
    const char *user_agent;
    const char *ca_file; /* NULL: the system's */
    bool use_proxy;      /* look at HTTPS_PROXY and NO_PROXY */
    const char *body;    /* NULL: none */
    size_t body_size;
    long connect_ms;
    long total_ms;
    /* Return false to stop. Lines come with their line end; a status line begins each block of headers. */
    bool (*on_header)(void *context, const char *line, size_t size);
    bool (*on_body)(void *context, const char *bytes, size_t size);
    void *context;
    char message[256]; /* out: of a failure; foreign text */
};

struct sek_http_module {
    unsigned version;
    enum sek_http_outcome (*perform)(struct sek_http_exchange *exchange);
};

#endif
