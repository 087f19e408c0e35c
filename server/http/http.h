/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP, by libmicrohttpd: connections, request heads and bodies, answers. Knows nothing of policies: a service judges. */
#ifndef SEKUIRED_HTTP_H
#define SEKUIRED_HTTP_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

#include <sekuire/error.h>

#include <stdbool.h>

#define HTTP_REQUEST_ID 21 /* "req_", 16 hex digits and the NUL */

struct http_field {
    struct sekuire_text name, value;
    const struct http_field *next;
};

/* Everything lives in arena, until the request is done. */
struct http_request {
    struct sek_arena arena;
    char id[HTTP_REQUEST_ID]; /* made by the server: in X-Request-Id, and in the log */
    uint8_t address[16];      /* whom limits count against: IPv4 mapped into IPv6, and of IPv6 the network (64 bits) */
    struct sekuire_text method; /* as sent, but "GET" for HEAD */
    bool head;
    struct sekuire_text target; /* as sent */
    struct sekuire_text path;   /* the target's path as sent (not decoded), with one slash in front */
    struct sekuire_text query;  /* what follows '?', not decoded; data NULL without '?' */
    const struct http_field *fields; /* in order, values without the spaces around them */
    struct sek_buffer body;
    bool drop_body;     /* set by open: what comes of a body is counted, but not kept */
    int64_t started_ms; /* monotonic */
    void *exchange;     /* the service's own */
};

enum { HTTP_ANSWER_FIELDS = 16 };

/* Bytes that several answers share: whoever queues them holds a reference until release is called. */
struct http_shared {
    struct sekuire_text bytes;
    void (*release)(void *owner);
    void *owner;
};

struct http_answer {
    int status; /* 0: none yet */
    const char *content_type; /* NULL: application/json */
    struct sek_buffer body;
    struct http_shared shared; /* instead of body, where release is set */
    struct {
        const char *name;
        const char *value; /* in the request's arena, or constant */
    } fields[HTTP_ANSWER_FIELDS];
    size_t field_count;
    bool close; /* end the connection after it */
};

/* Where memory was short while a request was judged, the verdict is worth nothing, for a header that is not there reads like one that
 * was never sent: the answer becomes a 503. */
void http_answer_settle(const struct http_request *request, struct http_answer *answer);

struct http_service {
    void *context;
    /* The head is here: returns how many bytes of body to take; or sets answer->status, and the body is dropped. */
    size_t (*open)(void *context, struct http_request *request, struct http_answer *answer);
    /* The body is, or will be, longer than open allowed. */
    void (*too_large)(void *context, struct http_request *request, struct http_answer *answer);
    /* The bodies of all requests take more than they may. */
    void (*busy)(void *context, struct http_request *request, struct http_answer *answer);
    /* The body is here: sets the answer. The body is gone afterwards. */
    void (*serve)(void *context, struct http_request *request, struct http_answer *answer);
    /* The request is over; status 0: it never got an answer. */
    void (*done)(void *context, struct http_request *request, int status);
    /* libmicrohttpd has something to say. */
    void (*log)(void *context, const char *line);
};

struct http_listen {
    const char *address; /* HOST:PORT, [V6]:PORT */
    const char *tls_cert; /* PEM texts, both or neither */
    const char *tls_key;
    unsigned threads;
    unsigned connections;             /* open at once, */
    unsigned connections_per_address; /* of one address */
    unsigned head_bytes;              /* request line and header fields together */
    unsigned bodies_bytes;            /* bodies of all requests that come in or are handled */
    unsigned idle_seconds;            /* without a byte in either direction */
    unsigned head_seconds;            /* from the connection's start, or the last answer, to the end of a head */
    unsigned body_seconds;            /* for a body, and for an answer */
};

struct http_server;

/* Opens the port and serves from threads of its own until http_server_stop. *service is copied. Errors: usage (no such address),
 * io (the port is taken), config (certificate or key), memory. */
int http_server_start(const struct http_listen *listen, const struct http_service *service, struct http_server **ret,
                      struct sekuire_error *err);
/* "http://127.0.0.1:9300", with the real port. */
const char *http_server_url(const struct http_server *server);
bool http_server_loopback(const struct http_server *server);
/* Takes no more connections, lets running requests end (up to five seconds), closes. NULL is fine. False: the service is still at work
 * three seconds later. Nothing was freed then, and its threads run on: the process has to end. */
bool http_server_stop(struct http_server *server);

/* Checks an address by itself: usage, with what is wrong. */
int http_address_check(const char *address, struct sekuire_error *err);
/* Looks its host up: io. */
int http_address_resolve(const char *address, struct sekuire_error *err);
/* Do these PEM texts go together? config. */
int http_tls_check(const char *cert, const char *key, struct sekuire_error *err);
/* A listening socket, its URL without the scheme ("127.0.0.1:40123") and whether only this machine reaches it. */
int http_listen_socket(const char *address, int *ret_fd, char host_port[300], bool *ret_loopback, struct sekuire_error *err);

/* The first field of a name (ASCII case-insensitive), after `from` (NULL: from the first); NULL if there is none. */
const struct http_field *http_field_find(const struct http_request *request, const char *name, const struct http_field *from);
/* %XX decoded: false where it is malformed, or gives NUL or bytes that are no UTF-8; memory short counts as malformed. */
bool http_decode(struct sek_arena *arena, struct sekuire_text text, struct sekuire_text *ret);
/* Splits the target, and copies into the arena; false where it is none or memory is short. */
bool http_target_read(struct http_request *request, const char *target);
/* Sets a field of the answer. */
void http_answer_field(struct http_answer *answer, const char *name, const char *value);
int64_t http_monotonic_ms(void);

#endif
