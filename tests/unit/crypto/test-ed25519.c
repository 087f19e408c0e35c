/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/text.h"
#include "crypto/ed25519.h"

static json_t *load(const char *path) {
    json_error_t error;
    json_t *document = json_load_file(path, 0, &error);
    if (document == NULL) fail_msg("%s: %s", path, error.text);
    return document;
}

static const char *string_of(const json_t *object, const char *key) {
    const char *string = json_string_value(json_object_get(object, key));
    assert_non_null(string);
    return string;
}

static void decode(const char *hex, uint8_t *out, size_t size) { assert_true(sek_hex_decode(out, size, sek_text(hex))); }

/* The verdict on one vector: a signature or key of the wrong length is refused before it could be handed over. */
static bool verdict(const json_t *vector) {
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    struct sekuire_text message_hex = sek_text(string_of(vector, "message"));
    size_t size = message_hex.size / 2;
    uint8_t *message = malloc(size + 1);
    assert_non_null(message);
    assert_true(sek_hex_decode(message, size, message_hex));
    bool valid = sek_hex_decode(key, sizeof key, sek_text(string_of(vector, "publicKey"))) &&
                 sek_hex_decode(signature, sizeof signature, sek_text(string_of(vector, "signature"))) &&
                 sek_ed25519_verify(key, signature, message, size);
    free(message);
    return valid;
}

static void verify_says_what_every_strict_vector_says(void **state) {
    (void)state;
    json_t *document = load(TEST_VECTORS "/ed25519-strict.json");
    const json_t *vectors = json_object_get(document, "vectors");
    size_t count = json_array_size(vectors);
    size_t accepted = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *vector = json_array_get(vectors, i);
        bool expected = json_is_true(json_object_get(vector, "primeOrder"));
        if (verdict(vector) != expected) fail_msg("vector %zu must be %s", i, expected ? "accepted" : "refused");
        accepted += expected;
    }
    assert_int_equal(count, 1080);
    assert_int_equal(json_integer_value(json_object_get(document, "count")), 1080);
    assert_int_equal(accepted, 92);
    printf("ed25519-strict.json: %zu cases\n", count);
    json_decref(document);
}

static void signing_vectors_come_out_byte_for_byte(void **state) {
    (void)state;
    json_t *document = load(TEST_VECTORS "/signing.json");
    const json_t *pair = json_object_get(document, "keyPair");
    const json_t *vectors = json_object_get(document, "vectors");
    size_t count = json_array_size(vectors);
    uint8_t secret[SEK_SEED_SIZE + SEK_PUBLIC_KEY_SIZE];
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    decode(string_of(pair, "secretKey"), secret, sizeof secret);
    sek_ed25519_public_key(key, secret);
    assert_memory_equal(key, secret + SEK_SEED_SIZE, sizeof key);
    for (size_t i = 0; i < count; i++) {
        const json_t *vector = json_array_get(vectors, i);
        const char *message = string_of(vector, "message");
        uint8_t expected[SEK_SIGNATURE_SIZE];
        uint8_t signature[SEK_SIGNATURE_SIZE];
        decode(string_of(vector, "signature"), expected, sizeof expected);
        sek_ed25519_sign(signature, secret, message, strlen(message));
        assert_memory_equal(signature, expected, sizeof signature);
        assert_true(sek_ed25519_verify(key, signature, message, strlen(message)));
    }
    assert_int_equal(count, 3);
    printf("signing.json: %zu cases\n", count);
    json_decref(document);
}

/* RFC 8032, section 7.1. */
static void rfc_8032_vectors_sign_and_verify(void **state) {
    (void)state;
    static const struct {
        const char *seed, *key, *message, *signature;
    } vectors[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a"
         "100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb"
         "0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1e"
         "c40a"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t seed[SEK_SEED_SIZE], key[SEK_PUBLIC_KEY_SIZE], expected_key[SEK_PUBLIC_KEY_SIZE], message[2];
        uint8_t signature[SEK_SIGNATURE_SIZE], expected[SEK_SIGNATURE_SIZE];
        size_t size = strlen(vectors[i].message) / 2;
        decode(vectors[i].seed, seed, sizeof seed);
        decode(vectors[i].key, expected_key, sizeof expected_key);
        decode(vectors[i].message, message, size);
        decode(vectors[i].signature, expected, sizeof expected);
        sek_ed25519_public_key(key, seed);
        assert_memory_equal(key, expected_key, sizeof key);
        sek_ed25519_sign(signature, seed, message, size);
        assert_memory_equal(signature, expected, sizeof signature);
        assert_true(sek_ed25519_verify(key, signature, message, size));
    }
}

static void verify_refuses_any_flipped_bit(void **state) {
    (void)state;
    uint8_t seed[SEK_SEED_SIZE] = {7};
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    char message[] = "policy_xyz:1:hash";
    sek_ed25519_public_key(key, seed);
    sek_ed25519_sign(signature, seed, message, sizeof message);
    assert_true(sek_ed25519_verify(key, signature, message, sizeof message));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ 1u << bit % 8);
        assert_false(sek_ed25519_verify(key, signature, message, sizeof message));
        signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ 1u << bit % 8);
    }
    message[0] = 'q';
    assert_false(sek_ed25519_verify(key, signature, message, sizeof message));
}

static void an_empty_message_may_be_no_memory_at_all(void **state) {
    (void)state;
    uint8_t seed[SEK_SEED_SIZE] = {9};
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    uint8_t again[SEK_SIGNATURE_SIZE];
    sek_ed25519_public_key(key, seed);
    sek_ed25519_sign(signature, seed, NULL, 0);
    sek_ed25519_sign(again, seed, "", 0);
    assert_memory_equal(signature, again, sizeof signature);
    assert_true(sek_ed25519_verify(key, signature, NULL, 0));
}

static void keys_outside_the_prime_order_subgroup_are_no_keys(void **state) {
    (void)state;
    static const char *const refused[] = {
        "0000000000000000000000000000000000000000000000000000000000000000", /* order 4 */
        "0100000000000000000000000000000000000000000000000000000000000000", /* the identity */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* the identity as p + 1 */
        "6718d0a3d58deaeaefa655eae3f119071deaa2cfebfd0ca28b670f879d657086", /* mixed order */
        "0200000000000000000000000000000000000000000000000000000000000000", /* no point */
    };
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        decode(refused[i], key, sizeof key);
        assert_false(sek_ed25519_public_key_valid(key));
    }
    decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", key, sizeof key);
    assert_true(sek_ed25519_public_key_valid(key));
}

static void sha256_of_known_texts(void **state) {
    (void)state;
    char hex[65];
    sek_sha256_hex(hex, NULL, 0);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sek_sha256_hex(hex, "abc", 3);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void random_bytes_differ_and_wiped_ones_are_zero(void **state) {
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};
    sek_random(a, sizeof a);
    sek_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    sek_wipe(a, sizeof a);
    assert_memory_equal(a, zero, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_says_what_every_strict_vector_says),
        cmocka_unit_test(signing_vectors_come_out_byte_for_byte),
        cmocka_unit_test(rfc_8032_vectors_sign_and_verify),
        cmocka_unit_test(verify_refuses_any_flipped_bit),
        cmocka_unit_test(an_empty_message_may_be_no_memory_at_all),
        cmocka_unit_test(keys_outside_the_prime_order_subgroup_are_no_keys),
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(random_bytes_differ_and_wiped_ones_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
