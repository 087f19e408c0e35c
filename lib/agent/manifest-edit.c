/* SPDX-License-Identifier: Apache-2.0 */
/* Writing project.sekuire_id into a YAML manifest, one line and no other byte. The place is found by looking at the text;
 * whether it was the right one is then proven by reading the result again, so that odd YAML can at worst be refused. */
#include "agent/manifest.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/limits.h"
#include "tree/yaml.h"

enum { ID_SIZE = 64, EDIT_ROOM = 1024, CANDIDATES_MAX = 64 };

/* One change of the text: size bytes at offset are replaced. */
struct edit {
    size_t offset;
    size_t size;
    char text[512];
};

/* Do two nodes say the same? Member order counts: an edit changes none. Recursion is as deep as the tree, at most 64. */
static bool same(const struct sek_node *a, const struct sek_node *b) {
    if (a->kind != b->kind || a->plain != b->plain || a->count != b->count || a->boolean != b->boolean) return false;
    if (!sek_text_equal(a->text, b->text) || !sek_text_equal(a->source, b->source)) return false;
    const struct sek_node *other = b->first;
    for (SEK_EACH(child, a)) {
        if (other == NULL || !sek_text_equal(child->key, other->key) || !same(child, other)) return false;
        other = other->next;
    }
    return other == NULL;
}

/* Is member of the new tree's project the id? */
static bool is_id(const struct sek_node *member, struct sekuire_text id) {
    struct sekuire_text text;
    return sek_text_is(member->key, "sekuire_id") && sek_manifest_string(member, &text) && sek_text_equal(text, id);
}

/* Do the old and the new project differ in sekuire_id alone, which is now id, in its old place or last? */
static bool project_matches(const struct sek_node *old, const struct sek_node *new, struct sekuire_text id) {
    if (old->kind != SEK_OBJECT || new->kind != SEK_OBJECT) return false;
    const struct sek_node *b = new->first;
    bool found = false;
    for (SEK_EACH(a, old)) {
        if (b == NULL || !sek_text_equal(a->key, b->key)) return false;
        bool own = sek_text_is(a->key, "sekuire_id");
        if (own ? !is_id(b, id) : !same(a, b)) return false;
        found |= own;
        b = b->next;
    }
    if (found) return b == NULL;
    return b != NULL && is_id(b, id) && b->next == NULL;
}

/* 0 if text reads as the old manifest but for project.sekuire_id, content if not, or memory. */
static int read_again(const struct sek_node *old, struct sekuire_text text, struct sekuire_text id) {
    struct sek_arena arena;
    const struct sek_node *new = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_yaml_parse(&arena, text, SEK_YAML_MANIFEST, &new, NULL);
    if (status != 0 && status != SEKUIRE_ERR_MEMORY) status = SEKUIRE_ERR_CONTENT;
    if (status != 0) goto out;
    status = SEKUIRE_ERR_CONTENT;
    if (new->kind != SEK_OBJECT) goto out;
    const struct sek_node *b = new->first;
    for (SEK_EACH(a, old)) {
        if (b == NULL || !sek_text_equal(a->key, b->key)) goto out;
        if (sek_text_is(a->key, "project") ? !project_matches(a, b, id) : !same(a, b)) goto out;
        b = b->next;
    }
    if (b == NULL) status = 0;
out:
    sek_arena_clear(&arena);
    return status;
}

/* Appends the edited text to out if it reads as it should. 0, content if it does not, or memory. */
static int try_edit(const struct sek_manifest *manifest, struct sekuire_text bytes, struct sekuire_text id,
                    const struct edit *edit, struct sek_buffer *out, struct sekuire_error *err) {
    struct sek_buffer text;
    sek_buffer_init(&text, SEK_LIMIT_MANIFEST_BYTES + EDIT_ROOM);
    sek_buffer_append(&text, bytes.data, edit->offset);
    sek_buffer_string(&text, edit->text);
    sek_buffer_append(&text, bytes.data + edit->offset + edit->size, bytes.size - edit->offset - edit->size);
    int status = sek_buffer_check(&text, err);
    if (status == 0) status = read_again(manifest->root, sek_buffer_view(&text), id);
    if (status == SEKUIRE_ERR_MEMORY) sek_fail_memory(err);
    if (status == 0) {
        sek_buffer_text(out, sek_buffer_view(&text));
        status = sek_buffer_check(out, err);
    }
    sek_buffer_clear(&text);
    return status;
}

