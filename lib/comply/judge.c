/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and lines, as they are gathered. */
#include "comply/judge.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"

/* What to do about a finding, and how bad it is, by its rule; a rule's first row counts. */
static const struct {
    const char *rule; /* a whole rule, or the start of one that ends in a dot */
    enum sek_severity severity;
    const char *hint;
} rules_table[] = {
    {"model.blocked", SEK_SEVERITY_ERROR, "Use another model: the policy blocks this one whatever else it allows."},
    {"model.not_allowed", SEK_SEVERITY_ERROR, "Use a model of the policy's list, or have this one added to it."},
    {"provider.unknown", SEK_SEVERITY_ERROR, "Say whose model it is: set provider beside the model in its llm section."},
    {"provider.blocked", SEK_SEVERITY_ERROR, "Use a model of another provider: the policy blocks this one."},
    {"provider.not_allowed", SEK_SEVERITY_ERROR, "Use a provider of the policy's list, or have this one added to it."},
    {"provider.conflict", SEK_SEVERITY_WARNING,
     "Check the provider; a gateway that serves other providers' models is fine."},
    {"tool.blocked", SEK_SEVERITY_ERROR, "Remove the tool: the policy blocks it whatever else it allows."},
    {"tool.not_allowed", SEK_SEVERITY_ERROR, "Remove the tool, or have it added to the policy's list."},
    {"tool.approval_required", SEK_SEVERITY_WARNING, "Be ready to ask a person before each call of this tool."},
    {"network.tls_required", SEK_SEVERITY_ERROR, "Write the base_url with https://."},
    {"network.", SEK_SEVERITY_ERROR, "Use a base_url on a host that the policy allows, or have the host added to it."},
    {"permission.network", SEK_SEVERITY_ERROR, "Declare only hosts that the policy's network section covers."},
    {"permission.filesystem", SEK_SEVERITY_ERROR, "Declare only paths that the policy's filesystem section covers."},
    {"permission.rate_limit", SEK_SEVERITY_ERROR, "Lower the declared limit to the policy's."},
    {"manifest.variable", SEK_SEVERITY_ERROR,
     "Write the value itself: variables are not expanded before an agent is judged."},
    {"manifest.value", SEK_SEVERITY_ERROR, "Correct the value: as it stands it can be neither allowed nor denied."},
    {"manifest.path", SEK_SEVERITY_ERROR, "Put the file into the manifest's folder and name it by a relative path."},
    {"identity.stale", SEK_SEVERITY_WARNING, "Push the agent again, or remove project.sekuire_id."},
    {"compliance.framework", SEK_SEVERITY_WARNING, "Declare the framework in agent.compliance.framework."},
    {"compliance.audit_logging", SEK_SEVERITY_WARNING, "Set agent.compliance.audit_logging to true."},
    {"compliance.data_residency", SEK_SEVERITY_WARNING, "Declare it in compliance.data_residency."},
    {"policy.", SEK_SEVERITY_ERROR, "Fetch the policy that is active now, or have a new one signed."},
};

/* Severity and hint of a rule. */
static void classify(const char *rule, struct sek_finding *finding) {
    for (size_t i = 0; i < sizeof rules_table / sizeof rules_table[0]; i++) {
        size_t size = strlen(rules_table[i].rule);
        bool start = rules_table[i].rule[size - 1] == '.';
        if (start ? strncmp(rules_table[i].rule, rule, size) != 0 : strcmp(rules_table[i].rule, rule) != 0) continue;
        finding->severity = rules_table[i].severity;
        finding->hint = rules_table[i].hint;
        return;
    }
}

/* Remembers that memory ran out. */
static void fail(struct sek_judge *judge) {
    if (judge->status == 0) judge->status = SEKUIRE_ERR_MEMORY;
}

/* Was the same reported for the same place already? If not, it is now. */
static bool seen_before(struct sek_judge *judge, const struct sek_fact *fact) {
    const struct sek_node *node = fact->source == NULL ? NULL : fact->source->node;
    size_t rule_size = strlen(fact->rule) + 1;
    size_t size = rule_size + sizeof node + fact->value.size;
    char *key = sek_arena_alloc(&judge->scratch, size);
    struct sek_text_entry *entry = NULL;
    if (key != NULL) {
        memcpy(key, fact->rule, rule_size);
        memcpy(key + rule_size, &node, sizeof node);
        if (fact->value.size > 0) memcpy(key + rule_size + sizeof node, fact->value.data, fact->value.size);
        entry = sek_text_map_at(&judge->seen, (struct sekuire_text){key, size});
    }
    if (entry == NULL) {
        fail(judge);
        return true;
    }
    bool seen = entry->value != NULL;
    entry->value = judge;
    return seen;
}

