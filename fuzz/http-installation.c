/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/http-installation.h"

#include "fuzz/fuzz.h"

#include <sekuire/key.h>

#include "policy/sign.h"

#include <unistd.h>

static struct store_ops frozen;
static const struct store_ops *real;

/* A commit that succeeds and changes nothing. */
static int forget(struct store_session *session, struct sekuire_error *err) {
    (void)err;
    real->rollback(session);
    return 0;
}

/* A session whose commit forgets. */
static int begin_frozen(struct store *store, enum store_mode mode, struct store_session **ret, struct sekuire_error *err) {
    int status = real->begin(store, mode, ret, err);
    if (status == 0) (*ret)->ops = &frozen;
    return status;
}

/* Puts a field in front of the request's. */
static void add_field(struct http_request *request, struct sekuire_text name, struct sekuire_text value) {
    struct http_field *field = sek_arena_alloc(&request->arena, sizeof *field);
    char *copy = sek_arena_copy(&request->arena, value);
    REQUIRE(field != NULL && copy != NULL);
    *field = (struct http_field){name, {copy, value.size}, request->fields};
    request->fields = field;
}

int installation_request(struct installation *installation, enum caller caller, struct sekuire_text method, const char *target,
                         struct sekuire_text fields, struct sekuire_text body, struct sek_buffer *out) {
    struct http_service *service = &installation->service;
    struct http_request request = {.method = method, .id = "req_0", .started_ms = http_monotonic_ms()};
    struct http_answer answer = {0};
    sek_arena_init(&request.arena, 1u << 20);
    sek_buffer_init(&answer.body, 0);
    request.head = sek_text_is(method, "HEAD");
    if (request.head) request.method = SEK_TEXT("GET");
    if (!http_target_read(&request, target)) {
        sek_arena_clear(&request.arena);
        return 400;
    }
    while (fields.size > 0) {
        struct sekuire_text value = fuzz_cut(&fields, '\n'), name = fuzz_cut(&value, ':');
        while (value.size > 0 && value.data[0] == ' ') value = (struct sekuire_text){value.data + 1, value.size - 1};
        add_field(&request, name, value);
    }
    if (caller != NOBODY) add_field(&request, SEK_TEXT("X-API-Key"), sek_text(installation->keys[caller]));
    if (body.size > 0) add_field(&request, SEK_TEXT("Content-Length"), SEK_TEXT("1"));
    size_t take = service->open(service->context, &request, &answer);
    REQUIRE(answer.status != 0 || take <= SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&request.body, take);
    if (answer.status == 0 && body.size > take) service->too_large(service->context, &request, &answer);
    if (answer.status == 0) {
        sek_buffer_text(&request.body, body);
        service->serve(service->context, &request, &answer);
    }
    int status = answer.status;
    if (answer.shared.release != NULL) sek_buffer_text(out, answer.shared.bytes);
    else sek_buffer_text(out, sek_buffer_view(&answer.body));
    service->done(service->context, &request, status);
    if (answer.shared.release != NULL) answer.shared.release(answer.shared.owner);
    sek_buffer_clear(&answer.body);
    sek_buffer_clear(&request.body);
    sek_arena_clear(&request.arena);
    return status;
}

/* A request by the admin that must succeed; its answer's member, if one is wanted, goes to ret. */
static void make(struct installation *in, const char *method, const char *target, struct sekuire_text body, const char *member,
                 char ret[GUARD_API_KEY]) {
    struct sek_arena arena;
    struct sek_buffer answer;
    struct sekuire_error err = {0};
    const struct sek_node *node = NULL;
    sek_arena_init(&arena, 1u << 20);
    sek_buffer_init(&answer, 1u << 20);
    int status = installation_request(in, ADMIN, sek_text(method), target, SEK_TEXT("Content-Type: application/json"), body, &answer);
    if (status >= 300) fprintf(stderr, "%s %s: %d %.*s\n", method, target, status, SEK_TEXT_ARGS(sek_buffer_view(&answer)));
    REQUIRE(status < 300 && sek_json_parse(&arena, sek_buffer_view(&answer), &node, &err) == 0);
    if (member != NULL) snprintf(ret, GUARD_API_KEY, "%.*s", SEK_TEXT_ARGS(sek_node_get(node, member)->text));
    sek_buffer_clear(&answer);
    sek_arena_clear(&arena);
}

