/* SPDX-License-Identifier: Apache-2.0 */
/* Reading request targets and fields. */
#include "server/http/http.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <time.h>

int64_t http_monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const struct http_field *http_field_find(const struct http_request *request, const char *name, const struct http_field *from) {
    for (const struct http_field *f = from == NULL ? request->fields : from->next; f != NULL; f = f->next)
        if (sek_text_equal_ascii_case(f->name, sek_text(name))) return f;
    return NULL;
}

bool http_decode(struct sek_arena *arena, struct sekuire_text text, struct sekuire_text *ret) {
    char *out = sek_arena_alloc(arena, text.size + 1);
    if (out == NULL) return false;
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (byte == '%') {
            if (text.size - i < 3 || !sek_hex_decode(&byte, 1, (struct sekuire_text){text.data + i + 1, 2})) return false;
            i += 2;
        }
        if (byte == 0) return false;
        out[n++] = (char)byte;
    }
    struct sekuire_text decoded = {out, n};
    if (sek_utf8_valid_prefix(decoded) != n) return false;
    *ret = decoded;
    return true;
}

/* What follows "http://host" in the absolute form of a target, which HTTP/1.1 servers must take. */
static struct sekuire_text without_authority(struct sekuire_text target) {
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        struct sekuire_text scheme = sek_text(schemes[i]);
        if (target.size < scheme.size || !sek_text_equal_ascii_case((struct sekuire_text){target.data, scheme.size}, scheme)) continue;
        size_t at = scheme.size;
        while (at < target.size && target.data[at] != '/' && target.data[at] != '?') at++;
        return (struct sekuire_text){target.data + at, target.size - at};
    }
    return target;
}

bool http_target_read(struct http_request *request, const char *target) {
    char *copy = sek_arena_copy(&request->arena, sek_text(target));
    if (copy == NULL) return false;
    request->target = sek_text(copy);
    for (size_t i = 0; i < request->target.size; i++)
        if ((unsigned char)copy[i] <= ' ' || (unsigned char)copy[i] >= 0x7f) return false;
    struct sekuire_text rest = without_authority(request->target);
    const char *mark = rest.size == 0 ? NULL : memchr(rest.data, '?', rest.size);
    struct sekuire_text path = rest;
    if (mark != NULL) {
        path.size = (size_t)(mark - rest.data);
        request->query = (struct sekuire_text){mark + 1, rest.size - path.size - 1};
    }
    if (path.size == 0 || path.data[0] != '/') return false;
    while (path.size > 1 && path.data[1] == '/') path = (struct sekuire_text){path.data + 1, path.size - 1};
    request->path = path;
    return true;
}

void http_answer_field(struct http_answer *answer, const char *name, const char *value) {
    if (value == NULL || answer->field_count == HTTP_ANSWER_FIELDS) return;
    answer->fields[answer->field_count].name = name;
    answer->fields[answer->field_count].value = value;
    answer->field_count++;
}

/* Constant bytes need no release. */
static void keep(void *owner) { (void)owner; }

void http_answer_settle(const struct http_request *request, struct http_answer *answer) {
    if (!request->arena.failed && answer->body.status != SEKUIRE_ERR_MEMORY) return;
    if (answer->shared.release != NULL) answer->shared.release(answer->shared.owner);
    sek_buffer_clear(&answer->body);
    answer->status = 503;
    answer->content_type = NULL;
    answer->shared = (struct http_shared){.bytes = SEK_TEXT("{\"error\":\"memory\",\"message\":\"the server cannot do this now\"}"), .release = keep};
    answer->field_count = 0;
    http_answer_field(answer, "Cache-Control", "no-store");
}
