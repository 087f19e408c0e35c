/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages as scdoc text: one for the program, one for each group of commands, one for each command. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/generate/fill.h"
#include "cli/options.h"

/* What a page tells about variables and files: which of them a command looks at follows from its name and its options. */
struct source {
    enum { VARIABLE, PATH } kind;
    const char *command; /* the command's first word; NULL: any */
    const char *option;  /* an option that it takes; NULL: any */
    const char *help;    /* that option's help, where the name alone does not tell; NULL: any */
    const char *except;  /* not this command */
    const char *name;
    const char *text;
};

static const struct source sources[] = {
    {VARIABLE, NULL, "backend", NULL, NULL, "SEKUIRE_API_URL", "the server, where --backend does not say"},
    {VARIABLE, NULL, "backend", NULL, "login", "SEKUIRE_API_KEY", "the API key, before the one that login stored"},
    {VARIABLE, NULL, "workspace", CLI_HELP_WORKSPACE, NULL, "SEKUIRE_WORKSPACE_ID", "the workspace, where --workspace does not say"},
    {VARIABLE, NULL, "trusted-key", NULL, NULL, "SEKUIRE_TRUSTED_KEY", "a key to trust: 64 hex digits, or a file's absolute path"},
    {VARIABLE, NULL, "backend", NULL, NULL, "HTTPS_PROXY, NO_PROXY", "a proxy for requests, and the hosts to reach without it"},
    {VARIABLE, NULL, "backend", NULL, NULL, "SSL_CERT_FILE", "the certificates that a server is checked against"},
    {VARIABLE, NULL, NULL, NULL, NULL, "NO_COLOR", "if set, nothing is printed in colour"},
    {PATH, "push", NULL, NULL, NULL, "sekuire.yml, sekuire.yaml, sekuire.json", "the agent's manifest"},
    {PATH, "hash", NULL, NULL, NULL, "sekuire.yml, sekuire.yaml, sekuire.json", "the agent's manifest"},
    {PATH, "keygen", NULL, NULL, NULL, ".sekuire/secret.key", "the secret key"},
    {PATH, "keygen", NULL, NULL, NULL, ".sekuire/public.key", "the public key of it"},
    {PATH, "push", NULL, NULL, NULL, ".sekuire/secret.key", "the agent's secret key"},
    {PATH, NULL, "workspace", CLI_HELP_WORKSPACE, NULL, ".sekuire/config.yaml", "the project's settings; it can name the workspace, not the server"},
    {PATH, "config", NULL, NULL, NULL, ".sekuire/config.yaml", "the project's settings; it can name the workspace, not the server"},
    {PATH, NULL, "backend", NULL, NULL, "$XDG_CONFIG_HOME/sekuire/config.yaml", "the user's settings; see *sekuire-config*(5)"},
    {PATH, "config", NULL, NULL, NULL, "$XDG_CONFIG_HOME/sekuire/config.yaml", "the user's settings; see *sekuire-config*(5)"},
    {PATH, NULL, "backend", NULL, NULL, "~/.sekuire/auth.json", "the stored API key, and which server it is for"},
    {PATH, "logout", NULL, NULL, NULL, "~/.sekuire/auth.json", "the stored API key, and which server it is for"},
    {PATH, "status", NULL, NULL, NULL, "~/.sekuire/auth.json", "the stored API key, and which server it is for"},
    {PATH, NULL, "trusted-key", NULL, NULL, "$XDG_STATE_HOME/sekuire/trust.json", "the trust store: pinned keys, and the newest policy accepted"},
    {PATH, "trust", NULL, NULL, NULL, "$XDG_STATE_HOME/sekuire/trust.json", "the trust store: pinned keys, and the newest policy accepted"},
};
enum { SOURCES = sizeof sources / sizeof sources[0] };

/* Plain text, so that scdoc takes nothing in it for markup. */
static void plain(struct sek_buffer *out, struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++) {
        bool starts = i == 0 || text.data[i - 1] == '\n';
        if (memchr("\\*_", text.data[i], 3) != NULL || (starts && memchr("#-[]|;`", text.data[i], 7) != NULL)) sek_buffer_byte(out, '\\');
        sek_buffer_byte(out, text.data[i]);
    }
}

/* A fragment as a sentence: a capital first, a full stop at its end. */
static void sentence(struct sek_buffer *out, const char *fragment) {
    struct sekuire_text text = sek_text(fragment);
    if (text.size == 0) return;
    char last = text.data[text.size - 1];
    sek_buffer_byte(out, (char)toupper((unsigned char)text.data[0]));
    plain(out, (struct sekuire_text){text.data + 1, text.size - 1});
    if (last != '?' && last != '.') sek_buffer_byte(out, '.');
}

