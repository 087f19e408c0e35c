/* SPDX-License-Identifier: Apache-2.0 */
/* Agents and pinned agent keys in SQLite. */
#include "server/store/sqlite.h"

#include "base/error.h"

#include <stdio.h>

#define AGENT_COLUMNS                                                                                                        \
    "a.row, a.workspace_id, a.sekuire_id, a.public_key, a.name, a.version, a.model, a.description, a.findings, a.forced,"     \
    " a.compliant, a.published_at, a.updated_at, a.unlisted_at, a.findings_total"

/* A row of AGENT_COLUMNS; its texts are the statement's. */
static void agent_read(sqlite3_stmt *stmt, struct store_agent *ret) {
    ret->row = sqlite3_column_int64(stmt, 0);
    sqlite_string(stmt, 1, ret->workspace_id, sizeof ret->workspace_id);
    sqlite_string(stmt, 2, ret->sekuire_id, sizeof ret->sekuire_id);
    sqlite_string(stmt, 3, ret->public_key, sizeof ret->public_key);
    ret->name = sqlite_text(stmt, 4);
    ret->version = sqlite_text(stmt, 5);
    ret->model = sqlite_text(stmt, 6);
    ret->description = sqlite_text(stmt, 7);
    ret->findings = sqlite_text(stmt, 8);
    ret->forced = sqlite3_column_int(stmt, 9) != 0;
    ret->compliant = sqlite3_column_int(stmt, 10) != 0;
    ret->published_at = sqlite3_column_int64(stmt, 11);
    ret->updated_at = sqlite3_column_int64(stmt, 12);
    ret->unlisted_at = sqlite_time(stmt, 13);
    ret->findings_total = sqlite3_column_int64(stmt, 14);
}

int sqlite_agent_put(struct store_session *s, const struct store_agent *row, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "INSERT INTO agent (workspace_id, sekuire_id, public_key, name, version, model, description, findings, forced,"
                      " compliant, published_at, updated_at, unlisted_at, findings_total) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                      " ON CONFLICT (workspace_id, sekuire_id) DO UPDATE SET public_key = excluded.public_key, name = excluded.name,"
                      " version = excluded.version, model = excluded.model, description = excluded.description,"
                      " findings = excluded.findings, forced = excluded.forced, compliant = excluded.compliant,"
                      " published_at = CASE WHEN public_key = excluded.public_key THEN published_at ELSE excluded.published_at END,"
                      " updated_at = excluded.updated_at, unlisted_at = excluded.unlisted_at, findings_total = excluded.findings_total",
                      "ssstttttiiiini", row->workspace_id, row->sekuire_id, row->public_key, row->name, row->version, row->model,
                      row->description, row->findings, (int64_t)row->forced, (int64_t)row->compliant, row->published_at,
                      row->updated_at, row->unlisted_at, row->findings_total);
}

/* Copies one text into an arena; false without memory. */
static bool keep(struct sek_arena *arena, struct sekuire_text *text) {
    if (text->data == NULL) return true;
    char *copy = sek_arena_copy(arena, *text);
    if (copy == NULL) return false;
    text->data = copy;
    return true;
}

int sqlite_agent_get(struct store_session *s, struct sekuire_text workspace, struct sekuire_text sekuire_id, struct sek_arena *arena,
                     struct store_agent *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    struct store_agent row;
    int status = sqlite_start(s, &stmt, err, "SELECT " AGENT_COLUMNS " FROM agent a WHERE a.workspace_id = ? AND a.sekuire_id = ?", "tt",
                              workspace, sekuire_id);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) {
        agent_read(stmt, &row);
        bool kept = keep(arena, &row.name) && keep(arena, &row.version) && keep(arena, &row.model) && keep(arena, &row.description) &&
                    keep(arena, &row.findings);
        if (!kept) status = sek_fail_memory(err);
    } else if (status == 0) {
        status = sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such agent");
    }
    sqlite_end(stmt);
    if (status < 0) return status;
    *ret = row;
    return 0;
}

int sqlite_agent_unlist(struct store_session *s, struct sekuire_text workspace, struct sekuire_text sekuire_id, int64_t now,
                        struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "UPDATE agent SET unlisted_at = ?1, updated_at = ?1 WHERE workspace_id = ?2 AND sekuire_id = ?3"
                      " AND unlisted_at IS NULL",
                      "itt", now, workspace, sekuire_id);
}

/* Walks a started statement. */
static int walk(struct store_session *s, sqlite3_stmt *stmt, store_visit_agent *visit, void *context, struct sekuire_error *err) {
    int status = 0;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_agent row;
        char next[24];
        agent_read(stmt, &row);
        snprintf(next, sizeof next, "%lld", (long long)row.row);
        status = visit(context, &row, next);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}

int sqlite_agent_each(struct store_session *s, struct sekuire_text workspace, const struct store_page *page, store_visit_agent *visit,
                      void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              "SELECT " AGENT_COLUMNS " FROM agent a WHERE a.workspace_id = ? AND a.unlisted_at IS NULL AND a.row > ?"
                              " ORDER BY a.row LIMIT ?",
                              "tii", workspace, after, (int64_t)page->limit);
    return status != 0 ? status : walk(s, stmt, visit, context, err);
}

int sqlite_agent_find(struct store_session *s, struct sekuire_text sekuire_id, bool public_only, store_visit_agent *visit,
                      void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err,
                              "SELECT " AGENT_COLUMNS " FROM agent a JOIN workspace w ON w.id = a.workspace_id"
                              " WHERE a.sekuire_id = ? AND a.unlisted_at IS NULL AND (w.public_read OR NOT ?) ORDER BY a.row",
                              "ti", sekuire_id, (int64_t)public_only);
    return status != 0 ? status : walk(s, stmt, visit, context, err);
}

/* The column's word for a kind of pin. */
static const char *kind_word(enum store_pin_kind kind) { return kind == STORE_PIN_ID ? "id" : "name"; }

int sqlite_pin_get(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                   char *ret_public_key, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT public_key FROM pin WHERE workspace_id = ? AND kind = ? AND value = ?", "tst",
                              workspace, kind_word(kind), value);
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) sqlite_string(stmt, 0, ret_public_key, STORE_HEX);
    sqlite_end(stmt);
    if (status == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "no such pin");
    return status < 0 ? status : 0;
}

int sqlite_pin_add(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                   const char *public_key, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err, "INSERT INTO pin (workspace_id, kind, value, public_key) VALUES (?, ?, ?, ?)", "tsts", workspace,
                      kind_word(kind), value, public_key);
}

int sqlite_pin_free(struct store_session *s, struct sekuire_text workspace, enum store_pin_kind kind, struct sekuire_text value,
                    bool *ret_freed, struct sekuire_error *err) {
    int changed = 0;
    int status = sqlite_run(s, &changed, err, "DELETE FROM pin WHERE workspace_id = ? AND kind = ? AND value = ?", "tst", workspace,
                            kind_word(kind), value);
    if (status == 0) *ret_freed = changed > 0;
    return status;
}
