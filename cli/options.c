/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the command line against tables. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/output.h"

enum { NEAR_NAME_MAX = 48 };

enum { COMMON_JSON, COMMON_QUIET, COMMON_HELP, COMMON_VERSION };

const struct cli_option cli_common_options[] = {
    [COMMON_JSON] = {.name = "json", .help = "print one JSON document instead of lines"},
    [COMMON_QUIET] = {.name = "quiet", .help = "leave out the talk on stderr, not errors and warnings"},
    [COMMON_HELP] = {.name = "help", .letter = 'h', .help = "print this help"},
    [COMMON_VERSION] = {.name = "version", .letter = 'V', .help = "print the version"},
    {.name = NULL},
};

/* The number of letters to add, drop, change or swap to make one word of the other. */
static unsigned distance(const char *a, const char *b) {
    unsigned rows[3][NEAR_NAME_MAX + 1];
    size_t la = strlen(a);
    size_t lb = strlen(b);
    if (la > NEAR_NAME_MAX || lb > NEAR_NAME_MAX) return UINT32_MAX;
    for (size_t j = 0; j <= lb; j++) rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                unsigned swapped = rows[(i + 1) % 3][j - 2] + 1;
                if (swapped < best) best = swapped;
            }
            row[j] = best;
        }
    }
    return rows[la % 3][lb];
}

/* Keeps name in *nearest if it is nearer to word than what was there, and near enough to be meant. */
static void keep_nearest(const char *word, const char *name, const char **nearest, unsigned *best) {
    unsigned d = distance(word, name);
    if (d < *best && d <= 2 && d < strlen(name)) {
        *nearest = name;
        *best = d;
    }
}

/* The row of a table with this long name (size bytes of word), or NULL. */
static const struct cli_option *find_long(const struct cli_option *table, const char *word, size_t size) {
    struct sekuire_text text = {word, size};
    for (; table != NULL && table->name != NULL; table++)
        if (sek_text_is(text, table->name) || (table->alias != NULL && sek_text_is(text, table->alias))) return table;
    return NULL;
}

/* The row of a table with this letter, or NULL. */
static const struct cli_option *find_letter(const struct cli_option *table, char letter) {
    for (; table != NULL && table->name != NULL; table++)
        if (table->letter == letter) return table;
    return NULL;
}

/* The command's own table, or NULL. */
static const struct cli_option *own_options(const struct cli *cli) { return cli->command == NULL ? NULL : cli->command->options; }

/* Fails about an option that no table has. */
static int unknown_option(struct cli *cli, const char *arg) {
    const char *nearest = NULL;
    unsigned best = UINT32_MAX;
    char word[NEAR_NAME_MAX + 2];
    if (arg[1] == '-') {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
        for (const struct cli_option *o = own_options(cli); o != NULL && o->name != NULL; o++) {
            keep_nearest(word, o->name, &nearest, &best);
            if (o->alias != NULL) keep_nearest(word, o->alias, &nearest, &best);
        }
        for (const struct cli_option *o = cli_common_options; o->name != NULL; o++) keep_nearest(word, o->name, &nearest, &best);
    }
    const char *command = cli->command == NULL ? "" : cli->command->name;
    if (nearest != NULL) cli_hint(cli, "did you mean --%s?", nearest);
    else cli_hint(cli, "see: sekuire %s%s--help", command, *command == '\0' ? "" : " ");
    int size = (int)strcspn(arg, "=");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "unknown option %.*s", arg[1] == '-' ? size : 2, arg);
}

/* Notes that option was given; a second time is an error unless it is a list. */
static int take(struct cli *cli, const struct cli_option *option, const char *value) {
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].option == option && option->kind != CLI_LIST)
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "option --%s is given twice", option->name);
    cli->given[cli->given_count++] = (struct cli_given){option, value};
    if (option == &cli_common_options[COMMON_JSON]) cli->json = true;
    if (option == &cli_common_options[COMMON_QUIET]) cli->quiet = true;
    return 0;
}

