/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: shortest form, no surrogates, at most U+10FFFF. */
#ifndef SEK_BASE_UTF8_H
#define SEK_BASE_UTF8_H

#include <sekuire/error.h>

#include <stdbool.h>

/* The length (1-4) of the valid sequence at p, its code point in *ret_code; 0 if there is none within size bytes. */
size_t sek_utf8_decode(const char *p, size_t size, uint32_t *ret_code);
/* Writes the sequence for a code point (not a surrogate, <= 0x10FFFF) to out and returns its length. */
size_t sek_utf8_encode(char out[4], uint32_t code);
/* The number of leading bytes that are valid UTF-8: text.size if all are. */
size_t sek_utf8_valid_prefix(struct sekuire_text text);
/* Unicode White_Space removed at both ends (Rust's str::trim). text must be valid UTF-8. */
struct sekuire_text sek_utf8_trim(struct sekuire_text text);
/* The longest start of valid UTF-8 that has at most size bytes and ends with a whole character: for quoting in messages. */
struct sekuire_text sek_utf8_cut(struct sekuire_text text, size_t size);
/* The characters that foreign text may not send to a terminal (cli.md 5): U+0000-001F, 007F-009F, 061C, 200E-200F,
 * 2028-202E, 2066-2069. */
bool sek_utf8_is_control(uint32_t code);
/* Copies text to out (capacity bytes with the NUL), controls as \uXXXX and bytes that are no UTF-8 as \xXX; what does
 * not fit is cut before a character. Returns the bytes written without the NUL. */
size_t sek_utf8_escape(char *out, size_t capacity, struct sekuire_text text);

#endif
