/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, credentials and backend of a run. */
#include "cli/session.h"

#include <string.h>

#include "cli/output.h"

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
    status = sek_settings_load(&request, &session->settings, &cli->err);
    if (status != 0) return status;
    status = sek_api_key_find(key_file, &session->credentials, &session->settings.backend, &session->key, &cli->err);
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
    if (session->credentials.api_key[0] != '\0') {
        cli_hint(cli, "log in there: sekuire login --backend %s", session->settings.backend.base);
        return cli_fail(cli, SEKUIRE_ERR_CONFIG, "the stored API key is for %s and is not sent to %s", session->credentials.backend,
                        session->settings.backend.base);
    }
    cli_hint(cli, "run: sekuire login   (or set SEKUIRE_API_KEY)");
    return cli_fail(cli, SEKUIRE_ERR_CONFIG, "not logged in: there is no API key");
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
        status = sek_settings_load(&request, ret, &cli->err);
    }
    if (!named) sek_credentials_clear(&credentials);
    return status;
}
