/* SPDX-License-Identifier: Apache-2.0 */
/* What shells are told of commands, options and values; the functions that use it are in the templates of completion/. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/generate/fill.h"
#include "cli/options.h"

/* Text inside single quotes of a POSIX shell or zsh; zsh takes [ ] and : in a description for its own unless they are escaped. */
static void quoted(struct sek_buffer *out, const char *text, bool for_zsh) {
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            sek_buffer_string(out, "'\\''");
            continue;
        }
        if (for_zsh && strchr("[]:\\", *text) != NULL) sek_buffer_byte(out, '\\');
        sek_buffer_byte(out, *text);
    }
}

/* Text inside single quotes of fish. */
static void fish_quoted(struct sek_buffer *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') sek_buffer_byte(out, '\\');
        sek_buffer_byte(out, *text);
    }
}

/* Does the value stand in a word of its own? (That of a switch may also be left out.) */
static bool takes_value(const struct cli_option *option) { return option->kind == CLI_VALUE || option->kind == CLI_LIST; }

/* Do the command's operands name files? */
static bool operands_are_files(const struct cli_command *command) {
    return command->operands != NULL && strstr(command->operands, "FILE") != NULL;
}

/* One name a line. */
static void bash_commands(struct sek_buffer *out) {
    for (size_t i = 0; i < cli_command_count; i++) sek_buffer_format(out, "%s%s", i == 0 ? "" : "\n", cli_commands[i]->name);
}

/* The names of one command's options, all spellings. */
static void bash_names(struct sek_buffer *out, const struct cli_command *command) {
    const struct cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        sek_buffer_format(out, " --%s", option->name);
        if (option->alias != NULL) sek_buffer_format(out, " --%s", option->alias);
        if (option->letter != 0) sek_buffer_format(out, " -%c", option->letter);
    }
}

/* Branches of a case over a command's name: its options. */
static void bash_options(struct sek_buffer *out) {
    for (size_t i = 0; i < cli_command_count; i++) {
        sek_buffer_format(out, "    '%s') echo", cli_commands[i]->name);
        bash_names(out, cli_commands[i]);
        sek_buffer_string(out, " ;;\n");
    }
    sek_buffer_string(out, "    *) echo");
    bash_names(out, NULL);
    sek_buffer_string(out, " ;;");
}

/* Branches of a case over "command option": file, text or the words that the value may be. */
static void bash_values(struct sek_buffer *out) {
    const struct cli_option *option;
    const char *between = "";
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *name = cli_commands[i]->name;
        for (size_t j = 0; (option = option_at(cli_commands[i], j)) != NULL; j++) {
            if (!takes_value(option)) continue;
            sek_buffer_format(out, "%s    '%s --%s'", between, name, option->name);
            if (option->alias != NULL) sek_buffer_format(out, " | '%s --%s'", name, option->alias);
            if (option->letter != 0) sek_buffer_format(out, " | '%s -%c'", name, option->letter);
            sek_buffer_format(out, ") echo %s ;;", option->words != NULL ? option->words : value_is_file(option) ? "file" : "text");
            between = "\n";
        }
    }
}

/* "name | name": the commands whose operands are files. */
static void file_commands(struct sek_buffer *out) {
    const char *between = "";
    for (size_t i = 0; i < cli_command_count; i++) {
        if (!operands_are_files(cli_commands[i])) continue;
        sek_buffer_format(out, "%s'%s'", between, cli_commands[i]->name);
        between = " | ";
    }
}

/* Branches of a case over a command's name: the words that its first operand may be. */
static void bash_operands(struct sek_buffer *out) {
    const char *between = "";
    for (size_t i = 0; i < cli_command_count; i++) {
        if (cli_commands[i]->operand_words == NULL) continue;
        sek_buffer_format(out, "%s    '%s') echo %s ;;", between, cli_commands[i]->name, cli_commands[i]->operand_words);
        between = "\n";
    }
}

