/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy validate: integrity of a policy file, or with --strict its authority too. Changes nothing. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/accept.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/session.h"
#include "tree/json.h"

enum verdict { NOT_CHECKED = 0, PASS, FAIL };

enum check { CHECK_SYNTAX, CHECK_HASH, CHECK_SIGNATURE, CHECK_WORKSPACE, CHECK_STATUS, CHECK_KEY, CHECK_SEQUENCE, CHECK_TIME, CHECKS };

static const char *const check_names[] = {"syntax", "hash", "signature", "workspace", "status", "key", "sequence", "time"};
static const char *const verdict_words[] = {"not_checked", "pass", "fail"};
/* Where sek_accept's checks go. */
static const enum check accept_checks[SEK_CHECK_COUNT] = {CHECK_WORKSPACE, CHECK_STATUS, CHECK_KEY, CHECK_SEQUENCE, CHECK_TIME};

struct validation {
    const char *file;
    struct cli_policy policy;
    bool parsed;
    enum verdict verdicts[CHECKS];
    char messages[CHECKS][SEKUIRE_MESSAGE_MAX + 1];
    struct sekuire_error failure; /* the first one; status 0: none */
};

/* Notes a check's verdict; the first failure becomes the command's. */
static void note(struct cli *cli, struct validation *v, enum check check, int status) {
    v->verdicts[check] = status == 0 ? PASS : FAIL;
    if (status == 0) return;
    memcpy(v->messages[check], cli->err.message, sizeof v->messages[check]);
    if (v->failure.status == 0) v->failure = cli->err;
}

/* Hash and signature. */
static void check_integrity(struct cli *cli, struct validation *v) {
    bool allow_unsigned = cli_flag(cli, "allow-unsigned");
    int status = sek_verify_hash(&v->policy.envelope, &cli->err);
    note(cli, v, CHECK_HASH, status);
    if (status != 0) return;
    status = sek_verify(&v->policy.envelope, &v->policy.arena, &v->policy.verified, &cli->err);
    if (status == SEKUIRE_ERR_UNSIGNED && allow_unsigned) {
        memcpy(v->messages[CHECK_SIGNATURE], cli->err.message, sizeof v->messages[CHECK_SIGNATURE]);
        return;
    }
    note(cli, v, CHECK_SIGNATURE, status);
    if (status == SEKUIRE_ERR_UNSIGNED) cli_hint(cli, "--allow-unsigned checks the hash alone");
}

/* Authority, against the stored state and the given keys. */
static int check_authority(struct cli *cli, struct validation *v) {
    struct cli_judgement judgement = {.workspace = NULL};
    struct sek_check_result checks[SEK_CHECK_COUNT] = {{.judged = false}};
    struct sek_trust_store *store = NULL;
    struct sek_settings settings;
    int status = cli_settings(cli, cli_value(cli, "workspace"), &settings);
    if (status == 0) status = cli_known_workspace(cli, &settings);
    if (status == 0) status = cli_trusted_keys(cli, &judgement.given);
    if (status == 0) status = sek_trust_open_read(NULL, &store, &cli->err);
    if (status != 0) return status;
    judgement.workspace = settings.workspace;
    judgement.stored_keys_only = settings.workspace_of_project;
    if (v->policy.verified != NULL) {
        status = cli_policy_accept(cli, &v->policy, v->file, &judgement, store, checks);
        for (int i = 0; i < SEK_CHECK_COUNT; i++) {
            enum check check = accept_checks[i];
            if (!checks[i].judged) continue;
            v->verdicts[check] = checks[i].status == 0 ? PASS : FAIL;
            memcpy(v->messages[check], checks[i].message, sizeof v->messages[check]);
        }
        if (status != 0 && v->failure.status == 0) v->failure = cli->err;
    }
    sek_trust_close(store);
    return 0;
}

/* The document of cli.md 2. */
static int document(struct cli *cli, const struct validation *v) {
    struct cli_document doc;
    const struct sek_envelope *e = &v->policy.envelope;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    sek_write_member_bool(w, "valid", v->failure.status == 0);
    const char *const names[] = {"policy_id", "workspace_id", "version", "hash"};
    const struct sekuire_text texts[] = {e->policy_id, e->workspace_id, e->version, e->hash};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (v->parsed) sek_write_member_text(w, names[i], texts[i]);
        else sek_write_member(w, names[i], NULL);
    }
    sek_write_key(w, "checks");
    sek_write_array(w);
    for (int i = 0; i < CHECKS; i++) {
        sek_write_object(w);
        sek_write_member(w, "name", check_names[i]);
        sek_write_member(w, "result", verdict_words[v->verdicts[i]]);
        sek_write_member(w, "message", v->messages[i]);
        sek_write_object_end(w);
    }
    sek_write_array_end(w);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* The lines of a file that passed. */
