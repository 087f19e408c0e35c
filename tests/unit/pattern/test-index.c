/* SPDX-License-Identifier: Apache-2.0 */
/* The index says what asking each pattern in turn says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "pattern/index.h"

enum { PATTERNS_MAX = 200, TEXT_MAX = 80 };

static uint32_t state = 1;

static uint32_t below(uint32_t n) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

struct list {
    struct sek_arena arena;
    struct sek_pattern patterns[PATTERNS_MAX];
    const struct sek_pattern *borrowed[PATTERNS_MAX];
    size_t count;
    bool any_case;
    const struct sek_index *index;
};

static void list_init(struct list *list, bool any_case) {
    sek_arena_init(&list->arena, 64u << 20);
    list->count = 0;
    list->any_case = any_case;
}

static void list_add(struct list *list, enum sek_pattern_kind kind, const char *text) {
    struct sekuire_error err = {0};
    if (sek_pattern_compile(&list->arena, kind, sek_text(text), &list->patterns[list->count], &err) != 0) return;
    list->borrowed[list->count] = &list->patterns[list->count];
    list->count++;
}

static void list_build(struct list *list) {
    struct sekuire_error err = {0};
    assert_int_equal(sek_index_build(&list->arena, list->borrowed, list->count, list->any_case, &list->index, &err), 0);
}

/* The first of the patterns that matches, asked one by one. */
static uint32_t first_match(const struct list *list, struct sekuire_text value) {
    for (size_t i = 0; i < list->count; i++) {
        const struct sek_pattern *pattern = &list->patterns[i];
        if (!list->any_case && sek_pattern_match(pattern, value)) return (uint32_t)i;
        if (!list->any_case || value.size == 0) continue;
        struct sekuire_text start = value;
        if (pattern->shape == SEK_SHAPE_PREFIX && start.size > pattern->norm.size) start.size = pattern->norm.size;
        if (pattern->shape == SEK_SHAPE_ALL || sek_text_equal_ascii_case(start, pattern->norm)) return (uint32_t)i;
    }
    return SEK_INDEX_NONE;
}

static void assert_same(const struct list *list, struct sekuire_text value) {
    uint32_t expected = first_match(list, value);
    uint32_t found = sek_index_find(list->index, value);
    if (found != expected) {
        for (size_t i = 0; i < list->count; i++) print_error("%zu: %.*s\n", i, SEK_TEXT_ARGS(list->patterns[i].text));
        print_error("value %.*s\n", SEK_TEXT_ARGS(value));
    }
    assert_int_equal(found, expected);
}

/* A text of few letters, so that beginnings and ends are often the same. */
static void random_text(char *out, enum sek_pattern_kind kind, bool pattern, bool any_case) {
    const char *letters = pattern && any_case && below(2) == 0 ? "aB" : "ab";
    size_t used = 0;
    size_t parts = 1 + below(5);
    bool star = pattern && below(3) == 0;
    if (pattern && below(40) == 0) {
        snprintf(out, 3, "%s", kind == SEK_PATTERN_PATH && below(2) == 0 ? "/*" : "*");
        return;
    }
    if (star && kind == SEK_PATTERN_DOMAIN) {
        out[used++] = '*';
        out[used++] = '.';
    }
    if (kind == SEK_PATTERN_EXTENSION && pattern) out[used++] = '.';
    for (size_t i = 0; i < parts; i++) {
        if (kind == SEK_PATTERN_PATH) out[used++] = '/';
        for (size_t n = 1 + below(below(8) == 0 ? 10 : 3); n > 0; n--) out[used++] = letters[below(2)];
        if (kind == SEK_PATTERN_DOMAIN && i + 1 < parts) out[used++] = '.';
        if (kind == SEK_PATTERN_NAME && i + 1 < parts && below(2) == 0) out[used++] = '/';
        if (kind == SEK_PATTERN_EXTENSION && i + 1 < parts && below(9) == 0) out[used++] = '.';
    }
    if (star && kind == SEK_PATTERN_PATH) out[used++] = '/';
    if (star && (kind == SEK_PATTERN_PATH || kind == SEK_PATTERN_NAME)) out[used++] = '*';
    out[used] = '\0';
}

