/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/hex.h"
#include "base/text.h"

static void encode_writes_lower_case_and_a_nul(void **state) {
    (void)state;
    char out[9] = "xxxxxxxx";
    sek_hex_encode(out, (const uint8_t[]){0x00, 0x9a, 0xBC, 0xff}, 4);
    assert_string_equal(out, "009abcff");
    sek_hex_encode(out, NULL, 0);
    assert_string_equal(out, "");
}

static void decode_takes_both_cases(void **state) {
    (void)state;
    uint8_t out[4];
    assert_true(sek_hex_decode(out, 4, SEK_TEXT("009aBCfF")));
    assert_memory_equal(out, ((const uint8_t[]){0x00, 0x9a, 0xBC, 0xff}), 4);
}

static void decode_refuses_other_lengths_and_bytes_and_leaves_out_alone(void **state) {
    (void)state;
    static const char *const bad[] = {"", "0", "00", "000", "00000", "0g00", "00 0", "0x00", "00\xC3\xA9", " 000", "000\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[2] = {7, 7};
        if (sek_hex_decode(out, 2, sek_text(bad[i])) || out[0] != 7 || out[1] != 7) fail_msg("case %zu", i);
    }
}

static void every_byte_survives(void **state) {
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        uint8_t back = 0;
        char text[3];
        sek_hex_encode(text, &byte, 1);
        assert_true(sek_hex_decode(&back, 1, sek_text(text)));
        assert_int_equal(back, i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_writes_lower_case_and_a_nul),
        cmocka_unit_test(decode_takes_both_cases),
        cmocka_unit_test(decode_refuses_other_lengths_and_bytes_and_leaves_out_alone),
        cmocka_unit_test(every_byte_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
