/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: @NAME@ in a file stands for what a function writes for that name. */
#ifndef CLI_GENERATE_FILL_H
#define CLI_GENERATE_FILL_H

#include "base/buffer.h"
#include "cli/command.h"

enum { FILL_MAX = 4 << 20 };

/* Writes what the slot `name` stands for; false if there is no such slot. */
typedef bool fill_slot(const void *subject, struct sekuire_text name, struct sek_buffer *out);

/* Reads the template, fills its slots and writes the file `out`. Prints what went wrong to stderr and returns false. */
bool fill_file(const char *template, fill_slot *slot, const void *subject, const char *out);

/* The word before the space in a command's name, or all of it. */
struct sekuire_text first_word(const struct cli_command *command);
/* What follows that space; "" for a command of one word. */
const char *second_word(const struct cli_command *command);
/* Is this the first command in the table whose name begins with its first word? */
bool opens_group(size_t index);
/* "pull, validate, show": the second words of all commands that begin with this word. */
void group_words(struct sek_buffer *out, struct sekuire_text group);
/* The options that a command takes, its own and then the common ones that those do not hide; NULL past the last. command NULL: the
 * common ones alone. */
const struct cli_option *option_at(const struct cli_command *command, size_t index);
/* Does the value name a file? */
bool value_is_file(const struct cli_option *option);

/* Slots of manual pages (subject: a command, a group's first command, or NULL) and of completion (subject: not used). */
fill_slot page_slot, completion_slot;
/* The manual page of the server; subject: the text of its --help. */
fill_slot server_slot;

/* Writes every manual page of the program, as OUT/NAME.1.scd from the templates in the folder. */
bool write_pages(const char *templates, const char *out);

#endif
