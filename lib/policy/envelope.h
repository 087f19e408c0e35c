/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1: bytes -> struct sek_envelope, parsed and well-formed, nothing verified (docs/spec/wire.md, section 1). */
#ifndef SEK_POLICY_ENVELOPE_H
#define SEK_POLICY_ENVELOPE_H

#include "policy/ids.h"
#include "tree/node.h"

/* Everything is borrowed from the tree. Optional strings are absent (data NULL) where the member is absent or null. */
struct sek_envelope {
    struct sekuire_text bytes; /* the whole text as it came */
    const struct sek_node *root;
    const struct sek_node *content; /* always an object */
    struct sekuire_text policy_id, workspace_id, version, status, hash;
    struct sekuire_text activated_at, updated_at;
    struct sekuire_text signature, signing_key_id, signing_public_key;
};

/* Takes an envelope from a tree that was read from bytes. Errors: type, missing_field, id, content. */
int sek_envelope_from_tree(struct sekuire_text bytes, const struct sek_node *root, struct sek_envelope *ret,
                           struct sekuire_error *err);
/* Reads an envelope; bytes and arena must outlive it. Errors: those of sek_json_parse, and type, missing_field, id, content. */
int sek_envelope_parse(struct sek_arena *arena, struct sekuire_text bytes, struct sek_envelope *ret, struct sekuire_error *err);

#endif
