/* SPDX-License-Identifier: Apache-2.0 */
/* What the four trust commands share. */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "cli/session.h"
#include "client/trust-store.h"

/* Settles the workspace, then opens and locks the store. sek_trust_close it. */
int cli_trust_open(struct cli *cli, struct sek_settings *settings, struct sek_trust_store **ret);

#endif
