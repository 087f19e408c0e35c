/* SPDX-License-Identifier: Apache-2.0 */
/* A line with the URL of a backend, then a configuration file. */
#include "fuzz/fuzz.h"

#include <curl/curl.h>

#include "client/config-file.h"
#include "client/url.h"

/* libcurl sends the request to the host and port that were judged, and for that path. */
static void check_curl(const struct sek_url *url) {
    char *host = NULL, *port = NULL, *scheme = NULL, *path = NULL, expected[8];
    const char *own_path = strchr(strstr(url->base, "://") + 3, '/');
    CURLU *other = curl_url();
    REQUIRE(other != NULL && curl_url_set(other, CURLUPART_URL, url->base, 0) == CURLUE_OK);
    REQUIRE(curl_url_get(other, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    REQUIRE(curl_url_get(other, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    REQUIRE(curl_url_get(other, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    REQUIRE(curl_url_get(other, CURLUPART_PATH, &path, 0) == CURLUE_OK && strcmp(path, own_path == NULL ? "/" : own_path) == 0);
    struct sekuire_text bare = sek_text(host);
    if (bare.size > 1 && bare.data[0] == '[') bare = (struct sekuire_text){bare.data + 1, bare.size - 2};
    snprintf(expected, sizeof expected, "%u", (unsigned)url->port);
    REQUIRE(sek_text_is(bare, url->host) && strcmp(port, expected) == 0);
    REQUIRE(strcmp(scheme, url->secure ? "https" : "http") == 0);
    curl_free(host);
    REQUIRE(curl_url_get(other, CURLUPART_USER, &host, 0) == CURLUE_NO_USER);
    curl_free(path);
    curl_free(port);
    curl_free(scheme);
    curl_url_cleanup(other);
}

/* The normal form of a URL is its own, and says what it was taken for. */
static void check_url(struct sekuire_text text) {
    struct sekuire_error err = {0};
    struct sek_url url = {0}, again = {0};
    int status = sek_url_parse(text, &url, &err);
    if (status != 0) {
        fuzz_error_sound(status, &err, text.size);
        return;
    }
    REQUIRE(sek_url_parse(sek_text(url.base), &again, NULL) == 0 && memcmp(&url, &again, sizeof url) == 0);
    REQUIRE(sek_url_parse(sek_text(url.origin), &again, NULL) == 0 && sek_url_same_origin(&url, &again));
    REQUIRE(sek_url_takes_secrets(&url) == (url.secure || url.loopback) && url.port != 0 && strpbrk(url.base, "%\\\"<>^`{|}") == NULL);
    check_curl(&url);
}

/* What is encoded holds no character that means something, and every byte of the text. */
static void check_encode(struct sekuire_text text) {
    struct sek_buffer out;
    sek_buffer_init(&out, 1u << 20);
    sek_url_encode(&out, text);
    size_t at = 0;
    for (size_t i = 0; i < text.size; i++) {
        char two[3] = {0};
        if (out.data[at] == '%') {
            memcpy(two, out.data + at + 1, 2);
            REQUIRE(strtoul(two, NULL, 16) == (unsigned char)text.data[i]);
        } else {
            REQUIRE(out.data[at] == text.data[i] && strchr("/?#&=+ :@\\", text.data[i]) == NULL && fuzz_plain((struct sekuire_text){text.data + i, 1}));
        }
        at += out.data[at] == '%' ? 3 : 1;
    }
    REQUIRE(at == out.size);
    sek_buffer_clear(&out);
}

/* What a project's file may hold, a user's may; every value has its form. */
static void check_config(struct sekuire_text text) {
    int statuses[2];
    for (int project = 0; project < 2; project++) {
        struct sekuire_error err = {0};
        struct sek_arena arena;
        struct sek_config_file file = {{NULL}};
        sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
        statuses[project] = sek_config_file_parse(text, project == 1, &arena, NULL, &file, &err);
        if (statuses[project] != 0) fuzz_error_sound(statuses[project], &err, text.size);
        for (int i = 0; i < SEK_CONFIG_VALUE_COUNT && statuses[project] == 0; i++) {
            if (file.values[i] == NULL) continue;
            REQUIRE(sek_config_value_check((enum sek_config_value)i, sek_text(file.values[i]), NULL) == 0);
            REQUIRE(project == 0 || sek_config_places[i].project);
        }
        sek_config_file_clear(&file);
        sek_arena_clear(&arena);
    }
    REQUIRE(statuses[1] != 0 || statuses[0] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text config = fuzz_text(data, size), url = fuzz_cut(&config, '\n');
    check_url(url);
    check_encode(url);
    check_config(config);
    return 0;
}
