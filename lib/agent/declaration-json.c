/* SPDX-License-Identifier: Apache-2.0 */
/* A declaration from and to the `declared` member of a publish request. */
#include "agent/declaration.h"

#include "agent/base-url.h"
#include "agent/gather.h"
#include "agent/schema.h"
#include "base/error.h"
#include "tree/write.h"

/* The members of `declared`. */
struct member {
    const char *key;
    enum sek_kind kind;
    bool required;
    bool nullable;
};

static const struct member members[] = {
    {"workspace_id", SEK_STRING, true, false}, {"sekuire_id", SEK_STRING, true, false},
    {"name", SEK_STRING, true, false},         {"version", SEK_STRING, true, false},
    {"tools", SEK_STRING, true, false},        {"providers", SEK_ARRAY, true, false},
    {"models", SEK_ARRAY, true, false},        {"permissions", SEK_OBJECT, true, true},
    {"rate_limits", SEK_OBJECT, true, true},   {"compliance", SEK_OBJECT, true, true},
    {"base_urls", SEK_ARRAY, false, false},    {"tool_names", SEK_ARRAY, false, false},
    {"folder", SEK_STRING, false, false},
};

enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

/* The row for a key, or NULL. */
static const struct member *find_member(struct sekuire_text key) {
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (sek_text_is(key, members[i].key)) return &members[i];
    return NULL;
}

/* Every member is known and of its kind, none is missing. */
static int check_members(const struct sek_node *declared, struct sekuire_error *err) {
    if (declared->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, declared, "declared must be an object, not %s",
                             sek_kind_name(declared->kind));
    for (SEK_EACH(child, declared)) {
        const struct member *member = find_member(child->key);
        if (member == NULL)
            return sek_fail_node(err, SEKUIRE_ERR_UNKNOWN_KEY, child, "declared has no member %.*s",
                                 SEK_TEXT_ARGS(child->key));
        if (child->kind == member->kind || (member->nullable && child->kind == SEK_NULL)) continue;
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, child, "declared.%s must be %s, not %s", member->key,
                             sek_kind_name(member->kind), sek_kind_name(child->kind));
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (members[i].required && sek_node_get(declared, members[i].key) == NULL)
            return sek_fail_node(err, SEKUIRE_ERR_MISSING_FIELD, declared, "declared.%s is missing", members[i].key);
    return 0;
}

/* Appends every string of the array that is the member key of declared. */
static void strings(struct sek_gather *gather, const struct sek_node *declared, const char *key,
                    struct sek_declared_list *list) {
    const struct sek_node *array = sek_node_get(declared, key);
    for (SEK_EACH(child, array)) {
        if (gather->status == 0 && child->kind != SEK_STRING)
            gather->status = sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, child, "declared.%s must hold strings, not %s",
                                           key, sek_kind_name(child->kind));
    }
    sek_gather_texts(gather, list, array);
}

/* Appends one model: a name, or {model, provider}. */
static void read_model(struct sek_gather *gather, const struct sek_node *entry) {
    bool object = entry->kind == SEK_OBJECT;
    const struct sek_node *model = object ? sek_node_get(entry, "model") : entry;
    const struct sek_node *provider = sek_node_get(entry, "provider");
    struct sekuire_text name;
    struct sekuire_text provider_name = {0};
    if (object && entry->count != (provider == NULL ? 1u : 2u)) goto wrong;
    if (model == NULL || model->kind != SEK_STRING || !sek_manifest_string(model, &name)) goto wrong;
    if (provider != NULL && provider->kind == SEK_NULL) provider = NULL;
    if (provider != NULL && (provider->kind != SEK_STRING || !sek_manifest_string(provider, &provider_name))) goto wrong;
    sek_gather_model(gather, name, model, provider_name, provider);
    return;
wrong:
    if (gather->status == 0)
        gather->status = sek_fail_node(gather->err, SEKUIRE_ERR_TYPE, entry,
                                       "declared.models must hold strings and objects of model and provider");
}

