/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy new: rules to start from, as commented YAML. */
#include <string.h>

#include "base/text.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "sys/file.h"

static const struct {
    const char *name;
    const char *text;
} presets[] = {
    {"strict",
#include "cli/presets/strict.def"
    },
    {"standard",
#include "cli/presets/standard.def"
    },
    {"permissive",
#include "cli/presets/permissive.def"
    },
};

/* The document. */
static int document(struct cli *cli, const char *preset, const char *out, const char *text) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    sek_write_member(&doc.writer, "preset", preset);
    sek_write_member(&doc.writer, "out", out);
    if (out == NULL) sek_write_member(&doc.writer, "content", text);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Prints the preset, or writes it to a file that is not there yet. */
static int run(struct cli *cli) {
    const char *name = cli_value(cli, "preset") == NULL ? "standard" : cli_value(cli, "preset");
    const char *out = cli_value(cli, "out");
    const char *text = NULL;
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0) text = presets[i].text;
    if (text == NULL) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--preset: '%s' is none of strict, standard, permissive", name);
    if (out == NULL) {
        cli_raw(cli, text, strlen(text));
        return document(cli, name, NULL, text);
    }
    int status = cli_check_out(cli, out);
    if (status != 0) return status;
    if (sys_create_file(out, sek_text(text), SYS_MODE_USUAL, &cli->err) != 0) return cli_blame(cli, out);
    cli_line(cli, "Wrote the %s policy to %s", name, out);
    return document(cli, name, out, text);
}

static const struct cli_option options[] = {
    {.name = "preset", .kind = CLI_VALUE, .value = "NAME", .words = "strict standard permissive", .help = "strict, standard (the default) or permissive"},
    {.name = "out", .kind = CLI_VALUE, .value = "FILE", .help = "write it there; an existing file is left alone"},
    {.name = NULL},
};

const struct cli_command cmd_policy_new = {
    .name = "policy new",
    .summary = "Start a policy from a commented example",
    .example = "  sekuire policy new --preset strict --out policy.yaml",
    .options = options,
    .run = run,
};
