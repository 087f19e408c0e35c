/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request: only what every program on the way reads alike is taken. */
#include "server/http/head.h"

#include "base/text.h"

#include <microhttpd.h>

/* Fields on their way out of libmicrohttpd. */
struct reading {
    struct http_request *request;
    const char *end; /* of what was read last, in libmicrohttpd's own buffer */
    const struct http_field **last;
    bool whole; /* nothing stood between lines but their ends */
    bool memory;
};

/* May stand in a method or a field's name. */
static bool is_token(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) return false;
    }
    return text.size > 0;
}

/* Has a control character, but a tab? */
static bool has_control(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++)
        if (((unsigned char)text.data[i] < 0x20 && text.data[i] != '\t') || text.data[i] == 0x7f) return true;
    return false;
}

/* Without the spaces and tabs around it. */
static struct sekuire_text stripped(struct sekuire_text text) {
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) text = (struct sekuire_text){text.data + 1, text.size - 1};
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) text.size--;
    return text;
}

/* libmicrohttpd before 1.0 cuts lines at a NUL, takes bare line feeds and joins folded lines. Its lines stay where they came in, with
 * CR and LF replaced by NULs: what is not exactly that between one line and the next was none of ours. */
static bool line_ended(const char *end, const char *next) {
#if MHD_VERSION < 0x01000000
    return (uintptr_t)next - (uintptr_t)end == 2 && end[0] == '\0' && end[1] == '\0';
#else
    (void)end;
    (void)next;
    return true;
#endif
}

/* Copies one field. */
static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
                                  size_t value_size) {
    struct reading *reading = cls;
    struct sek_arena *arena = &reading->request->arena;
    (void)kind;
    if (value == NULL) {
        value = name + name_size;
        value_size = 0;
    }
    struct http_field *field = sek_arena_alloc(arena, sizeof *field);
    char *name_copy = sek_arena_copy(arena, (struct sekuire_text){name, name_size});
    char *value_copy = sek_arena_copy(arena, (struct sekuire_text){value, value_size});
    if (field == NULL || name_copy == NULL || value_copy == NULL) {
        reading->memory = true;
        return MHD_NO;
    }
    if (!line_ended(reading->end, name)) reading->whole = false;
    reading->end = value + value_size;
    *field = (struct http_field){{name_copy, name_size}, stripped((struct sekuire_text){value_copy, value_size}), NULL};
    *reading->last = field;
    reading->last = &field->next;
    return MHD_YES;
}

/* How many fields of this name there are. */
static unsigned count(const struct http_request *request, const char *name) {
    unsigned n = 0;
    for (const struct http_field *f = NULL; (f = http_field_find(request, name, f)) != NULL;) n++;
    return n;
}

/* Digits and nothing else. */
static bool is_number(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9') return false;
    return text.size > 0;
}

/* Where the body ends must be said once, in one way that everybody understands. */
static const char *framing_fault(const struct http_request *request, bool newest) {
    unsigned lengths = count(request, "Content-Length"), codings = count(request, "Transfer-Encoding");
    if (lengths > 1) return "the request has more than one Content-Length";
    if (lengths > 0 && codings > 0) return "the request has both a Content-Length and a Transfer-Encoding";
    if (lengths > 0 && !is_number(http_field_find(request, "Content-Length", NULL)->value)) return "the Content-Length is malformed";
    if (codings == 0) return NULL;
    struct sekuire_text coding = http_field_find(request, "Transfer-Encoding", NULL)->value;
    if (!newest || codings > 1 || !sek_text_equal_ascii_case(coding, SEK_TEXT("chunked")))
        return "the only Transfer-Encoding that is taken is one chunked, in HTTP/1.1";
    return NULL;
}

/* A request names its host once; HTTP/1.0 need not. */
static const char *host_fault(const struct http_request *request, bool newest) {
    unsigned hosts = count(request, "Host");
    if (hosts > 1) return "the request has more than one Host";
    if (hosts == 0) return newest ? "the request has no Host" : NULL;
    struct sekuire_text host = http_field_find(request, "Host", NULL)->value;
    for (size_t i = 0; i < host.size; i++)
        if ((unsigned char)host.data[i] <= ' ' || strchr(",/?#@\\", host.data[i]) != NULL) return "the Host is malformed";
    return NULL;
}

/* Stands one space between each two parts of the request line? */
static bool line_spaced(const char *method, const char *url, const char *version, struct sekuire_text target) {
#if MHD_VERSION < 0x01000000
    return (uintptr_t)url == (uintptr_t)(method + strlen(method)) + 1 && (uintptr_t)version == (uintptr_t)(url + target.size) + 1;
#else
    (void)method;
    (void)url;
    (void)version;
    (void)target;
    return true;
#endif
}

const char *http_head_read(struct MHD_Connection *connection, const char *method, const char *url, const char *version,
                           struct http_request *request) {
    bool newest = strcmp(version, "HTTP/1.1") == 0;
    struct reading reading = {.request = request, .end = version + strlen(version), .last = &request->fields, .whole = true};
    if (!newest && strcmp(version, "HTTP/1.0") != 0) return "the version of HTTP must be 1.0 or 1.1";
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_field, &reading);
    if (reading.memory) return "the head of the request is too large";
    /* The empty line follows: its bytes are there. */
    bool ended = line_ended(reading.end, reading.end + 2) && line_ended(reading.end + 2, reading.end + 4);
    if (!reading.whole || !ended || !line_spaced(method, url, version, request->target)) return "a line of the request's head is malformed";
    if (!is_token(request->method)) return "the method of the request is malformed";
    for (const struct http_field *f = request->fields; f != NULL; f = f->next) {
        if (!is_token(f->name)) return "the name of a header field is malformed";
        if (has_control(f->value)) return "a header field holds control characters";
    }
    const char *fault = framing_fault(request, newest);
    return fault != NULL ? fault : host_fault(request, newest);
}
