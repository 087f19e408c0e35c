/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, what they may do, and the record of what they changed. */
#ifndef SEKUIRED_GUARD_H
#define SEKUIRED_GUARD_H

#include "server/http/http.h"
#include "server/store/store.h"

#define GUARD_API_KEY 73 /* "sk_live_", 64 hex digits and the NUL */

struct guard_identity {
    bool present; /* false: no key was given */
    enum store_role role;
    char workspace_id[STORE_ID]; /* "" for an admin */
    char key_id[STORE_KEY_ID];
    char name[STORE_NAME];
};

/* A new API key of 256 random bits. */
void guard_api_key_new(char out[GUARD_API_KEY]);
bool guard_api_key_valid(struct sekuire_text key);
/* What is stored of a key: BLAKE3 of its text, as hex. */
void guard_api_key_hash(char out[STORE_HEX], struct sekuire_text key);
/* A new id: prefix, and 16 random hex digits. */
void guard_new_id(char out[STORE_KEY_ID], const char *prefix);

/* The key that a request carries, in X-API-Key or as a Bearer token; data NULL without one. Error unauthorized: two that differ,
 * or another scheme of authorization. */
int guard_credentials(const struct http_request *request, struct sekuire_text *ret, struct sekuire_error *err);
/* The identity behind a key: 0, unauthorized (unknown, expired, revoked), or the store's errors. *ret_stale: its last use should be
 * noted. */
int guard_authenticate(struct store_session *session, struct sekuire_text key, int64_t now, struct guard_identity *ret,
                       bool *ret_stale, struct sekuire_error *err);

/* Is the key behind an identity still what it was? 0, unauthorized, or the store's errors. */
int guard_still_valid(struct store_session *session, const struct guard_identity *identity, int64_t now, struct sekuire_error *err);

/* May this identity do what asks for `least` in a workspace that exists? 0; not_found: it is foreign; forbidden: the role is too
 * small. */
int guard_authorise(const struct guard_identity *identity, const char *workspace, enum store_role least, struct sekuire_error *err);

/* Appends a row to a chain in the running transaction: workspace empty is the installation's. detail is a JSON object's text, or
 * empty for {}. Errors: the store's, and those of JSON for detail. */
int guard_audit(struct store_session *session, struct sekuire_text workspace, const char *actor, const char *action,
                struct sekuire_text target, struct sekuire_text detail, int64_t now, struct sekuire_error *err);
/* Writes a row as cli.md has it. */
struct sek_writer;
void guard_audit_write(struct sek_writer *writer, const struct store_audit *row, bool with_hash);

#endif
