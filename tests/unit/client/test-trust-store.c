/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/text.h"
#include "client/files.h"
#include "client/trust-store.h"

#define HEX_A "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define HEX_B "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define HASH "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"

static uint8_t key_a[32];
static uint8_t key_b[32];

static int read_keys(void **state) {
    (void)state;
    return sek_hex_decode(key_a, 32, SEK_TEXT(HEX_A)) && sek_hex_decode(key_b, 32, SEK_TEXT(HEX_B)) ? 0 : -1;
}

static struct sek_trust_store *open_locked(void) {
    struct sek_trust_store *store = NULL;
    struct sekuire_error err = {0};
    if (sek_trust_open_locked(in("s/trust.json"), &store, &err) != 0) fail_msg("%s", err.message);
    return store;
}

static struct sek_trust_store *open_read(void) {
    struct sek_trust_store *store = NULL;
    struct sekuire_error err = {0};
    if (sek_trust_open_read(in("s/trust.json"), &store, &err) != 0) fail_msg("%s", err.message);
    return store;
}

static struct sek_trust_state full_state(void) {
    struct sek_trust_state state = {.exists = true, .key_count = 2, .retired_count = 1, .bound = true, .has_policy = true,
                                    .has_sequence = true, .sequence = UINT64_MAX, .accepted_at = 1700000000};
    memcpy(state.keys[0].public_key, key_a, 32);
    snprintf(state.keys[0].how, sizeof state.keys[0].how, "first_use");
    state.keys[0].since = 1600000000;
    memcpy(state.keys[1].public_key, key_b, 32);
    snprintf(state.keys[1].how, sizeof state.keys[1].how, "rotation");
    state.keys[1].since = 1650000000;
    memset(state.retired[0], 0x11, 32);
    snprintf(state.policy_id, sizeof state.policy_id, "policy_xyz");
    snprintf(state.policy_version, sizeof state.policy_version, "1.10");
    snprintf(state.hash, sizeof state.hash, "%s", HASH);
    return state;
}

static void looking_creates_nothing(void **state) {
    (void)state;
    struct sek_trust_state known;
    struct sek_trust_store *store = open_read();
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_false(known.exists);
    assert_int_equal(sek_trust_count(store), 0);
    assert_int_equal(sek_trust_save(store, NULL), SEKUIRE_ERR_CONFIG);
    sek_trust_close(store);
    assert_int_equal(access(in("s"), F_OK), -1);
}

static void a_state_comes_back_as_it_was_set(void **state) {
    (void)state;
    struct sek_trust_state set = full_state();
    struct sek_trust_state known;
    struct sekuire_error err = {0};
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws_abc"), &set, &err), 0);
    assert_int_equal(sek_trust_save(store, &err), 0);
    sek_trust_close(store);
    assert_int_equal(mode_of(in("s/trust.json")), 0600);
    assert_int_equal(mode_of(in("s")), 0700);
    store = open_read();
    sek_trust_get(store, SEK_TEXT("ws_abc"), &known);
    assert_false(sek_trust_differs(&known, &set));
    assert_int_equal(known.accepted_at, set.accepted_at);
    assert_int_equal(sek_trust_count(store), 1);
    assert_true(sek_text_is(sek_trust_workspace(store, 0), "ws_abc"));
    sek_trust_close(store);
}

static void the_file_has_the_documented_form(void **state) {
    (void)state;
    struct sek_trust_state set = full_state();
    struct sek_trust_store *store = open_locked();
    set.key_count = 1;
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &set, NULL), 0);
    assert_int_equal(sek_trust_save(store, NULL), 0);
    sek_trust_close(store);
    assert_string_equal(get(in("s/trust.json")),
                        "{\n  \"version\": 1,\n  \"workspaces\": {\n    \"ws\": {\n      \"keys\": [\n        {\n"
                        "          \"public_key\": \"" HEX_A "\",\n          \"how\": \"first_use\",\n"
                        "          \"since\": \"2020-09-13T12:26:40Z\"\n        }\n      ],\n      \"retired\": [\n"
                        "        \"1111111111111111111111111111111111111111111111111111111111111111\"\n      ],\n"
                        "      \"bound\": true,\n      \"sequence\": 18446744073709551615,\n      \"policy_id\": \"policy_xyz\",\n"
                        "      \"policy_version\": \"1.10\",\n      \"hash\": \"" HASH "\",\n"
                        "      \"accepted_at\": \"2023-11-14T22:13:20Z\"\n    }\n  }\n}\n");
}

