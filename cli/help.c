/* SPDX-License-Identifier: Apache-2.0 */
/* Help text. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/options.h"

enum { COLUMN = 30 };

/* One row: what, and what it means, the latter in its own column. */
static void row(struct sek_buffer *out, const char *what, const char *meaning) {
    if (strlen(what) + 4 > COLUMN) sek_buffer_format(out, "  %s\n%*s%s\n", what, COLUMN, "", meaning);
    else sek_buffer_format(out, "  %-*s%s\n", COLUMN - 2, what, meaning);
}

/* Rows for a table of options. */
static void option_rows(struct sek_buffer *out, const struct cli_option *option, const struct cli_option *hidden_by) {
    for (; option != NULL && option->name != NULL; option++) {
        char what[160];
        bool hidden = false;
        char letter[] = {'-', option->letter, ',', ' ', '\0'};
        for (const struct cli_option *own = hidden_by; own != NULL && own->name != NULL; own++)
            if (strcmp(own->name, option->name) == 0) hidden = true;
        if (hidden) continue;
        snprintf(what, sizeof what, "%s--%s%s%s%s%s%s", option->letter == 0 ? "" : letter, option->name,
                 option->alias == NULL ? "" : ", --", option->alias == NULL ? "" : option->alias,
                 option->value == NULL ? "" : " ", option->value == NULL ? "" : option->value, option->kind == CLI_LIST ? "..." : "");
        row(out, what, option->help);
    }
}

void cli_help_command(struct sek_buffer *out, const struct cli_command *command) {
    sek_buffer_format(out, "%s\n\nUsage: sekuire %s [OPTION]...%s%s\n", command->summary, command->name,
                      command->operands == NULL ? "" : " ", command->operands == NULL ? "" : command->operands);
    if (command->description != NULL) sek_buffer_format(out, "\n%s\n", command->description);
    sek_buffer_string(out, "\nOptions:\n");
    option_rows(out, command->options, NULL);
    option_rows(out, cli_common_options, command->options);
    sek_buffer_format(out, "\nExample:\n%s\n", command->example);
}

void cli_help_group(struct sek_buffer *out, const char *group) {
    size_t n = strlen(group);
    if (n == 0) sek_buffer_string(out, "Signed workspace policies for AI agents\n\n");
    sek_buffer_format(out, "Usage: sekuire %s%sCOMMAND [OPTION]...\n\nCommands:\n", group, n == 0 ? "" : " ");
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *command = cli_commands[i];
        if (n > 0 && !(strncmp(command->name, group, n) == 0 && command->name[n] == ' ')) continue;
        row(out, command->name, command->summary);
    }
    sek_buffer_string(out, "\nOptions:\n");
    option_rows(out, cli_common_options, NULL);
    if (n == 0) sek_buffer_string(out, "\nExample:\n  sekuire policy pull --workspace ws_abc123\n  sekuire push --help\n");
    else sek_buffer_format(out, "\nSee also: sekuire %s COMMAND --help\n", group);
}
