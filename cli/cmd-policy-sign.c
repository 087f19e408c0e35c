/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire policy sign: content and ids become a signed envelope; or, for keys that never leave their device, the message to sign and
 * later the envelope with the signature attached. */
#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "cli/session.h"
#include "crypto/passphrase.h"
#include "policy/sign.h"
#include "policy/verify.h"
#include "sys/env.h"
#include "sys/file.h"
#include "tree/json.h"
#include "tree/yaml.h"

enum { ENVELOPE_MAX = 2 * SEK_LIMIT_JSON_BYTES }; /* sek_sign judges the result by its own cap */

struct signing {
    struct sek_settings settings;
    struct sek_sign_request request;
    uint8_t trust_keys[SEK_LIMIT_SIGNING_KEYS][SEK_PUBLIC_KEY_SIZE];
    struct sekuire_secret_key *key;
    const char *content_file;
    const char *out_file;
    struct sek_buffer content_bytes;
    struct sek_buffer out;
    struct sek_arena arena;
    char hash[65];
};

/* Is the content file JSON? By its ending, else by its first character. */
static bool is_json(const char *file, struct sekuire_text bytes) {
    const char *dot = strrchr(file, '.');
    if (dot != NULL && strcmp(dot, ".json") == 0) return true;
    if (dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) return false;
    size_t i = 0;
    while (i < bytes.size && strchr(" \t\r\n", bytes.data[i]) != NULL && bytes.data[i] != '\0') i++;
    return i < bytes.size && bytes.data[i] == '{';
}

/* Every finding of the rules but the one that becomes the error. */
static void tell_findings(struct cli *cli, const struct signing *s, const struct sek_report *report) {
    for (const struct sek_finding *f = report->first; f != NULL; f = f->next) {
        if (f->line == cli->err.line && f->column == cli->err.column) continue;
        cli_warn(cli, "%s:%u:%u: %s: %s (%s) [%s]", s->content_file, (unsigned)f->line, (unsigned)f->column,
                 f->severity == SEK_SEVERITY_ERROR ? "error" : "warning", f->message, f->pointer == NULL ? "" : f->pointer, f->rule);
    }
}

/* Reads the content and judges it, with all its findings. */
static int read_content(struct cli *cli, struct signing *s) {
    const struct sek_rules *rules = NULL;
    struct sek_report report;
    int status = cli_required(cli, "content", &s->content_file);
    if (status == 0) status = cli_read_file(cli, s->content_file, SEK_LIMIT_JSON_BYTES, &s->content_bytes);
    if (status != 0) return status;
    struct sekuire_text bytes = sek_buffer_view(&s->content_bytes);
    if (is_json(s->content_file, bytes)) status = sek_json_parse(&s->arena, bytes, &s->request.content, &cli->err);
    else status = sek_yaml_parse(&s->arena, bytes, SEK_YAML_STRICT, &s->request.content, &cli->err);
    if (status != 0) return cli_blame(cli, s->content_file);
    if (s->request.content->kind != SEK_OBJECT) {
        sek_fail_node(&cli->err, SEKUIRE_ERR_TYPE, s->request.content, "the content of a policy is an object, this is %s",
                      sek_kind_name(s->request.content->kind));
        return cli_blame(cli, s->content_file);
    }
    const struct sek_node *binding = sek_node_get(s->request.content, "binding");
    if (binding != NULL && !s->request.drop_binding) {
        sek_fail_node(&cli->err, SEKUIRE_ERR_CONTENT, binding, "the content has a binding of its own; signing writes it");
        cli_hint(cli, "--drop-binding replaces it by what the options say");
        return cli_blame(cli, s->content_file);
    }
    sek_report_init(&report);
    status = sek_rules_compile(&s->arena, s->request.content, &rules, &report, &cli->err);
    if (status == 0) status = sek_rules_known_keys(s->request.content, &cli->err);
    if (status != 0) {
        tell_findings(cli, s, &report);
        cli_blame(cli, s->content_file);
        if (sek_node_get(s->request.content, "content") != NULL)
            cli_hint(cli, "this looks like a whole envelope: --content takes what stands in its `content`");
    }
    sek_report_clear(&report);
    return status;
}