/* All spellings of an option as zsh's _arguments wants them, each with `after` for a long and `after_letter` for a short one. */
static void zsh_spellings(struct sek_buffer *out, const struct cli_option *option, const char *after, const char *after_letter) {
    sek_buffer_string(out, option->kind == CLI_LIST ? "'*'" : "");
    if (option->alias == NULL && option->letter == 0) {
        sek_buffer_format(out, "'--%s%s'", option->name, after);
        return;
    }
    if (option->kind != CLI_LIST) {
        sek_buffer_format(out, "'(--%s", option->name);
        if (option->alias != NULL) sek_buffer_format(out, " --%s", option->alias);
        if (option->letter != 0) sek_buffer_format(out, " -%c", option->letter);
        sek_buffer_string(out, ")'");
    }
    sek_buffer_format(out, "{--%s%s", option->name, after);
    if (option->alias != NULL) sek_buffer_format(out, ",--%s%s", option->alias, after);
    if (option->letter != 0) sek_buffer_format(out, ",-%c%s", option->letter, after_letter);
    sek_buffer_string(out, "}");
}

/* The specifications of a command's options (NULL: the common ones) for _arguments. */
static void zsh_specs(struct sek_buffer *out, const struct cli_command *command, const char *indent) {
    const struct cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        sek_buffer_string(out, indent);
        zsh_spellings(out, option, takes_value(option) ? "=" : option->kind == CLI_SWITCH ? "=-" : "", takes_value(option) ? "+" : "");
        sek_buffer_string(out, "'[");
        quoted(out, option->help, true);
        sek_buffer_byte(out, ']');
        if (option->kind == CLI_SWITCH) {
            sek_buffer_string(out, "::value:(true false)");
        } else if (takes_value(option)) {
            sek_buffer_byte(out, ':');
            quoted(out, option->value, true);
            if (option->words != NULL) sek_buffer_format(out, ":(%s)", option->words);
            else sek_buffer_string(out, value_is_file(option) ? ":_files" : ": ");
        }
        sek_buffer_byte(out, '\'');
    }
    if (command != NULL && command->operands != NULL) {
        if (command->operand_words != NULL) sek_buffer_format(out, "%s'1:%s:(%s)'", indent, command->operands, command->operand_words);
        sek_buffer_format(out, "%s'*:", indent);
        quoted(out, command->operands, true);
        sek_buffer_string(out, operands_are_files(command) ? ":_files'" : ": '");
    }
}

/* The common options. */
static void zsh_common(struct sek_buffer *out) { zsh_specs(out, NULL, " "); }

/* Branches of a case over a command's name: its options. */
static void zsh_options(struct sek_buffer *out) {
    for (size_t i = 0; i < cli_command_count; i++) {
        sek_buffer_format(out, "%s    '%s')\n        _arguments -s -S", i == 0 ? "" : "\n", cli_commands[i]->name);
        zsh_specs(out, cli_commands[i], " \\\n            ");
        sek_buffer_string(out, "\n        ;;");
    }
}

/* The words that may come next, each with what it is about: the first words, or those of one group. */
static void words(struct sek_buffer *out, const struct cli_command *group, void (*write)(struct sek_buffer *, const char *, const char *, const char *)) {
    for (size_t i = 0; i < cli_command_count; i++) {
        struct sekuire_text first = first_word(cli_commands[i]);
        struct sek_buffer text, word;
        if (group == NULL ? !opens_group(i) : !sek_text_equal(first, first_word(group))) continue;
        sek_buffer_init(&text, FILL_MAX);
        sek_buffer_init(&word, FILL_MAX);
        sek_buffer_text(&word, group == NULL ? first : sek_text(second_word(cli_commands[i])));
        if (group == NULL && *second_word(cli_commands[i]) != '\0') group_words(&text, first);
        else sek_buffer_string(&text, cli_commands[i]->summary);
        if (sek_buffer_check(&word, NULL) == 0 && sek_buffer_check(&text, NULL) == 0) {
            char before[64] = "";
            if (group != NULL) snprintf(before, sizeof before, "%.*s", SEK_TEXT_ARGS(first));
            write(out, before, word.data, text.data);
        }
        sek_buffer_clear(&text);
        sek_buffer_clear(&word);
    }
}

/* A word for zsh's _describe. */
static void zsh_word(struct sek_buffer *out, const char *before, const char *word, const char *text) {
    (void)before;
    sek_buffer_format(out, " \\\n            '%s:", word);
    quoted(out, text, true);
    sek_buffer_byte(out, '\'');
}

