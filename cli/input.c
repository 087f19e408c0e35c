/* SPDX-License-Identifier: Apache-2.0 */
/* Files, keys, ids and times that commands are given. */
#include "cli/input.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "policy/ids.h"
#include "sys/env.h"
#include "sys/file.h"

#define PUBLIC_KEY_FILE ".sekuire/public.key"

enum { SECONDS_PER_DAY = 86400, DAYS_MAX = 36500, HEX_LOOKALIKE = 32 };

int cli_read_file(struct cli *cli, const char *path, size_t limit, struct sek_buffer *ret) {
    sek_buffer_init(ret, limit);
    if (sys_read_file(path, ret, &cli->err) != 0) return cli_blame(cli, strcmp(path, "-") == 0 ? "standard input" : path);
    return 0;
}

int cli_read_regular(struct cli *cli, const char *path, size_t limit, struct sek_buffer *ret) {
    sek_buffer_init(ret, limit);
    return sys_read_regular(path, ret, &cli->err) == 0 ? 0 : cli_blame(cli, path);
}

/* The error of writing over a file that is kept for something else. */
static int refuse_out(struct cli *cli, const char *file, const char *kept) {
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--out: %s is %s, which is not written over", file, kept);
}

int cli_check_out(struct cli *cli, const char *file) {
    static const char *const here[] = {".sekuire/secret.key", ".sekuire/public.key", ".sekuire/config.yaml"};
    static const struct {
        int (*find)(const char *name, char **ret, struct sekuire_error *err);
        const char *name;
    } kept[] = {{sys_home_path, "auth.json"}, {sys_state_path, "trust.json"}, {sys_state_path, "trust.json.lock"},
                {sys_config_path, "config.yaml"}, {sys_config_path, "config.yaml.lock"}};
    int status = 0;
    if (file[0] == '\0' || strcmp(file, "-") == 0)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "--out: '%s' names no file%s", file, file[0] == '\0' ? "" : "; one of that name is ./-");
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct cli_given *given = &cli->given[i];
        const char *name = given->option->name;
        if (given->value == NULL || strstr(given->option->value, "FILE") == NULL) continue;
        if (strcmp(name, "out") == 0 || strcmp(name, "file") == 0) continue; /* --attach writes back to --file */
        if (sys_same_file(file, given->value)) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--out: %s is the file of --%s", file, name);
    }
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        if (sys_same_place(file, here[i])) return refuse_out(cli, file, here[i]);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && status == 0; i++) {
        char *path = NULL;
        if (kept[i].find(kept[i].name, &path, NULL) != 0) continue; /* without a home directory there is none */
        if (sys_same_place(file, path)) status = refuse_out(cli, file, path);
        sek_free(path);
    }
    if (status == 0 && sys_check_replaceable(file, &cli->err) != 0) status = cli_blame(cli, file);
    return status;
}

/* A key whose file names a passphrase as the way in. */
static int open_protected(struct cli *cli, const char *path, struct sekuire_text text, struct sekuire_secret_key **ret) {
    struct sek_buffer passphrase;
    /* Nobody is asked for the passphrase of a line that none opens: such a one is refused before a passphrase counts. */
    if (sekuire_secret_key_unprotect(text, SEK_TEXT(""), ret, &cli->err) == SEKUIRE_ERR_KEY_INVALID) return cli_blame(cli, path);
    int status = cli_passphrase(cli, path, false, &passphrase);
    if (status == 0) {
        status = sekuire_secret_key_unprotect(text, sek_buffer_view(&passphrase), ret, &cli->err);
        if (status != 0) cli_blame(cli, path);
    }
    sek_buffer_clear(&passphrase);
    return status;
}

int cli_read_secret_key(struct cli *cli, const char *path, struct sekuire_secret_key **ret) {
    struct sek_buffer text;
    sek_buffer_init_secret(&text, SEK_LIMIT_KEY_FILE_BYTES);
    int status = sys_read_secret(path, &text, &cli->err);
    if (status == 0 && sekuire_secret_key_is_protected(sek_buffer_view(&text))) {
        status = open_protected(cli, path, sek_buffer_view(&text), ret);
    } else {
        if (status == 0) status = sekuire_secret_key_parse(sek_buffer_view(&text), ret, &cli->err);
        if (status != 0) cli_blame(cli, path);
    }
    sek_buffer_clear(&text);
    return status;
}

/* Only hex digits, and so many that a key was meant? */
static bool looks_like_hex(const char *value) {
    size_t n = strspn(value, "0123456789abcdefABCDEF");
    return value[n] == '\0' && n >= HEX_LOOKALIKE;
}

/* A key given as digits on the command line or in a variable: what is wrong with it is a matter of usage. */
static int hex_key(struct cli *cli, const char *source, const char *value, uint8_t ret[SEK_PUBLIC_KEY_SIZE]) {
    struct sekuire_public_key key;
    struct sekuire_error why;
    if (strlen(value) != (size_t)2 * SEK_PUBLIC_KEY_SIZE || !looks_like_hex(value))
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "%s: a public key is 64 hex digits", source);
    if (sekuire_public_key_parse(sek_text(value), &key, &why) != 0)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "%s: %s", source, why.message);
    memcpy(ret, key.bytes, sizeof key.bytes);
    return 0;
}

/* Is it by its name the half of a pair that nobody else may see? */
static bool names_secret(const char *path) {
    static const char name[] = "secret.key";
    size_t n = strlen(path);
    return n >= sizeof name - 1 && strcmp(path + n - (sizeof name - 1), name) == 0;
}

