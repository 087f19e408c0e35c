/* SPDX-License-Identifier: Apache-2.0 */
/* The capped arena. */
#include "base/arena.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"

struct sek_arena_block {
    struct sek_arena_block *next;
    size_t size; /* of data */
    alignas(max_align_t) char data[];
};

enum { BLOCK_FIRST = 4096, BLOCK_MAX = 1 << 20 };

void sek_arena_init(struct sek_arena *arena, size_t limit) { *arena = (struct sek_arena){.limit = limit}; }

void sek_arena_clear(struct sek_arena *arena) {
    if (arena == NULL) return;
    while (arena->blocks != NULL) {
        struct sek_arena_block *next = arena->blocks->next;
        sek_free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
    arena->total = 0;
}

void sek_arena_reset(struct sek_arena *arena) {
    if (arena->blocks == NULL) return;
    struct sek_arena older = {.blocks = arena->blocks->next};
    sek_arena_clear(&older);
    arena->blocks->next = NULL;
    arena->used = 0;
    arena->total = arena->blocks->size;
}

void sek_arena_wipe(struct sek_arena *arena) {
    if (arena == NULL) return;
    size_t size = arena->used; /* older blocks are full, or were left at a place that nobody remembers */
    for (struct sek_arena_block *block = arena->blocks; block != NULL; block = block->next) {
        sodium_memzero(block->data, size);
        size = block->next == NULL ? 0 : block->next->size;
    }
    sek_arena_clear(arena);
}

/* Adds a block that holds at least size bytes: twice the newest one's, up to BLOCK_MAX. */
static int grow(struct sek_arena *arena, size_t size) {
    size_t want = arena->blocks == NULL ? BLOCK_FIRST : arena->blocks->size * 2;
    if (want > BLOCK_MAX) want = BLOCK_MAX;
    if (want < size) want = size;
    if (arena->total > arena->limit || want > arena->limit - arena->total) want = size;
    if (arena->total > arena->limit || want > arena->limit - arena->total) return -1;
    struct sek_arena_block *block = sek_alloc(sizeof *block + want);
    if (block == NULL) {
        arena->failed = true;
        return -1;
    }
    block->next = arena->blocks;
    block->size = want;
    arena->blocks = block;
    arena->used = 0;
    arena->total += want;
    return 0;
}

void *sek_arena_alloc(struct sek_arena *arena, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size > arena->limit) return NULL;
    if (sek_fault_alloc()) {
        arena->failed = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    if (arena->blocks == NULL || arena->blocks->size - arena->used < size) {
        if (grow(arena, size) != 0) return NULL;
    }
    void *p = arena->blocks->data + arena->used;
    arena->used += size;
    return memset(p, 0, size);
}

void *sek_arena_array(struct sek_arena *arena, size_t count, size_t size) {
    if (size != 0 && count > arena->limit / size) return NULL;
    return sek_arena_alloc(arena, count * size);
}

char *sek_arena_copy(struct sek_arena *arena, struct sekuire_text text) {
    char *copy = sek_arena_alloc(arena, text.size + 1);
    if (copy != NULL && text.size > 0) memcpy(copy, text.data, text.size);
    return copy;
}

char *sek_arena_format(struct sek_arena *arena, const char *format, ...) {
    va_list args;
    va_list again;
    char *copy = NULL;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0) copy = sek_arena_alloc(arena, (size_t)n + 1);
    if (copy != NULL) vsnprintf(copy, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return copy;
}
