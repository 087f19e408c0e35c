/* SPDX-License-Identifier: Apache-2.0 */
/* Error values and the status table. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct status_row {
    const char *word;
    int exit_code;
    int http;
};

/* Indexed by -status. */
static const struct status_row status_table[] = {
    {"ok", 0, 200},
    {"usage", 2, 400},
    {"syntax", 1, 400},
    {"too_large", 1, 413},
    {"too_deep", 1, 400},
    {"duplicate_key", 1, 400},
    {"utf8", 1, 400},
    {"type", 1, 400},
    {"missing_field", 1, 400},
    {"id", 1, 400},
    {"number", 1, 400},
    {"unknown_key", 1, 400},
    {"content", 1, 422},
    {"hash", 1, 422},
    {"signature", 1, 422},
    {"unsigned", 1, 422},
    {"key_invalid", 1, 422},
    {"key_not_pinned", 1, 422},
    {"key_changed", 1, 422},
    {"workspace", 1, 422},
    {"status", 1, 422},
    {"rollback", 1, 409},
    {"not_yet_valid", 1, 422},
    {"expired", 1, 422},
    {"no_active_policy", 1, 422},
    {"undeclared", 1, 422},
    {"compliance", 1, 422},
    {"weaker", 1, 422},
    {"unauthorized", 1, 401},
    {"forbidden", 1, 403},
    {"not_found", 1, 404},
    {"exists", 1, 409},
    {"conflict", 1, 409},
    {"rate_limited", 3, 429},
    {"method", 1, 405},
    {"media_type", 1, 415},
    {"network", 3, 502},
    {"timeout", 3, 504},
    {"tls", 3, 502},
    {"redirect", 3, 502},
    {"body", 3, 502},
    {"server", 3, 500},
    {"io", 3, 500},
    {"no_space", 3, 507},
    {"config", 3, 500},
    {"memory", 3, 503},
};

enum { STATUS_COUNT = sizeof status_table / sizeof status_table[0] };
_Static_assert(STATUS_COUNT == -SEKUIRE_ERR_MEMORY + 1, "one row per status");

/* The table's row for a status; an unknown one is treated as the last, `memory`. */
static const struct status_row *row_of(int status) {
    if (status > 0 || status <= -STATUS_COUNT) return &status_table[STATUS_COUNT - 1];
    return &status_table[-status];
}

const char *sekuire_status_word(int status) { return row_of(status)->word; }

int sek_status_exit_code(int status) { return row_of(status)->exit_code; }

int sek_status_http(int status) { return row_of(status)->http; }

int sek_status_from_word(struct sekuire_text word) {
    for (int i = 1; i < STATUS_COUNT; i++) {
        if (strlen(status_table[i].word) == word.size && memcmp(status_table[i].word, word.data, word.size) == 0) return -i;
    }
    return 0;
}

/* Formats into a scratch buffer, then escapes into err->message. */
static int __attribute__((format(printf, 6, 0))) fill(struct sekuire_error *err, int status, uint32_t line, uint32_t column, uint64_t offset, const char *format,
                va_list args) {
    char raw[2 * SEKUIRE_MESSAGE_MAX];
    if (err == NULL) return status;
    int n = vsnprintf(raw, sizeof raw, format, args);
    size_t size = n < 0 ? 0 : (size_t)n;
    if (size >= sizeof raw) size = sizeof raw - 1;
    err->status = status;
    err->line = line;
    err->column = column;
    err->offset = offset;
    sek_utf8_escape(err->message, sizeof err->message, (struct sekuire_text){raw, size});
    return status;
}

int sek_fail(struct sekuire_error *err, int status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(err, status, 0, 0, 0, format, args);
    va_end(args);
    return status;
}

int sek_fail_at(struct sekuire_error *err, int status, uint32_t line, uint32_t column, uint64_t offset, const char *format,
                ...) {
    va_list args;
    va_start(args, format);
    fill(err, status, line, column, offset, format, args);
    va_end(args);
    return status;
}

int sek_fail_memory(struct sekuire_error *err) { return sek_fail(err, SEKUIRE_ERR_MEMORY, "out of memory"); }

int sek_fail_prefix(struct sekuire_error *err, const char *prefix) {
    if (err == NULL) return SEKUIRE_ERR_MEMORY;
    struct sekuire_error old = *err;
    sek_fail_at(err, old.status, old.line, old.column, old.offset, "%s: %s", prefix, old.message);
    return old.status;
}
