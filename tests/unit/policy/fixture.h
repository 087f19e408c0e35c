/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of lib/policy: files of the vectors, and envelopes signed by hand so that each can have exactly one fault. */
#ifndef TEST_POLICY_FIXTURE_H
#define TEST_POLICY_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hex.h"
#include "base/time-text.h"
#include "policy/accept.h"
#include "policy/sign.h"
#include "policy/verify.h"
#include "tree/json.h"
#include "tree/write.h"

#define UNUSED __attribute__((unused))

/* Three keys: their seeds are one byte repeated. */
enum fixture_key { KEY_A = 1, KEY_B = 2, KEY_C = 3 };

struct fixture_public {
    uint8_t bytes[SEK_PUBLIC_KEY_SIZE];
    char hex[2 * SEK_PUBLIC_KEY_SIZE + 1];
};

UNUSED static struct fixture_public public_of(enum fixture_key which) {
    struct fixture_public key;
    uint8_t seed[SEK_SEED_SIZE];
    memset(seed, (int)which, sizeof seed);
    sek_ed25519_public_key(key.bytes, seed);
    sek_hex_encode(key.hex, key.bytes, sizeof key.bytes);
    return key;
}

UNUSED static int64_t time_of(const char *text) {
    int64_t seconds = 0;
    assert_true(sek_time_parse(sek_text(text), &seconds));
    return seconds;
}

/* What an envelope is made of; NULL and 0 stand for the usual value. */
struct recipe {
    const char *policy_id;    /* policy_xyz */
    const char *workspace_id; /* ws_abc123 */
    const char *version;      /* 1 */
    const char *status;       /* active */
    const char *content;      /* {} */
    enum fixture_key key;     /* KEY_A */
};

/* The text of a signed envelope, in arena. */
UNUSED static struct sekuire_text make_envelope(struct sek_arena *arena, struct recipe recipe) {
    struct sek_buffer message;
    const struct sek_node *content = NULL;
    struct sekuire_error err = {0};
    char hash[SEK_HASH_TEXT];
    char signature_hex[2 * SEK_SIGNATURE_SIZE + 1];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    uint8_t seed[SEK_SEED_SIZE];
    enum fixture_key key = recipe.key != 0 ? recipe.key : KEY_A;
    const char *id = recipe.policy_id != NULL ? recipe.policy_id : "policy_xyz";
    const char *version = recipe.version != NULL ? recipe.version : "1";
    const char *text = recipe.content != NULL ? recipe.content : "{}";
    if (sek_json_parse(arena, sek_text(text), &content, &err) != 0) fail_msg("%s: %s", text, err.message);
    assert_int_equal(sek_canonical_hash(hash, content, &err), 0);
    sek_buffer_init(&message, 4096);
    sek_signed_message(&message, sek_text(id), sek_text(version), sek_text(hash));
    memset(seed, (int)key, sizeof seed);
    sek_ed25519_sign(signature, seed, message.data, message.size);
    sek_hex_encode(signature_hex, signature, sizeof signature);
    sek_buffer_clear(&message);
    char *envelope = sek_arena_format(
        arena,
        "{\"policy_id\":\"%s\",\"workspace_id\":\"%s\",\"version\":\"%s\",\"status\":\"%s\",\"hash\":\"%s\",\"content\":%s,"
        "\"signature\":\"%s\",\"signing_key_id\":\"key_1\",\"signing_public_key\":\"%s\"}",
        id, recipe.workspace_id != NULL ? recipe.workspace_id : "ws_abc123", version,
        recipe.status != NULL ? recipe.status : "active", hash, text, signature_hex, public_of(key).hex);
    assert_non_null(envelope);
    return sek_text(envelope);
}

/* The same, parsed and verified. */
UNUSED static const struct sek_verified *make_verified(struct sek_arena *arena, struct recipe recipe) {
    struct sek_envelope *envelope = sek_arena_alloc(arena, sizeof *envelope);
    const struct sek_verified *verified = NULL;
    struct sekuire_error err = {0};
    assert_non_null(envelope);
    if (sek_envelope_parse(arena, make_envelope(arena, recipe), envelope, &err) != 0) fail_msg("parse: %s", err.message);
    if (sek_verify(envelope, arena, &verified, &err) != 0) fail_msg("verify: %s", err.message);
    return verified;
}

/* A whole file, in arena. */
UNUSED static struct sekuire_text read_vector(struct sek_arena *arena, const char *folder, const char *name) {
    char *path = sek_arena_format(arena, "%s/%s", folder, name);
    assert_non_null(path);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) fail_msg("cannot read %s", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *bytes = sek_arena_alloc(arena, (size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    fclose(file);
    return (struct sekuire_text){bytes, (size_t)size};
}

#define ENVELOPES TEST_VECTORS "/envelopes"

UNUSED static json_t *load_manifest(void) {
    json_error_t error;
    json_t *manifest = json_load_file(ENVELOPES "/manifest.json", 0, &error);
    if (manifest == NULL) fail_msg("manifest.json: %s", error.text);
    assert_int_equal(json_array_size(json_object_get(manifest, "files")), 103);
    assert_int_equal(json_integer_value(json_object_get(manifest, "count")), 103);
    return manifest;
}

UNUSED static const char *member_string(const json_t *object, const char *key) {
    const char *string = json_string_value(json_object_get(object, key));
    assert_non_null(string);
    return string;
}

#endif
