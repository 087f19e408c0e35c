/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a well-formed envelope. */
#include "policy/envelope.h"

#include "base/error.h"
#include "tree/json.h"

/* The string member of an object; absent is an error if required, null too. */
static int read_string(const struct sek_node *root, const char *key, bool required, struct sekuire_text *ret,
                       struct sekuire_error *err) {
    const struct sek_node *node = sek_node_get(root, key);
    if (node == NULL && required) return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, root, "the envelope has no %s", key);
    if (node == NULL || (node->kind == SEK_NULL && !required)) {
        *ret = (struct sekuire_text){NULL, 0};
        return 0;
    }
    if (node->kind != SEK_STRING)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, node, "%s is %s, it must be a string", key, sek_kind_name(node->kind));
    *ret = (struct sekuire_text){node->text.data == NULL ? "" : node->text.data, node->text.size};
    return 0;
}

/* Reads every string of the envelope; any key that is no member here is ignored, as upstream does. */
static int read_strings(struct sek_envelope *envelope, struct sekuire_error *err) {
    const struct {
        const char *key;
        bool required;
        struct sekuire_text *text;
    } members[] = {
        {"policy_id", true, &envelope->policy_id},
        {"workspace_id", true, &envelope->workspace_id},
        {"version", true, &envelope->version},
        {"status", true, &envelope->status},
        {"hash", true, &envelope->hash},
        {"activated_at", false, &envelope->activated_at},
        {"updated_at", false, &envelope->updated_at},
        {"signature", false, &envelope->signature},
        {"signing_key_id", false, &envelope->signing_key_id},
        {"signing_public_key", false, &envelope->signing_public_key},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        int status = read_string(envelope->root, members[i].key, members[i].required, members[i].text, err);
        if (status != 0) return status;
    }
    return 0;
}

/* What is signed must be unambiguous, and what is printed harmless: ids and version have narrow alphabets. */
static int check_words(const struct sek_envelope *envelope, struct sekuire_error *err) {
    if (!sek_id_valid(envelope->policy_id))
        return sek_fail_node(err, SEKUIRE_ERR_ID, sek_node_get(envelope->root, "policy_id"), "policy_id is not an id");
    if (!sek_id_valid(envelope->workspace_id))
        return sek_fail_node(err, SEKUIRE_ERR_ID, sek_node_get(envelope->root, "workspace_id"), "workspace_id is not an id");
    if (!sek_version_valid(envelope->version))
        return sek_fail_node(err, SEKUIRE_ERR_ID, sek_node_get(envelope->root, "version"), "version is not a version");
    return 0;
}

int sek_envelope_from_tree(struct sekuire_text bytes, const struct sek_node *root, struct sek_envelope *ret,
                           struct sekuire_error *err) {
    if (root->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, root, "an envelope is an object, this is %s", sek_kind_name(root->kind));
    struct sek_envelope envelope = {.bytes = bytes, .root = root, .content = sek_node_get(root, "content")};
    int status = read_strings(&envelope, err);
    if (status != 0) return status;
    if (envelope.content == NULL)
        return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, root, "the envelope has no content");
    if (envelope.content->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONTENT, envelope.content, "content is %s, it must be an object",
                             sek_kind_name(envelope.content->kind));
    status = check_words(&envelope, err);
    if (status != 0) return status;
    *ret = envelope;
    return 0;
}

int sek_envelope_parse(struct sek_arena *arena, struct sekuire_text bytes, struct sek_envelope *ret, struct sekuire_error *err) {
    const struct sek_node *root = NULL;
    int status = sek_json_parse(arena, bytes, &root, err);
    return status != 0 ? status : sek_envelope_from_tree(bytes, root, ret, err);
}
