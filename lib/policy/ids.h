/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and versions. */
#ifndef SEK_POLICY_IDS_H
#define SEK_POLICY_IDS_H

#include "base/limits.h"
#include "base/text.h"

/* [A-Za-z0-9][A-Za-z0-9._-]{0,127} */
bool sek_id_valid(struct sekuire_text id);
/* [0-9A-Za-z][0-9A-Za-z._+-]{0,63} */
bool sek_version_valid(struct sekuire_text version);
/* Compares two versions as semantics 7 says: true, and <0, 0, >0 in *ret_order, if both are dotted decimals or both are the
 * same text; false if they cannot be ordered. */
bool sek_version_compare(struct sekuire_text a, struct sekuire_text b, int *ret_order);

#endif
