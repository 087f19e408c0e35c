/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire trust list: what the trust store holds. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/time-text.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "client/trust-store.h"

/* One workspace as lines. */
static void lines(struct cli *cli, struct sekuire_text workspace, const struct sek_trust_state *state) {
    char when[SEK_TIME_TEXT_SIZE];
    char hex[65];
    char fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    cli_line(cli, "%.*s", SEK_TEXT_ARGS(workspace));
    for (size_t i = 0; i < state->key_count; i++) {
        sek_hex_encode(hex, state->keys[i].public_key, SEK_PUBLIC_KEY_SIZE);
        cli_fingerprint(state->keys[i].public_key, fingerprint);
        sek_time_format(when, state->keys[i].since);
        cli_line(cli, "  key      %s  %s  %s, %s", hex, fingerprint, state->keys[i].how, when);
    }
    for (size_t i = 0; i < state->retired_count; i++) {
        sek_hex_encode(hex, state->retired[i], SEK_PUBLIC_KEY_SIZE);
        cli_line(cli, "  retired  %s", hex);
    }
    if (!state->has_policy) return;
    sek_time_format(when, state->accepted_at);
    if (state->has_sequence)
        cli_line(cli, "  policy   %s (v%s) sequence %llu, accepted %s", state->policy_id, state->policy_version,
                 (unsigned long long)state->sequence, when);
    else cli_line(cli, "  policy   %s (v%s), accepted %s", state->policy_id, state->policy_version, when);
}

/* One workspace as an item of cli.md 2. */
static void item(struct sek_writer *w, struct sekuire_text workspace, const struct sek_trust_state *state) {
    char hex[65];
    sek_write_object(w);
    sek_write_member_text(w, "workspace_id", workspace);
    sek_write_key(w, "keys");
    sek_write_array(w);
    for (size_t i = 0; i < state->key_count; i++) {
        sek_hex_encode(hex, state->keys[i].public_key, SEK_PUBLIC_KEY_SIZE);
        sek_write_object(w);
        sek_write_member(w, "public_key", hex);
        sek_write_member(w, "how", state->keys[i].how);
        sek_write_key(w, "since");
        sek_write_time(w, state->keys[i].since);
        sek_write_object_end(w);
    }
    sek_write_array_end(w);
    sek_write_key(w, "retired");
    sek_write_array(w);
    for (size_t i = 0; i < state->retired_count; i++) {
        sek_hex_encode(hex, state->retired[i], SEK_PUBLIC_KEY_SIZE);
        sek_write_string(w, hex);
    }
    sek_write_array_end(w);
    sek_write_key(w, "sequence");
    if (state->has_sequence) sek_write_u64(w, state->sequence);
    else sek_write_null(w);
    sek_write_member(w, "policy_id", state->has_policy ? state->policy_id : NULL);
    sek_write_member(w, "policy_version", state->has_policy ? state->policy_version : NULL);
    sek_write_member(w, "hash", state->has_policy ? state->hash : NULL);
    sek_write_key(w, "accepted_at");
    sek_write_time(w, state->has_policy ? state->accepted_at : INT64_MIN);
    sek_write_object_end(w);
}

/* Lists every workspace, or the one asked for. */
static int run(struct cli *cli) {
    struct sek_trust_store *store = NULL;
    struct sek_trust_state *state = sek_alloc_zero(1, sizeof *state);
    struct cli_document doc;
    const char *only = cli_value(cli, "workspace");
    int status = state == NULL ? sek_fail_memory(&cli->err) : 0;
    if (status == 0 && only != NULL) status = cli_check_id(cli, "workspace", only);
    if (status == 0) status = sek_trust_open_read(NULL, &store, &cli->err);
    if (status != 0) goto out;
    bool json = cli_document_begin(cli, &doc);
    if (json) {
        sek_write_object(&doc.writer);
        sek_write_key(&doc.writer, "items");
        sek_write_array(&doc.writer);
    }
    for (size_t i = 0; i < sek_trust_count(store); i++) {
        struct sekuire_text workspace = sek_trust_workspace(store, i);
        if (only != NULL && !sek_text_is(workspace, only)) continue;
        sek_trust_get(store, workspace, state);
        if (json) item(&doc.writer, workspace, state);
        else lines(cli, workspace, state);
    }
    if (!json && sek_trust_count(store) == 0) cli_note(cli, "nothing is trusted yet");
    if (json) {
        sek_write_array_end(&doc.writer);
        sek_write_member(&doc.writer, "next", NULL);
        sek_write_object_end(&doc.writer);
        status = cli_document_end(cli, &doc);
    }
out:
    sek_trust_close(store);
    sek_free(state);
    return status;
}

static const struct cli_option options[] = {
    {.name = "workspace", .kind = CLI_VALUE, .value = "ID", .help = "only this one"},
    {.name = NULL},
};

const struct cli_command cmd_trust_list = {
    .name = "trust list",
    .summary = "List the keys that are trusted, by workspace",
    .example = "  sekuire trust list",
    .options = options,
    .run = run,
};
