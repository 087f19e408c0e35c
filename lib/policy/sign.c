/* SPDX-License-Identifier: Apache-2.0 */
/* Writing envelopes, and signing them. */
#include "policy/sign.h"

#include "base/error.h"
#include "base/hex.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "crypto/ed25519.h"
#include "policy/verify.h"
#include "tree/json.h"
#include "tree/write.h"

enum { KEY_ID_DIGITS = 16, KEY_ID_SIZE = 4 + KEY_ID_DIGITS + 1, KEY_TEXT = 2 * SEK_PUBLIC_KEY_SIZE + 1 };

/* The members of an envelope in the published order. */
static const char *const member_order[] = {"policy_id",    "workspace_id", "version",    "status",    "hash",
                                           "content",      "activated_at", "updated_at", "signature", "signing_key_id",
                                           "signing_public_key"};
enum { MEMBER_COUNT = sizeof member_order / sizeof member_order[0] };

/* A member that gets a string, or null, instead of what the tree holds. */
struct replacement {
    const char *key;
    const char *string;
};

/* The place of key in member_order, or MEMBER_COUNT. */
static size_t place_of(struct sekuire_text key) {
    size_t i = 0;
    while (i < MEMBER_COUNT && !sek_text_is(key, member_order[i])) i++;
    return i;
}

/* One member: replaced, as it stands in root, or null. */
static void write_member(struct sek_writer *writer, const struct sek_node *root, const char *key,
                         const struct replacement *replacements, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(replacements[i].key, key) != 0) continue;
        sek_write_member(writer, key, replacements[i].string);
        return;
    }
    const struct sek_node *node = sek_node_get(root, key);
    sek_write_key(writer, key);
    if (node == NULL) sek_write_null(writer);
    else sek_write_node(writer, node);
}

/* The members of root in the published order, unknown ones after them. */
static void write_members(struct sek_buffer *out, const struct sek_node *root, const struct replacement *replacements,
                          size_t count) {
    struct sek_writer writer;
    sek_writer_init(&writer, out, true);
    sek_write_object(&writer);
    for (size_t i = 0; i < MEMBER_COUNT; i++) write_member(&writer, root, member_order[i], replacements, count);
    for (SEK_EACH(member, root)) {
        if (place_of(member->key) < MEMBER_COUNT) continue;
        sek_write_key_text(&writer, member->key);
        sek_write_node(&writer, member);
    }
    sek_write_object_end(&writer);
}

void sek_envelope_write(struct sek_buffer *out, const struct sek_node *root, const char *status, const char *activated_at,
                        const char *updated_at) {
    const struct replacement replacements[] = {
        {"status", status}, {"activated_at", activated_at}, {"updated_at", updated_at}};
    write_members(out, root, replacements, sizeof replacements / sizeof replacements[0]);
}

/* Forgets where the nodes below node stood: they were made here, no file has them. */
static void forget_positions(struct sek_node *node) {
    node->at = (struct sek_position){0};
    node->key_at = (struct sek_position){0};
    for (struct sek_node *child = node->first; child != NULL; child = child->next) forget_positions(child);
}

/* The binding of a request as a tree, its text in *text. */
static int make_binding(const struct sek_sign_request *request, struct sek_arena *arena, struct sek_buffer *text,
                        const struct sek_node **ret, struct sekuire_error *err) {
    struct sek_writer writer;
    char key[KEY_TEXT];
    sek_writer_init(&writer, text, false);
    sek_write_object(&writer);
    sek_write_member_text(&writer, "workspace_id", request->workspace_id);
    sek_write_member_u64(&writer, "sequence", request->sequence);
    if (request->has_not_before) {
        sek_write_key(&writer, "not_before");
        sek_write_time(&writer, request->not_before);
    }
    if (request->has_expires_at) {
        sek_write_key(&writer, "expires_at");
        sek_write_time(&writer, request->expires_at);
    }
    if (request->signing_key_count > 0) {
        sek_write_key(&writer, "signing_keys");
        sek_write_array(&writer);
        for (size_t i = 0; i < request->signing_key_count; i++) {
            sek_hex_encode(key, request->signing_keys[i], SEK_PUBLIC_KEY_SIZE);
            sek_write_string(&writer, key);
        }
        sek_write_array_end(&writer);
    }
    sek_write_object_end(&writer);
    int status = sek_buffer_check(text, err);
    return status != 0 ? status : sek_json_parse(arena, sek_buffer_view(text), ret, err);
}

/* The content to sign: a copy of the request's with the binding as its last member. */
static int make_content(const struct sek_sign_request *request, struct sek_arena *arena, struct sek_buffer *text,
                        const struct sek_node **ret, struct sekuire_error *err) {
    const struct sek_node *binding = NULL;
    int status = make_binding(request, arena, text, &binding, err);
    if (status != 0) return status;
    struct sek_node *content = sek_node_copy(arena, request->content, false);
    struct sek_node *member = sek_node_copy(arena, binding, false);
    if (content == NULL || member == NULL) return sek_fail_memory(err);
    forget_positions(member);
    member->key = SEK_TEXT("binding");
    member->parent = content;
    content->count = 0;
    struct sek_node **link = &content->first;
    while (*link != NULL) {
        if (sek_text_is((*link)->key, "binding")) {
            *link = (*link)->next;
            continue;
        }
        (*link)->index = content->count++;
        link = &(*link)->next;
    }
    *link = member;
    member->index = content->count++;
    *ret = content;
    return 0;
}

