/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: libyaml's events into a tree. */
#include "tree/yaml.h"

#include <yaml.h>

#include "base/error.h"
#include "base/utf8.h"
#include "tree/build.h"
#include "tree/number.h"

enum { CHECKPOINT = 64 }; /* characters between two known byte offsets */

struct anchor {
    const char *name;
    const struct sek_node *node;
    struct anchor *next;
};

struct reader {
    struct sek_builder builder;
    struct sekuire_text bytes; /* without a byte order mark */
    size_t skipped;            /* its size */
    enum sek_yaml_profile profile;
    struct sekuire_error *err;
    const uint32_t *checkpoints; /* byte offset of every CHECKPOINTth character; NULL where all are ASCII */
    struct anchor *anchors;      /* newest first, which is the one that an alias means */
    unsigned anchor_count;
    unsigned alias_count;
    unsigned node_count;
    unsigned documents;
    bool ended;
};

static int fail(const struct reader *r, const struct sek_position *at, int status, const char *message) {
    return sek_fail_at(r->err, status, at->line, at->column, at->offset, "%s", message);
}

/* The line and column of a byte, by counting. */
static struct sek_position position_of_offset(const struct reader *r, size_t offset) {
    struct sek_position at = {1, 1, r->skipped + offset};
    for (size_t i = 0; i < offset && i < r->bytes.size; i++) {
        at.column++;
        if (r->bytes.data[i] != '\n') continue;
        at.line++;
        at.column = 1;
    }
    return at;
}

/* The length of the valid UTF-8 sequence that a byte begins. */
static size_t sequence_size(char first) {
    unsigned char c = (unsigned char)first;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The byte offset of a character, by its index. */
static size_t offset_of_index(const struct reader *r, size_t index) {
    size_t offset = index;
    if (r->checkpoints != NULL) {
        offset = r->checkpoints[index / CHECKPOINT];
        for (size_t i = index % CHECKPOINT; i > 0 && offset < r->bytes.size; i--) offset += sequence_size(r->bytes.data[offset]);
    }
    return offset < r->bytes.size ? offset : r->bytes.size;
}

/* libyaml's marks count characters from 0. */
static struct sek_position position_of(const struct reader *r, const yaml_mark_t *mark) {
    size_t offset = offset_of_index(r, mark->index);
    size_t line_start = offset_of_index(r, mark->column < mark->index ? mark->index - mark->column : 0);
    return (struct sek_position){(uint32_t)mark->line + 1, (uint32_t)(offset - line_start) + 1, r->skipped + offset};
}

/* Makes the checkpoints, if there is a character that is not one byte. */
static int make_checkpoints(struct reader *r) {
    size_t i = 0;
    while (i < r->bytes.size && (unsigned char)r->bytes.data[i] < 0x80) i++;
    if (i == r->bytes.size) return 0;
    uint32_t *table = sek_arena_array(r->builder.arena, r->bytes.size / CHECKPOINT + 2, sizeof *table);
    if (table == NULL) return sek_fail_memory(r->err);
    size_t index = 0;
    size_t offset = 0;
    for (; offset < r->bytes.size; index++) {
        if (index % CHECKPOINT == 0) table[index / CHECKPOINT] = (uint32_t)offset;
        offset += sequence_size(r->bytes.data[offset]);
    }
    for (size_t left = index / CHECKPOINT + (index % CHECKPOINT != 0); left < r->bytes.size / CHECKPOINT + 2; left++)
        table[left] = (uint32_t)offset;
    r->checkpoints = table;
    return 0;
}

/* Whether a line, by any of libyaml's line breaks, begins at p. */
static bool begins_line(const char *start, const char *p) {
    size_t before = (size_t)(p - start);
    return before == 0 || p[-1] == '\n' || p[-1] == '\r' || (before >= 2 && memcmp(p - 2, "\xC2\x85", 2) == 0) ||
           (before >= 3 && (memcmp(p - 3, "\xE2\x80\xA8", 3) == 0 || memcmp(p - 3, "\xE2\x80\xA9", 3) == 0));
}

/* Refuses what looks like a tag directive before libyaml sees it, since its time is quadratic in their number. */
static int check_directives(const struct reader *r) {
    static const char name[] = "%TAG";
    const char *end = r->bytes.data + r->bytes.size;
    const char *p = r->bytes.data;
    while ((p = memmem(p, (size_t)(end - p), name, sizeof name - 1)) != NULL) {
        if (begins_line(r->bytes.data, p)) {
            struct sek_position at = position_of_offset(r, (size_t)(p - r->bytes.data));
            return fail(r, &at, SEKUIRE_ERR_SYNTAX, "tag directives are not allowed");
        }
        p++;
    }
    return 0;
}

/* What libyaml itself does not look at, or says less clearly. */
static int check_bytes(struct reader *r) {
    struct sekuire_text bytes = r->bytes;
    if (bytes.size > SEK_LIMIT_JSON_BYTES) return sek_fail(r->err, SEKUIRE_ERR_TOO_LARGE, "more than %u bytes", SEK_LIMIT_JSON_BYTES);
    struct sek_position at = {1, 1, 0};
    if (sek_text_starts(bytes, SEK_TEXT("\xEF\xBB\xBF"))) {
        if (r->profile == SEK_YAML_STRICT) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "the text begins with a byte order mark");
        r->skipped = 3;
        r->bytes = bytes = (struct sekuire_text){bytes.data + r->skipped, bytes.size - r->skipped};
    }
    size_t valid = sek_utf8_valid_prefix(bytes);
    const char *nul = memchr(bytes.data, '\0', valid);
    if (nul != NULL) {
        at = position_of_offset(r, (size_t)(nul - bytes.data));
        return fail(r, &at, SEKUIRE_ERR_SYNTAX, "a NUL byte in the text");
    }
    if (valid < bytes.size) {
        at = position_of_offset(r, valid);
        return fail(r, &at, SEKUIRE_ERR_UTF8, "invalid UTF-8");
    }
    int status = check_directives(r);
    return status != 0 ? status : make_checkpoints(r);
}

