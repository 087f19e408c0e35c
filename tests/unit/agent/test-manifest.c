/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a manifest: text of scalars, types, positions. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "agent/agent.h"
#include "agent/manifest.h"
#include "base/limits.h"

#define HEAD                                                                                                               \
    "project:\n  name: a\n  version: 1.10\nidentity:\n  model: gpt-4\n  system_prompt_path: p.md\n  tools_path: t.json\n"

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

static struct sek_manifest parse(const char *text, enum sek_manifest_format format) {
    struct sek_manifest manifest = {0};
    struct sekuire_error err = {0};
    if (sek_manifest_parse(&arena, sek_text(text), format, &manifest, &err) != 0)
        fail_msg("%u:%u %s", err.line, err.column, err.message);
    return manifest;
}

static void refuse(const char *text, enum sek_manifest_format format, int status, uint32_t line, uint32_t column,
                   const char *message) {
    struct sek_manifest manifest;
    struct sekuire_error err = {0};
    assert_int_equal(sek_manifest_parse(&arena, sek_text(text), format, &manifest, &err), status);
    assert_string_equal(err.message, message);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
}

static void equal(struct sekuire_text text, const char *expected) {
    assert_non_null(text.data);
    char copy[256];
    snprintf(copy, sizeof copy, "%.*s", SEK_TEXT_ARGS(text));
    assert_string_equal(copy, expected);
}

static void plain_scalars_give_their_source_text(void **state) {
    (void)state;
    static const char *const plain[] = {"null", "~",     "true", "1e3", "0x1F",      "1.10",
                                        "012",  "gpt-4", "-0",   "No",  "2024-01-01"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "project:\n  name: %s\n  version: %s\nidentity:\n  model: %s\n  system_prompt_path: p\n  tools_path: t\n",
                 plain[i], plain[i], plain[i]);
        struct sek_manifest manifest = parse(text, SEK_MANIFEST_YAML);
        equal(manifest.model, plain[i]);
        equal(manifest.name, plain[i]);
        equal(manifest.version, plain[i]);
    }
}

static void quoted_scalars_give_their_value(void **state) {
    (void)state;
    struct sek_manifest manifest = parse(
        "project: {name: 'it''s', version: \"\\u0041\"}\nidentity: {model: '', system_prompt_path: p, tools_path: t}\n",
        SEK_MANIFEST_YAML);
    equal(manifest.name, "it's");
    equal(manifest.version, "A");
    equal(manifest.model, "");
}

static void empty_required_scalar_is_the_empty_text(void **state) {
    (void)state;
    struct sek_manifest manifest =
        parse("project:\n  name: a\n  version: 1\nidentity:\n  model:\n  system_prompt_path: p\n  tools_path: t\n",
              SEK_MANIFEST_YAML);
    equal(manifest.model, "");
}

static void all_fields_are_read(void **state) {
    (void)state;
    struct sek_manifest manifest = parse(
        "project:\n  name: a\n  version: 1.0.0\n  description: d\n  author: x\n  authors: [y, 2]\n  license: MIT\n  sekuire_id: abc\n"
        "identity:\n  model: m\n  system_prompt_path: p.md\n  tools_path: t.json\n"
        "capabilities: {provides: [q]}\ndiscovery: {tags: []}\na2a: {x: 1}\ndeployment: {env: [{name: E}, F, 7]}\n",
        SEK_MANIFEST_YAML);
    equal(manifest.description, "d");
    equal(manifest.author, "x");
    equal(manifest.license, "MIT");
    equal(manifest.sekuire_id, "abc");
    equal(manifest.system_prompt_path, "p.md");
    equal(manifest.tools_path, "t.json");
    assert_int_equal(manifest.authors->count, 2);
    assert_non_null(manifest.capabilities);
    assert_non_null(manifest.discovery);
    assert_non_null(manifest.a2a);
    assert_non_null(manifest.deployment);
    assert_int_equal(manifest.model_node->at.line, 10);
    assert_int_equal(manifest.model_node->at.column, 10);
}

static void optional_null_counts_as_absent(void **state) {
    (void)state;
    struct sek_manifest manifest =
        parse("project:\n  name: a\n  version: 1\n  license: null\n  authors:\n"
              "identity: {model: m, system_prompt_path: p, tools_path: t}\nagent:\nllm: ~\na2a: null\n",
              SEK_MANIFEST_YAML);
    assert_null(manifest.license.data);
    assert_null(manifest.authors);
    assert_null(manifest.a2a);
    manifest = parse(
        "{\"project\":{\"name\":\"a\",\"version\":\"1\",\"license\":null},\"identity\":{\"model\":\"m\",\"system_prompt_path\":\"p\",\"tools_path\":\"t\"},\"agent\":null}",
        SEK_MANIFEST_JSON);
    assert_null(manifest.license.data);
}

