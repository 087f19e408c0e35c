/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a manifest. */
#include "agent/manifest.h"

#include "agent/schema.h"
#include "base/error.h"
#include "base/limits.h"
#include "tree/json.h"
#include "tree/yaml.h"

bool sek_manifest_string(const struct sek_node *node, struct sekuire_text *ret) {
    if (node == NULL) return false;
    if (node->plain) {
        /* An empty scalar has no bytes to point at, but it is there. */
        *ret = node->source.data == NULL ? SEK_TEXT("") : node->source;
        return true;
    }
    if (node->kind != SEK_STRING) return false;
    *ret = node->text.data == NULL ? SEK_TEXT("") : node->text;
    return true;
}

bool sek_manifest_has_variable(struct sekuire_text text) {
    if (text.size < 3) return false;
    const char *start = memmem(text.data, text.size, "${", 2);
    return start != NULL && memchr(start, '}', text.size - (size_t)(start - text.data)) != NULL;
}

bool sek_manifest_path_leaves(struct sekuire_text path) {
    size_t depth = 0;
    if (path.size == 0 || path.data[0] == '/') return true;
    for (size_t at = 0; at < path.size;) {
        size_t start = at;
        while (at < path.size && path.data[at] != '/') at++;
        struct sekuire_text part = {path.data + start, at - start};
        at++;
        if (part.size == 0 || sek_text_is(part, ".")) continue;
        if (!sek_text_is(part, "..")) depth++;
        else if (depth == 0) return true;
        else depth--;
    }
    return depth == 0;
}

const struct sek_node *sek_manifest_tools_path(const struct sek_manifest *manifest, size_t index, struct sekuire_text *ret) {
    const struct sek_node *tools = sek_section_get(sek_section_get(manifest->root, "agent"), "tools");
    const struct sek_node *agents = sek_section_get(manifest->root, "agents");
    if (tools != NULL && sek_manifest_string(tools, ret) && index-- == 0) return tools;
    for (SEK_EACH(agent, agents)) {
        tools = sek_section_get(agent, "tools");
        if (tools != NULL && sek_manifest_string(tools, ret) && index-- == 0) return tools;
    }
    return NULL;
}

int sek_manifest_parse(struct sek_arena *arena, struct sekuire_text bytes, enum sek_manifest_format format,
                       struct sek_manifest *ret, struct sekuire_error *err) {
    const struct sek_node *root = NULL;
    if (bytes.size > SEK_LIMIT_MANIFEST_BYTES)
        return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "a manifest has at most %u bytes, not %zu", SEK_LIMIT_MANIFEST_BYTES,
                        bytes.size);
    int status = format == SEK_MANIFEST_JSON ? sek_json_parse(arena, bytes, &root, err)
                                             : sek_yaml_parse(arena, bytes, SEK_YAML_MANIFEST, &root, err);
    if (status != 0) return status;
    status = sek_schema_check(&sek_schema_manifest, root, "", err);
    if (status != 0) return status;

    const struct sek_node *project = sek_section_get(root, "project");
    const struct sek_node *identity = sek_section_get(root, "identity");
    *ret = (struct sek_manifest){
        .root = root,
        .format = format,
        .description = sek_section_text(project, "description"),
        .license = sek_section_text(project, "license"),
        .sekuire_id = sek_section_text(project, "sekuire_id"),
        .authors = sek_section_get(project, "authors"),
        .author = sek_section_text(project, "author"),
        /* Required ones are not optional: null in YAML is the text "null" there. */
        .model_node = sek_node_get(identity, "model"),
        .system_prompt_path_node = sek_node_get(identity, "system_prompt_path"),
        .tools_path_node = sek_node_get(identity, "tools_path"),
        .capabilities = sek_section_get(root, "capabilities"),
        .discovery = sek_section_get(root, "discovery"),
        .a2a = sek_section_get(root, "a2a"),
        .deployment = sek_section_get(root, "deployment"),
    };
    sek_manifest_string(sek_node_get(project, "name"), &ret->name);
    sek_manifest_string(sek_node_get(project, "version"), &ret->version);
    sek_manifest_string(ret->model_node, &ret->model);
    sek_manifest_string(ret->system_prompt_path_node, &ret->system_prompt_path);
    sek_manifest_string(ret->tools_path_node, &ret->tools_path);
    return 0;
}