/* Was an option's file given as standard input? */
static bool is_stdin(const struct cli *cli, const char *option) {
    const char *value = cli_value(cli, option);
    return value != NULL && strcmp(value, "-") == 0;
}

/* The key that signs, or the public key of one that is elsewhere. */
static int read_key(struct cli *cli, struct signing *s) {
    struct sekuire_public_key public_key;
    const char *value;
    int status;
    if (cli_flag(cli, "print-message")) {
        if (cli_flag(cli, "key")) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--print-message takes --public-key, not --key");
        if (cli_flag(cli, "passphrase-file")) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--passphrase-file needs --key");
        status = cli_required(cli, "public-key", &value);
        return status != 0 ? status : cli_public_key(cli, "--public-key", value, false, s->request.public_key);
    }
    if (cli_flag(cli, "public-key")) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--public-key needs --print-message");
    status = cli_required(cli, "key", &value);
    if (status == 0 && is_stdin(cli, "passphrase-file") && is_stdin(cli, "content"))
        status = cli_fail(cli, SEKUIRE_ERR_USAGE, "--content and --passphrase-file cannot both be standard input");
    if (status == 0) status = cli_read_secret_key(cli, value, &s->key);
    if (status != 0) return status;
    sekuire_secret_key_public(s->key, &public_key);
    memcpy(s->request.public_key, public_key.bytes, sizeof public_key.bytes);
    s->request.seed = sek_secret_key_seed(s->key);
    return 0;
}

/* The sequence of the file that is about to be replaced, if it verifies under the same key and workspace. */
static bool old_sequence(struct signing *s, uint64_t *ret) {
    struct sek_buffer bytes;
    struct sek_envelope envelope;
    struct sek_binding binding;
    const struct sek_verified *verified = NULL;
    bool found = false;
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    if (sys_read_regular(s->out_file, &bytes, NULL) == 0 &&
        sek_envelope_parse(&s->arena, sek_buffer_view(&bytes), &envelope, NULL) == 0 &&
        sek_verify(&envelope, &s->arena, &verified, NULL) == 0 && sek_binding_read(envelope.content, &binding, NULL) == 0) {
        found = memcmp(sek_verified_key(verified), s->request.public_key, SEK_PUBLIC_KEY_SIZE) == 0 && binding.has_sequence &&
                sek_text_equal(envelope.workspace_id, s->request.workspace_id) &&
                sek_text_equal(binding.workspace_id, s->request.workspace_id);
        if (found) *ret = binding.sequence;
    }
    sek_buffer_clear(&bytes);
    return found;
}

/* --sequence, or its default. */
static int read_sequence(struct cli *cli, struct signing *s) {
    const char *value = cli_value(cli, "sequence");
    int64_t clock = sys_now();
    uint64_t now = clock > 0 ? (uint64_t)clock : 0; /* one before 1970 must not become a number that nothing can follow */
    uint64_t old = 0;
    s->request.sequence = now;
    if (value != NULL) {
        int status = cli_number(cli, "sequence", value, &s->request.sequence);
        if (status != 0) return status;
    } else if (old_sequence(s, &old)) {
        s->request.sequence = old == UINT64_MAX ? old : old + 1;
    }
    if (s->request.sequence <= now + SEK_LIMIT_SEQUENCE_AHEAD) return 0;
    if (value == NULL) cli_hint(cli, "it is one above that of %s; give --sequence, or set the clock right", s->out_file);
    return cli_fail(cli, value != NULL ? SEKUIRE_ERR_USAGE : SEKUIRE_ERR_CONTENT,
                    "sequence %llu is more than a day ahead of the clock (%llu)", (unsigned long long)s->request.sequence,
                    (unsigned long long)now);
}

