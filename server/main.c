/* SPDX-License-Identifier: Apache-2.0 */
/* sekuired: reads its configuration, opens its data, serves until it is told to stop. */
#include "server/config.h"
#include "server/installation.h"
#include "server/log.h"
#include "server/routes/routes.h"

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/ed25519.h"
#include "sys/file.h"
#include "sys/process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_FAILED = 3, THREADS_MIN = 4, THREADS_MAX = 16 };

/* Certificate and key, as PEM texts. */
struct tls {
    struct sek_buffer cert, key;
};

/* Reads both; the key must be its owner's alone. */
static int tls_read(const struct config *config, struct tls *tls, struct sekuire_error *err) {
    sek_buffer_init(&tls->cert, 1 << 20);
    sek_buffer_init_secret(&tls->key, 1 << 16);
    if (config->tls_cert == NULL) return 0;
    int status = sys_read_file(config->tls_cert, &tls->cert, err);
    if (status != 0) {
        sek_fail_prefix(err, config->tls_cert);
        return status;
    }
    status = sys_read_secret(config->tls_key, &tls->key, err);
    if (status != 0) {
        sek_fail_prefix(err, config->tls_key);
        return status;
    }
    sek_buffer_byte(&tls->cert, '\0');
    sek_buffer_byte(&tls->key, '\0');
    status = sek_buffer_check(&tls->cert, err);
    return status != 0 ? status : sek_buffer_check(&tls->key, err);
}

/* As many threads as processors, within bounds. */
static unsigned thread_count(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < THREADS_MIN) return THREADS_MIN;
    return processors > THREADS_MAX ? THREADS_MAX : (unsigned)processors;
}

/* Serves until a signal says stop. */
static int serve(const struct config *config, const struct tls *tls, struct store *store, const sigset_t *stop,
                 struct sekuire_error *err) {
    struct server server = {.store = store, .body_max = config->limits.body_bytes, .quiet = config->quiet};
    struct http_server *http = NULL;
    bool secure = config->tls_cert != NULL;
    const struct http_listen listen = {.address = config->listen,
                                       .tls_cert = secure ? tls->cert.data : NULL,
                                       .tls_key = secure ? tls->key.data : NULL,
                                       .threads = thread_count(),
                                       .connections = config->limits.connections,
                                       .connections_per_address = config->limits.connections_per_address,
                                       .head_bytes = config->limits.head_bytes,
                                       .bodies_bytes = config->limits.bodies_bytes,
                                       .idle_seconds = config->limits.idle_seconds,
                                       .head_seconds = config->limits.head_seconds,
                                       .body_seconds = config->limits.body_seconds};
    const struct limiter_rates rates = {.address_rate = config->limits.address_rate,
                                        .address_burst = config->limits.address_burst,
                                        .key_rate = config->limits.key_rate,
                                        .key_burst = config->limits.key_burst,
                                        .failed_keys = config->limits.failed_keys};
    int received = 0;
    int status = active_cache_new(store, &server.active, err);
    if (status != 0) return status;
    status = limiter_new(&rates, &server.limiter, err);
    if (status != 0) {
        active_cache_free(server.active);
        return status;
    }
    const struct http_service service = routes_service(&server);
    status = http_server_start(&listen, &service, &http, err);
    if (status == 0) {
        if (!secure && !http_server_loopback(http))
            server_log("warning: API keys cross the network in the clear: use --tls-cert and --tls-key, or a proxy that does TLS");
        fprintf(stderr, "listening on %s\n", http_server_url(http));
        fflush(stderr);
        while (sigwait(stop, &received) != 0) continue;
        if (!config->quiet) server_log("stopping");
        if (!http_server_stop(http)) {
            /* Nobody waits for a supervisor's SIGKILL: what was committed is on the disk, what was not is undone at the next start. */
            server_log("requests that take too long are broken off");
            _exit(0);
        }
    }
    limiter_free(server.limiter);
    active_cache_free(server.active);
    return status;
}

/* Opens the data directory and does what was asked for. */
static int run(const struct config *config, struct sekuire_error *err) {
    struct installation installation = {NULL, NULL};
    struct tls tls;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    int status = tls_read(config, &tls, err);
    if (status == 0 && config->check && config->tls_cert != NULL) status = http_tls_check(tls.cert.data, tls.key.data, err);
    if (status == 0 && config->check) status = http_address_resolve(config->listen, err);
    if (status == 0 && config->check) {
        printf("the configuration is in order: %s, data in %s\n", config->listen, config->data);
        goto out;
    }
    if (status == 0 && config->new_admin_key) status = installation_check(config->data, err);
    if (status == 0) status = installation_open(config->data, &installation, err);
    if (status == 0 && config->new_admin_key) {
        status = installation_new_admin_key(config->data, &installation, err);
        if (status == 0) printf("the new admin key is in %s/admin.key; all earlier ones are revoked\n", config->data);
    } else if (status == 0)
        status = serve(config, &tls, installation.store, &stop, err);
out:
    installation_close(&installation);
    sek_buffer_clear(&tls.cert);
    sek_buffer_clear(&tls.key);
    return status;
}

int main(int argc, char **argv) {
    struct config config = {.quiet = false};
    struct sekuire_error err = {0};
    sys_keep_secrets();
    int status = sek_crypto_init();
    if (status != 0) sek_fail_memory(&err);
    if (status == 0) status = config_read(argc, argv, &config, &err);
    if (status == 0 && config.help)
        fputs(config_help(), stdout);
    else if (status == 0 && config.version)
        printf("sekuired %s\n", SEKUIRE_VERSION);
    else if (status == 0)
        status = run(&config, &err);
    config_clear(&config);
    if (status == 0 && fflush(stdout) != 0) status = sek_fail(&err, SEKUIRE_ERR_IO, "cannot write to standard output");
    if (status == 0) return 0;
    fprintf(stderr, "sekuired: %s%s\n", err.message, status == SEKUIRE_ERR_USAGE ? " (see: sekuired --help)" : "");
    return status == SEKUIRE_ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}
