/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "client/credentials.h"
#include "client/files.h"

#define KEY "sk_live_0123456789"

static struct sek_credentials load(void) {
    struct sek_credentials credentials = {0};
    struct sekuire_error err = {0};
    if (sek_credentials_load(in("h/auth.json"), &credentials, &err) != 0) fail_msg("%s", err.message);
    return credentials;
}

static void a_missing_file_is_no_login(void **state) {
    (void)state;
    struct sek_credentials credentials = load();
    assert_false(credentials.exists);
    assert_string_equal(credentials.api_key, "");
    sek_credentials_clear(&credentials);
}

static void what_the_published_client_writes_is_read(void **state) {
    (void)state;
    struct sek_url url;
    assert_int_equal(mkdir(in("h"), 0700), 0);
    put(in("h/auth.json"),
        "{\n  \"api_key\": \"" KEY "\",\n  \"token\": null,\n  \"device_fingerprint\": \"abc\",\n  \"org_id\": null,\n"
        "  \"workspace_id\": \"ws_1\"\n}",
        0644);
    struct sek_credentials credentials = load();
    assert_true(credentials.exists && credentials.exposed);
    assert_string_equal(credentials.api_key, KEY);
    assert_string_equal(credentials.workspace_id, "ws_1");
    assert_string_equal(credentials.org_id, "");
    assert_int_equal(sek_url_parse(SEK_TEXT("https://api.sekuire.ai/"), &url, NULL), 0);
    assert_string_equal(sek_credentials_key_for(&credentials, &url), KEY);
    assert_int_equal(sek_url_parse(SEK_TEXT("http://127.0.0.1:9300"), &url, NULL), 0);
    assert_null(sek_credentials_key_for(&credentials, &url));
    sek_credentials_clear(&credentials);
}

static void a_key_goes_only_where_it_was_stored_for(void **state) {
    (void)state;
    static const struct {
        const char *url;
        bool goes;
    } cases[] = {{"https://h.example:8443", true},       {"https://H.example:8443/path", true}, {"http://h.example:8443", false},
                 {"https://h.example", false},           {"https://h.example:8444", false},     {"https://x.h.example:8443", false},
                 {"https://h.example.evil:8443", false}, {"https://api.sekuire.ai", false}};
    struct sek_credentials credentials = {.exists = true, .api_key = KEY, .backend = "https://h.example:8443/"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sek_url url;
        struct sek_api_key key = {0};
        assert_int_equal(sek_url_parse(sek_text(cases[i].url), &url, NULL), 0);
        assert_int_equal(sek_credentials_key_for(&credentials, &url) != NULL, cases[i].goes);
        unsetenv("SEKUIRE_API_KEY");
        assert_int_equal(sek_api_key_find(NULL, &credentials, &url, &key, NULL), 0);
        assert_int_equal(key.origin, cases[i].goes ? SEK_KEY_FROM_LOGIN : SEK_KEY_FROM_NOWHERE);
        assert_string_equal(key.key, cases[i].goes ? KEY : "");
    }
}

static void file_goes_before_variable_before_login(void **state) {
    (void)state;
    struct sek_credentials credentials = {.exists = true, .api_key = KEY, .backend = "https://h"};
    struct sek_url url;
    struct sek_api_key key = {0};
    struct sekuire_error err = {0};
    assert_int_equal(sek_url_parse(SEK_TEXT("https://h"), &url, NULL), 0);
    setenv("SEKUIRE_API_KEY", "sk_env\n", 1);
    put(in("key"), " sk_file\r\n", 0644);
    assert_int_equal(sek_api_key_find(in("key"), &credentials, &url, &key, &err), 0);
    assert_string_equal(key.key, "sk_file");
    assert_int_equal(key.origin, SEK_KEY_FROM_FILE);
    assert_int_equal(sek_api_key_find(NULL, &credentials, &url, &key, &err), 0);
    assert_string_equal(key.key, "sk_env");
    assert_int_equal(key.origin, SEK_KEY_FROM_VARIABLE);
    setenv("SEKUIRE_API_KEY", "", 1);
    assert_int_equal(sek_api_key_find(NULL, &credentials, &url, &key, &err), 0);
    assert_string_equal(key.key, KEY);
}

