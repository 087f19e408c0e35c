/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire trust forget: drop all that is known of a workspace, the protection against old policies too. */
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/trust.h"

/* Drops and saves. */
static int run(struct cli *cli) {
    struct sek_settings settings;
    struct sek_trust_store *store = NULL;
    struct cli_document doc;
    int status = cli_trust_open(cli, &settings, &store);
    if (status == 0) status = sek_trust_forget(store, sek_text(settings.workspace), &cli->err);
    if (status == 0) status = sek_trust_save(store, &cli->err);
    if (status != 0) goto out;
    cli_line(cli, "Nothing is known of workspace %s any more", settings.workspace);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "workspace_id", settings.workspace);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    sek_trust_close(store);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = NULL},
};

const struct cli_command cmd_trust_forget = {
    .name = "trust forget",
    .summary = "Drop all that is known of a workspace",
    .description = "Its keys, its retired keys, and which policy was accepted last: an older one can be taken again after that.",
    .example = "  sekuire trust forget --workspace ws_abc123",
    .options = options,
    .run = run,
};
