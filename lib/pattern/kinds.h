/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of this folder. Each compiles what is not "*" and not empty: text is in the arena already, kind and text of
 * *pattern are set; shape and norm get set. On failure the message is the bare reason ("a port, path or space is no part of a
 * host"); pattern.c puts the pattern in front. */
#ifndef SEK_PATTERN_KINDS_H
#define SEK_PATTERN_KINDS_H

#include "pattern/pattern.h"

int sek_name_compile(struct sek_pattern *pattern, struct sekuire_error *err);
int sek_provider_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err);
int sek_domain_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err);
int sek_path_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err);
int sek_extension_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err);

/* Is value in the tree at top? Both in normal form. */
bool sek_domain_in_tree(struct sekuire_text top, struct sekuire_text value);
bool sek_path_in_tree(struct sekuire_text top, struct sekuire_text value);
/* No value has this extension: it holds a dot. */
bool sek_extension_is_nothing(struct sekuire_text norm);

/* A copy in arena with A-Z lowered; data is NULL without memory. */
struct sekuire_text sek_lower_copy(struct sek_arena *arena, struct sekuire_text text);

static inline bool sek_text_has(struct sekuire_text text, char c) {
    return text.size > 0 && memchr(text.data, c, text.size) != NULL;
}

#endif
