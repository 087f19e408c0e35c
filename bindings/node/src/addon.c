/* SPDX-License-Identifier: Apache-2.0 */
/* What index.js sees of the addon, and what its parts share. */
#include "addon.h"

#include <stdio.h>
#include <stdlib.h>

void throw_misuse(napi_env env) {
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) napi_throw_error(env, NULL, "sekuire: internal call failed");
}

/* A number, or null for 0, which is no place. */
static napi_value place(napi_env env, uint64_t number, bool known) {
    napi_value value = NULL;
    if (known) napi_create_double(env, (double)number, &value);
    else napi_get_null(env, &value);
    return value;
}

void throw_failure(napi_env env, const struct sekuire_error *err, bool of_action) {
    struct addon *addon = NULL;
    napi_value class = NULL, error = NULL, argv[5] = {NULL};
    bool known = err->line != 0;
    napi_get_instance_data(env, (void **)&addon);
    if (addon == NULL || napi_get_reference_value(env, of_action ? addon->action_error : addon->error, &class) != napi_ok || class == NULL) {
        throw_misuse(env);
        return;
    }
    argv[0] = new_string(env, text_of(err->message));
    argv[1] = new_string(env, text_of(sekuire_status_word(err->status)));
    argv[2] = place(env, err->line, known);
    argv[3] = place(env, err->column, known);
    argv[4] = place(env, err->offset, known);
    if (argv[0] == NULL || argv[1] == NULL || napi_new_instance(env, class, 5, argv, &error) != napi_ok || napi_throw(env, error) != napi_ok)
        throw_misuse(env);
}

struct sekuire_text text_of(const char *string) { return (struct sekuire_text){string, string == NULL ? 0 : strlen(string)}; }

/* Does the text hold U+FFFD, which stands for halves of surrogate pairs too? */
static bool has_replacement(struct sekuire_text text) {
    const char *end = text.data + text.size;
    for (const char *at = text.data; (at = memchr(at, 0xEF, (size_t)(end - at))) != NULL; at++)
        if (end - at >= 3 && memcmp(at, "\xEF\xBF\xBD", 3) == 0) return true;
    return false;
}

/* Is a string without lone surrogates? Asked only of those that hold U+FFFD. */
static bool is_well_formed(napi_env env, napi_value value) {
    size_t length = 0;
    bool good = true;
    if (napi_get_value_string_utf16(env, value, NULL, 0, &length) != napi_ok) return false;
    char16_t *units = malloc((length + 1) * sizeof *units);
    if (units == NULL || napi_get_value_string_utf16(env, value, units, length + 1, &length) != napi_ok) good = false;
    for (size_t i = 0; good && i < length; i++) {
        bool high = (units[i] & 0xFC00) == 0xD800;
        if (high && i + 1 < length && (units[i + 1] & 0xFC00) == 0xDC00) i++;
        else good = (units[i] & 0xF800) != 0xD800;
    }
    free(units);
    return good;
}

bool read_string(napi_env env, napi_value value, char *out, size_t size, struct sekuire_text *ret, bool *whole) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, out, size, &length) != napi_ok) {
        throw_misuse(env);
        return false;
    }
    *ret = (struct sekuire_text){out, length};
    *whole = length + 4 < size && (!has_replacement(*ret) || is_well_formed(env, value));
    return true;
}

bool read_option(napi_env env, napi_value value, const char *name, char *out, size_t size) {
    struct sekuire_error err = {.status = SEKUIRE_ERR_USAGE};
    struct sekuire_text text;
    bool whole = false;
    if (!read_string(env, value, out, size, &text, &whole)) return false;
    if (whole && memchr(text.data, '\0', text.size) == NULL) return true;
    snprintf(err.message, sizeof err.message, "%s is too long, or no text", name);
    throw_failure(env, &err, false);
    return false;
}

napi_value new_string(napi_env env, struct sekuire_text text) {
    napi_value value = NULL;
    if (napi_create_string_utf8(env, text.data == NULL ? "" : text.data, text.size, &value) != napi_ok) throw_misuse(env);
    return value;
}

napi_value new_string_or_null(napi_env env, const char *string) {
    napi_value value = NULL;
    if (string != NULL) return new_string(env, text_of(string));
    if (napi_get_null(env, &value) != napi_ok) throw_misuse(env);
    return value;
}

bool set_member(napi_env env, napi_value object, const char *name, napi_value value) {
    if (value != NULL && napi_set_named_property(env, object, name, value) == napi_ok) return true;
    throw_misuse(env);
    return false;
}

bool set_number(napi_env env, napi_value object, const char *name, double number) {
    napi_value value = NULL;
    if (napi_create_double(env, number, &value) != napi_ok) value = NULL;
    return set_member(env, object, name, value);
}

/* setErrors(SekuireError, ActionError): the classes that are thrown from here on. */
static napi_value set_errors(napi_env env, napi_callback_info info) {
    struct addon *addon = NULL;
    napi_value argv[2];
    napi_valuetype types[2] = {napi_undefined, napi_undefined};
    size_t argc = 2;
    napi_get_instance_data(env, (void **)&addon);
    if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || addon == NULL || addon->error != NULL ||
        napi_typeof(env, argv[0], &types[0]) != napi_ok || napi_typeof(env, argv[1], &types[1]) != napi_ok ||
        types[0] != napi_function || types[1] != napi_function ||
        napi_create_reference(env, argv[0], 1, &addon->error) != napi_ok ||
        napi_create_reference(env, argv[1], 1, &addon->action_error) != napi_ok)
        throw_misuse(env);
    return NULL;
}

/* The environment ends. */
static void free_addon(napi_env env, void *data, void *hint) {
    struct addon *addon = data;
    (void)hint;
    if (addon->error != NULL) napi_delete_reference(env, addon->error);
    if (addon->action_error != NULL) napi_delete_reference(env, addon->action_error);
    free(addon);
}

static napi_value library_version(napi_env env, napi_callback_info info) {
    (void)info;
    return new_string(env, text_of(sekuire_version()));
}

static napi_value init(napi_env env, napi_value exports) {
    static const struct {
        const char *name;
        napi_callback call;
    } functions[] = {
        {"setErrors", set_errors}, {"load", load_policy},     {"session", open_session}, {"describe", describe_outcome},
        {"say", say_outcome},      {"agentFiles", name_agent_files}, {"check", check_agent},    {"version", library_version},
    };
    struct addon *addon = calloc(1, sizeof *addon);
    if (addon == NULL || napi_set_instance_data(env, addon, free_addon, NULL) != napi_ok) {
        free(addon);
        throw_misuse(env);
        return NULL;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        napi_value function = NULL;
        if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok) function = NULL;
        if (!set_member(env, exports, functions[i].name, function)) return NULL;
    }
    return exports;
}

NAPI_MODULE_INIT() { return init(env, exports); }