/* The name of a command's page: sekuire-policy-pull. */
static void page_name(struct sek_buffer *out, struct sekuire_text name) {
    sek_buffer_string(out, "sekuire");
    if (name.size > 0) sek_buffer_byte(out, '-');
    for (size_t i = 0; i < name.size; i++) sek_buffer_byte(out, name.data[i] == ' ' ? '-' : name.data[i]);
}

/* A reference to the page of a command or a group. */
static void reference(struct sek_buffer *out, struct sekuire_text name, const char *between) {
    sek_buffer_format(out, "%s*", between);
    page_name(out, name);
    sek_buffer_string(out, "*(1)");
}

/* Does the page of this command (NULL: the program's) tell of that variable or file? */
static bool concerns(const struct source *source, const struct cli_command *command) {
    const struct cli_option *option;
    if (command == NULL) return true;
    if (source->except != NULL && strcmp(source->except, command->name) == 0) return false;
    if (source->command != NULL && !sek_text_is(first_word(command), source->command)) return false;
    if (source->option == NULL) return true;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++)
        if (strcmp(option->name, source->option) == 0 && (source->help == NULL || strcmp(option->help, source->help) == 0)) return true;
    return false;
}

/* Was a row of the same name written already? */
static bool repeats(size_t index, const struct cli_command *command) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(sources[i].name, sources[index].name) == 0 && concerns(&sources[i], command)) return true;
    return false;
}

/* The variables or the files of a page. */
static void source_rows(struct sek_buffer *out, int kind, const struct cli_command *command) {
    size_t rows = 0;
    for (size_t i = 0; i < SOURCES; i++) {
        if ((int)sources[i].kind != kind || !concerns(&sources[i], command) || repeats(i, command)) continue;
        sek_buffer_format(out, "%s%c", rows++ == 0 ? "" : "\n\n", kind == VARIABLE ? '*' : '_');
        plain(out, sek_text(sources[i].name));
        sek_buffer_format(out, "%c\n\t%c%s.", kind == VARIABLE ? '*' : '_', toupper((unsigned char)sources[i].text[0]), sources[i].text + 1);
    }
    if (rows == 0) sek_buffer_string(out, "None but those that options name.");
}

/* Option rows with their help. */
static void option_rows(struct sek_buffer *out, const struct cli_command *command) {
    const struct cli_option *option;
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        if (i > 0) sek_buffer_string(out, "\n\n");
        if (option->letter != 0) sek_buffer_format(out, "*-%c*, ", option->letter);
        sek_buffer_format(out, "*--%s*", option->name);
        if (option->alias != NULL) sek_buffer_format(out, ", *--%s*", option->alias);
        if (option->value != NULL) {
            sek_buffer_string(out, " _");
            plain(out, sek_text(option->value));
            sek_buffer_byte(out, '_');
        }
        sek_buffer_string(out, "\n\t");
        sentence(out, option->help);
        if (option->kind == CLI_LIST) sek_buffer_string(out, " May be given more than once.");
    }
}

/* The commands of a group ("" for all) with their summaries. */
static void command_rows(struct sek_buffer *out, struct sekuire_text group) {
    const char *between = "";
    for (size_t i = 0; i < cli_command_count; i++) {
        if (group.size > 0 && !sek_text_equal(first_word(cli_commands[i]), group)) continue;
        reference(out, sek_text(cli_commands[i]->name), between);
        sek_buffer_string(out, "\n\t");
        sentence(out, cli_commands[i]->summary);
        between = "\n\n";
    }
}

/* An example's lines, two spaces less deep. */
static void example(struct sek_buffer *out, const char *lines) {
    bool starts = true;
    for (; *lines != '\0'; lines++) {
        if (starts && strncmp(lines, "  ", 2) == 0) lines += 2;
        if (*lines == '\\') sek_buffer_byte(out, '\\');
        sek_buffer_byte(out, *lines);
        starts = *lines == '\n';
    }
}

/* The pages of the program, the group and the commands beside this one. */
static void see_also(struct sek_buffer *out, const struct cli_command *command) {
    reference(out, SEK_TEXT(""), "");
    if (*second_word(command) != '\0') reference(out, first_word(command), ", ");
    for (size_t i = 0; i < cli_command_count; i++)
        if (cli_commands[i] != command && sek_text_equal(first_word(cli_commands[i]), first_word(command)))
            reference(out, sek_text(cli_commands[i]->name), ", ");
}

