/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 3: authority (docs/spec/semantics.md, section 7). Only accept.c can make a struct sek_accepted. */
#ifndef SEK_POLICY_ACCEPT_H
#define SEK_POLICY_ACCEPT_H

#include "policy/rules.h"
#include "policy/trust.h"
#include "policy/verify.h"

struct sek_accepted; /* body in accept.c */

enum sek_check { /* in the order of judgement */
    SEK_CHECK_WORKSPACE,
    SEK_CHECK_STATUS,
    SEK_CHECK_KEY,
    SEK_CHECK_SEQUENCE,
    SEK_CHECK_TIME,
    SEK_CHECK_COUNT
};

enum sek_key_source { SEK_KEY_NONE = 0, SEK_KEY_PINNED, SEK_KEY_GIVEN, SEK_KEY_FIRST_USE };

struct sek_accept_request {
    struct sekuire_text workspace;       /* asked for; empty is refused */
    const struct sek_trust_state *state; /* what is known of it; never NULL (zeroed: nothing) */
    const uint8_t (*given_keys)[SEK_PUBLIC_KEY_SIZE]; /* --trusted-key */
    size_t given_count;
    bool stored_keys_only; /* the workspace is named by the project's file alone: given keys and first use do not count */
    bool allow_first_use;  /* where nothing is known of the workspace, the key met is pinned */
    bool accept_rollback;
    bool allow_unbound;
    /* Does the store trust this key for another workspace? May be NULL: no. */
    bool (*trusted_elsewhere)(void *context, const uint8_t key[SEK_PUBLIC_KEY_SIZE]);
    void *context;
    int64_t now; /* Unix seconds */
};

struct sek_check_result {
    bool judged;
    int status; /* 0: passed */
    char message[SEKUIRE_MESSAGE_MAX + 1]; /* of a failure */
};

/* Judges a verified envelope. On success *ret is set, and the state to store is sek_accepted_state(*ret). The first check that
 * fails is the error: workspace, status, key_not_pinned, key_changed, rollback, not_yet_valid, expired, content (the binding is
 * malformed, or signing_keys lacks the signing key). checks (SEK_CHECK_COUNT elements, may be NULL) gets every check's verdict,
 * also those after the first that failed, as far as they can be judged. */
int sek_accept(const struct sek_verified *verified, const struct sek_accept_request *request, struct sek_arena *arena,
               const struct sek_accepted **ret, struct sek_check_result *checks, struct sekuire_error *err);

const struct sek_envelope *sek_accepted_envelope(const struct sek_accepted *accepted);
const uint8_t *sek_accepted_key(const struct sek_accepted *accepted);
enum sek_key_source sek_accepted_key_source(const struct sek_accepted *accepted);
/* The state after acceptance: keys pinned or rotated, policy and sequence advanced. Borrowed. */
const struct sek_trust_state *sek_accepted_state(const struct sek_accepted *accepted);
/* Something of the state other than accepted_at changed. */
bool sek_accepted_changed(const struct sek_accepted *accepted);
/* rollback was overridden by accept_rollback. */
bool sek_accepted_rolled_back(const struct sek_accepted *accepted);
/* The clock is more than a day behind the newest acceptance: worth a word, whatever becomes of the policy. */
bool sek_accept_clock_behind(const struct sek_accept_request *request);
bool sek_accepted_clock_behind(const struct sek_accepted *accepted);
const struct sek_binding *sek_accepted_binding(const struct sek_accepted *accepted);

/* The order rule alone (semantics 7, `sequence`), shared with the server: 0, or rollback. */
int sek_order_check(const struct sek_trust_state *state, const struct sek_envelope *envelope, const struct sek_binding *binding,
                    struct sekuire_error *err);

#endif
