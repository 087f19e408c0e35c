/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its handler: match the table, authenticate, authorise, check, call, log. */
#include "server/log.h"
#include "server/routes/routes.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "policy/ids.h"
#include "sys/env.h"

#include <stdio.h>

static const struct route table[] = {
#define ROUTE(method, path, least, access, query, body, handler) {method, path, least, access, query, body, handler},
#include "server/routes/routes.def"
#undef ROUTE
};
enum { TABLE = sizeof table / sizeof table[0], LOGGED_PATH = 1000, BUSY_RETRY_SECONDS = 1, IGNORED_BODY = 64 << 10 };

/* Splits off what stands before the next '/'. */
static struct sekuire_text next_segment(struct sekuire_text *rest) {
    const char *slash = rest->size == 0 ? NULL : memchr(rest->data, '/', rest->size);
    struct sekuire_text segment = *rest;
    if (slash == NULL) {
        *rest = (struct sekuire_text){NULL, 0};
        return segment;
    }
    segment.size = (size_t)(slash - rest->data);
    *rest = (struct sekuire_text){slash + 1, rest->size - segment.size - 1};
    return segment;
}

/* Does a path have a route's shape? Its variable segments are put aside, decoded. */
static bool matches(struct exchange *x, const struct route *route, struct sekuire_text path) {
    struct sekuire_text want = sek_text(route->path);
    size_t arguments = 0;
    want = (struct sekuire_text){want.data + 1, want.size - 1};
    path = (struct sekuire_text){path.data + 1, path.size - 1};
    for (;;) {
        bool last_want = want.data == NULL, last_path = path.data == NULL;
        if (last_want || last_path) return last_want && last_path;
        struct sekuire_text pattern = next_segment(&want), given = next_segment(&path);
        if (pattern.size == 0 || pattern.data[0] != '{') {
            if (!sek_text_equal(pattern, given)) return false;
            continue;
        }
        struct sekuire_text decoded;
        if (given.size == 0 || !http_decode(&x->arena, given, &decoded)) return false;
        if (sek_text_is(pattern, "{workspace}"))
            x->workspace = decoded;
        else
            x->arguments[arguments++] = decoded;
    }
}

/* Finds the route; not_found, or method with the methods that the path has. */
static int find_route(struct exchange *x, struct sekuire_error *err) {
    struct sek_buffer allow;
    sek_buffer_init(&allow, 64);
    int status = 0;
    for (int i = 0; i < TABLE && x->route == NULL; i++) {
        x->workspace = (struct sekuire_text){NULL, 0};
        if (!matches(x, &table[i], x->request->path)) continue;
        if (sek_text_is(x->request->method, table[i].method)) {
            x->route = &table[i];
            break;
        }
        sek_buffer_format(&allow, "%s%s", allow.size == 0 ? "" : ", ", table[i].method);
        if (strcmp(table[i].method, "GET") == 0) sek_buffer_string(&allow, ", HEAD");
    }
    if (x->route == NULL && allow.size > 0) {
        http_answer_field(x->answer, "Allow", sek_arena_copy(&x->request->arena, sek_buffer_view(&allow)));
        status = sek_fail(err, SEKUIRE_ERR_METHOD, "this path does not have the method %.*s", SEK_TEXT_ARGS(x->request->method));
    } else if (x->route == NULL) {
        status = sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    }
    sek_buffer_clear(&allow);
    return status;
}

/* Notes a key's use; what cannot be noted is no reason to refuse. */
static void note_use(struct exchange *x) {
    struct sekuire_error err = {0};
    struct store_session *session = NULL;
    int status = store_begin(x->server->store, STORE_WRITE, &session, &err);
    if (status == 0) status = session->ops->api_key_used(session, x->identity.key_id, x->now, &err);
    if (status == 0)
        status = store_commit(session, &err);
    else
        store_rollback(session);
    if (status != 0) server_log("the last use of a key was not noted: %s", err.message);
}

