/* SPDX-License-Identifier: Apache-2.0 */
/* contains and overlaps as set reasoning: examples, and against the enumeration of all short values over small alphabets. */
#include "pattern/compiled.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 4096, WORD_SIZE = 24 };

struct words {
    char text[WORDS_MAX][WORD_SIZE];
    size_t count;
};

static bool contains(struct sek_arena *arena, enum sek_pattern_kind kind, const char *outer, const char *inner) {
    struct sek_pattern a = compiled(arena, kind, outer);
    struct sek_pattern b = compiled(arena, kind, inner);
    return sek_pattern_contains(&a, &b);
}

static bool overlaps(struct sek_arena *arena, enum sek_pattern_kind kind, const char *one, const char *other) {
    struct sek_pattern a = compiled(arena, kind, one);
    struct sek_pattern b = compiled(arena, kind, other);
    bool result = sek_pattern_overlaps(&a, &b);
    assert_int_equal(result, sek_pattern_overlaps(&b, &a));
    return result;
}

static void everything_contains_all_and_is_contained_by_everything_only(void **state) {
    static const struct {
        enum sek_pattern_kind kind;
        const char *other;
    } cases[] = {
        {SEK_PATTERN_NAME, "gpt-*"},  {SEK_PATTERN_NAME, "gpt-4"}, {SEK_PATTERN_PROVIDER, "openai"},
        {SEK_PATTERN_DOMAIN, "*.a"},  {SEK_PATTERN_DOMAIN, "a"},   {SEK_PATTERN_DOMAIN, "::1"},
        {SEK_PATTERN_PATH, "/tmp/*"}, {SEK_PATTERN_PATH, "/"},     {SEK_PATTERN_EXTENSION, ".txt"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(contains(*state, cases[i].kind, "*", cases[i].other));
        assert_false(contains(*state, cases[i].kind, cases[i].other, "*"));
        assert_true(overlaps(*state, cases[i].kind, "*", cases[i].other));
        assert_true(contains(*state, cases[i].kind, "*", "*"));
        assert_true(overlaps(*state, cases[i].kind, "*", "*"));
    }
}

static void path_tree_at_the_root_is_everything(void **state) {
    assert_true(contains(*state, SEK_PATTERN_PATH, "/*", "*"));
    assert_true(contains(*state, SEK_PATTERN_PATH, "*", "/*"));
    assert_true(contains(*state, SEK_PATTERN_PATH, "/*", "/"));
    assert_true(contains(*state, SEK_PATTERN_PATH, "/*", "/a/*"));
    assert_false(contains(*state, SEK_PATTERN_PATH, "/a/*", "/*"));
    assert_false(contains(*state, SEK_PATTERN_PATH, "/", "/*"));
    assert_true(overlaps(*state, SEK_PATTERN_PATH, "/*", "/a"));
}

static void prefixes_contain_longer_ones(void **state) {
    assert_true(contains(*state, SEK_PATTERN_NAME, "gpt-*", "gpt-4*"));
    assert_true(contains(*state, SEK_PATTERN_NAME, "gpt-*", "gpt-*"));
    assert_true(contains(*state, SEK_PATTERN_NAME, "gpt-*", "gpt-"));
    assert_false(contains(*state, SEK_PATTERN_NAME, "gpt-4*", "gpt-*"));
    assert_false(contains(*state, SEK_PATTERN_NAME, "gpt-", "gpt-*"));
    assert_true(overlaps(*state, SEK_PATTERN_NAME, "gpt-4*", "gpt-*"));
    assert_true(overlaps(*state, SEK_PATTERN_NAME, "gpt-", "gpt-*"));
    assert_false(overlaps(*state, SEK_PATTERN_NAME, "gpt-*", "o*"));
    assert_false(overlaps(*state, SEK_PATTERN_NAME, "gpt-*", "GPT-4"));
}

static void domain_trees_contain_subtrees_and_no_address(void **state) {
    assert_true(contains(*state, SEK_PATTERN_DOMAIN, "*.example.com", "example.com"));
    assert_true(contains(*state, SEK_PATTERN_DOMAIN, "*.example.com", "a.example.com"));
    assert_true(contains(*state, SEK_PATTERN_DOMAIN, "*.example.com", "*.a.example.com"));
    assert_false(contains(*state, SEK_PATTERN_DOMAIN, "*.a.example.com", "*.example.com"));
    assert_false(contains(*state, SEK_PATTERN_DOMAIN, "*.example.com", "*.badexample.com"));
    assert_false(overlaps(*state, SEK_PATTERN_DOMAIN, "*.example.com", "*.badexample.com"));
    assert_true(overlaps(*state, SEK_PATTERN_DOMAIN, "*.example.com", "*.a.example.com"));
    assert_false(overlaps(*state, SEK_PATTERN_DOMAIN, "*.com", "127.0.0.1"));
    assert_false(overlaps(*state, SEK_PATTERN_DOMAIN, "*.com", "::1"));
    assert_true(contains(*state, SEK_PATTERN_DOMAIN, "::1", "[0:0::0:1]"));
}

static void an_extension_with_inner_dots_is_the_empty_set(void **state) {
    assert_true(contains(*state, SEK_PATTERN_EXTENSION, ".txt", ".tar.gz"));
    assert_true(contains(*state, SEK_PATTERN_EXTENSION, ".tar.gz", ".a.b"));
    assert_false(contains(*state, SEK_PATTERN_EXTENSION, ".tar.gz", ".gz"));
    assert_false(contains(*state, SEK_PATTERN_EXTENSION, ".tar.gz", "*"));
    assert_false(overlaps(*state, SEK_PATTERN_EXTENSION, ".tar.gz", ".tar.gz"));
    assert_false(overlaps(*state, SEK_PATTERN_EXTENSION, ".tar.gz", "*"));
}

static void add_word(struct words *words, const char *text) {
    assert_true(words->count < WORDS_MAX);
    assert_true((size_t)snprintf(words->text[words->count++], WORD_SIZE, "%s", text) < WORD_SIZE);
}

/* Appends every sequence of 1 to depth letters a and b, with separator between them, and prefix and suffix around. */
static void add_sequences(struct words *words, const char *prefix, const char *separator, const char *suffix, unsigned depth) {
    for (unsigned length = 1; length <= depth; length++) {
        for (unsigned bits = 0; bits < 1u << length; bits++) {
            char text[WORD_SIZE] = "";
            size_t used = 0;
            for (unsigned i = 0; i < length; i++)
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%c%s", i == 0 ? prefix : separator,
                                         (bits >> i & 1) != 0 ? 'b' : 'a', i + 1 == length ? suffix : "");
            assert_true(used < sizeof text);
            add_word(words, text);
        }
    }
}

