/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The finding of a rule at a pointer, or a failure. */
static const struct sek_finding *finding(const struct content *content, const char *rule, const char *pointer) {
    for (const struct sek_finding *f = content->report.first; f != NULL; f = f->next)
        if (strcmp(f->rule, rule) == 0 && strcmp(f->pointer, pointer) == 0) return f;
    fail_msg("no %s at %s", rule, pointer);
    return NULL;
}

/* Compiles text, which must have exactly this one problem, at this line and column. */
static void assert_problem(const char *text, const char *rule, const char *pointer, uint32_t column, const char *message) {
    struct content c;
    content_compile(&c, text);
    if (c.status != SEKUIRE_ERR_CONTENT) fail_msg("%s: status %d", text, c.status);
    assert_null(c.rules);
    if (c.report.errors != 1) fail_msg("%s: %zu errors", text, c.report.errors);
    const struct sek_finding *f = finding(&c, rule, pointer);
    if (strstr(f->message, message) == NULL) fail_msg("%s: '%s' does not say '%s'", text, f->message, message);
    assert_int_equal(f->severity, SEK_SEVERITY_ERROR);
    assert_int_equal(f->line, 1);
    if (f->column != column) fail_msg("%s: column %u", text, f->column);
    assert_int_equal(c.err.status, SEKUIRE_ERR_CONTENT);
    assert_int_equal(c.err.line, 1);
    assert_int_equal(c.err.column, column);
    assert_int_equal(c.err.offset, column - 1);
    assert_string_equal(c.err.message, f->message);
    content_clear(&c);
}

static void assert_list(const struct sek_list *list, const char *pointer, size_t count) {
    assert_string_equal(list->pointer, pointer);
    assert_int_equal(list->count, count);
}

static const char *const everything =
    "{\"agent\":{\"models\":{\"allowed_providers\":[\"OpenAI\"],\"blocked_providers\":[\"x\"],\"allowed_models\":[\"gpt-*\",\"o1\"],"
    "\"blocked_models\":[\"gpt-4-32k\"],\"denied_models\":[\"gpt-3\"]},\"capabilities\":{\"allowed_tools\":[\"calc\"],"
    "\"denied_tools\":[{\"name\":\"rm\",\"why\":[1]}],\"blocked_tools\":[\"mv\"],\"require_tool_approval\":true}},"
    "\"tools\":{\"allowed_tools\":[{\"name\":\"calc\"}],\"blocked_tools\":[\"sh\"],\"denied_tools\":[\"dd\"]},"
    "\"permissions\":{\"network\":{\"enabled\":true,\"require_tls\":false,\"allowed_domains\":[\"*.Example.com\"],"
    "\"blocked_domains\":[\"evil.org\"],\"allowed_hosts\":[\"example.com\"],\"blocked_hosts\":[\"::1\"]},"
    "\"filesystem\":{\"enabled\":false,\"allowed_paths\":[\"/tmp/*\"],\"blocked_paths\":[\"/etc/*\"],\"allowed_extensions\":[\".TXT\"]},"
    "\"api\":{\"enabled\":true,\"allowed_services\":[\"openai\",{\"service_name\":\"stripe\",\"endpoints\":[\"charges*\"]}]}},"
    "\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":0,\"requests_per_hour\":18446744073709551615,\"tokens_per_minute\":1,"
    "\"tokens_per_hour\":2}},\"compliance\":{\"frameworks\":[\"SOC2\",\"GDPR\"],\"require_audit_logging\":true,"
    "\"data_residency\":\"EU\"},\"binding\":{\"workspace_id\":\"ws_1\",\"sequence\":7},\"x-note\":{\"any\":null}}";

