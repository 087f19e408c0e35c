/* SPDX-License-Identifier: Apache-2.0 */
/* The policy that the outside sees: bytes, and how far they have come. */
#include "policy/policy.h"

#include <sekuire/sekuire.h>

#include "base/alloc.h"
#include "base/error.h"
#include "tree/json.h"

/* The stage is never stored: it follows from what there is. */
struct sekuire_policy {
    struct sek_arena arena;
    struct sekuire_text bytes; /* own copy, in the arena */
    const struct sek_node *content;
    bool has_envelope;
    struct sek_envelope envelope;
    const struct sek_verified *verified;
    const struct sek_accepted *accepted;
};

const char *sekuire_version(void) { return SEKUIRE_VERSION; }

/* Members that a bare content never has; with one of them an object must be a whole envelope. */
static bool is_envelope(const struct sek_node *root) {
    static const char *const marks[] = {"policy_id", "workspace_id", "status",         "hash",              "activated_at",
                                        "updated_at", "signature",   "signing_key_id", "signing_public_key"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (sek_node_get(root, marks[i]) != NULL) return true;
    return false;
}

/* The content of a draft: the member `content` where nothing that could be a rule stands beside it, else root itself. */
static const struct sek_node *draft_content(const struct sek_node *root) {
    const struct sek_node *content = sek_node_get(root, "content");
    if (content == NULL) return root;
    for (SEK_EACH(member, root)) {
        bool beside = sek_text_is(member->key, "version") || sek_text_starts(member->key, SEK_TEXT("x-"));
        if (member != content && !beside) return root;
    }
    return content;
}

/* Reads policy->bytes. */
static int read_bytes(struct sekuire_policy *policy, struct sekuire_error *err) {
    const struct sek_node *root = NULL;
    int status = sek_json_parse(&policy->arena, policy->bytes, &root, err);
    if (status != 0) return status;
    if (root->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, root, "a policy is an object, this is %s", sek_kind_name(root->kind));
    policy->has_envelope = is_envelope(root);
    if (policy->has_envelope) {
        status = sek_envelope_from_tree(policy->bytes, root, &policy->envelope, err);
        if (status == 0) policy->content = policy->envelope.content;
        return status;
    }
    policy->content = draft_content(root);
    if (policy->content->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONTENT, policy->content, "content is %s, it must be an object",
                             sek_kind_name(policy->content->kind));
    return 0;
}

int sekuire_policy_parse(struct sekuire_text bytes, struct sekuire_policy **ret, struct sekuire_error *err) {
    if (bytes.size > SEK_LIMIT_JSON_BYTES)
        return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the policy has more than %u bytes", SEK_LIMIT_JSON_BYTES);
    struct sekuire_policy *policy = sek_alloc_zero(1, sizeof *policy);
    if (policy == NULL) return sek_fail_memory(err);
    sek_arena_init(&policy->arena, SEK_LIMIT_TREE_ARENA + SEK_LIMIT_JSON_BYTES);
    policy->bytes = (struct sekuire_text){sek_arena_copy(&policy->arena, bytes), bytes.size};
    int status = policy->bytes.data == NULL ? sek_fail_memory(err) : read_bytes(policy, err);
    if (status != 0) {
        sekuire_policy_free(policy);
        return status;
    }
    *ret = policy;
    return 0;
}

int sekuire_policy_verify(struct sekuire_policy *policy, struct sekuire_error *err) {
    if (!policy->has_envelope) return sek_fail(err, SEKUIRE_ERR_CONTENT, "a bare content has nothing to verify: no hash, no signature");
    if (policy->verified != NULL) return 0;
    return sek_verify(&policy->envelope, &policy->arena, &policy->verified, err);
}

int sek_policy_accept(struct sekuire_policy *policy, const struct sek_accept_request *request, struct sek_check_result *checks,
                      struct sekuire_error *err) {
    policy->accepted = NULL;
    if (checks != NULL) memset(checks, 0, SEK_CHECK_COUNT * sizeof checks[0]);
    int status = sekuire_policy_verify(policy, err);
    if (status != 0) return status;
    return sek_accept(policy->verified, request, &policy->arena, &policy->accepted, checks, err);
}

/* The trust state that a caller's floor stands for. */
static void state_from_floor(const struct sekuire_floor *floor, struct sek_trust_state *state) {
    *state = (struct sek_trust_state){0};
    if (floor == NULL) return;
    state->exists = floor->has_policy != 0;
    state->bound = floor->bound != 0;
    state->has_policy = floor->has_policy != 0;
    state->has_sequence = floor->has_sequence != 0;
    state->sequence = floor->sequence;
    state->accepted_at = floor->accepted_at;
    memcpy(state->policy_id, floor->policy_id, SEK_LIMIT_ID);
    memcpy(state->policy_version, floor->policy_version, SEK_LIMIT_VERSION);
    memcpy(state->hash, floor->hash, sizeof state->hash - 1);
}

/* What a caller has to store after an acceptance. */
static void floor_from_state(const struct sek_trust_state *state, struct sekuire_floor *floor) {
    *floor = (struct sekuire_floor){.has_policy = state->has_policy,
                                    .has_sequence = state->has_sequence,
                                    .bound = state->bound,
                                    .sequence = state->sequence,
                                    .accepted_at = state->accepted_at};
    memcpy(floor->policy_id, state->policy_id, sizeof floor->policy_id);
    memcpy(floor->policy_version, state->policy_version, sizeof floor->policy_version);
    memcpy(floor->hash, state->hash, sizeof floor->hash);
}

_Static_assert(sizeof(struct sekuire_public_key) == SEK_PUBLIC_KEY_SIZE, "an array of keys is an array of their bytes");
_Static_assert(sizeof((struct sekuire_floor *)0)->policy_id == SEK_LIMIT_ID + 1, "policy_id");
_Static_assert(sizeof((struct sekuire_floor *)0)->policy_version == SEK_LIMIT_VERSION + 1, "policy_version");

int sekuire_policy_accept(struct sekuire_policy *policy, const struct sekuire_acceptance *acceptance,
                          struct sekuire_floor *ret_floor, struct sekuire_error *err) {
    struct sek_trust_state state;
    state_from_floor(acceptance->floor, &state);
    const struct sek_accept_request request = {
        .workspace = sek_text(acceptance->workspace_id),
        .state = &state,
        .given_keys = (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])acceptance->keys,
        .given_count = acceptance->key_count,
        .now = acceptance->now,
    };
    int status = sek_policy_accept(policy, &request, NULL, err);
    if (status == 0 && ret_floor != NULL) floor_from_state(sek_accepted_state(policy->accepted), ret_floor);
    return status;
}

