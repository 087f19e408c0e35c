/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /readyz, /openapi.json */
#include "server/routes/openapi.h"
#include "server/routes/routes.h"

/* {"status":"ok"} */
static void answer_ok(struct exchange *x) {
    struct sek_writer writer;
    exchange_answer(x, 200, &writer);
    sek_write_object(&writer);
    sek_write_member(&writer, "status", "ok");
    sek_write_object_end(&writer);
}

int route_healthz(struct exchange *x, struct sekuire_error *err) {
    (void)err;
    answer_ok(x);
    return 0;
}

/* Ready means that the database answers. */
int route_readyz(struct exchange *x, struct sekuire_error *err) {
    struct store_session *session = NULL;
    uint64_t seq = 0;
    char hash[STORE_HEX];
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status == 0) status = session->ops->audit_head(session, SEK_TEXT(""), &seq, hash, err);
    store_rollback(session);
    if (status == 0) answer_ok(x);
    return status;
}

/* The text is constant; there is nothing to free. */
static void keep(void *owner) { (void)owner; }

int route_openapi(struct exchange *x, struct sekuire_error *err) {
    (void)err;
    exchange_answer_empty(x, 200);
    x->answer->shared = (struct http_shared){{openapi_json, openapi_json_size}, keep, NULL};
    return 0;
}
