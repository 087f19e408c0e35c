/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 and the other primitives that libsodium gives us. */
#include "crypto/ed25519.h"

#include <sodium.h>

#include "base/hex.h"

_Static_assert(SEK_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(SEK_SEED_SIZE == crypto_sign_SEEDBYTES, "seed");
_Static_assert(SEK_SIGNATURE_SIZE == crypto_sign_BYTES, "signature");

int sek_crypto_init(void) { return sodium_init() < 0 ? SEKUIRE_ERR_MEMORY : 0; }

/* libsodium may be handed NULL only where it says so. */
static const uint8_t *bytes_or_empty(const void *message) { return message == NULL ? (const uint8_t *)"" : message; }

/* On the curve, canonically encoded, and of prime order, which also leaves out the points of small order. */
bool sek_ed25519_public_key_valid(const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    return sek_crypto_init() == 0 && crypto_core_ed25519_is_valid_point(key) == 1;
}

/* libsodium's detached verification has every rule of the profile but the prime-order subgroup. */
bool sek_ed25519_verify(const uint8_t key[SEK_PUBLIC_KEY_SIZE], const uint8_t signature[SEK_SIGNATURE_SIZE],
                        const void *message, size_t size) {
    return sek_ed25519_public_key_valid(key) &&
           crypto_sign_verify_detached(signature, bytes_or_empty(message), size, key) == 0;
}

/* Derives the public key of a seed. */
void sek_ed25519_public_key(uint8_t out[SEK_PUBLIC_KEY_SIZE], const uint8_t seed[SEK_SEED_SIZE]) {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)sek_crypto_init();
    crypto_sign_seed_keypair(out, secret, seed);
    sodium_memzero(secret, sizeof secret);
}

/* Signs as RFC 8032 has it; deterministic. */
void sek_ed25519_sign(uint8_t out[SEK_SIGNATURE_SIZE], const uint8_t seed[SEK_SEED_SIZE], const void *message, size_t size) {
    uint8_t public_key[SEK_PUBLIC_KEY_SIZE];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    (void)sek_crypto_init();
    crypto_sign_seed_keypair(public_key, secret, seed);
    crypto_sign_detached(out, NULL, bytes_or_empty(message), size, secret);
    sodium_memzero(secret, sizeof secret);
}

void sek_random(void *out, size_t size) {
    (void)sek_crypto_init();
    randombytes_buf(out, size);
}

void sek_sha256_hex(char out[65], const void *data, size_t size) {
    uint8_t digest[crypto_hash_sha256_BYTES];
    (void)sek_crypto_init();
    crypto_hash_sha256(digest, bytes_or_empty(data), size);
    sek_hex_encode(out, digest, sizeof digest);
}

void sek_wipe(void *secret, size_t size) { sodium_memzero(secret, size); }
