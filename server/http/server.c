/* SPDX-License-Identifier: Apache-2.0 */
/* The libmicrohttpd daemon, and one call of ours for each of its requests. */
#include "server/http/http.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 8 << 10,
    REQUEST_ARENA = 64 << 10,
    DROPPED_BODY_MAX = 16 << 20, /* of a refused request is read, so that its sender sees the answer */
    BODY_MILLISECONDS = 120000,
    STOP_MILLISECONDS = 5000
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_service service;
    char url[320];
    bool loopback;
    atomic_int running;
};

/* One request, from its target to its end. */
struct call {
    struct http_request request;
    struct http_answer answer;
    bool target_ok;
    bool opened;
    size_t take;    /* bytes of body that may come */
    size_t dropped; /* bytes of body that were not kept */
};

static void log_line(void *cls, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Hands libmicrohttpd's complaints to the service. */
static void log_line(void *cls, const char *format, va_list args) {
    struct http_server *server = cls;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    server->service.log(server->service.context, line);
}

/* Leaves targets as they are: they are decoded by segment, by ourselves. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    return strlen(text);
}

/* Called with the raw target as soon as the request line is here; the result comes back as the request's state. */
static void *call_new(void *cls, const char *target, struct MHD_Connection *connection) {
    struct http_server *server = cls;
    (void)connection;
    struct call *call = sek_alloc_zero(1, sizeof *call);
    if (call == NULL) return NULL;
    sek_arena_init(&call->request.arena, REQUEST_ARENA);
    sek_buffer_init(&call->request.body, 0);
    call->request.started_ms = http_monotonic_ms();
    call->target_ok = http_target_read(&call->request, target);
    atomic_fetch_add(&server->running, 1);
    return call;
}

/* The request is over, however it ended. */
static void call_done(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode how) {
    struct http_server *server = cls;
    struct call *call = *con_cls;
    (void)connection;
    (void)how;
    if (call == NULL) return;
    if (call->opened) server->service.done(server->service.context, &call->request, call->answer.status);
    if (call->answer.shared.release != NULL) call->answer.shared.release(call->answer.shared.owner);
    /* Fields, and some bodies, hold API keys. */
    sek_buffer_wipe(&call->answer.body);
    sek_buffer_wipe(&call->request.body);
    sek_arena_wipe(&call->request.arena);
    sek_free(call);
    *con_cls = NULL;
    atomic_fetch_sub(&server->running, 1);
}

/* Copies one header field. */
static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
                                  size_t value_size) {
    struct http_request *request = cls;
    (void)kind;
    struct http_field *field = sek_arena_alloc(&request->arena, sizeof *field);
    char *name_copy = sek_arena_copy(&request->arena, (struct sekuire_text){name, name_size});
    char *value_copy = sek_arena_copy(&request->arena, (struct sekuire_text){value, value == NULL ? 0 : value_size});
    if (field == NULL || name_copy == NULL || value_copy == NULL) return MHD_NO;
    *field = (struct http_field){{name_copy, name_size}, {value_copy, value == NULL ? 0 : value_size}, request->fields};
    request->fields = field;
    return MHD_YES;
}

/* Fields that smuggle: control bytes in a value, or two ways to tell where the body ends. */
static bool fields_sound(const struct http_request *request) {
    for (const struct http_field *f = request->fields; f != NULL; f = f->next)
        for (size_t i = 0; i < f->value.size; i++)
            if (((unsigned char)f->value.data[i] < 0x20 && f->value.data[i] != '\t') || f->value.data[i] == 0x7f) return false;
    const struct http_field *length = http_field_find(request, "Content-Length", NULL);
    if (length == NULL) return true;
    return http_field_find(request, "Transfer-Encoding", NULL) == NULL && http_field_find(request, "Content-Length", length) == NULL;
}

/* A refusal that needs no service: the request is none. */
static void refuse_malformed(struct http_answer *answer, const char *why) {
    answer->status = MHD_HTTP_BAD_REQUEST;
    answer->close = true;
    sek_buffer_init(&answer->body, 512);
    sek_buffer_format(&answer->body, "{\"error\":\"syntax\",\"message\":\"%s\"}", why);
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

/* The first call for a request: its head is complete. */
static void call_open(struct http_server *server, struct call *call, struct MHD_Connection *connection, const char *method) {
    struct http_request *request = &call->request;
    call->opened = true;
    char *copy = sek_arena_copy(&request->arena, sek_text(method));
    request->method = sek_text(copy);
    request->head = sek_text_is(request->method, "HEAD");
    if (request->head) request->method = SEK_TEXT("GET");
    int wanted = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);
    int taken = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_field, request);
    if (copy == NULL || taken != wanted)
        refuse_malformed(&call->answer, "the head of the request is too large");
    else if (!call->target_ok)
        refuse_malformed(&call->answer, "the request target is malformed");
    else if (!fields_sound(request))
        refuse_malformed(&call->answer, "a header field of the request is malformed");
    else
        call->take = server->service.open(server->service.context, request, &call->answer);
    size_t length = stated_length(request);
    if (call->answer.status == 0 && length > call->take) server->service.too_large(server->service.context, request, &call->answer);
    if (length > DROPPED_BODY_MAX) call->answer.close = true;
    sek_buffer_init(&request->body, call->take);
}

