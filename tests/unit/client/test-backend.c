/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "client/backend.h"
#include "client/mini-server.h"
#include "sys/env.h"

#define HEAD(status) "HTTP/1.1 " status " X\r\nConnection: close\r\n\r\n"
#define ID64 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

/* A backend at a server of the test's, with a key. */
static struct sek_backend backend_at(const char *url) {
    struct sek_backend backend = {.api_key = "sk_live_x", .device_fingerprint = "f00d", .total_ms = 5000};
    assert_int_equal(sek_url_parse(sek_text(url), &backend.url, NULL), 0);
    return backend;
}

/* Fetches the active policy from a server that answers so. */
static int active(const char *text, const char *etag, struct sek_answer *answer, struct sekuire_error *err) {
    const struct reply reply = {text, CLOSE};
    struct server server = server_start(&reply, 1);
    struct sek_backend backend = backend_at(server.url);
    int status = sek_backend_active_policy(&backend, "ws_1", etag, answer, err);
    server_stop(&server);
    return status;
}

static void the_active_policy_comes_as_its_bytes(void **state) {
    (void)state;
    struct sek_answer answer;
    struct sekuire_error err = {0};
    sek_answer_init(&answer);
    assert_int_equal(active("HTTP/1.1 200 X\r\nETag: \"1\"\r\nConnection: close\r\n\r\n{ not parsed", NULL, &answer, &err), 0);
    assert_string_equal(answer.body.data, "{ not parsed");
    assert_string_equal(answer.etag, "\"1\"");
    assert_null(answer.root);
    assert_false(answer.not_modified);
    assert_int_equal(active(HEAD("304"), "\"1\"", &answer, &err), 0);
    assert_true(answer.not_modified);
    assert_int_equal(answer.body.size, 0);
    sek_answer_clear(&answer);
}

static const struct {
    const char *text;
    int status;
    const char *message; /* a part of it */
} refusals[] = {
    {HEAD("200"), SEKUIRE_ERR_BODY, "empty"},
    {HEAD("204"), SEKUIRE_ERR_SERVER, "HTTP 204"},
    {HEAD("201") "{}", SEKUIRE_ERR_SERVER, "HTTP 201"},
    {HEAD("206") "{}", SEKUIRE_ERR_SERVER, "HTTP 206"},
    {HEAD("304"), SEKUIRE_ERR_SERVER, "HTTP 304"},
    {HEAD("404") "{\"error\":\"not_found\",\"message\":\"no\"}", SEKUIRE_ERR_NO_ACTIVE_POLICY, "ws_1"},
    {HEAD("404") "<html>", SEKUIRE_ERR_NO_ACTIVE_POLICY, "ws_1"},
    {HEAD("400") "{\"error\":\"id\",\"message\":\"bad id\"}", SEKUIRE_ERR_ID, "HTTP 400: bad id"},
    {HEAD("401") "{\"error\":\"unauthorized\",\"message\":\"no\"}", SEKUIRE_ERR_UNAUTHORIZED, "HTTP 401: no"},
    {HEAD("401") "nope", SEKUIRE_ERR_UNAUTHORIZED, "HTTP 401: nope"},
    {HEAD("402") "{\"error\":\"plan_limit_exceeded\"}", SEKUIRE_ERR_FORBIDDEN, "HTTP 402: plan_limit_exceeded"},
    {HEAD("410"), SEKUIRE_ERR_NOT_FOUND, "HTTP 410"},
    {HEAD("403"), SEKUIRE_ERR_FORBIDDEN, "HTTP 403"},
    {HEAD("405"), SEKUIRE_ERR_METHOD, "HTTP 405"},
    {HEAD("409") "{\"error\":\"rollback\",\"message\":\"older\"}", SEKUIRE_ERR_ROLLBACK, "older"},
    {HEAD("409") "[]", SEKUIRE_ERR_CONFLICT, "HTTP 409"},
    {HEAD("413"), SEKUIRE_ERR_TOO_LARGE, "HTTP 413"},
    {HEAD("415"), SEKUIRE_ERR_MEDIA_TYPE, "HTTP 415"},
    {HEAD("418") "{\"error\":\"teapot\"}", SEKUIRE_ERR_CONTENT, "HTTP 418: teapot"},
    {HEAD("422") "{\"error\":\"compliance\",\"message\":\"m\"}", SEKUIRE_ERR_COMPLIANCE, "m"},
    {HEAD("422") "{\"error\":\"network\",\"message\":\"m\"}", SEKUIRE_ERR_CONTENT, "m"},
    {HEAD("422") "{\"error\":7,\"message\":[]}", SEKUIRE_ERR_CONTENT, "HTTP 422"},
    {"HTTP/1.1 429 X\r\nRetry-After: 30\r\nConnection: close\r\n\r\n", SEKUIRE_ERR_RATE_LIMITED, "try again in 30 s"},
    {HEAD("429") "{\"error\":\"hash\"}", SEKUIRE_ERR_RATE_LIMITED, "HTTP 429"},
    {HEAD("500") "{\"error\":\"server\",\"message\":\"broke\"}", SEKUIRE_ERR_SERVER, "HTTP 500: broke"},
    {HEAD("503") "{\"error\":\"not_found\",\"message\":\"m\"}", SEKUIRE_ERR_SERVER, "HTTP 503"},
    {HEAD("403") "{\"error\":\"forbidden\",\"message\":\"a\\u001b[31mb\"}", SEKUIRE_ERR_FORBIDDEN, "a\\u001b[31mb"},
    {HEAD("502") "\x1b]0;x\x07 second\nline", SEKUIRE_ERR_SERVER, "\\u001b]0;x\\u0007 second"},
};

