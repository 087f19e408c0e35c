/* SPDX-License-Identifier: Apache-2.0 */
/* Declared permissions, limits and base_urls against the policy's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "comply/judged.h"

#define NETWORK(json) "{\"permissions\":{\"network\":{\"enabled\":true" json "}}}"
#define FILESYSTEM(json) "{\"permissions\":{\"filesystem\":{\"enabled\":true" json "}}}"
#define HOSTS(list) HEAD "permissions:\n  network:\n    allowed_hosts: " list "\n"
#define PATHS(list) HEAD "permissions:\n  filesystem:\n    allowed_paths: " list "\n"
#define AT "sekuire.yml:10:21 /permissions/network/allowed_hosts/0"
#define PATH_AT "sekuire.yml:10:21 /permissions/filesystem/allowed_paths/0"

static void host_must_be_contained_in_an_allowed_entry(void **state) {
    (void)state;
    const char *policy = NETWORK(",\"allowed_domains\":[\"api.openai.com\",\"*.example.com\"]");
    passes(policy, HOSTS("[API.openai.com., example.com, '*.sub.example.com']"), "[]");
    finds(
        policy, HOSTS("[\"*.openai.com\"]"), "[]",
        "E permission.network " AT
        " /permissions/network/allowed_domains '*.openai.com' Declared host *.openai.com is not covered by what the policy allows\n");
    finds(policy, HOSTS("['*']"), "[]",
          "E permission.network " AT
          " /permissions/network/allowed_domains '*' Declared host * is not covered by what the policy allows\n");
}

static void host_must_be_contained_in_each_list(void **state) {
    (void)state;
    finds(NETWORK(",\"allowed_domains\":[\"*\"],\"allowed_hosts\":[\"b.com\"]"), HOSTS("[a.com]"), "[]",
          "E permission.network " AT
          " /permissions/network/allowed_hosts 'a.com' Declared host a.com is not covered by what the policy allows\n");
}

static void host_may_not_overlap_a_blocked_entry(void **state) {
    (void)state;
    const char *policy = NETWORK(",\"blocked_domains\":[\"x.org\",\"evil.example.com\"]");
    passes(policy, HOSTS("[good.example.com]"), "[]");
    finds(
        policy, HOSTS("['*.example.com']"), "[]",
        "E permission.network " AT
        " /permissions/network/blocked_domains/1 '*.example.com' Declared host *.example.com overlaps what the policy blocks: evil.example.com\n");
}

static void missing_and_disabled_network_cover_nothing(void **state) {
    (void)state;
    passes("{}", HEAD, "[]");
    finds("{}", HOSTS("[a.com]"), "[]",
          "E permission.network " AT
          " /permissions/network 'a.com' Declared host a.com is not covered: the policy has no such permissions\n");
    finds("{\"permissions\":{\"network\":{\"enabled\":false}}}", HOSTS("[a.com]"), "[]",
          "E permission.network " AT
          " /permissions/network/enabled 'a.com' Declared host a.com is not covered: network access is disabled\n");
    finds("{\"permissions\":{\"network\":{}}}", HOSTS("[a.com]"), "[]",
          "E permission.network " AT
          " /permissions/network/enabled 'a.com' Declared host a.com is not covered: network access is disabled\n");
}

static void hosts_of_agents_are_declared_too(void **state) {
    (void)state;
    finds(
        NETWORK(",\"allowed_domains\":[\"a.com\"]"),
        HEAD "agent:\n  network: {allow: [b.com], block: [c.com]}\nagents:\n  k: {network: {allow: [d.com]}}\n", "[]",
        "E permission.network sekuire.yml:9:21 /agent/network/allow/0 /permissions/network/allowed_domains 'b.com' Declared host b.com is not covered by what the policy allows\n"
        "E permission.network sekuire.yml:11:25 /agents/k/network/allow/0 /permissions/network/allowed_domains 'd.com' Declared host d.com is not covered by what the policy allows\n");
}

static void own_blocks_of_the_manifest_do_not_help(void **state) {
    (void)state;
    finds(
        NETWORK(",\"blocked_domains\":[\"b.a.com\"]"),
        HEAD "permissions:\n  network:\n    allowed_hosts: ['*.a.com']\n    blocked_hosts: [b.a.com]\n", "[]",
        "E permission.network " AT
        " /permissions/network/blocked_domains/0 '*.a.com' Declared host *.a.com overlaps what the policy blocks: b.a.com\n");
}

static void starts(const char *policy, const char *manifest, const char *start) {
    struct judged judged;
    begin(&judged, policy, manifest, "[]");
    const char *text = judge(&judged);
    if (strncmp(text, start, strlen(start)) != 0) fail_msg("%s", text);
    assert_int_equal(judged.report.errors, 1);
    finish(&judged);
}

static void hosts_without_normal_form_are_findings(void **state) {
    (void)state;
    const char *policy = NETWORK("");
    passes(policy,
           HOSTS("[b\xc3\xbc"
                 "cher.example, '::1', 10.0.0.1]"),
           "[]");
    starts(policy, HOSTS("['https://a.com']"),
           "E manifest.value " AT " - 'https://a.com' The host 'https://a.com' cannot be judged: ");
    starts(policy, HOSTS("['a.com:443']"), "E manifest.value " AT " - 'a.com:443' The host 'a.com:443' cannot be judged: ");
    starts(policy, HOSTS("[127.1]"), "E manifest.value " AT " - '127.1' The host '127.1' cannot be judged: ");
    starts(policy, HOSTS("['']"), "E manifest.value " AT " - '' The host '' cannot be judged: ");
    starts(policy, HOSTS("['a*.com']"), "E manifest.value " AT " - 'a*.com' The host 'a*.com' cannot be judged: ");
    starts(policy, HOSTS("['${HOST}']"),
           "E manifest.variable " AT " - '${HOST}' The host '${HOST}' still holds a variable\n");
}

static void path_must_be_contained_in_an_allowed_entry(void **state) {
    (void)state;
    const char *policy = FILESYSTEM(",\"allowed_paths\":[\"/tmp/*\",\"/srv/agent/*\"]");
    passes(policy, PATHS("[/tmp, '/tmp/x/*', ./data, data/*, /tmp/../srv/agent]"), "[]");
    finds(
        policy, PATHS("[/tmp/../etc/*]"), "[]",
        "E permission.filesystem " PATH_AT
        " /permissions/filesystem/allowed_paths '/tmp/../etc/*' Declared path /tmp/../etc/* is not covered by what the policy allows\n");
    finds(
        policy, PATHS("[../secret]"), "[]",
        "E permission.filesystem " PATH_AT
        " /permissions/filesystem/allowed_paths '../secret' Declared path ../secret is not covered by what the policy allows\n");
    finds(policy, PATHS("['*']"), "[]",
          "E permission.filesystem " PATH_AT
          " /permissions/filesystem/allowed_paths '*' Declared path * is not covered by what the policy allows\n");
}

static void path_may_not_overlap_a_blocked_entry(void **state) {
    (void)state;
    const char *policy = FILESYSTEM(",\"blocked_paths\":[\"/etc/*\"]");
    passes(policy, PATHS("[/tmp/*]"), "[]");
    finds(policy, PATHS("[/*]"), "[]",
          "E permission.filesystem " PATH_AT
          " /permissions/filesystem/blocked_paths/0 '/*' Declared path /* overlaps what the policy blocks: /etc/*\n");
}

static void missing_and_disabled_filesystem_cover_nothing(void **state) {
    (void)state;
    finds("{}", PATHS("[/tmp]"), "[]",
          "E permission.filesystem " PATH_AT
          " /permissions/filesystem '/tmp' Declared path /tmp is not covered: the policy has no such permissions\n");
    finds("{\"permissions\":{\"filesystem\":{\"enabled\":false}}}", PATHS("[/tmp]"), "[]",
          "E permission.filesystem " PATH_AT
          " /permissions/filesystem/enabled '/tmp' Declared path /tmp is not covered: filesystem access is disabled\n");
}

static void paths_of_agents_are_declared_too(void **state) {
    (void)state;
    finds(
        FILESYSTEM(",\"allowed_paths\":[\"/a\"]"),
        HEAD
        "agent:\n  filesystem: {allow_read: [/b], allow_write: [/c], block_all: [/d]}\nagents:\n  k: {filesystem: {allow_read: [/e]}}\n",
        "[]",
        "E permission.filesystem sekuire.yml:9:29 /agent/filesystem/allow_read/0 /permissions/filesystem/allowed_paths '/b' Declared path /b is not covered by what the policy allows\n"
        "E permission.filesystem sekuire.yml:9:48 /agent/filesystem/allow_write/0 /permissions/filesystem/allowed_paths '/c' Declared path /c is not covered by what the policy allows\n"
        "E permission.filesystem sekuire.yml:11:33 /agents/k/filesystem/allow_read/0 /permissions/filesystem/allowed_paths '/e' Declared path /e is not covered by what the policy allows\n");
}

static void extension_of_a_single_file_is_judged(void **state) {
    (void)state;
    const char *policy = FILESYSTEM(",\"allowed_paths\":[\"/tmp/*\"],\"allowed_extensions\":[\".txt\"]");
    passes(policy, PATHS("[/tmp/a.TXT, '/tmp/x/*', /tmp/noext]"), "[]");
    finds(policy, PATHS("[/tmp/a.exe]"), "[]",
          "E permission.filesystem " PATH_AT
          " /permissions/filesystem/allowed_extensions '/tmp/a.exe' Extension .exe is not allowed\n");
}

static void paths_without_normal_form_are_findings(void **state) {
    (void)state;
    const char *policy = FILESYSTEM("");
    passes(policy, PATHS("[./data]"), "[]");
    starts(policy, PATHS("['~/x']"), "E manifest.value " PATH_AT " - '~/x' The path '~/x' cannot be judged: ");
    starts(policy, PATHS("['/a/*/b']"), "E manifest.value " PATH_AT " - '/a/*/b' The path '/a/*/b' cannot be judged: ");
    starts(policy, PATHS("['C:\\x']"), "E manifest.value " PATH_AT " - 'C:\\x' The path 'C:\\x' cannot be judged: ");
    starts(policy, PATHS("['${DIR}/x']"),
           "E manifest.variable " PATH_AT " - '${DIR}/x' The path '${DIR}/x' still holds a variable\n");
}

