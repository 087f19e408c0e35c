/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fixture.h"

#include <sekuire/sekuire.h>

#include "policy/policy.h"

#define NOW 1768435200

static struct sek_arena arena;
static struct sekuire_policy *policy;
static struct sekuire_error error;
static struct sekuire_public_key key_a;
static struct sekuire_acceptance acceptance; /* ws_abc123, KEY_A, nothing accepted yet */

static int setup(void **state) {
    (void)state;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    policy = NULL;
    error = (struct sekuire_error){0};
    memcpy(key_a.bytes, public_of(KEY_A).bytes, sizeof key_a.bytes);
    acceptance = (struct sekuire_acceptance){.workspace_id = "ws_abc123", .keys = &key_a, .key_count = 1, .now = NOW};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sekuire_policy_free(policy);
    sek_arena_clear(&arena);
    return 0;
}

/* Reads text, in place of what was read before. */
static void parse(const char *text) {
    sekuire_policy_free(policy);
    policy = NULL;
    if (sekuire_policy_parse(sek_text(text), &policy, &error) != 0) fail_msg("%s: %s", text, error.message);
}

static void parse_recipe(struct recipe recipe) { parse(make_envelope(&arena, recipe).data); }

static void refuse_to_parse(const char *text, int status, uint32_t line, uint32_t column) {
    struct sekuire_policy *none = NULL;
    struct sekuire_error err = {0};
    int got = sekuire_policy_parse(sek_text(text), &none, &err);
    if (got != status || err.line != line || err.column != column)
        fail_msg("%s: %s at %u:%u: %s", text, sekuire_status_word(got), err.line, err.column, err.message);
    assert_null(none);
}

static void version_is_the_projects(void **state) {
    (void)state;
    assert_string_equal(sekuire_version(), SEKUIRE_VERSION);
}

static void a_policy_moves_from_draft_to_verified_to_accepted(void **state) {
    (void)state;
    struct sekuire_floor floor = {0};
    parse_recipe((struct recipe){.content = "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":5}}"});
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_DRAFT);
    assert_null(sek_policy_verified(policy));
    assert_int_equal(sekuire_policy_verify(policy, &error), 0);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_VERIFIED);
    assert_non_null(sek_policy_verified(policy));
    assert_null(sek_policy_accepted(policy));
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), 0);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_ACCEPTED);
    assert_non_null(sek_policy_accepted(policy));
    assert_true(floor.has_policy && floor.has_sequence && floor.bound);
    assert_int_equal(floor.sequence, 5);
    assert_string_equal(floor.policy_id, "policy_xyz");
    assert_string_equal(floor.policy_version, "1");
    assert_true(sek_text_is(sekuire_policy_get_hash(policy), floor.hash));
    assert_int_equal(floor.accepted_at, NOW);
}

static void strings_and_bytes_are_those_of_the_envelope(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, (struct recipe){.version = "1.2", .status = "draft"});
    char *copy = sek_arena_copy(&arena, text);
    parse(copy);
    memset(copy, 'x', text.size);
    assert_true(sek_text_is(sekuire_policy_get_id(policy), "policy_xyz"));
    assert_true(sek_text_is(sekuire_policy_get_workspace_id(policy), "ws_abc123"));
    assert_true(sek_text_is(sekuire_policy_get_version(policy), "1.2"));
    assert_true(sek_text_is(sekuire_policy_get_status(policy), "draft"));
    assert_int_equal(sekuire_policy_get_hash(policy).size, 64);
    assert_true(sek_text_equal(sekuire_policy_get_bytes(policy), text));
    assert_non_null(sek_policy_envelope(policy));
}

static void a_bare_content_is_a_draft_for_ever(void **state) {
    (void)state;
    parse("{\"tools\":{\"blocked_tools\":[\"rm\"]}}");
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_DRAFT);
    assert_null(sek_policy_envelope(policy));
    assert_non_null(sek_node_get(sek_policy_content(policy), "tools"));
    assert_int_equal(sekuire_policy_get_id(policy).size, 0);
    assert_non_null(sekuire_policy_get_id(policy).data);
    assert_int_equal(sekuire_policy_verify(policy, &error), SEKUIRE_ERR_CONTENT);
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, NULL, &error), SEKUIRE_ERR_CONTENT);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_DRAFT);
}

static void a_wrapped_content_is_unwrapped_unless_a_rule_stands_beside_it(void **state) {
    (void)state;
    parse("{\"content\":{\"tools\":{}},\"version\":\"1\",\"x-note\":1}");
    assert_non_null(sek_node_get(sek_policy_content(policy), "tools"));
    assert_null(sek_policy_envelope(policy));
    parse("{\"content\":{},\"tools\":{\"blocked_tools\":[\"*\"]}}");
    assert_non_null(sek_node_get(sek_policy_content(policy), "content"));
    assert_non_null(sek_node_get(sek_policy_content(policy), "tools"));
    refuse_to_parse("{\"content\":[]}", SEKUIRE_ERR_CONTENT, 1, 12);
}

static void half_an_envelope_is_no_content(void **state) {
    (void)state;
    static const char *const marks[] = {"policy_id", "workspace_id", "status", "hash", "activated_at", "updated_at", "signature",
                                        "signing_key_id", "signing_public_key"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"%s\":\"a\",\"content\":{}}", marks[i]);
        refuse_to_parse(text, SEKUIRE_ERR_MISSING_FIELD, 1, 1);
    }
}

