/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the agent's files. */
#include "cli/agent.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/input.h"
#include "cli/output.h"
#include "sys/file.h"
#include "tree/json.h"

static const char *const manifest_files[] = {"sekuire.yml", "sekuire.yaml", "sekuire.json"};

/* The first manifest that is there. */
static int find_manifest(struct cli *cli, struct cli_agent *agent) {
    for (size_t i = 0; i < sizeof manifest_files / sizeof manifest_files[0]; i++) {
        if (!sys_exists(manifest_files[i])) continue;
        agent->manifest_file = manifest_files[i];
        return 0;
    }
    cli_hint(cli, "run the command in the agent's directory");
    return cli_fail(cli, SEKUIRE_ERR_IO, "there is no sekuire.yml, sekuire.yaml or sekuire.json in the current directory");
}

/* Reads and parses the manifest, and finds its folder. */
static int read_manifest(struct cli *cli, struct cli_agent *agent) {
    struct stat info;
    int status = find_manifest(cli, agent);
    if (status == 0) status = cli_read_regular(cli, agent->manifest_file, SEK_LIMIT_MANIFEST_BYTES, &agent->manifest_bytes);
    if (status != 0) return status;
    bool is_json = agent->manifest_file == manifest_files[2];
    status = sek_manifest_parse(&agent->arena, sek_buffer_view(&agent->manifest_bytes),
                                is_json ? SEK_MANIFEST_JSON : SEK_MANIFEST_YAML, &agent->manifest, &cli->err);
    if (status == 0) status = sys_real_path(agent->manifest_file, &agent->manifest_real, &cli->err);
    if (status == 0) status = sys_real_path(".", &agent->folder, &cli->err);
    if (status != 0) return cli_blame(cli, agent->manifest_file);
    agent->manifest_mode = stat(agent->manifest_real, &info) == 0 ? info.st_mode & 0777 : 0644;
    return 0;
}

/* What became of a file that the manifest names. */
struct named {
    char *file;
    bool outside; /* no regular file inside the folder, links followed */
    bool unread;  /* none at all */
};

/* Reads a file that the manifest names; node says where it does. One that is a directory, pipe, socket or device is left alone. */
static int read_named(struct cli *cli, struct cli_agent *agent, struct sekuire_text path, const struct sek_node *node, size_t limit,
                      struct named *named, struct sek_buffer *ret) {
    sek_buffer_init(ret, limit);
    *named = (struct named){.file = sek_arena_copy(&agent->arena, path)};
    if (named->file == NULL) return sek_fail_memory(&cli->err);
    named->outside = !sys_inside(agent->folder, named->file);
    named->unread = sys_is_other(named->file);
    if (named->unread) return 0;
    int status = cli_read_regular(cli, named->file, limit, ret);
    if (status == SEKUIRE_ERR_IO)
        cli_hint(cli, "%s:%u:%u names it", agent->manifest_file, (unsigned)node->at.line, (unsigned)node->at.column);
    return status;
}

int cli_agent_read(struct cli *cli, struct cli_agent *ret) {
    struct cli_agent *agent = ret;
    memset(agent, 0, sizeof *agent);
    sek_arena_init(&agent->arena, SEK_LIMIT_TREE_ARENA);
    int status = read_manifest(cli, agent);
    if (status != 0) return status;
    const struct sek_manifest *m = &agent->manifest;
    struct named named;
    status = read_named(cli, agent, m->system_prompt_path, m->system_prompt_path_node, SEK_LIMIT_PROMPT_BYTES, &named, &agent->prompt_bytes);
    agent->prompt_file = named.file;
    agent->prompt_outside = named.outside;
    agent->prompt_unread = named.unread;
    if (status != 0) return status;
    status = read_named(cli, agent, m->tools_path, m->tools_path_node, SEK_LIMIT_TOOLS_BYTES, &named, &agent->tools_bytes);
    agent->tools_file = named.file;
    agent->tools_outside = named.outside;
    agent->tools_unread = named.unread;
    if (status != 0 || agent->tools_unread) return status;
    status = sek_json_parse(&agent->arena, sek_buffer_view(&agent->tools_bytes), &agent->tools, &cli->err);
    if (status != 0) return cli_blame(cli, agent->tools_file);
    if (agent->prompt_unread) return 0;
    status = sek_identity_compute(m->model, sek_buffer_view(&agent->prompt_bytes), sek_buffer_view(&agent->tools_bytes),
                                  SEK_TOOLS_STRICT, &agent->identity, &cli->err);
    return status == 0 ? 0 : cli_blame(cli, agent->prompt_file);
}

