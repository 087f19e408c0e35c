/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive locks on files and folders. On files they are Linux's open file description locks, which end with the descriptor and not with any close. */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sys/fault.h"

/* The C library's. Its header for them has the name of ours. */
enum { FOLDER_EXCLUSIVE = 2 }; /* LOCK_EX */
int flock(int fd, int operation);

struct sys_lock {
    int fd;
};

int sys_lock_file(const char *path, bool wait, struct sys_lock **ret, struct sekuire_error *err) {
    struct sys_lock *lock = sek_alloc_zero(1, sizeof *lock);
    if (lock == NULL) return sek_fail_memory(err);
    int status = 0;
    lock->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock->fd < 0) {
        status = sys_fail_errno(err, errno, "the lock cannot be opened");
        goto out;
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int held;
    do held = fcntl(lock->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
    while (held != 0 && errno == EINTR);
    if (held != 0 && (errno == EAGAIN || errno == EACCES)) status = sek_fail(err, SEKUIRE_ERR_CONFLICT, "is locked by another process");
    else if (held != 0) status = sys_fail_errno(err, errno, "cannot be locked");
out:
    if (status != 0) {
        sys_unlock(lock);
        return status;
    }
    *ret = lock;
    return 0;
}

int sys_lock_folder(const char *path, struct sys_lock **ret, struct sekuire_error *err) {
    struct sys_lock *lock = sek_alloc_zero(1, sizeof *lock);
    if (lock == NULL) return sek_fail_memory(err);
    int number = 0;
    lock->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock->fd < 0) number = errno;
    while (number == 0 && flock(lock->fd, FOLDER_EXCLUSIVE) != 0)
        if (errno != EINTR) number = errno;
    if (lock->fd >= 0 && (number == EBADF || number == EINVAL || number == ENOLCK || number == EOPNOTSUPP || number == ENOSYS)) number = 0;
    if (number != 0) {
        sys_unlock(lock);
        return sys_fail_errno(err, number, "cannot be locked");
    }
    *ret = lock;
    return 0;
}

void sys_unlock(struct sys_lock *lock) {
    if (lock == NULL) return;
    if (lock->fd >= 0) close(lock->fd);
    sek_free(lock);
}
