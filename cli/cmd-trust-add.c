/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire trust add: trust a key for a workspace. */
#include "base/hex.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/trust.h"

/* Adds and saves. */
static int run(struct cli *cli) {
    struct sek_settings settings;
    struct sek_trust_store *store = NULL;
    struct cli_document doc;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    char hex[65];
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    const char *value;
    bool changed = false;
    int status = cli_required(cli, "public-key", &value);
    if (status == 0) status = cli_public_key(cli, "--public-key", value, false, key);
    if (status == 0) status = cli_trust_open(cli, &settings, &store);
    if (status == 0) status = sek_trust_add(store, sek_text(settings.workspace), key, sys_now(), &changed, &cli->err);
    if (status == 0) status = sek_trust_save(store, &cli->err);
    if (status != 0) goto out;
    sek_hex_encode(hex, key, sizeof key);
    cli_fingerprint(key, fingerprint);
    cli_line(cli, changed ? "Trusted for workspace %s: %s" : "Already trusted for workspace %s: %s", settings.workspace, fingerprint);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "workspace_id", settings.workspace);
    sek_write_member(&doc.writer, "public_key", hex);
    sek_write_member(&doc.writer, "key_fingerprint", fingerprint);
    sek_write_member_bool(&doc.writer, "changed", changed);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    sek_trust_close(store);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "public-key", .kind = CLI_VALUE, .value = "FILE|HEX", .help = "the key, as 64 hex digits or in a file"},
    {.name = NULL},
};

const struct cli_command cmd_trust_add = {
    .name = "trust add",
    .summary = "Trust a key for a workspace",
    .description = "Compare the key's fingerprint with what whoever runs the workspace tells you. A retired key is trusted again.",
    .example = "  sekuire trust add --workspace ws_abc123 --public-key .sekuire/public.key",
    .options = options,
    .run = run,
};
