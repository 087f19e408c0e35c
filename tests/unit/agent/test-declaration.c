/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering a declaration, writing it, and reading it back strictly. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "agent/base-url.h"
#include "agent/declaration.h"
#include "base/limits.h"
#include "tree/json.h"

#define HEAD                                                                                                               \
    "project:\n  name: a\n  version: 1.0\nidentity:\n  model: gpt-4\n  system_prompt_path: p.md\n  tools_path: t.json\n"
#define REQUIRED                                                                                                           \
    "\"workspace_id\":\"w\",\"sekuire_id\":\"i\",\"name\":\"n\",\"version\":\"v\",\"tools\":\"[]\",\"providers\":[],\"models\":[\"m\"],\"permissions\":null,\"rate_limits\":null,\"compliance\":null"

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

static const struct sek_node *tree(const char *json) {
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    if (sek_json_parse(&arena, sek_text(json), &root, &err) != 0)
        fail_msg("%u:%u: %s in %s", err.line, err.column, err.message, json);
    return root;
}

static int gather(const char *manifest_text, const char *tools, struct sek_declaration *ret, struct sekuire_error *err) {
    struct sek_manifest manifest;
    if (sek_manifest_parse(&arena, sek_text(manifest_text), SEK_MANIFEST_YAML, &manifest, err) != 0)
        fail_msg("%u:%u: %s", err->line, err->column, err->message);
    return sek_declaration_from_manifest(&arena, &manifest, "sekuire.yml", tree(tools), "t.json", ret, err);
}

static void tools_refused(const char *tools, uint32_t column, const char *message) {
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    assert_int_equal(gather(HEAD, tools, &declaration, &err), SEKUIRE_ERR_TYPE);
    assert_string_equal(err.message, message);
    assert_int_equal(err.line, 1);
    assert_int_equal(err.column, column);
}

static void tools_files_of_no_known_shape_are_errors(void **state) {
    (void)state;
    const char *shape = "tools must be an array of tools, or an object with such an array as its member tools";
    const char *entry = "a tool must be an object with a name, function.name or type";
    tools_refused("null", 1, shape);
    tools_refused("\"x\"", 1, shape);
    tools_refused("{}", 1, shape);
    tools_refused("{\"tools\":5}", 10, shape);
    tools_refused("[\"calculator\"]", 2, entry);
    tools_refused("[{}]", 2, entry);
    tools_refused("[{\"name\":\"a\"},[]]", 15, entry);
    tools_refused("[{\"name\":5}]", 10, "the name of a tool must be a string, not a number");
    tools_refused("[{\"name\":null,\"type\":\"x\"}]", 10, "the name of a tool must be a string, not null");
    tools_refused("[{\"function\":{\"name\":[]}}]", 22, "function.name of a tool must be a string, not an array");
    tools_refused("[{\"type\":{}}]", 10, "the type of a tool must be a string, not an object");
    tools_refused("[{\"type\":\"function\",\"function\":\"shell\"}]", 32, "function must be an object, not a string");
    tools_refused("[{\"name\":\"ok\",\"function\":\"shell\"}]", 26, "function must be an object, not a string");
    tools_refused("[{\"name\":\"ok\",\"function\":[{\"name\":\"x\"}]}]", 26, "function must be an object, not an array");
    tools_refused("[{\"function\":null,\"name\":\"ok\"}]", 14, "function must be an object, not null");
}

static void a_tool_that_the_manifest_lists_has_each_of_its_names(void **state) {
    (void)state;
    static const char *const names[] = {"a", "calc", "shell_exec", "b", "c", "d", "e"};
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    assert_int_equal(gather(HEAD "agent:\n  tools: [a, {name: calc, function: {name: shell_exec}}, {name: b, function: {}}]\n"
                                 "agents: {k: {allowed_tools: [{function: {name: d}, name: c}, {name: e, x: 1}]}}\n",
                            "[]", &declaration, &err), 0);
    assert_int_equal(declaration.tools.count, 7);
    assert_int_equal(declaration.tool_names.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_true(sek_text_is(declaration.tools.items[i].text, names[i]));
        assert_true(sek_text_is(declaration.tool_names.items[i].text, names[i]));
    }
    assert_int_equal(declaration.tools.items[2].source.node->at.line, 9);
    assert_int_equal(declaration.tools.items[2].source.node->at.column, 44);
}

