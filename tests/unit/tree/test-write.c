/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tree/support.h"

static struct parsed parse(const char *text) {
    struct parsed parsed = {0};
    sek_arena_init(&parsed.arena, SEK_LIMIT_TREE_ARENA);
    parsed.status = sek_json_parse(&parsed.arena, sek_text(text), &parsed.root, &parsed.err);
    assert_int_equal(parsed.status, 0);
    return parsed;
}

static void canonical_form_sorts_members_of_any_number(void **state) {
    (void)state;
    for (unsigned count = 0; count < 60; count++) {
        struct sek_buffer text;
        struct sek_buffer expected;
        sek_buffer_init(&text, 10000);
        sek_buffer_init(&expected, 10000);
        for (unsigned i = 0; i < count; i++) {
            sek_buffer_format(&text, "%c\"k%02u\" : [ %u.50 ]", i == 0 ? '{' : ',', (i * 37 + 11) % 61, i);
        }
        sek_buffer_string(&text, count == 0 ? "{}" : "}");
        for (unsigned key = 0, written = 0; key < 61; key++)
            for (unsigned i = 0; i < count; i++)
                if ((i * 37 + 11) % 61 == key)
                    sek_buffer_format(&expected, "%c\"k%02u\":[%u.5]", written++ == 0 ? '{' : ',', key, i);
        sek_buffer_string(&expected, count == 0 ? "{}" : "}");
        struct parsed p = parse(text.data);
        struct sek_buffer out = canonical_of(p.root);
        assert_string_equal(out.data, expected.data);
        sek_buffer_clear(&out);
        sek_buffer_clear(&text);
        sek_buffer_clear(&expected);
        parsed_clear(&p);
    }
}

static void pretty_form_is_serde_jsons(void **state) {
    (void)state;
    struct parsed p = parse("{\"b\":[1e0,{}, [],[[true]]],\"a\":{\"z\":null,\"y\":\"\xC3\xA9\\n\"}}");
    struct sek_buffer out;
    sek_buffer_init(&out, 10000);
    sek_pretty_write(&out, p.root, 0, true);
    assert_string_equal(out.data, "{\n"
                                  "  \"a\": {\n"
                                  "    \"y\": \"\xC3\xA9\\n\",\n"
                                  "    \"z\": null\n"
                                  "  },\n"
                                  "  \"b\": [\n"
                                  "    1.0,\n"
                                  "    {},\n"
                                  "    [],\n"
                                  "    [\n"
                                  "      [\n"
                                  "        true\n"
                                  "      ]\n"
                                  "    ]\n"
                                  "  ]\n"
                                  "}");
    sek_buffer_clear(&out);
    sek_pretty_write(&out, sek_node_get(p.root, "a"), 3, false);
    assert_string_equal(out.data, "{\n        \"z\": null,\n        \"y\": \"\xC3\xA9\\n\"\n      }");
    sek_buffer_clear(&out);
    parsed_clear(&p);
}

static void a_form_that_does_not_fit_is_refused(void **state) {
    (void)state;
    struct parsed p = parse("[\"abcdefghij\",1]");
    struct sek_buffer out;
    sek_buffer_init(&out, 16);
    sek_canonical_write(&out, p.root);
    assert_int_equal(sek_buffer_check(&out, NULL), 0);
    sek_buffer_clear(&out);
    sek_buffer_init(&out, 15);
    sek_canonical_write(&out, p.root);
    assert_int_equal(sek_buffer_check(&out, NULL), SEKUIRE_ERR_TOO_LARGE);
    sek_buffer_clear(&out);
    parsed_clear(&p);
}

static void the_first_number_that_changes_is_named(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    struct parsed p = parse("{\"a\":[1,2.5,{\"b\":0.7}],\n \"c\":[[], {}, -1e-307, 1e-307],\"d\":1}");
    assert_int_equal(sek_numbers_round_trip(p.root, &err), SEKUIRE_ERR_NUMBER);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 15);
    assert_int_equal(err.offset, 38);
    assert_non_null(strstr(err.message, " -1e-307 "));
    err = (struct sekuire_error){0};
    assert_int_equal(sek_numbers_round_trip(sek_node_get(p.root, "a"), &err), 0);
    assert_int_equal(sek_numbers_round_trip(sek_node_get(p.root, "d"), &err), 0);
    assert_int_equal(err.status, 0);
    parsed_clear(&p);
}

