/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust store knows about one workspace. Plain data: the client reads it from trust.json, the server builds it from its
 * database; accept.h judges with it and makes the next one. */
#ifndef SEK_POLICY_TRUST_H
#define SEK_POLICY_TRUST_H

#include "base/limits.h"
#include "base/text.h"
#include "crypto/ed25519.h"

#include <stdbool.h>

#define SEK_TRUST_HOW 16

struct sek_trust_key {
    uint8_t public_key[SEK_PUBLIC_KEY_SIZE];
    char how[SEK_TRUST_HOW]; /* "added", "first_use" or "rotation" */
    int64_t since;           /* Unix seconds */
};

struct sek_trust_state {
    bool exists; /* false: nothing at all is known of the workspace, so first use is possible */
    struct sek_trust_key keys[SEK_LIMIT_SIGNING_KEYS];
    size_t key_count;
    uint8_t retired[SEK_LIMIT_RETIRED_KEYS][SEK_PUBLIC_KEY_SIZE];
    size_t retired_count;
    bool bound;        /* a policy with binding.workspace_id was accepted */
    bool has_policy;   /* policy_id, version, hash and accepted_at are set */
    bool has_sequence; /* a binding.sequence was accepted */
    uint64_t sequence;
    char policy_id[SEK_LIMIT_ID + 1];
    char policy_version[SEK_LIMIT_VERSION + 1];
    char hash[65];
    int64_t accepted_at; /* newest acceptance; never moves back */
};

/* Was the key taken out of the workspace's keys? Such a key is trusted by nobody until it is added again by hand. */
bool sek_trust_is_retired(const struct sek_trust_state *state, const uint8_t key[SEK_PUBLIC_KEY_SIZE]);
/* Is the key stored as trusted, and not retired? */
bool sek_trust_has_key(const struct sek_trust_state *state, const uint8_t key[SEK_PUBLIC_KEY_SIZE]);
/* Makes exactly keys the trusted ones, as an accepted binding.signing_keys says: known ones stay as they are, new ones come by
 * "rotation", those left out are retired. A key that is retired already stays so and is not trusted. At most
 * SEK_LIMIT_SIGNING_KEYS keys. Errors, with *state untouched: too_large (no room for another retired key). */
int sek_trust_rotate(struct sek_trust_state *state, const uint8_t (*keys)[SEK_PUBLIC_KEY_SIZE], size_t count, int64_t now,
                     struct sekuire_error *err);
/* True if the two differ in anything but accepted_at. */
bool sek_trust_differs(const struct sek_trust_state *a, const struct sek_trust_state *b);

#endif
