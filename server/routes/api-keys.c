/* SPDX-License-Identifier: Apache-2.0 */
/* /workspaces/W/api-keys */
#include "server/routes/routes.h"

#include "base/time-text.h"
#include "crypto/ed25519.h"

#include <stdio.h>

enum { ANSWER_BYTES = 4096 };

/* One key as cli.md has it; api_key NULL but in the answer to POST. */
static void write_key(struct sek_writer *writer, const struct store_api_key *row, const char *api_key) {
    sek_write_object(writer);
    sek_write_member(writer, "id", row->id);
    write_optional(writer, "workspace_id", row->workspace_id);
    write_optional(writer, "name", row->name);
    sek_write_member(writer, "role", store_role_word(row->role));
    write_time_member(writer, "created_at", row->created_at);
    write_time_member(writer, "last_used_at", row->last_used_at);
    write_time_member(writer, "expires_at", row->expires_at);
    write_time_member(writer, "revoked_at", row->revoked_at);
    if (api_key != NULL) sek_write_member(writer, "api_key", api_key);
    sek_write_object_end(writer);
}

/* A policy-admin deals in reader and publisher keys only. */
static int judge_role(const struct exchange *x, enum store_role role, struct sekuire_error *err) {
    if (role >= STORE_POLICY_ADMIN && x->identity.role < STORE_ADMIN)
        return sek_fail(err, SEKUIRE_ERR_FORBIDDEN, "keys of the role %s are the admin's to make and revoke", store_role_word(role));
    return 0;
}

/* Reads the body of a POST into a row. */
static int read_key(struct exchange *x, struct store_api_key *row, struct sekuire_error *err) {
    const struct sek_node *body = NULL;
    struct sekuire_text role, expires;
    int status = exchange_body(x, "role name expires_at", &body, err);
    if (status == 0) status = member_string(body, "role", true, &role, err);
    if (status == 0) status = member_name(body, "name", row->name, err);
    if (status == 0) status = member_string(body, "expires_at", false, &expires, err);
    if (status != 0) return status;
    row->role = store_role_from_word(role);
    status = judge_role(x, row->role, err);
    if (status != 0) return status;
    if (row->role == STORE_ROLE_NONE || row->role == STORE_ADMIN)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, sek_node_get(body, "role"), "role is reader, publisher or policy-admin");
    if (expires.data == NULL) return 0;
    if (!sek_time_parse(expires, &row->expires_at))
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, sek_node_get(body, "expires_at"), "expires_at must be an RFC 3339 time");
    if (row->expires_at <= x->now)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, sek_node_get(body, "expires_at"), "expires_at must be in the future");
    return 0;
}

/* Writes the row and its audit row. */
static int audit_key(struct exchange *x, struct store_session *session, const char *action, const struct store_api_key *row,
                     struct sekuire_error *err) {
    struct sek_buffer detail;
    struct sek_writer writer;
    sek_buffer_init(&detail, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &detail, false);
    sek_write_object(&writer);
    write_optional(&writer, "name", row->name);
    sek_write_member(&writer, "role", store_role_word(row->role));
    write_time_member(&writer, "expires_at", row->expires_at);
    sek_write_object_end(&writer);
    int status = exchange_audit(x, session, action, sek_text(row->id), &detail, err);
    sek_buffer_clear(&detail);
    return status;
}

int route_api_key_create(struct exchange *x, struct sekuire_error *err) {
    struct store_api_key row = {.created_at = x->now, .last_used_at = STORE_NEVER, .expires_at = STORE_NEVER, .revoked_at = STORE_NEVER};
    char key[GUARD_API_KEY], hash[STORE_HEX];
    struct store_session *session = NULL;
    struct sek_writer writer;
    int status = read_key(x, &row, err);
    if (status != 0) return status;
    snprintf(row.workspace_id, sizeof row.workspace_id, "%.*s", SEK_TEXT_ARGS(x->workspace));
    guard_new_id(row.id, "ak_");
    guard_api_key_new(key);
    guard_api_key_hash(hash, sek_text(key));
    status = exchange_begin_change(x, &session, err);
    if (status == 0) status = session->ops->api_key_add(session, &row, hash, err);
    if (status == 0) status = audit_key(x, session, "api_key.create", &row, err);
    if (status == 0) {
        status = store_commit(session, err);
        session = NULL;
    }
    if (status == 0) {
        exchange_answer(x, 201, &writer);
        sek_buffer_reserve(&x->answer->body, ANSWER_BYTES); /* so that it does not move with the key in it */
        write_key(&writer, &row, key);
    }
    store_rollback(session);
    sek_wipe(key, sizeof key);
    return status;
}

/* One row of the list. */
static int visit(void *context, const struct store_api_key *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) write_key(&list->writer, row, NULL);
    return 0;
}

int route_api_key_list(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->api_key_each(list.session, x->workspace, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

int route_api_key_revoke(struct exchange *x, struct sekuire_error *err) {
    struct store_api_key row;
    struct store_session *session = NULL;
    int status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    status = session->ops->api_key_get(session, x->workspace, x->arguments[0], &row, err);
    if (status == 0) status = judge_role(x, row.role, err);
    if (status == 0 && row.revoked_at == STORE_NEVER) {
        status = session->ops->api_key_revoke(session, row.id, x->now, err);
        if (status == 0) status = audit_key(x, session, "api_key.revoke", &row, err);
        if (status == 0) {
            status = store_commit(session, err);
            session = NULL;
        }
    }
    store_rollback(session);
    if (status == 0) exchange_answer_empty(x, 204);
    return status;
}
