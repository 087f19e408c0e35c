/* SPDX-License-Identifier: Apache-2.0 */
/* The libmicrohttpd daemon, and one call of ours for each of its requests. */
#include "server/http/http.h"

#include "server/http/connections.h"
#include "server/http/early.h"
#include "server/http/head.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "crypto/ed25519.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_ARENA = 256 << 10, STOP_MILLISECONDS = 5000, HANDLERS_MILLISECONDS = 3000, SPARE_FILES = 64 };

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_connections *connections;
    struct http_service service;
    struct http_listen listen; /* its texts are gone after the start */
    bool tls;
    char url[320];
    bool loopback;
    atomic_int running;
    atomic_int handling;   /* threads that are in the service, or on their way */
    atomic_size_t bodies;  /* bytes that all bodies take */
    atomic_bool stopping;  /* takes no more connections */
    atomic_bool stopped;   /* and handles no more requests */
};

/* One request, from its target to its end. */
struct call {
    struct http_request request;
    struct http_answer answer;
    bool target_ok;
    bool opened;
    struct MHD_Connection *connection;
    struct call *previous, *next; /* in the thread's list of those whose heads are coming in */
    size_t take;                  /* bytes of body that may come */
    size_t came;                  /* and that have come */
    size_t charged;               /* of the server's bodies, for this one */
};

/* The requests of this thread whose heads are coming in. A connection stays with its thread. */
static _Thread_local struct call *heads;

/* Puts a request on the list. */
static void heads_add(struct call *call) {
    call->next = heads;
    if (heads != NULL) heads->previous = call;
    heads = call;
}

/* Takes it off. */
static void heads_remove(struct call *call) {
    if (call->previous != NULL)
        call->previous->next = call->next;
    else if (heads == call)
        heads = call->next;
    if (call->next != NULL) call->next->previous = call->previous;
    call->previous = call->next = NULL;
}

static void refuse_malformed(struct http_answer *answer, int status, const char *why);
static enum MHD_Result call_refuse(struct http_server *server, struct call *call, struct MHD_Connection *connection);

/* libmicrohttpd 0.9.75 would send the head of its refusal of a length twice, and says so before it does. Where it can only be one
 * request, the refusal is ours, and libmicrohttpd finds the connection closed. */
static void refuse_length(struct http_server *server, bool large) {
    struct call *call = heads;
    if (call == NULL || call->next != NULL) return;
    refuse_malformed(&call->answer, large ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_BAD_REQUEST,
                     large ? "the body is too large" : "the Content-Length is malformed");
    call_refuse(server, call, call->connection);
}