/* --not-before and --expires. */
static int read_times(struct cli *cli, struct signing *s) {
    const char *not_before = cli_value(cli, "not-before");
    const char *expires = cli_value(cli, "expires");
    int status = 0;
    s->request.has_not_before = not_before != NULL;
    s->request.has_expires_at = expires != NULL;
    if (not_before != NULL) status = cli_time(cli, "not-before", not_before, false, &s->request.not_before);
    if (status == 0 && expires != NULL) status = cli_time(cli, "expires", expires, true, &s->request.expires_at);
    if (status != 0 || expires == NULL) return status;
    if (not_before != NULL && s->request.not_before >= s->request.expires_at)
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "--not-before is not earlier than --expires");
    if (s->request.expires_at <= sys_now()) cli_warn(cli, "warning: --expires is in the past: nobody will accept this policy");
    return 0;
}

/* binding.signing_keys: the key that signs must be among them, or nobody could accept the policy. */
static int read_trust_keys(struct cli *cli, struct signing *s) {
    int status = cli_hex_keys(cli, "trust-key", s->trust_keys, &s->request.signing_key_count);
    if (status != 0) return status;
    s->request.signing_keys = (const uint8_t(*)[SEK_PUBLIC_KEY_SIZE])s->trust_keys;
    for (size_t i = 0; i < s->request.signing_key_count; i++)
        if (memcmp(s->trust_keys[i], s->request.public_key, SEK_PUBLIC_KEY_SIZE) == 0) return 0;
    if (s->request.signing_key_count == 0) return 0;
    cli_hint(cli, "a rotation is two policies: the old key signs one with [old, new], then the new key one with [new]");
    return cli_fail(cli, SEKUIRE_ERR_CONTENT, "--trust-key does not name the key that signs");
}

/* The ids and words of the command line. */
static int read_names(struct cli *cli, struct signing *s) {
    const char *policy_id = NULL;
    const char *version = NULL;
    const char *key_id = cli_value(cli, "signing-key-id");
    const char *word = cli_value(cli, "status") == NULL ? "active" : cli_value(cli, "status");
    int status = cli_settings(cli, cli_value(cli, "workspace"), &s->settings);
    if (status == 0) status = cli_known_workspace(cli, &s->settings);
    if (status == 0) status = cli_required(cli, "policy-id", &policy_id);
    if (status == 0) status = cli_check_id(cli, "policy-id", policy_id);
    if (status == 0) status = cli_required(cli, "version", &version);
    if (status == 0) status = cli_check_version(cli, "version", version);
    if (status == 0) status = cli_check_id(cli, "status", word);
    if (status == 0 && key_id != NULL) status = cli_check_id(cli, "signing-key-id", key_id);
    if (status != 0) return status;
    s->request.workspace_id = sek_text(s->settings.workspace);
    s->request.policy_id = sek_text(policy_id);
    s->request.version = sek_text(version);
    s->request.status = sek_text(word);
    s->request.signing_key_id = sek_text(key_id);
    s->request.drop_binding = cli_flag(cli, "drop-binding");
    return 0;
}

/* The document of cli.md 2; message only where it is to be signed elsewhere. */
static int document(struct cli *cli, const struct sek_envelope *envelope, const char *hash, uint64_t sequence, const char *out,
                    const struct sek_buffer *message) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    sek_write_member_text(w, "policy_id", envelope->policy_id);
    sek_write_member_text(w, "workspace_id", envelope->workspace_id);
    sek_write_member_text(w, "version", envelope->version);
    sek_write_member(w, "hash", hash);
    sek_write_member_text(w, "status", envelope->status);
    sek_write_member_u64(w, "sequence", sequence);
    sek_write_member(w, "out", out);
    if (message != NULL) sek_write_member_text(w, "message", sek_buffer_view(message));
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}