static void refusals_become_our_errors(void **state) {
    (void)state;
    struct sek_answer answer;
    sek_answer_init(&answer);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct sekuire_error err = {0};
        int status = active(refusals[i].text, NULL, &answer, &err);
        if (status != refusals[i].status || err.status != status)
            fail_msg("%s gave %s: %s", refusals[i].text, sekuire_status_word(status), err.message);
        if (strstr(err.message, refusals[i].message) == NULL) fail_msg("%s said %s", refusals[i].text, err.message);
        assert_null(strstr(err.message, "line"));
    }
    print_message("%zu refusals\n", sizeof refusals / sizeof refusals[0]);
    sek_answer_clear(&answer);
}

static void findings_of_a_refusal_can_be_read(void **state) {
    (void)state;
    const struct reply reply = {HEAD("422") "{\"error\":\"compliance\",\"message\":\"m\",\"findings\":[{\"rule\":\"model.blocked\"}]}", CLOSE};
    struct server server = server_start(&reply, 1);
    struct sek_backend backend = backend_at(server.url);
    struct sek_answer answer;
    struct sekuire_error err = {0};
    sek_answer_init(&answer);
    assert_int_equal(sek_backend_publish(&backend, SEK_TEXT("{}"), &answer, &err), SEKUIRE_ERR_COMPLIANCE);
    assert_int_equal(answer.http_status, 422);
    const struct sek_node *findings = sek_node_get(answer.root, "findings");
    assert_non_null(findings);
    assert_int_equal(findings->count, 1);
    assert_true(sek_text_is(sek_node_get(findings->first, "rule")->text, "model.blocked"));
    sek_answer_clear(&answer);
    server_stop(&server);
}

static void a_published_backends_answer_to_publish_is_not_looked_at(void **state) {
    (void)state;
    static const char *const answers[] = {HEAD("200") "Published!", HEAD("202"), HEAD("204"), HEAD("201") "{\"status\":\"draft\"}"};
    for (size_t i = 0; i < 4; i++) {
        const struct reply reply = {answers[i], CLOSE};
        struct server server = server_start(&reply, 1);
        struct sek_backend backend = backend_at(server.url);
        struct sek_answer answer;
        sek_answer_init(&answer);
        assert_int_equal(sek_backend_publish(&backend, SEK_TEXT("{\"a\":1}"), &answer, NULL), 0);
        assert_int_equal(answer.root != NULL, i == 3);
        sek_answer_clear(&answer);
        const char *sent = server_stop(&server);
        assert_true(sek_text_starts(sek_text(sent), SEK_TEXT("POST /api/v1/publish HTTP/1.1\r\n")));
        assert_non_null(strstr(sent, "\r\nX-API-Key: sk_live_x\r\n"));
        assert_non_null(strstr(sent, "\r\nX-Device-Fingerprint: f00d\r\n"));
        assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
        assert_non_null(strstr(sent, "\r\n\r\n{\"a\":1}"));
    }
}

