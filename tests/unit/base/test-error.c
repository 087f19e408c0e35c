/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"

static void fail_fills_in_status_position_and_message(void **state) {
    (void)state;
    struct sekuire_error err = {.line = 9, .column = 9, .offset = 9};
    assert_int_equal(sek_fail(&err, SEKUIRE_ERR_HASH, "a %s b", "x"), SEKUIRE_ERR_HASH);
    assert_int_equal(err.status, SEKUIRE_ERR_HASH);
    assert_int_equal(err.line + err.column + err.offset, 0);
    assert_string_equal(err.message, "a x b");
    assert_int_equal(sek_fail_at(&err, SEKUIRE_ERR_TYPE, 3, 7, 5000000000, "m"), SEKUIRE_ERR_TYPE);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 7);
    assert_int_equal(err.offset, 5000000000);
    assert_int_equal(sek_fail(NULL, SEKUIRE_ERR_ID, "m"), SEKUIRE_ERR_ID);
    assert_int_equal(sek_fail_memory(&err), SEKUIRE_ERR_MEMORY);
    assert_string_equal(err.message, "out of memory");
}

static void messages_are_one_line_of_at_most_200_bytes(void **state) {
    (void)state;
    struct sekuire_error err;
    char text[1001] = {0};
    sek_fail(&err, SEKUIRE_ERR_SYNTAX, "x%s", "\n\x1B[0m\xC2\x85\xE2\x80\xAE");
    assert_string_equal(err.message, "x\\u000a\\u001b[0m\\u0085\\u202e");
    for (size_t i = 0; i + 1 < sizeof text; i += 2) memcpy(text + i, "\xC3\xA9", 2);
    sek_fail(&err, SEKUIRE_ERR_SYNTAX, "x%s", text);
    assert_int_equal(strlen(err.message), 199);
    assert_int_equal(sek_utf8_valid_prefix(sek_text(err.message)), 199);
    sek_fail(&err, SEKUIRE_ERR_SYNTAX, "%s", text);
    assert_int_equal(strlen(err.message), SEKUIRE_MESSAGE_MAX);
}

static void prefix_keeps_status_and_position(void **state) {
    (void)state;
    struct sekuire_error err;
    sek_fail_at(&err, SEKUIRE_ERR_NUMBER, 2, 3, 4, "bad");
    assert_int_equal(sek_fail_prefix(&err, "policy.json"), SEKUIRE_ERR_NUMBER);
    assert_string_equal(err.message, "policy.json: bad");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 3);
    assert_int_equal(err.offset, 4);
}

static void every_status_has_a_word_of_its_own(void **state) {
    (void)state;
    for (int status = SEKUIRE_ERR_USAGE; status >= SEKUIRE_ERR_MEMORY; status--)
        assert_int_equal(sek_status_from_word(sek_text(sekuire_status_word(status))), status);
    assert_string_equal(sekuire_status_word(0), "ok");
    assert_string_equal(sekuire_status_word(1), "memory");
    assert_string_equal(sekuire_status_word(-1000), "memory");
    assert_string_equal(sekuire_status_word(INT32_MIN), "memory");
    assert_int_equal(sek_status_from_word(SEK_TEXT("rollbac")), 0);
    assert_int_equal(sek_status_from_word(SEK_TEXT("")), 0);
}

static void exit_codes_follow_the_meaning_of_the_status(void **state) {
    (void)state;
    static const struct {
        int status;
        int exit_code;
        int http;
    } rows[] = {
        {0, 0, 200},
        {SEKUIRE_ERR_USAGE, 2, 400},
        {SEKUIRE_ERR_SYNTAX, 1, 400},
        {SEKUIRE_ERR_TOO_LARGE, 1, 413},
        {SEKUIRE_ERR_ROLLBACK, 1, 409},
        {SEKUIRE_ERR_NO_ACTIVE_POLICY, 1, 422},
        {SEKUIRE_ERR_NOT_FOUND, 1, 404},
        {SEKUIRE_ERR_RATE_LIMITED, 3, 429},
        {SEKUIRE_ERR_NETWORK, 3, 502},
        {SEKUIRE_ERR_IO, 3, 500},
        {SEKUIRE_ERR_CONFIG, 3, 500},
        {SEKUIRE_ERR_MEMORY, 3, 503},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(sek_status_exit_code(rows[i].status), rows[i].exit_code);
        assert_int_equal(sek_status_http(rows[i].status), rows[i].http);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_fills_in_status_position_and_message),
        cmocka_unit_test(messages_are_one_line_of_at_most_200_bytes),
        cmocka_unit_test(prefix_keeps_status_and_position),
        cmocka_unit_test(every_status_has_a_word_of_its_own),
        cmocka_unit_test(exit_codes_follow_the_meaning_of_the_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
