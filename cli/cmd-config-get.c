/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire config get: one setting. */
#include "cli/options.h"
#include "cli/output.h"
#include "cli/session.h"

/* Prints its value, an empty line where it is unset. */
static int run(struct cli *cli) {
    struct cli_session session;
    struct cli_document doc;
    struct sek_buffer value;
    enum sek_origin from = SEK_FROM_NOWHERE;
    const char *key = cli_operand(cli, 0);
    sek_buffer_init(&value, SEK_LIMIT_CONFIG_BYTES);
    int status = cli_session_open(cli, NULL, NULL, NULL, &session);
    if (status == 0) {
        status = sek_config_get(&session.settings, &session.credentials, key, &value, &from, &cli->err);
        if (status == SEKUIRE_ERR_USAGE) cli_hint(cli, "see: sekuire config show");
    }
    if (status == 0) cli_line(cli, "%s", value.size == 0 ? "" : value.data);
    if (status == 0 && cli_document_begin(cli, &doc)) {
        sek_write_object(&doc.writer);
        sek_write_member(&doc.writer, "key", key);
        cli_config_value(&doc.writer, key, &value);
        sek_write_member(&doc.writer, "from", sek_origin_word(from));
        sek_write_object_end(&doc.writer);
        status = cli_document_end(cli, &doc);
    }
    sek_buffer_clear(&value);
    cli_session_close(&session);
    return status;
}

const struct cli_command cmd_config_get = {
    .name = "config get",
    .summary = "Print one setting",
    .operands = "KEY",
    .operand_words = "backend workspace trust.require_pinned output.color workspace.id workspace_id device.fingerprint device.name device.os auth.method",
    .operands_min = 1,
    .operands_max = 1,
    .example = "  sekuire config get workspace",
    .run = run,
};