/* A key id is free text, but it is printed: valid UTF-8 without control characters. */
static bool is_key_id(struct sekuire_text id) {
    uint32_t code = 0;
    if (id.size > SEK_LIMIT_ID || sek_utf8_valid_prefix(id) != id.size) return false;
    while (id.size > 0) {
        size_t size = sek_utf8_decode(id.data, id.size, &code);
        if (sek_utf8_is_control(code)) return false;
        id = (struct sekuire_text){id.data + size, id.size - size};
    }
    return true;
}

/* Everything of a request but its content. */
static int check_words(const struct sek_sign_request *request, struct sekuire_error *err) {
    if (!sek_id_valid(request->policy_id)) return sek_fail(err, SEKUIRE_ERR_ID, "the policy id is not an id");
    if (!sek_id_valid(request->workspace_id)) return sek_fail(err, SEKUIRE_ERR_ID, "the workspace id is not an id");
    if (!sek_version_valid(request->version)) return sek_fail(err, SEKUIRE_ERR_ID, "the version is not a version");
    if (!sek_id_valid(request->status)) return sek_fail(err, SEKUIRE_ERR_ID, "the status is not a word");
    if (!is_key_id(request->signing_key_id)) return sek_fail(err, SEKUIRE_ERR_ID, "the signing key id is not an id");
    if (!sek_ed25519_public_key_valid(request->public_key))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the public key is not an Ed25519 key of prime order");
    return 0;
}

/* Keys that would make a policy that nobody can accept; dates are the rules' to judge. */
static int check_signing_keys(const struct sek_sign_request *request, struct sekuire_error *err) {
    bool named = request->signing_key_count == 0;
    for (size_t i = 0; i < request->signing_key_count; i++)
        if (memcmp(request->signing_keys[i], request->public_key, SEK_PUBLIC_KEY_SIZE) == 0) named = true;
    if (!named) return sek_fail(err, SEKUIRE_ERR_CONTENT, "signing_keys must contain the key that signs the policy");
    return 0;
}

/* The content as the author wrote it: an object, without a binding unless that is dropped. */
static int check_content(const struct sek_sign_request *request, struct sekuire_error *err) {
    const struct sek_node *content = request->content;
    if (content->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONTENT, content, "content is %s, it must be an object", sek_kind_name(content->kind));
    const struct sek_node *binding = sek_node_get(content, "binding");
    if (binding != NULL && !request->drop_binding)
        return sek_fail_node(err, SEKUIRE_ERR_CONTENT, binding, "content has a binding of its own, which signing would replace");
    return 0;
}

/* Rules that compile, no key unknown, and numbers that upstream reads back. */
static int check_rules(struct sek_arena *arena, const struct sek_node *content, struct sekuire_error *err) {
    const struct sek_rules *rules = NULL;
    int status = sek_rules_compile(arena, content, &rules, NULL, err);
    if (status == 0) status = sek_rules_known_keys(content, err);
    if (status == 0) status = sek_numbers_round_trip(content, err);
    return status;
}

/* Writes the envelope; signature is NULL for an unsigned one. */
static void write_envelope(const struct sek_sign_request *request, const struct sek_node *content, const char *hash,
                           const char *signature, struct sek_buffer *out) {
    struct sek_writer writer;
    char key_id[KEY_ID_SIZE] = "key_";
    char key_hash[SEK_HASH_TEXT];
    char key[KEY_TEXT];
    sek_hex_encode(key, request->public_key, SEK_PUBLIC_KEY_SIZE);
    sek_blake3_hex(key_hash, request->public_key, SEK_PUBLIC_KEY_SIZE);
    memcpy(key_id + 4, key_hash, KEY_ID_DIGITS);
    sek_writer_init(&writer, out, true);
    sek_write_object(&writer);
    sek_write_member_text(&writer, "policy_id", request->policy_id);
    sek_write_member_text(&writer, "workspace_id", request->workspace_id);
    sek_write_member_text(&writer, "version", request->version);
    sek_write_member_text(&writer, "status", request->status);
    sek_write_member(&writer, "hash", hash);
    struct sek_buffer pretty;
    sek_buffer_init(&pretty, out->limit);
    sek_pretty_write(&pretty, content, 1, true);
    if (pretty.status != 0 && out->status == 0) out->status = pretty.status;
    sek_write_key(&writer, "content");
    sek_write_raw(&writer, sek_buffer_view(&pretty));
    sek_buffer_clear(&pretty);
    sek_write_member(&writer, "activated_at", NULL);
    sek_write_member(&writer, "updated_at", NULL);
    sek_write_member(&writer, "signature", signature);
    sek_write_member_text(&writer, "signing_key_id",
                          request->signing_key_id.size > 0 ? request->signing_key_id : sek_text(key_id));
    sek_write_member(&writer, "signing_public_key", key);
    sek_write_object_end(&writer);
}

