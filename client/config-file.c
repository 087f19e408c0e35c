/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config-file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "client/fault.h"
#include "client/url.h"
#include "policy/ids.h"
#include "sys/file.h"
#include "tree/yaml.h"

const struct sek_config_place sek_config_places[SEK_CONFIG_VALUE_COUNT] = {
    [SEK_CONFIG_BACKEND] = {NULL, "backend", false},
    [SEK_CONFIG_WORKSPACE] = {NULL, "workspace", true},
    [SEK_CONFIG_REQUIRE_PINNED] = {"trust", "require_pinned", false},
    [SEK_CONFIG_COLOR] = {"output", "color", true},
};

int sek_config_value_check(enum sek_config_value value, struct sekuire_text text, struct sekuire_error *err) {
    struct sek_url url;
    switch (value) {
    case SEK_CONFIG_BACKEND: return sek_url_parse(text, &url, err);
    case SEK_CONFIG_WORKSPACE:
        if (sek_id_valid(text)) return 0;
        return sek_fail(err, SEKUIRE_ERR_USAGE, "\"%.*s\" is no workspace id", (int)(text.size < 64 ? text.size : 64), text.data);
    case SEK_CONFIG_REQUIRE_PINNED:
        if (sek_text_is(text, "true") || sek_text_is(text, "false")) return 0;
        return sek_fail(err, SEKUIRE_ERR_USAGE, "trust.require_pinned is true or false");
    case SEK_CONFIG_COLOR:
        if (sek_text_is(text, "auto") || sek_text_is(text, "always") || sek_text_is(text, "never")) return 0;
        return sek_fail(err, SEKUIRE_ERR_USAGE, "output.color is auto, always or never");
    case SEK_CONFIG_VALUE_COUNT: break;
    }
    return sek_fail(err, SEKUIRE_ERR_USAGE, "no such setting");
}

/* Is there a section of this name? */
static bool is_section(struct sekuire_text key) {
    for (size_t i = 0; i < SEK_CONFIG_VALUE_COUNT; i++)
        if (sek_config_places[i].section != NULL && sek_text_is(key, sek_config_places[i].section)) return true;
    return false;
}

/* The setting that a key is, or SEK_CONFIG_VALUE_COUNT. */
static size_t find_place(const struct sek_node *section, struct sekuire_text key) {
    for (size_t i = 0; i < SEK_CONFIG_VALUE_COUNT; i++) {
        const struct sek_config_place *place = &sek_config_places[i];
        bool here = place->section == NULL ? section == NULL : section != NULL && sek_text_is(section->key, place->section);
        if (here && sek_text_is(key, place->name)) return i;
    }
    return SEK_CONFIG_VALUE_COUNT;
}

/* The error of a key that this file may not hold. */
static int refuse_key(const struct sek_node *node, const struct sek_node *section, bool project, bool known, struct sekuire_error *err) {
    struct sek_node at_key = *node;
    at_key.at = node->key_at;
    const char *dot = section == NULL ? "" : ".";
    struct sekuire_text outer = section == NULL ? (struct sekuire_text){0} : section->key;
    if (project && known)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, &at_key, "a project's file may not set \"%.*s%s%.*s\": only the user's may",
                             SEK_TEXT_ARGS(outer), dot, SEK_TEXT_ARGS(node->key));
    return sek_fail_node(err, SEKUIRE_ERR_CONFIG, &at_key, "there is no setting \"%.*s%s%.*s\"", SEK_TEXT_ARGS(outer), dot,
                         SEK_TEXT_ARGS(node->key));
}

/* Takes one key and its value. */
static int read_value(const struct sek_node *node, const struct sek_node *section, bool project, struct sek_config_file *file,
                      struct sekuire_error *err) {
    struct sekuire_error why = {0};
    size_t place = find_place(section, node->key);
    if (place == SEK_CONFIG_VALUE_COUNT) return refuse_key(node, section, project, false, err);
    if (project && !sek_config_places[place].project) return refuse_key(node, section, project, true, err);
    if (node->kind == SEK_NULL) return 0;
    if (node->kind == SEK_ARRAY || node->kind == SEK_OBJECT || (place == SEK_CONFIG_REQUIRE_PINNED && node->kind != SEK_BOOL))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "\"%.*s\" is %s", SEK_TEXT_ARGS(node->key), sek_kind_name(node->kind));
    struct sekuire_text text = node->plain ? node->source : node->text;
    if (place == SEK_CONFIG_REQUIRE_PINNED) text = sek_text(node->boolean ? "true" : "false");
    if (sek_config_value_check((enum sek_config_value)place, text, &why) != 0)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "%s", why.message);
    char *copy = sek_alloc(text.size + 1);
    if (copy == NULL) return sek_fail_memory(err);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    sek_free(file->values[place]);
    file->values[place] = copy;
    return 0;
}

/* Takes the keys of a section. */
static int read_section(const struct sek_node *section, bool project, struct sek_config_file *file, struct sekuire_error *err) {
    bool allowed = !project || sek_text_is(section->key, "output");
    if (!allowed) return refuse_key(section, NULL, project, true, err);
    if (section->kind == SEK_NULL) return 0;
    if (section->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, section, "\"%.*s\" is %s and no map", SEK_TEXT_ARGS(section->key),
                             sek_kind_name(section->kind));
    int status = 0;
    for (SEK_EACH(node, section)) {
        status = read_value(node, section, project, file, err);
        if (status != 0) break;
    }
    return status;
}

int sek_config_file_parse(struct sekuire_text bytes, bool project, struct sek_arena *arena, const struct sek_node **ret_root,
                          struct sek_config_file *ret, struct sekuire_error *err) {
    struct sek_config_file file = {0};
    const struct sek_node *root = NULL;
    int status = sek_yaml_parse(arena, bytes, SEK_YAML_STRICT, &root, err);
    if (status != 0) return status;
    if (root->kind != SEK_OBJECT && root->kind != SEK_NULL)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, root, "is %s and no map", sek_kind_name(root->kind));
    for (SEK_EACH(node, root)) {
        status = is_section(node->key) ? read_section(node, project, &file, err) : read_value(node, NULL, project, &file, err);
        if (status != 0) break;
    }
    if (status != 0) {
        sek_config_file_clear(&file);
        return status;
    }
    if (ret_root != NULL) *ret_root = root;
    *ret = file;
    return 0;
}

int sek_config_file_read(const char *path, bool project, struct sek_config_file *ret, struct sekuire_error *err) {
    struct sek_buffer bytes;
    struct sek_arena arena;
    /* The project's may only say what anybody may; whoever writes the user's leads keys and trust. */
    int status = project ? 0 : sys_check_kept(path, err);
    if (status != 0) return sek_fail_config(err, status, path);
    if (!sys_exists(path)) {
        *ret = (struct sek_config_file){0};
        return 0;
    }
    sek_buffer_init(&bytes, SEK_LIMIT_CONFIG_BYTES);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    status = sys_read_regular(path, &bytes, err);
    if (status == 0) status = sek_config_file_parse(sek_buffer_view(&bytes), project, &arena, NULL, ret, err);
    sek_arena_clear(&arena);
    sek_buffer_clear(&bytes);
    return status == 0 ? 0 : sek_fail_config(err, status, path);
}

void sek_config_file_clear(struct sek_config_file *file) {
    for (size_t i = 0; i < SEK_CONFIG_VALUE_COUNT; i++) {
        sek_free(file->values[i]);
        file->values[i] = NULL;
    }
}