/* Fails about an option without its value, under the names that it was called by. */
static int value_missing(struct cli *cli, const struct cli_option *option, const char *arg, const char *next) {
    const char *name = option->name;
    char letter[] = {'-', option->letter, '/', '\0'};
    bool by_letter = arg[1] != '-';
    if (option->alias != NULL && (by_letter || strcmp(arg + 2, option->alias) == 0)) name = option->alias;
    if (next != NULL) cli_hint(cli, "a value that begins with a dash is written --%s=%s", name, next);
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "option %s--%s needs a value: %s", by_letter ? letter : "", name, option->value);
}

/* Reads the option at args[*i], moving *i to the last argument that it takes. */
static int read_option(struct cli *cli, int argc, char **args, int *i) {
    const char *arg = args[*i];
    bool is_long = arg[1] == '-';
    const char *name = arg + (is_long ? 2 : 1);
    size_t size = is_long ? strcspn(name, "=") : 1;
    const char *rest = name[size] == '\0' ? NULL : name + size + (name[size] == '=');
    const struct cli_option *option = is_long ? find_long(own_options(cli), name, size) : find_letter(own_options(cli), *name);
    if (option == NULL) option = is_long ? find_long(cli_common_options, name, size) : find_letter(cli_common_options, *name);
    if (option == NULL) return unknown_option(cli, arg);
    if (option->kind == CLI_FLAG) {
        if (rest != NULL) return cli_fail(cli, SEKUIRE_ERR_USAGE, "option --%s takes no value", option->name);
        return take(cli, option, NULL);
    }
    const char *next = *i + 1 < argc ? args[*i + 1] : NULL;
    if (option->kind == CLI_SWITCH && rest == NULL) {
        bool taken = next != NULL && (strcmp(next, "true") == 0 || strcmp(next, "false") == 0);
        if (taken) ++*i;
        return take(cli, option, taken ? next : "true");
    }
    if (rest == NULL) {
        if (next == NULL || (next[0] == '-' && next[1] != '\0')) return value_missing(cli, option, arg, next);
        rest = next;
        ++*i;
    }
    return take(cli, option, rest);
}

/* True if `words` are the first words of name, followed by its end or a space. */
static bool names_start(const char *name, const char *words) {
    size_t n = strlen(words);
    return strncmp(name, words, n) == 0 && (name[n] == '\0' || name[n] == ' ');
}

/* The command of exactly this name, or NULL; *ret_group says whether commands begin with these words. */
static const struct cli_command *find_command(const char *words, bool *ret_group) {
    *ret_group = false;
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i]->name, words) == 0) return cli_commands[i];
        if (names_start(cli_commands[i]->name, words)) *ret_group = true;
    }
    return NULL;
}

/* Fails about a command that no row names. */
static int unknown_command(struct cli *cli, const char *group, const char *words) {
    const char *nearest = NULL;
    unsigned best = UINT32_MAX;
    size_t group_size = strlen(group);
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *name = cli_commands[i]->name;
        char part[NEAR_NAME_MAX + 1];
        keep_nearest(words, name, &nearest, &best);
        size_t n = strcspn(name, " ");
        if (group_size > 0 || name[n] == '\0' || n > NEAR_NAME_MAX) continue;
        snprintf(part, sizeof part, "%.*s", (int)n, name);
        const char *near_part = NULL;
        keep_nearest(words, part, &near_part, &best);
        if (near_part != NULL) nearest = name;
    }
    if (nearest != NULL && group_size == 0 && strchr(nearest, ' ') != NULL && strchr(words, ' ') == NULL)
        cli_hint(cli, "did you mean: sekuire %.*s?", (int)strcspn(nearest, " "), nearest);
    else if (nearest != NULL) cli_hint(cli, "did you mean: sekuire %s?", nearest);
    else cli_hint(cli, "see: sekuire %s%s--help", group, group_size == 0 ? "" : " ");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "unknown command '%s'", words);
}

/* Takes a word of the command's name, the first or, after a group's, the second. */
static int read_word(struct cli *cli, const char *word, const char **ret_group) {
    static char group[NEAR_NAME_MAX + 1];
    char words[2 * NEAR_NAME_MAX + 2];
    bool is_group = false;
    bool first = **ret_group == '\0';
    if (strlen(word) > NEAR_NAME_MAX) return unknown_command(cli, *ret_group, word);
    snprintf(words, sizeof words, "%s%s%s", *ret_group, first ? "" : " ", word);
    cli->command = find_command(words, &is_group);
    if (cli->command != NULL) return 0;
    if (!first || !is_group) return unknown_command(cli, *ret_group, words);
    memcpy(group, words, strlen(word) + 1);
    *ret_group = group;
    return 0;
}

