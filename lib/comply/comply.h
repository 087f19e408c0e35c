/* SPDX-License-Identifier: Apache-2.0 */
/* Does this agent comply? (docs/spec/semantics.md, section 6.) A declaration against an engine gives a report. */
#ifndef SEK_COMPLY_COMPLY_H
#define SEK_COMPLY_COMPLY_H

#include "agent/declaration.h"
#include "base/report.h"
#include "decide/engine.h"

/* What only the caller can know of the files. */
struct sek_comply_options {
    int64_t now;
    struct sekuire_text manifest_folder; /* absolute; what `./data` is relative to; empty: relative paths are manifest.value */
    bool prompt_path_bad;                /* no regular file inside the manifest's folder, links followed */
    bool tools_path_bad;
    struct sekuire_text computed_id;     /* for identity.stale; empty: not judged */
};

/* One line of `push`, in the order of judgement: "Model 'gpt-4' is allowed". */
struct sek_comply_line {
    const char *kind; /* "Provider", "Model" or "Tool" */
    const char *value;
    bool allowed;
    struct sek_comply_line *next;
};

/* Judges everything. report gets the findings; lines (may be NULL), in the report's arena, one line for each distinct provider,
 * model and tool: providers first, then models, then tools. An expired policy is a finding too. Errors: memory. */
int sek_comply(const struct sekuire_engine *engine, const struct sek_declaration *declaration,
               const struct sek_comply_options *options, struct sek_report *report, struct sek_comply_line **lines,
               struct sekuire_error *err);

/* Does the policy limit more than the model and its provider (so that a bare publish cannot be judged: `undeclared`)? */
bool sek_comply_needs_declaration(const struct sekuire_engine *engine);

/* Writes one finding as cli.md's F. */
struct sek_writer;
void sek_finding_write(struct sek_writer *writer, const struct sek_finding *finding);

#endif