static void strings_are_escaped_and_repaired(void **state) {
    (void)state;
    static const struct {
        struct sekuire_text text;
        const char *json;
    } cases[] = {
        {BYTES(""), "\"\""},
        {BYTES("a\"\\/\b\f\n\r\t\x01\x1F\x7F"), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\""},
        {BYTES("a\0b"), "\"a\\u0000b\""},
        {BYTES("\xE2\x80\xA8\xF0\x9F\x98\x80"), "\"\xE2\x80\xA8\xF0\x9F\x98\x80\""},
        {BYTES("\xFFx\xE2\x82"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {BYTES("\xED\xA0\x80\"\n"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\\"\\n\""},
        {{NULL, 0}, "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sek_buffer out;
        sek_buffer_init(&out, 1000);
        sek_json_string(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].json);
        sek_buffer_clear(&out);
    }
}

/* One document with every kind of call. */
static void write_document(struct sek_writer *w, const struct sek_node *tree) {
    sek_write_object(w);
    sek_write_member(w, "s", "x\n");
    sek_write_member(w, "n", NULL);
    sek_write_member_text(w, "t", SEK_TEXT("y"));
    sek_write_member_u64(w, "u", UINT64_MAX);
    sek_write_member_bool(w, "b", true);
    sek_write_key(w, "list");
    sek_write_array(w);
    sek_write_int(w, INT64_MIN);
    sek_write_u64(w, 0);
    sek_write_bool(w, false);
    sek_write_null(w);
    sek_write_string(w, NULL);
    sek_write_time(w, 1795505009);
    sek_write_time(w, INT64_MIN);
    sek_write_object(w);
    sek_write_object_end(w);
    sek_write_array(w);
    sek_write_array_end(w);
    sek_write_array_end(w);
    sek_write_key_text(w, SEK_TEXT("tree"));
    sek_write_node(w, tree);
    sek_write_key(w, "raw");
    sek_write_raw(w, SEK_TEXT("[1]"));
    sek_write_object_end(w);
}

static void the_writer_places_commas_colons_and_lines(void **state) {
    (void)state;
    struct parsed p = parse("{\"b\":1.50,\"a\":[]}");
    struct sek_buffer out;
    struct sek_writer w;
    sek_buffer_init(&out, 10000);
    sek_writer_init(&w, &out, false);
    write_document(&w, p.root);
    assert_string_equal(out.data, "{\"s\":\"x\\n\",\"n\":null,\"t\":\"y\",\"u\":18446744073709551615,\"b\":true,"
                                  "\"list\":[-9223372036854775808,0,false,null,null,\"2026-11-24T07:23:29Z\",null,{},[]],"
                                  "\"tree\":{\"b\":1.50,\"a\":[]},\"raw\":[1]}");
    sek_buffer_clear(&out);
    sek_writer_init(&w, &out, true);
    write_document(&w, p.root);
    assert_string_equal(out.data, "{\n  \"s\": \"x\\n\",\n  \"n\": null,\n  \"t\": \"y\",\n  \"u\": 18446744073709551615,\n  \"b\": true,\n"
                                  "  \"list\": [\n    -9223372036854775808,\n    0,\n    false,\n    null,\n    null,\n"
                                  "    \"2026-11-24T07:23:29Z\",\n    null,\n    {},\n    []\n  ],\n"
                                  "  \"tree\": {\n    \"b\": 1.50,\n    \"a\": []\n  },\n  \"raw\": [1]\n}");
    sek_buffer_clear(&out);
    sek_writer_init(&w, &out, true);
    sek_write_string(&w, "alone");
    assert_string_equal(out.data, "\"alone\"");
    sek_buffer_clear(&out);
    parsed_clear(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_form_sorts_members_of_any_number),
        cmocka_unit_test(pretty_form_is_serde_jsons),
        cmocka_unit_test(a_form_that_does_not_fit_is_refused),
        cmocka_unit_test(the_first_number_that_changes_is_named),
        cmocka_unit_test(strings_are_escaped_and_repaired),
        cmocka_unit_test(the_writer_places_commas_colons_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
