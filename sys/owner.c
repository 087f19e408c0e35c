/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have written a file. */
#include "sys/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sys/fault.h"

int sys_check_writers(const char *path, struct sekuire_error *err) {
    struct stat st;
    if (stat(path, &st) != 0) return sys_fail_errno(err, errno, "cannot be opened");
    if (st.st_uid != geteuid() && st.st_uid != 0) return sek_fail(err, SEKUIRE_ERR_CONFIG, "belongs to another user");
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return sek_fail(err, SEKUIRE_ERR_CONFIG, "can be written by others (mode %04o): run chmod 600 %s", (unsigned)(st.st_mode & 07777), path);
    return 0;
}

/* Judges the folder that path's last component is in. In one with the sticky bit nobody can move what is somebody else's. */
static int check_folder(const char *path, struct sekuire_error *err) {
    const char *slash = strrchr(path, '/');
    char *folder = sek_strdup(slash == NULL ? "." : path);
    struct stat st;
    int status = 0;
    if (folder == NULL) return sek_fail_memory(err);
    if (slash != NULL) folder[slash == path ? 1 : slash - path] = '\0';
    if (stat(folder, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) status = sys_fail_errno(err, errno, "its folder cannot be looked at");
    } else if (st.st_uid != geteuid() && st.st_uid != 0) {
        status = sek_fail(err, SEKUIRE_ERR_CONFIG, "is in a folder that belongs to another user");
    } else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0) {
        status = sek_fail(err, SEKUIRE_ERR_CONFIG, "is in a folder that others can write (mode %04o): run chmod go-w %s",
                          (unsigned)(st.st_mode & 07777), folder);
    }
    sek_free(folder);
    return status;
}

int sys_check_kept(const char *path, struct sekuire_error *err) {
    struct stat st;
    char *real = NULL;
    int status = check_folder(path, err);
    if (status != 0 || !sys_exists(path)) return status;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
        status = sys_real_path(path, &real, err);
        if (status == 0) status = check_folder(real, err);
        sek_free(real);
    }
    return status == 0 ? sys_check_writers(path, err) : status;
}
