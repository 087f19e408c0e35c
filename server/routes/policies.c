/* SPDX-License-Identifier: Apache-2.0 */
/* Reading policies: lists, single versions, the active one. */
#include "server/routes/policy.h"

#include "base/time-text.h"

int policy_engine(struct sek_arena *arena, struct sekuire_text uploaded, struct sekuire_engine **ret, struct sekuire_error *err) {
    struct sek_envelope envelope;
    const struct sek_verified *verified = NULL;
    int status = sek_envelope_parse(arena, uploaded, &envelope, err);
    if (status == 0) status = sek_verify(&envelope, arena, &verified, err);
    return status == 0 ? sek_engine_from_verified(verified, SEKUIRE_ENGINE_DRAFT, ret, err) : status;
}

void policy_write(struct sek_writer *writer, const struct store_policy *row) {
    sek_write_object(writer);
    sek_write_member(writer, "policy_id", row->policy_id);
    sek_write_member(writer, "version", row->version);
    sek_write_member(writer, "hash", row->hash);
    sek_write_member(writer, "status", store_policy_status_word(row->status));
    sek_write_key(writer, "sequence");
    if (row->has_sequence)
        sek_write_u64(writer, row->sequence);
    else
        sek_write_null(writer);
    sek_write_member(writer, "signing_key_id", row->signing_key_id);
    write_time_member(writer, "uploaded_at", row->uploaded_at);
    write_time_member(writer, "activated_at", row->activated_at);
    write_time_member(writer, "expires_at", row->expires_at);
    sek_write_object_end(writer);
}

int policy_render(const struct store_policy *row, struct sekuire_text uploaded, struct sek_buffer *out, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_envelope envelope;
    char activated[SEK_TIME_TEXT_SIZE], updated[SEK_TIME_TEXT_SIZE];
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_envelope_parse(&arena, uploaded, &envelope, err);
    if (status == 0) {
        if (row->activated_at != STORE_NEVER) sek_time_format(activated, row->activated_at);
        sek_time_format(updated, row->updated_at);
        sek_envelope_write(out, envelope.root, store_policy_status_word(row->status), row->activated_at == STORE_NEVER ? NULL : activated,
                           updated);
        status = sek_buffer_check(out, err);
    }
    sek_arena_clear(&arena);
    return status;
}

int policy_servable(struct store_session *session, struct sekuire_text workspace, struct store_policy *ret,
                    struct sekuire_error *err) {
    struct store_signing_key key;
    struct store_policy row;
    int status = session->ops->policy_active(session, workspace, &row, err);
    if (status == 0) status = session->ops->signing_key_get(session, workspace, sek_text(row.signing_public_key), &key, err);
    if (status == 0 && key.revoked_at != STORE_NEVER)
        status = sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "the active policy's key is revoked");
    if (status == 0) *ret = row;
    return status;
}

/* One row of a list. */
static int visit(void *context, const struct store_policy *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) policy_write(&list->writer, row);
    return 0;
}

int route_policy_list(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->policy_each(list.session, x->workspace, (struct sekuire_text){NULL, 0}, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

int route_policy_history(struct exchange *x, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->history_each(list.session, x->workspace, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

int route_policy_get(struct exchange *x, struct sekuire_error *err) {
    struct store_policy row;
    struct store_session *session = NULL;
    struct sek_buffer uploaded;
    struct sek_writer writer;
    sek_buffer_init(&uploaded, SEK_LIMIT_JSON_BYTES);
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status == 0) status = session->ops->policy_get(session, x->workspace, x->arguments[0], x->arguments[1], &row, err);
    if (status == 0) status = session->ops->policy_envelope(session, row.row, &uploaded, err);
    store_rollback(session);
    if (status == 0) {
        exchange_answer(x, 200, &writer);
        status = policy_render(&row, sek_buffer_view(&uploaded), &x->answer->body, err);
    }
    sek_buffer_clear(&uploaded);
    return status;
}

/* Does If-None-Match name this tag (weakly compared), or anything? */
static bool none_match(const struct http_request *request, const char *etag) {
    for (const struct http_field *f = NULL; (f = http_field_find(request, "If-None-Match", f)) != NULL;) {
        struct sekuire_text rest = f->value;
        while (rest.size > 0) {
            const char *comma = memchr(rest.data, ',', rest.size);
            struct sekuire_text tag = {rest.data, comma == NULL ? rest.size : (size_t)(comma - rest.data)};
            rest = comma == NULL ? (struct sekuire_text){NULL, 0} : (struct sekuire_text){comma + 1, rest.size - tag.size - 1};
            while (tag.size > 0 && (tag.data[0] == ' ' || tag.data[0] == '\t')) tag = (struct sekuire_text){tag.data + 1, tag.size - 1};
            while (tag.size > 0 && (tag.data[tag.size - 1] == ' ' || tag.data[tag.size - 1] == '\t')) tag.size--;
            if (sek_text_starts(tag, SEK_TEXT("W/"))) tag = (struct sekuire_text){tag.data + 2, tag.size - 2};
            if (sek_text_is(tag, etag) || sek_text_is(tag, "*")) return true;
        }
    }
    return false;
}

int route_active_policy(struct exchange *x, struct sekuire_error *err) {
    struct active_view view = {0};
    int status = active_cache_get(x->server->active, x->workspace, &view, err);
    if (status != 0) return status;
    /* It may have become private since the request was let in. */
    bool own = x->identity.present && (x->identity.role == STORE_ADMIN || sek_text_is(x->workspace, x->identity.workspace_id));
    if (!view.public_read && !own) {
        active_policy_release(view.policy);
        return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    }
    if (view.policy == NULL) {
        x->http_status = 404;
        return sek_fail(err, SEKUIRE_ERR_NO_ACTIVE_POLICY, "the workspace has no active policy");
    }
    struct http_answer *answer = x->answer;
    http_answer_field(answer, "Cache-Control", view.public_read ? "no-cache" : "no-cache, private");
    if (!view.public_read) http_answer_field(answer, "Vary", "X-API-Key, Authorization");
    http_answer_field(answer, "ETag", sek_arena_copy(&x->request->arena, sek_text(view.policy->etag)));
    /* The bytes go with a 304 too: libmicrohttpd sends none of them, but the Content-Length that the 200 would have. */
    answer->status = none_match(x->request, view.policy->etag) ? 304 : 200;
    answer->shared = (struct http_shared){view.policy->bytes, active_policy_release, view.policy};
    return 0;
}
