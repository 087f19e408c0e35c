/* SPDX-License-Identifier: Apache-2.0 */
/* An agent's manifest and tools file, read (docs/spec/wire.md, section 5). No files are opened here: the caller hands bytes. */
#ifndef SEK_AGENT_MANIFEST_H
#define SEK_AGENT_MANIFEST_H

#include "tree/node.h"

enum sek_manifest_format { SEK_MANIFEST_YAML, SEK_MANIFEST_JSON };

/* Strings are borrowed from the tree; data NULL where absent. A YAML plain scalar gives its source text. */
struct sek_manifest {
    const struct sek_node *root;
    enum sek_manifest_format format;
    struct sekuire_text name, version, description, license, sekuire_id; /* project.* */
    const struct sek_node *authors; /* project.authors, or NULL */
    struct sekuire_text author;
    struct sekuire_text model, system_prompt_path, tools_path; /* identity.*; all required */
    const struct sek_node *model_node, *system_prompt_path_node, *tools_path_node;
    const struct sek_node *capabilities, *discovery, *a2a, *deployment; /* sections that publish sends along, or NULL */
};

/* The text of a scalar that stands where a string is expected: a JSON string, a quoted YAML scalar, or a plain YAML scalar's
 * source. False for anything else. */
bool sek_manifest_string(const struct sek_node *node, struct sekuire_text *ret);

/* Reads a manifest: known sections and fields must have their types. bytes and arena outlive it. Errors: those of the parsers,
 * and type, missing_field (with the position of the section that lacks it). */
int sek_manifest_parse(struct sek_arena *arena, struct sekuire_text bytes, enum sek_manifest_format format,
                       struct sek_manifest *ret, struct sekuire_error *err);

/* The manifest with project.sekuire_id set to id, appended to out: that one line is changed in place or inserted as the last of
 * `project`; every other byte stays. YAML only. Fails (error content, with the position and what to write by hand) where that
 * cannot be done: a flow-style project, a multi-line value, an alias... The result is read again and compared. */
struct sek_buffer;
int sek_manifest_set_id(const struct sek_manifest *manifest, struct sekuire_text bytes, struct sekuire_text id,
                        struct sek_buffer *out, struct sekuire_error *err);

/* The index-th place where the manifest names a further tools file (agent.tools, agents.K.tools as a string), and the path there;
 * NULL past the last. */
const struct sek_node *sek_manifest_tools_path(const struct sek_manifest *manifest, size_t index, struct sekuire_text *ret);
/* Does a path leave the manifest's folder, as far as its text tells? Links are the caller's to follow. */
bool sek_manifest_path_leaves(struct sekuire_text path);

/* Expands nothing: says whether a text still holds ${...}. */
bool sek_manifest_has_variable(struct sekuire_text text);

#endif
