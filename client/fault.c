/* SPDX-License-Identifier: Apache-2.0 */
#include "client/fault.h"

#include "base/error.h"

/* The position stays, the status does not. */
int sek_fail_config(struct sekuire_error *err, int status, const char *path) {
    if (status == SEKUIRE_ERR_MEMORY) return status;
    if (err != NULL) {
        err->status = SEKUIRE_ERR_CONFIG;
        sek_fail_prefix(err, path);
    }
    return SEKUIRE_ERR_CONFIG;
}
