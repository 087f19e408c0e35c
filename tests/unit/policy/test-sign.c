/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fixture.h"

static struct sek_arena arena;
static struct sek_buffer out;
static struct sekuire_error error;
static char hash[SEK_HASH_TEXT];
static uint8_t seed[SEK_SEED_SIZE];
static struct sek_sign_request request; /* KEY_A signs an empty content */

static const struct sek_node *tree(const char *text) {
    const struct sek_node *node = NULL;
    if (sek_json_parse(&arena, sek_text(text), &node, &error) != 0) fail_msg("%s: %s", text, error.message);
    return node;
}

static int setup(void **state) {
    (void)state;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&out, SEK_LIMIT_JSON_BYTES + 10);
    error = (struct sekuire_error){0};
    memset(hash, 0, sizeof hash);
    memset(seed, KEY_A, sizeof seed);
    request = (struct sek_sign_request){.policy_id = SEK_TEXT("policy_xyz"),
                                        .workspace_id = SEK_TEXT("ws_abc123"),
                                        .version = SEK_TEXT("1"),
                                        .status = SEK_TEXT("active"),
                                        .content = tree("{}"),
                                        .sequence = 7,
                                        .seed = seed};
    memcpy(request.public_key, public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sek_buffer_clear(&out);
    sek_arena_clear(&arena);
    return 0;
}

/* Expects that signing is refused with status at line and column (0: no position), and that nothing was written. */
static void refuse_to_sign(int status, uint32_t line, uint32_t column) {
    int got = sek_sign(&request, &out, hash, &error);
    if (got != status || error.status != status || error.line != line || error.column != column)
        fail_msg("%s at %u:%u: %s", sekuire_status_word(got), error.line, error.column, error.message);
    assert_int_equal(out.size, 0);
    assert_int_equal(hash[0], 0);
}

static void sign_it(void) {
    if (sek_sign(&request, &out, hash, &error) != 0) fail_msg("%s: %s", sekuire_status_word(error.status), error.message);
}

/* What out holds, in a copy of its own. */
static struct sek_envelope written(void) {
    struct sek_envelope envelope;
    struct sekuire_text bytes = sek_text(sek_arena_copy(&arena, sek_buffer_view(&out)));
    if (sek_envelope_parse(&arena, bytes, &envelope, &error) != 0) fail_msg("%s", error.message);
    return envelope;
}

#define SIGNED_TEXT                                                                              \
    "{\n"                                                                                        \
    "  \"policy_id\": \"policy_xyz\",\n"                                                         \
    "  \"workspace_id\": \"ws_abc123\",\n"                                                       \
    "  \"version\": \"1\",\n"                                                                    \
    "  \"status\": \"active\",\n"                                                                \
    "  \"hash\": \"%s\",\n"                                                                      \
    "  \"content\": {\n"                                                                         \
    "    \"agent\": {\n"                                                                         \
    "      \"capabilities\": {\n"                                                                \
    "        \"denied_tools\": []\n"                                                             \
    "      },\n"                                                                                 \
    "      \"models\": {\n"                                                                      \
    "        \"allowed_models\": [\n"                                                            \
    "          \"gpt-4\"\n"                                                                      \
    "        ]\n"                                                                                \
    "      }\n"                                                                                  \
    "    },\n"                                                                                   \
    "    \"binding\": {\n"                                                                       \
    "      \"expires_at\": \"2027-01-01T00:00:00Z\",\n"                                          \
    "      \"not_before\": \"2026-01-01T00:00:00Z\",\n"                                          \
    "      \"sequence\": 7,\n"                                                                   \
    "      \"signing_keys\": [\n"                                                                \
    "        \"%s\",\n"                                                                          \
    "        \"%s\"\n"                                                                           \
    "      ],\n"                                                                                 \
    "      \"workspace_id\": \"ws_abc123\"\n"                                                    \
    "    },\n"                                                                                   \
    "    \"x-note\": \"a\\nb\"\n"                                                                \
    "  },\n"                                                                                     \
    "  \"activated_at\": null,\n"                                                                \
    "  \"updated_at\": null,\n"                                                                  \
    "  \"signature\": \"%.*s\",\n"                                                               \
    "  \"signing_key_id\": \"key_%.16s\",\n"                                                     \
    "  \"signing_public_key\": \"%s\"\n"                                                         \
    "}"

