/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, one argument a line. What was understood, said in the plainest way, is understood as the same. */
#include "fuzz/fuzz.h"

#include "base/alloc.h"
#include "cli/options.h"

enum { ARGUMENTS_MAX = 64 };

struct line {
    struct sek_arena arena;
    char *args[3 * ARGUMENTS_MAX];
    int count;
};

static void add(struct line *line, const char *prefix, const char *name, const char *value) {
    char *arg = sek_arena_format(&line->arena, "%s%s%s%s", prefix, name, value == NULL ? "" : "=", value == NULL ? "" : value);
    REQUIRE(arg != NULL);
    line->args[line->count++] = arg;
}

/* Adds the words of a name of commands. */
static void add_words(struct line *line, struct sekuire_text name) {
    while (name.size > 0) {
        struct sekuire_text word = fuzz_cut(&name, ' ');
        add(line, "", sek_arena_copy(&line->arena, word), NULL);
    }
}

static void clear(struct cli *cli) {
    cli_options_clear(cli);
    sek_free(cli->hint);
    sek_free(cli->file);
}

/* Nothing that was taken contradicts the tables. */
static void check_sound(const struct cli *cli, size_t argc) {
    REQUIRE(cli->given_count + cli->operand_count < argc);
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct cli_option *option = cli->given[i].option;
        REQUIRE((option->kind == CLI_FLAG) == (cli->given[i].value == NULL));
        for (size_t k = 0; k < i; k++) REQUIRE(cli->given[k].option != option || option->kind == CLI_LIST);
    }
    REQUIRE(cli->command != NULL || cli->operand_count == 0);
    if (cli->command == NULL || cli_flag(cli, "help") || cli_version_asked(cli)) return;
    REQUIRE(cli->operand_count >= cli->command->operands_min && cli->operand_count <= cli->command->operands_max);
}

/* Is an option of all commands hidden by the command's own of that name? */
static bool hidden(const struct cli *cli, const struct cli_option *option) {
    const struct cli_option *own = cli->command == NULL ? NULL : cli->command->options;
    for (; own != NULL && own->name != NULL; own++)
        if (own != option && strcmp(own->name, option->name) == 0) return true;
    return false;
}

/* Reads it once more, as: command, options with their whole names, "--", operands. */
static void check_again(const struct cli *cli, const char *group, struct line *line) {
    struct cli again = {0};
    const char *group_again = "";
    line->count = 1;
    add_words(line, sek_text(cli->command == NULL ? group : cli->command->name));
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct cli_option *option = cli->given[i].option;
        const char letter[2] = {option->letter, '\0'};
        add(line, hidden(cli, option) ? "-" : "--", hidden(cli, option) ? letter : option->name, cli->given[i].value);
    }
    add(line, "--", "", NULL);
    for (size_t i = 0; i < cli->operand_count; i++) add(line, "", cli->operands[i], NULL);
    REQUIRE(cli_options_read(&again, line->count, line->args, &group_again) == 0);
    REQUIRE(again.command == cli->command && again.json == cli->json && again.quiet == cli->quiet);
    REQUIRE(again.given_count == cli->given_count && again.operand_count == cli->operand_count);
    for (size_t i = 0; i < again.given_count; i++) {
        const char *a = cli->given[i].value, *b = again.given[i].value;
        REQUIRE(again.given[i].option == cli->given[i].option && (a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0));
    }
    for (size_t i = 0; i < again.operand_count; i++) REQUIRE(strcmp(again.operands[i], cli->operands[i]) == 0);
    clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct line line = {.count = 0};
    struct cli cli = {0};
    const char *group = "";
    struct sekuire_text rest = fuzz_text(data, size);
    sek_arena_init(&line.arena, 1u << 20);
    add(&line, "", "sekuire", NULL);
    while (rest.size > 0 && line.count < ARGUMENTS_MAX) add(&line, "", sek_arena_copy(&line.arena, fuzz_cut(&rest, '\n')), NULL);
    int status = cli_options_read(&cli, line.count, line.args, &group);
    if (status == 0) {
        check_sound(&cli, (size_t)line.count);
        check_again(&cli, sek_arena_copy(&line.arena, sek_text(group)), &line);
    } else {
        fuzz_error_sound(status, &cli.err, 0);
        REQUIRE(status == SEKUIRE_ERR_USAGE);
    }
    clear(&cli);
    sek_arena_clear(&line.arena);
    return 0;
}
