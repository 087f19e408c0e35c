/* SPDX-License-Identifier: Apache-2.0 */
/* Does this process hold some bytes anywhere in its private memory? Looks at them in place, so that the search leaves no copy. Registers
 * are not memory; pages that were never touched, mappings above 4 GiB (a sanitizer's shadow) and the kernel's own buffers are left out. */
#ifndef TEST_MEMORY_SCAN_H
#define TEST_MEMORY_SCAN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SCAN_MASK = 0xA5 };

/* Bytes that are looked for, hidden under SCAN_MASK so that this value is no copy of them. */
struct scan_needle {
    uint8_t masked[128];
    size_t size;
};

/* How many copies there are between two addresses that can be read. */
__attribute__((no_sanitize("address", "undefined"), noinline)) static unsigned scan_between(uintptr_t from, uintptr_t to,
                                                                                            const struct scan_needle *needle) {
    const volatile uint8_t *p = (const volatile uint8_t *)from;
    const size_t size = needle->size;
    const uint8_t first = needle->masked[0] ^ SCAN_MASK;
    unsigned found = 0;
    for (size_t n = to - from >= size ? to - from - size + 1 : 0; n > 0; n--, p++) {
        if (*p != first) continue;
        size_t i = 1;
        while (i < size && (p[i] ^ SCAN_MASK) == needle->masked[i]) i++;
        found += i == size;
    }
    return found;
}

/* The end of the pages from `from` on that are in memory, or not (as *here says), none of them beyond `to`. */
static uintptr_t scan_run(uintptr_t from, uintptr_t to, bool *here) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char in_core = 0;
    if (mincore((void *)from, page, &in_core) != 0) abort();
    *here = (in_core & 1) != 0;
    for (from += page; from < to; from += page)
        if (mincore((void *)from, page, &in_core) != 0 || ((in_core & 1) != 0) != *here) break;
    return from < to ? from : to;
}

/* How many copies there are. */
__attribute__((noinline)) static unsigned scan_memory(const struct scan_needle *needle) {
    unsigned found = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) abort();
    while (fgets(line, sizeof line, maps) != NULL) {
        char *end = NULL;
        uintptr_t from = (uintptr_t)strtoull(line, &end, 16);
        uintptr_t to = (uintptr_t)strtoull(end + 1, &end, 16);
        bool of_file = strchr(line, '/') != NULL;
        if (end[1] != 'r' || (end[2] != 'w' && of_file) || strstr(line, "[v") != NULL || to - from > (uintptr_t)4 << 30) continue;
        while (from < to) {
            bool here = false;
            uintptr_t until = scan_run(from, to, &here);
            if (here) found += scan_between(from, until, needle);
            from = until;
        }
    }
    fclose(maps);
    return found;
}

/* What scan_apart runs. */
struct scan_work {
    void (*run)(void *context);
    void *context;
};

static inline void *scan_start(void *work) {
    const struct scan_work *w = work;
    w->run(w->context);
    return NULL;
}

/* Runs a function on a stack of its own, which stays as it was left, so that the search finds what a later call would have hidden. */
static inline void scan_apart(void (*run)(void *context), void *context) {
    const size_t size = 1 << 20;
    struct scan_work work = {run, context};
    pthread_attr_t attributes;
    pthread_t thread;
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack, size) != 0 ||
        pthread_create(&thread, &attributes, scan_start, &work) != 0 || pthread_join(thread, NULL) != 0)
        abort();
    pthread_attr_destroy(&attributes);
}

/* Puts bytes away as a needle; the caller wipes them. */
__attribute__((noinline)) static void scan_hide(struct scan_needle *needle, const void *bytes, size_t size) {
    const volatile uint8_t *from = bytes;
    needle->size = size;
    for (size_t i = 0; i < size; i++) needle->masked[i] = from[i] ^ SCAN_MASK;
}

#endif
