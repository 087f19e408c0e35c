/* SPDX-License-Identifier: Apache-2.0 */
/* The agent in the current directory: manifest, prompt and tools, read once; everything later works on these bytes. */
#ifndef CLI_AGENT_H
#define CLI_AGENT_H

#include "agent/declaration.h"
#include "agent/identity.h"
#include "cli/command.h"

#include <sys/types.h>

struct cli_agent {
    const char *manifest_file; /* sekuire.yml, sekuire.yaml or sekuire.json */
    char *manifest_real;       /* the same, links resolved */
    char *folder;              /* that it is in, absolute, links resolved */
    mode_t manifest_mode;
    char *prompt_file, *tools_file; /* as the manifest names them */
    bool prompt_outside, tools_outside; /* no regular file inside the folder, links followed */
    bool prompt_unread, tools_unread;   /* no regular file at all: not read */
    struct sek_buffer manifest_bytes, prompt_bytes, tools_bytes;
    struct sek_arena arena;
    struct sek_manifest manifest;
    const struct sek_node *tools;  /* NULL where they could not be read */
    struct sek_identity identity;  /* "" where one of the two could not be read */
};

/* Reads all of it. Errors name file, line and column. Also on failure, cli_agent_clear it. */
int cli_agent_read(struct cli *cli, struct cli_agent *ret);
/* Error content, with the place in the manifest, where the agent has no id because prompt or tools are no regular files. */
int cli_agent_has_id(struct cli *cli, const struct cli_agent *agent);
/* What the agent declares, the further tools files that the manifest names read as well. */
int cli_agent_declaration(struct cli *cli, struct cli_agent *agent, struct sek_declaration *ret);
void cli_agent_clear(struct cli_agent *agent);

#endif
