/* SPDX-License-Identifier: Apache-2.0 */
/* What the server remembers. An interface: rows and operations say nothing of the database behind them, and know no rule of
 * policies; routes/ judges, between store_begin and store_commit. All times are Unix seconds.
 *
 * Every operation works inside a session, which is one transaction. A STORE_READ session sees one consistent state and never waits
 * for a writer; STORE_WRITE sessions come one after the other. A session belongs to one thread.
 *
 * Functions return 0 or a status: not_found (there is no such row), exists (there is one already), io, no_space, memory. */
#ifndef SEKUIRED_STORE_H
#define SEKUIRED_STORE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/limits.h"

#include <sekuire/error.h>

#include <stdbool.h>

#define STORE_NEVER INT64_MIN /* a time that did not come */
#define STORE_HEX 65          /* 64 hex digits and the NUL */
#define STORE_KEY_ID 24       /* the id of an API key or a signing key, and the NUL */
#define STORE_ID (SEK_LIMIT_ID + 1)
#define STORE_NAME (SEK_LIMIT_NAME + 1)
#define STORE_VERSION (SEK_LIMIT_VERSION + 1)

enum store_role { STORE_ROLE_NONE = 0, STORE_READER, STORE_PUBLISHER, STORE_POLICY_ADMIN, STORE_ADMIN };
enum store_force { STORE_FORCE_NEVER = 0, STORE_FORCE_POLICY_ADMIN, STORE_FORCE_PUBLISHER };
enum store_policy_status { STORE_UPLOADED = 0, STORE_ACTIVE, STORE_SUPERSEDED };

struct store_workspace {
    char id[STORE_ID];
    char name[STORE_NAME]; /* "" for none, here and below */
    bool public_read;
    enum store_force allow_force;
    bool accept_undeclared;
    bool forbid_weaker;
    int64_t created_at;
};

struct store_api_key {
    char id[STORE_KEY_ID];
    char workspace_id[STORE_ID]; /* "" for an admin's key */
    char name[STORE_NAME];
    enum store_role role;
    int64_t created_at, last_used_at, expires_at, revoked_at;
};

struct store_signing_key {
    char key_id[STORE_KEY_ID];
    char public_key[STORE_HEX];
    char name[STORE_NAME];
    int64_t created_at, revoked_at;
};

struct store_policy {
    int64_t row; /* counts uploads of the whole installation */
    char workspace_id[STORE_ID];
    char policy_id[STORE_ID];
    char version[STORE_VERSION];
    char hash[STORE_HEX];
    char signing_public_key[STORE_HEX];
    char signing_key_id[STORE_KEY_ID]; /* of the registered key */
    bool bound;                        /* has binding.workspace_id */
    bool has_sequence;
    uint64_t sequence;
    enum store_policy_status status;
    int64_t uploaded_at, activated_at, updated_at, not_before, expires_at;
};

/* The highest that was ever active in a workspace. */
struct store_order {
    bool has_policy; /* policy_id, version and hash are set */
    bool has_sequence;
    uint64_t sequence;
    char policy_id[STORE_ID];
    char version[STORE_VERSION];
    char hash[STORE_HEX];
    bool bound_uploaded; /* an envelope with binding.workspace_id was ever uploaded, */
    bool bound_active;   /* was ever active */
    int64_t activated_at;
};

struct store_agent {
    int64_t row;
    char workspace_id[STORE_ID];
    char sekuire_id[STORE_HEX];
    char public_key[STORE_HEX];
    /* Borrowed: in a visitor until it returns; from a get, in its arena. data NULL where there is none. */
    struct sekuire_text name, version, model, description;
    struct sekuire_text findings; /* a JSON array */
    int64_t findings_total;       /* how many there were, where not all were kept; 0: they were */
    bool forced, compliant;
    int64_t published_at, updated_at, unlisted_at;
};

enum store_pin_kind { STORE_PIN_ID = 1, STORE_PIN_NAME };

