/* SPDX-License-Identifier: Apache-2.0 */
/* docs/spec/semantics.md, section 7: one small test for each clause. */
#include "policy/accept-fixture.h"

#define BOUND "{\"binding\":{\"workspace_id\":\"ws_abc123\",\"sequence\":5}}"

/* workspace */

static void workspace_must_be_the_one_asked_for(void **state) {
    (void)state;
    refuse_it((struct recipe){.workspace_id = "ws_other"}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "workspace_id");
    accept_it((struct recipe){0});
}

static void a_caller_that_names_no_workspace_gets_nothing(void **state) {
    (void)state;
    request.workspace = (struct sekuire_text){NULL, 0};
    refuse_it((struct recipe){0}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, NULL);
    assert_string_equal(error.message, "no workspace was asked for");
}

static void workspace_in_the_signed_part_must_be_the_one_asked_for(void **state) {
    (void)state;
    struct recipe moved = {.content = "{\"binding\":{\"workspace_id\":\"ws_other\",\"sequence\":5}}"};
    refuse_it(moved, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, NULL);
    request.allow_unbound = true;
    refuse_it(moved, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, NULL);
    accept_it((struct recipe){.content = BOUND});
}

static void signing_keys_need_a_workspace_beside_them(void **state) {
    (void)state;
    char content[256];
    snprintf(content, sizeof content, "{\"binding\":{\"sequence\":5,\"signing_keys\":[\"%s\"]}}", public_of(KEY_A).hex);
    refuse_it((struct recipe){.content = content}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, NULL);
}

static void after_a_bound_policy_an_unbound_one_is_refused(void **state) {
    (void)state;
    accept_it((struct recipe){.content = BOUND});
    assert_true(known.bound);
    struct recipe unbound = {.version = "2", .content = "{\"binding\":{\"sequence\":6}}"};
    refuse_it(unbound, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "content");
    request.allow_unbound = true;
    refuse_it(unbound, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "content");
}

static bool is_key_a(void *context, const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    ++*(int *)context;
    return memcmp(key, public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE) == 0;
}

static void a_key_of_two_workspaces_must_say_for_which_it_signs(void **state) {
    (void)state;
    int asked = 0;
    request.trusted_elsewhere = is_key_a;
    request.context = &asked;
    refuse_it((struct recipe){0}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "content");
    assert_int_equal(asked, 1);
    pin(KEY_B, "added", 1);
    accept_it((struct recipe){.key = KEY_B});
    accept_it((struct recipe){.content = BOUND, .version = "2"});
}

static void allow_unbound_lifts_the_case_of_two_workspaces(void **state) {
    (void)state;
    int asked = 0;
    request.trusted_elsewhere = is_key_a;
    request.context = &asked;
    request.allow_unbound = true;
    accept_it((struct recipe){0});
    assert_false(known.bound);
}

/* status */

