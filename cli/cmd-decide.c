/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire decide: what a policy says of one action, or of many. Changes nothing. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/accept.h"
#include "cli/decide.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/session.h"
#include "decide/answer.h"
#include "decide/engine.h"
#include "sys/env.h"

enum { EXIT_DENY = 1, EXIT_UNUSABLE = 3, EXIT_ASK = 10, EXIT_WARN = 11, MESSAGE_BYTES = 16 << 10 };

/* What each kind of action is asked by, in the order of docs/spec/semantics.md, section 4; before all of them the dates. */
static const struct {
    enum sekuire_action_type type;
    const char *target, *detail; /* options; detail may be NULL */
    const char *rules[8];
} kinds[] = {
    {SEKUIRE_ACTION_TOOL, "tool", NULL, {"tool.blocked", "tool.not_allowed", "tool.approval_required", NULL}},
    {SEKUIRE_ACTION_MODEL,
     "model",
     "provider",
     {"model.blocked", "model.not_allowed", "provider.unknown", "provider.blocked", "provider.not_allowed", NULL}},
    {SEKUIRE_ACTION_NETWORK,
     "domain",
     "protocol",
     {"network.missing", "network.disabled", "network.tls_required", "network.blocked", "network.not_allowed", NULL}},
    {SEKUIRE_ACTION_FILESYSTEM, "path", "operation", {"fs.missing", "fs.disabled", "fs.blocked", "fs.not_allowed", "fs.ext", NULL}},
    {SEKUIRE_ACTION_API,
     "service",
     "endpoint",
     {"api.missing", "api.disabled", "api.not_allowed", "api.endpoint_not_allowed", NULL}},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct run {
    struct cli_policy policy;
    struct sekuire_engine *engine;
    struct cli_decider decider;
    struct sek_arena arena;
    char host[SEKUIRE_HOST_SIZE];
    size_t kind; /* of kinds; KINDS: --jsonl */
    struct sekuire_action action;
};

/* The longest part of an absolute path that is there, with its links followed, and the rest as it stands; NULL without memory. */
static char *resolve_links(struct sek_arena *arena, struct sekuire_text path) {
    char *start = sek_arena_copy(arena, path);
    for (size_t end = path.size; start != NULL && end > 0; end--) {
        if (end < path.size && path.data[end] != '/') continue;
        start[end] = '\0';
        char *resolved = realpath(start, NULL);
        if (resolved == NULL) continue;
        char *whole = sek_arena_format(arena, "%s%.*s", resolved, (int)(path.size - end), path.data + end);
        free(resolved); /* realpath's */
        return whole;
    }
    return start == NULL ? NULL : sek_arena_copy(arena, path);
}

/* The path, absolute, with its links followed. */
static int resolve(const struct cli_decider *decider, struct sek_arena *arena, struct sekuire_action *action, struct sekuire_error *err) {
    struct sekuire_text path = action->target;
    if (path.size == 0 || memchr(path.data, '\0', path.size) != NULL) return 0; /* no path: deciding says so */
    if (path.data[0] != '/') path = sek_text(sek_arena_format(arena, "%s/%.*s", decider->folder, SEK_TEXT_ARGS(path)));
    if (path.data != NULL) path = sek_text(resolve_links(arena, path));
    if (path.data == NULL) return sek_fail_memory(err);
    action->target = path;
    return 0;
}

int cli_decide(const struct cli_decider *decider, struct sek_arena *arena, struct sekuire_action *action,
               struct sekuire_decision *ret, struct sekuire_error *err) {
    int status = 0;
    if (action->type == SEKUIRE_ACTION_FILESYSTEM) {
        action->root = sek_text(decider->folder);
        if (decider->resolve_links) status = resolve(decider, arena, action, err);
    }
    if (status == 0) status = sekuire_decide(decider->engine, action, sys_now(), ret, err);
    if (status == 0 && decider->overridden) sekuire_decision_override(ret);
    return status;
}

/* Which of the options that say what is to be decided was given: exactly one. */
static int read_kind(struct cli *cli, struct run *run) {
    size_t given = 0;
    for (size_t i = 0; i < KINDS; i++) {
        if (cli_value(cli, kinds[i].target) == NULL) continue;
        run->kind = i;
        given++;
    }
    if (cli_flag(cli, "jsonl")) {
        run->kind = KINDS;
        given++;
    }
    if (given != 1) {
        cli_hint(cli, "see: sekuire decide --help");
        return cli_fail(cli, SEKUIRE_ERR_USAGE, given == 0 ? "say what is to be decided: --tool, --model, --domain, --path, --service or --jsonl"
                                                           : "only one of --tool, --model, --domain, --path, --service and --jsonl");
    }
    for (size_t i = 0; i < KINDS; i++)
        if (i != run->kind && kinds[i].detail != NULL && cli_value(cli, kinds[i].detail) != NULL)
            return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s belongs to --%s", kinds[i].detail, kinds[i].target);
    if (run->kind == KINDS && cli_flag(cli, "explain")) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--explain is for one action");
    return 0;
}

/* The action that the options say. */
static int read_action(struct cli *cli, struct run *run) {
    if (run->kind == KINDS) return 0;
    run->action = (struct sekuire_action){.type = kinds[run->kind].type, .target = sek_text(cli_value(cli, kinds[run->kind].target))};
    if (kinds[run->kind].detail != NULL) run->action.detail = sek_text(cli_value(cli, kinds[run->kind].detail));
    if (run->action.type != SEKUIRE_ACTION_NETWORK) return 0;
    struct sekuire_error why;
    if (sekuire_host_to_ascii(run->action.target, run->host, &why) != 0)
        return cli_fail(cli, why.status == SEKUIRE_ERR_MEMORY ? why.status : SEKUIRE_ERR_USAGE, "--domain: %s", why.message);
    run->action.target = sek_text(run->host);
    return 0;
}

/* A policy of any stage: nothing is known of it but that it compiles. */
static int open_draft(struct cli *cli, struct run *run, const char *file, unsigned flags) {
    struct sekuire_policy *policy = NULL;
    int status = sekuire_policy_parse(sek_buffer_view(&run->policy.bytes), &policy, &cli->err);
    if (status == 0) status = sekuire_engine_new(policy, flags | SEKUIRE_ENGINE_DRAFT, &run->engine, &cli->err);
    sekuire_policy_free(policy);
    if (status != 0) return cli_blame(cli, file);
    cli_warn(cli, "DRAFT: nothing of the policy was checked: signature, workspace, key, status, age");
    return 0;
}

/* A policy that is the workspace's, by a trusted key, current and in time. */
static int open_accepted(struct cli *cli, struct run *run, const char *file, unsigned flags) {
    struct cli_judgement judgement = {.workspace = NULL};
    struct sek_trust_store *store = NULL;
    struct sek_settings settings;
    int status = cli_settings(cli, cli_value(cli, "workspace"), &settings);
    if (status == 0) status = cli_known_workspace(cli, &settings);
    if (status == 0) status = cli_trusted_keys(cli, &judgement.given);
    if (status == 0) status = cli_policy_parse(cli, &run->policy, file);
    if (status == 0) status = cli_policy_verify(cli, &run->policy, file);
    if (status == 0) status = sek_trust_open_read(NULL, &store, &cli->err);
    judgement.workspace = settings.workspace;
    judgement.stored_keys_only = settings.workspace_of_project;
    if (status == 0) status = cli_policy_accept(cli, &run->policy, file, &judgement, store, NULL);
    sek_trust_close(store);
    if (status != 0) return status;
    status = sek_engine_from_accepted(run->policy.accepted, flags, &run->engine, &cli->err);
    return status == 0 ? 0 : cli_blame(cli, file);
}

/* Makes the engine. Whatever fails here is no decision, so the exit code is never that of a deny. */
static int open_engine(struct cli *cli, struct run *run) {
    const char *file = cli_value(cli, "policy") == NULL ? "policy.json" : cli_value(cli, "policy");
    unsigned flags = cli_flag(cli, "allow-unknown-keys") ? SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS : 0;
    int status = cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &run->policy.bytes);
    if (status == 0) status = cli_flag(cli, "draft") ? open_draft(cli, run, file, flags) : open_accepted(cli, run, file, flags);
    if (status != 0 && sek_status_exit_code(status) == EXIT_DENY) cli->exit_code = EXIT_UNUSABLE;
    return status;
}

