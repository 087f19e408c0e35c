/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern/compiled.h"

#include <string.h>

#define KIND SEK_PATTERN_DOMAIN

struct host_case {
    const char *host;
    const char *norm; /* NULL: an error, whose message holds reason */
    const char *reason;
};

static const struct host_case hosts[] = {
    {"example.com", "example.com", NULL},
    {"Example.COM", "example.com", NULL},
    {"example.com.", "example.com", NULL},
    {"localhost", "localhost", NULL},
    {"a_b.-x-.example", "a_b.-x-.example", NULL},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", NULL},
    {"XN--BCHER-KVA.example", "xn--bcher-kva.example", NULL},
    {"xn--.example", "xn--.example", NULL},
    {"127.0.0.1", "127.0.0.1", NULL},
    {"127.0.0.1.", "127.0.0.1", NULL},
    {"255.255.255.255", "255.255.255.255", NULL},
    {"1.example", "1.example", NULL},
    {"example.0xg", "example.0xg", NULL},
    {"example.1a", "example.1a", NULL},
    {"::1", "::1", NULL},
    {"[::1]", "::1", NULL},
    {"::", "::", NULL},
    {"0:0:0:0:0:0:0:1", "::1", NULL},
    {"2001:DB8::0001", "2001:db8::1", NULL},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", NULL},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", NULL},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", NULL},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", NULL},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", NULL},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::", NULL},
    {"fe80:0:0:0:0:0:0:0", "fe80::", NULL},
    {"::ffff:10.1.2.3", "10.1.2.3", NULL},
    {"[::FFFF:0a01:0203]", "10.1.2.3", NULL},
    {"0:0:0:0:0:ffff:255.255.255.255", "255.255.255.255", NULL},
    {"::1.2.3.4", "::102:304", NULL},
    {"64:ff9b::1.2.3.4", "64:ff9b::102:304", NULL},
    {"::ffff:0:1.2.3.4", "::ffff:0:102:304", NULL},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    {"", NULL, "empty"},
    {".", NULL, "empty label"},
    {"example.com..", NULL, "empty label"},
    {".example.com", NULL, "empty label"},
    {"a..b", NULL, "empty label"},
    {"example.com:443", NULL, "port"},
    {"https://example.com", NULL, "scheme"},
    {"user@example.com", NULL, "no part of a host name, at byte 5"},
    {"example.com/path", NULL, "at byte 12"},
    {"exa mple.com", NULL, "at byte 4"},
    {" example.com", NULL, "at byte 1"},
    {"example.com ", NULL, "at byte 12"},
    {"example%2ecom", NULL, "at byte 8"},
    {"example.com\n", NULL, "control character"},
    {"*.example.com", NULL, "at byte 1"},
    {"127.1", NULL, "ends in a number"},
    {"0x7f.0.0.1", NULL, "ends in a number"},
    {"2130706433", NULL, "ends in a number"},
    {"0x7f000001", NULL, "ends in a number"},
    {"0X7F000001", NULL, "ends in a number"},
    {"example.0x1", NULL, "ends in a number"},
    {"example.0x", NULL, "ends in a number"},
    {"example.1", NULL, "ends in a number"},
    {"127.0.0.01", NULL, "ends in a number"},
    {"127.0.00.1", NULL, "ends in a number"},
    {"127.0.0.256", NULL, "ends in a number"},
    {"1.2.3.4.5", NULL, "ends in a number"},
    {"1.2.3", NULL, "ends in a number"},
    {"01.2.3.4", NULL, "ends in a number"},
    {"1.2.3.4000", NULL, "ends in a number"},
    {"1.2.3.0x4", NULL, "ends in a number"},
    {"[127.0.0.1]", NULL, "neither"},
    {"[example.com]", NULL, "neither"},
    {"[::1", NULL, "neither"},
    {"::1]", NULL, "neither"},
    {"[::1].", NULL, "neither"},
    {"[::1]:443", NULL, "neither"},
    {"::1.", NULL, "neither"},
    {"[]", NULL, "neither"},
    {"[", NULL, "at byte 1"},
    {"[[::1]]", NULL, "neither"},
    {"fe80::1%eth0", NULL, "zone"},
    {"[fe80::1%25eth0]", NULL, "zone"},
    {"fe80::1%", NULL, "zone"},
    {":::", NULL, "neither"},
    {"1::2::3", NULL, "neither"},
    {"1:2:3:4:5:6:7", NULL, "neither"},
    {"1:2:3:4:5:6:7:8:9", NULL, "neither"},
    {"00001::", NULL, "neither"},
    {"g::", NULL, "neither"},
    {"::ffff:1.2.3", NULL, "neither"},
    {"::ffff:1.2.3.04", NULL, "neither"},
    {"::ffff:0x1.2.3.4", NULL, "neither"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550", NULL, "neither"},
    {"b\xc3\xbc" "cher.example", NULL, "not ASCII"},
};

