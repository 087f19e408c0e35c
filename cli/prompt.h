/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for a secret on the terminal. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "base/buffer.h"
#include "cli/command.h"

/* Prints question on the terminal and reads one line without echo, into a secret buffer of the caller's. Error usage
 * where there is no terminal. */
int cli_prompt_secret(struct cli *cli, const char *question, struct sek_buffer *ret);

#endif
