/* SPDX-License-Identifier: Apache-2.0 */
/* docs/spec/semantics.md, section 7, signing_keys: how the keys of a workspace change. */
#include "policy/accept-fixture.h"

/* A content bound to the workspace that names the keys in order; NULL ends them. */
static const char *rotation(unsigned sequence, const enum fixture_key *keys, size_t count) {
    struct sek_buffer text;
    sek_buffer_init(&text, 4096);
    sek_buffer_format(&text, "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":%u,\"signing_keys\":[", sequence);
    for (size_t i = 0; i < count; i++) sek_buffer_format(&text, "%s\"%s\"", i == 0 ? "" : ",", public_of(keys[i]).hex);
    sek_buffer_string(&text, "]}}");
    char *copy = sek_arena_copy(&arena, sek_buffer_view(&text));
    sek_buffer_clear(&text);
    assert_non_null(copy);
    return copy;
}

#define ROTATION(sequence, ...) \
    rotation(sequence, (const enum fixture_key[]){__VA_ARGS__}, sizeof(enum fixture_key[]){__VA_ARGS__} / sizeof(enum fixture_key))

static void assert_key(size_t index, enum fixture_key key, const char *how, int64_t since) {
    assert_true(index < known.key_count);
    assert_memory_equal(known.keys[index].public_key, public_of(key).bytes, SEK_PUBLIC_KEY_SIZE);
    assert_string_equal(known.keys[index].how, how);
    assert_int_equal(known.keys[index].since, since);
}

static void a_rotation_is_two_policies(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "1", .content = ROTATION(1, KEY_A, KEY_B)});
    assert_int_equal(known.key_count, 2);
    assert_key(0, KEY_A, "added", 1);
    assert_key(1, KEY_B, "rotation", time_of(NOW));
    assert_int_equal(known.retired_count, 0);
    request.now += 10;
    accept_it((struct recipe){.version = "2", .key = KEY_B, .content = ROTATION(2, KEY_B)});
    assert_int_equal(known.key_count, 1);
    assert_key(0, KEY_B, "rotation", time_of(NOW));
    assert_int_equal(known.retired_count, 1);
    assert_memory_equal(known.retired[0], public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
    refuse_it((struct recipe){.version = "3", .content = ROTATION(3, KEY_A)}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED,
              "signing_public_key");
}

static void exactly_the_named_keys_are_trusted_afterwards(void **state) {
    (void)state;
    pin(KEY_C, "added", 2);
    accept_it((struct recipe){.content = ROTATION(1, KEY_B, KEY_A)});
    assert_int_equal(known.key_count, 2);
    assert_key(0, KEY_B, "rotation", time_of(NOW));
    assert_key(1, KEY_A, "added", 1);
    assert_int_equal(known.retired_count, 1);
    assert_memory_equal(known.retired[0], public_of(KEY_C).bytes, SEK_PUBLIC_KEY_SIZE);
    assert_true(sek_accepted_changed(accepted));
}

static void a_policy_without_signing_keys_changes_no_key(void **state) {
    (void)state;
    pin(KEY_C, "added", 2);
    accept_it((struct recipe){.content = "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":1}}"});
    assert_int_equal(known.key_count, 2);
    assert_int_equal(known.retired_count, 0);
}

static void signing_keys_must_contain_the_key_that_signed_them(void **state) {
    (void)state;
    refuse_it((struct recipe){.content = ROTATION(1, KEY_B, KEY_C)}, SEK_CHECK_KEY, SEKUIRE_ERR_CONTENT, "signing_keys");
    pin(KEY_B, "added", 1);
    refuse_it((struct recipe){.content = ROTATION(1, KEY_B, KEY_C)}, SEK_CHECK_KEY, SEKUIRE_ERR_CONTENT, "signing_keys");
}

static void signing_keys_need_a_sequence_beside_them(void **state) {
    (void)state;
    char content[256];
    snprintf(content, sizeof content, "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"signing_keys\":[\"%s\"]}}",
             public_of(KEY_A).hex);
    refuse_it((struct recipe){.content = content}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_CONTENT, NULL);
}

static void signing_keys_of_an_untrusted_key_change_nothing(void **state) {
    (void)state;
    refuse_it((struct recipe){.key = KEY_B, .content = ROTATION(1, KEY_B)}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED,
              "signing_public_key");
}

static void a_given_key_that_is_named_is_stored_by_rotation(void **state) {
    (void)state;
    know_nothing();
    give(KEY_B);
    accept_it((struct recipe){.key = KEY_B, .content = ROTATION(1, KEY_B, KEY_C)});
    assert_int_equal(sek_accepted_key_source(accepted), SEK_KEY_GIVEN);
    assert_int_equal(known.key_count, 2);
    assert_key(0, KEY_B, "rotation", time_of(NOW));
    assert_key(1, KEY_C, "rotation", time_of(NOW));
}

