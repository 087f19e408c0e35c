/* SPDX-License-Identifier: Apache-2.0 */
/* What a command that talks to the server, or judges for a workspace, knows: settings, credentials, the machine. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"
#include "client/backend.h"
#include "client/config.h"
#include "client/credentials.h"
#include "sys/env.h"

struct cli_session {
    struct sek_credentials credentials;
    struct sek_settings settings;
    struct sys_device device;
    struct sek_api_key key; /* what may be sent to the backend; "" if nothing */
    bool key_held_back; /* SEKUIRE_API_KEY is set, but nobody named the server that it is for */
    struct sek_backend backend;
};

/* Reads credentials and settings; workspace and backend are the options' values (NULL: not given), key_file --api-key-file's (NULL:
 * none). A key of a file or the variable is only for a server that option, variable or the user's file name: without one the file's is
 * error usage, and the variable's is held back. Also on failure, cli_session_close it. */
int cli_session_open(struct cli *cli, const char *workspace, const char *backend, const char *key_file, struct cli_session *session);
void cli_session_close(struct cli_session *session);
/* Error usage if no workspace is known. */
int cli_session_workspace(struct cli *cli, const struct cli_session *session);
/* Error config if there is no API key for the backend, usage if it was held back, with what to do about it. */
int cli_session_api_key(struct cli *cli, const struct cli_session *session);
/* What to do where the server answered status (any) to a request, if that is about the API key: appended to hint, or as the hint. */
void cli_session_advice(const struct cli_session *session, int status, struct sek_buffer *hint);
void cli_session_advise(struct cli *cli, const struct cli_session *session, int status);
/* Hints why a workspace may have no active policy here; more is a further line of the hint, or "". */
void cli_session_no_policy(struct cli *cli, const struct cli_session *session, const char *workspace, const char *more);
/* A warning where the variable's key was held back, for commands that go on without one. */
void cli_session_tell_held_back(struct cli *cli, const struct cli_session *session);
/* The settings alone, for commands that send nothing: reads the login only where neither option nor variable names a workspace. */
int cli_settings(struct cli *cli, const char *workspace, struct sek_settings *ret);
/* The member "value" of a setting that sek_config_get gave: null where unset, true and false where it is one of them. */
struct sek_writer;
void cli_config_value(struct sek_writer *writer, const char *key, const struct sek_buffer *value);
/* Error usage if no workspace is known. */
int cli_known_workspace(struct cli *cli, const struct sek_settings *settings);

#endif
