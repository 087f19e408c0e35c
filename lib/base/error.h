/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in struct sekuire_error, and the table status -> word -> exit code -> HTTP status. For every layer. */
#ifndef SEK_BASE_ERROR_H
#define SEK_BASE_ERROR_H

#include <sekuire/error.h>

/* Fills *err (NULL is allowed) without a position and returns status, so that `return sek_fail(...)` reads well. The
 * message is cut at SEKUIRE_MESSAGE_MAX bytes on a character boundary; control characters in it (sek_utf8_is_control)
 * are written as \u00xx, so foreign text may be passed with %s or %.*s. */
int sek_fail(struct sekuire_error *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with a position. */
int sek_fail_at(struct sekuire_error *err, int status, uint32_t line, uint32_t column, uint64_t offset,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* SEKUIRE_ERR_MEMORY with its one message. */
int sek_fail_memory(struct sekuire_error *err);

/* Puts "prefix: " in front of the message in *err, in place; returns err->status. */
int sek_fail_prefix(struct sekuire_error *err, const char *prefix);

/* The exit code (cli.md 1) and the HTTP status (http.md) of a status. */
int sek_status_exit_code(int status);
int sek_status_http(int status);

/* The status whose word is `word`, or 0 if there is none: to read the server's errors. */
int sek_status_from_word(struct sekuire_text word);

#endif
