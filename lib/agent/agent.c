/* SPDX-License-Identifier: Apache-2.0 */
/* An agent: manifest, prompt and tools file, read together. */
#include "agent/agent.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "tree/json.h"

struct sekuire_agent {
    struct sek_arena arena; /* holds everything below */
    struct sek_manifest manifest;
    struct sek_declaration declaration;
    struct sek_identity identity;
};

/* JSON for a name that ends in ".json", else YAML. */
static enum sek_manifest_format format_of(const char *name) {
    struct sekuire_text text = sek_text(name);
    struct sekuire_text ending = SEK_TEXT(".json");
    if (text.size < ending.size) return SEK_MANIFEST_YAML;
    text = (struct sekuire_text){text.data + text.size - ending.size, ending.size};
    return sek_text_equal(text, ending) ? SEK_MANIFEST_JSON : SEK_MANIFEST_YAML;
}

/* Puts the file's name, where there is one, in front of the message. */
static int blame(struct sekuire_error *err, int status, const char *file) {
    if (status != 0 && status != SEKUIRE_ERR_MEMORY && err != NULL && file != NULL) sek_fail_prefix(err, file);
    return status;
}

/* Does a path fit as a C string of size bytes? */
static int check_path(size_t size, struct sekuire_text path, const struct sek_node *node, struct sekuire_error *err) {
    if (path.size < size) return 0;
    return sek_fail_node(err, SEKUIRE_ERR_TOO_LARGE, node, "the path has %zu bytes, which is too many", path.size);
}

/* Copies a path that fits. */
static void copy_path(char *out, struct sekuire_text path) {
    if (path.size > 0) memcpy(out, path.data, path.size);
    out[path.size] = '\0';
}

int sekuire_agent_paths(const char *manifest_name, struct sekuire_text manifest, char *prompt_path, char *tools_path,
                        size_t size, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_manifest parsed;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_manifest_parse(&arena, manifest, format_of(manifest_name), &parsed, err);
    if (status == 0) status = check_path(size, parsed.system_prompt_path, parsed.system_prompt_path_node, err);
    if (status == 0) status = check_path(size, parsed.tools_path, parsed.tools_path_node, err);
    if (status == 0) {
        copy_path(prompt_path, parsed.system_prompt_path);
        copy_path(tools_path, parsed.tools_path);
    }
    sek_arena_clear(&arena);
    return blame(err, status, manifest_name);
}

int sekuire_agent_more_tools(const char *manifest_name, struct sekuire_text manifest, size_t index, char *path, size_t size,
                             struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_manifest parsed;
    struct sekuire_text text = {0};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_manifest_parse(&arena, manifest, format_of(manifest_name), &parsed, err);
    const struct sek_node *node = status != 0 ? NULL : sek_manifest_tools_path(&parsed, index, &text);
    if (status == 0 && node == NULL) status = sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "names no such further tools file");
    if (status == 0) status = check_path(size, text, node, err);
    if (status == 0) copy_path(path, text);
    sek_arena_clear(&arena);
    return blame(err, status, manifest_name);
}

/* A copy of text in the agent's arena. */
static int keep(struct sekuire_agent *agent, struct sekuire_text text, struct sekuire_text *ret,
                struct sekuire_error *err) {
    const char *copy = sek_arena_copy(&agent->arena, text);
    if (copy == NULL) return sek_fail_memory(err);
    *ret = (struct sekuire_text){copy, text.size};
    return 0;
}

/* Checks the sizes that no parser checks. */
static int check_sizes(const struct sekuire_agent_files *files, struct sekuire_error *err) {
    if (files->prompt.size > SEK_LIMIT_PROMPT_BYTES)
        return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the system prompt has more than %u bytes", SEK_LIMIT_PROMPT_BYTES);
    if (files->tools.size > SEK_LIMIT_TOOLS_BYTES)
        return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the tools file has more than %u bytes", SEK_LIMIT_TOOLS_BYTES);
    return 0;
}

