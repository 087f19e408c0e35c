/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the trust store to change it. */
#include "cli/trust.h"

#include "cli/options.h"

int cli_trust_open(struct cli *cli, struct sek_settings *settings, struct sek_trust_store **ret) {
    int status = cli_settings(cli, cli_value(cli, "workspace"), settings);
    if (status == 0) status = cli_known_workspace(cli, settings);
    if (status == 0) status = sek_trust_open_locked(NULL, ret, &cli->err);
    return status;
}
