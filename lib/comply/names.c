/* SPDX-License-Identifier: Apache-2.0 */
/* Providers, models and tools. */
#include "agent/provider.h"
#include "base/ascii.h"
#include "comply/judge.h"

struct provider_search {
    struct sekuire_text pattern;
    struct sekuire_text found;
};

/* A visitor that stops at the provider that the deciding entry names. */
static bool is_named(void *context, struct sekuire_text provider) {
    struct provider_search *search = context;
    search->found = provider;
    return sek_text_is(search->pattern, "*") || sek_text_equal_ascii_case(search->pattern, provider);
}

/* The provider that a decision about a model speaks of; data NULL where none is known. */
static struct sekuire_text decided_provider(const struct sek_index *table, const struct sekuire_decision *decision,
                                            const struct sekuire_action *action) {
    struct provider_search search = {.pattern = decision->pattern};
    if (decision->pattern.data != NULL && sek_provider_each_meant(table, action->target, action->detail, is_named, &search))
        return search.found;
    return sek_provider_of_model(table, action->target, action->detail);
}

/* A provider by itself: no action asks for one without a model, so the lists are asked here. */
static bool provider_denied(const struct sek_compiled *compiled, struct sekuire_text provider, struct sekuire_decision *ret) {
    const struct sek_blocked *blocked = &compiled->blocked_providers;
    const struct sek_allowed *allowed = &compiled->allowed_providers;
    char space[SEK_LIMIT_ACTION_TEXT];
    struct sekuire_text lowered = {space, provider.size};
    sek_ascii_lower_copy(space, provider);
    uint32_t order = blocked->index == NULL ? SEK_INDEX_NONE : sek_index_find(blocked->index, lowered);
    if (order != SEK_INDEX_NONE) {
        const struct sek_entry *entry = blocked->entries[order];
        *ret = (struct sekuire_decision){.rule = "provider.blocked", .pattern = entry->text, .pointer = entry->pointer};
        return true;
    }
    for (size_t i = 0; i < allowed->count; i++) {
        if (sek_index_find(allowed->lists[i].index, lowered) != SEK_INDEX_NONE) continue;
        *ret = (struct sekuire_decision){.rule = "provider.not_allowed", .pointer = allowed->lists[i].pointer};
        return true;
    }
    return false;
}

void sek_judge_providers(struct sek_judge *judge) {
    const struct sek_declared_list *list = &judge->declaration->providers;
    for (size_t i = 0; i < list->count; i++) {
        const struct sek_declared_item *item = &list->items[i];
        struct sekuire_decision decision;
        if (!sek_judge_value(judge, "provider", item->text, &item->source)) continue;
        bool denied = provider_denied(sek_engine_compiled(judge->engine), item->text, &decision);
        sek_judge_line(judge, SEK_LINE_PROVIDER, item->text, !denied);
        if (!denied) continue;
        /* The sentence is that of a model's decision, whose provider is the declared one. */
        struct sekuire_action action = {.type = SEKUIRE_ACTION_MODEL, .target = item->text, .detail = item->text};
        struct sek_fact fact = {decision.rule, &item->source, item->text, decision.pointer};
        sek_judge_report_decision(judge, &fact, &decision, &action);
    }
}

/* The table of providers' prefixes as an index, made when it is first asked for; NULL without memory: then the table is read through. */
static const struct sek_index *provider_table(struct sek_judge *judge) {
    struct sekuire_error problem = {0};
    if (judge->provider_table == NULL) sek_provider_index(&judge->scratch, &judge->provider_table, &problem);
    return judge->provider_table;
}

/* A visitor that stops at the first provider other than the declared one. */
static bool differs(void *context, struct sekuire_text provider) {
    struct provider_search *search = context;
    search->found = provider;
    return !sek_text_equal_ascii_case(search->pattern, provider);
}

