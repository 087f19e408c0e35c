/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that ends what takes too long, and drains what was refused. */
#include "server/http/connections.h"

#include "server/http/http.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TICK_MILLISECONDS = 250,
    LINGERING_MAX = 512,
    LINGER_MILLISECONDS = 10000,
    LINGER_BYTES = 16 << 20,
    LINGER_BYTES_A_TURN = 256 << 10
};

struct http_connection {
    int fd;
    atomic_llong until_ms;
    atomic_bool awaited; /* more of a request is to come */
    atomic_bool gone;    /* at the last look nothing was to come any more */
    struct http_connection *previous, *next;
};

struct lingering {
    int fd;
    int64_t until_ms;
    size_t read;
};

struct http_connections {
    pthread_t thread;
    int wake; /* an eventfd */
    atomic_bool stopping;
    pthread_mutex_t lock; /* guards what follows */
    struct http_connection *first;
    struct lingering lingering[LINGERING_MAX];
    size_t lingering_count;
};

/* Has the client of a request that is not whole yet shut down its half? libmicrohttpd may miss an end that comes together with data.
 * Twice in a row, for between its reading of the last bytes and its first call there is a moment when it looks so. */
static bool has_gone(struct http_connection *connection) {
    char byte;
    bool ended = atomic_load(&connection->awaited) && recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    return atomic_exchange(&connection->gone, ended) && ended;
}

/* Shuts down what is over its time, or has nobody at the other end; libmicrohttpd notices and cleans up. */
static void end_late(struct http_connections *connections, int64_t now) {
    pthread_mutex_lock(&connections->lock);
    for (struct http_connection *c = connections->first; c != NULL; c = c->next)
        if (has_gone(c) || atomic_load(&c->until_ms) <= now) shutdown(c->fd, SHUT_RDWR);
    pthread_mutex_unlock(&connections->lock);
}

/* Reads and drops what is there. False: nothing more is to come, or to be taken. */
static bool drain(struct lingering *one, int64_t now) {
    char dropped[16384];
    if (now >= one->until_ms) return false;
    for (size_t turn = 0; turn < LINGER_BYTES_A_TURN;) {
        ssize_t n = recv(one->fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
        turn += (size_t)n;
        one->read += (size_t)n;
        if (one->read > LINGER_BYTES) return false;
    }
    return true;
}

/* Waits for a refused connection to say something, at most one tick, and lets go of those that are done. */
static void tend_lingering(struct http_connections *connections) {
    struct pollfd waiting[LINGERING_MAX + 1] = {{.fd = connections->wake, .events = POLLIN}};
    uint64_t woken = 0;
    pthread_mutex_lock(&connections->lock);
    size_t count = connections->lingering_count;
    for (size_t i = 0; i < count; i++)
        waiting[i + 1] = (struct pollfd){.fd = connections->lingering[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&connections->lock);
    poll(waiting, (nfds_t)count + 1, TICK_MILLISECONDS);
    if (waiting[0].revents != 0 && read(connections->wake, &woken, sizeof woken) < 0) woken = 0;
    int64_t now = http_monotonic_ms();
    pthread_mutex_lock(&connections->lock);
    for (size_t i = 0; i < connections->lingering_count;) {
        struct lingering *one = &connections->lingering[i];
        if (drain(one, now)) {
            i++;
            continue;
        }
        close(one->fd);
        *one = connections->lingering[--connections->lingering_count];
    }
    pthread_mutex_unlock(&connections->lock);
}

/* The thread. */
static void *tend(void *context) {
    struct http_connections *connections = context;
    int64_t swept = 0;
    while (!atomic_load(&connections->stopping)) {
        tend_lingering(connections);
        int64_t now = http_monotonic_ms();
        if (now - swept < TICK_MILLISECONDS) continue;
        end_late(connections, now);
        swept = now;
    }
    return NULL;
}

int http_connections_new(struct http_connections **ret, struct sekuire_error *err) {
    struct http_connections *connections = sek_alloc_zero(1, sizeof *connections);
    if (connections == NULL) return sek_fail_memory(err);
    connections->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&connections->lock, NULL);
    if (connections->wake < 0 || pthread_create(&connections->thread, NULL, tend, connections) != 0) {
        if (connections->wake >= 0) close(connections->wake);
        pthread_mutex_destroy(&connections->lock);
        sek_free(connections);
        return sek_fail(err, SEKUIRE_ERR_IO, "cannot start to serve");
    }
    *ret = connections;
    return 0;
}

/* Wakes the thread. */
static void wake(struct http_connections *connections) {
    const uint64_t one = 1;
    if (write(connections->wake, &one, sizeof one) < 0) return; /* it is about to wake up anyway */
}

void http_connections_free(struct http_connections *connections) {
    if (connections == NULL) return;
    atomic_store(&connections->stopping, true);
    wake(connections);
    pthread_join(connections->thread, NULL);
    for (size_t i = 0; i < connections->lingering_count; i++) close(connections->lingering[i].fd);
    close(connections->wake);
    pthread_mutex_destroy(&connections->lock);
    sek_free(connections);
}

/* What comes next, and how long it may take. */
static void allow(struct http_connection *connection, bool awaited, unsigned seconds) {
    if (connection == NULL) return;
    atomic_store(&connection->until_ms, http_monotonic_ms() + (int64_t)seconds * 1000);
    atomic_store(&connection->gone, false);
    atomic_store(&connection->awaited, awaited);
}

void http_connection_await(struct http_connection *connection, unsigned seconds) { allow(connection, true, seconds); }

void http_connection_answer(struct http_connection *connection, unsigned seconds) { allow(connection, false, seconds); }

struct http_connection *http_connection_opened(struct http_connections *connections, int fd, unsigned seconds) {
    struct http_connection *connection = sek_alloc_zero(1, sizeof *connection);
    if (connection == NULL) return NULL;
    connection->fd = fd;
    http_connection_await(connection, seconds);
    pthread_mutex_lock(&connections->lock);
    connection->next = connections->first;
    if (connection->next != NULL) connection->next->previous = connection;
    connections->first = connection;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void http_connection_closed(struct http_connections *connections, struct http_connection *connection) {
    if (connection == NULL) return;
    pthread_mutex_lock(&connections->lock);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next != NULL) connection->next->previous = connection->previous;
    pthread_mutex_unlock(&connections->lock);
    sek_free(connection);
}

void http_connections_linger(struct http_connections *connections, int fd) {
    shutdown(fd, SHUT_WR);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return;
    pthread_mutex_lock(&connections->lock);
    bool room = connections->lingering_count < LINGERING_MAX;
    if (room)
        connections->lingering[connections->lingering_count++] =
            (struct lingering){.fd = copy, .until_ms = http_monotonic_ms() + LINGER_MILLISECONDS};
    pthread_mutex_unlock(&connections->lock);
    if (room)
        wake(connections);
    else
        close(copy);
}
