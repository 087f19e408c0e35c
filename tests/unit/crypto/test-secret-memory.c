/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a key in this process's memory once it was used and freed: nothing. Each test first finds the key while it lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include <sekuire/key.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "crypto/passphrase.h"
#include "memory-scan.h"

/* AddressSanitizer makes mlock do nothing. */
#if defined(__SANITIZE_ADDRESS__)
#define WITHOUT_LOCKS 1
#elif defined(__has_feature)
#define WITHOUT_LOCKS __has_feature(address_sanitizer)
#else
#define WITHOUT_LOCKS 0
#endif

/* The three shapes in which a key could be left behind. */
struct traces {
    struct scan_needle seed;     /* the 32 bytes */
    struct scan_needle digits;   /* as in a key file */
    struct scan_needle expanded; /* the scalar that signing derives */
};

/* Notes what to look for, by way of memory that is wiped again. */
static void note(struct traces *traces, const struct sekuire_secret_key *key) {
    char *digits = sek_secret_alloc(65);
    uint8_t *hash = sek_secret_alloc(64);
    assert_true(digits != NULL && hash != NULL);
    sekuire_secret_key_format(key, digits);
    scan_hide(&traces->digits, digits, 64);
    scan_hide(&traces->seed, sek_secret_key_seed(key), 32);
    crypto_hash_sha512(hash, sek_secret_key_seed(key), 32);
    scan_hide(&traces->expanded, hash + 1, 30); /* the first and the last byte are clamped */
    sek_secret_free(digits);
    sek_secret_free(hash);
}

static void assert_gone(const struct traces *traces) {
    assert_int_equal(scan_memory(&traces->seed), 0);
    assert_int_equal(scan_memory(&traces->digits), 0);
    assert_int_equal(scan_memory(&traces->expanded), 0);
}

static void the_search_finds_what_is_not_wiped(void **state) {
    (void)state;
    struct scan_needle needle;
    uint8_t secret[32];
    uint8_t *copy = malloc(sizeof secret);
    assert_non_null(copy);
    randombytes_buf(secret, sizeof secret);
    scan_hide(&needle, secret, sizeof secret);
    memcpy(copy, secret, sizeof secret);
    assert_int_equal(scan_memory(&needle), 2);
    sodium_memzero(secret, sizeof secret);
    assert_int_equal(scan_memory(&needle), 1);
    sodium_memzero(copy, sizeof secret);
    assert_int_equal(scan_memory(&needle), 0);
    free(copy);
}

/* What the functions below hand to each other. */
struct story {
    struct sekuire_secret_key *key;
    struct sek_buffer text;
    struct sek_buffer passphrase;
    char line[SEKUIRE_PROTECTED_KEY_SIZE];
};

static void make(void *context) {
    struct story *story = context;
    assert_int_equal(sekuire_secret_key_generate(&story->key, NULL), 0);
}

static void sign_and_free(void *context) {
    struct story *story = context;
    uint8_t signature[64];
    sekuire_secret_key_sign(story->key, "message", 7, signature);
    sekuire_secret_key_free(story->key);
    story->key = NULL;
}

/* A key file's text as it comes from a file: piece by piece, into a buffer that grows. */
static void write_file(void *context) {
    struct story *story = context;
    char *digits = sek_secret_alloc(65);
    assert_non_null(digits);
    sekuire_secret_key_format(story->key, digits);
    sekuire_secret_key_free(story->key);
    sek_buffer_init_secret(&story->text, 4096);
    for (size_t i = 0; i < 64; i++) sek_buffer_byte(&story->text, digits[i]);
    sek_secret_free(digits);
    for (size_t i = 0; i < 900; i++) sek_buffer_byte(&story->text, '\n'); /* two moves */
    assert_int_equal(story->text.status, 0);
}

static void read_file(void *context) {
    struct story *story = context;
    assert_int_equal(sekuire_secret_key_parse(sek_buffer_view(&story->text), &story->key, NULL), 0);
    sign_and_free(story);
    sek_buffer_clear(&story->text);
}

static void protect(void *context) {
    struct story *story = context;
    const struct sek_pwhash_cost cheap = {1, 64};
    assert_int_equal(sek_secret_key_protect(story->key, sek_buffer_view(&story->passphrase), cheap, story->line, NULL), 0);
    sekuire_secret_key_free(story->key);
}

