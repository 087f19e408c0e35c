/* SPDX-License-Identifier: Apache-2.0 */
/* Trees to bytes: canonical JSON (docs/spec/wire.md, section 2) and pretty JSON; and a writer for JSON documents of our
 * own. All append to a sek_buffer: check it once at the end. */
#ifndef SEK_TREE_WRITE_H
#define SEK_TREE_WRITE_H

#include "base/buffer.h"
#include "crypto/blake3.h"
#include "tree/node.h"

/* Keys sorted by their UTF-8 bytes, no white space, numbers in their canonical form. */
void sek_canonical_write(struct sek_buffer *out, const struct sek_node *node);
/* BLAKE3 of the canonical form, as lower-case hex. 0 or memory, too_large. */
int sek_canonical_hash(char out[SEK_HASH_TEXT], const struct sek_node *node, struct sekuire_error *err);
/* serde_json's pretty form: indented by two spaces a level, starting at level `level` (the first line is not indented);
 * numbers in canonical form; keys sorted if sorted, else in the tree's order; no newline at the end. */
void sek_pretty_write(struct sek_buffer *out, const struct sek_node *node, unsigned level, bool sorted);
/* The first number below node that upstream would not read back as it prints it: error number with its position; or 0. */
int sek_numbers_round_trip(const struct sek_node *node, struct sekuire_error *err);
/* One JSON string with its quotes. text must be valid UTF-8; bytes that are not become U+FFFD. */
void sek_json_string(struct sek_buffer *out, struct sekuire_text text);

/* Writes one JSON document; commas, colons and (if pretty) indentation are its own. Not checked: that calls pair up. */
struct sek_writer {
    struct sek_buffer *out;
    bool pretty;
    unsigned depth;
    bool first;   /* nothing yet in the open container */
    bool keyed;   /* a key was just written */
};
void sek_writer_init(struct sek_writer *writer, struct sek_buffer *out, bool pretty);
void sek_write_object(struct sek_writer *writer);     /* { */
void sek_write_object_end(struct sek_writer *writer); /* } */
void sek_write_array(struct sek_writer *writer);
void sek_write_array_end(struct sek_writer *writer);
void sek_write_key(struct sek_writer *writer, const char *key);
void sek_write_key_text(struct sek_writer *writer, struct sekuire_text key);
void sek_write_string(struct sek_writer *writer, const char *string); /* NULL writes null */
void sek_write_text(struct sek_writer *writer, struct sekuire_text text);
void sek_write_int(struct sek_writer *writer, int64_t value);
void sek_write_u64(struct sek_writer *writer, uint64_t value);
void sek_write_bool(struct sek_writer *writer, bool value);
void sek_write_null(struct sek_writer *writer);
/* RFC 3339 UTC; null where seconds is INT64_MIN ("never"). */
void sek_write_time(struct sek_writer *writer, int64_t seconds);
/* A whole tree, in its own order, numbers as written. */
void sek_write_node(struct sek_writer *writer, const struct sek_node *node);
/* Bytes that are one JSON value already. */
void sek_write_raw(struct sek_writer *writer, struct sekuire_text json);
/* key and value in one call. */
void sek_write_member(struct sek_writer *writer, const char *key, const char *string); /* NULL writes null */
void sek_write_member_text(struct sek_writer *writer, const char *key, struct sekuire_text text);
void sek_write_member_u64(struct sek_writer *writer, const char *key, uint64_t value);
void sek_write_member_bool(struct sek_writer *writer, const char *key, bool value);

#endif