static void the_envelope_has_the_published_form(void **state) {
    (void)state;
    uint8_t keys[2][SEK_PUBLIC_KEY_SIZE];
    char key_hash[SEK_HASH_TEXT];
    struct sek_buffer expected;
    memcpy(keys[0], public_of(KEY_B).bytes, sizeof keys[0]);
    memcpy(keys[1], public_of(KEY_A).bytes, sizeof keys[1]);
    request.content = tree("{\"x-note\":\"a\\nb\",\"agent\":{\"models\":{\"allowed_models\":[\"gpt-4\"]},\"capabilities\":{\"denied_tools\":[]}}}");
    request.has_not_before = true;
    request.not_before = time_of("2026-01-01T00:00:00Z");
    request.has_expires_at = true;
    request.expires_at = time_of("2027-01-01T00:00:00Z");
    request.signing_keys = (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])keys;
    request.signing_key_count = 2;
    sign_it();
    struct sek_envelope envelope = written();
    sek_blake3_hex(key_hash, public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
    sek_buffer_init(&expected, 4096);
    sek_buffer_format(&expected, SIGNED_TEXT, hash, public_of(KEY_B).hex, public_of(KEY_A).hex, SEK_TEXT_ARGS(envelope.signature),
                      key_hash, public_of(KEY_A).hex);
    assert_string_equal(out.data, expected.data);
    sek_buffer_clear(&expected);
}

static void what_was_signed_is_accepted(void **state) {
    (void)state;
    struct sek_trust_state known = {.exists = true, .key_count = 1};
    const struct sek_verified *verified = NULL;
    const struct sek_accepted *accepted = NULL;
    memcpy(known.keys[0].public_key, public_of(KEY_A).bytes, SEK_PUBLIC_KEY_SIZE);
    request.has_expires_at = true;
    request.expires_at = 2000;
    sign_it();
    struct sek_envelope envelope = written();
    assert_true(sek_text_is(envelope.hash, hash));
    assert_int_equal(sek_verify(&envelope, &arena, &verified, &error), 0);
    struct sek_accept_request ask = {.workspace = SEK_TEXT("ws_abc123"), .state = &known, .now = 1999};
    assert_int_equal(sek_accept(verified, &ask, &arena, &accepted, NULL, &error), 0);
    assert_true(sek_accepted_state(accepted)->bound);
    assert_int_equal(sek_accepted_state(accepted)->sequence, 7);
    ask.now = 2000;
    assert_int_equal(sek_accept(verified, &ask, &arena, &accepted, NULL, &error), SEKUIRE_ERR_EXPIRED);
}

static void the_hash_does_not_depend_on_the_order_of_the_content(void **state) {
    (void)state;
    char first[SEK_HASH_TEXT];
    request.content = tree("{\"tools\":{\"blocked_tools\":[\"rm\"]},\"x-a\":1}");
    sign_it();
    memcpy(first, hash, sizeof first);
    sek_buffer_clear(&out);
    request.content = tree("{\"x-a\":1,\"tools\":{\"blocked_tools\":[\"rm\"]}}");
    sign_it();
    assert_string_equal(hash, first);
}

static void a_binding_of_its_own_is_refused_or_dropped(void **state) {
    (void)state;
    request.content = tree("{\"tools\":{},\n\"binding\":{\"sequence\":99,\"unknown\":1}}");
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 2, 11);
    request.drop_binding = true;
    sign_it();
    uint64_t sequence = 0;
    assert_true(sek_node_u64(sek_node_path(written().content, "binding", "sequence", NULL), &sequence));
    assert_int_equal(sequence, 7);
    assert_null(sek_node_path(written().content, "binding", "unknown", NULL));
    assert_non_null(sek_node_get(written().content, "tools"));
}

