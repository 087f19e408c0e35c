/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the server (workspaces, keys, policies, agents, audit rows): what each holds, checked, and shown as a line of a list, as
 * lines of its own, or as JSON with exactly the members of docs/spec/cli.md 2. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/output.h"
#include "tree/node.h"

enum cli_member_kind {
    CLI_MEMBER_TEXT = 0,
    CLI_MEMBER_HEX,      /* cut short in a list */
    CLI_MEMBER_TIME,     /* RFC 3339; to the minute in a list */
    CLI_MEMBER_DAY,      /* the same; the day alone in a list */
    CLI_MEMBER_BOOL,
    CLI_MEMBER_NUMBER,   /* 0 to 2^64-1 */
    CLI_MEMBER_FINDINGS, /* an array of findings */
    CLI_MEMBER_ANY       /* JSON only */
};

struct cli_member {
    const char *name; /* of the member; NULL ends a table */
    enum cli_member_kind kind;
    bool required;      /* may be neither absent nor null */
    const char *label;  /* before its value on a line of its own; NULL: it has none */
    const char *column; /* above its values in a list; NULL: it is not in lists */
    unsigned width;     /* most characters of it in a list; 0: all */
};

extern const struct cli_member cli_workspace_members[];
extern const struct cli_member cli_api_key_members[];
extern const struct cli_member cli_signing_key_members[];
extern const struct cli_member cli_policy_members[];     /* of a list */
extern const struct cli_member cli_activation_members[]; /* the same members, other columns */
extern const struct cli_member cli_agent_members[];
extern const struct cli_member cli_audit_members[];

/* Error body unless row has what members say, of these kinds. */
int cli_record_check(struct cli *cli, const struct cli_member *members, const struct sek_node *row);
/* The members of a checked row, null where absent, without braces. */
void cli_record_write(struct sek_writer *writer, const struct cli_member *members, const struct sek_node *row);
/* Lines of a checked row on stdout: "Label: value". */
void cli_record_lines(struct cli *cli, const struct cli_member *members, const struct sek_node *row);
/* Checks the row and shows it, as lines or as the document. */
int cli_record_answer(struct cli *cli, const struct cli_member *members, const struct sek_node *row);
/* The member's text, or data NULL where it is absent, null or no string. */
struct sekuire_text cli_record_text(const struct sek_node *row, const char *name);
/* Appends a member of a checked row as text; in_list: as short as a column wants it. */
void cli_record_value(struct sek_buffer *out, const struct cli_member *member, const struct sek_node *row, bool in_list);

/* Lists in columns. Widths grow from page to page, so that a page can be printed before the next is there. Zeroed but for members. */
enum { CLI_TABLE_COLUMNS = 12 };
struct cli_table {
    const struct cli_member *members;
    size_t widths[CLI_TABLE_COLUMNS];
    bool headed;
};
/* Prints checked rows, the header before the first. */
void cli_table_page(struct cli *cli, struct cli_table *table, const struct sek_node *const *rows, size_t count);

/* One finding as the server tells it, "FILE:LINE:COLUMN: error: MESSAGE (POINTER, policy POINTER) [RULE]"; file (may be NULL) stands
 * in where it names none. */
void cli_finding_text(struct sek_buffer *out, const struct sek_node *finding, const char *file);

#endif