/* These are the rules of all that. */
static void assert_everything(const struct sek_rules *r) {
    assert_int_equal(r->unknown_keys, 0);
    assert_int_equal(r->allowed_providers.count, 1);
    assert_true(sek_text_is(r->allowed_providers.lists[0].entries[0].text, "OpenAI"));
    assert_true(sek_text_is(r->allowed_providers.lists[0].entries[0].pattern.norm, "openai"));
    assert_list(&r->blocked_providers.lists[0], "/agent/models/blocked_providers", 1);
    assert_list(&r->allowed_models.lists[0], "/agent/models/allowed_models", 2);
    assert_string_equal(r->allowed_models.lists[0].entries[1].pointer, "/agent/models/allowed_models/1");
    assert_int_equal(r->allowed_models.lists[0].entries[0].pattern.shape, SEK_SHAPE_PREFIX);
    assert_int_equal(r->allowed_models.lists[0].entries[1].pattern.shape, SEK_SHAPE_EXACT);
    assert_int_equal(r->blocked_models.count, 2);
    assert_int_equal(r->blocked_models.lists[1].count, 1);
    assert_int_equal(r->allowed_tools.count, 2);
    assert_int_equal(r->blocked_tools.count, 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(r->blocked_tools.lists[i].count, 1);
    assert_string_equal(r->blocked_tools.lists[3].entries[0].pointer, "/tools/denied_tools/0");
    assert_true(r->require_tool_approval.present && r->require_tool_approval.value);
    assert_true(r->network.present && r->network.enabled.value && r->network.require_tls.present && !r->network.require_tls.value);
    assert_int_equal(r->network.allowed.count, 2);
    assert_true(sek_text_is(r->network.allowed.lists[0].entries[0].pattern.norm, "example.com"));
    assert_true(sek_text_is(r->network.allowed.lists[0].entries[0].text, "*.Example.com"));
    assert_int_equal(r->network.blocked.count, 2);
    assert_true(r->filesystem.present && r->filesystem.enabled.present && !r->filesystem.enabled.value);
    assert_true(sek_text_is(r->filesystem.allowed.lists[0].entries[0].pattern.norm, "/tmp"));
    assert_true(sek_text_is(r->filesystem.blocked.lists[0].entries[0].pattern.norm, "/etc"));
    assert_true(sek_text_is(r->filesystem.extensions.lists[0].entries[0].pattern.norm, "txt"));
    assert_true(r->api.present && r->api.enabled.value);
    assert_int_equal(r->api.service_count, 2);
    assert_int_equal(r->api.services[0].endpoints.count, 0);
    assert_true(sek_text_is(r->api.services[1].entry.text, "stripe"));
    assert_string_equal(r->api.services[1].entry.pointer, "/permissions/api/allowed_services/1");
    assert_list(&r->api.services[1].endpoints, "/permissions/api/allowed_services/1/endpoints", 1);
    assert_string_equal(r->api.services[1].endpoints.entries[0].pointer, "/permissions/api/allowed_services/1/endpoints/0");
    assert_true(r->limits[SEK_LIMIT_REQUEST][SEK_WINDOW_MINUTE].present);
    assert_int_equal(r->limits[SEK_LIMIT_REQUEST][SEK_WINDOW_MINUTE].value, 0);
    assert_true(r->limits[SEK_LIMIT_REQUEST][SEK_WINDOW_HOUR].value == UINT64_MAX);
    assert_int_equal(r->limits[SEK_LIMIT_TOKEN][SEK_WINDOW_MINUTE].value, 1);
    assert_int_equal(r->limits[SEK_LIMIT_TOKEN][SEK_WINDOW_HOUR].value, 2);
    assert_int_equal(r->compliance.framework_count, 2);
    assert_true(sek_text_is(r->compliance.frameworks[1], "GDPR"));
    assert_string_equal(r->compliance.framework_pointers[1], "/compliance/frameworks/1");
    assert_true(r->compliance.require_audit_logging.value);
    assert_true(sek_text_is(r->compliance.data_residency, "EU"));
    assert_true(r->binding.present && r->binding.has_sequence);
    assert_int_equal(r->binding.sequence, 7);
}

static void every_known_key_is_read(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, everything);
    if (c.status != 0) fail_msg("%s", c.err.message);
    assert_everything(c.rules);
    assert_int_equal(c.report.errors + c.report.warnings, 0);
    assert_int_equal(sek_rules_known_keys(c.node, NULL), 0);
    content_clear(&c);
}

