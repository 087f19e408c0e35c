/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a tree together in the order of its text, for the readers of JSON and YAML: open containers, depth, duplicate
 * keys. */
#ifndef SEK_TREE_BUILD_H
#define SEK_TREE_BUILD_H

#include "base/limits.h"
#include "tree/node.h"

struct sek_key_slot;

/* The keys of one open object, hashed once there are many; its memory is reused by the next object of that depth. */
struct sek_key_set {
    struct sek_key_slot *slots;
    size_t allocated;
    size_t capacity; /* of the present object; a power of two, 0 while keys are compared one by one */
};

struct sek_frame {
    struct sek_node *node;
    struct sek_node *last;
    struct sek_key_set keys;
};

struct sek_builder {
    struct sek_arena *arena;
    struct sek_node *root;
    struct sek_node *pending; /* the member whose key was read and whose value was not */
    unsigned depth;           /* open containers */
    unsigned deepest;         /* frames that were ever in use: the others are not initialised */
    bool seeded;
    uint8_t seed[16]; /* of the hash of keys: secret, since the keys may be chosen by an adversary */
    struct sek_frame frames[SEK_LIMIT_JSON_DEPTH];
};

void sek_builder_init(struct sek_builder *builder, struct sek_arena *arena);
/* Frees what is not in the arena. */
void sek_builder_clear(struct sek_builder *builder);
/* The innermost open container, or NULL. */
static inline struct sek_node *sek_builder_open_node(const struct sek_builder *builder) {
    return builder->depth == 0 ? NULL : builder->frames[builder->depth - 1].node;
}
/* Begins a member of the open object: the next value belongs to key. 0, duplicate_key (at the key) or memory. */
int sek_builder_key(struct sek_builder *builder, struct sekuire_text key, const struct sek_position *at,
                    struct sekuire_error *err);
/* The next value, already in its place in the tree, for the caller to fill in; NULL without memory. */
struct sek_node *sek_builder_value(struct sek_builder *builder, enum sek_kind kind, const struct sek_position *at);
/* Opens the container as the next value. 0, too_deep or memory. */
int sek_builder_open(struct sek_builder *builder, enum sek_kind kind, const struct sek_position *at, struct sekuire_error *err);
void sek_builder_close(struct sek_builder *builder);

#endif
