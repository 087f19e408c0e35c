/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of a policy that was uploaded or activated. */
#ifndef CLI_POLICY_OUTCOME_H
#define CLI_POLICY_OUTCOME_H

#include "cli/remote.h"

struct cli_policy_outcome {
    struct sekuire_text policy_id, version; /* what was asked for */
    struct sekuire_text hash;               /* data NULL: not known before */
    bool active;                            /* it must be active now */
    const char *done, *to;                  /* the words before and behind the policy: "Uploaded", "to" */
};

/* Error body if the server's answer is about another policy, error server if it is not active though it should be; else the line
 * "DONE policy P (vV) TO W" and the document. */
int cli_policy_outcome(struct cli *cli, const struct cli_remote *remote, const struct cli_policy_outcome *outcome);

#endif