static void log_line(void *cls, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Hands libmicrohttpd's complaints to the service. */
static void log_line(void *cls, const char *format, va_list args) {
    struct http_server *server = cls;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    /* That is how an early answer ends the connection. */
    if (strncmp(line, "Application reported internal error", 35) == 0) return;
    if (strstr(line, "<b>Content-Length</b>") != NULL) refuse_length(server, strstr(line, "too large") != NULL);
    line[strcspn(line, "\n")] = '\0';
    server->service.log(server->service.context, line);
}

/* Leaves targets as they are: they are decoded by segment, by ourselves. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    return strlen(text);
}

/* Our own state of a connection. */
static struct http_connection *connection_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* Takes no connection while the server stops. MHD_quiesce_daemon is not for this: its threads may all take the port off their epoll
 * sets at once, and libmicrohttpd then ends the process (0.9.75). */
static enum MHD_Result accept_connection(void *cls, const struct sockaddr *address, socklen_t size) {
    const struct http_server *server = cls;
    (void)address;
    (void)size;
    return atomic_load(&server->stopping) ? MHD_NO : MHD_YES;
}

/* A connection was taken, or is about to be closed. */
static void connection_notice(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code) {
    struct http_server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        http_connection_closed(server->connections, *context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info == NULL ? NULL : http_connection_opened(server->connections, info->connect_fd, server->listen.head_seconds);
    if (*context == NULL && info != NULL) shutdown(info->connect_fd, SHUT_RDWR);
}

/* Whom a connection comes from. */
static void read_address(struct MHD_Connection *connection, uint8_t ret[16]) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    memset(ret, 0, 16);
    if (info == NULL || info->client_addr == NULL) return;
    if (info->client_addr->sa_family == AF_INET6) {
        const uint8_t *bytes = ((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr.s6_addr;
        bool v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
        memcpy(ret, bytes, v4 ? 16 : 8);
    } else if (info->client_addr->sa_family == AF_INET) {
        memcpy(ret, mapped, sizeof mapped);
        memcpy(ret + 12, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr, 4);
    }
}

/* Called with the raw target as soon as the request line is here; the result comes back as the request's state. */
static void *call_new(void *cls, const char *target, struct MHD_Connection *connection) {
    struct http_server *server = cls;
    uint8_t bits[8];
    struct call *call = sek_alloc_zero(1, sizeof *call);
    if (call == NULL) return NULL;
    sek_arena_init(&call->request.arena, REQUEST_ARENA);
    sek_buffer_init(&call->request.body, 0);
    call->request.started_ms = http_monotonic_ms();
    sek_random(bits, sizeof bits);
    memcpy(call->request.id, "req_", 4);
    sek_hex_encode(call->request.id + 4, bits, sizeof bits);
    read_address(connection, call->request.address);
    call->connection = connection;
    heads_add(call);
    call->target_ok = http_target_read(&call->request, target);
    atomic_fetch_add(&server->running, 1);
    return call;
}

/* Lets go of a body, which may hold an API key. */
static void drop_body(struct http_server *server, struct call *call) {
    sek_buffer_wipe(&call->request.body);
    atomic_fetch_sub(&server->bodies, call->charged);
    call->charged = 0;
}

/* Charges what a body has grown by. False: together they would be too large. */
static bool charge_body(struct http_server *server, struct call *call) {
    size_t more = call->request.body.capacity - call->charged;
    size_t others = atomic_fetch_add(&server->bodies, more);
    call->charged += more;
    return more == 0 || others + more <= server->listen.bodies_bytes;
}

/* The request is over, however it ended. */
static void call_done(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode how) {
    struct http_server *server = cls;
    struct call *call = *con_cls;
    (void)how;
    http_connection_await(connection_of(connection), server->listen.head_seconds);
    if (call == NULL) return;
    heads_remove(call);
    if (call->opened) server->service.done(server->service.context, &call->request, call->answer.status);
    if (call->answer.shared.release != NULL) call->answer.shared.release(call->answer.shared.owner);
    /* Fields, and some bodies, hold API keys. */
    sek_buffer_wipe(&call->answer.body);
    drop_body(server, call);
    sek_arena_wipe(&call->request.arena);
    sek_free(call);
    *con_cls = NULL;
    atomic_fetch_sub(&server->running, 1);
}

/* A refusal that needs no service: the request is none. */
static void refuse_malformed(struct http_answer *answer, int status, const char *why) {
    answer->status = status;
    answer->close = true;
    sek_buffer_init(&answer->body, 512);
    sek_buffer_format(&answer->body, "{\"error\":\"%s\",\"message\":\"%s\"}",
                      status == MHD_HTTP_CONTENT_TOO_LARGE ? "too_large" : "syntax", why);
    http_answer_field(answer, "Cache-Control", "no-store");
}

/* The length that the head states; 0 where it states none. Beyond 18 digits it is as large as can be. */
static size_t stated_length(const struct http_request *request) {
    const struct http_field *field = http_field_find(request, "Content-Length", NULL);
    size_t length = 0;
    for (size_t i = 0; field != NULL && i < field->value.size; i++) {
        if (field->value.data[i] < '0' || field->value.data[i] > '9') return 0;
        if (i >= 18) return SIZE_MAX;
        length = length * 10 + (size_t)(field->value.data[i] - '0');
    }
    return length;
}

/* Is there room for a body of this length, as things are? */
static bool has_room(struct http_server *server, size_t length) {
    size_t taken = atomic_load(&server->bodies);
    return taken < server->listen.bodies_bytes && length <= server->listen.bodies_bytes - taken;
}

/* The first call for a request: its head is complete. */
static void call_open(struct http_server *server, struct call *call, struct MHD_Connection *connection, const char *method,
                      const char *url, const char *version) {
    struct http_request *request = &call->request;
    call->opened = true;
    heads_remove(call);
    http_connection_await(connection_of(connection), server->listen.body_seconds);
    char *copy = sek_arena_copy(&request->arena, sek_text(method));
    request->method = sek_text(copy);
    request->head = sek_text_is(request->method, "HEAD");
    const char *fault = copy == NULL ? "the head of the request is too large" : http_head_read(connection, method, url, version, request);
    if (request->head) request->method = SEK_TEXT("GET");
    if (fault == NULL && !call->target_ok) fault = "the request target is malformed";
    if (fault != NULL) {
        refuse_malformed(&call->answer, MHD_HTTP_BAD_REQUEST, fault);
        return;
    }
    call->take = server->service.open(server->service.context, request, &call->answer);
    size_t length = stated_length(request);
    if (call->answer.status == 0 && length > call->take)
        server->service.too_large(server->service.context, request, &call->answer);
    else if (call->answer.status == 0 && !request->drop_body && length > 0 && !has_room(server, length))
        server->service.busy(server->service.context, request, &call->answer);
    sek_buffer_init(&request->body, call->take);
}

/* Is a body under way? */
static bool body_comes(const struct http_request *request) {
    return http_field_find(request, "Transfer-Encoding", NULL) != NULL || stated_length(request) > 0;
}

/* A piece of the body. False: without memory, drop the connection. */
static bool call_body(struct http_server *server, struct call *call, const char *data, size_t size) {
    struct http_request *request = &call->request;
    if (size > call->take - call->came) {
        server->service.too_large(server->service.context, request, &call->answer);
        return true;
    }
    call->came += size;
    if (request->drop_body) return true;
    sek_buffer_append(&request->body, data, size);
    if (!charge_body(server, call)) {
        drop_body(server, call);
        server->service.busy(server->service.context, request, &call->answer);
    }
    return request->body.status == 0;
}

/* Frees an answer's bytes when libmicrohttpd has sent them; they may hold a new API key. */
static void release_body(void *context) {
    struct sek_buffer *body = context;
    sek_buffer_wipe(body);
    sek_free(body);
}

/* An answer as a libmicrohttpd response; NULL without memory. */
static struct MHD_Response *response_of(struct http_answer *answer) {
    struct MHD_Response *response = NULL;
    if (answer->shared.release != NULL) {
        response = MHD_create_response_from_buffer_with_free_callback_cls(
            answer->shared.bytes.size, (void *)(uintptr_t)answer->shared.bytes.data, answer->shared.release, answer->shared.owner);
        if (response != NULL) answer->shared.release = NULL;
    } else if (answer->body.size == 0) {
        response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    } else {
        struct sek_buffer *body = sek_alloc(sizeof *body);
        if (body == NULL) return NULL;
        *body = answer->body;
        sek_buffer_init(&answer->body, 0);
        response = MHD_create_response_from_buffer_with_free_callback_cls(body->size, body->data, release_body, body);
        if (response == NULL) release_body(body);
    }
    return response;
}

/* The fields that every answer has. */
static void complete_fields(const struct http_server *server, struct call *call) {
    struct http_answer *answer = &call->answer;
    http_answer_settle(&call->request, answer);
    if (answer->status != MHD_HTTP_NOT_MODIFIED && (answer->shared.release != NULL || answer->body.size > 0))
        http_answer_field(answer, "Content-Type", answer->content_type == NULL ? "application/json" : answer->content_type);
    http_answer_field(answer, "X-Request-Id", call->request.id);
    http_answer_field(answer, "X-Content-Type-Options", "nosniff");
    http_answer_field(answer, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    http_answer_field(answer, "Referrer-Policy", "no-referrer");
    if (server->tls) http_answer_field(answer, "Strict-Transport-Security", "max-age=31536000");
}

/* Sends the answer by libmicrohttpd. */
static enum MHD_Result call_answer(struct http_server *server, struct call *call, struct MHD_Connection *connection) {
    struct http_answer *answer = &call->answer;
    complete_fields(server, call);
    struct MHD_Response *response = response_of(answer);
    if (response == NULL) return MHD_NO;
    for (size_t i = 0; i < answer->field_count; i++)
        MHD_add_response_header(response, answer->fields[i].name, answer->fields[i].value);
    if (answer->close || atomic_load(&server->stopping)) MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Refuses before the request is in, and ends the connection. */
static enum MHD_Result call_refuse(struct http_server *server, struct call *call, struct MHD_Connection *connection) {
    complete_fields(server, call);
    int fd = http_answer_early(connection, &call->request, &call->answer);
    if (fd >= 0) http_connections_linger(server->connections, fd);
    return MHD_NO;
}

/* The head, a piece of the body, or the end of a request. */
static enum MHD_Result call_handle(struct http_server *server, struct call *call, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data, size_t *size) {
    if (!call->opened) {
        call_open(server, call, connection, method, url, version);
        bool early = call->answer.status != 0 && (call->answer.close || body_comes(&call->request));
        return early ? call_refuse(server, call, connection) : MHD_YES;
    }
    if (*size > 0) {
        bool going_on = call_body(server, call, data, *size);
        *size = 0;
        if (call->answer.status != 0) return call_refuse(server, call, connection);
        return going_on ? MHD_YES : MHD_NO;
    }
    http_connection_answer(connection_of(connection), server->listen.body_seconds);
    if (call->answer.status == 0) server->service.serve(server->service.context, &call->request, &call->answer);
    drop_body(server, call);
    return call_answer(server, call, connection);
}

/* libmicrohttpd calls this for the head, for each piece of the body, and at the end. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *data, size_t *size, void **con_cls) {
    struct http_server *server = cls;
    struct call *call = *con_cls;
    enum MHD_Result result = MHD_NO;
    /* Counted before it looks whether the server has stopped: http_server_stop does the one after the other, too. */
    atomic_fetch_add(&server->handling, 1);
    if (call != NULL && !atomic_load(&server->stopped)) result = call_handle(server, call, connection, url, method, version, data, size);
    atomic_fetch_sub(&server->handling, 1);
    return result;
}

/* As many connections as were asked for, and the process may have: its limit is raised as far as that goes. */
static unsigned connection_limit(unsigned wanted) {
    struct rlimit files;
    rlim_t needed = (rlim_t)wanted + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed) return wanted;
    files.rlim_cur = files.rlim_max < needed ? files.rlim_max : needed;
    setrlimit(RLIMIT_NOFILE, &files);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= 2 * SPARE_FILES) return SPARE_FILES;
    return files.rlim_cur >= needed ? wanted : (unsigned)files.rlim_cur - SPARE_FILES;
}

/* Starts libmicrohttpd on a listening socket. */
static int daemon_start(struct http_server *server, const struct http_listen *listen, int fd, struct sekuire_error *err) {
    struct MHD_OptionItem more[] = {
#if MHD_VERSION >= 0x01000000
        {MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, NULL},
#endif
        {server->tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)listen->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)listen->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned limit = connection_limit(listen->connections);
    /* Where there is less room than was asked for, one address still cannot take it all. */
    unsigned per_address = listen->connections_per_address;
    if (per_address >= limit && limit < listen->connections) per_address = limit - limit / 4;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | (server->tls ? (unsigned)MHD_USE_TLS : 0u);
    server->daemon = MHD_start_daemon(
        flags, 0, accept_connection, server, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_line, server, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, listen->threads, MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, listen->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)listen->head_bytes,
        MHD_OPTION_URI_LOG_CALLBACK, call_new, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, call_done, server, MHD_OPTION_NOTIFY_CONNECTION, connection_notice, server,
        MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    if (server->daemon != NULL) return 0;
    return server->tls ? sek_fail(err, SEKUIRE_ERR_CONFIG, "the TLS certificate and key cannot be used")
                       : sek_fail(err, SEKUIRE_ERR_IO, "cannot start to serve");
}

int http_server_start(const struct http_listen *listen, const struct http_service *service, struct http_server **ret,
                      struct sekuire_error *err) {
    char host_port[300];
    int fd = -1;
    struct http_server *server = sek_alloc_zero(1, sizeof *server);
    if (server == NULL) return sek_fail_memory(err);
    server->service = *service;
    server->listen = *listen;
    server->tls = listen->tls_cert != NULL;
    int status = http_listen_socket(listen->address, &fd, host_port, &server->loopback, err);
    if (status == 0) status = http_connections_new(&server->connections, err);
    if (status != 0) goto out;
    snprintf(server->url, sizeof server->url, "%s://%s", server->tls ? "https" : "http", host_port);
    status = daemon_start(server, listen, fd, err);
    if (status != 0) goto out;
    *ret = server;
    return 0;
out:
    if (fd >= 0) close(fd);
    http_connections_free(server->connections);
    sek_free(server);
    return status;
}

const char *http_server_url(const struct http_server *server) { return server->url; }

bool http_server_loopback(const struct http_server *server) { return server->loopback; }

/* Waits until a count is 0, so many milliseconds at most; false: it is not. */
static bool wait_for_none(atomic_int *count, int milliseconds) {
    const struct timespec pause = {0, 5000000};
    int64_t until = http_monotonic_ms() + milliseconds;
    while (atomic_load(count) > 0 && http_monotonic_ms() < until) nanosleep(&pause, NULL);
    return atomic_load(count) == 0;
}

bool http_server_stop(struct http_server *server) {
    if (server == NULL) return true;
    atomic_store(&server->stopping, true);
    wait_for_none(&server->running, STOP_MILLISECONDS);
    atomic_store(&server->stopped, true);
    if (!wait_for_none(&server->handling, HANDLERS_MILLISECONDS)) return false;
    MHD_stop_daemon(server->daemon);
    http_connections_free(server->connections);
    sek_free(server);
    return true;
}
