/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, documents and errors. */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"
#include "client/config.h"
#include "sys/env.h"

enum { DOCUMENT_MAX = 256 << 20, LINE_MAX_BYTES = 16 << 20 };

static const char *const colour_codes[] = {"", "\033[32m", "\033[31m", "\033[33m"};

/* The first error of writing to stdout, by errno; stdio keeps only that there was one. */
static int stdout_errno;

/* Is colour wanted and possible on this stream? */
static bool may_colour(int fd) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no_color != NULL && *no_color != '\0') return false;
    if (term != NULL && strcmp(term, "dumb") == 0) return false;
    return isatty(fd) != 0;
}

void cli_output_init(struct cli *cli) {
    struct sek_settings_request request = {.workspace_option = NULL};
    struct sek_settings settings;
    cli->colour_out = may_colour(STDOUT_FILENO);
    cli->colour_err = may_colour(STDERR_FILENO);
    if (!cli->colour_out && !cli->colour_err) return;
    /* A broken file is for the commands to tell that need it. */
    if (sek_settings_load(&request, &settings, NULL) == 0 && settings.color == SEK_COLOR_NEVER) cli->colour_out = cli->colour_err = false;
}

/* Writes to a stream, remembering why stdout failed. */
static void put(FILE *stream, const void *data, size_t size) {
    if (size == 0) return;
    errno = 0;
    if (fwrite(data, 1, size, stream) < size && stream == stdout && stdout_errno == 0) stdout_errno = errno == 0 ? EIO : errno;
}

/* Flushes stdout, so that lines stand in the order in which they were said, and remembers why that failed. */
static void flush_stdout(void) {
    errno = 0;
    if (fflush(stdout) != 0 && stdout_errno == 0) stdout_errno = errno == 0 ? EIO : errno;
}

/* There is no memory for a line: on stdout the command fails by it, for what it says is not whole. */
static void lose_line(FILE *stream) {
    static const char line[] = "sekuire: out of memory\n";
    if (stream != stdout) put(stream, line, sizeof line - 1);
    else if (stdout_errno == 0) stdout_errno = ENOMEM;
}

/* Formats, escapes and writes one line. */
static void __attribute__((format(printf, 4, 0)))
put_line(FILE *stream, bool coloured, enum cli_colour colour, const char *format, va_list args) {
    struct sek_buffer raw;
    char *escaped = NULL;
    va_list again;
    sek_buffer_init(&raw, LINE_MAX_BYTES);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) {
        lose_line(stream);
        goto out;
    }
    sek_buffer_reserve(&raw, (size_t)n);
    size_t capacity = 6 * (size_t)n + 1;
    escaped = sek_alloc(capacity);
    if (raw.status != 0 || escaped == NULL) {
        lose_line(stream);
        goto out;
    }
    vsnprintf(raw.data, (size_t)n + 1, format, again);
    size_t size = sek_utf8_escape(escaped, capacity, (struct sekuire_text){raw.data, (size_t)n});
    coloured = coloured && colour != CLI_PLAIN;
    if (stream == stderr) flush_stdout();
    if (coloured) put(stream, colour_codes[colour], strlen(colour_codes[colour]));
    put(stream, escaped, size);
    if (coloured) put(stream, "\033[0m", 4);
    put(stream, "\n", 1);
out:
    va_end(again);
    sek_buffer_clear(&raw);
    sek_free(escaped);
}

void cli_line(struct cli *cli, const char *format, ...) {
    va_list args;
    if (cli->json) return;
    va_start(args, format);
    put_line(stdout, false, CLI_PLAIN, format, args);
    va_end(args);
}

void cli_line_coloured(struct cli *cli, enum cli_colour colour, const char *format, ...) {
    va_list args;
    if (cli->json) return;
    va_start(args, format);
    put_line(stdout, cli->colour_out, colour, format, args);
    va_end(args);
}

void cli_raw(struct cli *cli, const void *data, size_t size) {
    if (!cli->json) put(stdout, data, size);
}

struct sekuire_text cli_whole(struct cli *cli, const struct sek_buffer *buffer) {
    if (buffer->status == SEKUIRE_ERR_MEMORY && !cli->json) lose_line(stdout);
    return sek_buffer_view(buffer);
}

void cli_note(struct cli *cli, const char *format, ...) {
    va_list args;
    if (cli->quiet) return;
    va_start(args, format);
    put_line(stderr, false, CLI_PLAIN, format, args);
    va_end(args);
}

