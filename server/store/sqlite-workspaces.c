/* SPDX-License-Identifier: Apache-2.0 */
/* Workspaces, API keys and signing keys in SQLite. */
#include "server/store/sqlite.h"

#include "base/error.h"

#include <stdio.h>

#define WORKSPACE_COLUMNS "id, name, public_read, allow_force, accept_undeclared, forbid_weaker, created_at"
#define API_KEY_COLUMNS "id, workspace_id, name, role, created_at, last_used_at, expires_at, revoked_at, row"
#define SIGNING_KEY_COLUMNS "key_id, public_key, name, created_at, revoked_at, row"

/* A row of WORKSPACE_COLUMNS. */
static void workspace_read(sqlite3_stmt *stmt, struct store_workspace *ret) {
    sqlite_string(stmt, 0, ret->id, sizeof ret->id);
    sqlite_string(stmt, 1, ret->name, sizeof ret->name);
    ret->public_read = sqlite3_column_int(stmt, 2) != 0;
    if (!store_force_from_word(sqlite_text(stmt, 3), &ret->allow_force)) ret->allow_force = STORE_FORCE_NEVER;
    ret->accept_undeclared = sqlite3_column_int(stmt, 4) != 0;
    ret->forbid_weaker = sqlite3_column_int(stmt, 5) != 0;
    ret->created_at = sqlite3_column_int64(stmt, 6);
}

int sqlite_workspace_add(struct store_session *s, const struct store_workspace *row, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err, "INSERT INTO workspace (" WORKSPACE_COLUMNS ") VALUES (?,?,?,?,?,?,?)", "sSisiii", row->id, row->name,
                      (int64_t)row->public_read, store_force_word(row->allow_force), (int64_t)row->accept_undeclared,
                      (int64_t)row->forbid_weaker, row->created_at);
}

int sqlite_workspace_get(struct store_session *s, struct sekuire_text id, struct store_workspace *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT " WORKSPACE_COLUMNS " FROM workspace WHERE id = ?", "t", id);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) workspace_read(stmt, ret);
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such workspace");
    return status < 0 ? status : 0;
}

int sqlite_workspace_set(struct store_session *s, const struct store_workspace *row, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "UPDATE workspace SET name = ?, public_read = ?, allow_force = ?, accept_undeclared = ?, forbid_weaker = ?"
                      " WHERE id = ?",
                      "Sisiis", row->name, (int64_t)row->public_read, store_force_word(row->allow_force),
                      (int64_t)row->accept_undeclared, (int64_t)row->forbid_weaker, row->id);
}

int sqlite_workspace_each(struct store_session *s, const struct store_page *page, store_visit_workspace *visit, void *context,
                          struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    struct sekuire_text after = page->after.size == 0 ? SEK_TEXT("") : page->after;
    int status = sqlite_start(s, &stmt, err, "SELECT " WORKSPACE_COLUMNS " FROM workspace WHERE id > ? ORDER BY id LIMIT ?", "ti", after,
                              (int64_t)page->limit);
    if (status != 0) return status;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_workspace row;
        workspace_read(stmt, &row);
        status = visit(context, &row, row.id);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}

/* A row of API_KEY_COLUMNS. */
static void api_key_read(sqlite3_stmt *stmt, struct store_api_key *ret) {
    sqlite_string(stmt, 0, ret->id, sizeof ret->id);
    sqlite_string(stmt, 1, ret->workspace_id, sizeof ret->workspace_id);
    sqlite_string(stmt, 2, ret->name, sizeof ret->name);
    ret->role = store_role_from_word(sqlite_text(stmt, 3));
    ret->created_at = sqlite3_column_int64(stmt, 4);
    ret->last_used_at = sqlite_time(stmt, 5);
    ret->expires_at = sqlite_time(stmt, 6);
    ret->revoked_at = sqlite_time(stmt, 7);
}

int sqlite_api_key_add(struct store_session *s, const struct store_api_key *row, const char *key_hash, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "INSERT INTO api_key (id, key_hash, workspace_id, name, role, created_at, last_used_at, expires_at, revoked_at)"
                      " VALUES (?,?,?,?,?,?,?,?,?)",
                      "ssSSsinnn", row->id, key_hash, row->workspace_id, row->name, store_role_word(row->role), row->created_at,
                      row->last_used_at, row->expires_at, row->revoked_at);
}