static void host_normal_form(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        const struct host_case *c = &hosts[i];
        char out[SEK_LIMIT_DOMAIN];
        struct sekuire_text norm = SEK_TEXT("untouched");
        struct sekuire_error err = {0};
        int status = sek_host_normalise(sek_text(c->host), out, sizeof out, &norm, &err);
        if (c->norm != NULL && (status != 0 || !sek_text_is(norm, c->norm)))
            fail_msg("'%s' gave '%.*s' %s", c->host, SEK_TEXT_ARGS(norm), err.message);
        if (c->norm == NULL && (status != SEKUIRE_ERR_CONTENT || strstr(err.message, c->reason) == NULL))
            fail_msg("'%s' gave %d '%.*s' %s", c->host, status, SEK_TEXT_ARGS(norm), err.message);
        if (c->norm == NULL) assert_true(sek_text_is(norm, "untouched"));
    }
    print_message("%zu hosts\n", sizeof hosts / sizeof hosts[0]);
}

static void host_normal_form_is_its_own_normal_form(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        char out[SEK_LIMIT_DOMAIN];
        struct sekuire_text norm;
        if (hosts[i].norm == NULL) continue;
        assert_int_equal(sek_host_normalise(sek_text(hosts[i].norm), out, sizeof out, &norm, NULL), 0);
        assert_true(sek_text_is(norm, hosts[i].norm));
    }
}

static void host_lengths_are_capped(void **state) {
    (void)state;
    char name[300];
    char out[SEK_LIMIT_DOMAIN + 64]; /* room enough: the cap refuses, not the buffer */
    struct sekuire_text norm;
    struct sekuire_error err = {0};
    for (size_t i = 0; i < sizeof name; i++) name[i] = i % 64 == 63 ? '.' : 'a';
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 253}, out, sizeof out, &norm, &err), 0);
    assert_int_equal(norm.size, 253);
    name[253] = '.';
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 254}, out, sizeof out, &norm, &err), 0);
    assert_int_equal(norm.size, 253);
    name[253] = 'a';
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 254}, out, sizeof out, &norm, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it is longer than 253 bytes");
    memset(name, 'a', 64);
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 63}, out, sizeof out, &norm, &err), 0);
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 64}, out, sizeof out, &norm, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "it has a label of more than 63 bytes");
    assert_int_equal(sek_host_normalise((struct sekuire_text){name, 63}, out, 62, &norm, &err), SEKUIRE_ERR_CONTENT);
}

static const struct host_case international[] = {
    {"B\xc3\x9c" "CHER.example", "xn--bcher-kva.example", NULL},
    {"fa\xc3\x9f.de", "xn--fa-hia.de", NULL}, /* non-transitional: not fass.de */
    {"\xe2\x80\x8b" "example.com", "example.com", NULL},
    {"ex\xc2\xad" "ample.com", "example.com", NULL},
    {"\xef\xbd\x85xample.com", "example.com", NULL},
    {"example\xe3\x80\x82" "com", "example.com", NULL},
    {"b\xc3\xbc" "cher.example\xe3\x80\x82", "xn--bcher-kva.example", NULL},
    {"b\xc3\xbc" "cher.example.", "xn--bcher-kva.example", NULL},
    {"bu\xcc\x88" "cher.example", "xn--bcher-kva.example", NULL},
    {"_srv.b\xc3\xbc" "cher.example", "_srv.xn--bcher-kva.example", NULL},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "127.0.0.1", NULL},
    {"Example.COM", "example.com", NULL},
    {"::FFFF:1.2.3.4", "1.2.3.4", NULL},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1", NULL, "ends in a number"},
    {"\xef\xbc\xbb::1\xef\xbc\xbd", NULL, ""},
    {"b\xc3\xbc" "cher.example:443", NULL, ""},
    {"b\xc3\xbc" "cher.example/x", NULL, ""},
    {"example.com\xef\xbc\x8f", NULL, ""},
    {"\xe2\x84\x80.example", NULL, ""},
    {"a b\xc3\xbc.example", NULL, ""},
    {"b\xc3\xbc" "cher..example", NULL, ""},
    {"xn--a.b\xc3\xbc" "cher", NULL, ""},
    {"\xcc\x81" "a.example", NULL, "no international domain name"},
};

