/* SPDX-License-Identifier: Apache-2.0 */
/* POST /publish: who publishes what, under which key, judged by the active policy. */
#include "server/routes/publish.h"

#include "comply/comply.h"

#include <stdio.h>

/* What is kept of the findings of one publish, each a number and bytes after which no further one is begun: anybody who may publish could fill
 * the disk otherwise. An audit row stays for good. */
enum { AGENT_FINDINGS = 1000, AGENT_FINDINGS_BYTES = 512 << 10, AUDIT_FINDINGS = 100, AUDIT_FINDINGS_BYTES = 32 << 10 };

/* How the judgement went. */
struct verdict {
    int status; /* 0, or the refusal: no_active_policy, compliance, undeclared */
    bool has_policy;
    bool wants_declaration; /* the policy limits more than models and providers */
    struct store_policy policy;
};

/* The workspace that the request goes to: the key's own, or the one that an admin names. */
static int find_workspace(struct exchange *x, const struct publish *publish, char ret[STORE_ID], struct sekuire_error *err) {
    bool admin = x->identity.role == STORE_ADMIN;
    if (admin && publish->workspace.data == NULL)
        return sek_fail(err, SEKUIRE_ERR_MISSING_FIELD, "an admin names workspace_id in the body");
    if (!admin && publish->workspace.data != NULL && !sek_text_is(publish->workspace, x->identity.workspace_id))
        return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    if (admin && !sek_id_valid(publish->workspace)) return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "not found");
    if (admin)
        snprintf(ret, STORE_ID, "%.*s", SEK_TEXT_ARGS(publish->workspace));
    else
        memcpy(ret, x->identity.workspace_id, STORE_ID);
    return 0;
}

/* A key that is pinned for an id or a name must be this one. *ret_pinned: it is. */
static int check_pin(struct store_session *session, const char *workspace, enum store_pin_kind kind, struct sekuire_text value,
                     const char *public_key, bool *ret_pinned, struct sekuire_error *err) {
    char pinned[STORE_HEX];
    int status = session->ops->pin_get(session, sek_text(workspace), kind, value, pinned, err);
    *ret_pinned = status == 0;
    if (status == SEKUIRE_ERR_NOT_FOUND) return 0;
    if (status == 0 && strcmp(pinned, public_key) != 0)
        return sek_fail(err, SEKUIRE_ERR_CONFLICT, kind == STORE_PIN_ID ? "this id was first published under another key"
                                                                        : "this agent name belongs to another key");
    return status;
}

/* An engine from the stored envelope of a policy. */
static int engine_of(struct exchange *x, struct store_session *session, const struct store_policy *policy,
                     struct sekuire_engine **ret, struct sekuire_error *err) {
    struct sek_buffer bytes;
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    int status = session->ops->policy_envelope(session, policy->row, &bytes, err);
    if (status == 0) status = policy_engine(&x->arena, sek_buffer_view(&bytes), ret, err);
    sek_buffer_clear(&bytes);
    return status;
}

/* Judges by a policy; x->report gets the findings. */
static int judge_by(struct exchange *x, struct store_session *session, const struct publish *publish, struct verdict *verdict,
                    struct sekuire_error *err) {
    struct sekuire_engine *engine = NULL;
    const struct sek_comply_options options = {.now = x->now};
    int status = engine_of(x, session, &verdict->policy, &engine, err);
    if (status == 0) status = sek_comply(engine, &publish->declaration, &options, &x->report, NULL, err);
    if (status == 0 && x->report.status != 0) status = sek_fail_memory(err);
    if (status == 0) verdict->wants_declaration = sek_comply_needs_declaration(engine);
    sekuire_engine_free(engine);
    return status;
}

/* Judges by the policy that is active in a session, unless *verdict was found by the same one. */
static int judge(struct exchange *x, struct store_session *session, const struct publish *publish, const char *workspace,
                 struct verdict *verdict, struct sekuire_error *err) {
    struct verdict found = {.has_policy = true};
    int status = policy_servable(session, sek_text(workspace), &found.policy, err);
    if (status == SEKUIRE_ERR_NOT_FOUND) {
        sek_report_clear(&x->report);
        sek_report_init(&x->report);
        *verdict = (struct verdict){.has_policy = false};
        return 0;
    }
    if (status != 0 || (verdict->has_policy && verdict->policy.row == found.policy.row)) return status;
    sek_report_clear(&x->report);
    sek_report_init(&x->report);
    status = judge_by(x, session, publish, &found, err);
    if (status == 0) *verdict = found;
    return status;
}

/* What the findings come to in this workspace. */
static int verdict_status(const struct exchange *x, const struct publish *publish, const struct store_workspace *workspace,
                          const struct verdict *verdict) {
    if (!verdict->has_policy) return SEKUIRE_ERR_NO_ACTIVE_POLICY;
    if (x->report.errors > 0) return SEKUIRE_ERR_COMPLIANCE;
    bool bare = publish->declared == NULL && !workspace->accept_undeclared;
    return bare && verdict->wants_declaration ? SEKUIRE_ERR_UNDECLARED : 0;
}

