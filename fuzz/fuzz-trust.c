/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the trust store: what is read is written, and read as the same; rotation keeps retired keys out. */
#include "fuzz/fuzz.h"

#include "client/trust-file.h"
#include "policy/ids.h"
#include "tree/json.h"

enum { NOW = 1790000000 };

/* An entry as text. */
static void write_entry(struct sek_buffer *out, const struct sek_trust_state *state, const struct sek_node *old) {
    struct sek_writer writer;
    sek_buffer_init(out, 64u << 20);
    sek_writer_init(&writer, out, true);
    sek_trust_entry_write(&writer, state, old);
    REQUIRE(sek_buffer_check(out, NULL) == 0);
}

/* Written beside the old entry, a state is read again as it is, and what the entry holds beyond it stays. */
static void check_written(struct sek_arena *arena, const struct sek_trust_state *state, const struct sek_node *old) {
    static struct sek_trust_state again;
    struct sek_buffer first, second;
    const struct sek_node *node = NULL;
    write_entry(&first, state, old);
    REQUIRE(sek_json_parse(arena, sek_buffer_view(&first), &node, NULL) == 0);
    REQUIRE(sek_trust_entry_read(node, &again, NULL) == 0 && again.accepted_at == state->accepted_at);
    REQUIRE(again.exists && !sek_trust_differs(&again, state) && again.bound == state->bound);
    for (SEK_EACH(member, old)) REQUIRE(sek_node_get(node, "x") != NULL || !sek_text_is(member->key, "x"));
    write_entry(&second, &again, node);
    REQUIRE(sek_text_equal(sek_buffer_view(&first), sek_buffer_view(&second)));
    sek_buffer_clear(&first);
    sek_buffer_clear(&second);
}

/* A rotation trusts none but the named keys, and none that is retired; all others are retired. */
static void check_rotation(const struct sek_trust_state *before) {
    static struct sek_trust_state state;
    static const uint8_t fresh[SEK_PUBLIC_KEY_SIZE] = {0x62, 0x40};
    uint8_t keys[3][SEK_PUBLIC_KEY_SIZE] = {{0}};
    size_t count = 0;
    state = *before;
    if (state.key_count > 0) memcpy(keys[count++], state.keys[0].public_key, SEK_PUBLIC_KEY_SIZE);
    if (state.retired_count > 0) memcpy(keys[count++], state.retired[0], SEK_PUBLIC_KEY_SIZE);
    memcpy(keys[count++], fresh, SEK_PUBLIC_KEY_SIZE);
    if (sek_trust_rotate(&state, (const uint8_t(*)[SEK_PUBLIC_KEY_SIZE])keys, count, NOW, NULL) != 0) {
        REQUIRE(memcmp(&state, before, sizeof state) == 0);
        return;
    }
    for (size_t i = 0; i < before->key_count; i++) {
        bool named = false;
        for (size_t k = 0; k < count; k++) named = named || memcmp(keys[k], before->keys[i].public_key, SEK_PUBLIC_KEY_SIZE) == 0;
        REQUIRE(named || (!sek_trust_has_key(&state, before->keys[i].public_key) && sek_trust_is_retired(&state, before->keys[i].public_key)));
    }
    for (size_t i = 0; i < before->retired_count; i++) REQUIRE(!sek_trust_has_key(&state, before->retired[i]));
    REQUIRE(sek_trust_has_key(&state, fresh) != sek_trust_is_retired(before, fresh));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sek_trust_state state;
    struct sekuire_error err = {0};
    struct sek_arena arena;
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    if (sek_json_parse(&arena, fuzz_text(data, size), &node, NULL) == 0) {
        state = (struct sek_trust_state){0};
        int status = sek_trust_entry_read(node, &state, &err);
        if (status != 0) {
            fuzz_error_sound(status, &err, size);
            REQUIRE(status == SEKUIRE_ERR_CONFIG && !state.exists);
        } else {
            REQUIRE(state.exists && state.key_count <= SEK_LIMIT_SIGNING_KEYS && state.retired_count <= SEK_LIMIT_RETIRED_KEYS);
            if (state.has_policy) REQUIRE(sek_id_valid(sek_text(state.policy_id)) && sek_version_valid(sek_text(state.policy_version)));
            check_written(&arena, &state, node);
            check_rotation(&state);
        }
    }
    sek_arena_clear(&arena);
    return 0;
}