static void ids_are_checked_before_they_enter_a_path(void **state) {
    (void)state;
    static const char *const bad[] = {"", "..", "../x", "a/b", "a?b", "a#b", "a b", "a%2e", "-a", "a\r\nX: y", "\xc3\xa4"};
    struct sek_backend backend = backend_at("http://127.0.0.1:1");
    struct sek_answer answer;
    struct sek_backend_list list;
    sek_answer_init(&answer);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sekuire_error err = {0};
        assert_int_equal(sek_backend_active_policy(&backend, bad[i], NULL, &answer, &err), SEKUIRE_ERR_ID);
        assert_int_equal(err.status, SEKUIRE_ERR_ID);
        assert_int_equal(sek_backend_policy_get(&backend, "ws", bad[i], "1", &answer, &err), SEKUIRE_ERR_ID);
        assert_int_equal(sek_backend_policy_activate(&backend, "ws", "p", bad[i], false, &answer, &err), SEKUIRE_ERR_ID);
        assert_int_equal(sek_backend_api_key_revoke(&backend, "ws", bad[i], &err), SEKUIRE_ERR_ID);
        assert_int_equal(sek_backend_list(&backend, SEK_LIST_AUDIT, bad[i], &list, &err), SEKUIRE_ERR_ID);
        assert_int_equal(sek_backend_agent(&backend, bad[i], &answer, &err), SEKUIRE_ERR_ID);
    }
    sek_answer_clear(&answer);
}

static void no_key_crosses_plain_http(void **state) {
    (void)state;
    struct sek_backend backend = backend_at("http://192.0.2.1:9");
    struct sek_key_verdict verdict;
    struct sys_device device = {0};
    struct sek_answer answer;
    struct sekuire_error err = {0};
    sek_answer_init(&answer);
    assert_int_equal(sek_backend_me(&backend, &answer, &err), SEKUIRE_ERR_USAGE);
    assert_non_null(strstr(err.message, "plain http"));
    assert_int_equal(sek_backend_publish(&backend, SEK_TEXT("{}"), &answer, &err), SEKUIRE_ERR_USAGE);
    assert_int_equal(sek_backend_verify_key(&backend, "sk_live_x", &device, &verdict, &err), SEKUIRE_ERR_USAGE);
    sek_answer_clear(&answer);
}

static void a_key_is_sent_for_the_active_policy_only_where_one_is_known(void **state) {
    (void)state;
    for (int with = 0; with < 2; with++) {
        const struct reply reply = {HEAD("200") "{}", CLOSE};
        struct server server = server_start(&reply, 1);
        char url[80];
        snprintf(url, sizeof url, "%s//", server.url);
        struct sek_backend backend = backend_at(url);
        struct sek_answer answer;
        if (with == 0) backend.api_key = NULL;
        sek_answer_init(&answer);
        assert_int_equal(sek_backend_active_policy(&backend, "ws_1", NULL, &answer, NULL), 0);
        sek_answer_clear(&answer);
        const char *sent = server_stop(&server);
        assert_true(sek_text_starts(sek_text(sent), SEK_TEXT("GET /api/v1/workspaces/ws_1/policy/active HTTP/1.1\r\n")));
        assert_int_equal(strstr(sent, "X-API-Key: sk_live_x") != NULL, with == 1);
        assert_int_equal(strstr(sent, "X-Device-Fingerprint") != NULL, with == 1);
    }
}

static int verify(const char *text, struct sek_key_verdict *verdict, struct sekuire_error *err, char *sent, size_t capacity) {
    const struct reply reply = {text, CLOSE};
    struct server server = server_start(&reply, 1);
    struct sek_backend backend = backend_at(server.url);
    const struct sys_device device = {.hostname = "host", .os = "linux", .arch = "x86_64", .fingerprint = ID64};
    int status = sek_backend_verify_key(&backend, "sk_live_k", &device, verdict, err);
    server_sent(&server, sent, capacity);
    return status;
}

