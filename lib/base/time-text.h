/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 times as seconds since 1970-01-01T00:00:00Z, in int64_t. */
#ifndef SEK_BASE_TIME_TEXT_H
#define SEK_BASE_TIME_TEXT_H

#include <sekuire/error.h>

#include <stdbool.h>

#define SEK_TIME_TEXT_SIZE 21 /* "9999-12-31T23:59:59Z" and the NUL */

/* Reads RFC 3339: date and time with seconds, optional fraction (cut off), 'Z' or an offset; 'T' and 'Z' in either case;
 * years 0000-9999; second 60 counts as 59. False if it is none; *ret untouched then. */
bool sek_time_parse(struct sekuire_text text, int64_t *ret);
/* Writes YYYY-MM-DDTHH:MM:SSZ; times outside years 0000-9999 are clamped. */
void sek_time_format(char out[SEK_TIME_TEXT_SIZE], int64_t seconds);

#endif
