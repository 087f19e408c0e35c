/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding: the rules of each type of action in the order of docs/spec/semantics.md, section 4; the first that matches decides.
 * A function here returns true once it has decided. */
#include "agent/provider.h"
#include "decide/action.h"
#include "decide/engine.h"

typedef bool match_function(const struct sek_pattern *pattern, struct sekuire_text value);

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

/* The first entry of a list that matches, or NULL. */
static const struct sek_entry *find(const struct sek_list *list, match_function *match, struct sekuire_text value) {
    for (size_t i = 0; i < list->count; i++)
        if (match(&list->entries[i].pattern, value)) return &list->entries[i];
    return NULL;
}

/* Denies what an entry of any of the lists matches. */
static bool blocked(struct sekuire_decision *decision, const char *rule, const struct sek_list_set *set, match_function *match,
                    struct sekuire_text value) {
    for (size_t i = 0; i < set->count; i++) {
        const struct sek_entry *entry = find(&set->lists[i], match, value);
        if (entry != NULL) return decide_by(decision, SEKUIRE_DENY, rule, entry, entry->pointer);
    }
    return false;
}

/* Denies what a list with entries does not match; each of the lists must. */
static bool not_allowed(struct sekuire_decision *decision, const char *rule, const struct sek_list_set *set,
                        struct sekuire_text value) {
    for (size_t i = 0; i < set->count; i++) {
        const struct sek_list *list = &set->lists[i];
        if (list->count > 0 && find(list, sek_pattern_match, value) == NULL) return deny(decision, rule, list->pointer);
    }
    return false;
}

/* The first list of a set that has entries, or NULL. */
static const struct sek_list *first_filled(const struct sek_list_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->lists[i].count > 0) return &set->lists[i];
    return NULL;
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
static bool decide_network(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    if (!rules->network.present) return deny(decision, "network.missing", rules->network.pointer);
    if (!is_true(&rules->network.enabled)) return deny(decision, "network.disabled", rules->network.enabled.pointer);
    if (is_true(&rules->network.require_tls) && !is_tls(action->detail))
        return deny(decision, "network.tls_required", rules->network.require_tls.pointer);
    return blocked(decision, "network.blocked", &rules->network.blocked, sek_pattern_match, action->target) ||
           not_allowed(decision, "network.not_allowed", &rules->network.allowed, action->target);
}

/* fs.ext: a name without a dot passes; an empty extension is matched by no pattern. */
static bool extension_not_allowed(const struct sek_rules *rules, const struct sek_reading *action,
                                  struct sekuire_decision *decision) {
    if (action->extension.data == NULL) return false;
    struct sekuire_text bare = {action->extension.data + 1, action->extension.size - 1};
    return not_allowed(decision, "fs.ext", &rules->filesystem.extensions, bare);
}

/* fs.* */
static bool decide_filesystem(const struct sek_rules *rules, const struct sek_reading *action,
                              struct sekuire_decision *decision) {
    if (!rules->filesystem.present) return deny(decision, "fs.missing", rules->filesystem.pointer);
    if (!is_true(&rules->filesystem.enabled)) return deny(decision, "fs.disabled", rules->filesystem.enabled.pointer);
    return blocked(decision, "fs.blocked", &rules->filesystem.blocked, sek_pattern_match, action->target) ||
           not_allowed(decision, "fs.not_allowed", &rules->filesystem.allowed, action->target) ||
           extension_not_allowed(rules, action, decision);
}

/* tool.* */
static bool decide_tool(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    if (blocked(decision, "tool.blocked", &rules->blocked_tools, sek_pattern_match, action->target) ||
        not_allowed(decision, "tool.not_allowed", &rules->allowed_tools, action->target))
        return true;
    return is_true(&rules->require_tool_approval) &&
           decide_by(decision, SEKUIRE_ASK, "tool.approval_required", NULL, rules->require_tool_approval.pointer);
}

struct provider_question {
    const struct sek_rules *rules;
    struct sekuire_decision *decision;
};

/* A visitor of the providers that may be meant. */
static bool provider_blocked(void *context, struct sekuire_text provider) {
    struct provider_question *question = context;
    return blocked(question->decision, "provider.blocked", &question->rules->blocked_providers, sek_pattern_match, provider);
}

