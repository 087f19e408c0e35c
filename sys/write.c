/* SPDX-License-Identifier: Apache-2.0 */
/* Writing whole files: all or nothing. */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "crypto/ed25519.h"
#include "sys/fault.h"

enum { NAME_RANDOM = 8, NAME_ATTEMPTS = 16 };

struct sys_pending {
    int directory;
    bool synced_directory; /* the directory's descriptor can be synced */
    bool committed;
    char temporary[sizeof ".sekuire-" + 2 * NAME_RANDOM + sizeof ".tmp"];
    char *name; /* the last component of the path */
};

/* Writes everything, going on after signals and short writes. 0 or errno. */
static int write_all(int fd, struct sekuire_text bytes) {
    size_t done = 0;
    while (done < bytes.size) {
        ssize_t n = write(fd, bytes.data + done, bytes.size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return EIO;
        done += (size_t)n;
    }
    return 0;
}

/* Writes under a held-back SIGXFSZ, so that a file size limit is an error and does not end the program. 0 or errno. */
static int write_guarded(int fd, struct sekuire_text bytes) {
    sigset_t limit;
    sigset_t before;
    sigset_t waiting;
    sigemptyset(&limit);
    sigaddset(&limit, SIGXFSZ);
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, &limit, &before);
    int number = write_all(fd, bytes);
    if (number == EFBIG && sigismember(&waiting, SIGXFSZ) == 0) {
        static const struct timespec at_once = {0, 0};
        while (sigtimedwait(&limit, NULL, &at_once) < 0 && errno == EINTR) continue;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}

/* Brings a new file's bytes, mode and content to the disk and closes it. 0 or errno. */
static int fill(int fd, struct sekuire_text bytes, mode_t mode) {
    int number = mode == SYS_MODE_USUAL || fchmod(fd, mode) == 0 ? 0 : errno;
    if (number == 0) number = write_guarded(fd, bytes);
    while (number == 0 && fsync(fd) != 0)
        if (errno != EINTR) number = errno;
    if (close(fd) != 0 && number == 0 && errno != EINTR) number = errno;
    return number;
}

/* Opens the directory that a path's last component is in and copies that component; errno in *ret_number on failure. */
static int open_parent(const char *path, struct sys_pending *pending, struct sekuire_error *err) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return sek_fail(err, SEKUIRE_ERR_IO, "cannot be written: it names a directory");
    char *parent = sek_strdup(slash == NULL ? "." : path);
    pending->name = sek_strdup(name);
    if (parent == NULL || pending->name == NULL) {
        sek_free(parent);
        return sek_fail_memory(err);
    }
    if (slash != NULL) parent[slash == path ? 1 : slash - path] = '\0';
    pending->directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pending->synced_directory = pending->directory >= 0;
    if (pending->directory < 0 && errno == EACCES) pending->directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int number = errno;
    sek_free(parent);
    return pending->directory < 0 ? sys_fail_errno(err, number, "cannot be written: its folder cannot be opened") : 0;
}

