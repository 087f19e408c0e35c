/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "client/files.h"
#include "client/http.h"
#include "client/mini-server.h"

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n"

static int clean(void **state) {
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy",
                                        "NO_PROXY",   "no_proxy",    "SSL_CERT_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unsetenv(names[i]);
    return make_folder(state);
}
#define CLEAN(name) cmocka_unit_test_setup_teardown(name, clean, remove_folder)

/* Sends a GET to a server with one reply; what the server was sent is dropped. */
static int fetch(struct reply reply, size_t cap, const char *etag, struct sek_http_answer *answer, struct sekuire_error *err) {
    struct server server = server_start(&reply, 1);
    const struct sek_http_request request = {
        .method = "GET", .url = server.url, .if_none_match = etag, .max_answer = cap, .connect_ms = 5000, .total_ms = 5000};
    int status = sek_http_send(&request, answer, err);
    server_stop(&server);
    return status;
}

static void an_answer_comes_with_its_headers(void **state) {
    (void)state;
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    const struct reply reply = {OK "ETag: \"abc\"\r\nRetry-After: 17\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", CLOSE};
    assert_int_equal(fetch(reply, 0, NULL, &answer, &err), 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body.data, "hello");
    assert_string_equal(answer.etag, "\"abc\"");
    assert_int_equal(answer.retry_after, 17);
    sek_http_answer_clear(&answer);
}

static void the_request_is_what_was_asked_for(void **state) {
    (void)state;
    const struct reply reply = {OK "Content-Length: 2\r\n\r\nok", CLOSE};
    const char *const headers[] = {"X-API-Key: k", "Content-Type: application/json", NULL};
    struct sek_http_answer answer = {0};
    char url[128];
    struct server server = server_start(&reply, 1);
    snprintf(url, sizeof url, "%s/api/v1/me?x=%%20", server.url);
    put(in(".netrc"), "machine 127.0.0.1 login evil password evil\n", 0600);
    setenv("HOME", folder, 1);
    const struct sek_http_request request = {
        .method = "PATCH", .url = url, .headers = headers, .if_none_match = "\"e\"", .body = SEK_TEXT("{\"a\":1}")};
    assert_int_equal(sek_http_send(&request, &answer, NULL), 0);
    sek_http_answer_clear(&answer);
    const char *sent = server_stop(&server);
    assert_true(sek_text_starts(sek_text(sent), SEK_TEXT("PATCH /api/v1/me?x=%20 HTTP/1.1\r\n")));
    assert_non_null(strstr(sent, "\r\nUser-Agent: sekuire/" SEKUIRE_VERSION "\r\n"));
    assert_non_null(strstr(sent, "\r\nX-API-Key: k\r\n"));
    assert_non_null(strstr(sent, "\r\nIf-None-Match: \"e\"\r\n"));
    assert_non_null(strstr(sent, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(sent, "Authorization"));
    assert_null(strstr(sent, "Accept-Encoding"));
    assert_null(strstr(sent, "Expect"));
}

static void no_redirect_is_followed_and_its_target_is_named(void **state) {
    (void)state;
    static const int codes[] = {301, 302, 303, 307, 308, 300};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const struct reply trap = {OK "Content-Length: 2\r\n\r\nno", CLOSE};
        char text[256];
        struct server target = server_start(&trap, 1);
        snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nConnection: close\r\nLocation: %s/\x1b[31m\r\nContent-Length: 900\r\n\r\ncut", codes[i],
                 target.url);
        struct sek_http_answer answer = {0};
        struct sekuire_error err = {0};
        assert_int_equal(fetch((struct reply){text, CLOSE}, 0, NULL, &answer, &err), SEKUIRE_ERR_REDIRECT);
        assert_int_equal(err.status, SEKUIRE_ERR_REDIRECT);
        assert_non_null(strstr(err.message, target.url));
        assert_non_null(strstr(err.message, "\\u001b[31m"));
        assert_null(strchr(err.message, 0x1b));
        assert_string_equal(server_stop(&target), "");
    }
}

static void a_redirect_leads_nowhere_even_if_its_target_is_sound(void **state) {
    (void)state;
    const struct reply trap = {OK "Content-Length: 2\r\n\r\nno", CLOSE};
    char text[256];
    struct server target = server_start(&trap, 1);
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    snprintf(text, sizeof text, "HTTP/1.1 302 X\r\nConnection: close\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n", target.url);
    assert_int_equal(fetch((struct reply){text, CLOSE}, 0, NULL, &answer, &err), SEKUIRE_ERR_REDIRECT);
    assert_string_equal(server_stop(&target), "");
}

