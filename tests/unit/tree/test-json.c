/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "tree/support.h"

static struct parsed parse(struct sekuire_text text) {
    struct parsed parsed = {0};
    sek_arena_init(&parsed.arena, SEK_LIMIT_TREE_ARENA);
    parsed.status = sek_json_parse(&parsed.arena, text, &parsed.root, &parsed.err);
    return parsed;
}

static void assert_at(const struct sek_node *node, uint32_t line, uint32_t column, uint64_t offset) {
    assert_non_null(node);
    assert_int_equal(node->at.line, line);
    assert_int_equal(node->at.column, column);
    assert_int_equal(node->at.offset, offset);
}

static void every_node_knows_its_place(void **state) {
    (void)state;
    struct parsed p = parse(SEK_TEXT(" {\r\n\t\"\xC3\xA9\": [1, \"x\",\n null],\n \"b\\u0041\" :true}\n"));
    assert_int_equal(p.status, 0);
    assert_at(p.root, 1, 2, 1);
    assert_int_equal(p.root->count, 2);
    const struct sek_node *list = sek_node_get(p.root, "\xC3\xA9");
    assert_at(list, 2, 8, 11);
    assert_int_equal(list->key_at.line, 2);
    assert_int_equal(list->key_at.column, 2);
    assert_int_equal(list->key_at.offset, 5);
    assert_int_equal(list->count, 3);
    assert_ptr_equal(list->parent, p.root);
    assert_at(list->first, 2, 9, 12);
    assert_true(sek_text_is(list->first->text, "1"));
    assert_at(list->first->next, 2, 12, 15);
    assert_at(list->first->next->next, 3, 2, 21);
    assert_int_equal(list->first->next->next->kind, SEK_NULL);
    const struct sek_node *b = sek_node_get(p.root, "bA");
    assert_at(b, 4, 13, 40);
    assert_true(b->boolean);
    assert_null(b->next);
    parsed_clear(&p);
}

static void strings_without_escapes_point_into_the_text(void **state) {
    (void)state;
    struct sekuire_text text = SEK_TEXT("[\"abc\",\"a\\nc\",12]");
    struct parsed p = parse(text);
    assert_int_equal(p.status, 0);
    assert_ptr_equal(p.root->first->text.data, text.data + 2);
    assert_true(sek_text_is(p.root->first->next->text, "a\nc"));
    assert_ptr_equal(p.root->first->next->next->text.data, text.data + 14);
    parsed_clear(&p);
}

static void escapes_are_decoded(void **state) {
    (void)state;
    struct parsed p = parse(SEK_TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83d\\uDe00\\u20AC.\\u0001\""));
    assert_int_equal(p.status, 0);
    assert_true(sek_text_is(p.root->text, "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80\xE2\x82\xAC.\x01"));
    parsed_clear(&p);
}

/* The scanner looks at eight bytes at a time: a special byte must be seen at each place of a word. */
static void special_bytes_are_seen_at_every_place_of_a_string(void **state) {
    (void)state;
    static const char *const special[] = {"\x1F", "\n", "\xFF", "\x80", "\x9F", "\\x", "\"x"};
    static const char *const fine[] = {"\x7F", " ", "!", "#", "[", "]", "\xC2\x80", "\xF4\x8F\xBF\xBF", "\\n"};
    char text[64];
    for (unsigned before = 0; before < 20; before++) {
        for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
            int n = snprintf(text, sizeof text, "\"%.*s%saaaaaaaaaa\"", (int)before, "aaaaaaaaaaaaaaaaaaaa", special[i]);
            struct parsed p = parse((struct sekuire_text){text, (size_t)n});
            if (p.status == 0 || p.err.offset != before + (special[i][0] == '"' ? 2 : 1)) fail_msg("special %zu after %u", i, before);
            parsed_clear(&p);
        }
        for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
            int n = snprintf(text, sizeof text, "\"%.*s%saaaaaaaaaa\"", (int)before, "aaaaaaaaaaaaaaaaaaaa", fine[i]);
            struct parsed p = parse((struct sekuire_text){text, (size_t)n});
            if (p.status != 0) fail_msg("fine %zu after %u", i, before);
            parsed_clear(&p);
        }
    }
}

