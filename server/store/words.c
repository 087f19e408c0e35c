/* SPDX-License-Identifier: Apache-2.0 */
/* The words for roles and states. */
#include "server/store/store.h"

#include "base/text.h"

static const char *const roles[] = {"none", "reader", "publisher", "policy-admin", "admin"};
static const char *const forces[] = {"never", "policy-admin", "publisher"};
static const char *const statuses[] = {"uploaded", "active", "superseded"};

const char *store_role_word(enum store_role role) { return roles[role]; }

enum store_role store_role_from_word(struct sekuire_text word) {
    for (int i = STORE_READER; i <= STORE_ADMIN; i++)
        if (sek_text_is(word, roles[i])) return (enum store_role)i;
    return STORE_ROLE_NONE;
}

const char *store_force_word(enum store_force force) { return forces[force]; }

bool store_force_from_word(struct sekuire_text word, enum store_force *ret) {
    for (int i = STORE_FORCE_NEVER; i <= STORE_FORCE_PUBLISHER; i++) {
        if (!sek_text_is(word, forces[i])) continue;
        *ret = (enum store_force)i;
        return true;
    }
    return false;
}

const char *store_policy_status_word(enum store_policy_status status) { return statuses[status]; }