static const struct {
    const char *what;
    struct reply reply;
    int status;
} hostile[] = {
    {"a cut body", {OK "Content-Length: 100\r\n\r\n{\"a\":", CLOSE}, SEKUIRE_ERR_BODY},
    {"a cut chunk", {OK "Transfer-Encoding: chunked\r\n\r\n10\r\nabc", CLOSE}, SEKUIRE_ERR_BODY},
    {"a chunked body without end", {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", CLOSE}, SEKUIRE_ERR_BODY},
    {"an endless body", {OK "\r\n", ENDLESS}, SEKUIRE_ERR_BODY},
    {"a body over the cap", {OK "Content-Length: 11\r\n\r\nhello world", CLOSE}, SEKUIRE_ERR_BODY},
    {"gzip", {OK "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08xx", CLOSE}, SEKUIRE_ERR_BODY},
    {"gzip as transfer", {OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", CLOSE}, SEKUIRE_ERR_BODY},
    {"a 304 that nobody asked for", {"HTTP/1.1 304 X\r\nConnection: close\r\n\r\n", CLOSE}, SEKUIRE_ERR_SERVER},
    {"no HTTP at all", {"hello there\r\n\r\n", CLOSE}, SEKUIRE_ERR_SERVER},
    {"nothing", {"", CLOSE}, SEKUIRE_ERR_NETWORK},
};

static void hostile_answers_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct sek_http_answer answer = {.status = 7};
        struct sekuire_error err = {0};
        int status = fetch(hostile[i].reply, 10, NULL, &answer, &err);
        if (status != hostile[i].status) fail_msg("%s gave %s: %s", hostile[i].what, sekuire_status_word(status), err.message);
        assert_int_equal(err.status, hostile[i].status);
        assert_int_equal(answer.status, 7);
    }
    print_message("%zu hostile answers\n", sizeof hostile / sizeof hostile[0]);
}

static void endless_headers_are_cut_off(void **state) {
    (void)state;
    static char text[400000];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", OK);
    while (size + 1100 < sizeof text) size += (size_t)snprintf(text + size, sizeof text - size, "X-Filler: %01024d\r\n", 1);
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    int status = fetch((struct reply){text, HANG}, 0, NULL, &answer, &err);
    assert_int_equal(status, SEKUIRE_ERR_BODY);
    assert_string_equal(err.message, "the answer's headers are too long");
}

static void statuses_without_bodies_and_errors_are_answers(void **state) {
    (void)state;
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    assert_int_equal(fetch((struct reply){"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n", CLOSE}, 0, NULL, &answer, &err), 0);
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.body.size, 0);
    sek_http_answer_clear(&answer);
    assert_int_equal(fetch((struct reply){"HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbad", CLOSE}, 0, NULL, &answer, &err),
                     0);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer.body.data, "bad");
    sek_http_answer_clear(&answer);
    assert_int_equal(fetch((struct reply){"HTTP/1.1 304 X\r\nConnection: close\r\n\r\n", CLOSE}, 0, "\"e\"", &answer, &err), 0);
    assert_int_equal(answer.status, 304);
    sek_http_answer_clear(&answer);
}

static void headers_of_an_interim_answer_do_not_count(void **state) {
    (void)state;
    struct sek_http_answer answer = {0};
    const struct reply reply = {"HTTP/1.1 103 Early\r\nETag: \"early\"\r\n\r\n" OK "Content-Length: 2\r\n\r\nok", CLOSE};
    assert_int_equal(fetch(reply, 0, NULL, &answer, NULL), 0);
    assert_string_equal(answer.etag, "");
    sek_http_answer_clear(&answer);
}

static void a_slow_server_runs_into_the_time_limit(void **state) {
    (void)state;
    static const char *const starts[] = {"", OK, OK "Content-Length: 100\r\n\r\nabc"};
    for (size_t i = 0; i < 3; i++) {
        const struct reply reply = {starts[i], HANG};
        struct server server = server_start(&reply, 1);
        struct sek_http_answer answer = {0};
        struct sekuire_error err = {0};
        const struct sek_http_request request = {.method = "GET", .url = server.url, .total_ms = 120};
        assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_TIMEOUT);
        assert_int_equal(err.status, SEKUIRE_ERR_TIMEOUT);
        server_stop(&server);
    }
}