static void lists_of_a_set_stay_apart_in_a_fixed_order(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, "{\"tools\":{\"denied_tools\":[\"a\"],\"blocked_tools\":[\"b\"],\"allowed_tools\":[\"c\"]},\"agent\":{\"capabilities\":"
                        "{\"blocked_tools\":[\"d\"],\"denied_tools\":[\"e\"],\"allowed_tools\":[\"f\"]}}}");
    assert_int_equal(c.status, 0);
    assert_int_equal(c.rules->blocked_tools.count, 4);
    assert_list(&c.rules->blocked_tools.lists[0], "/agent/capabilities/denied_tools", 1);
    assert_list(&c.rules->blocked_tools.lists[1], "/agent/capabilities/blocked_tools", 1);
    assert_list(&c.rules->blocked_tools.lists[2], "/tools/blocked_tools", 1);
    assert_list(&c.rules->blocked_tools.lists[3], "/tools/denied_tools", 1);
    assert_true(sek_text_is(c.rules->blocked_tools.lists[0].entries[0].text, "e"));
    assert_int_equal(c.rules->allowed_tools.count, 2);
    assert_list(&c.rules->allowed_tools.lists[0], "/agent/capabilities/allowed_tools", 1);
    assert_list(&c.rules->allowed_tools.lists[1], "/tools/allowed_tools", 1);
    content_clear(&c);
}

static void absent_things_know_where_they_would_stand(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, "{}");
    assert_int_equal(c.status, 0);
    const struct sek_rules *r = c.rules;
    assert_false(r->network.present || r->filesystem.present || r->api.present || r->binding.present);
    assert_string_equal(r->network.pointer, "/permissions/network");
    assert_string_equal(r->filesystem.pointer, "/permissions/filesystem");
    assert_string_equal(r->api.pointer, "/permissions/api");
    assert_string_equal(r->api.services_pointer, "/permissions/api/allowed_services");
    assert_string_equal(r->network.enabled.pointer, "/permissions/network/enabled");
    assert_string_equal(r->network.require_tls.pointer, "/permissions/network/require_tls");
    assert_string_equal(r->filesystem.enabled.pointer, "/permissions/filesystem/enabled");
    assert_string_equal(r->api.enabled.pointer, "/permissions/api/enabled");
    assert_string_equal(r->require_tool_approval.pointer, "/agent/capabilities/require_tool_approval");
    assert_string_equal(r->limits[SEK_LIMIT_REQUEST][SEK_WINDOW_MINUTE].pointer, "/rate_limits/per_agent/requests_per_minute");
    assert_string_equal(r->limits[SEK_LIMIT_TOKEN][SEK_WINDOW_HOUR].pointer, "/rate_limits/per_agent/tokens_per_hour");
    assert_string_equal(r->compliance.require_audit_logging.pointer, "/compliance/require_audit_logging");
    assert_string_equal(r->compliance.data_residency_pointer, "/compliance/data_residency");
    assert_null(r->compliance.data_residency.data);
    assert_int_equal(r->allowed_models.count, 0);
    assert_false(r->network.enabled.present || r->limits[0][0].present);
    content_clear(&c);
}

