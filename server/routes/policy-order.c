/* SPDX-License-Identifier: Apache-2.0 */
/* The order of policies within a workspace, and activation (docs/spec/http.md; semantics.md 7, `sequence`). */
#include "server/routes/policy-order.h"

#include "base/hex.h"

#include <stdio.h>

/* What the store knows, as the library's rule takes it. */
static struct sek_trust_state state_of(const struct store_order *order) {
    struct sek_trust_state state = {.exists = true,
                                    .bound = order->bound_active,
                                    .has_policy = order->has_policy,
                                    .has_sequence = order->has_sequence,
                                    .sequence = order->sequence};
    memcpy(state.policy_id, order->policy_id, sizeof state.policy_id);
    memcpy(state.policy_version, order->version, sizeof state.policy_version);
    memcpy(state.hash, order->hash, sizeof state.hash);
    return state;
}

struct versions {
    const struct sek_envelope *envelope;
    bool has_sequence;
    bool active_only; /* only versions that were ever active count */
    struct sekuire_error *err;
};

/* One other version of the policy id: it must be lower. */
static int visit_version(void *context, const struct store_policy *row, const char *next) {
    struct versions *versions = context;
    struct sekuire_text version = versions->envelope->version;
    int order = 0;
    (void)next;
    if (versions->active_only && (row->activated_at == STORE_NEVER || sek_text_is(version, row->version))) return 0;
    bool ordered = sek_version_compare(version, sek_text(row->version), &order);
    if (ordered ? order > 0 : versions->has_sequence) return 0;
    return sek_fail(versions->err, SEKUIRE_ERR_ROLLBACK,
                    "version %.*s of %s is not above version %s, which was %s here before: sign the content again under a higher version",
                    SEK_TEXT_ARGS(version), row->policy_id, row->version, versions->active_only ? "active" : "uploaded");
}

/* An envelope that names no workspace could be replayed into another one. */
static int check_unbound(struct store_session *session, struct sekuire_text workspace, const char *public_key, bool after_bound,
                         struct sekuire_error *err) {
    bool elsewhere = false;
    if (after_bound)
        return sek_fail(err, SEKUIRE_ERR_WORKSPACE, "the policy has no binding.workspace_id, and an earlier one of this workspace has");
    int status = session->ops->signing_key_elsewhere(session, workspace, public_key, &elsewhere, err);
    if (status == 0 && elsewhere)
        return sek_fail(err, SEKUIRE_ERR_WORKSPACE,
                        "the policy has no binding.workspace_id, and its key is or was registered in another workspace too");
    return status;
}

int policy_order_check(struct store_session *session, struct sekuire_text workspace, const struct sek_envelope *envelope,
                       const struct sek_binding *binding, const char *public_key, bool activating, struct sekuire_error *err) {
    const struct store_page all = {.limit = INT32_MAX};
    struct versions versions = {envelope, binding->has_sequence, activating, err};
    struct store_order order;
    int status = session->ops->policy_order(session, workspace, &order, err);
    if (status != 0) return status;
    if (binding->workspace_id.data == NULL)
        status = check_unbound(session, workspace, public_key, activating ? order.bound_active : order.bound_uploaded, err);
    if (status != 0) return status;
    if (order.has_sequence && binding->has_sequence && binding->sequence <= order.sequence)
        return sek_fail(err, SEKUIRE_ERR_ROLLBACK,
                        "sequence %llu is not above %llu, the highest that was active here: sign the content again under a higher version",
                        (unsigned long long)binding->sequence, (unsigned long long)order.sequence);
    struct sek_trust_state state = state_of(&order);
    status = sek_order_check(&state, envelope, binding, err);
    if (status != 0) return status;
    return session->ops->policy_each(session, workspace, envelope->policy_id, &all, visit_version, &versions, err);
}

int policy_signing_keys_check(struct store_session *session, struct sekuire_text workspace, const struct sek_binding *binding,
                              const char *public_key, struct sekuire_error *err) {
    bool signer = binding->signing_key_count == 0;
    for (size_t i = 0; i < binding->signing_key_count; i++) {
        struct store_signing_key key;
        char hex[STORE_HEX];
        sek_hex_encode(hex, binding->signing_keys[i], SEK_PUBLIC_KEY_SIZE);
        signer = signer || strcmp(hex, public_key) == 0;
        int status = signing_key_usable(session, workspace, hex, &key, err);
        if (status == SEKUIRE_ERR_KEY_NOT_PINNED)
            return sek_fail(err, SEKUIRE_ERR_CONTENT, "binding.signing_keys names %s, which is not registered here or is revoked", hex);
        if (status != 0) return status;
    }
    return signer ? 0 : sek_fail(err, SEKUIRE_ERR_CONTENT, "binding.signing_keys lacks the key that signed the policy");
}

