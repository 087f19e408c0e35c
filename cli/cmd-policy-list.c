/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy list: the policies that were uploaded to a workspace. */
#include "cli/remote.h"

/* Lists them. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_POLICIES, cli_policy_members, "no policy was uploaded to the workspace yet");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_policy_list = {
    .name = "policy list",
    .summary = "List the policies of a workspace that the server holds",
    .example = "  sekuire policy list --workspace ws_abc123",
    .options = options,
    .run = run,
};
