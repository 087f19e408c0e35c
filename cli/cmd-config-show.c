/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire config show: every setting, and where it comes from. */
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/session.h"

/* Upstream's spellings of a key have no row of their own. */
static bool is_alias(const char *name) { return strcmp(name, "workspace_id") == 0 || strcmp(name, "workspace.id") == 0; }

/* One member of the document: "trust_require_pinned":{"value":true,"from":"user"}. */
static void write_setting(struct sek_writer *w, const char *name, const struct sek_buffer *value, enum sek_origin from) {
    char member[64];
    snprintf(member, sizeof member, "%s", name);
    for (char *p = member; *p != '\0'; p++)
        if (*p == '.') *p = '_';
    sek_write_key(w, member);
    sek_write_object(w);
    cli_config_value(w, name, value);
    sek_write_member(w, "from", sek_origin_word(from));
    sek_write_object_end(w);
}

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
            if (json) write_setting(&doc.writer, name, &value, from);
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
