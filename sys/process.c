/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <sys/resource.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

/* The limit alone does not bind a crash handler that the kernel pipes dumps to; not being dumpable does. */
void sys_keep_secrets(void) {
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
