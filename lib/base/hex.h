/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits. Not constant-time: secrets go through crypto/. */
#ifndef SEK_BASE_HEX_H
#define SEK_BASE_HEX_H

#include <sekuire/error.h>

#include <stdbool.h>

/* Writes 2 * size lower-case digits and a NUL to out. */
void sek_hex_encode(char *out, const uint8_t *bytes, size_t size);
/* True if text is exactly 2 * size digits of either case; then out holds the bytes, else it is untouched. */
bool sek_hex_decode(uint8_t *out, size_t size, struct sekuire_text text);

#endif
