/* SPDX-License-Identifier: Apache-2.0 */
/* Each byte at each place of texts around the block's size. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/ascii.h"

enum { SIZE_MAX_TRIED = 70 };

/* A copy of exactly its size, so that a sanitizer sees a read beyond it. */
static char *exact(size_t size, char fill) {
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, fill, size);
    return text;
}

static void printable_is_seen_at_every_place(void **unused) {
    (void)unused;
    assert_true(sek_ascii_printable((struct sekuire_text){NULL, 0}));
    for (size_t size = 1; size < SIZE_MAX_TRIED; size++) {
        char *text = exact(size, 'x');
        for (size_t at = 0; at < size; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                assert_int_equal(sek_ascii_printable((struct sekuire_text){text, size}), c >= 0x20 && c <= 0x7E);
            }
            text[at] = 'x';
        }
        free(text);
    }
}

static void a_run_ends_at_the_first_byte_beyond_ascii_or_del(void **unused) {
    (void)unused;
    assert_int_equal(sek_ascii_run((struct sekuire_text){NULL, 0}), 0);
    for (size_t size = 1; size < SIZE_MAX_TRIED; size++) {
        char *text = exact(size, '\n');
        for (size_t at = 0; at < size; at++) {
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                assert_int_equal(sek_ascii_run((struct sekuire_text){text, size}), c <= 0x7E ? size : at);
            }
            text[at] = 'x';
        }
        free(text);
    }
}

static void letters_are_lowered_at_every_place_and_nothing_else_is(void **unused) {
    (void)unused;
    for (size_t size = 0; size < SIZE_MAX_TRIED; size++) {
        char *text = exact(size + 1, '-');
        char *out = exact(size + 1, '?');
        for (int c = 0; c < 256; c++) {
            for (size_t i = 0; i < size; i++) text[i] = (char)(c + (int)i);
            sek_ascii_lower_copy(out, (struct sekuire_text){text, size});
            for (size_t i = 0; i < size; i++) assert_int_equal(out[i], sek_ascii_lower(text[i]));
            assert_int_equal(out[size], '?');
        }
        free(text);
        free(out);
    }
}

/* The definition, byte by byte. */
static bool plain(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E || text[i] == '\\') return false;
        if (text[i] == '/' && (i + 1 == size || text[i + 1] == '/' || text[i + 1] == '.')) return false;
    }
    return true;
}

static void a_plain_path_is_what_its_definition_says(void **unused) {
    (void)unused;
    size_t plain_ones = 0;
    for (size_t size = 1; size < SIZE_MAX_TRIED; size++) {
        char *text = exact(size, 'x');
        for (size_t at = 0; at < size; at++) {
            for (int c = 0; c < 256; c++) {
                for (const char *next = "/.xA\\"; *next != '\0'; next++) {
                    text[0] = '/';
                    text[at] = (char)c;
                    if (at + 1 < size) text[at + 1] = *next;
                    bool expected = plain(text, size);
                    assert_int_equal(sek_ascii_plain_path((struct sekuire_text){text, size}), expected);
                    plain_ones += expected;
                    if (at + 1 < size) text[at + 1] = 'x';
                }
            }
            text[at] = 'x';
        }
        free(text);
    }
    assert_true(plain_ones > 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_is_seen_at_every_place),
        cmocka_unit_test(a_run_ends_at_the_first_byte_beyond_ascii_or_del),
        cmocka_unit_test(letters_are_lowered_at_every_place_and_nothing_else_is),
        cmocka_unit_test(a_plain_path_is_what_its_definition_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
