/* SPDX-License-Identifier: Apache-2.0 */
/* Every decision of tests/vectors/policy-enforcement.json and tests/vectors/decide.json. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "decide/support.h"

enum { MESSAGE_SIZE = 16384 };

struct outcome {
    int status;
    struct sekuire_decision decision;
    char message[MESSAGE_SIZE];
};

static bool flag_of(const struct sek_node *test, const char *key) {
    const struct sek_node *node = sek_node_get(test, key);
    return node != NULL && node->boolean;
}

static int64_t now_of(const struct sek_node *test) {
    uint64_t now;
    return sek_node_u64(sek_node_get(test, "now"), &now) ? (int64_t)now : TEST_NOW;
}

/* Asks engine; *parsed must outlive the outcome's decision. */
static int ask(const struct sekuire_engine *engine, const struct sek_node *test, struct sekuire_parsed_action **parsed,
               struct outcome *outcome, struct sekuire_error *err) {
    struct sek_buffer json;
    const struct sek_node *text = sek_node_get(test, "action_text");
    const struct sek_node *root = sek_node_get(test, "root");
    sek_buffer_init(&json, TEST_FILE_MAX);
    struct sekuire_text bytes = text != NULL ? text->text : json_of(&json, sek_node_get(test, "action"));
    int status = sekuire_action_parse(bytes, flag_of(test, "conformance"), parsed, err);
    sek_buffer_clear(&json);
    if (status != 0) return status;
    struct sekuire_action action = *sekuire_parsed_action_get(*parsed, 0);
    if (root != NULL) action.root = root->text;
    status = sekuire_decide(engine, &action, now_of(test), &outcome->decision, err);
    if (status != 0) return status;
    if (flag_of(test, "override")) sekuire_decision_override(&outcome->decision);
    sekuire_decision_message(&outcome->decision, &action, outcome->message, sizeof outcome->message);
    return 0;
}

/* True if a string of the outcome is the one expected; an absent one is expected to be absent. */
static bool same(const char *name, const char *what, const struct sek_node *expected, struct sekuire_text actual) {
    struct sekuire_text wanted = expected == NULL ? (struct sekuire_text){NULL, 0} : expected->text;
    if ((wanted.data == NULL) == (actual.data == NULL) && sek_text_equal(wanted, actual)) return true;
    print_error("%s: %s is '%.*s', not '%.*s'\n", name, what, SEK_TEXT_ARGS(actual), SEK_TEXT_ARGS(wanted));
    return false;
}

static bool compare(const char *name, const struct sek_node *expected, const struct outcome *outcome,
                    const struct sekuire_error *err) {
    struct sekuire_text message = sek_text(outcome->message);
    const struct sek_node *error = sek_node_get(expected, "error");
    if (error != NULL || outcome->status != 0)
        return same(name, "error", error, outcome->status == 0 ? (struct sekuire_text){NULL, 0}
                                                               : sek_text(sekuire_status_word(outcome->status))) &&
               outcome->status == err->status && err->message[0] != '\0';
    bool ok = same(name, "decision", sek_node_get(expected, "decision"), sek_text(sekuire_verdict_word(outcome->decision.verdict)));
    ok &= same(name, "rule", sek_node_get(expected, "rule"), sek_text(outcome->decision.rule));
    ok &= same(name, "pointer", sek_node_get(expected, "pointer"), sek_text(outcome->decision.pointer));
    ok &= same(name, "pattern", sek_node_get(expected, "pattern"), outcome->decision.pattern);
    ok &= same(name, "message", sek_node_get(expected, "message"), message.size == 0 ? (struct sekuire_text){NULL, 0} : message);
    return ok;
}

/* The policy of that name. */
static const struct sek_node *named(const struct sek_node *policies, struct sekuire_text name) {
    for (SEK_EACH(policy, policies))
        if (sek_text_equal(policy->key, name)) return policy;
    fail_msg("no policy '%.*s'", SEK_TEXT_ARGS(name));
    return NULL;
}

