/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire audit list: every change of a workspace, in order. */
#include "cli/remote.h"

/* Lists the rows. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_AUDIT, cli_audit_members, "the workspace has no audit rows");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_audit_list = {
    .name = "audit list",
    .summary = "List every change of a workspace, in order",
    .description = "With --json each row is whole, so that anyone can verify the chain. A policy-admin's key is needed.",
    .example = "  sekuire audit list --workspace ws_abc123",
    .options = options,
    .run = run,
};
