/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and lines, as they are gathered. */
#include "comply/judge.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"

struct sek_seen {
    const char *rule;
    struct sekuire_text value;
    const struct sek_node *node;
    struct sek_seen *next;
};

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
    for (const struct sek_seen *seen = judge->seen; seen != NULL; seen = seen->next)
        if (seen->node == node && strcmp(seen->rule, fact->rule) == 0 && sek_text_equal(seen->value, fact->value))
            return true;
    struct sek_seen *seen = sek_arena_alloc(&judge->scratch, sizeof *seen);
    if (seen == NULL) {
        fail(judge);
        return true;
    }
    *seen = (struct sek_seen){fact->rule, fact->value, node, judge->seen};
    judge->seen = seen;
    return false;
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
    for (struct sek_line_node *node = list->first; node != NULL; node = node->next) {
        if (!sek_text_equal(value, node->value)) continue;
        if (!allowed) node->line->allowed = false;
        return;
    }
    struct sek_line_node *node = sek_arena_alloc(&judge->scratch, sizeof *node);
    struct sek_comply_line *line = sek_arena_alloc(&judge->report->arena, sizeof *line);
    const char *copy = sek_arena_copy(&judge->report->arena, value);
    if (node == NULL || line == NULL || copy == NULL) {
        fail(judge);
        return;
    }
    *line = (struct sek_comply_line){.kind = kinds[kind], .value = copy, .allowed = allowed};
    *node = (struct sek_line_node){.value = value, .line = line};
    if (list->last == NULL) {
        list->first = node;
    } else {
        list->last->next = node;
        list->last->line->next = line;
    }
    list->last = node;
}

bool sek_judge_decide(struct sek_judge *judge, const struct sekuire_action *action, struct sekuire_decision *ret) {
    int status = sekuire_decide(judge->engine, action, judge->options->now, ret, NULL);
    if (status == SEKUIRE_ERR_MEMORY) fail(judge);
    return status == 0;
}