static void what_is_no_object_is_no_policy(void **state) {
    (void)state;
    refuse_to_parse("[]", SEKUIRE_ERR_TYPE, 1, 1);
    refuse_to_parse(" null", SEKUIRE_ERR_TYPE, 1, 2);
    refuse_to_parse("", SEKUIRE_ERR_SYNTAX, 1, 1);
    refuse_to_parse("{\"a\":1,\n\"a\":2}", SEKUIRE_ERR_DUPLICATE_KEY, 2, 1);
}

static void more_than_the_cap_is_not_even_copied(void **state) {
    (void)state;
    struct sekuire_text huge = {"{}", (size_t)SEK_LIMIT_JSON_BYTES + 1};
    assert_int_equal(sekuire_policy_parse(huge, &policy, &error), SEKUIRE_ERR_TOO_LARGE);
    assert_null(policy);
}

static void acceptance_verifies_first(void **state) {
    (void)state;
    char *text = sek_arena_copy(&arena, make_envelope(&arena, (struct recipe){.content = "{\"x-a\":1}"}));
    *(strstr(text, "\"x-a\":1") + 6) = '2';
    parse(text);
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, NULL, &error), SEKUIRE_ERR_HASH);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_DRAFT);
}

static void acceptance_asks_for_the_workspace_and_the_keys(void **state) {
    (void)state;
    struct sekuire_floor floor = {.sequence = 42};
    parse_recipe((struct recipe){0});
    acceptance.workspace_id = "ws_other";
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_WORKSPACE);
    acceptance.workspace_id = NULL;
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_WORKSPACE);
    acceptance.workspace_id = "ws_abc123";
    acceptance.key_count = 0;
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_KEY_NOT_PINNED);
    acceptance.key_count = 1;
    parse_recipe((struct recipe){.key = KEY_B});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_KEY_CHANGED);
    assert_int_equal(floor.sequence, 42);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_VERIFIED);
}

static void the_floor_of_one_acceptance_is_the_ground_of_the_next(void **state) {
    (void)state;
    struct sekuire_floor floor = {0};
    acceptance.floor = &floor;
    parse_recipe((struct recipe){.version = "2"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), 0);
    parse_recipe((struct recipe){.version = "1"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_ROLLBACK);
    assert_string_equal(floor.policy_version, "2");
    parse_recipe((struct recipe){.version = "3", .content = "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":5}}"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), 0);
    parse_recipe((struct recipe){.version = "4", .content = "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":4}}"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_ROLLBACK);
    parse_recipe((struct recipe){.version = "4", .content = "{\"binding\":{\"sequence\":6}}"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_WORKSPACE);
    acceptance.now = NOW - 10;
    parse_recipe((struct recipe){
        .version = "4",
        .content = "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":6,\"expires_at\":\"2026-01-15T00:00:00Z\"}}"});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, &floor, &error), SEKUIRE_ERR_EXPIRED);
}

static void a_policy_that_fails_a_later_acceptance_is_no_longer_accepted(void **state) {
    (void)state;
    parse_recipe((struct recipe){0});
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, NULL, &error), 0);
    acceptance.workspace_id = "ws_other";
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, NULL, &error), SEKUIRE_ERR_WORKSPACE);
    assert_int_equal(sekuire_policy_get_stage(policy), SEKUIRE_POLICY_VERIFIED);
    assert_null(sek_policy_accepted(policy));
}

static void the_inner_acceptance_fills_every_check(void **state) {
    (void)state;
    struct sek_trust_state nothing = {0};
    struct sek_check_result checks[SEK_CHECK_COUNT];
    struct sek_accept_request request = {.workspace = SEK_TEXT("ws_abc123"), .state = &nothing, .now = NOW};
    parse_recipe((struct recipe){.status = "revoked"});
    assert_int_equal(sek_policy_accept(policy, &request, checks, &error), SEKUIRE_ERR_STATUS);
    assert_int_equal(checks[SEK_CHECK_WORKSPACE].status, 0);
    assert_int_equal(checks[SEK_CHECK_STATUS].status, SEKUIRE_ERR_STATUS);
    assert_int_equal(checks[SEK_CHECK_KEY].status, SEKUIRE_ERR_KEY_NOT_PINNED);
    assert_true(checks[SEK_CHECK_TIME].judged && checks[SEK_CHECK_TIME].status == 0);
    parse("{\"tools\":{}}");
    assert_int_equal(sek_policy_accept(policy, &request, checks, &error), SEKUIRE_ERR_CONTENT);
    for (size_t i = 0; i < SEK_CHECK_COUNT; i++) assert_false(checks[i].judged);
}

static void freeing_no_policy_is_fine(void **state) {
    (void)state;
    sekuire_policy_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(version_is_the_projects),
        TEST(a_policy_moves_from_draft_to_verified_to_accepted),
        TEST(strings_and_bytes_are_those_of_the_envelope),
        TEST(a_bare_content_is_a_draft_for_ever),
        TEST(a_wrapped_content_is_unwrapped_unless_a_rule_stands_beside_it),
        TEST(half_an_envelope_is_no_content),
        TEST(what_is_no_object_is_no_policy),
        TEST(more_than_the_cap_is_not_even_copied),
        TEST(acceptance_verifies_first),
        TEST(acceptance_asks_for_the_workspace_and_the_keys),
        TEST(the_floor_of_one_acceptance_is_the_ground_of_the_next),
        TEST(a_policy_that_fails_a_later_acceptance_is_no_longer_accepted),
        TEST(the_inner_acceptance_fills_every_check),
        TEST(freeing_no_policy_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
