/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 2: integrity. Only verify.c can make a struct sek_verified. A verified envelope says nothing about whose key it is,
 * which workspace it is for, or whether it is current: that is accept.h. */
#ifndef SEK_POLICY_VERIFY_H
#define SEK_POLICY_VERIFY_H

#include "policy/envelope.h"

struct sek_verified; /* body in verify.c */

/* Checks hash, then signature, then that the key is in the prime-order subgroup. envelope must outlive *ret. Errors: hash,
 * unsigned (no signature), signature, key_invalid, memory. */
int sek_verify(const struct sek_envelope *envelope, struct sek_arena *arena, const struct sek_verified **ret,
               struct sekuire_error *err);
/* The hash alone, for `--allow-unsigned`: 0 or hash. Gives nothing that could be used as verified. */
int sek_verify_hash(const struct sek_envelope *envelope, struct sekuire_error *err);

const struct sek_envelope *sek_verified_envelope(const struct sek_verified *verified);
/* The key that signed it: 32 bytes. */
const uint8_t *sek_verified_key(const struct sek_verified *verified);

/* Appends "{policy_id}:{version}:{hash}", the bytes that are signed. */
struct sek_buffer;
void sek_signed_message(struct sek_buffer *out, struct sekuire_text policy_id, struct sekuire_text version, struct sekuire_text hash);

#endif