void cli_warn(struct cli *cli, const char *format, ...) {
    va_list args;
    va_start(args, format);
    put_line(stderr, cli->colour_err, CLI_YELLOW, format, args);
    va_end(args);
}

bool cli_document_begin(struct cli *cli, struct cli_document *document) {
    if (!cli->json) return false;
    sek_buffer_init(&document->buffer, DOCUMENT_MAX);
    sek_writer_init(&document->writer, &document->buffer, false);
    return true;
}

/* Writes JSON with the characters that may not reach a terminal escaped; they can only be inside strings. */
static void put_json(struct sekuire_text json) {
    size_t start = 0;
    size_t i = 0;
    while ((i += sek_ascii_run((struct sekuire_text){json.data + i, json.size - i})) < json.size) {
        uint32_t code = 0;
        char escaped[8];
        size_t n = sek_utf8_decode(json.data + i, json.size - i, &code);
        if (n == 0) n = 1;
        if (code >= 0x7F && sek_utf8_is_control(code)) {
            put(stdout, json.data + start, i - start);
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(code & 0xFFFFu));
            put(stdout, escaped, 6);
            start = i + n;
        }
        i += n;
    }
    put(stdout, json.data + start, json.size - start);
    put(stdout, "\n", 1);
}

int cli_document_end(struct cli *cli, struct cli_document *document) {
    int status = sek_buffer_check(&document->buffer, &cli->err);
    if (status == 0) {
        put_json(sek_buffer_view(&document->buffer));
        cli->answered = true;
    }
    sek_buffer_clear(&document->buffer);
    return status;
}

int cli_document_line(struct cli *cli, struct sekuire_text json) {
    put_json(json);
    cli->answered = true;
    return cli_output_finish(cli);
}

int cli_fail(struct cli *cli, int status, const char *format, ...) {
    char message[2 * SEKUIRE_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return sek_fail(&cli->err, status, "%s", message);
}

int cli_blame(struct cli *cli, const char *file) {
    sek_free(cli->file);
    cli->file = sek_strdup(file);
    return cli->err.status;
}

void cli_error_findings(struct cli *cli, const struct sek_node *findings) {
    static const char *const members[] = {"rule", "severity", "message", "file", "line", "column", "pointer", "policy_pointer", "value", "hint"};
    struct sek_buffer text;
    struct sek_writer w;
    sek_buffer_init(&text, DOCUMENT_MAX);
    sek_writer_init(&w, &text, false);
    sek_write_array(&w);
    for (SEK_EACH(finding, findings)) {
        if (finding->kind != SEK_OBJECT) continue;
        sek_write_object(&w);
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            const struct sek_node *member = sek_node_get(finding, members[i]);
            sek_write_key(&w, members[i]);
            if (member == NULL) sek_write_null(&w);
            else sek_write_node(&w, member);
        }
        sek_write_object_end(&w);
    }
    sek_write_array_end(&w);
    sek_free(cli->findings);
    cli->findings = sek_buffer_take(&text, NULL);
    sek_buffer_clear(&text);
}

void cli_hint(struct cli *cli, const char *format, ...) {
    struct sek_buffer text;
    char piece[8192];
    va_list args;
    sek_buffer_init(&text, sizeof piece);
    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    sek_buffer_string(&text, piece);
    sek_free(cli->hint);
    cli->hint = sek_buffer_take(&text, NULL);
}

/* The error's place as "FILE:LINE:COLUMN: ", as far as it is known. */
static void place(const struct cli *cli, struct sek_buffer *out) {
    const char *where = cli->file != NULL ? cli->file : cli->source;
    if (where != NULL) sek_buffer_format(out, "%s:", where);
    if (cli->err.line != 0)
        sek_buffer_format(out, where == NULL ? "line %u, column %u:" : "%u:%u:", (unsigned)cli->err.line, (unsigned)cli->err.column);
    if (out->size > 0) sek_buffer_byte(out, ' ');
}