/* May they: by the route's least role and the path's workspace. */
static int authorise_route(struct exchange *x, struct store_session *session, struct sekuire_error *err) {
    struct store_workspace row;
    char id[STORE_ID];
    if (x->route->access == ROUTE_ANYONE) return 0;
    if (x->route->access == ROUTE_KEY && !x->identity.present) return guard_authorise(&x->identity, NULL, x->route->least, err);
    if (x->workspace.data == NULL) return guard_authorise(&x->identity, NULL, x->route->least, err);
    if (!sek_id_valid(x->workspace)) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    snprintf(id, sizeof id, "%.*s", SEK_TEXT_ARGS(x->workspace));
    if (x->route->access == ROUTE_PUBLIC_READ) {
        struct active_view view = {0};
        int status = active_cache_get(x->server->active, x->workspace, &view, err);
        if (status != 0) return status;
        active_policy_release(view.policy);
        if (view.exists && view.public_read) return 0;
        if (!view.exists || !x->identity.present) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
        return guard_authorise(&x->identity, id, x->route->least, err);
    }
    if (x->identity.role == STORE_ADMIN) return session->ops->workspace_get(session, x->workspace, &row, err);
    return guard_authorise(&x->identity, id, x->route->least, err);
}

/* Reading the active policy is what every agent does all the time: it is not counted. */
static bool counted(const struct exchange *x) { return x->route == NULL || x->route->handle != route_active_policy; }

/* The key that the request carries; data NULL without one. A bad key is refused also where none is needed. */
static int read_key(struct exchange *x, struct sekuire_text *ret, struct sekuire_error *err) {
    int status = guard_credentials(x->request, ret, err);
    if (status != 0) limiter_key_failed(x->server->limiter, x->request->address, http_monotonic_ms());
    if (status != 0 || ret->data == NULL) return status;
    return exchange_may_try(x, *ret, err);
}

/* Who asks, and may they, in one look at the store; without a key, and where none is needed, the store is left alone. */
static int admit(struct exchange *x, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct sekuire_text key = {NULL, 0};
    bool stale = false;
    int status = read_key(x, &key, err);
    bool carries = key.data != NULL;
    if (status == 0 && carries) status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status == 0 && carries) status = exchange_authenticate(x, session, key, &x->identity, &stale, err);
    if (status == 0 && carries && counted(x)) status = exchange_limit_key(x, key, err);
    if (status == 0) status = authorise_route(x, session, err);
    store_rollback(session);
    if (stale) note_use(x);
    return status;
}

/* Is word one of the names in list? */
static bool listed(const char *list, struct sekuire_text word) {
    struct sekuire_text rest = sek_text(list);
    while (rest.size > 0) {
        const char *space = memchr(rest.data, ' ', rest.size);
        struct sekuire_text name = {rest.data, space == NULL ? rest.size : (size_t)(space - rest.data)};
        if (sek_text_equal(name, word)) return true;
        if (space == NULL) break;
        rest = (struct sekuire_text){space + 1, rest.size - name.size - 1};
    }
    return false;
}

/* Reads the query: only parameters that the route has, each once. */
static int read_query(struct exchange *x, struct sekuire_error *err) {
    struct sekuire_text rest = x->request->query;
    while (rest.size > 0) {
        const char *and = memchr(rest.data, '&', rest.size);
        struct sekuire_text pair = {rest.data, and == NULL ? rest.size : (size_t)(and - rest.data)};
        rest = and == NULL ? (struct sekuire_text){NULL, 0} : (struct sekuire_text){and + 1, rest.size - pair.size - 1};
        if (pair.size == 0) continue;
        const char *equals = memchr(pair.data, '=', pair.size);
        struct sekuire_text name = {pair.data, equals == NULL ? pair.size : (size_t)(equals - pair.data)};
        struct sekuire_text value = equals == NULL ? (struct sekuire_text){"", 0}
                                                   : (struct sekuire_text){equals + 1, pair.size - name.size - 1};
        if (!http_decode(&x->arena, name, &name) || !http_decode(&x->arena, value, &value))
            return sek_fail(err, SEKUIRE_ERR_SYNTAX, "the query is malformed");
        if (!listed(x->route->query, name))
            return sek_fail(err, SEKUIRE_ERR_UNKNOWN_KEY, "unknown query parameter %.*s", SEK_TEXT_ARGS(name));
        if (exchange_parameter(x, name.data).data != NULL)
            return sek_fail(err, SEKUIRE_ERR_DUPLICATE_KEY, "the query parameter %.*s stands twice", SEK_TEXT_ARGS(name));
        x->parameters[x->parameter_count].name = name;
        x->parameters[x->parameter_count].value = value;
        x->parameter_count++;
    }
    return 0;
}

