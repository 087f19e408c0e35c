/* SPDX-License-Identifier: Apache-2.0 */
/* push: the body of the publish request (docs/spec/wire.md 6 and http.md, Publish). */
#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/push.h"
#include "tree/json.h"

enum { BODY_MAX = 4 * SEK_LIMIT_JSON_BYTES };

#define DECLARED_PREFIX "sekuire-declared-v1:"

/* A string member that is null where absent. */
static void text_or_null(struct sek_writer *w, const char *key, struct sekuire_text text) {
    if (text.data == NULL) sek_write_member(w, key, NULL);
    else sek_write_member_text(w, key, text);
}

/* manifest.project */
static void write_project(struct sek_writer *w, const struct sek_manifest *m) {
    struct sekuire_text author;
    sek_write_object(w);
    sek_write_member_text(w, "name", m->name);
    sek_write_member_text(w, "version", m->version);
    text_or_null(w, "description", m->description);
    text_or_null(w, "license", m->license);
    sek_write_key(w, "authors");
    sek_write_array(w);
    for (SEK_EACH(entry, m->authors))
        if (sek_manifest_string(entry, &author)) sek_write_text(w, author);
    sek_write_array_end(w);
    sek_write_object_end(w);
}

/* manifest.identity */
static void write_identity(struct sek_writer *w, const struct cli_agent *agent) {
    sek_write_object(w);
    sek_write_member_text(w, "model", agent->manifest.model);
    sek_write_member_text(w, "system_prompt_path", agent->manifest.system_prompt_path);
    sek_write_member_text(w, "tools_path", agent->manifest.tools_path);
    sek_write_member(w, "system_prompt_hash", agent->identity.prompt_hash);
    sek_write_member(w, "tools_hash", agent->identity.tools_hash);
    sek_write_object_end(w);
}

/* A value of such a section: all scalars in them are strings but two, so that a plain YAML scalar means its source text. */
static void write_value(struct sek_writer *w, const struct sek_node *node) {
    bool is_flag = sek_text_is(node->key, "required") || sek_text_is(node->key, "secret");
    if (node->kind == SEK_OBJECT) {
        sek_write_object(w);
        for (SEK_EACH(child, node)) {
            sek_write_key_text(w, child->key);
            write_value(w, child);
        }
        sek_write_object_end(w);
    } else if (node->kind == SEK_ARRAY) {
        sek_write_array(w);
        for (SEK_EACH(child, node)) write_value(w, child);
        sek_write_array_end(w);
    } else if (node->plain && !is_flag && (node->kind == SEK_BOOL || node->kind == SEK_NUMBER)) {
        sek_write_text(w, node->source);
    } else {
        sek_write_node(w, node);
    }
}

/* A section that is sent along. */
static void write_section(struct sek_writer *w, const char *key, const struct sek_node *node) {
    if (node == NULL || node->kind == SEK_NULL) return;
    sek_write_key(w, key);
    write_value(w, node);
}

/* The agent's signature over a text, as hex. */
static void write_signature(struct sek_writer *w, const char *key, const struct sekuire_secret_key *secret, struct sekuire_text message) {
    uint8_t signature[64];
    char hex[2 * sizeof signature + 1];
    sekuire_secret_key_sign(secret, message.data, message.size, signature);
    sek_hex_encode(hex, signature, sizeof signature);
    sek_write_member(w, key, hex);
}

/* `declared`, canonical, and its signature. */
static int write_declared(struct cli *cli, const struct cli_push *push, struct sek_writer *w) {
    struct sek_buffer text;
    struct sek_arena arena;
    const struct sek_node *declared = NULL;
    char message[sizeof DECLARED_PREFIX + SEK_HASH_TEXT] = DECLARED_PREFIX;
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_declaration_write(&text, &push->declaration, sek_text(push->workspace), sek_buffer_view(&push->agent.tools_bytes));
    int status = sek_buffer_check(&text, &cli->err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&text), &declared, &cli->err);
    if (status == 0) status = sek_canonical_hash(message + sizeof DECLARED_PREFIX - 1, declared, &cli->err);
    if (status == 0) {
        sek_write_key(w, "declared");
        sek_write_node(w, declared);
        write_signature(w, "declared_signature", push->key, sek_text(message));
    }
    sek_buffer_clear(&text);
    sek_arena_clear(&arena);
    return status;
}

/* All members, in an order of their own. */
static int write_members(struct cli *cli, const struct cli_push *push, struct sek_writer *w) {
    const struct sek_manifest *m = &push->agent.manifest;
    const char *reason = cli_value(cli, "reason");
    struct sekuire_public_key public_key;
    char hex[65];
    sekuire_secret_key_public(push->key, &public_key);
    sekuire_public_key_format(&public_key, hex);
    sek_write_object(w);
    sek_write_key(w, "manifest");
    sek_write_object(w);
    sek_write_key(w, "project");
    write_project(w, m);
    sek_write_key(w, "identity");
    write_identity(w, &push->agent);
    write_section(w, "capabilities", m->capabilities);
    write_section(w, "discovery", m->discovery);
    write_section(w, "a2a", m->a2a);
    write_section(w, "deployment", m->deployment);
    sek_write_object_end(w);
    sek_write_member(w, "sekuire_id", push->agent.identity.sekuire_id);
    write_signature(w, "signature", push->key, sek_text(push->agent.identity.sekuire_id));
    sek_write_member(w, "public_key", hex);
    sek_write_member(w, "publisher_org_id", push->org_id[0] == '\0' ? NULL : push->org_id);
    sek_write_member(w, "visibility", NULL);
    sek_write_member(w, "status", "draft");
    sek_write_member(w, "workspace_id", push->workspace);
    sek_write_member_bool(w, "force", push->force);
    if (reason != NULL) sek_write_member(w, "reason", reason);
    int status = write_declared(cli, push, w);
    sek_write_object_end(w);
    return status;
}

int cli_push_body(struct cli *cli, const struct cli_push *push, struct sek_buffer *out) {
    struct sek_buffer text;
    struct sek_arena arena;
    struct sek_writer w;
    const struct sek_node *root = NULL;
    sek_buffer_init(&text, BODY_MAX);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_writer_init(&w, &text, false);
    int status = write_members(cli, push, &w);
    if (status == 0) status = sek_buffer_check(&text, &cli->err);
    if (status == 0) status = sek_json_parse(&arena, sek_buffer_view(&text), &root, &cli->err);
    if (status == 0) {
        sek_canonical_write(out, root); /* keys sorted, compact */
        status = sek_buffer_check(out, &cli->err);
    }
    if (status != 0 && cli->err.line != 0) {
        struct sekuire_error why = cli->err;
        cli_fail(cli, status, "the agent cannot be sent: %s", why.message);
    }
    sek_buffer_clear(&text);
    sek_arena_clear(&arena);
    return status;
}
