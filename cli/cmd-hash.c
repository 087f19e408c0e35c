/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire hash: the SekuireID of the agent in the current directory. */
#include "cli/agent.h"
#include "cli/output.h"

/* Computes and prints it. */
static int run(struct cli *cli) {
    struct cli_agent agent;
    struct cli_document doc;
    int status = cli_agent_read(cli, &agent);
    if (status == 0) status = cli_agent_has_id(cli, &agent);
    if (status != 0) goto out;
    if (agent.prompt_outside) cli_warn(cli, "warning: %s is no regular file inside the agent's directory", agent.prompt_file);
    if (agent.tools_outside) cli_warn(cli, "warning: %s is no regular file inside the agent's directory", agent.tools_file);
    cli_line(cli, "Sekuire ID (Fingerprint): %s", agent.identity.sekuire_id);
    if (!cli_document_begin(cli, &doc)) goto out;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "sekuire_id", agent.identity.sekuire_id);
    sek_write_member(&doc.writer, "prompt_hash", agent.identity.prompt_hash);
    sek_write_member(&doc.writer, "tools_hash", agent.identity.tools_hash);
    sek_write_object_end(&doc.writer);
    status = cli_document_end(cli, &doc);
out:
    cli_agent_clear(&agent);
    return status;
}

const struct cli_command cmd_hash = {
    .name = "hash",
    .summary = "Compute the SekuireID of the agent in this directory",
    .description = "The id covers the model, the prompt and the tools that sekuire.yml (or .yaml, .json) names, and nothing else.",
    .example = "  sekuire hash",
    .run = run,
};
