/* SPDX-License-Identifier: Apache-2.0 */
#include "client/credentials.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "client/fault.h"
#include "crypto/ed25519.h"
#include "sys/env.h"
#include "sys/file.h"
#include "tree/json.h"
#include "tree/write.h"

/* The file's members and where each goes. */
struct member {
    const char *name;
    size_t offset;
    size_t capacity;
};
#define MEMBER(name) {#name, offsetof(struct sek_credentials, name), sizeof((struct sek_credentials *)0)->name}
static const struct member members[] = {MEMBER(api_key), MEMBER(token),        MEMBER(device_fingerprint),
                                        MEMBER(org_id),  MEMBER(workspace_id), MEMBER(backend)};
enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

/* The place of a member in a value. */
static char *place(struct sek_credentials *credentials, const struct member *member) {
    return (char *)credentials + member->offset;
}

/* Does the file format of ours know this key? */
static bool is_member(struct sekuire_text key) {
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (sek_text_is(key, members[i].name)) return true;
    return false;
}

/* Copies one string or null. */
static int read_member(const struct sek_node *root, const struct member *member, struct sek_credentials *ret,
                       struct sekuire_error *err) {
    const struct sek_node *node = sek_node_get(root, member->name);
    char *out = place(ret, member);
    if (node == NULL || node->kind == SEK_NULL) return 0;
    if (node->kind != SEK_STRING)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "\"%s\" is %s and no string", member->name, sek_kind_name(node->kind));
    if (node->text.size >= member->capacity)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "\"%s\" is longer than %zu bytes", member->name, member->capacity - 1);
    if (node->text.size > 0) memcpy(out, node->text.data, node->text.size);
    out[node->text.size] = '\0';
    return 0;
}

/* Keeps the members that this version does not know, as one object. */
static int read_others(const struct sek_node *root, struct sek_credentials *ret, struct sekuire_error *err) {
    struct sek_buffer text;
    struct sek_writer writer;
    size_t count = 0;
    for (SEK_EACH(node, root)) count += !is_member(node->key);
    if (count == 0) return 0;
    sek_buffer_init(&text, SEK_LIMIT_CONFIG_BYTES * 2);
    sek_writer_init(&writer, &text, false);
    sek_write_object(&writer);
    for (SEK_EACH(node, root)) {
        if (is_member(node->key)) continue;
        sek_write_key_text(&writer, node->key);
        sek_write_node(&writer, node);
    }
    sek_write_object_end(&writer);
    int status = sek_buffer_check(&text, err);
    if (status == 0 && (ret->others = sek_buffer_take(&text, NULL)) == NULL) status = sek_fail_memory(err);
    sek_buffer_wipe(&text);
    return status;
}

/* Reads the members of the parsed file. */
static int read_root(const struct sek_node *root, struct sek_credentials *ret, struct sekuire_error *err) {
    struct sek_url url;
    struct sekuire_error why = {0};
    int status = 0;
    if (root->kind != SEK_OBJECT) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, root, "is %s and no object", sek_kind_name(root->kind));
    for (size_t i = 0; status == 0 && i < MEMBER_COUNT; i++) status = read_member(root, &members[i], ret, err);
    if (status != 0) return status;
    if (ret->api_key[0] != '\0' && sek_api_key_check(sek_text(ret->api_key), &why) != 0)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, sek_node_get(root, "api_key"), "\"api_key\": %s", why.message);
    if (ret->backend[0] == '\0') memcpy(ret->backend, SEK_URL_DEFAULT, sizeof SEK_URL_DEFAULT);
    else if (sek_url_parse(sek_text(ret->backend), &url, &why) != 0)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, sek_node_get(root, "backend"), "\"backend\": %s", why.message);
    return read_others(root, ret, err);
}

/* Reads and parses the file at ret->path, if there is one that nobody else can have written: its key goes to the backend that it names. */
static int read_file(struct sek_credentials *ret, struct sekuire_error *err) {
    struct sek_buffer bytes;
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct stat st;
    sek_buffer_init_secret(&bytes, SEK_LIMIT_CONFIG_BYTES);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sys_check_kept(ret->path, err);
    ret->exists = status == 0 && sys_exists(ret->path);
    if (status == 0 && !ret->exists) goto out;
    ret->backend[0] = '\0';
    if (status == 0) status = sys_read_regular(ret->path, &bytes, err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&bytes), &root, err);
    if (status == 0) status = read_root(root, ret, err);
    ret->exposed = stat(ret->path, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
out:
    sek_arena_wipe(&arena);
    sek_buffer_clear(&bytes);
    return status == 0 ? 0 : sek_fail_config(err, status, ret->path);
}

/* The given path, or the usual one, in memory of its own. */
static int settle_path(const char *path, char **ret, struct sekuire_error *err) {
    if (path == NULL) return sys_home_path("auth.json", ret, err);
    char *copy = sek_strdup(path);
    if (copy == NULL) return sek_fail_memory(err);
    *ret = copy;
    return 0;
}

int sek_credentials_load(const char *path, struct sek_credentials *ret, struct sekuire_error *err) {
    struct sek_credentials credentials = {.backend = SEK_URL_DEFAULT};
    int status = settle_path(path, &credentials.path, err);
    if (status == 0) status = read_file(&credentials, err);
    if (status == 0) *ret = credentials;
    else sek_credentials_clear(&credentials);
    sek_wipe(&credentials, sizeof credentials);
    return status;
}

