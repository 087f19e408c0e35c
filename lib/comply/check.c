/* SPDX-License-Identifier: Apache-2.0 */
/* The exported face: an agent against an engine. */
#include <sekuire/comply.h>

#include "agent/agent.h"
#include "base/alloc.h"
#include "base/error.h"
#include "comply/comply.h"

struct sekuire_report {
    struct sek_report report;
};

int sekuire_check(const struct sekuire_engine *engine, const struct sekuire_agent *agent, int64_t now,
                  struct sekuire_report **ret, struct sekuire_error *err) {
    const struct sek_manifest *manifest = sek_agent_manifest(agent);
    const struct sek_declaration *declaration = sek_agent_declaration(agent);
    const struct sek_comply_options options = {
        .now = now,
        .manifest_folder = declaration->folder,
        .prompt_path_bad = sek_manifest_path_leaves(manifest->system_prompt_path),
        .tools_path_bad = sek_manifest_path_leaves(manifest->tools_path),
        .computed_id = declaration->sekuire_id,
    };
    struct sekuire_report *report = sek_alloc_zero(1, sizeof *report);
    if (report == NULL) return sek_fail_memory(err);
    sek_report_init(&report->report);
    int status = sek_comply(engine, declaration, &options, &report->report, NULL, err);
    if (status != 0) {
        sekuire_report_free(report);
        return status;
    }
    *ret = report;
    return 0;
}

int sekuire_report_compliant(const struct sekuire_report *report) {
    return report->report.errors == 0;
}

/* Findings over the cap are counted, but not kept: the number of those that are. */
size_t sekuire_report_count(const struct sekuire_report *report) {
    size_t count = 0;
    for (const struct sek_finding *finding = report->report.first; finding != NULL; finding = finding->next) count++;
    return count;
}

int sekuire_report_get(const struct sekuire_report *report, size_t index, struct sekuire_finding *ret) {
    const struct sek_finding *finding = report->report.first;
    while (finding != NULL && index-- > 0) finding = finding->next;
    if (finding == NULL) return 0;
    *ret = (struct sekuire_finding){
        .rule = finding->rule,
        .is_error = finding->severity == SEK_SEVERITY_ERROR,
        .message = finding->message,
        .file = finding->file,
        .line = finding->line,
        .column = finding->column,
        .pointer = finding->pointer,
        .policy_pointer = finding->policy_pointer,
        .value = finding->value,
        .hint = finding->hint,
    };
    return 1;
}

void sekuire_report_free(struct sekuire_report *report) {
    if (report == NULL) return;
    sek_report_clear(&report->report);
    sek_free(report);
}
