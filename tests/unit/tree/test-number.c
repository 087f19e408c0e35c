/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers beyond those of canon.json. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>

#include "tree/decimal.h"
#include "tree/number.h"
#include "tree/support.h"

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void literals_are_those_of_json(void **state) {
    (void)state;
    static const char *const good[] = {"0", "-0", "1", "10", "-12.5", "0.5", "1e5", "1E+5", "1e-05", "0e0", "123456789012345678901234567890"};
    static const char *const bad[] = {"",   "-",  "+1",  "01",  "-01", ".5",  "1.",    "1.e5", "1e",  "1e+",  "0x1F", "1_000", "1 ",
                                      " 1", "1a", "1e5.", "--1", "1.5.", "inf", "nan", "NaN",  "0o7", "1e5e", "12e"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!sek_number_is_literal(sek_text(good[i]))) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sek_number_is_literal(sek_text(bad[i]))) fail_msg("%s", bad[i]);
    assert_false(sek_number_is_literal((struct sekuire_text){NULL, 0}));
}

static void the_range_is_upstreams(void **state) {
    (void)state;
    static const char *const in[] = {"1.7976931348623157e308", "17976931348623157e292", "1e-999999999999", "0e999999999999",
                                     "0.0e2147483648", "-1e308", "18446744073709551616", "5e-324", "1e-2147483648"};
    static const char *const out[] = {"1e309", "-1e309", "1.7976931348623158e308", "1e2147483647", "1e2147483648", "1e99999999999999999999"};
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
        if (!sek_number_in_range(sek_text(in[i]))) fail_msg("%s", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++)
        if (sek_number_in_range(sek_text(out[i]))) fail_msg("%s", out[i]);
    struct sekuire_text digits = repeated("", "1", 310, "");
    assert_false(sek_number_in_range(digits));
    assert_true(sek_number_in_range((struct sekuire_text){digits.data, 309}));
    free((void *)(uintptr_t)digits.data);
}

static void what_is_printed_may_read_back_as_another_number(void **state) {
    (void)state;
    static const char *const stable[] = {"0", "-0", "0.7", "12.5", "1e5", "1e-308", "18446744073709551615", "-9223372036854775808",
                                         "5e-324", "9999999999999999.0", "7.038531e-26"};
    static const char *const changing[] = {"5.684341886080802e-14", "1e-307", "123456789012345680000", "-1e-307", "1e309"};
    for (size_t i = 0; i < sizeof stable / sizeof stable[0]; i++)
        if (!sek_number_round_trips(sek_text(stable[i]))) fail_msg("%s", stable[i]);
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
        if (sek_number_round_trips(sek_text(changing[i]))) fail_msg("%s", changing[i]);
}

/* A double's value, as strtod (which rounds correctly) reads digits and exponent. */
static double value_of(const struct sek_decimal *d, int add, unsigned count) {
    char text[64];
    uint64_t digits = 0;
    for (unsigned i = 0; i < count; i++) digits = digits * 10 + (uint64_t)(d->digits[i] - '0');
    snprintf(text, sizeof text, "%" PRIu64 "e%d", digits + (uint64_t)(int64_t)add, d->point - (int)count);
    return strtod(text, NULL);
}

/* Whether the digits read back and no shorter ones do: one digit less, cut or raised, is another number. */
static bool is_shortest(double f) {
    struct sek_decimal d = sek_decimal_shortest(f);
    if (d.count == 0 || d.count > 17 || d.digits[0] == '0' || d.digits[d.count - 1] == '0') return false;
    if (value_of(&d, 0, d.count) != f) return false;
    if (d.count == 1) return true;
    return value_of(&d, 0, d.count - 1) != f && value_of(&d, 1, d.count - 1) != f;
}

