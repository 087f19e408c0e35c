/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the server, and what is said when it refuses. */
#include "cli/remote.h"

#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/options.h"

enum { HINT_BYTES = 8000, FINDING_BYTES = 64 << 10, MESSAGE_SHOWN = 4096, KEY_DIGITS = 2 * SEK_PUBLIC_KEY_SIZE };

int cli_remote_open_keyless(struct cli *cli, const char *workspace, struct cli_remote *remote) {
    memset(remote, 0, sizeof *remote);
    sek_answer_init(&remote->answer);
    sek_buffer_init(&remote->body, SEK_LIMIT_JSON_BYTES);
    sek_writer_init(&remote->writer, &remote->body, false);
    int status = cli_session_open(cli, workspace, cli_value(cli, "backend"), cli_value(cli, "api-key-file"), &remote->session);
    remote->workspace = remote->session.settings.workspace;
    return status;
}

int cli_remote_open(struct cli *cli, const char *workspace, struct cli_remote *remote) {
    int status = cli_remote_open_keyless(cli, workspace, remote);
    return status != 0 ? status : cli_session_api_key(cli, &remote->session);
}

int cli_remote_open_workspace(struct cli *cli, struct cli_remote *remote) {
    int status = cli_remote_open(cli, cli_value(cli, "workspace"), remote);
    return status != 0 ? status : cli_session_workspace(cli, &remote->session);
}

void cli_remote_close(struct cli_remote *remote) {
    sek_answer_clear(&remote->answer);
    sek_buffer_clear(&remote->body);
    cli_session_close(&remote->session);
}

int cli_remote_body(struct cli *cli, struct cli_remote *remote, struct sekuire_text *ret) {
    int status = sek_buffer_check(&remote->body, &cli->err);
    if (status == 0) *ret = sek_buffer_view(&remote->body);
    return status;
}

/* A refusal of signing_keys names the key that is to be registered. */
static void advise_signing_key(const struct cli_remote *remote, struct sek_buffer *hint) {
    static const char before[] = "binding.signing_keys names ";
    struct sekuire_text message = cli_record_text(remote->answer.root, "message");
    if (!sek_text_starts(message, sek_text(before))) return;
    const char *hex = message.data + sizeof before - 1;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    if (message.size < sizeof before - 1 + KEY_DIGITS || !sek_hex_decode(key, sizeof key, (struct sekuire_text){hex, KEY_DIGITS})) return;
    sek_buffer_format(hint, "every key that it is to make trusted is registered first: sekuire signing-key add --workspace %s --public-key %.*s",
                      remote->workspace, KEY_DIGITS, hex);
}

/* What to do about a refusal, appended to hint. */
static void advise(const struct cli_remote *remote, int status, struct sek_buffer *hint) {
    switch (status) {
    case SEKUIRE_ERR_NOT_FOUND:
        sek_buffer_string(hint, remote->session.key.key[0] == '\0'
                                    ? "it does not exist, or is not public: log in to see what belongs to your workspace (sekuire login)"
                                    : "it does not exist, or belongs to a workspace that is not the API key's");
        break;
    case SEKUIRE_ERR_ROLLBACK:
        sek_buffer_string(hint, "to go back, sign the old content again under a higher version and sequence (sekuire policy sign)");
        break;
    case SEKUIRE_ERR_CONTENT: advise_signing_key(remote, hint); break;
    case SEKUIRE_ERR_KEY_NOT_PINNED:
        sek_buffer_format(hint, "an admin registers a key by: sekuire signing-key add --workspace %s --public-key FILE|HEX",
                          remote->workspace[0] == '\0' ? "ID" : remote->workspace);
        break;
    default: break;
    }
}

/* The server's message whole, where an error value had no room for it. */
static void whole_message(const struct cli_remote *remote, struct sek_buffer *hint) {
    char escaped[MESSAGE_SHOWN];
    struct sekuire_text message = cli_record_text(remote->answer.root, "message");
    if (message.size + sizeof "HTTP 999: " <= SEKUIRE_MESSAGE_MAX) return;
    sek_utf8_escape(escaped, sizeof escaped, message);
    sek_buffer_format(hint, "the whole message: %s\n", escaped);
}

int cli_remote_failed(struct cli *cli, const struct cli_remote *remote, int status, const char *file) {
    const struct sek_node *findings = sek_node_get(remote->answer.root, "findings");
    struct sek_buffer text;
    if (status == 0) return 0;
    sek_buffer_init(&text, HINT_BYTES);
    whole_message(remote, &text);
    cli_session_advice(&remote->session, status, &text);
    advise(remote, status, &text);
    if (text.size > 0 && text.status == 0) cli_hint(cli, "%s", text.data);
    sek_buffer_clear(&text);
    if (findings == NULL || findings->kind != SEK_ARRAY || findings->count == 0) return status;
    cli_error_findings(cli, findings);
    cli_tell_error(cli);
    cli->told = true;
    sek_buffer_init(&text, FINDING_BYTES);
    for (SEK_EACH(finding, findings)) {
        if (finding->kind != SEK_OBJECT) continue;
        sek_buffer_clear(&text);
        cli_finding_text(&text, finding, file);
        cli_warn(cli, "%.*s", SEK_TEXT_ARGS(sek_buffer_view(&text)));
        struct sekuire_text hint = cli_record_text(finding, "hint");
        if (hint.size > 0) cli_note(cli, "  %.*s", SEK_TEXT_ARGS(hint));
    }
    sek_buffer_clear(&text);
    return status;
}