/* Where the line that holds offset begins, and where it ends: behind its '\n', or at the end of the text. */
static size_t line_start(struct sekuire_text bytes, size_t offset) {
    while (offset > 0 && bytes.data[offset - 1] != '\n') offset--;
    return offset;
}
static size_t line_end(struct sekuire_text bytes, size_t offset) {
    while (offset < bytes.size && bytes.data[offset] != '\n') offset++;
    return offset < bytes.size ? offset + 1 : offset;
}

/* Would a YAML reader take the id, written plainly, for a number? */
static bool needs_quotes(struct sekuire_text id) {
    for (size_t i = 0; i < id.size; i++)
        if (id.data[i] >= 'a' && id.data[i] != 'e') return false;
    return true;
}

/* The size of the scalar at offset, on one line, and its quote character (0 if plain); 0 where it is something else. */
static size_t scalar_size(struct sekuire_text bytes, size_t offset, const struct sek_node *node, char *ret_quote) {
    if (node->plain) {
        *ret_quote = '\0';
        bool there = node->source.size <= bytes.size - offset &&
                     memcmp(bytes.data + offset, node->source.data, node->source.size) == 0;
        return there ? node->source.size : 0;
    }
    *ret_quote = bytes.data[offset];
    if (*ret_quote != '"' && *ret_quote != '\'') return 0;
    for (size_t i = offset + 1; i < bytes.size && bytes.data[i] != '\n'; i++) {
        if (bytes.data[i] == '\\' && *ret_quote == '"') i++;
        else if (bytes.data[i] == *ret_quote) return i + 1 - offset;
    }
    return 0;
}

/* The place right behind the colon of member's key; 0 if the text there does not look so. */
static size_t behind_colon(struct sekuire_text bytes, const struct sek_node *member) {
    size_t i = (size_t)member->key_at.offset;
    char quote = i < bytes.size && (bytes.data[i] == '"' || bytes.data[i] == '\'') ? bytes.data[i] : '\0';
    if (quote != '\0') i++;
    if (i > bytes.size || member->key.size > bytes.size - i ||
        memcmp(bytes.data + i, member->key.data, member->key.size) != 0)
        return 0;
    i += member->key.size;
    if (quote != '\0') i++;
    while (i < bytes.size && bytes.data[i] == ' ') i++;
    return i < bytes.size && bytes.data[i] == ':' ? i + 1 : 0;
}

/* Replaces the value of the sekuire_id that is there, keeping its quotes. */
static int replace(const struct sek_manifest *manifest, const struct sek_node *member, struct sekuire_text bytes,
                   struct sekuire_text id, struct sek_buffer *out, struct sekuire_error *err) {
    struct edit edit = {0};
    struct sek_buffer text;
    char quote = '\0';
    bool empty = member->plain && member->source.size == 0;
    edit.offset = empty ? behind_colon(bytes, member) : (size_t)member->at.offset;
    if (edit.offset == 0 || edit.offset > bytes.size || edit.offset <= member->key_at.offset) return SEKUIRE_ERR_CONTENT;
    if (!empty) {
        if (edit.offset == bytes.size) return SEKUIRE_ERR_CONTENT;
        edit.size = scalar_size(bytes, edit.offset, member, &quote);
        if (edit.size == 0) return SEKUIRE_ERR_CONTENT;
    }
    if (quote == '\0' && needs_quotes(id)) quote = '"';
    sek_buffer_init(&text, sizeof edit.text - 1);
    if (empty) sek_buffer_byte(&text, ' ');
    if (quote != '\0') sek_buffer_byte(&text, quote);
    sek_buffer_text(&text, id);
    if (quote != '\0') sek_buffer_byte(&text, quote);
    int status = sek_buffer_check(&text, err);
    if (status == 0) {
        memcpy(edit.text, text.data, text.size + 1);
        status = try_edit(manifest, bytes, id, &edit, out, err);
    }
    sek_buffer_clear(&text);
    return status;
}

/* Is the line from start to end blank, a comment, or the end of the document: something that may follow a section's last
 * line? */
static bool follows_section(struct sekuire_text bytes, size_t start, size_t end) {
    size_t i = start;
    while (i < end && (bytes.data[i] == ' ' || bytes.data[i] == '\t' || bytes.data[i] == '\r' || bytes.data[i] == '\n'))
        i++;
    if (i == end || bytes.data[i] == '#') return true;
    return i == start && end - start >= 3 && memcmp(bytes.data + start, "...", 3) == 0;
}