/* Judges while nobody waits: a change of policy until the agent is written is noticed then. */
static int judge_ahead(struct exchange *x, const struct publish *publish, const char *workspace, struct verdict *verdict,
                       struct sekuire_error *err) {
    struct store_session *session = NULL;
    int status = store_begin(x->server->store, STORE_READ, &session, err);
    if (status == 0) status = judge(x, session, publish, workspace, verdict, err);
    store_rollback(session);
    return status;
}

/* The refusal as an error. */
static int refuse(const struct exchange *x, int refusal, bool wanted_force, struct sekuire_error *err) {
    const char *hint = wanted_force ? "; force is not allowed for this key in this workspace" : "";
    if (refusal == SEKUIRE_ERR_NO_ACTIVE_POLICY)
        return sek_fail(err, refusal, "the workspace has no active policy to judge the agent by%s", hint);
    if (refusal == SEKUIRE_ERR_UNDECLARED)
        return sek_fail(err, refusal, "the policy limits more than models and providers, and the request declares no more%s", hint);
    return sek_fail(err, refusal, "the agent does not comply with the workspace's policy: %zu finding%s%s", x->report.errors,
                    x->report.errors == 1 ? "" : "s", hint);
}

/* A refusal that was overridden leaves its own finding, so that the record says what was passed over. */
static void note_forced(struct exchange *x, int refusal) {
    if (refusal == SEKUIRE_ERR_COMPLIANCE) return;
    const struct sek_finding finding = {.rule = refusal == SEKUIRE_ERR_UNDECLARED ? "undeclared" : "no_active_policy",
                                        .severity = SEK_SEVERITY_ERROR,
                                        .message = refusal == SEKUIRE_ERR_UNDECLARED
                                                       ? "The policy limits more than was declared"
                                                       : "The workspace had no active policy"};
    sek_report_add(&x->report, &finding);
}

/* May this key override a refusal here? */
static bool may_force(const struct exchange *x, const struct store_workspace *workspace) {
    if (workspace->allow_force == STORE_FORCE_PUBLISHER) return x->identity.role >= STORE_PUBLISHER;
    return workspace->allow_force == STORE_FORCE_POLICY_ADMIN && x->identity.role >= STORE_POLICY_ADMIN;
}

/* The audit row of a publish. */
static int audit_publish(struct exchange *x, struct store_session *session, const struct publish *publish, const struct verdict *verdict,
                         bool forced, struct sekuire_error *err) {
    size_t total = x->report.errors + x->report.warnings;
    struct sek_buffer detail;
    struct sek_writer writer;
    sek_buffer_init(&detail, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&writer, &detail, false);
    sek_write_object(&writer);
    sek_write_member_text(&writer, "name", publish->name);
    sek_write_member_text(&writer, "version", publish->version);
    sek_write_member_text(&writer, "model", publish->model);
    sek_write_member(&writer, "public_key", publish->public_key);
    sek_write_member_bool(&writer, "declared", publish->declared != NULL);
    sek_write_member_bool(&writer, "forced", forced);
    if (publish->reason.data != NULL) sek_write_member_text(&writer, "reason", publish->reason);
    sek_write_key(&writer, "findings");
    size_t kept = findings_write_some(&writer, &x->report, AUDIT_FINDINGS, AUDIT_FINDINGS_BYTES);
    if (kept < total) sek_write_member_u64(&writer, "findings_total", total);
    if (verdict->has_policy) {
        sek_write_member(&writer, "policy_id", verdict->policy.policy_id);
        sek_write_member(&writer, "policy_version", verdict->policy.version);
        sek_write_member(&writer, "policy_hash", verdict->policy.hash);
    }
    sek_write_object_end(&writer);
    int status = exchange_audit(x, session, "agent.publish", publish->sekuire_id, &detail, err);
    sek_buffer_clear(&detail);
    return status;
}

/* What is kept with the agent of its findings, in a buffer that row borrows. */
static int write_kept(const struct sek_report *report, struct sek_buffer *findings, struct store_agent *row, struct sekuire_error *err) {
    size_t total = report->errors + report->warnings;
    struct sek_writer writer;
    sek_writer_init(&writer, findings, false);
    size_t kept = findings_write_some(&writer, report, AGENT_FINDINGS, AGENT_FINDINGS_BYTES);
    row->findings = sek_buffer_view(findings);
    row->findings_total = kept < total ? (int64_t)total : 0;
    return sek_buffer_check(findings, err);
}

