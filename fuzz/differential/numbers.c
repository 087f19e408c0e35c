/* SPDX-License-Identifier: Apache-2.0 */
/* The library's numbers against the model's: numbers COUNT <LINES. A line of numbers.py is LITERAL, tab, what it must become: its canonical
 * form; "!" where it is out of range, "?" where it is no literal; and, tab, "=" where upstream reads the canonical form as the same. */
#include "base/buffer.h"
#include "base/text.h"
#include "tree/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Splits off what stands before a tab. */
static struct sekuire_text field(struct sekuire_text *rest) {
    const char *tab = rest->size == 0 ? NULL : memchr(rest->data, '\t', rest->size);
    struct sekuire_text part = *rest;
    if (tab != NULL) part.size = (size_t)(tab - part.data);
    *rest = tab == NULL ? (struct sekuire_text){NULL, 0} : (struct sekuire_text){tab + 1, rest->size - part.size - 1};
    return part;
}

/* Does the library say of the literal what the model says? */
static bool agrees(struct sekuire_text literal, struct sekuire_text expected, bool round_trips) {
    bool is_literal = sek_number_is_literal(literal);
    if (sek_text_is(expected, "?") || !is_literal) return sek_text_is(expected, "?") && !is_literal;
    bool in_range = sek_number_in_range(literal);
    if (sek_text_is(expected, "!") || !in_range) return sek_text_is(expected, "!") && !in_range;
    struct sek_buffer text;
    sek_buffer_init(&text, 64);
    sek_number_canonical(&text, literal);
    bool same = sek_text_equal(sek_buffer_view(&text), expected) && sek_number_round_trips(literal) == round_trips;
    if (!same) fprintf(stderr, "the library: %.*s\n", SEK_TEXT_ARGS(sek_buffer_view(&text)));
    sek_buffer_clear(&text);
    return same;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s COUNT <LINES\n", argv[0]);
        return 2;
    }
    uint64_t count = 0, valid = 0, out_of_range = 0, inexact = 0, differences = 0;
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t n; (n = getline(&line, &capacity, stdin)) > 0; count++) {
        struct sekuire_text rest = {line, (size_t)n - (line[n - 1] == '\n')};
        struct sekuire_text literal = field(&rest), expected = field(&rest);
        bool round_trips = sek_text_is(rest, "=");
        valid += !sek_text_is(expected, "?") && !sek_text_is(expected, "!");
        out_of_range += sek_text_is(expected, "!");
        inexact += !sek_text_is(expected, "?") && !sek_text_is(expected, "!") && !round_trips;
        if (agrees(literal, expected, round_trips)) continue;
        differences++;
        if (differences <= 20) fprintf(stderr, "differs: %.*s, the model: %.*s%s\n", SEK_TEXT_ARGS(literal), SEK_TEXT_ARGS(expected),
                                       round_trips ? " =" : "");
    }
    free(line);
    printf("differential numbers: %" PRIu64 " literals, %" PRIu64 " valid (%.1f %%; %" PRIu64 " not read back as printed), %" PRIu64
           " out of range, %" PRIu64 " differences\n",
           count, valid, 100.0 * (double)valid / (double)(count == 0 ? 1 : count), inexact, out_of_range, differences);
    return differences != 0 || count == 0 || count != strtoull(argv[1], NULL, 10) || valid * 10 < count * 3;
}
