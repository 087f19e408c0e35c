/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire keygen: a new Ed25519 key pair in .sekuire/. */
#include <sekuire/key.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "sys/file.h"

#define KEY_DIRECTORY ".sekuire"
#define SECRET_FILE KEY_DIRECTORY "/secret.key"
#define PUBLIC_FILE KEY_DIRECTORY "/public.key"

/* What goes into the two files. */
struct pair {
    struct sekuire_public_key public_key;
    char *secret; /* SEKUIRE_PROTECTED_KEY_SIZE bytes of memory for secrets */
    char public_hex[65];
};

/* Refuses where a key would be lost, before anybody is asked for a passphrase. */
static int check_new(struct cli *cli) {
    const char *file = sys_exists(PUBLIC_FILE) ? PUBLIC_FILE : SECRET_FILE;
    if (sys_exists(KEY_DIRECTORY)) {
        int status = sys_make_private_directory(KEY_DIRECTORY, &cli->err);
        if (status != 0) return cli_blame(cli, KEY_DIRECTORY);
    }
    if (cli_flag(cli, "force") || (!sys_exists(SECRET_FILE) && !sys_exists(PUBLIC_FILE))) return 0;
    cli_fail(cli, SEKUIRE_ERR_EXISTS, "there is a key already");
    cli_hint(cli, "--force replaces it; an agent published under it cannot be published under another key");
    return cli_blame(cli, file);
}

/* The text of the secret file: under a passphrase if one is wished for, else the digits that published clients read. */
static int format_secret(struct cli *cli, const struct sekuire_secret_key *key, char *out) {
    struct sek_buffer passphrase;
    if (!cli_flag(cli, "passphrase") && !cli_flag(cli, "passphrase-file")) {
        sekuire_secret_key_format(key, out);
        return 0;
    }
    int status = cli_passphrase(cli, SECRET_FILE, true, &passphrase);
    if (status == 0) status = sekuire_secret_key_protect(key, sek_buffer_view(&passphrase), out, &cli->err);
    sek_buffer_clear(&passphrase);
    return status;
}

/* Makes the pair; the secret half ends in ret->secret. */
static int generate(struct cli *cli, struct pair *ret) {
    struct sekuire_secret_key *key = NULL;
    ret->secret = sek_secret_alloc(SEKUIRE_PROTECTED_KEY_SIZE);
    int status = ret->secret == NULL ? sek_fail_memory(&cli->err) : sekuire_secret_key_generate(&key, &cli->err);
    if (status != 0) return status;
    sekuire_secret_key_public(key, &ret->public_key);
    sekuire_public_key_format(&ret->public_key, ret->public_hex);
    status = format_secret(cli, key, ret->secret);
    sekuire_secret_key_free(key);
    return status;
}

/* Both files are written before either gets its name; nothing that exists is touched unless it is to be replaced. Under the folder's lock:
 * of two runs at once, one has made both files when the other begins. */
static int write_pair(struct cli *cli, const char *secret, const char *public_hex, bool replace) {
    int (*const place)(struct sys_pending *, struct sekuire_error *) = replace ? sys_pending_commit : sys_pending_create;
    struct sys_pending *secret_key = NULL;
    struct sys_pending *public_key = NULL;
    struct sys_lock *lock = NULL;
    bool placed = false;
    int status = sys_lock_folder(KEY_DIRECTORY, &lock, &cli->err);
    if (status == 0) status = sys_pending_write(SECRET_FILE, sek_text(secret), 0600, &secret_key, &cli->err);
    if (status == 0) status = sys_pending_write(PUBLIC_FILE, sek_text(public_hex), 0644, &public_key, &cli->err);
    if (status == 0) {
        status = place(secret_key, &cli->err);
        placed = status == 0;
    }
    if (status == 0) status = place(public_key, &cli->err);
    if (status != 0 && placed && !replace) (void)unlink(SECRET_FILE);
    if (status != 0) cli_blame(cli, KEY_DIRECTORY);
    sys_pending_discard(secret_key);
    sys_pending_discard(public_key);
    sys_unlock(lock);
    return status;
}

/* The document. */
static int document(struct cli *cli, const char *public_hex) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "public_key", public_hex);
    sek_write_member(&doc.writer, "secret_key_file", SECRET_FILE);
    sek_write_member(&doc.writer, "public_key_file", PUBLIC_FILE);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Makes the pair and writes it. */
static int run(struct cli *cli) {
    struct pair pair = {.secret = NULL};
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    int status = check_new(cli);
    if (status == 0) status = generate(cli, &pair);
    if (status == 0) {
        status = sys_make_private_directory(KEY_DIRECTORY, &cli->err);
        if (status != 0) cli_blame(cli, KEY_DIRECTORY);
    }
    if (status == 0) status = write_pair(cli, pair.secret, pair.public_hex, cli_flag(cli, "force"));
    sek_secret_free(pair.secret);
    if (status != 0) return status;
    cli_line(cli, "Keys generated!");
    cli_line(cli, "   Private: %s (KEEP SAFE)", SECRET_FILE);
    cli_line(cli, "   Public:  %s", PUBLIC_FILE);
    sekuire_public_key_fingerprint(&pair.public_key, fingerprint);
    cli_note(cli, "public key %s, fingerprint %s", pair.public_hex, fingerprint);
    return document(cli, pair.public_hex);
}

static const struct cli_option options[] = {
    {.name = "force", .help = "replace keys that are there"},
    {.name = "passphrase", .help = "protect the secret key by a passphrase, asked for twice"},
    CLI_OPTION_PASSPHRASE_FILE,
    {.name = NULL},
};

const struct cli_command cmd_keygen = {
    .name = "keygen",
    .summary = "Make a key pair for signing, in .sekuire/",
    .description = "The secret key is readable by its owner alone. Keys that exist are never overwritten without --force. The folder is made\n"
                   "for its owner alone; one that is a link, or that others can write to, is refused.\n"
                   "Under a passphrase, whoever gets hold of the file cannot sign; `policy sign` and `push` ask for it, or read it from\n"
                   "--passphrase-file. Published clients read only keys without one. No variable holds a passphrase: every program that is\n"
                   "started from the same shell would see it.",
    .example = "  sekuire keygen\n  sekuire keygen --passphrase",
    .options = options,
    .run = run,
};
