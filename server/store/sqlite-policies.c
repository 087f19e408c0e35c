/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, their envelopes and their activations in SQLite. */
#include "server/store/sqlite.h"

#include "base/error.h"

#include <stdio.h>

#define POLICY_SELECT                                                                                                             \
    "SELECT p.row, p.workspace_id, p.policy_id, p.version, p.hash, p.signing_public_key, k.key_id, p.bound, p.sequence, p.status," \
    " p.uploaded_at, p.activated_at, p.updated_at, p.not_before, p.expires_at"
#define POLICY_FROM                                                                                                     \
    " FROM policy p JOIN signing_key k ON k.workspace_id = p.workspace_id AND k.public_key = p.signing_public_key"

/* The word of a status, back. */
static enum store_policy_status status_read(struct sekuire_text word) {
    for (int i = STORE_ACTIVE; i <= STORE_SUPERSEDED; i++)
        if (sek_text_is(word, store_policy_status_word((enum store_policy_status)i))) return (enum store_policy_status)i;
    return STORE_UPLOADED;
}

/* A row of POLICY_SELECT. */
static void policy_read(sqlite3_stmt *stmt, struct store_policy *ret) {
    ret->row = sqlite3_column_int64(stmt, 0);
    sqlite_string(stmt, 1, ret->workspace_id, sizeof ret->workspace_id);
    sqlite_string(stmt, 2, ret->policy_id, sizeof ret->policy_id);
    sqlite_string(stmt, 3, ret->version, sizeof ret->version);
    sqlite_string(stmt, 4, ret->hash, sizeof ret->hash);
    sqlite_string(stmt, 5, ret->signing_public_key, sizeof ret->signing_public_key);
    sqlite_string(stmt, 6, ret->signing_key_id, sizeof ret->signing_key_id);
    ret->bound = sqlite3_column_int(stmt, 7) != 0;
    ret->has_sequence = sqlite3_column_type(stmt, 8) != SQLITE_NULL;
    ret->sequence = (uint64_t)sqlite3_column_int64(stmt, 8);
    ret->status = status_read(sqlite_text(stmt, 9));
    ret->uploaded_at = sqlite3_column_int64(stmt, 10);
    ret->activated_at = sqlite_time(stmt, 11);
    ret->updated_at = sqlite3_column_int64(stmt, 12);
    ret->not_before = sqlite_time(stmt, 13);
    ret->expires_at = sqlite_time(stmt, 14);
}

int sqlite_policy_add(struct store_session *s, struct store_policy *row, struct sekuire_text envelope, struct sekuire_error *err) {
    int status = sqlite_run(s, NULL, err,
                            "INSERT INTO policy (workspace_id, policy_id, version, hash, signing_public_key, bound, sequence, status,"
                            " uploaded_at, activated_at, updated_at, not_before, expires_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                            "sssssinsininn", row->workspace_id, row->policy_id, row->version, row->hash, row->signing_public_key,
                            (int64_t)row->bound, row->has_sequence ? (int64_t)row->sequence : STORE_NEVER,
                            store_policy_status_word(row->status), row->uploaded_at, row->activated_at, row->updated_at,
                            row->not_before, row->expires_at);
    if (status != 0) return status;
    row->row = sqlite3_last_insert_rowid(((struct sqlite_session *)s)->db);
    return sqlite_run(s, NULL, err, "INSERT INTO policy_envelope (row, bytes) VALUES (?, ?)", "ib", row->row, envelope);
}

/* The one row of a started statement. */
static int policy_one(struct store_session *s, sqlite3_stmt *stmt, struct store_policy *ret, struct sekuire_error *err) {
    int status = sqlite_step(s, stmt, err);
    if (status > 0) policy_read(stmt, ret);
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such policy");
    return status < 0 ? status : 0;
}

int sqlite_policy_get(struct store_session *s, struct sekuire_text workspace, struct sekuire_text policy_id,
                      struct sekuire_text version, struct store_policy *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err,
                              POLICY_SELECT POLICY_FROM " WHERE p.workspace_id = ? AND p.policy_id = ? AND p.version = ?", "ttt",
                              workspace, policy_id, version);
    return status != 0 ? status : policy_one(s, stmt, ret, err);
}

int sqlite_policy_active(struct store_session *s, struct sekuire_text workspace, struct store_policy *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, POLICY_SELECT POLICY_FROM " WHERE p.workspace_id = ? AND p.status = 'active'", "t", workspace);
    return status != 0 ? status : policy_one(s, stmt, ret, err);
}

