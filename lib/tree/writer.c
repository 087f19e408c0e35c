/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of JSON documents. */
#include "base/time-text.h"
#include "tree/emit.h"
#include "tree/write.h"

void sek_writer_init(struct sek_writer *writer, struct sek_buffer *out, bool pretty) {
    *writer = (struct sek_writer){.out = out, .pretty = pretty, .first = true};
}

/* What stands before an element or a key: a comma, a line break. */
static void begin_item(struct sek_writer *writer) {
    if (writer->depth == 0) return;
    if (!writer->first) sek_buffer_byte(writer->out, ',');
    if (writer->pretty) sek_emit_line(writer->out, writer->depth);
    writer->first = false;
}

/* The same before a value, which has it already if it follows its key. */
static void begin_value(struct sek_writer *writer) {
    if (!writer->keyed) begin_item(writer);
    writer->keyed = false;
}

static void open_container(struct sek_writer *writer, char bracket) {
    begin_value(writer);
    sek_buffer_byte(writer->out, bracket);
    writer->depth++;
    writer->first = true;
}

static void close_container(struct sek_writer *writer, char bracket) {
    writer->depth--;
    if (writer->pretty && !writer->first) sek_emit_line(writer->out, writer->depth);
    sek_buffer_byte(writer->out, bracket);
    writer->first = false;
}

void sek_write_object(struct sek_writer *writer) { open_container(writer, '{'); }

void sek_write_object_end(struct sek_writer *writer) { close_container(writer, '}'); }

void sek_write_array(struct sek_writer *writer) { open_container(writer, '['); }

void sek_write_array_end(struct sek_writer *writer) { close_container(writer, ']'); }

void sek_write_key_text(struct sek_writer *writer, struct sekuire_text key) {
    begin_item(writer);
    sek_json_string(writer->out, key);
    sek_buffer_string(writer->out, writer->pretty ? ": " : ":");
    writer->keyed = true;
}

void sek_write_key(struct sek_writer *writer, const char *key) { sek_write_key_text(writer, sek_text(key)); }

void sek_write_text(struct sek_writer *writer, struct sekuire_text text) {
    begin_value(writer);
    sek_json_string(writer->out, text);
}

void sek_write_string(struct sek_writer *writer, const char *string) {
    if (string == NULL) sek_write_null(writer);
    else sek_write_text(writer, sek_text(string));
}

void sek_write_raw(struct sek_writer *writer, struct sekuire_text json) {
    begin_value(writer);
    sek_buffer_text(writer->out, json);
}

void sek_write_int(struct sek_writer *writer, int64_t value) {
    begin_value(writer);
    sek_buffer_format(writer->out, "%lld", (long long)value);
}

void sek_write_u64(struct sek_writer *writer, uint64_t value) {
    begin_value(writer);
    sek_buffer_format(writer->out, "%llu", (unsigned long long)value);
}

void sek_write_bool(struct sek_writer *writer, bool value) { sek_write_raw(writer, sek_text(value ? "true" : "false")); }

void sek_write_null(struct sek_writer *writer) { sek_write_raw(writer, SEK_TEXT("null")); }

void sek_write_time(struct sek_writer *writer, int64_t seconds) {
    char text[SEK_TIME_TEXT_SIZE];
    if (seconds == INT64_MIN) {
        sek_write_null(writer);
        return;
    }
    sek_time_format(text, seconds);
    sek_write_string(writer, text);
}

void sek_write_node(struct sek_writer *writer, const struct sek_node *node) {
    struct sek_emit emit = {.out = writer->out, .pretty = writer->pretty};
    begin_value(writer);
    sek_emit(&emit, node, writer->depth);
}

void sek_write_member(struct sek_writer *writer, const char *key, const char *string) {
    sek_write_key(writer, key);
    sek_write_string(writer, string);
}

void sek_write_member_text(struct sek_writer *writer, const char *key, struct sekuire_text text) {
    sek_write_key(writer, key);
    sek_write_text(writer, text);
}

void sek_write_member_u64(struct sek_writer *writer, const char *key, uint64_t value) {
    sek_write_key(writer, key);
    sek_write_u64(writer, value);
}

void sek_write_member_bool(struct sek_writer *writer, const char *key, bool value) {
    sek_write_key(writer, key);
    sek_write_bool(writer, value);
}
