/* SPDX-License-Identifier: Apache-2.0 */
/* The one tree that JSON and YAML texts become. Nodes live in an arena and are read-only once parsed. */
#ifndef SEK_TREE_NODE_H
#define SEK_TREE_NODE_H

#include "base/arena.h"
#include "base/text.h"

enum sek_kind { SEK_NULL = 1, SEK_BOOL, SEK_NUMBER, SEK_STRING, SEK_ARRAY, SEK_OBJECT };

struct sek_position {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in bytes */
    uint64_t offset; /* from 0, in bytes */
};

struct sek_node {
    enum sek_kind kind;
    bool boolean; /* SEK_BOOL */
    bool plain;   /* a YAML plain scalar: source holds its text as written, whatever kind it resolved to */
    uint32_t count; /* SEK_ARRAY, SEK_OBJECT: number of children */
    uint32_t index; /* its place among its parent's children, from 0 */
    struct sek_position at;     /* of the value's first byte */
    struct sek_position key_at; /* of the member's key, in an object */
    struct sekuire_text key;    /* in an object: the decoded key */
    struct sekuire_text text;   /* SEK_STRING: decoded UTF-8, no NUL inside; SEK_NUMBER: the literal as written */
    struct sekuire_text source; /* see plain */
    struct sek_node *first;     /* SEK_ARRAY, SEK_OBJECT: children in the text's order, linked by next */
    struct sek_node *next;
    struct sek_node *parent;    /* NULL at the root; of an aliased YAML node, the place of the copy */
};

/* Binds loop over the children of a container (none for a scalar or NULL). */
#define SEK_EACH(child, container) \
    const struct sek_node *child = (container) == NULL ? NULL : (container)->first; child != NULL; child = child->next

/* The member of an object by its key, or NULL (also where object is NULL or not an object). */
const struct sek_node *sek_node_get(const struct sek_node *object, const char *key);
/* The member reached by keys along a NULL-terminated path, or NULL. */
const struct sek_node *sek_node_path(const struct sek_node *object, ...) __attribute__((sentinel));
/* "null", "a boolean", "a number", "a string", "an array", "an object": for messages. */
const char *sek_kind_name(enum sek_kind kind);
/* The JSON pointer (RFC 6901) from the root to node, NUL-terminated in arena; "" for the root; NULL without memory. */
char *sek_node_pointer(struct sek_arena *arena, const struct sek_node *node);
/* The same, relative to base, an ancestor of node (so that a policy's pointers start at its content). */
char *sek_node_pointer_from(struct sek_arena *arena, const struct sek_node *base, const struct sek_node *node);
/* True if node is a number literal of an integer in 0..2^64-1, without fraction, exponent or sign. */
bool sek_node_u64(const struct sek_node *node, uint64_t *ret);
/* A copy of root and all below it, in arena, without a parent, which the caller may hang elsewhere. Its texts are copied too if
 * own_text, else they are borrowed as they were. Not recursive. NULL without memory. */
struct sek_node *sek_node_copy(struct sek_arena *arena, const struct sek_node *root, bool own_text);
/* sek_fail_at with the node's position. */
int sek_fail_node(struct sekuire_error *err, int status, const struct sek_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