static void content_must_be_an_object(void **state) {
    (void)state;
    request.content = tree(" []");
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 1, 2);
}

static void unknown_keys_are_refused_where_they_stand(void **state) {
    (void)state;
    request.content = tree("{\n  \"tool\": {}}");
    refuse_to_sign(SEKUIRE_ERR_UNKNOWN_KEY, 2, 3);
    request.content = tree("{\"agent\":{\"models\":\n{\"alowed_models\":[]}}}");
    refuse_to_sign(SEKUIRE_ERR_UNKNOWN_KEY, 2, 2);
}

static void rules_that_do_not_compile_are_refused_where_they_stand(void **state) {
    (void)state;
    request.content = tree("{\"tools\":{\"blocked_tools\":\n\"rm\"}}");
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 2, 1);
    request.content = tree("{\"tools\":{\"blocked_tools\":[\n \"a*b\"]}}");
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 2, 2);
    request.content = tree("{\"rate_limits\":{\"per_agent\":{\n\"requests_per_minute\":-1}}}");
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 2, 23);
}

/* One of vectors/canon.json that upstream prints in a way that it reads back as another one. */
static void numbers_that_do_not_round_trip_are_refused(void **state) {
    (void)state;
    request.content = tree("{\"x-n\":\n5.684341886080802e-14}");
    refuse_to_sign(SEKUIRE_ERR_NUMBER, 2, 1);
    sek_buffer_clear(&out);
    request.content = tree("{\"x-n\":0.7}");
    sign_it();
}

static void ids_versions_and_status_are_words(void **state) {
    (void)state;
    request.policy_id = SEK_TEXT("a:b");
    refuse_to_sign(SEKUIRE_ERR_ID, 0, 0);
    request.policy_id = SEK_TEXT("p");
    request.workspace_id = SEK_TEXT("../x");
    refuse_to_sign(SEKUIRE_ERR_ID, 0, 0);
    request.workspace_id = SEK_TEXT("w");
    request.version = SEK_TEXT("1:2");
    refuse_to_sign(SEKUIRE_ERR_ID, 0, 0);
    request.version = SEK_TEXT("1");
    request.status = SEK_TEXT("");
    refuse_to_sign(SEKUIRE_ERR_ID, 0, 0);
    request.status = SEK_TEXT("active");
    request.signing_key_id = SEK_TEXT("key\n1");
    refuse_to_sign(SEKUIRE_ERR_ID, 0, 0);
    request.signing_key_id = SEK_TEXT("key \xc3\xa9");
    sign_it();
    assert_true(sek_text_is(written().signing_key_id, "key \xc3\xa9"));
}

static void a_policy_that_nobody_could_accept_is_not_signed(void **state) {
    (void)state;
    uint8_t keys[2][SEK_PUBLIC_KEY_SIZE];
    memcpy(keys[0], public_of(KEY_B).bytes, sizeof keys[0]);
    request.signing_keys = (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])keys;
    request.signing_key_count = 1;
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 0, 0);
    memcpy(keys[0], public_of(KEY_A).bytes, sizeof keys[0]);
    memcpy(keys[1], public_of(KEY_A).bytes, sizeof keys[1]);
    request.signing_key_count = 2;
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 0, 0); /* the same key twice */
    request.signing_key_count = 0;
    request.has_not_before = request.has_expires_at = true;
    request.not_before = request.expires_at = 100;
    refuse_to_sign(SEKUIRE_ERR_CONTENT, 0, 0);
}

