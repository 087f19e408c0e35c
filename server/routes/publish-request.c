/* SPDX-License-Identifier: Apache-2.0 */
/* Form and signatures of POST /publish. */
#include "server/routes/publish.h"

#include "agent/identity.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <stdio.h>

enum { REASON_MAX = 1024, MODEL_MAX = 4096, DESCRIPTION_MAX = 4096 };

/* A member that must be an object. */
static int member_object(const struct sek_node *parent, const char *key, const struct sek_node **ret, struct sekuire_error *err) {
    const struct sek_node *member = sek_node_get(parent, key);
    if (member == NULL) return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, parent, "%s is missing", key);
    if (member->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must be an object, not %s", key, sek_kind_name(member->kind));
    *ret = member;
    return 0;
}

/* Text that is kept: within a length, without control characters. */
static int member_text(const struct sek_node *object, const char *key, bool required, size_t least, size_t most,
                       struct sekuire_text *ret, struct sekuire_error *err) {
    struct sekuire_text text;
    int status = member_string(object, key, required, &text, err);
    if (status != 0) return status;
    const struct sek_node *member = sek_node_get(object, key);
    if (text.data != NULL && (text.size < least || text.size > most))
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must have %zu to %zu bytes", key, least, most);
    for (size_t i = 0; i < text.size;) {
        uint32_t code = 0;
        size_t n = sek_utf8_decode(text.data + i, text.size - i, &code);
        if (n == 0 || (sek_utf8_is_control(code) && code != '\n' && code != '\t'))
            return sek_fail_node(err, SEKUIRE_ERR_TYPE, member, "%s must have no control characters", key);
        i += n;
    }
    *ret = text;
    return 0;
}

/* A member of so many hex digits; lower-case ones only, where the text itself is kept. */
static int member_hex(const struct sek_node *object, const char *key, uint8_t *bytes, size_t size, struct sekuire_text *ret,
                      struct sekuire_error *err) {
    struct sekuire_text text;
    int status = member_string(object, key, true, &text, err);
    if (status != 0) return status;
    bool good = sek_hex_decode(bytes, size, text);
    for (size_t i = 0; ret != NULL && good && i < text.size; i++) good = text.data[i] < 'A' || text.data[i] > 'F';
    if (!good)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, sek_node_get(object, key), "%s must be %zu %shex digits", key, 2 * size,
                             ret == NULL ? "" : "lower-case ");
    if (ret != NULL) *ret = text;
    return 0;
}

/* The manifest: what makes the identity, and what is shown of it. */
static int read_manifest(const struct sek_node *body, struct publish *publish, struct sekuire_error *err) {
    const struct sek_node *manifest = NULL, *project = NULL, *identity = NULL;
    uint8_t hash[SEK_HASH_SIZE];
    int status = member_object(body, "manifest", &manifest, err);
    if (status == 0) status = member_object(manifest, "project", &project, err);
    if (status == 0) status = member_object(manifest, "identity", &identity, err);
    if (status == 0) status = member_text(project, "name", true, 1, SEK_LIMIT_NAME, &publish->name, err);
    if (status == 0) status = member_text(project, "version", true, 0, SEK_LIMIT_NAME, &publish->version, err);
    if (status == 0) status = member_text(project, "description", false, 0, DESCRIPTION_MAX, &publish->description, err);
    if (status == 0) status = member_text(identity, "model", true, 0, MODEL_MAX, &publish->model, err);
    if (status == 0) status = member_hex(identity, "system_prompt_hash", hash, sizeof hash, &publish->prompt_hash, err);
    if (status == 0) status = member_hex(identity, "tools_hash", hash, sizeof hash, &publish->tools_hash, err);
    if (status == 0) publish->model_node = sek_node_get(identity, "model");
    return status;
}

/* What our own client adds. */
static int read_declared(struct exchange *x, const struct sek_node *body, struct publish *publish, struct sekuire_error *err) {
    struct sekuire_text tools;
    const struct sek_node *declared = sek_node_get(body, "declared");
    if (declared == NULL || declared->kind == SEK_NULL)
        return sek_declaration_from_model(&x->arena, publish->model_node, &publish->declaration, err);
    int status = member_object(body, "declared", &publish->declared, err);
    if (status == 0) status = member_string(declared, "tools", true, &tools, err);
    if (status == 0) status = member_hex(body, "declared_signature", publish->declared_signature, SEK_SIGNATURE_SIZE, NULL, err);
    if (status != 0) return status;
    status = sek_json_parse(&x->arena, tools, &publish->tools, err);
    if (status != 0) {
        sek_fail_prefix(err, "declared.tools");
        return status;
    }
    return sek_declaration_from_json(&x->arena, declared, publish->tools, &publish->declaration, err);
}

