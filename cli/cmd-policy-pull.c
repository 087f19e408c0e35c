/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy pull: fetch the active policy, verify it, accept it, and only then write it. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hex.h"
#include "cli/accept.h"
#include "cli/etag.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "cli/session.h"
#include "sys/file.h"

struct pull {
    struct cli_session session;
    struct cli_judgement judgement;
    const char *out_file;
    struct cli_policy cached; /* what --out holds now */
    bool cached_verified;
    struct cli_policy fetched;
    struct cli_policy *policy; /* the one to be accepted: fetched, or after a 304 cached */
    char etag[SEK_ETAG_SIZE];
    const struct sek_trust_store *store;
};

/* Reads what --out holds: only a file that verifies may stand in for an answer. */
static void read_cached(struct pull *p) {
    struct cli_policy *c = &p->cached;
    if (sys_read_regular(p->out_file, &c->bytes, NULL) != 0) {
        sek_buffer_clear(&c->bytes);
        return;
    }
    p->cached_verified = sek_envelope_parse(&c->arena, sek_buffer_view(&c->bytes), &c->envelope, NULL) == 0 &&
                         sek_verify(&c->envelope, &c->arena, &c->verified, NULL) == 0;
}

/* Fetches, outside of any lock. */
static int fetch(struct cli *cli, struct pull *p) {
    const char *backend = p->session.settings.backend.base;
    struct sek_answer answer;
    char etag[SEK_ETAG_SIZE] = "";
    struct cli_spinner *spinner;
    int status;
    read_cached(p);
    if (p->cached_verified) cli_etag_load(backend, p->judgement.workspace, sek_buffer_view(&p->cached.bytes), etag);
    sek_answer_init(&answer);
    spinner = cli_spinner_start(cli, "Fetching the active policy...");
    status = sek_backend_active_policy(&p->session.backend, p->judgement.workspace, etag[0] == '\0' ? NULL : etag, &answer, &cli->err);
    cli_spinner_stop(spinner);
    if (status == 0 && answer.not_modified) {
        p->policy = &p->cached;
        memcpy(p->etag, etag, sizeof etag);
    } else if (status == 0) {
        p->policy = &p->fetched;
        sek_buffer_text(&p->fetched.bytes, sek_buffer_view(&answer.body));
        status = sek_buffer_check(&p->fetched.bytes, &cli->err);
        memcpy(p->etag, answer.etag, sizeof answer.etag);
    } else if (status == SEKUIRE_ERR_NO_ACTIVE_POLICY) {
        cli_session_no_policy(cli, &p->session, p->judgement.workspace, "");
    } else if (answer.http_status != 0) {
        cli_session_advise(cli, &p->session, status);
    }
    sek_answer_clear(&answer);
    return status;
}

/* May the key that is met be pinned where nothing is known of the workspace? */
static bool first_use_allowed(struct cli *cli, const struct sek_settings *settings) {
    if (settings->require_pinned) return false;
    return cli_flag(cli, "accept-new-key") || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
}

/* Whose key is about to be trusted from now on: said before it is, so that no pin is ever made in silence. */
static void tell_first_use(struct cli *cli, const struct pull *p) {
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    if (sek_accepted_key_source(p->policy->accepted) != SEK_KEY_FIRST_USE) return;
    cli_fingerprint(sek_accepted_key(p->policy->accepted), fingerprint);
    cli_warn(cli, "first use: the key %s is pinned for workspace %s from now on; compare it with what whoever runs the workspace "
                  "tells you", fingerprint, p->judgement.workspace);
}

/* A pull that fails keeps nothing of what it met. */
static void take_back(struct cli *cli, struct sek_trust_store *store) {
    struct sekuire_error why = {0};
    if (sek_trust_undo(store, &why) == 0) cli_hint(cli, "nothing was changed: the trust store is as it was");
    else cli_hint(cli, "the trust store already has this policy as the newest accepted one, and cannot be put back: %s", why.message);
}

/* The new bytes beside the old, then the state, then the rename. */
static int write_all(struct cli *cli, struct pull *p, struct sek_trust_store *store, bool changed) {
    struct sys_pending *pending = NULL;
    int status = 0;
    if (changed) {
        status = sys_pending_write(p->out_file, sek_buffer_view(&p->policy->bytes), SYS_MODE_USUAL, &pending, &cli->err);
        if (status != 0) return cli_blame(cli, p->out_file);
    }
    tell_first_use(cli, p);
    status = sek_trust_set(store, sek_text(p->judgement.workspace), sek_accepted_state(p->policy->accepted), &cli->err);
    if (status == 0) status = sek_trust_save(store, &cli->err);
    if (status == 0 && changed) {
        status = sys_pending_commit(pending, &cli->err);
        if (status != 0) cli_blame(cli, p->out_file);
    }
    if (status != 0 && !sys_pending_is_placed(pending)) take_back(cli, store);
    sys_pending_discard(pending);
    return status;
}

/* Does the file hold anything but these bytes? */
static bool differs(const char *file, struct sekuire_text bytes) {
    struct sek_buffer now;
    sek_buffer_init(&now, SEK_LIMIT_JSON_BYTES);
    bool same = sys_read_regular(file, &now, NULL) == 0 && sek_text_equal(sek_buffer_view(&now), bytes);
    sek_buffer_clear(&now);
    return !same;
}

