/* SPDX-License-Identifier: Apache-2.0 */
/* Help, from the table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buffer.h"
#include "cli/command.h"

/* `sekuire COMMAND --help` */
void cli_help_command(struct sek_buffer *out, const struct cli_command *command);
/* `sekuire --help` where group is "", `sekuire GROUP --help`. */
void cli_help_group(struct sek_buffer *out, const char *group);

#endif
