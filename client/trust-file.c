/* SPDX-License-Identifier: Apache-2.0 */
#include "client/trust-file.h"

#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "base/time-text.h"
#include "policy/ids.h"

static const char *const entry_members[] = {"keys",      "retired",        "bound", "sequence",
                                            "policy_id", "policy_version", "hash",  "accepted_at"};
static const char *const key_members[] = {"public_key", "how", "since"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A member that is there and not null, else NULL. */
static const struct sek_node *present(const struct sek_node *object, const char *key) {
    const struct sek_node *member = sek_node_get(object, key);
    return member == NULL || member->kind == SEK_NULL ? NULL : member;
}

/* The text of a string member into out; absent ones leave it alone. */
static int read_string(const struct sek_node *object, const char *key, char *out, size_t capacity, struct sekuire_error *err) {
    const struct sek_node *member = present(object, key);
    if (member == NULL) return 0;
    if (member->kind != SEK_STRING || member->text.size == 0 || member->text.size >= capacity)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, member, "\"%s\" is not what it must be", key);
    memcpy(out, member->text.data, member->text.size);
    out[member->text.size] = '\0';
    return 0;
}

/* A time member as seconds; absent ones leave it alone. */
static int read_time(const struct sek_node *object, const char *key, int64_t *out, struct sekuire_error *err) {
    const struct sek_node *member = present(object, key);
    if (member == NULL) return 0;
    if (member->kind != SEK_STRING || !sek_time_parse(member->text, out))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, member, "\"%s\" is no time", key);
    return 0;
}

/* One of the trusted keys. */
static int read_key(const struct sek_node *node, struct sek_trust_key *ret, struct sekuire_error *err) {
    struct sek_trust_key key = {.how = "added"};
    const struct sek_node *text = present(node, "public_key");
    if (text == NULL || text->kind != SEK_STRING || !sek_hex_decode(key.public_key, sizeof key.public_key, text->text) ||
        !sek_ed25519_public_key_valid(key.public_key))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, text == NULL ? node : text, "a trusted key that is no valid public key");
    int status = read_string(node, "how", key.how, sizeof key.how, err);
    if (status == 0) status = read_time(node, "since", &key.since, err);
    if (status == 0) *ret = key;
    return status;
}

/* The trusted and the retired keys. */
static int read_keys(const struct sek_node *node, struct sek_trust_state *state, struct sekuire_error *err) {
    const struct sek_node *keys = present(node, "keys");
    const struct sek_node *retired = present(node, "retired");
    if ((keys != NULL && keys->kind != SEK_ARRAY) || (retired != NULL && retired->kind != SEK_ARRAY))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "\"keys\" and \"retired\" must be lists");
    for (SEK_EACH(key, keys)) {
        if (state->key_count >= SEK_LIMIT_SIGNING_KEYS)
            return sek_fail_node(err, SEKUIRE_ERR_CONFIG, key, "more than %u trusted keys", SEK_LIMIT_SIGNING_KEYS);
        int status = read_key(key, &state->keys[state->key_count], err);
        if (status != 0) return status;
        state->key_count++;
    }
    for (SEK_EACH(key, retired)) {
        if (state->retired_count >= SEK_LIMIT_RETIRED_KEYS)
            return sek_fail_node(err, SEKUIRE_ERR_CONFIG, key, "more than %u retired keys", SEK_LIMIT_RETIRED_KEYS);
        uint8_t *place = state->retired[state->retired_count];
        if (key->kind != SEK_STRING || !sek_hex_decode(place, SEK_PUBLIC_KEY_SIZE, key->text))
            return sek_fail_node(err, SEKUIRE_ERR_CONFIG, key, "a retired key that is no public key");
        state->retired_count++;
    }
    return 0;
}

/* The newest accepted policy: all of it, or nothing. */
static int read_policy(const struct sek_node *node, struct sek_trust_state *state, struct sekuire_error *err) {
    uint8_t hash[32];
    const char *const members[] = {"policy_id", "policy_version", "hash", "accepted_at"};
    size_t there = 0;
    for (size_t i = 0; i < COUNT(members); i++) there += present(node, members[i]) != NULL;
    if (there == 0) return 0;
    if (there != COUNT(members))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "names only a part of policy_id, policy_version, hash, accepted_at");
    int status = read_string(node, "policy_id", state->policy_id, sizeof state->policy_id, err);
    if (status == 0) status = read_string(node, "policy_version", state->policy_version, sizeof state->policy_version, err);
    if (status == 0) status = read_string(node, "hash", state->hash, sizeof state->hash, err);
    if (status == 0) status = read_time(node, "accepted_at", &state->accepted_at, err);
    if (status != 0) return status;
    if (!sek_id_valid(sek_text(state->policy_id)) || !sek_version_valid(sek_text(state->policy_version)) ||
        !sek_hex_decode(hash, sizeof hash, sek_text(state->hash)))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "its policy_id, policy_version or hash is not what it must be");
    state->has_policy = true;
    return 0;
}