static void relative_path_without_folder_is_a_finding(void **state) {
    (void)state;
    struct judged judged;
    begin(&judged, FILESYSTEM(""), PATHS("[./data]"), "[]");
    judged.options.manifest_folder = (struct sekuire_text){0};
    judged.declaration.folder = (struct sekuire_text){0};
    assert_non_null(strstr(judge(&judged), "E manifest.value " PATH_AT " - './data'"));
    finish(&judged);
}

static void declared_limit_is_at_most_the_policys(void **state) {
    (void)state;
    const char *policy = "{\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":60,\"tokens_per_hour\":0}}}";
    passes(policy, HEAD, "[]");
    passes(policy, HEAD "rate_limits: {requests: {max_per_minute: 60, max_per_hour: 99999}, tokens: {max_per_hour: 0}}\n",
           "[]");
    finds(
        policy, HEAD "rate_limits:\n  requests:\n    max_per_minute: 61\n  tokens: {max_per_hour: 18446744073709551615}\n",
        "[]",
        "E permission.rate_limit sekuire.yml:10:21 /rate_limits/requests/max_per_minute /rate_limits/per_agent/requests_per_minute '61' Declared limit of 61 requests per minute is above the policy's 60\n"
        "E permission.rate_limit sekuire.yml:11:26 /rate_limits/tokens/max_per_hour /rate_limits/per_agent/tokens_per_hour '18446744073709551615' Declared limit of 18446744073709551615 tokens per hour is above the policy's 0\n");
    finds(
        policy, HEAD "rate_limits: {requests: {max_per_minute: '${R}'}}\n", "[]",
        "E manifest.variable sekuire.yml:8:42 /rate_limits/requests/max_per_minute - '${R}' The limit '${R}' still holds a variable\n");
}

