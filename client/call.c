/* SPDX-License-Identifier: Apache-2.0 */
#include "client/call.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "crypto/ed25519.h"
#include "policy/ids.h"
#include "tree/json.h"

enum { PATH_BYTES = 4096, HEADER_SLOTS = 4, HEADER_BYTES = 640, BODY_EXCERPT = 120 };

void sek_answer_init(struct sek_answer *answer) {
    *answer = (struct sek_answer){.retry_after = -1};
    sek_arena_init(&answer->arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&answer->body, SEK_LIMIT_HTTP_ANSWER_BYTES);
}

void sek_answer_clear(struct sek_answer *answer) {
    if (answer == NULL) return;
    /* The answer to `api-key create` holds a key. */
    sek_arena_wipe(&answer->arena);
    sek_buffer_wipe(&answer->body);
    sek_answer_init(answer);
}

int sek_call_may_carry_key(const struct sek_backend *backend, struct sekuire_error *err) {
    if (sek_url_takes_secrets(&backend->url)) return 0;
    return sek_fail(err, SEKUIRE_ERR_USAGE, "no API key is sent over plain http to %s: use https", backend->url.host);
}

/* The whole URL; every segment must be an id (or a version), so that none can lead elsewhere. */
static int make_url(const struct sek_backend *backend, const struct sek_call *call, struct sek_buffer *out, struct sekuire_error *err) {
    sek_buffer_format(out, "%s/api/v1", backend->url.base);
    for (size_t i = 0; i < SEK_CALL_SEGMENTS && call->path[i] != NULL; i++) {
        struct sekuire_text segment = sek_text(call->path[i]);
        bool valid = i > 0 && i == call->version_at ? sek_version_valid(segment) : sek_id_valid(segment);
        if (!valid) return sek_fail(err, SEKUIRE_ERR_ID, "\"%.64s\" is no id", call->path[i]);
        sek_buffer_byte(out, '/');
        sek_url_encode(out, segment);
    }
    if (call->query != NULL) sek_buffer_format(out, "?%s", call->query);
    return sek_buffer_check(out, err);
}

/* The headers of a call, in the caller's memory. */
struct headers {
    const char *list[HEADER_SLOTS + 1];
    size_t count;
    char key[HEADER_BYTES];
    char device[HEADER_BYTES];
};

/* "name: value" into out and the list. */
static int add_header(struct headers *headers, char *out, const char *name, const char *value, struct sekuire_error *err) {
    int n = snprintf(out, HEADER_BYTES, "%s: %s", name, value);
    if (n < 0 || n >= HEADER_BYTES) return sek_fail(err, SEKUIRE_ERR_USAGE, "the value of %s is too long", name);
    headers->list[headers->count++] = out;
    headers->list[headers->count] = NULL;
    return 0;
}

/* Gathers the headers; the key goes along only where it may. */
static int make_headers(const struct sek_backend *backend, const struct sek_call *call, struct headers *headers,
                        struct sekuire_error *err) {
    bool with_key = backend->api_key != NULL && call->key != SEK_CALL_NO_KEY;
    int status = 0;
    headers->count = 0;
    headers->list[headers->count++] = "Accept: application/json";
    if (call->body.data != NULL) headers->list[headers->count++] = "Content-Type: application/json";
    headers->list[headers->count] = NULL;
    if (with_key && call->key == SEK_CALL_KEY_IF_SAFE && !sek_url_takes_secrets(&backend->url)) with_key = false;
    if (with_key) status = sek_call_may_carry_key(backend, err);
    if (status == 0 && with_key) status = add_header(headers, headers->key, "X-API-Key", backend->api_key, err);
    if (status == 0 && with_key && backend->device_fingerprint != NULL)
        status = add_header(headers, headers->device, "X-Device-Fingerprint", backend->device_fingerprint, err);
    return status;
}

/* The status that a 4xx without a word of ours stands for. */
static int status_of_http(int http) {
    switch (http) {
    case 401: return SEKUIRE_ERR_UNAUTHORIZED;
    case 402:
    case 403: return SEKUIRE_ERR_FORBIDDEN;
    case 410:
    case 404: return SEKUIRE_ERR_NOT_FOUND;
    case 405: return SEKUIRE_ERR_METHOD;
    case 409: return SEKUIRE_ERR_CONFLICT;
    case 413: return SEKUIRE_ERR_TOO_LARGE;
    case 415: return SEKUIRE_ERR_MEDIA_TYPE;
    case 429: return SEKUIRE_ERR_RATE_LIMITED;
    default: return http >= 500 ? SEKUIRE_ERR_SERVER : SEKUIRE_ERR_CONTENT;
    }
}

/* A 4xx keeps the server's word only where that is an answer of no (exit 1): a foreign server must not make ours look like trouble of
 * this machine. */
static int choose_status(int http, struct sekuire_text word) {
    int named = sek_status_from_word(word);
    if (http == 429 || http >= 500 || named == 0 || sek_status_exit_code(named) != 1) return status_of_http(http);
    return named;
}

