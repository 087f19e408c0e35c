/* SPDX-License-Identifier: Apache-2.0 */
/* docs/spec/semantics.md, section 7, `sequence`: which policy may follow which. */
#include "policy/accept-fixture.h"

#define SEQUENCE(n) "{\"binding\":{\"sequence\":" #n "}}"
#define OTHER_SEQUENCE(n) "{\"binding\":{\"sequence\":" #n "},\"tools\":{}}"
#define OTHER "{\"tools\":{}}"

static void refuse_rollback(struct recipe recipe, const char *member) {
    refuse_it(recipe, SEK_CHECK_SEQUENCE, SEKUIRE_ERR_ROLLBACK, member);
}

static void a_lower_sequence_is_refused(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "1", .content = SEQUENCE(5)});
    assert_true(known.has_sequence);
    assert_int_equal(known.sequence, 5);
    refuse_rollback((struct recipe){.version = "2", .content = SEQUENCE(4)}, "sequence");
    refuse_rollback((struct recipe){.version = "2", .content = SEQUENCE(0)}, "sequence");
}

static void a_higher_sequence_follows_whatever_the_version_and_the_policy(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "7", .content = SEQUENCE(5)});
    accept_it((struct recipe){.version = "1", .content = SEQUENCE(6)});
    assert_int_equal(known.sequence, 6);
    assert_string_equal(known.policy_version, "1");
    accept_it((struct recipe){.policy_id = "policy_other", .version = "0", .content = SEQUENCE(18446744073709551615)});
    assert_true(known.sequence == UINT64_MAX);
    assert_string_equal(known.policy_id, "policy_other");
}

static void after_a_sequence_a_policy_without_one_is_refused(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "1", .content = SEQUENCE(5)});
    refuse_rollback((struct recipe){.version = "2"}, "content");
    accept_it((struct recipe){.version = "2", .content = SEQUENCE(6)});
}

static void an_equal_sequence_needs_the_same_content(void **state) {
    (void)state;
    accept_it((struct recipe){.content = SEQUENCE(5)});
    accept_it((struct recipe){.content = SEQUENCE(5)});
    refuse_rollback((struct recipe){.version = "2", .content = OTHER_SEQUENCE(5)}, "sequence");
}

static void sequence_zero_is_a_sequence(void **state) {
    (void)state;
    accept_it((struct recipe){.content = SEQUENCE(0)});
    assert_true(known.has_sequence);
    refuse_rollback((struct recipe){.version = "2"}, "content");
}

static void without_a_sequence_another_policy_id_is_refused(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "1"});
    refuse_rollback((struct recipe){.policy_id = "policy_other", .version = "2"}, "policy_id");
}

static void without_a_sequence_a_lower_version_is_refused(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "9"});
    accept_it((struct recipe){.version = "10"});
    refuse_rollback((struct recipe){.version = "9", .content = OTHER}, "version");
    accept_it((struct recipe){.version = "10.1", .content = OTHER});
    refuse_rollback((struct recipe){.version = "10.0.9"}, "version");
    accept_it((struct recipe){.version = "10.10"});
    refuse_rollback((struct recipe){.version = "10.9"}, "version");
}

static void without_a_sequence_an_equal_version_needs_the_same_content(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "1"});
    accept_it((struct recipe){.version = "1"});
    accept_it((struct recipe){.version = "1.0"});
    refuse_rollback((struct recipe){.version = "1", .content = OTHER}, "version");
    refuse_rollback((struct recipe){.version = "1.0.0", .content = OTHER}, "version");
}

static void versions_that_are_no_decimals_only_follow_themselves(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "beta"});
    accept_it((struct recipe){.version = "beta"});
    refuse_rollback((struct recipe){.version = "beta", .content = OTHER}, "version");
    refuse_rollback((struct recipe){.version = "gamma"}, "version");
    refuse_rollback((struct recipe){.version = "1"}, "version");
}

static void a_first_sequence_excuses_another_policy_id(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "7"});
    accept_it((struct recipe){.policy_id = "policy_other", .version = "1", .content = SEQUENCE(5)});
    assert_int_equal(known.sequence, 5);
}

static void a_first_sequence_excuses_versions_that_cannot_be_compared(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "beta"});
    accept_it((struct recipe){.version = "alpha", .content = SEQUENCE(5)});
}

static void a_first_sequence_excuses_no_lower_version(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "2"});
    refuse_rollback((struct recipe){.version = "1", .content = SEQUENCE(5)}, "version");
    refuse_rollback((struct recipe){.version = "2", .content = SEQUENCE(5)}, "version");
    accept_it((struct recipe){.version = "3", .content = SEQUENCE(5)});
}

