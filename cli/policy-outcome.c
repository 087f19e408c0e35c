/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and telling what became of a policy on the server. */
#include "cli/policy-outcome.h"

static const struct cli_member members[] = {
    {.name = "version", .kind = CLI_MEMBER_TEXT, .required = true},
    {.name = "hash", .kind = CLI_MEMBER_HEX, .required = true},
    {.name = "status", .kind = CLI_MEMBER_TEXT, .required = true},
    {.name = "sequence", .kind = CLI_MEMBER_NUMBER},
    {.name = NULL},
};

/* Is the answer about the policy that was asked for, in the state that was asked for? */
static int check(struct cli *cli, const struct sek_node *row, const struct cli_policy_outcome *outcome) {
    int status = cli_record_check(cli, members, row);
    if (status != 0) return status;
    bool same = sek_text_equal(cli_record_text(row, "policy_id"), outcome->policy_id) &&
                sek_text_equal(cli_record_text(row, "version"), outcome->version) &&
                (outcome->hash.data == NULL || sek_text_equal(cli_record_text(row, "hash"), outcome->hash));
    if (!same) return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer is about another policy");
    if (!outcome->active || sek_text_is(cli_record_text(row, "status"), "active")) return 0;
    return cli_fail(cli, SEKUIRE_ERR_SERVER, "the server did not activate the policy: its status is %.*s",
                    SEK_TEXT_ARGS(cli_record_text(row, "status")));
}

int cli_policy_outcome(struct cli *cli, const struct cli_remote *remote, const struct cli_policy_outcome *outcome) {
    const struct sek_node *row = remote->answer.root;
    struct cli_document doc;
    int status = check(cli, row, outcome);
    if (status != 0) return status;
    cli_line(cli, "%s policy %.*s (v%.*s) %s workspace %s", outcome->done, SEK_TEXT_ARGS(outcome->policy_id),
             SEK_TEXT_ARGS(outcome->version), outcome->to, remote->workspace);
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member_text(&doc.writer, "policy_id", outcome->policy_id);
    sek_write_member(&doc.writer, "workspace_id", remote->workspace);
    cli_record_write(&doc.writer, members, row);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}
