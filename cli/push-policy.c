/* SPDX-License-Identifier: Apache-2.0 */
/* push: the workspace, its policy, and the verdict on the agent. */
#include "cli/push.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cli/options.h"
#include "cli/output.h"
#include "decide/engine.h"
#include "policy/ids.h"
#include "sys/file.h"

/* Does the answer of /me list this workspace? *ret_any says whether it lists any. */
static bool lists_workspace(const struct sek_node *me, const char *workspace, bool *ret_any) {
    const struct sek_node *list = sek_node_get(me, "workspaces");
    bool found = false;
    *ret_any = false;
    for (SEK_EACH(entry, list)) {
        const struct sek_node *id = sek_node_get(entry, "id");
        *ret_any = true;
        if (sek_text_is(id->text, workspace)) found = true;
    }
    return found;
}

/* The first workspace that the answer lists becomes the one to push to. */
static int take_first(struct cli *cli, struct cli_push *push, const struct sek_node *me) {
    const struct sek_node *list = sek_node_get(me, "workspaces");
    for (SEK_EACH(entry, list)) {
        const struct sek_node *id = sek_node_get(entry, "id");
        memcpy(push->workspace, id->text.data, id->text.size);
        push->workspace[id->text.size] = '\0';
        push->workspace_from = SEK_FROM_KEY;
        return 0;
    }
    cli_hint(cli, "give --workspace ID");
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "no workspace is known, and the API key does not say which is its own");
}

/* The refusal of a workspace that is not the key's. */
static int foreign(struct cli *cli, const struct cli_push *push) {
    cli_hint(cli, "log in with an API key of workspace %s, or name the key's own workspace", push->workspace);
    return cli_fail(cli, SEKUIRE_ERR_WORKSPACE, "the API key does not belong to workspace %s", push->workspace);
}

/* GET /me. */
static int ask_me(struct cli *cli, struct cli_push *push, struct sek_answer *ret) {
    sek_answer_init(ret);
    struct cli_spinner *spinner = cli_spinner_start(cli, "Asking whose API key it is...");
    int status = sek_backend_me(&push->session.backend, ret, &cli->err);
    cli_spinner_stop(spinner);
    return status;
}

int cli_push_workspace(struct cli *cli, struct cli_push *push) {
    const struct sek_settings *settings = &push->session.settings;
    struct sek_answer answer;
    memcpy(push->workspace, settings->workspace, sizeof push->workspace);
    push->workspace_from = settings->workspace_from;
    if (push->workspace[0] != '\0') return 0;
    if (push->session.key.key[0] == '\0') return cli_session_workspace(cli, &push->session);
    int status = ask_me(cli, push, &answer);
    if (status == 0) status = take_first(cli, push, answer.root);
    sek_answer_clear(&answer);
    return status;
}

int cli_push_key_workspace(struct cli *cli, struct cli_push *push) {
    const char *login = push->session.key.origin == SEK_KEY_FROM_LOGIN ? push->session.credentials.workspace_id : "";
    struct sek_answer answer;
    bool any = false;
    if (push->workspace_from == SEK_FROM_KEY || strcmp(login, push->workspace) == 0) return 0;
    int status = ask_me(cli, push, &answer);
    if (status == 0 && !lists_workspace(answer.root, push->workspace, &any) && (any || login[0] != '\0')) status = foreign(cli, push);
    else if (answer.http_status == 404) status = login[0] == '\0' ? 0 : foreign(cli, push); /* a backend without /me */
    sek_answer_clear(&answer);
    return status;
}

int cli_push_organisation(struct cli *cli, struct cli_push *push) {
    struct sek_key_verdict verdict = {.valid = false};
    if (push->session.key.origin == SEK_KEY_FROM_LOGIN && push->session.credentials.org_id[0] != '\0') {
        sek_utf8_escape(push->org_id, sizeof push->org_id, sek_text(push->session.credentials.org_id));
        return 0;
    }
    struct cli_spinner *spinner = cli_spinner_start(cli, "Verifying the API key...");
    int status = sek_backend_verify_key(&push->session.backend, push->session.key.key, &push->session.device, &verdict, &cli->err);
    cli_spinner_stop(spinner);
    if (status == SEKUIRE_ERR_NOT_FOUND) return 0; /* a backend that has no such question */
    if (status != 0) return status;
    if (!verdict.valid)
        return cli_fail(cli, SEKUIRE_ERR_UNAUTHORIZED, "the server refuses the API key%s%s", verdict.error[0] == '\0' ? "" : ": ",
                        verdict.error);
    memcpy(push->org_id, verdict.org_id, sizeof push->org_id);
    return 0;
}

