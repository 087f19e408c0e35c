/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, YAML and JSON, and the one line that a push changes in them. */
#include "fuzz/fuzz.h"

#include "agent/manifest.h"
#include "tree/write.h"

static const struct sekuire_text ids[] = {
    {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 64},
    {"1234567890123456789012345678901234567890123456789012345678901e23", 64},
};

/* The canonical form of a manifest without its project.sekuire_id. */
static void without_id(struct sek_buffer *out, struct sek_arena *arena, const struct sek_node *root) {
    struct sek_node *copy = sek_node_copy(arena, root, false);
    sek_buffer_init(out, 256u << 20);
    for (struct sek_node *section = copy->first; section != NULL; section = section->next) {
        if (!sek_text_is(section->key, "project")) continue;
        for (struct sek_node **link = &section->first; *link != NULL; link = &(*link)->next) {
            if (!sek_text_is((*link)->key, "sekuire_id")) continue;
            *link = (*link)->next;
            section->count--;
            break;
        }
    }
    sek_canonical_write(out, copy);
    REQUIRE(sek_buffer_check(out, NULL) == 0);
}

/* What changed between two texts lies in one line: no line break but the new line's own. */
static void check_one_line(struct sekuire_text old, struct sekuire_text changed) {
    size_t front = 0, back = 0;
    while (front < old.size && front < changed.size && old.data[front] == changed.data[front]) front++;
    while (back < old.size - front && back < changed.size - front &&
           old.data[old.size - 1 - back] == changed.data[changed.size - 1 - back])
        back++;
    for (size_t i = front; i < old.size - back; i++) REQUIRE(old.data[i] != '\n');
    unsigned breaks = 0;
    for (size_t i = front; i < changed.size - back; i++) breaks += changed.data[i] == '\n';
    REQUIRE(breaks <= 1);
}

/* The id is written, and nothing else; written again, it changes nothing. */
static void check_set_id(struct sek_arena *arena, const struct sek_manifest *manifest, struct sekuire_text text,
                         struct sekuire_text id) {
    struct sekuire_error err = {0};
    struct sek_buffer out, twice, before, after;
    struct sek_manifest again;
    sek_buffer_init(&out, 2 * SEK_LIMIT_MANIFEST_BYTES);
    sek_buffer_init(&twice, 2 * SEK_LIMIT_MANIFEST_BYTES);
    int status = sek_manifest_set_id(manifest, text, id, &out, &err);
    if (status != 0) {
        fuzz_error_sound(status, &err, text.size);
        REQUIRE(out.size == 0);
        return;
    }
    struct sekuire_text changed = sek_buffer_view(&out);
    REQUIRE(sek_manifest_parse(arena, changed, SEK_MANIFEST_YAML, &again, NULL) == 0);
    REQUIRE(sek_text_equal(again.sekuire_id, id) && sek_text_equal(again.model, manifest->model));
    without_id(&before, arena, manifest->root);
    without_id(&after, arena, again.root);
    REQUIRE(sek_text_equal(sek_buffer_view(&before), sek_buffer_view(&after)));
    check_one_line(text, changed);
    REQUIRE(sek_manifest_set_id(&again, changed, id, &twice, NULL) == 0 && sek_text_equal(sek_buffer_view(&twice), changed));
    sek_buffer_clear(&before);
    sek_buffer_clear(&after);
    sek_buffer_clear(&out);
    sek_buffer_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text text = fuzz_text(data, size);
    for (unsigned i = 0; i < 2; i++) {
        enum sek_manifest_format format = i == 0 ? SEK_MANIFEST_YAML : SEK_MANIFEST_JSON;
        struct sekuire_error err = {0};
        struct sek_arena arena;
        struct sek_manifest manifest;
        sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
        int status = sek_manifest_parse(&arena, text, format, &manifest, &err);
        if (status != 0) fuzz_error_sound(status, &err, size);
        if (status == 0) {
            REQUIRE(manifest.name.data != NULL && manifest.version.data != NULL && manifest.model.data != NULL);
            REQUIRE(manifest.system_prompt_path.data != NULL && manifest.tools_path.data != NULL);
            if (format == SEK_MANIFEST_YAML) check_set_id(&arena, &manifest, text, ids[size % 2]);
        }
        sek_arena_clear(&arena);
    }
    return 0;
}
