/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/report.h"

static void findings_are_copied_counted_and_kept_in_order(void **state) {
    (void)state;
    struct sek_report report;
    char message[16] = "first";
    sek_report_init(&report);
    sek_report_add(&report, &(struct sek_finding){.rule = "a.b", .message = message, .line = 3, .column = 4, .pointer = "/x",
                                                  .value = "v", .hint = "h", .file = "f", .policy_pointer = "/p"});
    memcpy(message, "other", 6);
    sek_report_add(&report, &(struct sek_finding){.rule = "c", .severity = SEK_SEVERITY_WARNING, .message = message});
    assert_int_equal(report.errors, 1);
    assert_int_equal(report.warnings, 1);
    assert_int_equal(report.status, 0);
    assert_false(report.truncated);
    const struct sek_finding *f = report.first;
    assert_string_equal(f->rule, "a.b");
    assert_string_equal(f->message, "first");
    assert_int_equal(f->line * 10 + f->column, 34);
    assert_string_equal(f->pointer, "/x");
    assert_string_equal(f->policy_pointer, "/p");
    assert_string_equal(f->value, "v");
    assert_string_equal(f->hint, "h");
    assert_string_equal(f->file, "f");
    assert_string_equal(f->next->message, "other");
    assert_null(f->next->pointer);
    assert_null(f->next->next);
    assert_ptr_equal(report.last, f->next);
    sek_report_clear(&report);
    assert_null(report.first);
    sek_report_clear(NULL);
}

static void more_findings_than_the_cap_are_counted_only(void **state) {
    (void)state;
    struct sek_report report;
    size_t kept = 0;
    sek_report_init(&report);
    for (unsigned i = 0; i < SEK_LIMIT_FINDINGS; i++) sek_report_add(&report, &(struct sek_finding){.rule = "r", .message = "m"});
    assert_false(report.truncated);
    sek_report_add(&report, &(struct sek_finding){.rule = "r", .message = "m"});
    assert_true(report.truncated);
    assert_int_equal(report.errors, SEK_LIMIT_FINDINGS + 1);
    for (const struct sek_finding *f = report.first; f != NULL; f = f->next) kept++;
    assert_int_equal(kept, SEK_LIMIT_FINDINGS);
    sek_report_clear(&report);
}

static void a_report_that_ran_out_of_memory_says_so(void **state) {
    (void)state;
    struct sek_report report;
    sek_report_init(&report);
    report.arena.limit = 64;
    sek_report_add(&report, &(struct sek_finding){.rule = "r", .message = "m"});
    assert_int_equal(report.status, SEKUIRE_ERR_MEMORY);
    assert_int_equal(report.errors, 1);
    sek_report_clear(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_copied_counted_and_kept_in_order),
        cmocka_unit_test(more_findings_than_the_cap_are_counted_only),
        cmocka_unit_test(a_report_that_ran_out_of_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