/* The dates of a policy that is to be active from now on. */
static int check_dates(const struct store_policy *row, int64_t now, struct sekuire_error *err) {
    if (row->expires_at != STORE_NEVER && row->expires_at <= now) return sek_fail(err, SEKUIRE_ERR_EXPIRED, "the policy has expired");
    if (row->not_before != STORE_NEVER && row->not_before > now)
        return sek_fail(err, SEKUIRE_ERR_NOT_YET_VALID, "the policy is not valid yet: every client would refuse it");
    return 0;
}

/* Reads the stored envelope back and judges whom it makes trusted, and its order. */
static int check_stored(struct exchange *x, struct store_session *session, const struct store_policy *row, struct sekuire_error *err) {
    struct sek_buffer bytes;
    struct sek_envelope envelope;
    struct sek_binding binding = {0};
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    int status = session->ops->policy_envelope(session, row->row, &bytes, err);
    if (status == 0) status = sek_envelope_parse(&x->arena, sek_buffer_view(&bytes), &envelope, err);
    if (status == 0) status = sek_binding_read(envelope.content, &binding, err);
    if (status == 0) status = policy_signing_keys_check(session, x->workspace, &binding, row->signing_public_key, err);
    if (status == 0) status = policy_order_check(session, x->workspace, &envelope, &binding, row->signing_public_key, true, err);
    sek_buffer_clear(&bytes);
    return status;
}

int policy_audit(struct exchange *x, struct store_session *session, const char *action, const struct store_policy *row,
                 struct sekuire_error *err) {
    struct sek_buffer detail;
    struct sek_writer writer;
    char target[STORE_ID + STORE_VERSION];
    snprintf(target, sizeof target, "%s:%s", row->policy_id, row->version);
    sek_buffer_init(&detail, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &detail, false);
    sek_write_object(&writer);
    sek_write_member(&writer, "policy_id", row->policy_id);
    sek_write_member(&writer, "version", row->version);
    sek_write_member(&writer, "hash", row->hash);
    if (row->has_sequence) sek_write_member_u64(&writer, "sequence", row->sequence);
    sek_write_member(&writer, "signing_public_key", row->signing_public_key);
    sek_write_object_end(&writer);
    int status = exchange_audit(x, session, action, sek_text(target), &detail, err);
    sek_buffer_clear(&detail);
    return status;
}

int policy_activate(struct exchange *x, struct store_session *session, struct store_policy *row, bool *ret_changed,
                    struct sekuire_error *err) {
    struct store_signing_key key;
    bool changed = row->status != STORE_ACTIVE;
    int status = signing_key_usable(session, x->workspace, row->signing_public_key, &key, err);
    if (status != 0 || !changed) goto out;
    status = check_dates(row, x->now, err);
    if (status == 0) status = check_stored(x, session, row, err);
    if (status == 0) status = session->ops->policy_activate(session, row, x->now, err);
    if (status == 0) status = policy_audit(x, session, "policy.activate", row, err);
    if (status == 0)
        status = session->ops->policy_get(session, x->workspace, sek_text(row->policy_id), sek_text(row->version), row, err);
out:
    if (status == 0) *ret_changed = changed;
    return status;
}

int route_policy_activate(struct exchange *x, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct store_policy row;
    struct sek_writer writer;
    const struct sek_node *body = NULL;
    char workspace[STORE_ID];
    bool dry_run = false, changed = false;
    snprintf(workspace, sizeof workspace, "%.*s", SEK_TEXT_ARGS(x->workspace));
    int status = exchange_flag(x, "dry_run", &dry_run, err);
    if (status == 0 && x->request->body.size > 0) status = exchange_body(x, "", &body, err);
    if (status != 0) return status;
    status = exchange_begin_change(x, &session, err);
    if (status == 0) status = session->ops->policy_get(session, x->workspace, x->arguments[0], x->arguments[1], &row, err);
    if (status == 0 && dry_run) {
        x->http_status = 501;
        status = sek_fail(err, SEKUIRE_ERR_USAGE, "dry_run is not offered by this server");
    }
    if (status == 0) status = policy_activate(x, session, &row, &changed, err);
    if (status == 0 && changed) {
        status = store_commit(session, err);
        session = NULL;
    }
    store_rollback(session);
    if (status != 0) return status;
    if (changed) active_cache_refresh(x->server->active, workspace);
    exchange_answer(x, 200, &writer);
    policy_write(&writer, &row);
    return 0;
}
