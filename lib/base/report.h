/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong with a manifest or a policy, as a list rather than an error. Used by policy/rules (lint) and
 * comply. Everything in a report lives in its arena. */
#ifndef SEK_BASE_REPORT_H
#define SEK_BASE_REPORT_H

#include "base/arena.h"

#include <stdbool.h>

enum sek_severity { SEK_SEVERITY_ERROR = 0, SEK_SEVERITY_WARNING };

/* Strings are NUL-terminated, UTF-8, and may hold foreign text: escape on the way to a terminal. NULL where unknown. */
struct sek_finding {
    const char *rule;
    enum sek_severity severity;
    const char *message; /* one sentence */
    const char *file;
    uint32_t line;   /* 0: unknown */
    uint32_t column;
    const char *pointer;        /* JSON pointer in the manifest (or the policy, for lint) */
    const char *policy_pointer; /* JSON pointer in the policy's content */
    const char *value;          /* what was judged */
    const char *hint;           /* what to do about it */
    struct sek_finding *next;
};

struct sek_report {
    struct sek_arena arena;
    struct sek_finding *first;
    struct sek_finding *last;
    size_t errors;
    size_t warnings;
    bool truncated; /* SEK_LIMIT_FINDINGS was reached */
    int status;     /* SEKUIRE_ERR_MEMORY once something did not fit in memory: the report must not be trusted then */
};

void sek_report_init(struct sek_report *report);
void sek_report_clear(struct sek_report *report);
/* Appends a copy of *finding: message, pointer, policy_pointer, value, file and hint are copied, rule is borrowed (a
 * literal). */
void sek_report_add(struct sek_report *report, const struct sek_finding *finding);

#endif
