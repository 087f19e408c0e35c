/* SPDX-License-Identifier: Apache-2.0 */
/* sekuire decide --jsonl: one action of docs/spec/wire.md, section 8, in each line; one document out for each. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "cli/decide.h"
#include "cli/output.h"
#include "decide/answer.h"
#include "decide/engine.h"
#include "tree/json.h"

enum { ROOM_FIRST = 64 << 10, LINE_MAX_BYTES = 1 << 20, ANSWERS_MAX = 8 << 20 };

/* What came in and was not answered yet, and the answers that were not printed yet. */
struct stream {
    char *data;
    size_t used, room;
    bool skipping; /* a line that was too long goes on */
    struct sek_arena arena;
    struct sek_buffer answers;
    bool failed; /* some line was no action */
};

/* Answers one line. */
static void answer(struct stream *s, const struct cli_decider *decider, struct sekuire_text line) {
    const struct sek_node *node = NULL;
    struct sek_actions actions;
    struct sekuire_decision decision;
    struct sekuire_error err = {0};
    struct sek_writer writer;
    sek_arena_reset(&s->arena);
    sek_writer_init(&writer, &s->answers, false);
    int status = sek_json_parse(&s->arena, line, &node, &err);
    if (status == 0) status = sek_actions_read(&s->arena, node, 0, &actions, &err);
    if (status == 0) status = cli_decide(decider, &s->arena, &actions.actions[0], &decision, &err);
    if (status == 0) sek_decision_answer(&writer, actions.id, &decision, &actions.actions[0]);
    else sek_decision_error(&writer, node, &err, true);
    sek_buffer_byte(&s->answers, '\n');
    s->failed = s->failed || status != 0;
}

/* A line of nothing but white space asks nothing. */
static bool is_blank(struct sekuire_text line) {
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r') return false;
    return true;
}

/* Says once that a line is too long. */
static void answer_too_long(struct stream *s) {
    struct sekuire_error err = {0};
    struct sek_writer writer;
    sek_fail(&err, SEKUIRE_ERR_TOO_LARGE, "the line is longer than %d bytes", LINE_MAX_BYTES);
    sek_writer_init(&writer, &s->answers, false);
    sek_decision_error(&writer, NULL, &err, true);
    sek_buffer_byte(&s->answers, '\n');
    s->failed = true;
}

/* Prints what was answered. */
static int flush(struct cli *cli, struct stream *s) {
    int status = sek_buffer_check(&s->answers, &cli->err);
    if (status == 0 && s->answers.size > 0) status = cli_document_line(cli, (struct sekuire_text){s->answers.data, s->answers.size - 1});
    s->answers.size = 0;
    return status;
}

/* Answers all lines that are there whole; at the end of input the last one too. */
static int answer_lines(struct cli *cli, struct stream *s, const struct cli_decider *decider, bool ended) {
    size_t at = 0;
    int status = 0;
    while (at < s->used && status == 0) {
        const char *end = memchr(s->data + at, '\n', s->used - at);
        if (end == NULL && !ended) break;
        struct sekuire_text line = {s->data + at, end == NULL ? s->used - at : (size_t)(end - (s->data + at))};
        at += line.size + (end != NULL);
        if (s->skipping) s->skipping = end == NULL;
        else if (!is_blank(line)) answer(s, decider, line);
        if (s->answers.size > ANSWERS_MAX / 8) status = flush(cli, s);
    }
    if (at < s->used) memmove(s->data, s->data + at, s->used - at);
    s->used -= at;
    if (s->used >= LINE_MAX_BYTES) {
        if (!s->skipping) answer_too_long(s);
        s->skipping = true;
        s->used = 0;
    }
    return status == 0 ? flush(cli, s) : status;
}

/* Reads what is there; *ret_ended at the end of input. */
static int read_more(struct cli *cli, struct stream *s, bool *ret_ended) {
    if (s->room - s->used < ROOM_FIRST) {
        size_t room = s->room + (s->room < ROOM_FIRST ? ROOM_FIRST : s->room);
        char *data = sek_realloc(s->data, room, 1);
        if (data == NULL) return sek_fail_memory(&cli->err);
        s->data = data;
        s->room = room;
    }
    ssize_t n;
    do n = read(STDIN_FILENO, s->data + s->used, s->room - s->used);
    while (n < 0 && errno == EINTR);
    if (n < 0) return cli_fail(cli, SEKUIRE_ERR_IO, "standard input could not be read: %s", strerror(errno));
    s->used += (size_t)n;
    *ret_ended = n == 0;
    return 0;
}

int cli_decide_lines(struct cli *cli, const struct cli_decider *decider) {
    struct stream s = {.data = NULL};
    bool ended = false;
    int status = 0;
    cli->answered = true; /* every line has its own document */
    sek_arena_init(&s.arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&s.answers, ANSWERS_MAX);
    while (status == 0 && !ended) {
        status = read_more(cli, &s, &ended);
        if (status == 0) status = answer_lines(cli, &s, decider, ended);
    }
    if (status == 0 && s.failed) cli->exit_code = 1;
    sek_free(s.data);
    sek_arena_clear(&s.arena);
    sek_buffer_clear(&s.answers);
    return status;
}
