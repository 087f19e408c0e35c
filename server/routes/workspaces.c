/* SPDX-License-Identifier: Apache-2.0 */
/* /workspaces */
#include "server/routes/routes.h"

#include "policy/ids.h"

#include <stdio.h>

/* One workspace as cli.md has it. */
static void write_workspace(struct sek_writer *writer, const struct store_workspace *row) {
    sek_write_object(writer);
    sek_write_member(writer, "id", row->id);
    write_optional(writer, "name", row->name);
    sek_write_member_bool(writer, "public_read", row->public_read);
    sek_write_member(writer, "allow_force", store_force_word(row->allow_force));
    sek_write_member_bool(writer, "accept_undeclared", row->accept_undeclared);
    sek_write_member_bool(writer, "forbid_weaker", row->forbid_weaker);
    write_time_member(writer, "created_at", row->created_at);
    sek_write_object_end(writer);
}

/* The same as an audit row's detail. */
static struct sekuire_text detail_of(struct exchange *x, struct sek_buffer *buffer, const struct store_workspace *row) {
    struct sek_writer writer;
    (void)x;
    sek_buffer_init(buffer, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, buffer, false);
    write_workspace(&writer, row);
    return sek_buffer_view(buffer);
}

int route_workspace_create(struct exchange *x, struct sekuire_error *err) {
    const struct sek_node *body = NULL;
    struct sekuire_text id;
    struct sek_buffer detail = {0};
    struct sek_writer writer;
    struct store_session *session = NULL;
    struct store_workspace row = {.allow_force = STORE_FORCE_PUBLISHER, .created_at = x->now};
    bool present = false;
    int status = exchange_body(x, "id name public_read", &body, err);
    if (status == 0) status = member_string(body, "id", true, &id, err);
    if (status == 0) status = member_name(body, "name", row.name, err);
    if (status == 0) status = member_bool(body, "public_read", &present, &row.public_read, err);
    if (status != 0) return status;
    if (!sek_id_valid(id))
        return sek_fail_node(err, SEKUIRE_ERR_ID, sek_node_get(body, "id"), "a workspace id is 1 to %u of A-Z a-z 0-9 . _ - and begins with a letter or digit",
                             SEK_LIMIT_ID);
    snprintf(row.id, sizeof row.id, "%.*s", SEK_TEXT_ARGS(id));
    struct sekuire_text text = detail_of(x, &detail, &row);
    x->workspace = sek_text(row.id);
    status = exchange_begin_change(x, &session, err);
    if (status != 0) goto out;
    status = session->ops->workspace_add(session, &row, err);
    if (status == SEKUIRE_ERR_EXISTS) sek_fail(err, status, "the workspace %s exists already", row.id);
    if (status == 0) status = exchange_audit(x, session, "workspace.create", x->workspace, &detail, err);
    if (status == 0) status = guard_audit(session, sek_text(""), x->identity.key_id, "workspace.create", x->workspace, text, x->now, err);
    if (status == 0) {
        status = store_commit(session, err);
        session = NULL;
    }
    if (status != 0) goto out;
    active_cache_refresh(x->server->active, row.id);
    exchange_answer(x, 201, &writer);
    write_workspace(&writer, &row);
out:
    store_rollback(session);
    sek_buffer_clear(&detail);
    return status;
}

/* One row of the list. */
static int visit(void *context, const struct store_workspace *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) write_workspace(&list->writer, row);
    return 0;
}

int route_workspace_list(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->workspace_each(list.session, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

/* What a PATCH asks for. */
struct change {
    bool has_name, has_public_read, has_force, has_undeclared, has_weaker;
    char name[STORE_NAME];
    bool public_read, accept_undeclared, forbid_weaker;
    enum store_force allow_force;
};

/* Reads the body of a PATCH. */
static int read_change(struct exchange *x, struct change *ret, struct sekuire_error *err) {
    const struct sek_node *body = NULL;
    struct sekuire_text force;
    int status = exchange_body(x, "name public_read allow_force accept_undeclared forbid_weaker", &body, err);
    if (status == 0) status = member_name(body, "name", ret->name, err);
    if (status == 0) status = member_bool(body, "public_read", &ret->has_public_read, &ret->public_read, err);
    if (status == 0) status = member_bool(body, "accept_undeclared", &ret->has_undeclared, &ret->accept_undeclared, err);
    if (status == 0) status = member_bool(body, "forbid_weaker", &ret->has_weaker, &ret->forbid_weaker, err);
    if (status == 0) status = member_string(body, "allow_force", false, &force, err);
    if (status != 0) return status;
    ret->has_name = sek_node_get(body, "name") != NULL;
    ret->has_force = force.data != NULL;
    if (ret->has_force && !store_force_from_word(force, &ret->allow_force))
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, sek_node_get(body, "allow_force"), "allow_force is publisher, policy-admin or never");
    return 0;
}

/* What of it is the admin's alone. */
static int judge_change(struct exchange *x, const struct store_workspace *old, const struct change *change,
                        struct sekuire_error *err) {
    bool clears = change->has_weaker && !change->forbid_weaker && old->forbid_weaker;
    if (x->identity.role != STORE_ADMIN && (change->has_name || change->has_public_read || clears))
        return sek_fail(err, SEKUIRE_ERR_FORBIDDEN, "name, public_read and clearing forbid_weaker are the admin's to change");
    if (change->has_weaker && change->forbid_weaker && !old->forbid_weaker) {
        x->http_status = 501;
        return sek_fail(err, SEKUIRE_ERR_USAGE, "forbid_weaker is not offered by this server: it does not compare policies");
    }
    return 0;
}

/* The row after the change. */
static struct store_workspace changed(const struct store_workspace *old, const struct change *change) {
    struct store_workspace row = *old;
    if (change->has_name) memcpy(row.name, change->name, sizeof row.name);
    if (change->has_public_read) row.public_read = change->public_read;
    if (change->has_force) row.allow_force = change->allow_force;
    if (change->has_undeclared) row.accept_undeclared = change->accept_undeclared;
    if (change->has_weaker) row.forbid_weaker = change->forbid_weaker;
    return row;
}

/* Do two rows say the same? */
static bool same(const struct store_workspace *a, const struct store_workspace *b) {
    return strcmp(a->name, b->name) == 0 && a->public_read == b->public_read && a->allow_force == b->allow_force &&
           a->accept_undeclared == b->accept_undeclared && a->forbid_weaker == b->forbid_weaker;
}

int route_workspace_change(struct exchange *x, struct sekuire_error *err) {
    struct change change = {0};
    struct store_workspace old, row;
    struct store_session *session = NULL;
    struct sek_buffer detail = {0};
    struct sek_writer writer;
    int status = read_change(x, &change, err);
    if (status == 0) status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    status = session->ops->workspace_get(session, x->workspace, &old, err);
    if (status == 0) status = judge_change(x, &old, &change, err);
    if (status != 0) goto out;
    row = changed(&old, &change);
    if (!same(&old, &row)) {
        (void)detail_of(x, &detail, &row);
        status = session->ops->workspace_set(session, &row, err);
        if (status == 0) status = exchange_audit(x, session, "workspace.change", x->workspace, &detail, err);
        if (status == 0) {
            status = store_commit(session, err);
            session = NULL;
        }
        if (status != 0) goto out;
        active_cache_refresh(x->server->active, row.id);
    }
    exchange_answer(x, 200, &writer);
    write_workspace(&writer, &row);
out:
    store_rollback(session);
    sek_buffer_clear(&detail);
    return status;
}
