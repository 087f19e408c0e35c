/* SPDX-License-Identifier: Apache-2.0 */
/* Models, providers and tools: each rule once passing, once failing, at its place. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "comply/judged.h"

#define MODELS(json) "{\"agent\":{\"models\":{" json "}}}"
#define TOOLS(json) "{\"tools\":{" json "}}"

static void model_not_allowed(void **state) {
    (void)state;
    passes(MODELS("\"allowed_models\":[\"gpt-4\"]"), HEAD, "[]");
    finds(
        MODELS("\"allowed_models\":[\"claude-*\"]"), HEAD, "[]",
        "E model.not_allowed sekuire.yml:5:10 /identity/model /agent/models/allowed_models 'gpt-4' Model gpt-4 is not in the allowlist\n");
}

static void model_blocked(void **state) {
    (void)state;
    passes(MODELS("\"blocked_models\":[\"gpt-3*\"]"), HEAD, "[]");
    finds(
        MODELS("\"blocked_models\":[\"x\",\"gpt-4-32k\"]"), HEAD_OF("openai/GPT-4-32K"), "[]",
        "E model.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_models/1 'openai/GPT-4-32K' Model openai/GPT-4-32K is blocked\n");
}

static void documented_policy_passes_gpt_4_from_openai_and_refuses_others(void **state) {
    (void)state;
    const char *policy = MODELS("\"allowed_providers\":[\"openai\"],\"allowed_models\":[\"gpt-4\",\"gpt-4-turbo\"]");
    passes(policy, HEAD, "[]");
    passes(policy, HEAD "llm:\n  provider: OpenAI\n  model: gpt-4-turbo\n", "[]");
    finds(
        policy, HEAD_OF("claude-3"), "[]",
        "E model.not_allowed sekuire.yml:5:10 /identity/model /agent/models/allowed_models 'claude-3' Model claude-3 is not in the allowlist\n");
    finds(
        policy, HEAD "llm:\n  provider: azure\n", "[]",
        "E provider.not_allowed sekuire.yml:9:13 /llm/provider /agent/models/allowed_providers 'azure' Provider azure is not in the allowlist\n"
        "W provider.conflict sekuire.yml:9:13 /llm/provider - 'azure' Provider azure is declared for model gpt-4, whose name says openai\n");
}

static void every_place_of_a_model_is_judged(void **state) {
    (void)state;
    finds(
        MODELS("\"allowed_models\":[\"gpt-4\"]"),
        HEAD
        "llm: {model: a1}\nagent:\n  llm: {model: a2}\nagents:\n  x:\n    llm: {model: a3}\n  y: {llm: {model: gpt-4}}\n  'z/~': {llm: {model: a1}}\n",
        "[]",
        "E model.not_allowed sekuire.yml:8:14 /llm/model /agent/models/allowed_models 'a1' Model a1 is not in the allowlist\n"
        "E model.not_allowed sekuire.yml:10:16 /agent/llm/model /agent/models/allowed_models 'a2' Model a2 is not in the allowlist\n"
        "E model.not_allowed sekuire.yml:13:18 /agents/x/llm/model /agent/models/allowed_models 'a3' Model a3 is not in the allowlist\n"
        "E model.not_allowed sekuire.yml:15:24 /agents/z~1~0/llm/model /agent/models/allowed_models 'a1' Model a1 is not in the allowlist\n");
}

static void provider_not_allowed(void **state) {
    (void)state;
    const char *policy = MODELS("\"allowed_providers\":[\"anthropic\"]");
    passes(policy, HEAD_OF("claude-3"), "[]");
    finds(
        policy, HEAD, "[]",
        "E provider.not_allowed sekuire.yml:5:10 /identity/model /agent/models/allowed_providers 'openai' Provider openai is not in the allowlist\n");
}

static void declared_provider_is_reported_once_where_it_stands(void **state) {
    (void)state;
    finds(
        MODELS("\"allowed_providers\":[\"anthropic\"]"),
        HEAD_OF("my-model") "llm:\n  provider: ollama\n  model: my-model\nagent: {llm: {provider: ollama}}\n", "[]",
        "E provider.not_allowed sekuire.yml:9:13 /llm/provider /agent/models/allowed_providers 'ollama' Provider ollama is not in the allowlist\n"
        "E provider.not_allowed sekuire.yml:11:25 /agent/llm/provider /agent/models/allowed_providers 'ollama' Provider ollama is not in the allowlist\n");
}

static void provider_blocked(void **state) {
    (void)state;
    const char *policy = MODELS("\"blocked_providers\":[\"x\",\"OpenAI\"]");
    passes(policy, HEAD_OF("claude-3"), "[]");
    finds(
        policy, HEAD, "[]",
        "E provider.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_providers/1 'openai' Provider openai is blocked\n");
    finds(
        MODELS("\"blocked_providers\":[\"*\"]"), HEAD, "[]",
        "E provider.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_providers/0 'openai' Provider openai is blocked\n");
}

/* The model's own finding does not hide the provider's. */
static void provider_of_a_blocked_model_is_judged_too(void **state) {
    (void)state;
    finds(
        MODELS("\"blocked_models\":[\"gpt-4\"],\"blocked_providers\":[\"openai\"]"), HEAD "llm:\n  provider: openai\n", "[]",
        "E provider.blocked sekuire.yml:9:13 /llm/provider /agent/models/blocked_providers/0 'openai' Provider openai is blocked\n"
        "E model.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_models/0 'gpt-4' Model gpt-4 is blocked\n");
    finds(
        MODELS("\"blocked_models\":[\"gpt-4\"],\"allowed_providers\":[\"anthropic\"]"), HEAD "llm:\n  provider: openai\n", "[]",
        "E provider.not_allowed sekuire.yml:9:13 /llm/provider /agent/models/allowed_providers 'openai' Provider openai is not in the allowlist\n"
        "E model.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_models/0 'gpt-4' Model gpt-4 is blocked\n");
}

