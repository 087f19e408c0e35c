/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire agent list: the agents that were pushed to a workspace. */
#include "cli/remote.h"

/* Lists them. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_AGENTS, cli_agent_members, "no agent was pushed to the workspace yet");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_agent_list = {
    .name = "agent list",
    .summary = "List the agents of a workspace",
    .example = "  sekuire agent list --workspace ws_abc123",
    .options = options,
    .run = run,
};
