/* SPDX-License-Identifier: Apache-2.0 */
/* Parse, verify and accept, with the words for each failure. */
#include "cli/accept.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "cli/output.h"
#include "sys/env.h"

enum { PROJECT_HINT = 512 };

void cli_policy_init(struct cli_policy *policy) {
    memset(policy, 0, sizeof *policy);
    sek_buffer_init(&policy->bytes, SEK_LIMIT_JSON_BYTES);
    sek_arena_init(&policy->arena, SEK_LIMIT_TREE_ARENA);
}

void cli_policy_clear(struct cli_policy *policy) {
    sek_buffer_clear(&policy->bytes);
    sek_arena_clear(&policy->arena);
}

/* Says which file an error is about, or that it is about the server's answer. */
static int blame(struct cli *cli, const char *file) {
    if (file != NULL) return cli_blame(cli, file);
    cli->source = "the server's answer";
    return cli->err.status;
}

/* Is it by its name a policy that nobody has signed yet? */
static bool is_yaml(const char *file) {
    const char *dot = file == NULL ? NULL : strrchr(file, '.');
    return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

int cli_policy_parse(struct cli *cli, struct cli_policy *policy, const char *file) {
    if (sek_envelope_parse(&policy->arena, sek_buffer_view(&policy->bytes), &policy->envelope, &cli->err) == 0) return 0;
    if (is_yaml(file)) cli_hint(cli, "a signed policy is wanted, which is JSON; one is made by: sekuire policy sign --content %s", file);
    return blame(cli, file);
}

int cli_policy_verify(struct cli *cli, struct cli_policy *policy, const char *file) {
    if (sek_verify(&policy->envelope, &policy->arena, &policy->verified, &cli->err) == 0) return 0;
    return blame(cli, file);
}

/* What to do about a refusal. The `trust add` line is whole and on a line of its own, so that it can be copied. */
static void advise(struct cli *cli, const struct cli_policy *policy, const struct cli_judgement *judgement, int status) {
    char hex[65];
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    char project[PROJECT_HINT] = "";
    const uint8_t *key = sek_verified_key(policy->verified);
    if (judgement->stored_keys_only && (judgement->given.count > 0 || judgement->allow_first_use))
        snprintf(project, sizeof project,
                 "%s did not count, for nothing but this folder's .sekuire/config.yaml names workspace %s: give --workspace %s as well\n",
                 judgement->given.count > 0 ? "--trusted-key (or its variable)" : "--accept-new-key (or first use)", judgement->workspace,
                 judgement->workspace);
    sek_hex_encode(hex, key, SEK_PUBLIC_KEY_SIZE);
    cli_fingerprint(key, fingerprint);
    switch (status) {
    case SEKUIRE_ERR_KEY_NOT_PINNED:
        cli_hint(cli,
                 "%sthe policy is signed by %s\nask whoever runs the workspace for the fingerprint of its key; if it is this one:\n"
                 "sekuire trust add --workspace %s --public-key %s",
                 project, fingerprint, judgement->workspace, hex);
        break;
    case SEKUIRE_ERR_KEY_CHANGED:
        cli_hint(cli,
                 "%sthe policy is signed by %s, which is not trusted for %s\nonly if whoever runs the workspace confirms that "
                 "fingerprint:\nsekuire trust add --workspace %s --public-key %s",
                 project, fingerprint, judgement->workspace, judgement->workspace, hex);
        break;
    case SEKUIRE_ERR_ROLLBACK:
        cli_hint(cli, "if whoever runs the workspace went back on purpose, take it once: sekuire policy pull --workspace %s "
                      "--accept-rollback", judgement->workspace);
        break;
    default:
        break;
    }
}

int cli_policy_accept(struct cli *cli, struct cli_policy *policy, const char *file, const struct cli_judgement *judgement,
                      const struct sek_trust_store *store, struct sek_check_result *checks) {
    struct sekuire_text workspace = sek_text(judgement->workspace);
    struct sek_trust_elsewhere elsewhere = {store, workspace};
    struct sek_trust_state state;
    sek_trust_get(store, workspace, &state);
    struct sek_accept_request request = {
        .workspace = workspace,
        .state = &state,
        .given_keys = judgement->given.count == 0 ? NULL : judgement->given.keys,
        .given_count = judgement->given.count,
        .stored_keys_only = judgement->stored_keys_only,
        .allow_first_use = judgement->allow_first_use,
        .accept_rollback = judgement->accept_rollback,
        .allow_unbound = judgement->allow_unbound,
        .trusted_elsewhere = sek_trust_elsewhere,
        .context = &elsewhere,
        .now = sys_now(),
    };
    if (sek_accept_clock_behind(&request))
        cli_warn(cli, "warning: the clock of this machine is more than a day behind the newest policy accepted for workspace %s",
                 judgement->workspace);
    int status = sek_accept(policy->verified, &request, &policy->arena, &policy->accepted, checks, &cli->err);
    if (status != 0) {
        advise(cli, policy, judgement, status);
        return blame(cli, file);
    }
    if (sek_accepted_rolled_back(policy->accepted))
        cli_warn(cli, "WARNING: a policy older than the newest one accepted is taken, because of --accept-rollback: %.*s (v%.*s) for "
                      "workspace %s", SEK_TEXT_ARGS(policy->envelope.policy_id), SEK_TEXT_ARGS(policy->envelope.version),
                 judgement->workspace);
    return 0;
}

/* One finding of the rules as a warning. */
static void warn(struct cli *cli, const char *file, const struct sek_finding *finding) {
    cli_warn(cli, "%s:%u:%u: warning: %s (%s) [%s]", file == NULL ? "the server's answer" : file, (unsigned)finding->line,
             (unsigned)finding->column, finding->message, finding->pointer == NULL ? "" : finding->pointer, finding->rule);
}

int cli_policy_rules(struct cli *cli, struct cli_policy *policy, const char *file, bool warn_unknown) {
    const struct sek_rules *rules = NULL;
    struct sek_report report;
    int status;
    sek_report_init(&report);
    status = sek_rules_compile(&policy->arena, policy->envelope.content, &rules, &report, &cli->err);
    if (status == 0) status = report.status != 0 ? sek_fail_memory(&cli->err) : 0;
    if (status == 0 && !warn_unknown) status = sek_rules_known_keys(policy->envelope.content, &cli->err);
    if (status != 0) blame(cli, file);
    for (const struct sek_finding *f = report.first; f != NULL && status == 0 && warn_unknown; f = f->next) warn(cli, file, f);
    sek_report_clear(&report);
    return status;
}

void cli_policy_warn(struct cli *cli, struct cli_policy *policy, const char *file) {
    const struct sek_rules *rules = NULL;
    struct sek_report report;
    sek_report_init(&report);
    (void)sek_rules_compile(&policy->arena, policy->envelope.content, &rules, &report, NULL);
    for (const struct sek_finding *f = report.first; f != NULL; f = f->next) warn(cli, file, f);
    sek_report_clear(&report);
}
