/* SPDX-License-Identifier: Apache-2.0 */
/* What commands are given: files, keys, ids, times. All errors are in cli->err, with the file or option named. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <sekuire/key.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "cli/command.h"
#include "crypto/ed25519.h"

/* Reads a whole file ("-": standard input) of at most limit bytes into buffer, which is initialised here: clear it, also after an
 * error. */
int cli_read_file(struct cli *cli, const char *path, size_t limit, struct sek_buffer *ret);
/* The same for a file that nobody named on the command line: a regular file alone. */
int cli_read_regular(struct cli *cli, const char *path, size_t limit, struct sek_buffer *ret);
/* Error usage if file, which is to be written, is one that an option names as input, or one of those that hold keys, credentials or
 * trust, or will; error io if there is something else than a regular file. Nothing may be fetched, saved or asked for before. */
int cli_check_out(struct cli *cli, const char *file);
/* An agent's or a signer's secret key; error config where others could read it. A protected one asks for its passphrase: the command's table
 * has CLI_OPTION_PASSPHRASE_FILE. sekuire_secret_key_free it. */
int cli_read_secret_key(struct cli *cli, const char *path, struct sekuire_secret_key **ret);

/* A public key as 64 hex digits or as a file that holds them. source names the option or variable. Where absolute is set, a relative
 * file name is refused; so is a file that is named as secret keys are (usage). */
int cli_public_key(struct cli *cli, const char *source, const char *value, bool absolute, uint8_t ret[SEK_PUBLIC_KEY_SIZE]);
/* Public keys that may only be given as hex digits, as a list option holds them. Error usage beyond SEK_LIMIT_SIGNING_KEYS. */
int cli_hex_keys(struct cli *cli, const char *option, uint8_t (*ret)[SEK_PUBLIC_KEY_SIZE], size_t *ret_count);
/* --trusted-key, else SEKUIRE_TRUSTED_KEY; none is fine. */
struct cli_keys {
    uint8_t keys[SEK_LIMIT_SIGNING_KEYS][SEK_PUBLIC_KEY_SIZE];
    size_t count;
};
int cli_trusted_keys(struct cli *cli, struct cli_keys *ret);

/* Error usage unless value is an id (or a version). */
int cli_check_id(struct cli *cli, const char *option, const char *value);
int cli_check_version(struct cli *cli, const char *option, const char *value);
/* RFC 3339, or (where days is set) a number of days from now, as 90d. */
int cli_time(struct cli *cli, const char *option, const char *value, bool days, int64_t *ret);
/* Decimal digits, 0 to 2^64-1. */
int cli_number(struct cli *cli, const char *option, const char *value, uint64_t *ret);
/* The fingerprint of 32 bytes of key. */
void cli_fingerprint(const uint8_t key[SEK_PUBLIC_KEY_SIZE], char out[SEKUIRE_FINGERPRINT_SIZE]);

#endif
