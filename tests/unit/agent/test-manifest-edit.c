/* SPDX-License-Identifier: Apache-2.0 */
/* Setting project.sekuire_id: one line changes, every other byte stays. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "agent/manifest.h"
#include "base/buffer.h"
#include "base/limits.h"

#define ID "28da5805f90c0b2d7437e448f40853092cc38f5fa223cae21994a8b76d338b53"
#define OLD "00000000000000000000000000000000000000000000000000000000000000aa"
#define IDENTITY "identity:\n  model: m\n  system_prompt_path: p\n  tools_path: t\n"

/* Sets id and gives the status; out is the caller's to clear. */
static int set(const char *text, enum sek_manifest_format format, const char *id, struct sek_buffer *out,
               struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_manifest manifest;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(out, SEK_LIMIT_MANIFEST_BYTES * 2);
    if (sek_manifest_parse(&arena, sek_text(text), format, &manifest, err) != 0)
        fail_msg("%u:%u %s", err->line, err->column, err->message);
    int status = sek_manifest_set_id(&manifest, sek_text(text), sek_text(id), out, err);
    sek_arena_clear(&arena);
    return status;
}

static void becomes_with(const char *id, const char *text, const char *expected) {
    struct sek_buffer out;
    struct sekuire_error err = {0};
    if (set(text, SEK_MANIFEST_YAML, id, &out, &err) != 0) fail_msg("%u:%u %s", err.line, err.column, err.message);
    assert_string_equal(out.data, expected);
    assert_int_equal(out.size, strlen(expected));
    sek_buffer_clear(&out);
}

static void becomes(const char *text, const char *expected) {
    becomes_with(ID, text, expected);
}

static void refused(const char *text, uint32_t line, uint32_t column) {
    struct sek_buffer out;
    struct sekuire_error err = {0};
    assert_int_equal(set(text, SEK_MANIFEST_YAML, ID, &out, &err), SEKUIRE_ERR_CONTENT);
    assert_int_equal(out.size, 0);
    assert_string_equal(err.message, "cannot be changed in one line: write by hand, in project, sekuire_id: " ID);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    sek_buffer_clear(&out);
}

static void id_becomes_the_last_key_of_project(void **state) {
    (void)state;
    becomes("# head\nproject:\n  name: 'a'   # mine\n\n  version: \"1.0\"\n\n" IDENTITY,
            "# head\nproject:\n  name: 'a'   # mine\n\n  version: \"1.0\"\n  sekuire_id: " ID "\n\n" IDENTITY);
}

static void id_is_replaced_in_place(void **state) {
    (void)state;
    becomes("project:\n  sekuire_id: " OLD "  # set by push\n  name: a\n  version: 1\n" IDENTITY,
            "project:\n  sekuire_id: " ID "  # set by push\n  name: a\n  version: 1\n" IDENTITY);
}

static void quotes_and_comments_are_kept(void **state) {
    (void)state;
    becomes("project:\n  name: a\n  version: 1\n  sekuire_id:   \"" OLD "\" # x\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  sekuire_id:   \"" ID "\" # x\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  'sekuire_id' : '" OLD "'\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  'sekuire_id' : '" ID "'\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  sekuire_id: ''\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  sekuire_id: '" ID "'\n" IDENTITY);
}

static void empty_or_null_value_is_filled_in(void **state) {
    (void)state;
    becomes("project:\n  name: a\n  sekuire_id:\n  version: 1\n" IDENTITY,
            "project:\n  name: a\n  sekuire_id: " ID "\n  version: 1\n" IDENTITY);
    becomes("project:\n  name: a\n  sekuire_id: # soon\n  version: 1\n" IDENTITY,
            "project:\n  name: a\n  sekuire_id: " ID " # soon\n  version: 1\n" IDENTITY);
    becomes("project:\n  name: a\n  sekuire_id: ~\n  version: 1\n" IDENTITY,
            "project:\n  name: a\n  sekuire_id: " ID "\n  version: 1\n" IDENTITY);
}

static void same_id_changes_no_byte(void **state) {
    (void)state;
    becomes("project: {name: a, version: 1, sekuire_id: " ID "}\n" IDENTITY,
            "project: {name: a, version: 1, sekuire_id: " ID "}\n" IDENTITY);
}

static void flow_style_project_is_changed_in_place_only(void **state) {
    (void)state;
    becomes("project: {name: a, sekuire_id: " OLD ", version: 1}\n" IDENTITY,
            "project: {name: a, sekuire_id: " ID ", version: 1}\n" IDENTITY);
    refused("project: {name: a, version: 1}\n" IDENTITY, 1, 1);
    refused("project: {\n  name: a,\n  version: 1}\n" IDENTITY, 1, 1);
}