static void unknown_keys_are_ignored_whatever_they_hold(void **state) {
    (void)state;
    struct sek_manifest manifest =
        parse(HEAD "zzz: [1, {a: b}]\nagent:\n  mystery: {x: [y]}\n  memory: 5\nprojects: 7\n", SEK_MANIFEST_YAML);
    equal(manifest.model, "gpt-4");
}

static void variables_are_not_expanded(void **state) {
    (void)state;
    struct sek_manifest manifest = parse(
        "project: {name: '${NAME}', version: 1}\nidentity:\n  model: ${MODEL:-gpt-4}\n  system_prompt_path: p\n  tools_path: t\n",
        SEK_MANIFEST_YAML);
    equal(manifest.model, "${MODEL:-gpt-4}");
    equal(manifest.name, "${NAME}");
    assert_true(sek_manifest_has_variable(manifest.model));
    assert_false(sek_manifest_has_variable(SEK_TEXT("$MODEL {x}")));
    assert_false(sek_manifest_has_variable(SEK_TEXT("} ${x")));
}

static void json_values_must_be_strings(void **state) {
    (void)state;
    refuse(
        "{\"project\":{\"name\":\"a\",\"version\":1},\"identity\":{\"model\":\"m\",\"system_prompt_path\":\"p\",\"tools_path\":\"t\"}}",
        SEK_MANIFEST_JSON, SEKUIRE_ERR_TYPE, 1, 34, "project.version must be a string, not a number");
    refuse(
        "{\"project\":{\"name\":\"a\",\"version\":\"1\"},\n\"identity\":{\"model\":null,\"system_prompt_path\":\"p\",\"tools_path\":\"t\"}}",
        SEK_MANIFEST_JSON, SEKUIRE_ERR_TYPE, 2, 21, "identity.model must be a string, not null");
}

static void missing_fields_have_the_place_of_their_section(void **state) {
    (void)state;
    refuse("identity: {model: m, system_prompt_path: p, tools_path: t}\n", SEK_MANIFEST_YAML, SEKUIRE_ERR_MISSING_FIELD, 1,
           1, "project is missing");
    refuse("project:\n  name: a\nidentity: {model: m, system_prompt_path: p, tools_path: t}\n", SEK_MANIFEST_YAML,
           SEKUIRE_ERR_MISSING_FIELD, 2, 3, "project.version is missing");
    refuse("project: {name: a, version: 1}\nidentity:\n  model: m\n  tools_path: t\n", SEK_MANIFEST_YAML,
           SEKUIRE_ERR_MISSING_FIELD, 3, 3, "identity.system_prompt_path is missing");
    refuse("", SEK_MANIFEST_YAML, SEKUIRE_ERR_TYPE, 1, 1, "the manifest must be an object, not null");
}

/* One wrong type behind a good head, at line 8. */
static void wrong(const char *rest, uint32_t line, uint32_t column, const char *message) {
    char text[1024];
    snprintf(text, sizeof text, "%s%s", HEAD, rest);
    refuse(text, SEK_MANIFEST_YAML, SEKUIRE_ERR_TYPE, line, column, message);
}

