/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the server: their members, checked and shown. */
#include "cli/record.h"

#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "cli/output.h"

enum { HEX_SHOWN = 12, VALUE_MAX = 16 << 20 };

const struct cli_member cli_workspace_members[] = {
    {"id", CLI_MEMBER_TEXT, true, "Workspace", "ID", 0},
    {"name", CLI_MEMBER_TEXT, false, "Name", "NAME", 24},
    {"public_read", CLI_MEMBER_BOOL, true, "Public read", "PUBLIC", 0},
    {"allow_force", CLI_MEMBER_TEXT, true, "Allow force", "FORCE", 0},
    {"accept_undeclared", CLI_MEMBER_BOOL, true, "Accept undeclared", "UNDECLARED", 0},
    {"forbid_weaker", CLI_MEMBER_BOOL, true, "Forbid weaker", "NO-WEAKER", 0},
    {"created_at", CLI_MEMBER_DAY, true, "Created", "CREATED", 0},
    {.name = NULL},
};

const struct cli_member cli_api_key_members[] = {
    {"id", CLI_MEMBER_TEXT, true, "API key", "ID", 0},
    {"workspace_id", CLI_MEMBER_TEXT, false, "Workspace", NULL, 0},
    {"name", CLI_MEMBER_TEXT, false, "Name", "NAME", 20},
    {"role", CLI_MEMBER_TEXT, true, "Role", "ROLE", 0},
    {"created_at", CLI_MEMBER_DAY, true, "Created", NULL, 0},
    {"last_used_at", CLI_MEMBER_DAY, false, "Last used", "LAST USED", 0},
    {"expires_at", CLI_MEMBER_DAY, false, "Expires", "EXPIRES", 0},
    {"revoked_at", CLI_MEMBER_DAY, false, "Revoked", "REVOKED", 0},
    {.name = NULL},
};

const struct cli_member cli_signing_key_members[] = {
    {"key_id", CLI_MEMBER_TEXT, true, "Signing key", "KEY ID", 0},
    {"public_key", CLI_MEMBER_HEX, true, "Public key", "PUBLIC KEY", 0},
    {"name", CLI_MEMBER_TEXT, false, "Name", "NAME", 20},
    {"created_at", CLI_MEMBER_DAY, true, "Created", "CREATED", 0},
    {"revoked_at", CLI_MEMBER_DAY, false, "Revoked", "REVOKED", 0},
    {.name = NULL},
};

const struct cli_member cli_policy_members[] = {
    {"policy_id", CLI_MEMBER_TEXT, true, "Policy ID", "POLICY ID", 0},
    {"version", CLI_MEMBER_TEXT, true, "Version", "VERSION", 0},
    {"hash", CLI_MEMBER_HEX, true, "Hash", NULL, 0},
    {"status", CLI_MEMBER_TEXT, true, "Status", "STATUS", 0},
    {"sequence", CLI_MEMBER_NUMBER, false, "Sequence", "SEQUENCE", 0},
    {"signing_key_id", CLI_MEMBER_TEXT, false, "Signing key", NULL, 0},
    {"uploaded_at", CLI_MEMBER_TIME, true, "Uploaded", "UPLOADED", 0},
    {"activated_at", CLI_MEMBER_TIME, false, "Activated", NULL, 0},
    {"expires_at", CLI_MEMBER_DAY, false, "Expires", "EXPIRES", 0},
    {.name = NULL},
};

const struct cli_member cli_activation_members[] = {
    {"policy_id", CLI_MEMBER_TEXT, true, NULL, "POLICY ID", 0},
    {"version", CLI_MEMBER_TEXT, true, NULL, "VERSION", 0},
    {"hash", CLI_MEMBER_HEX, true, NULL, "HASH", 0},
    {"status", CLI_MEMBER_TEXT, true, NULL, "STATUS NOW", 0},
    {"sequence", CLI_MEMBER_NUMBER, false, NULL, "SEQUENCE", 0},
    {"signing_key_id", CLI_MEMBER_TEXT, false, NULL, NULL, 0},
    {"uploaded_at", CLI_MEMBER_TIME, true, NULL, NULL, 0},
    {"activated_at", CLI_MEMBER_TIME, true, NULL, "ACTIVATED", 0},
    {"expires_at", CLI_MEMBER_TIME, false, NULL, NULL, 0},
    {.name = NULL},
};

const struct cli_member cli_agent_members[] = {
    {"sekuire_id", CLI_MEMBER_HEX, true, "Sekuire ID", "SEKUIRE ID", 0},
    {"name", CLI_MEMBER_TEXT, true, "Name", "NAME", 24},
    {"version", CLI_MEMBER_TEXT, true, "Version", "VERSION", 16},
    {"model", CLI_MEMBER_TEXT, false, "Model", "MODEL", 24},
    {"forced", CLI_MEMBER_BOOL, false, "Forced", "FORCED", 0},
    {"compliant", CLI_MEMBER_BOOL, false, "Compliant", "COMPLIANT", 0},
    {"published_at", CLI_MEMBER_DAY, false, "Published", "PUBLISHED", 0},
    {"public_key", CLI_MEMBER_HEX, true, "Public key", NULL, 0},
    {"findings", CLI_MEMBER_FINDINGS, false, "Findings", NULL, 0},
    {.name = NULL},
};

