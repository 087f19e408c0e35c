/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire workspace create: a new workspace on the server. */
#include "cli/input.h"
#include "cli/options.h"
#include "cli/remote.h"
#include "policy/ids.h"

/* The body of the request. */
static void write_body(struct cli *cli, struct sek_writer *w, const char *id, const char *name) {
    sek_write_object(w);
    sek_write_member(w, "id", id);
    if (name != NULL) sek_write_member(w, "name", name);
    if (cli_flag(cli, "public-read")) sek_write_member_bool(w, "public_read", true);
    sek_write_object_end(w);
}

/* Creates it and shows it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct sekuire_text body;
    const char *id = cli_operand(cli, 0);
    const char *name = cli_value(cli, "name");
    int status = 0;
    if (!sek_id_valid(sek_text(id))) {
        cli_hint(cli, CLI_HINT_ID);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "'%s' is no workspace id", id);
    }
    if (name != NULL) status = cli_check_name(cli, "name", name);
    if (status != 0) return status;
    status = cli_remote_open(cli, id, &remote);
    if (status == 0) {
        write_body(cli, &remote.writer, id, name);
        status = cli_remote_body(cli, &remote, &body);
    }
    if (status == 0) {
        status = sek_backend_workspace_create(&remote.session.backend, body, &remote.answer, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) status = cli_record_answer(cli, cli_workspace_members, remote.answer.root);
    if (status == 0) cli_note(cli, "next: sekuire signing-key add --workspace %s --public-key FILE", id);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    {.name = "name", .kind = CLI_VALUE, .value = "N", .help = "a name for people"},
    {.name = "public-read", .help = "anyone may read its active policy and its agents, without a key"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_workspace_create = {
    .name = "workspace create",
    .summary = "Create a workspace",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .description = "An admin's key is needed.",
    .example = "  sekuire workspace create ws_abc123 --name \"Research\" --backend http://127.0.0.1:9300 \\\n"
               "      --api-key-file /var/lib/sekuired/admin.key",
    .options = options,
    .run = run,
};
