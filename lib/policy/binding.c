/* SPDX-License-Identifier: Apache-2.0 */
/* binding: what ties a policy to a workspace, an order, a time and the keys that may sign the next one. */
#include <stdio.h>

#include "base/error.h"
#include "base/hex.h"
#include "base/time-text.h"
#include "policy/ids.h"
#include "policy/rules-internal.h"

#define RULE "policy.binding"

static void read_workspace(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                           struct sek_binding *binding) {
    if (node->kind != SEK_STRING) sek_problem_type(problems, RULE, node, pointer, "a string");
    else if (!sek_id_valid(node->text)) sek_problem(problems, RULE, node, pointer, "%s is not a valid id", pointer);
    else binding->workspace_id = node->text;
}

static void read_sequence(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                          struct sek_binding *binding) {
    if (!sek_node_u64(node, &binding->sequence))
        sek_problem(problems, RULE, node, pointer, "%s must be an integer from 0 to %llu", pointer,
                    (unsigned long long)UINT64_MAX);
    else binding->has_sequence = true;
}

static void read_time(struct sek_problems *problems, const struct sek_node *node, const char *pointer, bool *ret_has,
                      int64_t *ret_time) {
    if (node->kind != SEK_STRING) sek_problem_type(problems, RULE, node, pointer, "a string");
    else if (!sek_time_parse(node->text, ret_time))
        sek_problem(problems, RULE, node, pointer, "%s is not an RFC 3339 time", pointer);
    else *ret_has = true;
}

/* A start within a second is the next one: times here are whole seconds, and nothing begins early. */
static void read_start(struct sek_problems *problems, const struct sek_node *node, const char *path, struct sek_binding *binding) {
    read_time(problems, node, path, &binding->has_not_before, &binding->not_before);
    if (!binding->has_not_before) return;
    const char *dot = memchr(node->text.data, '.', node->text.size);
    const char *end = node->text.data + node->text.size;
    while (dot != NULL && ++dot < end && *dot >= '0' && *dot <= '9') {
        if (*dot == '0') continue;
        binding->not_before++;
        return;
    }
}

/* Is the newest key one of those before it? */
static bool is_repeated(const struct sek_binding *binding) {
    size_t newest = binding->signing_key_count;
    for (size_t i = 0; i < newest; i++)
        if (memcmp(binding->signing_keys[i], binding->signing_keys[newest], SEK_PUBLIC_KEY_SIZE) == 0) return true;
    return false;
}

static void read_keys(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                      struct sek_binding *binding) {
    size_t index = 0;
    if (node->kind != SEK_ARRAY) {
        sek_problem_type(problems, RULE, node, pointer, "an array");
        return;
    }
    if (node->count < 1 || node->count > SEK_LIMIT_SIGNING_KEYS) {
        sek_problem(problems, RULE, node, pointer, "%s must hold 1 to %u keys", pointer, SEK_LIMIT_SIGNING_KEYS);
        return;
    }
    for (SEK_EACH(child, node)) {
        char where[64];
        snprintf(where, sizeof where, "%s/%zu", pointer, index++);
        uint8_t *key = binding->signing_keys[binding->signing_key_count];
        if (child->kind != SEK_STRING) sek_problem_type(problems, RULE, child, where, "a string");
        else if (!sek_hex_decode(key, SEK_PUBLIC_KEY_SIZE, child->text))
            sek_problem(problems, RULE, child, where, "%s is not 64 hex digits", where);
        else if (!sek_ed25519_public_key_valid(key))
            sek_problem(problems, RULE, child, where, "%s is not a valid Ed25519 key", where);
        else if (is_repeated(binding)) sek_problem(problems, RULE, child, where, "%s repeats a key", where);
        else binding->signing_key_count++;
    }
}

/* Dispatches on the name, which is known. */
static void read_member(struct sek_problems *problems, const char *path, const struct sek_node *node, struct sek_binding *ret) {
    if (sek_text_is(node->key, "workspace_id")) read_workspace(problems, node, path, ret);
    else if (sek_text_is(node->key, "sequence")) read_sequence(problems, node, path, ret);
    else if (sek_text_is(node->key, "not_before")) read_start(problems, node, path, ret);
    else if (sek_text_is(node->key, "expires_at")) read_time(problems, node, path, &ret->has_expires_at, &ret->expires_at);
    else read_keys(problems, node, path, ret);
}

void sek_binding_read_section(struct sek_problems *problems, const struct sek_node *node, struct sek_binding *ret) {
    struct sek_binding binding = {.present = true};
    if (node->kind != SEK_OBJECT) {
        sek_problem_type(problems, RULE, node, "/binding", "an object");
        return;
    }
    for (SEK_EACH(member, node)) {
        const struct sek_key *key = sek_key_find("/binding", member->key);
        if (key != NULL) read_member(problems, key->path, member, &binding);
        else if (!sek_key_is_comment(member->key)) sek_problem_unknown(problems, "/binding", "/binding", member);
    }
    const struct sek_node *keys = sek_node_get(node, "signing_keys");
    if (keys != NULL && (sek_node_get(node, "workspace_id") == NULL || sek_node_get(node, "sequence") == NULL))
        sek_problem(problems, RULE, keys, "/binding/signing_keys", "%s",
                    "/binding/signing_keys needs workspace_id and sequence beside it");
    if (binding.has_not_before && binding.has_expires_at && binding.not_before >= binding.expires_at)
        sek_problem(problems, RULE, sek_node_get(node, "expires_at"), "/binding/expires_at", "%s",
                    "/binding/expires_at is not after not_before");
    *ret = binding;
}

int sek_binding_read(const struct sek_node *content, struct sek_binding *ret, struct sekuire_error *err) {
    struct sek_problems problems = {0};
    struct sek_binding binding = {0};
    const struct sek_node *node = sek_node_get(content, "binding");
    if (node != NULL) sek_binding_read_section(&problems, node, &binding);
    if (problems.count > 0) {
        if (err != NULL) *err = problems.first;
        return problems.first.status;
    }
    *ret = binding;
    return 0;
}
