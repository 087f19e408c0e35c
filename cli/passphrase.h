/* SPDX-License-Identifier: Apache-2.0 */
/* The passphrase of a secret key: from a file or from the terminal, never from a variable, which every child process inherits, which
 * /proc shows, and which build logs print. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "base/buffer.h"
#include "cli/command.h"

#define CLI_OPTION_PASSPHRASE_FILE \
    {.name = "passphrase-file", .kind = CLI_VALUE, .value = "FILE|-", .help = "read the key's passphrase from there (-: standard input)"}

/* The passphrase, from --passphrase-file (one line, its end not counted) or the terminal, where `twice` asks a second time. key_file says
 * whose it is. Error usage where there is neither file nor terminal, where it is empty, and where the two differ. ret is initialised here:
 * clear it, also after an error. */
int cli_passphrase(struct cli *cli, const char *key_file, bool twice, struct sek_buffer *ret);

#endif
