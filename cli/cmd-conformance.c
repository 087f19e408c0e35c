/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire conformance: the OAGS conformance protocol, one JSON object per line on stdin, one answer per line on stdout. */
#include <errno.h>
#include <sekuire/decide.h>
#include <sekuire/key.h>
#include <stdio.h>
#include <string.h>

#include "agent/identity.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/limits.h"
#include "cli/command.h"
#include "cli/output.h"
#include "decide/engine.h"
#include "sys/env.h"
#include "tree/json.h"

enum { LINE_LIMIT = SEK_LIMIT_JSON_BYTES };

/* An operation: reads params, writes the result's JSON to out. */
typedef int operation(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err);

/* A string member that must be there. */
static int text_of(const struct sek_node *params, const char *key, struct sekuire_text *ret, struct sekuire_error *err) {
    const struct sek_node *node = sek_node_get(params, key);
    if (node == NULL) return sek_fail(err, SEKUIRE_ERR_MISSING_FIELD, "params.%s is missing", key);
    if (node->kind != SEK_STRING) return sek_fail(err, SEKUIRE_ERR_TYPE, "params.%s is %s, not a string", key, sek_kind_name(node->kind));
    *ret = node->text;
    return 0;
}

/* calculate_sekuire_id {model, systemPrompt, tools} */
static int sekuire_id(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    struct sekuire_text model = {NULL, 0};
    struct sekuire_text prompt = {NULL, 0};
    struct sekuire_text tools = {NULL, 0};
    struct sek_identity identity;
    int status = text_of(params, "model", &model, err);
    if (status == 0) status = text_of(params, "systemPrompt", &prompt, err);
    if (status == 0) status = text_of(params, "tools", &tools, err);
    if (status == 0) status = sek_identity_compute(model, prompt, tools, SEK_TOOLS_RAW, &identity, err);
    if (status == 0) sek_write_string(out, identity.sekuire_id);
    return status;
}

/* hash {input} */
static int hash(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    struct sekuire_text input = {NULL, 0};
    char hex[SEK_HASH_TEXT];
    int status = text_of(params, "input", &input, err);
    if (status != 0) return status;
    sek_blake3_hex(hex, input.data, input.size);
    sek_write_string(out, hex);
    return 0;
}

/* sign {message, secretKey} */
static int sign(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    struct sekuire_text message = {NULL, 0};
    struct sekuire_text secret = {NULL, 0};
    struct sekuire_secret_key *key = NULL;
    uint8_t signature[64];
    char hex[2 * sizeof signature + 1];
    int status = text_of(params, "message", &message, err);
    if (status == 0) status = text_of(params, "secretKey", &secret, err);
    if (status == 0) status = sekuire_secret_key_parse(secret, &key, err);
    if (status != 0) return status;
    sekuire_secret_key_sign(key, message.data, message.size, signature);
    sekuire_secret_key_free(key);
    sek_hex_encode(hex, signature, sizeof signature);
    sek_write_string(out, hex);
    return 0;
}

/* verify {message, signature, publicKey}: what is no signature or no key does not verify. */
static int verify(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    struct sekuire_text message = {NULL, 0};
    struct sekuire_text signature_hex = {NULL, 0};
    struct sekuire_text key_hex = {NULL, 0};
    struct sekuire_public_key key;
    uint8_t signature[64];
    int status = text_of(params, "message", &message, err);
    if (status == 0) status = text_of(params, "signature", &signature_hex, err);
    if (status == 0) status = text_of(params, "publicKey", &key_hex, err);
    if (status != 0) return status;
    bool valid = sek_hex_decode(signature, sizeof signature, signature_hex) && sekuire_public_key_parse(key_hex, &key, NULL) == 0 &&
                 sekuire_public_key_verify(&key, signature, message.data, message.size) == 1;
    sek_write_bool(out, valid);
    return 0;
}

/* Every action must be allowed; one that a person would have to approve is not. */
static int decide_all(const struct sekuire_engine *engine, const struct sekuire_parsed_action *actions, bool *ret_allowed,
                      struct sekuire_error *err) {
    const struct sekuire_action *action;
    *ret_allowed = true;
    for (size_t i = 0; (action = sekuire_parsed_action_get(actions, i)) != NULL; i++) {
        struct sekuire_decision decision = {.verdict = SEKUIRE_DENY};
        int status = sekuire_decide(engine, action, sys_now(), &decision, err);
        if (status != 0) return status;
        if (decision.verdict != SEKUIRE_ALLOW) *ret_allowed = false;
    }
    return 0;
}

/* enforce_policy {policy: {content}, action} */
static int enforce_policy(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    const struct sek_node *content = sek_node_path(params, "policy", "content", NULL);
    const struct sek_node *action = sek_node_get(params, "action");
    struct sekuire_engine *engine = NULL;
    struct sekuire_parsed_action *actions = NULL;
    bool allowed = false;
    int status;
    if (content == NULL) return sek_fail(err, SEKUIRE_ERR_MISSING_FIELD, "params.policy.content is missing");
    if (action == NULL) return sek_fail(err, SEKUIRE_ERR_MISSING_FIELD, "params.action is missing");
    status = sek_engine_from_content(content, SEKUIRE_ENGINE_DRAFT, &engine, err);
    if (status == 0) status = sek_action_from_node(action, 1, &actions, err);
    if (status == 0) status = decide_all(engine, actions, &allowed, err);
    if (status == 0) sek_write_string(out, allowed ? "allow" : "deny");
    sekuire_parsed_action_free(actions);
    sekuire_engine_free(engine);
    return status;
}

