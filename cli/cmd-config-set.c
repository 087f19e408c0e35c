/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire config set: change one setting in the user's file. */
#include "cli/options.h"
#include "cli/output.h"
#include "client/config.h"

/* Sets it; an empty value takes it out. */
static int run(struct cli *cli) {
    struct cli_document doc;
    const char *key = cli_operand(cli, 0);
    const char *value = cli_operand(cli, 1);
    int status = sek_config_set(NULL, key, value, &cli->err);
    if (status == SEKUIRE_ERR_USAGE) cli_hint(cli, "see: sekuire config show");
    if (status != 0) return status;
    if (value[0] == '\0') cli_line(cli, "%s is no longer set", key);
    else cli_line(cli, "%s is set to %s", key, value);
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "key", key);
    sek_write_member(&doc.writer, "value", value[0] == '\0' ? NULL : value);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

const struct cli_command cmd_config_set = {
    .name = "config set",
    .summary = "Change one setting of the user's configuration",
    .operands = "KEY VALUE",
    .operand_words = "backend workspace trust.require_pinned output.color workspace.id workspace_id",
    .operands_min = 2,
    .operands_max = 2,
    .description = "Only the line concerned changes in config.yaml. An empty VALUE takes the setting out.",
    .example = "  sekuire config set workspace ws_abc123\n  sekuire config set trust.require_pinned true",
    .run = run,
};