/* Keys that the policy wants to be trusted and that were retired here: only whoever retired one may trust it again. */
static void warn_of_retired(struct cli *cli, const struct pull *p) {
    const struct sek_binding *binding = sek_accepted_binding(p->policy->accepted);
    char hex[2 * SEK_PUBLIC_KEY_SIZE + 1];
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    for (size_t i = 0; i < binding->signing_key_count; i++) {
        if (!sek_trust_is_retired(sek_accepted_state(p->policy->accepted), binding->signing_keys[i])) continue;
        sek_hex_encode(hex, binding->signing_keys[i], SEK_PUBLIC_KEY_SIZE);
        cli_fingerprint(binding->signing_keys[i], fingerprint);
        cli_warn(cli, "warning: the policy names the key %s, which was retired for workspace %s and stays untrusted; to trust it:",
                 fingerprint, p->judgement.workspace);
        cli_warn(cli, "  sekuire trust add --workspace %s --public-key %s", p->judgement.workspace, hex);
    }
}

/* What was pulled, in lines or as a document. */
static int tell(struct cli *cli, const struct pull *p, bool changed) {
    static const char *const words[] = {[SEK_KEY_NONE] = "", [SEK_KEY_PINNED] = "pinned", [SEK_KEY_GIVEN] = "given",
                                        [SEK_KEY_FIRST_USE] = "first_use"};
    const struct sek_envelope *e = &p->policy->envelope;
    enum sek_key_source source = sek_accepted_key_source(p->policy->accepted);
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    struct cli_document doc;
    cli_fingerprint(sek_accepted_key(p->policy->accepted), fingerprint);
    warn_of_retired(cli, p);
    if (!sek_accepted_binding(p->policy->accepted)->has_expires_at) cli_note(cli, "this policy has no signed end of validity");
    cli_line(cli, "Saved active policy %.*s (v%.*s) for workspace %.*s to %s", SEK_TEXT_ARGS(e->policy_id), SEK_TEXT_ARGS(e->version),
             SEK_TEXT_ARGS(e->workspace_id), p->out_file);
    cli_line(cli, "Signature: verified");
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    sek_write_member_text(w, "policy_id", e->policy_id);
    sek_write_member_text(w, "workspace_id", e->workspace_id);
    sek_write_member_text(w, "version", e->version);
    sek_write_member_text(w, "hash", e->hash);
    sek_write_member(w, "out", p->out_file);
    sek_write_member_bool(w, "changed", changed);
    sek_write_member(w, "signature", "verified");
    sek_write_member(w, "key", words[source]);
    sek_write_member(w, "key_fingerprint", fingerprint);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* Under the lock: every check, then every write. */
static int judge_and_write(struct cli *cli, struct pull *p) {
    struct sek_trust_store *store = NULL;
    int status = sek_trust_open_locked(NULL, &store, &cli->err);
    if (status == 0 && p->policy == &p->fetched) status = cli_policy_parse(cli, p->policy, NULL);
    if (status == 0) status = cli_policy_verify(cli, p->policy, NULL);
    if (status == 0) status = cli_policy_accept(cli, p->policy, NULL, &p->judgement, store, NULL);
    if (status == 0) status = cli_policy_rules(cli, p->policy, NULL, true);
    if (status == 0) {
        bool changed = differs(p->out_file, sek_buffer_view(&p->policy->bytes));
        status = write_all(cli, p, store, changed);
        sek_trust_close(store);
        store = NULL;
        if (status == 0) cli_etag_save(p->session.settings.backend.base, p->judgement.workspace, sek_buffer_view(&p->policy->bytes), p->etag);
        if (status == 0) status = tell(cli, p, changed);
    }
    sek_trust_close(store);
    return status;
}

/* The whole way. */
static int run(struct cli *cli) {
    struct pull p = {.out_file = cli_value(cli, "out") == NULL ? "policy.json" : cli_value(cli, "out")};
    int status;
    cli_policy_init(&p.cached);
    cli_policy_init(&p.fetched);
    status = cli_check_out(cli, p.out_file);
    if (status == 0) status = cli_session_open(cli, cli_value(cli, "workspace"), cli_value(cli, "backend"), cli_value(cli, "api-key-file"), &p.session);
    if (status == 0) status = cli_session_workspace(cli, &p.session);
    if (status == 0) cli_session_tell_held_back(cli, &p.session);
    if (status == 0) status = cli_trusted_keys(cli, &p.judgement.given);
    if (status != 0) goto out;
    p.judgement.workspace = p.session.settings.workspace;
    p.judgement.stored_keys_only = p.session.settings.workspace_of_project;
    p.judgement.allow_first_use = first_use_allowed(cli, &p.session.settings);
    p.judgement.accept_rollback = cli_flag(cli, "accept-rollback");
    p.judgement.allow_unbound = cli_flag(cli, "allow-unbound");
    status = fetch(cli, &p);
    if (status == 0) status = judge_and_write(cli, &p);
out:
    cli_policy_clear(&p.cached);
    cli_policy_clear(&p.fetched);
    cli_session_close(&p.session);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = "out", .kind = CLI_VALUE, .value = "PATH", .help = "where the policy goes (default: policy.json)"},
    CLI_OPTION_TRUSTED_KEY,
    {.name = "accept-new-key", .help = "pin the key that is met, where nothing is known of the workspace yet"},
    {.name = "accept-rollback", .help = "take an older policy than the newest one accepted, this once"},
    {.name = "allow-unbound", .help = "take a policy that is not bound to its workspace by a key trusted for another one too"},
    {.name = NULL},
};

const struct cli_command cmd_policy_pull = {
    .name = "policy pull",
    .summary = "Fetch the active policy of a workspace, verify it and store it",
    .description = "Nothing is written unless hash, signature, workspace, status, key, order and dates all hold.\n"
                   "Where no key is known for the workspace, one is pinned at first use on a terminal, or with --accept-new-key.",
    .example = "  sekuire policy pull --workspace ws_abc123\n"
               "  sekuire policy pull --workspace ws_abc123 --backend http://localhost:9300 --trusted-key signer.key",
    .options = options,
    .run = run,
};
