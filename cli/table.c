/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the server in columns. */
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/record.h"

enum { CELL_MAX = 4096, LINE_BYTES = 64 << 10, GAP = 2 };

/* The number of characters of escaped text. */
static size_t characters(const char *text) {
    size_t n = 0;
    for (; *text != '\0'; text++) n += ((unsigned char)*text & 0xC0u) != 0x80u;
    return n;
}

/* Cuts escaped text to so many characters, the last three of them dots. */
static void shorten(char *text, size_t most) {
    size_t n = 0;
    if (characters(text) <= most) return;
    char *p = text;
    while (*p != '\0' && n < most - 3) {
        do p++;
        while (((unsigned char)*p & 0xC0u) == 0x80u);
        n++;
    }
    memcpy(p, "...", 4);
}

/* A cell as it is printed: escaped, and no longer than its column wants. */
static void cell(struct cli *cli, char out[CELL_MAX], const struct cli_member *member, const struct sek_node *row) {
    struct sek_buffer value;
    sek_buffer_init(&value, 1 << 20);
    cli_record_value(&value, member, row, true);
    sek_utf8_escape(out, CELL_MAX, cli_whole(cli, &value));
    sek_buffer_clear(&value);
    if (member->width > 0) shorten(out, member->width);
}

/* Widens the columns to what the rows need. */
static void measure(struct cli *cli, struct cli_table *table, const struct sek_node *const *rows, size_t count) {
    char text[CELL_MAX];
    size_t column = 0;
    for (const struct cli_member *m = table->members; m->name != NULL; m++) {
        if (m->column == NULL) continue;
        size_t *width = &table->widths[column++];
        if (strlen(m->column) > *width) *width = strlen(m->column);
        for (size_t i = 0; i < count; i++) {
            cell(cli, text, m, rows[i]);
            if (characters(text) > *width) *width = characters(text);
        }
    }
}

/* Appends a cell and the spaces before the next. */
static void append(struct sek_buffer *line, const char *text, size_t width) {
    size_t n = characters(text);
    sek_buffer_string(line, text);
    for (; n < width + GAP; n++) sek_buffer_byte(line, ' ');
}

/* Prints a row, or with NULL the header, without the spaces at the line's end. */
static void print(struct cli *cli, const struct cli_table *table, const struct sek_node *row) {
    char text[CELL_MAX];
    struct sek_buffer line;
    size_t column = 0;
    sek_buffer_init(&line, LINE_BYTES);
    for (const struct cli_member *m = table->members; m->name != NULL; m++) {
        if (m->column == NULL) continue;
        if (row != NULL) cell(cli, text, m, row);
        append(&line, row == NULL ? m->column : text, table->widths[column++]);
    }
    struct sekuire_text shown = cli_whole(cli, &line);
    while (shown.size > 0 && shown.data[shown.size - 1] == ' ') shown.size--;
    cli_line(cli, "%.*s", SEK_TEXT_ARGS(shown));
    sek_buffer_clear(&line);
}

void cli_table_page(struct cli *cli, struct cli_table *table, const struct sek_node *const *rows, size_t count) {
    if (count == 0 || cli->json) return;
    measure(cli, table, rows, count);
    if (!table->headed) print(cli, table, NULL);
    table->headed = true;
    for (size_t i = 0; i < count; i++) print(cli, table, rows[i]);
}
