/* SPDX-License-Identifier: Apache-2.0 */
/* The backend's HTTP interface (docs/spec/wire.md 6, http.md), one function per endpoint. Ids are checked before they enter a path
 * (error id). The API key, where there is one, is sent as X-API-Key with X-Device-Fingerprint, and only over https or to a loopback
 * host.
 *
 * Errors of every function: those of sek_http_send; usage (an API key would have to cross plain http); body (the answer is empty, or
 * no JSON where JSON is due); server (5xx, or a status that the endpoint does not have); rate_limited (429); and for 4xx the status
 * that the server's word names, else the one of the HTTP status (401 unauthorized, 403 forbidden, 404 not_found, 405 method, 409
 * conflict, 413 too_large, 415 media_type, 402 forbidden, 410 not_found, other 4xx content). The message is the server's, escaped, with the HTTP status. */
#ifndef SEK_CLIENT_BACKEND_H
#define SEK_CLIENT_BACKEND_H

#include "base/limits.h"
#include "client/http.h"
#include "client/url.h"
#include "tree/node.h"

#include <stdbool.h>

struct sek_backend {
    struct sek_url url;
    const char *api_key;            /* NULL: none; borrowed. Put here only a key that belongs to this backend (credentials.h) */
    const char *device_fingerprint; /* NULL: none; borrowed */
    long connect_ms;                /* 0: the defaults */
    long total_ms;
};

/* What came back. Zero it (or sek_answer_init) before a call and sek_answer_clear it after, whether the call succeeded or not: after
 * an error that the server answered itself, http_status and root (its body, where it is JSON) are set too, so that findings can be
 * shown. */
struct sek_answer {
    int http_status; /* 0: no answer */
    bool not_modified;
    char etag[SEK_ETAG_SIZE];
    int64_t retry_after; /* seconds; -1: none */
    struct sek_buffer body;
    struct sek_arena arena;
    const struct sek_node *root; /* the body as JSON, or NULL */
};
void sek_answer_init(struct sek_answer *answer);
void sek_answer_clear(struct sek_answer *answer); /* NULL is fine */

/* GET /workspaces/W/policy/active. answer->body holds the envelope's bytes as they came; they are not parsed (root is NULL). etag
 * (NULL: none) asks for a 304, which sets not_modified. Where the URL takes no secrets the API key is left out. Any 404 is error
 * no_active_policy. */
int sek_backend_active_policy(const struct sek_backend *backend, const char *workspace, const char *etag, struct sek_answer *answer,
                              struct sekuire_error *err);

struct sek_key_verdict {
    bool valid;
    char org_id[SEK_LIMIT_ID + 1]; /* "" where the answer has none */
    char error[SEKUIRE_MESSAGE_MAX + 1]; /* the server's reason, escaped; "" where valid */
};
struct sys_device;
/* POST /api-keys/verify: the key travels in the body, without credentials. A refusal by 401 is valid = false too. Only 200 is an answer;
 * members of other types than wire.md 6 has are error body. */
int sek_backend_verify_key(const struct sek_backend *backend, const char *api_key, const struct sys_device *device,
                           struct sek_key_verdict *ret, struct sekuire_error *err);
/* GET /me: root is the object, and every entry of its `workspaces` (may be absent) an object with a valid id; else error body. */
int sek_backend_me(const struct sek_backend *backend, struct sek_answer *answer, struct sekuire_error *err);
/* POST /publish, body as the caller wrote it. Any 2xx; root is NULL where the answer's body is no JSON (upstream's is not looked at). */
int sek_backend_publish(const struct sek_backend *backend, struct sekuire_text body, struct sek_answer *answer,
                        struct sekuire_error *err);
/* GET /agents/ID (64 hex digits). The API key is left out where the URL takes no secrets. */
int sek_backend_agent(const struct sek_backend *backend, const char *sekuire_id, struct sek_answer *answer, struct sekuire_error *err);

/* The bodies are JSON objects as http.md has them, written by the caller; root is the row that comes back. */
int sek_backend_workspace_create(const struct sek_backend *backend, struct sekuire_text body, struct sek_answer *answer,
                                 struct sekuire_error *err);
int sek_backend_workspace_set(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                              struct sek_answer *answer, struct sekuire_error *err);
int sek_backend_api_key_create(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                               struct sek_answer *answer, struct sekuire_error *err);
int sek_backend_api_key_revoke(const struct sek_backend *backend, const char *workspace, const char *id, struct sekuire_error *err);
int sek_backend_signing_key_add(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                                struct sek_answer *answer, struct sekuire_error *err);
int sek_backend_signing_key_revoke(const struct sek_backend *backend, const char *workspace, const char *key_id,
                                   struct sekuire_error *err);
/* POST /workspaces/W/policies: envelope is the file's bytes, unchanged. */
int sek_backend_policy_upload(const struct sek_backend *backend, const char *workspace, struct sekuire_text envelope, bool activate,
                              struct sek_answer *answer, struct sekuire_error *err);
int sek_backend_policy_activate(const struct sek_backend *backend, const char *workspace, const char *policy_id, const char *version,
                                bool dry_run, struct sek_answer *answer, struct sekuire_error *err);
/* GET .../policies/P/versions/V: answer->body is the envelope as it came, root is NULL. */
int sek_backend_policy_get(const struct sek_backend *backend, const char *workspace, const char *policy_id, const char *version,
                           struct sek_answer *answer, struct sekuire_error *err);

/* A whole list, its pages followed to the end. */
struct sek_backend_list {
    struct sek_arena arena;
    const struct sek_node **items; /* objects, in the server's order */
    size_t count;
};
enum sek_list_kind {
    SEK_LIST_WORKSPACES = 1, /* workspace is NULL */
    SEK_LIST_API_KEYS,
    SEK_LIST_SIGNING_KEYS,
    SEK_LIST_POLICIES,
    SEK_LIST_HISTORY,
    SEK_LIST_AGENTS,
    SEK_LIST_AUDIT
};
/* On success sek_list_clear it; on failure *ret is untouched. More than SEK_LIMIT_LIST_PAGES pages, or a `next` that came before, is
 * error server. */
#define SEK_LIMIT_LIST_PAGES 10000u
int sek_backend_list(const struct sek_backend *backend, enum sek_list_kind kind, const char *workspace, struct sek_backend_list *ret,
                     struct sekuire_error *err);
void sek_list_clear(struct sek_backend_list *list); /* NULL and zeroed are fine */

/* The same page by page, so that a long list takes no more memory than a page: visit gets the rows of each, objects in the server's
 * order, which live until it returns; what it returns other than 0 ends the walk and is returned. */
typedef int sek_list_visit(void *context, const struct sek_node *const *items, size_t count, struct sekuire_error *err);
int sek_backend_list_each(const struct sek_backend *backend, enum sek_list_kind kind, const char *workspace, sek_list_visit *visit,
                          void *context, struct sekuire_error *err);

#endif
