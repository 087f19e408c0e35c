/* SPDX-License-Identifier: Apache-2.0 */
/* Compliance, files, time, the need for a declaration, findings as JSON, and that client and server judge alike. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sekuire/comply.h>

#include "comply/judged.h"
#include "tree/write.h"

static void framework_required_but_not_declared(void **state) {
    (void)state;
    const char *policy = "{\"compliance\":{\"frameworks\":[\"SOC2\",\"GDPR\"]}}";
    passes(policy, HEAD "agent: {compliance: {framework: SOC2}}\nagents: {k: {compliance: {framework: GDPR}}}\n", "[]");
    passes(policy, HEAD "agent: {compliance: {framework: [GDPR, SOC2]}}\n", "[]");
    finds(
        policy, HEAD "agent:\n  compliance:\n    framework: SOC2\n", "[]",
        "W compliance.framework sekuire.yml:10:5 /agent/compliance /compliance/frameworks/1 'GDPR' The policy requires compliance framework GDPR, which is not declared\n");
    finds(
        "{\"compliance\":{\"frameworks\":[\"SOC2\"]}}", HEAD "agent:\n  name: x\n", "[]",
        "W compliance.framework sekuire.yml:9:3 /agent /compliance/frameworks/0 'SOC2' The policy requires compliance framework SOC2, which is not declared\n");
    finds(
        "{\"compliance\":{\"frameworks\":[\"SOC2\"]}}", HEAD, "[]",
        "W compliance.framework sekuire.yml:1:1  /compliance/frameworks/0 'SOC2' The policy requires compliance framework SOC2, which is not declared\n");
    finds(
        "{\"compliance\":{\"frameworks\":[\"SOC2\"]}}", HEAD "agent: {compliance: {framework: '${F}'}}\n", "[]",
        "W compliance.framework sekuire.yml:8:21 /agent/compliance /compliance/frameworks/0 'SOC2' The policy requires compliance framework SOC2, which is not declared\n"
        "E manifest.variable sekuire.yml:8:33 /agent/compliance/framework - '${F}' The framework '${F}' still holds a variable\n");
}

static void audit_logging_required_but_not_declared(void **state) {
    (void)state;
    const char *policy = "{\"compliance\":{\"require_audit_logging\":true}}";
    const char *warning =
        "W compliance.audit_logging sekuire.yml:8:37 /agent/compliance/audit_logging /compliance/require_audit_logging '-' The policy requires audit logging, which is not declared\n";
    passes(policy, HEAD "agent: {compliance: {audit_logging: true}}\n", "[]");
    passes("{\"compliance\":{\"require_audit_logging\":false}}", HEAD, "[]");
    finds(policy, HEAD "agent: {compliance: {audit_logging: false}}\n", "[]", warning);
    finds(policy, HEAD "agent: {compliance: {audit_logging: '${X}'}}\n", "[]", warning);
    finds(
        policy,
        HEAD
        "agent: {compliance: {audit_logging: true}}\nagents: {k: {compliance: {audit_logging: false}}, l: {compliance: {audit_logging: true}}}\n",
        "[]",
        "W compliance.audit_logging sekuire.yml:9:42 /agents/k/compliance/audit_logging /compliance/require_audit_logging '-' The policy requires audit logging, which is not declared\n");
    finds(
        policy, HEAD "agent: {compliance: {framework: x}}\n", "[]",
        "W compliance.audit_logging sekuire.yml:8:21 /agent/compliance /compliance/require_audit_logging '-' The policy requires audit logging, which is not declared\n");
}

static void data_residency_required_but_not_declared(void **state) {
    (void)state;
    const char *policy = "{\"compliance\":{\"data_residency\":\"EU\"}}";
    passes(policy, HEAD "compliance: {data_residency: EU}\n", "[]");
    passes(policy, HEAD "agent: {compliance: {data_residency: EU}}\n", "[]");
    finds(
        policy, HEAD "compliance: {data_residency: US}\n", "[]",
        "W compliance.data_residency sekuire.yml:8:30 /compliance/data_residency /compliance/data_residency 'EU' The policy requires data residency EU, which is not declared\n");
}

static void somebody_elses_compliance_section_is_ignored(void **state) {
    (void)state;
    passes("{}", HEAD "compliance: [1, 2]\n", "[]");
    passes("{}", HEAD "compliance: {audit_logging: [x]}\n", "[]");
}

static void file_outside_the_folder_is_a_finding(void **state) {
    (void)state;
    struct judged judged;
    begin(&judged, "{}", HEAD, "[]");
    judged.options.prompt_path_bad = true;
    assert_string_equal(
        judge(&judged),
        "E manifest.path sekuire.yml:6:23 /identity/system_prompt_path - 'p.md' The system prompt p.md is no regular file inside the manifest's folder\n");
    finish(&judged);
    begin(&judged, "{}", HEAD, "[]");
    judged.options.tools_path_bad = true;
    assert_string_equal(
        judge(&judged),
        "E manifest.path sekuire.yml:7:15 /identity/tools_path - 't.json' The tools file t.json is no regular file inside the manifest's folder\n");
    finish(&judged);
}

static void stated_id_that_is_not_the_computed_one_is_a_warning(void **state) {
    (void)state;
    struct judged judged;
    const char *manifest =
        "project:\n  name: a\n  version: 1\n  sekuire_id: abc\nidentity: {model: m, system_prompt_path: p, tools_path: t}\n";
    begin(&judged, "{}", manifest, "[]");
    judged.options.computed_id = SEK_TEXT("abd");
    assert_string_equal(
        judge(&judged),
        "W identity.stale sekuire.yml:4:15 /project/sekuire_id - 'abc' project.sekuire_id is abc, but the computed id is abd\n");
    assert_int_equal(judged.report.errors, 0);
    finish(&judged);
    begin(&judged, "{}", manifest, "[]");
    judged.options.computed_id = SEK_TEXT("abc");
    assert_string_equal(judge(&judged), "");
    finish(&judged);
}

static void expired_policy_is_one_finding(void **state) {
    (void)state;
    const char *policy =
        "{\"binding\":{\"workspace_id\":\"w\",\"sequence\":1,\"not_before\":\"2023-11-01T00:00:00Z\",\"expires_at\":\"2023-11-14T22:13:20Z\"},\"tools\":{\"blocked_tools\":[\"*\"]}}";
    struct judged judged;
    begin(&judged, policy, HEAD, "[{\"name\":\"a\"}]");
    assert_string_equal(judge(&judged), "E policy.expired -:0:0 - /binding/expires_at '-' Policy has expired\n");
    assert_null(judged.lines);
    finish(&judged);
    begin(&judged, policy, HEAD, "[]");
    judged.options.now = TEST_NOW - 1;
    assert_string_equal(judge(&judged), "");
    finish(&judged);
    begin(&judged, policy, HEAD, "[]");
    judged.options.now = 1600000000;
    assert_string_equal(judge(&judged), "E policy.not_yet_valid -:0:0 - /binding/not_before '-' Policy is not yet valid\n");
    finish(&judged);
}

static void needs(const char *policy, bool expected) {
    struct sek_arena arena;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    struct sekuire_engine *engine = engine_of(&arena, policy);
    if (sek_comply_needs_declaration(engine) != expected) fail_msg("%s", policy);
    sekuire_engine_free(engine);
    sek_arena_clear(&arena);
}

static void declaration_is_needed_where_more_than_models_is_limited(void **state) {
    (void)state;
    needs("{}", false);
    needs(
        "{\"agent\":{\"models\":{\"allowed_models\":[\"a\"],\"blocked_models\":[\"b\"],\"allowed_providers\":[\"c\"],\"blocked_providers\":[\"d\"]}}}",
        false);
    needs("{\"tools\":{\"allowed_tools\":[]}}", false);
    needs("{\"compliance\":{\"frameworks\":[\"x\"]}}", false);
    needs("{\"permissions\":{\"network\":{\"enabled\":true},\"filesystem\":{\"enabled\":true}}}", false);
    needs("{\"tools\":{\"allowed_tools\":[\"a\"]}}", true);
    needs("{\"agent\":{\"capabilities\":{\"denied_tools\":[\"a\"]}}}", true);
    needs("{\"agent\":{\"capabilities\":{\"require_tool_approval\":true}}}", true);
    needs("{\"permissions\":{\"network\":{\"enabled\":false}}}", true);
    needs("{\"permissions\":{\"network\":{\"enabled\":true,\"require_tls\":true}}}", true);
    needs("{\"permissions\":{\"network\":{\"enabled\":true,\"allowed_hosts\":[\"a.com\"]}}}", true);
    needs("{\"permissions\":{\"filesystem\":{}}}", true);
    needs("{\"permissions\":{\"filesystem\":{\"enabled\":true,\"allowed_extensions\":[\".a\"]}}}", true);
    needs("{\"rate_limits\":{\"per_agent\":{\"tokens_per_hour\":5}}}", true);
}

static void findings_are_json_objects_with_nulls(void **state) {
    (void)state;
    struct sek_buffer out;
    struct sek_writer writer;
    const struct sek_finding finding = {
        .rule = "tool.blocked", .severity = SEK_SEVERITY_WARNING, .message = "a \"b\"", .value = "x\n"};
    const struct sek_finding full = {"r", SEK_SEVERITY_ERROR, "m", "f", 1, 2, "/p", "/q", "v", "h", NULL};
    sek_buffer_init(&out, 4096);
    sek_writer_init(&writer, &out, false);
    sek_finding_write(&writer, &finding);
    assert_string_equal(
        out.data,
        "{\"rule\":\"tool.blocked\",\"severity\":\"warning\",\"message\":\"a \\\"b\\\"\",\"file\":null,\"line\":null,\"column\":null,\"pointer\":null,\"policy_pointer\":null,\"value\":\"x\\n\",\"hint\":null}");
    sek_buffer_clear(&out);
    sek_writer_init(&writer, &out, false);
    sek_finding_write(&writer, &full);
    assert_string_equal(
        out.data,
        "{\"rule\":\"r\",\"severity\":\"error\",\"message\":\"m\",\"file\":\"f\",\"line\":1,\"column\":2,\"pointer\":\"/p\",\"policy_pointer\":\"/q\",\"value\":\"v\",\"hint\":\"h\"}");
    sek_buffer_clear(&out);
}

static void warnings_cannot_crowd_out_an_error(void **state) {
    (void)state;
    struct judged judged;
    struct sek_buffer tools, manifest;
    sek_buffer_init(&tools, TEST_TEXT_MAX);
    sek_buffer_init(&manifest, TEST_TEXT_MAX);
    sek_buffer_string(&tools, "[");
    for (unsigned i = 0; i < SEK_LIMIT_DECLARED; i++)
        sek_buffer_format(&tools, "%s{\"name\":\"t%u\"}", i == 0 ? "" : ",", i);
    sek_buffer_string(&tools, "]");
    begin(&judged, "{\"agent\":{\"capabilities\":{\"require_tool_approval\":true}}}",
          HEAD "permissions: {network: {allowed_hosts: [a.com]}}\n", tools.data);
    judge(&judged);
    assert_true(judged.report.truncated);
    assert_int_equal(judged.report.warnings, SEK_LIMIT_DECLARED);
    assert_int_equal(judged.report.errors, 1);
    finish(&judged);
    sek_buffer_clear(&tools);
    sek_buffer_clear(&manifest);
}

static void agent_is_checked_through_the_exported_face(void **state) {
    (void)state;
    struct sek_arena arena;
    struct sekuire_agent *agent = NULL;
    struct sekuire_report *report = NULL;
    struct sekuire_finding finding;
    const char *manifest =
        "project: {name: a, version: 1, sekuire_id: old}\nidentity:\n  model: gpt-4\n  system_prompt_path: ../x/p.md\n  tools_path: sub/../t.json\n";
    struct sekuire_agent_files files = {.manifest_name = "sekuire.yml",
                                        .manifest = sek_text(manifest),
                                        .prompt = SEK_TEXT("x"),
                                        .tools_name = "t.json",
                                        .tools = SEK_TEXT("[{\"name\":\"shell\"}]"),
                                        .folder = "/srv"};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    struct sekuire_engine *engine = engine_of(&arena, "{\"tools\":{\"blocked_tools\":[\"shell\"]}}");
    assert_int_equal(sekuire_agent_new(&files, &agent, NULL), 0);
    assert_int_equal(sekuire_check(engine, agent, TEST_NOW, &report, NULL), 0);
    assert_int_equal(sekuire_report_compliant(report), 0);
    assert_int_equal(sekuire_report_count(report), 3);
    assert_int_equal(sekuire_report_get(report, 0, &finding), 1);
    assert_string_equal(finding.rule, "tool.blocked");
    assert_string_equal(finding.file, "t.json");
    assert_int_equal(finding.line, 1);
    assert_int_equal(finding.column, 10);
    assert_int_equal(finding.is_error, 1);
    assert_string_equal(finding.policy_pointer, "/tools/blocked_tools/0");
    assert_int_equal(sekuire_report_get(report, 1, &finding), 1);
    assert_string_equal(finding.rule, "manifest.path");
    assert_string_equal(finding.value, "../x/p.md");
    assert_int_equal(sekuire_report_get(report, 2, &finding), 1);
    assert_string_equal(finding.rule, "identity.stale");
    assert_int_equal(finding.is_error, 0);
    assert_int_equal(sekuire_report_get(report, 3, &finding), 0);
    sekuire_report_free(report);
    sekuire_report_free(NULL);
    sekuire_agent_free(agent);
    sekuire_engine_free(engine);
    sek_arena_clear(&arena);
}

static void further_tools_files_are_handed_in_by_their_path(void **state) {
    (void)state;
    struct sek_arena arena;
    struct sekuire_agent *agent = NULL;
    struct sekuire_report *report = NULL;
    struct sekuire_finding finding;
    struct sekuire_error err = {0};
    char path[16];
    const char *manifest = HEAD "agent: {tools: more.json}\nagents: {a: {tools: t.json}, b: {tools: gone.json}, c: {tools: ../up.json}}\n";
    const struct sekuire_agent_tools more[] = {{"more.json", SEK_TEXT("[{\"name\":\"ok\"},\n{\"name\":\"shell\"}]")},
                                               {"../up.json", SEK_TEXT("[]")},
                                               {"unnamed.json", SEK_TEXT("[{\"name\":\"shell\"}]")}};
    struct sekuire_agent_files files = {.manifest_name = "sekuire.yml", .manifest = sek_text(manifest), .prompt = SEK_TEXT("x"),
                                        .tools_name = "t.json", .tools = SEK_TEXT("[]"), .more_tools = more, .more_tools_count = 3};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    struct sekuire_engine *engine = engine_of(&arena, "{\"tools\":{\"blocked_tools\":[\"shell\"]}}");
    assert_int_equal(sekuire_agent_new(&files, &agent, NULL), 0);
    assert_int_equal(sekuire_check(engine, agent, TEST_NOW, &report, NULL), 0);
    assert_int_equal(sekuire_report_count(report), 3);
    assert_int_equal(sekuire_report_get(report, 0, &finding), 1);
    assert_string_equal(finding.rule, "tool.blocked");
    assert_string_equal(finding.file, "more.json");
    assert_int_equal(finding.line, 2);
    assert_int_equal(finding.column, 9);
    static const char *const bad[] = {"gone.json", "../up.json"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(sekuire_report_get(report, i + 1, &finding), 1);
        assert_string_equal(finding.rule, "manifest.path");
        assert_string_equal(finding.value, bad[i]);
    }
    static const char *const named[] = {"more.json", "t.json", "gone.json", "../up.json"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(sekuire_agent_more_tools("sekuire.yml", sek_text(manifest), i, path, sizeof path, &err), 0);
        assert_string_equal(path, named[i]);
    }
    assert_int_equal(sekuire_agent_more_tools("sekuire.yml", sek_text(manifest), 4, path, sizeof path, &err), SEKUIRE_ERR_NOT_FOUND);
    assert_int_equal(sekuire_agent_more_tools("sekuire.yml", sek_text(manifest), 0, path, 9, &err), SEKUIRE_ERR_TOO_LARGE);
    sekuire_report_free(report);
    sekuire_agent_free(agent);
    const struct sekuire_agent_tools broken = {"more.json", SEK_TEXT("[\n1]")};
    files.more_tools = &broken;
    files.more_tools_count = 1;
    assert_int_equal(sekuire_agent_new(&files, &agent, &err), SEKUIRE_ERR_TYPE);
    assert_int_equal(err.line, 2);
    assert_true(strncmp(err.message, "more.json: ", 11) == 0);
    sekuire_engine_free(engine);
    sek_arena_clear(&arena);
}

/* Rule, value and policy pointer of every finding, without doubles (a value declared at two places is one in `declared`),
 * sorted by insertion. */