/* A piece of the body. False: drop the connection. */
static bool call_body(struct http_server *server, struct call *call, const char *data, size_t size) {
    struct http_request *request = &call->request;
    if (http_monotonic_ms() - request->started_ms > BODY_MILLISECONDS) return false;
    if (call->answer.status == 0 && size > call->take - request->body.size) {
        server->service.too_large(server->service.context, request, &call->answer);
        sek_buffer_clear(&request->body);
    }
    if (call->answer.status == 0) {
        sek_buffer_append(&request->body, data, size);
        return request->body.status == 0;
    }
    call->dropped += size;
    return call->dropped <= DROPPED_BODY_MAX;
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

/* Sends the answer. */
static enum MHD_Result call_answer(struct call *call, struct MHD_Connection *connection) {
    struct http_answer *answer = &call->answer;
    http_answer_settle(&call->request, answer);
    bool has_body = answer->shared.release != NULL || answer->body.size > 0;
    struct MHD_Response *response = response_of(answer);
    if (response == NULL) return MHD_NO;
    if (has_body)
        MHD_add_response_header(response, "Content-Type", answer->content_type == NULL ? "application/json" : answer->content_type);
    for (size_t i = 0; i < answer->field_count; i++)
        MHD_add_response_header(response, answer->fields[i].name, answer->fields[i].value);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (answer->close) MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* libmicrohttpd calls this for the head, for each piece of the body, and at the end. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *data, size_t *size, void **con_cls) {
    struct http_server *server = cls;
    struct call *call = *con_cls;
    (void)url;
    (void)version;
    if (call == NULL) return MHD_NO;
    if (!call->opened) {
        call_open(server, call, connection, method);
        return call->answer.close ? call_answer(call, connection) : MHD_YES;
    }
    if (*size > 0) {
        bool going_on = call_body(server, call, data, *size);
        *size = 0;
        return going_on ? MHD_YES : MHD_NO;
    }
    if (call->answer.status == 0) server->service.serve(server->service.context, &call->request, &call->answer);
    return call_answer(call, connection);
}

/* As many connections as the cap, and the process, allow. */
static unsigned connection_limit(void) {
    struct rlimit files;
    unsigned limit = SEK_LIMIT_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < limit + 64u)
        limit = files.rlim_cur > 128 ? (unsigned)files.rlim_cur - 64u : 64u;
    return limit;
}

int http_server_start(const struct http_listen *listen, const struct http_service *service, struct http_server **ret,
                      struct sekuire_error *err) {
    char host_port[300];
    int fd = -1;
    int status = 0;
    bool tls = listen->tls_cert != NULL;
    struct http_server *server = sek_alloc_zero(1, sizeof *server);
    if (server == NULL) return sek_fail_memory(err);
    server->service = *service;
    status = http_listen_socket(listen->address, &fd, host_port, &server->loopback, err);
    if (status != 0) goto out;
    snprintf(server->url, sizeof server->url, "%s://%s", tls ? "https" : "http", host_port);
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)listen->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)listen->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    if (!tls) tls_options[0].option = MHD_OPTION_END;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | (tls ? (unsigned)MHD_USE_TLS : 0u);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_line, server, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, listen->threads, MHD_OPTION_CONNECTION_LIMIT, connection_limit(),
        MHD_OPTION_CONNECTION_TIMEOUT, SEK_LIMIT_CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, call_new, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, call_done, server, MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
    if (server->daemon == NULL) {
        status = tls ? sek_fail(err, SEKUIRE_ERR_CONFIG, "the TLS certificate and key cannot be used")
                     : sek_fail(err, SEKUIRE_ERR_IO, "cannot start to serve");
        goto out;
    }
    *ret = server;
    return 0;
out:
    if (fd >= 0) close(fd);
    sek_free(server);
    return status;
}

const char *http_server_url(const struct http_server *server) { return server->url; }

bool http_server_loopback(const struct http_server *server) { return server->loopback; }

void http_server_stop(struct http_server *server) {
    if (server == NULL) return;
    int fd = MHD_quiesce_daemon(server->daemon);
    int64_t until = http_monotonic_ms() + STOP_MILLISECONDS;
    const struct timespec pause = {0, 5000000};
    while (atomic_load(&server->running) > 0 && http_monotonic_ms() < until) nanosleep(&pause, NULL);
    MHD_stop_daemon(server->daemon);
    if (fd >= 0) close(fd);
    sek_free(server);
}
