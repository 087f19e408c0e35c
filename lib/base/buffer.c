/* SPDX-License-Identifier: Apache-2.0 */
/* The capped buffer. */
#include "base/buffer.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

void sek_buffer_init(struct sek_buffer *buffer, size_t limit) { *buffer = (struct sek_buffer){.limit = limit}; }

void sek_buffer_init_secret(struct sek_buffer *buffer, size_t limit) {
    *buffer = (struct sek_buffer){.limit = limit, .secret = true};
}

void sek_buffer_clear(struct sek_buffer *buffer) {
    if (buffer == NULL) return;
    if (buffer->secret) sek_secret_free(buffer->data);
    else sek_free(buffer->data);
    *buffer = (struct sek_buffer){.limit = buffer->limit, .secret = buffer->secret};
}

void sek_buffer_wipe(struct sek_buffer *buffer) {
    if (buffer == NULL) return;
    if (buffer->data != NULL) sodium_memzero(buffer->data, buffer->capacity);
    sek_buffer_clear(buffer);
}

/* Moves the bytes to larger memory of the same kind; NULL, and nothing has changed, where there is none. */
static char *move(struct sek_buffer *buffer, size_t capacity) {
    if (!buffer->secret) return sek_realloc(buffer->data, capacity, 1);
    char *data = sek_secret_alloc(capacity);
    if (data == NULL) return NULL;
    if (buffer->data != NULL) memcpy(data, buffer->data, buffer->size + 1);
    sek_secret_free(buffer->data);
    return data;
}

void sek_buffer_reserve(struct sek_buffer *buffer, size_t size) {
    if (buffer->status != 0) return;
    if (size > buffer->limit - buffer->size) {
        buffer->status = SEKUIRE_ERR_TOO_LARGE;
        return;
    }
    size_t need = buffer->size + size + 1; /* the NUL */
    if (need <= buffer->capacity) return;
    size_t capacity = buffer->capacity < 128 ? 256 : buffer->capacity * 2;
    if (capacity > buffer->limit + 1) capacity = buffer->limit + 1;
    if (capacity < need) capacity = need;
    char *data = move(buffer, capacity);
    if (data == NULL) {
        buffer->status = SEKUIRE_ERR_MEMORY;
        return;
    }
    buffer->data = data;
    buffer->capacity = capacity;
}

void sek_buffer_append(struct sek_buffer *buffer, const void *data, size_t size) {
    sek_buffer_reserve(buffer, size);
    if (buffer->status != 0) return;
    if (size > 0) memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void sek_buffer_text(struct sek_buffer *buffer, struct sekuire_text text) { sek_buffer_append(buffer, text.data, text.size); }

void sek_buffer_string(struct sek_buffer *buffer, const char *string) { sek_buffer_append(buffer, string, strlen(string)); }

void sek_buffer_byte(struct sek_buffer *buffer, char byte) { sek_buffer_append(buffer, &byte, 1); }

void sek_buffer_format(struct sek_buffer *buffer, const char *format, ...) {
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) buffer->status = SEKUIRE_ERR_MEMORY;
    if (n >= 0) sek_buffer_reserve(buffer, (size_t)n);
    if (buffer->status == 0) {
        vsnprintf(buffer->data + buffer->size, (size_t)n + 1, format, again);
        buffer->size += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

int sek_buffer_check(const struct sek_buffer *buffer, struct sekuire_error *err) {
    if (buffer->status == 0) return 0;
    if (buffer->status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
    return sek_fail(err, buffer->status, "more than %zu bytes", buffer->limit);
}

struct sekuire_text sek_buffer_view(const struct sek_buffer *buffer) {
    return (struct sekuire_text){buffer->data == NULL ? "" : buffer->data, buffer->size};
}

char *sek_buffer_take(struct sek_buffer *buffer, size_t *ret_size) {
    if (buffer->secret) return NULL;
    sek_buffer_reserve(buffer, 0);
    if (buffer->status != 0) return NULL;
    char *data = buffer->data;
    data[buffer->size] = '\0';
    if (ret_size != NULL) *ret_size = buffer->size;
    sek_buffer_init(buffer, buffer->limit);
    return data;
}
