/* SPDX-License-Identifier: Apache-2.0 */
/* Asked about many entries at once, the lists say what asking each entry in turn says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "comply/cover.h"

enum { LISTS = 3, ENTRIES_MAX = 40, TEXT_MAX = 64, ROUNDS = 4000, QUESTIONS = 40 };

static uint32_t state = 1;

static uint32_t below(uint32_t n) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

struct lists {
    struct sek_arena arena;
    struct sek_rules rules;
    struct sek_entry entries[2 * LISTS][ENTRIES_MAX];
    struct sek_compiled compiled;
    struct sek_cover cover;
};

/* A pattern, mostly of few and short components, so that many are equal or lie in each other. */
static void write_pattern(char out[TEXT_MAX], enum sek_pattern_kind kind) {
    static const char *const labels[] = {"a", "b", "ab", "a-b", "b-"};
    static const char *const parts[] = {"a", "b", "ab", "a-b", "a.", " ", "\xc3\xa9", "~"};
    uint32_t depth = below(4);
    size_t used = 0;
    bool domain = kind == SEK_PATTERN_DOMAIN;
    if (below(40) == 0) {
        snprintf(out, TEXT_MAX, "*");
        return;
    }
    if (!domain && below(30) == 0) {
        snprintf(out, TEXT_MAX, "%s", below(2) == 0 ? "/" : "/*");
        return;
    }
    bool tree = below(3) == 0;
    out[0] = '\0';
    if (domain && tree) used = (size_t)snprintf(out, TEXT_MAX, "*.");
    for (uint32_t i = 0; i <= depth; i++) {
        if (domain)
            used += (size_t)snprintf(out + used, TEXT_MAX - used, "%s.", labels[below(5)]);
        else
            used += (size_t)snprintf(out + used, TEXT_MAX - used, "/%s", parts[below(8)]);
    }
    if (domain)
        snprintf(out + used, TEXT_MAX - used, "%s", below(8) == 0 ? "c" : "com");
    else if (tree)
        snprintf(out + used, TEXT_MAX - used, "/*");
}

static bool compile(struct sek_arena *arena, enum sek_pattern_kind kind, struct sek_pattern *ret) {
    char text[TEXT_MAX];
    struct sekuire_error err = {0};
    write_pattern(text, kind);
    return sek_pattern_compile(arena, kind, sek_text(text), ret, &err) == 0;
}

static void fill(struct lists *lists, struct sek_list_set *set, size_t first, enum sek_pattern_kind kind, uint32_t most) {
    static const char *const pointers[LISTS] = {"/0", "/1", "/2"};
    set->count = below(LISTS + 1);
    for (size_t i = 0; i < set->count; i++) {
        struct sek_list *list = &set->lists[i];
        *list = (struct sek_list){.pointer = pointers[i], .entries = lists->entries[first + i]};
        for (uint32_t wanted = below(most + 1); wanted > 0; wanted--) {
            struct sek_entry *entry = &list->entries[list->count];
            *entry = (struct sek_entry){.pointer = pointers[i]};
            if (compile(&lists->arena, kind, &entry->pattern)) list->count++;
        }
    }
}

static void lists_make(struct lists *lists, enum sek_pattern_kind kind) {
    struct sekuire_error err = {0};
    bool domain = kind == SEK_PATTERN_DOMAIN;
    *lists = (struct lists){.cover = {.arena = &lists->arena}};
    sek_arena_init(&lists->arena, SEK_LIMIT_TREE_ARENA);
    struct sek_list_set *blocked = domain ? &lists->rules.network.blocked : &lists->rules.filesystem.blocked;
    struct sek_list_set *allowed = domain ? &lists->rules.network.allowed : &lists->rules.filesystem.allowed;
    fill(lists, blocked, 0, kind, below(2) == 0 ? 3 : ENTRIES_MAX);
    fill(lists, allowed, LISTS, kind, below(2) == 0 ? 3 : ENTRIES_MAX);
    assert_int_equal(sek_compile(&lists->arena, &lists->rules, &lists->compiled, &err), 0);
    lists->cover.listed = blocked;
    lists->cover.blocked = domain ? &lists->compiled.blocked_domains : &lists->compiled.blocked_paths;
    lists->cover.allowed = domain ? &lists->compiled.allowed_domains : &lists->compiled.allowed_paths;
}

static const struct sek_entry *first_overlap(const struct sek_list_set *set, const struct sek_pattern *pattern) {
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->lists[i].count; k++)
            if (sek_pattern_overlaps(&set->lists[i].entries[k].pattern, pattern)) return &set->lists[i].entries[k];
    return NULL;
}

static const char *first_refusing(const struct sek_list_set *set, const struct sek_pattern *pattern) {
    for (size_t i = 0; i < set->count; i++) {
        bool contains = set->lists[i].count == 0;
        for (size_t k = 0; k < set->lists[i].count; k++)
            contains = contains || sek_pattern_contains(&set->lists[i].entries[k].pattern, pattern);
        if (!contains) return set->lists[i].pointer;
    }
    return NULL;
}

/* How often each kind of answer was given: a test that only ever meets one of them shows nothing. */
struct tally {
    unsigned overlaps, apart, inside, refused, allowed;
};

