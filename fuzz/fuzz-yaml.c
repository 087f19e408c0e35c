/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader, in both profiles. */
#include "fuzz/fuzz.h"

#include <yaml.h>

#include "tree/json.h"
#include "tree/write.h"
#include "tree/yaml.h"

static struct sekuire_text canonical(struct sek_buffer *out, const struct sek_node *node) {
    sek_buffer_init(out, 256u << 20);
    sek_canonical_write(out, node);
    REQUIRE(sek_buffer_check(out, NULL) == 0);
    return sek_buffer_view(out);
}

/* Nothing is outside the text, strings are UTF-8, plain scalars have a source. */
static void check_tree(struct sekuire_text text, const struct sek_node *node) {
    REQUIRE(node->at.offset <= text.size && node->at.line >= 1 && node->at.column >= 1 && node->at.line <= text.size + 1);
    if (node->kind == SEK_STRING) REQUIRE(sek_utf8_valid_prefix(node->text) == node->text.size);
    if (node->plain && node->kind == SEK_STRING) REQUIRE(sek_text_equal(node->text, node->source));
    if (node->kind == SEK_NUMBER) REQUIRE(node->plain && sek_text_equal(node->text, node->source));
    uint32_t count = 0;
    for (SEK_EACH(child, node)) {
        REQUIRE(child->parent == node && child->index == count++);
        check_tree(text, child);
    }
    REQUIRE(count == node->count);
}

/* What the strict profile took is at most one document, without anchor, alias or tag: libyaml's events say so. */
static void check_strict(struct sekuire_text text) {
    yaml_parser_t parser;
    yaml_event_t event = {.type = YAML_NO_EVENT};
    unsigned documents = 0;
    REQUIRE(yaml_parser_initialize(&parser) == 1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.data == NULL ? "" : text.data), text.size);
    for (bool ended = false; !ended; yaml_event_delete(&event)) {
        REQUIRE(yaml_parser_parse(&parser, &event) == 1 && event.type != YAML_ALIAS_EVENT);
        bool value = event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        if (value) REQUIRE(event.data.scalar.anchor == NULL && event.data.scalar.tag == NULL); /* all three begin with these */
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        ended = event.type == YAML_STREAM_END_EVENT;
    }
    REQUIRE(documents <= 1);
    yaml_parser_delete(&parser);
}

/* A text as YAML of a profile: the status; where it is 0, *out is set, and *stable if its numbers are read back as printed. */
static int read_yaml(struct sekuire_text text, enum sek_yaml_profile profile, struct sek_buffer *out, bool *stable) {
    struct sekuire_error err = {0};
    struct sek_arena arena;
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_yaml_parse(&arena, text, profile, &node, &err);
    REQUIRE((status == 0) == (node != NULL));
    if (status == 0) check_tree(text, node);
    else fuzz_error_sound(status, &err, text.size);
    if (status == 0) canonical(out, node);
    *stable = status == 0 && sek_numbers_round_trip(node, NULL) == 0;
    sek_arena_clear(&arena);
    return status;
}

/* Where the text is JSON too, that reader finds the same in it. */
static void check_as_json(struct sekuire_text text, struct sekuire_text expected) {
    struct sek_arena arena;
    struct sek_buffer again = {0};
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    if (sek_json_parse(&arena, text, &node, NULL) == 0) REQUIRE(sek_text_equal(canonical(&again, node), expected));
    sek_buffer_clear(&again);
    sek_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text text = fuzz_text(data, size);
    struct sek_buffer strict = {0}, manifest = {0}, again = {0};
    bool stable = false, same = false;
    int status = read_yaml(text, SEK_YAML_STRICT, &strict, &stable);
    int status_manifest = read_yaml(text, SEK_YAML_MANIFEST, &manifest, &stable);
    if (status == 0) {
        check_strict(text);
        REQUIRE(status_manifest == 0 && sek_text_equal(sek_buffer_view(&strict), sek_buffer_view(&manifest)));
        if (fuzz_plain(text)) check_as_json(text, sek_buffer_view(&strict));
    }
    if (status_manifest == 0 && stable) {
        /* The canonical form is JSON; and where YAML takes that (short keys of printable ASCII), the same. */
        struct sekuire_text form = sek_buffer_view(&manifest);
        check_as_json(form, form);
        if (form.size < 900 && fuzz_plain(form) && read_yaml(form, SEK_YAML_STRICT, &again, &same) == 0)
            REQUIRE(sek_text_equal(sek_buffer_view(&again), form));
    }
    sek_buffer_clear(&again);
    sek_buffer_clear(&strict);
    sek_buffer_clear(&manifest);
    return 0;
}
