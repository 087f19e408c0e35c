/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>

#include "agent/provider.h"

/* Every test runs twice: by the lines of the table, and by its index. */
static const struct sek_index *table_or_index;

static int use_index(void **state) {
    static struct sek_arena arena;
    struct sekuire_error err = {0};
    sek_arena_init(&arena, 1u << 20);
    *state = &arena;
    return sek_provider_index(&arena, &table_or_index, &err);
}

static int drop_index(void **state) {
    table_or_index = NULL;
    sek_arena_clear(*state);
    return 0;
}

static void expect_text(struct sekuire_text actual, const char *expected) {
    char copy[256];
    if (expected == NULL) {
        assert_null(actual.data);
        return;
    }
    snprintf(copy, sizeof copy, "%.*s", SEK_TEXT_ARGS(actual));
    assert_string_equal(copy, expected);
}

static void table_knows_the_families_of_each_provider(void **state) {
    static const struct {
        const char *model;
        const char *provider;
    } cases[] = {
        {"gpt-4", "openai"},
        {"gpt-4o-mini", "openai"},
        {"o1", "openai"},
        {"o1-mini", "openai"},
        {"o3-mini", "openai"},
        {"o4-mini", "openai"},
        {"chatgpt-4o-latest", "openai"},
        {"ft:gpt-4o-mini:org::id", "openai"},
        {"claude-3.5-sonnet", "anthropic"},
        {"anthropic.claude-3-haiku-20240307-v1:0", "anthropic"},
        {"gemini-1.5-pro", "google"},
        {"mistral-large-latest", "mistral"},
        {"codestral-latest", "mistral"},
        {"Mixtral-8x7B-Instruct-v0.1", "mistral"},
        {"llama-3-70b", "meta"},
        {"Meta-Llama-3.1-8B", "meta"},
        {"command-r-plus", "cohere"},
        {"deepseek-chat", "deepseek"},
        {"grok-2", "xai"},
        {"qwen2.5-72b-instruct", "alibaba"},
        {"amazon.nova-pro-v1:0", "amazon"},
        {"amazon.titan-text-express-v1", "amazon"},
        {"phi-3-mini", "microsoft"},
        {"jamba-1.5-large", "ai21"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_text(sek_provider_of_name(table_or_index, sek_text(cases[i].model)), cases[i].provider);
        expect_text(sek_provider_of_model(table_or_index, sek_text(cases[i].model), (struct sekuire_text){NULL, 0}), cases[i].provider);
    }
}

static void table_does_not_guess(void **state) {
    static const char *const names[] = {"",      "gpt",   "gpt4all", "GPT-4",    "Claude-3", " gpt-4",          "xgpt-4", "my-model",
                                        "groq-1", "nova-2", "o2",      "openai", "davinci",   "command-assistant", "titan"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) expect_text(sek_provider_of_name(table_or_index, sek_text(names[i])), NULL);
}

static void longest_prefix_wins(void **state) {
    (void)state;
    expect_text(sek_provider_of_name(table_or_index, SEK_TEXT("gpt-j-6b")), "eleutherai");
    expect_text(sek_provider_of_name(table_or_index, SEK_TEXT("llama-3.1-70b")), "meta");
    expect_text(sek_provider_of_name(table_or_index, SEK_TEXT("llama-3.1-nemotron-70b")), "nvidia");
}

/* The table as the program compiles it, for what must hold of every line. */
static const struct {
    const char *prefix;
    const char *provider;
} table[] = {
#define SEK_PROVIDER(prefix, provider) {prefix, provider},
#include "agent/providers.def"
#undef SEK_PROVIDER
};

static void table_has_no_line_twice_and_lower_case_providers(void **state) {
    enum { COUNT = sizeof table / sizeof table[0] };
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(strlen(table[i].prefix) >= 2);
        for (const char *c = table[i].provider; *c != '\0'; c++) assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'));
        for (size_t k = 0; k < i; k++) assert_string_not_equal(table[i].prefix, table[k].prefix);
        expect_text(sek_provider_of_name(table_or_index, sek_text(table[i].prefix)), table[i].provider);
    }
    print_message("%d prefixes\n", COUNT);
}