struct store_audit {
    uint64_t seq;
    int64_t at;
    /* Borrowed likewise. workspace_id is empty in the installation's chain. */
    struct sekuire_text workspace_id, actor, action, target;
    struct sekuire_text detail; /* canonical JSON */
    char prev[STORE_HEX];
    char hash[STORE_HEX];
};

/* Visitors get one row after the other; what is not 0 ends the walk and is returned. `next` is what to hand in as `after` to go on
 * behind this row. */
typedef int store_visit_workspace(void *context, const struct store_workspace *row, const char *next);
typedef int store_visit_api_key(void *context, const struct store_api_key *row, const char *next);
typedef int store_visit_signing_key(void *context, const struct store_signing_key *row, const char *next);
typedef int store_visit_policy(void *context, const struct store_policy *row, const char *next);
typedef int store_visit_agent(void *context, const struct store_agent *row, const char *next);
typedef int store_visit_audit(void *context, const struct store_audit *row, const char *next);

struct store_page {
    struct sekuire_text after; /* empty: from the start */
    unsigned limit;            /* at most so many rows */
};

enum store_mode { STORE_READ, STORE_WRITE };

struct store;
struct store_session;

/* The operations of one kind of store. Callers use the inline functions below. */
struct store_ops {
    int (*begin)(struct store *store, enum store_mode mode, struct store_session **ret, struct sekuire_error *err);
    int (*commit)(struct store_session *session, struct sekuire_error *err);
    void (*rollback)(struct store_session *session);
    void (*close)(struct store *store);

    int (*workspace_add)(struct store_session *s, const struct store_workspace *row, struct sekuire_error *err);
    int (*workspace_get)(struct store_session *s, struct sekuire_text id, struct store_workspace *ret, struct sekuire_error *err);
    int (*workspace_set)(struct store_session *s, const struct store_workspace *row, struct sekuire_error *err);
    int (*workspace_each)(struct store_session *s, const struct store_page *page, store_visit_workspace *visit, void *context,
                          struct sekuire_error *err);

