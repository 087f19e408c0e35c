/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire audit verify: recompute a workspace's audit chain. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/remote.h"
#include "tree/json.h"
#include "tree/write.h"

#define NO_ROW "0000000000000000000000000000000000000000000000000000000000000000"

/* The chain so far. */
struct chain {
    const char *workspace;
    uint64_t entries;
    char head[SEK_HASH_TEXT]; /* of the last row; NO_ROW before the first */
    bool broken;
    char reason[SEKUIRE_MESSAGE_MAX + 1]; /* of the first break */
};

/* Notes the first break of the chain. */
static void __attribute__((format(printf, 2, 3))) note_break(struct chain *chain, const char *format, ...) {
    struct sekuire_error why;
    char text[SEKUIRE_MESSAGE_MAX + 1];
    va_list args;
    if (chain->broken) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sek_fail(&why, SEKUIRE_ERR_HASH, "%s", text);
    memcpy(chain->reason, why.message, sizeof chain->reason);
    chain->broken = true;
}

/* BLAKE3 of the canonical form of a row without its member `hash`. */
static int hash_row(char out[SEK_HASH_TEXT], const struct sek_node *row, struct sekuire_error *err) {
    const struct sek_node *bare = NULL;
    struct sek_arena arena;
    struct sek_buffer text;
    struct sek_writer writer;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&text, SEK_LIMIT_HTTP_ANSWER_BYTES);
    sek_writer_init(&writer, &text, false);
    sek_write_object(&writer);
    for (SEK_EACH(member, row)) {
        if (sek_text_is(member->key, "hash")) continue;
        sek_write_key_text(&writer, member->key);
        sek_write_node(&writer, member);
    }
    sek_write_object_end(&writer);
    int status = sek_buffer_check(&text, err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&text), &bare, err);
    if (status == 0) status = sek_canonical_hash(out, bare, err);
    sek_buffer_clear(&text);
    sek_arena_clear(&arena);
    return status;
}

/* Judges the row that comes next. */
static int judge_row(struct chain *chain, const struct sek_node *row, struct sekuire_error *err) {
    char computed[SEK_HASH_TEXT];
    uint64_t seq = 0;
    uint64_t expected = chain->entries + 1;
    struct sekuire_text hash = cli_record_text(row, "hash");
    if (!sek_node_u64(sek_node_get(row, "seq"), &seq)) note_break(chain, "row %llu: its seq is no number", (unsigned long long)expected);
    else if (seq != expected)
        note_break(chain, "row %llu stands where row %llu is due", (unsigned long long)seq, (unsigned long long)expected);
    if (!sek_text_is(cli_record_text(row, "workspace_id"), chain->workspace))
        note_break(chain, "row %llu is not of workspace %s", (unsigned long long)seq, chain->workspace);
    if (!sek_text_is(cli_record_text(row, "prev"), chain->head))
        note_break(chain, "row %llu: its prev is not %s", (unsigned long long)seq,
                   expected == 1 ? "64 zeros, as that of the first row must be" : "the hash of the row before it");
    int status = hash_row(computed, row, err);
    if (status != 0) return status;
    if (!sek_text_is(hash, computed)) note_break(chain, "row %llu: its hash is not that of what it says", (unsigned long long)seq);
    chain->entries++;
    /* The next row must follow from what this one says, not from what it claims to be. */
    memcpy(chain->head, computed, sizeof computed);
    return 0;
}

/* Judges a page. */
static int judge_page(void *context, const struct sek_node *const *items, size_t count, struct sekuire_error *err) {
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) status = judge_row(context, items[i], err);
    return status;
}

/* The verdict, in words or as the document; exit 1 where the chain is broken. */
static int tell(struct cli *cli, const struct chain *chain) {
    struct cli_document doc;
    int status = 0;
    if (cli_document_begin(cli, &doc)) {
        sek_write_object(&doc.writer);
        sek_write_member_bool(&doc.writer, "intact", !chain->broken);
        sek_write_member_u64(&doc.writer, "entries", chain->entries);
        sek_write_member(&doc.writer, "head", chain->entries == 0 ? NULL : chain->head);
        sek_write_object_end(&doc.writer);
        status = cli_document_end(cli, &doc);
    }
    if (status != 0) return status;
    if (chain->broken) {
        cli_fail(cli, SEKUIRE_ERR_HASH, "the audit chain of workspace %s is NOT intact: %s", chain->workspace, chain->reason);
        return SEKUIRE_ERR_HASH;
    }
    cli_line(cli, "The audit chain of workspace %s is intact: %llu %s, head %s", chain->workspace,
             (unsigned long long)chain->entries, chain->entries == 1 ? "entry" : "entries", chain->head);
    return 0;
}

/* Fetches every row and judges it. */
static int run(struct cli *cli) {
    struct cli_remote remote;
    struct chain chain = {.head = NO_ROW};
    int status = cli_remote_open_workspace(cli, &remote);
    chain.workspace = remote.workspace;
    if (status == 0) {
        struct cli_spinner *spinner = cli_spinner_start(cli, "Verifying the audit chain...");
        status = sek_backend_list_each(&remote.session.backend, SEK_LIST_AUDIT, remote.workspace, judge_page, &chain, &cli->err);
        cli_spinner_stop(spinner);
        if (status != 0 && chain.broken)
            cli_warn(cli, "the audit chain of workspace %s is NOT intact: %s", chain.workspace, chain.reason);
        status = cli_remote_failed(cli, &remote, status, NULL);
    }
    if (status == 0 && chain.entries == 0) note_break(&chain, "row 1, which every workspace begins with, is missing");
    if (status == 0) status = tell(cli, &chain);
    cli_remote_close(&remote);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    CLI_OPTIONS_REMOTE,
    {.name = NULL},
};

const struct cli_command cmd_audit_verify = {
    .name = "audit verify",
    .summary = "Verify that a workspace's audit chain is whole",
    .description = "Every hash is computed anew, and each row must follow from the one before it. Rows taken off the end show only if the\n"
                   "head is compared with one that was noted earlier. A policy-admin's key is needed.",
    .example = "  sekuire audit verify --workspace ws_abc123",
    .options = options,
    .run = run,
};