static void known_sections_must_have_their_types(void **state) {
    (void)state;
    wrong("agent: [a]\n", 8, 8, "agent must be a section, not an array");
    wrong("agents: x\n", 8, 9, "agents must be a map of sections, not a string");
    wrong("agents:\n  b: x\n", 9, 6, "agents.b must be a section, not a string");
    wrong("llm: gpt-4\n", 8, 6, "llm must be a section, not a string");
    wrong("llm:\n  model: [gpt-4]\n", 9, 10, "llm.model must be a string, not an array");
    wrong("agent:\n  llm:\n    provider: {a: b}\n", 10, 15, "agent.llm.provider must be a string, not an object");
    wrong("agents:\n  b:\n    llm: {base_url: []}\n", 10, 21, "agents.b.llm.base_url must be a string, not an array");
    wrong("agent: {tools: {a: b}}\n", 8, 16, "agent.tools must be a list of names, not an object");
    wrong("agent: {allowed_tools: x}\n", 8, 24, "agent.allowed_tools must be a list of names, not a string");
    wrong("agent: {tools: [{x: y}]}\n", 8, 17, "agent.tools must be a list of names, not an object");
    wrong("permissions: {network: {allowed_hosts: a.com}}\n", 8, 40,
          "permissions.network.allowed_hosts must be a list of strings, not a string");
    wrong("permissions: {filesystem: {allowed_paths: [[x]]}}\n", 8, 44,
          "permissions.filesystem.allowed_paths must be a list of strings, not an array");
    wrong("rate_limits: {requests: {max_per_minute: -1}}\n", 8, 42,
          "rate_limits.requests.max_per_minute must be an integer from 0 to 18446744073709551615");
    wrong("rate_limits: {tokens: {max_per_hour: 1.5}}\n", 8, 38,
          "rate_limits.tokens.max_per_hour must be an integer from 0 to 18446744073709551615");
    wrong("rate_limits: 5\n", 8, 14, "rate_limits must be a section, not a number");
    wrong("agent: {compliance: {audit_logging: yes}}\n", 8, 37,
          "agent.compliance.audit_logging must be true or false, not a string");
    wrong("capabilities: {requires: x}\n", 8, 26, "capabilities.requires must be a list of strings, not a string");
    wrong("capabilities: {delegates_to: [x]}\n", 8, 31,
          "an entry of capabilities.delegates_to must be a section, not a string");
    wrong("deployment: {env: x}\n", 8, 19, "deployment.env must be a list of strings or sections, not a string");
    wrong("deployment: {env: [[x]]}\n", 8, 20, "an entry of deployment.env must be a section, not an array");
    wrong("server: x\n", 8, 9, "server must be a section, not a string");
    wrong("spec_version: [1]\n", 8, 15, "spec_version must be a string, not an array");
}

static void merge_keys_are_refused_rather_than_overlooked(void **state) {
    (void)state;
    static const char merge[] = "the merge key << is not supported: write the keys out";
    wrong("base: &b {provider: x}\nllm:\n  <<: *b\n", 10, 3, merge);
    wrong("base: &b {k: {llm: {model: x}}}\nagents:\n  <<: *b\n", 10, 3, merge);
    wrong("agents: {<<: {k: {llm: {model: x}}}}\n", 8, 10, merge);
    wrong("agents: {<<: [{}]}\n", 8, 10, merge);
    wrong("agents: {<<: }\n", 8, 10, merge);
    wrong("agents:\n  \"<<\": {k: {llm: {model: x}}}\n", 9, 3, merge);
    wrong("agents:\n  k: {}\n  '<<': {}\n", 10, 3, merge);
    wrong("agents: {k: {<<: {}}}\n", 8, 14, merge);
    wrong("agents: {k: {llm: {<<: {}}}}\n", 8, 20, merge);
    wrong("agent: {tools: [{name: x, <<: {name: y}}]}\n", 8, 27, merge);
    wrong("agent: {tools: [{<<: {name: y}}]}\n", 8, 18, merge);
    wrong("agent: {allowed_tools: [a, {name: x, function: {<<: {name: y}}}]}\n", 8, 49, merge);
    wrong("capabilities: {delegates_to: [{<<: {}}]}\n", 8, 32, merge);
    wrong("<<: {llm: {}}\n", 8, 1, merge);
}

static void a_function_in_a_list_of_names_has_a_name_or_none(void **state) {
    (void)state;
    wrong("agent: {tools: [{name: x, function: y}]}\n", 8, 37, "function must be an object, not a string");
    wrong("agent: {tools: [{name: x, function: }]}\n", 8, 37, "function must be an object, not null");
    wrong("agent: {tools: [{name: x, function: {name: [y]}}]}\n", 8, 44, "function.name must be a string, not an array");
    wrong("agents: {k: {allowed_tools: [{name: x, function: {name: {}}}]}}\n", 8, 57, "function.name must be a string, not an object");
    parse(HEAD "agent: {tools: [{name: x, function: {}}, {name: y, function: {name: 5}}]}\n", SEK_MANIFEST_YAML);
}

static void limits_and_flags_may_still_be_variables(void **state) {
    (void)state;
    parse(HEAD "rate_limits: {requests: {max_per_minute: '${RPM}'}}\nagent: {compliance: {audit_logging: '${LOG}'}}\n",
          SEK_MANIFEST_YAML);
}

