/* SPDX-License-Identifier: Apache-2.0 */
/* `config set`: one line of the user's file changes, the rest stays byte for byte. Where a file's layout does not allow that, what an
 * edit made of it is found out by reading the result again, and nothing is written. */
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "client/config-file.h"
#include "client/config.h"
#include "client/fault.h"
#include "sys/env.h"
#include "sys/file.h"

/* Bytes [from, to) of a file that give way to others. */
struct span {
    size_t from;
    size_t to;
};

/* The place of a key of `config set`; upstream's two names mean our workspace. */
static int find_place(const char *key, enum sek_config_value *ret, struct sekuire_error *err) {
    char name[64];
    if (strcmp(key, "workspace.id") == 0 || strcmp(key, "workspace_id") == 0) key = "workspace";
    for (size_t i = 0; i < SEK_CONFIG_VALUE_COUNT; i++) {
        struct sek_buffer text = {.data = name, .capacity = sizeof name, .limit = sizeof name - 1};
        if (sek_config_places[i].section != NULL) sek_buffer_format(&text, "%s.", sek_config_places[i].section);
        sek_buffer_string(&text, sek_config_places[i].name);
        if (!sek_text_is(sek_buffer_view(&text), key)) continue;
        *ret = (enum sek_config_value)i;
        return 0;
    }
    for (size_t i = 0; i < sek_config_key_count; i++)
        if (strcmp(key, sek_config_keys[i].name) == 0)
            return sek_fail(err, SEKUIRE_ERR_USAGE, "the setting \"%s\" can only be read", key);
    return sek_fail(err, SEKUIRE_ERR_USAGE, "there is no setting \"%.64s\"", key);
}

/* Would another YAML reader take the plain text for something else than a string, or for several things? */
static bool needs_quotes(struct sekuire_text value) {
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < value.size; i++)
        if (strchr("\",!$&'()*+;=@#%", value.data[i]) != NULL) return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sek_text_equal_ascii_case(value, sek_text(words[i]))) return true;
    return (value.data[0] >= '0' && value.data[0] <= '9') || value.data[value.size - 1] == ':';
}

/* The value as it is written. Nothing that may be a value needs an escape. */
static void write_value(struct sek_buffer *out, enum sek_config_value place, struct sekuire_text value) {
    bool quotes = place != SEK_CONFIG_REQUIRE_PINNED && needs_quotes(value);
    if (quotes) sek_buffer_byte(out, '"');
    sek_buffer_text(out, value);
    if (quotes) sek_buffer_byte(out, '"');
}

/* The start of the line that offset is in. */
static size_t line_start(struct sekuire_text bytes, size_t offset) {
    while (offset > 0 && bytes.data[offset - 1] != '\n') offset--;
    return offset;
}

/* The start of the line after the one that offset is in, or the end. */
static size_t next_line(struct sekuire_text bytes, size_t offset) {
    while (offset < bytes.size && bytes.data[offset] != '\n') offset++;
    return offset < bytes.size ? offset + 1 : offset;
}

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The end of a scalar that begins at offset: a quoted one on this line, or a plain one up to a comment or the line's end. */
static size_t scalar_end(struct sekuire_text bytes, size_t offset) {
    if (offset >= bytes.size) return offset;
    char quote = bytes.data[offset];
    size_t i = offset;
    if (quote == '"' || quote == '\'') {
        for (i++; i < bytes.size && bytes.data[i] != quote && !is_line_end(bytes.data[i]); i++)
            if (quote == '"' && bytes.data[i] == '\\' && i + 1 < bytes.size) i++;
        return i < bytes.size && bytes.data[i] == quote ? i + 1 : i;
    }
    while (i < bytes.size && !is_line_end(bytes.data[i]) && !(bytes.data[i] == '#' && (i == offset || is_blank(bytes.data[i - 1])))) i++;
    while (i > offset && is_blank(bytes.data[i - 1])) i--;
    return i;
}

