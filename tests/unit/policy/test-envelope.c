/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fixture.h"

#include "policy/envelope.h"

#define HEAD "{\"policy_id\":\"p\",\"workspace_id\":\"w\",\"version\":\"1\",\"status\":\"active\",\"hash\":\"h\","

static struct sek_arena arena;

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

/* text is refused with status, at line and column. */
static void assert_refused(const char *text, int status, uint32_t line, uint32_t column) {
    struct sek_envelope envelope = {.policy_id = {"untouched", 9}};
    struct sekuire_error err = {0};
    int got = sek_envelope_parse(&arena, sek_text(text), &envelope, &err);
    if (got != status || err.status != status || err.line != line || err.column != column)
        fail_msg("%s\ngot %s at %u:%u: %s", text, sekuire_status_word(got), err.line, err.column, err.message);
    assert_true(sek_text_is(envelope.policy_id, "untouched"));
}

static struct sek_envelope parse(const char *text) {
    struct sek_envelope envelope;
    struct sekuire_error err = {0};
    if (sek_envelope_parse(&arena, sek_text(text), &envelope, &err) != 0) fail_msg("%s", err.message);
    return envelope;
}

static void every_member_is_read(void **state) {
    (void)state;
    const char *text = HEAD "\"content\":{\"tools\":{}},\"activated_at\":\"a\",\"updated_at\":\"u\",\"signature\":\"s\","
                            "\"signing_key_id\":\"i\",\"signing_public_key\":\"k\"}";
    struct sek_envelope e = parse(text);
    assert_true(sek_text_is(e.policy_id, "p"));
    assert_true(sek_text_is(e.workspace_id, "w"));
    assert_true(sek_text_is(e.version, "1"));
    assert_true(sek_text_is(e.status, "active"));
    assert_true(sek_text_is(e.hash, "h"));
    assert_true(sek_text_is(e.activated_at, "a"));
    assert_true(sek_text_is(e.updated_at, "u"));
    assert_true(sek_text_is(e.signature, "s"));
    assert_true(sek_text_is(e.signing_key_id, "i"));
    assert_true(sek_text_is(e.signing_public_key, "k"));
    assert_non_null(sek_node_get(e.content, "tools"));
    assert_ptr_equal(e.bytes.data, text);
    assert_int_equal(e.bytes.size, strlen(text));
}

static void null_and_absent_options_are_both_absent_but_empty_is_not(void **state) {
    (void)state;
    struct sek_envelope e = parse(HEAD "\"content\":{},\"activated_at\":null,\"signature\":\"\",\"signing_key_id\":null}");
    assert_null(e.activated_at.data);
    assert_null(e.updated_at.data);
    assert_null(e.signing_key_id.data);
    assert_null(e.signing_public_key.data);
    assert_non_null(e.signature.data);
    assert_int_equal(e.signature.size, 0);
}

static void unknown_members_are_ignored(void **state) {
    (void)state;
    struct sek_envelope e = parse(HEAD "\"content\":{},\"sequence\":7,\"nested\":{\"policy_id\":1}}");
    assert_true(sek_text_is(e.policy_id, "p"));
}

static void each_required_member_is_missed(void **state) {
    (void)state;
    static const char *const keys[] = {"policy_id", "workspace_id", "version", "status", "hash", "content"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:s,s:{}}", "policy_id", "p", "workspace_id", "w", "version", "1", "status",
                                   "active", "hash", "h", "content");
        assert_int_equal(json_object_del(object, keys[i]), 0);
        char *text = json_dumps(object, JSON_COMPACT);
        assert_refused(text, SEKUIRE_ERR_MISSING_FIELD, 1, 1);
        free(text);
        json_decref(object);
    }
}

static void members_of_another_type_are_refused_where_they_stand(void **state) {
    (void)state;
    assert_refused("{\"policy_id\":null}", SEKUIRE_ERR_TYPE, 1, 14);
    assert_refused("{\"policy_id\":\"p\",\"workspace_id\":\"w\",\n \"version\":1}", SEKUIRE_ERR_TYPE, 2, 12);
    assert_refused(HEAD "\n\"content\":{},\n\"signature\":1}", SEKUIRE_ERR_TYPE, 3, 13);
    assert_refused(HEAD "\n\"content\":{},\n\"activated_at\":[]}", SEKUIRE_ERR_TYPE, 3, 16);
    assert_refused("[]", SEKUIRE_ERR_TYPE, 1, 1);
    assert_refused("\"\"", SEKUIRE_ERR_TYPE, 1, 1);
}

static void content_must_be_an_object(void **state) {
    (void)state;
    assert_refused(HEAD "\n\"content\":null}", SEKUIRE_ERR_CONTENT, 2, 11);
    assert_refused(HEAD "\n\"content\":[]}", SEKUIRE_ERR_CONTENT, 2, 11);
    assert_refused(HEAD "\n\"content\":\"{}\"}", SEKUIRE_ERR_CONTENT, 2, 11);
}