static void refusals_say_what_and_where(void **state) {
    (void)state;
    static const struct refusal cases[] = {
        {BYTES(""), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "the text is empty"},
        {BYTES(" \n\t "), SEKUIRE_ERR_SYNTAX, 2, 3, 4, "the text is empty"},
        {BYTES("\xEF\xBB\xBF{}"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "byte order mark"},
        {BYTES(" \xEF\xBB\xBF{}"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "byte order mark"},
        {BYTES("{}\n x"), SEKUIRE_ERR_SYNTAX, 2, 2, 4, "expected the end of the text after the value, found 'x'"},
        {BYTES("{}\0"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "found U+0000 (a NUL byte)"},
        {BYTES("{} {}"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "expected the end of the text"},
        {BYTES("\"a\0b\""), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "a NUL byte in a string"},
        {BYTES("\"a\\u0000b\""), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "NUL"},
        {BYTES("{\"a\\u0000\":1}"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "NUL"},
        {BYTES("[1 2]"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "expected ',' or ']' after an element, found '2'"},
        {BYTES("[1}"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "expected ',' or ']' after an element, found '}'"},
        {BYTES("{\"a\":1 \"b\":2}"), SEKUIRE_ERR_SYNTAX, 1, 8, 7, "expected ',' or '}' after a member, found '\"'"},
        {BYTES("{\"a\":1]"), SEKUIRE_ERR_SYNTAX, 1, 7, 6, "expected ',' or '}' after a member"},
        {BYTES("{\"a\":1"), SEKUIRE_ERR_SYNTAX, 1, 7, 6, "found the end of the text"},
        {BYTES("[1,"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "expected a value, found the end of the text"},
        {BYTES("[1,]"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "expected a value, found ']'"},
        {BYTES("[,1]"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected a value, found ','"},
        {BYTES("{\"a\":1,}"), SEKUIRE_ERR_SYNTAX, 1, 8, 7, "expected a key in double quotes after ','"},
        {BYTES("{,}"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected a key in double quotes or '}'"},
        {BYTES("{a:1}"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected a key in double quotes or '}', found 'a'"},
        {BYTES("{'a':1}"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "found '''"},
        {BYTES("{\"a\" 1}"), SEKUIRE_ERR_SYNTAX, 1, 6, 5, "expected ':' after a key, found '1'"},
        {BYTES("{\"a\":}"), SEKUIRE_ERR_SYNTAX, 1, 6, 5, "expected a value, found '}'"},
        {BYTES("{\"a\""), SEKUIRE_ERR_SYNTAX, 1, 5, 4, "expected ':' after a key, found the end"},
        {BYTES("nul"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "expected a value, found 'n'"},
        {BYTES("True"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "expected a value, found 'T'"},
        {BYTES("nullx"), SEKUIRE_ERR_SYNTAX, 1, 5, 4, "expected the end of the text"},
        {BYTES("\xC2\xA0{}"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "expected a value, found U+00A0"},
        {BYTES("\"abc"), SEKUIRE_ERR_SYNTAX, 1, 5, 4, "expected '\"' at the end of the string"},
        {BYTES("\"abc\\"), SEKUIRE_ERR_SYNTAX, 1, 6, 5, "expected '\"' at the end of the string"},
        {BYTES("\"a\nb\""), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "a line break in it is written \\n"},
        {BYTES("\"a\tb\""), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "a control character in a string"},
        {BYTES("\n\"a\\x41\""), SEKUIRE_ERR_SYNTAX, 2, 3, 3, "after a backslash"},
        {BYTES("\"\\u12g4\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "four hex digits"},
        {BYTES("\"\\u12"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "four hex digits"},
        {BYTES("\"\\ud800\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"ab\\udc00\""), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "lone surrogate"},
        {BYTES("\"\\ud83d\\u0041\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"\\ud83d\\ue000\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"\\udc00\\udc00\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"\\ud83d\\ud83d\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"\\ud83d\\n00000\""), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "lone surrogate"},
        {BYTES("\"a\xFF\""), SEKUIRE_ERR_UTF8, 1, 3, 2, "invalid UTF-8 in a string"},
        {BYTES("\"\xED\xA0\x80\""), SEKUIRE_ERR_UTF8, 1, 2, 1, "invalid UTF-8 in a string"},
        {BYTES("{\"\xC0\x80\":1}"), SEKUIRE_ERR_UTF8, 1, 3, 2, "invalid UTF-8 in a string"},
        {BYTES("\"\xE2\x82"), SEKUIRE_ERR_UTF8, 1, 2, 1, "invalid UTF-8 in a string"},
        {BYTES("[\xFF]"), SEKUIRE_ERR_UTF8, 1, 2, 1, "invalid UTF-8"},
        {BYTES("\xFF\xFE{\0"), SEKUIRE_ERR_UTF8, 1, 1, 0, "invalid UTF-8"},
        {BYTES("01"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "begin with a zero"},
        {BYTES("[-01]"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "begin with a zero"},
        {BYTES("-"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected a digit after '-', found the end"},
        {BYTES("-x"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected a digit after '-', found 'x'"},
        {BYTES("1."), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "expected a digit after the decimal point"},
        {BYTES("1.e5"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "expected a digit after the decimal point, found 'e'"},
        {BYTES("1e+"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "expected a digit in the exponent"},
        {BYTES(".5"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "expected a value, found '.'"},
        {BYTES("+1"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "expected a value, found '+'"},
        {BYTES("1x"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "expected the end of the text"},
        {BYTES("[1, 1e309]"), SEKUIRE_ERR_NUMBER, 1, 5, 4, "number out of range"},
        {BYTES("{\"a\":1,\n\"a\":2}"), SEKUIRE_ERR_DUPLICATE_KEY, 2, 1, 8, "duplicate key \"a\""},
        {BYTES("{\"a\":1,\"\\u0061\":2}"), SEKUIRE_ERR_DUPLICATE_KEY, 1, 8, 7, "duplicate key \"a\""},
        {BYTES("{\"\":1,\"\":2}"), SEKUIRE_ERR_DUPLICATE_KEY, 1, 7, 6, "duplicate key \"\""},
        {BYTES("[{\"x\":{\"k\":1,\"j\":2,\"k\":3"), SEKUIRE_ERR_DUPLICATE_KEY, 1, 20, 19, "duplicate key \"k\""},
        {BYTES("{\"a\\n\":1,\"a\\n\":2}"), SEKUIRE_ERR_DUPLICATE_KEY, 1, 10, 9, "duplicate key \"a\\u000a\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(cases[i].text);
        assert_refused(&p, &cases[i]);
        parsed_clear(&p);
    }
    print_message("json refusals: %zu\n", sizeof cases / sizeof cases[0]);
}

/* Every text that a refusal cuts short is a prefix of a text: no prefix of a document is read as one. */
static void no_prefix_of_a_document_is_accepted(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,false,null,{}],\"b\":{\"c\":[[]]}}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char *copy = sek_alloc(size); /* of just this size, so that reading on is noticed */
        memcpy(copy, text, size);
        struct parsed p = parse((struct sekuire_text){copy, size});
        if (p.status == 0 || p.err.line != 1 || p.err.offset > size || p.err.column != p.err.offset + 1) fail_msg("%zu bytes", size);
        parsed_clear(&p);
        sek_free(copy);
    }
}

static void keys_of_large_objects_are_checked_too(void **state) {
    (void)state;
    for (unsigned count = 1; count < 300; count = count < 40 ? count + 1 : count * 2) {
        for (unsigned same = 0; same < count; same += count / 8 + 1) {
            struct sek_buffer text;
            sek_buffer_init(&text, 100000);
            sek_buffer_string(&text, "[{");
            for (unsigned i = 0; i < count; i++) sek_buffer_format(&text, "\"k%u\":{\"k%u\":%u},", i, i, i);
            size_t unique = text.size;
            sek_buffer_string(&text, "\"other\":0}]");
            struct parsed p = parse(sek_buffer_view(&text));
            assert_int_equal(p.status, 0);
            assert_int_equal(p.root->first->count, count + 1);
            parsed_clear(&p);
            text.size = unique;
            sek_buffer_format(&text, "\"k%u\":0}]", same);
            p = parse(sek_buffer_view(&text));
            assert_int_equal(p.status, SEKUIRE_ERR_DUPLICATE_KEY);
            assert_int_equal(p.err.offset, unique);
            parsed_clear(&p);
            sek_buffer_clear(&text);
        }
    }
}

/* The table of keys is reused: keys of an earlier object of the same depth must be gone. */
static void objects_of_one_depth_do_not_share_keys(void **state) {
    (void)state;
    struct sekuire_text text = repeated("[", "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1},", 50, "0]");
    struct parsed p = parse(text);
    assert_int_equal(p.status, 0);
    assert_int_equal(p.root->count, 51);
    parsed_clear(&p);
    sek_free((void *)(uintptr_t)text.data);
}

static void sixty_four_levels_are_fine_and_one_more_is_not(void **state) {
    (void)state;
    static const struct {
        const char *open;
        const char *middle;
        const char *close;
        size_t width;
    } kinds[] = {{"[", "", "]", 1}, {"{\"a\":", "1", "}", 5}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t levels = 64; levels <= 65; levels++) {
            struct sekuire_text open = repeated("", kinds[i].open, levels, kinds[i].middle);
            struct sekuire_text text = repeated(open.data, kinds[i].close, levels, "");
            struct parsed p = parse(text);
            assert_int_equal(p.status, levels == 64 ? 0 : SEKUIRE_ERR_TOO_DEEP);
            if (levels == 65) {
                assert_int_equal(p.err.offset, 64 * kinds[i].width);
                assert_string_equal(p.err.message, "more than 64 levels of arrays and objects");
            }
            parsed_clear(&p);
            sek_free((void *)(uintptr_t)open.data);
            sek_free((void *)(uintptr_t)text.data);
        }
    }
    struct sekuire_text wide = repeated("[", "[],{},", 1000, "0]");
    struct parsed p = parse(wide);
    assert_int_equal(p.status, 0);
    parsed_clear(&p);
    sek_free((void *)(uintptr_t)wide.data);
}

static void four_mebibytes_are_fine_and_one_byte_more_is_not(void **state) {
    (void)state;
    struct sekuire_text text = repeated("1", " ", SEK_LIMIT_JSON_BYTES, "");
    struct parsed p = parse((struct sekuire_text){text.data, SEK_LIMIT_JSON_BYTES});
    assert_int_equal(p.status, 0);
    parsed_clear(&p);
    p = parse(text);
    assert_int_equal(p.status, SEKUIRE_ERR_TOO_LARGE);
    assert_int_equal(p.err.line, 0);
    assert_string_equal(p.err.message, "more than 4194304 bytes");
    parsed_clear(&p);
    sek_free((void *)(uintptr_t)text.data);
}

static void a_full_arena_is_a_status_and_leaves_the_result(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[1,\"x\\n\",{\"b\":true}],\"c\":null}";
    struct sekuire_error err;
    bool accepted = false;
    for (size_t limit = 0; limit < 4000 && !accepted; limit += 8) {
        struct sek_arena arena;
        const struct sek_node *root = NULL;
        sek_arena_init(&arena, limit);
        int status = sek_json_parse(&arena, sek_text(text), &root, &err);
        if (status == 0) accepted = true;
        else if (status != SEKUIRE_ERR_MEMORY || root != NULL) fail_msg("limit %zu: %d", limit, status);
        sek_arena_clear(&arena);
    }
    assert_true(accepted);
}

static void an_error_value_is_optional(void **state) {
    (void)state;
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    sek_arena_init(&arena, 1 << 20);
    assert_int_equal(sek_json_parse(&arena, SEK_TEXT("{"), &root, NULL), SEKUIRE_ERR_SYNTAX);
    assert_int_equal(sek_json_parse(&arena, (struct sekuire_text){NULL, 0}, &root, NULL), SEKUIRE_ERR_SYNTAX);
    assert_int_equal(sek_json_parse(&arena, SEK_TEXT("{\"a\":1,\"a\":1}"), &root, NULL), SEKUIRE_ERR_DUPLICATE_KEY);
    assert_null(root);
    sek_arena_clear(&arena);
}

static void an_escaped_nul_passes_only_where_it_is_asked_for(void **state) {
    (void)state;
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    struct sekuire_text text = SEK_TEXT("[\"a\\u0000b\\u0000\"]");
    sek_arena_init(&arena, 1 << 20);
    assert_int_equal(sek_json_parse(&arena, text, &root, &err), SEKUIRE_ERR_SYNTAX);
    assert_int_equal(err.column, 4);
    assert_int_equal(sek_json_parse_with_nul(&arena, text, &root, &err), 0);
    assert_int_equal(root->first->text.size, 4);
    assert_memory_equal(root->first->text.data, "a\0b\0", 4);
    root = NULL;
    assert_int_equal(sek_json_parse_with_nul(&arena, SEK_TEXT("\"\\ud800\""), &root, &err), SEKUIRE_ERR_SYNTAX);
    assert_int_equal(sek_json_parse_with_nul(&arena, SEK_TEXT("\"\\u00"), &root, &err), SEKUIRE_ERR_SYNTAX);
    assert_null(root);
    sek_arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(strings_without_escapes_point_into_the_text),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(special_bytes_are_seen_at_every_place_of_a_string),
        cmocka_unit_test(refusals_say_what_and_where),
        cmocka_unit_test(no_prefix_of_a_document_is_accepted),
        cmocka_unit_test(keys_of_large_objects_are_checked_too),
        cmocka_unit_test(objects_of_one_depth_do_not_share_keys),
        cmocka_unit_test(sixty_four_levels_are_fine_and_one_more_is_not),
        cmocka_unit_test(four_mebibytes_are_fine_and_one_byte_more_is_not),
        cmocka_unit_test(a_full_arena_is_a_status_and_leaves_the_result),
        cmocka_unit_test(an_error_value_is_optional),
        cmocka_unit_test(an_escaped_nul_passes_only_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
