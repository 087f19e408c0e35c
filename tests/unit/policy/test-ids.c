/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fixture.h"

#include "policy/ids.h"

static void ids_are_words_of_at_most_128_bytes(void **state) {
    (void)state;
    char text[130];
    static const char *const valid[] = {"a", "Z", "0", "ws_abc123", "a.b-c_d", "0-._"};
    static const char *const refused[] = {"", ".a", "-a", "_a", "a b", "a:b", "a/b", "a\n", "a+b", "\xc3\xa9", "..", "a%2f"};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) assert_true(sek_id_valid(sek_text(valid[i])));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) assert_false(sek_id_valid(sek_text(refused[i])));
    memset(text, 'a', sizeof text);
    assert_true(sek_id_valid((struct sekuire_text){text, 128}));
    assert_false(sek_id_valid((struct sekuire_text){text, 129}));
    assert_false(sek_id_valid((struct sekuire_text){"a\0b", 3}));
    assert_false(sek_id_valid((struct sekuire_text){NULL, 0}));
}

static void versions_are_words_of_at_most_64_bytes(void **state) {
    (void)state;
    char text[66];
    static const char *const valid[] = {"1", "1.10", "v2", "2026-01-01", "1.0.0-rc.1+build_5", "a"};
    static const char *const refused[] = {"", ".1", "-1", "+1", "_1", "1:2", "1 ", "1/2", "1\xc2\xb2"};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) assert_true(sek_version_valid(sek_text(valid[i])));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) assert_false(sek_version_valid(sek_text(refused[i])));
    memset(text, '1', sizeof text);
    assert_true(sek_version_valid((struct sekuire_text){text, 64}));
    assert_false(sek_version_valid((struct sekuire_text){text, 65}));
}

/* Both ways round. */
static void assert_order(const char *a, const char *b, int expected) {
    int order = 99;
    assert_true(sek_version_compare(sek_text(a), sek_text(b), &order));
    assert_int_equal((order > 0) - (order < 0), expected);
    assert_true(sek_version_compare(sek_text(b), sek_text(a), &order));
    assert_int_equal((order > 0) - (order < 0), -expected);
}

static void dotted_decimals_compare_component_by_component(void **state) {
    (void)state;
    assert_order("1", "1", 0);
    assert_order("10", "9", 1);
    assert_order("1.10", "1.9", 1);
    assert_order("2", "1.99", 1);
    assert_order("1.2.3", "1.2.2", 1);
    assert_order("1.2", "1.2.1", -1);
}

static void missing_components_and_leading_zeros_are_nothing(void **state) {
    (void)state;
    assert_order("1", "1.0", 0);
    assert_order("1", "1.0.0.0", 0);
    assert_order("1.0.1", "1", 1);
    assert_order("007", "7", 0);
    assert_order("0", "0.0", 0);
    assert_order("00", "1", -1);
    assert_order("1.010", "1.9", 1);
}

static void numbers_of_any_size_compare(void **state) {
    (void)state;
    assert_order("18446744073709551616", "18446744073709551615", 1);
    assert_order("99999999999999999999999999999999999999", "100000000000000000000000000000000000000", -1);
    assert_order("4294967296", "0", 1);
}

static void other_versions_only_equal_themselves(void **state) {
    (void)state;
    int order = 99;
    assert_order("beta", "beta", 0);
    static const char *const pairs[][2] = {{"alpha", "beta"}, {"1", "v1"}, {"1.0-rc1", "1.0"}, {"1..2", "1.2"},
                                           {"1.", "1"},       {"v1", "V1"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_false(sek_version_compare(sek_text(pairs[i][0]), sek_text(pairs[i][1]), &order));
        assert_false(sek_version_compare(sek_text(pairs[i][1]), sek_text(pairs[i][0]), &order));
    }
    assert_int_equal(order, 99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_words_of_at_most_128_bytes),
        cmocka_unit_test(versions_are_words_of_at_most_64_bytes),
        cmocka_unit_test(dotted_decimals_compare_component_by_component),
        cmocka_unit_test(missing_components_and_leading_zeros_are_nothing),
        cmocka_unit_test(numbers_of_any_size_compare),
        cmocka_unit_test(other_versions_only_equal_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
