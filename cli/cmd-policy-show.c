/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy show: what a policy file says of itself, and whether it verifies. */
#include "base/error.h"
#include "cli/accept.h"
#include "cli/options.h"
#include "cli/output.h"
#include "tree/json.h"

/* One row of the lines: the member as it is there, whatever it is; an absent or null one has a word of its own. */
static void row(struct cli *cli, const char *label, const struct sek_node *root, const char *key, const char *absent) {
    const struct sek_node *node = sek_node_get(root, key);
    struct sek_buffer json;
    struct sek_writer w;
    if (node == NULL || node->kind == SEK_NULL) {
        cli_line(cli, "%-15s%s", label, absent);
        return;
    }
    if (node->kind == SEK_STRING) {
        cli_line(cli, "%-15s%.*s", label, SEK_TEXT_ARGS(node->text));
        return;
    }
    sek_buffer_init(&json, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&w, &json, false);
    sek_write_node(&w, node);
    cli_line(cli, "%-15s%.*s", label, SEK_TEXT_ARGS(cli_whole(cli, &json)));
    sek_buffer_clear(&json);
}

/* The lines of wire.md 7. */
static void lines(struct cli *cli, const struct sek_node *root) {
    row(cli, "Policy ID:", root, "policy_id", "<missing>");
    row(cli, "Workspace ID:", root, "workspace_id", "<missing>");
    row(cli, "Version:", root, "version", "<missing>");
    row(cli, "Status:", root, "status", "<missing>");
    row(cli, "Hash:", root, "hash", "<missing>");
    row(cli, "Signature:", root, "signature", "<not signed>");
    row(cli, "Signing Key:", root, "signing_key_id", "<unknown>");
}

/* The envelope without its content, and how its integrity stands. */
static int document(struct cli *cli, const struct sek_node *root, const char *integrity) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    for (SEK_EACH(member, root)) {
        if (sek_text_is(member->key, "content") || sek_text_is(member->key, "integrity")) continue;
        sek_write_key_text(w, member->key);
        sek_write_node(w, member);
    }
    sek_write_member(w, "integrity", integrity);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* Reads the file as far as a JSON object; what kind of an object it is, is judged later. */
static int read_object(struct cli *cli, struct cli_policy *policy, const char *file, const struct sek_node **ret) {
    bool named = cli_flag(cli, "file");
    int status = named ? cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &policy->bytes)
                       : cli_read_regular(cli, file, SEK_LIMIT_JSON_BYTES, &policy->bytes);
    if (status != 0) return status;
    status = sek_json_parse(&policy->arena, sek_buffer_view(&policy->bytes), ret, &cli->err);
    if (status == 0 && (*ret)->kind != SEK_OBJECT)
        status = sek_fail_node(&cli->err, SEKUIRE_ERR_TYPE, *ret, "a policy is an object, this is %s", sek_kind_name((*ret)->kind));
    return status == 0 ? 0 : cli_blame(cli, file);
}

/* Reads, verifies and prints. */
static int run(struct cli *cli) {
    struct cli_policy policy;
    const struct sek_node *root = NULL;
    const char *file = cli_value(cli, "file") == NULL ? "policy.json" : cli_value(cli, "file");
    int verdict;
    cli_policy_init(&policy);
    int status = read_object(cli, &policy, file, &root);
    if (status != 0) goto out;
    verdict = sek_envelope_from_tree(sek_buffer_view(&policy.bytes), root, &policy.envelope, &cli->err);
    if (verdict == 0) {
        cli_policy_warn(cli, &policy, file);
        verdict = cli_policy_verify(cli, &policy, file);
    }
    if (verdict == SEKUIRE_ERR_MEMORY) { /* says nothing of the policy */
        status = verdict;
        goto out;
    }
    status = document(cli, root, verdict == 0 ? "verified" : verdict == SEKUIRE_ERR_UNSIGNED ? "unsigned" : "failed");
    if (status != 0) goto out;
    lines(cli, root);
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
