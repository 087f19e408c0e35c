/* SPDX-License-Identifier: Apache-2.0 */
/* A capped, growing byte buffer. Appending after a failure is a no-op, so a writer checks once at its end. */
#ifndef SEK_BASE_BUFFER_H
#define SEK_BASE_BUFFER_H

#include <sekuire/error.h>

#include <stdbool.h>

struct sek_buffer {
    char *data; /* NUL-terminated once anything was appended */
    size_t size;
    size_t capacity;
    size_t limit;
    int status; /* 0, SEKUIRE_ERR_TOO_LARGE or SEKUIRE_ERR_MEMORY: the first failure */
    bool secret; /* the bytes are in locked memory, and wiped wherever they leave it */
};

/* Cannot fail. limit is the most bytes that the buffer may hold. */
void sek_buffer_init(struct sek_buffer *buffer, size_t limit);
/* The same for secrets: the bytes stand in memory that is locked, left out of core dumps and wiped, also when the buffer grows. */
void sek_buffer_init_secret(struct sek_buffer *buffer, size_t limit);
/* Frees and re-initialises, of the same kind and limit. NULL is fine. */
void sek_buffer_clear(struct sek_buffer *buffer);
/* The same, but wipes the bytes first: for what may hold a secret and is not of the secret kind (growing leaves copies behind). */
void sek_buffer_wipe(struct sek_buffer *buffer);
void sek_buffer_append(struct sek_buffer *buffer, const void *data, size_t size);
void sek_buffer_text(struct sek_buffer *buffer, struct sekuire_text text);
void sek_buffer_string(struct sek_buffer *buffer, const char *string);
void sek_buffer_byte(struct sek_buffer *buffer, char byte);
void sek_buffer_format(struct sek_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for size more bytes without moving. */
void sek_buffer_reserve(struct sek_buffer *buffer, size_t size);
/* The first failure as an error value, or 0. */
int sek_buffer_check(const struct sek_buffer *buffer, struct sekuire_error *err);
/* Borrowed view of what is there. */
struct sekuire_text sek_buffer_view(const struct sek_buffer *buffer);
/* Hands over the bytes (free with sek_free; "" when empty) and empties the buffer; NULL when memory was short, and from a secret buffer,
 * whose bytes stay where they are. */
char *sek_buffer_take(struct sek_buffer *buffer, size_t *ret_size);

#endif
