/* SPDX-License-Identifier: Apache-2.0 */
/* A capped arena: many small allocations that are freed together. Not thread-safe. */
#ifndef SEK_BASE_ARENA_H
#define SEK_BASE_ARENA_H

#include <sekuire/error.h>

#include <stdbool.h>

struct sek_arena_block;

struct sek_arena {
    struct sek_arena_block *blocks;
    size_t used; /* in the newest block */
    size_t total; /* of all blocks */
    size_t limit;
    bool failed; /* memory, not the limit, was short once: stays so until the next init */
};

/* An empty arena that never takes more than limit bytes. Cannot fail. */
void sek_arena_init(struct sek_arena *arena, size_t limit);
/* Frees everything; the arena may be used again. NULL and zeroed arenas are fine. */
void sek_arena_clear(struct sek_arena *arena);
/* Empties it for the next use, and keeps the newest block: for loops. */
void sek_arena_reset(struct sek_arena *arena);
/* As clear, and wipes the bytes: for trees and texts that hold a secret. */
void sek_arena_wipe(struct sek_arena *arena);
/* size bytes, aligned for any type, zeroed; NULL when memory or the limit is short. */
void *sek_arena_alloc(struct sek_arena *arena, size_t size);
/* count * size, overflow-checked. */
void *sek_arena_array(struct sek_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy (the NUL is not counted); NULL when memory is short. */
char *sek_arena_copy(struct sek_arena *arena, struct sekuire_text text);
/* A NUL-terminated formatted string; NULL when memory is short. */
char *sek_arena_format(struct sek_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
