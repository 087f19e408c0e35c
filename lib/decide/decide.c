/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding: the rules of each type of action in the order of docs/spec/semantics.md, section 4; the first that matches decides.
 * A function here returns true once it has decided. */
#include "agent/provider.h"
#include "base/ascii.h"
#include "decide/action.h"
#include "decide/engine.h"

/* What the functions below go by. */
struct question {
    const struct sek_rules *rules;
    const struct sek_compiled *compiled;
    const struct sek_reading *action;
    struct sekuire_decision *decision;
};

/* Writes down what decided; entry is NULL where no entry of a list did. Always true. */
static bool decide_by(struct sekuire_decision *decision, enum sekuire_verdict verdict, const char *rule,
                      const struct sek_entry *entry, const char *pointer) {
    decision->verdict = verdict;
    decision->rule = rule;
    decision->pattern = entry == NULL ? (struct sekuire_text){NULL, 0} : entry->text;
    decision->pointer = pointer;
    return true;
}

/* A deny by a key, a section or a list as a whole. */
static bool deny(struct sekuire_decision *decision, const char *rule, const char *pointer) {
    return decide_by(decision, SEKUIRE_DENY, rule, NULL, pointer);
}

/* An absent boolean is not true. */
static bool is_true(const struct sek_flag *flag) { return flag->present && flag->value; }

/* Denies what an entry of a list matches. */
static bool blocked(struct sekuire_decision *decision, const char *rule, const struct sek_blocked *list, struct sekuire_text value) {
    if (list->index == NULL) return false;
    uint32_t order = sek_index_find(list->index, value);
    if (order == SEK_INDEX_NONE) return false;
    return decide_by(decision, SEKUIRE_DENY, rule, list->entries[order], list->entries[order]->pointer);
}

/* Denies what a list does not match; each of the lists must. */
static bool not_allowed(struct sekuire_decision *decision, const char *rule, const struct sek_allowed *allowed,
                        struct sekuire_text value) {
    for (size_t i = 0; i < allowed->count; i++)
        if (sek_index_find(allowed->lists[i].index, value) == SEK_INDEX_NONE) return deny(decision, rule, allowed->lists[i].pointer);
    return false;
}

