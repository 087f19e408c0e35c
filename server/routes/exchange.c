/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers share: parameters, bodies, answers, lists. */
#include "server/routes/routes.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "comply/comply.h"
#include "crypto/blake3.h"
#include "sys/env.h"

#include <stdio.h>

/* A page ends early once it has PAGE_BYTES, so that with one more row it stays below what clients take. */
enum { ANSWER_MAX = 64 << 20, PAGE_BYTES = 3 << 20 };

struct sekuire_text exchange_parameter(const struct exchange *x, const char *name) {
    for (size_t i = 0; i < x->parameter_count; i++)
        if (sek_text_is(x->parameters[i].name, name)) return x->parameters[i].value;
    return (struct sekuire_text){NULL, 0};
}

int exchange_flag(const struct exchange *x, const char *name, bool *ret, struct sekuire_error *err) {
    struct sekuire_text value = exchange_parameter(x, name);
    if (value.data != NULL && !sek_text_is(value, "true") && !sek_text_is(value, "false"))
        return sek_fail(err, SEKUIRE_ERR_TYPE, "%s is true or false", name);
    *ret = sek_text_is(value, "true");
    return 0;
}

/* Is key one of the names in list? */
static bool listed(const char *list, struct sekuire_text key) {
    for (const char *at = list; *at != '\0';) {
        size_t size = strcspn(at, " ");
        if (sek_text_equal((struct sekuire_text){at, size}, key)) return true;
        at += size;
        while (*at == ' ') at++;
    }
    return false;
}

int members_known(const struct sek_node *object, const char *known, struct sekuire_error *err) {
    for (SEK_EACH(member, object)) {
        if (listed(known, member->key)) continue;
        return sek_fail_at(err, SEKUIRE_ERR_UNKNOWN_KEY, member->key_at.line, member->key_at.column, member->key_at.offset,
                           "unknown member %.*s", SEK_TEXT_ARGS(member->key));
    }
    return 0;
}

int exchange_body(struct exchange *x, const char *known, const struct sek_node **ret, struct sekuire_error *err) {
    const struct sek_node *root = NULL;
    int status = sek_json_parse(&x->arena, sek_buffer_view(&x->request->body), &root, err);
    if (status != 0) return status;
    if (root->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, root, "the body must be an object, not %s", sek_kind_name(root->kind));
    if (known != NULL) status = members_known(root, known, err);
    if (status == 0) *ret = root;
    return status;
}

void exchange_answer(struct exchange *x, int http_status, struct sek_writer *writer) {
    x->answer->status = http_status;
    sek_buffer_init(&x->answer->body, ANSWER_MAX);
    sek_writer_init(writer, &x->answer->body, false);
    http_answer_field(x->answer, "Cache-Control", "no-store");
}

void exchange_answer_empty(struct exchange *x, int http_status) {
    x->answer->status = http_status;
    http_answer_field(x->answer, "Cache-Control", "no-store");
}

void write_optional(struct sek_writer *writer, const char *key, const char *string) {
    sek_write_member(writer, key, string[0] == '\0' ? NULL : string);
}

void write_time_member(struct sek_writer *writer, const char *key, int64_t time) {
    sek_write_key(writer, key);
    sek_write_time(writer, time);
}

/* The member, where it is there and not null. */
static const struct sek_node *present_member(const struct sek_node *object, const char *key) {
    const struct sek_node *member = sek_node_get(object, key);
    return member == NULL || member->kind == SEK_NULL ? NULL : member;
}

int member_string(const struct sek_node *object, const char *key, bool required, struct sekuire_text *ret,
                  struct sekuire_error *err) {
    const struct sek_node *member = present_member(object, key);
    if (member == NULL) {
        if (required) return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, object, "%s is missing", key);
        *ret = (struct sekuire_text){NULL, 0};
        return 0;
    }
    if (member->kind != SEK_STRING)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must be a string, not %s", key, sek_kind_name(member->kind));
    *ret = member->text;
    return 0;
}

int member_bool(const struct sek_node *object, const char *key, bool *present, bool *value, struct sekuire_error *err) {
    const struct sek_node *member = present_member(object, key);
    if (member != NULL && member->kind != SEK_BOOL)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must be true or false, not %s", key, sek_kind_name(member->kind));
    *present = member != NULL;
    if (member != NULL) *value = member->boolean;
    return 0;
}

int member_name(const struct sek_node *object, const char *key, char ret[STORE_NAME], struct sekuire_error *err) {
    struct sekuire_text text;
    int status = member_string(object, key, false, &text, err);
    if (status != 0) return status;
    const struct sek_node *member = sek_node_get(object, key);
    if (text.data != NULL && (text.size == 0 || text.size >= STORE_NAME))
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must have 1 to %u bytes", key, SEK_LIMIT_NAME);
    for (size_t i = 0; i < text.size;) {
        uint32_t code = 0;
        size_t n = sek_utf8_decode(text.data + i, text.size - i, &code);
        if (n == 0 || sek_utf8_is_control(code))
            return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must have no control characters", key);
        i += n;
    }
    snprintf(ret, STORE_NAME, "%.*s", SEK_TEXT_ARGS(text));
    return 0;
}

