/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE3-256, by the official C code. */
#include "crypto/blake3.h"

#include <blake3.h>
#include <pthread.h>

#include "base/hex.h"

_Static_assert(SEK_HASH_SIZE == BLAKE3_OUT_LEN, "the size of a hash");

/* Hashes nothing: the first hash chooses the processor's instructions, and older versions do that without a lock. */
static void choose(void) {
    blake3_hasher hasher;
    uint8_t hash[BLAKE3_OUT_LEN];
    blake3_hasher_init(&hasher);
    blake3_hasher_finalize(&hasher, hash, sizeof hash);
}

/* Starts a hash, after one that was made under a lock. */
static void start(blake3_hasher *hasher) {
    static pthread_once_t chosen = PTHREAD_ONCE_INIT;
    pthread_once(&chosen, choose);
    blake3_hasher_init(hasher);
}

void sek_blake3(uint8_t out[SEK_HASH_SIZE], const void *data, size_t size) {
    blake3_hasher hasher;
    start(&hasher);
    if (size > 0) blake3_hasher_update(&hasher, data, size);
    blake3_hasher_finalize(&hasher, out, SEK_HASH_SIZE);
}

void sek_blake3_hex(char out[SEK_HASH_TEXT], const void *data, size_t size) {
    uint8_t hash[SEK_HASH_SIZE];
    sek_blake3(hash, data, size);
    sek_hex_encode(out, hash, sizeof hash);
}

void sek_blake3_hex_parts(char out[SEK_HASH_TEXT], const struct sekuire_text *parts, size_t count) {
    uint8_t hash[SEK_HASH_SIZE];
    blake3_hasher hasher;
    start(&hasher);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0) blake3_hasher_update(&hasher, parts[i].data, parts[i].size);
    blake3_hasher_finalize(&hasher, hash, sizeof hash);
    sek_hex_encode(out, hash, sizeof hash);
}
