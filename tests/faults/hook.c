/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the allocations of a test build and makes one of them fail. The variable SEKUIRE_FAULTS_FILE names a file of FILE_SIZE bytes
 * that the program and the test both map, so that a test can choose anew for each request of a running server. */
#include "base/fault.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILE_SIZE = 4096 };

/* In the order in which tests/faults/support_faults.py packs them. */
struct control {
    _Atomic uint64_t count;   /* allocations asked for so far */
    _Atomic uint64_t fail_at; /* the one that fails, counted from 1; 0: none */
    _Atomic uint64_t onward;  /* not 0: and every one after it */
    _Atomic uint64_t failed;  /* how many failed */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct control *control;

/* Maps the file, if there is one. */
static void open_control(void) {
    const char *path = getenv("SEKUIRE_FAULTS_FILE");
    if (path == NULL) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
}

bool sek_fault_alloc(void) {
    pthread_once(&once, open_control);
    if (control == NULL) return false;
    uint64_t number = atomic_fetch_add(&control->count, 1) + 1;
    uint64_t fail_at = atomic_load(&control->fail_at);
    if (fail_at == 0 || (atomic_load(&control->onward) != 0 ? number < fail_at : number != fail_at)) return false;
    atomic_fetch_add(&control->failed, 1);
    return true;
}
