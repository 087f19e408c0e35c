/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `push`: its steps in cmd-push.c, the policy in push-policy.c, the request in push-body.c, the words in push-text.c. */
#ifndef CLI_PUSH_H
#define CLI_PUSH_H

#include <sekuire/key.h>

#include "cli/accept.h"
#include "cli/agent.h"
#include "cli/session.h"
#include "comply/comply.h"

struct cli_push {
    struct cli_agent agent;
    struct sek_declaration declaration;
    struct sekuire_secret_key *key;
    struct cli_session session;
    struct cli_keys given;
    char workspace[SEK_LIMIT_ID + 1];
    enum sek_origin workspace_from;
    char org_id[SEK_LIMIT_ID + 1]; /* "" where none is known */
    struct cli_policy policy;
    bool has_policy; /* false: there is no active one, and --force was given */
    struct sek_report report;
    struct sek_comply_line *lines;
    struct sek_buffer edited; /* the manifest with its id; empty: it stays as it is */
    struct sys_pending *rewritten; /* the same beside the manifest, ready to take its place */
    bool force, dry_run, compliant, published;
};

/* Settles push->workspace; the server is asked only where nothing on this side names one. */
int cli_push_workspace(struct cli *cli, struct cli_push *push);
/* Refuses a workspace that is not the API key's, which the server is asked for where the login does not say it. */
int cli_push_key_workspace(struct cli *cli, struct cli_push *push);
/* The organisation to publish for, where the login did not say; a key that the server refuses is error unauthorized. */
int cli_push_organisation(struct cli *cli, struct cli_push *push);
/* Fetches or reads the policy, accepts it, and judges the agent. */
int cli_push_judge(struct cli *cli, struct cli_push *push);
/* Appends the body of the publish request. */
int cli_push_body(struct cli *cli, const struct cli_push *push, struct sek_buffer *out);
/* The lines of wire.md 7 up to the verdict, with every finding's place on stderr. */
void cli_push_lines(struct cli *cli, const struct cli_push *push);
/* What is said about a publish that the server refused, its findings too. */
void cli_push_refused(struct cli *cli, const struct sek_answer *answer);
/* The document of cli.md 2. */
int cli_push_document(struct cli *cli, const struct cli_push *push);

#endif