/* Is the protocol one that runs over TLS? An absent one is not. */
static bool is_tls(struct sekuire_text protocol) {
    static const char *const names[] = {"https", "wss",   "grpcs", "ftps",  "smtps", "imaps",
                                        "pop3s", "ldaps", "mqtts", "amqps", "tls"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (sek_text_equal_ascii_case(protocol, sek_text(names[i]))) return true;
    return false;
}

/* network.* */
static bool decide_network(const struct question *q) {
    const struct sek_rules *rules = q->rules;
    if (!rules->network.present) return deny(q->decision, "network.missing", rules->network.pointer);
    if (!is_true(&rules->network.enabled)) return deny(q->decision, "network.disabled", rules->network.enabled.pointer);
    if (is_true(&rules->network.require_tls) && !is_tls(q->action->detail))
        return deny(q->decision, "network.tls_required", rules->network.require_tls.pointer);
    return blocked(q->decision, "network.blocked", &q->compiled->blocked_domains, q->action->target) ||
           not_allowed(q->decision, "network.not_allowed", &q->compiled->allowed_domains, q->action->target);
}

/* fs.ext: a name without a dot passes; an empty extension is matched by no pattern. */
static bool extension_not_allowed(const struct question *q) {
    struct sekuire_text extension;
    char lowered[SEK_ACTION_PATH_SPACE];
    if (q->compiled->extensions.count == 0 || !sek_path_extension(q->action->target, &extension)) return false;
    sek_ascii_lower_copy(lowered, extension);
    return not_allowed(q->decision, "fs.ext", &q->compiled->extensions, (struct sekuire_text){lowered, extension.size});
}

/* fs.* */
static bool decide_filesystem(const struct question *q) {
    const struct sek_rules *rules = q->rules;
    if (!rules->filesystem.present) return deny(q->decision, "fs.missing", rules->filesystem.pointer);
    if (!is_true(&rules->filesystem.enabled)) return deny(q->decision, "fs.disabled", rules->filesystem.enabled.pointer);
    return blocked(q->decision, "fs.blocked", &q->compiled->blocked_paths, q->action->target) ||
           not_allowed(q->decision, "fs.not_allowed", &q->compiled->allowed_paths, q->action->target) || extension_not_allowed(q);
}

/* tool.* */
static bool decide_tool(const struct question *q) {
    const struct sek_flag *approval = &q->rules->require_tool_approval;
    if (blocked(q->decision, "tool.blocked", &q->compiled->blocked_tools, q->action->target) ||
        not_allowed(q->decision, "tool.not_allowed", &q->compiled->allowed_tools, q->action->target))
        return true;
    return is_true(approval) && decide_by(q->decision, SEKUIRE_ASK, "tool.approval_required", NULL, approval->pointer);
}

/* Where the first such byte at or after from is, or the end. */
static const char *next_byte(struct sekuire_text name, const char *from, char c) {
    const char *end = name.data + name.size;
    const char *found = memchr(from, c, (size_t)(end - from));
    return found == NULL ? end : found;
}

/* model.blocked: in any case, the whole name and what follows each '/' or ':' in it; of the entries that match, the first. */
static bool model_blocked(const struct question *q) {
    const struct sek_blocked *list = &q->compiled->blocked_models;
    char lowered[SEK_LIMIT_ACTION_TEXT];
    if (list->index == NULL) return false;
    struct sekuire_text name = {lowered, q->action->target.size};
    sek_ascii_lower_copy(lowered, q->action->target);
    uint32_t first = sek_index_find(list->index, name);
    const char *end = name.data + name.size;
    const char *slash = next_byte(name, name.data, '/');
    const char *colon = next_byte(name, name.data, ':');
    while (slash < end || colon < end) {
        const char *rest = (slash < colon ? slash : colon) + 1;
        uint32_t order = sek_index_find(list->index, (struct sekuire_text){rest, (size_t)(end - rest)});
        if (order < first) first = order;
        if (slash < rest) slash = next_byte(name, rest, '/');
        if (colon < rest) colon = next_byte(name, rest, ':');
    }
    if (first == SEK_INDEX_NONE) return false;
    return decide_by(q->decision, SEKUIRE_DENY, "model.blocked", list->entries[first], list->entries[first]->pointer);
}

/* A provider in lower case. */
static struct sekuire_text lower_provider(char space[SEK_LIMIT_ACTION_TEXT], struct sekuire_text provider) {
    sek_ascii_lower_copy(space, provider);
    return (struct sekuire_text){space, provider.size};
}

struct provider_search {
    const struct sek_index *blocked;
    uint32_t first; /* of all entries that match */
};

/* A visitor of the providers that may be meant. */
static bool note_blocked(void *context, struct sekuire_text provider) {
    struct provider_search *search = context;
    char space[SEK_LIMIT_ACTION_TEXT];
    uint32_t order = sek_index_find(search->blocked, lower_provider(space, provider));
    if (order < search->first) search->first = order;
    return search->first == 0;
}

/* provider.blocked: tried against all that may be meant; of the entries that match, the first. */
static bool provider_blocked(const struct question *q) {
    const struct sek_blocked *list = &q->compiled->blocked_providers;
    struct provider_search search = {list->index, SEK_INDEX_NONE};
    if (list->index == NULL) return false;
    sek_provider_each_meant(q->compiled->provider_table, q->action->target, q->action->detail, note_blocked, &search);
    if (search.first == SEK_INDEX_NONE) return false;
    const struct sek_entry *entry = list->entries[search.first];
    return decide_by(q->decision, SEKUIRE_DENY, "provider.blocked", entry, entry->pointer);
}

/* provider.*: asked only where a provider list has entries; then a provider that cannot be told is refused. */
static bool decide_provider(const struct question *q) {
    const struct sek_compiled *compiled = q->compiled;
    char space[SEK_LIMIT_ACTION_TEXT];
    if (compiled->providers_pointer == NULL) return false;
    struct sekuire_text provider = sek_provider_of_model(compiled->provider_table, q->action->target, q->action->detail);
    if (provider.size == 0) return deny(q->decision, "provider.unknown", compiled->providers_pointer);
    return provider_blocked(q) ||
           not_allowed(q->decision, "provider.not_allowed", &compiled->allowed_providers, lower_provider(space, provider));
}

/* model.*, then provider.* */
static bool decide_model(const struct question *q) {
    return model_blocked(q) || not_allowed(q->decision, "model.not_allowed", &q->compiled->allowed_models, q->action->target) ||
           decide_provider(q);
}

/* The entries of one service add up: the first that lets the endpoint pass ends it; else the first that matched is named. */
static bool decide_service(const struct question *q) {
    struct sek_index_walk walk;
    uint32_t first = SEK_INDEX_NONE;
    uint32_t group;
    sek_index_walk_begin(&walk, q->compiled->services, q->action->target);
    while ((group = sek_index_walk_next(&walk)) != SEK_INDEX_NONE) {
        const struct sek_index *endpoints = q->compiled->groups[group].endpoints;
        if (q->action->detail.data == NULL || endpoints == NULL || sek_index_find(endpoints, q->action->detail) != SEK_INDEX_NONE)
            return false;
        if (group < first) first = group;
    }
    if (first == SEK_INDEX_NONE) return deny(q->decision, "api.not_allowed", q->rules->api.services_pointer);
    const struct sek_entry *entry = q->compiled->groups[first].first;
    return decide_by(q->decision, SEKUIRE_DENY, "api.endpoint_not_allowed", entry, entry->pointer);
}

/* api.* */
static bool decide_api(const struct question *q) {
    const struct sek_rules *rules = q->rules;
    if (!rules->api.present) return deny(q->decision, "api.missing", rules->api.pointer);
    if (!is_true(&rules->api.enabled)) return deny(q->decision, "api.disabled", rules->api.enabled.pointer);
    return q->compiled->services != NULL && decide_service(q);
}

/* rate_limit.exceeded */
static bool decide_rate_limit(const struct question *q, uint64_t count) {
    const struct sek_limit *limit = &q->rules->limits[q->action->limit_type][q->action->window];
    return limit->present && count > limit->value && deny(q->decision, "rate_limit.exceeded", limit->pointer);
}

/* The dates of the policy come before all other rules. */
static bool out_of_time(const struct sek_binding *binding, int64_t now, struct sekuire_decision *decision) {
    if (binding->has_expires_at && now >= binding->expires_at)
        return deny(decision, "policy.expired", "/binding/expires_at");
    if (binding->has_not_before && now < binding->not_before)
        return deny(decision, "policy.not_yet_valid", "/binding/not_before");
    return false;
}

/* Asks the rules of the action's type. */
static bool decide_type(const struct question *q, const struct sekuire_action *action) {
    switch (action->type) {
    case SEKUIRE_ACTION_NETWORK: return decide_network(q);
    case SEKUIRE_ACTION_FILESYSTEM: return decide_filesystem(q);
    case SEKUIRE_ACTION_TOOL: return decide_tool(q);
    case SEKUIRE_ACTION_MODEL: return decide_model(q);
    case SEKUIRE_ACTION_API: return decide_api(q);
    case SEKUIRE_ACTION_RATE_LIMIT: return decide_rate_limit(q, action->count);
    case SEKUIRE_ACTION_NONE: break;
    }
    return true;
}

int sekuire_decide(const struct sekuire_engine *engine, const struct sekuire_action *action, int64_t now,
                   struct sekuire_decision *ret, struct sekuire_error *err) {
    struct sek_reading reading;
    struct sekuire_decision decision = {.verdict = SEKUIRE_DENY};
    struct question question = {sek_engine_rules(engine), sek_engine_compiled(engine), &reading, &decision};
    int status = sek_action_read(action, &reading, err);
    if (status != 0) return status;
    if (!out_of_time(&question.rules->binding, now, &decision) && !decide_type(&question, action))
        decision.verdict = SEKUIRE_ALLOW;
    *ret = decision;
    return 0;
}
