/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of `sekuire decide`. */
#ifndef CLI_DECIDE_H
#define CLI_DECIDE_H

#include <sekuire/decide.h>

#include "base/arena.h"
#include "cli/command.h"

/* How the command decides. */
struct cli_decider {
    const struct sekuire_engine *engine;
    bool overridden;    /* SEKUIRE_POLICY_DEV_OVERRIDE: a deny becomes a warn */
    bool resolve_links; /* of paths, before they are judged */
    char *folder;       /* what relative paths are relative to: the current one */
};

/* Decides one action now. What a path becomes, by the folder that it is relative to and the links in it, is put into *action; the arena
 * keeps it. */
int cli_decide(const struct cli_decider *decider, struct sek_arena *arena, struct sekuire_action *action,
               struct sekuire_decision *ret, struct sekuire_error *err);
/* Answers actions from standard input, line by line. */
int cli_decide_lines(struct cli *cli, const struct cli_decider *decider);

#endif