static void a_first_policy_may_be_any(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "0"});
    know_nothing();
    pin(KEY_A, "added", 1);
    accept_it((struct recipe){.version = "beta", .content = SEQUENCE(3)});
}

static void accept_rollback_takes_it_and_continues_from_there(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "9", .content = SEQUENCE(9)});
    assert_false(sek_accepted_rolled_back(accepted));
    request.accept_rollback = true;
    accept_it((struct recipe){.version = "3", .content = SEQUENCE(3)});
    assert_true(sek_accepted_rolled_back(accepted));
    assert_int_equal(known.sequence, 3);
    assert_string_equal(known.policy_version, "3");
    request.accept_rollback = false;
    refuse_rollback((struct recipe){.version = "2", .content = SEQUENCE(2)}, "sequence");
    accept_it((struct recipe){.version = "4", .content = SEQUENCE(4)});
}

static void accept_rollback_to_a_policy_without_sequence_forgets_the_sequence(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "9", .content = SEQUENCE(9)});
    request.accept_rollback = true;
    accept_it((struct recipe){.version = "3"});
    assert_true(sek_accepted_rolled_back(accepted));
    assert_false(known.has_sequence);
    assert_int_equal(known.sequence, 0);
    request.accept_rollback = false;
    accept_it((struct recipe){.version = "4"});
    refuse_rollback((struct recipe){.version = "3"}, "version");
}

static void accept_rollback_is_not_used_up_by_what_needs_none(void **state) {
    (void)state;
    request.accept_rollback = true;
    accept_it((struct recipe){.version = "1"});
    accept_it((struct recipe){.version = "2"});
    assert_false(sek_accepted_rolled_back(accepted));
}

static void accept_rollback_lifts_nothing_else(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "9", .content = "{\"binding\":{\"sequence\":9,\"workspace_id\":\"ws_abc123\"}}"});
    request.accept_rollback = true;
    refuse_it((struct recipe){.version = "3", .content = SEQUENCE(3)}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "content");
    struct recipe older = {.version = "3", .content = "{\"binding\":{\"sequence\":3,\"workspace_id\":\"ws_abc123\"}}"};
    older.key = KEY_B;
    refuse_it(older, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
    older.key = KEY_A;
    older.status = "superseded";
    refuse_it(older, SEK_CHECK_STATUS, SEKUIRE_ERR_STATUS, "status");
    older.status = NULL;
    older.content = "{\"binding\":{\"sequence\":3,\"workspace_id\":\"ws_abc123\",\"expires_at\":\"2026-01-01T00:00:00Z\"}}";
    refuse_it(older, SEK_CHECK_TIME, SEKUIRE_ERR_EXPIRED, "expires_at");
    assert_true(known.bound && known.sequence == 9);
}

static void the_order_rule_stands_alone_for_the_server(void **state) {
    (void)state;
    struct sek_trust_state highest = {.has_policy = true, .has_sequence = true, .sequence = 8};
    struct sek_envelope envelope;
    struct sek_binding binding = {.present = true, .has_sequence = true, .sequence = 8};
    struct sekuire_error err = {0};
    assert_int_equal(sek_envelope_parse(&arena, make_envelope(&arena, (struct recipe){.content = SEQUENCE(8)}), &envelope, &err), 0);
    assert_int_equal(sek_order_check(&highest, &envelope, &binding, &err), SEKUIRE_ERR_ROLLBACK);
    assert_int_equal(err.status, SEKUIRE_ERR_ROLLBACK);
    binding.sequence = 9;
    assert_int_equal(sek_order_check(&highest, &envelope, &binding, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_lower_sequence_is_refused),
        TEST(a_higher_sequence_follows_whatever_the_version_and_the_policy),
        TEST(after_a_sequence_a_policy_without_one_is_refused),
        TEST(an_equal_sequence_needs_the_same_content),
        TEST(sequence_zero_is_a_sequence),
        TEST(without_a_sequence_another_policy_id_is_refused),
        TEST(without_a_sequence_a_lower_version_is_refused),
        TEST(without_a_sequence_an_equal_version_needs_the_same_content),
        TEST(versions_that_are_no_decimals_only_follow_themselves),
        TEST(a_first_sequence_excuses_another_policy_id),
        TEST(a_first_sequence_excuses_versions_that_cannot_be_compared),
        TEST(a_first_sequence_excuses_no_lower_version),
        TEST(a_first_policy_may_be_any),
        TEST(accept_rollback_takes_it_and_continues_from_there),
        TEST(accept_rollback_to_a_policy_without_sequence_forgets_the_sequence),
        TEST(accept_rollback_is_not_used_up_by_what_needs_none),
        TEST(accept_rollback_lifts_nothing_else),
        TEST(the_order_rule_stands_alone_for_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