static void more_than_the_cap_is_too_large(void **state) {
    (void)state;
    static char text[64 + 14 * (SEK_LIMIT_DECLARED + 1)];
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    size_t used = 1;
    text[0] = '[';
    for (unsigned i = 0; i <= SEK_LIMIT_DECLARED; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s{\"type\":\"a\"}", i == 0 ? "" : ",");
    snprintf(text + used, sizeof text - used, "]");
    assert_int_equal(gather(HEAD, text, &declaration, &err), SEKUIRE_ERR_TOO_LARGE);
}

static void identity_model_takes_the_provider_of_blocks_about_it(void **state) {
    (void)state;
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    assert_int_equal(
        gather(
            HEAD
            "llm: {provider: p1}\nagent: {llm: {provider: p2, model: other}}\nagents: {k: {llm: {provider: p3, model: gpt-4}}, l: {}, m: null}\n",
            "[]", &declaration, &err),
        0);
    static const char *const expected[][2] = {{"gpt-4", "p1"}, {"gpt-4", "p3"}, {"other", "p2"}, {"gpt-4", "p3"}};
    assert_int_equal(declaration.model_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(sek_text_is(declaration.models[i].model, expected[i][0]));
        assert_true(sek_text_is(declaration.models[i].provider, expected[i][1]));
    }
    assert_int_equal(declaration.providers.count, 3);
    assert_int_equal(gather(HEAD "llm: {model: x}\n", "[]", &declaration, &err), 0);
    assert_int_equal(declaration.model_count, 2);
    assert_null(declaration.models[0].provider.data);
}

static void a_provider_of_null_is_none(void **state) {
    (void)state;
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    const struct sek_node *declared = tree(
        "{\"workspace_id\":\"w\",\"sekuire_id\":\"i\",\"name\":\"n\",\"version\":\"v\",\"tools\":\"[]\",\"providers\":[],"
        "\"models\":[{\"model\":\"m\",\"provider\":null}],\"permissions\":null,\"rate_limits\":null,\"compliance\":null}");
    assert_int_equal(sek_declaration_from_json(&arena, declared, tree("[]"), &declaration, &err), 0);
    assert_int_equal(declaration.model_count, 1);
    assert_true(sek_text_is(declaration.models[0].model, "m"));
    assert_null(declaration.models[0].provider.data);
}

static void written_declaration_is(const char *manifest, const char *tools, const char *folder, const char *expected) {
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    struct sek_buffer out;
    sek_buffer_init(&out, SEK_LIMIT_JSON_BYTES);
    assert_int_equal(gather(manifest, tools, &declaration, &err), 0);
    declaration.sekuire_id = SEK_TEXT("id");
    if (folder != NULL) declaration.folder = sek_text(folder);
    sek_declaration_write(&out, &declaration, SEK_TEXT("ws"), sek_text(tools));
    assert_int_equal(out.status, 0);
    assert_string_equal(out.data, expected);
    sek_buffer_clear(&out);
}

static void declared_has_the_documented_members(void **state) {
    (void)state;
    written_declaration_is(
        HEAD, "[ ]", "/srv",
        "{\"workspace_id\":\"ws\",\"sekuire_id\":\"id\",\"name\":\"a\",\"version\":\"1.0\",\"tools\":\"[ ]\",\"providers\":[],\"models\":[\"gpt-4\"],"
        "\"permissions\":null,\"rate_limits\":null,\"compliance\":null}");
    written_declaration_is(
        HEAD
        "llm: {provider: openai, base_url: 'https://user:secret@[::1]:8443/v1?key=secret#x'}\npermissions: {network: {allowed_hosts: [1.50]}, filesystem: {allowed_paths: [./d]}}\n"
        "rate_limits: {requests: {max_per_minute: 5}}\nagent: {compliance: {framework: SOC2, audit_logging: true}, allowed_tools: [7]}\n",
        "[]", "/srv",
        "{\"workspace_id\":\"ws\",\"sekuire_id\":\"id\",\"name\":\"a\",\"version\":\"1.0\",\"tools\":\"[]\",\"providers\":[\"openai\"],\"models\":[{\"model\":\"gpt-4\",\"provider\":\"openai\"}],"
        "\"permissions\":{\"network\":{\"allowed_hosts\":[\"1.50\"]},\"filesystem\":{\"allowed_paths\":[\"./d\"]}},\"rate_limits\":{\"requests\":{\"max_per_minute\":5}},"
        "\"compliance\":{\"framework\":\"SOC2\",\"audit_logging\":true},\"base_urls\":[\"https://[::1]:8443\"],\"tool_names\":[\"7\"],\"folder\":\"/srv\"}");
    written_declaration_is(
        HEAD "llm: {base_url: 'https://user:secret@${HOST}/v1'}\nagent: {llm: {base_url: 'user:secret@a@b'}}\n", "[]", NULL,
        "{\"workspace_id\":\"ws\",\"sekuire_id\":\"id\",\"name\":\"a\",\"version\":\"1.0\",\"tools\":\"[]\",\"providers\":[],\"models\":[\"gpt-4\"],"
        "\"permissions\":null,\"rate_limits\":null,\"compliance\":null,\"base_urls\":[\"***@${HOST}/v1\",\"***@b\"]}");
}

static int read(const char *json, struct sek_declaration *ret, struct sekuire_error *err) {
    return sek_declaration_from_json(&arena, tree(json), tree("[]"), ret, err);
}

static void refused(const char *json, int status, const char *message) {
    struct sek_declaration declaration = {.model_count = 77};
    struct sekuire_error err = {0};
    assert_int_equal(read(json, &declaration, &err), status);
    assert_string_equal(err.message, message);
    assert_int_equal(declaration.model_count, 77);
    assert_int_equal(err.line, 1);
}

static void declared_is_read_strictly(void **state) {
    (void)state;
    struct sek_declaration declaration;
    struct sekuire_error err = {0};
    assert_int_equal(read("{" REQUIRED "}", &declaration, &err), 0);
    assert_true(sek_text_is(declaration.workspace_id, "w"));
    refused("[]", SEKUIRE_ERR_TYPE, "declared must be an object, not an array");
    refused("{" REQUIRED ",\"extra\":1}", SEKUIRE_ERR_UNKNOWN_KEY, "declared has no member extra");
    refused("{\"workspace_id\":\"w\"}", SEKUIRE_ERR_MISSING_FIELD, "declared.sekuire_id is missing");
    refused("{\"providers\":null}", SEKUIRE_ERR_TYPE, "declared.providers must be an array, not null");
    refused("{\"permissions\":[]}", SEKUIRE_ERR_TYPE, "declared.permissions must be an object, not an array");
    refused("{\"tools\":[]}", SEKUIRE_ERR_TYPE, "declared.tools must be a string, not an array");
    refused("{" REQUIRED ",\"base_urls\":[1]}", SEKUIRE_ERR_TYPE, "declared.base_urls must hold strings, not a number");
    refused("{" REQUIRED ",\"tool_names\":[{}]}", SEKUIRE_ERR_TYPE, "declared.tool_names must hold strings, not an object");
}

/* The same with one member of REQUIRED replaced. */
static void refused_with(const char *member, const char *value, const char *message) {
    char text[1024];
    char needle[64];
    snprintf(needle, sizeof needle, "\"%s\":", member);
    const char *base = "{" REQUIRED "}";
    const char *at = strstr(base, needle);
    assert_non_null(at);
    const char *old = at + strlen(needle);
    const char *end = strncmp(old, "null", 4) == 0 ? old + 4 : strchr(old, ']') + 1;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(old - base), base, value, end);
    refused(text, SEKUIRE_ERR_TYPE, message);
}

