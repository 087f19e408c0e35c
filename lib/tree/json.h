/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON (RFC 8259) into a tree: one value, UTF-8 without BOM; duplicate keys, lone surrogates, NUL in a string, more
 * than 64 levels or 4 MiB and numbers out of upstream's range (tests/vectors/README.md) are errors with line, column and
 * byte offset. Iterative: the depth of the input never becomes depth of the C stack. */
#ifndef SEK_TREE_JSON_H
#define SEK_TREE_JSON_H

#include "tree/node.h"

/* The tree keeps pointers into bytes only where that says so: it does not; all text is copied into the arena (strings
 * without escapes and number literals may point into bytes, so bytes must outlive the tree). Errors: syntax, too_large,
 * too_deep, duplicate_key, utf8, number, memory. *ret untouched on failure. */
int sek_json_parse(struct sek_arena *arena, struct sekuire_text bytes, const struct sek_node **ret, struct sekuire_error *err);

#endif
