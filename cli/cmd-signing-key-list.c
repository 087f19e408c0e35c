/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire signing-key list: the keys whose policies a workspace takes. */
#include "cli/remote.h"

/* Lists them. */
static int run(struct cli *cli) {
    return cli_remote_list_command(cli, SEK_LIST_SIGNING_KEYS, cli_signing_key_members, "the workspace has no signing key");
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_signing_key_list = {
    .name = "signing-key list",
    .summary = "List a workspace's signing keys, revoked ones too",
    .example = "  sekuire signing-key list --workspace ws_abc123",
    .options = options,
    .run = run,
};