static void a_seed_of_another_key_is_noticed(void **state) {
    (void)state;
    memset(seed, KEY_B, sizeof seed);
    refuse_to_sign(SEKUIRE_ERR_SIGNATURE, 0, 0);
    memset(request.public_key, 0, sizeof request.public_key);
    refuse_to_sign(SEKUIRE_ERR_KEY_INVALID, 0, 0);
}

/* A content of `levels` objects inside each other, below an x- key. */
static const struct sek_node *nested(size_t levels) {
    struct sek_buffer text;
    sek_buffer_init(&text, 4096);
    for (size_t i = 0; i < levels; i++) sek_buffer_string(&text, "{\"x-a\":");
    sek_buffer_string(&text, "1");
    for (size_t i = 0; i < levels; i++) sek_buffer_byte(&text, '}');
    const struct sek_node *node = tree(sek_arena_copy(&arena, sek_buffer_view(&text)));
    sek_buffer_clear(&text);
    return node;
}

static void the_levels_of_the_envelope_count_too(void **state) {
    (void)state;
    request.content = nested(64);
    refuse_to_sign(SEKUIRE_ERR_TOO_DEEP, 0, 0);
    request.content = nested(63);
    sign_it();
}

static void an_envelope_over_the_cap_is_refused(void **state) {
    (void)state;
    struct sek_buffer text;
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    sek_buffer_string(&text, "{\"x-a\":\"");
    for (size_t i = 0; i < SEK_LIMIT_JSON_BYTES - 200; i++) sek_buffer_byte(&text, 'a');
    sek_buffer_string(&text, "\"}");
    assert_int_equal(text.status, 0);
    request.content = tree(text.data);
    refuse_to_sign(SEKUIRE_ERR_TOO_LARGE, 0, 0);
    sek_buffer_clear(&text);
}

/* The message of an unsigned envelope, signed by KEY_A, as hex. */
static char *sign_elsewhere(const struct sek_envelope *envelope) {
    struct sek_buffer message;
    uint8_t signature[SEK_SIGNATURE_SIZE];
    char *hex = sek_arena_alloc(&arena, 2 * sizeof signature + 1);
    assert_non_null(hex);
    sek_buffer_init(&message, 1000);
    sek_signed_message(&message, envelope->policy_id, envelope->version, envelope->hash);
    sek_ed25519_sign(signature, seed, message.data, message.size);
    sek_hex_encode(hex, signature, sizeof signature);
    sek_buffer_clear(&message);
    return hex;
}

static void a_key_that_never_leaves_its_device_signs_in_two_steps(void **state) {
    (void)state;
    struct sek_buffer whole;
    sign_it();
    sek_buffer_init(&whole, SEK_LIMIT_JSON_BYTES);
    sek_buffer_text(&whole, sek_buffer_view(&out));
    sek_buffer_clear(&out);
    request.seed = NULL;
    sign_it();
    struct sek_envelope unsigned_one = written();
    assert_null(unsigned_one.signature.data);
    char *bytes = sek_arena_copy(&arena, sek_buffer_view(&out));
    char *hex = sign_elsewhere(&unsigned_one);
    sek_buffer_clear(&out);
    assert_int_equal(sek_sign_attach(sek_text(bytes), sek_text(hex), &out, &error), 0);
    assert_string_equal(out.data, whole.data);
    sek_buffer_clear(&whole);
}

static void attaching_refuses_what_would_not_verify(void **state) {
    (void)state;
    request.seed = NULL;
    sign_it();
    char *hex = sign_elsewhere(&(struct sek_envelope){0});
    char *bytes = sek_arena_copy(&arena, sek_buffer_view(&out));
    sek_buffer_clear(&out);
    assert_int_equal(sek_sign_attach(sek_text(bytes), sek_text(hex), &out, &error), SEKUIRE_ERR_SIGNATURE);
    assert_int_equal(sek_sign_attach(sek_text(bytes), SEK_TEXT("00"), &out, &error), SEKUIRE_ERR_SIGNATURE);
    assert_int_equal(sek_sign_attach(SEK_TEXT("{}"), sek_text(hex), &out, &error), SEKUIRE_ERR_MISSING_FIELD);
    assert_int_equal(out.size, 0);
    request.seed = seed;
    sign_it();
    bytes = sek_arena_copy(&arena, sek_buffer_view(&out));
    struct sek_envelope envelope = written();
    assert_int_equal(sek_sign_attach(sek_text(bytes), envelope.signature, &out, &error), SEKUIRE_ERR_SIGNATURE);
    assert_int_equal(error.line, sek_node_get(envelope.root, "signature")->at.line);
}

