/* SPDX-License-Identifier: Apache-2.0 */
/* errno as an error value; shared by the files of sys/ alone. */
#ifndef SEK_SYS_FAULT_H
#define SEK_SYS_FAULT_H

#include <sekuire/error.h>

/* "what: reason": no_space for a full disk, quota or file size limit, memory for ENOMEM, exists for EEXIST, else io. */
int sys_fail_errno(struct sekuire_error *err, int number, const char *what);

#endif
