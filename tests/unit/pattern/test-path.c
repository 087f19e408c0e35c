/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/compiled.h"

#include <string.h>

#define KIND SEK_PATTERN_PATH

struct path_case {
    const char *path;
    const char *root;
    const char *norm; /* NULL: an error, whose message holds reason */
    const char *reason;
};

static const struct path_case paths[] = {
    {"/", "", "/", NULL},
    {"//", "", "/", NULL},
    {"/tmp", "", "/tmp", NULL},
    {"/tmp/", "", "/tmp", NULL},
    {"//tmp///x//", "", "/tmp/x", NULL},
    {"/./tmp/./x/.", "", "/tmp/x", NULL},
    {"/tmp/../etc/passwd", "", "/etc/passwd", NULL},
    {"/tmp/..", "", "/", NULL},
    {"/..", "", "/", NULL},
    {"/../../etc", "", "/etc", NULL},
    {"/a/b/../../..", "", "/", NULL},
    {"/a/b/../../../c", "", "/c", NULL},
    {"/...", "", "/...", NULL},
    {"/..a/.b", "", "/..a/.b", NULL},
    {"/tmp/~x", "", "/tmp/~x", NULL},
    {"/tmp/a b*", "", "/tmp/a b*", NULL},
    {"/Tmp/caf\xc3\xa9", "", "/Tmp/caf\xc3\xa9", NULL},
    {"/abs", "/root", "/abs", NULL},
    {"data", "/srv/agent", "/srv/agent/data", NULL},
    {"./data/", "/srv/agent/", "/srv/agent/data", NULL},
    {"../x", "/srv/agent", "/srv/x", NULL},
    {"../../../../x", "/srv/agent", "/x", NULL},
    {".", "/srv/agent", "/srv/agent", NULL},
    {"..", "/", "/", NULL},
    {"x", "/a/../b", "/b/x", NULL},
    {"", "", NULL, "it is empty"},
    {"tmp", "", NULL, "it is not absolute"},
    {".", "", NULL, "it is not absolute"},
    {"", "/root", NULL, "it is empty"},
    {"~", "", NULL, "'~' is not expanded"},
    {"~/x", "/root", NULL, "'~' is not expanded"},
    {"~user/x", "/root", NULL, "'~' is not expanded"},
    {"/a\\b", "", NULL, "backslash"},
    {"C:\\x", "/root", NULL, "backslash"},
    {"x", "root", NULL, "root of relative paths is not absolute"},
    {"x", "/a\\b", NULL, "backslash"},
    {"/a\nb", "", NULL, "control character"},
    {"/a\x7f", "", NULL, "control character"},
    {"/a\xff", "", NULL, "not UTF-8"},
};

static void path_normal_form(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct path_case *c = &paths[i];
        char out[2 * SEK_LIMIT_ACTION_TEXT + 2];
        struct sekuire_text norm = SEK_TEXT("untouched");
        struct sekuire_error err = {0};
        int status = sek_path_normalise(sek_text(c->path), sek_text(c->root), out, sizeof out, &norm, &err);
        if (c->norm != NULL && (status != 0 || !sek_text_is(norm, c->norm)))
            fail_msg("'%s' gave '%.*s' %s", c->path, SEK_TEXT_ARGS(norm), err.message);
        if (c->norm == NULL && (status != SEKUIRE_ERR_CONTENT || strstr(err.message, c->reason) == NULL))
            fail_msg("'%s' gave %d '%.*s' %s", c->path, status, SEK_TEXT_ARGS(norm), err.message);
        if (c->norm == NULL) assert_true(sek_text_is(norm, "untouched"));
    }
    print_message("%zu paths\n", sizeof paths / sizeof paths[0]);
}

