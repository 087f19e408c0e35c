/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a manifest's types, and the check that follows them. The depth of the recursion is the tables' own. */
#include "agent/schema.h"

#include <stdio.h>

#include "agent/manifest.h"
#include "base/error.h"

enum shape {
    END = 0,
    TEXT,
    TEXTS,         /* a list of strings */
    TEXT_OR_TEXTS, /* one string, or a list of them */
    FLAG,          /* a boolean, or a ${variable} */
    COUNT,         /* an integer from 0, or a ${variable} */
    SECTION,
    SECTIONS, /* a list of sections */
    ITEMS,    /* a list of strings or sections */
    NAMED,    /* sections of one kind by names of the user's */
    TOOLS,    /* a list of names or of {name}; or the path of a tools file, as published agents have it */
    NAMES     /* a list of names or of {name} */
};

struct field {
    const char *key;
    enum shape shape;
    bool required;
    const struct sek_schema *members; /* of SECTION, SECTIONS and NAMED; NULL: anything */
};

struct sek_schema {
    const struct field *fields; /* ends with END */
};

enum { NAME_MAX_SIZE = 160 };

#define SCHEMA(name, ...)                                                                                                  \
    static const struct field name##_fields[] = {__VA_ARGS__, {NULL, END, false, NULL}};                                   \
    static const struct sek_schema name = {name##_fields}
#define PUBLIC_SCHEMA(name, ...)                                                                                           \
    static const struct field name##_fields[] = {__VA_ARGS__, {NULL, END, false, NULL}};                                   \
    const struct sek_schema name = {name##_fields}
#define OPTIONAL(key, shape) {key, shape, false, NULL}
#define REQUIRED(key, shape) {key, shape, true, NULL}
#define PART(key, shape, members) {key, shape, false, &(members)}

SCHEMA(project, REQUIRED("name", TEXT), REQUIRED("version", TEXT), OPTIONAL("description", TEXT),
       OPTIONAL("authors", TEXTS), OPTIONAL("author", TEXT), OPTIONAL("license", TEXT), OPTIONAL("sekuire_id", TEXT));
SCHEMA(identity, REQUIRED("model", TEXT), REQUIRED("system_prompt_path", TEXT), REQUIRED("tools_path", TEXT),
       OPTIONAL("system_prompt_hash", TEXT), OPTIONAL("tools_hash", TEXT));
SCHEMA(llm, OPTIONAL("provider", TEXT), OPTIONAL("model", TEXT), OPTIONAL("api_key_env", TEXT), OPTIONAL("base_url", TEXT));
SCHEMA(agent_network, OPTIONAL("allow", TEXTS), OPTIONAL("block", TEXTS));
SCHEMA(agent_filesystem, OPTIONAL("allow_read", TEXTS), OPTIONAL("allow_write", TEXTS), OPTIONAL("block_all", TEXTS));
PUBLIC_SCHEMA(sek_schema_compliance, OPTIONAL("framework", TEXT_OR_TEXTS), OPTIONAL("audit_logging", FLAG),
              OPTIONAL("require_approval", NAMES));
SCHEMA(agent, OPTIONAL("name", TEXT), PART("llm", SECTION, llm), OPTIONAL("tools", TOOLS), OPTIONAL("allowed_tools", NAMES),
       PART("compliance", SECTION, sek_schema_compliance), PART("network", SECTION, agent_network),
       PART("filesystem", SECTION, agent_filesystem));
SCHEMA(delegation, OPTIONAL("agent_type", TEXT), OPTIONAL("capabilities", TEXTS));
SCHEMA(capabilities, OPTIONAL("provides", TEXTS), OPTIONAL("requires", TEXTS), PART("delegates_to", SECTIONS, delegation));
SCHEMA(network, OPTIONAL("allowed_hosts", TEXTS), OPTIONAL("blocked_hosts", TEXTS));
SCHEMA(filesystem, OPTIONAL("allowed_paths", TEXTS), OPTIONAL("blocked_paths", TEXTS));
PUBLIC_SCHEMA(sek_schema_permissions, PART("network", SECTION, network), PART("filesystem", SECTION, filesystem));
SCHEMA(limits, OPTIONAL("max_per_minute", COUNT), OPTIONAL("max_per_hour", COUNT));
PUBLIC_SCHEMA(sek_schema_rate_limits, PART("requests", SECTION, limits), PART("tokens", SECTION, limits));
SCHEMA(deployment, OPTIONAL("env", ITEMS));
PUBLIC_SCHEMA(sek_schema_manifest, OPTIONAL("spec_version", TEXT), {"project", SECTION, true, &project},
              {"identity", SECTION, true, &identity}, PART("agent", SECTION, agent), PART("agents", NAMED, agent),
              PART("llm", SECTION, llm), PART("capabilities", SECTION, capabilities),
              PART("permissions", SECTION, sek_schema_permissions), PART("rate_limits", SECTION, sek_schema_rate_limits),
              OPTIONAL("a2a", SECTION), OPTIONAL("discovery", SECTION), PART("deployment", SECTION, deployment),
              OPTIONAL("logger", SECTION), OPTIONAL("server", SECTION));

/* "agent" and "llm" give "agent.llm", cut where it does not fit. */
static void join(char out[NAME_MAX_SIZE], const char *name, struct sekuire_text key) {
    snprintf(out, NAME_MAX_SIZE, "%s%s%.*s", name, *name == '\0' ? "" : ".", SEK_TEXT_ARGS(key));
}

/* The error that node, called name, is not what it should be. */
static int wrong(struct sekuire_error *err, const struct sek_node *node, const char *name, const char *should) {
    return sek_fail_node(err, SEKUIRE_ERR_TYPE, node, "%s must be %s, not %s", name, should, sek_kind_name(node->kind));
}

/* A string of which some part is a ${variable}: its type cannot be told. */
static bool is_variable(const struct sek_node *node) {
    struct sekuire_text text;
    return node->kind == SEK_STRING && sek_manifest_string(node, &text) && sek_manifest_has_variable(text);
}

/* What a merge would bring in could not be seen, and so not be judged: no map that is judged may have that key, in quotes or not, though
 * it might be a name there. */
static int refuse_merge(const struct sek_node *node, struct sekuire_error *err) {
    const struct sek_node *merge = sek_node_get(node, "<<");
    if (merge != NULL)
        return sek_fail_at(err, SEKUIRE_ERR_TYPE, merge->key_at.line, merge->key_at.column, merge->key_at.offset,
                           "the merge key << is not supported: write the keys out");
    return 0;
}

/* Checks an object that stands for a name; a function in it, as tools files have one, may have another name. */
static int check_named(const struct sek_node *node, const char *name, struct sekuire_error *err) {
    struct sekuire_text text;
    const struct sek_node *inner = sek_node_get(node, "name");
    const struct sek_node *function = sek_node_get(node, "function");
    const struct sek_node *function_name = sek_node_get(function, "name");
    int status = refuse_merge(node, err);
    if (status == 0) status = refuse_merge(function, err);
    if (status != 0) return status;
    if (inner == NULL || !sek_manifest_string(inner, &text)) return wrong(err, node, name, "a list of names");
    if (function != NULL && function->kind != SEK_OBJECT) return wrong(err, function, "function", "an object");
    if (function_name == NULL || sek_manifest_string(function_name, &text)) return 0;
    return wrong(err, function_name, "function.name", "a string");
}

/* Checks a list of strings, or of strings and objects with a name. */
static int check_list(const struct sek_node *node, const char *name, bool objects, struct sekuire_error *err) {
    struct sekuire_text text;
    if (node->kind != SEK_ARRAY) return wrong(err, node, name, objects ? "a list of names" : "a list of strings");
    for (SEK_EACH(child, node)) {
        if (sek_manifest_string(child, &text)) continue;
        if (!objects) return wrong(err, child, name, "a list of strings");
        int status = check_named(child, name, err);
        if (status != 0) return status;
    }
    return 0;
}

/* Checks each child of a list or of a map with one table. */
static int check_each(const struct field *field, const struct sek_node *node, const char *name, struct sekuire_error *err) {
    char inner[NAME_MAX_SIZE];
    int status = refuse_merge(node, err);
    if (status != 0) return status;
    for (SEK_EACH(child, node)) {
        if (field->shape == NAMED) join(inner, name, child->key);
        else snprintf(inner, sizeof inner, "an entry of %s", name);
        struct sekuire_text text;
        if (field->shape == NAMED && child->kind == SEK_NULL) continue;
        if (field->shape == ITEMS && sek_manifest_string(child, &text)) continue;
        if (child->kind != SEK_OBJECT) return wrong(err, child, inner, "a section");
        status = field->members == NULL ? 0 : sek_schema_check(field->members, child, inner, err);
        if (status != 0) return status;
    }
    return 0;
}

/* Checks one member that is there. */
static int check_field(const struct field *field, const struct sek_node *node, const char *name,
                       struct sekuire_error *err) {
    struct sekuire_text text;
    uint64_t count;
    switch (field->shape) {
    case TEXT: return sek_manifest_string(node, &text) ? 0 : wrong(err, node, name, "a string");
    case TEXTS: return check_list(node, name, false, err);
    case TEXT_OR_TEXTS: return sek_manifest_string(node, &text) ? 0 : check_list(node, name, false, err);
    case NAMES: return check_list(node, name, true, err);
    case TOOLS: return sek_manifest_string(node, &text) ? 0 : check_list(node, name, true, err);
    case FLAG: return node->kind == SEK_BOOL || is_variable(node) ? 0 : wrong(err, node, name, "true or false");
    case COUNT:
        if (sek_node_u64(node, &count) || is_variable(node)) return 0;
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, node, "%s must be an integer from 0 to 18446744073709551615", name);
    case SECTION:
        if (node->kind != SEK_OBJECT) return wrong(err, node, name, "a section");
        return field->members == NULL ? 0 : sek_schema_check(field->members, node, name, err);
    case SECTIONS:
        return node->kind == SEK_ARRAY ? check_each(field, node, name, err) : wrong(err, node, name, "a list of sections");
    case ITEMS:
        return node->kind == SEK_ARRAY ? check_each(field, node, name, err) : wrong(err, node, name, "a list of strings or sections");
    case NAMED:
        return node->kind == SEK_OBJECT ? check_each(field, node, name, err) : wrong(err, node, name, "a map of sections");
    case END: break;
    }
    return 0;
}

int sek_schema_check(const struct sek_schema *schema, const struct sek_node *node, const char *name,
                     struct sekuire_error *err) {
    char inner[NAME_MAX_SIZE];
    if (node->kind != SEK_OBJECT) return wrong(err, node, *name == '\0' ? "the manifest" : name, "an object");
    int status = refuse_merge(node, err);
    if (status != 0) return status;
    for (const struct field *field = schema->fields; field->shape != END; field++) {
        const struct sek_node *member = sek_node_get(node, field->key);
        join(inner, name, sek_text(field->key));
        if (member == NULL && field->required)
            return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, node, "%s is missing", inner);
        if (member == NULL) continue;
        if (member->kind == SEK_NULL && !field->required) continue;
        status = check_field(field, member, inner, err);
        if (status != 0) return status;
    }
    return 0;
}

const struct sek_node *sek_section_get(const struct sek_node *section, const char *key) {
    const struct sek_node *node = sek_node_get(section, key);
    return node == NULL || node->kind == SEK_NULL ? NULL : node;
}

struct sekuire_text sek_section_text(const struct sek_node *section, const char *key) {
    const struct sek_node *node = sek_section_get(section, key);
    struct sekuire_text text = {0};
    if (node != NULL) sek_manifest_string(node, &text);
    return text;
}
