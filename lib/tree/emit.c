/* SPDX-License-Identifier: Apache-2.0 */
/* Trees to bytes. */
#include "tree/emit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tree/number.h"

/* The object's members, sorted as they are written; freed when the object is done. */
struct members {
    const struct sek_node **list;
    const struct sek_node *few[16];
};

/* For each byte: 0 where a string holds it as it is, 'u' where it is \u00xx, else the letter after the backslash. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    ['"'] = '"', ['\\'] = '\\',
};

void sek_emit_string(struct sek_buffer *out, struct sekuire_text text) {
    static const char digits[] = "0123456789abcdef";
    size_t run = 0;
    sek_buffer_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        char letter = escapes[c];
        if (letter == 0) continue;
        sek_buffer_append(out, text.data + run, i - run);
        run = i + 1;
        if (letter == 'u') sek_buffer_append(out, (const char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
        else sek_buffer_append(out, (const char[]){'\\', letter}, 2);
    }
    if (run < text.size) sek_buffer_append(out, text.data + run, text.size - run);
    sek_buffer_byte(out, '"');
}

void sek_emit_line(struct sek_buffer *out, unsigned level) {
    sek_buffer_byte(out, '\n');
    for (unsigned i = 0; i < level; i++) sek_buffer_append(out, "  ", 2);
}

/* For qsort: members by the bytes of their keys. */
static int compare_keys(const void *a, const void *b) {
    const struct sek_node *const *left = a;
    const struct sek_node *const *right = b;
    return sek_text_compare((*left)->key, (*right)->key);
}

/* Lists the object's members in sorted order; false without memory. */
static bool sort_members(struct members *members, const struct sek_node *object) {
    size_t count = 0;
    bool sorted = true;
    members->list = members->few;
    if (object->count > sizeof members->few / sizeof members->few[0]) {
        members->list = sek_realloc(NULL, object->count, sizeof *members->list);
        if (members->list == NULL) return false;
    }
    for (SEK_EACH(child, object)) {
        if (count > 0 && sorted) sorted = sek_text_compare(members->list[count - 1]->key, child->key) < 0;
        members->list[count++] = child;
    }
    if (!sorted) qsort(members->list, count, sizeof *members->list, compare_keys);
    return true;
}

/* Writes one child of a container: what comes before it, its key, itself. */
static void emit_child(const struct sek_emit *emit, const struct sek_node *child, bool first, bool member, unsigned level) {
    if (!first) sek_buffer_byte(emit->out, ',');
    if (emit->pretty) sek_emit_line(emit->out, level);
    if (member) {
        sek_emit_string(emit->out, child->key);
        sek_buffer_byte(emit->out, ':');
        if (emit->pretty) sek_buffer_byte(emit->out, ' ');
    }
    sek_emit(emit, child, level);
}

/* Writes a container that is not empty. */
static void emit_children(const struct sek_emit *emit, const struct sek_node *node, unsigned level) {
    bool object = node->kind == SEK_OBJECT;
    struct members members = {0};
    if (object && emit->sorted) {
        if (!sort_members(&members, node)) {
            emit->out->status = SEKUIRE_ERR_MEMORY;
            return;
        }
        for (uint32_t i = 0; i < node->count; i++) emit_child(emit, members.list[i], i == 0, true, level + 1);
        if (members.list != members.few) sek_free(members.list);
    } else {
        for (SEK_EACH(child, node)) emit_child(emit, child, child == node->first, object, level + 1);
    }
    if (emit->pretty) sek_emit_line(emit->out, level);
}

void sek_emit(const struct sek_emit *emit, const struct sek_node *node, unsigned level) {
    bool object = node->kind == SEK_OBJECT;
    switch (node->kind) {
    case SEK_NULL: sek_buffer_append(emit->out, "null", 4); break;
    case SEK_BOOL: sek_buffer_string(emit->out, node->boolean ? "true" : "false"); break;
    case SEK_NUMBER:
        if (emit->canonical) sek_number_canonical(emit->out, node->text);
        else sek_buffer_text(emit->out, node->text);
        break;
    case SEK_STRING: sek_emit_string(emit->out, node->text); break;
    case SEK_ARRAY:
    case SEK_OBJECT:
        sek_buffer_byte(emit->out, object ? '{' : '[');
        if (node->first != NULL) emit_children(emit, node, level);
        sek_buffer_byte(emit->out, object ? '}' : ']');
        break;
    }
}
