/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/text.h"

static void texts_compare_by_bytes(void **state) {
    (void)state;
    assert_true(sek_text_compare(SEK_TEXT("a"), SEK_TEXT("b")) < 0);
    assert_true(sek_text_compare(SEK_TEXT("a"), SEK_TEXT("aa")) < 0);
    assert_true(sek_text_compare(SEK_TEXT("\xC3\xA9"), SEK_TEXT("z")) > 0);
    assert_int_equal(sek_text_compare(SEK_TEXT("x"), SEK_TEXT("x")), 0);
    assert_int_equal(sek_text_compare((struct sekuire_text){NULL, 0}, SEK_TEXT("")), 0);
    assert_true(sek_text_starts(SEK_TEXT("abc"), SEK_TEXT("ab")));
    assert_true(sek_text_starts(SEK_TEXT("abc"), (struct sekuire_text){NULL, 0}));
    assert_false(sek_text_starts(SEK_TEXT("a"), SEK_TEXT("ab")));
    assert_true(sek_text_equal_ascii_case(SEK_TEXT("GpT-4\xC3\x89"), SEK_TEXT("gPt-4\xC3\x89")));
    assert_false(sek_text_equal_ascii_case(SEK_TEXT("\xC3\x89"), SEK_TEXT("\xC3\xA9")));
    assert_false(sek_text_equal_ascii_case(SEK_TEXT("[@"), SEK_TEXT("{`")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