/* Puts a finding with its message into the report. */
static void report(struct sek_judge *judge, const struct sek_fact *fact, const char *message) {
    struct sek_finding finding = {.rule = fact->rule, .message = message, .policy_pointer = fact->policy_pointer};
    if (judge->status != 0 || seen_before(judge, fact)) return;
    classify(fact->rule, &finding);
    /* Over the cap a finding is only counted, so that warnings cannot crowd an error out of the verdict. */
    bool kept = !judge->report->truncated;
    if (kept && fact->value.data != NULL) {
        finding.value = sek_arena_copy(&judge->scratch, fact->value);
        if (finding.value == NULL) fail(judge);
    }
    if (kept && fact->source != NULL) {
        const struct sek_node *node = fact->source->node;
        finding.file = fact->source->file;
        if (node != NULL && finding.file != NULL) {
            finding.line = node->at.line;
            finding.column = node->at.column;
        }
        if (node != NULL) {
            finding.pointer = sek_node_pointer(&judge->scratch, node);
            if (finding.pointer == NULL) fail(judge);
        }
    }
    if (judge->status == 0) sek_report_add(judge->report, &finding);
}

void sek_judge_report(struct sek_judge *judge, const struct sek_fact *fact, const char *format, ...) {
    char message[SEK_COMPLY_MESSAGE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    report(judge, fact, message);
}

void sek_judge_report_decision(struct sek_judge *judge, const struct sek_fact *fact,
                               const struct sekuire_decision *decision, const struct sekuire_action *action) {
    char message[SEK_COMPLY_MESSAGE];
    sekuire_decision_message(decision, action, message, sizeof message);
    report(judge, fact, message);
}

const char *sek_judge_quote(struct sek_judge *judge, struct sekuire_text text) {
    char escaped[SEK_COMPLY_MESSAGE / 2];
    size_t size = sek_utf8_escape(escaped, sizeof escaped, text);
    const char *copy = sek_arena_copy(&judge->scratch, (struct sekuire_text){escaped, size});
    if (copy == NULL) fail(judge);
    return copy == NULL ? "" : copy;
}

bool sek_judge_value(struct sek_judge *judge, const char *what, struct sekuire_text text, const struct sek_source *source) {
    struct sekuire_error problem = {0};
    struct sek_fact fact = {.rule = "manifest.variable", .source = source, .value = text};
    if (sek_manifest_has_variable(text)) {
        sek_judge_report(judge, &fact, "The %s '%s' still holds a variable", what, sek_judge_quote(judge, text));
        return false;
    }
    if (sek_value_check(text, &problem) == 0) return true;
    fact.rule = "manifest.value";
    sek_judge_report(judge, &fact, "The %s '%s' cannot be judged: %s", what, sek_judge_quote(judge, text), problem.message);
    return false;
}

void sek_judge_line(struct sek_judge *judge, enum sek_line_kind kind, struct sekuire_text value, bool allowed) {
    static const char *const kinds[SEK_LINE_KINDS] = {"Provider", "Model", "Tool"};
    struct sek_line_list *list = &judge->lines[kind];
    struct sek_text_entry *entry = sek_text_map_at(&list->values, value);
    struct sek_comply_line *line = entry == NULL ? NULL : entry->value;
    if (line != NULL) {
        line->allowed = line->allowed && allowed;
        return;
    }
    const char *copy = sek_arena_copy(&judge->report->arena, value);
    line = sek_arena_alloc(&judge->report->arena, sizeof *line);
    if (entry == NULL || line == NULL || copy == NULL) {
        fail(judge);
        return;
    }
    *line = (struct sek_comply_line){.kind = kinds[kind], .value = copy, .allowed = allowed};
    entry->value = line;
    if (list->last == NULL) list->first = line;
    else list->last->next = line;
    list->last = line;
}

bool sek_judge_decide(struct sek_judge *judge, const struct sekuire_action *action, struct sekuire_decision *ret) {
    int status = sekuire_decide(judge->engine, action, judge->options->now, ret, NULL);
    if (status == SEKUIRE_ERR_MEMORY) fail(judge);
    return status == 0;
}
