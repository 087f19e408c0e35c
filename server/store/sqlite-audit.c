/* SPDX-License-Identifier: Apache-2.0 */
/* Audit rows in SQLite. */
#include "server/store/sqlite.h"

#include "base/error.h"

#include <stdio.h>

/* The chain's key: the empty text is the installation's. */
static struct sekuire_text chain(struct sekuire_text workspace) { return workspace.size == 0 ? SEK_TEXT("") : workspace; }

int sqlite_audit_head(struct store_session *s, struct sekuire_text workspace, uint64_t *ret_seq, char *ret_hash,
                      struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int status = sqlite_start(s, &stmt, err, "SELECT seq, hash FROM audit WHERE workspace_id = ? ORDER BY seq DESC LIMIT 1", "t",
                              chain(workspace));
    if (status != 0) return status;
    status = sqlite_step(s, stmt, err);
    if (status > 0) {
        *ret_seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        sqlite_string(stmt, 1, ret_hash, STORE_HEX);
    } else if (status == 0) {
        *ret_seq = 0;
        memset(ret_hash, '0', STORE_HEX - 1);
        ret_hash[STORE_HEX - 1] = '\0';
    }
    sqlite_end(stmt);
    return status < 0 ? status : 0;
}

int sqlite_audit_add(struct store_session *s, const struct store_audit *row, struct sekuire_error *err) {
    return sqlite_run(s, NULL, err,
                      "INSERT INTO audit (workspace_id, seq, at, actor, action, target, detail, prev, hash) VALUES (?,?,?,?,?,?,?,?,?)",
                      "tiittttss", chain(row->workspace_id), (int64_t)row->seq, row->at, row->actor, row->action, row->target,
                      row->detail, row->prev, row->hash);
}

int sqlite_audit_each(struct store_session *s, struct sekuire_text workspace, const struct store_page *page,
                      store_visit_audit *visit, void *context, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    int64_t after = 0;
    int status = sqlite_after(page, &after, err);
    if (status == 0)
        status = sqlite_start(s, &stmt, err,
                              "SELECT workspace_id, seq, at, actor, action, target, detail, prev, hash FROM audit"
                              " WHERE workspace_id = ? AND seq > ? ORDER BY seq LIMIT ?",
                              "tii", chain(workspace), after, (int64_t)page->limit);
    if (status != 0) return status;
    while ((status = sqlite_step(s, stmt, err)) > 0) {
        struct store_audit row = {.workspace_id = sqlite_text(stmt, 0),
                                  .seq = (uint64_t)sqlite3_column_int64(stmt, 1),
                                  .at = sqlite3_column_int64(stmt, 2),
                                  .actor = sqlite_text(stmt, 3),
                                  .action = sqlite_text(stmt, 4),
                                  .target = sqlite_text(stmt, 5),
                                  .detail = sqlite_text(stmt, 6)};
        char next[24];
        sqlite_string(stmt, 7, row.prev, sizeof row.prev);
        sqlite_string(stmt, 8, row.hash, sizeof row.hash);
        snprintf(next, sizeof next, "%llu", (unsigned long long)row.seq);
        status = visit(context, &row, next);
        if (status != 0) break;
    }
    sqlite_end(stmt);
    return status;
}