static void compare_lists(enum sek_pattern_kind kind, bool any_case) {
    for (int round = 0; round < 300; round++) {
        struct list list;
        char text[TEXT_MAX];
        list_init(&list, any_case);
        for (size_t n = below(round % 10 == 0 ? PATTERNS_MAX : 12); n > 0; n--) {
            random_text(text, kind, true, any_case);
            list_add(&list, kind, text);
        }
        list_build(&list);
        for (int i = 0; i < 300; i++) {
            random_text(text, kind, false, any_case);
            assert_same(&list, sek_text(text));
        }
        for (size_t i = 0; i < list.count && !any_case; i++) assert_same(&list, list.patterns[i].norm);
        assert_int_equal(sek_index_find(list.index, (struct sekuire_text){"", 0}), SEK_INDEX_NONE);
        sek_arena_clear(&list.arena);
    }
}

static void names_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_NAME, false);
}

static void names_of_any_case_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_NAME, true);
}

static void domains_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_DOMAIN, false);
}

static void paths_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_PATH, false);
}

static void providers_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_PROVIDER, false);
}

static void extensions_are_found_as_one_by_one(void **unused) {
    (void)unused;
    compare_lists(SEK_PATTERN_EXTENSION, false);
}

/* Deeper than the bits that say which depths there are. */
static void trees_of_any_depth_are_found(void **unused) {
    (void)unused;
    char host[256];
    char path[512];
    size_t host_size = 0;
    size_t path_size = 0;
    struct list hosts, paths;
    list_init(&hosts, false);
    list_init(&paths, false);
    for (int i = 0; i < 110; i++) {
        char pattern[520];
        if (i > 0) host[host_size++] = '.';
        host[host_size++] = 'a';
        path[path_size++] = '/';
        path[path_size++] = 'b';
        if (i % 9 != 4) continue;
        snprintf(pattern, sizeof pattern, "*.%.*s", (int)host_size, host);
        list_add(&hosts, SEK_PATTERN_DOMAIN, pattern);
        snprintf(pattern, sizeof pattern, "%.*s/*", (int)path_size, path);
        list_add(&paths, SEK_PATTERN_PATH, pattern);
    }
    assert_int_equal(hosts.count, 12);
    assert_int_equal(paths.count, 12);
    for (size_t i = 0; i < hosts.count / 2; i++) { /* the deepest first, so that the first to match is not the shortest */
        struct sek_pattern last = hosts.patterns[i];
        hosts.patterns[i] = hosts.patterns[hosts.count - 1 - i];
        hosts.patterns[hosts.count - 1 - i] = last;
        last = paths.patterns[i];
        paths.patterns[i] = paths.patterns[paths.count - 1 - i];
        paths.patterns[paths.count - 1 - i] = last;
    }
    list_build(&hosts);
    list_build(&paths);
    for (size_t n = 1; n <= host_size; n += 2) assert_same(&hosts, (struct sekuire_text){host + host_size - n, n});
    for (size_t n = 2; n <= path_size; n += 2) assert_same(&paths, (struct sekuire_text){path, n});
    sek_arena_clear(&hosts.arena);
    sek_arena_clear(&paths.arena);
}

/* Every length from 1 to 150, so that the search passes many markers. */
static void prefixes_of_many_lengths_are_found(void **unused) {
    (void)unused;
    char text[200];
    struct list list;
    list_init(&list, false);
    for (size_t i = 0; i < 150; i++) {
        size_t size = 1 + (i * 37) % 150;
        memset(text, 'a', size);
        if (i % 3 == 0) text[size - 1] = 'b';
        text[size] = '*';
        text[size + 1] = '\0';
        list_add(&list, SEK_PATTERN_NAME, text);
    }
    list_build(&list);
    for (size_t size = 1; size < 200; size++) {
        for (size_t odd = 0; odd < size; odd++) {
            memset(text, 'a', size);
            text[odd] = "bc"[odd % 2];
            assert_same(&list, (struct sekuire_text){text, size});
        }
    }
    sek_arena_clear(&list.arena);
}