static void digits_are_the_shortest_that_read_back(void **state) {
    (void)state;
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);
    size_t cases = 0;
    for (unsigned power = 0; power < 52 + 2046; power++) { /* of two, from 2^-1074, with both neighbours */
        uint64_t two = power < 52 ? UINT64_C(1) << power : (uint64_t)(power - 51) << 52;
        for (uint64_t bits = two - 1; bits <= two + 1; bits++) {
            double f;
            memcpy(&f, &bits, sizeof f);
            if (f > 0 && !is_shortest(f)) fail_msg("%a", f);
            cases++;
        }
    }
    for (unsigned i = 0; i < 60000; i++) {
        uint64_t bits = next_random(&seed) >> 1;
        double f;
        if (i % 3 == 0) bits >>= next_random(&seed) % 64;
        memcpy(&f, &bits, sizeof f);
        if (i % 3 == 1) f = (double)(next_random(&seed) >> 11) / (double)(UINT64_C(1) << next_random(&seed) % 60);
        if (!(f > 0 && f <= DBL_MAX)) continue;
        if (!is_shortest(f)) fail_msg("%a", f);
        cases++;
    }
    print_message("shortest decimals: %zu\n", cases);
}

/* One literal of a kind that upstream treats in a way of its own. */
static void append_literal(struct sek_buffer *out, uint64_t *seed) {
    uint64_t a = next_random(seed);
    uint64_t b = next_random(seed);
    double f;
    switch (next_random(seed) % 6) {
    case 0: sek_buffer_format(out, "%" PRIu64 ".%" PRIu64, a >> b % 64, b); break;
    case 1: sek_buffer_format(out, "-%" PRIu64 "%" PRIu64, a >> b % 64 | 1, b >> a % 64); break;
    case 2: sek_buffer_format(out, "%" PRIu64 "e%d", a >> b % 60, (int)(b >> 20) % 600 - 320); break;
    case 3: sek_buffer_format(out, "0.%0*d%" PRIu64 "E-%d", 1 + (int)(b % 30), 0, a, (int)(b >> 40) % 300); break;
    case 4: sek_buffer_format(out, "%d.%05d", (int)(a % 100000), (int)(b % 100000)); break;
    default:
        a = (a >> 1) % (UINT64_C(0x7FE) << 52);
        memcpy(&f, &a, sizeof f);
        sek_buffer_format(out, "%.17g", f);
    }
}

/* Twenty thousand literals; the hash was confirmed by the published client (sekuire-cli 0.2.11, policy validate). */
static void random_literals_have_upstreams_canonical_form(void **state) {
    (void)state;
    enum { LITERALS = 20000 };
    uint64_t seed = 88172645463325252;
    struct sek_buffer text;
    struct sek_arena arena;
    struct sekuire_error err = {0};
    const struct sek_node *root = NULL;
    char hash[SEK_HASH_TEXT];
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_string(&text, "{\"n\":[0");
    for (unsigned i = 0; i < LITERALS; i++) {
        sek_buffer_byte(&text, ',');
        append_literal(&text, &seed);
    }
    sek_buffer_string(&text, "]}");
    assert_int_equal(sek_json_parse(&arena, sek_buffer_view(&text), &root, &err), 0);
    assert_int_equal(sek_canonical_hash(hash, root, &err), 0);
    assert_string_equal(hash, "a32ba299e9d71fdc80665046c87d888bea3e9832b8357ef102e4842eab2c9bec");
    print_message("random literals: %d\n", LITERALS);
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
}

/* A comma as decimal point, where the machine has such a locale, changes nothing. */
static void the_locale_has_no_say(void **state) {
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", "C"};
    struct sek_buffer out;
    sek_buffer_init(&out, 100);
    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++) {
        if (setlocale(LC_ALL, locales[i]) == NULL) continue;
        sek_number_canonical(&out, SEK_TEXT("1234.50"));
        sek_number_canonical(&out, SEK_TEXT("-1.5e300"));
        assert_string_equal(out.data, "1234.5-1.5e+300");
        sek_buffer_clear(&out);
    }
    setlocale(LC_ALL, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_those_of_json),
        cmocka_unit_test(the_range_is_upstreams),
        cmocka_unit_test(what_is_printed_may_read_back_as_another_number),
        cmocka_unit_test(digits_are_the_shortest_that_read_back),
        cmocka_unit_test(random_literals_have_upstreams_canonical_form),
        cmocka_unit_test(the_locale_has_no_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
