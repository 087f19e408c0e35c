/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the agent's files. */
#include "cli/agent.h"

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
    if (status == 0) status = cli_read_file(cli, agent->manifest_file, SEK_LIMIT_MANIFEST_BYTES, &agent->manifest_bytes);
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

/* Reads a file that the manifest names; node says where it does. */
static int read_named(struct cli *cli, struct cli_agent *agent, struct sekuire_text path, const struct sek_node *node, size_t limit,
                      char **ret_file, bool *ret_outside, struct sek_buffer *ret) {
    *ret_file = sek_arena_copy(&agent->arena, path);
    if (*ret_file == NULL) return sek_fail_memory(&cli->err);
    *ret_outside = !sys_inside(agent->folder, *ret_file);
    int status = cli_read_file(cli, *ret_file, limit, ret);
    if (status == SEKUIRE_ERR_IO && node != NULL)
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
    status = read_named(cli, agent, m->system_prompt_path, m->system_prompt_path_node, SEK_LIMIT_PROMPT_BYTES, &agent->prompt_file,
                        &agent->prompt_outside, &agent->prompt_bytes);
    if (status == 0)
        status = read_named(cli, agent, m->tools_path, m->tools_path_node, SEK_LIMIT_TOOLS_BYTES, &agent->tools_file,
                            &agent->tools_outside, &agent->tools_bytes);
    if (status != 0) return status;
    status = sek_json_parse(&agent->arena, sek_buffer_view(&agent->tools_bytes), &agent->tools, &cli->err);
    if (status != 0) return cli_blame(cli, agent->tools_file);
    status = sek_identity_compute(m->model, sek_buffer_view(&agent->prompt_bytes), sek_buffer_view(&agent->tools_bytes),
                                  SEK_TOOLS_STRICT, &agent->identity, &cli->err);
    return status == 0 ? 0 : cli_blame(cli, agent->prompt_file);
}

void cli_agent_clear(struct cli_agent *agent) {
    sek_free(agent->manifest_real);
    sek_free(agent->folder);
    sek_buffer_clear(&agent->manifest_bytes);
    sek_buffer_clear(&agent->prompt_bytes);
    sek_buffer_clear(&agent->tools_bytes);
    sek_arena_clear(&agent->arena);
}
