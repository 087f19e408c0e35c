/* SPDX-License-Identifier: Apache-2.0 */
/* Looking around in a tree. */
#include "tree/node.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

enum { INDEX_TEXT = 12 }; /* "/" and the digits of an array index, and the NUL */

/* The member whose key is these bytes, or NULL. */
static const struct sek_node *get(const struct sek_node *object, const char *key, size_t size) {
    if (object == NULL || object->kind != SEK_OBJECT) return NULL;
    for (SEK_EACH(child, object)) {
        if (child->key.size == size && memcmp(child->key.data, key, size) == 0) return child;
    }
    return NULL;
}

const struct sek_node *sek_node_get(const struct sek_node *object, const char *key) { return get(object, key, strlen(key)); }

const struct sek_node *sek_node_path(const struct sek_node *object, ...) {
    va_list keys;
    va_start(keys, object);
    for (const char *key = va_arg(keys, const char *); key != NULL && object != NULL; key = va_arg(keys, const char *))
        object = sek_node_get(object, key);
    va_end(keys);
    return object;
}

const char *sek_kind_name(enum sek_kind kind) {
    switch (kind) {
    case SEK_NULL: return "null";
    case SEK_BOOL: return "a boolean";
    case SEK_NUMBER: return "a number";
    case SEK_STRING: return "a string";
    case SEK_ARRAY: return "an array";
    case SEK_OBJECT: return "an object";
    }
    return "nothing";
}

/* The bytes that one step of a pointer takes, its slash included; written to out if that is not NULL. */
static size_t pointer_step(char *out, const struct sek_node *node) {
    size_t used = 0;
    if (node->parent->kind == SEK_ARRAY) {
        char text[INDEX_TEXT];
        used = (size_t)snprintf(text, sizeof text, "/%u", (unsigned)node->index);
        if (out != NULL) memcpy(out, text, used);
        return used;
    }
    if (out != NULL) out[used] = '/';
    used++;
    for (size_t i = 0; i < node->key.size; i++) {
        char c = node->key.data[i];
        bool special = c == '~' || c == '/';
        if (out != NULL) out[used] = special ? '~' : c;
        used++;
        if (!special) continue;
        if (out != NULL) out[used] = c == '~' ? '0' : '1';
        used++;
    }
    return used;
}

char *sek_node_pointer_from(struct sek_arena *arena, const struct sek_node *base, const struct sek_node *node) {
    size_t size = 0;
    for (const struct sek_node *n = node; n != NULL && n != base && n->parent != NULL; n = n->parent) size += pointer_step(NULL, n);
    char *pointer = sek_arena_alloc(arena, size + 1);
    if (pointer == NULL) return NULL;
    for (const struct sek_node *n = node; n != NULL && n != base && n->parent != NULL; n = n->parent) {
        size -= pointer_step(NULL, n);
        pointer_step(pointer + size, n);
    }
    return pointer;
}

char *sek_node_pointer(struct sek_arena *arena, const struct sek_node *node) { return sek_node_pointer_from(arena, NULL, node); }

bool sek_node_u64(const struct sek_node *node, uint64_t *ret) {
    uint64_t value = 0;
    if (node == NULL || node->kind != SEK_NUMBER || node->text.size == 0) return false;
    for (size_t i = 0; i < node->text.size; i++) {
        char c = node->text.data[i];
        if (c < '0' || c > '9') return false;
        uint64_t digit = (uint64_t)(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

/* Copies a text in place; what is absent stays absent. False without memory. */
static bool own(struct sek_arena *arena, struct sekuire_text *text) {
    if (text->data == NULL) return true;
    text->data = sek_arena_copy(arena, *text);
    return text->data != NULL;
}

/* A copy of one node without its children; NULL without memory. */
static struct sek_node *copy_one(struct sek_arena *arena, const struct sek_node *node, struct sek_node *parent, bool own_text) {
    struct sek_node *copy = sek_arena_alloc(arena, sizeof *copy);
    if (copy == NULL) return NULL;
    *copy = *node;
    copy->first = NULL;
    copy->next = NULL;
    copy->parent = parent;
    if (own_text && (!own(arena, &copy->key) || !own(arena, &copy->text) || !own(arena, &copy->source))) return NULL;
    return copy;
}

struct sek_node *sek_node_copy(struct sek_arena *arena, const struct sek_node *root, bool own_text) {
    struct sek_node *top = copy_one(arena, root, NULL, own_text);
    const struct sek_node *from = root;
    struct sek_node *to = top;
    while (to != NULL) {
        if (from->first != NULL) {
            from = from->first;
            to = to->first = copy_one(arena, from, to, own_text);
            continue;
        }
        while (from != root && from->next == NULL) {
            from = from->parent;
            to = to->parent;
        }
        if (from == root) return top;
        from = from->next;
        to = to->next = copy_one(arena, from, to->parent, own_text);
    }
    return NULL;
}

int sek_fail_node(struct sekuire_error *err, int status, const struct sek_node *node, const char *format, ...) {
    char message[2 * SEKUIRE_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (node == NULL) return sek_fail(err, status, "%s", message);
    return sek_fail_at(err, status, node->at.line, node->at.column, node->at.offset, "%s", message);
}
