/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire logout: remove the stored credentials, whatever state they are in. */
#include "cli/output.h"
#include "client/credentials.h"

/* Removes the file. */
static int run(struct cli *cli) {
    struct cli_document doc;
    bool existed = false;
    int status = sek_credentials_remove(NULL, &existed, &cli->err);
    if (status != 0) return status;
    cli_line(cli, existed ? "Logged out: the stored credentials are removed" : "Not logged in");
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member_bool(&doc.writer, "removed", existed);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

const struct cli_command cmd_logout = {
    .name = "logout",
    .summary = "Remove the stored API key",
    .example = "  sekuire logout",
    .run = run,
};
