/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies become engines, and that an engine stands alone then. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide/support.h"

static struct sekuire_policy *parse(struct sekuire_text bytes) {
    struct sekuire_policy *policy = NULL;
    struct sekuire_error err = {0};
    if (sekuire_policy_parse(bytes, &policy, &err) != 0) fail_msg("%s", err.message);
    return policy;
}

static void expect_tool(const struct sekuire_engine *engine, const char *tool, enum sekuire_verdict verdict) {
    struct sekuire_decision decision = {0};
    struct sekuire_action action = {.type = SEKUIRE_ACTION_TOOL, .target = sek_text(tool)};
    assert_int_equal(sekuire_decide(engine, &action, TEST_NOW, &decision, NULL), 0);
    assert_int_equal(decision.verdict, verdict);
}

static void expect_refused(const struct sekuire_policy *policy) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_engine_new(policy, SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS, &engine, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "the policy was not accepted for a workspace");
    assert_null(engine);
}

static void draft_needs_the_flag(void **state) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_policy *policy = parse(SEK_TEXT("{\"tools\":{\"blocked_tools\":[\"rm\"]}}"));
    (void)state;
    expect_refused(policy);
    assert_int_equal(sekuire_engine_new(policy, SEKUIRE_ENGINE_DRAFT, &engine, NULL), 0);
    assert_int_equal(sekuire_engine_stage(engine), SEKUIRE_POLICY_DRAFT);
    sekuire_policy_free(policy);
    expect_tool(engine, "rm", SEKUIRE_DENY);
    expect_tool(engine, "ls", SEKUIRE_ALLOW);
    sekuire_engine_free(engine);
}

/* From parsed over verified to accepted: only the last is taken as it is, and the engine remembers. */
static void accepted_policy_needs_no_flag(void **state) {
    struct sek_arena arena;
    struct sek_buffer text;
    struct sekuire_public_key key;
    struct sekuire_error err = {0};
    struct sekuire_engine *engine = NULL;
    static const struct sekuire_action good = {.type = SEKUIRE_ACTION_MODEL, .target = {"gpt-4", 5}};
    static const struct sekuire_action bad = {.type = SEKUIRE_ACTION_MODEL, .target = {"gpt-5", 5}};
    struct sekuire_decision decision = {0};
    (void)state;
    load_vectors("envelopes/y_compact.json", &arena, &text);
    struct sekuire_policy *policy = parse(sek_buffer_view(&text));
    expect_refused(policy);
    assert_int_equal(sekuire_policy_verify(policy, &err), 0);
    expect_refused(policy);
    assert_int_equal(sek_engine_from_verified(sek_policy_verified(policy), 0, &engine, &err), SEKUIRE_ERR_CONTENT);
    assert_null(engine);
    assert_int_equal(
        sekuire_public_key_parse(SEK_TEXT("009a4cc8bbf566ba0cedb553fa1353e21474db3edc001d759ca0b1328459504c"), &key, &err), 0);
    struct sekuire_acceptance acceptance = {.workspace_id = "ws_abc123", .keys = &key, .key_count = 1, .now = 1768435200};
    assert_int_equal(sekuire_policy_accept(policy, &acceptance, NULL, &err), 0);
    assert_int_equal(sekuire_engine_new(policy, 0, &engine, &err), 0);
    sekuire_policy_free(policy);
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
    assert_int_equal(sekuire_engine_stage(engine), SEKUIRE_POLICY_ACCEPTED);
    assert_int_equal(sekuire_decide(engine, &good, TEST_NOW, &decision, &err), 0);
    assert_int_equal(decision.verdict, SEKUIRE_ALLOW);
    assert_int_equal(sekuire_decide(engine, &bad, TEST_NOW, &decision, &err), 0);
    assert_string_equal(decision.rule, "model.not_allowed");
    assert_string_equal(decision.pointer, "/agent/models/allowed_models");
    sekuire_engine_free(engine);
}

/* The content lies deep in a bigger text, which is gone when the engine is asked. */
static void engine_from_content_keeps_a_copy(void **state) {
    static const char source[] = "{\"before\":1,\"content\":{\"x-\":[{},[[\"a\\u0041\"]],1.5,null],\"tools\":{\"blocked_tools\":"
                                 "[{\"name\":\"rm\"},\"ex\\u0065c\"]}},\"after\":{\"tools\":{\"blocked_tools\":[\"ls\"]}}}";
    char *bytes = malloc(sizeof source);
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    struct sekuire_decision decision = {0};
    struct sekuire_action action = {.type = SEKUIRE_ACTION_TOOL, .target = SEK_TEXT("exec")};
    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, source, sizeof source);
    sek_arena_init(&arena, 1 << 20);
    assert_int_equal(sek_json_parse(&arena, sek_text(bytes), &root, &err), 0);
    const struct sek_node *content = sek_node_get(root, "content");
    assert_int_equal(sek_engine_from_content(content, 0, &engine, &err), SEKUIRE_ERR_CONTENT);
    assert_null(engine);
    assert_int_equal(sek_engine_from_content(content, SEKUIRE_ENGINE_DRAFT, &engine, &err), 0);
    sek_arena_clear(&arena);
    memset(bytes, '!', sizeof source);
    free(bytes);
    assert_int_equal(sekuire_decide(engine, &action, TEST_NOW, &decision, &err), 0);
    assert_string_equal(decision.rule, "tool.blocked");
    assert_string_equal(decision.pointer, "/tools/blocked_tools/1");
    assert_true(sek_text_is(decision.pattern, "exec"));
    expect_tool(engine, "rm", SEKUIRE_DENY);
    expect_tool(engine, "ls", SEKUIRE_ALLOW);
    assert_int_equal(sek_engine_rules(engine)->blocked_tools.count, 1);
    sekuire_engine_free(engine);
}

static void uncompilable_policy_is_named_with_its_place(void **state) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    (void)state;
    assert_int_equal(make_engine(SEK_TEXT("{\n  \"tools\": {\"blocked_tools\": [\"a\", 7]}\n}"), 0, &engine, &err),
                     SEKUIRE_ERR_CONTENT);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 36);
    assert_null(engine);
}

static void unknown_key_is_named_with_its_place(void **state) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    static const char text[] = "{\n  \"tools\": {\"blocked_tools\": [\"a\"]},\n  \"tool\": {}\n}";
    (void)state;
    assert_int_equal(make_engine(sek_text(text), 0, &engine, &err), SEKUIRE_ERR_UNKNOWN_KEY);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 3);
    assert_null(engine);
    assert_int_equal(make_engine(sek_text(text), SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS, &engine, &err), 0);
    expect_tool(engine, "a", SEKUIRE_DENY);
    sekuire_engine_free(engine);
}

static void free_takes_null(void **state) {
    (void)state;
    sekuire_engine_free(NULL);
    sekuire_parsed_action_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draft_needs_the_flag),
        cmocka_unit_test(accepted_policy_needs_no_flag),
        cmocka_unit_test(engine_from_content_keeps_a_copy),
        cmocka_unit_test(uncompilable_policy_is_named_with_its_place),
        cmocka_unit_test(unknown_key_is_named_with_its_place),
        cmocka_unit_test(free_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