static void unprotect(void *context) {
    struct story *story = context;
    assert_int_equal(sekuire_secret_key_unprotect(sek_text(story->line), sek_buffer_view(&story->passphrase), &story->key, NULL), 0);
}

static void nothing_is_left_of_a_key_that_was_made_and_signed(void **state) {
    (void)state;
    struct traces traces;
    struct story story = {.key = NULL};
    scan_apart(make, &story);
    note(&traces, story.key);
    assert_int_equal(scan_memory(&traces.seed), 1);
    assert_int_equal(scan_memory(&traces.expanded), 0);
    scan_apart(sign_and_free, &story);
    assert_gone(&traces);
}

static void nothing_is_left_of_a_key_that_was_read(void **state) {
    (void)state;
    struct traces traces;
    struct story story = {.key = NULL};
    scan_apart(make, &story);
    note(&traces, story.key);
    scan_apart(write_file, &story);
    assert_int_equal(scan_memory(&traces.digits), 1);
    assert_int_equal(scan_memory(&traces.seed), 0);
    scan_apart(read_file, &story);
    assert_gone(&traces);
}

static void nothing_is_left_of_a_protected_key_or_its_passphrase(void **state) {
    (void)state;
    struct traces traces;
    struct scan_needle passphrase_trace;
    struct story story = {.key = NULL};
    sek_buffer_init_secret(&story.passphrase, 64);
    for (size_t i = 0; i < 40; i++) sek_buffer_byte(&story.passphrase, (char)('a' + randombytes_uniform(26)));
    scan_hide(&passphrase_trace, story.passphrase.data, story.passphrase.size);
    scan_apart(make, &story);
    note(&traces, story.key);
    scan_apart(protect, &story);
    assert_gone(&traces);
    assert_int_equal(scan_memory(&passphrase_trace), 1);
    scan_apart(unprotect, &story);
    assert_int_equal(scan_memory(&traces.seed), 1);
    scan_apart(sign_and_free, &story);
    sek_buffer_clear(&story.passphrase);
    assert_gone(&traces);
    assert_int_equal(scan_memory(&passphrase_trace), 0);
}

static void nothing_is_left_in_a_wiped_arena(void **state) {
    (void)state;
    struct scan_needle needle;
    struct sek_arena arena;
    char *secret = sek_secret_alloc(32);
    assert_non_null(secret);
    randombytes_buf(secret, 32);
    scan_hide(&needle, secret, 32);
    sek_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < 400; i++) assert_non_null(sek_arena_copy(&arena, (struct sekuire_text){secret, 32})); /* several blocks */
    sek_secret_free(secret);
    assert_int_equal(scan_memory(&needle), 400);
    sek_arena_wipe(&arena);
    assert_int_equal(scan_memory(&needle), 0);
}

static void a_key_is_locked_and_read_only_and_left_out_of_dumps(void **state) {
    (void)state;
    struct sekuire_secret_key *key = NULL;
    char line[512], flags[512] = "", access[8] = "";
    bool here = false;
    assert_int_equal(sekuire_secret_key_generate(&key, NULL), 0);
    FILE *maps = fopen("/proc/self/smaps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *end = NULL;
        uintptr_t from = (uintptr_t)strtoull(line, &end, 16);
        if (*end == '-') {
            uintptr_t to = (uintptr_t)strtoull(end + 1, &end, 16);
            here = from <= (uintptr_t)key && (uintptr_t)key < to;
            if (here) memcpy(access, end + 1, 4);
        } else if (here && strncmp(line, "VmFlags:", 8) == 0) {
            memcpy(flags, line, sizeof line);
        }
    }
    fclose(maps);
    assert_string_equal(access, "r--p");
    assert_non_null(strstr(flags, " dd")); /* MADV_DONTDUMP */
#if !WITHOUT_LOCKS
    assert_non_null(strstr(flags, " lo"));
#endif
    sekuire_secret_key_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_not_wiped),
        cmocka_unit_test(nothing_is_left_of_a_key_that_was_made_and_signed),
        cmocka_unit_test(nothing_is_left_of_a_key_that_was_read),
        cmocka_unit_test(nothing_is_left_of_a_protected_key_or_its_passphrase),
        cmocka_unit_test(nothing_is_left_in_a_wiped_arena),
        cmocka_unit_test(a_key_is_locked_and_read_only_and_left_out_of_dumps),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