/* provider.conflict, where a declared provider and the model's name disagree. */
static void judge_conflict(struct sek_judge *judge, const struct sek_declared_model *model) {
    struct provider_search search = {.pattern = model->provider};
    if (!sek_provider_each_meant(provider_table(judge), model->model, model->provider, differs, &search)) return;
    struct sek_fact fact = {.rule = "provider.conflict", .source = &model->provider_source, .value = model->provider};
    sek_judge_report(judge, &fact, "Provider %s is declared for model %s, whose name says %s",
                     sek_judge_quote(judge, model->provider), sek_judge_quote(judge, model->model),
                     sek_judge_quote(judge, search.found));
}

/* What the lists of providers say of a model: the finding is the provider's, at the place that names it. */
static void report_provider(struct sek_judge *judge, const struct sek_declared_model *model,
                            const struct sekuire_decision *decision, const struct sekuire_action *action) {
    struct sekuire_text provider = decided_provider(provider_table(judge), decision, action);
    bool declared = action->detail.data != NULL && sek_text_equal(provider, model->provider);
    struct sek_fact fact = {decision->rule, declared ? &model->provider_source : &model->source, provider,
                            decision->pointer};
    if (provider.data == NULL) {
        fact.value = model->model;
        fact.source = &model->source;
    } else {
        sek_judge_line(judge, SEK_LINE_PROVIDER, provider, false);
    }
    sek_judge_report_decision(judge, &fact, decision, action);
}

/* One model with the provider declared beside it. */
static void judge_model(struct sek_judge *judge, const struct sek_declared_model *model) {
    struct sekuire_decision decision;
    struct sekuire_action action = {.type = SEKUIRE_ACTION_MODEL, .target = model->model};
    bool provider_good =
        model->provider.data == NULL || sek_judge_value(judge, "provider", model->provider, &model->provider_source);
    if (!sek_judge_value(judge, "model", model->model, &model->source)) return;
    if (provider_good && model->provider.data != NULL) {
        action.detail = model->provider;
        judge_conflict(judge, model);
    }
    if (!sek_judge_decide(judge, &action, &decision)) return;
    bool denied = decision.verdict == SEKUIRE_DENY;
    bool by_provider = denied && strncmp(decision.rule, "provider.", 9) == 0;
    bool unknown = by_provider && strcmp(decision.rule, "provider.unknown") == 0;
    /* A provider that cannot be read has its own finding; another one must not be guessed for it. */
    if (by_provider && !provider_good) denied = by_provider = unknown = false;
    struct sekuire_text provider =
        provider_good ? sek_provider_of_model(provider_table(judge), model->model, action.detail) : (struct sekuire_text){0};
    if (!denied && provider.size > 0) sek_judge_line(judge, SEK_LINE_PROVIDER, provider, true);
    sek_judge_line(judge, SEK_LINE_MODEL, model->model, !denied || (by_provider && !unknown));
    if (!denied) return;
    struct sek_fact fact = {decision.rule, &model->source, model->model, decision.pointer};
    if (by_provider) report_provider(judge, model, &decision, &action);
    else sek_judge_report_decision(judge, &fact, &decision, &action);
}

void sek_judge_models(struct sek_judge *judge) {
    for (size_t i = 0; i < judge->declaration->model_count; i++) judge_model(judge, &judge->declaration->models[i]);
}

void sek_judge_tools(struct sek_judge *judge) {
    const struct sek_declared_list *list = &judge->declaration->tools;
    for (size_t i = 0; i < list->count; i++) {
        const struct sek_declared_item *item = &list->items[i];
        struct sekuire_decision decision;
        struct sekuire_action action = {.type = SEKUIRE_ACTION_TOOL, .target = item->text};
        if (!sek_judge_value(judge, "tool", item->text, &item->source) || !sek_judge_decide(judge, &action, &decision))
            continue;
        sek_judge_line(judge, SEK_LINE_TOOL, item->text, decision.verdict != SEKUIRE_DENY);
        if (decision.verdict == SEKUIRE_ALLOW) continue;
        struct sek_fact fact = {decision.rule, &item->source, item->text, decision.pointer};
        sek_judge_report_decision(judge, &fact, &decision, &action);
    }
}
