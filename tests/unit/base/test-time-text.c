/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "base/time-text.h"

static void parse_reads_rfc_3339(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:01z", 1},
        {"1969-12-31T23:59:59Z", -1},
        {"2026-11-24T07:23:29Z", 1795505009},
        {"2026-11-24T08:23:29+01:00", 1795505009},
        {"2026-11-23T23:53:29-07:30", 1795505009},
        {"2026-11-24T07:23:29.999999999Z", 1795505009},
        {"2000-02-29T12:00:00Z", 951825600},
        {"2016-12-31T23:59:60Z", 1483228799},
        {"0000-01-01T00:00:00Z", -62167219200},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"2024-01-01T00:00:00-00:00", 1704067200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = 77;
        if (!sek_time_parse(sek_text(cases[i].text), &seconds) || seconds != cases[i].seconds)
            fail_msg("%s: %lld", cases[i].text, (long long)seconds);
    }
}

static void parse_refuses_everything_else_and_leaves_the_result(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-24",
        "2026-11-24T07:23:29",
        "2026-11-24T07:23Z",
        "2026-11-24 07:23:29Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00ZZ",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z ",
        "20260101T000000Z",
        "+2026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t seconds = 77;
        if (sek_time_parse(sek_text(bad[i]), &seconds) || seconds != 77) fail_msg("%s", bad[i]);
    }
}

static void format_and_parse_agree_with_the_c_library(void **state) {
    (void)state;
    for (int64_t t = -62167219200; t <= 253402300799; t += 86400 * 13 + 12347) {
        char text[SEK_TIME_TEXT_SIZE];
        char expected[40];
        struct tm tm;
        time_t when = (time_t)t;
        int64_t back = INT64_MIN;
        assert_non_null(gmtime_r(&when, &tm));
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
        sek_time_format(text, t);
        assert_string_equal(text, expected);
        assert_true(sek_time_parse(sek_text(text), &back));
        assert_int_equal(back, t);
    }
}

static void format_clamps_times_beyond_the_calendar(void **state) {
    (void)state;
    char text[SEK_TIME_TEXT_SIZE];
    sek_time_format(text, INT64_MIN);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
    sek_time_format(text, INT64_MAX);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_reads_rfc_3339),
        cmocka_unit_test(parse_refuses_everything_else_and_leaves_the_result),
        cmocka_unit_test(format_and_parse_agree_with_the_c_library),
        cmocka_unit_test(format_clamps_times_beyond_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
