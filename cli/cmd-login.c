/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire login: verify an API key with the server and store it for that server. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/session.h"
#include "policy/ids.h"

/* The key from the terminal, into session->key. */
static int ask(struct cli *cli, struct cli_session *session) {
    struct sek_buffer text;
    const char *web = cli_value(cli, "web-url");
    char question[SEK_URL_SIZE + 64];
    sek_buffer_init_secret(&text, SEK_API_KEY_SIZE);
    cli_note(cli, "An API key is made %s%s, or by: sekuire api-key create", web == NULL ? "by whoever runs the workspace" : "at ",
             web == NULL ? "" : web);
    snprintf(question, sizeof question, "API key for %s (not shown): ", session->settings.backend.base);
    int status = cli_prompt_secret(cli, question, &text);
    if (status != 0) cli_hint(cli, "give --api-key-file FILE, or --api-key-file - for standard input");
    if (status == 0) status = sek_buffer_check(&text, &cli->err);
    if (status == 0) {
        struct sekuire_text key = sek_utf8_trim(sek_buffer_view(&text));
        status = sek_api_key_check(key, &cli->err);
        if (status == 0) {
            memcpy(session->key.key, key.data, key.size);
            session->key.key[key.size] = '\0';
        }
    }
    sek_buffer_clear(&text);
    return status;
}

/* Asks the server whether the key is good. */
static int verify(struct cli *cli, struct cli_session *session, struct sek_key_verdict *verdict) {
    struct cli_spinner *spinner = cli_spinner_start(cli, "Verifying the API key...");
    int status = sek_backend_verify_key(&session->backend, session->key.key, &session->device, verdict, &cli->err);
    cli_spinner_stop(spinner);
    if (status != 0 || verdict->valid) return status;
    return cli_fail(cli, SEKUIRE_ERR_UNAUTHORIZED, "the server refuses the API key%s%s", verdict->error[0] == '\0' ? "" : ": ",
                    verdict->error);
}

/* The first workspace that /me lists becomes the default; a server that has no /me is only a warning. */
static int find_workspace(struct cli *cli, struct cli_session *session) {
    struct sek_answer answer;
    sek_answer_init(&answer);
    struct cli_spinner *spinner = cli_spinner_start(cli, "Asking for the workspace...");
    int status = sek_backend_me(&session->backend, &answer, &cli->err);
    cli_spinner_stop(spinner);
    session->credentials.workspace_id[0] = '\0';
    if (status == 0) {
        const struct sek_node *list = sek_node_get(answer.root, "workspaces");
        const struct sek_node *id = list == NULL ? NULL : sek_node_get(list->first, "id");
        if (id != NULL) {
            memcpy(session->credentials.workspace_id, id->text.data, id->text.size);
            session->credentials.workspace_id[id->text.size] = '\0';
        }
    } else if (answer.http_status == 404) {
        cli_warn(cli, "warning: the server does not say which workspace the key belongs to: %s", cli->err.message);
        status = 0;
    }
    sek_answer_clear(&answer);
    return status;
}

/* Stores the key for the server it was verified with. */
static int store(struct cli *cli, struct cli_session *session, const struct sek_key_verdict *verdict) {
    struct sek_credentials *c = &session->credentials;
    memcpy(c->api_key, session->key.key, sizeof c->api_key);
    c->token[0] = '\0';
    memcpy(c->device_fingerprint, session->device.fingerprint, sizeof session->device.fingerprint);
    memcpy(c->org_id, verdict->org_id, sizeof c->org_id);
    memcpy(c->backend, session->settings.backend.base, sizeof c->backend);
    return sek_credentials_save(c, &cli->err);
}

/* The lines of wire.md 7, or the document. */
static int tell(struct cli *cli, const struct cli_session *session) {
    const struct sys_device *device = &session->device;
    struct cli_document doc;
    cli_line(cli, "Login successful! API Key verified and bound to this device.");
    cli_line(cli, "   Device: %s", device->hostname);
    cli_line(cli, "   OS: %s %s", device->os, device->arch);
    cli_line(cli, "   Fingerprint: %.16s...", device->fingerprint);
    cli_note(cli, "stored in %s, for %s", session->credentials.path, session->settings.backend.base);
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "backend", session->settings.backend.base);
    sek_write_member(&doc.writer, "org_id", session->credentials.org_id[0] == '\0' ? NULL : session->credentials.org_id);
    sek_write_member(&doc.writer, "workspace_id", session->credentials.workspace_id[0] == '\0' ? NULL : session->credentials.workspace_id);
    sek_write_member(&doc.writer, "device_name", device->hostname);
    sek_write_member(&doc.writer, "device_fingerprint", device->fingerprint);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Reads the key, verifies and stores it. */
static int run(struct cli *cli) {
    struct cli_session session;
    struct sek_key_verdict verdict = {.valid = false};
    const char *file = cli_value(cli, "api-key-file");
    int status = cli_session_open(cli, NULL, cli_value(cli, "backend"), NULL, &session);
    if (status != 0) goto out;
    sek_api_key_wipe(&session.key); /* a stored key, or the variable's, is not what is asked for */
    if (file == NULL) status = ask(cli, &session);
    else status = sek_api_key_find(file, NULL, &session.settings.backend, &session.key, &cli->err);
    session.backend.api_key = session.key.key;
    session.backend.device_fingerprint = session.device.fingerprint;
    if (status == 0) status = verify(cli, &session, &verdict);
    if (status == 0) status = find_workspace(cli, &session);
    if (status == 0) status = store(cli, &session, &verdict);
    if (status == 0) status = tell(cli, &session);
out:
    cli_session_close(&session);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_BACKEND,
    {.name = "api-key-file", .kind = CLI_VALUE, .value = "FILE|-", .help = "read the API key from there (-: standard input)"},
    {.name = "web-url", .kind = CLI_VALUE, .value = "URL", .help = "where API keys are made, to be shown with the prompt"},
    {.name = NULL},
};

const struct cli_command cmd_login = {
    .name = "login",
    .summary = "Verify an API key and store it for its server",
    .description = "Asks for the key on the terminal without showing it. It is never sent to another server than this one.",
    .example = "  sekuire login\n  sekuire login --backend http://localhost:9300 --api-key-file key.txt",
    .options = options,
    .run = run,
};