int list_begin(struct list *list, struct exchange *x, struct sekuire_error *err) {
    struct sekuire_text limit = exchange_parameter(x, "limit");
    struct sekuire_text after = exchange_parameter(x, "after");
    unsigned value = limit.data == NULL ? SEK_LIMIT_LIST_PAGE : 0;
    for (size_t i = 0; i < limit.size; i++) {
        if (limit.data[i] < '0' || limit.data[i] > '9' || i >= 4) {
            value = 0;
            break;
        }
        value = value * 10 + (unsigned)(limit.data[i] - '0');
    }
    if (value == 0 || value > SEK_LIMIT_LIST_PAGE)
        return sek_fail(err, SEKUIRE_ERR_TYPE, "limit is a number from 1 to %u", SEK_LIMIT_LIST_PAGE);
    *list = (struct list){.x = x, .limit = value, .page = {.after = after, .limit = value + 1}};
    int status = store_begin(x->server->store, STORE_READ, &list->session, err);
    if (status != 0) return status;
    exchange_answer(x, 200, &list->writer);
    sek_write_object(&list->writer);
    sek_write_key(&list->writer, "items");
    sek_write_array(&list->writer);
    return 0;
}

bool list_row(struct list *list, const char *next) {
    bool full = list->count == list->limit || (list->count > 0 && list->x->answer->body.size > PAGE_BYTES);
    list->more = list->more || full;
    if (list->more) return false;
    list->count++;
    snprintf(list->next, sizeof list->next, "%s", next);
    return true;
}

int list_end(struct list *list, int status, struct sekuire_error *err) {
    store_rollback(list->session);
    list->session = NULL;
    if (status != 0) return status;
    sek_write_array_end(&list->writer);
    sek_write_member(&list->writer, "next", list->more ? list->next : NULL);
    sek_write_object_end(&list->writer);
    return sek_buffer_check(&list->x->answer->body, err);
}

void findings_write(struct sek_writer *writer, const struct sek_report *report) {
    sek_write_array(writer);
    for (const struct sek_finding *finding = report->first; finding != NULL; finding = finding->next)
        sek_finding_write(writer, finding);
    sek_write_array_end(writer);
}

size_t findings_write_some(struct sek_writer *writer, const struct sek_report *report, size_t most, size_t bytes) {
    size_t start = writer->out->size, count = 0;
    bool all = report->errors + report->warnings <= most;
    sek_write_array(writer);
    /* Where some are left out, warnings must not stand in the way of errors. */
    for (int pass = all ? 1 : 0; pass < 2; pass++) {
        for (const struct sek_finding *finding = report->first; finding != NULL; finding = finding->next) {
            if (!all && (finding->severity == SEK_SEVERITY_ERROR) != (pass == 0)) continue;
            if (count == most || writer->out->size - start >= bytes) break;
            sek_finding_write(writer, finding);
            count++;
        }
    }
    sek_write_array_end(writer);
    return count;
}

/* What a key counts under. */
static void limiter_key_of(struct sekuire_text key, uint8_t ret[LIMITER_KEY]) {
    uint8_t hash[SEK_HASH_SIZE];
    sek_blake3(hash, key.data, key.size);
    memcpy(ret, hash, LIMITER_KEY);
}

/* 429, and when it may be tried again. */
static int too_often(struct exchange *x, unsigned seconds, const char *why, struct sekuire_error *err) {
    x->retry_seconds = seconds;
    return sek_fail(err, SEKUIRE_ERR_RATE_LIMITED, "%s: try again in %u second%s", why, seconds, seconds == 1 ? "" : "s");
}

int exchange_may_try(struct exchange *x, struct sekuire_text key, struct sekuire_error *err) {
    uint8_t id[LIMITER_KEY];
    limiter_key_of(key, id);
    unsigned seconds = limiter_may_try(x->server->limiter, x->request->address, id, http_monotonic_ms());
    return seconds == 0 ? 0 : too_often(x, seconds, "too many wrong API keys came from this address", err);
}

int exchange_authenticate(struct exchange *x, struct store_session *session, struct sekuire_text key, struct guard_identity *ret,
                          bool *ret_stale, struct sekuire_error *err) {
    uint8_t id[LIMITER_KEY];
    int64_t now_ms = http_monotonic_ms();
    limiter_key_of(key, id);
    int status = guard_authenticate(session, key, x->now, ret, ret_stale, err);
    if (status == 0) limiter_key_accepted(x->server->limiter, id, now_ms);
    if (status == SEKUIRE_ERR_UNAUTHORIZED) limiter_key_failed(x->server->limiter, x->request->address, now_ms);
    return status;
}

int exchange_limit_address(struct exchange *x, struct sekuire_error *err) {
    unsigned seconds = limiter_address(x->server->limiter, x->request->address, http_monotonic_ms());
    return seconds == 0 ? 0 : too_often(x, seconds, "too many requests from this address", err);
}

int exchange_limit_key(struct exchange *x, struct sekuire_text key, struct sekuire_error *err) {
    uint8_t id[LIMITER_KEY];
    limiter_key_of(key, id);
    unsigned seconds = limiter_key(x->server->limiter, id, http_monotonic_ms());
    return seconds == 0 ? 0 : too_often(x, seconds, "too many requests with this API key", err);
}

int exchange_begin_change(struct exchange *x, struct store_session **ret, struct sekuire_error *err) {
    struct store_session *session = NULL;
    int status = store_begin(x->server->store, STORE_WRITE, &session, err);
    if (status != 0) return status;
    status = guard_still_valid(session, &x->identity, sys_now(), err);
    if (status != 0) {
        store_rollback(session);
        return status;
    }
    *ret = session;
    return 0;
}

int exchange_audit(struct exchange *x, struct store_session *session, const char *action, struct sekuire_text target,
                   const struct sek_buffer *detail, struct sekuire_error *err) {
    int status = sek_buffer_check(detail, err);
    if (status != 0) return status;
    return guard_audit(session, x->workspace, x->identity.key_id, action, target, sek_buffer_view(detail), x->now, err);
}