const struct cli_member cli_audit_members[] = {
    {"seq", CLI_MEMBER_NUMBER, true, "Row", "SEQ", 0},
    {"at", CLI_MEMBER_TIME, true, "At", "AT", 0},
    {"workspace_id", CLI_MEMBER_TEXT, false, "Workspace", NULL, 0},
    {"actor", CLI_MEMBER_TEXT, true, "Actor", "ACTOR", 0},
    {"action", CLI_MEMBER_TEXT, true, "Action", "ACTION", 0},
    {"target", CLI_MEMBER_TEXT, false, "Target", "TARGET", 0},
    {"detail", CLI_MEMBER_ANY, false, NULL, NULL, 0},
    {"prev", CLI_MEMBER_HEX, true, NULL, NULL, 0},
    {"hash", CLI_MEMBER_HEX, true, "Hash", NULL, 0},
    {.name = NULL},
};

/* The member of a row, NULL where it is absent or null. */
static const struct sek_node *present(const struct sek_node *row, const char *name) {
    const struct sek_node *node = sek_node_get(row, name);
    return node == NULL || node->kind == SEK_NULL ? NULL : node;
}

struct sekuire_text cli_record_text(const struct sek_node *row, const char *name) {
    const struct sek_node *node = present(row, name);
    return node == NULL || node->kind != SEK_STRING ? (struct sekuire_text){NULL, 0} : node->text;
}

/* Is the value one of the kind? */
static bool is_kind(enum cli_member_kind kind, const struct sek_node *node) {
    uint8_t bytes[SEK_HASH_SIZE];
    uint64_t number;
    int64_t time;
    switch (kind) {
    case CLI_MEMBER_TEXT: return node->kind == SEK_STRING;
    case CLI_MEMBER_HEX: return node->kind == SEK_STRING && sek_hex_decode(bytes, sizeof bytes, node->text);
    case CLI_MEMBER_TIME:
    case CLI_MEMBER_DAY: return node->kind == SEK_STRING && sek_time_parse(node->text, &time);
    case CLI_MEMBER_BOOL: return node->kind == SEK_BOOL;
    case CLI_MEMBER_NUMBER: return sek_node_u64(node, &number);
    case CLI_MEMBER_FINDINGS:
        if (node->kind != SEK_ARRAY) return false;
        for (SEK_EACH(finding, node))
            if (finding->kind != SEK_OBJECT) return false;
        return true;
    case CLI_MEMBER_ANY: return true;
    }
    return false;
}

int cli_record_check(struct cli *cli, const struct cli_member *members, const struct sek_node *row) {
    static const char *const kinds[] = {"a string",      "64 hex digits", "a time",             "a time",
                                        "true or false", "a number",      "a list of findings", "a value"};
    for (const struct cli_member *m = members; m->name != NULL; m++) {
        const struct sek_node *node = present(row, m->name);
        if (node == NULL && m->required) return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer lacks \"%s\"", m->name);
        if (node != NULL && !is_kind(m->kind, node))
            return cli_fail(cli, SEKUIRE_ERR_BODY, "the server's answer: \"%s\" is not %s", m->name, kinds[m->kind]);
    }
    return 0;
}

void cli_record_write(struct sek_writer *writer, const struct cli_member *members, const struct sek_node *row) {
    for (const struct cli_member *m = members; m->name != NULL; m++) {
        const struct sek_node *node = present(row, m->name);
        bool is_time = m->kind == CLI_MEMBER_TIME || m->kind == CLI_MEMBER_DAY;
        int64_t time;
        sek_write_key(writer, m->name);
        if (node == NULL) sek_write_null(writer);
        else if (is_time && node->text.data[node->text.size - 1] != 'Z' && sek_time_parse(node->text, &time))
            sek_write_time(writer, time);
        else sek_write_node(writer, node);
    }
}

/* A time whole, or in a list to the minute, as "2026-01-31 12:00Z", or the day alone. */
static void append_time(struct sek_buffer *out, struct sekuire_text text, bool in_list, bool day) {
    char whole[SEK_TIME_TEXT_SIZE];
    int64_t time = 0;
    if (!sek_time_parse(text, &time)) return;
    sek_time_format(whole, time);
    if (in_list && day) sek_buffer_format(out, "%.10s", whole);
    else if (in_list) sek_buffer_format(out, "%.10s %.5sZ", whole, whole + 11);
    else sek_buffer_string(out, whole);
}

