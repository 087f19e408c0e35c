/* SPDX-License-Identifier: Apache-2.0 */
/* The command line against a command's option table. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/command.h"

/* Options that every command takes: --json, --quiet, --help, --version. A command's own option of the same name comes first. */
extern const struct cli_option cli_common_options[];

/* Finds the command that args name and reads the rest against its table into cli: `--name value`, `--name=value`, `-r value`, `--`
 * ends the options. Unknown, missing, duplicate and surplus ones are error usage, with a hint. cli->command stays NULL where no
 * command is named; then *ret_group is the word or words given so far ("policy" or ""). */
int cli_options_read(struct cli *cli, int argc, char **argv, const char **ret_group);
void cli_options_clear(struct cli *cli);
/* Was the common --version given? (`policy sign` has one of its own, which takes a value.) */
bool cli_version_asked(const struct cli *cli);

/* What was given, by an option's name in its table (asking for a name that the table lacks is a mistake of the program: abort). */
bool cli_flag(const struct cli *cli, const char *name);
const char *cli_value(const struct cli *cli, const char *name); /* NULL: not given */
/* The value of the index-th time that a list option was given; NULL past the last. */
const char *cli_value_at(const struct cli *cli, const char *name, size_t index);
const char *cli_operand(const struct cli *cli, size_t index); /* NULL past the last */

/* Errors usage unless the option was given. */
int cli_required(struct cli *cli, const char *name, const char **ret);

#endif
