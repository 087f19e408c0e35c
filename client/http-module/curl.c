/* SPDX-License-Identifier: Apache-2.0 */
/* The module: one exchange by libcurl. */
#include "client/http-module/module.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

extern const struct sek_http_module sekuire_http_module;

/* Kept between exchanges so that the pages of a list share a connection. */
static CURL *handle;

/* libcurl's header callback. */
static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    struct sek_http_exchange *exchange = context;
    return exchange->on_header(exchange->context, bytes, size * count) ? size * count : 0;
}

/* libcurl's body callback; a short count stops the transfer. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct sek_http_exchange *exchange = context;
    if (size * count == 0) return 0;
    return exchange->on_body(exchange->context, bytes, size * count) ? size * count : 0;
}

/* What a libcurl result means to us. */
static enum sek_http_outcome outcome_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return SEK_HTTP_DONE;
    case CURLE_WRITE_ERROR: return SEK_HTTP_STOPPED;
    case CURLE_OPERATION_TIMEDOUT: return SEK_HTTP_TIMEOUT;
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
    case CURLE_BAD_CONTENT_ENCODING: return SEK_HTTP_CUT;
    case CURLE_OUT_OF_MEMORY: return SEK_HTTP_MEMORY;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_PROXY: return SEK_HTTP_NETWORK;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return SEK_HTTP_PROTOCOL;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED: return SEK_HTTP_TLS;
    default: return SEK_HTTP_FAILED;
    }
}

/* Did memory run out, as libcurl says too of a header line that is longer than it takes? Once the request is out, the latter is meant. */
static bool is_long_header(CURLcode code) {
    long sent = 0;
    return code == CURLE_OUT_OF_MEMORY && curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent > 0;
}

/* The request line, its headers and its body. */
static CURLcode set_request(const struct sek_http_exchange *exchange, struct curl_slist *headers) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_URL, exchange->url);
    bool get = strcmp(exchange->method, "GET") == 0 && exchange->body == NULL;
    bool post = strcmp(exchange->method, "POST") == 0;
    if (code == CURLE_OK && get) code = curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    if (code == CURLE_OK && (post || exchange->body != NULL)) {
        code = curl_easy_setopt(handle, CURLOPT_POSTFIELDS, exchange->body == NULL ? "" : exchange->body);
        if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_size);
    }
    if (code == CURLE_OK && !get && !post) code = curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, exchange->method);
    /* A connection that turns out to be dead makes libcurl send again: never what changes something. */
    if (code == CURLE_OK && !get) code = curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_USERAGENT, exchange->user_agent);
    return code;
}

/* What is allowed on the way: protocols, time, certificates, proxies. */
static CURLcode set_limits(const struct sek_http_exchange *exchange) {
    static const struct {
        CURLoption option;
        long value;
    } fixed[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_HTTP09_ALLOWED, 0},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_NOSIGNAL, 1},
    };
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    for (size_t i = 0; code == CURLE_OK && i < sizeof fixed / sizeof fixed[0]; i++)
        code = curl_easy_setopt(handle, fixed[i].option, fixed[i].value);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, exchange->connect_ms);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, exchange->total_ms);
    if (code == CURLE_OK && !exchange->use_proxy) code = curl_easy_setopt(handle, CURLOPT_PROXY, "");
    if (code == CURLE_OK && exchange->ca_file != NULL) {
        /* The file stands for all authorities, not beside the system's. */
        code = curl_easy_setopt(handle, CURLOPT_CAINFO, exchange->ca_file);
        if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    }
    return code;
}

/* The callbacks and the place of error texts. */
static CURLcode set_callbacks(struct sek_http_exchange *exchange, char *text) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, text);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
    return code;
}

/* Frees the headers; one of them may be an API key. */
static void free_headers(struct curl_slist *list) {
    for (const struct curl_slist *one = list; one != NULL; one = one->next) explicit_bzero(one->data, strlen(one->data));
    curl_slist_free_all(list);
}

/* The caller's headers, and none of those that libcurl would add by itself. */
static struct curl_slist *make_headers(const struct sek_http_exchange *exchange) {
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list != NULL && exchange->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, exchange->headers[i]);
        if (longer == NULL) free_headers(list);
        list = longer;
    }
    return list;
}

/* Opens the handle at the first exchange, and empties it of all options at the later ones. */
static bool prepare(void) {
    if (handle != NULL) {
        curl_easy_reset(handle);
        return true;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return false;
    handle = curl_easy_init();
    return handle != NULL;
}

/* What went wrong, for people. Without a file of authorities libcurl would only wonder about its path. */
static void describe(struct sek_http_exchange *exchange, CURLcode code, const char *text) {
    if (code == CURLE_SSL_CACERT_BADFILE && exchange->ca_file != NULL)
        snprintf(exchange->message, sizeof exchange->message, "no certificates can be read from %s (SSL_CERT_FILE)", exchange->ca_file);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        snprintf(exchange->message, sizeof exchange->message,
                 "this system has no certificates to check servers against: install ca-certificates, or name a file in SSL_CERT_FILE");
    else
        snprintf(exchange->message, sizeof exchange->message, "%s", text[0] != '\0' ? text : curl_easy_strerror(code));
}

/* One exchange, see module.h. */
static enum sek_http_outcome perform(struct sek_http_exchange *exchange) {
    char text[CURL_ERROR_SIZE] = "";
    exchange->message[0] = '\0';
    if (!prepare()) return SEK_HTTP_MEMORY;
    struct curl_slist *headers = make_headers(exchange);
    if (headers == NULL) return SEK_HTTP_MEMORY;
    CURLcode code = set_request(exchange, headers);
    if (code == CURLE_OK) code = set_limits(exchange);
    if (code == CURLE_OK) code = set_callbacks(exchange, text);
    if (code == CURLE_OK) code = curl_easy_perform(handle);
    if (code != CURLE_OK) describe(exchange, code, text);
    bool long_header = is_long_header(code);
    if (long_header) snprintf(exchange->message, sizeof exchange->message, "a header line is too long");
    /* Nothing of this frame may stay behind in the handle. */
    curl_easy_reset(handle);
    free_headers(headers);
    return long_header ? SEK_HTTP_CUT : outcome_of(code);
}

__attribute__((visibility("default"))) const struct sek_http_module sekuire_http_module = {SEK_HTTP_MODULE_VERSION, perform};
