/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of trees, shared by the canonical form, the pretty form and the writer. */
#ifndef SEK_TREE_EMIT_H
#define SEK_TREE_EMIT_H

#include "base/buffer.h"
#include "tree/node.h"

struct sek_emit {
    struct sek_buffer *out;
    bool sorted;    /* members by the bytes of their keys, else in the tree's order */
    bool pretty;    /* serde_json's pretty form, else no white space */
    bool canonical; /* numbers in canonical form, else as written */
};

/* Writes node, whose own level of indentation is `level`; no deeper than trees are (SEK_LIMIT_JSON_DEPTH). */
void sek_emit(const struct sek_emit *emit, const struct sek_node *node, unsigned level);
/* A line break and the indentation of a level. */
void sek_emit_line(struct sek_buffer *out, unsigned level);
/* A string that is known to be valid UTF-8, with its quotes. */
void sek_emit_string(struct sek_buffer *out, struct sekuire_text text);

#endif
