/* SPDX-License-Identifier: Apache-2.0 */
/* push: what it says. */
#include <string.h>

#include "cli/output.h"
#include "cli/push.h"

/* Is the finding told by a line that says DENIED? */
static bool in_lines(const struct cli_push *push, const struct sek_finding *finding) {
    static const struct {
        const char *prefix;
        const char *kind;
    } kinds[] = {{"provider.", "Provider"}, {"model.", "Model"}, {"tool.", "Tool"}, {"provider.unknown", "Model"}};
    if (finding->severity != SEK_SEVERITY_ERROR || finding->value == NULL) return false;
    for (const struct sek_comply_line *line = push->lines; line != NULL; line = line->next) {
        if (line->allowed || strcmp(line->value, finding->value) != 0) continue;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            if (strncmp(finding->rule, kinds[i].prefix, strlen(kinds[i].prefix)) == 0 && strcmp(line->kind, kinds[i].kind) == 0)
                return true;
    }
    return false;
}

/* "FILE:LINE:COLUMN: error: MESSAGE (policy POINTER) [RULE]" appended to out. */
static void describe(struct sek_buffer *out, const struct sek_finding *f) {
    if (f->file != NULL) sek_buffer_format(out, "%s:", f->file);
    if (f->line != 0) sek_buffer_format(out, "%u:%u:", (unsigned)f->line, (unsigned)f->column);
    sek_buffer_format(out, "%s%s: %s", out->size == 0 ? "" : " ", f->severity == SEK_SEVERITY_ERROR ? "error" : "warning", f->message);
    if (f->policy_pointer != NULL) sek_buffer_format(out, " (policy %s)", f->policy_pointer[0] == '\0' ? "/" : f->policy_pointer);
    sek_buffer_format(out, " [%s]", f->rule);
}

/* One finding: the place of a denied name goes to stderr, where its line stands already; what has no line yet gets one. */
static void tell_finding(struct cli *cli, const struct cli_push *push, const struct sek_finding *finding) {
    struct sek_buffer text;
    sek_buffer_init(&text, 64 << 10);
    describe(&text, finding);
    if (finding->severity == SEK_SEVERITY_ERROR && !in_lines(push, finding))
        cli_line_coloured(cli, CLI_RED, "%s", text.data == NULL ? finding->message : text.data);
    else cli_warn(cli, "%s", text.data == NULL ? finding->message : text.data);
    if (finding->hint != NULL) cli_note(cli, "  %s", finding->hint);
    sek_buffer_clear(&text);
}

/* "Blocked tools: a, b", if there are any of that kind. */
static void blocked(struct cli *cli, const struct cli_push *push, const char *kind, const char *label) {
    struct sek_buffer names;
    sek_buffer_init(&names, 4 << 20);
    for (const struct sek_comply_line *line = push->lines; line != NULL; line = line->next) {
        if (line->allowed || strcmp(line->kind, kind) != 0) continue;
        sek_buffer_format(&names, "%s%s", names.size == 0 ? "" : ", ", line->value);
    }
    if (names.size > 0) cli_line(cli, "%s: %s", label, names.data);
    sek_buffer_clear(&names);
}

void cli_push_lines(struct cli *cli, const struct cli_push *push) {
    cli_line(cli, "Validating agent against workspace policy...");
    if (!push->has_policy) return;
    for (const struct sek_comply_line *line = push->lines; line != NULL; line = line->next)
        cli_line_coloured(cli, line->allowed ? CLI_GREEN : CLI_RED, "%s '%s' is %s", line->kind, line->value,
                          line->allowed ? "allowed" : "DENIED");
    for (const struct sek_finding *f = push->report.first; f != NULL; f = f->next) tell_finding(cli, push, f);
    if (push->report.truncated) cli_warn(cli, "there are more findings than are shown");
    if (push->compliant) {
        cli_note(cli, "the agent complies with policy %.*s (v%.*s)", SEK_TEXT_ARGS(push->policy.envelope.policy_id),
                 SEK_TEXT_ARGS(push->policy.envelope.version));
        return;
    }
    cli_line(cli, "Agent does not comply with workspace policy");
    blocked(cli, push, "Model", "Blocked models");
    blocked(cli, push, "Provider", "Blocked providers");
    blocked(cli, push, "Tool", "Blocked tools");
    if (push->force) return;
    cli_line(cli, "Fix the issues above and try again.");
    cli_line(cli, "Use --force to bypass (not recommended).");
}

/* A string member, or NULL; borrowed, NUL-terminated copies are not needed for %.*s. */
static struct sekuire_text member(const struct sek_node *object, const char *key) {
    const struct sek_node *node = sek_node_get(object, key);
    return node == NULL || node->kind != SEK_STRING ? SEK_TEXT("") : node->text;
}

void cli_push_server_findings(struct cli *cli, const struct sek_node *root) {
    const struct sek_node *findings = sek_node_get(root, "findings");
    for (SEK_EACH(finding, findings)) {
        if (finding->kind != SEK_OBJECT) continue;
        cli_warn(cli, "server: %.*s: %.*s [%.*s]", SEK_TEXT_ARGS(member(finding, "severity")), SEK_TEXT_ARGS(member(finding, "message")),
                 SEK_TEXT_ARGS(member(finding, "rule")));
    }
}

int cli_push_document(struct cli *cli, const struct cli_push *push) {
    struct cli_document doc;
    if (!cli_document_begin(cli, &doc)) return 0;
    struct sek_writer *w = &doc.writer;
    sek_write_object(w);
    sek_write_member_bool(w, "compliant", push->compliant);
    sek_write_member_bool(w, "published", push->published);
    sek_write_member_bool(w, "forced", push->force && !push->compliant);
    sek_write_member_bool(w, "dry_run", push->dry_run);
    sek_write_member(w, "workspace_id", push->workspace);
    sek_write_member(w, "workspace_from", sek_origin_word(push->workspace_from));
    sek_write_member(w, "sekuire_id", push->agent.identity.sekuire_id);
    sek_write_key(w, "policy");
    if (push->has_policy) {
        sek_write_object(w);
        sek_write_member_text(w, "policy_id", push->policy.envelope.policy_id);
        sek_write_member_text(w, "version", push->policy.envelope.version);
        sek_write_member_text(w, "hash", push->policy.envelope.hash);
        sek_write_object_end(w);
    } else {
        sek_write_null(w);
    }
    sek_write_key(w, "findings");
    sek_write_array(w);
    for (const struct sek_finding *f = push->report.first; f != NULL; f = f->next) sek_finding_write(w, f);
    sek_write_array_end(w);
    sek_write_object_end(w);
    return cli_document_end(cli, &doc);
}
