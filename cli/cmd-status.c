/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire status: who is logged in, where to. Asks nobody. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/output.h"
#include "cli/session.h"

enum { SHOWN_FROM = 24, SHOWN_START = 12, SHOWN_END = 4, MASK_SIZE = 32 };

/* Enough of a key to know it by, nothing of a short one. */
static void mask(const char *key, char out[MASK_SIZE]) {
    size_t n = strlen(key);
    if (n == 0) out[0] = '\0';
    else if (n < SHOWN_FROM) snprintf(out, MASK_SIZE, "***");
    else snprintf(out, MASK_SIZE, "%.*s...%s", SHOWN_START, key, key + n - SHOWN_END);
}

/* A string, null where it is empty. */
static void text_or_null(struct sek_writer *w, const char *key, const char *text) {
    sek_write_member(w, key, text[0] == '\0' ? NULL : text);
}

/* The document. */
static int document(struct cli *cli, const struct cli_session *s, const char *masked) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    sek_write_member_bool(w, "logged_in", masked[0] != '\0');
    text_or_null(w, "api_key", masked);
    sek_write_member(w, "backend", s->settings.backend.base);
    text_or_null(w, "login_backend", masked[0] == '\0' ? "" : s->credentials.backend);
    text_or_null(w, "workspace_id", s->settings.workspace);
    text_or_null(w, "workspace_from", s->settings.workspace[0] == '\0' ? "" : sek_origin_word(s->settings.workspace_from));
    text_or_null(w, "org_id", s->credentials.org_id);
    sek_write_member(w, "device_name", s->device.hostname);
    sek_write_member(w, "device_fingerprint", s->device.fingerprint);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* Reads what is stored and prints it. */
static int run(struct cli *cli) {
    struct cli_session session;
    char masked[MASK_SIZE] = "";
    int status = cli_session_open(cli, NULL, cli_value(cli, "backend"), NULL, &session);
    if (status != 0) goto out;
    mask(session.credentials.api_key, masked);
    if (masked[0] != '\0') {
        cli_line(cli, "Logged in with API key %s", masked);
        cli_line(cli, "   Server: %s", session.credentials.backend);
    } else {
        cli_line(cli, "Not logged in");
        cli_note(cli, "run: sekuire login");
        if (session.credentials.token[0] != '\0') cli_note(cli, "a token of an older login is stored; it is not used");
    }
    if (session.settings.workspace[0] != '\0')
        cli_line(cli, "   Workspace: %s (%s)", session.settings.workspace, sek_origin_word(session.settings.workspace_from));
    cli_line(cli, "   Device: %s", session.device.hostname);
    cli_line(cli, "   OS: %s %s", session.device.os, session.device.arch);
    cli_line(cli, "   Fingerprint: %.16s...", session.device.fingerprint);
    if (masked[0] != '\0' && session.key.key[0] == '\0')
        cli_warn(cli, "warning: the key is for %s and is not sent to %s", session.credentials.backend, session.settings.backend.base);
    status = document(cli, &session, masked);
out:
    cli_session_close(&session);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_BACKEND,
    {.name = NULL},
};

const struct cli_command cmd_status = {
    .name = "status",
    .summary = "Show whether an API key is stored, and for which server",
    .description = "Nobody is asked whether the key is still good.",
    .example = "  sekuire status",
    .options = options,
    .run = run,
};
