/* SPDX-License-Identifier: Apache-2.0 */
/* An agent: its manifest, prompt and tools, and the SekuireID that follows from them. */
#ifndef SEKUIRE_AGENT_H
#define SEKUIRE_AGENT_H

#include <sekuire/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Read-only once made. Copies what it is given. */
struct sekuire_agent;

/* A further tools file, which `agent.tools` or `agents.K.tools` of the manifest names by a path instead of listing tools. */
struct sekuire_agent_tools {
    const char *path; /* as the manifest writes it; findings name the file by it */
    struct sekuire_text text;
};

/* Zero it first: members are added at its end. */
struct sekuire_agent_files {
    const char *manifest_name; /* "sekuire.yml": its ending says whether it is YAML or JSON, and findings name it */
    struct sekuire_text manifest;
    struct sekuire_text prompt;
    const char *tools_name;
    struct sekuire_text tools;
    const char *folder; /* absolute path of the manifest's folder, links resolved; NULL: relative paths are findings */
    /* Further tools files, in any order. One that the manifest names and that is not here is a finding manifest.path; one that it
     * does not name is not looked at. */
    const struct sekuire_agent_tools *more_tools;
    size_t more_tools_count;
};

/* Which files does a manifest name? Fills two NUL-terminated buffers of size bytes each. Errors: as sekuire_agent_new. */
SEKUIRE_API int sekuire_agent_paths(const char *manifest_name, struct sekuire_text manifest, char *prompt_path, char *tools_path,
                                    size_t size, struct sekuire_error *err);
/* Which further tools files does it name? The index-th path, from 0, in a NUL-terminated buffer of size bytes; the same path may come
 * more than once. Errors: not_found past the last; else as sekuire_agent_new. */
SEKUIRE_API int sekuire_agent_more_tools(const char *manifest_name, struct sekuire_text manifest, size_t index, char *path, size_t size,
                                         struct sekuire_error *err);
/* Errors: syntax, too_large, too_deep, duplicate_key, utf8, number, type, missing_field, memory; the message begins with the name
 * of the file that it is about. Free with sekuire_agent_free. */
SEKUIRE_API int sekuire_agent_new(const struct sekuire_agent_files *files, struct sekuire_agent **ret, struct sekuire_error *err);
/* 64 hex digits each, NUL-terminated, borrowed. */
SEKUIRE_API const char *sekuire_agent_id(const struct sekuire_agent *agent);
SEKUIRE_API const char *sekuire_agent_prompt_hash(const struct sekuire_agent *agent);
SEKUIRE_API const char *sekuire_agent_tools_hash(const struct sekuire_agent *agent);
SEKUIRE_API void sekuire_agent_free(struct sekuire_agent *agent);
/* The id from its three parts; tools must be JSON. out: 65 bytes. */
SEKUIRE_API int sekuire_id_compute(struct sekuire_text model, struct sekuire_text prompt, struct sekuire_text tools, char out[65],
                                   struct sekuire_error *err);

#ifdef __cplusplus
}
#endif
#endif