/* provider.*: asked only where a provider list has entries; then a provider that cannot be told is refused. */
static bool decide_provider(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    struct provider_question question = {rules, decision};
    const struct sek_list *list = first_filled(&rules->allowed_providers);
    if (list == NULL) list = first_filled(&rules->blocked_providers);
    if (list == NULL) return false;
    struct sekuire_text provider = sek_provider_of_model(action->target, action->detail);
    if (provider.size == 0) return deny(decision, "provider.unknown", list->pointer);
    return sek_provider_each_meant(action->target, action->detail, provider_blocked, &question) ||
           not_allowed(decision, "provider.not_allowed", &rules->allowed_providers, provider);
}

/* model.*, then provider.* */
static bool decide_model(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    return blocked(decision, "model.blocked", &rules->blocked_models, sek_pattern_match_blocked_model, action->target) ||
           not_allowed(decision, "model.not_allowed", &rules->allowed_models, action->target) ||
           decide_provider(rules, action, decision);
}

/* The entries of one service add up: the first one that lets the endpoint pass ends it. */
static bool decide_service(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    const struct sek_service *matched = NULL;
    for (size_t i = 0; i < rules->api.service_count; i++) {
        const struct sek_service *service = &rules->api.services[i];
        if (!sek_pattern_match(&service->entry.pattern, action->target)) continue;
        if (action->detail.data == NULL || service->endpoints.count == 0 ||
            find(&service->endpoints, sek_pattern_match, action->detail) != NULL)
            return false;
        if (matched == NULL) matched = service;
    }
    if (matched == NULL) return deny(decision, "api.not_allowed", rules->api.services_pointer);
    return decide_by(decision, SEKUIRE_DENY, "api.endpoint_not_allowed", &matched->entry, matched->entry.pointer);
}

/* api.* */
static bool decide_api(const struct sek_rules *rules, const struct sek_reading *action, struct sekuire_decision *decision) {
    if (!rules->api.present) return deny(decision, "api.missing", rules->api.pointer);
    if (!is_true(&rules->api.enabled)) return deny(decision, "api.disabled", rules->api.enabled.pointer);
    return rules->api.service_count > 0 && decide_service(rules, action, decision);
}

/* rate_limit.exceeded */
static bool decide_rate_limit(const struct sek_rules *rules, const struct sek_reading *action, uint64_t count,
                              struct sekuire_decision *decision) {
    const struct sek_limit *limit = &rules->limits[action->limit_type][action->window];
    return limit->present && count > limit->value && deny(decision, "rate_limit.exceeded", limit->pointer);
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
static bool decide_type(const struct sek_rules *rules, const struct sekuire_action *action, const struct sek_reading *reading,
                        struct sekuire_decision *decision) {
    switch (action->type) {
    case SEKUIRE_ACTION_NETWORK: return decide_network(rules, reading, decision);
    case SEKUIRE_ACTION_FILESYSTEM: return decide_filesystem(rules, reading, decision);
    case SEKUIRE_ACTION_TOOL: return decide_tool(rules, reading, decision);
    case SEKUIRE_ACTION_MODEL: return decide_model(rules, reading, decision);
    case SEKUIRE_ACTION_API: return decide_api(rules, reading, decision);
    case SEKUIRE_ACTION_RATE_LIMIT: return decide_rate_limit(rules, reading, action->count, decision);
    case SEKUIRE_ACTION_NONE: break;
    }
    return true;
}

int sekuire_decide(const struct sekuire_engine *engine, const struct sekuire_action *action, int64_t now,
                   struct sekuire_decision *ret, struct sekuire_error *err) {
    struct sek_reading reading;
    struct sekuire_decision decision = {.verdict = SEKUIRE_DENY};
    const struct sek_rules *rules = sek_engine_rules(engine);
    int status = sek_action_read(action, &reading, err);
    if (status != 0) return status;
    if (!out_of_time(&rules->binding, now, &decision) && !decide_type(rules, action, &reading, &decision))
        decision.verdict = SEKUIRE_ALLOW;
    *ret = decision;
    return 0;
}
