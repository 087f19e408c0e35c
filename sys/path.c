/* SPDX-License-Identifier: Apache-2.0 */
/* Directories, paths with their links resolved, and what may be replaced. */
#include "sys/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "sys/fault.h"

enum { PATH_MOST = 16 << 10 };

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

/* Goes one component on from an absolute path without links. */
static void step(struct sek_buffer *path, const char *name, size_t size) {
    if (size == 0 || (size == 1 && name[0] == '.')) return;
    if (size == 2 && name[0] == '.' && name[1] == '.') {
        while (path->size > 0 && path->data[--path->size] != '/') continue;
        return;
    }
    if (path->size == 0 || path->data[path->size - 1] != '/') sek_buffer_byte(path, '/');
    sek_buffer_append(path, name, size);
}

/* The absolute name of what path would be once made: links are resolved in the folders that are there, and the last component's is none
 * of them. False where there is no such name. */
static bool settle(const char *path, struct sek_buffer *out) {
    char *copy = sek_strdup(path);
    char *real = NULL;
    size_t cut = strlen(path);
    while (copy != NULL && real == NULL && cut > 0) {
        while (cut > 0 && path[cut - 1] != '/') cut--;
        copy[cut] = '\0';
        real = realpath(cut == 0 ? "." : copy, NULL);
        if (real == NULL && cut > 0) cut--;
    }
    sek_free(copy);
    if (real == NULL) return false;
    sek_buffer_string(out, real);
    free(real);
    for (const char *p = path + cut; *p != '\0';) {
        size_t size = strcspn(p, "/");
        step(out, p, size);
        p += size + (p[size] == '/');
    }
    return out->status == 0;
}

bool sys_same_place(const char *a, const char *b) {
    struct sek_buffer x;
    struct sek_buffer y;
    sek_buffer_init(&x, PATH_MOST);
    sek_buffer_init(&y, PATH_MOST);
    bool same = sys_same_file(a, b) || (settle(a, &x) && settle(b, &y) && sek_text_equal(sek_buffer_view(&x), sek_buffer_view(&y)));
    sek_buffer_clear(&x);
    sek_buffer_clear(&y);
    return same;
}

/* Is the link at path a name of something that a process has open, as /dev/stdout is? */
static bool is_open_file(const char *path) {
    char target[sizeof "/proc/"];
    struct sek_buffer place;
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode)) return false;
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n == (ssize_t)sizeof target - 1 && memcmp(target, "/proc/", sizeof target - 1) == 0) return true;
    sek_buffer_init(&place, PATH_MOST);
    bool inside = settle(path, &place) && sek_text_starts(sek_buffer_view(&place), SEK_TEXT("/proc/"));
    sek_buffer_clear(&place);
    return inside;
}

int sys_check_replaceable(const char *path, struct sekuire_error *err) {
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return sys_fail_errno(err, errno, "cannot be written");
    if ((!there || S_ISREG(st.st_mode)) && !is_open_file(path)) return 0;
    return sek_fail(err, SEKUIRE_ERR_IO, "cannot be written: it is no regular file");
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