/* A workspace with an active policy, signed by a key of its own. */
static void make_workspace(struct installation *in, const char *id, const char *mark, const char *public_read) {
    char text[512], target[128], hex[65];
    struct sek_arena arena;
    struct sek_buffer envelope;
    uint8_t seed[SEK_SEED_SIZE] = {0};
    struct sek_sign_request sign = {.policy_id = SEK_TEXT("policy_1"), .workspace_id = sek_text(id), .version = SEK_TEXT("1"),
                                    .status = SEK_TEXT("active"), .sequence = 7, .seed = seed};
    sek_arena_init(&arena, 1u << 20);
    sek_buffer_init(&envelope, 1u << 20);
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"name\":\"%s\",\"public_read\":%s}", id, mark, public_read);
    make(in, "POST", "/api/v1/workspaces", sek_text(text), NULL, NULL);
    snprintf((char *)seed, sizeof seed, "seed of %s", id);
    sek_ed25519_public_key(sign.public_key, seed);
    sekuire_public_key_format((const struct sekuire_public_key *)sign.public_key, hex);
    snprintf(text, sizeof text, "{\"public_key\":\"%s\",\"name\":\"%s\"}", hex, mark);
    snprintf(target, sizeof target, "/api/v1/workspaces/%s/signing-keys", id);
    make(in, "POST", target, sek_text(text), NULL, NULL);
    snprintf(text, sizeof text, "{\"x-note\":\"%s\",\"agent\":{\"models\":{\"allowed_models\":[\"gpt-*\"]}}}", mark);
    REQUIRE(sek_json_parse(&arena, sek_text(text), &sign.content, NULL) == 0 && sek_sign(&sign, &envelope, hex, NULL) == 0);
    snprintf(target, sizeof target, "/api/v1/workspaces/%s/policies?activate=true", id);
    make(in, "POST", target, sek_buffer_view(&envelope), NULL, NULL);
    sek_buffer_clear(&envelope);
    sek_arena_clear(&arena);
}

/* The admin's key, which only an installation makes. */
static void make_admin(struct installation *in) {
    struct store_session *session = NULL;
    struct store_api_key row = {.id = "key_admin", .role = STORE_ADMIN, .created_at = 1, .last_used_at = STORE_NEVER,
                                .expires_at = STORE_NEVER, .revoked_at = STORE_NEVER};
    char hash[STORE_HEX];
    guard_api_key_new(in->keys[ADMIN]);
    guard_api_key_new(in->keys[UNKNOWN]);
    guard_api_key_hash(hash, sek_text(in->keys[ADMIN]));
    REQUIRE(store_begin(in->server.store, STORE_WRITE, &session, NULL) == 0);
    REQUIRE(session->ops->api_key_add(session, &row, hash, NULL) == 0 && store_commit(session, NULL) == 0);
}

static char folder[256]; /* in $TMPDIR: libFuzzer leaves without calling what atexit was given, so scripts/fuzz removes it too */

static void remove_folder(void) {
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    char path[sizeof folder + 8];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

struct installation *installation_get(void) {
    static struct installation in;
    static const char *const roles[] = {[READER] = "reader", [PUBLISHER] = "publisher", [POLICY_ADMIN] = "policy-admin"};
    static const struct limiter_rates unlimited = {0};
    char path[sizeof folder + 8], body[128];
    const char *base = getenv("TMPDIR");
    if (in.server.store != NULL) return &in;
    in.server.quiet = true;
    in.server.body_max = SEK_LIMIT_JSON_BYTES;
    REQUIRE(limiter_new(&unlimited, &in.server.limiter, NULL) == 0);
    snprintf(folder, sizeof folder, "%s/sekuire-fuzz-XXXXXX", base == NULL ? "/tmp" : base);
    REQUIRE(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
    snprintf(path, sizeof path, "%s/db", folder);
    REQUIRE(store_sqlite_open(path, &in.server.store, NULL) == 0 && active_cache_new(in.server.store, &in.server.active, NULL) == 0);
    in.service = routes_service(&in.server);
    make_admin(&in);
    make_workspace(&in, "ws", PRIVATE_MARK, "false");
    make_workspace(&in, "other", "other", "false");
    make_workspace(&in, "open", "open", "true");
    for (int i = READER; i <= POLICY_ADMIN; i++) {
        snprintf(body, sizeof body, "{\"role\":\"%s\",\"name\":\"" PRIVATE_MARK "\"}", roles[i]);
        make(&in, "POST", "/api/v1/workspaces/ws/api-keys", sek_text(body), "api_key", in.keys[i]);
    }
    make(&in, "POST", "/api/v1/workspaces/other/api-keys", SEK_TEXT("{\"role\":\"policy-admin\"}"), "api_key", in.keys[FOREIGNER]);
    real = in.server.store->ops;
    frozen = *real;
    frozen.commit = forget;
    frozen.begin = begin_frozen;
    in.server.store->ops = &frozen;
    return &in;
}
