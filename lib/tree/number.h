/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers exactly as upstream reads and prints them: tests/vectors/README.md, "Numbers, exactly". */
#ifndef SEK_TREE_NUMBER_H
#define SEK_TREE_NUMBER_H

#include "base/buffer.h"

/* True if text is a JSON number literal (RFC 8259 section 6), whole. */
bool sek_number_is_literal(struct sekuire_text text);
/* False if upstream refuses the literal ("number out of range"). */
bool sek_number_in_range(struct sekuire_text literal);
/* Appends the canonical form of a literal that is in range. */
void sek_number_canonical(struct sek_buffer *out, struct sekuire_text literal);
/* True if upstream, reading the canonical form again, prints the same (so it accepts the file it has written). */
bool sek_number_round_trips(struct sekuire_text literal);

#endif
