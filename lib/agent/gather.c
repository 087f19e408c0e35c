/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering lists into a declaration. */
#include "agent/gather.h"

#include "agent/schema.h"
#include "base/error.h"
#include "base/limits.h"

enum { FIRST_ROOM = 8 };

/* Room for one more element behind count; array may move. Arrays hold FIRST_ROOM elements, then double. NULL on failure,
 * which is remembered. */
static void *grow(struct sek_gather *gather, void *array, size_t count, size_t size) {
    if (gather->status != 0) return NULL;
    if (count >= SEK_LIMIT_DECLARED) {
        gather->status = sek_fail(gather->err, SEKUIRE_ERR_TOO_LARGE, "an agent declares at most %u values of one kind",
                                  SEK_LIMIT_DECLARED);
        return NULL;
    }
    bool full = count == 0 || (count >= FIRST_ROOM && (count & (count - 1)) == 0);
    if (!full) return array;
    void *larger = sek_arena_array(gather->arena, count == 0 ? FIRST_ROOM : count * 2, size);
    if (larger == NULL) gather->status = sek_fail_memory(gather->err);
    else if (count > 0) memcpy(larger, array, count * size);
    return larger;
}

/* The source of what stands at node. */
static struct sek_source source_of(const struct sek_gather *gather, const struct sek_node *node) {
    return (struct sek_source){gather->file, node};
}

void sek_gather_item(struct sek_gather *gather, struct sek_declared_list *list, struct sekuire_text text,
                     const struct sek_node *node) {
    struct sek_declared_item *items = grow(gather, list->items, list->count, sizeof *items);
    if (items == NULL) return;
    list->items = items;
    items[list->count++] = (struct sek_declared_item){text, source_of(gather, node)};
}

void sek_gather_text(struct sek_gather *gather, struct sek_declared_list *list, const struct sek_node *section,
                     const char *key) {
    const struct sek_node *node = sek_section_get(section, key);
    struct sekuire_text text;
    if (node != NULL && sek_manifest_string(node, &text)) sek_gather_item(gather, list, text, node);
}

void sek_gather_texts(struct sek_gather *gather, struct sek_declared_list *list, const struct sek_node *array) {
    struct sekuire_text text;
    for (SEK_EACH(child, array)) {
        if (sek_manifest_string(child, &text)) sek_gather_item(gather, list, text, child);
    }
}

void sek_gather_model(struct sek_gather *gather, struct sekuire_text model, const struct sek_node *node,
                      struct sekuire_text provider, const struct sek_node *provider_node) {
    struct sek_declaration *declaration = gather->declaration;
    struct sek_declared_model *models = grow(gather, declaration->models, declaration->model_count, sizeof *models);
    if (models == NULL) return;
    declaration->models = models;
    models[declaration->model_count++] =
        (struct sek_declared_model){model, provider, source_of(gather, node), source_of(gather, provider_node)};
}

/* Appends the name that stands at node, which must be a string. */
static void tool_name(struct sek_gather *gather, const struct sek_node *node, const char *what) {
    struct sekuire_text text;
    if (node->kind == SEK_STRING && sek_manifest_string(node, &text))
        sek_gather_item(gather, &gather->declaration->tools, text, node);
    else if (gather->status == 0)
        gather->status = sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, node, "%s of a tool must be a string, not %s", what,
                                       sek_kind_name(node->kind));
}

/* One entry of a tools file: what it may be called by is judged, every name of it. */
static void tool_entry(struct sek_gather *gather, const struct sek_node *entry) {
    const struct sek_node *name = sek_node_get(entry, "name");
    const struct sek_node *function = sek_node_get(entry, "function");
    const struct sek_node *function_name = sek_node_get(function, "name");
    const struct sek_node *type = sek_node_get(entry, "type");
    if (gather->status == 0 && function != NULL && function->kind != SEK_OBJECT)
        gather->status = sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, function, "function must be an object, not %s",
                                       sek_kind_name(function->kind));
    if (name != NULL) tool_name(gather, name, "the name");
    if (function_name != NULL) tool_name(gather, function_name, "function.name");
    if (name != NULL || function_name != NULL || gather->status != 0) return;
    if (type != NULL) tool_name(gather, type, "the type");
    else
        gather->status = sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, entry,
                                       "a tool must be an object with a name, function.name or type");
}

void sek_gather_tools_file(struct sek_gather *gather, const struct sek_node *tools) {
    const struct sek_node *list = tools->kind == SEK_OBJECT ? sek_node_get(tools, "tools") : tools;
    if (gather->status != 0) return;
    if (list == NULL || list->kind != SEK_ARRAY) {
        gather->status =
            sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, list == NULL ? tools : list,
                          "tools must be an array of tools, or an object with such an array as its member tools");
        return;
    }
    for (SEK_EACH(entry, list)) tool_entry(gather, entry);
}

void sek_gather_permissions(struct sek_gather *gather, const struct sek_node *permissions) {
    const struct sek_node *network = sek_section_get(permissions, "network");
    const struct sek_node *filesystem = sek_section_get(permissions, "filesystem");
    sek_gather_texts(gather, &gather->declaration->hosts, sek_section_get(network, "allowed_hosts"));
    sek_gather_texts(gather, &gather->declaration->paths, sek_section_get(filesystem, "allowed_paths"));
}

/* One limit, where it is declared. */
static void gather_limit(struct sek_gather *gather, const struct sek_node *section, const char *key,
                         struct sek_declared_limit *limit) {
    const struct sek_node *node = sek_section_get(section, key);
    struct sekuire_text text;
    if (node == NULL) return;
    *limit = (struct sek_declared_limit){.present = true, .source = source_of(gather, node)};
    if (!sek_node_u64(node, &limit->value) && sek_manifest_string(node, &text)) limit->variable = text;
}

void sek_gather_rate_limits(struct sek_gather *gather, const struct sek_node *rate_limits) {
    static const char *const types[] = {"requests", "tokens"};
    static const char *const windows[] = {"max_per_minute", "max_per_hour"};
    for (size_t type = 0; type < 2; type++) {
        const struct sek_node *section = sek_section_get(rate_limits, types[type]);
        for (size_t window = 0; window < 2; window++)
            gather_limit(gather, section, windows[window], &gather->declaration->limits[type][window]);
    }
}

void sek_gather_compliance(struct sek_gather *gather, const struct sek_node *compliance) {
    struct sek_declaration *declaration = gather->declaration;
    if (compliance == NULL) return;
    if (declaration->compliance == NULL) {
        declaration->compliance = compliance;
        declaration->compliance_source = source_of(gather, compliance);
    }
    const struct sek_node *framework = sek_section_get(compliance, "framework");
    if (framework != NULL && framework->kind == SEK_ARRAY) sek_gather_texts(gather, &declaration->frameworks, framework);
    else sek_gather_text(gather, &declaration->frameworks, compliance, "framework");
    const struct sek_node *logging = sek_section_get(compliance, "audit_logging");
    bool off = logging != NULL && !(logging->kind == SEK_BOOL && logging->boolean);
    if (off && declaration->audit_off_source.node == NULL) declaration->audit_off_source = source_of(gather, logging);
    if (off) declaration->audit_logging = false;
    else if (logging != NULL && declaration->audit_off_source.node == NULL) declaration->audit_logging = true;
    if (declaration->data_residency.data != NULL) return;
    declaration->data_residency = sek_section_text(compliance, "data_residency");
    declaration->data_residency_source = source_of(gather, sek_section_get(compliance, "data_residency"));
}
