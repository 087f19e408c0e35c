/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the secret key share, and the cost of a passphrase for tests that cannot wait. */
#ifndef SEK_CRYPTO_PASSPHRASE_H
#define SEK_CRYPTO_PASSPHRASE_H

#include <sekuire/key.h>

/* Argon2id: passes over so much memory. */
struct sek_pwhash_cost {
    uint32_t ops;
    uint32_t kib;
};

/* As sekuire_secret_key_protect, at a cost of one's own. */
int sek_secret_key_protect(const struct sekuire_secret_key *key, struct sekuire_text passphrase, struct sek_pwhash_cost cost,
                           char out[SEKUIRE_PROTECTED_KEY_SIZE], struct sekuire_error *err);
/* A key from its 32 bytes, which are copied. Errors: memory. */
int sek_secret_key_from_seed(const uint8_t *seed, struct sekuire_secret_key **ret, struct sekuire_error *err);
/* The 32 bytes, in the key's own locked memory. */
const uint8_t *sek_secret_key_seed(const struct sekuire_secret_key *key);

#endif