/* Every key of the vocabulary refuses null, and every value of the wrong kind. */
static void every_known_key_refuses_a_wrong_type(void **state) {
    (void)state;
    static const struct {
        const char *path;
        char takes; /* o, b, a, n, s: object, boolean, array, number, string */
    } keys[] = {
        {"/agent", 'o'}, {"/agent/models", 'o'}, {"/agent/models/allowed_providers", 'a'}, {"/agent/models/blocked_providers", 'a'},
        {"/agent/models/allowed_models", 'a'}, {"/agent/models/blocked_models", 'a'}, {"/agent/models/denied_models", 'a'},
        {"/agent/capabilities", 'o'}, {"/agent/capabilities/allowed_tools", 'a'}, {"/agent/capabilities/denied_tools", 'a'},
        {"/agent/capabilities/blocked_tools", 'a'}, {"/agent/capabilities/require_tool_approval", 'b'}, {"/tools", 'o'},
        {"/tools/allowed_tools", 'a'}, {"/tools/blocked_tools", 'a'}, {"/tools/denied_tools", 'a'}, {"/permissions", 'o'},
        {"/permissions/network", 'o'}, {"/permissions/network/enabled", 'b'}, {"/permissions/network/require_tls", 'b'},
        {"/permissions/network/allowed_domains", 'a'}, {"/permissions/network/blocked_domains", 'a'},
        {"/permissions/network/allowed_hosts", 'a'}, {"/permissions/network/blocked_hosts", 'a'}, {"/permissions/filesystem", 'o'},
        {"/permissions/filesystem/enabled", 'b'}, {"/permissions/filesystem/allowed_paths", 'a'},
        {"/permissions/filesystem/blocked_paths", 'a'}, {"/permissions/filesystem/allowed_extensions", 'a'}, {"/permissions/api", 'o'},
        {"/permissions/api/enabled", 'b'}, {"/permissions/api/allowed_services", 'a'}, {"/rate_limits", 'o'},
        {"/rate_limits/per_agent", 'o'}, {"/rate_limits/per_agent/requests_per_minute", 'n'},
        {"/rate_limits/per_agent/requests_per_hour", 'n'}, {"/rate_limits/per_agent/tokens_per_minute", 'n'},
        {"/rate_limits/per_agent/tokens_per_hour", 'n'}, {"/compliance", 'o'}, {"/compliance/frameworks", 'a'},
        {"/compliance/require_audit_logging", 'b'}, {"/compliance/data_residency", 's'},
    };
    static const struct {
        char kind;
        const char *text, *name;
    } values[] = {
        {'0', "null", "not null"},  {'o', "{}", "not an object"}, {'b', "true", "not a boolean"},
        {'a', "[]", "not an array"}, {'n', "7", "not a number"},  {'s', "\"7\"", "not a string"},
    };
    size_t cases = 0;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            char text[256];
            size_t used = 0, depth = 0;
            for (const char *p = keys[k].path; *p != '\0'; depth++) {
                size_t size = strcspn(p + 1, "/");
                used += (size_t)snprintf(text + used, sizeof text - used, "{\"%.*s\":", (int)size, p + 1);
                p += size + 1;
            }
            uint32_t column = (uint32_t)used + 1;
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", values[v].text);
            for (; depth > 0; depth--) used += (size_t)snprintf(text + used, sizeof text - used, "}");
            struct content c;
            if (values[v].kind != keys[k].takes) {
                assert_problem(text, "policy.type", keys[k].path, column, values[v].name);
            } else {
                content_compile(&c, text);
                if (c.status != 0) fail_msg("%s: %s", text, c.err.message);
                content_clear(&c);
            }
            cases++;
        }
    }
    print_message("%zu cases\n", cases);
}

static void content_that_is_no_object_is_uncompilable(void **state) {
    (void)state;
    assert_problem("[]", "policy.type", "", 1, "the policy must be an object, not an array");
    assert_problem("null", "policy.type", "", 1, "the policy must be an object, not null");
}

static void limits_are_integers_that_fit(void **state) {
    (void)state;
    static const char *const wrong[] = {"-1", "-0", "1.0", "1.5", "1e3", "18446744073709551616"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"rate_limits\":{\"per_agent\":{\"tokens_per_hour\":%s}}}", wrong[i]);
        assert_problem(text, "policy.type", "/rate_limits/per_agent/tokens_per_hour", 48, wrong[i]);
    }
}