/* What the decider goes by besides. */
static int prepare(struct cli *cli, struct run *run) {
    const char *override = sys_variable("SEKUIRE_POLICY_DEV_OVERRIDE");
    run->decider = (struct cli_decider){.engine = run->engine, .resolve_links = cli_flag(cli, "resolve-symlinks")};
    run->decider.overridden = override != NULL && strcmp(override, "true") == 0;
    if (run->decider.overridden)
        cli_warn(cli, "WARNING: SEKUIRE_POLICY_DEV_OVERRIDE is set: what the policy denies is only warned of");
    run->decider.folder = getcwd(NULL, 0);
    return run->decider.folder == NULL ? cli_fail(cli, SEKUIRE_ERR_IO, "the current directory cannot be told") : 0;
}

/* The rules that the action passed, in their order, and the one that decided. */
static void explain(struct cli *cli, const struct run *run, const struct sekuire_decision *decision, struct sek_writer *w) {
    static const char *const dates[] = {"policy.expired", "policy.not_yet_valid"};
    bool decided = false;
    if (w != NULL) {
        sek_write_key(w, "rules");
        sek_write_array(w);
    }
    for (size_t i = 0; !decided && (i < 2 || kinds[run->kind].rules[i - 2] != NULL); i++) {
        const char *rule = i < 2 ? dates[i] : kinds[run->kind].rules[i - 2];
        decided = decision->rule != NULL && strcmp(rule, decision->rule) == 0;
        cli_line(cli, "%-26s %s", rule, decided ? sekuire_verdict_word(decision->verdict) : "passed");
        if (w == NULL) continue;
        sek_write_object(w);
        sek_write_member(w, "rule", rule);
        sek_write_member(w, "result", decided ? sekuire_verdict_word(decision->verdict) : "passed");
        sek_write_object_end(w);
    }
    if (w != NULL) sek_write_array_end(w);
}