/* Fills in the edit that puts a line, indented like the key that starts at line indent_from, behind the line that ends at
 * end. */
static int line_edit(struct sekuire_text bytes, size_t end, size_t indent_from, size_t indent_size, struct sekuire_text id,
                     struct edit *edit, struct sekuire_error *err) {
    struct sek_buffer text;
    bool has_newline = end > 0 && bytes.data[end - 1] == '\n';
    size_t first = line_end(bytes, 0);
    size_t model = has_newline ? end : first; /* a line whose ending is followed */
    bool crlf = model >= 2 && bytes.data[model - 1] == '\n' && bytes.data[model - 2] == '\r';
    const char *newline = crlf ? "\r\n" : "\n";
    const char *quote = needs_quotes(id) ? "\"" : "";
    sek_buffer_init(&text, sizeof edit->text - 1);
    if (!has_newline) sek_buffer_string(&text, newline);
    sek_buffer_append(&text, bytes.data + indent_from, indent_size);
    sek_buffer_format(&text, "sekuire_id: %s%.*s%s", quote, SEK_TEXT_ARGS(id), quote);
    if (has_newline) sek_buffer_string(&text, newline);
    int status = sek_buffer_check(&text, err);
    if (status == 0) {
        *edit = (struct edit){.offset = end};
        memcpy(edit->text, text.data, text.size + 1);
    }
    sek_buffer_clear(&text);
    return status;
}

/* Inserts sekuire_id as the last key of project: behind the last line that is neither blank nor a comment before the next
 * section, or, where that line turns out to lie inside a block scalar, behind one of those that follow. */
static int insert(const struct sek_manifest *manifest, const struct sek_node *project, struct sekuire_text bytes,
                  struct sekuire_text id, struct sek_buffer *out, struct sekuire_error *err) {
    const struct sek_node *first = project->first;
    size_t key = first == NULL ? bytes.size : (size_t)first->key_at.offset;
    if (key >= bytes.size || key <= project->key_at.offset) return SEKUIRE_ERR_CONTENT;
    size_t indent_from = line_start(bytes, key);
    for (size_t i = indent_from; i < key; i++)
        if (bytes.data[i] != ' ') return SEKUIRE_ERR_CONTENT;

    size_t bound = bytes.size;
    if (project->next != NULL) bound = line_start(bytes, (size_t)project->next->key_at.offset);
    if (bound > bytes.size || bound <= key) return SEKUIRE_ERR_CONTENT;
    size_t end = bound;
    while (end > key) {
        size_t start = line_start(bytes, end - 1);
        if (!follows_section(bytes, start, end)) break;
        end = start;
    }
    for (unsigned tries = 0; tries < CANDIDATES_MAX; tries++) {
        struct edit edit;
        int status = line_edit(bytes, end, indent_from, key - indent_from, id, &edit, err);
        if (status == 0) status = try_edit(manifest, bytes, id, &edit, out, err);
        if (status != SEKUIRE_ERR_CONTENT || end >= bound) return status;
        end = line_end(bytes, end);
    }
    return SEKUIRE_ERR_CONTENT;
}

int sek_manifest_set_id(const struct sek_manifest *manifest, struct sekuire_text bytes, struct sekuire_text id,
                        struct sek_buffer *out, struct sekuire_error *err) {
    uint8_t hash[ID_SIZE / 2];
    if (!sek_hex_decode(hash, sizeof hash, id)) return sek_fail(err, SEKUIRE_ERR_ID, "a SekuireID is 64 hex digits");
    if (manifest->format != SEK_MANIFEST_YAML)
        return sek_fail(err, SEKUIRE_ERR_CONTENT,
                        "only a YAML manifest is changed in place: write project.sekuire_id by hand");
    const struct sek_node *project = sek_node_get(manifest->root, "project");
    const struct sek_node *member = sek_node_get(project, "sekuire_id");
    int status =
        member != NULL ? replace(manifest, member, bytes, id, out, err) : insert(manifest, project, bytes, id, out, err);
    if (status != SEKUIRE_ERR_CONTENT) return status;
    const struct sek_position *at = member != NULL ? &member->key_at : &project->key_at;
    return sek_fail_at(err, SEKUIRE_ERR_CONTENT, at->line, at->column, at->offset,
                       "cannot be changed in one line: write by hand, in project, sekuire_id: %.*s", SEK_TEXT_ARGS(id));
}
