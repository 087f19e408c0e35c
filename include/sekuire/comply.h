/* SPDX-License-Identifier: Apache-2.0 */
/* Does an agent comply with a policy? */
#ifndef SEKUIRE_COMPLY_H
#define SEKUIRE_COMPLY_H

#include <sekuire/agent.h>
#include <sekuire/decide.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sekuire_report;

/* Strings are borrowed from the report, NULL where unknown; foreign text in them is not escaped for terminals. */
struct sekuire_finding {
    const char *rule; /* "tool.not_allowed" */
    int is_error;     /* 0: a warning */
    const char *message;
    const char *file;
    uint32_t line, column; /* from 1; 0: unknown */
    const char *pointer;        /* in the manifest or tools file */
    const char *policy_pointer; /* in the policy's content */
    const char *value;
    const char *hint;
};

/* Judges agent against engine at now (Unix seconds). Errors: memory. Findings are the report's, not an error. */
SEKUIRE_API int sekuire_check(const struct sekuire_engine *engine, const struct sekuire_agent *agent, int64_t now,
                              struct sekuire_report **ret, struct sekuire_error *err);
/* 1 if there is no finding of severity error. */
SEKUIRE_API int sekuire_report_compliant(const struct sekuire_report *report);
SEKUIRE_API size_t sekuire_report_count(const struct sekuire_report *report);
/* False (0) past the end. */
SEKUIRE_API int sekuire_report_get(const struct sekuire_report *report, size_t index, struct sekuire_finding *ret);
SEKUIRE_API void sekuire_report_free(struct sekuire_report *report);

#ifdef __cplusplus
}
#endif
#endif
