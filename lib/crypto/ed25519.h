/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032) under one strict profile: canonical S, canonical encodings of A and R, A and R not of small order,
 * A in the prime-order subgroup, cofactorless equation. vectors/ed25519-strict.json, member primeOrder, is the verdict. */
#ifndef SEK_CRYPTO_ED25519_H
#define SEK_CRYPTO_ED25519_H

#include <sekuire/error.h>

#include <stdbool.h>

#define SEK_PUBLIC_KEY_SIZE 32
#define SEK_SEED_SIZE 32
#define SEK_SIGNATURE_SIZE 64

/* libsodium's one-time initialisation, thread-safe; 0 or SEKUIRE_ERR_MEMORY. Every function below calls it. */
int sek_crypto_init(void);
bool sek_ed25519_public_key_valid(const uint8_t key[SEK_PUBLIC_KEY_SIZE]);
bool sek_ed25519_verify(const uint8_t key[SEK_PUBLIC_KEY_SIZE], const uint8_t signature[SEK_SIGNATURE_SIZE],
                        const void *message, size_t size);
void sek_ed25519_public_key(uint8_t out[SEK_PUBLIC_KEY_SIZE], const uint8_t seed[SEK_SEED_SIZE]);
void sek_ed25519_sign(uint8_t out[SEK_SIGNATURE_SIZE], const uint8_t seed[SEK_SEED_SIZE], const void *message, size_t size);
/* Bytes from the system's generator. */
void sek_random(void *out, size_t size);
/* Hex SHA-256, for the device fingerprint. */
void sek_sha256_hex(char out[65], const void *data, size_t size);
void sek_wipe(void *secret, size_t size);

#endif
