/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets in set-associative tables. */
#include "server/guard/limiter.h"

#include "base/alloc.h"
#include "base/error.h"
#include "crypto/ed25519.h"

#include <pthread.h>
#include <string.h>

enum {
    SETS = 2048,
    WAYS = 8,
    MILLI = 1000, /* of a token */
    FAILED_BACK_A_SECOND = 5,
    PENALTY_MAX_SECONDS = 300,
    PENALTY_FORGET_MILLISECONDS = 600000
};

struct bucket {
    uint8_t key[LIMITER_KEY];
    int64_t heard_ms; /* 0: empty */
    int64_t tokens;   /* in thousandths */
    int64_t filled_ms;
    unsigned strikes; /* penalties so far */
    int64_t blocked_until_ms;
};

struct table {
    pthread_mutex_t lock;
    unsigned rate, burst;
    struct bucket buckets[SETS][WAYS];
};

struct limiter {
    uint64_t seed;
    struct table addresses, keys, failures;
};

/* The set of a key: who sends requests must not be able to choose it. */
static size_t set_of(const struct limiter *limiter, const uint8_t key[LIMITER_KEY]) {
    uint64_t hash = limiter->seed;
    for (size_t i = 0; i < LIMITER_KEY; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (size_t)(hash % SETS);
}

/* The bucket of a key, or NULL. The lock is held. */
static struct bucket *find(struct table *table, size_t set, const uint8_t key[LIMITER_KEY]) {
    for (size_t i = 0; i < WAYS; i++) {
        struct bucket *bucket = &table->buckets[set][i];
        if (bucket->heard_ms != 0 && memcmp(bucket->key, key, LIMITER_KEY) == 0) return bucket;
    }
    return NULL;
}

/* The bucket of a key, full if it is new, and filled up to now. The lock is held. */
static struct bucket *at(struct table *table, size_t set, const uint8_t key[LIMITER_KEY], int64_t now_ms) {
    struct bucket *bucket = find(table, set, key);
    int64_t full = (int64_t)table->burst * MILLI;
    if (bucket == NULL) {
        bucket = &table->buckets[set][0];
        for (size_t i = 1; i < WAYS; i++)
            if (table->buckets[set][i].heard_ms < bucket->heard_ms) bucket = &table->buckets[set][i];
        *bucket = (struct bucket){.tokens = full, .filled_ms = now_ms};
        memcpy(bucket->key, key, LIMITER_KEY);
    }
    int64_t rate = table->rate;
    if (rate > 0 && now_ms > bucket->filled_ms) {
        int64_t passed = now_ms - bucket->filled_ms;
        int64_t more = passed > full / rate ? full : passed * rate;
        bucket->tokens = bucket->tokens + more > full ? full : bucket->tokens + more;
        bucket->filled_ms = now_ms;
    }
    bucket->heard_ms = now_ms == 0 ? 1 : now_ms;
    return bucket;
}

/* Takes one token. 0, or the seconds until there is one. */
static unsigned take(struct limiter *limiter, struct table *table, const uint8_t key[LIMITER_KEY], int64_t now_ms) {
    unsigned wait = 0;
    if (table->rate == 0) return 0;
    pthread_mutex_lock(&table->lock);
    struct bucket *bucket = at(table, set_of(limiter, key), key, now_ms);
    if (bucket->tokens >= MILLI)
        bucket->tokens -= MILLI;
    else
        wait = 1 + (unsigned)((MILLI - bucket->tokens) / ((int64_t)table->rate * MILLI));
    pthread_mutex_unlock(&table->lock);
    return wait;
}

/* Sets up one table. */
static void table_init(struct table *table, unsigned rate, unsigned burst) {
    pthread_mutex_init(&table->lock, NULL);
    table->rate = rate;
    table->burst = burst == 0 ? 1 : burst;
}

int limiter_new(const struct limiter_rates *rates, struct limiter **ret, struct sekuire_error *err) {
    struct limiter *limiter = sek_alloc_zero(1, sizeof *limiter);
    if (limiter == NULL) return sek_fail_memory(err);
    sek_random(&limiter->seed, sizeof limiter->seed);
    table_init(&limiter->addresses, rates->address_rate, rates->address_burst);
    table_init(&limiter->keys, rates->key_rate, rates->key_burst);
    table_init(&limiter->failures, rates->failed_keys == 0 ? 0 : FAILED_BACK_A_SECOND, rates->failed_keys);
    *ret = limiter;
    return 0;
}

void limiter_free(struct limiter *limiter) {
    if (limiter == NULL) return;
    pthread_mutex_destroy(&limiter->addresses.lock);
    pthread_mutex_destroy(&limiter->keys.lock);
    pthread_mutex_destroy(&limiter->failures.lock);
    sek_free(limiter);
}

unsigned limiter_address(struct limiter *limiter, const uint8_t address[LIMITER_KEY], int64_t now_ms) {
    return take(limiter, &limiter->addresses, address, now_ms);
}

unsigned limiter_key(struct limiter *limiter, const uint8_t key[LIMITER_KEY], int64_t now_ms) {
    return take(limiter, &limiter->keys, key, now_ms);
}

/* Is the key among those that were accepted lately? */
static bool is_known(struct limiter *limiter, const uint8_t key[LIMITER_KEY]) {
    pthread_mutex_lock(&limiter->keys.lock);
    bool known = find(&limiter->keys, set_of(limiter, key), key) != NULL;
    pthread_mutex_unlock(&limiter->keys.lock);
    return known;
}

unsigned limiter_may_try(struct limiter *limiter, const uint8_t address[LIMITER_KEY], const uint8_t key[LIMITER_KEY], int64_t now_ms) {
    struct table *table = &limiter->failures;
    unsigned wait = 0;
    if (table->rate == 0) return 0;
    pthread_mutex_lock(&table->lock);
    const struct bucket *bucket = find(table, set_of(limiter, address), address);
    if (bucket != NULL && bucket->blocked_until_ms > now_ms) wait = (unsigned)((bucket->blocked_until_ms - now_ms + MILLI - 1) / MILLI);
    pthread_mutex_unlock(&table->lock);
    return wait > 0 && is_known(limiter, key) ? 0 : wait;
}

void limiter_key_accepted(struct limiter *limiter, const uint8_t key[LIMITER_KEY], int64_t now_ms) {
    struct table *table = &limiter->keys;
    pthread_mutex_lock(&table->lock);
    at(table, set_of(limiter, key), key, now_ms);
    pthread_mutex_unlock(&table->lock);
}

void limiter_key_failed(struct limiter *limiter, const uint8_t address[LIMITER_KEY], int64_t now_ms) {
    struct table *table = &limiter->failures;
    if (table->rate == 0) return;
    pthread_mutex_lock(&table->lock);
    struct bucket *bucket = at(table, set_of(limiter, address), address, now_ms);
    if (bucket->strikes > 0 && now_ms - bucket->blocked_until_ms > PENALTY_FORGET_MILLISECONDS) bucket->strikes = 0;
    if (bucket->tokens >= MILLI) {
        bucket->tokens -= MILLI;
    } else if (bucket->blocked_until_ms <= now_ms) {
        unsigned seconds = bucket->strikes >= 9 ? PENALTY_MAX_SECONDS : 1u << bucket->strikes;
        if (seconds > PENALTY_MAX_SECONDS) seconds = PENALTY_MAX_SECONDS;
        bucket->blocked_until_ms = now_ms + (int64_t)seconds * MILLI;
        bucket->filled_ms = bucket->blocked_until_ms;
        bucket->strikes++;
    }
    pthread_mutex_unlock(&table->lock);
}