static void summary(const struct sek_report *report, struct sek_buffer *out) {
    struct sek_buffer lines[256];
    size_t count = 0;
    for (const struct sek_finding *f = report->first; f != NULL; f = f->next) {
        struct sek_buffer line;
        sek_buffer_init(&line, TEST_TEXT_MAX);
        sek_buffer_format(&line, "%d %s '%s' %s\n", f->severity, f->rule, or_dash(f->value), or_dash(f->policy_pointer));
        size_t at = 0;
        while (at < count && strcmp(lines[at].data, line.data) < 0) at++;
        if (at < count && strcmp(lines[at].data, line.data) == 0) {
            sek_buffer_clear(&line);
            continue;
        }
        assert_true(count < 256);
        memmove(&lines[at + 1], &lines[at], (count - at) * sizeof lines[0]);
        lines[at] = line;
        count++;
    }
    sek_buffer_string(out, "");
    for (size_t i = 0; i < count; i++) {
        sek_buffer_text(out, sek_buffer_view(&lines[i]));
        sek_buffer_clear(&lines[i]);
    }
}

/* What the client finds, and what a server finds in `declared`, is the same but for places. Gives the number of findings.
 */
static size_t same_on_both_sides(const char *policy, const char *manifest, const char *tools) {
    struct judged client, server = {0};
    struct sek_buffer text, theirs, ours;
    struct sekuire_error err = {0};
    sek_buffer_init(&text, TEST_TEXT_MAX);
    sek_buffer_init(&theirs, TEST_TEXT_MAX);
    sek_buffer_init(&ours, TEST_TEXT_MAX);
    begin(&client, policy, manifest, tools);
    client.declaration.sekuire_id = SEK_TEXT("the-id");
    judge(&client);
    sek_declaration_write(&text, &client.declaration, SEK_TEXT("ws_1"), sek_text(tools));
    assert_int_equal(text.status, 0);

    const struct sek_node *declared = tree(&client.arena, text.data);
    const struct sek_node *tools_text = sek_node_get(declared, "tools");
    assert_true(sek_text_is(tools_text->text, tools));
    server.options.now = TEST_NOW;
    sek_report_init(&server.report);
    sek_buffer_init(&server.text, TEST_TEXT_MAX);
    server.engine = engine_of(&client.arena, policy);
    if (sek_declaration_from_json(&client.arena, declared, tree(&client.arena, tools), &server.declaration, &err) != 0)
        fail_msg("%s in %s", err.message, text.data);
    assert_true(sek_text_is(server.declaration.workspace_id, "ws_1"));
    assert_true(sek_text_is(server.declaration.sekuire_id, "the-id"));
    assert_true(sek_text_equal(server.declaration.name, client.manifest.name));
    assert_true(sek_text_equal(server.declaration.version, client.manifest.version));
    assert_true(sek_declaration_has_model(&server.declaration, client.manifest.model));
    assert_false(sek_declaration_has_model(&server.declaration, SEK_TEXT("no such model")));
    judge(&server);
    for (const struct sek_finding *f = server.report.first; f != NULL; f = f->next) {
        assert_null(f->file);
        assert_int_equal(f->line, 0);
    }
    summary(&client.report, &theirs);
    summary(&server.report, &ours);
    assert_string_equal(ours.data, theirs.data);
    size_t count = client.report.errors + client.report.warnings;
    finish(&server);
    finish(&client);
    sek_buffer_clear(&text);
    sek_buffer_clear(&theirs);
    sek_buffer_clear(&ours);
    return count;
}

