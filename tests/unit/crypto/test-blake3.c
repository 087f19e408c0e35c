/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE3: known answers, and the library's SIMD paths against a plain implementation of the paper. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/blake3.h"

enum { CHUNK = 1024, BLOCK = 64, CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8, LONGEST = 140000 };

static const uint32_t iv[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

static uint32_t rotate(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static void mix(uint32_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint32_t x, uint32_t y) {
    v[a] += v[b] + x;
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotate(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 7);
}

/* The paper's compression function, cut to eight words of output. */
static void compress(uint32_t value[8], const uint32_t words[16], uint64_t counter, uint32_t size, uint32_t flags) {
    static const uint8_t order[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    uint32_t v[16];
    uint32_t m[16];
    memcpy(v, value, 32);
    memcpy(v + 8, iv, 16);
    v[12] = (uint32_t)counter;
    v[13] = (uint32_t)(counter >> 32);
    v[14] = size;
    v[15] = flags;
    memcpy(m, words, sizeof m);
    for (int round = 0; round < 7; round++) {
        uint32_t next[16];
        for (unsigned i = 0; i < 4; i++) mix(v, i, 4 + i, 8 + i, 12 + i, m[2 * i], m[2 * i + 1]);
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[8 + 2 * i], m[9 + 2 * i]);
        for (unsigned i = 0; i < 16; i++) next[i] = m[order[i]];
        memcpy(m, next, sizeof m);
    }
    for (unsigned i = 0; i < 8; i++) value[i] = v[i] ^ v[i + 8];
}

static void load_block(uint32_t words[16], const uint8_t *p, size_t size) {
    uint8_t block[BLOCK] = {0};
    if (size > 0) memcpy(block, p, size);
    for (unsigned i = 0; i < 16; i++)
        words[i] = block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
}

/* The chaining value of a chunk (or, with ROOT, the hash). */
static void hash_chunk(uint32_t value[8], const uint8_t *p, size_t size, uint64_t counter, uint32_t root) {
    uint32_t flags = CHUNK_START;
    memcpy(value, iv, sizeof iv);
    for (;;) {
        uint32_t words[16];
        size_t n = size > BLOCK ? BLOCK : size;
        load_block(words, p, n);
        bool last = size <= BLOCK;
        compress(value, words, counter, (uint32_t)n, flags | (last ? CHUNK_END | root : 0));
        if (last) return;
        flags = 0;
        p += n;
        size -= n;
    }
}

/* The same of a subtree: its left side is the largest power of two of chunks that leaves something for the right. */
static void hash_tree(uint32_t value[8], const uint8_t *p, size_t size, uint64_t counter, uint32_t root) {
    uint32_t words[16];
    size_t left = CHUNK;
    if (size <= CHUNK) {
        hash_chunk(value, p, size, counter, root);
        return;
    }
    while (left * 2 < size) left *= 2;
    hash_tree(words, p, left, counter, 0);
    hash_tree(words + 8, p + left, size - left, counter + left / CHUNK, 0);
    memcpy(value, iv, sizeof iv);
    compress(value, words, 0, BLOCK, PARENT | root);
}

static void plain_hash(uint8_t out[SEK_HASH_SIZE], const uint8_t *p, size_t size) {
    uint32_t value[8];
    hash_tree(value, p, size, 0, ROOT);
    for (unsigned i = 0; i < SEK_HASH_SIZE; i++) out[i] = (uint8_t)(value[i / 4] >> 8 * (i % 4));
}

/* The bytes 0, 1, ... 250, 0, ...: the input of the official vectors. */
static uint8_t *pattern(void) {
    uint8_t *bytes = malloc(LONGEST);
    assert_non_null(bytes);
    for (size_t i = 0; i < LONGEST; i++) bytes[i] = (uint8_t)(i % 251);
    return bytes;
}

/* Answers of the Rust implementation, by the Python package blake3 1.0. */
static void known_answers(void **state) {
    (void)state;
    static const struct {
        size_t size;
        const char *hash;
    } answers[] = {
        {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
        {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
        {63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"},
        {64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"},
        {65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"},
        {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
        {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
        {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
        {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
        {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
        {3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"},
        {4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"},
        {5000, "ee78d92070de3df1c57c37002abf0a6b1a6589acdeef4d8ffac7cf3d9e8f2836"},
        {8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63"},
        {16384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4"},
        {16385, "1dabe216be2578830263b049de1639f39f05a4da616b9b78c7a5e4e41662fd1f"},
        {31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"},
        {65536, "68d647e619a930e7b1082f74f334b0c65a315725569bdc123f0ee11881717bfe"},
        {102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"},
    };
    uint8_t *bytes = pattern();
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char hash[SEK_HASH_TEXT];
        sek_blake3_hex(hash, bytes, answers[i].size);
        assert_string_equal(hash, answers[i].hash);
    }
    print_message("blake3 known answers: %zu\n", sizeof answers / sizeof answers[0]);
    free(bytes);
}

static void simd_paths_equal_the_plain_one(void **state) {
    (void)state;
    uint8_t *bytes = pattern();
    size_t cases = 0;
    for (size_t size = 0; size <= LONGEST - 64; size += size < 5200 ? 1 : size / 9 + 1) {
        uint8_t ours[SEK_HASH_SIZE];
        uint8_t plain[SEK_HASH_SIZE];
        sek_blake3(ours, bytes + size % 17, size); /* at any alignment */
        plain_hash(plain, bytes + size % 17, size);
        assert_memory_equal(ours, plain, SEK_HASH_SIZE);
        cases++;
    }
    print_message("blake3 sizes compared: %zu\n", cases);
    free(bytes);
}

static void no_data_may_be_null(void **state) {
    (void)state;
    char hash[SEK_HASH_TEXT];
    sek_blake3_hex(hash, NULL, 0);
    assert_string_equal(hash, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(simd_paths_equal_the_plain_one),
        cmocka_unit_test(no_data_may_be_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
