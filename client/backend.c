/* SPDX-License-Identifier: Apache-2.0 */
#include "client/backend.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "client/call.h"
#include "policy/ids.h"
#include "sys/env.h"
#include "tree/write.h"

#define NO_BODY ((struct sekuire_text){NULL, 0})

int sek_backend_active_policy(const struct sek_backend *backend, const char *workspace, const char *etag, struct sek_answer *answer,
                              struct sekuire_error *err) {
    const struct sek_call call = {
        .method = "GET", .path = {"workspaces", workspace, "policy", "active"}, .if_none_match = etag, .key = SEK_CALL_KEY_IF_SAFE,
        .max_answer = SEK_LIMIT_JSON_BYTES};
    struct sekuire_error why = {0};
    int status = sek_call_send(backend, &call, answer, &why);
    if (status != 0 && answer->http_status == 404) {
        status = SEKUIRE_ERR_NO_ACTIVE_POLICY;
        sek_fail(&why, status, "workspace %.64s has no active policy here (HTTP 404)", workspace);
    }
    if (status != 0 && err != NULL) *err = why;
    return status;
}

/* The body of a verify request; it holds the key. */
static void write_verify(struct sek_buffer *out, const char *api_key, const struct sys_device *device) {
    struct sek_writer writer;
    char os[sizeof device->os + sizeof device->arch];
    snprintf(os, sizeof os, "%s %s", device->os, device->arch);
    sek_writer_init(&writer, out, false);
    sek_write_object(&writer);
    sek_write_member(&writer, "api_key", api_key);
    sek_write_member(&writer, "device_fingerprint", device->fingerprint);
    sek_write_member(&writer, "device_name", device->hostname);
    sek_write_member(&writer, "device_os", os);
    sek_write_object_end(&writer);
}

/* Copies a string member, cut and escaped. */
static void copy_text(const struct sek_node *root, const char *key, char *out, size_t capacity) {
    const struct sek_node *node = sek_node_get(root, key);
    if (node != NULL && node->kind == SEK_STRING) sek_utf8_escape(out, capacity, node->text);
}

/* Is the member absent, null, or a string? */
static bool is_text(const struct sek_node *node) { return node == NULL || node->kind == SEK_NULL || node->kind == SEK_STRING; }

/* Reads {"valid","org_id","error"}. */
static int read_verdict(const struct sek_node *root, struct sek_key_verdict *ret, struct sekuire_error *err) {
    const struct sek_node *valid = sek_node_get(root, "valid");
    const struct sek_node *org = sek_node_get(root, "org_id");
    struct sek_key_verdict verdict = {0};
    if (valid == NULL || valid->kind != SEK_BOOL) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer does not say whether the key is valid");
    if (!is_text(org)) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer's org_id is %s and no string", sek_kind_name(org->kind));
    if (!is_text(sek_node_get(root, "error"))) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer's error is no string");
    verdict.valid = valid->boolean;
    if (verdict.valid && org != NULL && org->kind == SEK_STRING && org->text.size > 0) {
        if (!sek_id_valid(org->text)) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer names an organisation by what is no id");
        copy_text(root, "org_id", verdict.org_id, sizeof verdict.org_id);
    }
    if (!verdict.valid) copy_text(root, "error", verdict.error, sizeof verdict.error);
    if (!verdict.valid && verdict.error[0] == '\0') snprintf(verdict.error, sizeof verdict.error, "the server gives no reason");
    *ret = verdict;
    return 0;
}

int sek_backend_verify_key(const struct sek_backend *backend, const char *api_key, const struct sys_device *device,
                           struct sek_key_verdict *ret, struct sekuire_error *err) {
    struct sek_buffer body;
    struct sek_answer answer;
    struct sekuire_error why = {0};
    sek_answer_init(&answer);
    sek_buffer_init_secret(&body, SEK_LIMIT_CONFIG_BYTES);
    int status = sek_call_may_carry_key(backend, &why);
    if (status == 0) {
        write_verify(&body, api_key, device);
        status = sek_buffer_check(&body, &why);
    }
    const struct sek_call call = {.method = "POST",
                                  .path = {"api-keys", "verify"},
                                  .body = sek_buffer_view(&body),
                                  .key = SEK_CALL_NO_KEY,
                                  .json = SEK_CALL_JSON_OBJECT,
                                  .only_200 = true};
    if (status == 0) status = sek_call_send(backend, &call, &answer, &why);
    if (status == 0) status = read_verdict(answer.root, ret, &why);
    else if (answer.http_status == 401) {
        *ret = (struct sek_key_verdict){0};
        sek_utf8_escape(ret->error, sizeof ret->error, sek_text(why.message));
        status = 0;
    }
    if (status != 0 && err != NULL) *err = why;
    sek_buffer_clear(&body);
    sek_answer_clear(&answer);
    return status;
}

