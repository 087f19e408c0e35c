/* SPDX-License-Identifier: Apache-2.0 */
/* YAML 1.2 core schema on libyaml's events, into the same tree. */
#ifndef SEK_TREE_YAML_H
#define SEK_TREE_YAML_H

#include "tree/node.h"

enum sek_yaml_profile {
    /* A policy, or configuration: no aliases, anchors, tags, merge keys, second document, duplicate or non-string keys. */
    SEK_YAML_STRICT,
    /* An agent manifest: aliases are expanded into copies, capped; a merge key is a plain key; a plain scalar as key is its
     * source text; a number out of range is a string; a scalar tagged !!str is the string of its text; a byte order mark at the
     * start counts in offsets, not in columns. The rest is the same. */
    SEK_YAML_MANIFEST
};

/* A plain scalar resolves by the core schema: null (Null, NULL, ~ and empty), true and false (also capitalised or in upper
 * case), a JSON number (its text is kept; what is no JSON number, as 012, 1_000, 0x1F, .5, is a string), else a string. All
 * plain scalars carry their source text (folded, if it has several lines). An empty document is null. Duplicate keys are
 * errors in every profile. Lines are libyaml's: LF, CR LF, CR, NEL, LS and PS end one. A value with an anchor is at its
 * anchor; the copies that aliases make keep the positions of what they copy, save for the key. bytes must outlive the tree.
 * Errors as sek_json_parse. */
int sek_yaml_parse(struct sek_arena *arena, struct sekuire_text bytes, enum sek_yaml_profile profile,
                   const struct sek_node **ret, struct sekuire_error *err);

#endif
