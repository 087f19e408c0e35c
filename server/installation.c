/* SPDX-License-Identifier: Apache-2.0 */
/* First start, later starts, and a new key for the admin. */
#include "server/installation.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "crypto/ed25519.h"
#include "server/guard/guard.h"
#include "server/log.h"
#include "sys/env.h"
#include "sys/file.h"

#include <stdio.h>
#include <sys/stat.h>

#define ACTOR "sekuired"

/* "directory/name"; free with sek_free. */
static char *path_in(const char *directory, const char *name) {
    struct sek_buffer path;
    sek_buffer_init(&path, 8192);
    sek_buffer_format(&path, "%s/%s", directory, name);
    char *taken = sek_buffer_take(&path, NULL);
    sek_buffer_clear(&path);
    return taken;
}

/* Reads admin.key. */
static int key_read(const char *path, char ret[GUARD_API_KEY], struct sekuire_error *err) {
    struct sek_buffer bytes;
    sek_buffer_init_secret(&bytes, SEK_LIMIT_KEY_FILE_BYTES);
    int status = sys_read_secret(path, &bytes, err);
    struct sekuire_text key = sek_buffer_view(&bytes);
    while (key.size > 0 && (key.data[key.size - 1] == '\n' || key.data[key.size - 1] == '\r')) key.size--;
    if (status == 0 && !guard_api_key_valid(key))
        status = sek_fail(err, SEKUIRE_ERR_CONFIG, "this is no API key: sk_live_ and 64 hex digits in one line");
    if (status == 0) snprintf(ret, GUARD_API_KEY, "%.*s", SEK_TEXT_ARGS(key));
    sek_buffer_clear(&bytes);
    return status;
}

/* Counts an admin's key. */
static int count_admin(void *context, const struct store_api_key *row, const char *next) {
    unsigned *valid = context;
    (void)next;
    if (row->revoked_at == STORE_NEVER) ++*valid;
    return 0;
}

/* Adds an admin's key and its audit row. */
static int key_add(struct store_session *session, const char *key, struct sekuire_error *err) {
    int64_t now = sys_now();
    struct store_api_key row = {.name = "admin",
                                .role = STORE_ADMIN,
                                .created_at = now,
                                .last_used_at = STORE_NEVER,
                                .expires_at = STORE_NEVER,
                                .revoked_at = STORE_NEVER};
    char hash[STORE_HEX];
    guard_new_id(row.id, "ak_");
    guard_api_key_hash(hash, sek_text(key));
    int status = session->ops->api_key_add(session, &row, hash, err);
    if (status == 0)
        status = guard_audit(session, SEK_TEXT(""), ACTOR, "api_key.create", sek_text(row.id), SEK_TEXT("{\"name\":\"admin\",\"role\":\"admin\"}"),
                             now, err);
    return status;
}

/* The key file's text: one line. */
static int key_write(const char *path, const char *key, bool replace, struct sekuire_error *err) {
    char line[GUARD_API_KEY + 1];
    snprintf(line, sizeof line, "%s\n", key);
    int status = replace ? sys_replace_file(path, sek_text(line), 0600, err) : sys_create_file(path, sek_text(line), 0600, err);
    sek_wipe(line, sizeof line);
    return status;
}

/* Says what it means where admin.key is missing, unreadable, or another key: the server starts all the same. */
static void compare_key(struct store_session *session, const char *path) {
    static const char way_out[] = "the admin key made earlier stays valid; sekuired --new-admin-key makes a new one";
    struct sekuire_error err = {0};
    struct guard_identity who = {0};
    char key[GUARD_API_KEY] = "";
    bool stale = false;
    if (!sys_exists(path)) {
        server_log("%s is missing: %s", path, way_out);
        return;
    }
    int status = key_read(path, key, &err);
    if (status == 0) status = guard_authenticate(session, sek_text(key), sys_now(), &who, &stale, &err);
    if (status != 0 || who.role != STORE_ADMIN) server_log("%s does not hold a valid admin key (%s): %s", path, err.message, way_out);
    sek_wipe(key, sizeof key);
}

/* The first start: the installation's chain begins, and the admin's key is made (or adopted, where a first start was cut off). */
static int set_up(struct store_session *session, const char *key_path, struct sekuire_error *err) {
    char key[GUARD_API_KEY];
    int status = 0;
    if (sys_exists(key_path)) {
        status = key_read(key_path, key, err);
        if (status != 0) sek_fail_prefix(err, key_path);
    } else {
        guard_api_key_new(key);
        status = key_write(key_path, key, false, err);
        if (status != 0) sek_fail_prefix(err, key_path);
    }
    if (status == 0)
        status = guard_audit(session, SEK_TEXT(""), ACTOR, "installation.create", SEK_TEXT("installation"), SEK_TEXT(""), sys_now(), err);
    if (status == 0) status = key_add(session, key, err);
    sek_wipe(key, sizeof key);
    return status;
}