/* Tells one decision. */
static int tell(struct cli *cli, const struct run *run, const struct sekuire_decision *decision) {
    struct cli_document doc;
    char message[MESSAGE_BYTES];
    bool json = cli_document_begin(cli, &doc);
    if (json) {
        sek_write_object(&doc.writer);
        sek_decision_members(&doc.writer, decision, &run->action);
    }
    if (cli_flag(cli, "explain")) explain(cli, run, decision, json ? &doc.writer : NULL);
    if (json) {
        sek_write_object_end(&doc.writer);
        return cli_document_end(cli, &doc);
    }
    sekuire_decision_message(decision, &run->action, message, sizeof message);
    const char *word = sekuire_verdict_word(decision->verdict);
    enum cli_colour colour = decision->verdict == SEKUIRE_ALLOW ? CLI_GREEN : decision->verdict == SEKUIRE_DENY ? CLI_RED : CLI_YELLOW;
    if (decision->rule == NULL) cli_line_coloured(cli, colour, "%s", word);
    else cli_line_coloured(cli, colour, "%s: %s (policy %s) [%s]", word, message, decision->pointer, decision->rule);
    return 0;
}

/* Decides the one action of the command line. A value without normal form is the command line's fault, and no deny. */
static int decide_one(struct cli *cli, struct run *run) {
    static const int exit_codes[] = {[SEKUIRE_DENY] = EXIT_DENY, [SEKUIRE_ASK] = EXIT_ASK, [SEKUIRE_WARN] = EXIT_WARN, [SEKUIRE_ALLOW] = 0};
    struct sekuire_decision decision;
    struct sekuire_error why;
    int status = cli_decide(&run->decider, &run->arena, &run->action, &decision, &why);
    if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(&cli->err);
    if (status != 0) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s", why.message); /* it begins with the value's name, which is the option's */
    status = tell(cli, run, &decision);
    if (status == 0) cli->exit_code = exit_codes[decision.verdict];
    return status;
}