static void ask(struct lists *lists, const struct sek_pattern *pattern, bool domain, struct tally *tally) {
    const struct sek_rules *rules = &lists->rules;
    const struct sek_entry *found = NULL;
    const struct sek_entry *expected = first_overlap(domain ? &rules->network.blocked : &rules->filesystem.blocked, pattern);
    const char *refusing = first_refusing(domain ? &rules->network.allowed : &rules->filesystem.allowed, pattern);
    assert_true(sek_cover_overlap(&lists->cover, pattern, &found));
    if (found != expected)
        print_error("%.*s: %.*s, not %.*s\n", SEK_TEXT_ARGS(pattern->text), SEK_TEXT_ARGS(found == NULL ? pattern->norm : found->pattern.text),
                    SEK_TEXT_ARGS(expected == NULL ? pattern->norm : expected->pattern.text));
    assert_ptr_equal(found, expected);
    assert_ptr_equal(sek_cover_refusing(&lists->cover, pattern), refusing);
    tally->overlaps += expected != NULL;
    tally->apart += expected == NULL;
    tally->inside += expected != NULL && expected->pattern.shape == SEK_SHAPE_EXACT && pattern->shape == SEK_SHAPE_TREE;
    tally->refused += refusing != NULL;
    tally->allowed += refusing == NULL;
}

static void answers_are_those_of_each_entry(enum sek_pattern_kind kind) {
    static struct lists lists;
    struct tally tally = {0};
    for (unsigned round = 0; round < ROUNDS; round++) {
        lists_make(&lists, kind);
        for (unsigned i = 0; i < QUESTIONS; i++) {
            struct sek_pattern pattern;
            if (compile(&lists.arena, kind, &pattern)) ask(&lists, &pattern, kind == SEK_PATTERN_DOMAIN, &tally);
        }
        sek_arena_clear(&lists.arena);
    }
    assert_true(tally.overlaps > ROUNDS && tally.apart > ROUNDS && tally.inside > ROUNDS && tally.refused > ROUNDS && tally.allowed > ROUNDS);
}

static void domains_answer_as_each_entry_does(void **unused) {
    (void)unused;
    answers_are_those_of_each_entry(SEK_PATTERN_DOMAIN);
}

static void paths_answer_as_each_entry_does(void **unused) {
    (void)unused;
    answers_are_those_of_each_entry(SEK_PATTERN_PATH);
}

/* The longest names that there are leave no room behind them. */
static void longest_texts_are_no_trouble(void **unused) {
    static struct lists lists;
    static char path[SEK_LIMIT_ACTION_TEXT + 1];
    const struct sek_entry *found = NULL;
    struct sek_pattern pattern;
    struct sekuire_error err = {0};
    (void)unused;
    memset(path, 'a', sizeof path);
    path[0] = '/';
    memcpy(path + SEK_LIMIT_ACTION_TEXT - 2, "/*", 3);
    lists = (struct lists){.cover = {.arena = &lists.arena}};
    sek_arena_init(&lists.arena, SEK_LIMIT_TREE_ARENA);
    assert_int_equal(sek_pattern_compile(&lists.arena, SEK_PATTERN_PATH, sek_text(path), &pattern, &err), 0);
    lists.entries[0][0] = (struct sek_entry){.pattern = pattern, .pointer = "/0"};
    lists.rules.filesystem.blocked = lists.rules.filesystem.allowed =
        (struct sek_list_set){.lists = {{.pointer = "/0", .entries = lists.entries[0], .count = 1}}, .count = 1};
    assert_int_equal(sek_compile(&lists.arena, &lists.rules, &lists.compiled, &err), 0);
    lists.cover.listed = &lists.rules.filesystem.blocked;
    lists.cover.blocked = &lists.compiled.blocked_paths;
    lists.cover.allowed = &lists.compiled.allowed_paths;
    assert_true(sek_cover_overlap(&lists.cover, &pattern, &found));
    assert_ptr_equal(found, &lists.entries[0][0]);
    assert_null(sek_cover_refusing(&lists.cover, &pattern));
    sek_arena_clear(&lists.arena);
}

static void short_memory_is_said(void **unused) {
    static struct lists lists;
    const struct sek_entry *found = NULL;
    struct sek_pattern pattern;
    struct sekuire_error err = {0};
    struct sek_arena none;
    (void)unused;
    do {
        if (lists.cover.arena != NULL) sek_arena_clear(&lists.arena);
        lists_make(&lists, SEK_PATTERN_DOMAIN);
    } while (lists.cover.blocked->index == NULL || sek_index_find(lists.cover.blocked->index, SEK_TEXT("org")) == 0);
    sek_arena_init(&none, 16);
    lists.cover.arena = &none;
    assert_int_equal(sek_pattern_compile(&lists.arena, SEK_PATTERN_DOMAIN, SEK_TEXT("*.org"), &pattern, &err), 0);
    assert_false(sek_cover_overlap(&lists.cover, &pattern, &found));
    sek_arena_clear(&none);
    sek_arena_clear(&lists.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_answer_as_each_entry_does),
        cmocka_unit_test(paths_answer_as_each_entry_does),
        cmocka_unit_test(longest_texts_are_no_trouble),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("comply/cover", tests, NULL, NULL);
}
