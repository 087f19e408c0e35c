/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules-fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

/* Public keys of the seeds 0...0n. */
static void key_text(char out[65], unsigned n) {
    uint8_t seed[SEK_SEED_SIZE] = {[31] = (uint8_t)n};
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    sek_ed25519_public_key(key, seed);
    sek_hex_encode(out, key, sizeof key);
}

/* Reads {"binding": text}; the status. */
static int read_binding(const char *text, struct sek_binding *ret, struct sekuire_error *err) {
    char whole[4096];
    struct content c;
    snprintf(whole, sizeof whole, "{\"binding\":%s}", text);
    content_parse(&c, whole);
    int status = sek_binding_read(c.node, ret, err);
    ret->workspace_id.data = ret->workspace_id.data == NULL ? NULL : ""; /* it dies with the tree */
    content_clear(&c);
    return status;
}

/* The same text must be refused, at this offset of it and with this message, by the rules too and as policy.binding there. */
static void assert_refused(const char *text, uint32_t offset, const char *pointer, const char *message) {
    char whole[4096];
    struct content c;
    struct sek_binding binding = {.sequence = 4711};
    struct sekuire_error err = {0};
    snprintf(whole, sizeof whole, "{\"binding\":%s}", text);
    content_compile(&c, whole);
    int status = sek_binding_read(c.node, &binding, &err);
    if (status != SEKUIRE_ERR_CONTENT || strstr(err.message, message) == NULL) fail_msg("%s: %d '%s'", text, status, err.message);
    assert_int_equal(binding.sequence, 4711);
    assert_int_equal(err.status, SEKUIRE_ERR_CONTENT);
    if (err.column != offset + 12) fail_msg("%s: offset %u", text, err.column - 12);
    assert_int_equal(c.status, SEKUIRE_ERR_CONTENT);
    assert_string_equal(c.err.message, err.message);
    assert_int_equal(c.err.column, err.column);
    assert_non_null(c.report.first);
    assert_string_equal(c.report.first->rule, "policy.binding");
    assert_string_equal(c.report.first->pointer, pointer);
    content_clear(&c);
}

static void binding_may_be_absent(void **state) {
    (void)state;
    struct content c;
    struct sek_binding binding = {.present = true};
    content_parse(&c, "{}");
    assert_int_equal(sek_binding_read(c.node, &binding, NULL), 0);
    assert_false(binding.present || binding.has_sequence || binding.has_not_before || binding.has_expires_at);
    assert_null(binding.workspace_id.data);
    content_clear(&c);
}

static void binding_is_read_whole(void **state) {
    (void)state;
    char keys[2][65], text[1024];
    struct content c;
    struct sek_binding b;
    key_text(keys[0], 1);
    key_text(keys[1], 2);
    snprintf(text, sizeof text,
             "{\"binding\":{\"workspace_id\":\"ws_abc\",\"sequence\":18446744073709551615,\"not_before\":\"1970-01-01T00:00:10Z\","
             "\"expires_at\":\"1970-01-01T01:00:00.5+01:00\",\"signing_keys\":[\"%s\",\"%s\"],\"x-why\":1}}",
             keys[0], keys[1]);
    content_parse(&c, text);
    int status = sek_binding_read(c.node, &b, &c.err);
    assert_int_equal(status, SEKUIRE_ERR_CONTENT); /* that expires before it begins */
    content_clear(&c);
    *strstr(text, "+01:00") = '-';
    content_parse(&c, text);
    if (sek_binding_read(c.node, &b, &c.err) != 0) fail_msg("%s", c.err.message);
    assert_true(b.present && b.has_sequence && b.has_not_before && b.has_expires_at);
    assert_true(sek_text_is(b.workspace_id, "ws_abc"));
    assert_true(b.sequence == UINT64_MAX);
    assert_int_equal(b.not_before, 10);
    assert_int_equal(b.expires_at, 7200);
    assert_int_equal(b.signing_key_count, 2);
    char hex[65];
    sek_hex_encode(hex, b.signing_keys[1], SEK_PUBLIC_KEY_SIZE);
    assert_string_equal(hex, keys[1]);
    content_clear(&c);
}

