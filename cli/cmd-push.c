/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire push: judge the agent in this directory against the workspace's policy and publish it as a draft. Everything local comes
 * before anything is sent. */
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "cli/push.h"
#include "cli/remote.h"
#include "sys/file.h"

enum { REASON_MAX = 1024 };

#define SECRET_FILE ".sekuire/secret.key"

/* The manifest, the tools and what they declare; and that the id can be written into the manifest. */
static int read_agent(struct cli *cli, struct cli_push *push) {
    struct cli_agent *agent = &push->agent;
    int status = cli_agent_read(cli, agent);
    if (status == 0) status = cli_agent_declaration(cli, agent, &push->declaration);
    if (status != 0 || agent->manifest.format != SEK_MANIFEST_YAML || agent->identity.sekuire_id[0] == '\0') return status;
    status = sek_manifest_set_id(&agent->manifest, sek_buffer_view(&agent->manifest_bytes), sek_text(agent->identity.sekuire_id),
                                 &push->edited, &cli->err);
    if (status == 0) status = sek_buffer_check(&push->edited, &cli->err);
    if (status == 0) return 0;
    cli_hint(cli, "write it by hand, then push again: sekuire_id: %s", agent->identity.sekuire_id);
    return cli_blame(cli, agent->manifest_file);
}

/* The agent's key. */
static int read_key(struct cli *cli, struct cli_push *push) {
    int status = cli_read_secret_key(cli, SECRET_FILE, &push->key);
    if (status == SEKUIRE_ERR_IO && !sys_exists(SECRET_FILE)) cli_hint(cli, "run: sekuire keygen");
    return status;
}

/* Settings, API key, trusted keys, workspace. A dry run may go without an API key. */
static int read_session(struct cli *cli, struct cli_push *push) {
    int status = cli_session_open(cli, cli_value(cli, "workspace"), cli_value(cli, "backend"), cli_value(cli, "api-key-file"), &push->session);
    if (status == 0 && !push->dry_run) status = cli_session_api_key(cli, &push->session);
    if (status == 0 && push->session.key.key[0] == '\0') status = cli_session_workspace(cli, &push->session);
    if (status == 0) cli_session_tell_held_back(cli, &push->session);
    if (status == 0) status = cli_trusted_keys(cli, &push->given);
    return status;
}

/* Is the manifest still the one that was judged? 0, conflict if it is not, or why it cannot be told. */
static int check_unchanged(const struct cli_agent *agent, struct sekuire_error *err) {
    struct sek_buffer now;
    sek_buffer_init(&now, SEK_LIMIT_MANIFEST_BYTES);
    int status = sys_read_regular(agent->manifest_real, &now, err);
    if (status == SEKUIRE_ERR_TOO_LARGE || (status == SEKUIRE_ERR_IO && !sys_exists(agent->manifest_real)) ||
        (status == 0 && !sek_text_equal(sek_buffer_view(&now), sek_buffer_view(&agent->manifest_bytes))))
        status = sek_fail(err, SEKUIRE_ERR_CONFLICT, "changed meanwhile");
    sek_buffer_clear(&now);
    return status;
}

/* Writes the manifest with its id beside the old one, so that what could fail fails before anything is sent. */
static int prepare_id(struct cli *cli, struct cli_push *push) {
    const struct cli_agent *agent = &push->agent;
    struct sekuire_text edited = sek_buffer_view(&push->edited);
    if (edited.size == 0 || sek_text_equal(edited, sek_buffer_view(&agent->manifest_bytes))) return 0;
    int status = check_unchanged(agent, &cli->err);
    if (status == SEKUIRE_ERR_CONFLICT) cli_fail(cli, status, "changed meanwhile: nothing was published");
    if (status != 0) return cli_blame(cli, agent->manifest_file);
    if (sys_pending_write(agent->manifest_real, edited, agent->manifest_mode, &push->rewritten, &cli->err) == 0) return 0;
    sek_fail_prefix(&cli->err, "nothing was published, for project.sekuire_id could not be written after it");
    cli_hint(cli, "make the folder writable, or write it by hand below project: sekuire_id: %s", agent->identity.sekuire_id);
    return cli_blame(cli, agent->manifest_file);
}

/* Sends it. */
static int publish(struct cli *cli, struct cli_push *push) {
    struct sek_buffer body;
    struct sek_answer answer;
    sek_buffer_init(&body, SEK_LIMIT_JSON_BYTES);
    sek_answer_init(&answer);
    int status = cli_push_key_workspace(cli, push);
    if (status == 0) status = cli_push_organisation(cli, push);
    if (status == 0) status = cli_push_body(cli, push, &body);
    if (status == 0) status = prepare_id(cli, push);
    if (status == 0) {
        struct cli_spinner *spinner = cli_spinner_start(cli, "Pushing the agent...");
        status = sek_backend_publish(&push->session.backend, sek_buffer_view(&body), &answer, &cli->err);
        cli_spinner_stop(spinner);
        if (status != 0) cli_session_advise(cli, &push->session, status);
        if (status == SEKUIRE_ERR_CONFLICT && answer.http_status == 409)
            cli_hint(cli, "an agent belongs to the key that published it first: push with that one in " SECRET_FILE);
        if (status != 0) cli_push_refused(cli, &answer);
    }
    push->published = status == 0;
    sek_buffer_clear(&body);
    sek_answer_clear(&answer);
    return status;
}