static void lines(struct cli *cli, const struct validation *v, bool strict) {
    const struct sek_envelope *e = &v->policy.envelope;
    bool is_signed = v->verdicts[CHECK_SIGNATURE] == PASS;
    cli_line(cli, is_signed ? "Policy %.*s (v%.*s) integrity verified (hash/signature)" : "Policy %.*s (v%.*s) integrity verified (hash)",
             SEK_TEXT_ARGS(e->policy_id), SEK_TEXT_ARGS(e->version));
    if (!is_signed) cli_warn(cli, "NOT SIGNED: anyone may have written this policy");
    if (!strict) cli_note(cli, "not checked: %sworkspace, key, status, age", is_signed ? "" : "signature, ");
    else cli_note(cli, "accepted: workspace, key, status, age");
}

/* Reads the file: 0 once it is JSON, whatever else is wrong with it. */
static int read_file(struct cli *cli, struct validation *v) {
    const struct sek_node *json = NULL;
    int status = cli_read_file(cli, v->file, SEK_LIMIT_JSON_BYTES, &v->policy.bytes);
    if (status != 0) return status;
    status = cli_policy_parse(cli, &v->policy, v->file);
    v->parsed = status == 0;
    if (status != 0 && sek_json_parse(&v->policy.arena, sek_buffer_view(&v->policy.bytes), &json, NULL) != 0) return status;
    note(cli, v, CHECK_SYNTAX, status);
    return 0;
}

/* Options that only mean something together. */
static int check_usage(struct cli *cli) {
    bool strict = cli_flag(cli, "strict");
    if (strict && cli_flag(cli, "allow-unsigned"))
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "--strict and --allow-unsigned contradict each other");
    if (strict || (!cli_flag(cli, "workspace") && !cli_flag(cli, "trusted-key"))) return 0;
    cli_hint(cli, "add --strict to check workspace, key, status and age too");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--workspace and --trusted-key need --strict");
}

/* Runs every check and tells the outcome. */
static int run(struct cli *cli) {
    struct validation *v = sek_alloc_zero(1, sizeof *v);
    bool strict = cli_flag(cli, "strict");
    int status;
    if (v == NULL) return sek_fail_memory(&cli->err);
    cli_policy_init(&v->policy);
    v->file = cli_value(cli, "file") == NULL ? "policy.json" : cli_value(cli, "file");
    status = check_usage(cli);
    if (status == 0) status = read_file(cli, v);
    if (status != 0) goto out;
    if (v->parsed) {
        cli_policy_warn(cli, &v->policy, v->file);
        check_integrity(cli, v);
        if (strict) status = check_authority(cli, v);
        if (status != 0) goto out;
    }
    if (v->failure.status == SEKUIRE_ERR_MEMORY) { /* says nothing of the policy */
        cli->err = v->failure;
        status = SEKUIRE_ERR_MEMORY;
        goto out;
    }
    status = document(cli, v);
    if (status != 0) goto out;
    if (v->failure.status == 0) {
        lines(cli, v, strict);
    } else {
        cli->err = v->failure;
        status = cli_blame(cli, v->file);
    }
out:
    cli_policy_clear(&v->policy);
    sek_free(v);
    return status;
}

static const struct cli_option options[] = {
    {.name = "file", .kind = CLI_VALUE, .value = "PATH", .help = "the policy file (default: policy.json)"},
    {.name = "strict", .help = "check workspace, status, key, sequence and time too, against the trust store"},
    CLI_OPTION_WORKSPACE,
    CLI_OPTION_TRUSTED_KEY,
    {.name = "allow-unsigned", .help = "take a policy without a signature: only its hash is checked"},
    {.name = NULL},
};

const struct cli_command cmd_policy_validate = {
    .name = "policy validate",
    .summary = "Check a policy file",
    .description = "Without --strict only hash and signature are checked: a valid signature does not say whose key it is, which\n"
                   "workspace the policy is for, or whether it is current.",
    .example = "  sekuire policy validate --file policy.json\n  sekuire policy validate --strict --workspace ws_abc123",
    .options = options,
    .run = run,
};
