/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire signing-key add: register the public key whose policies a workspace takes. */
#include <string.h>

#include "base/hex.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/remote.h"

/* The row that came back, and how others come to trust the key. */
static int tell(struct cli *cli, const struct cli_remote *remote, const uint8_t key[SEK_PUBLIC_KEY_SIZE], const char *hex) {
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    const struct sek_node *row = remote->answer.root;
    int status = cli_record_check(cli, cli_signing_key_members, row);
    if (status != 0) return status;
    if (!sek_text_equal_ascii_case(cli_record_text(row, "public_key"), sek_text(hex)))
        return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer is about another key");
    status = cli_record_answer(cli, cli_signing_key_members, row);
    cli_fingerprint(key, fingerprint);
    cli_line(cli, "%-12s %s", "Fingerprint:", fingerprint);
    cli_note(cli, "agents trust it by: sekuire trust add --workspace %s --public-key %s", remote->workspace, hex);
    return status;
}

/* Registers it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct sekuire_text body;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    char hex[2 * SEK_PUBLIC_KEY_SIZE + 1];
    const char *value = NULL;
    const char *name = cli_value(cli, "name");
    int status = cli_required(cli, "public-key", &value);
    if (status == 0) status = cli_public_key(cli, "--public-key", value, false, key);
    if (status == 0 && name != NULL) status = cli_check_name(cli, "name", name);
    if (status != 0) return status;
    sek_hex_encode(hex, key, sizeof key);
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        sek_write_object(&remote.writer);
        sek_write_member(&remote.writer, "public_key", hex);
        if (name != NULL) sek_write_member(&remote.writer, "name", name);
        sek_write_object_end(&remote.writer);
        status = cli_remote_body(cli, &remote, &body);
    }
    if (status == 0) {
        status = sek_backend_signing_key_add(&remote.session.backend, remote.workspace, body, &remote.answer, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) status = tell(cli, &remote, key, hex);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "public-key", .kind = CLI_VALUE, .value = "FILE|HEX", .help = "the key, as 64 hex digits or in a file"},
    {.name = "name", .kind = CLI_VALUE, .value = "N", .help = "whose it is"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_signing_key_add = {
    .name = "signing-key add",
    .summary = "Register the public key of a signer of policies",
    .description = "The server takes only policies that a registered key signed. The secret key stays with its owner; an admin's API key\n"
                   "is needed.",
    .example = "  sekuire signing-key add --workspace ws_abc123 --public-key .sekuire/public.key --name \"Ada\"",
    .options = options,
    .run = run,
};
