/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/fault.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

/* Chooses the status by the number and lets the C library say the reason. */
int sys_fail_errno(struct sekuire_error *err, int number, const char *what) {
    int status = SEKUIRE_ERR_IO;
    if (number == ENOSPC || number == EDQUOT || number == EFBIG) status = SEKUIRE_ERR_NO_SPACE;
    if (number == EEXIST) status = SEKUIRE_ERR_EXISTS;
    if (number == ENOMEM) return sek_fail_memory(err);
    return sek_fail(err, status, "%s: %s", what, strerror(number));
}
