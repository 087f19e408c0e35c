/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: reading, printing, and a secret that stays in locked memory. */
#include <sekuire/key.h>

#include <sodium.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "crypto/blake3.h"
#include "crypto/ed25519.h"
#include "crypto/passphrase.h"

/* Bytes only: memory for secrets is aligned for nothing else. */
struct sekuire_secret_key {
    uint8_t seed[SEK_SEED_SIZE];
    uint8_t public_key[SEK_PUBLIC_KEY_SIZE];
};

enum { SEED_DIGITS = 2 * SEK_SEED_SIZE, PAIR_DIGITS = 2 * (SEK_SEED_SIZE + SEK_PUBLIC_KEY_SIZE) };

/* White space removed at both ends; false if text is not UTF-8, where there is nothing to trim. */
static bool trim(struct sekuire_text text, struct sekuire_text *ret) {
    if (sek_utf8_valid_prefix(text) != text.size) return false;
    *ret = sek_utf8_trim(text);
    return true;
}

int sekuire_public_key_parse(struct sekuire_text hex, struct sekuire_public_key *ret, struct sekuire_error *err) {
    struct sekuire_public_key key;
    struct sekuire_text digits;
    if (!trim(hex, &digits) || !sek_hex_decode(key.bytes, sizeof key.bytes, digits))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "a public key is 64 hex digits");
    if (!sek_ed25519_public_key_valid(key.bytes))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "not an Ed25519 public key of prime order");
    *ret = key;
    return 0;
}

void sekuire_public_key_format(const struct sekuire_public_key *key, char out[65]) {
    sek_hex_encode(out, key->bytes, sizeof key->bytes);
}

void sekuire_public_key_fingerprint(const struct sekuire_public_key *key, char out[SEKUIRE_FINGERPRINT_SIZE]) {
    enum { GROUP = 4, GROUPS = 8 };
    static const char prefix[] = "BLAKE3:";
    char hash[SEK_HASH_TEXT];
    sek_blake3_hex(hash, key->bytes, sizeof key->bytes);
    memcpy(out, prefix, sizeof prefix - 1);
    char *at = out + sizeof prefix - 1;
    for (size_t i = 0; i < GROUPS; i++) {
        memcpy(at, hash + i * GROUP, GROUP);
        at[GROUP] = ' ';
        at += GROUP + 1;
    }
    at[-1] = '\0';
}

int sekuire_public_key_verify(const struct sekuire_public_key *key, const uint8_t signature[64], const void *message,
                              size_t size) {
    return sek_ed25519_verify(key->bytes, signature, message, size) ? 1 : 0;
}

/* An empty key, writable until seal; NULL without memory. */
static struct sekuire_secret_key *secret_new(void) { return sek_secret_alloc(sizeof(struct sekuire_secret_key)); }

/* Derives the public half; from here on the key is only read. */
static void seal(struct sekuire_secret_key *key) {
    sek_ed25519_public_key(key->public_key, key->seed);
    (void)sodium_mprotect_readonly(key);
}

int sekuire_secret_key_generate(struct sekuire_secret_key **ret, struct sekuire_error *err) {
    struct sekuire_secret_key *key = secret_new();
    if (key == NULL) return sek_fail_memory(err);
    sek_random(key->seed, sizeof key->seed);
    seal(key);
    *ret = key;
    return 0;
}

int sek_secret_key_from_seed(const uint8_t *seed, struct sekuire_secret_key **ret, struct sekuire_error *err) {
    struct sekuire_secret_key *key = secret_new();
    if (key == NULL) return sek_fail_memory(err);
    memcpy(key->seed, seed, sizeof key->seed);
    seal(key);
    *ret = key;
    return 0;
}

const uint8_t *sek_secret_key_seed(const struct sekuire_secret_key *key) { return key->seed; }

/* Reads a seed, and the public key behind it where there is one, without secret-dependent look-ups. */
static bool secret_decode(struct sekuire_secret_key *key, struct sekuire_text digits, bool *ret_pair) {
    size_t size = 0;
    *ret_pair = digits.size == PAIR_DIGITS;
    return sodium_hex2bin((uint8_t *)key, sizeof *key, digits.data, digits.size, NULL, &size, NULL) == 0 &&
           2 * size == digits.size;
}

int sekuire_secret_key_parse(struct sekuire_text hex, struct sekuire_secret_key **ret, struct sekuire_error *err) {
    struct sekuire_secret_key *key = NULL;
    struct sekuire_text digits;
    uint8_t claimed[SEK_PUBLIC_KEY_SIZE];
    bool pair = false;
    int status;
    if (sekuire_secret_key_is_protected(hex)) return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the secret key is protected by a passphrase");
    if (!trim(hex, &digits) || (digits.size != SEED_DIGITS && digits.size != PAIR_DIGITS))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "a secret key is 64 or 128 hex digits");
    key = secret_new();
    if (key == NULL) return sek_fail_memory(err);
    if (!secret_decode(key, digits, &pair)) {
        status = sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "a secret key is 64 or 128 hex digits");
        goto out;
    }
    memcpy(claimed, key->public_key, sizeof claimed);
    seal(key);
    if (pair && sodium_memcmp(claimed, key->public_key, sizeof claimed) != 0) {
        status = sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the two halves of the secret key do not belong together");
        goto out;
    }
    *ret = key;
    key = NULL;
    status = 0;
out:
    sekuire_secret_key_free(key);
    return status;
}

void sekuire_secret_key_public(const struct sekuire_secret_key *key, struct sekuire_public_key *ret) {
    memcpy(ret->bytes, key->public_key, sizeof ret->bytes);
}

void sekuire_secret_key_format(const struct sekuire_secret_key *key, char out[65]) {
    sodium_bin2hex(out, SEED_DIGITS + 1, key->seed, sizeof key->seed);
}

void sekuire_secret_key_sign(const struct sekuire_secret_key *key, const void *message, size_t size,
                             uint8_t ret_signature[64]) {
    sek_ed25519_sign(ret_signature, key->seed, message, size);
}

void sekuire_secret_key_free(struct sekuire_secret_key *key) { sek_secret_free(key); }
