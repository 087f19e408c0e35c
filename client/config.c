/* SPDX-License-Identifier: Apache-2.0 */
#include "client/config.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "client/config-file.h"
#include "policy/ids.h"
#include "sys/env.h"

const char *sek_origin_word(enum sek_origin origin) {
    switch (origin) {
    case SEK_FROM_NOWHERE: break;
    case SEK_FROM_OPTION: return "flag";
    case SEK_FROM_VARIABLE: return "env";
    case SEK_FROM_PROJECT: return "project";
    case SEK_FROM_USER: return "user";
    case SEK_FROM_LOGIN: return "login";
    case SEK_FROM_KEY: return "key";
    case SEK_FROM_DEFAULT: return "default";
    }
    return "none";
}

/* Where a setting may come from, the strongest first. */
struct candidate {
    const char *value; /* NULL: not there */
    enum sek_origin from;
    const char *where; /* for errors */
    int bad;           /* the status of a malformed one */
};

/* The first candidate that is there, or NULL. */
static const struct candidate *strongest(const struct candidate *candidates, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (candidates[i].value != NULL) return &candidates[i];
    return NULL;
}

/* The stored login's value of a kind, or NULL. */
static const char *of_login(const struct sek_credentials *credentials, const char *value) {
    return credentials == NULL || !credentials->exists || value[0] == '\0' ? NULL : value;
}

/* The backend: never from the project's file. */
static int settle_backend(const struct sek_settings_request *request, const struct sek_config_file *user, const char *user_path,
                          struct sek_settings *settings, struct sekuire_error *err) {
    const struct sek_credentials *login = request->credentials;
    struct sekuire_error why = {0};
    const struct candidate candidates[] = {
        {request->backend_option, SEK_FROM_OPTION, "the backend's URL", SEKUIRE_ERR_USAGE},
        {sys_variable("SEKUIRE_API_URL"), SEK_FROM_VARIABLE, "SEKUIRE_API_URL", SEKUIRE_ERR_USAGE},
        {user->values[SEK_CONFIG_BACKEND], SEK_FROM_USER, user_path, SEKUIRE_ERR_CONFIG},
        {login == NULL ? NULL : of_login(login, login->backend), SEK_FROM_LOGIN, "auth.json", SEKUIRE_ERR_CONFIG},
        {SEK_URL_DEFAULT, SEK_FROM_DEFAULT, "the default", SEKUIRE_ERR_CONFIG},
    };
    const struct candidate *chosen = strongest(candidates, sizeof candidates / sizeof candidates[0]);
    if (sek_url_parse(sek_text(chosen->value), &settings->backend, &why) != 0)
        return sek_fail(err, chosen->bad, "%s: %s", chosen->where, why.message);
    settings->backend_from = chosen->from;
    return 0;
}

/* The workspace, if any is known. */
static int settle_workspace(const struct sek_settings_request *request, const struct sek_config_file *project,
                            const struct sek_config_file *user, struct sek_settings *settings, struct sekuire_error *err) {
    const struct sek_credentials *login = request->credentials;
    const struct candidate candidates[] = {
        {request->workspace_option, SEK_FROM_OPTION, "--workspace", SEKUIRE_ERR_USAGE},
        {sys_variable("SEKUIRE_WORKSPACE_ID"), SEK_FROM_VARIABLE, "SEKUIRE_WORKSPACE_ID", SEKUIRE_ERR_USAGE},
        {project->values[SEK_CONFIG_WORKSPACE], SEK_FROM_PROJECT, "the project's configuration", SEKUIRE_ERR_CONFIG},
        {user->values[SEK_CONFIG_WORKSPACE], SEK_FROM_USER, "the user's configuration", SEKUIRE_ERR_CONFIG},
        {login == NULL ? NULL : of_login(login, login->workspace_id), SEK_FROM_LOGIN, "auth.json", SEKUIRE_ERR_CONFIG},
    };
    const struct candidate *chosen = strongest(candidates, sizeof candidates / sizeof candidates[0]);
    if (chosen == NULL) return 0;
    struct sekuire_text id = sek_text(chosen->value);
    if (!sek_id_valid(id) || id.size >= sizeof settings->workspace)
        return sek_fail(err, chosen->bad, "%s: \"%.64s\" is no workspace id", chosen->where, chosen->value);
    memcpy(settings->workspace, id.data, id.size);
    settings->workspace[id.size] = '\0';
    settings->workspace_from = chosen->from;
    settings->workspace_of_project = chosen->from == SEK_FROM_PROJECT;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i].from != SEK_FROM_PROJECT && candidates[i].value != NULL && strcmp(candidates[i].value, chosen->value) == 0)
            settings->workspace_of_project = false;
    return 0;
}