static void parts_of_declared_have_their_types(void **state) {
    (void)state;
    const char *models = "declared.models must hold strings and objects of model and provider";
    refused_with("models", "[1]", models);
    refused_with("models", "[{}]", models);
    refused_with("models", "[{\"model\":1}]", models);
    refused_with("models", "[{\"model\":\"a\",\"provider\":null,\"other\":1}]", models);
    refused_with("models", "[{\"model\":\"a\",\"other\":\"b\"}]", models);
    refused_with("providers", "[null]", "declared.providers must hold strings, not null");
    refused_with("permissions", "{\"network\":{\"allowed_hosts\":[1]}}",
                 "declared.permissions.network.allowed_hosts must be a list of strings, not a number");
    refused_with("rate_limits", "{\"tokens\":{\"max_per_hour\":\"5\"}}",
                 "declared.rate_limits.tokens.max_per_hour must be an integer from 0 to 18446744073709551615");
    refused_with("compliance", "{\"audit_logging\":1}",
                 "declared.compliance.audit_logging must be true or false, not a number");
}

static void base_urls_are_split_or_refused(void **state) {
    (void)state;
    struct sek_base_url url;
    assert_true(sek_base_url_split(SEK_TEXT("HTTPS://user:pw@Host.example:8443/a@b?c#d"), &url));
    assert_true(sek_text_is(url.scheme, "HTTPS"));
    assert_true(sek_text_is(url.host, "Host.example"));
    assert_true(sek_text_is(url.port, "8443"));
    assert_true(sek_base_url_split(SEK_TEXT("grpc+x://[fe80::1]"), &url));
    assert_true(sek_text_is(url.host, "[fe80::1]"));
    assert_int_equal(url.port.size, 0);
    assert_true(sek_base_url_split(SEK_TEXT("http://a:?x"), &url));
    static const char *const bad[] = {
        "",           "a",          "://a",        "1http://a",      "http:/a",         "http://",      "http:///a",
        "http://@",   "http://:80", "http://a:b",  "http://a:99999", "http://a:123456", "http://a@b@c", "http://a\\@b",
        "http://a b", "http://a\n", "http://[::1", "http://[::1]x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sek_base_url_split(sek_text(bad[i]), &url)) fail_msg("%s", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tools_files_of_no_known_shape_are_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tool_that_the_manifest_lists_has_each_of_its_names, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_the_cap_is_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(identity_model_takes_the_provider_of_blocks_about_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_provider_of_null_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(declared_has_the_documented_members, setup, teardown),
        cmocka_unit_test_setup_teardown(declared_is_read_strictly, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_of_declared_have_their_types, setup, teardown),
        cmocka_unit_test_setup_teardown(base_urls_are_split_or_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
