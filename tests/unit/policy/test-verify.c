/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fixture.h"

static struct sek_arena arena;
static char message[SEKUIRE_MESSAGE_MAX + 1]; /* of the last refusal */

static int setup(void **state) {
    (void)state;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sek_arena_clear(&arena);
    return 0;
}

/* text with the first `old` replaced by `new` of any length. */
static struct sekuire_text replace(struct sekuire_text text, const char *old, const char *new) {
    char *copy = sek_arena_copy(&arena, text);
    assert_non_null(copy);
    char *at = strstr(copy, old);
    assert_non_null(at);
    return sek_text(sek_arena_format(&arena, "%.*s%s%s", (int)(at - copy), copy, new, at + strlen(old)));
}

/* Parses text, and expects status from sek_verify; with a failure, at the member `key` (NULL: no position). */
static void assert_verdict(struct sekuire_text text, int expected, const char *key) {
    struct sek_envelope *envelope = sek_arena_alloc(&arena, sizeof *envelope);
    const struct sek_verified *verified = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sek_envelope_parse(&arena, text, envelope, &err), 0);
    int status = sek_verify(envelope, &arena, &verified, &err);
    if (status != expected) fail_msg("%s, not %s: %s", sekuire_status_word(status), sekuire_status_word(expected), err.message);
    if (expected == 0) {
        assert_non_null(verified);
        assert_ptr_equal(sek_verified_envelope(verified), envelope);
        return;
    }
    assert_null(verified);
    assert_int_equal(err.status, expected);
    snprintf(message, sizeof message, "%s", err.message);
    const struct sek_node *at = key == NULL ? NULL : sek_node_get(envelope->root, key);
    assert_int_equal(err.line, at == NULL ? 0 : at->at.line);
    assert_int_equal(err.column, at == NULL ? 0 : at->at.column);
}

static const struct recipe plain = {.content = "{\"tools\":{\"blocked_tools\":[\"rm\"]}}"};