/* From behind the colon of a member's key to the end of its value on the same line. */
static struct span value_span(struct sekuire_text bytes, const struct sek_node *member) {
    size_t offset = (size_t)member->key_at.offset;
    char first = offset < bytes.size ? bytes.data[offset] : '\0';
    if (first == '"' || first == '\'') offset = scalar_end(bytes, offset);
    while (offset < bytes.size && bytes.data[offset] != ':' && !is_line_end(bytes.data[offset])) offset++;
    if (offset < bytes.size && bytes.data[offset] == ':') offset++;
    size_t value = offset;
    while (value < bytes.size && is_blank(bytes.data[value])) value++;
    size_t end = scalar_end(bytes, value);
    return (struct span){offset, end > value ? end : offset};
}

/* Appends spaces. */
static void indent(struct sek_buffer *out, size_t columns) {
    while (columns-- > 0) sek_buffer_byte(out, ' ');
}

/* How far the members of a map are indented; fallback where it has none. */
static size_t indentation(const struct sek_node *map, size_t fallback) {
    return map == NULL || map->first == NULL || map->first->key_at.column == 0 ? fallback : map->first->key_at.column - 1;
}

/* Writes the file with the span replaced by what is in between. */
static void splice(struct sek_buffer *out, struct sekuire_text bytes, struct span span, const struct sek_buffer *between) {
    sek_buffer_append(out, bytes.data, span.from);
    sek_buffer_text(out, sek_buffer_view(between));
    sek_buffer_append(out, bytes.data + span.to, bytes.size - span.to);
}

/* The line end of the file's first line. */
static const char *line_ending(struct sekuire_text bytes) {
    size_t end = next_line(bytes, 0);
    return end >= 2 && bytes.data[end - 1] == '\n' && bytes.data[end - 2] == '\r' ? "\r\n" : "\n";
}

/* Where a new line goes, and its line end if the line before it has none. */
static struct span new_line(struct sekuire_text bytes, size_t at, struct sek_buffer *between) {
    if (at > 0 && bytes.data[at - 1] != '\n') sek_buffer_string(between, line_ending(bytes));
    return (struct span){at, at};
}

/* The edited text. value.size 0 takes the key out. */
static int edit(struct sekuire_text bytes, const struct sek_node *root, enum sek_config_value place, struct sekuire_text value,
                struct sek_buffer *out, struct sekuire_error *err) {
    const char *section_name = sek_config_places[place].section;
    const char *name = sek_config_places[place].name;
    const struct sek_node *section = section_name == NULL ? root : sek_node_get(root, section_name);
    const struct sek_node *member = sek_node_get(section, name);
    struct sek_buffer between;
    struct span span = {0, 0};
    sek_buffer_init(&between, SEK_LIMIT_CONFIG_BYTES);
    if (member != NULL && value.size == 0) {
        span = (struct span){line_start(bytes, (size_t)member->key_at.offset), next_line(bytes, (size_t)member->key_at.offset)};
    } else if (member != NULL) {
        span = value_span(bytes, member);
        sek_buffer_byte(&between, ' ');
        write_value(&between, place, value);
    } else if (value.size > 0) {
        size_t outer = indentation(root, 0);
        bool in_section = section_name != NULL && section != NULL;
        span = new_line(bytes, in_section ? next_line(bytes, (size_t)section->key_at.offset) : bytes.size, &between);
        indent(&between, in_section ? indentation(section, outer + 2) : outer);
        if (section_name != NULL && section == NULL) {
            sek_buffer_format(&between, "%s:%s", section_name, line_ending(bytes));
            indent(&between, outer + 2);
        }
        sek_buffer_format(&between, "%s: ", name);
        write_value(&between, place, value);
        sek_buffer_string(&between, line_ending(bytes));
    }
    splice(out, bytes, span, &between);
    int status = sek_buffer_check(&between, err);
    if (status == 0) status = sek_buffer_check(out, err);
    sek_buffer_clear(&between);
    return status;
}

