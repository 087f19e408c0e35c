/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire keygen: a new Ed25519 key pair in .sekuire/. */
#include <sekuire/key.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/options.h"
#include "cli/output.h"
#include "crypto/ed25519.h"
#include "sys/file.h"

#define KEY_DIRECTORY ".sekuire"
#define SECRET_FILE KEY_DIRECTORY "/secret.key"
#define PUBLIC_FILE KEY_DIRECTORY "/public.key"

/* Both files or neither, and nothing that exists is touched. */
static int create(struct cli *cli, const char *secret_hex, const char *public_hex) {
    const char *file = sys_exists(PUBLIC_FILE) ? PUBLIC_FILE : SECRET_FILE;
    if (sys_exists(SECRET_FILE) || sys_exists(PUBLIC_FILE)) {
        cli_fail(cli, SEKUIRE_ERR_EXISTS, "there is a key already");
        cli_hint(cli, "--force replaces it; an agent published under it cannot be published under another key");
        return cli_blame(cli, file);
    }
    if (sys_create_file(SECRET_FILE, sek_text(secret_hex), 0600, &cli->err) != 0) return cli_blame(cli, SECRET_FILE);
    if (sys_create_file(PUBLIC_FILE, sek_text(public_hex), 0644, &cli->err) == 0) return 0;
    (void)unlink(SECRET_FILE);
    return cli_blame(cli, PUBLIC_FILE);
}

/* Both files are written before either is put in place of an old one. */
static int replace(struct cli *cli, const char *secret_hex, const char *public_hex) {
    struct sys_pending *secret = NULL;
    struct sys_pending *public_key = NULL;
    int status = sys_pending_write(SECRET_FILE, sek_text(secret_hex), 0600, &secret, &cli->err);
    if (status == 0) status = sys_pending_write(PUBLIC_FILE, sek_text(public_hex), 0644, &public_key, &cli->err);
    if (status == 0) status = sys_pending_commit(secret, &cli->err);
    if (status == 0) status = sys_pending_commit(public_key, &cli->err);
    if (status != 0) cli_blame(cli, KEY_DIRECTORY);
    sys_pending_discard(secret);
    sys_pending_discard(public_key);
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
    struct sekuire_secret_key *key = NULL;
    struct sekuire_public_key public_key;
    char secret_hex[65] = "";
    char public_hex[65] = "";
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    int status = sekuire_secret_key_generate(&key, &cli->err);
    if (status != 0) return status;
    sekuire_secret_key_public(key, &public_key);
    sekuire_secret_key_format(key, secret_hex);
    sekuire_public_key_format(&public_key, public_hex);
    sekuire_secret_key_free(key);
    status = sys_make_directories(KEY_DIRECTORY, &cli->err);
    if (status != 0) cli_blame(cli, KEY_DIRECTORY);
    else status = cli_flag(cli, "force") ? replace(cli, secret_hex, public_hex) : create(cli, secret_hex, public_hex);
    sek_wipe(secret_hex, sizeof secret_hex);
    if (status != 0) return status;
    cli_line(cli, "Keys generated!");
    cli_line(cli, "   Private: %s (KEEP SAFE)", SECRET_FILE);
    cli_line(cli, "   Public:  %s", PUBLIC_FILE);
    sekuire_public_key_fingerprint(&public_key, fingerprint);
    cli_note(cli, "public key %s, fingerprint %s", public_hex, fingerprint);
    return document(cli, public_hex);
}

static const struct cli_option options[] = {
    {.name = "force", .help = "replace keys that are there"},
    {.name = NULL},
};

const struct cli_command cmd_keygen = {
    .name = "keygen",
    .summary = "Make a key pair for signing, in .sekuire/",
    .description = "The secret key is readable by its owner alone. Keys that exist are never overwritten without --force.",
    .example = "  sekuire keygen",
    .options = options,
    .run = run,
};
