/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE3-256 (the BLAKE3 paper, version 20211102), by the official C code. */
#ifndef SEK_CRYPTO_BLAKE3_H
#define SEK_CRYPTO_BLAKE3_H

#include <sekuire/error.h>

#define SEK_HASH_SIZE 32
#define SEK_HASH_TEXT 65 /* 64 lower-case hex digits and the NUL */

void sek_blake3(uint8_t out[SEK_HASH_SIZE], const void *data, size_t size);
/* The same, as lower-case hex. */
void sek_blake3_hex(char out[SEK_HASH_TEXT], const void *data, size_t size);
/* The same, of parts one after the other. */
void sek_blake3_hex_parts(char out[SEK_HASH_TEXT], const struct sekuire_text *parts, size_t count);

#endif
