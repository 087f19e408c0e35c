/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a connection: prepared once, bound by a format, read by column. */
#include "server/store/sqlite.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static struct sqlite_session *own(struct store_session *session) { return (struct sqlite_session *)session; }

int sqlite_fail(struct sqlite_session *session, struct sekuire_error *err) {
    int code = sqlite3_extended_errcode(session->db);
    int status = SEKUIRE_ERR_IO;
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) status = SEKUIRE_ERR_EXISTS;
    if ((code & 0xff) == SQLITE_FULL) status = SEKUIRE_ERR_NO_SPACE;
    if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) status = SEKUIRE_ERR_SERVER;
    if ((code & 0xff) == SQLITE_NOMEM) status = SEKUIRE_ERR_MEMORY;
    return sek_fail(err, status, "database: %s", sqlite3_errmsg(session->db));
}

/* The cached statement for a literal, prepared at its first use. */
static sqlite3_stmt *prepared(struct sqlite_session *session, const char *sql) {
    for (size_t i = 0; i < session->statement_count; i++)
        if (session->statements[i].sql == sql) return session->statements[i].stmt;
    if (session->statement_count == SQLITE_STATEMENTS) return NULL;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(session->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) return NULL;
    session->statements[session->statement_count].sql = sql;
    session->statements[session->statement_count].stmt = stmt;
    session->statement_count++;
    return stmt;
}

/* Binds by the format of sqlite_start. */
static int bind_all(sqlite3_stmt *stmt, const char *format, va_list args) {
    int code = SQLITE_OK;
    for (int i = 1; format[i - 1] != '\0' && code == SQLITE_OK; i++) {
        char kind = format[i - 1];
        if (kind == 's' || kind == 'S') {
            const char *string = va_arg(args, const char *);
            code = string == NULL || (kind == 'S' && string[0] == '\0') ? sqlite3_bind_null(stmt, i)
                                                                        : sqlite3_bind_text(stmt, i, string, -1, SQLITE_STATIC);
        } else if (kind == 't' || kind == 'b') {
            struct sekuire_text text = va_arg(args, struct sekuire_text);
            const char *data = text.size == 0 ? "" : text.data;
            if (text.data == NULL && kind == 't')
                code = sqlite3_bind_null(stmt, i);
            else if (kind == 't')
                code = sqlite3_bind_text64(stmt, i, data, text.size, SQLITE_STATIC, SQLITE_UTF8);
            else
                code = sqlite3_bind_blob64(stmt, i, data, text.size, SQLITE_STATIC);
        } else {
            int64_t value = va_arg(args, int64_t);
            code = kind == 'n' && value == STORE_NEVER ? sqlite3_bind_null(stmt, i) : sqlite3_bind_int64(stmt, i, value);
        }
    }
    return code;
}

/* What sqlite_start and sqlite_run share. */
static int start(struct sqlite_session *session, sqlite3_stmt **ret, struct sekuire_error *err, const char *sql, const char *format,
                 va_list args) {
    sqlite3_stmt *stmt = prepared(session, sql);
    if (stmt == NULL) return sqlite_fail(session, err);
    if (bind_all(stmt, format, args) != SQLITE_OK) {
        int status = sqlite_fail(session, err);
        sqlite_end(stmt);
        return status;
    }
    *ret = stmt;
    return 0;
}

int sqlite_start(struct store_session *session, sqlite3_stmt **ret, struct sekuire_error *err, const char *sql, const char *format,
                 ...) {
    va_list args;
    va_start(args, format);
    int status = start(own(session), ret, err, sql, format, args);
    va_end(args);
    return status;
}

int sqlite_step(struct store_session *session, sqlite3_stmt *stmt, struct sekuire_error *err) {
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) return 1;
    return code == SQLITE_DONE ? 0 : sqlite_fail(own(session), err);
}

void sqlite_end(sqlite3_stmt *stmt) {
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

int sqlite_run(struct store_session *session, int *changed, struct sekuire_error *err, const char *sql, const char *format, ...) {
    sqlite3_stmt *stmt = NULL;
    va_list args;
    va_start(args, format);
    int status = start(own(session), &stmt, err, sql, format, args);
    va_end(args);
    if (status != 0) return status;
    while ((status = sqlite_step(session, stmt, err)) > 0) continue;
    if (status == 0 && changed != NULL) *changed = sqlite3_changes(own(session)->db);
    sqlite_end(stmt);
    return status;
}

void sqlite_string(sqlite3_stmt *stmt, int column, char *out, size_t capacity) {
    const unsigned char *text = sqlite3_column_text(stmt, column);
    snprintf(out, capacity, "%s", text == NULL ? "" : (const char *)text);
}

struct sekuire_text sqlite_text(sqlite3_stmt *stmt, int column) {
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL) return (struct sekuire_text){NULL, 0};
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return (struct sekuire_text){text == NULL ? "" : text, (size_t)sqlite3_column_bytes(stmt, column)};
}

int64_t sqlite_time(sqlite3_stmt *stmt, int column) {
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? STORE_NEVER : sqlite3_column_int64(stmt, column);
}

int sqlite_after(const struct store_page *page, int64_t *ret, struct sekuire_error *err) {
    int64_t value = 0;
    for (size_t i = 0; i < page->after.size; i++) {
        char c = page->after.data[i];
        if (c < '0' || c > '9' || i >= 18) return sek_fail(err, SEKUIRE_ERR_TYPE, "after must be a `next` of this list");
        value = value * 10 + (c - '0');
    }
    *ret = value;
    return 0;
}
