/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader and all that writes trees. */
#include "fuzz/fuzz.h"

#include "tree/json.h"
#include "tree/write.h"

enum form { CANONICAL, PRETTY, AS_WRITTEN };

/* A tree in one of its forms. */
static void form(struct sek_buffer *out, const struct sek_node *node, enum form as) {
    struct sek_writer writer;
    sek_buffer_init(out, 64u << 20);
    sek_writer_init(&writer, out, false);
    if (as == CANONICAL) sek_canonical_write(out, node);
    else if (as == PRETTY) sek_pretty_write(out, node, 0, false);
    else sek_write_node(&writer, node);
    REQUIRE(sek_buffer_check(out, NULL) == 0);
}

/* The form `as` of the text that `written` holds. */
static void form_again(struct sek_buffer *out, const struct sek_buffer *written, enum form as) {
    struct sek_arena arena;
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    REQUIRE(sek_json_parse(&arena, sek_buffer_view(written), &node, NULL) == 0);
    form(out, node, as);
    sek_arena_clear(&arena);
}

static bool same(const struct sek_buffer *a, const struct sek_buffer *b) {
    return sek_text_equal(sek_buffer_view(a), sek_buffer_view(b));
}

/* Every node says where it is: the byte there begins such a value, and its line and column lead to the same place. */
static void check_positions(struct sekuire_text text, const struct sek_node *node) {
    static const char *const begin[] = {[SEK_NULL] = "n", [SEK_BOOL] = "tf", [SEK_NUMBER] = "-0123456789",
                                        [SEK_STRING] = "\"", [SEK_ARRAY] = "[", [SEK_OBJECT] = "{"};
    size_t line_start = 0;
    uint32_t line = 1;
    REQUIRE(node->at.offset < text.size && strchr(begin[node->kind], text.data[node->at.offset]) != NULL);
    for (size_t i = 0; i < node->at.offset; i++)
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    REQUIRE(node->at.line == line && node->at.column == node->at.offset - line_start + 1);
    uint32_t count = 0;
    for (SEK_EACH(child, node)) {
        REQUIRE(child->parent == node && child->index == count++);
        if (node->kind == SEK_OBJECT) REQUIRE(sek_utf8_valid_prefix(child->key) == child->key.size);
        check_positions(text, child);
    }
    REQUIRE(count == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text text = fuzz_text(data, size);
    struct sekuire_error err = {0};
    struct sek_arena arena;
    struct sek_buffer canonical, pretty, written, again;
    const struct sek_node *node = NULL, *loose = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, text, &node, &err);
    int status_loose = sek_json_parse_with_nul(&arena, text, &loose, NULL);
    if (status != 0) {
        fuzz_error_sound(status, &err, size);
        REQUIRE(node == NULL);
        goto out;
    }
    REQUIRE(status_loose == 0 && node->parent == NULL);
    check_positions(text, node);
    form(&canonical, node, CANONICAL);
    form(&written, node, AS_WRITTEN);
    form(&pretty, sek_node_copy(&arena, loose, true), AS_WRITTEN);
    REQUIRE(same(&pretty, &written));
    sek_buffer_clear(&pretty);
    form_again(&again, &written, CANONICAL);
    REQUIRE(same(&again, &canonical));
    sek_buffer_clear(&again);
    form(&pretty, node, PRETTY);
    if (sek_numbers_round_trip(node, NULL) == 0) {
        form_again(&again, &canonical, CANONICAL);
        REQUIRE(same(&again, &canonical));
        sek_buffer_clear(&again);
        form_again(&again, &pretty, PRETTY);
        REQUIRE(same(&again, &pretty));
        sek_buffer_clear(&again);
    }
    sek_buffer_clear(&canonical);
    sek_buffer_clear(&pretty);
    sek_buffer_clear(&written);
out:
    sek_arena_clear(&arena);
    return 0;
}