/* libyaml's error as ours. */
static int fail_parser(const struct reader *r, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) return sek_fail_memory(r->err);
    const char *problem = parser->problem == NULL ? "malformed YAML" : parser->problem;
    if (parser->error == YAML_READER_ERROR) {
        struct sek_position at = position_of_offset(r, parser->problem_offset);
        return fail(r, &at, SEKUIRE_ERR_SYNTAX, problem);
    }
    struct sek_position at = position_of(r, &parser->problem_mark);
    size_t offset = at.offset - r->skipped;
    if (offset < r->bytes.size && r->bytes.data[offset] == '\t')
        return fail(r, &at, SEKUIRE_ERR_SYNTAX, "a tab may not be used for indentation");
    return sek_fail_at(r->err, SEKUIRE_ERR_SYNTAX, at.line, at.column, at.offset, "%s%s%s",
                       parser->context == NULL ? "" : parser->context, parser->context == NULL ? "" : ": ", problem);
}

static bool is_one_of(struct sekuire_text text, const char *const words[]) {
    for (; *words != NULL; words++)
        if (sek_text_is(text, *words)) return true;
    return false;
}

/* The kind of a plain scalar by the core schema; of numbers, only those that JSON can write. */
static enum sek_kind resolve(struct sekuire_text text) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    if (is_one_of(text, nulls)) return SEK_NULL;
    if (is_one_of(text, booleans)) return SEK_BOOL;
    return sek_number_is_literal(text) ? SEK_NUMBER : SEK_STRING;
}

/* Counts one node more against the cap of manifests. */
static int count_node(struct reader *r, const struct sek_position *at) {
    if (r->profile != SEK_YAML_MANIFEST || ++r->node_count <= SEK_LIMIT_YAML_NODES) return 0;
    return sek_fail_at(r->err, SEKUIRE_ERR_TOO_LARGE, at->line, at->column, at->offset, "more than %u values, aliases expanded",
                       SEK_LIMIT_YAML_NODES);
}

/* Whether the next value is the key of a member. */
static bool at_key(const struct reader *r) {
    const struct sek_node *open = sek_builder_open_node(&r->builder);
    return open != NULL && open->kind == SEK_OBJECT && r->builder.pending == NULL;
}

/* Begins a member. */
static int add_key(struct reader *r, struct sekuire_text key, bool plain, const struct sek_position *at) {
    if (r->profile == SEK_YAML_STRICT && plain) {
        if (sek_text_is(key, "<<")) return fail(r, at, SEKUIRE_ERR_SYNTAX, "merge keys are not allowed");
        if (resolve(key) != SEK_STRING) return fail(r, at, SEKUIRE_ERR_SYNTAX, "a key must be a string: put it in quotes");
    }
    return sek_builder_key(&r->builder, key, at, r->err);
}

