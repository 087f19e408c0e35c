/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and where each came from: option, variable, project file, user file, login, default (docs/spec/cli.md 4). */
#ifndef SEK_CLIENT_CONFIG_H
#define SEK_CLIENT_CONFIG_H

#include "base/limits.h"
#include "client/credentials.h"
#include "client/url.h"

enum sek_origin {
    SEK_FROM_NOWHERE = 0, /* not set */
    SEK_FROM_OPTION,
    SEK_FROM_VARIABLE,
    SEK_FROM_PROJECT, /* ./.sekuire/config.yaml */
    SEK_FROM_USER,    /* $XDG_CONFIG_HOME/sekuire/config.yaml */
    SEK_FROM_LOGIN,   /* auth.json */
    SEK_FROM_KEY,     /* the workspace that the API key belongs to, as the server says: set by the caller */
    SEK_FROM_DEFAULT
};
/* "flag", "env", "project", "user", "login", "key", "default"; "none". */
const char *sek_origin_word(enum sek_origin origin);

enum sek_color { SEK_COLOR_AUTO = 0, SEK_COLOR_ALWAYS, SEK_COLOR_NEVER };

struct sek_settings {
    struct sek_url backend;
    enum sek_origin backend_from;
    char workspace[SEK_LIMIT_ID + 1]; /* "" where none is known */
    enum sek_origin workspace_from;
    bool workspace_of_project; /* only the project's file names this one: a cloned repository chose it */
    bool require_pinned; /* trust.require_pinned */
    enum sek_origin require_pinned_from;
    enum sek_color color; /* output.color: auto, always, never; NO_COLOR is an origin of its own kind: SEK_FROM_VARIABLE, never */
    enum sek_origin color_from;
};

struct sek_settings_request {
    const char *backend_option;   /* NULL: not given */
    const char *workspace_option; /* NULL: not given */
    const struct sek_credentials *credentials; /* NULL: not read */
    const char *user_path;    /* NULL: $XDG_CONFIG_HOME/sekuire/config.yaml */
    const char *project_path; /* NULL: .sekuire/config.yaml */
};

/* Reads both files and settles everything. Errors: usage (a malformed option or variable), config (a malformed or unreadable file,
 * or a key in the project's file that it may not hold; file, line and column in the message and position), memory. */
int sek_settings_load(const struct sek_settings_request *request, struct sek_settings *ret, struct sekuire_error *err);

/* The keys of `config get|set`, in a fixed order: ours, then upstream's (workspace.id, workspace_id, device.fingerprint,
 * device.name, device.os, auth.method). */
struct sek_config_key {
    const char *name;
    bool writable;
};
extern const struct sek_config_key sek_config_keys[];
extern const size_t sek_config_key_count;

/* The value of one key as text ("" where unset) into out, and where it came from. Error usage for an unknown key. credentials may be
 * NULL. */
int sek_config_get(const struct sek_settings *settings, const struct sek_credentials *credentials, const char *key,
                   struct sek_buffer *out, enum sek_origin *ret_from, struct sekuire_error *err);
/* Sets one key in the user's file (path NULL: the usual one; made with its directory if missing), or takes it out where value is "".
 * Only the lines concerned change; comments and order stay. Under a lock beside the file (.lock), waiting for whoever has it. A file
 * that cannot be understood, or whose layout cannot be edited so, is error config and left alone. Errors also: usage (unknown or
 * read-only key, malformed value), io. */
int sek_config_set(const char *path, const char *key, const char *value, struct sekuire_error *err);

#endif
