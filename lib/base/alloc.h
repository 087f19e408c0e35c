/* SPDX-License-Identifier: Apache-2.0 */
/* Where all memory of our own code comes from, so that tests can make any single allocation fail. */
#ifndef SEK_BASE_ALLOC_H
#define SEK_BASE_ALLOC_H

#include <stddef.h>

/* As malloc, calloc and realloc (of elements, overflow-checked); NULL when memory is short. Free with sek_free. */
void *sek_alloc(size_t size);
void *sek_alloc_zero(size_t count, size_t size);
void *sek_realloc(void *old, size_t count, size_t size);
void sek_free(void *p);
char *sek_strdup(const char *string);
/* Bytes for secrets: between guard pages, locked as far as the process may lock memory, left out of core dumps, wiped when freed. Not
 * aligned for any type but bytes, nor zeroed. */
void *sek_secret_alloc(size_t size);
void sek_secret_free(void *p); /* NULL is fine */

#endif
