/* SPDX-License-Identifier: Apache-2.0 */
/* $XDG_STATE_HOME/sekuire/trust.json (docs/spec/cli.md 4): which keys are trusted for which workspace, and the newest policy accepted
 * there. Members and workspaces that this version does not know are kept. The order of a pull:
 *
 *     sek_trust_open_locked; judge with sek_trust_get; sys_pending_write(out); sek_trust_set; sek_trust_save;
 *     sys_pending_commit(out), or else sek_trust_undo; sek_trust_close
 *
 * Every function that opens: error config for a file that cannot be read or understood (file and position in the message); the file is
 * left alone. */
#ifndef SEK_CLIENT_TRUST_STORE_H
#define SEK_CLIENT_TRUST_STORE_H

#include "base/text.h"
#include "policy/trust.h"

struct sek_trust_store;

/* To look only: creates and locks nothing; a missing file is an empty store. path NULL: the usual place. */
int sek_trust_open_read(const char *path, struct sek_trust_store **ret, struct sekuire_error *err);
/* To change: makes the directory (0700), takes the lock (path.lock), waiting for whoever has it, and reads. Fetch first: nothing is
 * fetched under the lock. */
int sek_trust_open_locked(const char *path, struct sek_trust_store **ret, struct sekuire_error *err);
/* Unlocks and frees, without saving; NULL is fine. */
void sek_trust_close(struct sek_trust_store *store);

/* What is known of a workspace; zeroed (exists false) where nothing is. */
void sek_trust_get(const struct sek_trust_store *store, struct sekuire_text workspace, struct sek_trust_state *ret);
/* Replaces what is known of a workspace, in memory. Unknown members of its entry stay. */
int sek_trust_set(struct sek_trust_store *store, struct sekuire_text workspace, const struct sek_trust_state *state,
                  struct sekuire_error *err);
/* Writes the store (0600, atomically) if anything was set. Only for a locked one. */
int sek_trust_save(struct sek_trust_store *store, struct sekuire_error *err);
/* After a save, also one that failed: puts back the file as it was read, or takes it away where there was none, if it was replaced. */
int sek_trust_undo(struct sek_trust_store *store, struct sekuire_error *err);

/* For sek_accept_request.trusted_elsewhere: context is a struct sek_trust_elsewhere. True if the store trusts key (retired ones do not
 * count) for a workspace other than that one. */
struct sek_trust_elsewhere {
    const struct sek_trust_store *store;
    struct sekuire_text workspace;
};
bool sek_trust_elsewhere(void *context, const uint8_t key[SEK_PUBLIC_KEY_SIZE]);

/* `trust list`: the workspaces in the file's order. */
size_t sek_trust_count(const struct sek_trust_store *store);
struct sekuire_text sek_trust_workspace(const struct sek_trust_store *store, size_t index);

/* The three changes by hand, in memory: save after them. */
/* Trusts key for workspace from now on, taking it out of the retired ones. *ret_changed is false if it was trusted already. Errors:
 * key_invalid, too_large (SEK_LIMIT_SIGNING_KEYS). */
int sek_trust_add(struct sek_trust_store *store, struct sekuire_text workspace, const uint8_t key[SEK_PUBLIC_KEY_SIZE], int64_t now,
                  bool *ret_changed, struct sekuire_error *err);
/* Retires key, or every key where it is NULL; the rollback state stays. *ret_removed: how many were trusted until now. Error
 * not_found if the workspace, or the named key in it, is not there. */
int sek_trust_remove(struct sek_trust_store *store, struct sekuire_text workspace, const uint8_t *key, size_t *ret_removed,
                     struct sekuire_error *err);
/* Drops all that is known of the workspace. Error not_found. */
int sek_trust_forget(struct sek_trust_store *store, struct sekuire_text workspace, struct sekuire_error *err);

#endif