/* Reads the file of a public key, which must not be that of a secret one. */
static int read_public_key(struct cli *cli, const char *source, const char *path, struct sekuire_public_key *ret) {
    struct sek_buffer text;
    int status;
    if (names_secret(path)) {
        cli_hint(cli, "the public key is in the file beside it, public.key");
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "%s: %s looks like a secret key, which is nobody else's to see", source, path);
    }
    if (strcmp(path, "-") != 0 && !sys_exists(path)) {
        if (strcmp(path, PUBLIC_KEY_FILE) == 0) cli_hint(cli, "run: sekuire keygen");
        return cli_fail(cli, SEKUIRE_ERR_IO, "%s: %s is neither a file nor 64 hex digits", source, path);
    }
    status = cli_read_file(cli, path, SEK_LIMIT_KEY_FILE_BYTES, &text);
    if (status == 0) {
        if (sekuire_secret_key_is_protected(sek_buffer_view(&text))) cli_hint(cli, "this looks like a secret key: give the public one");
        status = sekuire_public_key_parse(sek_buffer_view(&text), ret, &cli->err);
        if (status != 0) cli_blame(cli, path);
    }
    sek_buffer_clear(&text);
    return status;
}

int cli_public_key(struct cli *cli, const char *source, const char *value, bool absolute, uint8_t ret[SEK_PUBLIC_KEY_SIZE]) {
    struct sekuire_public_key key;
    if (looks_like_hex(value) && (strlen(value) == (size_t)2 * SEK_PUBLIC_KEY_SIZE || !sys_exists(value)))
        return hex_key(cli, source, value, ret);
    if (absolute && value[0] != '/')
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "%s: a file is named by its absolute path there, or the key by 64 hex digits", source);
    int status = read_public_key(cli, source, value, &key);
    if (status == 0) memcpy(ret, key.bytes, sizeof key.bytes);
    return status;
}

int cli_hex_keys(struct cli *cli, const char *option, uint8_t (*ret)[SEK_PUBLIC_KEY_SIZE], size_t *ret_count) {
    char source[64] = "--";
    const char *value;
    size_t count = 0;
    sek_utf8_escape(source + 2, sizeof source - 2, sek_text(option));
    for (; (value = cli_value_at(cli, option, count)) != NULL; count++) {
        if (count == SEK_LIMIT_SIGNING_KEYS)
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: at most %u keys", option, SEK_LIMIT_SIGNING_KEYS);
        int status = hex_key(cli, source, value, ret[count]);
        if (status != 0) return status;
        for (size_t i = 0; i < count; i++)
            if (memcmp(ret[i], ret[count], SEK_PUBLIC_KEY_SIZE) == 0)
                return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: the same key twice", option);
    }
    *ret_count = count;
    return 0;
}

int cli_trusted_keys(struct cli *cli, struct cli_keys *ret) {
    const char *value;
    ret->count = 0;
    for (; (value = cli_value_at(cli, "trusted-key", ret->count)) != NULL; ret->count++) {
        if (ret->count == SEK_LIMIT_SIGNING_KEYS)
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "--trusted-key: at most %u keys", SEK_LIMIT_SIGNING_KEYS);
        int status = cli_public_key(cli, "--trusted-key", value, false, ret->keys[ret->count]);
        if (status != 0) return status;
    }
    if (ret->count > 0 || (value = sys_variable("SEKUIRE_TRUSTED_KEY")) == NULL) return 0;
    int status = cli_public_key(cli, "SEKUIRE_TRUSTED_KEY", value, true, ret->keys[0]);
    if (status == 0) ret->count = 1;
    return status;
}

int cli_check_id(struct cli *cli, const char *option, const char *value) {
    if (sek_id_valid(sek_text(value))) return 0;
    cli_hint(cli, CLI_HINT_ID);
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: '%s' is no id", option, value);
}

int cli_check_version(struct cli *cli, const char *option, const char *value) {
    if (sek_version_valid(sek_text(value))) return 0;
    cli_hint(cli, "a version is 1 to 64 of A-Z a-z 0-9 . _ + - and begins with a letter or digit");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: '%s' is no version", option, value);
}

int cli_number(struct cli *cli, const char *option, const char *value, uint64_t *ret) {
    uint64_t n = 0;
    bool fits = *value != '\0';
    for (const char *p = value; *p != '\0' && fits; p++) {
        fits = *p >= '0' && *p <= '9' && n <= (UINT64_MAX - (uint64_t)(unsigned char)(*p - '0')) / 10;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    if (!fits) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: '%s' is no whole number from 0 to 2^64-1", option, value);
    *ret = n;
    return 0;
}

int cli_time(struct cli *cli, const char *option, const char *value, bool days, int64_t *ret) {
    size_t digits = strspn(value, "0123456789");
    if (sek_time_parse(sek_text(value), ret)) return 0;
    if (days && digits > 0 && digits <= 5 && strcmp(value + digits, "d") == 0) {
        int64_t n = 0;
        for (size_t i = 0; i < digits; i++) n = n * 10 + (value[i] - '0');
        if (n >= 1 && n <= DAYS_MAX) {
            *ret = sys_now() + n * SECONDS_PER_DAY;
            return 0;
        }
    }
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: '%s' is no time%s", option, value,
                    days ? " (RFC 3339, as 2026-01-31T12:00:00Z, or days, as 90d)" : " (RFC 3339, as 2026-01-31T12:00:00Z)");
}

void cli_fingerprint(const uint8_t key[SEK_PUBLIC_KEY_SIZE], char out[SEKUIRE_FINGERPRINT_SIZE]) {
    struct sekuire_public_key public_key;
    memcpy(public_key.bytes, key, sizeof public_key.bytes);
    sekuire_public_key_fingerprint(&public_key, out);
}
