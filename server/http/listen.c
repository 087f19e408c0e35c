/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT to a listening socket. */
#include "server/http/http.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct address {
    char host[256];
    char port[6];
    bool bracketed;
};

/* Splits at the last colon; an IPv6 address stands in brackets. */
static int address_read(const char *text, struct address *ret, struct sekuire_error *err) {
    struct sekuire_text all = sek_text(text);
    size_t colon = all.size;
    while (colon > 0 && all.data[colon - 1] != ':') colon--;
    if (colon == 0) return sek_fail(err, SEKUIRE_ERR_USAGE, "an address is HOST:PORT, such as 127.0.0.1:9300: %s", text);
    struct sekuire_text host = {all.data, colon - 1};
    struct sekuire_text port = {all.data + colon, all.size - colon};
    bool bracketed = host.size >= 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
    if (bracketed) host = (struct sekuire_text){host.data + 1, host.size - 2};
    if (host.size == 0 || host.size >= sizeof ret->host || (!bracketed && memchr(host.data, ':', host.size) != NULL))
        return sek_fail(err, SEKUIRE_ERR_USAGE, "an IPv6 address stands in brackets, as [::1]:9300: %s", text);
    unsigned value = 0;
    for (size_t i = 0; i < port.size; i++) {
        if (port.data[i] < '0' || port.data[i] > '9' || i >= 5) return sek_fail(err, SEKUIRE_ERR_USAGE, "a port is 0 to 65535: %s", text);
        value = value * 10 + (unsigned)(port.data[i] - '0');
    }
    if (port.size == 0 || value > 65535) return sek_fail(err, SEKUIRE_ERR_USAGE, "a port is 0 to 65535: %s", text);
    memcpy(ret->host, host.data, host.size);
    ret->host[host.size] = '\0';
    snprintf(ret->port, sizeof ret->port, "%u", value);
    ret->bracketed = bracketed;
    return 0;
}

int http_address_check(const char *address, struct sekuire_error *err) {
    struct address parsed;
    return address_read(address, &parsed, err);
}

/* The port that the system gave, and whether the address is this machine's own. */
static int bound_port(int fd, unsigned *ret_port, bool *ret_loopback) {
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0) return -1;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&bound;
        *ret_port = ntohs(v6->sin6_port);
        *ret_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&bound;
        *ret_port = ntohs(v4->sin_port);
        *ret_loopback = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    return 0;
}

/* Binds one resolved address; -1 with errno. */
static int open_one(const struct addrinfo *ai) {
    int yes = 1;
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (ai->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 1024) == 0) return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* What an address names; freeaddrinfo(*ret). */
static int resolve(const char *address, struct address *parsed, struct addrinfo **ret, struct sekuire_error *err) {
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    int status = address_read(address, parsed, err);
    if (status != 0) return status;
    int failed = getaddrinfo(parsed->host, parsed->port, &hints, ret);
    if (failed != 0) return sek_fail(err, SEKUIRE_ERR_IO, "cannot listen on %s: %s", address, gai_strerror(failed));
    return 0;
}

int http_address_resolve(const char *address, struct sekuire_error *err) {
    struct address parsed;
    struct addrinfo *found = NULL;
    int status = resolve(address, &parsed, &found, err);
    if (status != 0) return status;
    freeaddrinfo(found);
    return 0;
}

int http_listen_socket(const char *address, int *ret_fd, char host_port[300], bool *ret_loopback, struct sekuire_error *err) {
    struct address parsed;
    struct addrinfo *found = NULL;
    int status = resolve(address, &parsed, &found, err);
    if (status != 0) return status;
    int fd = -1;
    for (const struct addrinfo *ai = found; ai != NULL && fd < 0; ai = ai->ai_next) fd = open_one(ai);
    int saved = errno;
    freeaddrinfo(found);
    unsigned port = 0;
    if (fd < 0) return sek_fail(err, SEKUIRE_ERR_IO, "cannot listen on %s: %s", address, strerror(saved));
    if (bound_port(fd, &port, ret_loopback) != 0) {
        close(fd);
        return sek_fail(err, SEKUIRE_ERR_IO, "cannot listen on %s", address);
    }
    snprintf(host_port, 300, parsed.bracketed ? "[%s]:%u" : "%s:%u", parsed.host, port);
    *ret_fd = fd;
    return 0;
}