enum sekuire_policy_stage sekuire_policy_get_stage(const struct sekuire_policy *policy) {
    if (policy->accepted != NULL) return SEKUIRE_POLICY_ACCEPTED;
    return policy->verified != NULL ? SEKUIRE_POLICY_VERIFIED : SEKUIRE_POLICY_DRAFT;
}

/* A string of the envelope, "" rather than nothing. */
static struct sekuire_text or_empty(struct sekuire_text text) { return text.data == NULL ? SEK_TEXT("") : text; }

struct sekuire_text sekuire_policy_get_id(const struct sekuire_policy *policy) { return or_empty(policy->envelope.policy_id); }

struct sekuire_text sekuire_policy_get_workspace_id(const struct sekuire_policy *policy) {
    return or_empty(policy->envelope.workspace_id);
}

struct sekuire_text sekuire_policy_get_version(const struct sekuire_policy *policy) { return or_empty(policy->envelope.version); }

struct sekuire_text sekuire_policy_get_status(const struct sekuire_policy *policy) { return or_empty(policy->envelope.status); }

struct sekuire_text sekuire_policy_get_hash(const struct sekuire_policy *policy) { return or_empty(policy->envelope.hash); }

struct sekuire_text sekuire_policy_get_bytes(const struct sekuire_policy *policy) { return policy->bytes; }

void sekuire_policy_free(struct sekuire_policy *policy) {
    if (policy == NULL) return;
    sek_arena_clear(&policy->arena);
    sek_free(policy);
}

const struct sek_node *sek_policy_content(const struct sekuire_policy *policy) { return policy->content; }

const struct sek_envelope *sek_policy_envelope(const struct sekuire_policy *policy) {
    return policy->has_envelope ? &policy->envelope : NULL;
}

const struct sek_verified *sek_policy_verified(const struct sekuire_policy *policy) { return policy->verified; }

const struct sek_accepted *sek_policy_accepted(const struct sekuire_policy *policy) { return policy->accepted; }