static void client_and_server_judge_alike(void **state) {
    (void)state;
    const char *strict =
        "{\"agent\":{\"models\":{\"allowed_providers\":[\"openai\"],\"allowed_models\":[\"gpt-4\"],\"blocked_models\":[\"gpt-3\"],\"blocked_providers\":[\"evil\"]},"
        "\"capabilities\":{\"allowed_tools\":[\"calc\"],\"denied_tools\":[\"shell\"],\"require_tool_approval\":true}},"
        "\"permissions\":{\"network\":{\"enabled\":true,\"require_tls\":true,\"allowed_domains\":[\"api.openai.com\"],\"blocked_domains\":[\"evil.org\"]},"
        "\"filesystem\":{\"enabled\":true,\"allowed_paths\":[\"/tmp/*\",\"/srv/agent/data\"],\"blocked_paths\":[\"/etc/*\"],\"allowed_extensions\":[\".txt\"]}},"
        "\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":60,\"tokens_per_hour\":5}},"
        "\"compliance\":{\"frameworks\":[\"SOC2\",\"GDPR\"],\"require_audit_logging\":true,\"data_residency\":\"EU\"}}";
    const char *full = HEAD
        "llm: {provider: openai, model: gpt-4, base_url: 'http://u:p@api.openai.com/v1?key=1'}\n"
        "agent:\n  llm: {provider: evil, model: 1.10, base_url: 'https://evil.org:1'}\n  tools: [calc, 12, {name: shell}]\n  allowed_tools: [other]\n"
        "  network: {allow: [1.2.3.4, '*', 'a b', '${H}', evil.org, api.openai.com, 1.10]}\n"
        "  filesystem: {allow_read: [/tmp/a, ./data, ./other, '~/x', '*', /tmp/a.exe], allow_write: [/etc, '${D}']}\n"
        "  compliance: {framework: SOC2, audit_logging: true}\n"
        "agents:\n  k:\n    llm: {model: my-model, base_url: 'nonsense'}\n    compliance: {framework: ISO, audit_logging: false}\n  j:\n    llm: {provider: ollama}\n  h: {llm: {model: '${M}', provider: '${P}', base_url: '${U}'}}\n"
        "capabilities: {requires: [calc, something]}\n"
        "permissions: {network: {allowed_hosts: [b.com], blocked_hosts: [c.com]}, filesystem: {allowed_paths: [/srv/agent/data]}}\n"
        "rate_limits: {requests: {max_per_minute: 61, max_per_hour: 18446744073709551615}, tokens: {max_per_hour: '${T}'}}\n"
        "compliance: {data_residency: US}\n";
    const char *tools =
        "{\"version\":\"1\",\"tools\":[{\"name\":\"calc\",\"x\":1.50},{\"type\":\"function\",\"function\":{\"name\":\"shell\"}},{\"type\":\"web\"},{\"name\":\"\"}]}";
    assert_int_equal(same_on_both_sides(strict, full, tools), 38);
    assert_true(same_on_both_sides("{}", full, tools) > 10);
    assert_int_equal(same_on_both_sides("{}", HEAD, "[]"), 0);
    assert_int_equal(
        same_on_both_sides(
            strict,
            HEAD "agent: {compliance: {audit_logging: true}}\ncompliance: {framework: [SOC2, GDPR], data_residency: EU}\n",
            "[]"),
        0);
    assert_int_equal(
        same_on_both_sides("{\"binding\":{\"workspace_id\":\"w\",\"sequence\":1,\"expires_at\":\"2020-01-01T00:00:00Z\"}}",
                           full, tools),
        1);
}