/* The file's text; unknown members come last. */
static int write_text(const struct sek_credentials *credentials, struct sek_buffer *out, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sek_writer writer;
    const struct sek_node *others = NULL;
    int status = 0;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    if (credentials->others != NULL) status = sek_json_parse(&arena, sek_text(credentials->others), &others, err);
    if (status != 0) goto out;
    sek_writer_init(&writer, out, true);
    sek_write_object(&writer);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const char *value = (const char *)credentials + members[i].offset;
        sek_write_member(&writer, members[i].name, *value == '\0' ? NULL : value);
    }
    for (SEK_EACH(node, others)) {
        sek_write_key_text(&writer, node->key);
        sek_write_node(&writer, node);
    }
    sek_write_object_end(&writer);
    sek_buffer_byte(out, '\n');
    status = sek_buffer_check(out, err);
out:
    sek_arena_wipe(&arena);
    return status;
}

int sek_credentials_save(const struct sek_credentials *credentials, struct sekuire_error *err) {
    struct sek_buffer text;
    sek_buffer_init_secret(&text, SEK_LIMIT_CONFIG_BYTES);
    int status = write_text(credentials, &text, err);
    if (status == 0) status = sys_make_parent(credentials->path, err);
    if (status == 0) status = sys_replace_file(credentials->path, sek_buffer_view(&text), 0600, err);
    sek_buffer_clear(&text);
    if (status != 0 && err != NULL) sek_fail_prefix(err, credentials->path);
    return status;
}

int sek_credentials_remove(const char *path, bool *ret_existed, struct sekuire_error *err) {
    char *settled = NULL;
    int status = settle_path(path, &settled, err);
    if (status != 0) return status;
    bool existed = unlink(settled) == 0;
    int number = existed ? 0 : errno;
    if (!existed && number != ENOENT && number != ENOTDIR)
        status = sek_fail(err, SEKUIRE_ERR_IO, "%s: cannot be removed: %s", settled, strerror(number));
    if (status == 0) *ret_existed = existed;
    sek_free(settled);
    return status;
}

void sek_credentials_clear(struct sek_credentials *credentials) {
    if (credentials == NULL) return;
    sek_free(credentials->path);
    if (credentials->others != NULL) sek_wipe(credentials->others, strlen(credentials->others));
    sek_free(credentials->others);
    sek_wipe(credentials, sizeof *credentials);
}

const char *sek_credentials_key_for(const struct sek_credentials *credentials, const struct sek_url *url) {
    struct sek_url stored;
    if (credentials == NULL || credentials->api_key[0] == '\0') return NULL;
    if (sek_url_parse(sek_text(credentials->backend), &stored, NULL) != 0 || !sek_url_same_origin(&stored, url)) return NULL;
    return credentials->api_key;
}

int sek_api_key_check(struct sekuire_text key, struct sekuire_error *err) {
    if (key.size == 0) return sek_fail(err, SEKUIRE_ERR_USAGE, "the API key is empty");
    if (key.size >= SEK_API_KEY_SIZE) return sek_fail(err, SEKUIRE_ERR_USAGE, "the API key is longer than %d bytes", SEK_API_KEY_SIZE - 1);
    for (size_t i = 0; i < key.size; i++)
        if (key.data[i] < 0x21 || key.data[i] > 0x7E)
            return sek_fail(err, SEKUIRE_ERR_USAGE, "the API key holds a character that no API key has (at byte %zu)", i + 1);
    return 0;
}

/* text without the spaces and line ends around it. */
static struct sekuire_text trim(struct sekuire_text text) {
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL && text.data[text.size - 1] != '\0') text.size--;
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]) != NULL && text.data[0] != '\0') {
        text.data++;
        text.size--;
    }
    return text;
}

/* Checks a key from outside and copies it. */
static int take_key(struct sekuire_text text, enum sek_key_origin origin, const char *where, int bad, struct sek_api_key *ret,
                    struct sekuire_error *err) {
    struct sekuire_error why = {0};
    struct sekuire_text key = trim(text);
    if (sek_api_key_check(key, &why) != 0) return sek_fail(err, bad, "%s: %s", where, why.message);
    memcpy(ret->key, key.data, key.size);
    ret->key[key.size] = '\0';
    ret->origin = origin;
    return 0;
}

/* The key in a file, one line. */
static int read_key_file(const char *path, struct sek_api_key *ret, struct sekuire_error *err) {
    struct sek_buffer bytes;
    const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
    sek_buffer_init_secret(&bytes, SEK_LIMIT_KEY_FILE_BYTES);
    int status = sys_read_file(path, &bytes, err);
    if (status != 0 && err != NULL) sek_fail_prefix(err, where);
    if (status == 0) status = take_key(sek_buffer_view(&bytes), SEK_KEY_FROM_FILE, where, SEKUIRE_ERR_KEY_INVALID, ret, err);
    sek_buffer_clear(&bytes);
    return status;
}

int sek_api_key_find(const char *key_file, const struct sek_credentials *credentials, const struct sek_url *url,
                     struct sek_api_key *ret, struct sekuire_error *err) {
    const char *variable = sys_variable("SEKUIRE_API_KEY");
    const char *stored = sek_credentials_key_for(credentials, url);
    struct sek_api_key found = {0};
    int status = 0;
    if (key_file != NULL) status = read_key_file(key_file, &found, err);
    else if (variable != NULL)
        status = take_key(sek_text(variable), SEK_KEY_FROM_VARIABLE, "SEKUIRE_API_KEY", SEKUIRE_ERR_USAGE, &found, err);
    else if (stored != NULL)
        status = take_key(sek_text(stored), SEK_KEY_FROM_LOGIN, credentials->path, SEKUIRE_ERR_CONFIG, &found, err);
    if (status == 0) *ret = found;
    sek_wipe(&found, sizeof found);
    return status;
}

void sek_api_key_wipe(struct sek_api_key *key) { sek_wipe(key, sizeof *key); }
