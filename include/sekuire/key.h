/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 keys: 32-byte public keys as plain values, secret keys as opaque objects in locked memory. */
#ifndef SEKUIRE_KEY_H
#define SEKUIRE_KEY_H

#include <sekuire/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sekuire_public_key {
    uint8_t bytes[32];
};

struct sekuire_secret_key; /* the 32-byte seed and its public key, locked and wiped */

#define SEKUIRE_FINGERPRINT_SIZE 47 /* "BLAKE3:af13 49b9 f5f9 a1a6 a040 4dea 36dc c949" and the NUL */

/* Reads 64 hex digits of either case, white space around them trimmed, and refuses keys outside the prime-order subgroup.
 * Errors: key_invalid. */
SEKUIRE_API int sekuire_public_key_parse(struct sekuire_text hex, struct sekuire_public_key *ret, struct sekuire_error *err);
/* 64 lower-case digits and a NUL. */
SEKUIRE_API void sekuire_public_key_format(const struct sekuire_public_key *key, char out[65]);
/* The first 32 hex digits of BLAKE3 of the 32 bytes, in groups of four. */
SEKUIRE_API void sekuire_public_key_fingerprint(const struct sekuire_public_key *key, char out[SEKUIRE_FINGERPRINT_SIZE]);
/* True (1) if signature is a valid Ed25519 signature under the strict profile, else 0. */
SEKUIRE_API int sekuire_public_key_verify(const struct sekuire_public_key *key, const uint8_t signature[64], const void *message,
                                          size_t size);

/* A new random key; sekuire_secret_key_free it. Errors: memory. */
SEKUIRE_API int sekuire_secret_key_generate(struct sekuire_secret_key **ret, struct sekuire_error *err);
/* Reads 64 (seed) or 128 (seed + public key, which must belong together) hex digits, white space trimmed. The caller wipes
 * its own copy of the text. Errors: key_invalid, memory. */
SEKUIRE_API int sekuire_secret_key_parse(struct sekuire_text hex, struct sekuire_secret_key **ret, struct sekuire_error *err);
SEKUIRE_API void sekuire_secret_key_public(const struct sekuire_secret_key *key, struct sekuire_public_key *ret);

#define SEKUIRE_PROTECTED_KEY_SIZE 320 /* the line of a protected key, at most, and the NUL */

/* Is this the text of a key under a passphrase, of any version (1), or something else (0)? */
SEKUIRE_API int sekuire_secret_key_is_protected(struct sekuire_text text);
/* The key under a passphrase, as one line without a line end: XChaCha20-Poly1305 under a key that Argon2id makes of the passphrase, which
 * takes 256 MiB of memory and the better part of a second. The passphrase is any bytes, but not none. Errors: usage, memory. */
SEKUIRE_API int sekuire_secret_key_protect(const struct sekuire_secret_key *key, struct sekuire_text passphrase,
                                           char out[SEKUIRE_PROTECTED_KEY_SIZE], struct sekuire_error *err);
/* Reads such a line, white space around it trimmed. A line that asks for more than 8 passes or 512 MiB is refused unread. Errors:
 * key_invalid (also for a wrong passphrase, which cannot be told from a changed line), usage (none at all), memory. */
SEKUIRE_API int sekuire_secret_key_unprotect(struct sekuire_text text, struct sekuire_text passphrase, struct sekuire_secret_key **ret,
                                             struct sekuire_error *err);
/* The seed as 64 lower-case digits and a NUL: wipe it after use. */
SEKUIRE_API void sekuire_secret_key_format(const struct sekuire_secret_key *key, char out[65]);
SEKUIRE_API void sekuire_secret_key_sign(const struct sekuire_secret_key *key, const void *message, size_t size,
                                         uint8_t ret_signature[64]);
/* Wipes and frees; NULL is fine. */
SEKUIRE_API void sekuire_secret_key_free(struct sekuire_secret_key *key);

#ifdef __cplusplus
}
#endif
#endif