static void published_client_is_judged_by_its_model_alone(void **state) {
    (void)state;
    struct judged judged = {0};
    struct sekuire_error err = {0};
    sek_arena_init(&judged.arena, SEK_LIMIT_TREE_ARENA);
    sek_report_init(&judged.report);
    sek_buffer_init(&judged.text, TEST_TEXT_MAX);
    judged.options.now = TEST_NOW;
    judged.engine =
        engine_of(&judged.arena,
                  "{\"agent\":{\"models\":{\"allowed_providers\":[\"anthropic\"]}},\"tools\":{\"blocked_tools\":[\"*\"]}}");
    const struct sek_node *request = tree(&judged.arena, "{\"manifest\":{\"identity\":{\"model\":\"gpt-4\",\"bad\":5}}}");
    const struct sek_node *model = sek_node_path(request, "manifest", "identity", "model", NULL);
    assert_int_equal(sek_declaration_from_model(&judged.arena, sek_node_path(request, "manifest", "identity", "bad", NULL),
                                                &judged.declaration, &err),
                     SEKUIRE_ERR_TYPE);
    assert_int_equal(sek_declaration_from_model(&judged.arena, model, &judged.declaration, &err), 0);
    assert_string_equal(
        judge(&judged),
        "E provider.not_allowed -:0:0 /manifest/identity/model /agent/models/allowed_providers 'openai' Provider openai is not in the allowlist\n");
    finish(&judged);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framework_required_but_not_declared),
        cmocka_unit_test(audit_logging_required_but_not_declared),
        cmocka_unit_test(data_residency_required_but_not_declared),
        cmocka_unit_test(somebody_elses_compliance_section_is_ignored),
        cmocka_unit_test(file_outside_the_folder_is_a_finding),
        cmocka_unit_test(stated_id_that_is_not_the_computed_one_is_a_warning),
        cmocka_unit_test(expired_policy_is_one_finding),
        cmocka_unit_test(declaration_is_needed_where_more_than_models_is_limited),
        cmocka_unit_test(findings_are_json_objects_with_nulls),
        cmocka_unit_test(warnings_cannot_crowd_out_an_error),
        cmocka_unit_test(agent_is_checked_through_the_exported_face),
        cmocka_unit_test(further_tools_files_are_handed_in_by_their_path),
        cmocka_unit_test(client_and_server_judge_alike),
        cmocka_unit_test(published_client_is_judged_by_its_model_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
