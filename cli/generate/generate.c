/* SPDX-License-Identifier: Apache-2.0 */
/* Runs while building: writes the manual pages and the completion of sekuire from its table of commands.
 *   generate-docs pages TEMPLATES OUT              OUT/sekuire*.1.scd from the templates in the folder
 *   generate-docs server TEMPLATE HELP OUT         the server's page; HELP is the file with what its --help prints
 *   generate-docs completion TEMPLATE OUT          one shell's completion */
#include "cli/generate/fill.h"

#include <stdio.h>
#include <string.h>

#include "sys/file.h"

/* The server's page, from what its --help prints. */
static bool write_server(const char *template, const char *help, const char *out) {
    struct sek_buffer text;
    struct sekuire_error err = {0};
    sek_buffer_init(&text, FILL_MAX);
    bool done = sys_read_file(help, &text, &err) == 0;
    if (!done) fprintf(stderr, "%s: %s\n", help, err.message);
    if (done) done = fill_file(template, server_slot, text.data == NULL ? "" : text.data, out);
    sek_buffer_clear(&text);
    return done;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    bool done = false;
    if (strcmp(what, "pages") == 0 && argc == 4) {
        done = write_pages(argv[2], argv[3]);
    } else if (strcmp(what, "server") == 0 && argc == 5) {
        done = write_server(argv[2], argv[3], argv[4]);
    } else if (strcmp(what, "completion") == 0 && argc == 4) {
        done = fill_file(argv[2], completion_slot, NULL, argv[3]);
    } else {
        fprintf(stderr, "usage: generate-docs pages TEMPLATES OUT | server TEMPLATE HELP OUT | completion TEMPLATE OUT\n");
        return 2;
    }
    return done ? 0 : 1;
}
