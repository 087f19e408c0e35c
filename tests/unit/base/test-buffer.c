/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

static void append_keeps_all_bytes_and_a_nul_behind_them(void **state) {
    (void)state;
    struct sek_buffer b;
    sek_buffer_init(&b, 100000);
    for (unsigned i = 0; i < 5000; i++) sek_buffer_format(&b, "%u,", i % 10);
    sek_buffer_string(&b, "end");
    sek_buffer_text(&b, SEK_TEXT("!"));
    sek_buffer_byte(&b, '\0');
    sek_buffer_append(&b, NULL, 0);
    assert_int_equal(sek_buffer_check(&b, NULL), 0);
    assert_int_equal(b.size, 10005);
    assert_memory_equal(b.data, "0,1,2,3,4,5,6,7,8,9,0,", 22);
    assert_memory_equal(b.data + 10000, "end!\0", 6);
    sek_buffer_clear(&b);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.limit, 100000);
}

static void the_limit_is_exact_and_the_first_failure_sticks(void **state) {
    (void)state;
    struct sek_buffer b;
    struct sekuire_error err = {0};
    sek_buffer_init(&b, 4);
    sek_buffer_string(&b, "abcd");
    assert_int_equal(sek_buffer_check(&b, &err), 0);
    sek_buffer_byte(&b, 'e');
    sek_buffer_string(&b, "");
    assert_int_equal(sek_buffer_check(&b, &err), SEKUIRE_ERR_TOO_LARGE);
    assert_int_equal(err.status, SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(err.message, "more than 4 bytes");
    assert_string_equal(b.data, "abcd");
    assert_null(sek_buffer_take(&b, NULL));
    sek_buffer_clear(&b);
    sek_buffer_string(&b, "ab");
    sek_buffer_format(&b, "%s", "cde");
    assert_int_equal(b.status, SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(b.data, "ab");
    sek_buffer_clear(&b);
}

static void take_hands_over_and_empties(void **state) {
    (void)state;
    struct sek_buffer b;
    size_t size = 77;
    sek_buffer_init(&b, 16);
    char *empty = sek_buffer_take(&b, &size);
    assert_string_equal(empty, "");
    assert_int_equal(size, 0);
    sek_free(empty);
    sek_buffer_string(&b, "text");
    char *text = sek_buffer_take(&b, &size);
    assert_string_equal(text, "text");
    assert_int_equal(size, 4);
    assert_null(b.data);
    assert_int_equal(sek_buffer_view(&b).size, 0);
    sek_free(text);
}

static void reserve_makes_room_without_moving(void **state) {
    (void)state;
    struct sek_buffer b;
    sek_buffer_init(&b, 1000);
    sek_buffer_reserve(&b, 900);
    const char *before = b.data;
    for (int i = 0; i < 900; i++) sek_buffer_byte(&b, 'x');
    assert_ptr_equal(b.data, before);
    sek_buffer_reserve(&b, 101);
    assert_int_equal(b.status, SEKUIRE_ERR_TOO_LARGE);
    sek_buffer_clear(&b);
    sek_buffer_clear(NULL);
}

static void wipe_empties_too(void **state) {
    (void)state;
    struct sek_buffer b;
    sek_buffer_init(&b, 1000);
    sek_buffer_string(&b, "secret");
    sek_buffer_wipe(&b);
    assert_null(b.data);
    assert_int_equal(b.limit, 1000);
    sek_buffer_wipe(&b);
    sek_buffer_wipe(NULL);
}

static void a_secret_buffer_grows_and_keeps_its_bytes_to_itself(void **state) {
    (void)state;
    struct sek_buffer buffer;
    size_t size = 7;
    sek_buffer_init_secret(&buffer, 5000);
    assert_int_equal(sek_buffer_view(&buffer).size, 0);
    for (size_t i = 0; i < 5000; i++) sek_buffer_byte(&buffer, (char)('a' + i % 26));
    assert_int_equal(sek_buffer_check(&buffer, NULL), 0);
    for (size_t i = 0; i < 5000; i++) assert_int_equal(buffer.data[i], 'a' + i % 26);
    assert_int_equal(buffer.data[5000], 0);
    assert_null(sek_buffer_take(&buffer, &size));
    assert_int_equal(size, 7);
    assert_int_equal(buffer.size, 5000);
    sek_buffer_byte(&buffer, 'x');
    assert_int_equal(buffer.status, SEKUIRE_ERR_TOO_LARGE);
    sek_buffer_clear(&buffer);
    assert_true(buffer.secret && buffer.limit == 5000 && buffer.size == 0 && buffer.status == 0);
    sek_buffer_format(&buffer, "%d", 12);
    assert_string_equal(buffer.data, "12");
    sek_buffer_wipe(&buffer);
    assert_null(buffer.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(append_keeps_all_bytes_and_a_nul_behind_them),
        cmocka_unit_test(the_limit_is_exact_and_the_first_failure_sticks),
        cmocka_unit_test(take_hands_over_and_empties),
        cmocka_unit_test(reserve_makes_room_without_moving),
        cmocka_unit_test(wipe_empties_too),
        cmocka_unit_test(a_secret_buffer_grows_and_keeps_its_bytes_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
