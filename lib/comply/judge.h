/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one judgement, shared by the files of this folder. */
#ifndef SEK_COMPLY_JUDGE_H
#define SEK_COMPLY_JUDGE_H

#include "base/text-map.h"
#include "comply/comply.h"

enum { SEK_COMPLY_MESSAGE = 1024 }; /* room for a finding's message */

enum sek_line_kind { SEK_LINE_PROVIDER, SEK_LINE_MODEL, SEK_LINE_TOOL, SEK_LINE_KINDS };

/* The lines of one kind, in order, and by their values. */
struct sek_line_list {
    struct sek_comply_line *first;
    struct sek_comply_line *last;
    struct sek_text_map values;
};

struct sek_judge {
    const struct sekuire_engine *engine;
    const struct sek_rules *rules;
    const struct sek_declaration *declaration;
    const struct sek_comply_options *options;
    struct sek_report *report;
    struct sek_arena scratch;
    struct sek_text_map seen; /* what was reported: rule, place and value */
    struct sek_line_list lines[SEK_LINE_KINDS];
    const struct sek_index *provider_table; /* names.c */
    int status; /* the first failure: memory */
};

/* What a finding is about. */
struct sek_fact {
    const char *rule;                /* a literal */
    const struct sek_source *source; /* NULL: no place */
    struct sekuire_text value;
    const char *policy_pointer;
};

/* Reports a finding once for each rule, value and place; its severity and hint follow from its rule. */
void sek_judge_report(struct sek_judge *judge, const struct sek_fact *fact, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the sentence of a decision about action. */
void sek_judge_report_decision(struct sek_judge *judge, const struct sek_fact *fact,
                               const struct sekuire_decision *decision, const struct sekuire_action *action);
/* True if text can be judged; else there is a finding manifest.variable or manifest.value. what: "model". */
bool sek_judge_value(struct sek_judge *judge, const char *what, struct sekuire_text text, const struct sek_source *source);
/* Adds value's line, or turns the one that is there to denied. */
void sek_judge_line(struct sek_judge *judge, enum sek_line_kind kind, struct sekuire_text value, bool allowed);
/* Text for a message: control characters escaped, cut where it is long. In the scratch arena; "" without memory. */
const char *sek_judge_quote(struct sek_judge *judge, struct sekuire_text text);
/* True if decided; a memory failure is remembered. */
bool sek_judge_decide(struct sek_judge *judge, const struct sekuire_action *action, struct sekuire_decision *ret);

/* names.c */
void sek_judge_providers(struct sek_judge *judge);
void sek_judge_models(struct sek_judge *judge);
void sek_judge_tools(struct sek_judge *judge);
/* permissions.c */
void sek_judge_base_urls(struct sek_judge *judge);
void sek_judge_hosts(struct sek_judge *judge);
void sek_judge_paths(struct sek_judge *judge);
void sek_judge_limits(struct sek_judge *judge);

#endif
