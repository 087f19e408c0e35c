/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets share. A target runs one input, which it must neither keep nor change, and stops the program where a property
 * does not hold. The same sources run under libFuzzer and, over corpus/, under replay.c. */
#ifndef SEKUIRE_FUZZ_H
#define SEKUIRE_FUZZ_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define REQUIRE(condition)                                                                          \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                                \
        }                                                                                           \
    } while (0)

static inline struct sekuire_text fuzz_text(const uint8_t *data, size_t size) {
    return (struct sekuire_text){(const char *)data, size};
}

/* What precedes the first `end` in *rest, which moves behind it; all of it where there is none. */
static inline struct sekuire_text fuzz_cut(struct sekuire_text *rest, char end) {
    const char *at = rest->size == 0 ? NULL : memchr(rest->data, end, rest->size);
    struct sekuire_text part = *rest;
    if (at == NULL) {
        *rest = (struct sekuire_text){NULL, 0};
        return part;
    }
    part.size = (size_t)(at - rest->data);
    *rest = (struct sekuire_text){at + 1, rest->size - part.size - 1};
    return part;
}

/* Is text printable ASCII? */
static inline bool fuzz_plain(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) return false;
    return true;
}

/* A failure tells itself: the status that was returned, one line of clean text, a place inside the input. */
static inline void fuzz_error_sound(int status, const struct sekuire_error *err, size_t size) {
    struct sekuire_text rest = sek_text(err->message);
    REQUIRE(status < 0 && err->status == status && strcmp(sekuire_status_word(status), "ok") != 0);
    REQUIRE(rest.size > 0 && rest.size <= SEKUIRE_MESSAGE_MAX);
    while (rest.size > 0) {
        uint32_t code = 0;
        size_t n = sek_utf8_decode(rest.data, rest.size, &code);
        REQUIRE(n > 0 && !sek_utf8_is_control(code));
        rest = (struct sekuire_text){rest.data + n, rest.size - n};
    }
    REQUIRE(err->offset <= size && (err->line == 0) == (err->column == 0) && err->line <= size + 1 && err->column <= size + 1);
}

#endif