static void entries_of_lists_are_strings_or_named_objects(void **state) {
    (void)state;
    assert_problem("{\"agent\":{\"models\":{\"allowed_models\":[\"a\",7]}}}", "policy.type", "/agent/models/allowed_models/1", 43,
                   "must be a string, not a number");
    assert_problem("{\"agent\":{\"models\":{\"allowed_models\":[{\"name\":\"a\"}]}}}", "policy.type", "/agent/models/allowed_models/0", 39,
                   "must be a string, not an object");
    assert_problem("{\"tools\":{\"blocked_tools\":[null]}}", "policy.type", "/tools/blocked_tools/0", 28,
                   "must be a string or an object, not null");
    assert_problem("{\"tools\":{\"blocked_tools\":[{\"nam\":\"a\"}]}}", "policy.type", "/tools/blocked_tools/0", 28, "has no \"name\"");
    assert_problem("{\"tools\":{\"blocked_tools\":[{\"name\":7}]}}", "policy.type", "/tools/blocked_tools/0/name", 36,
                   "must be a string, not a number");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[[]]}}}", "policy.type", "/permissions/api/allowed_services/0", 44,
                   "must be a string or an object, not an array");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[{\"endpoints\":[]}]}}}", "policy.type",
                   "/permissions/api/allowed_services/0", 44, "has no \"service_name\"");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[{\"service_name\":\"s\",\"endpoints\":null}]}}}", "policy.type",
                   "/permissions/api/allowed_services/0/endpoints", 76, "must be an array, not null");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[{\"service_name\":\"s\",\"endpoints\":[{}]}]}}}", "policy.type",
                   "/permissions/api/allowed_services/0/endpoints/0", 77, "must be a string, not an object");
    assert_problem("{\"compliance\":{\"frameworks\":[\"a\",1]}}", "policy.type", "/compliance/frameworks/1", 34, "must be a string");
}

static void patterns_that_are_none_are_uncompilable(void **state) {
    (void)state;
    assert_problem("{\"agent\":{\"models\":{\"allowed_models\":[\"\"]}}}", "policy.pattern", "/agent/models/allowed_models/0", 39,
                   "an empty string is not a name pattern");
    assert_problem("{\"agent\":{\"models\":{\"denied_models\":[\"*x\"]}}}", "policy.pattern", "/agent/models/denied_models/0", 38,
                   "'*x' is not a name pattern");
    assert_problem("{\"agent\":{\"models\":{\"allowed_providers\":[\"open*\"]}}}", "policy.pattern",
                   "/agent/models/allowed_providers/0", 42, "'open*' is not a provider pattern");
    assert_problem("{\"tools\":{\"allowed_tools\":[{\"name\":\"a*b\"}]}}", "policy.pattern", "/tools/allowed_tools/0/name", 36,
                   "'a*b' is not a name pattern");
    assert_problem("{\"permissions\":{\"network\":{\"blocked_hosts\":[\"127.1\"]}}}", "policy.pattern",
                   "/permissions/network/blocked_hosts/0", 45, "'127.1' is not a domain pattern");
    assert_problem("{\"permissions\":{\"filesystem\":{\"blocked_paths\":[\"~\"]}}}", "policy.pattern",
                   "/permissions/filesystem/blocked_paths/0", 48, "'~' is not a path pattern");
    assert_problem("{\"permissions\":{\"filesystem\":{\"allowed_extensions\":[\"txt\"]}}}", "policy.pattern",
                   "/permissions/filesystem/allowed_extensions/0", 53, "'txt' is not an extension pattern");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[\"*s\"]}}}", "policy.pattern", "/permissions/api/allowed_services/0",
                   44, "'*s' is not a name pattern");
    assert_problem("{\"permissions\":{\"api\":{\"allowed_services\":[{\"service_name\":\"s\",\"endpoints\":[\"*s\"]}]}}}", "policy.pattern",
                   "/permissions/api/allowed_services/0/endpoints/0", 77, "'*s' is not a name pattern");
}

static void all_problems_are_found_in_the_order_of_the_text(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, "{\n \"tools\": {\"allowed_tools\": [\"a*b\", \"ok\", 1]},\n \"permissions\": null,\n \"tool\": {},\n"
                        " \"agent\": {\"models\": {\"allowed_models\": []}}\n}");
    assert_int_equal(c.status, SEKUIRE_ERR_CONTENT);
    static const struct {
        const char *rule, *pointer, *value;
        uint32_t line, column;
    } expected[] = {
        {"policy.pattern", "/tools/allowed_tools/0", "a*b", 2, 30}, {"policy.type", "/tools/allowed_tools/2", NULL, 2, 43},
        {"policy.type", "/permissions", NULL, 3, 17},               {"policy.unknown_key", "/tool", "tool", 4, 2},
        {"policy.empty_list", "/agent/models/allowed_models", NULL, 5, 41},
    };
    const struct sek_finding *f = c.report.first;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, f = f->next) {
        assert_non_null(f);
        assert_string_equal(f->rule, expected[i].rule);
        assert_string_equal(f->pointer, expected[i].pointer);
        assert_string_equal(f->policy_pointer, expected[i].pointer);
        assert_int_equal(f->line, expected[i].line);
        assert_int_equal(f->column, expected[i].column);
        if (expected[i].value != NULL) assert_string_equal(f->value, expected[i].value);
    }
    assert_null(f);
    assert_int_equal(c.report.errors, 4);
    assert_int_equal(c.report.warnings, 1);
    assert_int_equal(c.err.line, 2);
    assert_int_equal(c.err.column, 30);
    content_clear(&c);
}