/* An unsigned envelope need not come from here: its content is judged as that of any other. */
static void attaching_refuses_content_that_is_not_signed_here(void **state) {
    (void)state;
    struct sek_envelope envelope;
    struct sekuire_text bytes = SEK_TEXT(
        "{\"policy_id\":\"p\",\"workspace_id\":\"w\",\"version\":\"1\",\"status\":\"active\",\"content\":{\"tool\":{}},"
        "\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}");
    assert_int_equal(sek_envelope_parse(&arena, bytes, &envelope, &error), 0);
    char *hex = sign_elsewhere(&envelope);
    assert_int_equal(sek_sign_attach(bytes, sek_text(hex), &out, &error), SEKUIRE_ERR_UNKNOWN_KEY);
    assert_int_equal(out.size, 0);
}

/* Reads a vector and writes it as served, with its own status and dates. */
static void write_vector(const char *name, const char *activated_at, const char *updated_at) {
    struct sek_envelope envelope;
    if (sek_envelope_parse(&arena, read_vector(&arena, ENVELOPES, name), &envelope, &error) != 0) fail_msg("%s", error.message);
    sek_envelope_write(&out, envelope.root, "active", activated_at, updated_at);
    assert_int_equal(out.status, 0);
}

static void the_served_form_is_the_published_one_byte_for_byte(void **state) {
    (void)state;
    struct sekuire_text pretty = read_vector(&arena, ENVELOPES, "y_oracle_pretty.json");
    static const char *const files[] = {"y_oracle_pretty.json", "y_compact.json", "y_crlf_tabs.json", "y_optional_fields_absent.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct sek_envelope envelope;
        const struct sek_verified *verified = NULL;
        sek_buffer_clear(&out);
        write_vector(files[i], NULL, NULL);
        if (i == 0) assert_true(sek_text_equal(sek_buffer_view(&out), pretty));
        assert_int_equal(sek_envelope_parse(&arena, sek_buffer_view(&out), &envelope, &error), 0);
        assert_int_equal(sek_verify(&envelope, &arena, &verified, &error), 0);
        assert_true(sek_text_starts(sek_buffer_view(&out), SEK_TEXT("{\n  \"policy_id\": \"policy_xyz\",\n  \"workspace_id\"")));
    }
}

static void the_served_form_keeps_unknown_members_and_replaces_three(void **state) {
    (void)state;
    write_vector("y_unknown_fields.json", "2026-02-01T00:00:00Z", NULL);
    assert_non_null(strstr(out.data, "\"activated_at\": \"2026-02-01T00:00:00Z\",\n  \"updated_at\": null,\n  \"signature\""));
    assert_non_null(strstr(out.data, ",\n  \"x-note\": \"hi\",\n  \"sequence\": 7,\n  \"nested\": {\n    \"a\": [\n      1,\n      2\n    ]\n  }\n}"));
    struct sek_envelope envelope = written();
    sek_buffer_clear(&out);
    sek_envelope_write(&out, envelope.root, "superseded", NULL, NULL);
    assert_true(sek_text_is(written().status, "superseded"));
}

