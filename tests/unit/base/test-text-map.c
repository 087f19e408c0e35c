/* SPDX-License-Identifier: Apache-2.0 */
/* The map from texts to pointers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/text-map.h"
#include "base/text.h"

enum { MANY = 5000 };

static void every_text_has_one_entry_however_many_there_are(void **state) {
    static char names[MANY][16];
    struct sek_arena arena;
    (void)state;
    sek_arena_init(&arena, 8 << 20);
    struct sek_text_map map = {.arena = &arena};
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "name-%zu", i);
        struct sek_text_entry *entry = sek_text_map_at(&map, sek_text(names[i]));
        assert_non_null(entry);
        assert_null(entry->value);
        entry->value = names[i];
    }
    for (size_t i = 0; i < MANY; i++) assert_ptr_equal(sek_text_map_at(&map, sek_text(names[i]))->value, names[i]);
    assert_int_equal(map.count, MANY);
    sek_arena_clear(&arena);
}

static void texts_that_differ_in_size_or_after_a_nul_are_different(void **state) {
    struct sek_arena arena;
    (void)state;
    sek_arena_init(&arena, 1 << 20);
    struct sek_text_map map = {.arena = &arena};
    const struct sekuire_text texts[] = {{"", 0}, {NULL, 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"a\0c", 3}};
    for (size_t i = 0; i < 6; i++) assert_non_null(sek_text_map_at(&map, texts[i]));
    assert_int_equal(map.count, 5);
    sek_arena_clear(&arena);
}

static void short_memory_is_no_entry(void **state) {
    struct sek_arena arena;
    (void)state;
    sek_arena_init(&arena, 100);
    struct sek_text_map map = {.arena = &arena};
    assert_null(sek_text_map_at(&map, SEK_TEXT("a")));
    assert_int_equal(map.count, 0);
    sek_arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_has_one_entry_however_many_there_are),
        cmocka_unit_test(texts_that_differ_in_size_or_after_a_nul_are_different),
        cmocka_unit_test(short_memory_is_no_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
