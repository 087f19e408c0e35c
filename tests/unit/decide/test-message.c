/* SPDX-License-Identifier: Apache-2.0 */
/* Messages where they are cut, and override mode; tests/vectors/decide.json has every sentence. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "decide/support.h"

static const struct sekuire_decision blocked_tool = {.verdict = SEKUIRE_DENY, .rule = "tool.blocked"};

static struct sekuire_action tool(const char *name) {
    return (struct sekuire_action){.type = SEKUIRE_ACTION_TOOL, .target = sek_text(name)};
}

static void message_is_cut_to_its_buffer(void **state) {
    static const char whole[] = "Tool exec is blocked";
    struct sekuire_action action = tool("exec");
    char out[64];
    (void)state;
    for (size_t size = 0; size <= sizeof out; size++) {
        char wanted[64];
        memset(out, '!', sizeof out);
        sekuire_decision_message(&blocked_tool, &action, out, size);
        if (size < sizeof out) assert_int_equal(out[size], '!');
        if (size == 0) continue;
        snprintf(wanted, size < sizeof wanted ? size : sizeof wanted, "%s", whole);
        assert_string_equal(out, wanted);
    }
}

static void message_is_cut_before_a_character(void **state) {
    char out[64];
    struct sekuire_action letter = tool("a\xc3\xb6" "b");
    struct sekuire_action control = tool("a\xe2\x80\xae" "b");
    (void)state;
    sekuire_decision_message(&blocked_tool, &letter, out, 8);
    assert_string_equal(out, "Tool a");
    sekuire_decision_message(&blocked_tool, &letter, out, 9);
    assert_string_equal(out, "Tool a\xc3\xb6");
    for (size_t size = 7; size < 13; size++) {
        sekuire_decision_message(&blocked_tool, &control, out, size);
        assert_string_equal(out, "Tool a");
    }
    sekuire_decision_message(&blocked_tool, &control, out, 13);
    assert_string_equal(out, "Tool a\\u202e");
}

static void message_is_empty_where_nothing_decided(void **state) {
    char out[64] = "before";
    struct sekuire_decision allow = {.verdict = SEKUIRE_ALLOW};
    struct sekuire_action action = tool("exec");
    (void)state;
    sekuire_decision_message(&allow, &action, out, sizeof out);
    assert_string_equal(out, "");
}

static void message_names_the_provider_that_is_blocked(void **state) {
    static const struct {
        const char *pattern, *message;
    } cases[] = {
        {"OpenRouter", "Provider openrouter is blocked"},
        {"XAI", "Provider xai is blocked"},
        {"*", "Provider Gateway is blocked"},
    };
    struct sekuire_action action = {
        .type = SEKUIRE_ACTION_MODEL, .target = SEK_TEXT("openrouter/grok-2"), .detail = SEK_TEXT("Gateway")};
    char out[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_decision decision = {.rule = "provider.blocked", .pattern = sek_text(cases[i].pattern)};
        sekuire_decision_message(&decision, &action, out, sizeof out);
        assert_string_equal(out, cases[i].message);
    }
}

static void override_turns_only_a_deny_by_a_rule(void **state) {
    static const struct {
        enum sekuire_verdict before;
        const char *rule;
        enum sekuire_verdict after;
        int overridden;
    } cases[] = {
        {SEKUIRE_DENY, "tool.blocked", SEKUIRE_WARN, 1},
        {SEKUIRE_DENY, "network.missing", SEKUIRE_WARN, 1},
        {SEKUIRE_DENY, "policy.expired", SEKUIRE_DENY, 0},
        {SEKUIRE_DENY, "policy.not_yet_valid", SEKUIRE_DENY, 0},
        {SEKUIRE_DENY, NULL, SEKUIRE_DENY, 0},
        {SEKUIRE_ASK, "tool.approval_required", SEKUIRE_ASK, 0},
        {SEKUIRE_ALLOW, NULL, SEKUIRE_ALLOW, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_decision decision = {.verdict = cases[i].before, .rule = cases[i].rule};
        sekuire_decision_override(&decision);
        assert_int_equal(decision.verdict, cases[i].after);
        assert_int_equal(decision.overridden, cases[i].overridden);
        assert_ptr_equal(decision.rule, cases[i].rule);
    }
}

static void unknown_verdict_reads_deny(void **state) {
    (void)state;
    assert_string_equal(sekuire_verdict_word(SEKUIRE_DENY), "deny");
    assert_string_equal(sekuire_verdict_word(SEKUIRE_ASK), "ask");
    assert_string_equal(sekuire_verdict_word(SEKUIRE_WARN), "warn");
    assert_string_equal(sekuire_verdict_word(SEKUIRE_ALLOW), "allow");
    assert_string_equal(sekuire_verdict_word((enum sekuire_verdict)7), "deny");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_cut_to_its_buffer),
        cmocka_unit_test(message_is_cut_before_a_character),
        cmocka_unit_test(message_is_empty_where_nothing_decided),
        cmocka_unit_test(message_names_the_provider_that_is_blocked),
        cmocka_unit_test(override_turns_only_a_deny_by_a_rule),
        cmocka_unit_test(unknown_verdict_reads_deny),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
