/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy history: which policy was active in a workspace, and from when on. */
#include "cli/remote.h"

/* Lists the activations. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_HISTORY, cli_activation_members, "no policy was active in the workspace yet");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_policy_history = {
    .name = "policy history",
    .summary = "List a workspace's activations, one after the other",
    .example = "  sekuire policy history --workspace ws_abc123",
    .options = options,
    .run = run,
};
