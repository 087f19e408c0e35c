/* SPDX-License-Identifier: Apache-2.0 */
/* Reading actions, from JSON and from the structure; tests/vectors/decide.json has the verdicts, here is the rest. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "decide/support.h"

static const struct sekuire_text NOTHING = {NULL, 0};

/* The rest of a message is the reason that the pattern's own tests are about. */
static void expect_start(const char *message, const char *start) {
    if (strncmp(message, start, strlen(start)) != 0) fail_msg("'%s' does not begin with '%s'", message, start);
}

static struct sekuire_parsed_action *parse(const char *json, int conformance) {
    struct sekuire_parsed_action *parsed = NULL;
    struct sekuire_error err = {0};
    if (sekuire_action_parse(sek_text(json), conformance, &parsed, &err) != 0) fail_msg("%s: %s", json, err.message);
    return parsed;
}

/* The action at index of a text, with its target and detail. */
static void expect(const char *json, int conformance, size_t index, const struct sekuire_action *wanted) {
    struct sekuire_parsed_action *parsed = parse(json, conformance);
    const struct sekuire_action *action = sekuire_parsed_action_get(parsed, index);
    assert_non_null(action);
    assert_int_equal(action->type, wanted->type);
    assert_true(sek_text_equal(action->target, wanted->target));
    assert_true(sek_text_equal(action->detail, wanted->detail));
    assert_int_equal(action->detail.data == NULL, wanted->detail.data == NULL);
    assert_null(action->root.data);
    assert_true(action->count == wanted->count);
    sekuire_parsed_action_free(parsed);
}

