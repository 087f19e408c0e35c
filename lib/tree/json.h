/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON (RFC 8259) into a tree: one value, UTF-8 without BOM; duplicate keys, lone surrogates, NUL in a string, more
 * than 64 levels or 4 MiB and numbers out of upstream's range (tests/vectors/README.md) are errors with line, column and
 * byte offset. Iterative: the depth of the input never becomes depth of the C stack. */
#ifndef SEK_TREE_JSON_H
#define SEK_TREE_JSON_H

#include "tree/node.h"

/* Strings without escapes and number literals point into bytes, which must outlive the tree; all else is in the arena.
 * Errors: syntax, too_large (without a position), too_deep, duplicate_key (at the second key), utf8, number, memory. *ret
 * untouched on failure. A lone surrogate and an escaped NUL are syntax, at the backslash; what is said of an unfinished
 * text points at its end. */
int sek_json_parse(struct sek_arena *arena, struct sekuire_text bytes, const struct sek_node **ret, struct sekuire_error *err);
/* The same, but strings and keys may hold an escaped NUL, so that texts may have a NUL byte inside: for messages that are only hashed
 * or signed (the conformance protocol), never for policies or manifests. */
int sek_json_parse_with_nul(struct sek_arena *arena, struct sekuire_text bytes, const struct sek_node **ret, struct sekuire_error *err);

#endif
