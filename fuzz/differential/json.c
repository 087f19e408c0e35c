/* SPDX-License-Identifier: Apache-2.0 */
/* The library's JSON reader against jansson: json SEED COUNT. Both take or refuse a text, and what they take is the same. Known and
 * meant: the library refuses more than 64 levels; a raw NUL byte, which it always refuses, is not shown to jansson, which may lose
 * one; and next to the largest double the two may disagree, since the library reads numbers as upstream does (numbers.py). */
#include "fuzz/differential/grammar.h"

#include "base/limits.h"
#include "tree/json.h"
#include "tree/number.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct counts {
    uint64_t taken, refused, too_deep, border;
};

/* Two readings of one literal, one of them inexact by a few units in the last place. */
static bool same_number(const struct sek_node *node, double other) {
    struct sek_buffer text;
    sek_buffer_init(&text, 64);
    sek_number_canonical(&text, node->text);
    double own = text.data == NULL ? NAN : strtod(text.data, NULL);
    sek_buffer_clear(&text);
    return fabs(own - other) <= fabs(other) * 1.2e-15 + 2e-323 && signbit(own) == signbit(other);
}

static bool same(const struct sek_node *node, json_t *other) {
    switch (node->kind) {
    case SEK_NULL: return json_is_null(other);
    case SEK_BOOL: return json_is_boolean(other) && json_is_true(other) == node->boolean;
    case SEK_NUMBER: return json_is_real(other) && same_number(node, json_real_value(other));
    case SEK_STRING:
        return json_is_string(other) &&
               sek_text_equal(node->text, (struct sekuire_text){json_string_value(other), json_string_length(other)});
    case SEK_ARRAY: {
        if (!json_is_array(other) || json_array_size(other) != node->count) return false;
        for (SEK_EACH(child, node))
            if (!same(child, json_array_get(other, child->index))) return false;
        return true;
    }
    case SEK_OBJECT: {
        if (!json_is_object(other) || json_object_size(other) != node->count) return false;
        void *at = json_object_iter(other);
        for (SEK_EACH(child, node)) {
            if (!sek_text_is(child->key, json_object_iter_key(at)) || !same(child, json_object_iter_value(at))) return false;
            at = json_object_iter_next(other, at);
        }
        return true;
    }
    }
    return false;
}

/* Does the text hold a number so large that the two ways of reading may part there? */
static bool at_border(struct sekuire_text text) {
    for (size_t i = 0; i < text.size;) {
        size_t n = 0;
        char literal[512];
        while (i + n < text.size && n < sizeof literal - 1 && strchr("0123456789+-.eE", text.data[i + n]) != NULL && text.data[i + n] != '\0')
            n++;
        memcpy(literal, text.data + i, n);
        literal[n] = '\0';
        long double value = n == 0 ? 0 : fabsl(strtold(literal, NULL));
        if (value > 1.797e308L && value < 1.798e308L) return true;
        i += n + 1;
    }
    return false;
}

/* Prints a text so that it can be read and copied. */
static void print_text(struct sekuire_text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7e || c == '\\') fprintf(stderr, "\\x%02x", c);
        else fputc(c, stderr);
    }
    fputc('\n', stderr);
}

/* One text; false where the two disagree. */
static bool compare(struct sekuire_text text, struct counts *counts) {
    struct sek_arena arena;
    struct sekuire_error err = {0};
    const struct sek_node *node = NULL;
    json_error_t json_err;
    bool nul = text.size > 0 && memchr(text.data, 0, text.size) != NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, text, &node, &err);
    json_t *other = nul ? NULL
                        : json_loadb(text.data == NULL ? "" : text.data, text.size,
                                     JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &json_err);
    bool agree = false;
    if (status == 0 && other != NULL) {
        agree = same(node, other);
        counts->taken += agree;
    } else if (status != 0 && other == NULL) {
        agree = true;
        counts->refused++;
    } else if (status == SEKUIRE_ERR_TOO_DEEP) {
        agree = true;
        counts->too_deep++;
    } else if (at_border(text)) {
        agree = true;
        counts->border++;
    }
    if (!agree) {
        fprintf(stderr, "the library: %s; jansson: %s\n", status == 0 ? "takes it" : err.message,
                other != NULL ? "takes it" : nul ? "not asked" : json_err.text);
        print_text(text);
    }
    json_decref(other);
    sek_arena_clear(&arena);
    return agree;
}

int main(int argc, char **argv) {
    struct counts counts = {0};
    uint64_t differences = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: %s SEED COUNT\n", argv[0]);
        return 2;
    }
    struct random random = {strtoull(argv[1], NULL, 10)};
    uint64_t count = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        struct sek_buffer text;
        sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
        grammar_text(&random, &text);
        differences += !compare(sek_buffer_view(&text), &counts);
        sek_buffer_clear(&text);
    }
    printf("differential json, seed %s: %" PRIu64 " texts, %" PRIu64 " taken by both (%.1f %%), %" PRIu64 " refused by both, %" PRIu64
           " too deep for the library alone, %" PRIu64 " at the largest double, %" PRIu64 " differences\n",
           argv[1], count, counts.taken, 100.0 * (double)counts.taken / (double)(count == 0 ? 1 : count), counts.refused, counts.too_deep,
           counts.border, differences);
    return differences != 0 || counts.taken * 10 < count * 3;
}