static void binding_parts_stand_alone(void **state) {
    (void)state;
    struct sek_binding b;
    struct sekuire_error err;
    assert_int_equal(read_binding("{}", &b, &err), 0);
    assert_true(b.present);
    assert_int_equal(read_binding("{\"workspace_id\":\"w\"}", &b, &err), 0);
    assert_non_null(b.workspace_id.data);
    assert_false(b.has_sequence);
    assert_int_equal(read_binding("{\"sequence\":0}", &b, &err), 0);
    assert_true(b.has_sequence);
    assert_null(b.workspace_id.data);
    assert_int_equal(read_binding("{\"expires_at\":\"2030-01-01T00:00:00Z\"}", &b, &err), 0);
    assert_true(b.has_expires_at && !b.has_not_before);
    assert_int_equal(read_binding("{\"not_before\":\"2030-01-01t00:00:00z\"}", &b, &err), 0);
    assert_true(b.has_not_before && !b.has_expires_at);
    assert_int_equal(read_binding("{\"not_before\":\"1970-01-01T00:00:10.000000001Z\"}", &b, &err), 0);
    assert_int_equal(b.not_before, 11);
    assert_int_equal(read_binding("{\"not_before\":\"1970-01-01T00:00:10.000+00:00\"}", &b, &err), 0);
    assert_int_equal(b.not_before, 10);
    assert_int_equal(read_binding("{\"expires_at\":\"1970-01-01T00:00:10.9Z\"}", &b, &err), 0);
    assert_int_equal(b.expires_at, 10);
}

static void binding_refuses_wrong_types_and_values(void **state) {
    (void)state;
    assert_refused("null", 0, "/binding", "/binding must be an object, not null");
    assert_refused("[]", 0, "/binding", "not an array");
    assert_refused("{\"workspace_id\":null}", 16, "/binding/workspace_id", "/binding/workspace_id must be a string, not null");
    assert_refused("{\"workspace_id\":7}", 16, "/binding/workspace_id", "not a number");
    assert_refused("{\"workspace_id\":\"\"}", 16, "/binding/workspace_id", "/binding/workspace_id is not a valid id");
    assert_refused("{\"workspace_id\":\"../x\"}", 16, "/binding/workspace_id", "is not a valid id");
    assert_refused("{\"sequence\":null}", 12, "/binding/sequence", "must be an integer from 0 to 18446744073709551615");
    assert_refused("{\"sequence\":-1}", 12, "/binding/sequence", "must be an integer");
    assert_refused("{\"sequence\":1.0}", 12, "/binding/sequence", "must be an integer");
    assert_refused("{\"sequence\":\"1\"}", 12, "/binding/sequence", "must be an integer");
    assert_refused("{\"sequence\":18446744073709551616}", 12, "/binding/sequence", "must be an integer");
    assert_refused("{\"not_before\":null}", 14, "/binding/not_before", "must be a string, not null");
    assert_refused("{\"not_before\":1}", 14, "/binding/not_before", "must be a string, not a number");
    assert_refused("{\"not_before\":\"2030-01-01\"}", 14, "/binding/not_before", "is not an RFC 3339 time");
    assert_refused("{\"not_before\":\"2030-02-30T00:00:00Z\"}", 14, "/binding/not_before", "is not an RFC 3339 time");
    assert_refused("{\"expires_at\":\"never\"}", 14, "/binding/expires_at", "/binding/expires_at is not an RFC 3339 time");
}

static void binding_refuses_a_time_that_never_is(void **state) {
    (void)state;
    assert_refused("{\"not_before\":\"2030-01-01T00:00:00Z\",\"expires_at\":\"2030-01-01T00:00:00Z\"}", 50, "/binding/expires_at",
                   "is not after not_before");
    assert_refused("{\"expires_at\":\"2030-01-01T00:00:00Z\",\"not_before\":\"2030-01-01T00:00:01Z\"}", 14, "/binding/expires_at",
                   "is not after not_before");
}

static void binding_refuses_unknown_keys(void **state) {
    (void)state;
    struct sek_binding b;
    struct sekuire_error err = {0};
    assert_int_equal(read_binding("{\"sequence\":1,\"expires\":\"2030-01-01T00:00:00Z\"}", &b, &err), SEKUIRE_ERR_CONTENT);
    assert_int_equal(err.column, 11 + 15);
    assert_string_equal(err.message, "unknown key 'expires' in /binding");
    assert_int_equal(read_binding("{\"sequense\":1}", &b, &err), SEKUIRE_ERR_CONTENT);
    assert_string_equal(err.message, "unknown key 'sequense' in /binding; did you mean 'sequence'?");
}

