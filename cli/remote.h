/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that ask the server for one thing, for those who run a workspace. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "base/buffer.h"
#include "cli/record.h"
#include "cli/session.h"

#define CLI_OPTION_API_KEY_FILE \
    {.name = "api-key-file", .kind = CLI_VALUE, .value = "FILE|-", .help = "read the API key from there (-: standard input)"}
/* Of every such command. */
#define CLI_OPTIONS_REMOTE CLI_OPTION_BACKEND, CLI_OPTION_API_KEY_FILE

struct cli_remote {
    struct cli_session session;
    struct sek_answer answer;
    struct sek_buffer body; /* of the request */
    struct sek_writer writer; /* writes to body */
    const char *workspace; /* "" where none is known */
};

/* Settings and an API key for the backend, from the command's options --backend and --api-key-file; workspace is the one that the
 * command line names, or NULL. Also on failure, cli_remote_close it. */
int cli_remote_open(struct cli *cli, const char *workspace, struct cli_remote *remote);
/* The same, but without a key is fine. */
int cli_remote_open_keyless(struct cli *cli, const char *workspace, struct cli_remote *remote);
/* As cli_remote_open, and error usage if no workspace is known. */
int cli_remote_open_workspace(struct cli *cli, struct cli_remote *remote);
void cli_remote_close(struct cli_remote *remote);

/* The body as it stands; error memory if it does not. */
int cli_remote_body(struct cli *cli, struct cli_remote *remote, struct sekuire_text *ret);
/* What to say about a request that ended with status, where that is not 0: what to do next, and where the server gave findings, each in a line on stderr;
 * file (may be NULL) is the one that was sent. Returns status. */
int cli_remote_failed(struct cli *cli, const struct cli_remote *remote, int status, const char *file);

/* Shows a list of the server, page by page as it comes; nothing is the note for an empty one. workspace NULL: it belongs to none. */
int cli_remote_list(struct cli *cli, struct cli_remote *remote, enum sek_list_kind kind, const char *workspace,
                    const struct cli_member *members, const char *nothing);
/* A whole command that shows a list of a workspace. */
int cli_remote_list_command(struct cli *cli, enum sek_list_kind kind, const struct cli_member *members, const char *nothing);

/* An id that is an operand or the option's value, not both. Error usage without one. */
int cli_subject(struct cli *cli, const char *option, const char **ret);
/* Error usage unless value may be a name: UTF-8 without control characters, at most SEK_LIMIT_NAME bytes. */
int cli_check_name(struct cli *cli, const char *option, const char *value);
/* An option that is true or false; *ret_given says whether it was given. */
int cli_choice(struct cli *cli, const char *option, bool *ret_given, bool *ret);

#endif
