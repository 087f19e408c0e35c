/* SPDX-License-Identifier: Apache-2.0 */
/* A server in a child process that answers each connection with one canned reply and remembers what it was sent. */
#ifndef TEST_CLIENT_MINI_SERVER_H
#define TEST_CLIENT_MINI_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum after { CLOSE = 0, HANG, ENDLESS };

struct reply {
    const char *text;
    enum after after; /* what the server does when it has sent text */
};

struct server {
    pid_t pid;
    int log;
    uint16_t port;
    char url[64];
};

/* Reads a request: up to the end of its headers and as many bytes more as Content-Length says; or something that is no HTTP. */
static inline size_t server_read(int fd, char *out, size_t capacity) {
    size_t size = 0;
    size_t need = capacity - 1;
    while (size < need) {
        ssize_t n = read(fd, out + size, need - size);
        if (n <= 0) break;
        size += (size_t)n;
        out[size] = '\0';
        if (out[0] < 'A' || out[0] > 'Z') break;
        const char *end = strstr(out, "\r\n\r\n");
        if (end == NULL) continue;
        const char *length = strstr(out, "Content-Length: ");
        need = (size_t)(end - out) + 4 + (length == NULL ? 0 : (size_t)strtoul(length + 16, NULL, 10));
    }
    return size;
}

/* Answers one connection. */
static inline void server_answer(int fd, const struct reply *reply, int log) {
    static char request[32768];
    static const char filler[4096];
    size_t size = server_read(fd, request, sizeof request);
    if (write(log, request, size) < 0) return;
    size_t length = strlen(reply->text);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(fd, reply->text + done, length - done);
        if (n <= 0) return;
        done += (size_t)n;
    }
    if (reply->after == HANG) {
        char byte;
        while (read(fd, &byte, 1) > 0) continue;
    }
    while (reply->after == ENDLESS && write(fd, filler, sizeof filler) > 0) continue;
}

/* Starts a server on a free port of loopback. */
static inline struct server server_start(const struct reply *replies, size_t count) {
    struct server server = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int ends[2];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    server.port = ntohs(address.sin_port);
    server.log = ends[0];
    snprintf(server.url, sizeof server.url, "http://127.0.0.1:%u", (unsigned)server.port);
    server.pid = fork();
    assert_true(server.pid >= 0);
    if (server.pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        for (size_t i = 0; i < count; i++) {
            int fd = accept(listener, NULL, NULL);
            server_answer(fd, &replies[i], ends[1]);
            close(fd);
        }
        _exit(0);
    }
    close(listener);
    close(ends[1]);
    return server;
}

/* Ends the server and gives all that it was sent, valid until the next call. */
static inline const char *server_stop(struct server *server) {
    static char text[65536];
    size_t size = 0;
    int flags = fcntl(server->log, F_GETFL);
    fcntl(server->log, F_SETFL, flags | O_NONBLOCK);
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    for (;;) {
        ssize_t n = read(server->log, text + size, sizeof text - 1 - size);
        if (n <= 0) break;
        size += (size_t)n;
    }
    text[size] = '\0';
    close(server->log);
    return text;
}

/* server_stop, and what was sent copied to out, which must have room for it. */
static inline void server_sent(struct server *server, char *out, size_t capacity) {
    const char *sent = server_stop(server);
    size_t size = strlen(sent);
    assert_true(size < capacity);
    memcpy(out, sent, size + 1);
}

#endif
