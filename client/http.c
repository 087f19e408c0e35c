/* SPDX-License-Identifier: Apache-2.0 */
#include "client/http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "client/http-module/module.h"
#include "sys/env.h"

enum { HEADER_BYTES = 256 << 10, HEADER_COUNT = 32, MODULE_PATH = 4096 };

/* What the callbacks gather. */
struct gathering {
    struct sek_http_answer *answer;
    int status;          /* of the newest status line */
    size_t header_bytes; /* of all header blocks */
    bool in_body;        /* what looks like a header from now on is a trailer */
    bool chunked;
    int64_t length; /* as Content-Length states it; -1: not stated */
    int failure;         /* why a callback stopped the exchange */
    struct sekuire_error *err;
};

/* The module's table, or NULL with what the loader said. */
static const struct sek_http_module *open_module(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return library == NULL ? NULL : dlsym(library, SEK_HTTP_MODULE_SYMBOL);
}

/* The running program's file: as /proc says, or, where that is not mounted, as the kernel was asked to run it. */
static bool program_file(char out[MODULE_PATH]) {
    ssize_t n = readlink("/proc/self/exe", out, MODULE_PATH - 1);
    if (n > 0) {
        out[n] = '\0';
        return true;
    }
    const char *asked = (const char *)getauxval(AT_EXECFN); /* getauxval returns a pointer as a number: getauxval(3) */
    return asked != NULL && realpath(asked, out) != NULL;
}

/* The module's path beside the running program: DIR/../lib/sekuire/sekuire-http.so. */
static bool path_beside(char *out, size_t capacity) {
    char program[MODULE_PATH];
    if (!program_file(program)) return false;
    char *slash = strrchr(program, '/');
    if (slash == NULL) return false;
    *slash = '\0';
    int size = snprintf(out, capacity, "%s/../lib/sekuire/sekuire-http.so", program);
    return size > 0 && (size_t)size < capacity;
}

/* Finds and opens the module once. Its path never comes from the environment or the current folder. */
static int load_module(const struct sek_http_module **ret, struct sekuire_error *err) {
    static const struct sek_http_module *loaded;
    char path[MODULE_PATH + 64];
    if (loaded == NULL && path_beside(path, sizeof path) && access(path, F_OK) == 0) {
        loaded = open_module(path);
        if (loaded == NULL) return sek_fail(err, SEKUIRE_ERR_CONFIG, "the HTTP module cannot be opened: %s", dlerror());
    }
    if (loaded == NULL) loaded = open_module(SEKUIRE_MODULE_DIR "/sekuire-http.so");
    if (loaded == NULL) return sek_fail(err, SEKUIRE_ERR_CONFIG, "the HTTP module cannot be opened: %s", dlerror());
    if (loaded->version != SEK_HTTP_MODULE_VERSION) {
        loaded = NULL;
        return sek_fail(err, SEKUIRE_ERR_CONFIG, "the HTTP module is of another version of sekuire");
    }
    *ret = loaded;
    return 0;
}

/* Splits "Name: value" and says whether the name is the one asked for (in any case); the value without white space around it. */
static bool header_is(struct sekuire_text line, const char *name, struct sekuire_text *ret_value) {
    size_t size = strlen(name);
    if (line.size <= size || line.data[size] != ':') return false;
    if (!sek_text_equal_ascii_case((struct sekuire_text){line.data, size}, sek_text(name))) return false;
    const char *from = line.data + size + 1;
    const char *to = line.data + line.size;
    while (from < to && (*from == ' ' || *from == '\t')) from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r' || to[-1] == '\n')) to--;
    *ret_value = (struct sekuire_text){from, (size_t)(to - from)};
    return true;
}

/* Keeps the first value of a header, if it fits and holds no NUL. */
static void keep(char *out, size_t capacity, struct sekuire_text value) {
    if (out[0] != '\0' || value.size >= capacity || memchr(value.data, '\0', value.size) != NULL) return;
    memcpy(out, value.data, value.size);
    out[value.size] = '\0';
}

/* A Retry-After in seconds, at most a year; -1 for the other form, a date. */
static int64_t seconds_of(struct sekuire_text value) {
    int64_t seconds = 0;
    if (value.size == 0 || value.size > 8) return -1;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') return -1;
        seconds = seconds * 10 + (value.data[i] - '0');
    }
    return seconds < 31536000 ? seconds : 31536000;
}

/* Stops the exchange with error body. */
static bool stop(struct gathering *gathering, const char *why, struct sekuire_text what) {
    gathering->failure = sek_fail(gathering->err, SEKUIRE_ERR_BODY, "%s%.*s", why, (int)(what.size < 64 ? what.size : 64), what.data);
    return false;
}

