/* SPDX-License-Identifier: Apache-2.0 */
/* Names (models, tools, services, endpoints) and providers. */
#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"
#include "pattern/kinds.h"

int sek_value_check(struct sekuire_text value, struct sekuire_error *err) {
    if (value.size == 0) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is empty");
    if (value.size > SEK_LIMIT_ACTION_TEXT)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is longer than %u bytes", SEK_LIMIT_ACTION_TEXT);
    if (sek_ascii_printable(value)) return 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c < 0x20 || c == 0x7F) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it holds a control character");
    }
    if (sek_utf8_valid_prefix(value) != value.size) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is not UTF-8");
    return 0;
}

struct sekuire_text sek_lower_copy(struct sek_arena *arena, struct sekuire_text text) {
    char *copy = sek_arena_copy(arena, text);
    if (copy != NULL) sek_ascii_lower_copy(copy, text);
    return (struct sekuire_text){copy, copy == NULL ? 0 : text.size};
}

/* An exact name, or a prefix. A prefix of the greatest length that a value may have is that one value. */
int sek_name_compile(struct sek_pattern *pattern, struct sekuire_error *err) {
    struct sekuire_text norm = pattern->text;
    bool prefix = norm.data[norm.size - 1] == '*';
    if (prefix) norm.size--;
    if (sek_text_has(norm, '*')) return sek_fail(err, SEKUIRE_ERR_CONTENT, "'*' may stand at its end only");
    int status = sek_value_check(norm, err);
    if (status != 0) return status;
    pattern->shape = prefix && norm.size < SEK_LIMIT_ACTION_TEXT ? SEK_SHAPE_PREFIX : SEK_SHAPE_EXACT;
    pattern->norm = norm;
    return 0;
}

/* An exact name, lowered. */
int sek_provider_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err) {
    if (sek_text_has(pattern->text, '*'))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "a provider is an exact name or '*' alone");
    int status = sek_value_check(pattern->text, err);
    if (status != 0) return status;
    pattern->shape = SEK_SHAPE_EXACT;
    pattern->norm = sek_lower_copy(arena, pattern->text);
    return pattern->norm.data == NULL ? sek_fail_memory(err) : 0;
}
