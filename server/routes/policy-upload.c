/* SPDX-License-Identifier: Apache-2.0 */
/* POST /workspaces/W/policies: form, hash, signature, key, workspace, content, dates, order. */
#include "server/routes/policy-order.h"

#include "base/hex.h"

#include <stdio.h>

struct upload {
    struct sek_envelope envelope;
    const struct sek_verified *verified;
    const struct sek_rules *rules;
    struct store_policy row;
    bool known; /* these very bytes were uploaded before: row is that one */
};

/* Form, hash and signature: what the bytes alone tell. */
static int check_bytes(struct exchange *x, struct upload *upload, struct sekuire_error *err) {
    int status = sek_envelope_parse(&x->arena, sek_buffer_view(&x->request->body), &upload->envelope, err);
    if (status == SEKUIRE_ERR_CONTENT) x->http_status = 400;
    if (status != 0) return status;
    status = sek_verify(&upload->envelope, &x->arena, &upload->verified, err);
    if (status != 0) return status;
    struct store_policy *row = &upload->row;
    snprintf(row->workspace_id, sizeof row->workspace_id, "%.*s", SEK_TEXT_ARGS(x->workspace));
    snprintf(row->policy_id, sizeof row->policy_id, "%.*s", SEK_TEXT_ARGS(upload->envelope.policy_id));
    snprintf(row->version, sizeof row->version, "%.*s", SEK_TEXT_ARGS(upload->envelope.version));
    snprintf(row->hash, sizeof row->hash, "%.*s", SEK_TEXT_ARGS(upload->envelope.hash));
    sek_hex_encode(row->signing_public_key, sek_verified_key(upload->verified), SEK_PUBLIC_KEY_SIZE);
    return 0;
}

/* Are these very bytes there already? The row is replaced by the stored one then. */
static int find_known(struct exchange *x, struct store_session *session, struct upload *upload, struct sekuire_error *err) {
    struct store_policy row;
    struct sek_buffer stored;
    int status = session->ops->policy_get(session, x->workspace, upload->envelope.policy_id, upload->envelope.version, &row, err);
    if (status != 0) return status == SEKUIRE_ERR_NOT_FOUND ? 0 : status;
    sek_buffer_init(&stored, SEK_LIMIT_JSON_BYTES);
    status = session->ops->policy_envelope(session, row.row, &stored, err);
    if (status == 0 && sek_text_equal(sek_buffer_view(&stored), sek_buffer_view(&x->request->body))) {
        upload->known = true;
        upload->row = row;
    }
    sek_buffer_clear(&stored);
    return status;
}

/* The key must be this workspace's, and the envelope meant for it. */
static int check_authority(struct exchange *x, struct upload *upload, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct store_signing_key key;
    struct sek_binding binding = {0};
    struct sekuire_error unread = {0};
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status != 0) return status;
    status = signing_key_usable(session, x->workspace, upload->row.signing_public_key, &key, err);
    if (status == 0 && !sek_text_equal(upload->envelope.workspace_id, x->workspace))
        status = sek_fail(err, SEKUIRE_ERR_WORKSPACE, "the envelope is for workspace %.*s", SEK_TEXT_ARGS(upload->envelope.workspace_id));
    /* A binding that cannot be read is the content's error, and found there. */
    if (status == 0 && sek_binding_read(upload->envelope.content, &binding, &unread) == 0 && binding.workspace_id.data != NULL &&
        !sek_text_equal(binding.workspace_id, x->workspace))
        status = sek_fail(err, SEKUIRE_ERR_WORKSPACE, "the policy is bound to workspace %.*s", SEK_TEXT_ARGS(binding.workspace_id));
    if (status == 0) memcpy(upload->row.signing_key_id, key.key_id, sizeof key.key_id);
    if (status == 0) status = find_known(x, session, upload, err);
    store_rollback(session);
    return status;
}

/* The envelope as it will be served must be one that clients accept: within the caps, and with the same hash. */
static int check_served(struct exchange *x, const struct upload *upload, struct sekuire_error *err) {
    struct sek_buffer out;
    struct sek_envelope served;
    struct store_policy row = upload->row;
    sek_buffer_init(&out, SEK_LIMIT_JSON_BYTES);
    row.status = STORE_SUPERSEDED; /* the longest word */
    row.activated_at = x->now;
    int status = policy_render(&row, sek_buffer_view(&x->request->body), &out, err);
    if (status == SEKUIRE_ERR_TOO_LARGE) status = sek_fail(err, status, "the envelope as served would be larger than %u bytes", SEK_LIMIT_JSON_BYTES);
    if (status == 0) status = sek_envelope_parse(&x->arena, sek_buffer_view(&out), &served, err);
    if (status == 0) status = sek_verify_hash(&served, err);
    sek_buffer_clear(&out);
    return status;
}

