/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire agent show: one agent, with its findings. */
#include <string.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/remote.h"
#include "tree/json.h"

enum { ID_DIGITS = 64, START_DIGITS = 8, FOUND = 1 };

/* What is looked for among the rows of a workspace. */
struct search {
    char start[ID_DIGITS + 1]; /* the id, or the digits that it begins with */
    size_t matches;
    struct sek_buffer row; /* the first that matches */
};

/* Looks through a page. */
static int look(void *context, const struct sek_node *const *items, size_t count, struct sekuire_error *err) {
    struct search *search = context;
    (void)err; /* it is the command's own */
    for (size_t i = 0; i < count; i++) {
        struct sekuire_text id = cli_record_text(items[i], "sekuire_id");
        if (!sek_text_starts(id, sek_text(search->start))) continue;
        struct sek_writer writer;
        sek_buffer_clear(&search->row);
        sek_writer_init(&writer, &search->row, false);
        sek_write_node(&writer, items[i]);
        search->matches++;
        if (id.size == strlen(search->start)) return FOUND;
    }
    return 0;
}

/* Shows the agent that the search found. */
static int show(struct cli *cli, const struct search *search, const char *workspace) {
    const struct sek_node *row = NULL;
    struct sek_arena arena;
    if (search->matches == 0)
        return cli_fail(cli, SEKUIRE_ERR_NOT_FOUND, "workspace %s has no agent %s", workspace, search->start);
    if (search->matches > 1)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "%zu agents of workspace %s begin with %s", search->matches, workspace, search->start);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_buffer_check(&search->row, &cli->err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&search->row), &row, &cli->err);
    if (status == 0) status = cli_record_answer(cli, cli_agent_members, row);
    sek_arena_clear(&arena);
    return status;
}

/* Among the agents of the workspace. */
static int find_in_workspace(struct cli *cli, struct cli_remote *remote, struct search *search) {
    struct cli_spinner *spinner = cli_spinner_start(cli, "Asking the server...");
    int status = sek_backend_list_each(&remote->session.backend, SEK_LIST_AGENTS, remote->workspace, look, search, &cli->err);
    cli_spinner_stop(spinner);
    if (status < 0) return cli_remote_failed(cli, remote, status, NULL);
    if (status == FOUND) search->matches = 1;
    return show(cli, search, remote->workspace);
}

/* By its id alone, as anyone may ask for it. */
static int find_by_id(struct cli *cli, struct cli_remote *remote, const struct search *search) {
    if (strlen(search->start) < ID_DIGITS) {
        if (remote->session.key.key[0] == '\0') cli_hint(cli, "give all 64 digits, or log in to look for it in your workspace: sekuire login");
        else cli_hint(cli, "give all 64 digits, or the workspace: --workspace ID");
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "the start of an id is enough only within a workspace");
    }
    int status = sek_backend_agent(&remote->session.backend, search->start, &remote->answer, &cli->err);
    if (status == SEKUIRE_ERR_CONFLICT)
        cli_hint(cli, "say whose is meant: --workspace ID%s", remote->session.key.key[0] == '\0' ? ", logged in (sekuire login)" : "");
    if (status != 0) return cli_remote_failed(cli, remote, status, NULL);
    if (!sek_text_is(cli_record_text(remote->answer.root, "sekuire_id"), search->start))
        return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer is about another agent");
    return cli_record_answer(cli, cli_agent_members, remote->answer.root);
}

/* Reads the id: lower-case digits, 8 to 64 of them. */
static int read_id(struct cli *cli, char out[ID_DIGITS + 1]) {
    const char *id = cli_operand(cli, 0);
    size_t n = strlen(id);
    if (n < START_DIGITS || n > ID_DIGITS || strspn(id, "0123456789abcdefABCDEF") != n)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "'%s' is no Sekuire ID: that is 64 hex digits, of which the first 8 may be enough", id);
    for (size_t i = 0; i <= n; i++) out[i] = sek_ascii_lower(id[i]);
    return 0;
}

/* Finds it and shows it. */
static int run(struct cli *cli) {
    struct cli_remote remote = {.workspace = ""};
    struct search search = {.matches = 0};
    int status = read_id(cli, search.start);
    if (status != 0) return status;
    sek_buffer_init(&search.row, SEK_LIMIT_HTTP_ANSWER_BYTES);
    status = cli_remote_open_keyless(cli, cli_value(cli, "workspace"), &remote);
    if (status == 0) {
        cli_session_tell_held_back(cli, &remote.session);
        bool in_workspace = remote.workspace[0] != '\0' && remote.session.key.key[0] != '\0';
        status = in_workspace ? find_in_workspace(cli, &remote, &search) : find_by_id(cli, &remote, &search);
    }
    sek_buffer_clear(&search.row);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_agent_show = {
    .name = "agent show",
    .summary = "Show one agent and what was found wrong with it",
    .operands = "SEKUIRE_ID",
    .operands_min = 1,
    .operands_max = 1,
    .description = "It is looked for in the workspace; without an API key, or where no workspace is known, by its whole id, and then\n"
                   "model, compliance and findings are told only to those who may see them.",
    .example = "  sekuire agent show a1b2c3d4e5f6 --workspace ws_abc123",
    .options = options,
    .run = run,
};