/* The document of a failure. */
static void tell_json(struct cli *cli) {
    struct cli_document document;
    if (cli->answered || !cli_document_begin(cli, &document)) return;
    struct sek_writer *w = &document.writer;
    char message[2 * SEKUIRE_MESSAGE_MAX];
    bool sourced = cli->file == NULL && cli->source != NULL;
    sek_write_object(w);
    sek_write_key(w, "error");
    sek_write_object(w);
    sek_write_member(w, "code", sekuire_status_word(cli->err.status));
    snprintf(message, sizeof message, "%s%s%s", sourced ? cli->source : "", sourced ? ": " : "", cli->err.message);
    sek_write_member(w, "message", message);
    if (cli->file != NULL) sek_write_member(w, "file", cli->file);
    if (cli->err.line != 0) {
        sek_write_member_u64(w, "line", cli->err.line);
        sek_write_member_u64(w, "column", cli->err.column);
        sek_write_member_u64(w, "offset", cli->err.offset);
    }
    sek_write_object_end(w);
    if (cli->findings != NULL) {
        sek_write_key(w, "findings");
        sek_write_raw(w, sek_text(cli->findings));
    }
    sek_write_object_end(w);
    if (cli_document_end(cli, &document) == 0) return;
    put_json(SEK_TEXT("{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\"}}"));
    cli->answered = true;
    if (stdout_errno == 0) stdout_errno = ENOMEM; /* the exit code says so too */
}

/* A line on stderr in a colour. */
static void __attribute__((format(printf, 3, 4))) tell(struct cli *cli, enum cli_colour colour, const char *format, ...) {
    va_list args;
    va_start(args, format);
    put_line(stderr, cli->colour_err, colour, format, args);
    va_end(args);
}

/* Takes the file's name off the front of the message, where it is there. */
static bool take_file(struct cli *cli, const char *file) {
    size_t n = strlen(file);
    struct sekuire_error why = cli->err;
    if (n == 0 || strncmp(why.message, file, n) != 0 || strncmp(why.message + n, ": ", 2) != 0) return false;
    if (cli_blame(cli, file) == 0 || cli->file == NULL) return false;
    sek_fail_at(&cli->err, why.status, why.line, why.column, why.offset, "%s", why.message + n + 2);
    return true;
}

/* Whoever opens a file puts its name before the message; here it becomes the place of the error. */
static void split_file(struct cli *cli) {
    static int (*const finders[])(const char *, char **, struct sekuire_error *) = {sys_home_path, sys_config_path, sys_state_path};
    static const char *const names[] = {"auth.json", "config.yaml", "trust.json"};
    bool taken = cli->file != NULL || take_file(cli, ".sekuire/config.yaml");
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !taken; i++) {
        char *path = NULL;
        if (finders[i](names[i], &path, NULL) != 0) continue;
        taken = take_file(cli, path);
        sek_free(path);
    }
}

/* Does the text end so? */
static bool ends(const char *text, const char *end) {
    size_t n = strlen(text);
    size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* What to do about failures that any command may meet. */
static void advise(struct cli *cli) {
    const char *message = cli->err.message;
    if (cli->err.status == SEKUIRE_ERR_CONFIG && strstr(message, "no home directory") != NULL)
        cli_hint(cli, "set HOME to the absolute path of your home directory");
    if (cli->hint != NULL) return;
    if (cli->err.status == SEKUIRE_ERR_TLS && strstr(message, "SSL_CERT_FILE") == NULL && strstr(message, "does not match") == NULL)
        cli_hint(cli, "if an authority of your own signed the server's certificate, name the PEM file of it: SSL_CERT_FILE=FILE");
    if (cli->err.status == SEKUIRE_ERR_CONFIG && cli->file != NULL && ends(cli->file, "/trust.json"))
        cli_hint(cli, "it is left as it is: mend it, or move it away and trust the keys anew (sekuire trust add)");
}

void cli_tell_error(struct cli *cli) {
    struct sek_buffer where;
    split_file(cli);
    advise(cli);
    if (!cli->told) {
        sek_buffer_init(&where, 16384);
        place(cli, &where);
        tell(cli, CLI_RED, "sekuire: %s%s", where.data == NULL ? "" : where.data, cli->err.message);
        sek_buffer_clear(&where);
        for (const char *line = cli->hint; line != NULL && *line != '\0';) {
            size_t n = strcspn(line, "\n");
            tell(cli, CLI_PLAIN, "  %.*s", (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
    tell_json(cli);
}

int cli_output_finish(struct cli *cli) {
    flush_stdout();
    if (stdout_errno == 0 && !ferror(stdout)) return 0;
    if (stdout_errno == ENOMEM) return sek_fail_memory(&cli->err);
    return cli_fail(cli, stdout_errno == ENOSPC || stdout_errno == EDQUOT ? SEKUIRE_ERR_NO_SPACE : SEKUIRE_ERR_IO,
                    "standard output could not be written: %s", strerror(stdout_errno == 0 ? EIO : stdout_errno));
}