/* The one row of a started statement. */
static int api_key_one(struct store_session *s, sqlite3_stmt *stmt, struct store_api_key *ret, struct sekuire_error *err) {
    int status = sqlite_step(s, stmt, err);
    if (status > 0) api_key_read(stmt, ret);
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such API key");
    return status < 0 ? status : 0;
}

int sqlite_api_key_by_hash(struct store_session *s, const char *key_hash, struct store_api_key *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT " API_KEY_COLUMNS " FROM api_key WHERE key_hash = ?", "s", key_hash);
    return status != 0 ? status : api_key_one(s, stmt, ret, err);
}

int sqlite_api_key_get(struct store_session *s, struct sekuire_text workspace, struct sekuire_text id, struct store_api_key *ret,
                       struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT " API_KEY_COLUMNS " FROM api_key WHERE id = ? AND coalesce(workspace_id, '') = ?",
                              "tt", id, workspace.size == 0 ? SEK_TEXT("") : workspace);
    return status != 0 ? status : api_key_one(s, stmt, ret, err);
}

int sqlite_api_key_revoke(struct store_session *s, const char *id, int64_t now, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err, "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", "is", now, id);
}

int sqlite_api_key_used(struct store_session *s, const char *id, int64_t now, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err, "UPDATE api_key SET last_used_at = ? WHERE id = ?", "is", now, id);
}

int sqlite_api_key_each(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                        store_visit_api_key *visit, void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              "SELECT " API_KEY_COLUMNS " FROM api_key WHERE workspace_id IS nullif(?, '') AND row > ? ORDER BY row LIMIT ?",
                              "tii", workspace.size == 0 ? SEK_TEXT("") : workspace, after, (int64_t)page->limit);
    if (status != 0) return status;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_api_key row;
        char next[24];
        api_key_read(stmt, &row);
        snprintf(next, sizeof next, "%lld", sqlite3_column_int64(stmt, 8));
        status = visit(context, &row, next);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}

/* A row of SIGNING_KEY_COLUMNS. */
static void signing_key_read(sqlite3_stmt *stmt, struct store_signing_key *ret) {
    sqlite_string(stmt, 0, ret->key_id, sizeof ret->key_id);
    sqlite_string(stmt, 1, ret->public_key, sizeof ret->public_key);
    sqlite_string(stmt, 2, ret->name, sizeof ret->name);
    ret->created_at = sqlite3_column_int64(stmt, 3);
    ret->revoked_at = sqlite_time(stmt, 4);
}

int sqlite_signing_key_add(struct store_session *s, struct sekuire_text workspace, const struct store_signing_key *row,
                           struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "INSERT INTO signing_key (workspace_id, key_id, public_key, name, created_at, revoked_at) VALUES (?,?,?,?,?,?)",
                      "tssSin", workspace, row->key_id, row->public_key, row->name, row->created_at, row->revoked_at);
}

int sqlite_signing_key_get(struct store_session *s, struct sekuire_text workspace, struct sekuire_text key,
                           struct store_signing_key *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err,
                              "SELECT " SIGNING_KEY_COLUMNS " FROM signing_key WHERE workspace_id = ?1 AND (public_key = ?2 OR key_id = ?2)",
                              "tt", workspace, key);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) signing_key_read(stmt, ret);
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such signing key");
    return status < 0 ? status : 0;
}

int sqlite_signing_key_revoke(struct store_session *s, struct sekuire_text workspace, const char *key_id, int64_t now,
                              struct sekuire_error *err) {
    return sqlite_run(s, NULL, err, "UPDATE signing_key SET revoked_at = ? WHERE workspace_id = ? AND key_id = ? AND revoked_at IS NULL",
                      "its", now, workspace, key_id);
}

int sqlite_signing_key_each(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                            store_visit_signing_key *visit, void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              "SELECT " SIGNING_KEY_COLUMNS " FROM signing_key WHERE workspace_id = ? AND row > ? ORDER BY row LIMIT ?", "tii",
                              workspace, after, (int64_t)page->limit);
    if (status != 0) return status;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_signing_key row;
        char next[24];
        signing_key_read(stmt, &row);
        snprintf(next, sizeof next, "%lld", sqlite3_column_int64(stmt, 5));
        status = visit(context, &row, next);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}

int sqlite_signing_key_elsewhere(struct store_session *s, struct sekuire_text workspace, const char *public_key, bool *ret,
                                 struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT 1 FROM signing_key WHERE public_key = ? AND workspace_id <> ? LIMIT 1", "st",
                              public_key, workspace);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    sqlite_end(stmt);
    if (status < 0) return status;
    *ret = status > 0;
    return 0;
}
