/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files. */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "crypto/ed25519.h"
#include "sys/fault.h"

enum { READ_STEP = 64 << 10 };

/* read() that goes on after a signal. */
static ssize_t read_on(int fd, void *out, size_t size) {
    ssize_t n;
    do n = read(fd, out, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Says whether the file has a byte more than the buffer may hold. */
static int check_end(int fd, size_t limit, struct sekuire_error *err) {
    char byte;
    ssize_t n = read_on(fd, &byte, 1);
    if (n < 0) return sys_fail_errno(err, errno, "cannot be read");
    sek_wipe(&byte, 1);
    return n == 0 ? 0 : sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "is larger than %zu bytes", limit);
}

/* Appends everything up to the end of fd; expected is the size that is foreseen. */
static int read_all(int fd, size_t expected, struct sek_buffer *out, struct sekuire_error *err) {
    size_t before = out->size;
    int status = 0;
    size_t room = out->limit - out->size;
    sek_buffer_reserve(out, expected < room ? expected : room);
    sek_buffer_append(out, "", 0); /* an empty file is a terminated string too */
    for (;;) {
        room = out->limit - out->size;
        if (room == 0) {
            status = check_end(fd, out->limit, err);
            break;
        }
        size_t spare = out->capacity > out->size + 1 ? out->capacity - out->size - 1 : 0;
        if (spare == 0) {
            sek_buffer_reserve(out, room < READ_STEP ? room : READ_STEP);
            if (out->status != 0) break;
            spare = out->capacity - out->size - 1;
        }
        ssize_t n = read_on(fd, out->data + out->size, spare < room ? spare : room);
        if (n < 0) status = sys_fail_errno(err, errno, "cannot be read");
        if (n <= 0) break;
        out->size += (size_t)n;
        out->data[out->size] = '\0';
    }
    if (status == 0) status = sek_buffer_check(out, err);
    if (status != 0 && out->data != NULL) {
        sek_wipe(out->data + before, out->size - before);
        out->size = before;
        out->data[before] = '\0';
    }
    return status;
}

/* The size to foresee for an open file, or an error if it is of a kind that is not read. */
static int check_kind(const struct stat *st, bool pipes, struct sekuire_error *err) {
    if (S_ISREG(st->st_mode) || (pipes && S_ISFIFO(st->st_mode))) return 0;
    const char *kind = S_ISDIR(st->st_mode)    ? "is a directory"
                       : S_ISFIFO(st->st_mode) ? "is a pipe and no regular file"
                       : S_ISSOCK(st->st_mode) ? "is a socket and no regular file"
                                               : "is a device and no regular file";
    return sek_fail(err, SEKUIRE_ERR_IO, "%s", kind);
}

int sys_read_file(const char *path, struct sek_buffer *out, struct sekuire_error *err) {
    if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, 0, out, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return sys_fail_errno(err, errno, "cannot be opened");
    struct stat st;
    int status = 0;
    if (fstat(fd, &st) != 0) status = sys_fail_errno(err, errno, "cannot be read");
    if (status == 0) status = check_kind(&st, true, err);
    if (status == 0) status = read_all(fd, st.st_size > 0 ? (size_t)st.st_size : 0, out, err);
    close(fd);
    return status;
}

int sys_read_regular(const char *path, struct sek_buffer *out, struct sekuire_error *err) {
    struct stat st;
    int status = 0;
    if (stat(path, &st) != 0) return sys_fail_errno(err, errno, "cannot be opened");
    status = check_kind(&st, false, err);
    if (status != 0) return status;
    /* It may have become something else meanwhile. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return sys_fail_errno(err, errno, "cannot be opened");
    if (fstat(fd, &st) != 0) status = sys_fail_errno(err, errno, "cannot be read");
    if (status == 0) status = check_kind(&st, false, err);
    if (status == 0) status = read_all(fd, st.st_size > 0 ? (size_t)st.st_size : 0, out, err);
    close(fd);
    return status;
}

bool sys_is_other(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* A secret's file must be the caller's own and closed to everybody else. */
static int check_private(const struct stat *st, const char *path, struct sekuire_error *err) {
    if (!S_ISREG(st->st_mode)) return sek_fail(err, SEKUIRE_ERR_CONFIG, "is no regular file");
    if (st->st_uid != geteuid()) return sek_fail(err, SEKUIRE_ERR_CONFIG, "belongs to another user");
    if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return sek_fail(err, SEKUIRE_ERR_CONFIG, "is open to others (mode %04o): run chmod 600 %s", (unsigned)(st->st_mode & 07777),
                        path);
    return 0;
}

int sys_read_secret(const char *path, struct sek_buffer *out, struct sekuire_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP) return sek_fail(err, SEKUIRE_ERR_CONFIG, "is a symbolic link");
    if (fd < 0 && errno == ENXIO) return sek_fail(err, SEKUIRE_ERR_CONFIG, "is no regular file"); /* a socket */
    if (fd < 0) return sys_fail_errno(err, errno, "cannot be opened");
    struct stat st;
    int status = 0;
    if (fstat(fd, &st) != 0) status = sys_fail_errno(err, errno, "cannot be read");
    if (status == 0) status = check_private(&st, path, err);
    if (status == 0) status = read_all(fd, st.st_size > 0 ? (size_t)st.st_size : 0, out, err);
    close(fd);
    return status;
}

bool sys_open_to_others(const char *path) {
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

bool sys_exists(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}