static void blocked_provider_behind_a_gateway_is_found(void **state) {
    (void)state;
    finds(
        MODELS("\"blocked_providers\":[\"openai\"]"), HEAD_OF("openrouter/openai/gpt-4") "llm: {provider: openrouter}\n",
        "[]",
        "W provider.conflict sekuire.yml:8:17 /llm/provider - 'openrouter' Provider openrouter is declared for model openrouter/openai/gpt-4, whose name says openai\n"
        "E provider.blocked sekuire.yml:5:10 /identity/model /agent/models/blocked_providers/0 'openai' Provider openai is blocked\n");
}

static void provider_unknown(void **state) {
    (void)state;
    const char *policy = MODELS("\"allowed_providers\":[\"ollama\"]");
    passes(policy, HEAD_OF("my-model") "llm: {provider: ollama}\n", "[]");
    passes(policy, HEAD_OF("my-model") "llm: {provider: ollama, model: my-model}\n", "[]");
    finds(
        policy, HEAD_OF("my-model") "llm: {provider: ollama, model: other}\n", "[]",
        "E provider.unknown sekuire.yml:5:10 /identity/model /agent/models/allowed_providers 'my-model' Provider of model my-model is unknown\n");
}

static void provider_conflict_is_a_warning(void **state) {
    (void)state;
    passes("{}", HEAD "llm: {provider: openai, model: gpt-4}\n", "[]");
    finds(
        "{}", HEAD "llm: {provider: openrouter, model: claude-3}\n", "[]",
        "W provider.conflict sekuire.yml:8:17 /llm/provider - 'openrouter' Provider openrouter is declared for model claude-3, whose name says anthropic\n");
}

static void tool_blocked(void **state) {
    (void)state;
    const char *policy = TOOLS("\"blocked_tools\":[\"shell_*\"]");
    passes(policy, HEAD, "[{\"name\":\"calculator\"}]");
    finds(policy, HEAD, "[{\"name\":\"calculator\"},\n {\"name\":\"shell_exec\"}]",
          "E tool.blocked t.json:2:10 /1/name /tools/blocked_tools/0 'shell_exec' Tool shell_exec is blocked\n");
}

