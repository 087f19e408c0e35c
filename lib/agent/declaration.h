/* SPDX-License-Identifier: Apache-2.0 */
/* All that an agent declares and section 6 of docs/spec/semantics.md judges, gathered from a manifest and its tools file, or from
 * the `declared` member of a publish request. Comply judges this and nothing else, so client and server judge alike. */
#ifndef SEK_AGENT_DECLARATION_H
#define SEK_AGENT_DECLARATION_H

#include "agent/manifest.h"
#include "base/buffer.h"
#include "base/report.h"

/* Where something was declared. */
struct sek_source {
    const char *file;    /* NULL where there is none (declared over HTTP) */
    const struct sek_node *node; /* its position and pointer; may be NULL */
};

struct sek_declared_model {
    struct sekuire_text model;
    struct sekuire_text provider; /* declared beside it; data NULL if none */
    struct sek_source source;
    struct sek_source provider_source;
};

struct sek_declared_item { /* a tool, a provider that stands alone, a base_url */
    struct sekuire_text text;
    struct sek_source source;
};

struct sek_declared_limit {
    bool present;
    uint64_t value;
    struct sek_source source;
};

struct sek_declared_list {
    struct sek_declared_item *items;
    size_t count;
};

struct sek_declaration {
    struct sekuire_text name, version, sekuire_id;
    struct sek_declared_model *models;
    size_t model_count;
    struct sek_declared_list providers; /* every declared provider */
    struct sek_declared_list tools;
    struct sek_declared_list base_urls;
    struct sek_declared_list hosts; /* permissions.network.allowed_hosts, agent.network.allow */
    struct sek_declared_list paths; /* permissions.filesystem.allowed_paths, agent.filesystem.allow_read and allow_write */
    struct sek_declared_limit limits[2][2]; /* [request, token][minute, hour] */
    struct sek_declared_list frameworks;
    bool audit_logging;
    struct sekuire_text data_residency; /* data NULL: none */
    struct sek_source compliance_source;
    struct sek_source identity_source; /* project.sekuire_id, where the manifest states one */
    struct sekuire_text stated_id;
    struct sek_source prompt_path_source, tools_path_source;
    const struct sek_node *permissions, *rate_limits, *compliance; /* as they stand, for `declared` */
};

/* From a manifest and the tree of its tools file (tools may be any JSON; entries that are none are findings manifest.value or an
 * error of type, as section 6 says). manifest_file and tools_file are names for findings, borrowed. */
int sek_declaration_from_manifest(struct sek_arena *arena, const struct sek_manifest *manifest, const char *manifest_file,
                                  const struct sek_node *tools, const char *tools_file, struct sek_declaration *ret,
                                  struct sekuire_error *err);

/* From `declared` (http.md, Publish); tools is the tree of its TEXT. Errors: type, missing_field, unknown_key. */
int sek_declaration_from_json(struct sek_arena *arena, const struct sek_node *declared, const struct sek_node *tools,
                              struct sek_declaration *ret, struct sekuire_error *err);
/* From a publish request of a published client, which declares identity.model alone. */
int sek_declaration_from_model(struct sek_arena *arena, const struct sek_node *model, struct sek_declaration *ret,
                               struct sekuire_error *err);
/* Appends `declared` as compact JSON. */
void sek_declaration_write(struct sek_buffer *out, const struct sek_declaration *declaration, struct sekuire_text workspace_id,
                           struct sekuire_text tools_text);

#endif