/* The start of a body that is no JSON of ours, for the message. */
static void excerpt(char out[BODY_EXCERPT], const struct sek_buffer *body) {
    struct sekuire_text text = sek_buffer_view(body);
    if (text.size > BODY_EXCERPT) text.size = BODY_EXCERPT;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n' || text.data[i] == '\r') text.size = i;
    sek_utf8_escape(out, BODY_EXCERPT, text);
}

/* Turns an answer of 400 or more into our error. */
static int fail_answer(const struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_node *word = sek_node_get(answer->root, "error");
    const struct sek_node *message = sek_node_get(answer->root, "message");
    int http = answer->http_status;
    struct sekuire_text named = word != NULL && word->kind == SEK_STRING ? word->text : (struct sekuire_text){0};
    int status = choose_status(http, named);
    char wait[48] = "";
    char start[BODY_EXCERPT];
    if (answer->retry_after >= 0) snprintf(wait, sizeof wait, ", try again in %lld s", (long long)answer->retry_after);
    if (message != NULL && message->kind == SEK_STRING && message->text.size > 0)
        return sek_fail(err, status, "HTTP %d%s: %.*s", http, wait, SEK_TEXT_ARGS(message->text));
    if (named.size > 0) return sek_fail(err, status, "HTTP %d%s: %.*s", http, wait, SEK_TEXT_ARGS(named));
    excerpt(start, &answer->body);
    return sek_fail(err, status, "HTTP %d%s%s%s", http, wait, *start == '\0' ? "" : ": ", start);
}

/* Judges a success: its status, and its body where one is due. */
static int check_success(const struct sek_call *call, struct sek_answer *answer, struct sekuire_error *err) {
    int http = answer->http_status;
    bool creates = strcmp(call->method, "GET") != 0 && !call->only_200;
    bool expected = http == 200 || (http == 201 && creates) || (http == 204 && call->empty);
    if (!expected && !(call->any_2xx && http >= 200 && http < 300))
        return sek_fail(err, SEKUIRE_ERR_SERVER, "HTTP %d, which is no answer to this request", http);
    bool needed = !call->empty && call->json != SEK_CALL_JSON_IF_ANY;
    if (answer->body.size == 0) return needed ? sek_fail(err, SEKUIRE_ERR_BODY, "the answer (HTTP %d) is empty", http) : 0;
    if (call->json == SEK_CALL_BYTES || call->empty) return 0;
    struct sekuire_error why = {0};
    int status = sek_json_parse(&answer->arena, sek_buffer_view(&answer->body), &answer->root, &why);
    if (call->json == SEK_CALL_JSON_IF_ANY) return 0;
    if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
    if (status != 0) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer is not the JSON that is due: %s", why.message);
    if (answer->root->kind == SEK_OBJECT) return 0;
    answer->root = NULL;
    return sek_fail(err, SEKUIRE_ERR_BODY, "the answer is no JSON object");
}

/* Moves what HTTP brought into the answer and judges it. */
static int take_answer(const struct sek_call *call, struct sek_http_answer *from, struct sek_answer *answer, struct sekuire_error *err) {
    answer->http_status = from->status;
    answer->retry_after = from->retry_after;
    memcpy(answer->etag, from->etag, sizeof answer->etag);
    sek_buffer_clear(&answer->body);
    answer->body = from->body;
    from->body = (struct sek_buffer){0};
    if (from->status == 304) {
        answer->not_modified = true;
        return 0;
    }
    if (from->status < 400) return check_success(call, answer, err);
    const struct sek_node *root = NULL;
    if (sek_json_parse(&answer->arena, sek_buffer_view(&answer->body), &root, NULL) == 0 && root->kind == SEK_OBJECT) answer->root = root;
    return fail_answer(answer, err);
}

int sek_call_send(const struct sek_backend *backend, const struct sek_call *call, struct sek_answer *answer, struct sekuire_error *err) {
    struct sek_buffer url;
    struct headers headers;
    struct sek_http_answer from = {.retry_after = -1};
    sek_answer_clear(answer);
    sek_buffer_init(&url, PATH_BYTES);
    int status = make_url(backend, call, &url, err);
    if (status == 0) status = make_headers(backend, call, &headers, err);
    if (status == 0) {
        const struct sek_http_request request = {.method = call->method,
                                                 .url = url.data,
                                                 .headers = headers.list,
                                                 .if_none_match = call->if_none_match,
                                                 .body = call->body,
                                                 .max_answer = call->max_answer,
                                                 .connect_ms = backend->connect_ms,
                                                 .total_ms = backend->total_ms};
        status = sek_http_send(&request, &from, err);
        if (status == 0) status = take_answer(call, &from, answer, err);
    }
    sek_http_answer_clear(&from);
    sek_wipe(headers.key, sizeof headers.key);
    sek_buffer_clear(&url);
    return status;
}
