/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <sekuire/key.h>

#include "base/text.h"

#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define OTHER "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

static void assert_public_refused(struct sekuire_text hex) {
    struct sekuire_public_key key = {{1}};
    const struct sekuire_public_key before = key;
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_public_key_parse(hex, &key, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_int_equal(err.status, SEKUIRE_ERR_KEY_INVALID);
    assert_memory_equal(&key, &before, sizeof key);
}

static void assert_secret_refused(struct sekuire_text hex) {
    struct sekuire_secret_key *key = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_secret_key_parse(hex, &key, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_int_equal(err.status, SEKUIRE_ERR_KEY_INVALID);
    assert_null(key);
}

static void public_key_is_read_trimmed_and_in_either_case(void **state) {
    (void)state;
    struct sekuire_public_key key;
    char text[65];
    assert_int_equal(
        sekuire_public_key_parse(SEK_TEXT(" D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A\r\n"), &key, NULL), 0);
    sekuire_public_key_format(&key, text);
    assert_string_equal(text, PUBLIC);
}

static void public_key_of_another_shape_is_refused(void **state) {
    (void)state;
    assert_public_refused(SEK_TEXT(""));
    assert_public_refused((struct sekuire_text){NULL, 0});
    assert_public_refused((struct sekuire_text){PUBLIC, 63});
    assert_public_refused(SEK_TEXT(PUBLIC "00"));
    assert_public_refused(SEK_TEXT("0x" PUBLIC));
    assert_public_refused(SEK_TEXT("g75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    assert_public_refused(SEK_TEXT("\xff" PUBLIC));
    assert_public_refused(SEK_TEXT("0100000000000000000000000000000000000000000000000000000000000000"));
}

static void fingerprint_is_the_documented_form(void **state) {
    (void)state;
    struct sekuire_public_key key;
    char out[SEKUIRE_FINGERPRINT_SIZE];
    assert_int_equal(sekuire_public_key_parse(SEK_TEXT(PUBLIC), &key, NULL), 0);
    sekuire_public_key_fingerprint(&key, out);
    assert_string_equal(out, "BLAKE3:6c31 0412 68f4 7160 9c79 f5f2 dbcc 38e4");
    assert_int_equal(strlen(out), SEKUIRE_FINGERPRINT_SIZE - 1);
}

static void secret_key_is_a_seed_or_a_pair(void **state) {
    (void)state;
    static const char *const forms[] = {SEED, SEED "\n", SEED PUBLIC};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct sekuire_secret_key *key = NULL;
        struct sekuire_public_key public_key;
        char text[65];
        assert_int_equal(sekuire_secret_key_parse(sek_text(forms[i]), &key, NULL), 0);
        sekuire_secret_key_public(key, &public_key);
        sekuire_public_key_format(&public_key, text);
        assert_string_equal(text, PUBLIC);
        sekuire_secret_key_format(key, text);
        assert_string_equal(text, SEED);
        sekuire_secret_key_free(key);
    }
}

static void secret_key_of_another_shape_is_refused(void **state) {
    (void)state;
    assert_secret_refused(SEK_TEXT(""));
    assert_secret_refused((struct sekuire_text){SEED, 62});
    assert_secret_refused(SEK_TEXT(SEED "00"));
    assert_secret_refused(SEK_TEXT("zz61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    assert_secret_refused(SEK_TEXT("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7fz0"));
    assert_secret_refused(SEK_TEXT("\xff" SEED));
}

static void a_pair_whose_halves_do_not_belong_together_is_refused(void **state) {
    (void)state;
    assert_secret_refused(SEK_TEXT(SEED OTHER));
}

static void what_a_secret_key_signs_its_public_key_verifies(void **state) {
    (void)state;
    struct sekuire_secret_key *key = NULL;
    struct sekuire_secret_key *other = NULL;
    struct sekuire_public_key public_key, other_key;
    uint8_t signature[64];
    assert_int_equal(sekuire_secret_key_generate(&key, NULL), 0);
    assert_int_equal(sekuire_secret_key_generate(&other, NULL), 0);
    sekuire_secret_key_public(key, &public_key);
    sekuire_secret_key_public(other, &other_key);
    assert_memory_not_equal(&public_key, &other_key, sizeof public_key);
    sekuire_secret_key_sign(key, "message", 7, signature);
    assert_int_equal(sekuire_public_key_verify(&public_key, signature, "message", 7), 1);
    assert_int_equal(sekuire_public_key_verify(&public_key, signature, "messagf", 7), 0);
    assert_int_equal(sekuire_public_key_verify(&other_key, signature, "message", 7), 0);
    sekuire_secret_key_free(key);
    sekuire_secret_key_free(other);
}

static void freeing_no_key_is_fine(void **state) {
    (void)state;
    sekuire_secret_key_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_key_is_read_trimmed_and_in_either_case),
        cmocka_unit_test(public_key_of_another_shape_is_refused),
        cmocka_unit_test(fingerprint_is_the_documented_form),
        cmocka_unit_test(secret_key_is_a_seed_or_a_pair),
        cmocka_unit_test(secret_key_of_another_shape_is_refused),
        cmocka_unit_test(a_pair_whose_halves_do_not_belong_together_is_refused),
        cmocka_unit_test(what_a_secret_key_signs_its_public_key_verifies),
        cmocka_unit_test(freeing_no_key_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