/* A body must be plain JSON by its header fields. */
static int check_media_type(const struct exchange *x, struct sekuire_error *err) {
    const struct http_field *length = http_field_find(x->request, "Content-Length", NULL);
    bool comes = http_field_find(x->request, "Transfer-Encoding", NULL) != NULL || (length != NULL && !sek_text_is(length->value, "0"));
    if (!comes || x->route->body_max == 0) return 0;
    const struct http_field *encoding = http_field_find(x->request, "Content-Encoding", NULL);
    if (encoding != NULL && !sek_text_equal_ascii_case(encoding->value, SEK_TEXT("identity")))
        return sek_fail(err, SEKUIRE_ERR_MEDIA_TYPE, "bodies are taken without Content-Encoding");
    const struct http_field *type = http_field_find(x->request, "Content-Type", NULL);
    struct sekuire_text json = SEK_TEXT("application/json");
    if (type == NULL || type->value.size < json.size || !sek_text_equal_ascii_case((struct sekuire_text){type->value.data, json.size}, json))
        return sek_fail(err, SEKUIRE_ERR_MEDIA_TYPE, "the Content-Type must be application/json");
    char after = type->value.size == json.size ? ';' : type->value.data[json.size];
    if (after != ';' && after != ' ') return sek_fail(err, SEKUIRE_ERR_MEDIA_TYPE, "the Content-Type must be application/json");
    return 0;
}

/* Where the mark of an API key ends in a text, in any case of its letters; 0: it has none. */
static size_t find_mark(struct sekuire_text text) {
    struct sekuire_text mark = SEK_TEXT("sk_live_");
    for (size_t i = 0; i + mark.size <= text.size; i++)
        if (sek_text_equal_ascii_case((struct sekuire_text){text.data + i, mark.size}, mark)) return i + mark.size;
    return 0;
}

/* Takes one layer of %XX off, in place; what is none stays. False: there was nothing to take off. */
static bool unescape(char *text, size_t *size) {
    size_t n = 0;
    for (size_t i = 0; i < *size; n++) {
        uint8_t byte;
        bool escape = text[i] == '%' && *size - i >= 3 && sek_hex_decode(&byte, 1, (struct sekuire_text){text + i + 1, 2});
        text[n] = escape ? (char)byte : text[i];
        i += escape ? 3 : 1;
    }
    bool any = n < *size;
    *size = n;
    return any;
}

/* The part of a method or path that may be logged: what follows the mark of an API key, which somebody took for an id, may not. A mark
 * under escapes, of however many layers, begins before the first of them or there. */
static struct sekuire_text loggable(struct sekuire_text text) {
    char plain[LOGGED_PATH];
    if (text.data == NULL) return SEK_TEXT("-");
    if (text.size > LOGGED_PATH) text.size = LOGGED_PATH;
    size_t size = text.size, end = find_mark(text);
    memcpy(plain, text.data, size);
    while (end == 0 && unescape(plain, &size))
        if (find_mark((struct sekuire_text){plain, size}) > 0) end = (size_t)((const char *)memchr(text.data, '%', text.size) - text.data) + 1;
    return end > 0 ? (struct sekuire_text){text.data, end} : text;
}

/* Errors that are nobody's business but the operator's. */
static bool internal(int status) {
    return status == SEKUIRE_ERR_IO || status == SEKUIRE_ERR_NO_SPACE || status == SEKUIRE_ERR_MEMORY || status == SEKUIRE_ERR_CONFIG ||
           status == SEKUIRE_ERR_SERVER;
}

/* Makes the answer of a failure. */
static void answer_failure(struct exchange *x, int status, struct sekuire_error *err) {
    struct sek_writer writer;
    int http_status = x->http_status != 0 ? x->http_status : sek_status_http(status);
    if (internal(status)) {
        server_log("%.*s: %s: %s %s", SEK_TEXT_ARGS(loggable(x->request->path)), sekuire_status_word(status), err->message, x->request->id);
        snprintf(err->message, sizeof err->message, "the server cannot do this now");
        err->line = 0;
        http_status = 503;
    }
    if (http_status == 503) x->retry_seconds = BUSY_RETRY_SECONDS;
    if (x->retry_seconds > 0) http_answer_field(x->answer, "Retry-After", sek_arena_format(&x->request->arena, "%u", x->retry_seconds));
    if (status == SEKUIRE_ERR_NOT_FOUND) snprintf(err->message, sizeof err->message, "not found");
    if (status == SEKUIRE_ERR_UNAUTHORIZED) http_answer_field(x->answer, "WWW-Authenticate", "Bearer realm=\"sekuired\"");
    exchange_answer(x, http_status, &writer);
    sek_write_object(&writer);
    sek_write_member(&writer, "error", sekuire_status_word(status));
    if (err->line != 0) {
        char message[SEKUIRE_MESSAGE_MAX + 64];
        snprintf(message, sizeof message, "line %u, column %u: %s", err->line, err->column, err->message);
        sek_write_member(&writer, "message", message);
    } else {
        sek_write_member(&writer, "message", err->message);
    }
    if (x->report.first != NULL) {
        sek_write_key(&writer, "findings");
        findings_write(&writer, &x->report);
    }
    sek_write_object_end(&writer);
}

