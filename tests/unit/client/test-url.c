/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "client/url.h"

static const struct {
    const char *text;
    const char *base;
    const char *origin;
    bool secrets;
} good[] = {
    {"https://api.sekuire.ai", "https://api.sekuire.ai", "https://api.sekuire.ai:443", true},
    {"https://api.sekuire.ai/", "https://api.sekuire.ai", "https://api.sekuire.ai:443", true},
    {"https://api.sekuire.ai///", "https://api.sekuire.ai", "https://api.sekuire.ai:443", true},
    {"HTTPS://API.Sekuire.AI:443", "https://api.sekuire.ai", "https://api.sekuire.ai:443", true},
    {"https://h.example:8443/base/path/", "https://h.example:8443/base/path", "https://h.example:8443", true},
    {"http://127.0.0.1:9300", "http://127.0.0.1:9300", "http://127.0.0.1:9300", true},
    {"http://127.8.9.10", "http://127.8.9.10", "http://127.8.9.10:80", true},
    {"http://localhost:80/", "http://localhost", "http://localhost:80", true},
    {"http://LOCALHOST", "http://localhost", "http://localhost:80", true},
    {"http://[::1]:9300/", "http://[::1]:9300", "http://[::1]:9300", true},
    {"http://[0:0:0:0:0:0:0:1]", "http://[::1]", "http://[::1]:80", true},
    {"http://10.0.0.5", "http://10.0.0.5", "http://10.0.0.5:80", false},
    {"http://127.0.0.1.example.com", "http://127.0.0.1.example.com", "http://127.0.0.1.example.com:80", false},
    {"http://localhost.example.com", "http://localhost.example.com", "http://localhost.example.com:80", false},
    {"http://[2001:DB8::1]", "http://[2001:db8::1]", "http://[2001:db8::1]:80", false},
    {"https://127.0.0.1", "https://127.0.0.1", "https://127.0.0.1:443", true},
};

static const char *const bad[] = {
    "", "api.sekuire.ai", "ftp://h", "file:///etc/passwd", "https:/h", "https://", "https:///x", "https://:80", "javascript:alert(1)",
    "https://user@h", "https://user:pw@h", "https://h@", "https://h?x=1", "https://h/#f", "https://h/a?b", "https://h:0", "https://h:65536",
    "https://h:", "https://h:80x", "https://h:-1", "https://h:000080", "https://h/../x", "https://h/./x", "https://h/a/..", "https://h//a",
    "https://h/a//b", "https://h/%2e%2e", "https://h/a b", " https://h", "https://h ", "https://h\n", "https://h\r\nX: y", "https://h\x7f",
    "https://h\\@evil", "https://[::1", "https://[::1]x", "https://[::1]:", "https://[zz]", "https://::1", "https://a..b", "https://127.1",
    "https://0x7f.0.0.1", "https://2130706433", "https://h\xc3\xa4.example", "https://-%41", "http://127.0.0.1%00.evil", "https://*.example.com"};

static void backend_urls_come_out_in_one_form(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct sek_url url = {0};
        struct sekuire_error err = {0};
        if (sek_url_parse(sek_text(good[i].text), &url, &err) != 0) fail_msg("%s: %s", good[i].text, err.message);
        assert_string_equal(url.base, good[i].base);
        assert_string_equal(url.origin, good[i].origin);
        assert_int_equal(sek_url_takes_secrets(&url), good[i].secrets);
    }
    print_message("%zu URLs taken\n", sizeof good / sizeof good[0]);
}

static void other_urls_are_errors_of_usage_and_change_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sek_url url = {.port = 7};
        struct sekuire_error err = {0};
        int status = sek_url_parse(sek_text(bad[i]), &url, &err);
        if (status != SEKUIRE_ERR_USAGE) fail_msg("\"%s\" gave %d", bad[i], status);
        assert_int_equal(err.status, SEKUIRE_ERR_USAGE);
        assert_true(err.message[0] != '\0');
        assert_int_equal(url.port, 7);
    }
    print_message("%zu URLs refused\n", sizeof bad / sizeof bad[0]);
}

static void a_password_in_a_url_is_not_in_the_message(void **state) {
    (void)state;
    struct sek_url url;
    struct sekuire_error err = {0};
    assert_int_equal(sek_url_parse(SEK_TEXT("https://me:hunter2@h"), &url, &err), SEKUIRE_ERR_USAGE);
    assert_string_equal(err.message, "the URL holds a user name or password");
}

static void origins_differ_by_scheme_host_and_port_only(void **state) {
    (void)state;
    struct sek_url a;
    struct sek_url b;
    assert_int_equal(sek_url_parse(SEK_TEXT("https://h/a"), &a, NULL), 0);
    assert_int_equal(sek_url_parse(SEK_TEXT("https://H:443/b/"), &b, NULL), 0);
    assert_true(sek_url_same_origin(&a, &b));
    static const char *const others[] = {"http://h:443", "https://h:444", "https://h.h"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sek_url_parse(sek_text(others[i]), &b, NULL), 0);
        assert_false(sek_url_same_origin(&a, &b));
    }
}

static void encoding_leaves_only_unreserved_characters(void **state) {
    (void)state;
    struct sek_buffer out;
    sek_buffer_init(&out, 100);
    sek_url_encode(&out, SEK_TEXT("aZ9-._~/?&#%+ \xc3\xa4"));
    assert_string_equal(out.data, "aZ9-._~%2F%3F%26%23%25%2B%20%C3%A4");
    sek_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backend_urls_come_out_in_one_form),
        cmocka_unit_test(other_urls_are_errors_of_usage_and_change_nothing),
        cmocka_unit_test(a_password_in_a_url_is_not_in_the_message),
        cmocka_unit_test(origins_differ_by_scheme_host_and_port_only),
        cmocka_unit_test(encoding_leaves_only_unreserved_characters),
    };
    return cmocka_run_group_tests_name("client/url", tests, NULL, NULL);
}
