/* SPDX-License-Identifier: Apache-2.0 */
/* Answers what tests/reference/compare asks, line by line: "P CONTENT" makes an engine, "A ACTION" decides with it. Answers
 * ["DECISION",RULE,PATTERN,POINTER], or ["error",WHY]. Usage: decide-lines NOW */
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "decide/engine.h"
#include "tree/json.h"
#include "tree/write.h"

#include <stdio.h>
#include <stdlib.h>

/* A new engine in place of the old one; NULL where the content does not compile, and *err says why. */
static void take_policy(struct sekuire_text json, struct sekuire_engine **engine, struct sekuire_error *err) {
    struct sek_arena arena;
    const struct sek_node *content = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sekuire_engine_free(*engine);
    *engine = NULL;
    if (sek_json_parse(&arena, json, &content, err) == 0) (void)sek_engine_from_content(content, SEKUIRE_ENGINE_DRAFT, engine, err);
    sek_arena_clear(&arena);
}

static void write_text(struct sek_writer *writer, struct sekuire_text text) {
    if (text.data == NULL) sek_write_string(writer, NULL);
    else sek_write_text(writer, text);
}

/* Decides and prints. */
static void answer(const struct sekuire_engine *engine, struct sekuire_text json, int64_t now, const struct sekuire_error *no_engine) {
    struct sekuire_parsed_action *parsed = NULL;
    struct sekuire_decision decision;
    struct sekuire_error err = *no_engine;
    struct sek_buffer out;
    struct sek_writer writer;
    sek_buffer_init(&out, 1u << 20);
    sek_writer_init(&writer, &out, false);
    int status = engine == NULL ? -1 : sekuire_action_parse(json, 0, &parsed, &err);
    if (status == 0) status = sekuire_decide(engine, sekuire_parsed_action_get(parsed, 0), now, &decision, &err);
    sek_write_array(&writer);
    sek_write_string(&writer, status != 0 ? "error" : sekuire_verdict_word(decision.verdict));
    if (status != 0) {
        sek_write_string(&writer, err.message);
    } else {
        sek_write_string(&writer, decision.rule);
        write_text(&writer, decision.pattern);
        sek_write_string(&writer, decision.pointer);
    }
    sek_write_array_end(&writer);
    if (out.status != 0) exit(1);
    puts(out.data);
    sek_buffer_clear(&out);
    sekuire_parsed_action_free(parsed);
}

int main(int argc, char **argv) {
    struct sekuire_engine *engine = NULL;
    struct sekuire_error err = {0};
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    if (argc != 2) return 2;
    int64_t now = strtoll(argv[1], NULL, 10);
    while ((size = getline(&line, &room, stdin)) > 2) {
        struct sekuire_text json = {line + 2, (size_t)size - 2 - (line[size - 1] == '\n')};
        if (line[0] == 'P') take_policy(json, &engine, &err);
        else answer(engine, json, now, &err);
    }
    sekuire_engine_free(engine);
    free(line); /* getline's */
    return ferror(stdin) || ferror(stdout) || fflush(stdout) != 0;
}
