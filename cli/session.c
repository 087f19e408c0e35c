/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, credentials and backend of a run. */
#include "cli/session.h"

#include <string.h>

#include "cli/output.h"

enum { HINT_BYTES = 512 };

#define NAME_A_SERVER "name the server: --backend URL, or SEKUIRE_API_URL, or: sekuire config set backend URL"

/* The error of a key that nobody said the server of: neither the default nor the login's gets it. */
static int no_server(struct cli *cli, const char *source) {
    cli_hint(cli, NAME_A_SERVER);
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "no server is named for the API key of %s", source);
}

/* Keeps a key of a file or the variable from a server that neither option, variable nor the user's file names. */
static int hold_back(struct cli *cli, struct cli_session *session) {
    enum sek_origin from = session->settings.backend_from;
    bool named = from == SEK_FROM_OPTION || from == SEK_FROM_VARIABLE || from == SEK_FROM_USER;
    if (named || session->key.origin == SEK_KEY_FROM_LOGIN || session->key.origin == SEK_KEY_FROM_NOWHERE) return 0;
    session->key_held_back = session->key.origin == SEK_KEY_FROM_VARIABLE;
    sek_api_key_wipe(&session->key);
    return session->key_held_back ? 0 : no_server(cli, "--api-key-file");
}

/* Settings, with what to do about a workspace that is no id. */
static int load_settings(struct cli *cli, const struct sek_settings_request *request, struct sek_settings *ret) {
    int status = sek_settings_load(request, ret, &cli->err);
    if (status == SEKUIRE_ERR_USAGE && strstr(cli->err.message, "is no workspace id") != NULL) cli_hint(cli, CLI_HINT_ID);
    return status;
}

int cli_session_open(struct cli *cli, const char *workspace, const char *backend, const char *key_file,
                     struct cli_session *session) {
    struct sek_settings_request request = {.workspace_option = workspace, .backend_option = backend};
    int status;
    memset(session, 0, sizeof *session);
    status = sek_credentials_load(NULL, &session->credentials, &cli->err);
    if (status != 0) {
        cli_hint(cli, "the file of the login is left as it is; `sekuire logout` removes it");
        return status;
    }
    request.credentials = &session->credentials;
    status = load_settings(cli, &request, &session->settings);
    if (status != 0) return status;
    status = sek_api_key_find(key_file, &session->credentials, &session->settings.backend, &session->key, &cli->err);
    if (status == 0) status = hold_back(cli, session);
    if (status != 0) return status;
    if (session->credentials.exposed)
        cli_warn(cli, "warning: others can read %s; run: chmod 600 %s", session->credentials.path, session->credentials.path);
    sys_device(&session->device);
    session->backend.url = session->settings.backend;
    if (session->key.key[0] != '\0') {
        session->backend.api_key = session->key.key;
        session->backend.device_fingerprint = session->device.fingerprint;
    }
    return 0;
}

void cli_session_close(struct cli_session *session) {
    sek_api_key_wipe(&session->key);
    sek_credentials_clear(&session->credentials);
}

int cli_known_workspace(struct cli *cli, const struct sek_settings *settings) {
    if (settings->workspace[0] != '\0') return 0;
    cli_hint(cli, "give --workspace ID, or set SEKUIRE_WORKSPACE_ID, or run: sekuire config set workspace ID");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "no workspace is known");
}

int cli_session_workspace(struct cli *cli, const struct cli_session *session) {
    return cli_known_workspace(cli, &session->settings);
}

int cli_session_api_key(struct cli *cli, const struct cli_session *session) {
    if (session->key.key[0] != '\0') {
        if (sek_url_takes_secrets(&session->backend.url)) return 0;
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "no API key is sent over plain http to %s: use https", session->backend.url.host);
    }
    if (session->key_held_back) return no_server(cli, "SEKUIRE_API_KEY");
    if (session->credentials.api_key[0] != '\0') {
        cli_hint(cli, "log in there: sekuire login --backend %s", session->settings.backend.base);
        return cli_fail(cli, SEKUIRE_ERR_CONFIG, "the stored API key is for %s and is not sent to %s", session->credentials.backend,
                        session->settings.backend.base);
    }
    cli_hint(cli, "run: sekuire login   (or set SEKUIRE_API_KEY)");
    return cli_fail(cli, SEKUIRE_ERR_CONFIG, "not logged in: there is no API key");
}

void cli_session_tell_held_back(struct cli *cli, const struct cli_session *session) {
    if (!session->key_held_back) return;
    cli_warn(cli, "warning: SEKUIRE_API_KEY is not sent to %s: no server is named for it", session->settings.backend.base);
    cli_note(cli, "  " NAME_A_SERVER);
}

/* Where the API key came from. */
static const char *key_source(const struct cli_session *session) {
    switch (session->key.origin) {
    case SEK_KEY_FROM_FILE: return "it is that of --api-key-file";
    case SEK_KEY_FROM_VARIABLE: return "it is that of SEKUIRE_API_KEY";
    case SEK_KEY_FROM_LOGIN: return "it is the stored one: sekuire login replaces it";
    case SEK_KEY_FROM_NOWHERE: break;
    }
    return "none was sent: sekuire login stores one";
}

void cli_session_advice(const struct cli_session *session, int status, struct sek_buffer *hint) {
    if (status == SEKUIRE_ERR_UNAUTHORIZED) sek_buffer_format(hint, "the server does not take the API key; %s", key_source(session));
    if (status == SEKUIRE_ERR_FORBIDDEN) sek_buffer_string(hint, "the API key's role does not allow this; see: sekuire auth whoami");
}

void cli_session_advise(struct cli *cli, const struct cli_session *session, int status) {
    struct sek_buffer hint;
    sek_buffer_init(&hint, HINT_BYTES);
    cli_session_advice(session, status, &hint);
    if (hint.size > 0 && hint.status == 0) cli_hint(cli, "%s", hint.data);
    sek_buffer_clear(&hint);
}

void cli_session_no_policy(struct cli *cli, const struct cli_session *session, const char *workspace, const char *more) {
    cli_hint(cli, "workspace %s at %s has no active policy, or it is not public and the API key is not one of its own%s%s", workspace,
             session->settings.backend.base, *more == '\0' ? "" : "\n", more);
}

void cli_config_value(struct sek_writer *writer, const char *key, const struct sek_buffer *value) {
    if (strcmp(key, "trust.require_pinned") == 0) sek_write_member_bool(writer, "value", sek_text_is(sek_buffer_view(value), "true"));
    else sek_write_member(writer, "value", value->size == 0 ? NULL : value->data);
}

int cli_settings(struct cli *cli, const char *workspace, struct sek_settings *ret) {
    struct sek_settings_request request = {.workspace_option = workspace};
    struct sek_credentials credentials = {0};
    bool named = workspace != NULL || sys_variable("SEKUIRE_WORKSPACE_ID") != NULL;
    int status = named ? 0 : sek_credentials_load(NULL, &credentials, &cli->err);
    if (status == 0) {
        if (!named) request.credentials = &credentials;
        status = load_settings(cli, &request, ret);
    }
    if (!named) sek_credentials_clear(&credentials);
    return status;
}
