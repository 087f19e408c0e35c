/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire auth whoami: whose API key the server takes this one for. */
#include "base/error.h"
#include "cli/options.h"
#include "cli/remote.h"

static const struct cli_member members[] = {
    {.name = "id", .label = "User ID"},
    {.name = "email", .label = "Email"},
    {.name = "organization", .label = "Organization"},
    {.name = "role", .label = "Role"},
    {.name = NULL},
};

/* The workspaces that the key may see: lines, and the member of the document. */
static void workspaces(struct cli *cli, const struct sek_node *me, struct sek_writer *w) {
    const struct sek_node *list = sek_node_get(me, "workspaces");
    if (w != NULL) {
        sek_write_key(w, "workspaces");
        sek_write_array(w);
    }
    for (SEK_EACH(workspace, list)) {
        struct sekuire_text id = cli_record_text(workspace, "id");
        struct sekuire_text name = cli_record_text(workspace, "name");
        if (id.data == NULL) continue;
        bool named = name.data != NULL && !sek_text_equal(name, id);
        cli_line(cli, "Workspace:    %.*s%s%.*s%s", SEK_TEXT_ARGS(id), named ? " (" : "", named ? (int)name.size : 0,
                 named ? name.data : "", named ? ")" : "");
        if (w == NULL) continue;
        sek_write_object(w);
        sek_write_member_text(w, "id", id);
        sek_write_key(w, "name");
        if (name.data == NULL) sek_write_null(w);
        else sek_write_text(w, name);
        sek_write_object_end(w);
    }
    if (w != NULL) sek_write_array_end(w);
}

/* What /me says, and to whom the question went. */
static int tell(struct cli *cli, const struct cli_remote *remote) {
    const struct sek_node *me = remote->answer.root;
    struct cli_document doc;
    int status = cli_record_check(cli, members, me);
    if (status != 0) return status;
    bool json = cli_document_begin(cli, &doc);
    cli_record_lines(cli, members, me);
    if (json) {
        sek_write_object(&doc.writer);
        cli_record_write(&doc.writer, members, me);
    }
    workspaces(cli, me, json ? &doc.writer : NULL);
    cli_line(cli, "Server:       %s", remote->session.settings.backend.base);
    if (!json) return 0;
    sek_write_member(&doc.writer, "backend", remote->session.settings.backend.base);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Asks. */
static int run(struct cli *cli) {
    struct cli_remote remote;
    int status = cli_remote_open(cli, NULL, &remote);
    if (status == 0) {
        struct cli_spinner *spinner = cli_spinner_start(cli, "Asking the server...");
        status = sek_backend_me(&remote.session.backend, &remote.answer, &cli->err);
        cli_spinner_stop(spinner);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) status = tell(cli, &remote);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    {.name = "backend", .alias = "backend-url", .kind = CLI_VALUE, .value = "URL", .help = CLI_HELP_BACKEND},
    CLI_OPTION_API_KEY_FILE,
    {.name = NULL},
};

const struct cli_command cmd_auth_whoami = {
    .name = "auth whoami",
    .summary = "Ask the server whose the API key is",
    .description = "What is stored here, without asking anybody, shows: sekuire status.",
    .example = "  sekuire auth whoami",
    .options = options,
    .run = run,
};