/* Judges every pair of patterns by every value: values must hold a witness of each difference between any two patterns. */
static void compare_with_enumeration(struct sek_arena *arena, enum sek_pattern_kind kind, const struct words *patterns,
                                     const struct words *values) {
    struct sek_pattern *all = sek_arena_array(arena, patterns->count, sizeof *all);
    unsigned char *member = sek_arena_array(arena, patterns->count, values->count);
    assert_non_null(all);
    assert_non_null(member);
    for (size_t i = 0; i < patterns->count; i++) {
        all[i] = compiled(arena, kind, patterns->text[i]);
        for (size_t v = 0; v < values->count; v++)
            member[i * values->count + v] = sek_pattern_match(&all[i], sek_text(values->text[v]));
    }
    size_t contained = 0, overlapping = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        for (size_t j = 0; j < patterns->count; j++) {
            bool subset = true, common = false;
            for (size_t v = 0; v < values->count; v++) {
                bool in_i = member[i * values->count + v] != 0;
                bool in_j = member[j * values->count + v] != 0;
                if (in_j && !in_i) subset = false;
                if (in_j && in_i) common = true;
            }
            if (sek_pattern_contains(&all[i], &all[j]) != subset)
                fail_msg("contains(%s, %s) is not %d", patterns->text[i], patterns->text[j], subset);
            if (sek_pattern_overlaps(&all[i], &all[j]) != common)
                fail_msg("overlaps(%s, %s) is not %d", patterns->text[i], patterns->text[j], common);
            contained += subset;
            overlapping += common;
        }
    }
    print_message("%zu pairs (%zu contained, %zu overlapping) by %zu values\n", patterns->count * patterns->count, contained,
                  overlapping, values->count);
}

