/* SPDX-License-Identifier: Apache-2.0 */
/* The routes: one table (routes.def) drives dispatch, authorisation and checks of the request; one file per resource handles. */
#ifndef SEKUIRED_ROUTES_H
#define SEKUIRED_ROUTES_H

#include "server/guard/guard.h"
#include "server/guard/limiter.h"
#include "server/http/http.h"
#include "server/routes/active-cache.h"
#include "server/store/store.h"

#include "base/error.h"
#include "base/report.h"
#include "tree/json.h"
#include "tree/write.h"

/* What all routes share. */
struct server {
    struct store *store;
    struct active_cache *active;
    struct limiter *limiter;
    size_t body_max; /* of any route */
    bool quiet; /* no line for each request */
};

enum route_access {
    ROUTE_KEY = 0,     /* a key of the least role, in the path's workspace where there is one */
    ROUTE_PUBLIC_READ, /* or nobody, where the workspace is public; else not found */
    ROUTE_ANYONE       /* the handler judges */
};

struct exchange;

struct route {
    const char *method;
    const char *path;
    enum store_role least;
    enum route_access access;
    const char *query; /* names of its parameters */
    size_t body_max;
    /* Sets the answer and returns 0; or returns a status, from which the answer is made: the HTTP status of the word, unless
     * x->http_status says otherwise, with the findings of x->report. */
    int (*handle)(struct exchange *x, struct sekuire_error *err);
};

enum { ROUTE_ARGUMENTS = 3, ROUTE_PARAMETERS = 4 };

/* One request at its handler. */
struct exchange {
    struct server *server;
    struct http_request *request;
    struct http_answer *answer;
    const struct route *route;
    struct sek_arena arena; /* trees and texts until the answer is sent */
    int64_t now;
    struct guard_identity identity;
    unsigned retry_seconds; /* of a refusal: 0: not said */
    struct sekuire_text arguments[ROUTE_ARGUMENTS]; /* decoded, in the path's order, the workspace left out */
    struct sekuire_text workspace;                  /* decoded */
    struct {
        struct sekuire_text name, value;
    } parameters[ROUTE_PARAMETERS];
    size_t parameter_count;
    int http_status; /* of a failure, where it is not the word's own; 0: it is */
    struct sek_report report;
};

/* 0, or rate_limited where this address has shown too many wrong keys to show another one that is not known. */
int exchange_may_try(struct exchange *x, struct sekuire_text key, struct sekuire_error *err);
/* Looks a key up for an address that may try; a wrong one counts against it. */
int exchange_authenticate(struct exchange *x, struct store_session *session, struct sekuire_text key, struct guard_identity *ret,
                          bool *ret_stale, struct sekuire_error *err);

/* One more request of this address, with this key: 0, or rate_limited. */
int exchange_limit_address(struct exchange *x, struct sekuire_error *err);
int exchange_limit_key(struct exchange *x, struct sekuire_text key, struct sekuire_error *err);

/* The service for http_server_start. */
struct http_service routes_service(struct server *server);

/* --- helpers of the handlers --- */

/* The value of a query parameter; data NULL without it. */
struct sekuire_text exchange_parameter(const struct exchange *x, const char *name);
/* `true` or `false`; absent is false; else error type. */
int exchange_flag(const struct exchange *x, const char *name, bool *ret, struct sekuire_error *err);
/* The body as a JSON object that has no members but those of `known` (names with spaces between;
 * NULL: published clients send it, and may send more). */
int exchange_body(struct exchange *x, const char *known, const struct sek_node **ret, struct sekuire_error *err);
/* Starts an answer with a JSON body. */
void exchange_answer(struct exchange *x, int http_status, struct sek_writer *writer);
/* An answer without a body. */
void exchange_answer_empty(struct exchange *x, int http_status);
/* Writes a string, or null where it is "". */
void write_optional(struct sek_writer *writer, const char *key, const char *string);
void write_time_member(struct sek_writer *writer, const char *key, int64_t time);

/* Members of a body. Absent and null are the same. Errors: missing_field, type. */
int member_string(const struct sek_node *object, const char *key, bool required, struct sekuire_text *ret, struct sekuire_error *err);
int member_bool(const struct sek_node *object, const char *key, bool *present, bool *value, struct sekuire_error *err);
/* A name: 1-256 bytes without control characters; "" where absent. */
int member_name(const struct sek_node *object, const char *key, char ret[STORE_NAME], struct sekuire_error *err);
/* Refuses members whose names are not in `known`. */
int members_known(const struct sek_node *object, const char *known, struct sekuire_error *err);

/* A list answer, page by page. */
struct list {
    struct exchange *x;
    struct sek_writer writer;
    struct store_session *session; /* reads, while the list is open */
    struct store_page page; /* hand this to the store */
    unsigned limit;
    unsigned count;
    bool more;
    char next[STORE_ID];
};
/* Reads limit and after, starts the answer and opens a session to read in: on success list_end must follow. */
int list_begin(struct list *list, struct exchange *x, struct sekuire_error *err);
/* In a visitor: true: write the row; false: it belongs to the next page. */
bool list_row(struct list *list, const char *next);
/* Closes the session; where status, the reading's, is 0, ends the answer. */
int list_end(struct list *list, int status, struct sekuire_error *err);

/* Findings as an array of cli.md's F. */
void findings_write(struct sek_writer *writer, const struct sek_report *report);
/* The same for so many findings at most, and none begun after so many bytes, errors first where it is not all of them: how many. */
size_t findings_write_some(struct sek_writer *writer, const struct sek_report *report, size_t most, size_t bytes);

/* Begins the transaction of a change, and looks again at the key that asked: it may have been revoked, or its time have passed,
 * while the body came in (unauthorized). */
int exchange_begin_change(struct exchange *x, struct store_session **ret, struct sekuire_error *err);

/* Appends an audit row of the exchange's identity to the path's workspace. A detail that did not fit into memory is error memory. */
int exchange_audit(struct exchange *x, struct store_session *session, const char *action, struct sekuire_text target,
                   const struct sek_buffer *detail, struct sekuire_error *err);

/* The key with which a policy is signed, where it is registered and not revoked: else error key_not_pinned. */
int signing_key_usable(struct store_session *session, struct sekuire_text workspace, const char *public_key,
                       struct store_signing_key *ret, struct sekuire_error *err);

#define ROUTE(method, path, least, access, query, body, handler) int handler(struct exchange *x, struct sekuire_error *err);
#include "server/routes/routes.def"
#undef ROUTE

#endif