/* Asks the server for the active policy. */
static int fetch(struct cli *cli, struct cli_push *push) {
    struct sek_answer answer;
    sek_answer_init(&answer);
    struct cli_spinner *spinner = cli_spinner_start(cli, "Fetching the active policy...");
    int status = sek_backend_active_policy(&push->session.backend, push->workspace, NULL, &answer, &cli->err);
    cli_spinner_stop(spinner);
    if (status == 0) {
        sek_buffer_text(&push->policy.bytes, sek_buffer_view(&answer.body));
        status = sek_buffer_check(&push->policy.bytes, &cli->err);
    } else if (status == SEKUIRE_ERR_NO_ACTIVE_POLICY && !push->force) {
        cli_session_no_policy(cli, &push->session, push->workspace, "--force pushes without one (not recommended)");
    } else if (answer.http_status != 0) {
        cli_session_advise(cli, &push->session, status);
    }
    sek_answer_clear(&answer);
    return status;
}

/* Advances what is known of the newest policy, but no keys: only `policy pull` and `trust` change those. */
static int advance(struct cli *cli, const struct cli_push *push, struct sek_trust_store *store) {
    struct sek_trust_state *old = sek_alloc_zero(1, sizeof *old);
    struct sek_trust_state *state = sek_alloc_zero(1, sizeof *state);
    int status = old == NULL || state == NULL ? sek_fail_memory(&cli->err) : 0;
    if (status == 0) {
        sek_trust_get(store, sek_text(push->workspace), old);
        *state = *sek_accepted_state(push->policy.accepted);
        memcpy(state->keys, old->keys, sizeof state->keys);
        memcpy(state->retired, old->retired, sizeof state->retired);
        state->key_count = old->key_count;
        state->retired_count = old->retired_count;
        status = sek_trust_set(store, sek_text(push->workspace), state, &cli->err);
    }
    if (status == 0) status = sek_trust_save(store, &cli->err);
    sek_free(old);
    sek_free(state);
    return status;
}

/* Accepts the policy: one from the server under the lock, with its state stored; one from a file changes nothing. */
static int accept(struct cli *cli, struct cli_push *push, const char *file) {
    struct cli_judgement judgement = {
        .workspace = push->workspace, .stored_keys_only = push->session.settings.workspace_of_project, .given = push->given};
    struct sek_trust_store *store = NULL;
    int status = cli_policy_parse(cli, &push->policy, file);
    if (status == 0) status = cli_policy_verify(cli, &push->policy, file);
    if (status == 0) status = file == NULL ? sek_trust_open_locked(NULL, &store, &cli->err) : sek_trust_open_read(NULL, &store, &cli->err);
    if (status == 0) status = cli_policy_accept(cli, &push->policy, file, &judgement, store, NULL);
    if (status == 0) status = cli_policy_rules(cli, &push->policy, file, cli_flag(cli, "allow-unknown-keys"));
    if (status == 0 && file == NULL) status = advance(cli, push, store);
    sek_trust_close(store);
    return status;
}

/* The agent against the accepted policy. */
static int comply(struct cli *cli, struct cli_push *push) {
    unsigned flags = cli_flag(cli, "allow-unknown-keys") ? SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS : 0;
    struct sek_comply_options options = {
        .now = sys_now(),
        .manifest_folder = sek_text(push->agent.folder),
        .prompt_path_bad = push->agent.prompt_outside,
        .tools_path_bad = push->agent.tools_outside,
        .computed_id = sek_text(push->agent.identity.sekuire_id),
    };
    struct sekuire_engine *engine = NULL;
    int status = sek_engine_from_accepted(push->policy.accepted, flags, &engine, &cli->err);
    if (status == 0) status = sek_comply(engine, &push->declaration, &options, &push->report, &push->lines, &cli->err);
    sekuire_engine_free(engine);
    push->compliant = status == 0 && push->report.errors == 0;
    for (struct sek_finding *f = push->report.first; f != NULL && push->edited.size > 0; f = f->next)
        if (strcmp(f->rule, "identity.stale") == 0) f->hint = "A push that goes through writes the new id.";
    return status;
}

int cli_push_judge(struct cli *cli, struct cli_push *push) {
    const char *file = cli_value(cli, "policy");
    int status;
    if (file != NULL) {
        sek_buffer_clear(&push->policy.bytes);
        status = sys_read_file(file, &push->policy.bytes, &cli->err);
        if (status != 0) return cli_blame(cli, file);
    } else {
        status = fetch(cli, push);
        if (status == SEKUIRE_ERR_NO_ACTIVE_POLICY && push->force) {
            cli_warn(cli, "warning: workspace %s has no active policy; going on because of --force", push->workspace);
            return 0;
        }
        if (status != 0) return status;
    }
    status = accept(cli, push, file);
    push->has_policy = status == 0;
    return status == 0 ? comply(cli, push) : status;
}
