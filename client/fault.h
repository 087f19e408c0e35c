/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of files that belong to the user's installation; shared by the files of client/ alone. */
#ifndef SEK_CLIENT_FAULT_H
#define SEK_CLIENT_FAULT_H

#include <sekuire/error.h>

/* Turns the error of reading or parsing path into config with the path in front (memory stays memory) and returns its status. */
int sek_fail_config(struct sekuire_error *err, int status, const char *path);

#endif