bool cli_version_asked(const struct cli *cli) {
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].option == &cli_common_options[COMMON_VERSION]) return true;
    return false;
}

/* Checks the number of operands against the command's row. */
static int check_operands(struct cli *cli) {
    const struct cli_command *command = cli->command;
    if (command == NULL || cli_flag(cli, "help") || cli_version_asked(cli)) return 0;
    const char *usage = command->operands == NULL ? "" : command->operands;
    const char *blank = *usage == '\0' ? "" : " ";
    if (cli->operand_count > command->operands_max) {
        cli_hint(cli, "usage: sekuire %s [OPTION]...%s%s", command->name, blank, usage);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "unexpected argument '%s'", cli->operands[command->operands_max]);
    }
    if (cli->operand_count < command->operands_min) {
        cli_hint(cli, "usage: sekuire %s [OPTION]... %s", command->name, usage);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "an argument is missing: %s", usage);
    }
    return 0;
}

/* Standard input can be read once. */
static int check_stdin(struct cli *cli) {
    const struct cli_option *first = NULL;
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct cli_given *given = &cli->given[i];
        if (given->value == NULL || strcmp(given->value, "-") != 0 || strstr(given->option->value, "FILE") == NULL) continue;
        if (first != NULL)
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s and --%s cannot both be standard input", first->name, given->option->name);
        first = given->option;
    }
    return 0;
}

int cli_options_read(struct cli *cli, int argc, char **argv, const char **ret_group) {
    bool ended = false;
    int status = 0;
    *ret_group = "";
    cli->given = sek_alloc_zero((size_t)argc + 1, sizeof *cli->given);
    cli->operands = sek_alloc_zero((size_t)argc + 1, sizeof *cli->operands);
    if (cli->given == NULL || cli->operands == NULL) return sek_fail_memory(&cli->err);
    /* An early --json decides how even a failure of this function is told. */
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0) cli->json = true;
    for (int i = 1; i < argc && status == 0; i++) {
        const char *arg = argv[i];
        if (!ended && strcmp(arg, "--") == 0) {
            ended = true;
        } else if (!ended && arg[0] == '-' && arg[1] != '\0') {
            status = read_option(cli, argc, argv, &i);
        } else if (cli->command == NULL && **ret_group == '\0' && strcmp(arg, "help") == 0) {
            status = take(cli, &cli_common_options[COMMON_HELP], NULL);
        } else if (cli->command == NULL) {
            status = read_word(cli, arg, ret_group);
        } else {
            cli->operands[cli->operand_count++] = arg;
        }
    }
    if (status == 0) status = check_operands(cli);
    return status != 0 ? status : check_stdin(cli);
}

void cli_options_clear(struct cli *cli) {
    sek_free(cli->given);
    sek_free(cli->operands);
    cli->given = NULL;
    cli->operands = NULL;
}

/* The table's row for a name that the program itself wrote. */
static const struct cli_option *known_option(const struct cli *cli, const char *name) {
    const struct cli_option *option = find_long(own_options(cli), name, strlen(name));
    if (option == NULL) option = find_long(cli_common_options, name, strlen(name));
    if (option == NULL) abort();
    return option;
}

const char *cli_value_at(const struct cli *cli, const char *name, size_t index) {
    const struct cli_option *option = known_option(cli, name);
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].option == option && index-- == 0) return cli->given[i].value;
    return NULL;
}

const char *cli_value(const struct cli *cli, const char *name) { return cli_value_at(cli, name, 0); }

bool cli_flag(const struct cli *cli, const char *name) {
    const struct cli_option *option = known_option(cli, name);
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].option == option) return true;
    return false;
}

const char *cli_operand(const struct cli *cli, size_t index) {
    return index < cli->operand_count ? cli->operands[index] : NULL;
}

int cli_required(struct cli *cli, const char *name, const char **ret) {
    const char *value = cli_value(cli, name);
    if (value == NULL) {
        cli_hint(cli, "see: sekuire %s --help", cli->command->name);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "option --%s is missing", name);
    }
    *ret = value;
    return 0;
}