static void what_this_version_does_not_know_is_kept(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    bool changed = false;
    assert_int_equal(mkdir(in("s"), 0700), 0);
    put(in("s/trust.json"),
        "{\"version\":1,\"later\":{\"a\":[1.50,true]},\"workspaces\":{"
        "\"other\":{\"keys\":[],\"note\":\"stays\",\"sequence\":7},"
        "\"ws\":{\"keys\":[{\"public_key\":\"" HEX_A "\",\"how\":\"added\",\"since\":\"2026-01-01T00:00:00Z\",\"label\":\"mine\"}],"
        "\"extra\":null}}}",
        0600);
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_b, 1700000000, &changed, &err), 0);
    assert_true(changed);
    assert_int_equal(sek_trust_save(store, &err), 0);
    sek_trust_close(store);
    const char *text = get(in("s/trust.json"));
    assert_non_null(strstr(text, "\"note\": \"stays\""));
    assert_non_null(strstr(text, "\"sequence\": 7"));
    assert_non_null(strstr(text, "\"label\": \"mine\""));
    assert_non_null(strstr(text, "\"extra\": null"));
    assert_non_null(strstr(text, "1.50"));
    assert_non_null(strstr(text, HEX_B));
}

static const struct {
    const char *text;
    const char *what;
} broken[] = {
    {"", "empty"},
    {"{", "cut"},
    {"[]", "no object"},
    {"{\"version\":1}", "no workspaces"},
    {"{\"workspaces\":{}}", "no version"},
    {"{\"version\":2,\"workspaces\":{}}", "later version"},
    {"{\"version\":1,\"workspaces\":[]}", "workspaces no object"},
    {"{\"version\":1,\"version\":1,\"workspaces\":{}}", "key twice"},
    {"{\"version\":1,\"workspaces\":{\"../x\":{}}}", "no id"},
    {"{\"version\":1,\"workspaces\":{\"ws\":null}}", "entry null"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"keys\":{}}}}", "keys no list"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"keys\":[\"" HEX_A "\"]}}}", "key no object"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"keys\":[{\"public_key\":\"00\"}]}}}", "short key"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"keys\":[{\"public_key\":"
     "\"0000000000000000000000000000000000000000000000000000000000000000\"}]}}}",
     "small order"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"keys\":[{\"public_key\":\"" HEX_A "\",\"since\":\"yesterday\"}]}}}", "no time"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"retired\":[1]}}}", "retired number"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"bound\":\"yes\"}}}", "bound string"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"sequence\":-1}}}", "negative sequence"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"sequence\":\"5\"}}}", "sequence string"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"policy_id\":\"p\"}}}", "half a policy"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"policy_id\":\"p\",\"policy_version\":\"1\",\"hash\":\"" HASH "\"}}}", "no acceptance"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"policy_id\":\"p\",\"policy_version\":\"1\",\"hash\":\"x\","
     "\"accepted_at\":\"2026-01-01T00:00:00Z\"}}}",
     "bad hash"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"policy_id\":\"../p\",\"policy_version\":\"1\",\"hash\":\"" HASH "\","
     "\"accepted_at\":\"2026-01-01T00:00:00Z\"}}}",
     "bad policy id"},
    {"{\"version\":1,\"workspaces\":{\"ws\":{\"policy_id\":\"p\",\"policy_version\":\"1:2\",\"hash\":\"" HASH "\","
     "\"accepted_at\":\"2026-01-01T00:00:00Z\"}}}",
     "bad version"},
};

