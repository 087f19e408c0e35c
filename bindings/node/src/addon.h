/* SPDX-License-Identifier: Apache-2.0 */
/* The native half of the binding: what index.js calls. Nothing here is global: each environment (a worker thread, too) has objects of its
 * own, and every object lives on its environment's thread alone. */
#ifndef SEKUIRE_NODE_ADDON_H
#define SEKUIRE_NODE_ADDON_H

#include <node_api.h>
#include <sekuire/sekuire.h>

#include <stdbool.h>
#include <string.h>

enum {
    TEXT_MAX = 4096,             /* bytes in one string of an action */
    TEXT_SPACE = TEXT_MAX + 5,   /* a longer one leaves more than TEXT_MAX bytes here, for characters are never cut: 4 more and a NUL */
    MESSAGE_SPACE = 16 << 10,    /* no message is longer: two values of TEXT_MAX, escaped */
    KEYS_MAX = 64,               /* trusted keys */
};

/* What each environment keeps. */
struct addon {
    napi_ref error; /* the class SekuireError of index.js: new SekuireError(message, code, line, column, offset) */
    napi_ref action_error;
};

/* A policy ready to decide. Counted: functions made of it keep it. */
struct policy {
    size_t references;
    struct sekuire_engine *engine;
    struct outcomes *outcomes; /* what it decided so far; NULL: nothing yet */
    struct sekuire_decision last;
    int64_t size; /* as told to the garbage collector */
};

/* Throws what went wrong: an ActionError if it went wrong with an action, else a SekuireError. */
void throw_failure(napi_env env, const struct sekuire_error *err, bool of_action);
/* Throws that a call of this half was wrong, unless an exception is under way already. */
void throw_misuse(napi_env env);
struct sekuire_text text_of(const char *string);

/* The value as UTF-8 in out; at most size - 1 bytes of it, then a NUL. *whole is whether all of it fitted and was well-formed. False with
 * an exception where the value is no string. */
bool read_string(napi_env env, napi_value value, char *out, size_t size, struct sekuire_text *ret, bool *whole);
/* The same; false, with SekuireError usage, where it is longer or no Unicode, or holds a NUL. */
bool read_option(napi_env env, napi_value value, const char *name, char *out, size_t size);

/* NULL with an exception pending. */
napi_value new_string(napi_env env, struct sekuire_text text);
napi_value new_string_or_null(napi_env env, const char *string);
bool set_member(napi_env env, napi_value object, const char *name, napi_value value);
bool set_number(napi_env env, napi_value object, const char *name, double number);

void policy_release(napi_env env, struct policy *policy);
/* The policy behind a function that new_asker made; NULL with an exception. */
struct policy *policy_of(napi_env env, napi_value asker);

/* The function ask(kind, target, detail, root or count, now), which decides; see decide.c. Takes over one reference of policy, also where it
 * fails. */
napi_value new_asker(napi_env env, struct policy *policy);

napi_value load_policy(napi_env env, napi_callback_info info);
napi_value open_session(napi_env env, napi_callback_info info);
napi_value say_outcome(napi_env env, napi_callback_info info);
napi_value describe_outcome(napi_env env, napi_callback_info info);
napi_value name_agent_files(napi_env env, napi_callback_info info);
napi_value check_agent(napi_env env, napi_callback_info info);

#endif