int sek_trust_entry_read(const struct sek_node *node, struct sek_trust_state *ret, struct sekuire_error *err) {
    struct sek_trust_state state = {.exists = true};
    if (node->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "a workspace is %s and no object", sek_kind_name(node->kind));
    const struct sek_node *bound = present(node, "bound");
    const struct sek_node *sequence = present(node, "sequence");
    int status = read_keys(node, &state, err);
    if (status == 0) status = read_policy(node, &state, err);
    if (status != 0) return status;
    if (bound != NULL && bound->kind != SEK_BOOL) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, bound, "\"bound\" is no boolean");
    if (sequence != NULL && !sek_node_u64(sequence, &state.sequence))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, sequence, "\"sequence\" is no integer from 0 to 2^64-1");
    state.bound = bound != NULL && bound->boolean;
    state.has_sequence = sequence != NULL;
    *ret = state;
    return 0;
}

/* Copies the members of old that are not among the known ones. */
static void write_unknown(struct sek_writer *writer, const struct sek_node *old, const char *const *known, size_t count) {
    for (SEK_EACH(member, old)) {
        bool skip = false;
        for (size_t i = 0; i < count; i++) skip = skip || sek_text_is(member->key, known[i]);
        if (skip) continue;
        sek_write_key_text(writer, member->key);
        sek_write_node(writer, member);
    }
}

/* The old entry's object for a key, or NULL. */
static const struct sek_node *old_key(const struct sek_node *old, const uint8_t *key) {
    uint8_t bytes[SEK_PUBLIC_KEY_SIZE];
    for (SEK_EACH(node, sek_node_get(old, "keys"))) {
        const struct sek_node *text = sek_node_get(node, "public_key");
        if (text != NULL && sek_hex_decode(bytes, sizeof bytes, text->text) && memcmp(bytes, key, sizeof bytes) == 0) return node;
    }
    return NULL;
}

/* The two lists of keys. */
static void write_keys(struct sek_writer *writer, const struct sek_trust_state *state, const struct sek_node *old) {
    char hex[2 * SEK_PUBLIC_KEY_SIZE + 1];
    sek_write_key(writer, "keys");
    sek_write_array(writer);
    for (size_t i = 0; i < state->key_count; i++) {
        const struct sek_trust_key *key = &state->keys[i];
        sek_hex_encode(hex, key->public_key, SEK_PUBLIC_KEY_SIZE);
        sek_write_object(writer);
        sek_write_member(writer, "public_key", hex);
        sek_write_member(writer, "how", key->how);
        sek_write_key(writer, "since");
        sek_write_time(writer, key->since);
        write_unknown(writer, old_key(old, key->public_key), key_members, COUNT(key_members));
        sek_write_object_end(writer);
    }
    sek_write_array_end(writer);
    sek_write_key(writer, "retired");
    sek_write_array(writer);
    for (size_t i = 0; i < state->retired_count; i++) {
        sek_hex_encode(hex, state->retired[i], SEK_PUBLIC_KEY_SIZE);
        sek_write_string(writer, hex);
    }
    sek_write_array_end(writer);
}

void sek_trust_entry_write(struct sek_writer *writer, const struct sek_trust_state *state, const struct sek_node *old) {
    sek_write_object(writer);
    write_keys(writer, state, old);
    sek_write_member_bool(writer, "bound", state->bound);
    sek_write_key(writer, "sequence");
    if (state->has_sequence) sek_write_u64(writer, state->sequence);
    else sek_write_null(writer);
    sek_write_member(writer, "policy_id", state->has_policy ? state->policy_id : NULL);
    sek_write_member(writer, "policy_version", state->has_policy ? state->policy_version : NULL);
    sek_write_member(writer, "hash", state->has_policy ? state->hash : NULL);
    sek_write_key(writer, "accepted_at");
    sek_write_time(writer, state->has_policy ? state->accepted_at : INT64_MIN);
    write_unknown(writer, old, entry_members, COUNT(entry_members));
    sek_write_object_end(writer);
}
