/* SPDX-License-Identifier: Apache-2.0 */
/* A declaration from a manifest and its tools file. */
#include "agent/declaration.h"

#include "agent/gather.h"
#include "agent/schema.h"

/* Every llm block of the manifest, in the order of its text's sections. */
static void gather_blocks(struct sek_gather *gather, const struct sek_node *root, struct sek_declared_list *blocks) {
    const struct sek_node *agent = sek_section_get(root, "agent");
    const struct sek_node *agents = sek_section_get(root, "agents");
    const struct sek_node *llm = sek_section_get(root, "llm");
    if (llm != NULL) sek_gather_item(gather, blocks, (struct sekuire_text){0}, llm);
    llm = sek_section_get(agent, "llm");
    if (llm != NULL) sek_gather_item(gather, blocks, (struct sekuire_text){0}, llm);
    for (SEK_EACH(child, agents)) {
        llm = sek_section_get(child, "llm");
        if (llm != NULL) sek_gather_item(gather, blocks, (struct sekuire_text){0}, llm);
    }
}

/* identity.model, once for each provider that is declared for it. A block without a model of its own is about
 * identity.model; so is one that names the same model. */
static void gather_identity(struct sek_gather *gather, const struct sek_manifest *manifest,
                            const struct sek_declared_list *blocks) {
    bool done = false;
    for (size_t i = 0; i < blocks->count; i++) {
        const struct sek_node *llm = blocks->items[i].source.node;
        const struct sek_node *provider = sek_section_get(llm, "provider");
        const struct sek_node *model = sek_section_get(llm, "model");
        if (provider == NULL) continue;
        if (model != NULL && !sek_text_equal(sek_section_text(llm, "model"), manifest->model)) continue;
        sek_gather_model(gather, manifest->model, manifest->model_node, sek_section_text(llm, "provider"), provider);
        done = true;
    }
    if (!done) sek_gather_model(gather, manifest->model, manifest->model_node, (struct sekuire_text){0}, NULL);
}

/* One llm block: its model, if it names one, its provider and its base_url. */
static void gather_llm(struct sek_gather *gather, const struct sek_node *llm) {
    struct sek_declaration *declaration = gather->declaration;
    const struct sek_node *model = sek_section_get(llm, "model");
    if (model != NULL)
        sek_gather_model(gather, sek_section_text(llm, "model"), model, sek_section_text(llm, "provider"),
                         sek_section_get(llm, "provider"));
    sek_gather_text(gather, &declaration->providers, llm, "provider");
    sek_gather_text(gather, &declaration->base_urls, llm, "base_url");
}

/* One name of a tool that the manifest lists. */
static void gather_name(struct sek_gather *gather, const struct sek_node *node) {
    struct sekuire_text text;
    if (!sek_manifest_string(node, &text)) return;
    sek_gather_item(gather, &gather->declaration->tools, text, node);
    sek_gather_item(gather, &gather->declaration->tool_names, text, node);
}

/* A list of names, or of objects with a name and perhaps that of a function, both judged as in a tools file. */
static void gather_names(struct sek_gather *gather, const struct sek_node *list) {
    if (list == NULL || list->kind != SEK_ARRAY) return;
    for (SEK_EACH(child, list)) {
        if (child->kind != SEK_OBJECT) gather_name(gather, child);
        gather_name(gather, sek_node_get(child, "name"));
        gather_name(gather, sek_node_get(sek_node_get(child, "function"), "name"));
    }
}

/* `tools` of an agent: names, or the path of a further tools file. */
static void gather_agent_tools(struct sek_gather *gather, const struct sek_node *tools) {
    struct sekuire_text path;
    if (tools != NULL && sek_manifest_string(tools, &path)) sek_gather_item(gather, &gather->declaration->tools_paths, path, tools);
    else gather_names(gather, tools);
}

/* The section `agent`, or one of `agents`. */
static void gather_agent(struct sek_gather *gather, const struct sek_node *agent) {
    struct sek_declaration *declaration = gather->declaration;
    const struct sek_node *network = sek_section_get(agent, "network");
    const struct sek_node *filesystem = sek_section_get(agent, "filesystem");
    gather_agent_tools(gather, sek_section_get(agent, "tools"));
    gather_names(gather, sek_section_get(agent, "allowed_tools"));
    sek_gather_texts(gather, &declaration->hosts, sek_section_get(network, "allow"));
    sek_gather_texts(gather, &declaration->paths, sek_section_get(filesystem, "allow_read"));
    sek_gather_texts(gather, &declaration->paths, sek_section_get(filesystem, "allow_write"));
    sek_gather_compliance(gather, sek_section_get(agent, "compliance"));
}

/* capabilities.requires, as far as it names tools of the tools file (the first file_count of tools): other entries are
 * capabilities of other agents. */
