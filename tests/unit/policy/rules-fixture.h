/* SPDX-License-Identifier: Apache-2.0 */
/* Contents from JSON text, for the tests of rules and bindings. */
#ifndef TESTS_POLICY_RULES_FIXTURE_H
#define TESTS_POLICY_RULES_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/limits.h"
#include "policy/rules.h"
#include "tree/json.h"

struct content {
    struct sek_arena arena;
    const struct sek_node *node;
    const struct sek_rules *rules; /* NULL: uncompilable */
    struct sek_report report;
    struct sekuire_error err;
    int status;
};

/* Parses text, which must be JSON and outlive *content. */
static inline void content_parse(struct content *content, const char *text) {
    *content = (struct content){0};
    sek_arena_init(&content->arena, SEK_LIMIT_TREE_ARENA);
    sek_report_init(&content->report);
    if (sek_json_parse(&content->arena, sek_text(text), &content->node, &content->err) != 0)
        fail_msg("%s: %s", text, content->err.message);
}

/* Parses and compiles it. */
static inline void content_compile(struct content *content, const char *text) {
    content_parse(content, text);
    content->status = sek_rules_compile(&content->arena, content->node, &content->rules, &content->report, &content->err);
}

static inline void content_clear(struct content *content) {
    sek_report_clear(&content->report);
    sek_arena_clear(&content->arena);
}

#endif
