/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have written a file. */
#include "sys/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

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