/* Writes the envelope and says what became of it. */
static int finish(struct cli *cli, struct signing *s) {
    const struct sek_sign_request *r = &s->request;
    struct sek_envelope envelope = {.policy_id = r->policy_id, .workspace_id = r->workspace_id, .version = r->version, .status = r->status};
    struct sek_buffer message;
    int status;
    sek_buffer_init(&message, 1024);
    sek_signed_message(&message, r->policy_id, r->version, sek_text(s->hash));
    sek_buffer_byte(&s->out, '\n');
    status = sek_buffer_check(&message, &cli->err);
    if (status == 0) status = sek_buffer_check(&s->out, &cli->err);
    if (status == 0) {
        status = sys_replace_file(s->out_file, sek_buffer_view(&s->out), SYS_MODE_USUAL, &cli->err);
        if (status != 0) cli_blame(cli, s->out_file);
    }
    if (status != 0) goto out;
    if (!r->has_expires_at) cli_note(cli, "this policy never expires (--expires 90d would end it)");
    if (r->seed != NULL) {
        cli_line(cli, "Signed policy %.*s (v%.*s) for workspace %.*s to %s", SEK_TEXT_ARGS(r->policy_id), SEK_TEXT_ARGS(r->version),
                 SEK_TEXT_ARGS(r->workspace_id), s->out_file);
    } else {
        cli_raw(cli, message.data, message.size);
        if (!cli->json) cli_note(cli, "%s", ""); /* the message has no line end */
        cli_note(cli, "these are the bytes to sign; then: sekuire policy sign --attach SIGNATURE --file %s", s->out_file);
    }
    status = document(cli, &envelope, s->hash, r->sequence, s->out_file, r->seed == NULL ? &message : NULL);
out:
    sek_buffer_clear(&message);
    return status;
}

/* Makes the envelope. */
static int sign(struct cli *cli) {
    struct signing s = {.out_file = cli_value(cli, "out") == NULL ? "policy.json" : cli_value(cli, "out")};
    int status = 0;
    sek_buffer_init(&s.content_bytes, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&s.out, ENVELOPE_MAX);
    sek_arena_init(&s.arena, SEK_LIMIT_TREE_ARENA);
    if (cli_flag(cli, "file")) status = cli_fail(cli, SEKUIRE_ERR_USAGE, "--file needs --attach");
    if (status == 0) status = cli_check_out(cli, s.out_file);
    if (status == 0) status = read_names(cli, &s);
    if (status == 0) status = read_key(cli, &s);
    if (status == 0) status = read_trust_keys(cli, &s);
    if (status == 0) status = read_times(cli, &s);
    if (status == 0) status = read_sequence(cli, &s);
    if (status == 0) status = read_content(cli, &s);
    if (status == 0) {
        status = sek_sign(&s.request, &s.out, s.hash, &cli->err);
        if (status != 0) cli_blame(cli, s.content_file);
    }
    if (status == 0) status = finish(cli, &s);
    sekuire_secret_key_free(s.key);
    sek_buffer_clear(&s.content_bytes);
    sek_buffer_clear(&s.out);
    sek_arena_clear(&s.arena);
    return status;
}

/* Only --file and --out go with --attach. */
static int check_attach_usage(struct cli *cli) {
    static const char *const others[] = {"workspace", "policy-id", "version", "content", "key", "sequence", "not-before", "expires",
                                         "trust-key", "signing-key-id", "status", "drop-binding", "print-message", "public-key",
                                         "passphrase-file"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (cli_flag(cli, others[i])) return cli_fail(cli, SEKUIRE_ERR_USAGE, "--%s and --attach contradict each other", others[i]);
    return 0;
}

/* Puts a signature made elsewhere into an unsigned file. */
static int attach(struct cli *cli) {
    struct sek_buffer bytes;
    struct sek_buffer out;
    struct sek_arena arena;
    struct sek_envelope envelope;
    struct sek_binding binding = {.present = false};
    const char *file = NULL;
    char hash[65] = "";
    uint8_t signature[SEK_SIGNATURE_SIZE];
    struct sekuire_text hex = sek_text(cli_value(cli, "attach"));
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&out, ENVELOPE_MAX);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = check_attach_usage(cli);
    if (status == 0 && !sek_hex_decode(signature, sizeof signature, hex))
        status = cli_fail(cli, SEKUIRE_ERR_USAGE, "--attach: a signature is 128 hex digits");
    if (status == 0) status = cli_required(cli, "file", &file);
    if (status == 0) status = cli_check_out(cli, cli_value(cli, "out") == NULL ? file : cli_value(cli, "out"));
    if (status == 0) status = cli_read_file(cli, file, SEK_LIMIT_JSON_BYTES, &bytes);
    if (status != 0) goto out;
    status = sek_sign_attach(sek_buffer_view(&bytes), hex, &out, &cli->err);
    if (status != 0) {
        cli_blame(cli, file);
        goto out;
    }
    sek_buffer_byte(&out, '\n');
    status = sek_buffer_check(&out, &cli->err);
    if (status == 0) status = sek_envelope_parse(&arena, sek_buffer_view(&out), &envelope, &cli->err);
    if (status == 0) status = sek_binding_read(envelope.content, &binding, &cli->err);
    if (status != 0) goto out;
    const char *out_file = cli_value(cli, "out") == NULL ? file : cli_value(cli, "out");
    status = sys_replace_file(out_file, sek_buffer_view(&out), SYS_MODE_USUAL, &cli->err);
    if (status != 0) {
        cli_blame(cli, out_file);
        goto out;
    }
    memcpy(hash, envelope.hash.data, envelope.hash.size < sizeof hash ? envelope.hash.size : 0);
    cli_line(cli, "Signed policy %.*s (v%.*s) for workspace %.*s to %s", SEK_TEXT_ARGS(envelope.policy_id),
             SEK_TEXT_ARGS(envelope.version), SEK_TEXT_ARGS(envelope.workspace_id), out_file);
    status = document(cli, &envelope, hash, binding.sequence, out_file, NULL);
out:
    sek_buffer_clear(&bytes);
    sek_buffer_clear(&out);
    sek_arena_clear(&arena);
    return status;
}

