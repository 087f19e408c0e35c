/* SPDX-License-Identifier: Apache-2.0 */
/* push: what it says. */
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/push.h"
#include "cli/record.h"

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

/* Where a finding is, as "FILE:LINE:COLUMN: "; empty where nobody knows. */
static void place(struct sek_buffer *out, const struct sek_finding *f) {
    if (f->file != NULL) sek_buffer_format(out, "%s:", f->file);
    if (f->line != 0) sek_buffer_format(out, "%u:%u:", (unsigned)f->line, (unsigned)f->column);
    if (out->size > 0) sek_buffer_byte(out, ' ');
}

/* "FILE:LINE:COLUMN: error: MESSAGE (policy POINTER) [RULE]" appended to out. */
static void describe(struct sek_buffer *out, const struct sek_finding *f) {
    place(out, f);
    sek_buffer_format(out, "%s: %s", f->severity == SEK_SEVERITY_ERROR ? "error" : "warning", f->message);
    if (f->policy_pointer != NULL) sek_buffer_format(out, " (policy %s)", f->policy_pointer[0] == '\0' ? "/" : f->policy_pointer);
    sek_buffer_format(out, " [%s]", f->rule);
}

/* One finding: a line of its own on stdout, but where a line that says DENIED stands there already, which gets its place on stderr. */
static void tell_finding(struct cli *cli, const struct cli_push *push, const struct sek_finding *finding) {
    struct sek_buffer text;
    sek_buffer_init(&text, 64 << 10);
    describe(&text, finding);
    enum cli_colour colour = finding->severity == SEK_SEVERITY_ERROR ? CLI_RED : CLI_YELLOW;
    if (in_lines(push, finding)) cli_warn(cli, "%s", text.data == NULL ? finding->message : text.data);
    else cli_line_coloured(cli, colour, "%s", text.data == NULL ? finding->message : text.data);
    if (finding->hint != NULL) {
        sek_buffer_clear(&text);
        place(&text, finding);
        cli_note(cli, "hint: %s%s", text.data == NULL ? "" : text.data, finding->hint);
    }
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

void cli_push_refused(struct cli *cli, const struct sek_answer *answer) {
    const struct sek_node *findings = sek_node_get(answer->root, "findings");
    struct sek_buffer text;
    char status[16];
    if (answer->http_status < 400) return;
    snprintf(status, sizeof status, "HTTP %d", answer->http_status);
    struct sekuire_error why = cli->err;
    size_t n = strlen(status);
    const char *message = strncmp(why.message, status, n) == 0 ? why.message + n : "";
    cli_fail(cli, why.status, "Registry error (%d)%s", answer->http_status, message);
    if (findings == NULL || findings->kind != SEK_ARRAY) return;
    sek_buffer_init(&text, 64 << 10);
    for (SEK_EACH(finding, findings)) {
        if (finding->kind != SEK_OBJECT) continue;
        sek_buffer_clear(&text);
        cli_finding_text(&text, finding, NULL);
        cli_line_coloured(cli, CLI_RED, "server: %.*s", SEK_TEXT_ARGS(cli_whole(cli, &text)));
    }
    sek_buffer_clear(&text);
    cli_error_findings(cli, findings);
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
    sek_write_member(w, "sekuire_id", push->agent.identity.sekuire_id[0] == '\0' ? NULL : push->agent.identity.sekuire_id);
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
