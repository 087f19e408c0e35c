/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire workspace set: change what a workspace allows. */
#include <string.h>

#include "cli/input.h"
#include "cli/options.h"
#include "cli/remote.h"

struct change {
    const char *name;        /* NULL: stays; "": taken out */
    const char *allow_force; /* NULL: stays */
    bool has_public_read, public_read;
    bool has_undeclared, accept_undeclared;
    bool has_weaker, forbid_weaker;
};

/* Who may force a push. */
static int read_force(struct cli *cli, struct change *change) {
    static const char *const words[] = {"publisher", "policy-admin", "never"};
    change->allow_force = cli_value(cli, "allow-force");
    if (change->allow_force == NULL) return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], change->allow_force) == 0) return 0;
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--allow-force is publisher, policy-admin or never, not '%s'", change->allow_force);
}

/* What the command line asks for; error usage for nothing. */
static int read_change(struct cli *cli, struct change *change) {
    int status = 0;
    change->name = cli_value(cli, "name");
    if (change->name != NULL) status = cli_check_name(cli, "name", change->name);
    if (status == 0) status = cli_choice(cli, "public-read", &change->has_public_read, &change->public_read);
    if (status == 0) status = read_force(cli, change);
    if (status == 0) status = cli_choice(cli, "accept-undeclared", &change->has_undeclared, &change->accept_undeclared);
    if (status == 0) status = cli_choice(cli, "forbid-weaker", &change->has_weaker, &change->forbid_weaker);
    if (status != 0) return status;
    if (change->name != NULL || change->has_public_read || change->allow_force != NULL || change->has_undeclared || change->has_weaker)
        return 0;
    cli_hint(cli, "see: sekuire workspace set --help");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "there is nothing to change");
}

/* The body of the request. */
static void write_body(struct sek_writer *w, const struct change *change) {
    sek_write_object(w);
    if (change->name != NULL) sek_write_member(w, "name", change->name[0] == '\0' ? NULL : change->name);
    if (change->has_public_read) sek_write_member_bool(w, "public_read", change->public_read);
    if (change->allow_force != NULL) sek_write_member(w, "allow_force", change->allow_force);
    if (change->has_undeclared) sek_write_member_bool(w, "accept_undeclared", change->accept_undeclared);
    if (change->has_weaker) sek_write_member_bool(w, "forbid_weaker", change->forbid_weaker);
    sek_write_object_end(w);
}

/* Changes it and shows what it is now. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct change change = {.name = NULL};
    struct sekuire_text body;
    const char *id = cli_value(cli, "workspace");
    int status = 0;
    if (cli_operand(cli, 0) != NULL) status = cli_subject(cli, "workspace", &id);
    if (status == 0) status = read_change(cli, &change);
    if (status != 0) return status;
    status = cli_remote_open(cli, id, &remote);
    if (status == 0) status = cli_session_workspace(cli, &remote.session);
    if (status == 0) {
        write_body(&remote.writer, &change);
        status = cli_remote_body(cli, &remote, &body);
    }
    if (status == 0) {
        status = sek_backend_workspace_set(&remote.session.backend, remote.workspace, body, &remote.answer, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) status = cli_record_answer(cli, cli_workspace_members, remote.answer.root);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "name", .kind = CLI_VALUE, .value = "N", .help = "a name for people; --name= takes it out"},
    {.name = "public-read", .kind = CLI_SWITCH, .value = "[true|false]", .help = "may anyone read the active policy and the agents?"},
    {.name = "allow-force", .kind = CLI_VALUE, .value = "ROLE|never", .words = "publisher policy-admin never",
     .help = "who may push --force: publisher, policy-admin or never"},
    {.name = "accept-undeclared", .kind = CLI_SWITCH, .value = "[true|false]",
     .help = "take agents of published clients, that do not say all that the policy limits?"},
    {.name = "forbid-weaker", .kind = CLI_SWITCH, .value = "[true|false]",
     .help = "refuse what allows more than the last active policy?"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_workspace_set = {
    .name = "workspace set",
    .summary = "Change a workspace's name and what it allows",
    .operands = "[ID]",
    .operands_max = 1,
    .description = "What is not named stays as it is. A policy-admin may set --allow-force, --accept-undeclared and --forbid-weaker true;\n"
                   "the rest is the admin's.",
    .example = "  sekuire workspace set ws_abc123 --allow-force policy-admin --public-read=false",
    .options = options,
    .run = run,
};
