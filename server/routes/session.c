/* SPDX-License-Identifier: Apache-2.0 */
/* /me and /api-keys/verify: what login and whoami of every client ask. */
#include "server/routes/routes.h"

#include <stdio.h>

/* One workspace of /me. */
static void write_workspace(struct sek_writer *writer, const struct store_workspace *row) {
    sek_write_object(writer);
    sek_write_member(writer, "id", row->id);
    sek_write_member(writer, "name", row->name[0] == '\0' ? row->id : row->name);
    sek_write_member(writer, "org_id", row->id);
    sek_write_object_end(writer);
}

/* An admin's workspaces: as many as a page holds. */
static int visit(void *context, const struct store_workspace *row, const char *next) {
    (void)next;
    write_workspace(context, row);
    return 0;
}

int route_me(struct exchange *x, struct sekuire_error *err) {
    const struct guard_identity *who = &x->identity;
    const struct store_page page = {.limit = SEK_LIMIT_LIST_PAGE};
    struct store_session *session = NULL;
    struct store_workspace row;
    struct sek_writer writer;
    bool admin = who->role == STORE_ADMIN;
    char email[STORE_NAME + STORE_ID + 1];
    snprintf(email, sizeof email, "%s@%s", who->name[0] == '\0' ? who->key_id : who->name, admin ? "sekuired" : who->workspace_id);
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status == 0 && !admin) status = session->ops->workspace_get(session, sek_text(who->workspace_id), &row, err);
    if (status != 0) goto out;
    exchange_answer(x, 200, &writer);
    sek_write_object(&writer);
    sek_write_member(&writer, "id", who->key_id);
    sek_write_member(&writer, "email", email);
    sek_write_member(&writer, "role", store_role_word(who->role));
    if (!admin) sek_write_member(&writer, "organization", row.name[0] == '\0' ? row.id : row.name);
    sek_write_key(&writer, "orgs");
    sek_write_array(&writer);
    sek_write_array_end(&writer);
    sek_write_key(&writer, "workspaces");
    sek_write_array(&writer);
    if (admin)
        status = session->ops->workspace_each(session, &page, visit, &writer, err);
    else
        write_workspace(&writer, &row);
    sek_write_array_end(&writer);
    sek_write_object_end(&writer);
out:
    store_rollback(session);
    return status;
}

int route_api_key_verify(struct exchange *x, struct sekuire_error *err) {
    const struct sek_node *body = NULL;
    struct store_session *session = NULL;
    struct guard_identity who = {0};
    struct sekuire_text key;
    struct sek_writer writer;
    bool stale = false;
    int status = exchange_body(x, NULL, &body, err);
    if (status == 0) status = member_string(body, "api_key", true, &key, err);
    if (status == 0) status = exchange_may_try(x, key, err);
    if (status == 0) status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status != 0) return status;
    status = exchange_authenticate(x, session, key, &who, &stale, err);
    store_rollback(session);
    if (status != 0 && status != SEKUIRE_ERR_UNAUTHORIZED) return status;
    exchange_answer(x, 200, &writer);
    sek_write_object(&writer);
    sek_write_member_bool(&writer, "valid", status == 0);
    if (status != 0) {
        sek_write_member(&writer, "error", err->message);
    } else {
        write_optional(&writer, "org_id", who.workspace_id);
        sek_write_member(&writer, "role", store_role_word(who.role));
    }
    sek_write_object_end(&writer);
    return 0;
}
