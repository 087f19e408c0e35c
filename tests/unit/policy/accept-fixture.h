/* SPDX-License-Identifier: Apache-2.0 */
/* A workspace with one pinned key, an acceptance to ask for, and what came of the last one. */
#ifndef TEST_POLICY_ACCEPT_FIXTURE_H
#define TEST_POLICY_ACCEPT_FIXTURE_H

#include "policy/fixture.h"

#define NOW "2026-01-15T00:00:00Z"

static struct sek_arena arena;
static struct sek_trust_state known;       /* what is known: KEY_A, added; changed by each acceptance */
static struct sek_accept_request request;  /* asks for ws_abc123 at NOW */
static uint8_t given[4][SEK_PUBLIC_KEY_SIZE];
static struct sek_check_result checks[SEK_CHECK_COUNT];
static struct sekuire_error error;
static const struct sek_accepted *accepted; /* of the last call; NULL where it was refused */

UNUSED static void pin(enum fixture_key key, const char *how, int64_t since) {
    struct sek_trust_key *entry = &known.keys[known.key_count++];
    struct fixture_public public_key = public_of(key);
    *entry = (struct sek_trust_key){.since = since};
    memcpy(entry->how, how, strlen(how) + 1);
    memcpy(entry->public_key, public_key.bytes, SEK_PUBLIC_KEY_SIZE);
    known.exists = true;
}

UNUSED static void retire(enum fixture_key key) {
    struct fixture_public public_key = public_of(key);
    memcpy(known.retired[known.retired_count++], public_key.bytes, SEK_PUBLIC_KEY_SIZE);
    known.exists = true;
}

UNUSED static void give(enum fixture_key key) {
    struct fixture_public public_key = public_of(key);
    memcpy(given[request.given_count++], public_key.bytes, SEK_PUBLIC_KEY_SIZE);
}

UNUSED static void know_nothing(void) { known = (struct sek_trust_state){0}; }

static int setup(void **state) {
    (void)state;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    know_nothing();
    pin(KEY_A, "added", 1);
    request = (struct sek_accept_request){.workspace = SEK_TEXT("ws_abc123"),
                                          .state = &known,
                                          .given_keys = (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])given,
                                          .now = time_of(NOW)};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sek_arena_clear(&arena);
    return 0;
}

/* Judges an envelope, and leaves the state as it is. */
static int judge(struct recipe recipe) {
    error = (struct sekuire_error){0};
    accepted = NULL;
    int status = sek_accept(make_verified(&arena, recipe), &request, &arena, &accepted, checks, &error);
    assert_int_equal(error.status, status);
    assert_true((status == 0) == (accepted != NULL));
    return status;
}

/* Expects an acceptance; the state advances. */
static void accept_it(struct recipe recipe) {
    if (judge(recipe) != 0) fail_msg("refused: %s: %s", sekuire_status_word(error.status), error.message);
    for (size_t i = 0; i < SEK_CHECK_COUNT; i++) assert_true(checks[i].judged && checks[i].status == 0);
    known = *sek_accepted_state(accepted);
}

/* Expects a refusal by that check, with that status, at the value of that member of the envelope or of its binding. */
static void refuse_it(struct recipe recipe, enum sek_check check, int status, const char *member) {
    const struct sek_trust_state before = known;
    int got = judge(recipe);
    if (got != status) fail_msg("%s, not %s: %s", sekuire_status_word(got), sekuire_status_word(status), error.message);
    assert_true(checks[check].judged);
    assert_int_equal(checks[check].status, status);
    assert_string_equal(checks[check].message, error.message);
    assert_false(sek_trust_differs(&before, &known));
    if (member == NULL) return;
    struct sek_envelope envelope;
    assert_int_equal(sek_envelope_parse(&arena, make_envelope(&arena, recipe), &envelope, NULL), 0);
    const struct sek_node *at = sek_node_get(envelope.root, member);
    if (at == NULL) at = sek_node_path(envelope.content, "binding", member, NULL);
    assert_non_null(at);
    assert_int_equal(error.line, at->at.line);
    assert_int_equal(error.column, at->at.column);
}

#endif
