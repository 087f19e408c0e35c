/* SPDX-License-Identifier: Apache-2.0 */
/* Filling templates, and walking the table of commands. */
#include "cli/generate/fill.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/options.h"
#include "sys/file.h"

/* The slot that begins at text[at], or an empty text: an at sign, capitals and underscores, an at sign. */
static struct sekuire_text slot_name(struct sekuire_text text, size_t at) {
    size_t end = at + 1;
    while (end < text.size && ((text.data[end] >= 'A' && text.data[end] <= 'Z') || text.data[end] == '_')) end++;
    bool ends = end < text.size && text.data[end] == '@' && end > at + 1;
    return (struct sekuire_text){text.data + at + 1, ends ? end - at - 1 : 0};
}

/* Copies the template to out, slots filled. */
static bool fill(struct sekuire_text template, fill_slot *slot, const void *subject, struct sek_buffer *out) {
    for (size_t i = 0; i < template.size; i++) {
        struct sekuire_text name = {template.data, 0};
        if (template.data[i] == '@') name = slot_name(template, i);
        if (name.size == 0) {
            sek_buffer_byte(out, template.data[i]);
        } else if (slot(subject, name, out)) {
            i += name.size + 1;
        } else {
            fprintf(stderr, "no such slot: %.*s\n", SEK_TEXT_ARGS(name));
            return false;
        }
    }
    return true;
}

bool fill_file(const char *template, fill_slot *slot, const void *subject, const char *out) {
    struct sek_buffer text, filled;
    struct sekuire_error err = {0};
    bool done = false;
    sek_buffer_init(&text, FILL_MAX);
    sek_buffer_init(&filled, FILL_MAX);
    if (sys_read_file(template, &text, &err) != 0) {
        fprintf(stderr, "%s: %s\n", template, err.message);
        goto out;
    }
    if (!fill(sek_buffer_view(&text), slot, subject, &filled)) {
        fprintf(stderr, "%s: a slot is not filled\n", template);
        goto out;
    }
    if (sek_buffer_check(&filled, &err) != 0 || sys_replace_file(out, sek_buffer_view(&filled), 0644, &err) != 0) {
        fprintf(stderr, "%s: %s\n", out, err.message);
        goto out;
    }
    done = true;
out:
    sek_buffer_clear(&text);
    sek_buffer_clear(&filled);
    return done;
}

struct sekuire_text first_word(const struct cli_command *command) {
    return (struct sekuire_text){command->name, strcspn(command->name, " ")};
}

const char *second_word(const struct cli_command *command) {
    size_t n = strcspn(command->name, " ");
    return command->name + n + (command->name[n] == ' ');
}

bool opens_group(size_t index) {
    for (size_t i = 0; i < index; i++)
        if (sek_text_equal(first_word(cli_commands[i]), first_word(cli_commands[index]))) return false;
    return true;
}

void group_words(struct sek_buffer *out, struct sekuire_text group) {
    const char *between = "";
    for (size_t i = 0; i < cli_command_count; i++) {
        if (!sek_text_equal(first_word(cli_commands[i]), group)) continue;
        sek_buffer_format(out, "%s%s", between, second_word(cli_commands[i]));
        between = ", ";
    }
}

/* Has the command an option of its own with this name? */
static bool hides(const struct cli_command *command, const char *name) {
    for (const struct cli_option *own = command->options; own != NULL && own->name != NULL; own++)
        if (strcmp(own->name, name) == 0) return true;
    return false;
}

const struct cli_option *option_at(const struct cli_command *command, size_t index) {
    const struct cli_option *own = command == NULL ? NULL : command->options;
    for (; own != NULL && own->name != NULL; own++)
        if (index-- == 0) return own;
    for (const struct cli_option *common = cli_common_options; common->name != NULL; common++) {
        if (command != NULL && hides(command, common->name)) continue;
        if (index-- == 0) return common;
    }
    return NULL;
}

bool value_is_file(const struct cli_option *option) {
    return option->value != NULL && (strstr(option->value, "FILE") != NULL || strstr(option->value, "PATH") != NULL);
}
