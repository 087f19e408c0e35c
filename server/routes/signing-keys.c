/* SPDX-License-Identifier: Apache-2.0 */
/* /workspaces/W/signing-keys */
#include "server/routes/routes.h"

#include "base/hex.h"
#include "crypto/blake3.h"
#include "crypto/ed25519.h"

#include <stdio.h>

/* One key as cli.md has it. */
static void write_key(struct sek_writer *writer, const struct store_signing_key *row) {
    sek_write_object(writer);
    sek_write_member(writer, "key_id", row->key_id);
    sek_write_member(writer, "public_key", row->public_key);
    write_optional(writer, "name", row->name);
    write_time_member(writer, "created_at", row->created_at);
    write_time_member(writer, "revoked_at", row->revoked_at);
    sek_write_object_end(writer);
}

/* Reads the body of a POST into a row. */
static int read_key(struct exchange *x, struct store_signing_key *row, struct sekuire_error *err) {
    const struct sek_node *body = NULL;
    struct sekuire_text text;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    char hash[SEK_HASH_TEXT];
    int status = exchange_body(x, "public_key name", &body, err);
    if (status == 0) status = member_string(body, "public_key", true, &text, err);
    if (status == 0) status = member_name(body, "name", row->name, err);
    if (status != 0) return status;
    if (!sek_hex_decode(key, sizeof key, text) || !sek_ed25519_public_key_valid(key)) {
        x->http_status = 400;
        return sek_fail_node(err, SEKUIRE_ERR_KEY_INVALID, sek_node_get(body, "public_key"),
                             "public_key must be the 64 hex digits of an Ed25519 key");
    }
    sek_hex_encode(row->public_key, key, sizeof key);
    sek_blake3_hex(hash, key, sizeof key);
    snprintf(row->key_id, sizeof row->key_id, "key_%.16s", hash);
    return 0;
}

/* The audit row of a change. */
static int audit_key(struct exchange *x, struct store_session *session, const char *action, const struct store_signing_key *row,
                     struct sekuire_error *err) {
    struct sek_buffer detail;
    struct sek_writer writer;
    sek_buffer_init(&detail, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &detail, false);
    sek_write_object(&writer);
    sek_write_member(&writer, "public_key", row->public_key);
    write_optional(&writer, "name", row->name);
    sek_write_object_end(&writer);
    int status = exchange_audit(x, session, action, sek_text(row->key_id), &detail, err);
    sek_buffer_clear(&detail);
    return status;
}

int route_signing_key_add(struct exchange *x, struct sekuire_error *err) {
    struct store_signing_key row = {.created_at = x->now, .revoked_at = STORE_NEVER};
    struct store_session *session = NULL;
    struct sek_writer writer;
    int status = read_key(x, &row, err);
    if (status == 0) status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    status = session->ops->signing_key_add(session, x->workspace, &row, err);
    if (status == SEKUIRE_ERR_EXISTS)
        sek_fail(err, status, "the key %s is registered in this workspace already; a revoked key stays revoked", row.key_id);
    if (status == 0) status = audit_key(x, session, "signing_key.add", &row, err);
    if (status == 0) {
        status = store_commit(session, err);
        session = NULL;
    }
    store_rollback(session);
    if (status != 0) return status;
    exchange_answer(x, 201, &writer);
    write_key(&writer, &row);
    return 0;
}

/* One row of the list. */
static int visit(void *context, const struct store_signing_key *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) write_key(&list->writer, row);
    return 0;
}

int route_signing_key_list(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->signing_key_each(list.session, x->workspace, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

int route_signing_key_revoke(struct exchange *x, struct sekuire_error *err) {
    struct store_signing_key row;
    struct store_session *session = NULL;
    char workspace[STORE_ID];
    snprintf(workspace, sizeof workspace, "%.*s", SEK_TEXT_ARGS(x->workspace));
    int status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    status = session->ops->signing_key_get(session, x->workspace, x->arguments[0], &row, err);
    if (status == 0 && row.revoked_at == STORE_NEVER) {
        status = session->ops->signing_key_revoke(session, x->workspace, row.key_id, x->now, err);
        if (status == 0) status = audit_key(x, session, "signing_key.revoke", &row, err);
        if (status == 0) {
            status = store_commit(session, err);
            session = NULL;
        }
        if (status == 0) active_cache_refresh(x->server->active, workspace);
    }
    store_rollback(session);
    if (status == 0) exchange_answer_empty(x, 204);
    return status;
}

int signing_key_usable(struct store_session *session, struct sekuire_text workspace, const char *public_key,
                       struct store_signing_key *ret, struct sekuire_error *err) {
    int status = session->ops->signing_key_get(session, workspace, sek_text(public_key), ret, err);
    if (status == SEKUIRE_ERR_NOT_FOUND)
        return sek_fail(err, SEKUIRE_ERR_KEY_NOT_PINNED, "the key %s is not registered in this workspace", public_key);
    if (status == 0 && ret->revoked_at != STORE_NEVER)
        return sek_fail(err, SEKUIRE_ERR_KEY_NOT_PINNED, "the key %s (%s) is revoked", ret->key_id, public_key);
    return status;
}
