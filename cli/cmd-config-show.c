/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire config show: every setting, and where it comes from. */
#include <string.h>

#include "cli/output.h"
#include "cli/session.h"

/* Upstream's second spelling of a key has no row of its own. */
static bool is_alias(const char *name) { return strcmp(name, "workspace_id") == 0; }

/* Prints each key, its value and its origin. */
static int run(struct cli *cli) {
    struct cli_session session;
    struct cli_document doc;
    int status = cli_session_open(cli, NULL, NULL, NULL, &session);
    bool json = status == 0 && cli_document_begin(cli, &doc);
    if (json) sek_write_object(&doc.writer);
    for (size_t i = 0; i < sek_config_key_count && status == 0; i++) {
        const char *name = sek_config_keys[i].name;
        enum sek_origin from = SEK_FROM_NOWHERE;
        struct sek_buffer value;
        sek_buffer_init(&value, SEK_LIMIT_CONFIG_BYTES);
        status = sek_config_get(&session.settings, &session.credentials, name, &value, &from, &cli->err);
        if (status == 0 && !is_alias(name)) {
            cli_line(cli, "%-22s %s (%s)", name, value.size == 0 ? "-" : value.data, sek_origin_word(from));
            if (json) {
                sek_write_key(&doc.writer, name);
                sek_write_object(&doc.writer);
                sek_write_member(&doc.writer, "value", value.size == 0 ? NULL : value.data);
                sek_write_member(&doc.writer, "from", sek_origin_word(from));
                sek_write_object_end(&doc.writer);
            }
        }
        sek_buffer_clear(&value);
    }
    if (json) {
        sek_write_object_end(&doc.writer);
        if (status == 0) status = cli_document_end(cli, &doc);
        else sek_buffer_clear(&doc.buffer);
    }
    cli_session_close(&session);
    return status;
}

const struct cli_command cmd_config_show = {
    .name = "config show",
    .summary = "Show every setting and where it comes from",
    .description = "Options come first, then variables (SEKUIRE_API_URL, SEKUIRE_WORKSPACE_ID), ./.sekuire/config.yaml, the user's\n"
                   "config.yaml, the login, and the default.",
    .example = "  sekuire config show",
    .run = run,
};
