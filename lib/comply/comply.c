/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a whole declaration. */
#include "comply/judge.h"

#include "base/error.h"
#include "base/limits.h"

/* A policy out of its time denies everything: one finding says so, and nothing else is asked of it. */
static bool out_of_time(struct sek_judge *judge) {
    struct sekuire_decision decision;
    struct sekuire_action action = {.type = SEKUIRE_ACTION_RATE_LIMIT, .target = SEK_TEXT("request")};
    if (!sek_judge_decide(judge, &action, &decision) || decision.rule == NULL) return false;
    if (strncmp(decision.rule, "policy.", 7) != 0) return false;
    struct sek_fact fact = {.rule = decision.rule, .policy_pointer = decision.pointer};
    sek_judge_report_decision(judge, &fact, &decision, &action);
    return true;
}

/* Puts the declared frameworks into a map; false without memory. */
static bool map_frameworks(const struct sek_declared_list *list, struct sek_text_map *map) {
    for (size_t i = 0; i < list->count; i++) {
        struct sek_text_entry *entry = sek_text_map_at(map, list->items[i].text);
        if (entry == NULL) return false;
        entry->value = &list->items[i];
    }
    return true;
}

/* The frameworks that the policy requires and nobody declares. */
static void judge_frameworks(struct sek_judge *judge) {
    const struct sek_rules *rules = judge->rules;
    struct sek_text_map declared = {.arena = &judge->scratch};
    bool memory = !map_frameworks(&judge->declaration->frameworks, &declared);
    for (size_t i = 0; i < rules->compliance.framework_count && !memory; i++) {
        struct sekuire_text framework = rules->compliance.frameworks[i];
        struct sek_fact fact = {"compliance.framework", &judge->declaration->compliance_source, framework,
                                rules->compliance.framework_pointers[i]};
        const struct sek_text_entry *entry = sek_text_map_at(&declared, framework);
        memory = entry == NULL;
        if (memory || entry->value != NULL) continue;
        sek_judge_report(judge, &fact, "The policy requires compliance framework %s, which is not declared",
                         sek_judge_quote(judge, framework));
    }
    if (memory) judge->status = SEKUIRE_ERR_MEMORY;
}

/* What the policy requires and the manifest does not declare. */
static void judge_compliance(struct sek_judge *judge) {
    const struct sek_rules *rules = judge->rules;
    const struct sek_declaration *declaration = judge->declaration;
    const struct sek_source *source = &declaration->compliance_source;
    const struct sek_flag *logging = &rules->compliance.require_audit_logging;
    struct sekuire_text residency = rules->compliance.data_residency;
    judge_frameworks(judge);
    for (size_t i = 0; rules->compliance.framework_count > 0 && i < declaration->frameworks.count; i++) {
        const struct sek_declared_item *item = &declaration->frameworks.items[i];
        if (sek_manifest_has_variable(item->text)) sek_judge_value(judge, "framework", item->text, &item->source);
    }
    if (logging->present && logging->value && !declaration->audit_logging) {
        const struct sek_source *off = declaration->audit_off_source.node == NULL ? source : &declaration->audit_off_source;
        struct sek_fact fact = {.rule = "compliance.audit_logging", .source = off, .policy_pointer = logging->pointer};
        sek_judge_report(judge, &fact, "The policy requires audit logging, which is not declared");
    }
    if (residency.data != NULL && !sek_text_equal(residency, declaration->data_residency)) {
        const struct sek_source *other =
            declaration->data_residency_source.node == NULL ? source : &declaration->data_residency_source;
        struct sek_fact fact = {"compliance.data_residency", other, residency, rules->compliance.data_residency_pointer};
        sek_judge_report(judge, &fact, "The policy requires data residency %s, which is not declared",
                         sek_judge_quote(judge, residency));
    }
}

/* manifest.path for a file. */
static void judge_file(struct sek_judge *judge, bool bad, const char *what, const struct sek_source *source) {
    struct sek_fact fact = {.rule = "manifest.path", .source = source};
    if (!bad || !sek_manifest_string(source->node, &fact.value)) return;
    sek_judge_report(judge, &fact, "The %s %s is no regular file inside the manifest's folder", what,
                     sek_judge_quote(judge, fact.value));
}

