/* SPDX-License-Identifier: Apache-2.0 */
/* ~/.sekuire/auth.json (docs/spec/wire.md 4), and which API key goes to which backend. */
#ifndef SEK_CLIENT_CREDENTIALS_H
#define SEK_CLIENT_CREDENTIALS_H

#include "client/url.h"

#include <stdbool.h>

#define SEK_API_KEY_SIZE 513

/* Strings are NUL-terminated, "" where absent or null. Wiped by clear. */
struct sek_credentials {
    char *path;
    bool exists;  /* the file is there */
    bool exposed; /* others can read it (published clients write it so): worth a warning */
    char api_key[SEK_API_KEY_SIZE];
    char token[4096];
    char device_fingerprint[129];
    char org_id[129];
    char workspace_id[129];
    char backend[SEK_URL_SIZE]; /* what the key was stored for; SEK_URL_DEFAULT where the file does not say */
    char *others;               /* further members of the file as a JSON object, kept when it is rewritten; NULL: none */
};

/* Reads the file at path (NULL: ~/.sekuire/auth.json). A missing file is an empty value and no error. A file that cannot be read or
 * understood is error config, and is left alone. sek_credentials_clear on success. */
int sek_credentials_load(const char *path, struct sek_credentials *ret, struct sekuire_error *err);
/* Writes it back, 0600, atomically; the directory is made 0700 if missing. */
int sek_credentials_save(const struct sek_credentials *credentials, struct sekuire_error *err);
/* Removes the file, whatever is in it. *ret_existed says whether there was one. */
int sek_credentials_remove(const char *path, bool *ret_existed, struct sekuire_error *err);
void sek_credentials_clear(struct sek_credentials *credentials); /* NULL is fine */

/* The stored key if it was stored for the backend at url (same scheme, host and port), else NULL. Borrowed. */
const char *sek_credentials_key_for(const struct sek_credentials *credentials, const struct sek_url *url);
/* An API key as it may stand in a header: 1-512 bytes of 0x21-0x7E. Error usage; the key itself is never in the message. */
int sek_api_key_check(struct sekuire_text key, struct sekuire_error *err);

enum sek_key_origin { SEK_KEY_FROM_NOWHERE = 0, SEK_KEY_FROM_FILE, SEK_KEY_FROM_VARIABLE, SEK_KEY_FROM_LOGIN };
struct sek_api_key {
    char key[SEK_API_KEY_SIZE]; /* "" where there is none for this backend */
    enum sek_key_origin origin;
};
/* The key to send to url: that of key_file ("-": standard input; NULL: none), else SEKUIRE_API_KEY, else the stored one if it belongs
 * there. url must come from an option, a variable, the user's file, the login or the default, which is all that sek_settings_load
 * takes it from. key_file is read like any file, for container platforms mount secrets as links. Errors: usage (a malformed
 * variable), key_invalid (a malformed key_file), io. credentials may be NULL. sek_api_key_wipe it after use. */
int sek_api_key_find(const char *key_file, const struct sek_credentials *credentials, const struct sek_url *url,
                     struct sek_api_key *ret, struct sekuire_error *err);
void sek_api_key_wipe(struct sek_api_key *key);

#endif