static void a_broken_store_is_an_error_of_configuration_and_stays_as_it_is(void **state) {
    (void)state;
    assert_int_equal(mkdir(in("s"), 0700), 0);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct sek_trust_store *store = NULL;
        struct sekuire_error err = {0};
        put(in("s/trust.json"), broken[i].text, 0600);
        int read = sek_trust_open_read(in("s/trust.json"), &store, &err);
        int locked = sek_trust_open_locked(in("s/trust.json"), &store, NULL);
        if (read != SEKUIRE_ERR_CONFIG || locked != SEKUIRE_ERR_CONFIG) fail_msg("%s gave %d and %d", broken[i].what, read, locked);
        assert_int_equal(err.status, SEKUIRE_ERR_CONFIG);
        assert_non_null(strstr(err.message, "trust.json: "));
        assert_null(store);
        assert_string_equal(get(in("s/trust.json")), broken[i].text);
    }
    print_message("%zu broken stores\n", sizeof broken / sizeof broken[0]);
}

static void a_broken_store_is_named_with_its_place(void **state) {
    (void)state;
    struct sek_trust_store *store = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(mkdir(in("s"), 0700), 0);
    put(in("s/trust.json"), "{\"version\":1,\n \"workspaces\":{\"ws\":{\"bound\":3}}}", 0600);
    assert_int_equal(sek_trust_open_read(in("s/trust.json"), &store, &err), SEKUIRE_ERR_CONFIG);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 30);
}

static void removing_retires_and_only_adding_trusts_again(void **state) {
    (void)state;
    struct sek_trust_state known;
    struct sekuire_error err = {0};
    bool changed = false;
    size_t removed = 0;
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_a, 1700000000, &changed, &err), 0);
    assert_true(changed);
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_a, 1700000001, &changed, &err), 0);
    assert_false(changed);
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_b, 1700000000, &changed, &err), 0);
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("ws"), key_a, &removed, &err), 0);
    assert_int_equal(removed, 1);
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_true(known.exists);
    assert_int_equal(known.key_count, 1);
    assert_memory_equal(known.keys[0].public_key, key_b, 32);
    assert_string_equal(known.keys[0].how, "added");
    assert_true(sek_trust_is_retired(&known, key_a));
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("ws"), key_a, &removed, &err), SEKUIRE_ERR_NOT_FOUND);
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("ws"), NULL, &removed, &err), 0);
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_true(known.exists);
    assert_int_equal(known.key_count, 0);
    assert_int_equal(known.retired_count, 2);
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_a, 1700000002, &changed, &err), 0);
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_true(sek_trust_has_key(&known, key_a));
    assert_int_equal(known.retired_count, 1);
    assert_memory_equal(known.retired[0], key_b, 32);
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("unknown"), NULL, &removed, &err), SEKUIRE_ERR_NOT_FOUND);
    sek_trust_close(store);
}

static void removing_keys_keeps_the_rollback_state_and_forgetting_does_not(void **state) {
    (void)state;
    struct sek_trust_state set = full_state();
    struct sek_trust_state known;
    struct sekuire_error err = {0};
    size_t removed = 0;
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &set, &err), 0);
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("ws"), NULL, &removed, &err), 0);
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_true(known.has_policy && known.has_sequence && known.bound);
    assert_true(known.sequence == UINT64_MAX);
    assert_int_equal(sek_trust_forget(store, SEK_TEXT("ws"), &err), 0);
    sek_trust_get(store, SEK_TEXT("ws"), &known);
    assert_false(known.exists);
    assert_int_equal(sek_trust_forget(store, SEK_TEXT("ws"), &err), SEKUIRE_ERR_NOT_FOUND);
    assert_int_equal(sek_trust_save(store, &err), 0);
    sek_trust_close(store);
    assert_string_equal(get(in("s/trust.json")), "{\n  \"version\": 1,\n  \"workspaces\": {}\n}\n");
}

