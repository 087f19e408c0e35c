/* SPDX-License-Identifier: Apache-2.0 */
/* Writing envelopes: content + ids -> pretty bytes in upstream's order, signed or to be signed elsewhere. */
#ifndef SEK_POLICY_SIGN_H
#define SEK_POLICY_SIGN_H

#include "base/buffer.h"
#include "policy/envelope.h"
#include "policy/rules.h"

struct sek_sign_request {
    struct sekuire_text policy_id, workspace_id, version, status;
    const struct sek_node *content; /* without a binding of its own, unless drop_binding */
    bool drop_binding;
    uint64_t sequence;
    bool has_not_before, has_expires_at;
    int64_t not_before, expires_at;
    const uint8_t (*signing_keys)[SEK_PUBLIC_KEY_SIZE]; /* binding.signing_keys */
    size_t signing_key_count;
    uint8_t public_key[SEK_PUBLIC_KEY_SIZE];
    const uint8_t *seed; /* 32 bytes; NULL: write it unsigned (signature null), for an external signer */
    struct sekuire_text signing_key_id; /* empty: key_ + 16 hex digits of BLAKE3 of the public key */
};

/* Appends the envelope (2-space pretty JSON, no newline at the end) to out: ids and versions checked, content compiled with no
 * finding of severity error, numbers round-tripping, size and depth of the result within the caps, and, when signed, verified
 * again from its own bytes. hash gets the content's hash. Errors: id, content, number, unknown_key, too_large, too_deep, memory. */
int sek_sign(const struct sek_sign_request *request, struct sek_buffer *out, char hash[65], struct sekuire_error *err);
/* Puts a signature made elsewhere into an unsigned envelope and verifies the result. Errors: signature and those above. */
int sek_sign_attach(struct sekuire_text envelope_bytes, struct sekuire_text signature_hex, struct sek_buffer *out,
                    struct sekuire_error *err);
/* Appends an envelope as the server serves it: the members of root with their values in wire.md's order, unknown ones after
 * them, with status, activated_at and updated_at (NULL: null) replaced. */
void sek_envelope_write(struct sek_buffer *out, const struct sek_node *root, const char *status, const char *activated_at,
                        const char *updated_at);

#endif