static void duplicate_keys_and_huge_manifests_are_refused(void **state) {
    (void)state;
    struct sek_manifest manifest;
    struct sekuire_error err = {0};
    assert_int_equal(sek_manifest_parse(&arena, SEK_TEXT(HEAD "llm: {}\nllm: {}\n"), SEK_MANIFEST_YAML, &manifest, &err),
                     SEKUIRE_ERR_DUPLICATE_KEY);
    assert_int_equal(err.line, 9);
    static char huge[SEK_LIMIT_MANIFEST_BYTES + 1];
    memset(huge, '#', sizeof huge);
    assert_int_equal(
        sek_manifest_parse(&arena, (struct sekuire_text){huge, sizeof huge}, SEK_MANIFEST_YAML, &manifest, &err),
        SEKUIRE_ERR_TOO_LARGE);
}

static void agent_paths_are_copied_or_nothing_is(void **state) {
    (void)state;
    char prompt[5] = "old";
    char tools[5] = "old";
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_agent_paths("sekuire.yml", SEK_TEXT(HEAD), prompt, tools, sizeof prompt, &err),
                     SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(err.message, "sekuire.yml: the path has 6 bytes, which is too many");
    assert_int_equal(err.line, 7);
    assert_string_equal(prompt, "old");
    char roomy[2][16];
    assert_int_equal(sekuire_agent_paths("sekuire.yml", SEK_TEXT(HEAD), roomy[0], roomy[1], sizeof roomy[0], NULL), 0);
    assert_string_equal(roomy[0], "p.md");
    assert_string_equal(roomy[1], "t.json");
    assert_int_equal(sekuire_agent_paths("sekuire.json", SEK_TEXT(HEAD), roomy[0], roomy[1], sizeof roomy[0], NULL),
                     SEKUIRE_ERR_SYNTAX);
}

static void agent_has_its_hashes_and_names_the_file_of_an_error(void **state) {
    (void)state;
    struct sekuire_agent_files files = {.manifest_name = "sekuire.yml",
                                        .manifest = SEK_TEXT(HEAD),
                                        .prompt = SEK_TEXT(" hi\n"),
                                        .tools_name = "t.json",
                                        .tools = SEK_TEXT("[]"),
                                        .folder = "/srv/a"};
    struct sekuire_agent *agent = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sekuire_agent_new(&files, &agent, &err), 0);
    char id[65];
    assert_int_equal(sekuire_id_compute(SEK_TEXT("gpt-4"), SEK_TEXT("hi"), SEK_TEXT("[]"), id, NULL), 0);
    assert_string_equal(sekuire_agent_id(agent), id);
    assert_int_equal(strlen(sekuire_agent_prompt_hash(agent)), 64);
    assert_string_equal(sekuire_agent_tools_hash(agent),
                        "d53d18c23212ea7b6300594bb89bce60218f6eff2b9d628b8cc42d3e79bbd5ab");
    sekuire_agent_free(agent);
    agent = NULL;
    files.tools = SEK_TEXT("[\n5]");
    assert_int_equal(sekuire_agent_new(&files, &agent, &err), SEKUIRE_ERR_TYPE);
    assert_null(agent);
    assert_string_equal(err.message, "t.json: a tool must be an object with a name, function.name or type");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 1);
    sekuire_agent_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_scalars_give_their_source_text, setup, teardown),
        cmocka_unit_test_setup_teardown(quoted_scalars_give_their_value, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_required_scalar_is_the_empty_text, setup, teardown),
        cmocka_unit_test_setup_teardown(all_fields_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(optional_null_counts_as_absent, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_keys_are_ignored_whatever_they_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(variables_are_not_expanded, setup, teardown),
        cmocka_unit_test_setup_teardown(json_values_must_be_strings, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_fields_have_the_place_of_their_section, setup, teardown),
        cmocka_unit_test_setup_teardown(known_sections_must_have_their_types, setup, teardown),
        cmocka_unit_test_setup_teardown(merge_keys_are_refused_rather_than_overlooked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_function_in_a_list_of_names_has_a_name_or_none, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_and_flags_may_still_be_variables, setup, teardown),
        cmocka_unit_test_setup_teardown(duplicate_keys_and_huge_manifests_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(agent_paths_are_copied_or_nothing_is, setup, teardown),
        cmocka_unit_test_setup_teardown(agent_has_its_hashes_and_names_the_file_of_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