static void malformed_keys_are_refused_without_being_shown(void **state) {
    (void)state;
    struct sek_url url;
    struct sek_api_key key = {0};
    struct sekuire_error err = {0};
    assert_int_equal(sek_url_parse(SEK_TEXT("https://h"), &url, NULL), 0);
    setenv("SEKUIRE_API_KEY", "sk_a\r\nX-Evil: 1", 1);
    assert_int_equal(sek_api_key_find(NULL, NULL, &url, &key, &err), SEKUIRE_ERR_USAGE);
    assert_null(strstr(err.message, "sk_a"));
    unsetenv("SEKUIRE_API_KEY");
    put(in("key"), "two words", 0600);
    assert_int_equal(sek_api_key_find(in("key"), NULL, &url, &key, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_null(strstr(err.message, "words"));
    put(in("key"), "\n", 0600);
    assert_int_equal(sek_api_key_find(in("key"), NULL, &url, &key, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_int_equal(sek_api_key_find(in("missing"), NULL, &url, &key, &err), SEKUIRE_ERR_IO);
    assert_string_equal(key.key, "");
}

static void saving_is_private_and_keeps_unknown_members(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    assert_int_equal(mkdir(in("h"), 0700), 0);
    put(in("h/auth.json"), "{\"api_key\":\"old\",\"theirs\":{\"n\":1.50}}", 0644);
    struct sek_credentials credentials = load();
    snprintf(credentials.api_key, sizeof credentials.api_key, "%s", KEY);
    snprintf(credentials.backend, sizeof credentials.backend, "http://127.0.0.1:9300");
    assert_int_equal(sek_credentials_save(&credentials, &err), 0);
    sek_credentials_clear(&credentials);
    assert_int_equal(mode_of(in("h/auth.json")), 0600);
    assert_string_equal(get(in("h/auth.json")),
                        "{\n  \"api_key\": \"" KEY "\",\n  \"token\": null,\n  \"device_fingerprint\": null,\n"
                        "  \"org_id\": null,\n  \"workspace_id\": null,\n  \"backend\": \"http://127.0.0.1:9300\",\n"
                        "  \"theirs\": {\n    \"n\": 1.50\n  }\n}\n");
    credentials = load();
    assert_false(credentials.exposed);
    assert_string_equal(credentials.backend, "http://127.0.0.1:9300");
    sek_credentials_clear(&credentials);
}

static void saving_makes_the_folder(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    struct sek_credentials credentials = load();
    assert_int_equal(sek_credentials_save(&credentials, &err), 0);
    sek_credentials_clear(&credentials);
    assert_int_equal(mode_of(in("h")), 0700);
}

static void a_broken_file_is_an_error_of_configuration_and_stays_as_it_is(void **state) {
    (void)state;
    static const char *const broken[] = {"", "{", "[]", "null", "{\"api_key\":1}", "{\"api_key\":\"a\\nb\"}", "{\"backend\":\"ftp://h\"}",
                                         "{\"api_key\":\"a\",\"api_key\":\"b\"}", "{\"org_id\":[]}", "{\"api_key\":\"\xff\"}"};
    assert_int_equal(mkdir(in("h"), 0700), 0);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct sek_credentials credentials = {0};
        struct sekuire_error err = {0};
        put(in("h/auth.json"), broken[i], 0600);
        if (sek_credentials_load(in("h/auth.json"), &credentials, &err) != SEKUIRE_ERR_CONFIG) fail_msg("%s was taken", broken[i]);
        assert_int_equal(err.status, SEKUIRE_ERR_CONFIG);
        assert_non_null(strstr(err.message, "auth.json: "));
        assert_null(credentials.path);
        assert_string_equal(get(in("h/auth.json")), broken[i]);
    }
}

static void removing_takes_even_a_broken_file(void **state) {
    (void)state;
    bool existed = false;
    struct sekuire_error err = {0};
    assert_int_equal(mkdir(in("h"), 0700), 0);
    put(in("h/auth.json"), "{", 0600);
    assert_int_equal(sek_credentials_remove(in("h/auth.json"), &existed, &err), 0);
    assert_true(existed);
    assert_int_equal(sek_credentials_remove(in("h/auth.json"), &existed, &err), 0);
    assert_false(existed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file_is_no_login),
        TEST(what_the_published_client_writes_is_read),
        TEST(a_key_goes_only_where_it_was_stored_for),
        TEST(file_goes_before_variable_before_login),
        TEST(malformed_keys_are_refused_without_being_shown),
        TEST(saving_is_private_and_keeps_unknown_members),
        TEST(saving_makes_the_folder),
        TEST(a_broken_file_is_an_error_of_configuration_and_stays_as_it_is),
        TEST(removing_takes_even_a_broken_file),
    };
    return cmocka_run_group_tests_name("client/credentials", tests, NULL, NULL);
}