/* First or later start, in one transaction. */
static int prepare(struct store *store, const char *key_path, struct sekuire_error *err) {
    const struct store_page all = {.limit = INT32_MAX};
    unsigned valid = 0;
    struct store_session *session = NULL;
    uint64_t seq = 0;
    char hash[STORE_HEX];
    int status = store_begin(store, STORE_WRITE, &session, err);
    if (status != 0) return status;
    status = session->ops->audit_head(session, SEK_TEXT(""), &seq, hash, err);
    if (status == 0 && seq == 0) status = set_up(session, key_path, err);
    if (status == 0 && seq > 0) {
        status = session->ops->api_key_each(session, SEK_TEXT(""), &all, count_admin, &valid, err);
        if (status == 0) compare_key(session, key_path);
        if (status == 0 && valid == 0) server_log("there is no valid admin key: sekuired --new-admin-key makes one");
    }
    if (status == 0) return store_commit(session, err);
    store_rollback(session);
    return status;
}

/* A directory that others can enter is said out loud. */
static void warn_open_directory(const char *directory) {
    struct stat st;
    if (stat(directory, &st) == 0 && (st.st_mode & 077) != 0)
        server_log("%s can be entered by others: chmod 700 %s", directory, directory);
}

int installation_open(const char *directory, struct installation *ret, struct sekuire_error *err) {
    struct installation opened = {NULL, NULL};
    char *lock_path = path_in(directory, "lock");
    char *key_path = path_in(directory, "admin.key");
    char *database_path = path_in(directory, "sekuired.db");
    int status = 0;
    if (lock_path == NULL || key_path == NULL || database_path == NULL) {
        status = sek_fail_memory(err);
        goto out;
    }
    status = sys_make_directories(directory, err);
    if (status != 0) {
        sek_fail_prefix(err, directory);
        goto out;
    }
    warn_open_directory(directory);
    status = sys_lock_file(lock_path, false, &opened.lock, err);
    if (status == SEKUIRE_ERR_CONFLICT)
        sek_fail(err, status, "another sekuired is running on %s", directory);
    else if (status != 0)
        sek_fail_prefix(err, lock_path);
    if (status != 0) goto out;
    if (sys_open_to_others(database_path)) server_log("%s is open to others: chmod 600 %s", database_path, database_path);
    status = store_sqlite_open(database_path, &opened.store, err);
    if (status != 0) sek_fail_prefix(err, database_path);
    if (status == 0) status = prepare(opened.store, key_path, err);
    if (status != 0) goto out;
    *ret = opened;
    opened = (struct installation){NULL, NULL};
out:
    installation_close(&opened);
    sek_free(lock_path);
    sek_free(key_path);
    sek_free(database_path);
    return status;
}

int installation_check(const char *directory, struct sekuire_error *err) {
    char *path = path_in(directory, "sekuired.db");
    int status = path == NULL ? sek_fail_memory(err) : 0;
    if (status == 0 && !sys_exists(path))
        status = sek_fail(err, SEKUIRE_ERR_CONFIG, "there is no store in %s: is it another --data? A first start makes store and admin key",
                          directory);
    sek_free(path);
    return status;
}

struct revocation {
    struct sek_arena arena;
    struct id {
        char id[STORE_KEY_ID];
        struct id *next;
    } *ids;
};

/* Remembers a key to revoke. */
static int collect(void *context, const struct store_api_key *row, const char *next) {
    struct revocation *revocation = context;
    (void)next;
    if (row->revoked_at != STORE_NEVER) return 0;
    struct id *id = sek_arena_alloc(&revocation->arena, sizeof *id);
    if (id == NULL) return SEKUIRE_ERR_MEMORY;
    memcpy(id->id, row->id, sizeof id->id);
    id->next = revocation->ids;
    revocation->ids = id;
    return 0;
}

/* Revokes all admin keys in the running transaction. */
static int revoke_all(struct store_session *session, struct sekuire_error *err) {
    const struct store_page all = {.limit = INT32_MAX};
    struct revocation revocation = {.ids = NULL};
    int64_t now = sys_now();
    sek_arena_init(&revocation.arena, 1 << 20);
    int status = session->ops->api_key_each(session, SEK_TEXT(""), &all, collect, &revocation, err);
    for (const struct id *id = revocation.ids; id != NULL && status == 0; id = id->next) {
        status = session->ops->api_key_revoke(session, id->id, now, err);
        if (status == 0)
            status = guard_audit(session, SEK_TEXT(""), ACTOR, "api_key.revoke", sek_text(id->id), SEK_TEXT(""), now, err);
    }
    sek_arena_clear(&revocation.arena);
    return status;
}

int installation_new_admin_key(const char *directory, struct installation *installation, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct sys_pending *pending = NULL;
    char key[GUARD_API_KEY], line[GUARD_API_KEY + 1];
    char *path = path_in(directory, "admin.key");
    int status = path == NULL ? sek_fail_memory(err) : 0;
    guard_api_key_new(key);
    snprintf(line, sizeof line, "%s\n", key);
    if (status == 0) status = sys_pending_write(path, sek_text(line), 0600, &pending, err);
    if (status == 0) status = store_begin(installation->store, STORE_WRITE, &session, err);
    if (status == 0) status = revoke_all(session, err);
    if (status == 0) status = key_add(session, key, err);
    if (status == 0) {
        status = store_commit(session, err);
        session = NULL;
    }
    if (status == 0) status = sys_pending_commit(pending, err);
    store_rollback(session);
    sys_pending_discard(pending);
    sek_free(path);
    sek_wipe(key, sizeof key);
    sek_wipe(line, sizeof line);
    return status;
}

void installation_close(struct installation *installation) {
    store_close(installation->store);
    sys_unlock(installation->lock);
    *installation = (struct installation){NULL, NULL};
}