static void unknown_keys_are_found_wherever_keys_are_known(void **state) {
    (void)state;
    static const struct {
        const char *text, *pointer;
        uint32_t column;
        const char *hint; /* NULL: none */
    } cases[] = {
        {"{\"tool\":{}}", "/tool", 2, "did you mean 'tools'?"},
        {"{\"agent\":{\"models\":{\"alowed_models\":[]}}}", "/agent/models/alowed_models", 21, "did you mean 'allowed_models'?"},
        {"{\"agent\":{\"models\":{\"Allowed_models\":[]}}}", "/agent/models/Allowed_models", 21, "did you mean 'allowed_models'?"},
        {"{\"agent\":{\"model\":7}}", "/agent/model", 11, "did you mean 'models'?"},
        {"{\"permissions\":{\"network\":{\"allow_domains\":[]}}}", "/permissions/network/allow_domains", 28,
         "did you mean 'allowed_domains'?"},
        {"{\"permissions\":{\"ap\":{}}}", "/permissions/ap", 17, "did you mean 'api'?"},
        {"{\"permissions\":{\"ftp\":{}}}", "/permissions/ftp", 17, NULL},
        {"{\"permissions\":{\"axx\":{}}}", "/permissions/axx", 17, NULL},
        {"{\"agent\":{\"allowed_models\":[]}}", "/agent/allowed_models", 11, "it is known as /agent/models/allowed_models"},
        {"{\"rate_limits\":{\"per_agent\":{\"requests_per_minutes\":1}}}", "/rate_limits/per_agent/requests_per_minutes", 30,
         "did you mean 'requests_per_minute'?"},
        {"{\"rate_limits\":{\"per_day\":{}}}", "/rate_limits/per_day", 17, NULL},
        {"{\"compliance\":{\"framework\":[]}}", "/compliance/framework", 16, "did you mean 'frameworks'?"},
        {"{\"tools\":{\"a/b~c\":1}}", "/tools/a~1b~0c", 11, NULL},
        {"{\"\":1}", "/", 2, NULL},
        {"{\"x\":1}", "/x", 2, NULL},
        {"{\"X-note\":1}", "/X-note", 2, NULL},
        {"{\"permissions\":{\"api\":{\"allowed_services\":[\"s\",{\"service_name\":\"t\",\"endpoint\":[]}]}}}",
         "/permissions/api/allowed_services/1/endpoint", 68, "did you mean 'endpoints'?"},
        {"{\"a-name-that-is-longer-than-any-name-which-this-vocabulary-knows\":1}",
         "/a-name-that-is-longer-than-any-name-which-this-vocabulary-knows", 2, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct content c;
        struct sekuire_error err = {0};
        content_compile(&c, cases[i].text);
        if (c.status != 0) fail_msg("%s: %s", cases[i].text, c.err.message);
        assert_int_equal(c.rules->unknown_keys, 1);
        assert_int_equal(c.report.errors, 1);
        const struct sek_finding *f = finding(&c, "policy.unknown_key", cases[i].pointer);
        assert_int_equal(f->severity, SEK_SEVERITY_ERROR);
        assert_int_equal(f->column, cases[i].column);
        if (cases[i].hint == NULL) {
            if (f->hint != NULL) fail_msg("%s: %s", cases[i].text, f->hint);
        } else {
            if (f->hint == NULL || strcmp(f->hint, cases[i].hint) != 0) fail_msg("%s: %s", cases[i].text, f->hint);
        }
        assert_int_equal(sek_rules_known_keys(c.node, &err), SEKUIRE_ERR_UNKNOWN_KEY);
        assert_int_equal(err.status, SEKUIRE_ERR_UNKNOWN_KEY);
        assert_int_equal(err.line, 1);
        assert_int_equal(err.column, cases[i].column);
        if (cases[i].hint != NULL && strstr(err.message, cases[i].hint) == NULL) fail_msg("%s", err.message);
        content_clear(&c);
    }
}

static void the_first_unknown_key_is_reported(void **state) {
    (void)state;
    struct content c;
    struct sekuire_error err = {0};
    content_compile(&c, "{\"x-a\":1,\"permissions\":{\"network\":{\"on\":true}},\"zzz\":1}");
    assert_int_equal(c.status, 0);
    assert_int_equal(c.rules->unknown_keys, 2);
    assert_int_equal(sek_rules_known_keys(c.node, &err), SEKUIRE_ERR_UNKNOWN_KEY);
    assert_string_equal(err.message, "unknown key 'on' in /permissions/network");
    assert_int_equal(err.column, 36);
    content_clear(&c);
}

static void comments_are_taken_everywhere(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, "{\"x-a\":null,\"agent\":{\"x-b\":1,\"models\":{\"x-\":[]}},\"tools\":{\"x-c\":{},\"allowed_tools\":[{\"name\":\"t\","
                        "\"any\":1}]},\"permissions\":{\"x-d\":1,\"api\":{\"allowed_services\":[{\"service_name\":\"s\",\"x-e\":1}]}},"
                        "\"rate_limits\":{\"per_agent\":{\"x-f\":-1}},\"compliance\":{\"x-g\":1},\"binding\":{\"x-h\":1}}");
    assert_int_equal(c.status, 0);
    assert_int_equal(c.rules->unknown_keys, 0);
    assert_int_equal(c.report.errors + c.report.warnings, 0);
    assert_int_equal(sek_rules_known_keys(c.node, NULL), 0);
    content_clear(&c);
}

