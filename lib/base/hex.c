/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits. */
#include "base/hex.h"

void sek_hex_encode(char *out, const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

/* 0..15, or -1. */
static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool sek_hex_decode(uint8_t *out, size_t size, struct sekuire_text text) {
    if (text.size / 2 != size || text.size % 2 != 0) return false;
    for (size_t i = 0; i < text.size; i++)
        if (digit(text.data[i]) < 0) return false;
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(digit(text.data[2 * i]) << 4 | digit(text.data[2 * i + 1]));
    return true;
}