static void tool_not_allowed(void **state) {
    (void)state;
    const char *policy = "{\"agent\":{\"capabilities\":{\"allowed_tools\":[{\"name\":\"calc\"}]}}}";
    passes(policy, HEAD, "{\"version\":\"1\",\"tools\":[{\"name\":\"calc\"}]}");
    finds(
        policy, HEAD, "{\"version\":\"1\",\"tools\":[{\"name\":\"shell\"}]}",
        "E tool.not_allowed t.json:1:33 /tools/0/name /agent/capabilities/allowed_tools 'shell' Tool shell is not in the allowlist\n");
}

static void tool_approval_is_a_warning_and_the_line_says_allowed(void **state) {
    (void)state;
    const char *policy = "{\"agent\":{\"capabilities\":{\"require_tool_approval\":true}}}";
    passes("{\"agent\":{\"capabilities\":{\"require_tool_approval\":false}}}", HEAD, "[{\"name\":\"calc\"}]");
    finds(
        policy, HEAD, "[{\"name\":\"calc\"}]",
        "W tool.approval_required t.json:1:10 /0/name /agent/capabilities/require_tool_approval 'calc' Tool calc requires approval\n");
    shows(policy, HEAD, "[{\"name\":\"calc\"}]", "Provider openai +\nModel gpt-4 +\nTool calc +\n");
}

static void every_name_of_a_tool_is_judged(void **state) {
    (void)state;
    finds(
        TOOLS("\"blocked_tools\":[\"*\"]"), HEAD,
        "[{\"name\":\"a\",\"function\":{\"name\":\"b\"},\"type\":\"c\"},{\"type\":\"d\"},{\"function\":{\"name\":\"e\"}},{\"type\":\"f\",\"function\":{}}]",
        "E tool.blocked t.json:1:10 /0/name /tools/blocked_tools/0 'a' Tool a is blocked\n"
        "E tool.blocked t.json:1:33 /0/function/name /tools/blocked_tools/0 'b' Tool b is blocked\n"
        "E tool.blocked t.json:1:58 /1/type /tools/blocked_tools/0 'd' Tool d is blocked\n"
        "E tool.blocked t.json:1:83 /2/function/name /tools/blocked_tools/0 'e' Tool e is blocked\n"
        "E tool.blocked t.json:1:97 /3/type /tools/blocked_tools/0 'f' Tool f is blocked\n");
}

static void tools_of_the_manifest_are_judged_and_paths_without_files_are_findings(void **state) {
    (void)state;
    finds(
        TOOLS("\"blocked_tools\":[\"x*\"]"),
        HEAD
        "agent:\n  tools: [x1, {name: x2}]\n  allowed_tools:\n    - x3\nagents:\n  k: {tools: [x4], allowed_tools: [ok]}\n  p: {tools: x/tools.json}\n",
        "[]",
        "E tool.blocked sekuire.yml:9:11 /agent/tools/0 /tools/blocked_tools/0 'x1' Tool x1 is blocked\n"
        "E tool.blocked sekuire.yml:9:22 /agent/tools/1/name /tools/blocked_tools/0 'x2' Tool x2 is blocked\n"
        "E tool.blocked sekuire.yml:11:7 /agent/allowed_tools/0 /tools/blocked_tools/0 'x3' Tool x3 is blocked\n"
        "E tool.blocked sekuire.yml:13:15 /agents/k/tools/0 /tools/blocked_tools/0 'x4' Tool x4 is blocked\n"
        "E manifest.path sekuire.yml:14:14 /agents/p/tools - 'x/tools.json' The tools file x/tools.json is no regular file inside the manifest's folder\n");
}

static void required_capability_counts_as_a_tool_where_the_tools_file_has_it(void **state) {
    (void)state;
    finds(TOOLS("\"blocked_tools\":[\"x\",\"y\"]"), HEAD "capabilities:\n  requires: [x, y]\n", "[{\"name\":\"x\"}]",
          "E tool.blocked t.json:1:10 /0/name /tools/blocked_tools/0 'x' Tool x is blocked\n"
          "E tool.blocked sekuire.yml:9:14 /capabilities/requires/0 /tools/blocked_tools/0 'x' Tool x is blocked\n");
}

