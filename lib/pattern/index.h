/* SPDX-License-Identifier: Apache-2.0 */
/* Many patterns of one kind, asked at once: which of them match a value? The cost grows with the value and with how deeply patterns
 * lie within each other, not with how many there are (docs/performance.md says how). Nothing is allocated when asked. */
#ifndef SEK_PATTERN_INDEX_H
#define SEK_PATTERN_INDEX_H

#include "pattern/pattern.h"

/* Immutable once built; any number of threads may ask. */
struct sek_index;

#define SEK_INDEX_NONE UINT32_MAX

/* Builds in arena, with copies of all texts. patterns[i] has the order i; all are of one kind. any_case: names are
 * compared ASCII case-insensitively, and then values are handed in lowered (providers, extensions and hosts always are). Errors:
 * memory. */
int sek_index_build(struct sek_arena *arena, const struct sek_pattern *const *patterns, size_t count, bool any_case,
                    const struct sek_index **ret, struct sekuire_error *err);

/* The order of the first pattern that matches, or SEK_INDEX_NONE. Value in normal form, as for sek_pattern_match. */
uint32_t sek_index_find(const struct sek_index *index, struct sekuire_text value);
/* Names only: the order of the longest prefix that the value begins with, of equal ones the first; or SEK_INDEX_NONE. */
uint32_t sek_index_find_longest(const struct sek_index *index, struct sekuire_text value);

/* Names only: one pattern of each text that matches, one by one, each the first of its text: the exact one, the prefixes from the
 * longest, "*". */
struct sek_index_walk {
    const struct sek_index *index;
    uint32_t exact, prefix, all;
};
void sek_index_walk_begin(struct sek_index_walk *walk, const struct sek_index *index, struct sekuire_text value);
uint32_t sek_index_walk_next(struct sek_index_walk *walk); /* SEK_INDEX_NONE: that was all */

#endif