/* Branches of a case over the words so far: those that may come next. */
static void zsh_words(struct sek_buffer *out) {
    sek_buffer_string(out, "    '')\n        next=(");
    words(out, NULL, zsh_word);
    sek_buffer_string(out, ")\n        ;;");
    for (size_t i = 0; i < cli_command_count; i++) {
        if (*second_word(cli_commands[i]) == '\0' || !opens_group(i)) continue;
        sek_buffer_format(out, "\n    '%.*s')\n        next=(", SEK_TEXT_ARGS(first_word(cli_commands[i])));
        words(out, cli_commands[i], zsh_word);
        sek_buffer_string(out, ")\n        ;;");
    }
}

/* A word for fish. */
static void fish_word(struct sek_buffer *out, const char *before, const char *word, const char *text) {
    sek_buffer_format(out, "complete -c sekuire -n '__sekuire_at%s%s' -a '%s' -d '", *before == '\0' ? "" : " ", before, word);
    fish_quoted(out, text);
    sek_buffer_string(out, "'\n");
}

/* The options of a command (NULL: the common ones, for words that are no whole command). */
static void fish_options(struct sek_buffer *out, const struct cli_command *command) {
    const struct cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        if (command == NULL) sek_buffer_format(out, "complete -c sekuire -n 'not __sekuire_in_any' -l %s", option->name);
        else sek_buffer_format(out, "complete -c sekuire -n '__sekuire_in %s' -l %s", command->name, option->name);
        if (option->alias != NULL) sek_buffer_format(out, " -l %s", option->alias);
        if (option->letter != 0) sek_buffer_format(out, " -s %c", option->letter);
        if (takes_value(option) && option->words != NULL) sek_buffer_format(out, " -x -a '%s'", option->words);
        else if (takes_value(option)) sek_buffer_string(out, value_is_file(option) ? " -r -F" : " -x");
        sek_buffer_string(out, " -d '");
        fish_quoted(out, option->help);
        sek_buffer_string(out, "'\n");
    }
    if (command != NULL && command->operand_words != NULL)
        sek_buffer_format(out, "complete -c sekuire -n '__sekuire_at %s' -a '%s'\n", command->name, command->operand_words);
    if (command != NULL && operands_are_files(command)) sek_buffer_format(out, "complete -c sekuire -n '__sekuire_in %s' -F\n", command->name);
}

/* Every line for fish. */
static void fish_lines(struct sek_buffer *out) {
    words(out, NULL, fish_word);
    for (size_t i = 0; i < cli_command_count; i++)
        if (*second_word(cli_commands[i]) != '\0' && opens_group(i)) words(out, cli_commands[i], fish_word);
    fish_options(out, NULL);
    for (size_t i = 0; i < cli_command_count; i++) fish_options(out, cli_commands[i]);
}

/* Every name in single quotes, with something between. */
static void names(struct sek_buffer *out, const char *between) {
    for (size_t i = 0; i < cli_command_count; i++) sek_buffer_format(out, "%s'%s'", i == 0 ? "" : between, cli_commands[i]->name);
}

/* Every name, as a list. */
static void name_list(struct sek_buffer *out) { names(out, " "); }

/* Every name, as the pattern of a case. */
static void name_pattern(struct sek_buffer *out) { names(out, " | "); }

bool completion_slot(const void *subject, struct sekuire_text name, struct sek_buffer *out) {
    static const struct {
        const char *name;
        void (*write)(struct sek_buffer *);
    } slots[] = {
        {"BASH_COMMANDS", bash_commands}, {"BASH_OPTIONS", bash_options}, {"BASH_VALUES", bash_values},
        {"BASH_OPERANDS", bash_operands},
        {"ZSH_WORDS", zsh_words},         {"ZSH_OPTIONS", zsh_options},   {"ZSH_COMMON", zsh_common},
        {"FISH_LINES", fish_lines},       {"NAME_LIST", name_list},       {"NAME_PATTERN", name_pattern},
        {"FILE_COMMANDS", file_commands},
    };
    (void)subject;
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (!sek_text_is(name, slots[i].name)) continue;
        slots[i].write(out);
        return true;
    }
    return false;
}
