/* SPDX-License-Identifier: Apache-2.0 */
/* Order and activation of policies. */
#ifndef SEKUIRED_POLICY_ORDER_H
#define SEKUIRED_POLICY_ORDER_H

#include "server/routes/policy.h"

/* May this envelope be uploaded, or (activating) become active, after what was there before? Errors: rollback, workspace. */
int policy_order_check(struct store_session *session, struct sekuire_text workspace, const struct sek_envelope *envelope,
                       const struct sek_binding *binding, const char *public_key, bool activating, struct sekuire_error *err);
/* Are the keys of binding.signing_keys (if it has any) registered here and not revoked, and the one that signed among them? Error
 * content. */
int policy_signing_keys_check(struct store_session *session, struct sekuire_text workspace, const struct sek_binding *binding,
                              const char *public_key, struct sekuire_error *err);
/* The audit row of a policy's change. */
int policy_audit(struct exchange *x, struct store_session *session, const char *action, const struct store_policy *row,
                 struct sekuire_error *err);

#endif