/* Remembers the node that an anchor names. */
static int add_anchor(struct reader *r, const yaml_char_t *name, const struct sek_node *node, const struct sek_position *at) {
    if (name == NULL) return 0;
    if (++r->anchor_count > SEK_LIMIT_YAML_ALIASES)
        return sek_fail_at(r->err, SEKUIRE_ERR_TOO_LARGE, at->line, at->column, at->offset, "more than %u anchors",
                           SEK_LIMIT_YAML_ALIASES);
    struct anchor *anchor = sek_arena_alloc(r->builder.arena, sizeof *anchor);
    if (anchor == NULL) return sek_fail_memory(r->err);
    anchor->name = sek_arena_copy(r->builder.arena, sek_text((const char *)name));
    if (anchor->name == NULL) return sek_fail_memory(r->err);
    anchor->node = node;
    anchor->next = r->anchors;
    r->anchors = anchor;
    return 0;
}

/* Is it the tag of a string, which changes nothing but what its source text is taken for? */
static bool is_string_tag(const struct reader *r, const yaml_char_t *tag) {
    return r->profile == SEK_YAML_MANIFEST && tag != NULL && strcmp((const char *)tag, YAML_STR_TAG) == 0;
}

/* The refusals that an anchor or a tag may mean. */
static int check_properties(const struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag, const struct sek_position *at) {
    if (tag != NULL) return fail(r, at, SEKUIRE_ERR_SYNTAX, "tags are not allowed");
    if (anchor != NULL && r->profile == SEK_YAML_STRICT) return fail(r, at, SEKUIRE_ERR_SYNTAX, "anchors are not allowed");
    return 0;
}

/* Fills in a scalar by its text. */
static int set_scalar(const struct reader *r, struct sek_node *node, struct sekuire_text text, bool plain) {
    node->plain = plain;
    node->kind = plain ? resolve(text) : SEK_STRING;
    if (plain) node->source = text;
    if (node->kind == SEK_NUMBER && !sek_number_in_range(text)) {
        if (r->profile == SEK_YAML_STRICT) return fail(r, &node->at, SEKUIRE_ERR_NUMBER, "number out of range");
        node->kind = SEK_STRING;
    }
    if (node->kind == SEK_NUMBER || node->kind == SEK_STRING) node->text = text;
    node->boolean = node->kind == SEK_BOOL && sek_ascii_lower(text.data[0]) == 't';
    return 0;
}

static int on_scalar(struct reader *r, const yaml_event_t *event) {
    struct sek_position at = position_of(r, &event->start_mark);
    struct sekuire_text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const yaml_char_t *tag = event->data.scalar.tag;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (is_string_tag(r, tag)) {
        plain = false;
        tag = NULL;
    }
    int status = check_properties(r, event->data.scalar.anchor, tag, &at);
    if (status != 0) return status;
    if (text.size > 0 && memchr(text.data, '\0', text.size) != NULL)
        return fail(r, &at, SEKUIRE_ERR_SYNTAX, "an escape in a string may not stand for NUL");
    text.data = sek_arena_copy(r->builder.arena, text);
    if (text.data == NULL) return sek_fail_memory(r->err);
    if (at_key(r)) {
        if (event->data.scalar.anchor != NULL) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "an anchor on a key is not allowed");
        return add_key(r, text, plain, &at);
    }
    status = count_node(r, &at);
    if (status != 0) return status;
    struct sek_node *node = sek_builder_value(&r->builder, SEK_STRING, &at);
    if (node == NULL) return sek_fail_memory(r->err);
    status = set_scalar(r, node, text, plain);
    return status != 0 ? status : add_anchor(r, event->data.scalar.anchor, node, &at);
}

static int on_open(struct reader *r, enum sek_kind kind, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag) {
    struct sek_position at = position_of(r, &event->start_mark);
    int status = check_properties(r, anchor, tag, &at);
    if (status != 0) return status;
    if (at_key(r))
        return sek_fail_at(r->err, SEKUIRE_ERR_SYNTAX, at.line, at.column, at.offset, "a key must be a string, found %s",
                           sek_kind_name(kind));
    status = count_node(r, &at);
    if (status == 0) status = sek_builder_open(&r->builder, kind, &at, r->err);
    if (status != 0) return status;
    return add_anchor(r, anchor, sek_builder_open_node(&r->builder), &at);
}

/* Copies one node without its children. */
static int copy_one(struct reader *r, const struct sek_node *node, const struct sek_position *alias_at) {
    int status = count_node(r, alias_at);
    if (status != 0) return status;
    if (node->kind == SEK_ARRAY || node->kind == SEK_OBJECT) return sek_builder_open(&r->builder, node->kind, &node->at, r->err);
    struct sek_node *copy = sek_builder_value(&r->builder, node->kind, &node->at);
    if (copy == NULL) return sek_fail_memory(r->err);
    copy->boolean = node->boolean;
    copy->plain = node->plain;
    copy->text = node->text;
    copy->source = node->source;
    return 0;
}

