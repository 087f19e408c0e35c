/* SPDX-License-Identifier: Apache-2.0 */
/* Directories, and paths with their links resolved. */
#include "sys/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sys/fault.h"

/* Makes one directory; one that is there already is fine. 0 or errno. */
static int make_one(const char *path) {
    if (mkdir(path, 0700) == 0) return 0;
    int number = errno;
    struct stat st;
    if (stat(path, &st) == 0) return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    return number;
}

int sys_make_directories(const char *path, struct sekuire_error *err) {
    char *copy = sek_strdup(path);
    if (copy == NULL) return sek_fail_memory(err);
    int number = 0;
    for (char *p = copy; *p != '\0' && number == 0; p++) {
        if (*p != '/' || p == copy || p[1] == '/' || p[1] == '\0') continue;
        *p = '\0';
        number = make_one(copy);
        *p = '/';
    }
    if (number == 0) number = make_one(copy);
    sek_free(copy);
    return number == 0 ? 0 : sys_fail_errno(err, number == EEXIST ? ENOTDIR : number, "the folder cannot be made");
}

int sys_make_parent(const char *path, struct sekuire_error *err) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return 0;
    char *folder = sek_strdup(path);
    if (folder == NULL) return sek_fail_memory(err);
    folder[slash - path] = '\0';
    int status = sys_make_directories(folder, err);
    sek_free(folder);
    return status;
}

bool sys_same_file(const char *a, const char *b) {
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int sys_make_private_directory(const char *path, struct sekuire_error *err) {
    struct stat st;
    if (mkdir(path, 0700) == 0) return 0;
    if (errno != EEXIST) return sys_fail_errno(err, errno, "the folder cannot be made");
    if (lstat(path, &st) != 0) return sys_fail_errno(err, errno, "the folder cannot be looked at");
    if (S_ISLNK(st.st_mode)) return sek_fail(err, SEKUIRE_ERR_CONFIG, "is a symbolic link: keys are kept in a folder of their own");
    if (!S_ISDIR(st.st_mode)) return sys_fail_errno(err, ENOTDIR, "the folder cannot be made");
    if (st.st_uid != geteuid()) return sek_fail(err, SEKUIRE_ERR_CONFIG, "belongs to another user");
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0) return 0;
    return sek_fail(err, SEKUIRE_ERR_CONFIG, "others can write to it (mode %04o): run chmod go-w %s", (unsigned)(st.st_mode & 07777), path);
}

int sys_real_path(const char *path, char **ret, struct sekuire_error *err) {
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) return sys_fail_errno(err, errno, "cannot be found");
    char *copy = sek_strdup(resolved);
    free(resolved);
    if (copy == NULL) return sek_fail_memory(err);
    *ret = copy;
    return 0;
}

bool sys_inside(const char *folder, const char *path) {
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) return false;
    struct stat st;
    size_t size = strlen(folder);
    while (size > 0 && folder[size - 1] == '/') size--;
    bool inside = strncmp(resolved, folder, size) == 0 && resolved[size] == '/' && stat(resolved, &st) == 0 && S_ISREG(st.st_mode);
    free(resolved);
    return inside;
}