static void the_longest_prefix_and_the_walk_name_each_text_once(void **unused) {
    (void)unused;
    struct list list;
    struct sek_index_walk walk;
    list_init(&list, false);
    for (const char *const *text = (const char *const[]){"gpt-*", "gpt-4", "*", "gpt-4*", "gpt-4", "gpt-4o-*", "claude-*", "gpt-4*", NULL};
         *text != NULL; text++)
        list_add(&list, SEK_PATTERN_NAME, *text);
    list_build(&list);
    assert_int_equal(sek_index_find_longest(list.index, sek_text("gpt-4o-mini")), 5);
    assert_int_equal(sek_index_find_longest(list.index, sek_text("gpt-4o")), 3);
    assert_int_equal(sek_index_find_longest(list.index, sek_text("gpt-3")), 0);
    assert_int_equal(sek_index_find_longest(list.index, sek_text("gpt")), SEK_INDEX_NONE);
    sek_index_walk_begin(&walk, list.index, sek_text("gpt-4"));
    const uint32_t expected[] = {1, 3, 0, 2, SEK_INDEX_NONE, SEK_INDEX_NONE};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) assert_int_equal(sek_index_walk_next(&walk), expected[i]);
    sek_arena_clear(&list.arena);
}

/* Around the size that fits into a key. */
static void texts_of_any_length_are_kept(void **unused) {
    (void)unused;
    char text[100];
    struct list list;
    list_init(&list, false);
    for (size_t i = 0; i < 150; i++) {
        snprintf(text, sizeof text, "%03zu-%0*d", i, (int)(30 + i % 60), 0);
        list_add(&list, SEK_PATTERN_NAME, text);
    }
    list_build(&list);
    for (size_t i = 0; i < list.count; i++) assert_int_equal(sek_index_find(list.index, list.patterns[i].norm), i);
    sek_arena_clear(&list.arena);
}

static void an_empty_index_finds_nothing(void **unused) {
    (void)unused;
    struct list list;
    struct sek_index_walk walk;
    list_init(&list, false);
    list_build(&list);
    assert_int_equal(sek_index_find(list.index, sek_text("a")), SEK_INDEX_NONE);
    assert_int_equal(sek_index_find_longest(list.index, sek_text("a")), SEK_INDEX_NONE);
    sek_index_walk_begin(&walk, list.index, sek_text("a"));
    assert_int_equal(sek_index_walk_next(&walk), SEK_INDEX_NONE);
    sek_arena_clear(&list.arena);
}

static void without_memory_nothing_is_made(void **unused) {
    (void)unused;
    struct list list;
    struct sekuire_error err = {0};
    const struct sek_index *index = NULL;
    list_init(&list, false);
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "tool-%d*", i);
        list_add(&list, SEK_PATTERN_NAME, text);
    }
    struct sek_arena small;
    sek_arena_init(&small, 1000);
    assert_int_equal(sek_index_build(&small, list.borrowed, list.count, false, &index, &err), SEKUIRE_ERR_MEMORY);
    assert_null(index);
    sek_arena_clear(&small);
    sek_arena_clear(&list.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_as_one_by_one),
        cmocka_unit_test(names_of_any_case_are_found_as_one_by_one),
        cmocka_unit_test(domains_are_found_as_one_by_one),
        cmocka_unit_test(paths_are_found_as_one_by_one),
        cmocka_unit_test(providers_are_found_as_one_by_one),
        cmocka_unit_test(extensions_are_found_as_one_by_one),
        cmocka_unit_test(trees_of_any_depth_are_found),
        cmocka_unit_test(prefixes_of_many_lengths_are_found),
        cmocka_unit_test(the_longest_prefix_and_the_walk_name_each_text_once),
        cmocka_unit_test(texts_of_any_length_are_kept),
        cmocka_unit_test(an_empty_index_finds_nothing),
        cmocka_unit_test(without_memory_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