    /* key_hash is the hash of the key's text: the key itself is stored nowhere. */
    int (*api_key_add)(struct store_session *s, const struct store_api_key *row, const char *key_hash, struct sekuire_error *err);
    int (*api_key_by_hash)(struct store_session *s, const char *key_hash, struct store_api_key *ret, struct sekuire_error *err);
    /* workspace empty: the admins' keys, here and below. */
    int (*api_key_get)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text id, struct store_api_key *ret,
                       struct sekuire_error *err);
    int (*api_key_revoke)(struct store_session *s, const char *id, int64_t now, struct sekuire_error *err);
    int (*api_key_used)(struct store_session *s, const char *id, int64_t now, struct sekuire_error *err);
    int (*api_key_each)(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                        store_visit_api_key *visit, void *context, struct sekuire_error *err);

    int (*signing_key_add)(struct store_session *s, struct sekuire_text workspace, const struct store_signing_key *row,
                           struct sekuire_error *err);
    /* By public key (64 lower-case digits) or by key id. */
    int (*signing_key_get)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text key,
                           struct store_signing_key *ret, struct sekuire_error *err);
    int (*signing_key_revoke)(struct store_session *s, struct sekuire_text workspace, const char *key_id, int64_t now,
                              struct sekuire_error *err);
    int (*signing_key_each)(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                            store_visit_signing_key *visit, void *context, struct sekuire_error *err);
    /* Is or was this public key registered in a workspace other than this one? */
    int (*signing_key_elsewhere)(struct store_session *s, struct sekuire_text workspace, const char *public_key, bool *ret,
                                 struct sekuire_error *err);

    /* Sets row->row. */
    int (*policy_add)(struct store_session *s, struct store_policy *row, struct sekuire_text envelope, struct sekuire_error *err);
    int (*policy_get)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text policy_id,
                      struct sekuire_text version, struct store_policy *ret, struct sekuire_error *err);
    /* The active one, whether it may be served or not. */
    int (*policy_active)(struct store_session *s, struct sekuire_text workspace, struct store_policy *ret, struct sekuire_error *err);
    /* Appends the uploaded bytes. */
    int (*policy_envelope)(struct store_session *s, int64_t row, struct sek_buffer *out, struct sekuire_error *err);
    /* The active policy, if any, becomes superseded, this one active; one row is added to the history. */
    int (*policy_activate)(struct store_session *s, const struct store_policy *row, int64_t now, struct sekuire_error *err);
    int (*policy_order)(struct store_session *s, struct sekuire_text workspace, struct store_order *ret, struct sekuire_error *err);
    /* By upload; with a policy id, only its versions. */
    int (*policy_each)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text policy_id,
                       const struct store_page *page, store_visit_policy *visit, void *context, struct sekuire_error *err);
    /* By activation; activated_at is that of the activation. */
    int (*history_each)(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                        store_visit_policy *visit, void *context, struct sekuire_error *err);

    /* Adds or replaces the row of (workspace, id); published_at of an old one under the same key stays. */
    int (*agent_put)(struct store_session *s, const struct store_agent *row, struct sekuire_error *err);
    int (*agent_get)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text sekuire_id, struct sek_arena *arena,
                     struct store_agent *ret, struct sekuire_error *err);
    int (*agent_unlist)(struct store_session *s, struct sekuire_text workspace, struct sekuire_text sekuire_id, int64_t now,
                        struct sekuire_error *err);
    /* Listed ones of a workspace. */
    int (*agent_each)(struct store_session *s, struct sekuire_text workspace, const struct store_page *page, store_visit_agent *visit,
                      void *context, struct sekuire_error *err);
    /* Listed ones with this id in any workspace, or only in those with public read. */
    int (*agent_find)(struct store_session *s, struct sekuire_text sekuire_id, bool public_only, store_visit_agent *visit,
                      void *context, struct sekuire_error *err);
    int (*pin_get)(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                   char ret_public_key[STORE_HEX], struct sekuire_error *err);
    int (*pin_add)(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                   const char *public_key, struct sekuire_error *err);
    /* *ret_freed: there was one. */
    int (*pin_free)(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                    bool *ret_freed, struct sekuire_error *err);

    /* workspace empty: the installation's chain. An empty chain has seq 0 and 64 zeros. */
    int (*audit_head)(struct store_session *s, struct sekuire_text workspace, uint64_t *ret_seq, char ret_hash[STORE_HEX],
                      struct sekuire_error *err);
    int (*audit_add)(struct store_session *s, const struct store_audit *row, struct sekuire_error *err);
    int (*audit_each)(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                      store_visit_audit *visit, void *context, struct sekuire_error *err);
};

struct store { /* the head of each kind's own structure */
    const struct store_ops *ops;
};
struct store_session { /* likewise */
    const struct store_ops *ops;
};

/* Opens (and makes, or brings to the newest schema) the database in a file. A database of a newer program is error config. */
int store_sqlite_open(const char *path, struct store **ret, struct sekuire_error *err);

static inline void store_close(struct store *store) {
    if (store != NULL) store->ops->close(store);
}
static inline int store_begin(struct store *store, enum store_mode mode, struct store_session **ret, struct sekuire_error *err) {
    return store->ops->begin(store, mode, ret, err);
}
/* Ends the session whether it succeeds or not; a commit that failed changed nothing. */
static inline int store_commit(struct store_session *session, struct sekuire_error *err) {
    return session->ops->commit(session, err);
}
/* Ends the session without a change; NULL is fine. */
static inline void store_rollback(struct store_session *session) {
    if (session != NULL) session->ops->rollback(session);
}

/* The words of the interface ("policy-admin", "superseded"), and back: the zero value where there is no such word. */
const char *store_role_word(enum store_role role);
enum store_role store_role_from_word(struct sekuire_text word);
const char *store_force_word(enum store_force force);
bool store_force_from_word(struct sekuire_text word, enum store_force *ret);
const char *store_policy_status_word(enum store_policy_status status);

#endif