/* Frees what the exchange holds beside the request. */
static void exchange_free(struct exchange *x) {
    if (x == NULL) return;
    sek_report_clear(&x->report);
    sek_arena_wipe(&x->arena); /* the body of a verification holds a key */
    sek_free(x);
}

/* How much of a body is read: what the route does with it is another matter, for a few bytes where none is expected are no harm. */
static size_t body_max(const struct exchange *x) {
    if (x->route->body_max == 0) return IGNORED_BODY;
    return x->route->body_max < x->server->body_max ? x->route->body_max : x->server->body_max;
}

/* Tells the request that memory was short in the exchange: see http_answer_settle. */
static void note_memory(const struct exchange *x) {
    if (x->arena.failed || x->report.status == SEKUIRE_ERR_MEMORY) x->request->arena.failed = true;
}

/* The head of a request is here. */
static size_t open_request(void *context, struct http_request *request, struct http_answer *answer) {
    struct sekuire_error err = {0};
    struct exchange *x = sek_alloc_zero(1, sizeof *x);
    if (x == NULL) {
        answer->status = 503;
        answer->close = true;
        http_answer_field(answer, "Retry-After", "1");
        return 0;
    }
    request->exchange = x;
    x->server = context;
    x->request = request;
    x->answer = answer;
    x->now = sys_now();
    sek_arena_init(&x->arena, SEK_LIMIT_TREE_ARENA);
    sek_report_init(&x->report);
    int status = find_route(x, &err);
    if (counted(x)) {
        /* Said first: whoever asks too often learns nothing else. */
        int limited = exchange_limit_address(x, &err);
        if (limited != 0) status = limited;
    }
    if (status == 0) status = admit(x, &err);
    if (status == 0) status = read_query(x, &err);
    if (status == 0) status = check_media_type(x, &err);
    note_memory(x);
    if (status != 0) {
        answer_failure(x, status, &err);
        return 0;
    }
    request->drop_body = x->route->body_max == 0;
    return body_max(x);
}

/* The body goes on after the route's cap. */
static void refuse_large(void *context, struct http_request *request, struct http_answer *answer) {
    struct sekuire_error err = {0};
    struct exchange *x = request->exchange;
    (void)context;
    (void)answer;
    int status = sek_fail(&err, SEKUIRE_ERR_TOO_LARGE, "the body is larger than %zu bytes", body_max(x));
    answer_failure(x, status, &err);
}

/* There is no room for one more body. */
static void refuse_busy(void *context, struct http_request *request, struct http_answer *answer) {
    struct sekuire_error err = {0};
    (void)context;
    (void)answer;
    int status = sek_fail(&err, SEKUIRE_ERR_MEMORY, "the bodies of all requests take what max-bodies-bytes allows");
    answer_failure(request->exchange, status, &err);
}

/* The request is complete. */
static void serve(void *context, struct http_request *request, struct http_answer *answer) {
    struct sekuire_error err = {0};
    struct exchange *x = request->exchange;
    (void)context;
    (void)answer;
    int status = x->route->handle(x, &err);
    note_memory(x);
    if (status == 0) status = sek_buffer_check(&x->answer->body, &err);
    if (status == 0) return;
    sek_buffer_clear(&x->answer->body);
    answer_failure(x, status, &err);
}

/* One line for each request: its path without the query, never a key or a body. */
static void done(void *context, struct http_request *request, int status) {
    const struct server *server = context;
    if (!server->quiet)
        server_log("%.*s %.*s %d %lld ms %s", SEK_TEXT_ARGS(request->head ? SEK_TEXT("HEAD") : loggable(request->method)),
                   SEK_TEXT_ARGS(loggable(request->path)), status, (long long)(http_monotonic_ms() - request->started_ms), request->id);
    exchange_free(request->exchange);
    request->exchange = NULL;
}

/* What libmicrohttpd says. */
static void library_log(void *context, const char *line) {
    (void)context;
    server_log("http: %s", line);
}

struct http_service routes_service(struct server *server) {
    return (struct http_service){.context = server,
                                 .open = open_request,
                                 .too_large = refuse_large,
                                 .busy = refuse_busy,
                                 .serve = serve,
                                 .done = done,
                                 .log = library_log};
}
