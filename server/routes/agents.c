/* SPDX-License-Identifier: Apache-2.0 */
/* /agents/{id} and /workspaces/W/agents */
#include "server/routes/routes.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <stdio.h>

/* The members of cli.md's row, without the braces. */
static void write_members(struct sek_writer *writer, const struct store_agent *row) {
    sek_write_member_text(writer, "model", row->model);
    sek_write_member_bool(writer, "forced", row->forced);
    sek_write_member_bool(writer, "compliant", row->compliant);
    write_time_member(writer, "published_at", row->published_at);
    sek_write_key(writer, "findings");
    sek_write_raw(writer, row->findings);
    if (row->findings_total > 0) sek_write_member_u64(writer, "findings_total", (uint64_t)row->findings_total);
}

/* One agent as cli.md has it. */
static void write_agent(struct sek_writer *writer, const struct store_agent *row) {
    sek_write_object(writer);
    sek_write_member(writer, "sekuire_id", row->sekuire_id);
    sek_write_member_text(writer, "name", row->name);
    sek_write_member_text(writer, "version", row->version);
    sek_write_member(writer, "public_key", row->public_key);
    write_members(writer, row);
    sek_write_object_end(writer);
}

/* One row of the list. */
static int visit(void *context, const struct store_agent *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) write_agent(&list->writer, row);
    return 0;
}

int route_agent_list(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->agent_each(list.session, x->workspace, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

/* One agent as wire.md 6 has it; those with a key see what else is known. */
static void write_public(struct exchange *x, const struct store_agent *row) {
    struct sek_writer writer;
    exchange_answer(x, 200, &writer);
    sek_write_object(&writer);
    sek_write_member(&writer, "sekuire_id", row->sekuire_id);
    sek_write_member(&writer, "public_key", row->public_key);
    sek_write_member(&writer, "author_key", row->public_key);
    sek_write_member_text(&writer, "name", row->name);
    sek_write_member_text(&writer, "version", row->version);
    sek_write_key(&writer, "description");
    if (row->description.data == NULL)
        sek_write_null(&writer);
    else
        sek_write_text(&writer, row->description);
    write_time_member(&writer, "created_at", row->published_at);
    sek_write_member(&writer, "verification_status", "unverified");
    sek_write_member_u64(&writer, "reputation_score", 0);
    if (x->identity.present) write_members(&writer, row);
    sek_write_object_end(&writer);
}

struct search {
    struct exchange *x;
    unsigned found;
    bool differ;
    char public_key[STORE_HEX];
};

/* One workspace's agent of that id: the first one answers, unless another has another key. */
static int visit_found(void *context, const struct store_agent *row, const char *next) {
    struct search *search = context;
    (void)next;
    if (search->found++ > 0) {
        search->differ = search->differ || strcmp(search->public_key, row->public_key) != 0;
        return 0;
    }
    memcpy(search->public_key, row->public_key, sizeof search->public_key);
    write_public(search->x, row);
    return 0;
}

/* Looks in every workspace that the request may see. */
static int find(struct exchange *x, struct store_session *session, struct sekuire_text id, struct sekuire_error *err) {
    struct search search = {.x = x};
    bool public_only = x->identity.role != STORE_ADMIN;
    int status = session->ops->agent_find(session, id, public_only, visit_found, &search, err);
    if (status == 0 && search.found == 0) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    if (status != 0 || !search.differ) return status;
    sek_buffer_clear(&x->answer->body);
    x->answer->field_count = 0;
    return sek_fail(err, SEKUIRE_ERR_CONFLICT, "several workspaces hold this id under different keys");
}

int route_agent_get(struct exchange *x, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct store_agent row;
    struct sekuire_text id = x->arguments[0];
    uint8_t bytes[32];
    if (!sek_hex_decode(bytes, sizeof bytes, id)) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status != 0) return status;
    if (x->identity.present && x->identity.role != STORE_ADMIN) {
        status = session->ops->agent_get(session, sek_text(x->identity.workspace_id), id, &x->arena, &row, err);
        if (status == 0 && row.unlisted_at != STORE_NEVER) status = sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
        if (status == 0) write_public(x, &row);
    } else {
        status = find(x, session, id, err);
    }
    store_rollback(session);
    return status;
}

/* The audit row of an unlisting. */
static int audit_unlist(struct exchange *x, struct store_session *session, const struct store_agent *row, bool unlisted, bool id_freed,
                        bool name_freed, struct sekuire_error *err) {
    struct sek_buffer detail;
    struct sek_writer writer;
    sek_buffer_init(&detail, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &detail, false);
    sek_write_object(&writer);
    sek_write_member_text(&writer, "name", row->name);
    sek_write_member_bool(&writer, "unlisted", unlisted);
    sek_write_member_bool(&writer, "id_freed", id_freed);
    sek_write_member_bool(&writer, "name_freed", name_freed);
    sek_write_object_end(&writer);
    int status = exchange_audit(x, session, "agent.unlist", sek_text(row->sekuire_id), &detail, err);
    sek_buffer_clear(&detail);
    return status;
}

int route_agent_unlist(struct exchange *x, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct store_agent row;
    bool free_name = false, id_freed = false, name_freed = false, unlisted = false;
    bool may_free = x->identity.role >= STORE_POLICY_ADMIN;
    struct sekuire_text id = x->arguments[0];
    int status = exchange_flag(x, "free_name", &free_name, err);
    if (status != 0) return status;
    if (free_name && !may_free) return sek_fail(err, SEKUIRE_ERR_FORBIDDEN, "only a policy-admin may free a name");
    status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    status = session->ops->agent_get(session, x->workspace, id, &x->arena, &row, err);
    unlisted = status == 0 && row.unlisted_at == STORE_NEVER;
    if (unlisted) status = session->ops->agent_unlist(session, x->workspace, id, x->now, err);
    if (status == 0 && may_free) status = session->ops->pin_free(session, x->workspace, STORE_PIN_ID, id, &id_freed, err);
    if (status == 0 && free_name) status = session->ops->pin_free(session, x->workspace, STORE_PIN_NAME, row.name, &name_freed, err);
    if (status == 0 && (unlisted || id_freed || name_freed)) {
        status = audit_unlist(x, session, &row, unlisted, id_freed, name_freed, err);
        if (status == 0) {
            status = store_commit(session, err);
            session = NULL;
        }
    }
    store_rollback(session);
    if (status == 0) exchange_answer_empty(x, 204);
    return status;
}