static void parse_fills_the_structure(void **state) {
    (void)state;
    expect("{\"type\":\"network\",\"domain\":\"M\\u00dcNCHEN.de\",\"protocol\":\"HTTPS\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_NETWORK, SEK_TEXT("xn--mnchen-3ya.de"), SEK_TEXT("HTTPS"), NOTHING, 0});
    expect("{\"path\":\"a/b\",\"type\":\"file_access\",\"operation\":\"write\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_FILESYSTEM, SEK_TEXT("a/b"), SEK_TEXT("write"), NOTHING, 0});
    expect("{\"type\":\"tool\",\"tool_name\":\"calc\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_TOOL, SEK_TEXT("calc"), NOTHING, NOTHING, 0});
    expect("{\"type\":\"model\",\"model\":\"gpt-4\",\"provider\":\"openai\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_MODEL, SEK_TEXT("gpt-4"), SEK_TEXT("openai"), NOTHING, 0});
    expect("{\"type\":\"api\",\"service\":\"openai\",\"endpoint\":\"chat\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_API, SEK_TEXT("openai"), SEK_TEXT("chat"), NOTHING, 0});
    expect("{\"type\":\"rate_limit\",\"limitType\":\"token\",\"count\":18446744073709551615,\"window\":\"hour\"}", 0, 0,
           &(struct sekuire_action){SEKUIRE_ACTION_RATE_LIMIT, SEK_TEXT("token"), SEK_TEXT("hour"), NOTHING, UINT64_MAX});
}

static void usage_of_both_windows_is_two_actions(void **state) {
    const char *json = "{\"type\":\"rate_limit\",\"limitType\":\"request\",\"current_rph\":7,\"current_rpm\":3}";
    (void)state;
    expect(json, 1, 0, &(struct sekuire_action){SEKUIRE_ACTION_RATE_LIMIT, SEK_TEXT("request"), SEK_TEXT("minute"), NOTHING, 3});
    expect(json, 1, 1, &(struct sekuire_action){SEKUIRE_ACTION_RATE_LIMIT, SEK_TEXT("request"), SEK_TEXT("hour"), NOTHING, 7});
    struct sekuire_parsed_action *parsed = parse(json, 1);
    assert_null(sekuire_parsed_action_get(parsed, 2));
    sekuire_parsed_action_free(parsed);
    parsed = parse("{\"type\":\"tool\",\"toolName\":\"a\"}", 1);
    assert_null(sekuire_parsed_action_get(parsed, 1));
    sekuire_parsed_action_free(parsed);
}

static void id_is_kept_as_compact_json(void **state) {
    static const struct {
        const char *member, *id;
    } cases[] = {
        {"", NULL},
        {",\"id\":7", "7"},
        {",\"id\": \"a\\u000ab\"", "\"a\\nb\""},
        {",\"id\":null", "null"},
        {",\"id\":{ \"b\" : [1, 1.50], \"a\":true }", "{\"b\":[1,1.50],\"a\":true}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[256];
        snprintf(json, sizeof json, "{\"type\":\"tool\",\"toolName\":\"a\"%s}", cases[i].member);
        struct sekuire_parsed_action *parsed = parse(json, 0);
        struct sekuire_text id = sekuire_parsed_action_id(parsed);
        if (cases[i].id == NULL) assert_null(id.data);
        else assert_true(sek_text_is(id, cases[i].id));
        sekuire_parsed_action_free(parsed);
    }
}

static void parse_says_what_is_wrong_and_where(void **state) {
    static const struct {
        const char *json;
        int status;
        uint32_t column;
        const char *message;
    } cases[] = {
        {"[]", SEKUIRE_ERR_TYPE, 1, "an action must be an object, not an array"},
        {" {\"toolName\":\"a\"}", SEKUIRE_ERR_MISSING_FIELD, 2, "the action has no \"type\""},
        {"{\"type\":7}", SEKUIRE_ERR_TYPE, 9, "\"type\" must be a string, not a number"},
        {"{\"type\":\"fly\"}", SEKUIRE_ERR_CONTENT, 9, "there is no type of action \"fly\""},
        {" {\"type\":\"tool\"}", SEKUIRE_ERR_MISSING_FIELD, 2, "the action has no \"toolName\""},
        {"{\"type\":\"tool\",\"toolname\":\"a\"}", SEKUIRE_ERR_UNKNOWN_KEY, 16, "\"toolname\" is no field of this type of action"},
        {"{\"type\":\"tool\",\"toolName\":\"a\",\"tool_name\":\"a\"}", SEKUIRE_ERR_DUPLICATE_KEY, 31,
         "\"tool_name\" is the other spelling of a field that is here already"},
        {"{\"type\":\"tool\",\"toolName\":[]}", SEKUIRE_ERR_TYPE, 27, "\"toolName\" must be a string, not an array"},
        {"{\"type\":\"tool\",\"toolName\":\"\"}", SEKUIRE_ERR_CONTENT, 27, "\"toolName\": it is empty"},
        {"{\"type\":\"network\",\"domain\":\"a..b\"}", SEKUIRE_ERR_CONTENT, 28, "\"domain\": it has an empty label"},
        {"{\"type\":\"rate_limit\",\"limitType\":\"x\",\"count\":1}", SEKUIRE_ERR_CONTENT, 34,
         "\"limitType\" is \"request\" or \"token\", not \"x\""},
        {"{\"type\":\"rate_limit\",\"limitType\":\"token\",\"count\":1,\"window\":\"day\"}", SEKUIRE_ERR_CONTENT, 61,
         "\"window\" is \"minute\" or \"hour\", not \"day\""},
        {"{\"type\":\"rate_limit\",\"limitType\":\"token\",\"count\":-1}", SEKUIRE_ERR_NUMBER, 50,
         "\"count\" must be an integer from 0 to 18446744073709551615"},
        {"{\"type\":\"rate_limit\",\"limitType\":\"token\",\"current_rpm\":1}", SEKUIRE_ERR_UNKNOWN_KEY, 42,
         "\"current_rpm\" is no field of this type of action"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_parsed_action *parsed = NULL;
        struct sekuire_error err = {0};
        assert_int_equal(sekuire_action_parse(sek_text(cases[i].json), 0, &parsed, &err), cases[i].status);
        assert_null(parsed);
        assert_int_equal(err.status, cases[i].status);
        expect_start(err.message, cases[i].message);
        assert_int_equal(err.line, 1);
        assert_int_equal(err.column, cases[i].column);
        assert_int_equal(err.offset, cases[i].column - 1);
        assert_int_equal(sekuire_action_parse(sek_text(cases[i].json), 0, &parsed, NULL), cases[i].status);
    }
}

static void decide_refuses_a_structure_that_is_no_action(void **state) {
    static const struct {
        struct sekuire_action action;
        int status;
        const char *message;
    } cases[] = {
        {{.type = SEKUIRE_ACTION_NONE, .target = {"a", 1}}, SEKUIRE_ERR_USAGE, "no such type of action"},
        {{.type = (enum sekuire_action_type)99, .target = {"a", 1}}, SEKUIRE_ERR_USAGE, "no such type of action"},
        {{.type = SEKUIRE_ACTION_TOOL}, SEKUIRE_ERR_USAGE, "the action has no tool"},
        {{.type = SEKUIRE_ACTION_NETWORK, .detail = {"https", 5}}, SEKUIRE_ERR_USAGE, "the action has no domain"},
        {{.type = SEKUIRE_ACTION_TOOL, .target = {"", 0}}, SEKUIRE_ERR_CONTENT, "tool: it is empty"},
        {{.type = SEKUIRE_ACTION_TOOL, .target = {"a\0b", 3}}, SEKUIRE_ERR_CONTENT, "tool: it holds a control character"},
        {{.type = SEKUIRE_ACTION_TOOL, .target = {"\xff", 1}}, SEKUIRE_ERR_CONTENT, "tool: it is not UTF-8"},
        {{.type = SEKUIRE_ACTION_NETWORK, .target = {"b\xc3\xb6se.example", 13}}, SEKUIRE_ERR_CONTENT,
         "domain: it is not ASCII"},
        {{.type = SEKUIRE_ACTION_NETWORK, .target = {"a.test", 6}, .detail = {"", 0}}, SEKUIRE_ERR_CONTENT, "protocol: it is empty"},
        {{.type = SEKUIRE_ACTION_FILESYSTEM, .target = {"a", 1}}, SEKUIRE_ERR_CONTENT, "path: it is not absolute"},
        {{.type = SEKUIRE_ACTION_MODEL, .target = {"a", 1}, .detail = {"\n", 1}}, SEKUIRE_ERR_CONTENT,
         "provider: it holds a control character"},
        {{.type = SEKUIRE_ACTION_RATE_LIMIT, .target = {"x", 1}}, SEKUIRE_ERR_CONTENT,
         "a limit type is \"request\" or \"token\", not \"x\""},
        {{.type = SEKUIRE_ACTION_RATE_LIMIT, .target = {"token", 5}, .detail = {"day", 3}}, SEKUIRE_ERR_CONTENT,
         "a window is \"minute\" or \"hour\", not \"day\""},
    };
    struct sekuire_engine *engine = engine_of("{}");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_decision decision = {.verdict = SEKUIRE_WARN, .rule = "untouched"};
        struct sekuire_error err = {0};
        assert_int_equal(sekuire_decide(engine, &cases[i].action, TEST_NOW, &decision, &err), cases[i].status);
        assert_int_equal(err.status, cases[i].status);
        expect_start(err.message, cases[i].message);
        assert_int_equal(decision.verdict, SEKUIRE_WARN);
        assert_string_equal(decision.rule, "untouched");
        assert_int_equal(sekuire_decide(engine, &cases[i].action, TEST_NOW, &decision, NULL), cases[i].status);
    }
    sekuire_engine_free(engine);
}

static void host_to_ascii_ends_with_nul(void **state) {
    char out[SEKUIRE_HOST_SIZE];
    struct sekuire_error err = {0};
    (void)state;
    memset(out, 'x', sizeof out);
    assert_int_equal(sekuire_host_to_ascii(SEK_TEXT("B\xc3\xb6se.Example."), out, &err), 0);
    assert_string_equal(out, "xn--bse-sna.example");
    assert_int_equal(sekuire_host_to_ascii(SEK_TEXT("a b"), out, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(out, "xn--bse-sna.example");
}

static void longest_host_fits(void **state) {
    char host[256];
    char out[SEKUIRE_HOST_SIZE];
    struct sekuire_error err = {0};
    (void)state;
    memset(host, 'a', sizeof host);
    for (size_t i = 63; i < sizeof host; i += 64) host[i] = '.';
    assert_int_equal(sekuire_host_to_ascii((struct sekuire_text){host, 253}, out, &err), 0);
    assert_int_equal(strlen(out), 253);
    assert_int_equal(sekuire_host_to_ascii((struct sekuire_text){host, 254}, out, &err), SEKUIRE_ERR_CONTENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_fills_the_structure),
        cmocka_unit_test(usage_of_both_windows_is_two_actions),
        cmocka_unit_test(id_is_kept_as_compact_json),
        cmocka_unit_test(parse_says_what_is_wrong_and_where),
        cmocka_unit_test(decide_refuses_a_structure_that_is_no_action),
        cmocka_unit_test(host_to_ascii_ends_with_nul),
        cmocka_unit_test(longest_host_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
