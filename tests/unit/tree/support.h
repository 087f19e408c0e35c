/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the tree share. Include after cmocka.h. */
#ifndef SEK_TESTS_TREE_SUPPORT_H
#define SEK_TESTS_TREE_SUPPORT_H

#include <stdio.h>

#include "base/limits.h"
#include "tree/json.h"
#include "tree/write.h"

/* A text whose size counts NUL bytes in it. */
#define BYTES(literal) {"" literal, sizeof(literal) - 1}

/* What a refusal must say: its status, where, and a part of its sentence. */
struct refusal {
    struct sekuire_text text;
    int status;
    uint32_t line;
    uint32_t column;
    uint64_t offset;
    const char *message;
};

/* One finished parse; clear after use. */
struct parsed {
    struct sek_arena arena;
    const struct sek_node *root;
    struct sekuire_error err;
    int status;
};

static inline void parsed_clear(struct parsed *parsed) { sek_arena_clear(&parsed->arena); }

/* Fails the test unless the parse was refused just so. */
static inline void assert_refused(const struct parsed *parsed, const struct refusal *expected) {
    const struct sekuire_error *err = &parsed->err;
    if (parsed->root == NULL && parsed->status == expected->status && err->status == expected->status &&
        err->line == expected->line && err->column == expected->column && err->offset == expected->offset &&
        strstr(err->message, expected->message) != NULL)
        return;
    fail_msg("%.*s: status %d at %u:%u (%llu): %s", SEK_TEXT_ARGS(expected->text), parsed->status, err->line, err->column,
             (unsigned long long)err->offset, err->message);
}

/* The canonical form, in a buffer that the caller clears. */
static inline struct sek_buffer canonical_of(const struct sek_node *node) {
    struct sek_buffer out;
    sek_buffer_init(&out, SEK_LIMIT_TREE_ARENA);
    sek_canonical_write(&out, node);
    assert_int_equal(sek_buffer_check(&out, NULL), 0);
    return out;
}

/* count copies of piece, then tail; free the data. */
static inline struct sekuire_text repeated(const char *head, const char *piece, size_t count, const char *tail) {
    struct sek_buffer out;
    struct sekuire_text text;
    sek_buffer_init(&out, SEK_LIMIT_TREE_ARENA);
    sek_buffer_string(&out, head);
    for (size_t i = 0; i < count; i++) sek_buffer_string(&out, piece);
    sek_buffer_string(&out, tail);
    text.data = sek_buffer_take(&out, &text.size);
    assert_non_null(text.data);
    return text;
}

#endif
