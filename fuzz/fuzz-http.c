/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the server, from the target on: CALLER METHOD TARGET \n FIELD: VALUE \n ... \n \n BODY. */
#include "fuzz/fuzz.h"
#include "fuzz/http-installation.h"

static const int statuses[] = {200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 501};

/* A refusal is one JSON object with a known word and a message; every other body is JSON too. */
static void check_body(int status, struct sekuire_text body) {
    struct sek_arena arena;
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    /* A 304 holds what the 200 would, for its length alone: the HTTP layer does not send it. */
    REQUIRE(status == 304 || status == 400 || (body.size == 0) == (status == 204));
    if (body.size > 0) {
        REQUIRE(sek_json_parse(&arena, body, &node, NULL) == 0 && node->kind == SEK_OBJECT);
        const struct sek_node *error = sek_node_get(node, "error"), *message = sek_node_get(node, "message");
        if (status >= 400) {
            REQUIRE(error != NULL && message != NULL && error->kind == SEK_STRING && message->kind == SEK_STRING);
            REQUIRE(sek_status_from_word(error->text) != 0 && message->text.size > 0);
        }
    }
    sek_arena_clear(&arena);
}

static bool holds(struct sekuire_text text, const char *part) {
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* What a caller got, against what a caller may. */
static void check_authority(enum caller caller, struct sekuire_text method, struct sekuire_text target, int status,
                            struct sekuire_text body, const struct installation *in) {
    bool done = status < 400, reads = sek_text_is(method, "GET") || sek_text_is(method, "HEAD");
    for (int i = READER; i < CALLERS; i++) REQUIRE(!holds(body, in->keys[i]));
    if (caller == NOBODY || caller == FOREIGNER || caller == UNKNOWN) REQUIRE(!holds(body, PRIVATE_MARK));
    if (caller == UNKNOWN) REQUIRE(!done);
    if (caller == NOBODY && done)
        REQUIRE(holds(target, "/healthz") || holds(target, "/readyz") || holds(target, "/openapi.json") || holds(target, "/verify") ||
                holds(target, "/policy") || holds(target, "/agents/"));
    if (caller == READER && done && !reads) REQUIRE(holds(target, "/verify"));
    if (caller == PUBLISHER && done && !reads) REQUIRE(holds(target, "/verify") || holds(target, "/publish") || holds(target, "/agents/"));
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    installation_get();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct installation *in = installation_get();
    /* An answer may quote its request, so the mark must not come from there. */
    if (size == 0 || holds(fuzz_text(data, size), PRIVATE_MARK)) return 0;
    enum caller caller = (enum caller)((unsigned)(data[0] - '0') % CALLERS);
    struct sekuire_text rest = fuzz_text(data + 1, size - 1), fields = {NULL, 0};
    struct sekuire_text target = fuzz_cut(&rest, '\n'), method = fuzz_cut(&target, ' ');
    char *target_string = strndup(target.data == NULL ? "" : target.data, target.size);
    struct sek_buffer answer, again;
    fields = rest;
    for (struct sekuire_text line; rest.size > 0 && (line = fuzz_cut(&rest, '\n')).size > 0;)
        fields.size = (size_t)(line.data + line.size - fields.data);
    if (fields.size > 0 && fields.data[0] == '\n') fields.size = 0;
    sek_buffer_init(&answer, 64u << 20);
    sek_buffer_init(&again, 64u << 20);
    int status = installation_request(in, caller, method, target_string, fields, rest, &answer);
    bool known = false;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) known = known || statuses[i] == status;
    if (!known) fprintf(stderr, "status %d: %.*s\n", status, SEK_TEXT_ARGS(sek_buffer_view(&answer)));
    REQUIRE(known);
    check_body(status, sek_buffer_view(&answer));
    check_authority(caller, method, target, status, sek_buffer_view(&answer), in);
    if (sek_text_is(method, "GET")) {
        REQUIRE(installation_request(in, caller, method, target_string, fields, rest, &again) == status);
        REQUIRE(sek_text_equal(sek_buffer_view(&answer), sek_buffer_view(&again)));
    }
    sek_buffer_clear(&answer);
    sek_buffer_clear(&again);
    free(target_string);
    return 0;
}
