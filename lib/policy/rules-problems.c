/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting what is wrong with a content: the first problem as an error, each as a finding. */
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/utf8.h"
#include "policy/rules-internal.h"

enum { KEY_TEXT_MAX = 64 }; /* bytes of a key that a message quotes */

void sek_problem_memory(struct sek_problems *problems) { problems->status = SEKUIRE_ERR_MEMORY; }

/* Is it worth the memory to say more of the next finding? */
static bool is_read(const struct sek_problems *problems) { return problems->report != NULL && !problems->report->truncated; }

/* A copy of a text in the arena. */
static const char *copy_of(struct sek_problems *problems, struct sekuire_text text) {
    const char *copy = sek_arena_copy(problems->arena, text);
    if (copy == NULL) sek_problem_memory(problems);
    return copy;
}

struct sekuire_text sek_problem_copy(struct sek_problems *problems, struct sekuire_text text) {
    const char *copy = copy_of(problems, text);
    return (struct sekuire_text){copy, copy == NULL ? 0 : text.size};
}

/* Appends a finding, unless nobody wants it. */
static void add_finding(struct sek_problems *problems, const struct sek_finding *finding) {
    if (problems->report == NULL) return;
    sek_report_add(problems->report, finding);
    if (problems->report->status != 0) sek_problem_memory(problems);
}

/* Counts a problem and keeps the first. */
static void keep_first(struct sek_problems *problems, const struct sekuire_error *err) {
    if (problems->count == 0) problems->first = *err;
    problems->count++;
}

void sek_problem(struct sek_problems *problems, const char *rule, const struct sek_node *node, const char *pointer,
                 const char *format, ...) {
    char raw[2 * SEKUIRE_MESSAGE_MAX];
    struct sekuire_error err;
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    sek_fail_node(&err, SEKUIRE_ERR_CONTENT, node, "%s", raw);
    keep_first(problems, &err);
    add_finding(problems, &(struct sek_finding){.rule = rule, .message = err.message, .line = node->at.line,
                                                .column = node->at.column, .pointer = pointer, .policy_pointer = pointer});
}

void sek_problem_pattern(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                         const struct sekuire_error *why) {
    struct sekuire_error err;
    sek_fail_node(&err, SEKUIRE_ERR_CONTENT, node, "%s", why->message);
    keep_first(problems, &err);
    const char *value = is_read(problems) ? copy_of(problems, sek_utf8_cut(node->text, SEK_LIMIT_ACTION_TEXT)) : NULL;
    add_finding(problems, &(struct sek_finding){.rule = "policy.pattern", .message = err.message, .line = node->at.line,
                                                .column = node->at.column, .pointer = pointer, .policy_pointer = pointer,
                                                .value = value});
}

void sek_problem_type(struct sek_problems *problems, const char *rule, const struct sek_node *node, const char *pointer,
                      const char *what) {
    const char *subject = pointer == NULL ? "it" : *pointer == '\0' ? "the policy" : pointer;
    sek_problem(problems, rule, node, pointer, "%s must be %s, not %s", subject, what, sek_kind_name(node->kind));
}

void sek_problem_unknown(struct sek_problems *problems, const char *section, const char *base, const struct sek_node *node) {
    char hint[128];
    struct sekuire_error err;
    struct sekuire_text key = sek_utf8_cut(node->key, KEY_TEXT_MAX);
    const struct sek_position *at = &node->key_at;
    sek_key_hint(hint, sizeof hint, section, node->key);
    sek_fail_at(&err, SEKUIRE_ERR_UNKNOWN_KEY, at->line, at->column, at->offset, "unknown key '%.*s%s' in %s%s%s",
                SEK_TEXT_ARGS(key), key.size < node->key.size ? "..." : "", *base == '\0' ? "the policy" : base,
                *hint == '\0' ? "" : "; ", hint);
    if (problems->unknown++ == 0) problems->first_unknown = err;
    if (strcmp(section, "/binding") == 0) {
        err.status = SEKUIRE_ERR_CONTENT;
        keep_first(problems, &err);
    }
    const char *pointer = is_read(problems) ? sek_pointer_member(problems, base, node->key) : NULL;
    const char *value = is_read(problems) ? copy_of(problems, sek_utf8_cut(node->key, SEK_LIMIT_ACTION_TEXT)) : NULL;
    add_finding(problems, &(struct sek_finding){.rule = "policy.unknown_key", .message = err.message, .line = at->line,
                                                .column = at->column, .pointer = pointer, .policy_pointer = pointer,
                                                .value = value, .hint = *hint == '\0' ? NULL : hint});
}

void sek_problem_empty(struct sek_problems *problems, const struct sek_node *node, const char *pointer) {
    char message[SEKUIRE_MESSAGE_MAX];
    snprintf(message, sizeof message, "%s is empty, so it restricts nothing", pointer == NULL ? "it" : pointer);
    add_finding(problems, &(struct sek_finding){.rule = "policy.empty_list", .severity = SEK_SEVERITY_WARNING,
                                                .message = message, .line = node->at.line, .column = node->at.column,
                                                .pointer = pointer, .policy_pointer = pointer,
                                                .hint = "to allow nothing, block \"*\"; else leave the list out"});
}

const char *sek_pointer_member(struct sek_problems *problems, const char *base, struct sekuire_text name) {
    size_t size = strlen(base);
    size_t escapes = 0;
    for (size_t i = 0; i < name.size; i++) escapes += name.data[i] == '~' || name.data[i] == '/';
    char *pointer = sek_arena_alloc(problems->arena, size + 1 + name.size + escapes + 1);
    if (pointer == NULL) {
        sek_problem_memory(problems);
        return NULL;
    }
    memcpy(pointer, base, size);
    char *out = pointer + size;
    *out++ = '/';
    for (size_t i = 0; i < name.size; i++) {
        bool escape = name.data[i] == '~' || name.data[i] == '/';
        if (escape) *out++ = '~';
        *out++ = !escape ? name.data[i] : name.data[i] == '~' ? '0' : '1';
    }
    return pointer;
}

const char *sek_pointer_element(struct sek_problems *problems, const char *base, size_t index) {
    char digits[24];
    size_t count = 0;
    do digits[sizeof digits - ++count] = (char)('0' + index % 10);
    while ((index /= 10) > 0);
    size_t size = base == NULL ? 0 : strlen(base);
    char *pointer = base == NULL ? NULL : sek_arena_alloc(problems->arena, size + 1 + count + 1);
    if (pointer == NULL) {
        sek_problem_memory(problems);
        return NULL;
    }
    memcpy(pointer, base, size);
    pointer[size] = '/';
    memcpy(pointer + size + 1, digits + sizeof digits - count, count);
    return pointer;
}