static void international_hosts_go_through_idna(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof international / sizeof international[0]; i++) {
        const struct host_case *c = &international[i];
        char out[SEK_LIMIT_DOMAIN];
        struct sekuire_text norm = {0};
        struct sekuire_error err = {0};
        int status = sek_host_to_ascii(sek_text(c->host), out, sizeof out, &norm, &err);
        if (c->norm != NULL && (status != 0 || !sek_text_is(norm, c->norm)))
            fail_msg("'%s' gave '%.*s' %s", c->host, SEK_TEXT_ARGS(norm), err.message);
        if (c->norm == NULL && (status != SEKUIRE_ERR_CONTENT || strstr(err.message, c->reason) == NULL))
            fail_msg("'%s' gave %d '%.*s' %s", c->host, status, SEK_TEXT_ARGS(norm), err.message);
    }
    print_message("%zu hosts\n", sizeof international / sizeof international[0]);
}

static void domain_patterns_have_the_normal_form_of_hosts(void **state) {
    assert_compiles(*state, KIND, "Example.com.", SEK_SHAPE_EXACT, "example.com");
    assert_compiles(*state, KIND, "*.Example.com.", SEK_SHAPE_TREE, "example.com");
    assert_compiles(*state, KIND, "*.com", SEK_SHAPE_TREE, "com");
    assert_compiles(*state, KIND, "*.b\xc3\xbc" "cher.example", SEK_SHAPE_TREE, "xn--bcher-kva.example");
    assert_compiles(*state, KIND, "[::0001]", SEK_SHAPE_EXACT, "::1");
    assert_compiles(*state, KIND, "::ffff:7f00:1", SEK_SHAPE_EXACT, "127.0.0.1");
    assert_compiles(*state, KIND, "*", SEK_SHAPE_ALL, "");
}

static void domain_tree_is_the_name_and_its_subdomains(void **state) {
    assert_true(matches(*state, KIND, "*.example.com", "example.com"));
    assert_true(matches(*state, KIND, "*.example.com", "a.example.com"));
    assert_true(matches(*state, KIND, "*.example.com", "a.b.example.com"));
    assert_false(matches(*state, KIND, "*.example.com", "badexample.com"));
    assert_false(matches(*state, KIND, "*.example.com", "com"));
    assert_false(matches(*state, KIND, "*.example.com", "example.com.evil.org"));
    assert_false(matches(*state, KIND, "*.com", "127.0.0.1"));
    assert_false(matches(*state, KIND, "*.com", "::1"));
    assert_true(matches(*state, KIND, "example.com", "example.com"));
    assert_false(matches(*state, KIND, "example.com", "a.example.com"));
    assert_true(matches(*state, KIND, "*", "127.0.0.1"));
    assert_true(matches(*state, KIND, "*", "::1"));
}

static void domain_refuses_what_is_none(void **state) {
    assert_none(*state, KIND, SEK_TEXT(""), "an empty string is not a domain pattern");
    assert_none(*state, KIND, SEK_TEXT("*."), "is not a domain pattern: it is empty");
    assert_none(*state, KIND, SEK_TEXT("**"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("*example.com"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("*.*.example.com"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("a.*.example.com"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("example.*"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("*\xef\xbc\x8e" "example.com"), "'*' may only stand alone");
    assert_none(*state, KIND, SEK_TEXT("\xef\xbc\x8a.example.com"), "is not a domain pattern");
    assert_none(*state, KIND, SEK_TEXT("*.127.0.0.1"), "an address has no subdomains");
    assert_none(*state, KIND, SEK_TEXT("*.::1"), "an address has no subdomains");
    assert_none(*state, KIND, SEK_TEXT("*.[::1]"), "an address has no subdomains");
    assert_none(*state, KIND, SEK_TEXT("*.0.0.1"), "ends in a number");
    assert_none(*state, KIND, SEK_TEXT("*.1"), "ends in a number");
    assert_none(*state, KIND, SEK_TEXT("https://example.com"), "scheme or port");
    assert_none(*state, KIND, SEK_TEXT("127.1"), "ends in a number");
    assert_none(*state, KIND, SEK_TEXT("10.0.0.0/8"), "at byte 9");
}

static void domain_tree_too_long_for_subdomains_is_one_name(void **state) {
    char text[256] = "*.";
    for (size_t i = 0; i < 252; i++) text[2 + i] = i % 64 == 63 ? '.' : 'a';
    assert_int_equal(compiled(*state, KIND, text).shape, SEK_SHAPE_EXACT);
    text[2 + 251] = '\0';
    assert_int_equal(compiled(*state, KIND, text).shape, SEK_SHAPE_TREE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_normal_form),
        cmocka_unit_test(host_normal_form_is_its_own_normal_form),
        cmocka_unit_test(host_lengths_are_capped),
        cmocka_unit_test(international_hosts_go_through_idna),
        cmocka_unit_test(domain_patterns_have_the_normal_form_of_hosts),
        cmocka_unit_test(domain_tree_is_the_name_and_its_subdomains),
        cmocka_unit_test(domain_refuses_what_is_none),
        cmocka_unit_test(domain_tree_too_long_for_subdomains_is_one_name),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