static void status_must_be_exactly_active(void **state) {
    (void)state;
    static const char *const refused[] = {"revoked", "draft", "superseded", "Active", "", "active ", "activ"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        refuse_it((struct recipe){.status = refused[i]}, SEK_CHECK_STATUS, SEKUIRE_ERR_STATUS, "status");
    accept_it((struct recipe){.status = "active"});
}

/* key */

static void a_pinned_key_is_trusted(void **state) {
    (void)state;
    accept_it((struct recipe){0});
    assert_int_equal(sek_accepted_key_source(accepted), SEK_KEY_PINNED);
    assert_memory_equal(sek_accepted_key(accepted), public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
}

static void where_no_key_is_known_it_is_key_not_pinned(void **state) {
    (void)state;
    know_nothing();
    refuse_it((struct recipe){0}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
}

static void where_other_keys_are_known_it_is_key_changed(void **state) {
    (void)state;
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
    know_nothing();
    give(KEY_A);
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void a_given_key_counts_beside_the_stored_ones_and_is_not_stored(void **state) {
    (void)state;
    give(KEY_B);
    accept_it((struct recipe){.key = KEY_B});
    assert_int_equal(sek_accepted_key_source(accepted), SEK_KEY_GIVEN);
    assert_int_equal(known.key_count, 1);
    assert_memory_equal(known.keys[0].public_key, public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
    accept_it((struct recipe){.version = "2"});
    request.given_count = 0;
    refuse_it((struct recipe){.version = "3", .key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void first_use_pins_the_key_that_it_meets(void **state) {
    (void)state;
    know_nothing();
    request.allow_first_use = true;
    accept_it((struct recipe){.key = KEY_B});
    assert_int_equal(sek_accepted_key_source(accepted), SEK_KEY_FIRST_USE);
    assert_int_equal(known.key_count, 1);
    assert_memory_equal(known.keys[0].public_key, public_of(KEY_B).bytes, SEK_PUBLIC_KEY_SIZE);
    assert_string_equal(known.keys[0].how, "first_use");
    assert_int_equal(known.keys[0].since, time_of(NOW));
}

static void first_use_never_adds_to_a_pin(void **state) {
    (void)state;
    request.allow_first_use = true;
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void with_a_given_key_there_is_no_first_use(void **state) {
    (void)state;
    know_nothing();
    request.allow_first_use = true;
    give(KEY_A);
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void an_entry_without_keys_is_no_first_use(void **state) {
    (void)state;
    know_nothing();
    give(KEY_A);
    accept_it((struct recipe){0});
    assert_true(known.exists);
    assert_int_equal(known.key_count, 0);
    request.given_count = 0;
    request.allow_first_use = true;
    refuse_it((struct recipe){0}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
    know_nothing();
    known.exists = true;
    refuse_it((struct recipe){0}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
}

static void a_retired_key_is_trusted_by_no_option(void **state) {
    (void)state;
    retire(KEY_B);
    give(KEY_B);
    request.allow_first_use = true;
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
    know_nothing();
    retire(KEY_B);
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
    request.given_count = 0;
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
    pin(KEY_B, "added", 1);
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
}

static void where_only_stored_pins_count_nothing_else_does(void **state) {
    (void)state;
    request.stored_keys_only = true;
    request.allow_first_use = true;
    give(KEY_B);
    accept_it((struct recipe){0});
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
    know_nothing();
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
    request.given_count = 0;
    refuse_it((struct recipe){.key = KEY_B}, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_NOT_PINNED, "signing_public_key");
}

/* time */

#define NOT_BEFORE "{\"binding\":{\"not_before\":\"" NOW "\"}}"
#define EXPIRES "{\"binding\":{\"expires_at\":\"" NOW "\"}}"

static void a_policy_is_not_valid_before_its_day(void **state) {
    (void)state;
    request.now = time_of(NOW) - 1;
    refuse_it((struct recipe){.content = NOT_BEFORE}, SEK_CHECK_TIME, SEKUIRE_ERR_NOT_YET_VALID, "not_before");
    request.now = time_of(NOW);
    accept_it((struct recipe){.content = NOT_BEFORE});
}

static void a_policy_expires_at_its_very_second(void **state) {
    (void)state;
    refuse_it((struct recipe){.content = EXPIRES}, SEK_CHECK_TIME, SEKUIRE_ERR_EXPIRED, "expires_at");
    request.now = time_of(NOW) - 1;
    accept_it((struct recipe){.content = EXPIRES});
}

static void a_clock_set_back_revives_no_expired_policy(void **state) {
    (void)state;
    accept_it((struct recipe){0});
    request.now = time_of(NOW) - 3600;
    refuse_it((struct recipe){.version = "2", .content = EXPIRES}, SEK_CHECK_TIME, SEKUIRE_ERR_EXPIRED, "expires_at");
    refuse_it((struct recipe){.version = "2", .content = NOT_BEFORE}, SEK_CHECK_TIME, SEKUIRE_ERR_NOT_YET_VALID, "not_before");
}

static void the_newest_acceptance_never_moves_back(void **state) {
    (void)state;
    accept_it((struct recipe){0});
    assert_int_equal(known.accepted_at, time_of(NOW));
    request.now = time_of(NOW) - 86400;
    accept_it((struct recipe){.version = "2"});
    assert_int_equal(known.accepted_at, time_of(NOW));
    assert_false(sek_accepted_clock_behind(accepted));
    request.now = time_of(NOW) + 5;
    accept_it((struct recipe){.version = "3"});
    assert_int_equal(known.accepted_at, time_of(NOW) + 5);
}

static void a_clock_more_than_a_day_behind_is_remarked_not_refused(void **state) {
    (void)state;
    accept_it((struct recipe){0});
    request.now = time_of(NOW) - 86401;
    accept_it((struct recipe){.version = "2"});
    assert_true(sek_accepted_clock_behind(accepted));
}

/* all together */

static void the_first_check_that_fails_gives_its_name(void **state) {
    (void)state;
    accept_it((struct recipe){.version = "5"});
    struct recipe all = {.workspace_id = "ws_other", .status = "revoked", .key = KEY_B, .version = "4", .content = EXPIRES};
    refuse_it(all, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_WORKSPACE, "workspace_id");
    static const int statuses[SEK_CHECK_COUNT] = {SEKUIRE_ERR_WORKSPACE, SEKUIRE_ERR_STATUS, SEKUIRE_ERR_KEY_CHANGED,
                                                  SEKUIRE_ERR_ROLLBACK, SEKUIRE_ERR_EXPIRED};
    for (size_t i = 0; i < SEK_CHECK_COUNT; i++) {
        assert_true(checks[i].judged);
        assert_int_equal(checks[i].status, statuses[i]);
        assert_true(strlen(checks[i].message) > 0);
    }
    all.workspace_id = NULL;
    refuse_it(all, SEK_CHECK_STATUS, SEKUIRE_ERR_STATUS, "status");
    all.status = NULL;
    refuse_it(all, SEK_CHECK_KEY, SEKUIRE_ERR_KEY_CHANGED, "signing_public_key");
    all.key = KEY_A;
    refuse_it(all, SEK_CHECK_SEQUENCE, SEKUIRE_ERR_ROLLBACK, "version");
    all.version = "6";
    refuse_it(all, SEK_CHECK_TIME, SEKUIRE_ERR_EXPIRED, "expires_at");
    all.content = NULL;
    accept_it(all);
}

static void a_malformed_binding_is_content_and_leaves_order_and_time_open(void **state) {
    (void)state;
    static const char *const bindings[] = {"null", "[]", "{\"sequence\":\"5\"}", "{\"sequence\":-1}", "{\"expires_at\":\"soon\"}",
                                           "{\"not_after\":\"" NOW "\"}", "{\"workspace_id\":7}"};
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        char content[128];
        snprintf(content, sizeof content, "{\"binding\":%s}", bindings[i]);
        refuse_it((struct recipe){.content = content}, SEK_CHECK_WORKSPACE, SEKUIRE_ERR_CONTENT, NULL);
        assert_true(error.line > 0);
        assert_true(checks[SEK_CHECK_STATUS].judged && checks[SEK_CHECK_KEY].judged);
        assert_false(checks[SEK_CHECK_SEQUENCE].judged || checks[SEK_CHECK_TIME].judged);
    }
}

static void a_refusal_without_anyone_to_tell_is_still_one(void **state) {
    (void)state;
    const struct sek_accepted *none = NULL;
    const struct sek_verified *other = make_verified(&arena, (struct recipe){.workspace_id = "ws_other"});
    assert_int_equal(sek_accept(other, &request, &arena, &none, NULL, NULL), SEKUIRE_ERR_WORKSPACE);
    assert_null(none);
}

static void acceptance_tells_whether_anything_changed(void **state) {
    (void)state;
    accept_it((struct recipe){.content = BOUND});
    assert_true(sek_accepted_changed(accepted));
    assert_true(sek_accepted_binding(accepted)->has_sequence);
    assert_true(sek_text_is(sek_accepted_envelope(accepted)->policy_id, "policy_xyz"));
    request.now += 60;
    accept_it((struct recipe){.content = BOUND});
    assert_false(sek_accepted_changed(accepted));
    assert_int_equal(known.accepted_at, time_of(NOW) + 60);
}

/* The check that a file of the vectors must fail, or SEK_CHECK_COUNT. */
static enum sek_check check_named(const char *name) {
    static const char *const names[] = {"workspace", "status", "key", "sequence", "time"};
    for (size_t i = 0; i < SEK_CHECK_COUNT; i++)
        if (name != NULL && strcmp(name, names[i]) == 0) return (enum sek_check)i;
    return SEK_CHECK_COUNT;
}

/* Accepts one file with nothing but a given key; the first check that refused it in *ret_check. */
static int accept_vector(const char *name, enum sek_check *ret_check) {
    struct sek_envelope envelope;
    const struct sek_verified *verified = NULL;
    const struct sek_accepted *taken = NULL;
    *ret_check = SEK_CHECK_COUNT;
    int status = sek_envelope_parse(&arena, read_vector(&arena, ENVELOPES, name), &envelope, &error);
    if (status == 0) status = sek_verify(&envelope, &arena, &verified, &error);
    if (status != 0) return status;
    status = sek_accept(verified, &request, &arena, &taken, checks, &error);
    for (size_t i = 0; i < SEK_CHECK_COUNT && *ret_check == SEK_CHECK_COUNT; i++)
        if (checks[i].status != 0) *ret_check = (enum sek_check)i;
    return status;
}

static void the_vectors_are_accepted_or_refused_by_the_check_that_they_name(void **state) {
    (void)state;
    json_t *manifest = load_manifest();
    const json_t *context = json_object_get(manifest, "context");
    const json_t *files = json_object_get(manifest, "files");
    size_t named = 0;
    know_nothing();
    request.workspace = sek_text(member_string(context, "workspace"));
    request.now = time_of(member_string(context, "now"));
    request.given_count = 1;
    assert_true(sek_hex_decode(given[0], SEK_PUBLIC_KEY_SIZE, sek_text(member_string(context, "trusted_key"))));
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        const char *name = member_string(file, "file");
        bool expected = strcmp(member_string(file, "expected"), "accept") == 0;
        enum sek_check expected_check = check_named(json_string_value(json_object_get(file, "refused_by")));
        enum sek_check check = SEK_CHECK_COUNT;
        int status = accept_vector(name, &check);
        if ((status == 0) != expected || check != expected_check)
            fail_msg("%s: %s by check %u", name, sekuire_status_word(status), (unsigned)check);
        named += expected_check != SEK_CHECK_COUNT;
    }
    assert_int_equal(named, 6);
    printf("envelopes, acceptance: %zu cases, %zu of them refused by a named check\n", json_array_size(files), named);
    json_decref(manifest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(workspace_must_be_the_one_asked_for),
        TEST(a_caller_that_names_no_workspace_gets_nothing),
        TEST(workspace_in_the_signed_part_must_be_the_one_asked_for),
        TEST(signing_keys_need_a_workspace_beside_them),
        TEST(after_a_bound_policy_an_unbound_one_is_refused),
        TEST(a_key_of_two_workspaces_must_say_for_which_it_signs),
        TEST(allow_unbound_lifts_the_case_of_two_workspaces),
        TEST(status_must_be_exactly_active),
        TEST(a_pinned_key_is_trusted),
        TEST(where_no_key_is_known_it_is_key_not_pinned),
        TEST(where_other_keys_are_known_it_is_key_changed),
        TEST(a_given_key_counts_beside_the_stored_ones_and_is_not_stored),
        TEST(first_use_pins_the_key_that_it_meets),
        TEST(first_use_never_adds_to_a_pin),
        TEST(with_a_given_key_there_is_no_first_use),
        TEST(an_entry_without_keys_is_no_first_use),
        TEST(a_retired_key_is_trusted_by_no_option),
        TEST(where_only_stored_pins_count_nothing_else_does),
        TEST(a_policy_is_not_valid_before_its_day),
        TEST(a_policy_expires_at_its_very_second),
        TEST(a_clock_set_back_revives_no_expired_policy),
        TEST(the_newest_acceptance_never_moves_back),
        TEST(a_clock_more_than_a_day_behind_is_remarked_not_refused),
        TEST(the_first_check_that_fails_gives_its_name),
        TEST(a_malformed_binding_is_content_and_leaves_order_and_time_open),
        TEST(a_refusal_without_anyone_to_tell_is_still_one),
        TEST(acceptance_tells_whether_anything_changed),
        TEST(the_vectors_are_accepted_or_refused_by_the_check_that_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
