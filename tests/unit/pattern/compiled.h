/* SPDX-License-Identifier: Apache-2.0 */
/* Shorthand for the tests of patterns. */
#ifndef TESTS_PATTERN_COMPILED_H
#define TESTS_PATTERN_COMPILED_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "pattern/pattern.h"

/* Compiles a pattern that must compile. */
static inline struct sek_pattern compiled(struct sek_arena *arena, enum sek_pattern_kind kind, const char *text) {
    struct sek_pattern pattern = {0};
    struct sekuire_error err = {0};
    if (sek_pattern_compile(arena, kind, sek_text(text), &pattern, &err) != 0) fail_msg("%s: %s", text, err.message);
    assert_true(sek_text_is(pattern.text, text));
    assert_int_equal(pattern.kind, kind);
    return pattern;
}

/* A pattern that must be none, with this in its message, and leave the result alone. */
static inline void assert_none(struct sek_arena *arena, enum sek_pattern_kind kind, struct sekuire_text text, const char *reason) {
    struct sek_pattern pattern = {.shape = SEK_SHAPE_TREE, .norm = SEK_TEXT("untouched")};
    struct sekuire_error err = {0};
    int status = sek_pattern_compile(arena, kind, text, &pattern, &err);
    if (status != SEKUIRE_ERR_CONTENT) fail_msg("'%.*s' compiled (%d)", SEK_TEXT_ARGS(text), status);
    assert_int_equal(err.status, SEKUIRE_ERR_CONTENT);
    if (strstr(err.message, reason) == NULL) fail_msg("'%s' does not say '%s'", err.message, reason);
    assert_true(sek_text_is(pattern.norm, "untouched"));
}

/* A pattern's shape and norm. */
static inline void assert_compiles(struct sek_arena *arena, enum sek_pattern_kind kind, const char *text,
                                   enum sek_pattern_shape shape, const char *norm) {
    struct sek_pattern pattern = compiled(arena, kind, text);
    if (pattern.shape != shape || !sek_text_is(pattern.norm, norm))
        fail_msg("'%s' has shape %d and norm '%.*s'", text, (int)pattern.shape, SEK_TEXT_ARGS(pattern.norm));
}

/* Does the pattern match a value that is in normal form already? */
static inline bool matches(struct sek_arena *arena, enum sek_pattern_kind kind, const char *text, const char *value) {
    struct sek_pattern pattern = compiled(arena, kind, text);
    return sek_pattern_match(&pattern, sek_text(value));
}

static inline int arena_setup(void **state) {
    static struct sek_arena arena;
    sek_arena_init(&arena, 64u << 20);
    *state = &arena;
    return 0;
}

static inline int arena_teardown(void **state) {
    sek_arena_clear(*state);
    return 0;
}

#endif
