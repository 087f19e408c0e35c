/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: the lexical normal form, and trees. */
#include "base/error.h"
#include "pattern/kinds.h"

struct path_writer {
    char *out;
    size_t size;
    size_t capacity;
};

/* Appends the components of text: "." and empty ones vanish, ".." takes the last one back and stops at the root. */
static bool append_components(struct path_writer *writer, struct sekuire_text text) {
    size_t at = 0;
    while (at < text.size) {
        size_t start = at;
        while (at < text.size && text.data[at] != '/') at++;
        struct sekuire_text part = {text.data + start, at - start};
        at++;
        if (part.size == 0 || sek_text_is(part, ".")) continue;
        if (sek_text_is(part, "..")) {
            while (writer->size > 0 && writer->out[--writer->size] != '/') continue;
            continue;
        }
        if (part.size + 1 > writer->capacity - writer->size) return false;
        writer->out[writer->size++] = '/';
        memcpy(writer->out + writer->size, part.data, part.size);
        writer->size += part.size;
    }
    return true;
}

/* A backslash separates components elsewhere, so it has no one meaning. */
static int check_text(struct sekuire_text path, struct sekuire_error *err) {
    int status = sek_value_check(path, err);
    if (status != 0) return status;
    if (sek_text_has(path, '\\')) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it holds a backslash");
    return 0;
}

int sek_path_normalise(struct sekuire_text path, struct sekuire_text root, char *out, size_t capacity, struct sekuire_text *ret,
                       struct sekuire_error *err) {
    struct path_writer writer = {.out = out, .capacity = capacity};
    int status = check_text(path, err);
    if (status != 0) return status;
    bool relative = path.data[0] != '/';
    /* What a shell would make of "~" is not known here, and it is not a folder of that name. */
    if (path.data[0] == '~') return sek_fail(err, SEKUIRE_ERR_CONTENT, "'~' is not expanded; the path must be absolute");
    if (relative && root.size == 0) return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is not absolute");
    if (relative) {
        status = check_text(root, err);
        if (status != 0) return status;
        if (root.data[0] != '/') return sek_fail(err, SEKUIRE_ERR_CONTENT, "the root of relative paths is not absolute");
    }
    if (capacity == 0 || (relative && !append_components(&writer, root)) || !append_components(&writer, path))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "it is too long");
    if (writer.size == 0) out[writer.size++] = '/';
    *ret = (struct sekuire_text){out, writer.size};
    return 0;
}

bool sek_path_in_tree(struct sekuire_text top, struct sekuire_text value) {
    if (top.size == 1) return true;
    return sek_text_starts(value, top) && (value.size == top.size || value.data[top.size] == '/');
}

/* An absolute path, or one and everything below it. */
int sek_path_compile(struct sek_arena *arena, struct sek_pattern *pattern, struct sekuire_error *err) {
    struct sekuire_text path = pattern->text;
    bool tree = path.size >= 2 && memcmp(path.data + path.size - 2, "/*", 2) == 0;
    if (tree) path.size = path.size == 2 ? 1 : path.size - 2;
    if (sek_text_has(path, '*')) return sek_fail(err, SEKUIRE_ERR_CONTENT, "'*' may only stand alone or as \"/*\" at its end");
    char *out = sek_arena_alloc(arena, path.size);
    if (out == NULL) return sek_fail_memory(err);
    int status = sek_path_normalise(path, (struct sekuire_text){0}, out, path.size, &pattern->norm, err);
    if (status != 0) return status;
    pattern->shape = tree ? SEK_SHAPE_TREE : SEK_SHAPE_EXACT;
    return 0;
}