static void names_with_variables_are_not_judged_as_they_stand(void **state) {
    (void)state;
    passes("{}", HEAD_OF("$MODEL"), "[]");
    finds(
        "{}", HEAD_OF("${MODEL:-gpt-4}") "llm:\n  provider: ${P}\nagent:\n  tools: ['${T}']\n", "[]",
        "E manifest.variable sekuire.yml:9:13 /llm/provider - '${P}' The provider '${P}' still holds a variable\n"
        "E manifest.variable sekuire.yml:5:10 /identity/model - '${MODEL:-gpt-4}' The model '${MODEL:-gpt-4}' still holds a variable\n"
        "E manifest.variable sekuire.yml:11:11 /agent/tools/0 - '${T}' The tool '${T}' still holds a variable\n");
}

static void names_without_normal_form_are_findings(void **state) {
    (void)state;
    struct judged judged;
    passes("{}", HEAD_OF("m"), "[]");
    begin(&judged, "{}", HEAD_OF("''") "llm: {provider: '', model: x}\n", "[{\"name\":\"a\\u0007\"}]");
    const char *text = judge(&judged);
    assert_non_null(strstr(text, "E manifest.value sekuire.yml:5:10 /identity/model - '' The model '' cannot be judged: "));
    assert_non_null(
        strstr(text, "E manifest.value sekuire.yml:8:17 /llm/provider - '' The provider '' cannot be judged: "));
    assert_non_null(strstr(text, "E manifest.value t.json:1:10 /0/name - 'a\a' The tool 'a\\u0007' cannot be judged: "));
    assert_int_equal(judged.report.errors, 3);
    finish(&judged);
}

static void unreadable_provider_is_not_guessed_for(void **state) {
    (void)state;
    finds(MODELS("\"allowed_providers\":[\"openai\"]"), HEAD_OF("my-model") "llm: {provider: '${P}'}\n", "[]",
          "E manifest.variable sekuire.yml:8:17 /llm/provider - '${P}' The provider '${P}' still holds a variable\n");
}

static void lines_come_once_for_each_value_providers_first(void **state) {
    (void)state;
    shows(
        "{\"agent\":{\"models\":{\"allowed_providers\":[\"openai\"],\"allowed_models\":[\"gpt-4\",\"my-*\"]}},\"tools\":{\"blocked_tools\":[\"shell_exec\"]}}",
        HEAD
        "llm: {provider: openai, model: gpt-4}\nagents:\n  a: {llm: {model: o1}}\n  b: {llm: {provider: ollama, model: my-x}}\n  c: {llm: {model: my-y}}\n",
        "[{\"name\":\"calculator\"},{\"name\":\"shell_exec\"},{\"name\":\"calculator\"}]",
        "Provider openai +\nProvider ollama -\nModel gpt-4 +\nModel o1 -\nModel my-x +\nModel my-y -\nTool calculator +\nTool shell_exec -\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_not_allowed),
        cmocka_unit_test(model_blocked),
        cmocka_unit_test(documented_policy_passes_gpt_4_from_openai_and_refuses_others),
        cmocka_unit_test(every_place_of_a_model_is_judged),
        cmocka_unit_test(provider_not_allowed),
        cmocka_unit_test(declared_provider_is_reported_once_where_it_stands),
        cmocka_unit_test(provider_blocked),
        cmocka_unit_test(provider_of_a_blocked_model_is_judged_too),
        cmocka_unit_test(blocked_provider_behind_a_gateway_is_found),
        cmocka_unit_test(provider_unknown),
        cmocka_unit_test(provider_conflict_is_a_warning),
        cmocka_unit_test(tool_blocked),
        cmocka_unit_test(tool_not_allowed),
        cmocka_unit_test(tool_approval_is_a_warning_and_the_line_says_allowed),
        cmocka_unit_test(every_name_of_a_tool_is_judged),
        cmocka_unit_test(tools_of_the_manifest_are_judged_and_paths_without_files_are_findings),
        cmocka_unit_test(required_capability_counts_as_a_tool_where_the_tools_file_has_it),
        cmocka_unit_test(names_with_variables_are_not_judged_as_they_stand),
        cmocka_unit_test(names_without_normal_form_are_findings),
        cmocka_unit_test(unreadable_provider_is_not_guessed_for),
        cmocka_unit_test(lines_come_once_for_each_value_providers_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
