/* SPDX-License-Identifier: Apache-2.0 */
/* Chained buckets that double, by SipHash under a key of the map's own. */
#include "base/text-map.h"

#include <sodium.h>

#include "base/text.h"

enum { FIRST_BUCKETS = 64 };

/* The bucket of a text. */
static size_t bucket_of(const struct sek_text_map *map, struct sekuire_text key) {
    uint64_t hash = 0;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES && sizeof map->seed == crypto_shorthash_KEYBYTES, "SipHash's sizes");
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)(key.size == 0 ? "" : key.data), key.size, map->seed);
    return (size_t)hash & (map->bucket_count - 1);
}

/* Twice the buckets, or the first ones. */
static int grow(struct sek_text_map *map) {
    struct sek_text_map larger = *map;
    if (map->bucket_count == 0) randombytes_buf(larger.seed, sizeof larger.seed);
    larger.bucket_count = map->bucket_count == 0 ? FIRST_BUCKETS : map->bucket_count * 2;
    larger.buckets = sek_arena_array(map->arena, larger.bucket_count, sizeof *larger.buckets);
    if (larger.buckets == NULL) return -1;
    for (size_t i = 0; i < map->bucket_count; i++) {
        for (struct sek_text_entry *entry = map->buckets[i], *next; entry != NULL; entry = next) {
            size_t at = bucket_of(&larger, entry->key);
            next = entry->next;
            entry->next = larger.buckets[at];
            larger.buckets[at] = entry;
        }
    }
    *map = larger;
    return 0;
}

struct sek_text_entry *sek_text_map_at(struct sek_text_map *map, struct sekuire_text key) {
    if (map->count >= map->bucket_count && grow(map) != 0) return NULL;
    size_t at = bucket_of(map, key);
    for (struct sek_text_entry *entry = map->buckets[at]; entry != NULL; entry = entry->next)
        if (sek_text_equal(entry->key, key)) return entry;
    struct sek_text_entry *entry = sek_arena_alloc(map->arena, sizeof *entry);
    if (entry == NULL) return NULL;
    *entry = (struct sek_text_entry){.key = key, .next = map->buckets[at]};
    map->buckets[at] = entry;
    map->count++;
    return entry;
}