/* Same text, or both absent? */
static bool same(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

/* Reads the edited text again: the one key must have its new value, and every other its old one. */
static int check_edit(struct sekuire_text edited, const struct sek_config_file *before, enum sek_config_value place, const char *value,
                      struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_config_file after = {0};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_config_file_parse(edited, false, &arena, NULL, &after, NULL);
    bool right = status == 0;
    for (size_t i = 0; right && i < SEK_CONFIG_VALUE_COUNT; i++)
        right = same(after.values[i], i != place ? before->values[i] : *value == '\0' ? NULL : value);
    sek_config_file_clear(&after);
    sek_arena_clear(&arena);
    if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
    return right ? 0 : sek_fail(err, SEKUIRE_ERR_CONFIG, "its layout cannot be edited by a program: change it by hand");
}

/* Reads, edits, checks and replaces the file at path. */
static int change(const char *path, enum sek_config_value place, const char *value, struct sekuire_error *err) {
    struct sek_buffer bytes;
    struct sek_buffer edited;
    struct sek_arena arena;
    struct sek_config_file before = {0};
    const struct sek_node *root = NULL;
    struct stat st;
    sek_buffer_init(&bytes, SEK_LIMIT_CONFIG_BYTES);
    sek_buffer_init(&edited, SEK_LIMIT_CONFIG_BYTES);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0600;
    int status = sys_exists(path) ? sys_read_regular(path, &bytes, err) : 0;
    if (status == 0) status = sek_config_file_parse(sek_buffer_view(&bytes), false, &arena, &root, &before, err);
    if (status == 0) status = edit(sek_buffer_view(&bytes), root, place, sek_text(value), &edited, err);
    if (status == 0) status = check_edit(sek_buffer_view(&edited), &before, place, value, err);
    if (status != 0) {
        status = sek_fail_config(err, status, path);
        goto out;
    }
    if (sek_text_equal(sek_buffer_view(&edited), sek_buffer_view(&bytes))) goto out;
    status = sys_replace_file(path, sek_buffer_view(&edited), mode, err);
    if (status != 0 && err != NULL) sek_fail_prefix(err, path);
out:
    sek_config_file_clear(&before);
    sek_arena_clear(&arena);
    sek_buffer_clear(&edited);
    sek_buffer_clear(&bytes);
    return status;
}

/* Takes the lock beside the file, so that of two changes at once neither is lost, and changes it. */
static int change_locked(const char *path, enum sek_config_value place, const char *value, struct sekuire_error *err) {
    struct sys_lock *lock = NULL;
    char *name = sek_alloc(strlen(path) + sizeof ".lock");
    if (name == NULL) return sek_fail_memory(err);
    memcpy(name, path, strlen(path));
    memcpy(name + strlen(path), ".lock", sizeof ".lock");
    int status = sys_make_parent(path, err);
    if (status == 0) status = sys_lock_file(name, true, &lock, err);
    if (status != 0 && err != NULL) sek_fail_prefix(err, name);
    if (status == 0) status = change(path, place, value, err);
    sys_unlock(lock);
    sek_free(name);
    return status;
}

int sek_config_set(const char *path, const char *key, const char *value, struct sekuire_error *err) {
    enum sek_config_value place = SEK_CONFIG_VALUE_COUNT;
    char *usual = NULL;
    char *real = NULL;
    int status = find_place(key, &place, err);
    if (status == 0 && *value != '\0') status = sek_config_value_check(place, sek_text(value), err);
    if (status == 0 && path == NULL) status = sys_config_path("config.yaml", &usual, err);
    if (status != 0) return status;
    if (path == NULL) path = usual;
    status = sys_check_kept(path, err);
    if (status != 0) {
        status = sek_fail_config(err, status, path);
        goto out;
    }
    /* A link, as people who keep their settings elsewhere make, stays one. */
    if (sys_real_path(path, &real, NULL) == 0) path = real;
    status = change_locked(path, place, value, err);
out:
    sek_free(real);
    sek_free(usual);
    return status;
}