static void verify_takes_what_was_signed_and_says_by_whom(void **state) {
    (void)state;
    const struct sek_verified *verified = make_verified(&arena, plain);
    assert_memory_equal(sek_verified_key(verified), public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
}

static void verify_hashes_the_canonical_content_not_its_bytes(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    assert_verdict(replace(text, "{\"tools\":{\"blocked_tools\":[\"rm\"]}}", "{ \"tools\" : {\"blocked_tools\":\n[\"\\u0072m\"]}}"), 0, NULL);
}

static void verify_refuses_another_content(void **state) {
    (void)state;
    assert_verdict(replace(make_envelope(&arena, plain), "rm", "ls"), SEKUIRE_ERR_HASH, "hash");
}

static void verify_compares_the_hash_as_text(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    char *upper = sek_arena_copy(&arena, text);
    char *hash = strstr(upper, "\"hash\":\"") + 8;
    for (size_t i = 0; i < 64; i++)
        if (hash[i] >= 'a' && hash[i] <= 'f') hash[i] = (char)(hash[i] - 'a' + 'A');
    assert_verdict(sek_text(upper), SEKUIRE_ERR_HASH, "hash");
}

static void verify_refuses_a_stripped_signature(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    assert_verdict(replace(text, "\"signature\":", "\"signed\":"), SEKUIRE_ERR_UNSIGNED, NULL);
    char *copy = sek_arena_copy(&arena, text);
    char *from = strstr(copy, "\"signature\":\"") + 12;
    struct sekuire_text null_signature = sek_text(sek_arena_format(&arena, "%.*snull%s", (int)(from - copy), copy, from + 130));
    assert_verdict(null_signature, SEKUIRE_ERR_UNSIGNED, NULL);
}

static void verify_refuses_a_signature_without_a_key(void **state) {
    (void)state;
    assert_verdict(replace(make_envelope(&arena, plain), "\"signing_public_key\":", "\"signing_key\":"), SEKUIRE_ERR_SIGNATURE,
                   "signature");
}

static void verify_refuses_another_policy_id_or_version(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    assert_verdict(replace(text, "policy_xyz", "policy_abc"), SEKUIRE_ERR_SIGNATURE, "signature");
    assert_verdict(replace(text, "\"version\":\"1\"", "\"version\":\"2\""), SEKUIRE_ERR_SIGNATURE, "signature");
}

static void verify_refuses_another_key(void **state) {
    (void)state;
    assert_verdict(replace(make_envelope(&arena, plain), public_of(KEY_A).hex, public_of(KEY_B).hex), SEKUIRE_ERR_SIGNATURE,
                   "signature");
}

static void verify_takes_upper_case_digits_of_key_and_signature(void **state) {
    (void)state;
    char *text = sek_arena_copy(&arena, make_envelope(&arena, plain));
    for (char *c = strstr(text, "\"signature\":") + 12; *c != ','; c++)
        if (*c >= 'a' && *c <= 'f') *c = (char)(*c - 'a' + 'A');
    for (char *c = strstr(text, "\"signing_public_key\":") + 21; *c != '}'; c++)
        if (*c >= 'a' && *c <= 'f') *c = (char)(*c - 'a' + 'A');
    assert_verdict(sek_text(text), 0, NULL);
}

static void verify_refuses_digits_of_another_number(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    assert_verdict(replace(text, "\"signature\":\"", "\"signature\":\"00"), SEKUIRE_ERR_SIGNATURE, "signature");
    assert_string_equal(message, "signature is not 128 hex digits");
    assert_verdict(replace(text, "\"signing_public_key\":\"", "\"signing_public_key\":\"00"), SEKUIRE_ERR_KEY_INVALID,
                   "signing_public_key");
    assert_string_equal(message, "signing_public_key is not 64 hex digits");
}

/* A key of mixed order, as in vectors/ed25519-strict.json, which has signatures by such keys that the published client takes. */
static void verify_refuses_a_key_outside_the_prime_order_subgroup(void **state) {
    (void)state;
    assert_verdict(replace(make_envelope(&arena, plain), public_of(KEY_A).hex,
                           "6718d0a3d58deaeaefa655eae3f119071deaa2cfebfd0ca28b670f879d657086"),
                   SEKUIRE_ERR_KEY_INVALID, "signing_public_key");
}

static void verify_does_not_look_at_what_is_not_signed(void **state) {
    (void)state;
    struct sekuire_text text = make_envelope(&arena, plain);
    assert_verdict(replace(text, "ws_abc123", "ws_other"), 0, NULL);
    assert_verdict(replace(text, "\"active\"", "\"revoked\""), 0, NULL);
    assert_verdict(replace(text, "key_1", "key_2"), 0, NULL);
}

static void the_hash_alone_holds_without_a_signature(void **state) {
    (void)state;
    struct sek_envelope envelope;
    struct sekuire_error err = {0};
    struct sekuire_text text = replace(make_envelope(&arena, plain), "\"signature\":", "\"signed\":");
    assert_int_equal(sek_envelope_parse(&arena, text, &envelope, &err), 0);
    assert_int_equal(sek_verify_hash(&envelope, &err), 0);
    assert_int_equal(sek_envelope_parse(&arena, replace(text, "rm", "ls"), &envelope, &err), 0);
    assert_int_equal(sek_verify_hash(&envelope, &err), SEKUIRE_ERR_HASH);
}

static void the_signed_message_is_id_version_and_hash(void **state) {
    (void)state;
    struct sek_buffer text;
    sek_buffer_init(&text, 100);
    sek_signed_message(&text, SEK_TEXT("policy_xyz"), SEK_TEXT("1"), SEK_TEXT("ab"));
    assert_string_equal(text.data, "policy_xyz:1:ab");
    sek_buffer_clear(&text);
}

static void the_vectors_have_the_integrity_that_they_claim(void **state) {
    (void)state;
    json_t *manifest = load_manifest();
    const json_t *files = json_object_get(manifest, "files");
    size_t accepted = 0;
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        const char *name = member_string(file, "file");
        bool expected = strcmp(member_string(file, "expected_integrity"), "accept") == 0;
        struct sek_envelope envelope;
        const struct sek_verified *verified = NULL;
        struct sekuire_error err = {0};
        int status = sek_envelope_parse(&arena, read_vector(&arena, ENVELOPES, name), &envelope, &err);
        if (status == 0) status = sek_verify(&envelope, &arena, &verified, &err);
        if ((status == 0) != expected) fail_msg("%s: %s %s", name, sekuire_status_word(status), err.message);
        accepted += status == 0;
    }
    assert_true(accepted > 20 && accepted < 40);
    printf("envelopes, integrity: %zu cases\n", json_array_size(files));
    json_decref(manifest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_takes_what_was_signed_and_says_by_whom),
        cmocka_unit_test(verify_hashes_the_canonical_content_not_its_bytes),
        cmocka_unit_test(verify_refuses_another_content),
        cmocka_unit_test(verify_compares_the_hash_as_text),
        cmocka_unit_test(verify_refuses_a_stripped_signature),
        cmocka_unit_test(verify_refuses_a_signature_without_a_key),
        cmocka_unit_test(verify_refuses_another_policy_id_or_version),
        cmocka_unit_test(verify_refuses_another_key),
        cmocka_unit_test(verify_takes_upper_case_digits_of_key_and_signature),
        cmocka_unit_test(verify_refuses_digits_of_another_number),
        cmocka_unit_test(verify_refuses_a_key_outside_the_prime_order_subgroup),
        cmocka_unit_test(verify_does_not_look_at_what_is_not_signed),
        cmocka_unit_test(the_hash_alone_holds_without_a_signature),
        cmocka_unit_test(the_signed_message_is_id_version_and_hash),
        cmocka_unit_test(the_vectors_have_the_integrity_that_they_claim),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