void cli_record_value(struct sek_buffer *out, const struct cli_member *member, const struct sek_node *row, bool in_list) {
    const struct sek_node *node = present(row, member->name);
    if (node == NULL) {
        sek_buffer_byte(out, '-');
        return;
    }
    switch (member->kind) {
    case CLI_MEMBER_TEXT: sek_buffer_text(out, node->text); break;
    case CLI_MEMBER_HEX: sek_buffer_append(out, node->text.data, in_list ? HEX_SHOWN : node->text.size); break;
    case CLI_MEMBER_TIME: append_time(out, node->text, in_list, false); break;
    case CLI_MEMBER_DAY: append_time(out, node->text, in_list, true); break;
    case CLI_MEMBER_BOOL: sek_buffer_string(out, node->boolean ? "yes" : "no"); break;
    case CLI_MEMBER_NUMBER: sek_buffer_text(out, node->text); break;
    case CLI_MEMBER_FINDINGS: sek_buffer_format(out, "%u", (unsigned)node->count); break;
    case CLI_MEMBER_ANY: break;
    }
}

/* The longest label and its colon. */
static int label_width(const struct cli_member *members) {
    size_t width = 0;
    for (const struct cli_member *m = members; m->name != NULL; m++)
        if (m->label != NULL && strlen(m->label) > width) width = strlen(m->label);
    return (int)width + 1;
}

void cli_record_lines(struct cli *cli, const struct cli_member *members, const struct sek_node *row) {
    int width = label_width(members);
    struct sek_buffer label;
    struct sek_buffer value;
    sek_buffer_init(&label, 256);
    sek_buffer_init(&value, VALUE_MAX);
    for (const struct cli_member *m = members; m->name != NULL; m++) {
        if (m->label == NULL) continue;
        sek_buffer_clear(&label);
        sek_buffer_clear(&value);
        sek_buffer_format(&label, "%s:", m->label);
        cli_record_value(&value, m, row, false);
        cli_line(cli, "%-*s %.*s", width, cli_whole(cli, &label).data, SEK_TEXT_ARGS(cli_whole(cli, &value)));
        if (m->kind != CLI_MEMBER_FINDINGS) continue;
        for (SEK_EACH(finding, present(row, m->name))) {
            sek_buffer_clear(&value);
            cli_finding_text(&value, finding, NULL);
            cli_line(cli, "  %.*s", SEK_TEXT_ARGS(cli_whole(cli, &value)));
        }
    }
    sek_buffer_clear(&label);
    sek_buffer_clear(&value);
}

int cli_record_answer(struct cli *cli, const struct cli_member *members, const struct sek_node *row) {
    struct cli_document doc;
    int status = cli_record_check(cli, members, row);
    if (status != 0) return status;
    cli_record_lines(cli, members, row);
    if (!cli_document_begin(cli, &doc)) return 0;
    sek_write_object(&doc.writer);
    cli_record_write(&doc.writer, members, row);
    sek_write_object_end(&doc.writer);
    return cli_document_end(cli, &doc);
}

void cli_finding_text(struct sek_buffer *out, const struct sek_node *finding, const char *file) {
    struct sekuire_text named = cli_record_text(finding, "file");
    struct sekuire_text severity = cli_record_text(finding, "severity");
    struct sekuire_text message = cli_record_text(finding, "message");
    struct sekuire_text pointer = cli_record_text(finding, "pointer");
    struct sekuire_text policy_pointer = cli_record_text(finding, "policy_pointer");
    struct sekuire_text rule = cli_record_text(finding, "rule");
    uint64_t line = 0, column = 0;
    if (named.data == NULL) named = sek_text(file);
    if (named.data != NULL) sek_buffer_format(out, "%.*s:", SEK_TEXT_ARGS(named));
    if (sek_node_u64(sek_node_get(finding, "line"), &line) && sek_node_u64(sek_node_get(finding, "column"), &column))
        sek_buffer_format(out, "%llu:%llu:", (unsigned long long)line, (unsigned long long)column);
    if (out->size > 0) sek_buffer_byte(out, ' ');
    sek_buffer_format(out, "%.*s: %.*s", SEK_TEXT_ARGS(severity.data == NULL ? SEK_TEXT("error") : severity),
                      SEK_TEXT_ARGS(message.data == NULL ? SEK_TEXT("a finding without a message") : message));
    bool twice = pointer.data != NULL && policy_pointer.data != NULL && !sek_text_equal(pointer, policy_pointer);
    if (pointer.data != NULL) sek_buffer_format(out, " (%.*s", SEK_TEXT_ARGS(pointer.size == 0 ? SEK_TEXT("/") : pointer));
    if (policy_pointer.data != NULL && (twice || pointer.data == NULL))
        sek_buffer_format(out, "%spolicy %.*s", twice ? ", " : " (", SEK_TEXT_ARGS(policy_pointer));
    if (pointer.data != NULL || policy_pointer.data != NULL) sek_buffer_byte(out, ')');
    if (rule.data != NULL) sek_buffer_format(out, " [%.*s]", SEK_TEXT_ARGS(rule));
}