static void a_byte_order_mark_is_kept(void **state) {
    (void)state;
    becomes("\xEF\xBB\xBF" "project:\n  name: a\n  version: 1\n" IDENTITY,
            "\xEF\xBB\xBF" "project:\n  name: a\n  version: 1\n  sekuire_id: " ID "\n" IDENTITY);
    becomes("\xEF\xBB\xBF" "project:\n  name: !!str 1\n  version: 1\n  sekuire_id: '\xC3\xA9' # x\n" IDENTITY,
            "\xEF\xBB\xBF" "project:\n  name: !!str 1\n  version: 1\n  sekuire_id: '" ID "' # x\n" IDENTITY);
}

static void crlf_is_kept(void **state) {
    (void)state;
    becomes(
        "project:\r\n  name: a\r\n  version: 1\r\nidentity:\r\n  model: m\r\n  system_prompt_path: p\r\n  tools_path: t\r\n",
        "project:\r\n  name: a\r\n  version: 1\r\n  sekuire_id: " ID
        "\r\nidentity:\r\n  model: m\r\n  system_prompt_path: p\r\n  tools_path: t\r\n");
    becomes("project:\r\n  name: a\r\n  version: 1\r\n  sekuire_id: x\r\n" IDENTITY,
            "project:\r\n  name: a\r\n  version: 1\r\n  sekuire_id: " ID "\r\n" IDENTITY);
}

