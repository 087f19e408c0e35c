/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/compiled.h"

#include <string.h>

#define KIND SEK_PATTERN_NAME

static void name_is_exact_and_case_sensitive(void **state) {
    assert_compiles(*state, KIND, "gpt-4", SEK_SHAPE_EXACT, "gpt-4");
    assert_true(matches(*state, KIND, "gpt-4", "gpt-4"));
    assert_false(matches(*state, KIND, "gpt-4", "GPT-4"));
    assert_false(matches(*state, KIND, "gpt-4", "gpt-4o"));
    assert_false(matches(*state, KIND, "gpt-4", "gpt-"));
}

static void name_prefix_matches_itself_and_what_begins_with_it(void **state) {
    assert_compiles(*state, KIND, "gpt-*", SEK_SHAPE_PREFIX, "gpt-");
    assert_true(matches(*state, KIND, "gpt-*", "gpt-"));
    assert_true(matches(*state, KIND, "gpt-*", "gpt-4"));
    assert_false(matches(*state, KIND, "gpt-*", "gpt"));
    assert_false(matches(*state, KIND, "gpt-*", "GPT-4"));
    assert_false(matches(*state, KIND, "gpt-*", "my-gpt-4"));
}

static void name_star_alone_matches_everything(void **state) {
    assert_compiles(*state, KIND, "*", SEK_SHAPE_ALL, "");
    assert_true(matches(*state, KIND, "*", "anything at all"));
    assert_true(matches(*state, KIND, "*", "*"));
}

static void name_refuses_empty_and_misplaced_stars(void **state) {
    assert_none(*state, KIND, SEK_TEXT(""), "an empty string is not a name pattern");
    assert_none(*state, KIND, SEK_TEXT("*x"), "'*x' is not a name pattern: '*' may stand at its end only");
    assert_none(*state, KIND, SEK_TEXT("a*b"), "'*'");
    assert_none(*state, KIND, SEK_TEXT("a**"), "'*'");
    assert_none(*state, KIND, SEK_TEXT("**"), "'*'");
}

static void name_refuses_what_no_action_can_hold(void **state) {
    char longest[SEK_LIMIT_ACTION_TEXT + 3];
    memset(longest, 'a', sizeof longest);
    longest[SEK_LIMIT_ACTION_TEXT] = '*';
    assert_none(*state, KIND, SEK_TEXT("a\tb"), "control character");
    assert_none(*state, KIND, SEK_TEXT("a\x7f*"), "control character");
    assert_none(*state, KIND, SEK_TEXT("a\0b"), "control character");
    assert_none(*state, KIND, SEK_TEXT("a\xff"), "not UTF-8");
    assert_none(*state, KIND, (struct sekuire_text){longest, sizeof longest}, "'*'");
    longest[SEK_LIMIT_ACTION_TEXT] = 'a';
    assert_none(*state, KIND, (struct sekuire_text){longest, sizeof longest}, "longer than 4096 bytes");
    assert_true(matches(*state, KIND, "caf\xc3\xa9 \xc2\x85", "caf\xc3\xa9 \xc2\x85"));
}

static void name_prefix_of_the_greatest_length_is_one_name(void **state) {
    char text[SEK_LIMIT_ACTION_TEXT + 2];
    memset(text, 'a', sizeof text);
    text[SEK_LIMIT_ACTION_TEXT] = '*';
    text[SEK_LIMIT_ACTION_TEXT + 1] = '\0';
    assert_int_equal(compiled(*state, KIND, text).shape, SEK_SHAPE_EXACT);
    assert_int_equal(compiled(*state, KIND, text + 1).shape, SEK_SHAPE_PREFIX);
}

static void name_does_no_unicode_normalisation(void **state) {
    assert_false(matches(*state, KIND, "caf\xc3\xa9", "cafe\xcc\x81"));
}

static void provider_is_exact_in_any_case(void **state) {
    const enum sek_pattern_kind kind = SEK_PATTERN_PROVIDER;
    assert_compiles(*state, kind, "OpenAI", SEK_SHAPE_EXACT, "openai");
    assert_true(matches(*state, kind, "OpenAI", "openai"));
    assert_true(matches(*state, kind, "openai", "OPENAI"));
    assert_false(matches(*state, kind, "open", "openai"));
    assert_true(matches(*state, kind, "*", "openai"));
    /* Only ASCII has case here. */
    assert_false(matches(*state, kind, "\xc3\x89", "\xc3\xa9"));
    assert_none(*state, kind, SEK_TEXT("open*"), "is not a provider pattern");
    assert_none(*state, kind, SEK_TEXT(""), "an empty string is not a provider pattern");
}