/* What the policy says: rules without findings, numbers that clients read back, dates. */
static int check_content(struct exchange *x, struct upload *upload, struct sekuire_error *err) {
    int status = sek_rules_compile(&x->arena, upload->envelope.content, &upload->rules, &x->report, err);
    if (status != 0) return status;
    status = sek_rules_known_keys(upload->envelope.content, err);
    if (status == 0 && x->report.errors > 0) status = sek_fail(err, SEKUIRE_ERR_CONTENT, "the policy has %zu error%s", x->report.errors, x->report.errors == 1 ? "" : "s");
    if (status == 0) status = sek_numbers_round_trip(upload->envelope.content, err);
    if (status == SEKUIRE_ERR_UNKNOWN_KEY || status == SEKUIRE_ERR_NUMBER) status = err->status = SEKUIRE_ERR_CONTENT;
    if (status != 0) return status;
    sek_report_clear(&x->report);
    sek_report_init(&x->report);
    const struct sek_binding *binding = &upload->rules->binding;
    struct store_policy *row = &upload->row;
    row->bound = binding->workspace_id.data != NULL;
    row->has_sequence = binding->has_sequence;
    row->sequence = binding->sequence;
    row->not_before = binding->has_not_before ? binding->not_before : STORE_NEVER;
    row->expires_at = binding->has_expires_at ? binding->expires_at : STORE_NEVER;
    row->status = STORE_UPLOADED;
    row->uploaded_at = row->updated_at = x->now;
    row->activated_at = STORE_NEVER;
    uint64_t now = x->now > 0 ? (uint64_t)x->now : 0; /* a clock before 1970 is no licence for any number */
    if (binding->has_sequence && binding->sequence > now + SEK_LIMIT_SEQUENCE_AHEAD)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "binding.sequence %llu is more than a day ahead of the server's clock",
                        (unsigned long long)binding->sequence);
    if (binding->has_expires_at && binding->expires_at <= x->now) return sek_fail(err, SEKUIRE_ERR_EXPIRED, "the policy has expired");
    return check_served(x, upload, err);
}

/* Adds a new policy in the running transaction. */
static int add(struct exchange *x, struct store_session *session, struct upload *upload, struct sekuire_error *err) {
    struct store_signing_key key;
    int status = signing_key_usable(session, x->workspace, upload->row.signing_public_key, &key, err);
    if (status == 0)
        status = policy_signing_keys_check(session, x->workspace, &upload->rules->binding, upload->row.signing_public_key,
                                           err);
    if (status == 0)
        status = policy_order_check(session, x->workspace, &upload->envelope, &upload->rules->binding, upload->row.signing_public_key,
                                    false, err);
    if (status == 0) status = session->ops->policy_add(session, &upload->row, sek_buffer_view(&x->request->body), err);
    if (status == 0) status = policy_audit(x, session, "policy.upload", &upload->row, err);
    return status;
}

/* Writes what has to be written, in one transaction. */
static int store_upload(struct exchange *x, struct upload *upload, bool activate, bool *ret_created, bool *ret_activated,
                        struct sekuire_error *err) {
    struct store_session *session = NULL;
    bool created = false, activated = false;
    int status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    /* Somebody may have sent the same in the meantime. */
    status = find_known(x, session, upload, err);
    if (status == 0 && !upload->known) {
        status = add(x, session, upload, err);
        created = true;
    }
    if (status == 0 && activate) status = policy_activate(x, session, &upload->row, &activated, err);
    if (status == 0 && (created || activated)) {
        status = store_commit(session, err);
        session = NULL;
    }
    store_rollback(session);
    if (status != 0) return status;
    *ret_created = created;
    *ret_activated = activated;
    return 0;
}

int route_policy_upload(struct exchange *x, struct sekuire_error *err) {
    struct upload upload = {0};
    struct sek_writer writer;
    bool activate = false, created = false, activated = false;
    int status = exchange_flag(x, "activate", &activate, err);
    if (status == 0) status = check_bytes(x, &upload, err);
    if (status == 0) status = check_authority(x, &upload, err);
    if (status == 0 && !upload.known) status = check_content(x, &upload, err);
    if (status == 0) status = store_upload(x, &upload, activate, &created, &activated, err);
    if (status != 0) return status;
    const struct store_policy *row = &upload.row;
    if (activated) active_cache_refresh(x->server->active, row->workspace_id);
    exchange_answer(x, created ? 201 : 200, &writer);
    sek_write_object(&writer);
    sek_write_member(&writer, "policy_id", row->policy_id);
    sek_write_member(&writer, "version", row->version);
    sek_write_member(&writer, "status", store_policy_status_word(row->status));
    sek_write_member(&writer, "hash", row->hash);
    sek_write_key(&writer, "sequence");
    if (row->has_sequence)
        sek_write_u64(&writer, row->sequence);
    else
        sek_write_null(&writer);
    sek_write_object_end(&writer);
    return 0;
}