/* Slots that a command's page and its group's share. */
static bool command_slot(const struct cli_command *command, struct sekuire_text name, struct sek_buffer *out) {
    if (sek_text_is(name, "PAGE")) page_name(out, sek_text(command->name));
    else if (sek_text_is(name, "SUMMARY")) {
        sek_buffer_byte(out, (char)tolower((unsigned char)command->summary[0]));
        plain(out, sek_text(command->summary + 1));
    } else if (sek_text_is(name, "NAME")) plain(out, sek_text(command->name));
    else if (sek_text_is(name, "OPERANDS")) {
        if (command->operands == NULL) return true;
        sek_buffer_string(out, " _");
        plain(out, sek_text(command->operands));
        sek_buffer_byte(out, '_');
    } else if (sek_text_is(name, "DESCRIPTION")) {
        sentence(out, command->summary);
        if (command->description != NULL) sek_buffer_string(out, "\n\n");
        if (command->description != NULL) plain(out, sek_text(command->description));
    } else if (sek_text_is(name, "EXAMPLE")) example(out, command->example);
    else if (sek_text_is(name, "SEE_ALSO")) see_also(out, command);
    else if (sek_text_is(name, "GROUP_PAGE")) page_name(out, first_word(command));
    else if (sek_text_is(name, "GROUP")) sek_buffer_text(out, first_word(command));
    else if (sek_text_is(name, "GROUP_WORDS")) group_words(out, first_word(command));
    else if (sek_text_is(name, "GROUP_COMMANDS")) command_rows(out, first_word(command));
    else return false;
    return true;
}

bool page_slot(const void *subject, struct sekuire_text name, struct sek_buffer *out) {
    const struct cli_command *command = subject;
    if (sek_text_is(name, "VERSION")) sek_buffer_string(out, SEKUIRE_VERSION);
    else if (sek_text_is(name, "OPTIONS")) option_rows(out, command);
    else if (sek_text_is(name, "COMMANDS")) command_rows(out, SEK_TEXT(""));
    else if (sek_text_is(name, "ENVIRONMENT")) source_rows(out, VARIABLE, command);
    else if (sek_text_is(name, "FILES")) source_rows(out, PATH, command);
    else return command != NULL && command_slot(command, name, out);
    return true;
}

/* One page from a template: FOLDER/TEMPLATE to OUT/sekuire-NAME.1.scd. */
static bool write_page(const char *folder, const char *template, const struct cli_command *command, struct sekuire_text name, const char *out) {
    struct sek_buffer from, to;
    sek_buffer_init(&from, FILL_MAX);
    sek_buffer_init(&to, FILL_MAX);
    sek_buffer_format(&from, "%s/%s", folder, template);
    sek_buffer_format(&to, "%s/", out);
    page_name(&to, name);
    sek_buffer_string(&to, ".1.scd");
    bool done = sek_buffer_check(&from, NULL) == 0 && sek_buffer_check(&to, NULL) == 0 && fill_file(from.data, page_slot, command, to.data);
    sek_buffer_clear(&from);
    sek_buffer_clear(&to);
    return done;
}

bool write_pages(const char *templates, const char *out) {
    bool done = write_page(templates, "sekuire.1.scd", NULL, SEK_TEXT(""), out);
    for (size_t i = 0; i < cli_command_count && done; i++) {
        const struct cli_command *command = cli_commands[i];
        done = write_page(templates, "command.1.scd", command, sek_text(command->name), out);
        if (done && *second_word(command) != '\0' && opens_group(i))
            done = write_page(templates, "group.1.scd", command, first_word(command), out);
    }
    return done;
}

/* The end of the line that begins at text. */
static size_t line_size(const char *text) { return strcspn(text, "\n"); }

/* The options of the server, from the lines of its --help: "  --name VALUE   what it means", gone on in lines that begin deeper. */
static void server_options(struct sek_buffer *out, const char *help) {
    const char *between = "";
    for (const char *line = help; *line != '\0'; line += line_size(line) + (line[line_size(line)] == '\n')) {
        struct sekuire_text row = {line, line_size(line)};
        if (sek_text_starts(row, SEK_TEXT("  --"))) {
            size_t head = 2;
            while (head < row.size && !(row.data[head] == ' ' && head + 1 < row.size && row.data[head + 1] == ' ')) head++;
            size_t text = head;
            while (text < row.size && row.data[text] == ' ') text++;
            sek_buffer_format(out, "%s*", between);
            plain(out, (struct sekuire_text){row.data + 2, head - 2});
            sek_buffer_string(out, "*");
            if (text < row.size) sek_buffer_string(out, "\n\t");
            if (text < row.size) plain(out, (struct sekuire_text){row.data + text, row.size - text});
            between = "\n\n";
        } else if (*between != '\0' && sek_text_starts(row, SEK_TEXT("    "))) {
            size_t text = 0;
            while (text < row.size && row.data[text] == ' ') text++;
            sek_buffer_string(out, "\n\t");
            plain(out, (struct sekuire_text){row.data + text, row.size - text});
        } else if (*between != '\0') {
            return;
        }
    }
}

bool server_slot(const void *subject, struct sekuire_text name, struct sek_buffer *out) {
    if (sek_text_is(name, "VERSION")) sek_buffer_string(out, SEKUIRE_VERSION);
    else if (sek_text_is(name, "OPTIONS")) server_options(out, subject);
    else return false;
    return true;
}