static bool blocked(struct sek_arena *arena, const char *text, const char *model) {
    struct sek_pattern pattern = compiled(arena, KIND, text);
    return sek_pattern_match_blocked_model(&pattern, sek_text(model));
}

static void blocked_model_is_found_in_any_case_and_behind_slash_and_colon(void **state) {
    assert_true(blocked(*state, "gpt-4-32k", "gpt-4-32k"));
    assert_true(blocked(*state, "gpt-4-32k", "GPT-4-32K"));
    assert_true(blocked(*state, "GPT-4-32k", "gpt-4-32K"));
    assert_true(blocked(*state, "gpt-4-32k", "openai/gpt-4-32k"));
    assert_true(blocked(*state, "gpt-4-32k", "azure:openai/GPT-4-32k"));
    assert_true(blocked(*state, "gpt-4-32k", "azure/openai:gpt-4-32k"));
    assert_true(blocked(*state, "openai/gpt-4", "router/OpenAI/gpt-4"));
    assert_true(blocked(*state, "gpt-*", "x/y/GPT-5"));
    assert_true(blocked(*state, "gpt-*", "GPT-"));
    assert_true(blocked(*state, "*", "x"));
}

static void blocked_model_is_not_found_where_it_is_not(void **state) {
    assert_false(blocked(*state, "gpt-4-32k", "gpt-4"));
    assert_false(blocked(*state, "gpt-4", "gpt-4-32k"));
    assert_false(blocked(*state, "gpt-4", "gpt-4/other"));
    assert_false(blocked(*state, "gpt-4", "my-gpt-4"));
    assert_false(blocked(*state, "gpt-*", "gpt"));
    assert_false(blocked(*state, "gpt-4", "openai/"));
    assert_false(blocked(*state, "gpt-4", "openai gpt-4"));
}

static void value_check_says_what_is_wrong(void **state) {
    (void)state;
    char text[SEK_LIMIT_ACTION_TEXT + 1];
    struct sekuire_error err = {0};
    memset(text, 'a', sizeof text);
    assert_int_equal(sek_value_check((struct sekuire_text){text, SEK_LIMIT_ACTION_TEXT}, &err), 0);
    assert_int_equal(err.status, 0);
    assert_int_equal(sek_value_check((struct sekuire_text){text, sizeof text}, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it is longer than 4096 bytes");
    assert_int_equal(sek_value_check(SEK_TEXT(""), &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it is empty");
    assert_int_equal(sek_value_check(SEK_TEXT("a\x1f"), &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it holds a control character");
    assert_int_equal(sek_value_check(SEK_TEXT("\xed\xa0\x80"), &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it is not UTF-8");
}

static void message_quotes_the_start_of_a_long_pattern_and_keeps_the_reason(void **state) {
    char text[301] = {0};
    memset(text, 'a', 63);
    memcpy(text + 63, "\xc3\xa9", 2);
    memset(text + 65, '*', 235);
    assert_none(*state, KIND, sek_text(text), "a...' is not a name pattern: '*' may stand at its end only");
}

static void short_memory_is_a_status(void **state) {
    (void)state;
    struct sek_arena arena;
    struct sek_pattern pattern;
    struct sekuire_error err = {0};
    sek_arena_init(&arena, 8);
    assert_int_equal(sek_pattern_compile(&arena, KIND, SEK_TEXT("a-long-name"), &pattern, &err), SEKUIRE_ERR_MEMORY);
    sek_arena_clear(&arena);
    for (size_t limit = 16; limit < 64; limit += 16) {
        sek_arena_init(&arena, limit);
        int status = sek_pattern_compile(&arena, SEK_PATTERN_DOMAIN, SEK_TEXT("example.com"), &pattern, &err);
        assert_int_equal(status, limit < 32 ? SEKUIRE_ERR_MEMORY : 0);
        sek_arena_clear(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_exact_and_case_sensitive),
        cmocka_unit_test(name_prefix_matches_itself_and_what_begins_with_it),
        cmocka_unit_test(name_star_alone_matches_everything),
        cmocka_unit_test(name_refuses_empty_and_misplaced_stars),
        cmocka_unit_test(name_refuses_what_no_action_can_hold),
        cmocka_unit_test(name_prefix_of_the_greatest_length_is_one_name),
        cmocka_unit_test(name_does_no_unicode_normalisation),
        cmocka_unit_test(provider_is_exact_in_any_case),
        cmocka_unit_test(blocked_model_is_found_in_any_case_and_behind_slash_and_colon),
        cmocka_unit_test(blocked_model_is_not_found_where_it_is_not),
        cmocka_unit_test(value_check_says_what_is_wrong),
        cmocka_unit_test(message_quotes_the_start_of_a_long_pattern_and_keeps_the_reason),
        cmocka_unit_test(short_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
