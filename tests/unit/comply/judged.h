/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest and a tools file against a policy, with the findings as text, one a line:
 * E model.not_allowed sekuire.yml:5:10 /identity/model POLICY_POINTER 'value' Message
 * E or W; "-" for what is unknown. Include after cmocka.h. */
#ifndef TEST_COMPLY_JUDGED_H
#define TEST_COMPLY_JUDGED_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "comply/comply.h"
#include "tree/json.h"

enum { TEST_NOW = 1700000000, TEST_TEXT_MAX = 8 << 20 };

/* identity.model is at line 5, column 10; what follows starts at line 8. */
#define HEAD_OF(model)                                                                                                     \
    "project:\n  name: a\n  version: 1.0\nidentity:\n  model: " model "\n  system_prompt_path: p.md\n  tools_path: t.json\n"
#define HEAD HEAD_OF("gpt-4")

struct judged {
    struct sek_arena arena;
    struct sek_manifest manifest;
    struct sek_declaration declaration;
    struct sekuire_engine *engine;
    struct sek_comply_options options;
    struct sek_report report;
    struct sek_comply_line *lines;
    struct sek_buffer text;
};

static inline const struct sek_node *tree(struct sek_arena *arena, const char *json) {
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    if (sek_json_parse(arena, sek_text(json), &root, &err) != 0) fail_msg("%u:%u: %s", err.line, err.column, err.message);
    return root;
}

static inline struct sekuire_engine *engine_of(struct sek_arena *arena, const char *policy) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    if (sek_engine_from_content(tree(arena, policy), SEKUIRE_ENGINE_DRAFT, &engine, &err) != 0)
        fail_msg("policy %u:%u: %s", err.line, err.column, err.message);
    return engine;
}

/* Everything up to the judgement, so that a test can change options. */
static inline void begin(struct judged *judged, const char *policy, const char *manifest, const char *tools) {
    struct sekuire_error err = {0};
    *judged = (struct judged){0};
    sek_arena_init(&judged->arena, SEK_LIMIT_TREE_ARENA);
    sek_report_init(&judged->report);
    sek_buffer_init(&judged->text, TEST_TEXT_MAX);
    judged->options = (struct sek_comply_options){.now = TEST_NOW, .manifest_folder = SEK_TEXT("/srv/agent")};
    judged->engine = engine_of(&judged->arena, policy);
    if (sek_manifest_parse(&judged->arena, sek_text(manifest), SEK_MANIFEST_YAML, &judged->manifest, &err) != 0)
        fail_msg("manifest %u:%u: %s", err.line, err.column, err.message);
    if (sek_declaration_from_manifest(&judged->arena, &judged->manifest, "sekuire.yml", tree(&judged->arena, tools),
                                      "t.json", &judged->declaration, &err) != 0)
        fail_msg("declaration %u:%u: %s", err.line, err.column, err.message);
    judged->declaration.folder = SEK_TEXT("/srv/agent");
}

static inline const char *or_dash(const char *string) {
    return string == NULL ? "-" : string;
}

/* Judges, and gives the findings as text. */
static inline const char *judge(struct judged *judged) {
    struct sekuire_error err = {0};
    assert_int_equal(
        sek_comply(judged->engine, &judged->declaration, &judged->options, &judged->report, &judged->lines, &err), 0);
    sek_buffer_string(&judged->text, "");
    for (const struct sek_finding *f = judged->report.first; f != NULL; f = f->next) {
        assert_non_null(f->hint);
        assert_true(strlen(f->message) > 0);
        sek_buffer_format(&judged->text, "%c %s %s:%u:%u %s %s '%s' %s\n", f->severity == SEK_SEVERITY_ERROR ? 'E' : 'W',
                          f->rule, or_dash(f->file), f->line, f->column, or_dash(f->pointer), or_dash(f->policy_pointer),
                          or_dash(f->value), f->message);
    }
    assert_int_equal(judged->text.status, 0);
    return judged->text.data;
}

static inline void finish(struct judged *judged) {
    sek_report_clear(&judged->report);
    sekuire_engine_free(judged->engine);
    sek_buffer_clear(&judged->text);
    sek_arena_clear(&judged->arena);
}

/* The whole report, exactly. */
static inline void finds(const char *policy, const char *manifest, const char *tools, const char *expected) {
    struct judged judged;
    begin(&judged, policy, manifest, tools);
    assert_string_equal(judge(&judged), expected);
    finish(&judged);
}

static inline void passes(const char *policy, const char *manifest, const char *tools) {
    finds(policy, manifest, tools, "");
}

/* The lines of push, as "Provider openai +\n" (allowed) or "-". */
static inline void shows(const char *policy, const char *manifest, const char *tools, const char *expected) {
    struct judged judged;
    struct sek_buffer text;
    begin(&judged, policy, manifest, tools);
    judge(&judged);
    sek_buffer_init(&text, TEST_TEXT_MAX);
    sek_buffer_string(&text, "");
    for (const struct sek_comply_line *line = judged.lines; line != NULL; line = line->next)
        sek_buffer_format(&text, "%s %s %c\n", line->kind, line->value, line->allowed ? '+' : '-');
    assert_string_equal(text.data, expected);
    sek_buffer_clear(&text);
    finish(&judged);
}

#endif
