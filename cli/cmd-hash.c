/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire hash: the SekuireID of the agent in the current directory. */
#include "cli/agent.h"
#include "cli/output.h"
#include "sys/file.h"

/* A file that was read and that a push would not take, in a push's words. */
static void warn(struct cli *cli, const struct cli_agent *agent, const char *what, const char *file, const struct sek_node *node) {
    cli_warn(cli, "%s:%u:%u: warning: The %s %s is no regular file inside the manifest's folder [manifest.path]", agent->manifest_file,
             (unsigned)node->at.line, (unsigned)node->at.column, what, file);
}

/* Whatever else is wrong: an error of what is read there would not say that it is elsewhere. */
static void warn_of_outside(struct cli *cli, const struct cli_agent *agent) {
    const struct sek_manifest *m = &agent->manifest;
    if (agent->prompt_outside && !agent->prompt_unread && sys_exists(agent->prompt_file))
        warn(cli, agent, "system prompt", agent->prompt_file, m->system_prompt_path_node);
    if (agent->tools_outside && !agent->tools_unread && sys_exists(agent->tools_file))
        warn(cli, agent, "tools file", agent->tools_file, m->tools_path_node);
}

/* Computes and prints it. */
static int run(struct cli *cli) {
    struct cli_agent agent;
    struct cli_document doc;
    int status = cli_agent_read(cli, &agent);
    warn_of_outside(cli, &agent);
    if (status == 0) status = cli_agent_has_id(cli, &agent);
    if (status != 0) goto out;
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