/* The three digits of a status line, or 0. */
static int status_of(struct sekuire_text line) {
    const char *space = memchr(line.data, ' ', line.size);
    int status = 0;
    if (space == NULL || line.data + line.size - space < 4) return 0;
    for (int i = 1; i <= 3; i++) {
        if (space[i] < '0' || space[i] > '9') return 0;
        status = status * 10 + (space[i] - '0');
    }
    return status;
}

/* Takes a Content-Length. libcurl ignores one that it cannot hold and takes the last of several: whoever stands between could so hide
 * where an answer ends. */
static bool take_length(struct gathering *gathering, struct sekuire_text value) {
    int64_t length = 0;
    bool valid = value.size >= 1 && value.size <= 18;
    for (size_t i = 0; valid && i < value.size; i++) {
        valid = value.data[i] >= '0' && value.data[i] <= '9';
        length = length * 10 + (value.data[i] - '0');
    }
    if (!valid || gathering->chunked || (gathering->length >= 0 && gathering->length != length))
        return stop(gathering, "the answer's length is not clear: ", value);
    gathering->length = length;
    return true;
}

/* Takes a Transfer-Encoding: chunked, once, and no length beside it. */
static bool take_transfer(struct gathering *gathering, struct sekuire_text value) {
    if (!sek_text_equal_ascii_case(value, SEK_TEXT("chunked")))
        return stop(gathering, "the answer came in an encoding that was not asked for: ", value);
    if (gathering->chunked || gathering->length >= 0) return stop(gathering, "the answer's length is not clear: ", value);
    gathering->chunked = true;
    return true;
}

/* One header line, or the status line that begins a block of them. */
static bool on_header(void *context, const char *bytes, size_t size) {
    struct gathering *gathering = context;
    struct sek_http_answer *answer = gathering->answer;
    struct sekuire_text line = {bytes, size};
    struct sekuire_text value;
    gathering->header_bytes += size;
    if (gathering->header_bytes > HEADER_BYTES) return stop(gathering, "the answer's headers are too long", SEK_TEXT(""));
    if (gathering->in_body) return true;
    if (sek_text_starts(line, SEK_TEXT("HTTP/"))) {
        gathering->status = status_of(line);
        answer->etag[0] = answer->location[0] = '\0';
        answer->retry_after = gathering->length = -1;
        gathering->chunked = false;
        return true;
    }
    if (header_is(line, "etag", &value)) keep(answer->etag, sizeof answer->etag, value);
    if (header_is(line, "location", &value)) keep(answer->location, sizeof answer->location, value);
    if (header_is(line, "retry-after", &value)) answer->retry_after = seconds_of(value);
    if (header_is(line, "content-encoding", &value) && !sek_text_equal_ascii_case(value, SEK_TEXT("identity")))
        return stop(gathering, "the answer came in an encoding that was not asked for: ", value);
    if (header_is(line, "content-length", &value)) return take_length(gathering, value);
    if (header_is(line, "transfer-encoding", &value)) return take_transfer(gathering, value);
    return true;
}

/* A piece of the body; of a redirect nobody wants it. */
static bool on_body(void *context, const char *bytes, size_t size) {
    struct gathering *gathering = context;
    struct sek_buffer *body = &gathering->answer->body;
    gathering->in_body = true;
    if (gathering->status >= 300 && gathering->status < 400) return false;
    sek_buffer_append(body, bytes, size);
    if (body->status == 0) return true;
    if (body->status == SEKUIRE_ERR_MEMORY) gathering->failure = sek_fail_memory(gathering->err);
    else gathering->failure = sek_fail(gathering->err, SEKUIRE_ERR_BODY, "the answer is longer than %zu bytes", body->limit);
    return false;
}

/* The error that an unfinished exchange stands for. */
static int fail_outcome(enum sek_http_outcome outcome, const struct sek_http_exchange *exchange, const struct gathering *gathering) {
    struct sekuire_error *err = gathering->err;
    if (outcome == SEK_HTTP_CUT && gathering->status == 0) outcome = SEK_HTTP_NETWORK;
    switch (outcome) {
    case SEK_HTTP_DONE: return 0;
    case SEK_HTTP_STOPPED:
        if (gathering->failure != 0) return gathering->failure;
        break;
    case SEK_HTTP_NETWORK: return sek_fail(err, SEKUIRE_ERR_NETWORK, "the server cannot be reached: %s", exchange->message);
    case SEK_HTTP_TIMEOUT: return sek_fail(err, SEKUIRE_ERR_TIMEOUT, "the server did not answer in time: %s", exchange->message);
    case SEK_HTTP_TLS: return sek_fail(err, SEKUIRE_ERR_TLS, "no secure connection: %s", exchange->message);
    case SEK_HTTP_CUT: return sek_fail(err, SEKUIRE_ERR_BODY, "the answer was cut off: %s", exchange->message);
    case SEK_HTTP_PROTOCOL: return sek_fail(err, SEKUIRE_ERR_SERVER, "the answer is no HTTP/1.1: %s", exchange->message);
    case SEK_HTTP_MEMORY: return sek_fail_memory(err);
    case SEK_HTTP_FAILED: break;
    }
    return sek_fail(err, SEKUIRE_ERR_NETWORK, "the request failed: %s", exchange->message);
}