int sek_declaration_from_json(struct sek_arena *arena, const struct sek_node *declared, const struct sek_node *tools,
                              struct sek_declaration *ret, struct sekuire_error *err) {
    int status = check_members(declared, err);
    if (status != 0) return status;
    struct sek_declaration declaration = {
        .name = sek_section_text(declared, "name"),
        .version = sek_section_text(declared, "version"),
        .workspace_id = sek_section_text(declared, "workspace_id"),
        .sekuire_id = sek_section_text(declared, "sekuire_id"),
        .folder = sek_section_text(declared, "folder"),
        .permissions = sek_section_get(declared, "permissions"),
        .rate_limits = sek_section_get(declared, "rate_limits"),
        .compliance_source = {NULL, declared},
    };
    const struct sek_node *compliance = sek_section_get(declared, "compliance");
    if (declaration.permissions != NULL)
        status = sek_schema_check(&sek_schema_permissions, declaration.permissions, "declared.permissions", err);
    if (status == 0 && declaration.rate_limits != NULL)
        status = sek_schema_check(&sek_schema_rate_limits, declaration.rate_limits, "declared.rate_limits", err);
    if (status == 0 && compliance != NULL)
        status = sek_schema_check(&sek_schema_compliance, compliance, "declared.compliance", err);
    if (status != 0) return status;

    struct sek_gather gather = {.arena = arena, .declaration = &declaration, .err = err};
    sek_gather_tools_file(&gather, tools);
    strings(&gather, declared, "tool_names", &declaration.tools);
    strings(&gather, declared, "tool_names", &declaration.tool_names);
    strings(&gather, declared, "providers", &declaration.providers);
    const struct sek_node *models = sek_node_get(declared, "models");
    for (SEK_EACH(entry, models)) read_model(&gather, entry);
    strings(&gather, declared, "base_urls", &declaration.base_urls);
    sek_gather_permissions(&gather, declaration.permissions);
    sek_gather_rate_limits(&gather, declaration.rate_limits);
    sek_gather_compliance(&gather, compliance);
    if (gather.status != 0) return gather.status;
    *ret = declaration;
    return 0;
}

int sek_declaration_from_model(struct sek_arena *arena, const struct sek_node *model, struct sek_declaration *ret,
                               struct sekuire_error *err) {
    struct sekuire_text text;
    struct sek_declaration declaration = {0};
    struct sek_gather gather = {.arena = arena, .declaration = &declaration, .err = err};
    if (model->kind != SEK_STRING || !sek_manifest_string(model, &text))
        return sek_fail_node(err, SEKUIRE_ERR_TYPE, model, "identity.model must be a string, not %s",
                             sek_kind_name(model->kind));
    sek_gather_model(&gather, text, model, (struct sekuire_text){0}, NULL);
    if (gather.status != 0) return gather.status;
    *ret = declaration;
    return 0;
}

/* An array of strings as the member key; nothing where the list is empty and optional. */
static void write_list(struct sek_writer *writer, const char *key, const struct sek_declared_list *list, bool optional) {
    if (optional && list->count == 0) return;
    sek_write_key(writer, key);
    sek_write_array(writer);
    for (size_t i = 0; i < list->count; i++) sek_write_text(writer, list->items[i].text);
    sek_write_array_end(writer);
}

/* What takes the place of credentials in a URL that is none. */
#define WITHHELD "***"

/* What a policy judges of a URL, and no more; one that cannot be split is written whole, and refused for it. */
static void write_url(struct sek_writer *writer, struct sekuire_text url) {
    struct sek_base_url parts;
    struct sek_buffer text;
    sek_buffer_init(&text, url.size + sizeof WITHHELD);
    if (sek_manifest_has_variable(url) || !sek_base_url_split(url, &parts)) {
        /* It cannot be judged there either; what stands before an '@' may be a password, wherever the host begins. */
        const char *at = url.size == 0 ? NULL : memrchr(url.data, '@', url.size);
        if (at != NULL) {
            sek_buffer_string(&text, WITHHELD);
            url = (struct sekuire_text){at, url.size - (size_t)(at - url.data)};
        }
        sek_buffer_text(&text, url);
    } else {
        sek_buffer_text(&text, parts.scheme);
        sek_buffer_string(&text, "://");
        sek_buffer_text(&text, parts.host);
        if (parts.port.size > 0) sek_buffer_byte(&text, ':');
        sek_buffer_text(&text, parts.port);
    }
    if (text.status != 0 && writer->out->status == 0) writer->out->status = text.status;
    sek_write_text(writer, sek_buffer_view(&text));
    sek_buffer_clear(&text);
}

/* {"model","provider"} where a provider was declared beside the model, else its name. */
static void write_model(struct sek_writer *writer, const struct sek_declared_model *model) {
    if (model->provider.data == NULL) {
        sek_write_text(writer, model->model);
        return;
    }
    sek_write_object(writer);
    sek_write_member_text(writer, "model", model->model);
    sek_write_member_text(writer, "provider", model->provider);
    sek_write_object_end(writer);
}

