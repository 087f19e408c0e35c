/* SPDX-License-Identifier: Apache-2.0 */
/* A policy and how far it has come: read, verified (hash and signature hold), accepted (and it is the right workspace's, by a
 * trusted key, current and in time). */
#ifndef SEKUIRE_POLICY_H
#define SEKUIRE_POLICY_H

#include <sekuire/key.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sekuire_policy_stage { SEKUIRE_POLICY_DRAFT = 0, SEKUIRE_POLICY_VERIFIED = 1, SEKUIRE_POLICY_ACCEPTED = 2 };

/* Holds its own copy of the bytes. Not changed by two threads at once; read by any number. */
struct sekuire_policy;

/* What an embedder knows of a workspace from earlier acceptances: store it after each, hand it back at the next. Zeroed:
 * nothing was accepted yet. */
struct sekuire_floor {
    int has_policy;
    int has_sequence;
    int bound;
    uint64_t sequence;
    char policy_id[129];
    char policy_version[65];
    char hash[65];
    int64_t accepted_at;
};

struct sekuire_acceptance {
    const char *workspace_id;              /* asked for; required */
    const struct sekuire_public_key *keys; /* trusted for that workspace; at least one */
    size_t key_count;
    int64_t now;                       /* Unix seconds */
    const struct sekuire_floor *floor; /* NULL: nothing was accepted yet */
};

/* Reads an envelope, or a bare content object (always a draft). An object with any member of an envelope other than content and
 * version is one, and then must be a whole one. Anything else is a content: the value of its member `content` if it has nothing
 * beside that but version and x- keys, else the object itself. bytes are copied. Errors: syntax, too_large, too_deep,
 * duplicate_key, utf8, number, type, missing_field, id, content, memory. Free *ret with sekuire_policy_free. */
SEKUIRE_API int sekuire_policy_parse(struct sekuire_text bytes, struct sekuire_policy **ret, struct sekuire_error *err);
/* Integrity: hash and signature. Errors: hash, unsigned, signature, key_invalid, content (a bare content), memory. */
SEKUIRE_API int sekuire_policy_verify(struct sekuire_policy *policy, struct sekuire_error *err);
/* Integrity if that was not done, then authority. On success *ret_floor (may be NULL) is what to store. The first check that
 * fails is the error: workspace, status, key_not_pinned (no keys were given), key_changed (it is none of them), rollback,
 * not_yet_valid, expired, content. A policy that was accepted before and fails now is no longer an accepted one. Who trusts by
 * pins reads binding.signing_keys itself: a floor holds no keys. */
SEKUIRE_API int sekuire_policy_accept(struct sekuire_policy *policy, const struct sekuire_acceptance *acceptance,
                                      struct sekuire_floor *ret_floor, struct sekuire_error *err);
SEKUIRE_API enum sekuire_policy_stage sekuire_policy_get_stage(const struct sekuire_policy *policy);
/* Borrowed from the policy; empty where absent, and for a bare content. */
SEKUIRE_API struct sekuire_text sekuire_policy_get_id(const struct sekuire_policy *policy);
SEKUIRE_API struct sekuire_text sekuire_policy_get_workspace_id(const struct sekuire_policy *policy);
SEKUIRE_API struct sekuire_text sekuire_policy_get_version(const struct sekuire_policy *policy);
SEKUIRE_API struct sekuire_text sekuire_policy_get_status(const struct sekuire_policy *policy);
SEKUIRE_API struct sekuire_text sekuire_policy_get_hash(const struct sekuire_policy *policy);
SEKUIRE_API struct sekuire_text sekuire_policy_get_bytes(const struct sekuire_policy *policy);
/* NULL is fine. Engines made from it stay usable. */
SEKUIRE_API void sekuire_policy_free(struct sekuire_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
