/* SPDX-License-Identifier: Apache-2.0 */
/* Integrity: the hash of content, and the signature over policy id, version and hash. */
#include "policy/verify.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/hex.h"
#include "crypto/ed25519.h"
#include "tree/write.h"

struct sek_verified {
    const struct sek_envelope *envelope;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
};

/* The only place that makes a struct sek_verified. */
static const struct sek_verified *verified_new(struct sek_arena *arena, const struct sek_envelope *envelope,
                                               const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    struct sek_verified *verified = sek_arena_alloc(arena, sizeof *verified);
    if (verified == NULL) return NULL;
    verified->envelope = envelope;
    memcpy(verified->key, key, SEK_PUBLIC_KEY_SIZE);
    return verified;
}

void sek_signed_message(struct sek_buffer *out, struct sekuire_text policy_id, struct sekuire_text version,
                        struct sekuire_text hash) {
    sek_buffer_text(out, policy_id);
    sek_buffer_byte(out, ':');
    sek_buffer_text(out, version);
    sek_buffer_byte(out, ':');
    sek_buffer_text(out, hash);
}

int sek_verify_hash(const struct sek_envelope *envelope, struct sekuire_error *err) {
    char hash[SEK_HASH_TEXT];
    int status = sek_canonical_hash(hash, envelope->content, err);
    if (status != 0) return status;
    if (!sek_text_is(envelope->hash, hash))
        return sek_fail_node(err, SEKUIRE_ERR_HASH, sek_node_get(envelope->root, "hash"),
                             "hash is not that of content, which is %s", hash);
    return 0;
}

/* Decodes key and signature as far as they are there and of the right length. */
static int read_signature(const struct sek_envelope *envelope, uint8_t key[SEK_PUBLIC_KEY_SIZE],
                          uint8_t signature[SEK_SIGNATURE_SIZE], struct sekuire_error *err) {
    const struct sek_node *root = envelope->root;
    if (envelope->signature.data == NULL) return sek_fail(err, SEKUIRE_ERR_UNSIGNED, "the policy is not signed");
    if (envelope->signing_public_key.data == NULL)
        return sek_fail_node(err, SEKUIRE_ERR_SIGNATURE, sek_node_get(root, "signature"),
                             "there is a signature, but no signing_public_key");
    if (!sek_hex_decode(signature, SEK_SIGNATURE_SIZE, envelope->signature))
        return sek_fail_node(err, SEKUIRE_ERR_SIGNATURE, sek_node_get(root, "signature"), "signature is not 128 hex digits");
    if (!sek_hex_decode(key, SEK_PUBLIC_KEY_SIZE, envelope->signing_public_key))
        return sek_fail_node(err, SEKUIRE_ERR_KEY_INVALID, sek_node_get(root, "signing_public_key"),
                             "signing_public_key is not 64 hex digits");
    return 0;
}

int sek_verify(const struct sek_envelope *envelope, struct sek_arena *arena, const struct sek_verified **ret,
               struct sekuire_error *err) {
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    struct sek_buffer message;
    sek_buffer_init(&message, SEK_LIMIT_ID + SEK_LIMIT_VERSION + SEK_HASH_TEXT + 2);
    int status = sek_verify_hash(envelope, err);
    if (status != 0) goto out;
    status = read_signature(envelope, key, signature, err);
    if (status != 0) goto out;
    if (!sek_ed25519_public_key_valid(key)) {
        status = sek_fail_node(err, SEKUIRE_ERR_KEY_INVALID, sek_node_get(envelope->root, "signing_public_key"),
                               "signing_public_key is not an Ed25519 key of prime order");
        goto out;
    }
    sek_signed_message(&message, envelope->policy_id, envelope->version, envelope->hash);
    status = sek_buffer_check(&message, err);
    if (status != 0) goto out;
    if (!sek_ed25519_verify(key, signature, message.data, message.size)) {
        status = sek_fail_node(err, SEKUIRE_ERR_SIGNATURE, sek_node_get(envelope->root, "signature"),
                               "signature does not verify under signing_public_key");
        goto out;
    }
    const struct sek_verified *verified = verified_new(arena, envelope, key);
    if (verified == NULL) {
        status = sek_fail_memory(err);
        goto out;
    }
    *ret = verified;
out:
    sek_buffer_clear(&message);
    return status;
}

const struct sek_envelope *sek_verified_envelope(const struct sek_verified *verified) { return verified->envelope; }

const uint8_t *sek_verified_key(const struct sek_verified *verified) { return verified->key; }