/* A binding with these signing keys as JSON text. */
static const char *with_keys(const char *keys) {
    static char text[2048];
    snprintf(text, sizeof text, "{\"workspace_id\":\"w\",\"sequence\":1,\"signing_keys\":%s}", keys);
    return text;
}

/* An array of count keys, as JSON text. */
static const char *key_array(unsigned count) {
    static char text[2048];
    size_t used = (size_t)snprintf(text, sizeof text, "[");
    for (unsigned i = 0; i < count; i++) {
        char key[65];
        key_text(key, i + 1);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%s\"", i == 0 ? "" : ",", key);
    }
    snprintf(text + used, sizeof text - used, "]");
    return text;
}

static void signing_keys_are_one_to_sixteen(void **state) {
    (void)state;
    struct sek_binding b;
    struct sekuire_error err;
    assert_int_equal(read_binding(with_keys(key_array(1)), &b, &err), 0);
    assert_int_equal(b.signing_key_count, 1);
    assert_int_equal(read_binding(with_keys(key_array(16)), &b, &err), 0);
    assert_int_equal(b.signing_key_count, 16);
    assert_refused(with_keys(key_array(0)), 48, "/binding/signing_keys", "/binding/signing_keys must hold 1 to 16 keys");
    assert_refused(with_keys(key_array(17)), 48, "/binding/signing_keys", "must hold 1 to 16 keys");
}

static void signing_keys_are_distinct_valid_keys(void **state) {
    (void)state;
    char key[65], upper[65], text[512];
    struct sek_binding b;
    struct sekuire_error err;
    key_text(key, 1);
    for (size_t i = 0; i < sizeof upper; i++) upper[i] = (char)(key[i] >= 'a' && key[i] <= 'f' ? key[i] - 'a' + 'A' : key[i]);
    assert_string_not_equal(key, upper);
    snprintf(text, sizeof text, "[\"%s\"]", upper);
    assert_int_equal(read_binding(with_keys(text), &b, &err), 0);
    snprintf(text, sizeof text, "[\"%s\",\"%s\"]", key, upper);
    assert_refused(with_keys(text), 48 + 1 + 67, "/binding/signing_keys/1", "/binding/signing_keys/1 repeats a key");
    snprintf(text, sizeof text, "[\"%.63s\"]", key);
    assert_refused(with_keys(text), 49, "/binding/signing_keys/0", "is not 64 hex digits");
    snprintf(text, sizeof text, "[\"%064d\"]", 0);
    assert_refused(with_keys(text), 49, "/binding/signing_keys/0", "is not a valid Ed25519 key");
    assert_refused(with_keys("[null]"), 49, "/binding/signing_keys/0", "must be a string, not null");
    assert_refused(with_keys("null"), 48, "/binding/signing_keys", "must be an array, not null");
    assert_refused(with_keys("{}"), 48, "/binding/signing_keys", "must be an array, not an object");
}

static void signing_keys_need_workspace_and_sequence(void **state) {
    (void)state;
    char text[512];
    const char *keys = key_array(1);
    snprintf(text, sizeof text, "{\"signing_keys\":%s}", keys);
    assert_refused(text, 16, "/binding/signing_keys", "/binding/signing_keys needs workspace_id and sequence beside it");
    snprintf(text, sizeof text, "{\"signing_keys\":%s,\"sequence\":1}", keys);
    assert_refused(text, 16, "/binding/signing_keys", "needs workspace_id");
    snprintf(text, sizeof text, "{\"signing_keys\":%s,\"workspace_id\":\"w\"}", keys);
    assert_refused(text, 16, "/binding/signing_keys", "needs workspace_id");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binding_may_be_absent),
        cmocka_unit_test(binding_is_read_whole),
        cmocka_unit_test(binding_parts_stand_alone),
        cmocka_unit_test(binding_refuses_wrong_types_and_values),
        cmocka_unit_test(binding_refuses_a_time_that_never_is),
        cmocka_unit_test(binding_refuses_unknown_keys),
        cmocka_unit_test(signing_keys_are_one_to_sixteen),
        cmocka_unit_test(signing_keys_are_distinct_valid_keys),
        cmocka_unit_test(signing_keys_need_workspace_and_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
