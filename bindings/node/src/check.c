/* SPDX-License-Identifier: Apache-2.0 */
/* Does an agent comply? index.js reads the files; the library judges. */
#include "addon.h"

#include <stdlib.h>

enum { PATH_SPACE = 4096 + 5, FILES_MAX = 256 };

/* The bytes of a buffer, borrowed. */
static bool read_bytes(napi_env env, napi_value value, struct sekuire_text *ret) {
    bool is_buffer = false;
    void *data = NULL;
    if (napi_is_buffer(env, value, &is_buffer) != napi_ok || !is_buffer || napi_get_buffer_info(env, value, &data, &ret->size) != napi_ok) {
        throw_misuse(env);
        return false;
    }
    ret->data = data;
    return true;
}

/* Appends a string to a list. */
static bool append(napi_env env, napi_value list, uint32_t index, const char *string) {
    napi_value value = new_string(env, text_of(string));
    if (value != NULL && napi_set_element(env, list, index, value) == napi_ok) return true;
    throw_misuse(env);
    return false;
}

/* agentFiles(name, manifest): the paths that it names: prompt, tools, further tools files. */
napi_value name_agent_files(napi_env env, napi_callback_info info) {
    char name[PATH_SPACE], prompt[PATH_SPACE], tools[PATH_SPACE];
    struct sekuire_text manifest;
    struct sekuire_error err;
    napi_value argv[2], list = NULL;
    size_t argc = 2;
    if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || !read_option(env, argv[0], "the manifest's name", name, sizeof name) ||
        !read_bytes(env, argv[1], &manifest) || napi_create_array(env, &list) != napi_ok)
        return NULL;
    int status = sekuire_agent_paths(name, manifest, prompt, tools, sizeof prompt, &err);
    if (status == 0 && (!append(env, list, 0, prompt) || !append(env, list, 1, tools))) return NULL;
    for (size_t i = 0; status == 0; i++) {
        status = sekuire_agent_more_tools(name, manifest, i, prompt, sizeof prompt, &err);
        if (status == SEKUIRE_ERR_NOT_FOUND) return list;
        if (status == 0 && !append(env, list, (uint32_t)i + 2, prompt)) return NULL;
    }
    throw_failure(env, &err, false);
    return NULL;
}

/* The files of one check, as they lie in the list that index.js hands over. */
struct files {
    struct sekuire_agent_files agent;
    char manifest_name[PATH_SPACE], tools_name[PATH_SPACE], folder[PATH_SPACE];
    struct sekuire_agent_tools more[FILES_MAX];
    char *names; /* of more, PATH_SPACE each */
};

/* [manifest name, manifest, prompt, tools name, tools, folder, path, text, path, text, ...]. */
static bool read_files(napi_env env, napi_value list, struct files *files) {
    napi_value values[6], value = NULL;
    uint32_t count = 0;
    if (napi_get_array_length(env, list, &count) != napi_ok || count < 6 || count > 6 + 2 * FILES_MAX) {
        throw_misuse(env);
        return false;
    }
    for (uint32_t i = 0; i < 6; i++)
        if (napi_get_element(env, list, i, &values[i]) != napi_ok) return false;
    if (!read_option(env, values[0], "the manifest's name", files->manifest_name, sizeof files->manifest_name) ||
        !read_bytes(env, values[1], &files->agent.manifest) || !read_bytes(env, values[2], &files->agent.prompt) ||
        !read_option(env, values[3], "the tools file's name", files->tools_name, sizeof files->tools_name) ||
        !read_bytes(env, values[4], &files->agent.tools) ||
        !read_option(env, values[5], "the folder", files->folder, sizeof files->folder))
        return false;
    files->agent.manifest_name = files->manifest_name;
    files->agent.tools_name = files->tools_name;
    files->agent.folder = files->folder;
    files->agent.more_tools = files->more;
    files->agent.more_tools_count = (count - 6) / 2;
    if (files->agent.more_tools_count == 0) return true;
    files->names = malloc(files->agent.more_tools_count * PATH_SPACE);
    for (uint32_t i = 0; i < files->agent.more_tools_count; i++) {
        char *name = files->names == NULL ? NULL : files->names + (size_t)i * PATH_SPACE;
        if (name == NULL || napi_get_element(env, list, 6 + 2 * i, &value) != napi_ok ||
            !read_option(env, value, "a tools file's name", name, PATH_SPACE) || napi_get_element(env, list, 7 + 2 * i, &value) != napi_ok ||
            !read_bytes(env, value, &files->more[i].text)) {
            throw_misuse(env);
            return false;
        }
        files->more[i].path = name;
    }
    return true;
}

/* One finding as index.js hands it out. */
static napi_value new_finding(napi_env env, const struct sekuire_finding *finding) {
    napi_value object = NULL;
    if (napi_create_object(env, &object) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    return set_member(env, object, "rule", new_string_or_null(env, finding->rule)) &&
                   set_member(env, object, "severity", new_string(env, text_of(finding->is_error ? "error" : "warning"))) &&
                   set_member(env, object, "message", new_string_or_null(env, finding->message)) &&
                   set_member(env, object, "file", new_string_or_null(env, finding->file)) && set_number(env, object, "line", finding->line) &&
                   set_number(env, object, "column", finding->column) &&
                   set_member(env, object, "pointer", new_string_or_null(env, finding->pointer)) &&
                   set_member(env, object, "policyPointer", new_string_or_null(env, finding->policy_pointer)) &&
                   set_member(env, object, "value", new_string_or_null(env, finding->value)) &&
                   set_member(env, object, "hint", new_string_or_null(env, finding->hint))
               ? object
               : NULL;
}

/* The findings of a report as a list. */
static napi_value new_findings(napi_env env, const struct sekuire_report *report) {
    struct sekuire_finding finding;
    napi_value list = NULL;
    if (napi_create_array(env, &list) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    for (size_t i = 0; sekuire_report_get(report, i, &finding); i++) {
        napi_handle_scope scope;
        if (napi_open_handle_scope(env, &scope) != napi_ok) return NULL;
        napi_value value = new_finding(env, &finding);
        bool done = value != NULL && napi_set_element(env, list, (uint32_t)i, value) == napi_ok;
        napi_close_handle_scope(env, scope);
        if (!done) return NULL;
    }
    return list;
}

/* check(ask, files, now): the findings. */
napi_value check_agent(napi_env env, napi_callback_info info) {
    struct files *files = calloc(1, sizeof *files);
    struct sekuire_agent *agent = NULL;
    struct sekuire_report *report = NULL;
    struct sekuire_error err;
    napi_value argv[3], list = NULL;
    size_t argc = 3;
    int64_t now = 0;
    if (files == NULL || napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || napi_get_value_int64(env, argv[2], &now) != napi_ok) {
        throw_misuse(env);
        goto out;
    }
    const struct policy *policy = policy_of(env, argv[0]);
    if (policy == NULL || !read_files(env, argv[1], files)) goto out;
    int status = sekuire_agent_new(&files->agent, &agent, &err);
    if (status == 0) status = sekuire_check(policy->engine, agent, now, &report, &err);
    if (status != 0) throw_failure(env, &err, false);
    else list = new_findings(env, report);
out:
    sekuire_report_free(report);
    sekuire_agent_free(agent);
    if (files != NULL) free(files->names);
    free(files);
    return list;
}
