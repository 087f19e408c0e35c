/* SPDX-License-Identifier: Apache-2.0 */
/* The one error value of the library, and what may go wrong. */
#ifndef SEKUIRE_ERROR_H
#define SEKUIRE_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SEKUIRE_API
#define SEKUIRE_API __attribute__((visibility("default")))
#endif

/* A borrowed run of bytes: not NUL-terminated, UTF-8 where it is text. data may be NULL when size is 0. */
struct sekuire_text {
    const char *data;
    size_t size;
};

/* Every function that can fail returns 0 or one of these (they are negative). sekuire_status_word gives the
 * stable word for each, the one that --json output and the HTTP interface use. */
enum sekuire_status {
    SEKUIRE_OK = 0,
    SEKUIRE_ERR_USAGE = -1,
    SEKUIRE_ERR_SYNTAX = -2,
    SEKUIRE_ERR_TOO_LARGE = -3,
    SEKUIRE_ERR_TOO_DEEP = -4,
    SEKUIRE_ERR_DUPLICATE_KEY = -5,
    SEKUIRE_ERR_UTF8 = -6,
    SEKUIRE_ERR_TYPE = -7,
    SEKUIRE_ERR_MISSING_FIELD = -8,
    SEKUIRE_ERR_ID = -9,
    SEKUIRE_ERR_NUMBER = -10,
    SEKUIRE_ERR_UNKNOWN_KEY = -11,
    SEKUIRE_ERR_CONTENT = -12,
    SEKUIRE_ERR_HASH = -13,
    SEKUIRE_ERR_SIGNATURE = -14,
    SEKUIRE_ERR_UNSIGNED = -15,
    SEKUIRE_ERR_KEY_INVALID = -16,
    SEKUIRE_ERR_KEY_NOT_PINNED = -17,
    SEKUIRE_ERR_KEY_CHANGED = -18,
    SEKUIRE_ERR_WORKSPACE = -19,
    SEKUIRE_ERR_STATUS = -20,
    SEKUIRE_ERR_ROLLBACK = -21,
    SEKUIRE_ERR_NOT_YET_VALID = -22,
    SEKUIRE_ERR_EXPIRED = -23,
    SEKUIRE_ERR_NO_ACTIVE_POLICY = -24,
    SEKUIRE_ERR_UNDECLARED = -25,
    SEKUIRE_ERR_COMPLIANCE = -26,
    SEKUIRE_ERR_WEAKER = -27,
    SEKUIRE_ERR_UNAUTHORIZED = -28,
    SEKUIRE_ERR_FORBIDDEN = -29,
    SEKUIRE_ERR_NOT_FOUND = -30,
    SEKUIRE_ERR_EXISTS = -31,
    SEKUIRE_ERR_CONFLICT = -32,
    SEKUIRE_ERR_RATE_LIMITED = -33,
    SEKUIRE_ERR_METHOD = -34,
    SEKUIRE_ERR_MEDIA_TYPE = -35,
    SEKUIRE_ERR_NETWORK = -36,
    SEKUIRE_ERR_TIMEOUT = -37,
    SEKUIRE_ERR_TLS = -38,
    SEKUIRE_ERR_REDIRECT = -39,
    SEKUIRE_ERR_BODY = -40,
    SEKUIRE_ERR_SERVER = -41,
    SEKUIRE_ERR_IO = -42,
    SEKUIRE_ERR_NO_SPACE = -43,
    SEKUIRE_ERR_CONFIG = -44,
    SEKUIRE_ERR_MEMORY = -45
};

#define SEKUIRE_MESSAGE_MAX 200

/* Owned by the caller, fixed size, nothing to free. Untouched when a call succeeds. line 0 means that the error
 * has no position; lines and columns count from 1, columns and offset in bytes. message is one line of plain
 * text, control characters already escaped, without a file name: whoever opened the file puts that in front. */
struct sekuire_error {
    int status;
    uint32_t line;
    uint32_t column;
    uint64_t offset;
    char message[SEKUIRE_MESSAGE_MAX + 1];
};

/* The stable word of a status ("rollback"); "ok" for 0 and "memory" for anything unknown. Never NULL. */
SEKUIRE_API const char *sekuire_status_word(int status);

#ifdef __cplusplus
}
#endif
#endif