static struct words patterns, values;

static void clear_words(void) {
    patterns.count = 0;
    values.count = 0;
}

static void names_agree_with_enumeration(void **state) {
    clear_words();
    add_word(&patterns, "*");
    add_sequences(&patterns, "", "", "", 3);
    add_sequences(&patterns, "", "", "*", 3);
    add_sequences(&values, "", "", "", 5);
    add_word(&values, "c");
    compare_with_enumeration(*state, SEK_PATTERN_NAME, &patterns, &values);
}

static void providers_agree_with_enumeration(void **state) {
    clear_words();
    add_word(&patterns, "*");
    add_word(&patterns, "A");
    add_word(&patterns, "aB");
    add_sequences(&patterns, "", "", "", 3);
    add_sequences(&values, "", "", "", 4);
    compare_with_enumeration(*state, SEK_PATTERN_PROVIDER, &patterns, &values);
}

static void domains_agree_with_enumeration(void **state) {
    clear_words();
    add_word(&patterns, "*");
    add_word(&patterns, "127.0.0.1");
    add_word(&patterns, "::1");
    add_word(&patterns, "0::1");
    add_word(&patterns, "::ffff:127.0.0.1");
    add_sequences(&patterns, "", ".", "", 3);
    add_sequences(&patterns, "*.", ".", "", 3);
    add_sequences(&patterns, "", "", "", 3);
    add_sequences(&patterns, "*.", "", "", 3);
    add_sequences(&values, "", ".", "", 5);
    add_sequences(&values, "", "", "", 3);
    add_sequences(&values, "c.", "", "", 3);
    add_word(&values, "127.0.0.1");
    add_word(&values, "::1");
    add_word(&values, "::a");
    compare_with_enumeration(*state, SEK_PATTERN_DOMAIN, &patterns, &values);
}

static void paths_agree_with_enumeration(void **state) {
    clear_words();
    add_word(&patterns, "*");
    add_word(&patterns, "/");
    add_word(&patterns, "/*");
    add_word(&patterns, "/a/../*");
    add_sequences(&patterns, "/", "/", "", 3);
    add_sequences(&patterns, "/", "/", "/*", 3);
    add_sequences(&patterns, "/", "", "", 3);
    add_sequences(&patterns, "/", "", "/*", 3);
    add_word(&values, "/");
    add_sequences(&values, "/", "/", "", 5);
    add_sequences(&values, "/", "", "", 3);
    add_sequences(&values, "/", "", "/c", 3);
    compare_with_enumeration(*state, SEK_PATTERN_PATH, &patterns, &values);
}

static void extensions_agree_with_enumeration(void **state) {
    clear_words();
    add_word(&patterns, "*");
    add_word(&patterns, ".A");
    add_sequences(&patterns, ".", "", "", 3);
    add_sequences(&patterns, ".", ".", "", 3);
    add_word(&patterns, ".a.");
    add_word(&patterns, "..");
    add_word(&values, "");
    add_sequences(&values, "", "", "", 4);
    compare_with_enumeration(*state, SEK_PATTERN_EXTENSION, &patterns, &values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_contains_all_and_is_contained_by_everything_only),
        cmocka_unit_test(path_tree_at_the_root_is_everything),
        cmocka_unit_test(prefixes_contain_longer_ones),
        cmocka_unit_test(domain_trees_contain_subtrees_and_no_address),
        cmocka_unit_test(an_extension_with_inner_dots_is_the_empty_set),
        cmocka_unit_test(names_agree_with_enumeration),
        cmocka_unit_test(providers_agree_with_enumeration),
        cmocka_unit_test(domains_agree_with_enumeration),
        cmocka_unit_test(paths_agree_with_enumeration),
        cmocka_unit_test(extensions_agree_with_enumeration),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
