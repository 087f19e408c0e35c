/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy activate: make an uploaded policy the active one. */
#include "cli/input.h"
#include "cli/options.h"
#include "cli/policy-outcome.h"

/* Activates it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    const char *policy_id = NULL;
    const char *version = NULL;
    int status = cli_required(cli, "policy-id", &policy_id);
    if (status == 0) status = cli_check_id(cli, "policy-id", policy_id);
    if (status == 0) status = cli_required(cli, "version", &version);
    if (status == 0) status = cli_check_version(cli, "version", version);
    if (status != 0) return status;
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        status = sek_backend_policy_activate(&remote.session.backend, remote.workspace, policy_id, version, false, &remote.answer,
                                             &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) {
        const struct cli_policy_outcome outcome = {
            .policy_id = sek_text(policy_id), .version = sek_text(version), .active = true, .done = "Activated", .to = "in"};
        status = cli_policy_outcome(cli, &remote, &outcome);
    }
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "policy-id", .kind = CLI_VALUE, .value = "P", .help = "the policy's id"},
    {.name = "version", .kind = CLI_VALUE, .value = "V", .help = "its version"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_policy_activate = {
    .name = "policy activate",
    .summary = "Make an uploaded policy the active one",
    .description = "The one that was active is superseded for good: to go back, sign its content again under a higher version.",
    .example = "  sekuire policy activate --workspace ws_abc123 --policy-id policy_xyz --version 2",
    .options = options,
    .run = run,
};
