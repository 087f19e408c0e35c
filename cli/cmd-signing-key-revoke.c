/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire signing-key revoke: a signer whose policies are not to be taken any more. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/options.h"
#include "cli/remote.h"

enum { KEY_DIGITS = 64, FOUND = 1 };

/* A row of the list that is looked for, and its key. */
struct search {
    const char *id;
    char hex[KEY_DIGITS + 1]; /* "": not found */
};

/* Looks through a page for the key's row. */
static int look(void *context, const struct sek_node *const *items, size_t count, struct sekuire_error *err) {
    struct search *search = context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        struct sekuire_text hex = cli_record_text(items[i], "public_key");
        if (!sek_text_is(cli_record_text(items[i], "key_id"), search->id) || hex.size != KEY_DIGITS) continue;
        sek_utf8_escape(search->hex, sizeof search->hex, hex);
        return strspn(search->hex, "0123456789abcdefABCDEF") == KEY_DIGITS ? FOUND : SEKUIRE_ERR_BODY;
    }
    return 0;
}

/* What the revocation leaves to be done: by those who pinned the key, and where it signed the active policy. What the server does not
 * say is left open: the key is revoked all the same. */
static void advise(struct cli *cli, const struct cli_remote *remote, const char *id) {
    const char *workspace = remote->workspace;
    struct search search = {.id = id};
    struct sek_answer answer;
    if (cli->json || cli->quiet) return;
    if (sek_backend_list_each(&remote->session.backend, SEK_LIST_SIGNING_KEYS, workspace, look, &search, NULL) != FOUND) search.hex[0] = '\0';
    cli_note(cli, "agents that pinned it go on trusting it until: sekuire trust remove --workspace %s --public-key %s", workspace,
             search.hex[0] == '\0' ? "HEX" : search.hex);
    sek_answer_init(&answer);
    int status = sek_backend_active_policy(&remote->session.backend, workspace, NULL, &answer, NULL);
    if (status == SEKUIRE_ERR_NO_ACTIVE_POLICY)
        cli_note(cli, "workspace %s has no active policy now: pulls and pushes are refused until one by another key is active", workspace);
    else if (status != 0) cli_note(cli, "if it signed the active policy there is none now; see: sekuire policy list --workspace %s", workspace);
    sek_answer_clear(&answer);
}

/* Revokes it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct cli_document doc;
    const char *id = NULL;
    int status = cli_subject(cli, "key-id", &id);
    if (status != 0) return status;
    status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) {
        status = sek_backend_signing_key_revoke(&remote.session.backend, remote.workspace, id, &cli->err);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status != 0) goto out;
    cli_line(cli, "Revoked signing key %s of workspace %s", id, remote.workspace);
    advise(cli, &remote, id);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "key_id", id);
    sek_write_member(&doc.writer, "workspace_id", remote.workspace);
    sek_write_member_bool(&doc.writer, "revoked", true);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "key-id", .kind = CLI_VALUE, .value = "KEY_ID", .help = "the key's id, as the list has it (or as an argument)"},
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_signing_key_revoke = {
    .name = "signing-key revoke",
    .summary = "Revoke a signer's key",
    .operands = "KEY_ID",
    .operands_max = 1,
    .description = "Policies that it signed are neither taken nor served any more, the active one included. A revoked key stays revoked.",
    .example = "  sekuire signing-key revoke key_0123456789abcdef --workspace ws_abc123",
    .options = options,
    .run = run,
};
