/* SPDX-License-Identifier: Apache-2.0 */
/* Putting trees together. */
#include "tree/build.h"

#include <sodium.h>

#include "base/alloc.h"
#include "base/error.h"

enum { FEW_KEYS = 8, FIRST_CAPACITY = 32 };

struct sek_key_slot {
    uint64_t hash;
    const struct sek_node *member; /* NULL: free */
};

void sek_builder_init(struct sek_builder *builder, struct sek_arena *arena) {
    builder->arena = arena;
    builder->root = builder->pending = NULL;
    builder->depth = builder->deepest = 0;
    builder->seeded = false;
}

void sek_builder_clear(struct sek_builder *builder) {
    for (unsigned i = 0; i < builder->deepest; i++) sek_free(builder->frames[i].keys.slots);
    sek_builder_init(builder, NULL);
}

/* SipHash-2-4 under the seed. */
static uint64_t hash_key(const struct sek_builder *builder, struct sekuire_text key) {
    uint64_t hash;
    unsigned char out[crypto_shorthash_BYTES];
    _Static_assert(sizeof hash == sizeof out, "the hash is one word");
    _Static_assert(sizeof builder->seed == crypto_shorthash_KEYBYTES, "the seed is its key");
    crypto_shorthash(out, (const unsigned char *)key.data, key.size, builder->seed);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

/* The slot that holds key, or the free one where it belongs. */
static struct sek_key_slot *find_slot(const struct sek_key_set *keys, uint64_t hash, struct sekuire_text key) {
    size_t i = (size_t)hash & (keys->capacity - 1);
    while (keys->slots[i].member != NULL && !(keys->slots[i].hash == hash && sek_text_equal(keys->slots[i].member->key, key)))
        i = (i + 1) & (keys->capacity - 1);
    return &keys->slots[i];
}

/* Makes an empty table of this capacity and enters the members that the object has. */
static int rehash(const struct sek_builder *builder, struct sek_frame *frame, size_t capacity) {
    struct sek_key_set *keys = &frame->keys;
    if (capacity > keys->allocated) {
        struct sek_key_slot *slots = sek_realloc(NULL, capacity, sizeof *slots);
        if (slots == NULL) return SEKUIRE_ERR_MEMORY;
        sek_free(keys->slots);
        keys->slots = slots;
        keys->allocated = capacity;
    }
    memset(keys->slots, 0, capacity * sizeof *keys->slots);
    keys->capacity = capacity;
    for (SEK_EACH(member, frame->node)) {
        uint64_t hash = hash_key(builder, member->key);
        *find_slot(keys, hash, member->key) = (struct sek_key_slot){hash, member};
    }
    return 0;
}

/* Grows the table of the open object so that one member more leaves half of it free. */
static int make_room(struct sek_builder *builder, struct sek_frame *frame) {
    size_t members = (size_t)frame->node->count + 1;
    if (frame->keys.capacity >= members * 2) return 0;
    if (!builder->seeded) {
        if (sodium_init() < 0) return SEKUIRE_ERR_MEMORY;
        randombytes_buf(builder->seed, sizeof builder->seed);
        builder->seeded = true;
    }
    return rehash(builder, frame, frame->keys.capacity == 0 ? FIRST_CAPACITY : frame->keys.capacity * 2);
}

/* Links a new node behind the last child. */
static struct sek_node *append(struct sek_builder *builder, struct sek_frame *frame) {
    struct sek_node *node = sek_arena_alloc(builder->arena, sizeof *node);
    if (node == NULL) return NULL;
    node->parent = frame->node;
    if (frame->last == NULL) frame->node->first = node;
    else frame->last->next = node;
    frame->last = node;
    node->index = frame->node->count++;
    return node;
}

static int fail_duplicate(struct sekuire_error *err, const struct sek_position *at, struct sekuire_text key) {
    return sek_fail_at(err, SEKUIRE_ERR_DUPLICATE_KEY, at->line, at->column, at->offset, "duplicate key \"%.*s\"",
                       (int)(key.size > SEKUIRE_MESSAGE_MAX ? SEKUIRE_MESSAGE_MAX : key.size), key.size == 0 ? "" : key.data);
}

int sek_builder_key(struct sek_builder *builder, struct sekuire_text key, const struct sek_position *at,
                    struct sekuire_error *err) {
    struct sek_frame *frame = &builder->frames[builder->depth - 1];
    struct sek_key_slot *slot = NULL;
    uint64_t hash = 0;
    if (frame->node->count < FEW_KEYS) {
        for (SEK_EACH(member, frame->node)) {
            if (sek_text_equal(member->key, key)) return fail_duplicate(err, at, key);
        }
    } else {
        if (make_room(builder, frame) != 0) return sek_fail_memory(err);
        hash = hash_key(builder, key);
        slot = find_slot(&frame->keys, hash, key);
        if (slot->member != NULL) return fail_duplicate(err, at, key);
    }
    struct sek_node *node = append(builder, frame);
    if (node == NULL) return sek_fail_memory(err);
    node->key = key;
    node->key_at = *at;
    if (slot != NULL) *slot = (struct sek_key_slot){hash, node};
    builder->pending = node;
    return 0;
}

struct sek_node *sek_builder_value(struct sek_builder *builder, enum sek_kind kind, const struct sek_position *at) {
    struct sek_node *node = builder->pending;
    if (node == NULL) {
        if (builder->depth > 0) node = append(builder, &builder->frames[builder->depth - 1]);
        else node = builder->root = sek_arena_alloc(builder->arena, sizeof *node);
    }
    if (node == NULL) return NULL;
    builder->pending = NULL;
    node->kind = kind;
    node->at = *at;
    return node;
}

int sek_builder_open(struct sek_builder *builder, enum sek_kind kind, const struct sek_position *at, struct sekuire_error *err) {
    if (builder->depth == SEK_LIMIT_JSON_DEPTH)
        return sek_fail_at(err, SEKUIRE_ERR_TOO_DEEP, at->line, at->column, at->offset,
                           "more than %u levels of arrays and objects", SEK_LIMIT_JSON_DEPTH);
    struct sek_node *node = sek_builder_value(builder, kind, at);
    if (node == NULL) return sek_fail_memory(err);
    if (builder->depth == builder->deepest) builder->frames[builder->deepest++] = (struct sek_frame){.node = NULL};
    struct sek_frame *frame = &builder->frames[builder->depth++];
    frame->node = node;
    frame->last = NULL;
    frame->keys.capacity = 0;
    return 0;
}

void sek_builder_close(struct sek_builder *builder) { builder->depth--; }