static void a_given_key_that_names_itself_retires_the_stored_ones(void **state) {
    (void)state;
    give(KEY_B);
    accept_it((struct recipe){.key = KEY_B, .content = ROTATION(1, KEY_B)});
    assert_int_equal(known.key_count, 1);
    assert_key(0, KEY_B, "rotation", time_of(NOW));
    assert_true(sek_trust_is_retired(&known, public_of(KEY_A).bytes));
}

static void a_first_use_is_pinned_before_its_signing_keys_are(void **state) {
    (void)state;
    know_nothing();
    request.allow_first_use = true;
    accept_it((struct recipe){.content = ROTATION(1, KEY_B, KEY_A)});
    assert_int_equal(known.key_count, 2);
    assert_key(0, KEY_B, "rotation", time_of(NOW));
    assert_key(1, KEY_A, "first_use", time_of(NOW));
}

static void a_retired_key_is_not_trusted_again_by_being_named(void **state) {
    (void)state;
    retire(KEY_B);
    accept_it((struct recipe){.content = ROTATION(1, KEY_A, KEY_B)});
    assert_int_equal(known.key_count, 1);
    assert_key(0, KEY_A, "added", 1);
    assert_int_equal(known.retired_count, 1);
    assert_true(sek_trust_is_retired(&known, public_of(KEY_B).bytes));
    assert_false(sek_trust_has_key(&known, public_of(KEY_B).bytes));
}

static void a_key_that_is_both_stored_and_retired_is_not_trusted(void **state) {
    (void)state;
    retire(KEY_A);
    assert_int_equal(known.key_count, 1);
    assert_false(sek_trust_has_key(&known, public_of(KEY_A).bytes));
    refuse_it((struct recipe){0}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void retired_keys_are_never_forgotten_to_make_room(void **state) {
    (void)state;
    pin(KEY_B, "added", 1);
    for (size_t i = 0; i < SEK_LIMIT_RETIRED_KEYS; i++) {
        memset(known.retired[i], 0xee, SEK_PUBLIC_KEY_SIZE);
        known.retired[i][0] = (uint8_t)i;
    }
    known.retired_count = SEK_LIMIT_RETIRED_KEYS;
    const struct sek_trust_state before = known;
    assert_int_equal(judge((struct recipe){.content = ROTATION(1, KEY_A)}), SEKUIRE_ERR_TOO_LARGE);
    assert_false(sek_trust_differs(&before, &known));
    accept_it((struct recipe){.content = ROTATION(1, KEY_A, KEY_B)});
    assert_int_equal(known.key_count, 2);
}

static void rotating_to_too_many_keys_leaves_the_state_alone(void **state) {
    (void)state;
    uint8_t keys[SEK_LIMIT_SIGNING_KEYS + 1][SEK_PUBLIC_KEY_SIZE] = {{0}};
    const struct sek_trust_state before = known;
    struct sekuire_error err = {0};
    assert_int_equal(sek_trust_rotate(&known, (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])keys, SEK_LIMIT_SIGNING_KEYS + 1, 1, &err),
                     SEKUIRE_ERR_TOO_LARGE);
    assert_int_equal(err.status, SEKUIRE_ERR_TOO_LARGE);
    assert_false(sek_trust_differs(&before, &known));
}

static void every_member_but_the_time_of_acceptance_makes_a_difference(void **state) {
    (void)state;
    const struct sek_trust_state same = known;
    assert_false(sek_trust_differs(&known, &same));
    known.accepted_at++;
    assert_false(sek_trust_differs(&known, &same));
#define DIFFERS(change)                              \
    do {                                             \
        known = same;                                \
        change;                                      \
        assert_true(sek_trust_differs(&known, &same)); \
    } while (0)
    DIFFERS(known.exists = !known.exists);
    DIFFERS(known.key_count = 0);
    DIFFERS(known.keys[0].public_key[31]++);
    DIFFERS(known.keys[0].how[0]++);
    DIFFERS(known.keys[0].since++);
    DIFFERS(known.retired_count = 1);
    DIFFERS(known.bound = true);
    DIFFERS(known.has_policy = true);
    DIFFERS(known.has_sequence = true);
    DIFFERS(known.sequence++);
    DIFFERS(known.policy_id[0]++);
    DIFFERS(known.policy_version[0]++);
    DIFFERS(known.hash[0]++);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_rotation_is_two_policies),
        TEST(exactly_the_named_keys_are_trusted_afterwards),
        TEST(a_policy_without_signing_keys_changes_no_key),
        TEST(signing_keys_must_contain_the_key_that_signed_them),
        TEST(signing_keys_need_a_sequence_beside_them),
        TEST(signing_keys_of_an_untrusted_key_change_nothing),
        TEST(a_given_key_that_is_named_is_stored_by_rotation),
        TEST(a_given_key_that_names_itself_retires_the_stored_ones),
        TEST(a_first_use_is_pinned_before_its_signing_keys_are),
        TEST(a_retired_key_is_not_trusted_again_by_being_named),
        TEST(a_key_that_is_both_stored_and_retired_is_not_trusted),
        TEST(retired_keys_are_never_forgotten_to_make_room),
        TEST(rotating_to_too_many_keys_leaves_the_state_alone),
        TEST(every_member_but_the_time_of_acceptance_makes_a_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