/* Colour and the pinning rule; their files were checked when they were read. */
static void settle_rest(const struct sek_config_file *project, const struct sek_config_file *user, struct sek_settings *settings) {
    const struct candidate colors[] = {
        {sys_variable("NO_COLOR") == NULL ? NULL : "never", SEK_FROM_VARIABLE, NULL, 0},
        {project->values[SEK_CONFIG_COLOR], SEK_FROM_PROJECT, NULL, 0},
        {user->values[SEK_CONFIG_COLOR], SEK_FROM_USER, NULL, 0},
        {"auto", SEK_FROM_DEFAULT, NULL, 0},
    };
    const struct candidate *color = strongest(colors, sizeof colors / sizeof colors[0]);
    const char *pinned = user->values[SEK_CONFIG_REQUIRE_PINNED];
    settings->color = strcmp(color->value, "always") == 0  ? SEK_COLOR_ALWAYS
                      : strcmp(color->value, "never") == 0 ? SEK_COLOR_NEVER
                                                           : SEK_COLOR_AUTO;
    settings->color_from = color->from;
    settings->require_pinned = pinned != NULL && strcmp(pinned, "true") == 0;
    settings->require_pinned_from = pinned == NULL ? SEK_FROM_DEFAULT : SEK_FROM_USER;
}

int sek_settings_load(const struct sek_settings_request *request, struct sek_settings *ret, struct sekuire_error *err) {
    struct sek_settings settings = {0};
    struct sek_config_file user = {0};
    struct sek_config_file project = {0};
    char *user_path = NULL;
    int status = 0;
    if (request->user_path == NULL) status = sys_config_path("config.yaml", &user_path, err);
    const char *path = request->user_path == NULL ? user_path : request->user_path;
    if (status == 0) status = sek_config_file_read(path, false, &user, err);
    if (status == 0)
        status = sek_config_file_read(request->project_path == NULL ? ".sekuire/config.yaml" : request->project_path, true, &project, err);
    if (status == 0) status = settle_backend(request, &user, path, &settings, err);
    if (status == 0) status = settle_workspace(request, &project, &user, &settings, err);
    if (status == 0) {
        settle_rest(&project, &user, &settings);
        *ret = settings;
    }
    sek_config_file_clear(&user);
    sek_config_file_clear(&project);
    sek_free(user_path);
    return status;
}

const struct sek_config_key sek_config_keys[] = {
    {"backend", true},      {"workspace", true},    {"trust.require_pinned", true}, {"output.color", true}, {"workspace.id", true},
    {"workspace_id", true}, {"device.fingerprint", false}, {"device.name", false},  {"device.os", false},   {"auth.method", false},
};
const size_t sek_config_key_count = sizeof sek_config_keys / sizeof sek_config_keys[0];

/* Upstream's read-only keys. False if key is none of them. */
static bool get_device(const char *key, const struct sek_credentials *credentials, struct sek_buffer *out, enum sek_origin *ret_from) {
    struct sys_device device;
    sys_device(&device);
    *ret_from = SEK_FROM_DEFAULT;
    if (strcmp(key, "device.fingerprint") == 0) sek_buffer_string(out, device.fingerprint);
    else if (strcmp(key, "device.name") == 0) sek_buffer_string(out, device.hostname);
    else if (strcmp(key, "device.os") == 0) sek_buffer_format(out, "%s %s", device.os, device.arch);
    else if (strcmp(key, "auth.method") == 0) {
        bool key_stored = credentials != NULL && credentials->api_key[0] != '\0';
        bool token_stored = credentials != NULL && credentials->token[0] != '\0';
        sek_buffer_string(out, key_stored ? "api-key" : token_stored ? "token" : "none");
        if (key_stored || token_stored) *ret_from = SEK_FROM_LOGIN;
    } else return false;
    return true;
}

int sek_config_get(const struct sek_settings *settings, const struct sek_credentials *credentials, const char *key,
                   struct sek_buffer *out, enum sek_origin *ret_from, struct sekuire_error *err) {
    static const char *const colors[] = {"auto", "always", "never"};
    enum sek_origin from = SEK_FROM_NOWHERE;
    if (strcmp(key, "backend") == 0) {
        sek_buffer_string(out, settings->backend.base);
        from = settings->backend_from;
    } else if (strcmp(key, "workspace") == 0 || strcmp(key, "workspace.id") == 0 || strcmp(key, "workspace_id") == 0) {
        sek_buffer_string(out, settings->workspace);
        from = settings->workspace_from;
    } else if (strcmp(key, "trust.require_pinned") == 0) {
        sek_buffer_string(out, settings->require_pinned ? "true" : "false");
        from = settings->require_pinned_from;
    } else if (strcmp(key, "output.color") == 0) {
        sek_buffer_string(out, colors[settings->color]);
        from = settings->color_from;
    } else if (!get_device(key, credentials, out, &from)) {
        return sek_fail(err, SEKUIRE_ERR_USAGE, "there is no setting \"%.64s\"", key);
    }
    int status = sek_buffer_check(out, err);
    if (status == 0) *ret_from = from;
    return status;
}