/* Runs one case of decide.json: true if it comes out as expected. */
static bool run(const struct sek_node *policies, const struct sek_node *test) {
    char name[256];
    struct sek_buffer json;
    struct sekuire_error err = {0};
    struct sekuire_engine *engine = NULL;
    struct sekuire_parsed_action *parsed = NULL;
    static struct outcome outcome;
    const struct sek_node *policy = sek_node_get(test, "policy");
    unsigned flags = flag_of(test, "allow_unknown_keys") ? SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS : 0;
    outcome = (struct outcome){0};
    snprintf(name, sizeof name, "%.*s", SEK_TEXT_ARGS(sek_node_get(test, "name")->text));
    if (policy->kind == SEK_STRING) policy = named(policies, policy->text);
    sek_buffer_init(&json, TEST_FILE_MAX);
    outcome.status = make_engine(json_of(&json, policy), flags, &engine, &err);
    sek_buffer_clear(&json);
    if (outcome.status == 0) outcome.status = ask(engine, test, &parsed, &outcome, &err);
    bool ok = compare(name, sek_node_get(test, "expected"), &outcome, &err);
    sekuire_parsed_action_free(parsed);
    sekuire_engine_free(engine);
    return ok;
}

static void decisions_of_decide_json(void **state) {
    struct sek_arena arena;
    struct sek_buffer text;
    int count = 0;
    int failed = 0;
    (void)state;
    const struct sek_node *root = load_vectors("decide.json", &arena, &text);
    for (SEK_EACH(test, sek_node_get(root, "cases"))) {
        count++;
        if (!run(sek_node_get(root, "policies"), test)) failed++;
    }
    print_message("decide.json: %d cases, %d failed\n", count, failed);
    assert_int_equal(failed, 0);
    assert_true(count >= 300);
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
}

/* Upstream's vectors name the decision, and the rule of a denial. */
static void decisions_of_policy_enforcement_json(void **state) {
    struct sek_arena arena;
    struct sek_buffer text;
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    int count = 0;
    int failed = 0;
    (void)state;
    const struct sek_node *root = load_vectors("policy-enforcement.json", &arena, &text);
    const struct sek_node *content = sek_node_path(root, "policy", "content", NULL);
    assert_int_equal(sek_engine_from_content(content, SEKUIRE_ENGINE_DRAFT, &engine, &err), 0);
    for (SEK_EACH(test, sek_node_get(root, "vectors"))) {
        struct sekuire_parsed_action *parsed = NULL;
        static struct outcome outcome;
        const struct sek_node *expected = sek_node_get(test, "expected");
        char name[256];
        count++;
        snprintf(name, sizeof name, "%.*s", SEK_TEXT_ARGS(sek_node_get(test, "name")->text));
        outcome = (struct outcome){0};
        bool ok = ask(engine, test, &parsed, &outcome, &err) == 0 &&
                  same(name, "decision", sek_node_get(expected, "decision"),
                       sek_text(sekuire_verdict_word(outcome.decision.verdict))) &&
                  same(name, "rule", sek_node_get(expected, "rule"), sek_text(outcome.decision.rule));
        if (!ok) failed++;
        sekuire_parsed_action_free(parsed);
    }
    print_message("policy-enforcement.json: %d cases, %d failed\n", count, failed);
    assert_int_equal(failed, 0);
    assert_int_equal(count, 19);
    sekuire_engine_free(engine);
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
}

/* Each rule of the table in section 4 decides in one case of decide.json at least. */
static void every_rule_has_a_case(void **state) {
    static const char *const rules[] = {"network.missing",   "network.disabled",      "network.tls_required",  "network.blocked",
                                        "network.not_allowed", "fs.missing",          "fs.disabled",           "fs.blocked",
                                        "fs.not_allowed",    "fs.ext",                "tool.blocked",          "tool.not_allowed",
                                        "tool.approval_required", "model.blocked",    "model.not_allowed",     "provider.unknown",
                                        "provider.blocked",  "provider.not_allowed",  "api.missing",           "api.disabled",
                                        "api.not_allowed",   "api.endpoint_not_allowed", "rate_limit.exceeded", "policy.expired",
                                        "policy.not_yet_valid"};
    struct sek_arena arena;
    struct sek_buffer text;
    (void)state;
    const struct sek_node *root = load_vectors("decide.json", &arena, &text);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        int found = 0;
        for (SEK_EACH(test, sek_node_get(root, "cases"))) {
            const struct sek_node *rule = sek_node_path(test, "expected", "rule", NULL);
            if (rule != NULL && sek_text_is(rule->text, rules[i])) found++;
        }
        if (found == 0) fail_msg("no case for %s", rules[i]);
    }
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_of_policy_enforcement_json),
        cmocka_unit_test(decisions_of_decide_json),
        cmocka_unit_test(every_rule_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
