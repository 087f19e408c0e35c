/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire api-key create: a new API key, shown this once. */
#include <string.h>

#include "cli/input.h"
#include "cli/options.h"
#include "cli/remote.h"

struct wish {
    const char *role;
    const char *name;   /* NULL: none */
    int64_t expires_at; /* INT64_MIN: never */
};

/* A role that there is; whether it may be given away is the server's to say. */
static int read_role(struct cli *cli, struct wish *wish) {
    static const char *const roles[] = {"reader", "publisher", "policy-admin"};
    int status = cli_required(cli, "role", &wish->role);
    if (status != 0) return status;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i], wish->role) == 0) return 0;
    if (strcmp(wish->role, "admin") == 0) cli_hint(cli, "a new key of the server's admin is made on its machine: sekuired --new-admin-key");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--role is reader, publisher or policy-admin, not '%s'", wish->role);
}

/* What the command line asks for. */
static int read_wish(struct cli *cli, struct wish *wish) {
    const char *expires = cli_value(cli, "expires");
    int status = read_role(cli, wish);
    wish->name = cli_value(cli, "name");
    if (status == 0 && wish->name != NULL) status = cli_check_name(cli, "name", wish->name);
    if (status == 0 && expires != NULL) status = cli_time(cli, "expires", expires, true, &wish->expires_at);
    if (status == 0 && expires != NULL && wish->expires_at <= sys_now())
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "--expires: %s is past", expires);
    return status;
}

/* The body of the request. */
static void write_body(struct sek_writer *w, const struct wish *wish) {
    sek_write_object(w);
    sek_write_member(w, "role", wish->role);
    if (wish->name != NULL) sek_write_member(w, "name", wish->name);
    if (wish->expires_at != INT64_MIN) {
        sek_write_key(w, "expires_at");
        sek_write_time(w, wish->expires_at);
    }
    sek_write_object_end(w);
}

/* The key alone on stdout, so that it can be piped; what it is, on stderr. */
static int tell(struct cli *cli, const struct sek_node *row) {
    struct cli_document doc;
    struct sekuire_text key = cli_record_text(row, "api_key");
    struct sekuire_text id = cli_record_text(row, "id");
    struct sekuire_text expires = cli_record_text(row, "expires_at");
    int status = cli_record_check(cli, cli_api_key_members, row);
    if (status != 0) return status;
    if (sek_api_key_check(key, NULL) != 0) return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer holds no API key");
    cli_line(cli, "%.*s", SEK_TEXT_ARGS(key));
    cli_note(cli, "API key %.*s with the role %.*s for workspace %.*s, %s%.*s", SEK_TEXT_ARGS(id),
             SEK_TEXT_ARGS(cli_record_text(row, "role")), SEK_TEXT_ARGS(cli_record_text(row, "workspace_id")),
             expires.data == NULL ? "without an end" : "valid until ", SEK_TEXT_ARGS(expires));
    cli_note(cli, "it is shown this once: keep it now, the server stores only its hash");
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    cli_record_write(&doc.writer, cli_api_key_members, row);
    sek_write_member_text(&doc.writer, "api_key", key);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Makes a key. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct wish wish = {.expires_at = INT64_MIN};
    struct sekuire_text body;
    int status = read_wish(cli, &wish);
    if (status != 0) return status;
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        write_body(&remote.writer, &wish);
        status = cli_remote_body(cli, &remote, &body);
    }
    if (status == 0) {
        status = sek_backend_api_key_create(&remote.session.backend, remote.workspace, body, &remote.answer, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0) status = tell(cli, remote.answer.root);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "role", .kind = CLI_VALUE, .value = "ROLE", .words = "reader publisher policy-admin", .help = "reader, publisher or policy-admin"},
    {.name = "name", .kind = CLI_VALUE, .value = "N", .help = "what it is for"},
    {.name = "expires", .kind = CLI_VALUE, .value = "TIME|90d", .help = "valid until then (RFC 3339, or days from now)"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_api_key_create = {
    .name = "api-key create",
    .summary = "Make an API key for a workspace, and show it this once",
    .description = "The key is the one line on stdout. A policy-admin makes keys of readers and publishers, an admin the others too.",
    .example = "  sekuire api-key create --workspace ws_abc123 --role publisher --name ci --expires 90d\n"
               "  sekuire api-key create --workspace ws_abc123 --role reader --quiet > reader.key",
    .options = options,
    .run = run,
};
