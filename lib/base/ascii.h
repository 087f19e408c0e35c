/* SPDX-License-Identifier: Apache-2.0 */
/* ASCII, sixteen bytes at a time. For every layer. */
#ifndef SEK_BASE_ASCII_H
#define SEK_BASE_ASCII_H

#include "base/text.h"

/* Does text hold nothing but the printable characters 20-7E? */
bool sek_ascii_printable(struct sekuire_text text);
/* How many bytes at the beginning of text are ASCII and not DEL: 00-7E. */
size_t sek_ascii_run(struct sekuire_text text);
/* Copies text with A-Z lowered; out has room for text.size bytes and does not overlap text. */
void sek_ascii_lower_copy(char *out, struct sekuire_text text);
/* Is text, of one byte or more, printable ASCII without a backslash, and is each '/' in it followed by something but '/', '.' and the
 * end? Such an absolute path is its own normal form. */
bool sek_ascii_plain_path(struct sekuire_text text);

#endif
