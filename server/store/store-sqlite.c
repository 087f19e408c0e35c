/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite store: one connection that writes, a pool of connections that read, WAL between them. */
#include "server/store/sqlite.h"

#include "base/alloc.h"
#include "base/error.h"

#include <pthread.h>
#include <stdio.h>

enum { READERS_MAX = 32, BUSY_MILLISECONDS = 5000 };

struct sqlite_store {
    struct store head;
    char *path;
    struct sqlite_session *writer;
    pthread_mutex_t writing; /* held by the STORE_WRITE session */
    pthread_mutex_t reading; /* guards what follows */
    pthread_cond_t reader_free;
    struct sqlite_session *free_readers;
    unsigned reader_count;
};

/* Runs statements that answer nothing. */
static int execute(struct sqlite_session *session, const char *sql, struct sekuire_error *err) {
    return sqlite3_exec(session->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(session, err);
}

/* Closes a connection and its statements; NULL is fine. */
static void connection_free(struct sqlite_session *session) {
    if (session == NULL) return;
    for (size_t i = 0; i < session->statement_count; i++) sqlite3_finalize(session->statements[i].stmt);
    sqlite3_close(session->db);
    sek_free(session);
}

/* Opens one connection with the pragmas that hold for all. */
static int connection_new(struct sqlite_store *store, enum store_mode mode, struct sqlite_session **ret, struct sekuire_error *err) {
    int status = 0;
    struct sqlite_session *session = sek_alloc_zero(1, sizeof *session);
    if (session == NULL) return sek_fail_memory(err);
    session->head.ops = store->head.ops;
    session->store = store;
    session->mode = mode;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store->path, &session->db, flags, NULL) != SQLITE_OK) {
        status = session->db == NULL ? sek_fail_memory(err) : sqlite_fail(session, err);
        goto out;
    }
    sqlite3_extended_result_codes(session->db, 1);
    sqlite3_busy_timeout(session->db, BUSY_MILLISECONDS);
    sqlite3_db_config(session->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    status = execute(session, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;", err);
    if (status == 0 && mode == STORE_READ) status = execute(session, "PRAGMA query_only = ON;", err);
    if (status != 0) goto out;
    *ret = session;
    session = NULL;
out:
    connection_free(session);
    return status;
}

/* The schema's version in the file. */
static int schema_version(struct sqlite_session *session, int *ret, struct sekuire_error *err) {
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(session->db, "PRAGMA user_version", -1, &stmt, NULL) != SQLITE_OK) return sqlite_fail(session, err);
    int status = 0;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *ret = sqlite3_column_int(stmt, 0);
    else
        status = sqlite_fail(session, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Applies the missing steps of the schema, each in its own transaction. */
static int migrate(struct sqlite_session *session, struct sekuire_error *err) {
    int version = 0;
    int status = schema_version(session, &version, err);
    if (status != 0) return status;
    if (version > sqlite_schema_version)
        return sek_fail(err, SEKUIRE_ERR_CONFIG, "the database has schema %d, this program knows up to %d: use the newer program", version,
                        sqlite_schema_version);
    for (; version < sqlite_schema_version && status == 0; version++) {
        char mark[64];
        snprintf(mark, sizeof mark, "PRAGMA user_version = %d; COMMIT;", version + 1);
        status = execute(session, "BEGIN IMMEDIATE;", err);
        if (status == 0) status = execute(session, sqlite_migrations[version], err);
        if (status == 0) status = execute(session, mark, err);
        if (status != 0) sqlite3_exec(session->db, "ROLLBACK;", NULL, NULL, NULL);
    }
    return status;
}

/* Takes a free reader, or opens one, or waits for one. */
static int reader_take(struct sqlite_store *store, struct sqlite_session **ret, struct sekuire_error *err) {
    pthread_mutex_lock(&store->reading);
    while (store->free_readers == NULL && store->reader_count == READERS_MAX)
        pthread_cond_wait(&store->reader_free, &store->reading);
    struct sqlite_session *session = store->free_readers;
    if (session != NULL)
        store->free_readers = session->next;
    else
        store->reader_count++;
    pthread_mutex_unlock(&store->reading);
    if (session != NULL) {
        *ret = session;
        return 0;
    }
    int status = connection_new(store, STORE_READ, ret, err);
    if (status != 0) {
        pthread_mutex_lock(&store->reading);
        store->reader_count--;
        pthread_cond_signal(&store->reader_free);
        pthread_mutex_unlock(&store->reading);
    }
    return status;
}

/* Gives the connection back. */
static void session_end(struct sqlite_session *session) {
    struct sqlite_store *store = session->store;
    if (session->mode == STORE_WRITE) {
        pthread_mutex_unlock(&store->writing);
        return;
    }
    pthread_mutex_lock(&store->reading);
    session->next = store->free_readers;
    store->free_readers = session;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->reading);
}

/* See store_begin. */
static int begin(struct store *base, enum store_mode mode, struct store_session **ret, struct sekuire_error *err) {
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sqlite_session *session = NULL;
    int status = 0;
    if (mode == STORE_WRITE) {
        pthread_mutex_lock(&store->writing);
        session = store->writer;
    } else {
        status = reader_take(store, &session, err);
        if (status != 0) return status;
    }
    status = execute(session, mode == STORE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", err);
    if (status != 0) {
        session_end(session);
        return status;
    }
    *ret = &session->head;
    return 0;
}

/* See store_commit. */
static int commit(struct store_session *base, struct sekuire_error *err) {
    struct sqlite_session *session = (struct sqlite_session *)base;
    int status = execute(session, "COMMIT", err);
    if (status != 0) sqlite3_exec(session->db, "ROLLBACK", NULL, NULL, NULL);
    session_end(session);
    return status;
}

/* See store_rollback. */
static void rollback(struct store_session *base) {
    struct sqlite_session *session = (struct sqlite_session *)base;
    sqlite3_exec(session->db, "ROLLBACK", NULL, NULL, NULL);
    session_end(session);
}

/* Closes every connection; no session may be open. */
static void close_store(struct store *base) {
    struct sqlite_store *store = (struct sqlite_store *)base;
    while (store->free_readers != NULL) {
        struct sqlite_session *next = store->free_readers->next;
        connection_free(store->free_readers);
        store->free_readers = next;
    }
    connection_free(store->writer);
    pthread_mutex_destroy(&store->writing);
    pthread_mutex_destroy(&store->reading);
    pthread_cond_destroy(&store->reader_free);
    sek_free(store->path);
    sek_free(store);
}

static const struct store_ops sqlite_ops = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .close = close_store,
    .workspace_add = sqlite_workspace_add,
    .workspace_get = sqlite_workspace_get,
    .workspace_set = sqlite_workspace_set,
    .workspace_each = sqlite_workspace_each,
    .api_key_add = sqlite_api_key_add,
    .api_key_by_hash = sqlite_api_key_by_hash,
    .api_key_get = sqlite_api_key_get,
    .api_key_revoke = sqlite_api_key_revoke,
    .api_key_used = sqlite_api_key_used,
    .api_key_each = sqlite_api_key_each,
    .signing_key_add = sqlite_signing_key_add,
    .signing_key_get = sqlite_signing_key_get,
    .signing_key_revoke = sqlite_signing_key_revoke,
    .signing_key_each = sqlite_signing_key_each,
    .signing_key_elsewhere = sqlite_signing_key_elsewhere,
    .policy_add = sqlite_policy_add,
    .policy_get = sqlite_policy_get,
    .policy_active = sqlite_policy_active,
    .policy_envelope = sqlite_policy_envelope,
    .policy_activate = sqlite_policy_activate,
    .policy_order = sqlite_policy_order,
    .policy_each = sqlite_policy_each,
    .history_each = sqlite_history_each,
    .agent_put = sqlite_agent_put,
    .agent_get = sqlite_agent_get,
    .agent_unlist = sqlite_agent_unlist,
    .agent_each = sqlite_agent_each,
    .agent_find = sqlite_agent_find,
    .pin_get = sqlite_pin_get,
    .pin_add = sqlite_pin_add,
    .pin_free = sqlite_pin_free,
    .audit_head = sqlite_audit_head,
    .audit_add = sqlite_audit_add,
    .audit_each = sqlite_audit_each,
};

int store_sqlite_open(const char *path, struct store **ret, struct sekuire_error *err) {
    struct sqlite_store *store = sek_alloc_zero(1, sizeof *store);
    if (store == NULL) return sek_fail_memory(err);
    store->head.ops = &sqlite_ops;
    pthread_mutex_init(&store->writing, NULL);
    pthread_mutex_init(&store->reading, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    store->path = sek_strdup(path);
    int status = store->path == NULL ? sek_fail_memory(err) : 0;
    if (status == 0) status = connection_new(store, STORE_WRITE, &store->writer, err);
    if (status == 0) status = migrate(store->writer, err);
    if (status != 0) {
        close_store(&store->head);
        return status;
    }
    *ret = &store->head;
    return 0;
}
