/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire api-key list: the keys of a workspace, without themselves. */
#include "cli/remote.h"

/* Lists them. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_API_KEYS, cli_api_key_members, "the workspace has no API key");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_api_key_list = {
    .name = "api-key list",
    .summary = "List a workspace's API keys, revoked ones too",
    .description = "The keys themselves are not shown: the server does not know them.",
    .example = "  sekuire api-key list --workspace ws_abc123",
    .options = options,
    .run = run,
};
