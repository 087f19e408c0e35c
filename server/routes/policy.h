/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of policies share. */
#ifndef SEKUIRED_ROUTE_POLICY_H
#define SEKUIRED_ROUTE_POLICY_H

#include "server/routes/routes.h"

#include "decide/engine.h"
#include "policy/accept.h"
#include "policy/rules.h"
#include "policy/sign.h"
#include "policy/verify.h"

/* Appends an envelope as it is served: the uploaded members, with the server's status and dates. */
int policy_render(const struct store_policy *row, struct sekuire_text uploaded, struct sek_buffer *out, struct sekuire_error *err);
/* An engine from a stored envelope, verified once more: a database is not trusted either. Memory for the while it takes is in arena. */
int policy_engine(struct sek_arena *arena, struct sekuire_text uploaded, struct sekuire_engine **ret, struct sekuire_error *err);
/* One policy as cli.md's row of `policy list`. */
void policy_write(struct sek_writer *writer, const struct store_policy *row);

/* Activates a policy in the running transaction: key, dates, order, then the change and its audit row. *ret_changed is false
 * where it is active already. row is read anew. Errors: key_not_pinned, expired, rollback, workspace, and the store's. */
int policy_activate(struct exchange *x, struct store_session *session, struct store_policy *row, bool *ret_changed,
                    struct sekuire_error *err);
/* The active policy that may be served: not_found where there is none, or its key is revoked. */
int policy_servable(struct store_session *session, struct sekuire_text workspace, struct store_policy *ret, struct sekuire_error *err);

#endif
