/* SPDX-License-Identifier: Apache-2.0 */
/* Options, and the configuration file with the same names. */
#ifndef SEKUIRED_CONFIG_H
#define SEKUIRED_CONFIG_H

#include "base/arena.h"

#include <sekuire/error.h>

#include <stdbool.h>

struct config {
    struct sek_arena arena; /* holds the strings */
    const char *listen;
    const char *data;
    const char *tls_cert; /* NULL: plain HTTP */
    const char *tls_key;
    bool quiet;
    struct {
        unsigned connections, connections_per_address;
        unsigned head_bytes, body_bytes, bodies_bytes;
        unsigned idle_seconds, head_seconds, body_seconds;
        unsigned address_rate, address_burst, key_rate, key_burst, failed_keys;
    } limits;
    bool check;
    bool new_admin_key;
    bool help;
    bool version;
};

/* Reads the command line, then --config for what it leaves open, then the defaults. Errors: usage (the command line), config (the
 * file), io, memory. config_clear it in any case. */
int config_read(int argc, char **argv, struct config *config, struct sekuire_error *err);
void config_clear(struct config *config);
/* The text of --help. */
const char *config_help(void);

#endif
