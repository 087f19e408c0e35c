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

struct sek_declared_item { /* a tool, a provider, a base_url, a host... */
    struct sekuire_text text;
    struct sek_source source;
};

struct sek_declared_limit {
    bool present;
    uint64_t value;
    struct sekuire_text variable; /* data not NULL: no number yet, but a text with ${...} */
    struct sek_source source;
};

struct sek_declared_list {
    struct sek_declared_item *items;
    size_t count;
};

/* At most SEK_LIMIT_DECLARED entries in each list. A value may stand in a list more than once, at different places. */
struct sek_declaration {
    struct sekuire_text name, version;
    /* Of `declared`: read from it; a caller that writes one sets sekuire_id, the computed id. */
    struct sekuire_text workspace_id, sekuire_id;
    /* What relative paths are relative to, absolute; of `declared` too. A caller that judges or writes a manifest's declaration
     * sets it (struct sek_comply_options has it also, for one that does not). Empty: unknown. */
    struct sekuire_text folder;
    /* identity.model, once for each provider that an llm block declares for it, and the model of every llm block. */
    struct sek_declared_model *models;
    size_t model_count;
    struct sek_declared_list providers;  /* every declared provider, those beside a model too */
    struct sek_declared_list tools;      /* of the tools file and of the manifest */
    struct sek_declared_list tool_names; /* those of tools that stand in the manifest's own lists, or in a further tools file */
    struct sek_declared_list tools_paths; /* further tools files that the manifest names (agent.tools, agents.K.tools, as a path) and
                                             that are not there: each is a finding */
    struct sek_declared_list base_urls;
    struct sek_declared_list hosts; /* permissions.network.allowed_hosts, agent.network.allow */
    struct sek_declared_list paths; /* permissions.filesystem.allowed_paths, agent.filesystem.allow_read and allow_write */
    struct sek_declared_limit limits[2][2]; /* [request, token][minute, hour] */
    struct sek_declared_list frameworks;
    bool audit_logging; /* declared, and nowhere declared to be off */
    struct sek_source audit_off_source; /* where it is declared to be off; node NULL: nowhere */
    struct sekuire_text data_residency; /* data NULL: none */
    struct sek_source data_residency_source;
    struct sek_source compliance_source; /* of the compliance section, else of where it would stand */
    struct sek_source identity_source; /* project.sekuire_id, where the manifest states one */
    struct sekuire_text stated_id;
    struct sek_source prompt_path_source, tools_path_source;
    const struct sek_node *permissions, *rate_limits, *compliance; /* as they stand; NULL where there are none */
};

/* From a manifest and the tree of its tools file (NULL: there is none to read, which the caller has to report). manifest_file and
 * tools_file are names for findings, borrowed. Errors: type,
 * with the position in the tools file, where tools is neither an array of tools nor an object with such an array `tools`, or an
 * entry has no name, function.name or type; too_large. */
int sek_declaration_from_manifest(struct sek_arena *arena, const struct sek_manifest *manifest, const char *manifest_file,
                                  const struct sek_node *tools, const char *tools_file, struct sek_declaration *ret,
                                  struct sekuire_error *err);

/* A further tools file, by the path under which the manifest names it: its tools join the declaration, and where good, the path is no
 * finding any more. tools NULL: they are in it already (identity.tools_path is the same file). A path that is not named is nothing.
 * Errors: as above. */
int sek_declaration_add_tools(struct sek_arena *arena, struct sek_declaration *declaration, struct sekuire_text path, bool good,
                              const struct sek_node *tools, const char *tools_file, struct sekuire_error *err);

/* From `declared` (http.md, Publish); tools is the tree of its TEXT. Its optional members, beyond http.md's: `base_urls`,
 * `tool_names`, `folder`. Sources have no file; their pointers are those of the request. Errors: type, missing_field,
 * unknown_key, too_large. */
int sek_declaration_from_json(struct sek_arena *arena, const struct sek_node *declared, const struct sek_node *tools,
                              struct sek_declaration *ret, struct sekuire_error *err);
/* From a publish request of a published client, which declares identity.model alone. Error: type. */
int sek_declaration_from_model(struct sek_arena *arena, const struct sek_node *model, struct sek_declaration *ret,
                               struct sekuire_error *err);
/* Is model among those declared? So that `declared` cannot leave out what the manifest of the same request says. */
bool sek_declaration_has_model(const struct sek_declaration *declaration, struct sekuire_text model);
/* Appends `declared` as compact JSON. User names and passwords, paths and queries of base_urls stay out of it. */
void sek_declaration_write(struct sek_buffer *out, const struct sek_declaration *declaration, struct sekuire_text workspace_id,
                           struct sekuire_text tools_text);

#endif
