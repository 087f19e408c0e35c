/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire trust remove: trust a key, or every key, no longer. The rollback state stays. */
#include "base/text.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/trust.h"

/* Retires and saves. */
static int run(struct cli *cli) {
    struct sek_settings settings;
    struct sek_trust_store *store = NULL;
    struct cli_document doc;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    const char *value = cli_value(cli, "public-key");
    size_t removed = 0;
    int status = value == NULL ? 0 : cli_public_key(cli, "--public-key", value, false, key);
    if (status == 0) status = cli_trust_open(cli, &settings, &store);
    if (status == 0)
        status = sek_trust_remove(store, sek_text(settings.workspace), value == NULL ? NULL : key, &removed, &cli->err);
    if (status == 0) status = sek_trust_save(store, &cli->err);
    if (status != 0) goto out;
    cli_line(cli, "Keys no longer trusted for workspace %s: %zu", settings.workspace, removed);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "workspace_id", settings.workspace);
    sek_write_member_u64(&doc.writer, "removed", removed);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    sek_trust_close(store);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "public-key", .kind = CLI_VALUE, .value = "FILE|HEX", .help = "this key alone (default: every key)"},
    {.name = NULL},
};

const struct cli_command cmd_trust_remove = {
    .name = "trust remove",
    .summary = "Trust keys of a workspace no longer",
    .description = "The keys stay as retired: only `trust add` makes them trusted again. What was accepted last stays known.",
    .example = "  sekuire trust remove --workspace ws_abc123",
    .options = options,
    .run = run,
};
