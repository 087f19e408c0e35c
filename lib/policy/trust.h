/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust store knows about one workspace. Plain data: the client reads it from trust.json, the server builds it from its
 * database; accept.h judges with it and makes the next one. */
#ifndef SEK_POLICY_TRUST_H
#define SEK_POLICY_TRUST_H

#include "base/limits.h"
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

#endif