/* Puts the manifest with its id in place, if the file is still the one that was judged. */
static int write_id(struct cli *cli, const struct cli_push *push) {
    const struct cli_agent *agent = &push->agent;
    if (push->rewritten == NULL) return 0;
    int status = check_unchanged(agent, &cli->err);
    if (status == SEKUIRE_ERR_CONFLICT) {
        cli_warn(cli, "warning: %s changed meanwhile; its project.sekuire_id is not written: %s", agent->manifest_file,
                 agent->identity.sekuire_id);
        return 0;
    }
    if (status == 0) status = sys_pending_commit(push->rewritten, &cli->err);
    if (status == 0) return 0;
    sek_fail_prefix(&cli->err, "the agent was published, but its id could not be written");
    cli_hint(cli, "write it by hand below project: sekuire_id: %s", agent->identity.sekuire_id);
    return cli_blame(cli, agent->manifest_file);
}

/* What follows a verdict that lets the push go on. */
static int go_on(struct cli *cli, struct cli_push *push) {
    int status = cli_agent_has_id(cli, &push->agent);
    if (status != 0) return status;
    if (!push->dry_run) status = publish(cli, push);
    if (status != 0) return status;
    if (push->published && push->report.errors > 0)
        cli_warn(cli, "warning: --force: the server recorded this push as forced, with its %zu finding%s", push->report.errors,
                 push->report.errors == 1 ? "" : "s");
    cli_line(cli, "Identity: %s", push->agent.identity.sekuire_id);
    if (push->published) cli_line(cli, "Agent pushed as DRAFT!");
    else cli_note(cli, "dry run: nothing was published");
    if (push->published) status = write_id(cli, push);
    return status == 0 ? cli_push_document(cli, push) : status;
}

/* Every step, in order. */
static int steps(struct cli *cli, struct cli_push *push) {
    int status = read_agent(cli, push);
    if (status == 0) status = read_key(cli, push);
    if (status == 0) status = read_session(cli, push);
    if (status == 0) status = cli_push_workspace(cli, push);
    if (status == 0) status = cli_push_judge(cli, push);
    if (status != 0) return status;
    cli_push_lines(cli, push);
    if (push->compliant || push->force) return go_on(cli, push);
    cli_fail(cli, SEKUIRE_ERR_COMPLIANCE, "the agent does not comply with the policy of workspace %s", push->workspace);
    cli->told = true;
    status = cli_push_document(cli, push);
    return status == 0 ? SEKUIRE_ERR_COMPLIANCE : status;
}

/* What the server would refuse of a reason; it may be of several lines. */
static int check_reason(struct cli *cli) {
    const char *reason = cli_value(cli, "reason");
    size_t size = reason == NULL ? 0 : strlen(reason);
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t n = sek_utf8_decode(reason + i, size - i, &code);
        if (n == 0) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--reason: the text is no UTF-8");
        if (sek_utf8_is_control(code) && code != '\n' && code != '\t')
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "--reason: a reason has no control characters");
        i += n;
    }
    if (size > REASON_MAX) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--reason: a reason has at most %d bytes", REASON_MAX);
    return 0;
}

/* Sets up, runs and cleans up. */
static int run(struct cli *cli) {
    struct cli_push push = {.force = cli_flag(cli, "force"), .dry_run = cli_flag(cli, "dry-run")};
    if (cli_flag(cli, "reason") && !push.force) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--reason needs --force");
    int told = check_reason(cli);
    if (told != 0) return told;
    cli_policy_init(&push.policy);
    sek_report_init(&push.report);
    sek_buffer_init(&push.edited, 2 * SEK_LIMIT_MANIFEST_BYTES);
    int status = steps(cli, &push);
    sekuire_secret_key_free(push.key);
    sys_pending_discard(push.rewritten);
    sek_buffer_clear(&push.edited);
    sek_report_clear(&push.report);
    cli_policy_clear(&push.policy);
    cli_session_close(&push.session);
    cli_agent_clear(&push.agent);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "backend", .alias = "registry", .letter = 'r', .kind = CLI_VALUE, .value = "URL", .help = CLI_HELP_BACKEND},
    {.name = "policy", .kind = CLI_VALUE, .value = "FILE", .help = "judge by this file, which must be acceptable, not by the server's"},
    {.name = "dry-run", .help = "stop before the agent is sent"},
    {.name = "force", .help = "push in spite of findings (not recommended; it is recorded)"},
    {.name = "reason", .kind = CLI_VALUE, .value = "TEXT", .help = "with --force: why, for the record"},
    {.name = "allow-unknown-keys", .help = "let unknown keys of the policy pass"},
    CLI_OPTION_TRUSTED_KEY,
    CLI_OPTION_API_KEY_FILE,
    CLI_OPTION_PASSPHRASE_FILE,
    {.name = NULL},
};

const struct cli_command cmd_push = {
    .name = "push",
    .summary = "Judge the agent in this directory by the workspace's policy and publish it as a draft",
    .description = "Reads sekuire.yml (or .yaml, .json), the prompt and the tools, and signs with .sekuire/secret.key. The API key is\n"
                   "that of --api-key-file, of SEKUIRE_API_KEY, or of the login.",
    .example = "  sekuire push --workspace ws_abc123\n  sekuire push --dry-run --json",
    .options = options,
    .run = run,
};
