/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of findings. */
#include "base/report.h"

#include "base/limits.h"
#include "base/text.h"

enum { REPORT_ARENA_MAX = 64 << 20 };

void sek_report_init(struct sek_report *report) {
    *report = (struct sek_report){0};
    sek_arena_init(&report->arena, REPORT_ARENA_MAX);
}

void sek_report_clear(struct sek_report *report) {
    if (report == NULL) return;
    sek_arena_clear(&report->arena);
    sek_report_init(report);
}

/* A copy in the report's arena; NULL stays NULL. */
static const char *keep(struct sek_report *report, const char *string) {
    if (string == NULL) return NULL;
    const char *copy = sek_arena_copy(&report->arena, sek_text(string));
    if (copy == NULL) report->status = SEKUIRE_ERR_MEMORY;
    return copy;
}

void sek_report_add(struct sek_report *report, const struct sek_finding *finding) {
    if (finding->severity == SEK_SEVERITY_ERROR) report->errors++;
    else report->warnings++;
    if (report->errors + report->warnings > SEK_LIMIT_FINDINGS) {
        report->truncated = true;
        return;
    }
    struct sek_finding *copy = sek_arena_alloc(&report->arena, sizeof *copy);
    if (copy == NULL) {
        report->status = SEKUIRE_ERR_MEMORY;
        return;
    }
    *copy = *finding;
    copy->next = NULL;
    copy->message = keep(report, finding->message);
    copy->file = keep(report, finding->file);
    copy->pointer = keep(report, finding->pointer);
    copy->policy_pointer = keep(report, finding->policy_pointer);
    copy->value = keep(report, finding->value);
    copy->hint = keep(report, finding->hint);
    if (report->last == NULL) report->first = copy;
    else report->last->next = copy;
    report->last = copy;
}
