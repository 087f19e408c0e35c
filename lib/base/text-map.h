/* SPDX-License-Identifier: Apache-2.0 */
/* A map from texts to pointers, in an arena: constant time for each text, whoever chose the texts (hashes are keyed at random). */
#ifndef SEK_BASE_TEXT_MAP_H
#define SEK_BASE_TEXT_MAP_H

#include "base/arena.h"

struct sek_text_entry {
    struct sekuire_text key; /* borrowed from whoever put it */
    void *value;             /* NULL: new */
    struct sek_text_entry *next;
};

/* Zeroed but for arena, it is empty. */
struct sek_text_map {
    struct sek_arena *arena;
    struct sek_text_entry **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
    unsigned char seed[16];
};

/* The entry of key, made if there is none (its value is NULL then); NULL when memory is short. key must outlive the map. */
struct sek_text_entry *sek_text_map_at(struct sek_text_map *map, struct sekuire_text key);

#endif
