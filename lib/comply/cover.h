/* SPDX-License-Identifier: Apache-2.0 */
/* Declared patterns against the lists of one section, whatever the lengths of both: a question costs a few look-ups in the engine's
 * indexes, and for a tree two binary searches. The answers are those of asking sek_pattern_overlaps and sek_pattern_contains of each
 * entry in turn. */
#ifndef SEK_COMPLY_COVER_H
#define SEK_COMPLY_COVER_H

#include "decide/compiled.h"

/* What blocks, by its place; made when the first tree is asked about. */
struct sek_cover_places;

/* Domains or paths. Zeroed but for what is borrowed, it is ready. */
struct sek_cover {
    struct sek_arena *arena;
    const struct sek_list_set *listed;   /* the lists that blocked was compiled from */
    const struct sek_blocked *blocked;
    const struct sek_allowed *allowed;
    const struct sek_cover_places *places;
};

/* *ret: the first blocked entry that overlaps the pattern, or NULL. False without memory. */
bool sek_cover_overlap(struct sek_cover *cover, const struct sek_pattern *pattern, const struct sek_entry **ret);
/* The pointer of the first allowed list of which no entry contains the pattern, or NULL. */
const char *sek_cover_refusing(const struct sek_cover *cover, const struct sek_pattern *pattern);

#endif
