/* SPDX-License-Identifier: Apache-2.0 */
/* File name extensions. */
#include "base/error.h"
#include "pattern/kinds.h"

bool sek_extension_is_nothing(struct sekuire_text norm) { return sek_text_has(norm, '.'); }

bool sek_path_extension(struct sekuire_text path, struct sekuire_text *ret) {
    const char *slash = path.size == 0 ? NULL : memrchr(path.data, '/', path.size);
    size_t name = slash == NULL ? 0 : (size_t)(slash - path.data) + 1;
    const char *dot = name == path.size ? NULL : memrchr(path.data + name, '.', path.size - name);
    if (dot == NULL) return false;
    *ret = (struct sekuire_text){dot + 1, path.size - (size_t)(dot + 1 - path.data)};
    return true;
}

/* A dot and what follows it, lowered. */
int sek_extension_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err) {
    struct sekuire_text rest = pattern->text;
    if (rest.data[0] != '.') return sek_fail(err, SEKUIRE_ERR_CONTENT, "it must begin with a dot");
    rest.data++;
    rest.size--;
    if (rest.size == 0) return sek_fail(err, SEKUIRE_ERR_CONTENT, "nothing follows its dot");
    if (sek_text_has(rest, '*')) return sek_fail(err, SEKUIRE_ERR_CONTENT, "'*' may only stand alone");
    if (sek_text_has(rest, '/') || sek_text_has(rest, '\\'))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "a slash or backslash is no part of an extension");
    int status = sek_value_check(rest, err);
    if (status != 0) return status;
    pattern->shape = SEK_SHAPE_EXACT;
    pattern->norm = sek_lower_copy(arena, rest);
    return pattern->norm.data == NULL ? sek_fail_memory(err) : 0;
}
