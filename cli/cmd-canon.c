/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire canon: canonical JSON of any JSON text, or its hash: what one needs when a hash does not match. */
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "tree/json.h"

enum { CANONICAL_MAX = 32 << 20 }; /* escapes may make a text longer than it came */

/* Raw bytes, but on a terminal with control characters escaped and a line end. */
static int print(struct cli *cli, struct sekuire_text canonical) {
    if (cli->json) return 0;
    if (!isatty(STDOUT_FILENO)) {
        cli_raw(cli, canonical.data, canonical.size);
        return 0;
    }
    char *escaped = sek_alloc(6 * canonical.size + 2);
    if (escaped == NULL) return sek_fail_memory(&cli->err);
    size_t size = sek_utf8_escape(escaped, 6 * canonical.size + 1, canonical);
    escaped[size] = '\n';
    cli_raw(cli, escaped, size + 1);
    sek_free(escaped);
    return 0;
}

/* Both, as a document. */
static int document(struct cli *cli, struct sekuire_text canonical, const char *hash) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    if (!cli_flag(cli, "hash")) sek_write_member_text(&doc.writer, "canonical", canonical);
    sek_write_member(&doc.writer, "hash", hash);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

/* Reads, parses and prints. */
static int run(struct cli *cli) {
    struct sek_buffer text;
    struct sek_buffer canonical;
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    char hash[SEK_HASH_TEXT];
    const char *file = cli_operand(cli, 0);
    sek_buffer_init(&canonical, CANONICAL_MAX);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &text);
    if (status != 0) goto out;
    status = sek_json_parse(&arena, sek_buffer_view(&text), &root, &cli->err);
    if (status == 0) {
        sek_canonical_write(&canonical, root);
        status = sek_buffer_check(&canonical, &cli->err);
    }
    if (status != 0) {
        cli_blame(cli, file[0] == '-' && file[1] == '\0' ? "standard input" : file);
        goto out;
    }
    struct sekuire_text view = sek_buffer_view(&canonical);
    sek_blake3_hex(hash, view.data, view.size);
    if (cli_flag(cli, "hash")) cli_line(cli, "%s", hash);
    else status = print(cli, view);
    if (status == 0) status = document(cli, view, hash);
out:
    sek_buffer_clear(&text);
    sek_buffer_clear(&canonical);
    sek_arena_clear(&arena);
    return status;
}

static const struct cli_option options[] = {
    {.name = "hash", .help = "print the BLAKE3 of the canonical bytes instead of them"},
    {.name = NULL},
};

const struct cli_command cmd_canon = {
    .name = "canon",
    .summary = "Print the canonical JSON of a JSON text, or its hash",
    .operands = "FILE|-",
    .operands_min = 1,
    .operands_max = 1,
    .description = "The bytes are printed without a line end, as they are hashed; on a terminal control characters are escaped.",
    .example = "  sekuire canon tools.json --hash\n  printf '{\"b\":1,\"a\":2}' | sekuire canon -",
    .options = options,
    .run = run,
};