/* Copies a complete node with all that is below it, as the next value. */
static int copy_tree(struct reader *r, const struct sek_node *root, const struct sek_position *alias_at) {
    const struct sek_node *node = root;
    for (;;) {
        int status = 0;
        if (node != root && node->parent->kind == SEK_OBJECT) status = sek_builder_key(&r->builder, node->key, &node->key_at, r->err);
        if (status == 0) status = copy_one(r, node, alias_at);
        if (status != 0) return status;
        if (node->first != NULL) {
            node = node->first;
            continue;
        }
        if (node->kind == SEK_ARRAY || node->kind == SEK_OBJECT) sek_builder_close(&r->builder);
        while (node != root && node->next == NULL) {
            node = node->parent;
            sek_builder_close(&r->builder);
        }
        if (node == root) return 0;
        node = node->next;
    }
}

/* Whether node is a container that is still being read. */
static bool is_open(const struct reader *r, const struct sek_node *node) {
    for (unsigned i = 0; i < r->builder.depth; i++)
        if (r->builder.frames[i].node == node) return true;
    return false;
}

static int on_alias(struct reader *r, const yaml_event_t *event) {
    struct sek_position at = position_of(r, &event->start_mark);
    const struct anchor *anchor = r->anchors;
    if (r->profile == SEK_YAML_STRICT) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "aliases are not allowed");
    if (++r->alias_count > SEK_LIMIT_YAML_ALIASES)
        return sek_fail_at(r->err, SEKUIRE_ERR_TOO_LARGE, at.line, at.column, at.offset, "more than %u aliases",
                           SEK_LIMIT_YAML_ALIASES);
    while (anchor != NULL && strcmp(anchor->name, (const char *)event->data.alias.anchor) != 0) anchor = anchor->next;
    if (anchor == NULL) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "an alias without an anchor before it");
    if (is_open(r, anchor->node)) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "an alias inside of what it stands for");
    if (!at_key(r)) return copy_tree(r, anchor->node, &at);
    bool plain = anchor->node->plain;
    if (!plain && anchor->node->kind != SEK_STRING) return fail(r, &at, SEKUIRE_ERR_SYNTAX, "a key must be a string");
    return add_key(r, plain ? anchor->node->source : anchor->node->text, plain, &at);
}

static int on_document(struct reader *r, const yaml_event_t *event) {
    struct sek_position at = position_of(r, &event->start_mark);
    return r->documents++ == 0 ? 0 : fail(r, &at, SEKUIRE_ERR_SYNTAX, "a second document is not allowed");
}

static int on_event(struct reader *r, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return on_document(r, event);
    case YAML_SCALAR_EVENT: return on_scalar(r, event);
    case YAML_ALIAS_EVENT: return on_alias(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(r, SEK_ARRAY, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return on_open(r, SEK_OBJECT, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: sek_builder_close(&r->builder); return 0;
    case YAML_STREAM_END_EVENT:
    case YAML_NO_EVENT: r->ended = true; return 0;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: return 0;
    }
    return 0;
}

/* Reads all events. */
static int read_all(struct reader *r) {
    yaml_parser_t parser;
    int status = 0;
    if (!yaml_parser_initialize(&parser)) return sek_fail_memory(r->err);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)r->bytes.data, r->bytes.size);
    while (status == 0 && !r->ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parser(r, &parser);
            break;
        }
        status = on_event(r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

int sek_yaml_parse(struct sek_arena *arena, struct sekuire_text bytes, enum sek_yaml_profile profile, const struct sek_node **ret,
                   struct sekuire_error *err) {
    struct reader r = {.bytes = {bytes.data == NULL ? "" : bytes.data, bytes.size}, .profile = profile, .err = err};
    sek_builder_init(&r.builder, arena);
    int status = check_bytes(&r);
    if (status == 0) status = read_all(&r);
    if (status == 0 && r.builder.root == NULL) {
        struct sek_node *node = sek_builder_value(&r.builder, SEK_NULL, &(struct sek_position){1, 1, 0});
        if (node == NULL) status = sek_fail_memory(err);
        else *node = (struct sek_node){.kind = SEK_NULL, .plain = true, .at = node->at, .source = SEK_TEXT("")};
    }
    if (status == 0) *ret = r.builder.root;
    sek_builder_clear(&r.builder);
    return status;
}
