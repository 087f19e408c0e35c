/* SPDX-License-Identifier: Apache-2.0 */
/* Where a passphrase comes from. */
#include "cli/passphrase.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "sys/file.h"

/* Takes one line end off; what is left must be one line. */
static int one_line(struct cli *cli, struct sek_buffer *text) {
    if (text->size > 0 && text->data[text->size - 1] == '\n') text->size--;
    if (text->size > 0 && text->data[text->size - 1] == '\r') text->size--;
    if (text->size == 0) return cli_fail(cli, SEKUIRE_ERR_USAGE, "the passphrase is empty");
    if (memchr(text->data, '\n', text->size) != NULL || memchr(text->data, '\0', text->size) != NULL)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "a passphrase is one line of text");
    return 0;
}

/* The passphrase in a file, which is read like any file, for container platforms mount secrets as links. */
static int from_file(struct cli *cli, const char *path, struct sek_buffer *ret) {
    const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
    int status = sys_read_file(path, ret, &cli->err);
    if (status == 0 && one_line(cli, ret) != 0) cli->err.status = status = SEKUIRE_ERR_KEY_INVALID; /* what a file holds is no usage */
    if (status == 0 && sys_open_to_others(path)) cli_warn(cli, "warning: others can read %s; run: chmod 600 %s", path, path);
    return status == 0 ? 0 : cli_blame(cli, where);
}

/* One answer of the terminal. */
static int ask(struct cli *cli, const char *what, const char *key_file, struct sek_buffer *ret) {
    char name[128];
    char question[192];
    sek_utf8_escape(name, sizeof name, sek_text(key_file));
    snprintf(question, sizeof question, "%s %s (not shown): ", what, name);
    int status = cli_prompt_secret(cli, question, ret);
    if (status != 0) cli_hint(cli, "give --passphrase-file FILE, or --passphrase-file - for standard input");
    if (status == 0) status = sek_buffer_check(ret, &cli->err);
    return status != 0 ? status : one_line(cli, ret);
}

int cli_passphrase(struct cli *cli, const char *key_file, bool twice, struct sek_buffer *ret) {
    struct sek_buffer again;
    const char *path = cli_value(cli, "passphrase-file");
    sek_buffer_init_secret(ret, SEK_LIMIT_PASSPHRASE);
    if (path != NULL) return from_file(cli, path, ret);
    int status = ask(cli, twice ? "A passphrase for" : "Passphrase of", key_file, ret);
    if (status != 0 || !twice) return status;
    sek_buffer_init_secret(&again, SEK_LIMIT_PASSPHRASE);
    status = ask(cli, "Once more, for", key_file, &again);
    if (status == 0 && !sek_text_equal(sek_buffer_view(ret), sek_buffer_view(&again)))
        status = cli_fail(cli, SEKUIRE_ERR_USAGE, "the two passphrases differ");
    sek_buffer_clear(&again);
    return status;
}