/* {"network":{"allowed_hosts"},"filesystem":{"allowed_paths"}} with all that was declared, wherever it stood. */
static void write_permissions(struct sek_writer *writer, const struct sek_declaration *declaration) {
    sek_write_key(writer, "permissions");
    if (declaration->permissions == NULL && declaration->hosts.count == 0 && declaration->paths.count == 0) {
        sek_write_null(writer);
        return;
    }
    sek_write_object(writer);
    if (declaration->hosts.count > 0) {
        sek_write_key(writer, "network");
        sek_write_object(writer);
        write_list(writer, "allowed_hosts", &declaration->hosts, false);
        sek_write_object_end(writer);
    }
    if (declaration->paths.count > 0) {
        sek_write_key(writer, "filesystem");
        sek_write_object(writer);
        write_list(writer, "allowed_paths", &declaration->paths, false);
        sek_write_object_end(writer);
    }
    sek_write_object_end(writer);
}

/* The limits of one type, as a member. */
static void write_limits(struct sek_writer *writer, const char *key, const struct sek_declared_limit limits[2]) {
    static const char *const windows[] = {"max_per_minute", "max_per_hour"};
    if (!limits[0].present && !limits[1].present) return;
    sek_write_key(writer, key);
    sek_write_object(writer);
    for (size_t i = 0; i < 2; i++) {
        if (!limits[i].present) continue;
        if (limits[i].variable.data != NULL) sek_write_member_text(writer, windows[i], limits[i].variable);
        else sek_write_member_u64(writer, windows[i], limits[i].value);
    }
    sek_write_object_end(writer);
}

/* The rate limits, or null where none are declared. */
static void write_rate_limits(struct sek_writer *writer, const struct sek_declaration *declaration) {
    bool any = declaration->rate_limits != NULL;
    for (size_t i = 0; i < 4; i++) any |= declaration->limits[i / 2][i % 2].present;
    sek_write_key(writer, "rate_limits");
    if (!any) {
        sek_write_null(writer);
        return;
    }
    sek_write_object(writer);
    write_limits(writer, "requests", declaration->limits[0]);
    write_limits(writer, "tokens", declaration->limits[1]);
    sek_write_object_end(writer);
}

/* The compliance section, gathered from all places, or null. */
static void write_compliance(struct sek_writer *writer, const struct sek_declaration *declaration) {
    sek_write_key(writer, "compliance");
    if (declaration->compliance == NULL) {
        sek_write_null(writer);
        return;
    }
    sek_write_object(writer);
    if (declaration->frameworks.count == 1)
        sek_write_member_text(writer, "framework", declaration->frameworks.items[0].text);
    else write_list(writer, "framework", &declaration->frameworks, true);
    sek_write_member_bool(writer, "audit_logging", declaration->audit_logging);
    if (declaration->data_residency.data != NULL)
        sek_write_member_text(writer, "data_residency", declaration->data_residency);
    sek_write_object_end(writer);
}

/* Does any declared path need the folder to be understood? */
static bool has_relative_path(const struct sek_declaration *declaration) {
    for (size_t i = 0; i < declaration->paths.count; i++) {
        struct sekuire_text path = declaration->paths.items[i].text;
        if (!sek_text_starts(path, SEK_TEXT("/")) && !sek_text_is(path, "*")) return true;
    }
    return false;
}

void sek_declaration_write(struct sek_buffer *out, const struct sek_declaration *declaration,
                           struct sekuire_text workspace_id, struct sekuire_text tools_text) {
    struct sek_writer writer;
    sek_writer_init(&writer, out, false);
    sek_write_object(&writer);
    sek_write_member_text(&writer, "workspace_id", workspace_id);
    sek_write_member_text(&writer, "sekuire_id", declaration->sekuire_id);
    sek_write_member_text(&writer, "name", declaration->name);
    sek_write_member_text(&writer, "version", declaration->version);
    sek_write_member_text(&writer, "tools", tools_text);
    write_list(&writer, "providers", &declaration->providers, false);
    sek_write_key(&writer, "models");
    sek_write_array(&writer);
    for (size_t i = 0; i < declaration->model_count; i++) write_model(&writer, &declaration->models[i]);
    sek_write_array_end(&writer);
    write_permissions(&writer, declaration);
    write_rate_limits(&writer, declaration);
    write_compliance(&writer, declaration);
    if (declaration->base_urls.count > 0) {
        sek_write_key(&writer, "base_urls");
        sek_write_array(&writer);
        for (size_t i = 0; i < declaration->base_urls.count; i++) write_url(&writer, declaration->base_urls.items[i].text);
        sek_write_array_end(&writer);
    }
    write_list(&writer, "tool_names", &declaration->tool_names, true);
    if (declaration->folder.size > 0 && has_relative_path(declaration))
        sek_write_member_text(&writer, "folder", declaration->folder);
    sek_write_object_end(&writer);
}
