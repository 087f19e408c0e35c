/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy show: what a policy file says of itself, and whether it verifies. */
#include "base/error.h"
#include "cli/accept.h"
#include "cli/options.h"
#include "cli/output.h"

/* One row of the lines; an absent value has a word of its own. */
static void row(struct cli *cli, const char *label, struct sekuire_text value, const char *absent) {
    if (value.data == NULL) cli_line(cli, "%-15s%s", label, absent);
    else cli_line(cli, "%-15s%.*s", label, SEK_TEXT_ARGS(value));
}

/* The envelope without its content, and how its integrity stands. */
static int document(struct cli *cli, const struct sek_envelope *envelope, const char *integrity) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    for (SEK_EACH(member, envelope->root)) {
        if (member == envelope->content || sek_text_is(member->key, "integrity")) continue;
        sek_write_key_text(w, member->key);
        sek_write_node(w, member);
    }
    sek_write_member(w, "integrity", integrity);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* Reads, verifies and prints. */
static int run(struct cli *cli) {
    struct cli_policy policy;
    const char *file = cli_value(cli, "file") == NULL ? "policy.json" : cli_value(cli, "file");
    int verdict;
    int status;
    cli_policy_init(&policy);
    status = cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &policy.bytes);
    if (status == 0) status = cli_policy_parse(cli, &policy, file);
    if (status != 0) goto out;
    const struct sek_envelope *e = &policy.envelope;
    cli_policy_warn(cli, &policy, file);
    verdict = cli_policy_verify(cli, &policy, file);
    status = document(cli, e, verdict == 0 ? "verified" : verdict == SEKUIRE_ERR_UNSIGNED ? "unsigned" : "failed");
    if (status != 0) goto out;
    row(cli, "Policy ID:", e->policy_id, "");
    row(cli, "Workspace ID:", e->workspace_id, "");
    row(cli, "Version:", e->version, "");
    row(cli, "Status:", e->status, "");
    row(cli, "Hash:", e->hash, "");
    row(cli, "Signature:", e->signature, "<not signed>");
    row(cli, "Signing Key:", e->signing_key_id, "<unknown>");
    if (verdict == 0 || (verdict == SEKUIRE_ERR_UNSIGNED && cli_flag(cli, "allow-unsigned"))) goto out;
    cli_warn(cli, "NOT VERIFIED: %s", cli->err.message);
    cli->told = true;
    status = verdict;
out:
    cli_policy_clear(&policy);
    return status;
}

static const struct cli_option options[] = {
    {.name = "file", .kind = CLI_VALUE, .value = "PATH", .help = "the policy file (default: policy.json)"},
    {.name = "allow-unsigned", .help = "a policy without a signature is no failure"},
    {.name = NULL},
};

const struct cli_command cmd_policy_show = {
    .name = "policy show",
    .summary = "Show what a policy file says of itself",
    .description = "Hash and signature are checked; a file that does not verify is shown all the same, with exit code 1.",
    .example = "  sekuire policy show --file policy.json",
    .options = options,
    .run = run,
};
