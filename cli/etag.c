/* SPDX-License-Identifier: Apache-2.0 */
/* The remembered ETags. */
#include "cli/etag.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "crypto/blake3.h"
#include "sys/env.h"
#include "sys/file.h"

enum { FILE_MAX = SEK_HASH_TEXT + SEK_ETAG_SIZE + 1 };

/* The file for a backend and workspace, to free, or NULL. */
static char *path_of(const char *backend, const char *workspace, bool make) {
    struct sek_buffer name;
    char hash[SEK_HASH_TEXT];
    char *path = NULL;
    sek_buffer_init(&name, 4096);
    if (make && sys_state_path("etag", &path, NULL) == 0) {
        (void)sys_make_directories(path, NULL);
        sek_free(path);
        path = NULL;
    }
    sek_buffer_format(&name, "%s\n%s", backend, workspace);
    if (name.status == 0) {
        sek_blake3_hex(hash, name.data, name.size);
        sek_buffer_clear(&name);
        sek_buffer_format(&name, "etag/%s", hash);
        if (name.status != 0 || sys_state_path(name.data, &path, NULL) != 0) path = NULL;
    }
    sek_buffer_clear(&name);
    return path;
}

/* Only what a header may carry. */
static bool well_formed(struct sekuire_text etag) {
    for (size_t i = 0; i < etag.size; i++)
        if (etag.data[i] < 0x21 || etag.data[i] > 0x7E) return false;
    return etag.size > 0 && etag.size < SEK_ETAG_SIZE;
}

void cli_etag_load(const char *backend, const char *workspace, struct sekuire_text bytes, char out[SEK_ETAG_SIZE]) {
    struct sek_buffer text;
    char hash[SEK_HASH_TEXT];
    char *path = path_of(backend, workspace, false);
    out[0] = '\0';
    sek_buffer_init(&text, FILE_MAX);
    if (path != NULL && sys_read_regular(path, &text, NULL) == 0 && text.size > SEK_HASH_TEXT) {
        struct sekuire_text etag = {text.data + SEK_HASH_TEXT, text.size - SEK_HASH_TEXT};
        sek_blake3_hex(hash, bytes.data, bytes.size);
        if (etag.data[etag.size - 1] == '\n') etag.size--;
        if (memcmp(text.data, hash, SEK_HASH_TEXT - 1) == 0 && text.data[SEK_HASH_TEXT - 1] == '\n' && well_formed(etag)) {
            memcpy(out, etag.data, etag.size);
            out[etag.size] = '\0';
        }
    }
    sek_buffer_clear(&text);
    sek_free(path);
}

void cli_etag_save(const char *backend, const char *workspace, struct sekuire_text bytes, const char *etag) {
    struct sek_buffer text;
    char hash[SEK_HASH_TEXT];
    char *path = path_of(backend, workspace, true);
    if (path == NULL) return;
    sek_buffer_init(&text, FILE_MAX);
    sek_blake3_hex(hash, bytes.data, bytes.size);
    sek_buffer_format(&text, "%s\n%s\n", hash, etag);
    if (!well_formed(sek_text(etag))) (void)unlink(path);
    else if (text.status == 0) (void)sys_replace_file(path, sek_buffer_view(&text), 0600, NULL);
    sek_buffer_clear(&text);
    sek_free(path);
}
