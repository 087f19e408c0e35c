/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/compiled.h"

#define KIND SEK_PATTERN_EXTENSION

static void extension_of_a_path(void **state) {
    (void)state;
    static const struct {
        const char *path, *extension; /* NULL: none */
    } cases[] = {
        {"/a.txt", "txt"},  {"/a.TXT", "TXT"}, {"/a.tar.gz", "gz"}, {"/.env", "env"}, {"/a.", ""},
        {"/a.d/b", NULL},   {"/a.d/b.c", "c"}, {"/a", NULL},        {"/", NULL},      {"/a.b/..c", "c"},
        {"/dir.x/...", ""}, {"/.a.", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_text extension = SEK_TEXT("untouched");
        bool found = sek_path_extension(sek_text(cases[i].path), &extension);
        assert_int_equal(found, cases[i].extension != NULL);
        if (!sek_text_is(extension, found ? cases[i].extension : "untouched"))
            fail_msg("%s: '%.*s'", cases[i].path, SEK_TEXT_ARGS(extension));
    }
}

static void extension_matches_in_any_case(void **state) {
    assert_compiles(*state, KIND, ".TXT", SEK_SHAPE_EXACT, "txt");
    assert_true(matches(*state, KIND, ".TXT", "txt"));
    assert_true(matches(*state, KIND, ".txt", "tXt"));
    assert_false(matches(*state, KIND, ".txt", "tx"));
    assert_false(matches(*state, KIND, ".\xc3\x89", "\xc3\xa9"));
    assert_true(matches(*state, KIND, "*", "anything"));
}

static void extension_with_inner_dots_compiles_and_matches_nothing(void **state) {
    assert_compiles(*state, KIND, ".tar.gz", SEK_SHAPE_EXACT, "tar.gz");
    assert_false(matches(*state, KIND, ".tar.gz", "gz"));
    assert_false(matches(*state, KIND, ".tar.gz", "tar.gz"));
}

static void empty_extension_is_under_no_list(void **state) {
    assert_false(matches(*state, KIND, ".txt", ""));
    assert_false(matches(*state, KIND, "*", ""));
}

static void extension_refuses_what_is_none(void **state) {
    assert_none(*state, KIND, SEK_TEXT(""), "an empty string is not an extension pattern");
    assert_none(*state, KIND, SEK_TEXT("txt"), "it must begin with a dot");
    assert_none(*state, KIND, SEK_TEXT("*.txt"), "it must begin with a dot");
    assert_none(*state, KIND, SEK_TEXT("."), "nothing follows its dot");
    assert_none(*state, KIND, SEK_TEXT(".*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT(".t*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT(".a/b"), "slash");
    assert_none(*state, KIND, SEK_TEXT(".a\\b"), "slash");
    assert_none(*state, KIND, SEK_TEXT(".a\n"), "control character");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extension_of_a_path),
        cmocka_unit_test(extension_matches_in_any_case),
        cmocka_unit_test(extension_with_inner_dots_compiles_and_matches_nothing),
        cmocka_unit_test(empty_extension_is_under_no_list),
        cmocka_unit_test(extension_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
