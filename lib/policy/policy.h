/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct sekuire_policy, for the stages after this one (decide/) and for our own programs. */
#ifndef SEK_POLICY_POLICY_H
#define SEK_POLICY_POLICY_H

#include <sekuire/policy.h>

#include "policy/accept.h"

/* Wraps bytes that are copied into it; as sekuire_policy_parse. */
const struct sek_node *sek_policy_content(const struct sekuire_policy *policy);
/* NULL for a bare content. */
const struct sek_envelope *sek_policy_envelope(const struct sekuire_policy *policy);
const struct sek_verified *sek_policy_verified(const struct sekuire_policy *policy);
const struct sek_accepted *sek_policy_accepted(const struct sekuire_policy *policy);
/* As sekuire_policy_accept, with all that a trust store knows: the policy becomes accepted. No check is judged where the policy
 * does not verify. */
int sek_policy_accept(struct sekuire_policy *policy, const struct sek_accept_request *request, struct sek_check_result *checks,
                      struct sekuire_error *err);

#endif
