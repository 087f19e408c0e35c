/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy upload: a signed policy to the server, after its integrity was verified here. */
#include <string.h>

#include "base/error.h"
#include "cli/accept.h"
#include "cli/options.h"
#include "cli/policy-outcome.h"

/* The envelope says where it goes. A workspace that the command line, a variable or a configuration names must be that one; the one
 * that a login remembers was chosen by nobody. */
static int check_workspace(struct cli *cli, const struct cli_remote *remote, struct sekuire_text envelope, const char *file) {
    const struct sek_settings *settings = &remote->session.settings;
    if (settings->workspace_from == SEK_FROM_NOWHERE || settings->workspace_from == SEK_FROM_LOGIN) return 0;
    if (sek_text_is(envelope, settings->workspace)) return 0;
    cli_fail(cli, SEKUIRE_ERR_WORKSPACE, "the policy is for workspace %.*s, not %s (%s)", SEK_TEXT_ARGS(envelope), settings->workspace,
             sek_origin_word(settings->workspace_from));
    cli_hint(cli, "a policy goes to the workspace that it names: leave --workspace out, or give that one");
    return cli_blame(cli, file);
}

/* Sends the very bytes that were verified. */
static int send_policy(struct cli *cli, struct cli_remote *remote, const struct cli_policy *policy, const char *file) {
    const struct sek_envelope *e = &policy->envelope;
    bool activate = cli_flag(cli, "activate");
    struct cli_spinner *spinner = cli_spinner_start(cli, "Uploading the policy...");
    int status = sek_backend_policy_upload(&remote->session.backend, remote->workspace, sek_buffer_view(&policy->bytes), activate,
                                           &remote->answer, &cli->err);
    cli_spinner_stop(spinner);
    if (status != 0) return cli_remote_failed(cli, remote, status, file);
    bool known = remote->answer.http_status == 200;
    const struct cli_policy_outcome outcome = {.policy_id = e->policy_id,
                                               .version = e->version,
                                               .hash = e->hash,
                                               .active = activate,
                                               .done = activate ? "Uploaded and activated" : known ? "Already uploaded:" : "Uploaded",
                                               .to = activate ? "in" : "to"};
    status = cli_policy_outcome(cli, remote, &outcome);
    if (status == 0 && !sek_text_is(cli_record_text(remote->answer.root, "status"), "active"))
        cli_note(cli, "it is not active: sekuire policy activate --workspace %s --policy-id %.*s --version %.*s", remote->workspace,
                 SEK_TEXT_ARGS(e->policy_id), SEK_TEXT_ARGS(e->version));
    return status;
}

/* Standard input can be read once. */
static int check_usage(struct cli *cli, const char *file) {
    const char *key_file = cli_value(cli, "api-key-file");
    if (strcmp(file, "-") != 0 || key_file == NULL || strcmp(key_file, "-") != 0) return 0;
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--file - and --api-key-file - contradict each other");
}

/* Verifies first, then sends. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct cli_policy policy;
    const char *file = NULL;
    int status = cli_required(cli, "file", &file);
    if (status == 0) status = check_usage(cli, file);
    if (status != 0) return status;
    cli_policy_init(&policy);
    status = cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &policy.bytes);
    if (status == 0) status = cli_policy_parse(cli, &policy, file);
    if (status == 0) status = cli_policy_verify(cli, &policy, file);
    if (status != 0) goto out;
    status = cli_remote_open(cli, cli_value(cli, "workspace"), &remote);
    if (status == 0) status = check_workspace(cli, &remote, policy.envelope.workspace_id, file);
    if (status == 0) {
        remote.workspace = sek_arena_copy(&policy.arena, policy.envelope.workspace_id);
        if (remote.workspace == NULL) status = sek_fail_memory(&cli->err);
    }
    if (status == 0) status = send_policy(cli, &remote, &policy, file);
    cli_remote_close(&remote);
out:
    cli_policy_clear(&policy);
    return status;
}

static const struct cli_option options[] = {
    {.name = "file", .kind = CLI_VALUE, .value = "FILE", .help = "the signed policy (sekuire policy sign makes one)"},
    {.name = "activate", .help = "make it the active one at once"},
    {.name = "workspace", .kind = CLI_VALUE, .value = "ID", .help = "the workspace that the policy must be for"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_policy_upload = {
    .name = "policy upload",
    .summary = "Upload a signed policy to its workspace",
    .description = "Hash and signature are verified before anything is sent; the workspace is the one that the policy names. The server\n"
                   "checks key, workspace, rules, dates and order. A policy-admin's key is needed.",
    .example = "  sekuire policy upload --file policy.json --activate",
    .options = options,
    .run = run,
};
