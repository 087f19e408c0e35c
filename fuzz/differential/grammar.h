/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts from a grammar, and texts that are nearly JSON. */
#ifndef SEKUIRE_DIFFERENTIAL_GRAMMAR_H
#define SEKUIRE_DIFFERENTIAL_GRAMMAR_H

#include "base/buffer.h"

/* SplitMix64. */
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *random);
/* 0..bound-1 */
unsigned random_below(struct random *random, unsigned bound);

/* Appends one text: by the grammar, and in about half of all cases damaged afterwards. */
void grammar_text(struct random *random, struct sek_buffer *out);

#endif