/* Creates the temporary file under a name that nobody has; its descriptor, or -1 with errno. */
static int create_temporary(struct sys_pending *pending, mode_t mode) {
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        uint8_t random[NAME_RANDOM];
        char digits[2 * NAME_RANDOM + 1];
        sek_random(random, sizeof random);
        sek_hex_encode(digits, random, sizeof random);
        snprintf(pending->temporary, sizeof pending->temporary, ".sekuire-%s.tmp", digits);
        int fd = openat(pending->directory, pending->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        mode == SYS_MODE_USUAL ? 0666 : 0600);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

int sys_pending_write(const char *path, struct sekuire_text bytes, mode_t mode, struct sys_pending **ret, struct sekuire_error *err) {
    struct sys_pending *pending = sek_alloc_zero(1, sizeof *pending);
    struct stat old;
    if (pending == NULL) return sek_fail_memory(err);
    pending->directory = -1;
    int status = sys_check_replaceable(path, err);
    if (status == 0) status = open_parent(path, pending, err);
    if (status != 0) goto out;
    if (mode == SYS_MODE_USUAL && lstat(path, &old) == 0 && S_ISREG(old.st_mode)) mode = old.st_mode & 0777;
    int fd = create_temporary(pending, mode);
    if (fd < 0) {
        int number = errno;
        pending->temporary[0] = '\0';
        status = sys_fail_errno(err, number == EEXIST ? EIO : number, "cannot be written");
        goto out;
    }
    int number = fill(fd, bytes, mode);
    if (number != 0) status = sys_fail_errno(err, number, "cannot be written");
out:
    if (status != 0) {
        sys_pending_discard(pending);
        return status;
    }
    *ret = pending;
    return 0;
}

/* Makes a rename or a new name last. 0 or errno; file systems that cannot sync a directory are taken as they are. */
static int sync_directory(const struct sys_pending *pending) {
    if (!pending->synced_directory) return 0;
    while (fsync(pending->directory) != 0) {
        if (errno == EINVAL || errno == ENOTSUP) return 0;
        if (errno != EINTR) return errno;
    }
    return 0;
}

int sys_pending_commit(struct sys_pending *pending, struct sekuire_error *err) {
    if (renameat(pending->directory, pending->temporary, pending->directory, pending->name) != 0) {
        int number = errno;
        return sys_fail_errno(err, number == EEXIST || number == ENOTEMPTY ? EISDIR : number, "cannot be replaced");
    }
    pending->committed = true;
    int number = sync_directory(pending);
    return number == 0 ? 0 : sys_fail_errno(err, number, "was replaced, but its folder cannot be synced");
}

bool sys_pending_is_placed(const struct sys_pending *pending) { return pending != NULL && pending->committed; }

void sys_pending_discard(struct sys_pending *pending) {
    if (pending == NULL) return;
    if (!pending->committed && pending->temporary[0] != '\0') unlinkat(pending->directory, pending->temporary, 0);
    if (pending->directory >= 0) close(pending->directory);
    sek_free(pending->name);
    sek_free(pending);
}

int sys_replace_file(const char *path, struct sekuire_text bytes, mode_t mode, struct sekuire_error *err) {
    struct sys_pending *pending = NULL;
    int status = sys_pending_write(path, bytes, mode, &pending, err);
    if (status == 0) status = sys_pending_commit(pending, err);
    sys_pending_discard(pending);
    return status;
}

/* Gives the temporary file its name unless that is taken, in one step where the file system can. 0 or errno. */
static int name_new(const struct sys_pending *pending) {
    int number = ENOSYS;
#if defined(RENAME_NOREPLACE)
    if (renameat2(pending->directory, pending->temporary, pending->directory, pending->name, RENAME_NOREPLACE) == 0) return 0;
    number = errno;
#endif
    if (number != ENOSYS && number != EINVAL) return number;
    if (linkat(pending->directory, pending->temporary, pending->directory, pending->name, 0) != 0) return errno;
    (void)unlinkat(pending->directory, pending->temporary, 0);
    return 0;
}

int sys_pending_create(struct sys_pending *pending, struct sekuire_error *err) {
    int number = name_new(pending);
    if (number != 0) return sys_fail_errno(err, number, "cannot be created");
    pending->committed = true;
    number = sync_directory(pending);
    if (number == 0) return 0;
    unlinkat(pending->directory, pending->name, 0);
    return sys_fail_errno(err, number, "cannot be written");
}

int sys_create_file(const char *path, struct sekuire_text bytes, mode_t mode, struct sekuire_error *err) {
    struct sys_pending *pending = NULL;
    struct stat st;
    if (lstat(path, &st) == 0) return sys_fail_errno(err, EEXIST, "cannot be created");
    int status = sys_pending_write(path, bytes, mode, &pending, err);
    if (status == 0) status = sys_pending_create(pending, err);
    sys_pending_discard(pending);
    return status;
}
