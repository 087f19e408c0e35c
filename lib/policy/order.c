/* SPDX-License-Identifier: Apache-2.0 */
/* Which policy may follow which (anti-rollback). */
#include "policy/accept.h"

#include "base/error.h"

/* After a sequence only sequences count: a higher one, or the very same content again. */
static int check_sequence(const struct sek_trust_state *state, const struct sek_envelope *envelope,
                          const struct sek_binding *binding, struct sekuire_error *err) {
    const struct sek_node *at = sek_node_path(envelope->content, "binding", "sequence", NULL);
    unsigned long long seen = state->sequence;
    unsigned long long met = binding->sequence;
    if (!binding->has_sequence)
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, envelope->content,
                             "the policy has no sequence, but sequence %llu was accepted before", seen);
    if (met < seen)
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, at, "sequence %llu is below %llu, which was accepted before", met, seen);
    if (met == seen && !sek_text_is(envelope->hash, state->hash))
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, at, "sequence %llu was accepted before with another content", met);
    return 0;
}

/* Without a sequence so far, versions count; what cannot be ordered needs a first sequence. */
static int check_version(const struct sek_trust_state *state, const struct sek_envelope *envelope, bool first_sequence,
                         struct sekuire_error *err) {
    const struct sek_node *at = sek_node_get(envelope->root, "version");
    int order = 0;
    if (!sek_text_is(envelope->policy_id, state->policy_id)) {
        if (first_sequence) return 0;
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, sek_node_get(envelope->root, "policy_id"),
                             "policy %s was accepted before, and another one needs a sequence to follow it", state->policy_id);
    }
    if (!sek_version_compare(envelope->version, sek_text(state->policy_version), &order)) {
        if (first_sequence) return 0;
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, at, "version %.*s cannot be compared with %s, which was accepted before",
                             SEK_TEXT_ARGS(envelope->version), state->policy_version);
    }
    if (order < 0)
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, at, "version %.*s is below %s, which was accepted before",
                             SEK_TEXT_ARGS(envelope->version), state->policy_version);
    if (order == 0 && !sek_text_is(envelope->hash, state->hash))
        return sek_fail_node(err, SEKUIRE_ERR_ROLLBACK, at, "version %.*s was accepted before with another content",
                             SEK_TEXT_ARGS(envelope->version));
    return 0;
}

int sek_order_check(const struct sek_trust_state *state, const struct sek_envelope *envelope, const struct sek_binding *binding,
                    struct sekuire_error *err) {
    if (state->has_sequence) return check_sequence(state, envelope, binding, err);
    if (state->has_policy) return check_version(state, envelope, binding->has_sequence, err);
    return 0;
}