static void a_workspace_takes_sixteen_keys(void **state) {
    (void)state;
    struct sek_trust_state set = {.key_count = SEK_LIMIT_SIGNING_KEYS};
    struct sekuire_error err = {0};
    bool changed = true;
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &set, &err), 0);
    assert_int_equal(sek_trust_add(store, SEK_TEXT("ws"), key_a, 0, &changed, &err), SEKUIRE_ERR_TOO_LARGE);
    static const uint8_t zero[32];
    assert_int_equal(sek_trust_add(store, SEK_TEXT("w2"), zero, 0, &changed, &err), SEKUIRE_ERR_KEY_INVALID);
    assert_int_equal(sek_trust_add(store, SEK_TEXT("../x"), key_a, 0, &changed, &err), SEKUIRE_ERR_ID);
    sek_trust_close(store);
}

static void elsewhere_means_trusted_for_another_workspace(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    bool changed = false;
    size_t removed = 0;
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_add(store, SEK_TEXT("one"), key_a, 0, &changed, &err), 0);
    struct sek_trust_elsewhere from_one = {store, SEK_TEXT("one")};
    struct sek_trust_elsewhere from_two = {store, SEK_TEXT("two")};
    assert_false(sek_trust_elsewhere(&from_one, key_a));
    assert_true(sek_trust_elsewhere(&from_two, key_a));
    assert_false(sek_trust_elsewhere(&from_two, key_b));
    assert_int_equal(sek_trust_remove(store, SEK_TEXT("one"), NULL, &removed, &err), 0);
    assert_false(sek_trust_elsewhere(&from_two, key_a));
    sek_trust_close(store);
}

static void saving_nothing_writes_nothing(void **state) {
    (void)state;
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_save(store, NULL), 0);
    sek_trust_close(store);
    assert_int_equal(access(in("s/trust.json"), F_OK), -1);
}

static void what_was_saved_can_be_undone(void **state) {
    (void)state;
    struct sek_trust_state known = full_state();
    struct sekuire_error err = {0};
    struct sek_trust_store *store = open_locked();
    assert_int_equal(sek_trust_undo(store, &err), 0); /* nothing was saved */
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &known, &err), 0);
    assert_int_equal(sek_trust_save(store, &err), 0);
    assert_int_equal(access(in("s/trust.json"), F_OK), 0);
    assert_int_equal(sek_trust_undo(store, &err), 0);
    assert_int_not_equal(access(in("s/trust.json"), F_OK), 0);
    sek_trust_close(store);
    static const char old[] = "{\"version\":1,  \"workspaces\":{},\"x\":1}";
    put(in("s/trust.json"), old, 0600);
    store = open_locked();
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &known, &err), 0);
    assert_int_equal(sek_trust_save(store, &err), 0);
    assert_string_not_equal(get(in("s/trust.json")), old);
    assert_int_equal(sek_trust_undo(store, &err), 0);
    assert_string_equal(get(in("s/trust.json")), old);
    assert_int_equal(sek_trust_set(store, SEK_TEXT("ws"), &known, &err), 0);
    assert_int_equal(sek_trust_save(store, &err), 0);
    assert_int_equal(unlink(in("s/trust.json")), 0);
    assert_int_equal(mkdir(in("s/trust.json"), 0700), 0);
    assert_int_equal(sek_trust_undo(store, &err), SEKUIRE_ERR_IO);
    assert_non_null(strstr(err.message, "s/trust.json: cannot be written: it is no regular file"));
    sek_trust_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(looking_creates_nothing),
        TEST(a_state_comes_back_as_it_was_set),
        TEST(the_file_has_the_documented_form),
        TEST(what_this_version_does_not_know_is_kept),
        TEST(a_broken_store_is_an_error_of_configuration_and_stays_as_it_is),
        TEST(a_broken_store_is_named_with_its_place),
        TEST(removing_retires_and_only_adding_trusts_again),
        TEST(removing_keys_keeps_the_rollback_state_and_forgetting_does_not),
        TEST(a_workspace_takes_sixteen_keys),
        TEST(elsewhere_means_trusted_for_another_workspace),
        TEST(saving_nothing_writes_nothing),
        TEST(what_was_saved_can_be_undone),
    };
    return cmocka_run_group_tests_name("client/trust-store", tests, read_keys, NULL);
}