/* The further tools files that the manifest names and the caller has. */
static int read_more_tools(struct sekuire_agent *agent, const struct sekuire_agent_files *files, struct sekuire_error *err) {
    for (size_t i = 0; i < files->more_tools_count; i++) {
        const struct sek_node *tree = NULL;
        struct sekuire_text path = {0}, text = {0};
        if (files->more_tools[i].text.size > SEK_LIMIT_TOOLS_BYTES)
            return blame(err, sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "has more than %u bytes", SEK_LIMIT_TOOLS_BYTES), files->more_tools[i].path);
        int status = keep(agent, sek_text(files->more_tools[i].path), &path, err);
        if (status == 0) status = keep(agent, files->more_tools[i].text, &text, err);
        if (status != 0) return status;
        status = sek_json_parse(&agent->arena, text, &tree, err);
        if (status == 0)
            status = sek_declaration_add_tools(&agent->arena, &agent->declaration, path, !sek_manifest_path_leaves(path), tree, path.data, err);
        if (status != 0) return blame(err, status, path.data);
    }
    return 0;
}

/* Fills in an empty agent. */
static int read_files(struct sekuire_agent *agent, const struct sekuire_agent_files *files, struct sekuire_error *err) {
    const char *manifest_name = files->manifest_name == NULL ? "sekuire.yml" : files->manifest_name;
    const char *tools_name = files->tools_name;
    struct sekuire_text manifest = {0}, tools = {0}, name = {0}, folder = {0};
    const struct sek_node *tools_tree = NULL;
    int status = check_sizes(files, err);
    if (status == 0) status = keep(agent, files->manifest, &manifest, err);
    if (status == 0) status = keep(agent, files->tools, &tools, err);
    if (status == 0) status = keep(agent, sek_text(manifest_name), &name, err);
    if (status == 0 && files->folder != NULL) status = keep(agent, sek_text(files->folder), &folder, err);
    if (status != 0) return status;
    manifest_name = name.data;
    if (tools_name != NULL) {
        status = keep(agent, sek_text(tools_name), &name, err);
        if (status != 0) return status;
        tools_name = name.data;
    }

    status = sek_manifest_parse(&agent->arena, manifest, format_of(manifest_name), &agent->manifest, err);
    if (status != 0) return blame(err, status, manifest_name);
    status = sek_json_parse(&agent->arena, tools, &tools_tree, err);
    if (status != 0) return blame(err, status, tools_name);
    status = sek_identity_compute(agent->manifest.model, files->prompt, tools, SEK_TOOLS_STRICT, &agent->identity, err);
    if (status != 0) return status;
    status = sek_declaration_from_manifest(&agent->arena, &agent->manifest, manifest_name, tools_tree, tools_name,
                                           &agent->declaration, err);
    if (status != 0) return blame(err, status, status == SEKUIRE_ERR_TYPE ? tools_name : NULL);
    agent->declaration.sekuire_id = sek_text(agent->identity.sekuire_id);
    agent->declaration.folder = folder;
    return read_more_tools(agent, files, err);
}

int sekuire_agent_new(const struct sekuire_agent_files *files, struct sekuire_agent **ret, struct sekuire_error *err) {
    struct sekuire_agent *agent = sek_alloc_zero(1, sizeof *agent);
    if (agent == NULL) return sek_fail_memory(err);
    sek_arena_init(&agent->arena, SEK_LIMIT_TREE_ARENA);
    int status = read_files(agent, files, err);
    if (status != 0) {
        sekuire_agent_free(agent);
        return status;
    }
    *ret = agent;
    return 0;
}

void sekuire_agent_free(struct sekuire_agent *agent) {
    if (agent == NULL) return;
    sek_arena_clear(&agent->arena);
    sek_free(agent);
}

const char *sekuire_agent_id(const struct sekuire_agent *agent) {
    return agent->identity.sekuire_id;
}

const char *sekuire_agent_prompt_hash(const struct sekuire_agent *agent) {
    return agent->identity.prompt_hash;
}

const char *sekuire_agent_tools_hash(const struct sekuire_agent *agent) {
    return agent->identity.tools_hash;
}

const struct sek_manifest *sek_agent_manifest(const struct sekuire_agent *agent) {
    return &agent->manifest;
}

const struct sek_declaration *sek_agent_declaration(const struct sekuire_agent *agent) {
    return &agent->declaration;
}

int sekuire_id_compute(struct sekuire_text model, struct sekuire_text prompt, struct sekuire_text tools, char out[65],
                       struct sekuire_error *err) {
    struct sek_identity identity;
    int status = sek_identity_compute(model, prompt, tools, SEK_TOOLS_STRICT, &identity, err);
    if (status == 0) memcpy(out, identity.sekuire_id, sizeof identity.sekuire_id);
    return status;
}