/* Whatever is accepted is still whole after it was written again: numbers keep their text. */
static void every_accepted_vector_survives_being_served(void **state) {
    (void)state;
    json_t *manifest = load_manifest();
    const json_t *files = json_object_get(manifest, "files");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *name = member_string(json_array_get(files, i), "file");
        struct sek_envelope envelope;
        const struct sek_verified *verified = NULL;
        if (name[0] != 'y') continue;
        sek_buffer_clear(&out);
        write_vector(name, NULL, NULL);
        assert_int_equal(sek_envelope_parse(&arena, sek_buffer_view(&out), &envelope, &error), 0);
        if (sek_verify(&envelope, &arena, &verified, &error) != 0) fail_msg("%s: %s", name, error.message);
        count++;
    }
    assert_int_equal(count, 20);
    printf("envelopes, served again: %zu cases\n", count);
    json_decref(manifest);
}

/* The published client's own file, signed again: everything but the binding, and what follows from it, comes out the same. */
static void signing_the_published_policy_gives_its_bytes_but_for_the_binding(void **state) {
    (void)state;
    struct sek_envelope published;
    struct sekuire_text pretty = read_vector(&arena, ENVELOPES, "y_oracle_pretty.json");
    assert_int_equal(sek_envelope_parse(&arena, pretty, &published, &error), 0);
    request.content = published.content;
    request.signing_key_id = published.signing_key_id;
    assert_true(sek_hex_decode(seed, sizeof seed, SEK_TEXT("c68bcafac1c41cfd3c63ef40334c110af04dba658aeacecb4d5d5a58cc83753b")));
    assert_true(sek_hex_decode(request.public_key, SEK_PUBLIC_KEY_SIZE, published.signing_public_key));
    sign_it();
    struct sek_envelope envelope = written();
    struct sek_buffer expected;
    sek_buffer_init(&expected, 8192);
    const char *cut = strstr(pretty.data, "    }\n  },\n  \"activated_at\"");
    const char *old_hash = strstr(pretty.data, "9523079b");
    const char *old_signature = strstr(pretty.data, "b6201ac8");
    assert_true(old_hash < cut && cut < old_signature);
    sek_buffer_append(&expected, pretty.data, (size_t)(old_hash - pretty.data));
    sek_buffer_string(&expected, hash);
    sek_buffer_append(&expected, old_hash + 64, (size_t)(cut - old_hash) - 64);
    sek_buffer_string(&expected, "    },\n    \"binding\": {\n      \"sequence\": 7,\n      \"workspace_id\": \"ws_abc123\"\n");
    sek_buffer_append(&expected, cut, (size_t)(old_signature - cut));
    sek_buffer_text(&expected, envelope.signature);
    sek_buffer_string(&expected, old_signature + 128);
    assert_string_equal(out.data, expected.data);
    sek_buffer_clear(&expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_envelope_has_the_published_form),
        TEST(what_was_signed_is_accepted),
        TEST(the_hash_does_not_depend_on_the_order_of_the_content),
        TEST(a_binding_of_its_own_is_refused_or_dropped),
        TEST(content_must_be_an_object),
        TEST(unknown_keys_are_refused_where_they_stand),
        TEST(rules_that_do_not_compile_are_refused_where_they_stand),
        TEST(numbers_that_do_not_round_trip_are_refused),
        TEST(ids_versions_and_status_are_words),
        TEST(a_policy_that_nobody_could_accept_is_not_signed),
        TEST(a_seed_of_another_key_is_noticed),
        TEST(the_levels_of_the_envelope_count_too),
        TEST(an_envelope_over_the_cap_is_refused),
        TEST(a_key_that_never_leaves_its_device_signs_in_two_steps),
        TEST(attaching_refuses_what_would_not_verify),
        TEST(attaching_refuses_content_that_is_not_signed_here),
        TEST(the_served_form_is_the_published_one_byte_for_byte),
        TEST(the_served_form_keeps_unknown_members_and_replaces_three),
        TEST(every_accepted_vector_survives_being_served),
        TEST(signing_the_published_policy_gives_its_bytes_but_for_the_binding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