int cli_agent_has_id(struct cli *cli, const struct cli_agent *agent) {
    if (!agent->prompt_unread && !agent->tools_unread) return 0;
    const struct sek_node *node = agent->prompt_unread ? agent->manifest.system_prompt_path_node : agent->manifest.tools_path_node;
    sek_fail_node(&cli->err, SEKUIRE_ERR_CONTENT, node, "the agent has no SekuireID: the %s %s is no regular file",
                  agent->prompt_unread ? "system prompt" : "tools file", agent->prompt_unread ? agent->prompt_file : agent->tools_file);
    return cli_blame(cli, agent->manifest_file);
}

/* Is it the file that identity.tools_path names? */
static bool is_tools_file(const struct cli_agent *agent, const char *file) {
    struct stat a;
    struct stat b;
    return agent->tools != NULL && stat(agent->tools_file, &a) == 0 && stat(file, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Is there certainly nothing at the path? The id does not depend on such a file: it is a finding, no failure. */
static bool is_missing(struct cli_agent *agent, struct sekuire_text path) {
    struct stat info;
    const char *file = sek_arena_copy(&agent->arena, path);
    return file != NULL && stat(file, &info) != 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
}

/* Reads one further tools file into the declaration. */
static int add_tools(struct cli *cli, struct cli_agent *agent, struct sekuire_text path, const struct sek_node *node,
                     struct sek_declaration *declaration) {
    const struct sek_node *tree = NULL;
    struct named named;
    struct sek_buffer bytes;
    if (is_missing(agent, path)) return 0;
    int status = read_named(cli, agent, path, node, SEK_LIMIT_TOOLS_BYTES, &named, &bytes);
    if (status != 0 || named.unread) goto out;
    if (!is_tools_file(agent, named.file)) {
        struct sekuire_text text = {sek_arena_copy(&agent->arena, sek_buffer_view(&bytes)), bytes.size};
        status = text.data == NULL ? sek_fail_memory(&cli->err) : sek_json_parse(&agent->arena, text, &tree, &cli->err);
    }
    if (status == 0)
        status = sek_declaration_add_tools(&agent->arena, declaration, path, !named.outside, tree, named.file, &cli->err);
    if (status != 0) cli_blame(cli, named.file);
out:
    sek_buffer_clear(&bytes);
    return status;
}

int cli_agent_declaration(struct cli *cli, struct cli_agent *agent, struct sek_declaration *ret) {
    struct sekuire_text path = {0};
    const struct sek_node *node;
    int status = sek_declaration_from_manifest(&agent->arena, &agent->manifest, agent->manifest_file, agent->tools, agent->tools_file,
                                               ret, &cli->err);
    if (status != 0) return cli_blame(cli, agent->tools_file);
    ret->sekuire_id = sek_text(agent->identity.sekuire_id);
    ret->folder = sek_text(agent->folder);
    for (size_t i = 0; (node = sek_manifest_tools_path(&agent->manifest, i, &path)) != NULL; i++) {
        bool seen = false;
        struct sekuire_text earlier = {0};
        for (size_t j = 0; j < i && !seen; j++)
            seen = sek_manifest_tools_path(&agent->manifest, j, &earlier) != NULL && sek_text_equal(earlier, path);
        if (seen || sek_text_equal(path, agent->manifest.tools_path)) continue;
        if (i >= SEK_LIMIT_TOOLS_FILES) {
            sek_fail_node(&cli->err, SEKUIRE_ERR_TOO_LARGE, node, "an agent names at most %u further tools files", SEK_LIMIT_TOOLS_FILES);
            return cli_blame(cli, agent->manifest_file);
        }
        status = add_tools(cli, agent, path, node, ret);
        if (status != 0) return status;
    }
    return 0;
}

void cli_agent_clear(struct cli_agent *agent) {
    sek_free(agent->manifest_real);
    sek_free(agent->folder);
    sek_buffer_clear(&agent->manifest_bytes);
    sek_buffer_clear(&agent->prompt_bytes);
    sek_buffer_clear(&agent->tools_bytes);
    sek_arena_clear(&agent->arena);
}
