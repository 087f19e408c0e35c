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
    struct sek_buffer manifest_bytes, prompt_bytes, tools_bytes;
    struct sek_arena arena;
    struct sek_manifest manifest;
    const struct sek_node *tools;
    struct sek_identity identity;
};

/* Reads all of it. Errors name file, line and column. Also on failure, cli_agent_clear it. */
int cli_agent_read(struct cli *cli, struct cli_agent *ret);
void cli_agent_clear(struct cli_agent *agent);

#endif