static void nobody_there_and_no_such_name_are_network_errors(void **state) {
    (void)state;
    const struct reply none = {"", CLOSE};
    struct server server = server_start(&none, 0);
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    waitpid(server.pid, NULL, WNOHANG);
    server_stop(&server);
    struct sek_http_request request = {.method = "GET", .url = server.url, .total_ms = 5000};
    assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_NETWORK);
    request.url = "http://no-such-host.invalid/";
    assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_NETWORK);
}

static void a_server_that_speaks_no_tls_is_a_tls_error(void **state) {
    (void)state;
    const struct reply reply = {"HTTP/1.1 400 no TLS here, sorry\r\n\r\n", CLOSE};
    struct server server = server_start(&reply, 1);
    char url[128];
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", (unsigned)server.port);
    const struct sek_http_request request = {.method = "GET", .url = url, .total_ms = 5000};
    assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_TLS);
    server_stop(&server);
}

static void plain_http_never_goes_through_a_proxy(void **state) {
    (void)state;
    const struct reply trap = {OK "Content-Length: 5\r\n\r\nproxy", CLOSE};
    const struct reply reply = {OK "Content-Length: 6\r\n\r\ndirect", CLOSE};
    struct server proxy = server_start(&trap, 1);
    struct sek_http_answer answer = {0};
    setenv("http_proxy", proxy.url, 1);
    setenv("ALL_PROXY", proxy.url, 1);
    assert_int_equal(fetch(reply, 0, NULL, &answer, NULL), 0);
    assert_string_equal(answer.body.data, "direct");
    sek_http_answer_clear(&answer);
    assert_string_equal(server_stop(&proxy), "");
}

static void https_goes_through_its_proxy_unless_told_otherwise(void **state) {
    (void)state;
    const struct reply refusal = {"HTTP/1.1 403 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE};
    struct server proxy = server_start(&refusal, 1);
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    setenv("HTTPS_PROXY", proxy.url, 1);
    const char *const headers[] = {"X-API-Key: secret", NULL};
    const struct sek_http_request request = {.method = "GET", .url = "https://no-such-host.invalid/", .headers = headers, .total_ms = 5000};
    assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_NETWORK);
    const char *sent = server_stop(&proxy);
    assert_non_null(strstr(sent, "CONNECT no-such-host.invalid:443 "));
    assert_null(strstr(sent, "secret"));
    proxy = server_start(&refusal, 1);
    setenv("HTTPS_PROXY", proxy.url, 1);
    setenv("NO_PROXY", "no-such-host.invalid", 1);
    assert_int_equal(sek_http_send(&request, &answer, &err), SEKUIRE_ERR_NETWORK);
    assert_string_equal(server_stop(&proxy), "");
}

static void headers_that_would_split_are_refused(void **state) {
    (void)state;
    const char *const headers[] = {"X-A: 1\r\nX-B: 2", NULL};
    struct sek_http_answer answer = {0};
    struct sek_http_request request = {.method = "GET", .url = "http://127.0.0.1:1/", .headers = headers};
    assert_int_equal(sek_http_send(&request, &answer, NULL), SEKUIRE_ERR_USAGE);
    request.headers = NULL;
    request.if_none_match = "\"a\"\r\nX-B: 2";
    assert_int_equal(sek_http_send(&request, &answer, NULL), SEKUIRE_ERR_USAGE);
}

static void other_protocols_are_not_spoken(void **state) {
    (void)state;
    struct sek_http_answer answer = {0};
    struct sekuire_error err = {0};
    const struct sek_http_request request = {.method = "GET", .url = "file:///etc/passwd"};
    assert_int_not_equal(sek_http_send(&request, &answer, &err), 0);
    assert_int_equal(answer.body.size, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(an_answer_comes_with_its_headers),
        CLEAN(the_request_is_what_was_asked_for),
        CLEAN(no_redirect_is_followed_and_its_target_is_named),
        CLEAN(a_redirect_leads_nowhere_even_if_its_target_is_sound),
        CLEAN(hostile_answers_are_refused),
        CLEAN(endless_headers_are_cut_off),
        CLEAN(statuses_without_bodies_and_errors_are_answers),
        CLEAN(headers_of_an_interim_answer_do_not_count),
        CLEAN(a_slow_server_runs_into_the_time_limit),
        CLEAN(nobody_there_and_no_such_name_are_network_errors),
        CLEAN(a_server_that_speaks_no_tls_is_a_tls_error),
        CLEAN(plain_http_never_goes_through_a_proxy),
        CLEAN(https_goes_through_its_proxy_unless_told_otherwise),
        CLEAN(headers_that_would_split_are_refused),
        CLEAN(other_protocols_are_not_spoken),
    };
    return cmocka_run_group_tests_name("client/http", tests, NULL, NULL);
}
