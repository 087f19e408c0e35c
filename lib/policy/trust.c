/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a trust state. */
#include "policy/trust.h"

#include "base/error.h"

static bool same_key(const uint8_t *a, const uint8_t *b) { return memcmp(a, b, SEK_PUBLIC_KEY_SIZE) == 0; }

/* The stored entry of a key, or NULL. */
static const struct sek_trust_key *find(const struct sek_trust_state *state, const uint8_t *key) {
    for (size_t i = 0; i < state->key_count; i++)
        if (same_key(state->keys[i].public_key, key)) return &state->keys[i];
    return NULL;
}

bool sek_trust_is_retired(const struct sek_trust_state *state, const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    for (size_t i = 0; i < state->retired_count; i++)
        if (same_key(state->retired[i], key)) return true;
    return false;
}

bool sek_trust_has_key(const struct sek_trust_state *state, const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    return find(state, key) != NULL && !sek_trust_is_retired(state, key);
}

static bool is_among(const uint8_t (*keys)[SEK_PUBLIC_KEY_SIZE], size_t count, const uint8_t *key) {
    for (size_t i = 0; i < count; i++)
        if (same_key(keys[i], key)) return true;
    return false;
}

/* Moves every trusted key that is not among keys to the retired ones. */
static int retire_others(struct sek_trust_state *state, const uint8_t (*keys)[SEK_PUBLIC_KEY_SIZE], size_t count,
                         struct sekuire_error *err) {
    for (size_t i = 0; i < state->key_count; i++) {
        const uint8_t *key = state->keys[i].public_key;
        if (is_among(keys, count, key) || sek_trust_is_retired(state, key)) continue;
        if (state->retired_count >= SEK_LIMIT_RETIRED_KEYS)
            return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the workspace has %u retired keys already", SEK_LIMIT_RETIRED_KEYS);
        memcpy(state->retired[state->retired_count++], key, SEK_PUBLIC_KEY_SIZE);
    }
    return 0;
}

int sek_trust_rotate(struct sek_trust_state *state, const uint8_t (*keys)[SEK_PUBLIC_KEY_SIZE], size_t count, int64_t now,
                     struct sekuire_error *err) {
    struct sek_trust_state next = *state;
    if (count > SEK_LIMIT_SIGNING_KEYS)
        return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "more than %u signing keys", SEK_LIMIT_SIGNING_KEYS);
    int status = retire_others(&next, keys, count, err);
    if (status != 0) return status;
    memset(next.keys, 0, sizeof next.keys);
    next.key_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct sek_trust_key *known = find(state, keys[i]);
        struct sek_trust_key *entry = &next.keys[next.key_count];
        if (sek_trust_is_retired(state, keys[i])) continue;
        *entry = known != NULL ? *known : (struct sek_trust_key){.how = "rotation", .since = now};
        memcpy(entry->public_key, keys[i], SEK_PUBLIC_KEY_SIZE);
        next.key_count++;
    }
    *state = next;
    return 0;
}

/* True if the trusted or the retired keys differ, in what or in which order. */
static bool keys_differ(const struct sek_trust_state *a, const struct sek_trust_state *b) {
    if (a->key_count != b->key_count || a->retired_count != b->retired_count) return true;
    for (size_t i = 0; i < a->key_count; i++)
        if (!same_key(a->keys[i].public_key, b->keys[i].public_key) || strcmp(a->keys[i].how, b->keys[i].how) != 0 ||
            a->keys[i].since != b->keys[i].since)
            return true;
    return memcmp(a->retired, b->retired, a->retired_count * SEK_PUBLIC_KEY_SIZE) != 0;
}

bool sek_trust_differs(const struct sek_trust_state *a, const struct sek_trust_state *b) {
    return a->exists != b->exists || keys_differ(a, b) || a->bound != b->bound || a->has_policy != b->has_policy ||
           a->has_sequence != b->has_sequence || a->sequence != b->sequence || strcmp(a->policy_id, b->policy_id) != 0 ||
           strcmp(a->policy_version, b->policy_version) != 0 || strcmp(a->hash, b->hash) != 0;
}
