/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says. Lines that scripts may rely on go to stdout, all talk to stderr; with --json the one document takes the
 * place of the lines. Everything that is printed is escaped (cli.md 5), so foreign text may be passed as it is. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buffer.h"
#include "cli/command.h"
#include "tree/write.h"

enum cli_colour { CLI_PLAIN = 0, CLI_GREEN, CLI_RED, CLI_YELLOW };

/* Decides about colour: terminals only, and neither NO_COLOR nor setting may forbid it. */
void cli_output_init(struct cli *cli);

/* A line on stdout; nothing with --json. */
void cli_line(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_line_coloured(struct cli *cli, enum cli_colour colour, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Bytes on stdout exactly as they are; nothing with --json. For text of our own. */
void cli_raw(struct cli *cli, const void *data, size_t size);
/* The text of a buffer for one of these. Where memory was short the text is not whole, and the command fails by that in the end. */
struct sekuire_text cli_whole(struct cli *cli, const struct sek_buffer *buffer);
/* A line on stderr that --quiet drops. */
void cli_note(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line on stderr that nothing drops: what the user must not miss. */
void cli_warn(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The one JSON document: between begin and end, members are written to the writer. */
struct cli_document {
    struct sek_buffer buffer;
    struct sek_writer writer;
};
/* False without --json: there is nothing to write then. */
bool cli_document_begin(struct cli *cli, struct cli_document *document);
/* Prints it. 0, or memory. */
int cli_document_end(struct cli *cli, struct cli_document *document);
/* For commands that answer line by line, with or without --json: prints one JSON value and a line end, and flushes. 0, or io or
 * no_space once nobody can read any more. */
int cli_document_line(struct cli *cli, struct sekuire_text json);

/* Errors. Both return the status, so that `return cli_fail(...)` reads well. */
int cli_fail(struct cli *cli, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Says which file cli->err is about. */
int cli_blame(struct cli *cli, const char *file);
/* The server's findings (an array) go into the document of the failure, beside "error". */
void cli_error_findings(struct cli *cli, const struct sek_node *findings);
/* Says what to do next. The newest one is printed, below the error. Lines may be separated by \n. */
void cli_hint(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `sekuire: FILE:LINE:COLUMN: message`, the hint, and with --json the error document unless there was one. */
void cli_tell_error(struct cli *cli);
/* Flushes stdout; a write that failed is error io or no_space. */
int cli_output_finish(struct cli *cli);

/* A spinner on stderr while a request runs; nothing but on a terminal, or with --quiet. */
struct cli_spinner;
struct cli_spinner *cli_spinner_start(struct cli *cli, const char *what); /* may be NULL, which stop takes */
void cli_spinner_stop(struct cli_spinner *spinner);

#endif
