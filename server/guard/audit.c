/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chains. */
#include "server/guard/guard.h"

#include "base/error.h"
#include "crypto/blake3.h"
#include "tree/json.h"
#include "tree/write.h"

void guard_audit_write(struct sek_writer *writer, const struct store_audit *row, bool with_hash) {
    sek_write_object(writer);
    sek_write_key(writer, "action");
    sek_write_text(writer, row->action);
    sek_write_key(writer, "actor");
    sek_write_text(writer, row->actor);
    sek_write_key(writer, "at");
    sek_write_time(writer, row->at);
    sek_write_key(writer, "detail");
    sek_write_raw(writer, row->detail);
    if (with_hash) sek_write_member(writer, "hash", row->hash);
    sek_write_member(writer, "prev", row->prev);
    sek_write_member_u64(writer, "seq", row->seq);
    sek_write_key(writer, "target");
    sek_write_text(writer, row->target);
    sek_write_key(writer, "workspace_id");
    if (row->workspace_id.size == 0)
        sek_write_null(writer);
    else
        sek_write_text(writer, row->workspace_id);
    sek_write_object_end(writer);
}

/* Hashes the canonical form of a row. */
static int row_hash(struct store_audit *row, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_buffer bytes;
    struct sek_writer writer;
    const struct sek_node *tree = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &bytes, false);
    guard_audit_write(&writer, row, false);
    int status = sek_buffer_check(&bytes, err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&bytes), &tree, err);
    if (status == 0) status = sek_canonical_hash(row->hash, tree, err);
    sek_buffer_clear(&bytes);
    sek_arena_clear(&arena);
    return status;
}

int guard_audit(struct store_session *session, struct sekuire_text workspace, const char *actor, const char *action,
                struct sekuire_text target, struct sekuire_text detail, int64_t now, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_buffer canonical;
    const struct sek_node *tree = NULL;
    struct store_audit row = {.at = now,
                              .workspace_id = workspace,
                              .actor = sek_text(actor),
                              .action = sek_text(action),
                              .target = target};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&canonical, SEK_LIMIT_JSON_BYTES);
    int status = sek_json_parse(&arena, detail.size == 0 ? SEK_TEXT("{}") : detail, &tree, err);
    if (status != 0) goto out;
    sek_canonical_write(&canonical, tree);
    status = sek_buffer_check(&canonical, err);
    if (status != 0) goto out;
    row.detail = sek_buffer_view(&canonical);
    status = session->ops->audit_head(session, workspace, &row.seq, row.prev, err);
    if (status != 0) goto out;
    row.seq++;
    status = row_hash(&row, err);
    if (status == 0) status = session->ops->audit_add(session, &row, err);
out:
    sek_buffer_clear(&canonical);
    sek_arena_clear(&arena);
    return status;
}