int sqlite_policy_envelope(struct store_session *s, int64_t row, struct sek_buffer *out, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT bytes FROM policy_envelope WHERE row = ?", "i", row);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) sek_buffer_append(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such envelope");
    return status < 0 ? status : sek_buffer_check(out, err);
}

int sqlite_policy_activate(struct store_session *s, const struct store_policy *row, int64_t now, struct sekuire_error *err) {
    int status = sqlite_run(s, NULL, err,
                            "UPDATE policy SET status = 'superseded', updated_at = ? WHERE workspace_id = ? AND status = 'active'", "is",
                            now, row->workspace_id);
    if (status == 0)
        status = sqlite_run(s, NULL, err, "UPDATE policy SET status = 'active', activated_at = ?1, updated_at = ?1 WHERE row = ?2", "ii",
                            now, row->row);
    if (status == 0)
        status = sqlite_run(s, NULL, err, "INSERT INTO activation (workspace_id, policy_row, at) VALUES (?, ?, ?)", "sii",
                            row->workspace_id, row->row, now);
    return status;
}

/* The policy of the newest activation, which is the highest. */
static int order_newest(struct store_session *s, struct sekuire_text workspace, struct store_order *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err,
                              "SELECT p.policy_id, p.version, p.hash, a.at FROM activation a JOIN policy p ON p.row = a.policy_row"
                              " WHERE a.workspace_id = ? ORDER BY a.row DESC LIMIT 1",
                              "t", workspace);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) {
        ret->has_policy = true;
        sqlite_string(stmt, 0, ret->policy_id, sizeof ret->policy_id);
        sqlite_string(stmt, 1, ret->version, sizeof ret->version);
        sqlite_string(stmt, 2, ret->hash, sizeof ret->hash);
        ret->activated_at = sqlite3_column_int64(stmt, 3);
    }
    sqlite_end(stmt);
    return status < 0 ? status : 0;
}

int sqlite_policy_order(struct store_session *s, struct sekuire_text workspace, struct store_order *ret, struct sekuire_error *err) {
    struct store_order order = {.activated_at = STORE_NEVER};
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err,
                              "SELECT max(CASE WHEN activated_at IS NOT NULL THEN sequence END), max(bound),"
                              " max(bound AND activated_at IS NOT NULL) FROM policy WHERE workspace_id = ?",
                              "t", workspace);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) {
        order.has_sequence = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
        order.sequence = (uint64_t)sqlite3_column_int64(stmt, 0);
        order.bound_uploaded = sqlite3_column_int(stmt, 1) != 0;
        order.bound_active = sqlite3_column_int(stmt, 2) != 0;
    }
    sqlite_end(stmt);
    if (status >= 0) status = order_newest(s, workspace, &order, err);
    if (status < 0) return status;
    *ret = order;
    return 0;
}

/* Walks a started statement whose column 15 is what `next` is made of; column 11 is the time of activation. */
static int walk(struct store_session *s, sqlite3_stmt *stmt, store_visit_policy *visit, void *context, struct sekuire_error *err) {
    int status = 0;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_policy row;
        char next[24];
        policy_read(stmt, &row);
        snprintf(next, sizeof next, "%lld", sqlite3_column_int64(stmt, 15));
        status = visit(context, &row, next);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}

int sqlite_policy_each(struct store_session *s, struct sekuire_text workspace, struct sekuire_text policy_id,
                       const struct store_page *page, store_visit_policy *visit, void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              POLICY_SELECT ", p.row" POLICY_FROM
                                            " WHERE p.workspace_id = ?1 AND p.row > ?2 AND (?3 IS NULL OR p.policy_id = ?3)"
                                            " ORDER BY p.row LIMIT ?4",
                              "titi", workspace, after, policy_id, (int64_t)page->limit);
    return status != 0 ? status : walk(s, stmt, visit, context, err);
}

int sqlite_history_each(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                        store_visit_policy *visit, void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              "SELECT p.row, p.workspace_id, p.policy_id, p.version, p.hash, p.signing_public_key, k.key_id, p.bound,"
                              " p.sequence, p.status, p.uploaded_at, a.at, p.updated_at, p.not_before, p.expires_at, a.row"
                              " FROM activation a JOIN policy p ON p.row = a.policy_row JOIN signing_key k"
                              " ON k.workspace_id = p.workspace_id AND k.public_key = p.signing_public_key"
                              " WHERE a.workspace_id = ? AND a.row > ? ORDER BY a.row LIMIT ?",
                              "tii", workspace, after, (int64_t)page->limit);
    return status != 0 ? status : walk(s, stmt, visit, context, err);
}
