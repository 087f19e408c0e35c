/* SPDX-License-Identifier: Apache-2.0 */
/* The data directory: its lock, its database, the admin's key. */
#ifndef SEKUIRED_INSTALLATION_H
#define SEKUIRED_INSTALLATION_H

#include "server/store/store.h"

struct sys_lock;

struct installation {
    struct sys_lock *lock;
    struct store *store;
};

/* Makes the directory if it is missing, locks it, opens the database, makes the admin's key at the first start. Errors: conflict
 * (another server has it), config, io, no_space, memory. */
int installation_open(const char *directory, struct installation *ret, struct sekuire_error *err);
/* Error config where the directory holds no database: nothing is made there. */
int installation_check(const char *directory, struct sekuire_error *err);
/* Revokes every admin key and writes a new one to admin.key. */
int installation_new_admin_key(const char *directory, struct installation *installation, struct sekuire_error *err);
void installation_close(struct installation *installation);

#endif