static void verifying_sends_the_device_and_no_credentials(void **state) {
    (void)state;
    struct sek_key_verdict verdict = {0};
    struct sekuire_error err = {0};
    char sent[4096];
    assert_int_equal(verify(HEAD("200") "{\"valid\":true,\"org_id\":\"ws_9\"}", &verdict, &err, sent, sizeof sent), 0);
    assert_true(verdict.valid);
    assert_string_equal(verdict.org_id, "ws_9");
    assert_true(sek_text_starts(sek_text(sent), SEK_TEXT("POST /api/v1/api-keys/verify HTTP/1.1\r\n")));
    assert_null(strstr(sent, "X-API-Key"));
    assert_non_null(strstr(sent, "{\"api_key\":\"sk_live_k\",\"device_fingerprint\":\"" ID64
                                 "\",\"device_name\":\"host\",\"device_os\":\"linux x86_64\"}"));
}

static void a_refused_key_is_a_verdict_and_a_broken_answer_is_none(void **state) {
    (void)state;
    struct sek_key_verdict verdict = {.valid = true};
    struct sekuire_error err = {0};
    char sent[4096];
    assert_int_equal(verify(HEAD("200") "{\"valid\":false,\"error\":\"expired\\u0007\"}", &verdict, &err, sent, sizeof sent), 0);
    assert_false(verdict.valid);
    assert_string_equal(verdict.error, "expired\\u0007");
    verdict.valid = true;
    assert_int_equal(verify(HEAD("401") "{\"error\":\"unauthorized\",\"message\":\"no\"}", &verdict, &err, sent, sizeof sent), 0);
    assert_false(verdict.valid);
    assert_string_equal(verdict.error, "HTTP 401: no");
    static const char *const broken[] = {HEAD("200"), HEAD("200") "<html>", HEAD("200") "{}", HEAD("200") "{\"valid\":\"true\"}",
                                         HEAD("200") "[true]", HEAD("200") "{\"valid\":true,\"org_id\":\"../x\"}",
                                         HEAD("200") "{\"valid\":true,\"org_id\":5}", HEAD("200") "{\"valid\":false,\"error\":5}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_int_equal(verify(broken[i], &verdict, &err, sent, sizeof sent), SEKUIRE_ERR_BODY);
    assert_int_equal(verify(HEAD("201") "{\"valid\":true}", &verdict, &err, sent, sizeof sent), SEKUIRE_ERR_SERVER);
    assert_int_equal(verify(HEAD("403") "{\"error\":\"forbidden\"}", &verdict, &err, sent, sizeof sent), SEKUIRE_ERR_FORBIDDEN);
    assert_int_equal(verify(HEAD("500"), &verdict, &err, sent, sizeof sent), SEKUIRE_ERR_SERVER);
}

static int list(const struct reply *replies, size_t count, struct sek_backend_list *ret, struct sekuire_error *err, char *sent,
                size_t capacity) {
    struct server server = server_start(replies, count);
    struct sek_backend backend = backend_at(server.url);
    int status = sek_backend_list(&backend, SEK_LIST_AUDIT, "ws", ret, err);
    server_sent(&server, sent, capacity);
    return status;
}

static void lists_follow_their_pages_to_the_end(void **state) {
    (void)state;
    const struct reply replies[] = {{HEAD("200") "{\"items\":[{\"seq\":1},{\"seq\":2}],\"next\":\"a&b c\"}", CLOSE},
                                    {HEAD("200") "{\"items\":[],\"next\":7}", CLOSE},
                                    {HEAD("200") "{\"items\":[{\"seq\":3}],\"next\":null}", CLOSE}};
    struct sek_backend_list rows = {0};
    struct sekuire_error err = {0};
    char sent[8192];
    assert_int_equal(list(replies, 3, &rows, &err, sent, sizeof sent), 0);
    assert_int_equal(rows.count, 3);
    for (size_t i = 0; i < 3; i++) {
        uint64_t seq = 0;
        assert_true(sek_node_u64(sek_node_get(rows.items[i], "seq"), &seq));
        assert_int_equal(seq, i + 1);
    }
    assert_non_null(strstr(sent, "GET /api/v1/workspaces/ws/audit?limit=200 HTTP"));
    assert_non_null(strstr(sent, "GET /api/v1/workspaces/ws/audit?limit=200&after=a%26b%20c HTTP"));
    assert_non_null(strstr(sent, "GET /api/v1/workspaces/ws/audit?limit=200&after=7 HTTP"));
    sek_list_clear(&rows);
}

static void lists_that_are_none_or_do_not_end_are_refused(void **state) {
    (void)state;
    static const struct {
        struct reply replies[2];
        int status;
    } cases[] = {
        {{{HEAD("200") "{\"items\":[],\"next\":\"a\"}", CLOSE}, {HEAD("200") "{\"items\":[],\"next\":\"a\"}", CLOSE}}, SEKUIRE_ERR_SERVER},
        {{{HEAD("200") "{\"items\":[],\"next\":{}}", CLOSE}}, SEKUIRE_ERR_SERVER},
        {{{HEAD("200") "{\"items\":{}}", CLOSE}}, SEKUIRE_ERR_BODY},
        {{{HEAD("200") "{}", CLOSE}}, SEKUIRE_ERR_BODY},
        {{{HEAD("200") "{\"items\":[1]}", CLOSE}}, SEKUIRE_ERR_BODY},
        {{{HEAD("200") "[]", CLOSE}}, SEKUIRE_ERR_BODY},
        {{{HEAD("200") "{\"items\":[{}],\"next\":\"a\"}", CLOSE}, {HEAD("403"), CLOSE}}, SEKUIRE_ERR_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sek_backend_list rows = {.count = 7};
        struct sekuire_error err = {0};
        char sent[8192];
        int status = list(cases[i].replies, cases[i].replies[1].text == NULL ? 1 : 2, &rows, &err, sent, sizeof sent);
        if (status != cases[i].status) fail_msg("case %zu gave %s: %s", i, sekuire_status_word(status), err.message);
        assert_int_equal(rows.count, 7);
    }
}

static void deleting_takes_a_204(void **state) {
    (void)state;
    const struct reply reply = {HEAD("204"), CLOSE};
    struct server server = server_start(&reply, 1);
    struct sek_backend backend = backend_at(server.url);
    assert_int_equal(sek_backend_signing_key_revoke(&backend, "ws", "key_1", NULL), 0);
    assert_true(sek_text_starts(sek_text(server_stop(&server)), SEK_TEXT("DELETE /api/v1/workspaces/ws/signing-keys/key_1 HTTP/1.1\r\n")));
}

static void uploading_sends_the_file_unchanged(void **state) {
    (void)state;
    const struct reply replies[] = {{HEAD("201") "{\"policy_id\":\"p\"}", CLOSE}, {HEAD("200") "{\"policy_id\":\"p\"}", CLOSE}};
    struct server server = server_start(replies, 2);
    struct sek_backend backend = backend_at(server.url);
    struct sek_answer answer;
    sek_answer_init(&answer);
    assert_int_equal(sek_backend_policy_upload(&backend, "ws", SEK_TEXT("{ \"a\":1.0 }\n"), true, &answer, NULL), 0);
    assert_true(sek_text_is(sek_node_get(answer.root, "policy_id")->text, "p"));
    assert_int_equal(sek_backend_policy_activate(&backend, "ws", "p", "1.0+b", true, &answer, NULL), 0);
    sek_answer_clear(&answer);
    const char *sent = server_stop(&server);
    assert_non_null(strstr(sent, "POST /api/v1/workspaces/ws/policies?activate=true HTTP"));
    assert_non_null(strstr(sent, "\r\n\r\n{ \"a\":1.0 }\n"));
    assert_non_null(strstr(sent, "POST /api/v1/workspaces/ws/policies/p/versions/1.0%2Bb/activate?dry_run=true HTTP"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_active_policy_comes_as_its_bytes),
        cmocka_unit_test(refusals_become_our_errors),
        cmocka_unit_test(findings_of_a_refusal_can_be_read),
        cmocka_unit_test(a_published_backends_answer_to_publish_is_not_looked_at),
        cmocka_unit_test(ids_are_checked_before_they_enter_a_path),
        cmocka_unit_test(no_key_crosses_plain_http),
        cmocka_unit_test(a_key_is_sent_for_the_active_policy_only_where_one_is_known),
        cmocka_unit_test(verifying_sends_the_device_and_no_credentials),
        cmocka_unit_test(a_refused_key_is_a_verdict_and_a_broken_answer_is_none),
        cmocka_unit_test(lists_follow_their_pages_to_the_end),
        cmocka_unit_test(lists_that_are_none_or_do_not_end_are_refused),
        cmocka_unit_test(deleting_takes_a_204),
        cmocka_unit_test(uploading_sends_the_file_unchanged),
    };
    return cmocka_run_group_tests_name("client/backend", tests, NULL, NULL);
}
