/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share: vector files, engines from text. Include after cmocka.h. */
#ifndef TEST_DECIDE_SUPPORT_H
#define TEST_DECIDE_SUPPORT_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "decide/engine.h"
#include "tree/json.h"
#include "tree/write.h"

enum { TEST_NOW = 1700000000, TEST_FILE_MAX = 4 << 20 };

/* The file's tree; text gets its bytes, which the caller clears after the arena. */
static inline const struct sek_node *load_vectors(const char *name, struct sek_arena *arena, struct sek_buffer *text) {
    char path[512];
    char chunk[4096];
    size_t n;
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    snprintf(path, sizeof path, "%s/%s", TEST_VECTORS, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    sek_buffer_init(text, TEST_FILE_MAX);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) sek_buffer_append(text, chunk, n);
    fclose(file);
    sek_arena_init(arena, 64 << 20);
    if (sek_json_parse(arena, sek_buffer_view(text), &root, &err) != 0) fail_msg("%s:%u: %s", name, err.line, err.message);
    return root;
}

/* A node as compact JSON, appended to out. */
static inline struct sekuire_text json_of(struct sek_buffer *out, const struct sek_node *node) {
    struct sek_writer writer;
    sek_writer_init(&writer, out, false);
    sek_write_node(&writer, node);
    assert_int_equal(out->status, 0);
    return sek_buffer_view(out);
}

/* An engine from the text of a content, as an embedder makes one. */
static inline int make_engine(struct sekuire_text content, unsigned flags, struct sekuire_engine **ret, struct sekuire_error *err) {
    struct sekuire_policy *policy = NULL;
    int status = sekuire_policy_parse(content, &policy, err);
    if (status == 0) status = sekuire_engine_new(policy, flags | SEKUIRE_ENGINE_DRAFT, ret, err);
    sekuire_policy_free(policy);
    return status;
}

/* The same where the content is known to compile. */
static inline struct sekuire_engine *engine_of(const char *content) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    if (make_engine(sek_text(content), 0, &engine, &err) != 0) fail_msg("%s: %s", content, err.message);
    return engine;
}

#endif