/* One of the two ways. */
static int run(struct cli *cli) { return cli_flag(cli, "attach") ? attach(cli) : sign(cli); }

static const struct cli_option options[] = {
    CLI_OPTION_WORKSPACE,
    {.name = "policy-id", .kind = CLI_VALUE, .value = "P", .help = "the policy's id"},
    {.name = "version", .kind = CLI_VALUE, .value = "V", .help = "its version"},
    {.name = "content", .kind = CLI_VALUE, .value = "FILE", .help = "the rules, JSON or YAML (sekuire policy new makes one)"},
    {.name = "key", .kind = CLI_VALUE, .value = "FILE", .help = "the secret key that signs"},
    CLI_OPTION_PASSPHRASE_FILE,
    {.name = "out", .kind = CLI_VALUE, .value = "FILE", .help = "where the envelope goes (default: policy.json)"},
    {.name = "sequence", .kind = CLI_VALUE, .value = "N", .help = "its place in the order (default: the time, or one above --out's)"},
    {.name = "not-before", .kind = CLI_VALUE, .value = "TIME", .help = "valid from then on (RFC 3339)"},
    {.name = "expires", .kind = CLI_VALUE, .value = "TIME|90d", .help = "valid until then (RFC 3339, or days from now)"},
    {.name = "trust-key", .kind = CLI_LIST, .value = "HEX", .help = "the keys trusted for the workspace from now on"},
    {.name = "signing-key-id", .kind = CLI_VALUE, .value = "ID", .help = "the name of the key (default: from its hash)"},
    {.name = "status", .kind = CLI_VALUE, .value = "WORD", .help = "the envelope's status (default: active)"},
    {.name = "drop-binding", .help = "ignore a binding in the content file"},
    {.name = "print-message", .help = "write the unsigned file and print the exact bytes to sign"},
    {.name = "public-key", .kind = CLI_VALUE, .value = "FILE|HEX", .help = "with --print-message: the key that will sign"},
    {.name = "attach", .kind = CLI_VALUE, .value = "HEX", .help = "put this signature into --file, and verify it"},
    {.name = "file", .kind = CLI_VALUE, .value = "FILE", .help = "with --attach: the unsigned file"},
    {.name = NULL},
};

const struct cli_command cmd_policy_sign = {
    .name = "policy sign",
    .summary = "Sign a policy for a workspace",
    .description = "What was signed is bound to its workspace and to its place in the order, so that it cannot be replayed elsewhere or\n"
                   "later. The secret key must be readable by its owner alone.",
    .example = "  sekuire policy sign --workspace ws_abc123 --policy-id policy_xyz --version 1 \\\n"
               "      --content policy.yaml --key .sekuire/secret.key --expires 90d --out policy.json",
    .options = options,
    .run = run,
};