int sek_backend_me(const struct sek_backend *backend, struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_call call = {.method = "GET", .path = {"me"}, .json = SEK_CALL_JSON_OBJECT};
    int status = sek_call_send(backend, &call, answer, err);
    if (status != 0) return status;
    const struct sek_node *list = sek_node_get(answer->root, "workspaces");
    if (list != NULL && list->kind != SEK_ARRAY && list->kind != SEK_NULL)
        return sek_fail(err, SEKUIRE_ERR_BODY, "the answer's workspaces are %s and no list", sek_kind_name(list->kind));
    for (SEK_EACH(entry, list)) {
        const struct sek_node *id = sek_node_get(entry, "id");
        if (id == NULL || id->kind != SEK_STRING || !sek_id_valid(id->text))
            return sek_fail(err, SEKUIRE_ERR_BODY, "the answer lists a workspace whose id is none");
    }
    return 0;
}

int sek_backend_publish(const struct sek_backend *backend, struct sekuire_text body, struct sek_answer *answer,
                        struct sekuire_error *err) {
    const struct sek_call call = {.method = "POST", .path = {"publish"}, .body = body, .json = SEK_CALL_JSON_IF_ANY, .any_2xx = true};
    return sek_call_send(backend, &call, answer, err);
}

int sek_backend_agent(const struct sek_backend *backend, const char *sekuire_id, struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_call call = {
        .method = "GET", .path = {"agents", sekuire_id}, .key = SEK_CALL_KEY_IF_SAFE, .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

/* A DELETE, which has no body and no answer to speak of. */
static int delete_at(const struct sek_backend *backend, const struct sek_call *call, struct sekuire_error *err) {
    struct sek_answer answer;
    sek_answer_init(&answer);
    int status = sek_call_send(backend, call, &answer, err);
    sek_answer_clear(&answer);
    return status;
}

int sek_backend_workspace_create(const struct sek_backend *backend, struct sekuire_text body, struct sek_answer *answer,
                                 struct sekuire_error *err) {
    const struct sek_call call = {.method = "POST", .path = {"workspaces"}, .body = body, .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

int sek_backend_workspace_set(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                              struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_call call = {.method = "PATCH", .path = {"workspaces", workspace}, .body = body, .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

/* POST of a new row of a workspace. */
static int create(const struct sek_backend *backend, const char *workspace, const char *what, struct sekuire_text body,
                  struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_call call = {
        .method = "POST", .path = {"workspaces", workspace, what}, .body = body, .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

int sek_backend_api_key_create(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                               struct sek_answer *answer, struct sekuire_error *err) {
    return create(backend, workspace, "api-keys", body, answer, err);
}

int sek_backend_api_key_revoke(const struct sek_backend *backend, const char *workspace, const char *id, struct sekuire_error *err) {
    const struct sek_call call = {.method = "DELETE", .path = {"workspaces", workspace, "api-keys", id}, .empty = true};
    return delete_at(backend, &call, err);
}

int sek_backend_signing_key_add(const struct sek_backend *backend, const char *workspace, struct sekuire_text body,
                                struct sek_answer *answer, struct sekuire_error *err) {
    return create(backend, workspace, "signing-keys", body, answer, err);
}

int sek_backend_signing_key_revoke(const struct sek_backend *backend, const char *workspace, const char *key_id,
                                   struct sekuire_error *err) {
    const struct sek_call call = {.method = "DELETE", .path = {"workspaces", workspace, "signing-keys", key_id}, .empty = true};
    return delete_at(backend, &call, err);
}

int sek_backend_policy_upload(const struct sek_backend *backend, const char *workspace, struct sekuire_text envelope, bool activate,
                              struct sek_answer *answer, struct sekuire_error *err) {
    const struct sek_call call = {.method = "POST",
                                  .path = {"workspaces", workspace, "policies"},
                                  .query = activate ? "activate=true" : NULL,
                                  .body = envelope,
                                  .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

int sek_backend_policy_activate(const struct sek_backend *backend, const char *workspace, const char *policy_id, const char *version,
                                bool dry_run, struct sek_answer *answer, struct sekuire_error *err) {
    if (!sek_version_valid(sek_text(version))) return sek_fail(err, SEKUIRE_ERR_ID, "\"%.64s\" is no version", version);
    const struct sek_call call = {.method = "POST",
                                  .path = {"workspaces", workspace, "policies", policy_id, "versions", version, "activate"},
                                  .version_at = 5,
                                  .query = dry_run ? "dry_run=true" : NULL,
                                  .body = NO_BODY,
                                  .json = SEK_CALL_JSON_OBJECT};
    return sek_call_send(backend, &call, answer, err);
}

int sek_backend_policy_get(const struct sek_backend *backend, const char *workspace, const char *policy_id, const char *version,
                           struct sek_answer *answer, struct sekuire_error *err) {
    if (!sek_version_valid(sek_text(version))) return sek_fail(err, SEKUIRE_ERR_ID, "\"%.64s\" is no version", version);
    const struct sek_call call = {
        .method = "GET", .path = {"workspaces", workspace, "policies", policy_id, "versions", version}, .version_at = 5,
        .max_answer = SEK_LIMIT_JSON_BYTES};
    return sek_call_send(backend, &call, answer, err);
}
