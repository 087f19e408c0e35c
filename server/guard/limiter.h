/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks too often. Token buckets for addresses and for API keys, and growing penalties for addresses whose keys are wrong. Tables
 * are of a fixed size: the one that was heard of least recently makes room. Everything here is thread-safe. */
#ifndef SEKUIRED_LIMITER_H
#define SEKUIRED_LIMITER_H

#include <sekuire/error.h>

#include <stdbool.h>

enum { LIMITER_KEY = 16 };

struct limiter_rates {
    unsigned address_rate, address_burst; /* requests a second, and at once; rate 0: no limit */
    unsigned key_rate, key_burst;
    unsigned failed_keys; /* wrong keys of one address at once, of which some come back every second; 0: no limit */
};

struct limiter;

int limiter_new(const struct limiter_rates *rates, struct limiter **ret, struct sekuire_error *err);
void limiter_free(struct limiter *limiter);

/* One more request. 0, or in how many seconds it may be tried again. */
unsigned limiter_address(struct limiter *limiter, const uint8_t address[LIMITER_KEY], int64_t now_ms);
unsigned limiter_key(struct limiter *limiter, const uint8_t key[LIMITER_KEY], int64_t now_ms);

/* May a key from this address be looked at? 0, or in how many seconds. Keys that were accepted lately always may. */
unsigned limiter_may_try(struct limiter *limiter, const uint8_t address[LIMITER_KEY], const uint8_t key[LIMITER_KEY], int64_t now_ms);
/* It was accepted, it was not. */
void limiter_key_accepted(struct limiter *limiter, const uint8_t key[LIMITER_KEY], int64_t now_ms);
void limiter_key_failed(struct limiter *limiter, const uint8_t address[LIMITER_KEY], int64_t now_ms);

#endif