/* What only the manifest and its files can show. */
static void judge_files(struct sek_judge *judge) {
    const struct sek_declaration *declaration = judge->declaration;
    struct sekuire_text computed = judge->options->computed_id;
    judge_file(judge, judge->options->prompt_path_bad, "system prompt", &declaration->prompt_path_source);
    judge_file(judge, judge->options->tools_path_bad, "tools file", &declaration->tools_path_source);
    for (size_t i = 0; i < declaration->tools_paths.count; i++)
        judge_file(judge, true, "tools file", &declaration->tools_paths.items[i].source);
    if (declaration->stated_id.data == NULL || computed.size == 0 || sek_text_equal(declaration->stated_id, computed))
        return;
    struct sek_fact fact = {
        .rule = "identity.stale", .source = &declaration->identity_source, .value = declaration->stated_id};
    sek_judge_report(judge, &fact, "project.sekuire_id is %s, but the computed id is %s",
                     sek_judge_quote(judge, declaration->stated_id), sek_judge_quote(judge, computed));
}

/* One list of the lines: providers, models, tools. */
static struct sek_comply_line *join_lines(struct sek_judge *judge) {
    struct sek_comply_line *first = NULL;
    for (size_t kind = SEK_LINE_KINDS; kind-- > 0;) {
        struct sek_line_list *list = &judge->lines[kind];
        if (list->first == NULL) continue;
        list->last->next = first;
        first = list->first;
    }
    return first;
}

int sek_comply(const struct sekuire_engine *engine, const struct sek_declaration *declaration,
               const struct sek_comply_options *options, struct sek_report *report, struct sek_comply_line **lines,
               struct sekuire_error *err) {
    struct sek_judge judge = {.engine = engine,
                              .rules = sek_engine_rules(engine),
                              .declaration = declaration,
                              .options = options,
                              .report = report};
    sek_arena_init(&judge.scratch, SEK_LIMIT_TREE_ARENA);
    judge.seen.arena = &judge.scratch;
    for (size_t kind = 0; kind < SEK_LINE_KINDS; kind++) judge.lines[kind].values.arena = &judge.scratch;
    if (!out_of_time(&judge)) {
        sek_judge_providers(&judge);
        sek_judge_models(&judge);
        sek_judge_tools(&judge);
        sek_judge_base_urls(&judge);
        sek_judge_hosts(&judge);
        sek_judge_paths(&judge);
        sek_judge_limits(&judge);
        judge_compliance(&judge);
    }
    judge_files(&judge);
    int status = judge.status != 0 || report->status != 0 ? sek_fail_memory(err) : 0;
    if (status == 0 && lines != NULL) *lines = join_lines(&judge);
    sek_arena_clear(&judge.scratch);
    return status;
}

/* Has any list of the set an entry? */
static bool has_entries(const struct sek_list_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->lists[i].count > 0) return true;
    return false;
}

/* Is a boolean there and true? */
static bool is_true(const struct sek_flag *flag) {
    return flag->present && flag->value;
}

bool sek_comply_needs_declaration(const struct sekuire_engine *engine) {
    const struct sek_rules *rules = sek_engine_rules(engine);
    for (size_t i = 0; i < 4; i++)
        if (rules->limits[i / 2][i % 2].present) return true;
    if (has_entries(&rules->allowed_tools) || has_entries(&rules->blocked_tools) || is_true(&rules->require_tool_approval))
        return true;
    if (rules->network.present && (!is_true(&rules->network.enabled) || is_true(&rules->network.require_tls) ||
                                   has_entries(&rules->network.allowed) || has_entries(&rules->network.blocked)))
        return true;
    return rules->filesystem.present &&
           (!is_true(&rules->filesystem.enabled) || has_entries(&rules->filesystem.allowed) ||
            has_entries(&rules->filesystem.blocked) || has_entries(&rules->filesystem.extensions));
}
