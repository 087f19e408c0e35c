/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds have in common. A pattern stands for a set of values: nothing (an extension with inner dots), everything, one
 * value, or all values under a prefix or in a tree. Two such sets under prefixes (or in trees) are disjoint unless the one's norm
 * is itself a member of the other, which is all that contains and overlaps need. */
#include "base/error.h"
#include "base/utf8.h"
#include "pattern/kinds.h"

enum { MESSAGE_TEXT_MAX = 64 }; /* bytes of a pattern that its message quotes */

static const char *const kind_names[] = {
    [SEK_PATTERN_NAME] = "a name", [SEK_PATTERN_PROVIDER] = "a provider", [SEK_PATTERN_DOMAIN] = "a domain",
    [SEK_PATTERN_PATH] = "a path", [SEK_PATTERN_EXTENSION] = "an extension",
};

/* By kind, for what is neither empty nor "*". */
static int compile_kind(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err) {
    switch (pattern->kind) {
    case SEK_PATTERN_NAME: return sek_name_compile(pattern, err);
    case SEK_PATTERN_PROVIDER: return sek_provider_compile(arena, pattern, err);
    case SEK_PATTERN_DOMAIN: return sek_domain_compile(arena, pattern, err);
    case SEK_PATTERN_PATH: return sek_path_compile(arena, pattern, err);
    case SEK_PATTERN_EXTENSION: return sek_extension_compile(arena, pattern, err);
    }
    return sek_fail(err, SEKUIRE_ERR_CONTENT, "its kind is unknown");
}

int sek_pattern_compile(struct sek_arena *arena, enum sek_pattern_kind kind, struct sekuire_text text, struct sek_pattern *ret,
                        struct sekuire_error *err) {
    struct sek_pattern pattern = {.kind = kind, .shape = SEK_SHAPE_ALL};
    struct sekuire_error reason = {0};
    if (text.size == 0) return sek_fail(err, SEKUIRE_ERR_CONTENT, "an empty string is not %s pattern", kind_names[kind]);
    const char *copy = sek_arena_copy(arena, text);
    if (copy == NULL) return sek_fail_memory(err);
    pattern.text = (struct sekuire_text){copy, text.size};
    if (sek_text_is(text, "*")) {
        pattern.norm = (struct sekuire_text){copy, 0};
        *ret = pattern;
        return 0;
    }
    int status = compile_kind(arena, &pattern, &reason);
    if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
    if (status != 0) {
        struct sekuire_text quoted = sek_utf8_cut(text, MESSAGE_TEXT_MAX);
        return sek_fail(err, status, "'%.*s%s' is not %s pattern: %s", SEK_TEXT_ARGS(quoted),
                        quoted.size < text.size ? "..." : "", kind_names[kind], reason.message);
    }
    *ret = pattern;
    return 0;
}

static bool is_nothing(const struct sek_pattern *pattern) {
    return pattern->kind == SEK_PATTERN_EXTENSION && pattern->shape == SEK_SHAPE_EXACT && sek_extension_is_nothing(pattern->norm);
}

static bool is_everything(const struct sek_pattern *pattern) {
    return pattern->shape == SEK_SHAPE_ALL ||
           (pattern->kind == SEK_PATTERN_PATH && pattern->shape == SEK_SHAPE_TREE && pattern->norm.size == 1);
}

bool sek_pattern_match(const struct sek_pattern *pattern, struct sekuire_text value) {
    /* A name that ends in a dot has an empty extension, and no list allows that. */
    if (value.size == 0) return false;
    switch (pattern->shape) {
    case SEK_SHAPE_ALL: return true;
    case SEK_SHAPE_PREFIX: return sek_text_starts(value, pattern->norm);
    case SEK_SHAPE_TREE:
        if (pattern->kind == SEK_PATTERN_PATH) return sek_path_in_tree(pattern->norm, value);
        return sek_domain_in_tree(pattern->norm, value);
    case SEK_SHAPE_EXACT: break;
    }
    if (is_nothing(pattern)) return false;
    if (pattern->kind == SEK_PATTERN_PROVIDER || pattern->kind == SEK_PATTERN_EXTENSION)
        return sek_text_equal_ascii_case(value, pattern->norm);
    return sek_text_equal(value, pattern->norm);
}

/* The same for one candidate, in any case of its ASCII letters. */
static bool match_any_case(const struct sek_pattern *pattern, struct sekuire_text name) {
    if (pattern->shape == SEK_SHAPE_ALL) return true;
    if (pattern->shape == SEK_SHAPE_PREFIX && name.size > pattern->norm.size) name.size = pattern->norm.size;
    return sek_text_equal_ascii_case(name, pattern->norm);
}

bool sek_pattern_match_blocked_model(const struct sek_pattern *pattern, struct sekuire_text model) {
    if (match_any_case(pattern, model)) return true;
    for (size_t i = 0; i < model.size; i++) {
        if (model.data[i] != '/' && model.data[i] != ':') continue;
        if (match_any_case(pattern, (struct sekuire_text){model.data + i + 1, model.size - i - 1})) return true;
    }
    return false;
}

bool sek_pattern_contains(const struct sek_pattern *outer, const struct sek_pattern *inner) {
    if (is_nothing(inner)) return true;
    if (is_everything(outer)) return true;
    if (is_everything(inner)) return false;
    if (inner->shape != SEK_SHAPE_EXACT && outer->shape == SEK_SHAPE_EXACT) return false;
    return sek_pattern_match(outer, inner->norm);
}

bool sek_pattern_overlaps(const struct sek_pattern *a, const struct sek_pattern *b) {
    if (is_nothing(a) || is_nothing(b)) return false;
    if (is_everything(a) || is_everything(b)) return true;
    return sek_pattern_match(a, b->norm) || sek_pattern_match(b, a->norm);
}