/* Writes pins, agent and audit row. *ret_known: the id was published here before. */
static int store_agent(struct exchange *x, struct store_session *session, const struct publish *publish, const char *workspace,
                       const struct verdict *verdict, const bool pinned[2], bool *ret_known, struct sekuire_error *err) {
    struct store_agent old;
    struct sek_buffer findings;
    struct store_agent row = {.name = publish->name,
                              .version = publish->version,
                              .model = publish->model,
                              .description = publish->description,
                              .forced = verdict->status != 0,
                              .compliant = verdict->status == 0,
                              .published_at = x->now,
                              .updated_at = x->now,
                              .unlisted_at = STORE_NEVER};
    snprintf(row.workspace_id, sizeof row.workspace_id, "%s", workspace);
    snprintf(row.sekuire_id, sizeof row.sekuire_id, "%.*s", SEK_TEXT_ARGS(publish->sekuire_id));
    memcpy(row.public_key, publish->public_key, sizeof row.public_key);
    struct sekuire_text place = sek_text(workspace);
    sek_buffer_init(&findings, SEK_LIMIT_JSON_BYTES);
    int status = write_kept(&x->report, &findings, &row, err);
    if (status == 0) status = session->ops->agent_get(session, place, publish->sekuire_id, &x->arena, &old, err);
    /* Under a new key, after the id's pin was freed, it is another agent. */
    bool known = status == 0 && strcmp(old.public_key, row.public_key) == 0;
    if (status == SEKUIRE_ERR_NOT_FOUND) status = 0;
    if (status == 0 && !pinned[0]) status = session->ops->pin_add(session, place, STORE_PIN_ID, publish->sekuire_id, row.public_key, err);
    if (status == 0 && !pinned[1]) status = session->ops->pin_add(session, place, STORE_PIN_NAME, publish->name, row.public_key, err);
    if (status == 0) status = session->ops->agent_put(session, &row, err);
    if (status == 0) status = audit_publish(x, session, publish, verdict, row.forced, err);
    if (status == 0) *ret_known = known;
    sek_buffer_clear(&findings);
    return status;
}

/* Pins, verdict and record, in one transaction. */
static int publish_in(struct exchange *x, struct store_session *session, const struct publish *publish, const char *id,
                      struct verdict *verdict, struct sek_buffer *findings, bool *ret_known, struct sekuire_error *err) {
    struct store_workspace workspace;
    struct sek_writer writer;
    bool pinned[2] = {false, false};
    int status = session->ops->workspace_get(session, sek_text(id), &workspace, err);
    if (status == 0) status = check_pin(session, id, STORE_PIN_ID, publish->sekuire_id, publish->public_key, &pinned[0], err);
    if (status == 0) status = check_pin(session, id, STORE_PIN_NAME, publish->name, publish->public_key, &pinned[1], err);
    if (status == 0) status = judge(x, session, publish, id, verdict, err);
    if (status != 0) return status;
    verdict->status = verdict_status(x, publish, &workspace, verdict);
    if (verdict->status != 0 && !(publish->force && may_force(x, &workspace))) return refuse(x, verdict->status, publish->force, err);
    if (verdict->status != 0) note_forced(x, verdict->status);
    sek_writer_init(&writer, findings, false);
    findings_write(&writer, &x->report);
    status = sek_buffer_check(findings, err);
    if (status != 0) return status;
    return store_agent(x, session, publish, id, verdict, pinned, ret_known, err);
}

int route_publish(struct exchange *x, struct sekuire_error *err) {
    struct publish publish = {.force = false};
    struct verdict verdict = {.status = 0};
    struct store_session *session = NULL;
    struct sek_buffer findings;
    struct sek_writer writer;
    char workspace[STORE_ID];
    bool known = false;
    sek_buffer_init(&findings, SEK_LIMIT_JSON_BYTES);
    int status = publish_read(x, &publish, err);
    if (status == 0) status = find_workspace(x, &publish, workspace, err);
    if (status == 0) status = publish_verify(x, &publish, workspace, err);
    if (status == 0) status = judge_ahead(x, &publish, workspace, &verdict, err);
    if (status == 0) status = exchange_begin_change(x, &session, err);
    if (status != 0) return status;
    x->workspace = sek_text(workspace);
    status = publish_in(x, session, &publish, workspace, &verdict, &findings, &known, err);
    if (status == 0) {
        status = store_commit(session, err);
        session = NULL;
    }
    store_rollback(session);
    if (status == 0) {
        exchange_answer(x, known ? 200 : 201, &writer);
        sek_write_object(&writer);
        sek_write_member_text(&writer, "sekuire_id", publish.sekuire_id);
        sek_write_member(&writer, "status", "draft");
        sek_write_member_bool(&writer, "forced", verdict.status != 0);
        sek_write_key(&writer, "findings");
        sek_write_raw(&writer, sek_buffer_view(&findings));
        sek_write_object_end(&writer);
    }
    sek_buffer_clear(&findings);
    x->workspace = (struct sekuire_text){NULL, 0};
    return status;
}
