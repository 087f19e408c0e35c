/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static void allocations_are_zeroed_aligned_and_apart(void **state) {
    (void)state;
    struct sek_arena arena;
    unsigned char *pieces[400];
    sek_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < 400; i++) {
        pieces[i] = sek_arena_alloc(&arena, i + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j <= i; j++) assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 251), i + 1);
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j <= i; j++)
            if (pieces[i][j] != i % 251) fail_msg("piece %zu", i);
    sek_arena_clear(&arena);
}

static void no_more_than_the_limit_is_given(void **state) {
    (void)state;
    struct sek_arena arena;
    sek_arena_init(&arena, 10000);
    assert_null(sek_arena_alloc(&arena, 10001));
    assert_null(sek_arena_alloc(&arena, SIZE_MAX));
    assert_null(sek_arena_array(&arena, SIZE_MAX / 2, 4));
    assert_non_null(sek_arena_array(&arena, 0, 4));
    size_t given = 0;
    while (sek_arena_alloc(&arena, 160) != NULL) given += 160;
    assert_in_range(given, 8000, 10000);
    assert_true(arena.total <= 10000);
    sek_arena_clear(&arena);
    assert_int_equal(arena.total, 0);
    assert_non_null(sek_arena_alloc(&arena, 160));
    sek_arena_clear(&arena);
}

static void copies_and_formats_end_with_a_nul(void **state) {
    (void)state;
    struct sek_arena arena;
    sek_arena_init(&arena, 1 << 20);
    assert_string_equal(sek_arena_copy(&arena, (struct sekuire_text){"abcdef", 3}), "abc");
    assert_string_equal(sek_arena_copy(&arena, (struct sekuire_text){NULL, 0}), "");
    assert_string_equal(sek_arena_format(&arena, "%s-%d", "x", 42), "x-42");
    char *wide = sek_arena_format(&arena, "%9000d", 7);
    assert_int_equal(strlen(wide), 9000);
    assert_int_equal(wide[8999], '7');
    sek_arena_clear(&arena);
    sek_arena_init(&arena, 100);
    assert_null(sek_arena_format(&arena, "%9000d", 7));
    sek_arena_clear(&arena);
}

static void clear_takes_null_and_zeroed_arenas(void **state) {
    (void)state;
    struct sek_arena arena = {0};
    sek_arena_clear(NULL);
    sek_arena_clear(&arena);
    assert_null(sek_arena_alloc(&arena, 1));
}

static void reset_keeps_one_block_and_gives_zeroed_memory_again(void **state) {
    (void)state;
    struct sek_arena arena;
    sek_arena_init(&arena, 20000);
    sek_arena_reset(&arena);
    for (int round = 0; round < 100; round++) {
        char *piece = sek_arena_alloc(&arena, 9000);
        assert_non_null(piece);
        for (size_t i = 0; i < 9000; i++) assert_int_equal(piece[i], 0);
        memset(piece, 'x', 9000);
        assert_non_null(sek_arena_alloc(&arena, 1000));
        sek_arena_reset(&arena);
    }
    sek_arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_keeps_one_block_and_gives_zeroed_memory_again),
        cmocka_unit_test(allocations_are_zeroed_aligned_and_apart),
        cmocka_unit_test(no_more_than_the_limit_is_given),
        cmocka_unit_test(copies_and_formats_end_with_a_nul),
        cmocka_unit_test(clear_takes_null_and_zeroed_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
