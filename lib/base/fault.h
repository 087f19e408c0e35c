/* SPDX-License-Identifier: Apache-2.0 */
/* Where a test build makes an allocation fail (option SEKUIRE_FAULTS, tests/faults/hook.c). Any other build has nothing of it. */
#ifndef SEK_BASE_FAULT_H
#define SEK_BASE_FAULT_H

#include <stdbool.h>

#if defined(SEKUIRE_FAULTS)
/* Asked before every allocation: shall this one fail? */
bool sek_fault_alloc(void);
#else
static inline bool sek_fault_alloc(void) { return false; }
#endif

#endif
