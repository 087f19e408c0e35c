/* SPDX-License-Identifier: Apache-2.0 */
/* The one allocator. */
#include "base/alloc.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

void *sek_alloc(size_t size) { return sek_fault_alloc() ? NULL : malloc(size == 0 ? 1 : size); }

void *sek_alloc_zero(size_t count, size_t size) {
    return sek_fault_alloc() ? NULL : calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
}

void *sek_realloc(void *old, size_t count, size_t size) {
    if ((size != 0 && count > SIZE_MAX / size) || sek_fault_alloc()) return NULL;
    size_t total = count * size;
    return realloc(old, total == 0 ? 1 : total);
}

void sek_free(void *p) { free(p); }

char *sek_strdup(const char *string) {
    size_t size = strlen(string) + 1;
    char *copy = sek_alloc(size);
    if (copy != NULL) memcpy(copy, string, size);
    return copy;
}

void *sek_secret_alloc(size_t size) {
    return sodium_init() < 0 || sek_fault_alloc() ? NULL : sodium_malloc(size == 0 ? 1 : size);
}

void sek_secret_free(void *p) { sodium_free(p); }
