/* SPDX-License-Identifier: Apache-2.0 */
/* One workspace's entry of trust.json, to and from a state; for trust-store.c. */
#ifndef SEK_CLIENT_TRUST_FILE_H
#define SEK_CLIENT_TRUST_FILE_H

#include "policy/trust.h"
#include "tree/node.h"
#include "tree/write.h"

/* Reads an entry; exists is set. What is absent or null is not known; anything of a wrong form is error config at its place, *ret
 * untouched, for half an entry would be half a rollback check. */
int sek_trust_entry_read(const struct sek_node *node, struct sek_trust_state *ret, struct sekuire_error *err);
/* Writes an entry as an object; members of old (NULL: none) and of its keys that this version does not know come along. */
void sek_trust_entry_write(struct sek_writer *writer, const struct sek_trust_state *state, const struct sek_node *old);

#endif