/* Reads the whole form. */
static int read_form(struct exchange *x, const struct sek_node *body, struct publish *publish, struct sekuire_error *err) {
    uint8_t id[SEK_HASH_SIZE];
    bool present = false;
    int status = read_manifest(body, publish, err);
    if (status == 0) status = member_hex(body, "sekuire_id", id, sizeof id, &publish->sekuire_id, err);
    if (status == 0) status = member_hex(body, "signature", publish->signature, sizeof publish->signature, NULL, err);
    if (status == 0) status = member_hex(body, "public_key", publish->key, sizeof publish->key, NULL, err);
    if (status == 0) status = member_string(body, "workspace_id", false, &publish->workspace, err);
    if (status == 0) status = member_bool(body, "force", &present, &publish->force, err);
    if (status == 0) status = member_text(body, "reason", false, 0, REASON_MAX, &publish->reason, err);
    if (status == 0) status = read_declared(x, body, publish, err);
    if (status == 0) sek_hex_encode(publish->public_key, publish->key, sizeof publish->key);
    return status;
}

int publish_read(struct exchange *x, struct publish *ret, struct sekuire_error *err) {
    struct publish publish = {.force = false};
    const struct sek_node *body = NULL;
    int status = exchange_body(x, NULL, &body, err);
    if (status != 0) return status;
    if (sek_node_get(body, "manifest") == NULL && sek_node_get(body, "repository_url") != NULL)
        return sek_fail(err, SEKUIRE_ERR_CONTENT,
                        "this is the body of `sekuire publish`, without manifest and signature: this server takes agents by `sekuire push`");
    status = read_form(x, body, &publish, err);
    if (status != 0) {
        if (sek_status_http(status) == 422) x->http_status = 400;
        return status;
    }
    *ret = publish;
    return 0;
}

/* A member of declared that must be equal to what the request says. */
static int check_equal(const struct publish *publish, const char *key, struct sekuire_text want, int fault, struct sekuire_error *err) {
    const struct sek_node *member = sek_node_get(publish->declared, key);
    if (member != NULL && member->kind == SEK_STRING && sek_text_equal(member->text, want)) return 0;
    return sek_fail(err, fault, "declared.%s is not the request's", key);
}

/* The signature over `declared`. */
static int check_declared_signature(const struct publish *publish, struct sekuire_error *err) {
    static const char prefix[] = "sekuire-declared-v1:";
    char message[sizeof prefix - 1 + SEK_HASH_TEXT];
    memcpy(message, prefix, sizeof prefix - 1);
    int status = sek_canonical_hash(message + sizeof prefix - 1, publish->declared, err);
    if (status != 0) return status;
    if (!sek_ed25519_verify(publish->key, publish->declared_signature, message, sizeof message - 1))
        return sek_fail(err, SEKUIRE_ERR_SIGNATURE, "declared_signature does not verify");
    return 0;
}

/* All that concerns `declared`. */
static int verify_declared(const struct publish *publish, const char *workspace, struct sekuire_error *err) {
    char tools_hash[SEK_HASH_TEXT];
    int status = check_equal(publish, "workspace_id", sek_text(workspace), SEKUIRE_ERR_WORKSPACE, err);
    if (status == 0) status = check_equal(publish, "sekuire_id", publish->sekuire_id, SEKUIRE_ERR_ID, err);
    if (status == 0) status = check_equal(publish, "name", publish->name, SEKUIRE_ERR_CONTENT, err);
    if (status == 0) status = check_equal(publish, "version", publish->version, SEKUIRE_ERR_CONTENT, err);
    if (status == 0 && !sek_declaration_has_model(&publish->declaration, publish->model))
        status = sek_fail(err, SEKUIRE_ERR_CONTENT, "declared.models lacks identity.model");
    if (status == 0) status = sek_canonical_hash(tools_hash, publish->tools, err);
    if (status == 0 && !sek_text_is(publish->tools_hash, tools_hash))
        status = sek_fail(err, SEKUIRE_ERR_HASH, "declared.tools does not have the manifest's tools_hash");
    return status != 0 ? status : check_declared_signature(publish, err);
}

int publish_verify(struct exchange *x, const struct publish *publish, const char *workspace, struct sekuire_error *err) {
    char id[SEK_HASH_TEXT];
    int status = 0;
    sek_identity_from_hashes(publish->model, publish->prompt_hash, publish->tools_hash, id);
    if (!sek_text_is(publish->sekuire_id, id))
        status = sek_fail(err, SEKUIRE_ERR_ID, "sekuire_id is not the one of the manifest's model and hashes");
    else if (!sek_ed25519_public_key_valid(publish->key))
        status = sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "public_key is no Ed25519 key");
    else if (!sek_ed25519_verify(publish->key, publish->signature, id, SEK_HASH_TEXT - 1))
        status = sek_fail(err, SEKUIRE_ERR_SIGNATURE, "the signature does not verify");
    else if (publish->declared != NULL)
        status = verify_declared(publish, workspace, err);
    if (status == SEKUIRE_ERR_ID) x->http_status = 422;
    return status;
}
