/* SPDX-License-Identifier: Apache-2.0 */
/* What a command of the program is, and what it is handed when it runs. One file per command defines one struct cli_command; one row
 * in commands.def puts it into the table that dispatch, help, manual pages and completion read. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <sekuire/error.h>

#include <stdbool.h>

enum cli_option_kind {
    CLI_FLAG = 0,
    CLI_VALUE,
    CLI_LIST,  /* a value, and the option may be repeated */
    CLI_SWITCH /* true or false; alone it is true */
};

struct cli_option {
    const char *name; /* without the dashes; NULL ends a table */
    const char *alias; /* a second long name, or NULL */
    char letter;      /* a short name, or 0 */
    enum cli_option_kind kind;
    const char *value; /* "ID": how help names the value */
    const char *help;  /* a sentence fragment, no full stop */
    const char *words; /* "strict standard": what the value may be, for completion; NULL where that is no fixed set */
};

struct cli;

struct cli_command {
    const char *name;     /* "policy pull" */
    const char *summary;  /* one line without a full stop */
    const char *operands; /* as usage shows them, or NULL: none are taken */
    unsigned operands_min, operands_max;
    const char *operand_words; /* "backend workspace": what the first operand may be, for completion; NULL where that is no fixed set */
    const char *description; /* lines of text for help, or NULL */
    const char *example;     /* lines of text for help; every command has one */
    const struct cli_option *options; /* ends with a zeroed row; NULL: none of its own */
    /* 0, or a negative enum sekuire_status with cli->err filled in (output.h says how it is told). */
    int (*run)(struct cli *cli);
};

#define CLI_HINT_ID "an id is 1 to 128 of A-Z a-z 0-9 . _ - and begins with a letter or digit"

/* Options that several commands share. */
#define CLI_HELP_WORKSPACE "the workspace; else that of SEKUIRE_WORKSPACE_ID, the configuration, the login"
#define CLI_HELP_BACKEND "the server; else that of SEKUIRE_API_URL, the configuration, the login, or https://api.sekuire.ai"
#define CLI_OPTION_WORKSPACE {.name = "workspace", .kind = CLI_VALUE, .value = "ID", .help = CLI_HELP_WORKSPACE}
#define CLI_OPTION_BACKEND {.name = "backend", .kind = CLI_VALUE, .value = "URL", .help = CLI_HELP_BACKEND}
#define CLI_OPTION_TRUSTED_KEY \
    {.name = "trusted-key", .kind = CLI_LIST, .value = "FILE|HEX", .help = "a key to trust besides the stored ones"}

struct cli_given {
    const struct cli_option *option;
    const char *value; /* NULL for a flag */
};

/* A run of the program. Made by main, read by commands. */
struct cli {
    const struct cli_command *command; /* NULL until it is known */
    struct cli_given *given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
    bool json;
    bool quiet;
    bool colour_out, colour_err; /* may colour be used there? */
    bool answered; /* the one JSON document was written */
    int exit_code; /* where it is not 0 or what the status stands for: `decide` has codes of its own */
    bool told;     /* the failure has been told: main says no more, only the exit code is left */
    struct sekuire_error err;
    char *file; /* the file that err is about, or NULL; owned */
    const char *source; /* what err is about where that is no file: "the server's answer"; or NULL */
    char *hint; /* what to do next, or NULL; owned */
    char *findings; /* the server's, for the document of a failure: a JSON array, or NULL; owned */
};

extern const struct cli_command *const cli_commands[];
extern const size_t cli_command_count;

#define COMMAND(name) extern const struct cli_command cmd_##name;
#include "cli/commands.def"
#undef COMMAND

#endif
