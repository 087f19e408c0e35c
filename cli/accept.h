/* SPDX-License-Identifier: Apache-2.0 */
/* Policies from files and from the server on their way to being accepted, the same for every command. */
#ifndef CLI_ACCEPT_H
#define CLI_ACCEPT_H

#include "cli/command.h"
#include "cli/input.h"
#include "client/trust-store.h"
#include "policy/accept.h"

/* A policy as it was read, and how far it has come. */
struct cli_policy {
    struct sek_buffer bytes;
    struct sek_arena arena;
    struct sek_envelope envelope;
    const struct sek_verified *verified; /* NULL: integrity does not hold, or was not asked */
    const struct sek_accepted *accepted; /* NULL: not accepted, or not asked */
};
void cli_policy_init(struct cli_policy *policy);
void cli_policy_clear(struct cli_policy *policy);
/* Parses policy->bytes; file is what errors blame (NULL: the server's answer). */
int cli_policy_parse(struct cli *cli, struct cli_policy *policy, const char *file);
int cli_policy_verify(struct cli *cli, struct cli_policy *policy, const char *file);

/* How a command judges. */
struct cli_judgement {
    const char *workspace;
    bool stored_keys_only;
    struct cli_keys given;
    bool allow_first_use;
    bool accept_rollback;
    bool allow_unbound;
};
/* Authority of a verified policy against what the store holds. Errors are those of sek_accept, with what to do next as a hint; checks
 * as there. What must not be missed (a rollback let pass, a clock far behind) is said on stderr. */
int cli_policy_accept(struct cli *cli, struct cli_policy *policy, const char *file, const struct cli_judgement *judgement,
                      const struct sek_trust_store *store, struct sek_check_result *checks);

/* Compiles the rules. Wrong types and patterns that are none are error content; unknown keys are error unknown_key, or with
 * warn_unknown warnings on stderr. */
int cli_policy_rules(struct cli *cli, struct cli_policy *policy, const char *file, bool warn_unknown);
/* Only warns, of everything. */
void cli_policy_warn(struct cli *cli, struct cli_policy *policy, const char *file);

#endif
