/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: read, verified, accepted, served, signed, tampered with. */
#include "fuzz/fuzz.h"

#include "policy/accept.h"
#include "policy/sign.h"
#include "tree/write.h"

enum { NOW = 1790000000 };
static const uint8_t seed[SEK_SEED_SIZE] = "thirty-two bytes that all know.";

/* Verified, an envelope is accepted by whoever trusts its key; and again, with what is known of the workspace then. */
static void check_accepted(struct sek_arena *arena, const struct sek_verified *verified) {
    const struct sek_envelope *envelope = sek_verified_envelope(verified);
    const struct sek_accepted *first = NULL, *second = NULL;
    struct sek_check_result checks[SEK_CHECK_COUNT];
    struct sekuire_error err = {0};
    static struct sek_trust_state state;
    uint8_t key[1][SEK_PUBLIC_KEY_SIZE];
    state = (struct sek_trust_state){0};
    memcpy(key[0], sek_verified_key(verified), SEK_PUBLIC_KEY_SIZE);
    struct sek_accept_request request = {.workspace = envelope->workspace_id, .state = &state, .given_count = 1, .now = NOW};
    request.given_keys = (const uint8_t(*)[SEK_PUBLIC_KEY_SIZE])key;
    int status = sek_accept(verified, &request, arena, &first, checks, &err);
    if (status != 0) fuzz_error_sound(status, &err, envelope->bytes.size);
    if (status != 0) return;
    state = *sek_accepted_state(first);
    REQUIRE(sek_text_is(envelope->status, "active") && sek_text_is(envelope->hash, state.hash));
    REQUIRE(sek_text_is(envelope->policy_id, state.policy_id));
    REQUIRE(sek_accept(verified, &request, arena, &second, checks, NULL) == 0 && !sek_accepted_changed(second));
    request.workspace = SEK_TEXT("another.workspace");
    REQUIRE(sek_text_equal(request.workspace, envelope->workspace_id) ||
            sek_accept(verified, &request, arena, &second, NULL, NULL) == SEKUIRE_ERR_WORKSPACE);
}

/* Reads and verifies bytes. */
static const struct sek_verified *verify(struct sek_arena *arena, struct sekuire_text bytes) {
    struct sek_envelope *envelope = sek_arena_alloc(arena, sizeof *envelope);
    const struct sek_verified *verified = NULL;
    return sek_envelope_parse(arena, bytes, envelope, NULL) == 0 && sek_verify(envelope, arena, &verified, NULL) == 0 ? verified : NULL;
}

/* The envelope as it is served reads and verifies as the one that came. */
static void check_served(struct sek_arena *arena, const struct sek_envelope *envelope, bool verifies) {
    struct sek_buffer served;
    struct sek_envelope again;
    char before[SEK_HASH_TEXT], after[SEK_HASH_TEXT];
    sek_buffer_init(&served, 64u << 20);
    sek_envelope_write(&served, envelope->root, "superseded", "2026-01-01T00:00:00Z", NULL);
    REQUIRE(sek_buffer_check(&served, NULL) == 0 && sek_envelope_parse(arena, sek_buffer_view(&served), &again, NULL) == 0);
    REQUIRE(sek_text_is(again.status, "superseded") && sek_text_equal(again.policy_id, envelope->policy_id));
    REQUIRE(sek_canonical_hash(before, envelope->content, NULL) == 0 && sek_canonical_hash(after, again.content, NULL) == 0);
    REQUIRE(strcmp(before, after) == 0);
    REQUIRE(verifies == (verify(arena, sek_buffer_view(&served)) != NULL));
    sek_buffer_clear(&served);
}

/* What can be signed verifies; one byte of it changed, it says the same or does not verify. */
static void check_signed(struct sek_arena *arena, const struct sek_envelope *envelope, unsigned salt) {
    struct sek_buffer out;
    char hash[SEK_HASH_TEXT], after[SEK_HASH_TEXT];
    struct sek_sign_request request = {.policy_id = envelope->policy_id, .workspace_id = envelope->workspace_id,
                                       .version = envelope->version, .status = envelope->status, .content = envelope->content,
                                       .drop_binding = true, .sequence = salt, .seed = seed};
    sek_ed25519_public_key(request.public_key, seed);
    sek_buffer_init(&out, 64u << 20);
    if (sek_sign(&request, &out, hash, NULL) == 0) {
        const struct sek_verified *verified = verify(arena, sek_buffer_view(&out));
        REQUIRE(verified != NULL);
        check_accepted(arena, verified);
        out.data[salt % out.size] = (char)(out.data[salt % out.size] ^ (1 << salt % 7u));
        verified = verify(arena, sek_buffer_view(&out));
        if (verified != NULL) {
            const struct sek_envelope *changed = sek_verified_envelope(verified);
            REQUIRE(sek_canonical_hash(after, changed->content, NULL) == 0 && strcmp(hash, after) == 0);
            REQUIRE(sek_text_equal(changed->policy_id, envelope->policy_id) && sek_text_equal(changed->version, envelope->version));
        }
    }
    sek_buffer_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_error err = {0};
    struct sek_envelope envelope;
    struct sek_arena arena;
    unsigned salt = 1;
    for (size_t i = 0; i < size; i++) salt = salt * 31u + data[i];
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_envelope_parse(&arena, fuzz_text(data, size), &envelope, &err);
    if (status == 0) {
        const struct sek_verified *verified = verify(&arena, fuzz_text(data, size));
        check_served(&arena, &envelope, verified != NULL);
        if (verified != NULL) check_accepted(&arena, verified);
        check_signed(&arena, &envelope, salt);
    } else {
        fuzz_error_sound(status, &err, size);
    }
    sek_arena_clear(&arena);
    return 0;
}
