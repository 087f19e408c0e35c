/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical and pretty JSON of trees, and what is computed from it. */
#include "tree/write.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "tree/emit.h"
#include "tree/number.h"

void sek_canonical_write(struct sek_buffer *out, const struct sek_node *node) {
    struct sek_emit emit = {.out = out, .sorted = true, .canonical = true};
    sek_emit(&emit, node, 0);
}

int sek_canonical_hash(char out[SEK_HASH_TEXT], const struct sek_node *node, struct sekuire_error *err) {
    struct sek_buffer buffer;
    sek_buffer_init(&buffer, SEK_LIMIT_TREE_ARENA);
    sek_canonical_write(&buffer, node);
    int status = sek_buffer_check(&buffer, err);
    if (status == 0) sek_blake3_hex(out, buffer.data, buffer.size);
    sek_buffer_clear(&buffer);
    return status;
}

void sek_pretty_write(struct sek_buffer *out, const struct sek_node *node, unsigned level, bool sorted) {
    struct sek_emit emit = {.out = out, .sorted = sorted, .pretty = true, .canonical = true};
    sek_emit(&emit, node, level);
}

/* The node after this one in the order of the text, within root; NULL at the end. */
static const struct sek_node *next_node(const struct sek_node *root, const struct sek_node *node) {
    if (node->first != NULL) return node->first;
    while (node != root && node->next == NULL) node = node->parent;
    return node == root ? NULL : node->next;
}

int sek_numbers_round_trip(const struct sek_node *node, struct sekuire_error *err) {
    for (const struct sek_node *n = node; n != NULL; n = next_node(node, n)) {
        if (n->kind == SEK_NUMBER && !sek_number_round_trips(n->text))
            return sek_fail_node(err, SEKUIRE_ERR_NUMBER, n,
                                 "published clients would not read the number %.*s back as they print it; write it with fewer "
                                 "digits or as a string",
                                 (int)(n->text.size > 64 ? 64 : n->text.size), n->text.data);
    }
    return 0;
}

void sek_json_string(struct sek_buffer *out, struct sekuire_text text) {
    size_t valid = sek_utf8_valid_prefix(text);
    struct sek_buffer repaired;
    if (valid == text.size) {
        sek_emit_string(out, text);
        return;
    }
    sek_buffer_init(&repaired, out->limit);
    for (;;) {
        sek_buffer_append(&repaired, text.data, valid);
        text.data += valid;
        text.size -= valid;
        if (text.size == 0) break;
        sek_buffer_append(&repaired, "\xEF\xBF\xBD", 3);
        text.data++;
        text.size--;
        valid = sek_utf8_valid_prefix(text);
    }
    if (repaired.status != 0 && out->status == 0) out->status = repaired.status;
    else sek_emit_string(out, sek_buffer_view(&repaired));
    sek_buffer_clear(&repaired);
}
