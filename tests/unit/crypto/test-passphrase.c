/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/passphrase.h"

#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PASSPHRASE SEK_TEXT("correct horse battery staple")
static const struct sek_pwhash_cost cheap = {1, 64};

static struct sekuire_secret_key *key_of_seed(void) {
    struct sekuire_secret_key *key = NULL;
    assert_int_equal(sekuire_secret_key_parse(SEK_TEXT(SEED), &key, NULL), 0);
    return key;
}

static void protect(char line[SEKUIRE_PROTECTED_KEY_SIZE]) {
    struct sekuire_secret_key *key = key_of_seed();
    assert_int_equal(sek_secret_key_protect(key, PASSPHRASE, cheap, line, NULL), 0);
    sekuire_secret_key_free(key);
}

static void assert_opens(const char *line, struct sekuire_text passphrase) {
    struct sekuire_secret_key *key = NULL;
    char digits[65];
    assert_int_equal(sekuire_secret_key_unprotect(sek_text(line), passphrase, &key, NULL), 0);
    sekuire_secret_key_format(key, digits);
    assert_string_equal(digits, SEED);
    sekuire_secret_key_free(key);
}

static void assert_refused(const char *line, struct sekuire_text passphrase, int status, const char *message) {
    struct sekuire_secret_key *key = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_secret_key_unprotect(sek_text(line), passphrase, &key, &err), status);
    assert_int_equal(err.status, status);
    assert_non_null(strstr(err.message, message));
    assert_null(key);
}

static void a_key_opens_under_its_passphrase_alone(void **state) {
    (void)state;
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
    char spaced[SEKUIRE_PROTECTED_KEY_SIZE + 8];
    protect(line);
    assert_opens(line, PASSPHRASE);
    snprintf(spaced, sizeof spaced, " %s\r\n", line);
    assert_opens(spaced, PASSPHRASE);
    assert_refused(line, SEK_TEXT("correct horse battery stapl"), SEKUIRE_ERR_KEY_INVALID, "the passphrase is wrong");
    assert_refused(line, SEK_TEXT("correct horse battery staple\n"), SEKUIRE_ERR_KEY_INVALID, "the passphrase is wrong");
    assert_refused(line, SEK_TEXT(""), SEKUIRE_ERR_USAGE, "the passphrase is empty");
}

/* Made from the words of docs/spec/wire.md with other code: Argon2id and ChaCha20-Poly1305 of OpenSSL 3.5, HChaCha20 written from
 * draft-irtf-cfrg-xchacha-03. */
#define KNOWN_LINE \
    "sekuire-key-v1:argon2id:2:256:000102030405060708090a0b0c0d0e0f:404142434445464748494a4b4c4d4e4f5051525354555657:" \
    "83591c31527b139f1175b8b882d1f951e39c27b9273b3634ec4f4b01acdb4cc0e4d90834c73303711aca425a35c92a2e"
static void a_key_of_another_program_opens(void **state) {
    (void)state;
    assert_opens(KNOWN_LINE, PASSPHRASE);
}

static void a_line_shows_nothing_of_the_key_and_never_repeats(void **state) {
    (void)state;
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
    char again[SEKUIRE_PROTECTED_KEY_SIZE];
    protect(line);
    protect(again);
    assert_true(sek_text_starts(sek_text(line), SEK_TEXT("sekuire-key-v1:argon2id:1:64:")));
    assert_int_equal(strlen(line), strlen("sekuire-key-v1:argon2id:1:64:") + 32 + 1 + 48 + 1 + 96);
    size_t head = strlen("sekuire-key-v1:argon2id:1:64:");
    assert_memory_not_equal(line + head, again + head, 32);           /* salt */
    assert_memory_not_equal(line + head + 33, again + head + 33, 48); /* nonce */
    assert_memory_not_equal(line + head + 82, again + head + 82, 96);
    assert_null(strstr(line, "9d61b19d"));
    assert_null(strpbrk(line, "\n ABCDEF"));
}

