/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire: help, and the frame around a run. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "sys/process.h"

/* Makes sure that no file opened later becomes standard input, output or error. What should write fails then, as it should. */
static void fill_standard_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) _exit(3); /* not O_CLOEXEC: they are the standard ones */
    }
}

/* Text on stdout, or the one document that holds it; without a member, {}. */
static int answer(struct cli *cli, const char *member, struct sekuire_text text) {
    struct cli_document document;
    cli_raw(cli, text.data, text.size);
    if (!cli_document_begin(cli, &document)) return 0;
    sek_write_object(&document.writer);
    if (member != NULL) sek_write_member_text(&document.writer, member, text);
    sek_write_object_end(&document.writer);
    return cli_document_end(cli, &document);
}

/* Answers --help and --version, and the want of a command. */
static int help(struct cli *cli, const char *group, bool asked) {
    struct sek_buffer text;
    int status;
    sek_buffer_init(&text, 1 << 20);
    if (cli->command != NULL) cli_help_command(&text, cli->command);
    else cli_help_group(&text, group);
    status = sek_buffer_check(&text, &cli->err);
    if (status == 0 && asked) {
        status = answer(cli, "help", sek_buffer_view(&text));
    } else if (status == 0) {
        cli_fail(cli, SEKUIRE_ERR_USAGE, "a command is missing");
        cli_hint(cli, "see: sekuire %s%s--help", group, *group == '\0' ? "" : " ");
        if (!cli->json) {
            fwrite(text.data, 1, text.size, stderr);
            cli->told = true;
        }
        status = SEKUIRE_ERR_USAGE;
    }
    sek_buffer_clear(&text);
    return status;
}

/* Runs what the command line asks for. */
static int run(struct cli *cli, int argc, char **argv) {
    const char *group = "";
    int status = cli_options_read(cli, argc, argv, &group);
    if (status != 0) return status;
    if (cli_flag(cli, "help")) return help(cli, group, true);
    if (cli_version_asked(cli)) {
        if (cli->json) return answer(cli, "version", sek_text(SEKUIRE_VERSION));
        return answer(cli, "version", SEK_TEXT("sekuire " SEKUIRE_VERSION "\n"));
    }
    if (cli->command == NULL) return help(cli, group, false);
    status = cli->command->run(cli);
    if (status != 0 || cli->answered || !cli->json) return status;
    return answer(cli, NULL, SEK_TEXT(""));
}

int main(int argc, char **argv) {
    struct cli cli = {0};
    int status;
    fill_standard_descriptors();
    sys_keep_secrets(); /* for every command: the environment may hold an API key */
    cli_output_init(&cli);
    status = run(&cli, argc, argv);
    if (status != 0) cli_tell_error(&cli);
    if (cli_output_finish(&cli) != 0) {
        status = cli.err.status;
        cli.told = false;
        cli.answered = true;
        sek_free(cli.hint);
        sek_free(cli.file);
        cli.hint = cli.file = NULL;
        cli_tell_error(&cli);
        cli.exit_code = 0;
    }
    sek_free(cli.hint);
    sek_free(cli.file);
    sek_free(cli.findings);
    cli_options_clear(&cli);
    if (cli.exit_code != 0) return cli.exit_code;
    return status == 0 ? 0 : sek_status_exit_code(status);
}