static void base_url_goes_through_the_network_rules(void **state) {
    (void)state;
    const char *policy =
        NETWORK(",\"require_tls\":true,\"allowed_domains\":[\"api.openai.com\"],\"blocked_domains\":[\"evil.org\"]");
    passes(policy, HEAD "llm: {base_url: 'https://user@API.openai.com.:8443/v1?x#y'}\n", "[]");
    passes("{}", HEAD "llm: {base_url: 'http://anything:99'}\n", "[]");
    finds(
        policy, HEAD "llm: {base_url: 'http://api.openai.com/v1'}\n", "[]",
        "E network.tls_required sekuire.yml:8:17 /llm/base_url /permissions/network/require_tls 'api.openai.com' TLS is required for network requests\n");
    finds(
        policy, HEAD "agent: {llm: {base_url: 'https://api.openai.com@evil.org/'}}\n", "[]",
        "E network.blocked sekuire.yml:8:25 /agent/llm/base_url /permissions/network/blocked_domains/0 'evil.org' Domain evil.org is blocked by policy\n");
    finds(
        policy, HEAD "agents: {k: {llm: {base_url: 'https://[::1]:1/'}}}\n", "[]",
        "E network.not_allowed sekuire.yml:8:30 /agents/k/llm/base_url /permissions/network/allowed_domains '::1' Domain ::1 is not in the allowlist\n");
    finds(
        "{\"permissions\":{\"network\":{\"enabled\":false}}}", HEAD "llm: {base_url: 'https://a.com'}\n", "[]",
        "E network.disabled sekuire.yml:8:17 /llm/base_url /permissions/network/enabled 'a.com' Network access is disabled\n");
}

