/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/text.h"
#include "base/utf8.h"

static void every_code_point_survives_encoding_and_decoding(void **state) {
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t back = UINT32_MAX;
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        size_t n = sek_utf8_encode(bytes, code);
        if (sek_utf8_decode(bytes, n, &back) != n || back != code) fail_msg("U+%04X", code);
        if (n > 1 && sek_utf8_decode(bytes, n - 1, &back) != 0) fail_msg("U+%04X cut", code);
    }
}

static void decode_refuses_what_is_no_shortest_form(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x80",             "\xBF",         "\xC0\xAF",         "\xC1\xBF",         "\xC2",         "\xC2\x41",
        "\xE0\x9F\xBF",     "\xE0\x80\x80", "\xED\xA0\x80",     "\xED\xBF\xBF",     "\xE2\x82",     "\xE2\x28\xA1",
        "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE",         "\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t code = 77;
        if (sek_utf8_decode(bad[i], strlen(bad[i]), &code) != 0 || code != 77) fail_msg("case %zu", i);
    }
    assert_int_equal(sek_utf8_decode("", 0, &(uint32_t){0}), 0);
}

static void valid_prefix_stops_at_the_first_bad_byte(void **state) {
    (void)state;
    assert_int_equal(sek_utf8_valid_prefix(SEK_TEXT("")), 0);
    assert_int_equal(sek_utf8_valid_prefix(SEK_TEXT("abc")), 3);
    assert_int_equal(sek_utf8_valid_prefix(SEK_TEXT("\xC3\xA9\xF0\x9F\x98\x80")), 6);
    assert_int_equal(sek_utf8_valid_prefix(SEK_TEXT("\xC3\xA9\xFFz")), 2);
    assert_int_equal(sek_utf8_valid_prefix(SEK_TEXT("a\xE2\x82")), 1);
}

static void trim_removes_unicode_white_space_at_both_ends_only(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *trimmed;
    } cases[] = {
        {"", ""},
        {" \t\n\v\f\r", ""},
        {" a b ", "a b"},
        {"\xC2\xA0x\xC2\x85", "x"},
        {"\xE1\x9A\x80\xE2\x80\x80x\xE2\x80\x8A\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\x9F\xE3\x80\x80", "x"},
        {"\xE2\x80\x8Bx\xEF\xBB\xBF", "\xE2\x80\x8Bx\xEF\xBB\xBF"}, /* zero width space and BOM are none */
        {"\x1C\x1Fx", "\x1C\x1Fx"},
        {"\xC3\xA9", "\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_text trimmed = sek_utf8_trim(sek_text(cases[i].text));
        if (!sek_text_is(trimmed, cases[i].trimmed)) fail_msg("case %zu", i);
    }
}

static void controls_are_exactly_the_listed_ranges(void **state) {
    (void)state;
    static const uint32_t ranges[][2] = {{0, 0x1F},          {0x7F, 0x9F},     {0x61C, 0x61C},
                                         {0x200E, 0x200F},   {0x2028, 0x202E}, {0x2066, 0x2069}};
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        bool listed = false;
        for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) listed |= code >= ranges[i][0] && code <= ranges[i][1];
        if (sek_utf8_is_control(code) != listed) fail_msg("U+%04X", code);
    }
}

static void escape_makes_text_safe_for_a_terminal(void **state) {
    (void)state;
    char out[64];
    assert_int_equal(sek_utf8_escape(out, sizeof out, SEK_TEXT("a\x1B[31m\xC2\x9B\n\xE2\x80\xAE\xFF\xC3\xA9")), 35);
    assert_string_equal(out, "a\\u001b[31m\\u009b\\u000a\\u202e\\xff\xC3\xA9");
}

static void escape_cuts_before_a_character_that_does_not_fit(void **state) {
    (void)state;
    char out[6];
    assert_int_equal(sek_utf8_escape(out, sizeof out, SEK_TEXT("abcd\xC3\xA9")), 4);
    assert_string_equal(out, "abcd");
    assert_int_equal(sek_utf8_escape(out, sizeof out, SEK_TEXT("\n")), 0);
    assert_string_equal(out, "");
    assert_int_equal(sek_utf8_escape(out, 0, SEK_TEXT("a")), 0);
}

static void cut_ends_with_a_whole_character(void **state) {
    (void)state;
    struct sekuire_text text = SEK_TEXT("a\xC3\xA9\xF0\x9F\x98\x80z");
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8, 8};
    for (size_t size = 0; size < sizeof kept / sizeof kept[0]; size++) {
        struct sekuire_text cut = sek_utf8_cut(text, size);
        assert_ptr_equal(cut.data, text.data);
        assert_int_equal(cut.size, kept[size]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_survives_encoding_and_decoding),
        cmocka_unit_test(decode_refuses_what_is_no_shortest_form),
        cmocka_unit_test(valid_prefix_stops_at_the_first_bad_byte),
        cmocka_unit_test(trim_removes_unicode_white_space_at_both_ends_only),
        cmocka_unit_test(cut_ends_with_a_whole_character),
        cmocka_unit_test(controls_are_exactly_the_listed_ranges),
        cmocka_unit_test(escape_makes_text_safe_for_a_terminal),
        cmocka_unit_test(escape_cuts_before_a_character_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