/* Reads what is asked, then the policy, and answers. */
static int run(struct cli *cli) {
    struct run *r = sek_alloc_zero(1, sizeof *r);
    if (r == NULL) return sek_fail_memory(&cli->err);
    cli_policy_init(&r->policy);
    sek_arena_init(&r->arena, SEK_LIMIT_TREE_ARENA);
    int status = read_kind(cli, r);
    if (status == 0) status = read_action(cli, r);
    if (status == 0) status = open_engine(cli, r);
    if (status == 0) status = prepare(cli, r);
    if (status == 0) status = r->kind == KINDS ? cli_decide_lines(cli, &r->decider) : decide_one(cli, r);
    free(r->decider.folder); /* getcwd's */
    sekuire_engine_free(r->engine);
    sek_arena_clear(&r->arena);
    cli_policy_clear(&r->policy);
    sek_free(r);
    return status;
}

static const struct cli_option options[] = {
    {.name = "policy", .kind = CLI_VALUE, .value = "FILE", .help = "the policy (default: policy.json)"},
    {.name = "tool", .kind = CLI_VALUE, .value = "NAME", .help = "a tool that is to be called"},
    {.name = "model", .kind = CLI_VALUE, .value = "NAME", .help = "a model that is to be asked"},
    {.name = "provider", .kind = CLI_VALUE, .value = "NAME", .help = "whose model it is; else its name tells"},
    {.name = "domain", .kind = CLI_VALUE, .value = "HOST", .help = "a host that is to be reached"},
    {.name = "protocol", .kind = CLI_VALUE, .value = "NAME", .help = "by which protocol: https, wss, ..."},
    {.name = "path", .kind = CLI_VALUE, .value = "PATH", .help = "a file that is to be opened; a relative one is below the current directory"},
    {.name = "operation", .kind = CLI_VALUE, .value = "NAME", .help = "what for: read, write, ..."},
    {.name = "service", .kind = CLI_VALUE, .value = "NAME", .help = "a service that is to be used"},
    {.name = "endpoint", .kind = CLI_VALUE, .value = "NAME", .help = "which endpoint of it"},
    {.name = "jsonl", .help = "decide actions that come as JSON on standard input, one in each line"},
    {.name = "explain", .help = "show the rules that the action passed, and the one that decided"},
    {.name = "resolve-symlinks", .help = "follow the links in a path before it is judged"},
    CLI_OPTION_WORKSPACE,
    CLI_OPTION_TRUSTED_KEY,
    {.name = "draft", .help = "take any well-formed policy, signed or not, or a content alone"},
    {.name = "allow-unknown-keys", .help = "let keys of the policy pass that this version does not know"},
    {.name = NULL},
};

const struct cli_command cmd_decide = {
    .name = "decide",
    .summary = "Ask a policy what it says of an action",
    .description = "Exits with 0 for allow, 1 for deny, 10 for ask, 11 for warn; 2 where the question is none, 3 where the policy may not be used.\n"
                   "The policy must be accepted for the workspace, as `policy pull` leaves it; --draft takes any other. With --jsonl every line\n"
                   "is answered by one, and 1 means that some line was no action. SEKUIRE_POLICY_DEV_OVERRIDE=true turns a deny into a warn.",
    .example = "  sekuire decide --workspace ws_abc123 --tool shell_exec\n"
               "  sekuire decide --workspace ws_abc123 --domain api.openai.com --protocol https --explain\n"
               "  echo '{\"type\":\"tool\",\"toolName\":\"calculator\",\"id\":1}' | sekuire decide --workspace ws_abc123 --jsonl",
    .options = options,
    .run = run,
};
