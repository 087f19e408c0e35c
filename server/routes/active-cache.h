/* SPDX-License-Identifier: Apache-2.0 */
/* The active policies in memory, as the bytes that are served, and compiled. */
#ifndef SEKUIRED_ACTIVE_CACHE_H
#define SEKUIRED_ACTIVE_CACHE_H

#include "server/store/store.h"

#include <sekuire/decide.h>

/* One served policy: immutable, freed with its last reference. */
struct active_policy {
    struct sekuire_text bytes;
    char etag[STORE_HEX + 2]; /* with its quotes */
    struct sekuire_engine *engine; /* made once; NULL: what is stored does not verify or compile, which is in the log */
};
void active_policy_release(void *policy);

struct active_cache;

/* Loads every workspace. */
int active_cache_new(struct store *store, struct active_cache **ret, struct sekuire_error *err);
void active_cache_free(struct active_cache *cache); /* NULL is fine */
/* Reads a workspace anew: call it after every commit that may have changed its public_read or what it serves. A failure is
 * remembered: the next look-up tries again. */
void active_cache_refresh(struct active_cache *cache, const char *workspace);

struct active_view {
    bool exists;      /* there is such a workspace */
    bool public_read;
    struct active_policy *policy; /* NULL: none is served; else release it */
};
/* Never waits for the database, unless a refresh failed. */
int active_cache_get(struct active_cache *cache, struct sekuire_text workspace, struct active_view *ret, struct sekuire_error *err);

#endif