static void every_changed_character_is_noticed(void **state) {
    (void)state;
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
    struct sekuire_secret_key *key = NULL;
    protect(line);
    size_t size = strlen(line);
    for (size_t i = 0; i < size; i++) {
        char before = line[i];
        line[i] = before == '0' ? '1' : before == ':' ? '0' : before == 'a' ? 'b' : '0';
        assert_int_equal(sekuire_secret_key_unprotect(sek_text(line), PASSPHRASE, &key, NULL), SEKUIRE_ERR_KEY_INVALID);
        line[i] = before;
    }
    for (size_t i = 0; i < size; i++)
        assert_int_equal(sekuire_secret_key_unprotect((struct sekuire_text){line, i}, PASSPHRASE, &key, NULL), SEKUIRE_ERR_KEY_INVALID);
    assert_null(key);
    assert_opens(line, PASSPHRASE);
}

/* line with other numbers in it. */
static const char *asking(const char *numbers, const char *line) {
    static char out[2 * SEKUIRE_PROTECTED_KEY_SIZE];
    snprintf(out, sizeof out, "sekuire-key-v1:argon2id:%s%s", numbers, line + strlen("sekuire-key-v1:argon2id:1:64"));
    return out;
}

static void what_a_hostile_file_may_ask_for_is_bounded(void **state) {
    (void)state;
    static const char *const over[] = {"9:64", "1:524289", "999999:64", "1:999999", "1:7"};
    static const char *const malformed[] = {"0:64", "1:0", "01:64", "1:064", "1000000:64", "1:1000000", "-1:64", "1:+64", ":64", "1:", "1: 64",
                                            "1", "1:64:64", "18446744073709551617:64"};
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
    protect(line);
    for (size_t i = 0; i < sizeof over / sizeof over[0]; i++)
        assert_refused(asking(over[i], line), PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "which is refused");
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        assert_refused(asking(malformed[i], line), PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "malformed");
    assert_refused(asking("8:8", line), PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "the passphrase is wrong"); /* within bounds: tried */
}

static void the_kinds_of_key_file_are_told_apart(void **state) {
    (void)state;
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
    struct sekuire_secret_key *key = NULL;
    struct sekuire_error err = {0};
    protect(line);
    assert_int_equal(sekuire_secret_key_is_protected(sek_text(line)), 1);
    assert_int_equal(sekuire_secret_key_is_protected(SEK_TEXT("\n sekuire-key-v2:new")), 1);
    assert_int_equal(sekuire_secret_key_is_protected(SEK_TEXT(SEED)), 0);
    assert_int_equal(sekuire_secret_key_is_protected(SEK_TEXT("")), 0);
    assert_int_equal(sekuire_secret_key_is_protected(SEK_TEXT("\xff")), 0);
    assert_refused("sekuire-key-v2:new", PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "does not know");
    assert_refused("sekuire-key-v1:scrypt:1:64:", PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "does not know");
    assert_refused(SEED, PASSPHRASE, SEKUIRE_ERR_KEY_INVALID, "does not know");
    assert_int_equal(sekuire_secret_key_parse(sek_text(line), &key, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_string_equal(err.message, "the secret key is protected by a passphrase");
}

static void the_public_function_takes_the_moderate_cost(void **state) {
    (void)state;
    char line[SEKUIRE_PROTECTED_KEY_SIZE] = "untouched";
    struct sekuire_secret_key *key = key_of_seed();
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_secret_key_protect(key, SEK_TEXT(""), line, &err), SEKUIRE_ERR_USAGE);
    assert_string_equal(line, "untouched");
    assert_int_equal(sekuire_secret_key_protect(key, PASSPHRASE, line, NULL), 0);
    assert_true(sek_text_starts(sek_text(line), SEK_TEXT("sekuire-key-v1:argon2id:3:262144:")));
    assert_opens(line, PASSPHRASE);
    sekuire_secret_key_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_opens_under_its_passphrase_alone),
        cmocka_unit_test(a_key_of_another_program_opens),
        cmocka_unit_test(a_line_shows_nothing_of_the_key_and_never_repeats),
        cmocka_unit_test(every_changed_character_is_noticed),
        cmocka_unit_test(what_a_hostile_file_may_ask_for_is_bounded),
        cmocka_unit_test(the_kinds_of_key_file_are_told_apart),
        cmocka_unit_test(the_public_function_takes_the_moderate_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
