/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the SQLite store: connections, sessions, statements. */
#ifndef SEKUIRED_STORE_SQLITE_H
#define SEKUIRED_STORE_SQLITE_H

#include "server/store/store.h"

#include "base/text.h"

#include <sqlite3.h>

extern const char *const sqlite_migrations[];
extern const int sqlite_schema_version;

enum { SQLITE_STATEMENTS = 64 };

/* One connection; while a session has it, it is that session's thread's alone. */
struct sqlite_session {
    struct store_session head;
    struct sqlite_store *store;
    enum store_mode mode;
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *stmt;
    } statements[SQLITE_STATEMENTS];
    size_t statement_count;
    struct sqlite_session *next; /* in the store's list of free readers */
};

/* The connection's error as a status: exists for a broken UNIQUE, no_space, memory, else io. */
int sqlite_fail(struct sqlite_session *session, struct sekuire_error *err);
/* A statement, prepared once per connection; sql is a literal, told apart by its address. Arguments follow a format of one letter
 * each: s string, S string where "" is NULL, t text, i int64_t, n int64_t where STORE_NEVER is NULL, b text as a blob. Borrowed
 * until sqlite_end. */
int sqlite_start(struct store_session *session, sqlite3_stmt **ret, struct sekuire_error *err, const char *sql, const char *format,
                 ...);
/* The next row: 1; 0 at the end; or a negative status. */
int sqlite_step(struct store_session *session, sqlite3_stmt *stmt, struct sekuire_error *err);
/* Resets it for its next use. */
void sqlite_end(sqlite3_stmt *stmt);
/* Runs a statement without rows: 0 and the number of changed rows in *changed (may be NULL). */
int sqlite_run(struct store_session *session, int *changed, struct sekuire_error *err, const char *sql, const char *format, ...);

/* Columns. */
void sqlite_string(sqlite3_stmt *stmt, int column, char *out, size_t capacity); /* NULL: "" */
struct sekuire_text sqlite_text(sqlite3_stmt *stmt, int column);               /* until the next step */
int64_t sqlite_time(sqlite3_stmt *stmt, int column);                           /* NULL: STORE_NEVER */
/* `after` of a page as a row number, 0 from the start; error type if it is none. */
int sqlite_after(const struct store_page *page, int64_t *ret, struct sekuire_error *err);

/* The operations, by file. */
int sqlite_workspace_add(struct store_session *, const struct store_workspace *, struct sekuire_error *);
int sqlite_workspace_get(struct store_session *, struct sekuire_text, struct store_workspace *, struct sekuire_error *);
int sqlite_workspace_set(struct store_session *, const struct store_workspace *, struct sekuire_error *);
int sqlite_workspace_each(struct store_session *, const struct store_page *, store_visit_workspace *, void *, struct sekuire_error *);
int sqlite_api_key_add(struct store_session *, const struct store_api_key *, const char *, struct sekuire_error *);
int sqlite_api_key_by_hash(struct store_session *, const char *, struct store_api_key *, struct sekuire_error *);
int sqlite_api_key_get(struct store_session *, struct sekuire_text, struct sekuire_text, struct store_api_key *, struct sekuire_error *);
int sqlite_api_key_revoke(struct store_session *, const char *, int64_t, struct sekuire_error *);
int sqlite_api_key_used(struct store_session *, const char *, int64_t, struct sekuire_error *);
int sqlite_api_key_each(struct store_session *, struct sekuire_text, const struct store_page *, store_visit_api_key *, void *,
                        struct sekuire_error *);
int sqlite_signing_key_add(struct store_session *, struct sekuire_text, const struct store_signing_key *, struct sekuire_error *);
int sqlite_signing_key_get(struct store_session *, struct sekuire_text, struct sekuire_text, struct store_signing_key *,
                           struct sekuire_error *);
int sqlite_signing_key_revoke(struct store_session *, struct sekuire_text, const char *, int64_t, struct sekuire_error *);
int sqlite_signing_key_each(struct store_session *, struct sekuire_text, const struct store_page *, store_visit_signing_key *, void *,
                            struct sekuire_error *);
int sqlite_signing_key_elsewhere(struct store_session *, struct sekuire_text, const char *, bool *, struct sekuire_error *);
int sqlite_policy_add(struct store_session *, struct store_policy *, struct sekuire_text, struct sekuire_error *);
int sqlite_policy_get(struct store_session *, struct sekuire_text, struct sekuire_text, struct sekuire_text, struct store_policy *,
                      struct sekuire_error *);
int sqlite_policy_active(struct store_session *, struct sekuire_text, struct store_policy *, struct sekuire_error *);
int sqlite_policy_envelope(struct store_session *, int64_t, struct sek_buffer *, struct sekuire_error *);
int sqlite_policy_activate(struct store_session *, const struct store_policy *, int64_t, struct sekuire_error *);
int sqlite_policy_order(struct store_session *, struct sekuire_text, struct store_order *, struct sekuire_error *);
int sqlite_policy_each(struct store_session *, struct sekuire_text, struct sekuire_text, const struct store_page *,
                       store_visit_policy *, void *, struct sekuire_error *);
int sqlite_history_each(struct store_session *, struct sekuire_text, const struct store_page *, store_visit_policy *, void *,
                        struct sekuire_error *);
int sqlite_agent_put(struct store_session *, const struct store_agent *, struct sekuire_error *);
int sqlite_agent_get(struct store_session *, struct sekuire_text, struct sekuire_text, struct sek_arena *, struct store_agent *,
                     struct sekuire_error *);
int sqlite_agent_unlist(struct store_session *, struct sekuire_text, struct sekuire_text, int64_t, struct sekuire_error *);
int sqlite_agent_each(struct store_session *, struct sekuire_text, const struct store_page *, store_visit_agent *, void *,
                      struct sekuire_error *);
int sqlite_agent_find(struct store_session *, struct sekuire_text, bool, store_visit_agent *, void *, struct sekuire_error *);
int sqlite_pin_get(struct store_session *, struct sekuire_text, enum store_pin_kind, struct sekuire_text, char *,
                   struct sekuire_error *);
int sqlite_pin_add(struct store_session *, struct sekuire_text, enum store_pin_kind, struct sekuire_text, const char *,
                   struct sekuire_error *);
int sqlite_pin_free(struct store_session *, struct sekuire_text, enum store_pin_kind, struct sekuire_text, bool *,
                    struct sekuire_error *);
int sqlite_audit_head(struct store_session *, struct sekuire_text, uint64_t *, char *, struct sekuire_error *);
int sqlite_audit_add(struct store_session *, const struct store_audit *, struct sekuire_error *);
int sqlite_audit_each(struct store_session *, struct sekuire_text, const struct store_page *, store_visit_audit *, void *,
                      struct sekuire_error *);

#endif