static void base_url_without_one_reading_is_a_finding(void **state) {
    (void)state;
    static const char *const urls[] = {"a.com",
                                       "localhost:11434",
                                       "https://",
                                       "https://a.com:x",
                                       "https://a@b@c",
                                       "https:\\\\\\\\a.com",
                                       "https://a.com:65536",
                                       "https://a b",
                                       "https://[::1",
                                       "https://a%2ecom"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        char manifest[512];
        snprintf(manifest, sizeof manifest, "%sllm: {base_url: \"%s\"}\n", HEAD, urls[i]);
        starts(NETWORK(""), manifest, "E manifest.value sekuire.yml:8:17 /llm/base_url - '");
    }
    starts(NETWORK(""), HEAD "llm: {base_url: '${URL}'}\n",
           "E manifest.variable sekuire.yml:8:17 /llm/base_url - '${URL}'");
    passes("{}", HEAD "llm: {base_url: '${URL}'}\n", "[]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_must_be_contained_in_an_allowed_entry),
        cmocka_unit_test(host_must_be_contained_in_each_list),
        cmocka_unit_test(host_may_not_overlap_a_blocked_entry),
        cmocka_unit_test(missing_and_disabled_network_cover_nothing),
        cmocka_unit_test(hosts_of_agents_are_declared_too),
        cmocka_unit_test(own_blocks_of_the_manifest_do_not_help),
        cmocka_unit_test(hosts_without_normal_form_are_findings),
        cmocka_unit_test(path_must_be_contained_in_an_allowed_entry),
        cmocka_unit_test(path_may_not_overlap_a_blocked_entry),
        cmocka_unit_test(missing_and_disabled_filesystem_cover_nothing),
        cmocka_unit_test(paths_of_agents_are_declared_too),
        cmocka_unit_test(extension_of_a_single_file_is_judged),
        cmocka_unit_test(paths_without_normal_form_are_findings),
        cmocka_unit_test(relative_path_without_folder_is_a_finding),
        cmocka_unit_test(declared_limit_is_at_most_the_policys),
        cmocka_unit_test(base_url_goes_through_the_network_rules),
        cmocka_unit_test(base_url_without_one_reading_is_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