static void gather_requires(struct sek_gather *gather, const struct sek_manifest *manifest, size_t file_count) {
    struct sek_declared_list *tools = &gather->declaration->tools;
    const struct sek_node *
        requires
    = sek_section_get(manifest->capabilities, "requires");
    for (SEK_EACH(child, requires)) {
        struct sekuire_text text;
        if (!sek_manifest_string(child, &text)) continue;
        for (size_t i = 0; i < file_count; i++) {
            if (!sek_text_equal(tools->items[i].text, text)) continue;
            sek_gather_item(gather, tools, text, child);
            break;
        }
    }
}

/* Where a compliance section is, or would be looked for. */
static void place_compliance(struct sek_gather *gather, const struct sek_node *root) {
    struct sek_declaration *declaration = gather->declaration;
    if (declaration->compliance != NULL) return;
    const struct sek_node *agent = sek_section_get(root, "agent");
    declaration->compliance_source = (struct sek_source){gather->file, agent != NULL ? agent : root};
}

/* Is the path one of the list? */
static bool names_path(const struct sek_declared_list *paths, struct sekuire_text path) {
    for (size_t i = 0; i < paths->count; i++)
        if (sek_text_equal(paths->items[i].text, path)) return true;
    return false;
}

/* Takes a path out of the list, wherever it stands in it. */
static void take_path(struct sek_declared_list *paths, struct sekuire_text path) {
    size_t kept = 0;
    for (size_t i = 0; i < paths->count; i++)
        if (!sek_text_equal(paths->items[i].text, path)) paths->items[kept++] = paths->items[i];
    paths->count = kept;
}

int sek_declaration_from_manifest(struct sek_arena *arena, const struct sek_manifest *manifest, const char *manifest_file,
                                  const struct sek_node *tools, const char *tools_file, struct sek_declaration *ret,
                                  struct sekuire_error *err) {
    const struct sek_node *root = manifest->root;
    struct sek_declared_list blocks = {0};
    struct sek_declaration declaration = {
        .name = manifest->name,
        .version = manifest->version,
        .stated_id = manifest->sekuire_id,
        .identity_source = {manifest_file, sek_node_path(root, "project", "sekuire_id", NULL)},
        .prompt_path_source = {manifest_file, manifest->system_prompt_path_node},
        .tools_path_source = {manifest_file, manifest->tools_path_node},
        .permissions = sek_section_get(root, "permissions"),
        .rate_limits = sek_section_get(root, "rate_limits"),
    };
    struct sek_gather gather = {.arena = arena, .declaration = &declaration, .file = tools_file, .err = err};
    if (tools != NULL) sek_gather_tools_file(&gather, tools);
    size_t file_count = declaration.tools.count;

    gather.file = manifest_file;
    gather_blocks(&gather, root, &blocks);
    gather_identity(&gather, manifest, &blocks);
    for (size_t i = 0; i < blocks.count; i++) gather_llm(&gather, blocks.items[i].source.node);
    gather_agent(&gather, sek_section_get(root, "agent"));
    const struct sek_node *agents = sek_section_get(root, "agents");
    for (SEK_EACH(agent, agents)) gather_agent(&gather, agent);
    gather_requires(&gather, manifest, file_count);
    sek_gather_permissions(&gather, declaration.permissions);
    sek_gather_rate_limits(&gather, declaration.rate_limits);
    /* Not a section that manifests are documented to have: of other types it is somebody else's. */
    const struct sek_node *compliance = sek_section_get(root, "compliance");
    if (compliance != NULL && sek_schema_check(&sek_schema_compliance, compliance, "compliance", NULL) == 0)
        sek_gather_compliance(&gather, compliance);
    place_compliance(&gather, root);
    if (gather.status != 0) return gather.status;
    if (tools != NULL) take_path(&declaration.tools_paths, manifest->tools_path); /* the same file again */
    *ret = declaration;
    return 0;
}

int sek_declaration_add_tools(struct sek_arena *arena, struct sek_declaration *declaration, struct sekuire_text path, bool good,
                              const struct sek_node *tools, const char *tools_file, struct sekuire_error *err) {
    struct sek_declaration changed = *declaration;
    struct sek_gather gather = {.arena = arena, .declaration = &changed, .file = tools_file, .err = err};
    if (!names_path(&changed.tools_paths, path)) return 0;
    if (tools != NULL) sek_gather_tools_file(&gather, tools);
    for (size_t i = declaration->tools.count; i < changed.tools.count; i++)
        sek_gather_item(&gather, &changed.tool_names, changed.tools.items[i].text, changed.tools.items[i].source.node);
    if (gather.status != 0) return gather.status;
    if (good) take_path(&changed.tools_paths, path);
    *declaration = changed;
    return 0;
}

bool sek_declaration_has_model(const struct sek_declaration *declaration, struct sekuire_text model) {
    for (size_t i = 0; i < declaration->model_count; i++)
        if (sek_text_equal(declaration->models[i].model, model)) return true;
    return false;
}