static void longest_path_under_the_longest_root_fits(void **state) {
    (void)state;
    static char path[SEK_LIMIT_ACTION_TEXT], root[SEK_LIMIT_ACTION_TEXT], out[2 * SEK_LIMIT_ACTION_TEXT + 2];
    struct sekuire_text norm;
    struct sekuire_error err = {0};
    memset(path, 'a', sizeof path);
    memset(root, 'b', sizeof root);
    root[0] = '/';
    assert_int_equal(sek_path_normalise((struct sekuire_text){path, sizeof path}, (struct sekuire_text){root, sizeof root}, out,
                                        sizeof out, &norm, &err),
                     0);
    assert_int_equal(norm.size, 2 * SEK_LIMIT_ACTION_TEXT + 1);
    assert_int_equal(sek_path_normalise((struct sekuire_text){path, sizeof path}, (struct sekuire_text){root, sizeof root}, out,
                                        2 * SEK_LIMIT_ACTION_TEXT, &norm, &err),
                     SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it is too long");
}

static void path_patterns_have_the_normal_form_of_paths(void **state) {
    assert_compiles(*state, KIND, "/tmp", SEK_SHAPE_EXACT, "/tmp");
    assert_compiles(*state, KIND, "/tmp/", SEK_SHAPE_EXACT, "/tmp");
    assert_compiles(*state, KIND, "/", SEK_SHAPE_EXACT, "/");
    assert_compiles(*state, KIND, "/tmp/*", SEK_SHAPE_TREE, "/tmp");
    assert_compiles(*state, KIND, "/tmp//*", SEK_SHAPE_TREE, "/tmp");
    assert_compiles(*state, KIND, "/tmp/../var/./*", SEK_SHAPE_TREE, "/var");
    assert_compiles(*state, KIND, "/*", SEK_SHAPE_TREE, "/");
    assert_compiles(*state, KIND, "/tmp/../*", SEK_SHAPE_TREE, "/");
    assert_compiles(*state, KIND, "*", SEK_SHAPE_ALL, "");
}

static void path_tree_is_the_folder_and_all_below(void **state) {
    assert_true(matches(*state, KIND, "/tmp/*", "/tmp"));
    assert_true(matches(*state, KIND, "/tmp/*", "/tmp/a"));
    assert_true(matches(*state, KIND, "/tmp/*", "/tmp/a/b"));
    assert_false(matches(*state, KIND, "/tmp/*", "/tmpfoo"));
    assert_false(matches(*state, KIND, "/tmp/*", "/"));
    assert_false(matches(*state, KIND, "/tmp/*", "/var/tmp/a"));
    assert_false(matches(*state, KIND, "/tmp", "/tmp/a"));
    assert_false(matches(*state, KIND, "/tmp", "/TMP"));
    assert_true(matches(*state, KIND, "/*", "/"));
    assert_true(matches(*state, KIND, "/*", "/a/b"));
    assert_true(matches(*state, KIND, "/", "/"));
    assert_false(matches(*state, KIND, "/", "/a"));
}

static void path_refuses_what_is_none(void **state) {
    assert_none(*state, KIND, SEK_TEXT(""), "an empty string is not a path pattern");
    assert_none(*state, KIND, SEK_TEXT("tmp"), "'tmp' is not a path pattern: it is not absolute");
    assert_none(*state, KIND, SEK_TEXT("./data/*"), "not absolute");
    assert_none(*state, KIND, SEK_TEXT("~"), "'~'");
    assert_none(*state, KIND, SEK_TEXT("~/x/*"), "'~'");
    assert_none(*state, KIND, SEK_TEXT("/tmp*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/tmp/*.txt"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/*/x"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/tmp/**"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/tmp/*/*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/tmp/*/"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("/tmp/*/.."), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("a/*"), "not absolute");
    assert_none(*state, KIND, SEK_TEXT("/a\\*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("C:\\x"), "backslash");
    assert_none(*state, KIND, SEK_TEXT("/a\tb"), "control character");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_normal_form),
        cmocka_unit_test(longest_path_under_the_longest_root_fits),
        cmocka_unit_test(path_patterns_have_the_normal_form_of_paths),
        cmocka_unit_test(path_tree_is_the_folder_and_all_below),
        cmocka_unit_test(path_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