static void ids_and_versions_outside_their_alphabets_are_refused(void **state) {
    (void)state;
    assert_refused("{\"policy_id\":\"p q\",\"workspace_id\":\"w\",\"version\":\"1\",\"status\":\"s\",\"hash\":\"\",\"content\":{}}",
                   SEKUIRE_ERR_ID, 1, 14);
    assert_refused("{\"policy_id\":\"p\",\n\"workspace_id\":\"w\\u001b\",\"version\":\"1\",\"status\":\"s\",\"hash\":\"\",\"content\":{}}",
                   SEKUIRE_ERR_ID, 2, 16);
    assert_refused("{\"policy_id\":\"p\",\"workspace_id\":\"w\",\n\"version\":\"1:2\",\"status\":\"s\",\"hash\":\"\",\"content\":{}}",
                   SEKUIRE_ERR_ID, 2, 11);
    assert_refused("{\"policy_id\":\"\",\"workspace_id\":\"w\",\"version\":\"1\",\"status\":\"s\",\"hash\":\"\",\"content\":{}}",
                   SEKUIRE_ERR_ID, 1, 14);
}

static void what_is_no_json_is_refused(void **state) {
    (void)state;
    assert_refused("", SEKUIRE_ERR_SYNTAX, 1, 1);
    assert_refused(HEAD "\n\"content\":{},\n\"status\":\"x\"}", SEKUIRE_ERR_DUPLICATE_KEY, 3, 1);
    assert_refused(HEAD "\"content\":{}}\n{}", SEKUIRE_ERR_SYNTAX, 2, 1);
}

/* Files whose fault is one of form are refused before anything is hashed; all the others are read. */
static void the_vectors_have_the_form_that_they_claim(void **state) {
    (void)state;
    static const struct {
        const char *file;
        int status;
    } malformed[] = {
        {"n_policy_id_not_an_id.json", SEKUIRE_ERR_ID},
        {"n_policy_id_control.json", SEKUIRE_ERR_ID},
        {"n_policy_id_empty.json", SEKUIRE_ERR_ID},
        {"n_workspace_id_control.json", SEKUIRE_ERR_ID},
        {"n_colon_moves_from_policy_id_to_version.json", SEKUIRE_ERR_ID},
        {"n_version_number.json", SEKUIRE_ERR_TYPE},
        {"n_policy_id_null.json", SEKUIRE_ERR_TYPE},
        {"n_signature_number.json", SEKUIRE_ERR_TYPE},
        {"n_top_level_array.json", SEKUIRE_ERR_TYPE},
        {"n_missing_policy_id.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_missing_workspace_id.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_missing_version.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_missing_status.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_missing_hash.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_missing_content.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_wrapped_in_data.json", SEKUIRE_ERR_MISSING_FIELD},
        {"n_content_null.json", SEKUIRE_ERR_CONTENT},
        {"n_duplicate_known_key.json", SEKUIRE_ERR_DUPLICATE_KEY},
        {"n_duplicate_unknown_key.json", SEKUIRE_ERR_DUPLICATE_KEY},
        {"n_duplicate_key_in_content.json", SEKUIRE_ERR_DUPLICATE_KEY},
        {"n_truncated.json", SEKUIRE_ERR_SYNTAX},
        {"n_truncated_one_byte.json", SEKUIRE_ERR_SYNTAX},
        {"n_empty_file.json", SEKUIRE_ERR_SYNTAX},
        {"n_not_json.json", SEKUIRE_ERR_SYNTAX},
        {"n_trailing_garbage.json", SEKUIRE_ERR_SYNTAX},
        {"n_two_documents.json", SEKUIRE_ERR_SYNTAX},
        {"n_bom.json", SEKUIRE_ERR_SYNTAX},
        {"n_invalid_utf8.json", SEKUIRE_ERR_UTF8},
        {"n_lone_surrogate.json", SEKUIRE_ERR_SYNTAX},
        {"n_nul_in_content.json", SEKUIRE_ERR_SYNTAX},
        {"n_content_depth_65.json", SEKUIRE_ERR_TOO_DEEP},
        {"n_content_depth_127.json", SEKUIRE_ERR_TOO_DEEP},
    };
    const size_t malformed_count = sizeof malformed / sizeof malformed[0];
    json_t *manifest = load_manifest();
    const json_t *files = json_object_get(manifest, "files");
    size_t refused = 0;
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *name = member_string(json_array_get(files, i), "file");
        struct sek_envelope envelope;
        struct sekuire_error err = {0};
        int expected = 0;
        for (size_t k = 0; k < malformed_count; k++)
            if (strcmp(malformed[k].file, name) == 0) expected = malformed[k].status;
        int status = sek_envelope_parse(&arena, read_vector(&arena, ENVELOPES, name), &envelope, &err);
        if (status != expected) fail_msg("%s: %s (%s)", name, sekuire_status_word(status), err.message);
        if (status != 0) assert_true(err.line > 0 && err.column > 0);
        refused += status != 0;
    }
    assert_int_equal(refused, malformed_count);
    printf("envelopes, form: %zu cases\n", json_array_size(files));
    json_decref(manifest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(null_and_absent_options_are_both_absent_but_empty_is_not),
        cmocka_unit_test(unknown_members_are_ignored),
        cmocka_unit_test(each_required_member_is_missed),
        cmocka_unit_test(members_of_another_type_are_refused_where_they_stand),
        cmocka_unit_test(content_must_be_an_object),
        cmocka_unit_test(ids_and_versions_outside_their_alphabets_are_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(the_vectors_have_the_form_that_they_claim),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
