/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: reader < publisher < policy-admin < admin; an admin in every workspace, the others in their own. */
#include "server/guard/guard.h"

#include "base/error.h"

int guard_authorise(const struct guard_identity *identity, const char *workspace, enum store_role least, struct sekuire_error *err) {
    if (!identity->present) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, "an API key is needed");
    if (workspace != NULL && identity->role != STORE_ADMIN && strcmp(identity->workspace_id, workspace) != 0)
        return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    if (identity->role < least)
        return sek_fail(err, SEKUIRE_ERR_FORBIDDEN, "the role %s may not do this; it takes %s", store_role_word(identity->role),
                        store_role_word(least));
    return 0;
}