/* Reads back what was written, as a client would, so that nothing leaves here that is refused elsewhere. */
static int check_written(struct sek_arena *arena, struct sekuire_text bytes, bool is_signed, struct sekuire_error *err) {
    struct sek_envelope envelope;
    const struct sek_verified *verified = NULL;
    struct sekuire_error error = {0};
    int status = sek_envelope_parse(arena, bytes, &envelope, &error);
    if (status == 0) status = is_signed ? sek_verify(&envelope, arena, &verified, &error) : sek_verify_hash(&envelope, &error);
    return status == 0 ? 0 : sek_fail(err, status, "the envelope would be refused: %s", error.message);
}

/* Appends what is in text to out. */
static int deliver(const struct sek_buffer *text, struct sek_buffer *out, struct sekuire_error *err) {
    sek_buffer_text(out, sek_buffer_view(text));
    return sek_buffer_check(out, err);
}

/* Signs the three parts of the message, as hex. */
static int sign_message(const struct sek_sign_request *request, const char *hash, char ret[2 * SEK_SIGNATURE_SIZE + 1],
                        struct sekuire_error *err) {
    uint8_t signature[SEK_SIGNATURE_SIZE];
    struct sek_buffer message;
    sek_buffer_init(&message, SEK_LIMIT_ID + SEK_LIMIT_VERSION + SEK_HASH_TEXT + 2);
    sek_signed_message(&message, request->policy_id, request->version, sek_text(hash));
    int status = sek_buffer_check(&message, err);
    if (status == 0) {
        sek_ed25519_sign(signature, request->seed, message.data, message.size);
        sek_hex_encode(ret, signature, sizeof signature);
    }
    sek_buffer_clear(&message);
    return status;
}

/* Everything that can be refused before anything is made. */
static int check_request(const struct sek_sign_request *request, struct sekuire_error *err) {
    int status = check_words(request, err);
    if (status == 0) status = check_content(request, err);
    if (status == 0) status = check_signing_keys(request, err);
    return status;
}

int sek_sign(const struct sek_sign_request *request, struct sek_buffer *out, char hash[65], struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_buffer binding;
    struct sek_buffer text;
    const struct sek_node *content = NULL;
    char digest[SEK_HASH_TEXT];
    char signature[2 * SEK_SIGNATURE_SIZE + 1];
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&binding, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    int status = check_request(request, err);
    if (status != 0) goto out;
    status = make_content(request, &arena, &binding, &content, err);
    if (status != 0) goto out;
    status = check_rules(&arena, content, err);
    if (status != 0) goto out;
    status = sek_canonical_hash(digest, content, err);
    if (status != 0) goto out;
    status = request->seed == NULL ? 0 : sign_message(request, digest, signature, err);
    if (status != 0) goto out;
    write_envelope(request, content, digest, request->seed == NULL ? NULL : signature, &text);
    status = sek_buffer_check(&text, err);
    if (status != 0) goto out;
    status = check_written(&arena, sek_buffer_view(&text), request->seed != NULL, err);
    if (status != 0) goto out;
    status = deliver(&text, out, err);
    if (status == 0) memcpy(hash, digest, sizeof digest);
out:
    sek_buffer_clear(&text);
    sek_buffer_clear(&binding);
    sek_arena_clear(&arena);
    return status;
}

/* The digits of a signature made elsewhere, in lower case. */
static int read_signature(struct sekuire_text hex, char ret[2 * SEK_SIGNATURE_SIZE + 1], struct sekuire_error *err) {
    uint8_t signature[SEK_SIGNATURE_SIZE];
    if (!sek_hex_decode(signature, sizeof signature, hex))
        return sek_fail(err, SEKUIRE_ERR_SIGNATURE, "a signature is 128 hex digits");
    sek_hex_encode(ret, signature, sizeof signature);
    return 0;
}

int sek_sign_attach(struct sekuire_text envelope_bytes, struct sekuire_text signature_hex, struct sek_buffer *out,
                    struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_buffer text;
    struct sek_envelope envelope;
    char signature[2 * SEK_SIGNATURE_SIZE + 1];
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    int status = sek_envelope_parse(&arena, envelope_bytes, &envelope, err);
    if (status != 0) goto out;
    if (envelope.signature.data != NULL) {
        status = sek_fail_node(err, SEKUIRE_ERR_SIGNATURE, sek_node_get(envelope.root, "signature"), "the policy is signed already");
        goto out;
    }
    status = read_signature(signature_hex, signature, err);
    if (status != 0) goto out;
    status = check_rules(&arena, envelope.content, err);
    if (status != 0) goto out;
    const struct replacement replacement = {"signature", signature};
    write_members(&text, envelope.root, &replacement, 1);
    status = sek_buffer_check(&text, err);
    if (status != 0) goto out;
    status = check_written(&arena, sek_buffer_view(&text), true, err);
    if (status != 0) goto out;
    status = deliver(&text, out, err);
out:
    sek_buffer_clear(&text);
    sek_arena_clear(&arena);
    return status;
}