/* Judges the status of what came: a 3xx is an error whether or not the rest of it came. */
static int check_status(const struct sek_http_request *request, const struct gathering *gathering) {
    const struct sek_http_answer *answer = gathering->answer;
    if (gathering->status < 300 || gathering->status >= 400) return 0;
    if (gathering->status == 304 && request->if_none_match != NULL) return 0;
    if (gathering->status == 304)
        return sek_fail(gathering->err, SEKUIRE_ERR_SERVER, "HTTP 304 (not modified), though no cached copy was named");
    return sek_fail(gathering->err, SEKUIRE_ERR_REDIRECT, "HTTP %d: the server redirects to %s: redirects are not followed",
                    gathering->status, answer->location[0] == '\0' ? "nowhere" : answer->location);
}

/* The caller's headers, and If-None-Match behind them. */
static int gather_headers(const struct sek_http_request *request, char *match, size_t match_size, const char *headers[HEADER_COUNT],
                          struct sekuire_error *err) {
    size_t count = 0;
    for (; request->headers != NULL && request->headers[count] != NULL; count++) {
        if (count >= HEADER_COUNT - 2 || strpbrk(request->headers[count], "\r\n") != NULL)
            return sek_fail(err, SEKUIRE_ERR_USAGE, "a header that cannot be sent");
        headers[count] = request->headers[count];
    }
    if (request->if_none_match != NULL) {
        int n = snprintf(match, match_size, "If-None-Match: %s", request->if_none_match);
        if (n < 0 || (size_t)n >= match_size || strpbrk(match, "\r\n") != NULL)
            return sek_fail(err, SEKUIRE_ERR_USAGE, "an ETag that cannot be sent");
        headers[count++] = match;
    }
    headers[count] = NULL;
    return 0;
}

int sek_http_send(const struct sek_http_request *request, struct sek_http_answer *ret, struct sekuire_error *err) {
    const struct sek_http_module *module = NULL;
    const char *headers[HEADER_COUNT];
    char match[SEK_ETAG_SIZE + 32];
    struct sek_http_answer answer = {.retry_after = -1};
    struct gathering gathering = {.answer = &answer, .length = -1, .err = err};
    sek_buffer_init(&answer.body, request->max_answer == 0 ? SEK_LIMIT_HTTP_ANSWER_BYTES : request->max_answer);
    int status = gather_headers(request, match, sizeof match, headers, err);
    if (status == 0) status = load_module(&module, err);
    if (status != 0) return status;
    struct sek_http_exchange exchange = {
        .method = request->method,
        .url = request->url,
        .headers = headers,
        .user_agent = "sekuire/" SEKUIRE_VERSION,
        .ca_file = sys_variable("SSL_CERT_FILE"),
        .use_proxy = strncmp(request->url, "https:", 6) == 0,
        .body = request->body.data,
        .body_size = request->body.size,
        .connect_ms = request->connect_ms > 0 ? request->connect_ms : SEK_LIMIT_HTTP_CONNECT_SECONDS * 1000L,
        .total_ms = request->total_ms > 0 ? request->total_ms : SEK_LIMIT_HTTP_TOTAL_SECONDS * 1000L,
        .on_header = on_header,
        .on_body = on_body,
        .context = &gathering,
    };
    enum sek_http_outcome outcome = module->perform(&exchange);
    status = check_status(request, &gathering);
    if (status == 0) status = fail_outcome(outcome, &exchange, &gathering);
    if (status != 0) {
        sek_buffer_clear(&answer.body);
        return status;
    }
    answer.status = gathering.status;
    *ret = answer;
    return 0;
}

void sek_http_answer_clear(struct sek_http_answer *answer) {
    if (answer == NULL) return;
    sek_buffer_clear(&answer->body);
    *answer = (struct sek_http_answer){.retry_after = -1};
}