static void file_without_final_newline_stays_without(void **state) {
    (void)state;
    becomes(IDENTITY "project:\n  name: a\n  version: 1", IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id: " ID);
    becomes(
        "identity: {model: m, system_prompt_path: p, tools_path: t}\r\nproject:\r\n  name: a\r\n  version: 1",
        "identity: {model: m, system_prompt_path: p, tools_path: t}\r\nproject:\r\n  name: a\r\n  version: 1\r\n  sekuire_id: " ID);
    becomes(IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id: x",
            IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id: " ID);
    becomes(IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id:",
            IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id: " ID);
}

static void nested_last_member_ends_where_its_list_ends(void **state) {
    (void)state;
    becomes("project:\n  name: a\n  version: 1\n  authors:\n    - x\n    - y # last\n# about identity\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  authors:\n    - x\n    - y # last\n  sekuire_id: " ID
            "\n# about identity\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  authors:\n  - x\n  - y\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  authors:\n  - x\n  - y\n  sekuire_id: " ID "\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  authors: [x,\n    y]\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  authors: [x,\n    y]\n  sekuire_id: " ID "\n" IDENTITY);
}

static void comments_behind_the_last_key_stay_behind(void **state) {
    (void)state;
    becomes("project:\n  name: a\n  version: 1\n  # license: MIT\n\n" IDENTITY "# end\n",
            "project:\n  name: a\n  version: 1\n  sekuire_id: " ID "\n  # license: MIT\n\n" IDENTITY "# end\n");
    becomes(IDENTITY "project:\n  name: a\n  version: 1\n\n# end",
            IDENTITY "project:\n  name: a\n  version: 1\n  sekuire_id: " ID "\n\n# end");
}

static void block_scalar_that_looks_like_comments_is_not_cut(void **state) {
    (void)state;
    becomes(
        "project:\n  name: a\n  version: 1\n  description: |\n    text\n    # still text\n\n    # and this\n" IDENTITY,
        "project:\n  name: a\n  version: 1\n  description: |\n    text\n    # still text\n\n    # and this\n  sekuire_id: " ID
        "\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  description: |+\n    text\n\n\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  description: |+\n    text\n\n\n  sekuire_id: " ID "\n" IDENTITY);
    becomes("project:\n  name: a\n  version: 1\n  description: \"two\n    lines\"\n" IDENTITY,
            "project:\n  name: a\n  version: 1\n  description: \"two\n    lines\"\n  sekuire_id: " ID "\n" IDENTITY);
}

static void indentation_is_that_of_the_other_keys(void **state) {
    (void)state;
    becomes("project:\n      name: a\n      version: 1\n" IDENTITY,
            "project:\n      name: a\n      version: 1\n      sekuire_id: " ID "\n" IDENTITY);
    becomes("---\nproject:\n name: a\n version: 1\n" IDENTITY "...\n",
            "---\nproject:\n name: a\n version: 1\n sekuire_id: " ID "\n" IDENTITY "...\n");
    becomes(IDENTITY "project:\n name: a\n version: 1\n...\n",
            IDENTITY "project:\n name: a\n version: 1\n sekuire_id: " ID "\n...\n");
}

static void utf8_before_the_line_does_not_move_it(void **state) {
    (void)state;
    becomes(
        "# \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\nproject:\n  name: \xc3\xa4\xf0\x9f\x98\x80\n  sekuire_id: x # \xc3\xa4\n  version: 1\n" IDENTITY,
        "# \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\nproject:\n  name: \xc3\xa4\xf0\x9f\x98\x80\n  sekuire_id: " ID
        " # \xc3\xa4\n  version: 1\n" IDENTITY);
}

static void id_that_looks_like_a_number_is_quoted(void **state) {
    (void)state;
    const char *digits = "1234567890123456789012345678901234567890123456789012345678901234";
    becomes_with(
        digits, "project:\n  name: a\n  version: 1\n" IDENTITY,
        "project:\n  name: a\n  version: 1\n  sekuire_id: \"1234567890123456789012345678901234567890123456789012345678901234\"\n" IDENTITY);
    becomes_with(digits, "project:\n  name: a\n  sekuire_id: x\n  version: 1\n" IDENTITY,
                 "project:\n  name: a\n  sekuire_id: \"1234567890123456789012345678901234567890123456789012345678901234\"\n  version: 1\n" IDENTITY);
}

static void what_cannot_be_changed_safely_is_refused(void **state) {
    (void)state;
    refused("project:\n  name: a\n  version: 1\n  sekuire_id: |\n    x\n" IDENTITY, 4, 3);
    refused("project:\n  name: a\n  version: 1\n  sekuire_id: \"x\n    y\"\n" IDENTITY, 4, 3);
    refused("project:\n  name: &id x\n  version: 1\n  sekuire_id: *id\n" IDENTITY, 4, 3);
    refused("project:\n  name: a\n  version: 1\n  sekuire_id: &id x\n  description: *id\n" IDENTITY, 4, 3);
    refused("base: &p\n  name: a\n  version: 1\nproject: *p\n" IDENTITY, 4, 1);
    refused(
        "{\"project\": {\"name\": \"a\", \"version\": \"1\"}, \"identity\": {\"model\": \"m\", \"system_prompt_path\": \"p\", \"tools_path\": \"t\"}}\n",
        1, 2);
}

static void anchored_project_that_is_used_elsewhere_is_refused(void **state) {
    (void)state;
    refused("project: &p\n  name: a\n  version: 1\nother: *p\n" IDENTITY, 1, 1);
    becomes("project: &p\n  name: a\n  version: 1\n" IDENTITY,
            "project: &p\n  name: a\n  version: 1\n  sekuire_id: " ID "\n" IDENTITY);
}

static void json_manifest_and_bad_id_are_refused(void **state) {
    (void)state;
    struct sek_buffer out;
    struct sekuire_error err = {0};
    const char *json =
        "{\"project\":{\"name\":\"a\",\"version\":\"1\"},\"identity\":{\"model\":\"m\",\"system_prompt_path\":\"p\",\"tools_path\":\"t\"}}";
    assert_int_equal(set(json, SEK_MANIFEST_JSON, ID, &out, &err), SEKUIRE_ERR_CONTENT);
    assert_int_equal(set("project:\n  name: a\n  version: 1\n" IDENTITY, SEK_MANIFEST_YAML, "abc", &out, &err),
                     SEKUIRE_ERR_ID);
    assert_int_equal(out.size, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_becomes_the_last_key_of_project),
        cmocka_unit_test(id_is_replaced_in_place),
        cmocka_unit_test(quotes_and_comments_are_kept),
        cmocka_unit_test(empty_or_null_value_is_filled_in),
        cmocka_unit_test(same_id_changes_no_byte),
        cmocka_unit_test(flow_style_project_is_changed_in_place_only),
        cmocka_unit_test(crlf_is_kept),
        cmocka_unit_test(a_byte_order_mark_is_kept),
        cmocka_unit_test(file_without_final_newline_stays_without),
        cmocka_unit_test(nested_last_member_ends_where_its_list_ends),
        cmocka_unit_test(comments_behind_the_last_key_stay_behind),
        cmocka_unit_test(block_scalar_that_looks_like_comments_is_not_cut),
        cmocka_unit_test(indentation_is_that_of_the_other_keys),
        cmocka_unit_test(utf8_before_the_line_does_not_move_it),
        cmocka_unit_test(id_that_looks_like_a_number_is_quoted),
        cmocka_unit_test(what_cannot_be_changed_safely_is_refused),
        cmocka_unit_test(anchored_project_that_is_used_elsewhere_is_refused),
        cmocka_unit_test(json_manifest_and_bad_id_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
