/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire workspace list: every workspace of the server. */
#include "cli/remote.h"

/* Lists them. */
static int run(struct cli *cli) {
    struct cli_remote remote;
    int status = cli_remote_open(cli, NULL, &remote);
    if (status == 0)
        status = cli_remote_list(cli, &remote, SEK_LIST_WORKSPACES, NULL, cli_workspace_members, "there is no workspace yet");
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_workspace_list = {
    .name = "workspace list",
    .summary = "List the server's workspaces",
    .description = "An admin's key is needed.",
    .example = "  sekuire workspace list --backend http://127.0.0.1:9300 --api-key-file /var/lib/sekuired/admin.key",
    .options = options,
    .run = run,
};
