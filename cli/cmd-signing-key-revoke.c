/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire signing-key revoke: a signer whose policies are not to be taken any more. */
#include "cli/options.h"
#include "cli/remote.h"

/* Revokes it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct cli_document doc;
    const char *id = NULL;
    int status = cli_subject(cli, "key-id", &id);
    if (status != 0) return status;
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        status = sek_backend_signing_key_revoke(&remote.session.backend, remote.workspace, id, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status != 0) goto out;
    cli_line(cli, "Revoked signing key %s of workspace %s", id, remote.workspace);
    cli_note(cli, "agents that pinned it go on trusting it until: sekuire trust remove --workspace %s", remote.workspace);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "key_id", id);
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
    {.name = "key-id", .kind = CLI_VALUE, .value = "KEY_ID", .help = "the key's id, as the list has it (or as an argument)"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_signing_key_revoke = {
    .name = "signing-key revoke",
    .summary = "Revoke a signer's key",
    .operands = "KEY_ID",
    .operands_max = 1,
    .description = "Policies that it signed are neither taken nor served any more, the active one included. A revoked key stays revoked.",
    .example = "  sekuire signing-key revoke key_0123456789abcdef --workspace ws_abc123",
    .options = options,
    .run = run,
};