static void declared_comes_before_prefix_before_table(void **state) {
    (void)state;
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("mistral/gpt-4"), SEK_TEXT("azure")), "azure");
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("mistral/gpt-4"), SEK_TEXT("")), "mistral");
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("openrouter/anthropic/claude-3"), SEK_TEXT("")), "openrouter");
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("gpt-4"), SEK_TEXT("")), "openai");
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("house-model"), SEK_TEXT("")), NULL);
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("/gpt-4"), SEK_TEXT("")), NULL);
    expect_text(sek_provider_of_model(table_or_index, SEK_TEXT("openai/"), SEK_TEXT("")), "openai");
}

struct seen {
    char names[256];
    const char *stop_at;
};

static bool note(void *context, struct sekuire_text provider) {
    struct seen *seen = context;
    size_t used = strlen(seen->names);
    assert_true(provider.size > 0);
    snprintf(seen->names + used, sizeof seen->names - used, "%s%.*s", used == 0 ? "" : " ", SEK_TEXT_ARGS(provider));
    return seen->stop_at != NULL && sek_text_is(provider, seen->stop_at);
}

static void each_meant_names_all_that_may_be_meant(void **state) {
    static const struct {
        const char *model, *declared, *meant;
    } cases[] = {
        {"gpt-4", "", "openai"},
        {"gpt-4", "azure", "azure openai"},
        {"openai/gpt-4", "", "openai openai"},
        {"openrouter/anthropic/claude-3", "gateway", "gateway openrouter anthropic anthropic"},
        {"gpt-x/claude-3", "", "gpt-x openai anthropic"},
        {"//gpt-4", "", "openai"},
        {"house/model", "", "house"},
        {"house-model", "", ""},
        {"", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = {.stop_at = NULL};
        assert_false(sek_provider_each_meant(table_or_index, sek_text(cases[i].model), sek_text(cases[i].declared), note, &seen));
        assert_string_equal(seen.names, cases[i].meant);
    }
}

static void each_meant_stops_when_told(void **state) {
    struct seen seen = {.stop_at = "openrouter"};
    (void)state;
    assert_true(sek_provider_each_meant(table_or_index, SEK_TEXT("openrouter/anthropic/claude-3"), SEK_TEXT("gateway"), note, &seen));
    assert_string_equal(seen.names, "gateway openrouter");
}

static void conflict_is_any_other_provider_meant(void **state) {
    struct sekuire_text other = SEK_TEXT("untouched");
    (void)state;
    assert_false(sek_provider_conflict(SEK_TEXT("gpt-4"), SEK_TEXT("openai"), &other));
    assert_false(sek_provider_conflict(SEK_TEXT("openai/gpt-4"), SEK_TEXT("OpenAI"), &other));
    assert_false(sek_provider_conflict(SEK_TEXT("gpt-4"), SEK_TEXT(""), &other));
    assert_false(sek_provider_conflict(SEK_TEXT("house-model"), SEK_TEXT("house"), &other));
    expect_text(other, "untouched");
    assert_true(sek_provider_conflict(SEK_TEXT("gpt-4"), SEK_TEXT("azure"), &other));
    expect_text(other, "openai");
    assert_true(sek_provider_conflict(SEK_TEXT("azure/gpt-4"), SEK_TEXT("openai"), &other));
    expect_text(other, "azure");
    assert_true(sek_provider_conflict(SEK_TEXT("openai/claude-3"), SEK_TEXT("openai"), &other));
    expect_text(other, "anthropic");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_knows_the_families_of_each_provider),
        cmocka_unit_test(table_does_not_guess),
        cmocka_unit_test(longest_prefix_wins),
        cmocka_unit_test(table_has_no_line_twice_and_lower_case_providers),
        cmocka_unit_test(declared_comes_before_prefix_before_table),
        cmocka_unit_test(each_meant_names_all_that_may_be_meant),
        cmocka_unit_test(each_meant_stops_when_told),
        cmocka_unit_test(conflict_is_any_other_provider_meant),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, use_index, drop_index);
}
