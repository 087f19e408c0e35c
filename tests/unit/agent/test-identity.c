/* SPDX-License-Identifier: Apache-2.0 */
/* The SekuireID, on upstream's vectors and on ours. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "agent/agent.h"

/* The string member of an object, with its size: prompts hold NUL. */
static struct sekuire_text member(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_string(value));
    return (struct sekuire_text){json_string_value(value), json_string_length(value)};
}

static json_t *load(void) {
    json_error_t problem;
    json_t *root = json_load_file(TEST_VECTORS "/identity.json", JSON_ALLOW_NUL, &problem);
    if (root == NULL) fail_msg("identity.json: %s", problem.text);
    return root;
}

/* Runs one case: the SDK's reading and the command line's. */
static void run_case(const json_t *entry) {
    const char *name = json_string_value(json_object_get(entry, "name"));
    const json_t *input = json_object_get(entry, "input");
    const json_t *hashes = json_object_get(entry, "intermediates");
    const char *policy = json_string_value(json_object_get(entry, "policy"));
    bool cli_refuses = json_is_string(json_object_get(entry, "cliError"));
    bool must_refuse = policy != NULL && strcmp(policy, "reject") == 0;
    bool may_refuse = must_refuse || (policy != NULL && strcmp(policy, "match_or_reject") == 0);
    struct sek_identity identity;
    struct sekuire_text model = member(input, "model"), prompt = member(input, "systemPrompt"),
                        tools = member(input, "tools");

    int status = sek_identity_compute(model, prompt, tools, SEK_TOOLS_RAW, &identity, NULL);
    if (status != 0 && !may_refuse) fail_msg("%s: refused (%s)", name, sekuire_status_word(status));
    if (status == 0 && must_refuse) fail_msg("%s: not refused", name);
    if (status == 0) {
        assert_string_equal(identity.sekuire_id, json_string_value(json_object_get(entry, "expected")));
        const char *prompt_hash = json_string_value(json_object_get(hashes, "promptHash"));
        const char *tools_hash = json_string_value(json_object_get(hashes, "toolsHash"));
        if (prompt_hash != NULL) assert_string_equal(identity.prompt_hash, prompt_hash);
        if (tools_hash != NULL) assert_string_equal(identity.tools_hash, tools_hash);
        char id[SEK_HASH_TEXT];
        sek_identity_from_hashes(model, sek_text(identity.prompt_hash), sek_text(identity.tools_hash), id);
        assert_string_equal(id, identity.sekuire_id);
    }
    status = sek_identity_compute(model, prompt, tools, SEK_TOOLS_STRICT, &identity, NULL);
    if (status == 0 && (cli_refuses || must_refuse)) fail_msg("%s: taken by the strict reading", name);
    if (status != 0 && !cli_refuses && !may_refuse) fail_msg("%s: refused by the strict reading", name);
    if (status == 0) assert_string_equal(identity.sekuire_id, json_string_value(json_object_get(entry, "expected")));
}

static size_t run_all(const json_t *cases) {
    size_t index;
    json_t *entry;
    json_array_foreach(cases, index, entry) run_case(entry);
    return json_array_size(cases);
}

static void identity_agrees_with_all_vectors(void **state) {
    (void)state;
    json_t *root = load();
    size_t theirs = run_all(json_object_get(root, "vectors"));
    size_t ours = run_all(json_object_get(root, "extra"));
    print_message("identity.json: %zu cases, %zu of them upstream's\n", theirs + ours, theirs);
    assert_int_equal(theirs, 10);
    assert_int_equal(ours, 55);
    json_decref(root);
}

static int raw(const char *tools, char id[SEK_HASH_TEXT]) {
    struct sek_identity identity = {0};
    int status = sek_identity_compute(SEK_TEXT("m"), SEK_TEXT("p"), sek_text(tools), SEK_TOOLS_RAW, &identity, NULL);
    memcpy(id, identity.tools_hash, SEK_HASH_TEXT);
    return status;
}

static void raw_reading_refuses_what_upstream_reads_and_we_do_not(void **state) {
    (void)state;
    char id[SEK_HASH_TEXT];
    char deep[140];
    assert_int_equal(raw("[{\"a\":1,\"a\":2}]", id), SEKUIRE_ERR_DUPLICATE_KEY);
    assert_int_not_equal(raw("[\"\\u0000\"]", id), 0);
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    deep[130] = '\0';
    assert_int_equal(raw(deep, id), SEKUIRE_ERR_TOO_DEEP);
}

static void raw_reading_hashes_the_text_that_upstream_cannot_read(void **state) {
    (void)state;
    static const char *const texts[] = {"nope", "[1", "1e999", "[\"\\ud800\"]"};
    char id[SEK_HASH_TEXT];
    char expected[SEK_HASH_TEXT];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(raw(texts[i], id), 0);
        sek_blake3_hex(expected, texts[i], strlen(texts[i]));
        assert_string_equal(id, expected);
    }
}

static void prompt_that_is_not_utf8_is_refused(void **state) {
    (void)state;
    struct sek_identity identity;
    struct sekuire_error err = {0};
    assert_int_equal(sek_identity_compute(SEK_TEXT("m"), SEK_TEXT("a\xff"), SEK_TEXT("[]"), SEK_TOOLS_RAW, &identity, &err),
                     SEKUIRE_ERR_UTF8);
    assert_string_equal(err.message, "the system prompt is not UTF-8 at byte 1");
}

static void exported_id_wants_tools_that_are_json(void **state) {
    (void)state;
    char id[65] = "untouched";
    assert_int_equal(
        sekuire_id_compute(SEK_TEXT("gpt-4o"), SEK_TEXT("You are a helpful assistant."), SEK_TEXT("no"), id, NULL),
        SEKUIRE_ERR_SYNTAX);
    assert_string_equal(id, "untouched");
    assert_int_equal(
        sekuire_id_compute(SEK_TEXT("gpt-4o"), SEK_TEXT("You are a helpful assistant.\n"), SEK_TEXT(" [ ] "), id, NULL), 0);
    assert_string_equal(id, "28da5805f90c0b2d7437e448f40853092cc38f5fa223cae21994a8b76d338b53");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_agrees_with_all_vectors),
        cmocka_unit_test(raw_reading_refuses_what_upstream_reads_and_we_do_not),
        cmocka_unit_test(raw_reading_hashes_the_text_that_upstream_cannot_read),
        cmocka_unit_test(prompt_that_is_not_utf8_is_refused),
        cmocka_unit_test(exported_id_wants_tools_that_are_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
