/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire api-key revoke: a key that is not to be taken any more. */
#include "cli/options.h"
#include "cli/remote.h"

/* Revokes it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct cli_document doc;
    const char *id = NULL;
    int status = cli_subject(cli, "id", &id);
    if (status != 0) return status;
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        status = sek_backend_api_key_revoke(&remote.session.backend, remote.workspace, id, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status != 0) goto out;
    cli_line(cli, "Revoked API key %s of workspace %s", id, remote.workspace);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "id", id);
    sek_write_member(&doc.writer, "workspace_id", remote.workspace);
    sek_write_member_bool(&doc.writer, "revoked", true);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "id", .kind = CLI_VALUE, .value = "ID", .help = "the key's id, as the list has it (or as an argument)"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_api_key_revoke = {
    .name = "api-key revoke",
    .summary = "Revoke an API key",
    .operands = "ID",
    .operands_max = 1,
    .description = "It is refused from now on. Revoking it again changes nothing.",
    .example = "  sekuire api-key revoke ak_0123456789abcdef --workspace ws_abc123",
    .options = options,
    .run = run,
};