/* A list on its way to stdout. */
struct listing {
    struct cli *cli;
    struct cli_spinner *spinner;
    struct cli_table table;
    struct cli_document doc;
    bool json;
    size_t count;
};

/* One page. */
static int show_page(void *context, const struct sek_node *const *items, size_t count, struct sekuire_error *err) {
    struct listing *listing = context;
    (void)err; /* it is the command's own */
    cli_spinner_stop(listing->spinner);
    listing->spinner = NULL;
    for (size_t i = 0; i < count; i++) {
        int status = cli_record_check(listing->cli, listing->table.members, items[i]);
        if (status != 0) return status;
        if (!listing->json) continue;
        sek_write_object(&listing->doc.writer);
        cli_record_write(&listing->doc.writer, listing->table.members, items[i]);
        sek_write_object_end(&listing->doc.writer);
    }
    if (listing->json && listing->doc.buffer.status != 0) return sek_buffer_check(&listing->doc.buffer, &listing->cli->err);
    cli_table_page(listing->cli, &listing->table, items, count);
    listing->count += count;
    if (listing->json || cli_output_finish(listing->cli) == 0) return 0;
    listing->cli->told = true; /* main will meet the same failure, and tell it */
    return listing->cli->err.status;
}

int cli_remote_list(struct cli *cli, struct cli_remote *remote, enum sek_list_kind kind, const char *workspace,
                    const struct cli_member *members, const char *nothing) {
    struct listing listing = {.cli = cli, .table = {.members = members}};
    listing.json = cli_document_begin(cli, &listing.doc);
    if (listing.json) {
        sek_write_object(&listing.doc.writer);
        sek_write_key(&listing.doc.writer, "items");
        sek_write_array(&listing.doc.writer);
    }
    listing.spinner = cli_spinner_start(cli, "Asking the server...");
    int status = sek_backend_list_each(&remote->session.backend, kind, workspace, show_page, &listing, &cli->err);
    cli_spinner_stop(listing.spinner);
    if (status != 0) {
        if (listing.json) sek_buffer_clear(&listing.doc.buffer);
        return cli_remote_failed(cli, remote, status, NULL);
    }
    if (listing.count == 0) cli_note(cli, "%s", nothing);
    if (!listing.json) return 0;
    sek_write_array_end(&listing.doc.writer);
    sek_write_member(&listing.doc.writer, "next", NULL);
    sek_write_object_end(&listing.doc.writer);
    return cli_document_end(cli, &listing.doc);
}

int cli_remote_list_command(struct cli *cli, enum sek_list_kind kind, const struct cli_member *members, const char *nothing) {
    struct cli_remote remote;
    int status = cli_remote_open_workspace(cli, &remote);
    if (status == 0) status = cli_remote_list(cli, &remote, kind, remote.workspace, members, nothing);
    cli_remote_close(&remote);
    return status;
}

int cli_subject(struct cli *cli, const char *option, const char **ret) {
    const char *operand = cli_operand(cli, 0);
    const char *value = cli_value(cli, option);
    if (operand != NULL && value != NULL && strcmp(operand, value) != 0)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "'%s' and --%s %s contradict each other", operand, option, value);
    if (value == NULL) value = operand;
    if (value == NULL) {
        cli_hint(cli, "usage: sekuire %s [OPTION]... %s", cli->command->name, cli->command->operands);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "an argument is missing: %s", cli->command->operands);
    }
    int status = cli_check_id(cli, option, value);
    if (status == 0) *ret = value;
    return status;
}

int cli_check_name(struct cli *cli, const char *option, const char *value) {
    size_t size = strlen(value);
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t n = sek_utf8_decode(value + i, size - i, &code);
        if (n == 0) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: the name is no UTF-8", option);
        if (sek_utf8_is_control(code)) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: a name has no control characters", option);
        i += n;
    }
    if (size > SEK_LIMIT_NAME) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s: a name has at most %u bytes", option, SEK_LIMIT_NAME);
    return 0;
}

int cli_choice(struct cli *cli, const char *option, bool *ret_given, bool *ret) {
    const char *value = cli_value(cli, option);
    *ret_given = value != NULL;
    if (value == NULL) return 0;
    *ret = strcmp(value, "true") == 0;
    if (*ret || strcmp(value, "false") == 0) return 0;
    return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s is true or false, not '%s'", option, value);
}