/* exit {} */
static int leave(const struct sek_node *params, struct sek_writer *out, struct sekuire_error *err) {
    (void)params;
    (void)err;
    sek_write_bool(out, true);
    return 0;
}

static const struct {
    const char *name;
    operation *run;
} operations[] = {
    {"calculate_sekuire_id", sekuire_id}, {"hash", hash},   {"sign", sign}, {"verify", verify},
    {"enforce_policy", enforce_policy},   {"exit", leave},
};

/* Reads a line. What is only hashed or signed may hold a NUL, which a policy may not. */
static int parse(struct sek_arena *arena, struct sekuire_text line, const struct sek_node **ret, struct sekuire_error *err) {
    const struct sek_node *request = NULL;
    int status = sek_json_parse(arena, line, ret, err);
    if (status != SEKUIRE_ERR_SYNTAX || sek_json_parse_with_nul(arena, line, &request, NULL) != 0) return status;
    const struct sek_node *name = sek_node_get(request, "operation");
    if (name == NULL || sek_text_is(name->text, "enforce_policy")) return status;
    *ret = request;
    return 0;
}

/* Finds and runs the operation of a request. *ret_exit is set by `exit`. */
static int perform(struct sek_arena *arena, struct sekuire_text line, struct sek_writer *out, bool *ret_exit,
                   struct sekuire_error *err) {
    const struct sek_node *request = NULL;
    int status = parse(arena, line, &request, err);
    if (status != 0) return status;
    const struct sek_node *name = sek_node_get(request, "operation");
    if (name == NULL || name->kind != SEK_STRING) return sek_fail(err, SEKUIRE_ERR_MISSING_FIELD, "operation is missing");
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (!sek_text_is(name->text, operations[i].name)) continue;
        *ret_exit = operations[i].run == leave;
        return operations[i].run(sek_node_get(request, "params"), out, err);
    }
    return sek_fail(err, SEKUIRE_ERR_USAGE, "unknown operation: %.*s", SEK_TEXT_ARGS(name->text));
}

/* Answers one line: a result, or an error that leaves the program ready for the next. */
static int answer(struct cli *cli, struct sekuire_text line, int too_long, bool *ret_exit) {
    struct sek_arena arena;
    struct sek_buffer result;
    struct sek_buffer out;
    struct sek_writer writer;
    struct sekuire_error err = {0};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&result, 4096);
    sek_buffer_init(&out, 8192);
    sek_writer_init(&writer, &result, false);
    int status = too_long != 0 ? sek_fail(&err, too_long, "a line of more than %u bytes", (unsigned)LINE_LIMIT)
                               : perform(&arena, line, &writer, ret_exit, &err);
    if (status == 0) status = sek_buffer_check(&result, &err);
    sek_writer_init(&writer, &out, false);
    sek_write_object(&writer);
    if (status == 0) {
        sek_write_key(&writer, "result");
        sek_write_raw(&writer, sek_buffer_view(&result));
    } else {
        if (err.line != 0) sek_fail(&err, status, "column %u: %s", (unsigned)err.column, err.message);
        sek_write_member(&writer, "error", err.message);
    }
    sek_write_object_end(&writer);
    status = sek_buffer_check(&out, &cli->err);
    if (status == 0) status = cli_document_line(cli, sek_buffer_view(&out));
    sek_buffer_clear(&result);
    sek_buffer_clear(&out);
    sek_arena_clear(&arena);
    return status;
}

/* Reads one line without its end into line; a longer one than fits is read to its end all the same. False at the end of input. */
static bool read_line(struct sek_buffer *line) {
    int c;
    bool any = false;
    sek_buffer_clear(line);
    while ((c = getc_unlocked(stdin)) != EOF) {
        any = true;
        if (c == '\n') break;
        sek_buffer_byte(line, (char)c);
    }
    return any;
}

/* Only white space? */
static bool blank(struct sekuire_text line) {
    for (size_t i = 0; i < line.size; i++)
        if (strchr(" \t\r\v\f", line.data[i]) == NULL || line.data[i] == '\0') return false;
    return true;
}

/* Reads and answers until `exit` or the end of input. */
static int run(struct cli *cli) {
    struct sek_buffer line;
    bool leaving = false;
    int status = 0;
    cli->answered = true; /* every line has its own document */
    sek_buffer_init(&line, LINE_LIMIT);
    while (status == 0 && !leaving && read_line(&line)) {
        if (line.status == SEKUIRE_ERR_MEMORY) status = sek_buffer_check(&line, &cli->err);
        if (status != 0 || (line.status == 0 && blank(sek_buffer_view(&line)))) continue;
        status = answer(cli, sek_buffer_view(&line), line.status, &leaving);
    }
    if (status == 0 && ferror(stdin)) status = cli_fail(cli, SEKUIRE_ERR_IO, "standard input could not be read: %s", strerror(errno));
    sek_buffer_clear(&line);
    return status;
}

const struct cli_command cmd_conformance = {
    .name = "conformance",
    .summary = "Answer the OAGS conformance protocol on stdin and stdout",
    .description = "One JSON object per line, {\"operation\",\"params\"}, is answered by one line, {\"result\"} or {\"error\"}. Level L2.",
    .example = "  echo '{\"operation\":\"hash\",\"params\":{\"input\":\"abc\"}}' | sekuire conformance",
    .run = run,
};