static void an_unknown_key_in_a_binding_is_uncompilable(void **state) {
    (void)state;
    struct content c;
    struct sekuire_error err = {0};
    content_compile(&c, "{\"binding\":{\"expires\":\"2030-01-01T00:00:00Z\"}}");
    assert_int_equal(c.status, SEKUIRE_ERR_CONTENT);
    assert_int_equal(c.err.column, 13);
    finding(&c, "policy.unknown_key", "/binding/expires");
    assert_int_equal(c.report.errors, 1);
    assert_int_equal(sek_rules_known_keys(c.node, &err), SEKUIRE_ERR_UNKNOWN_KEY);
    content_clear(&c);
}

static void an_empty_allowed_list_is_a_warning(void **state) {
    (void)state;
    static const struct {
        const char *text, *pointer; /* NULL: no warning */
    } cases[] = {
        {"{\"agent\":{\"models\":{\"allowed_models\":[]}}}", "/agent/models/allowed_models"},
        {"{\"agent\":{\"models\":{\"allowed_providers\":[]}}}", "/agent/models/allowed_providers"},
        {"{\"tools\":{\"allowed_tools\":[]}}", "/tools/allowed_tools"},
        {"{\"permissions\":{\"network\":{\"allowed_hosts\":[]}}}", "/permissions/network/allowed_hosts"},
        {"{\"permissions\":{\"api\":{\"allowed_services\":[]}}}", "/permissions/api/allowed_services"},
        {"{\"permissions\":{\"api\":{\"allowed_services\":[{\"service_name\":\"s\",\"endpoints\":[]}]}}}",
         "/permissions/api/allowed_services/0/endpoints"},
        {"{\"tools\":{\"blocked_tools\":[]}}", NULL},
        {"{\"compliance\":{\"frameworks\":[]}}", NULL},
        {"{\"agent\":{\"models\":{\"allowed_models\":[\"a\"]}}}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct content c;
        content_compile(&c, cases[i].text);
        assert_int_equal(c.status, 0);
        assert_int_equal(c.report.errors, 0);
        assert_int_equal(c.report.warnings, cases[i].pointer != NULL);
        if (cases[i].pointer != NULL)
            assert_int_equal(finding(&c, "policy.empty_list", cases[i].pointer)->severity, SEK_SEVERITY_WARNING);
        content_clear(&c);
    }
}

static void control_characters_do_not_reach_a_message(void **state) {
    (void)state;
    struct content c;
    content_compile(&c, "{\"\\u001b[2J\":1,\"tools\":{\"allowed_tools\":[\"\\u001b*x\"]}}");
    assert_int_equal(c.status, SEKUIRE_ERR_CONTENT);
    for (const struct sek_finding *f = c.report.first; f != NULL; f = f->next) {
        assert_null(strchr(f->message, '\x1b'));
        assert_non_null(strstr(f->message, "\\u001b"));
    }
    assert_int_equal(c.report.errors, 2);
    content_clear(&c);
}

static void a_report_is_optional(void **state) {
    (void)state;
    struct content c;
    content_parse(&c, "{\"tol\":1,\"tools\":null}");
    assert_int_equal(sek_rules_compile(&c.arena, c.node, &c.rules, NULL, &c.err), SEKUIRE_ERR_CONTENT);
    assert_null(c.rules);
    assert_int_equal(c.err.column, 18);
    assert_int_equal(sek_rules_compile(&c.arena, c.node, &c.rules, NULL, NULL), SEKUIRE_ERR_CONTENT);
    content_clear(&c);
}

/* Every place where the arena may end is a status, never a crash and never rules that lack something. */
static void short_memory_is_a_status(void **state) {
    (void)state;
    struct content c;
    content_parse(&c, everything);
    size_t refused = 0;
    for (size_t limit = 0; limit < 1u << 16; limit += 16) {
        struct sek_arena arena;
        const struct sek_rules *rules = NULL;
        struct sekuire_error err = {0};
        sek_arena_init(&arena, limit);
        int status = sek_rules_compile(&arena, c.node, &rules, NULL, &err);
        if (status != 0) {
            if (status != SEKUIRE_ERR_MEMORY) fail_msg("limit %zu: %s", limit, err.message);
            assert_int_equal(err.status, SEKUIRE_ERR_MEMORY);
            assert_null(rules);
            refused++;
        } else {
            assert_everything(rules);
        }
        sek_arena_clear(&arena);
        if (status == 0) break;
    }
    assert_true(refused > 100);
    content_clear(&c);
}

static void problems_beyond_the_cap_are_counted_and_not_kept(void **state) {
    (void)state;
    enum { ENTRIES = 100000 };
    static const char start[] = "{\"permissions\":{\"api\":{\"allowed_services\":[", end[] = "]}}}";
    static const char entry[] = "{\"service_name\":1,\"z\":1},";
    char *text = malloc(sizeof start + sizeof end + ENTRIES * sizeof entry);
    assert_non_null(text);
    char *p = text;
    p += snprintf(p, sizeof start, "%s", start);
    for (size_t i = 0; i < ENTRIES; i++) p += snprintf(p, sizeof entry, "%s", entry);
    snprintf(p - 1, sizeof end, "%s", end);
    struct content c;
    content_compile(&c, text);
    assert_int_equal(c.status, SEKUIRE_ERR_CONTENT);
    assert_int_equal(c.report.errors, 2 * ENTRIES);
    assert_true(c.report.truncated);
    content_clear(&c);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_key_is_read),
        cmocka_unit_test(lists_of_a_set_stay_apart_in_a_fixed_order),
        cmocka_unit_test(absent_things_know_where_they_would_stand),
        cmocka_unit_test(every_known_key_refuses_a_wrong_type),
        cmocka_unit_test(content_that_is_no_object_is_uncompilable),
        cmocka_unit_test(limits_are_integers_that_fit),
        cmocka_unit_test(entries_of_lists_are_strings_or_named_objects),
        cmocka_unit_test(patterns_that_are_none_are_uncompilable),
        cmocka_unit_test(all_problems_are_found_in_the_order_of_the_text),
        cmocka_unit_test(unknown_keys_are_found_wherever_keys_are_known),
        cmocka_unit_test(the_first_unknown_key_is_reported),
        cmocka_unit_test(comments_are_taken_everywhere),
        cmocka_unit_test(an_unknown_key_in_a_binding_is_uncompilable),
        cmocka_unit_test(an_empty_allowed_list_is_a_warning),
        cmocka_unit_test(control_characters_do_not_reach_a_message),
        cmocka_unit_test(a_report_is_optional),
        cmocka_unit_test(short_memory_is_a_status),
        cmocka_unit_test(problems_beyond_the_cap_are_counted_and_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
