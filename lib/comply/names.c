/* SPDX-License-Identifier: Apache-2.0 */
/* Providers, models and tools. */
#include "agent/provider.h"
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
static struct sekuire_text decided_provider(const struct sekuire_decision *decision, const struct sekuire_action *action) {
    struct provider_search search = {.pattern = decision->pattern};
    if (decision->pattern.data != NULL && sek_provider_each_meant(NULL, action->target, action->detail, is_named, &search))
        return search.found;
    return sek_provider_of_model(NULL, action->target, action->detail);
}

/* The first entry of a set that matches a provider, or NULL. */
static const struct sek_entry *find(const struct sek_list_set *set, struct sekuire_text provider) {
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->lists[i].count; k++)
            if (sek_pattern_match(&set->lists[i].entries[k].pattern, provider)) return &set->lists[i].entries[k];
    return NULL;
}

/* The first list of a set that has entries and matches a provider with none of them, or NULL. */
static const struct sek_list *find_refusing(const struct sek_list_set *set, struct sekuire_text provider) {
    for (size_t i = 0; i < set->count; i++) {
        const struct sek_list_set one = {.lists = {set->lists[i]}, .count = 1};
        if (set->lists[i].count > 0 && find(&one, provider) == NULL) return &set->lists[i];
    }
    return NULL;
}

/* A provider by itself: no action asks for one without a model, so the lists are asked here. */
static bool provider_denied(const struct sek_rules *rules, struct sekuire_text provider, struct sekuire_decision *ret) {
    const struct sek_entry *entry = find(&rules->blocked_providers, provider);
    const struct sek_list *list = find_refusing(&rules->allowed_providers, provider);
    if (entry != NULL)
        *ret = (struct sekuire_decision){.rule = "provider.blocked", .pattern = entry->text, .pointer = entry->pointer};
    else if (list != NULL) *ret = (struct sekuire_decision){.rule = "provider.not_allowed", .pointer = list->pointer};
    return entry != NULL || list != NULL;
}

void sek_judge_providers(struct sek_judge *judge) {
    const struct sek_declared_list *list = &judge->declaration->providers;
    for (size_t i = 0; i < list->count; i++) {
        const struct sek_declared_item *item = &list->items[i];
        struct sekuire_decision decision;
        if (!sek_judge_value(judge, "provider", item->text, &item->source)) continue;
        bool denied = provider_denied(judge->rules, item->text, &decision);
        sek_judge_line(judge, SEK_LINE_PROVIDER, item->text, !denied);
        if (!denied) continue;
        /* The sentence is that of a model's decision, whose provider is the declared one. */
        struct sekuire_action action = {.type = SEKUIRE_ACTION_MODEL, .target = item->text, .detail = item->text};
        struct sek_fact fact = {decision.rule, &item->source, item->text, decision.pointer};
        sek_judge_report_decision(judge, &fact, &decision, &action);
    }
}

/* provider.conflict, where a declared provider and the model's name disagree. */
static void judge_conflict(struct sek_judge *judge, const struct sek_declared_model *model) {
    struct sekuire_text other;
    if (!sek_provider_conflict(model->model, model->provider, &other)) return;
    struct sek_fact fact = {.rule = "provider.conflict", .source = &model->provider_source, .value = model->provider};
    sek_judge_report(judge, &fact, "Provider %s is declared for model %s, whose name says %s",
                     sek_judge_quote(judge, model->provider), sek_judge_quote(judge, model->model),
                     sek_judge_quote(judge, other));
}

/* What the lists of providers say of a model: the finding is the provider's, at the place that names it. */
static void report_provider(struct sek_judge *judge, const struct sek_declared_model *model,
                            const struct sekuire_decision *decision, const struct sekuire_action *action) {
    struct sekuire_text provider = decided_provider(decision, action);
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
        provider_good ? sek_provider_of_model(NULL, model->model, action.detail) : (struct sekuire_text){0};
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
