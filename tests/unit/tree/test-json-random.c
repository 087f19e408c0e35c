/* SPDX-License-Identifier: Apache-2.0 */
/* A second opinion: random texts, most of them broken in some places, read by jansson too. Both must accept and refuse
 * the same, and find the same in what they accept. The seed is fixed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "tree/support.h"

enum { TEXTS = 12000, TEXT_MAX = 4000, DEPTH_MAX = 5 };

static uint64_t seed = UINT64_C(0x2545F4914F6CDD1D);

static unsigned random_below(unsigned bound) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 32) % bound;
}

static void put_one_of(struct sek_buffer *out, const char *const pieces[], unsigned count) {
    sek_buffer_string(out, pieces[random_below(count)]);
}

static void put_space(struct sek_buffer *out) {
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t", "\r\n", "  "};
    put_one_of(out, spaces, 8);
}

static void put_string(struct sek_buffer *out) {
    static const char *const pieces[] = {"a", "b", "key", " ", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\\n", "\\\"", "\\\\",
                                         "\\/", "\\u0041", "\\u00e9", "\\uD83D\\uDE00", "\x7F", "aaaaaaaaaaaaaaaa"};
    sek_buffer_byte(out, '"');
    for (unsigned n = random_below(4); n > 0; n--) put_one_of(out, pieces, 16);
    sek_buffer_byte(out, '"');
}

static void put_scalar(struct sek_buffer *out) {
    static const char *const words[] = {"true", "false", "null", "0", "-0", "1.5", "-2e3", "1E-2", "0.25e+2", "7"};
    if (random_below(2) == 0) put_string(out);
    else if (random_below(3) > 0) put_one_of(out, words, 10);
    else sek_buffer_format(out, "%u", random_below(10000));
}

/* Bounded by DEPTH_MAX. */
static void put_value(struct sek_buffer *out, unsigned depth) {
    put_space(out);
    unsigned kind = depth == DEPTH_MAX ? 0 : random_below(depth == 0 ? 8 : 4);
    if (kind == 0) {
        put_scalar(out);
    } else {
        bool object = kind % 2 == 0;
        unsigned count = random_below(random_below(8) == 0 ? 14 : 4);
        sek_buffer_byte(out, object ? '{' : '[');
        put_space(out);
        for (unsigned i = 0; i < count; i++) {
            if (i > 0) sek_buffer_byte(out, ',');
            put_space(out);
            if (object) {
                if (random_below(3) > 0) sek_buffer_format(out, "\"m%u\"", i);
                else put_string(out);
                put_space(out);
                sek_buffer_byte(out, ':');
            }
            put_value(out, depth + 1);
        }
        sek_buffer_byte(out, object ? '}' : ']');
    }
    put_space(out);
}

/* Changes, removes or adds one byte. */
static void break_text(struct sek_buffer *text) {
    static const char bytes[] = "{}[]:,\"\\/0123456789.-+eEtrufalsn \n\t\x01\x7F\x80\xC3\xE2\xF0\xFF\xED\xA0'x#";
    if (text->size == 0) return;
    size_t at = random_below((unsigned)text->size);
    char byte = bytes[random_below(sizeof bytes - 1)];
    switch (random_below(4)) {
    case 0: text->data[at] = byte; break;
    case 1:
        memmove(text->data + at, text->data + at + 1, text->size - at - 1);
        text->size--;
        break;
    case 2:
        sek_buffer_byte(text, ' ');
        memmove(text->data + at + 1, text->data + at, text->size - at - 1);
        text->data[at] = byte;
        break;
    default: text->data[at] = text->data[random_below((unsigned)text->size)];
    }
}

static bool same_text(struct sekuire_text ours, const json_t *theirs) {
    return sek_text_equal(ours, (struct sekuire_text){json_string_value(theirs), json_string_length(theirs)});
}

static bool same_number(const struct sek_node *ours, const json_t *theirs) {
    char literal[TEXT_MAX];
    snprintf(literal, sizeof literal, "%.*s", SEK_TEXT_ARGS(ours->text));
    if (json_is_integer(theirs)) return strtoll(literal, NULL, 10) == json_integer_value(theirs);
    return json_is_real(theirs) && !(strtod(literal, NULL) < json_real_value(theirs)) && !(strtod(literal, NULL) > json_real_value(theirs));
}

static bool same_node(const struct sek_node *ours, const json_t *theirs) {
    size_t index = 0;
    switch (ours->kind) {
    case SEK_NULL: return json_is_null(theirs);
    case SEK_BOOL: return json_is_boolean(theirs) && json_is_true(theirs) == ours->boolean;
    case SEK_NUMBER: return same_number(ours, theirs);
    case SEK_STRING: return json_is_string(theirs) && same_text(ours->text, theirs);
    case SEK_ARRAY:
        if (!json_is_array(theirs) || json_array_size(theirs) != ours->count) return false;
        for (SEK_EACH(child, ours))
            if (child->parent != ours || !same_node(child, json_array_get(theirs, index++))) return false;
        return index == ours->count;
    case SEK_OBJECT:
        if (!json_is_object(theirs) || json_object_size(theirs) != ours->count) return false;
        for (SEK_EACH(child, ours)) {
            const json_t *value = json_object_getn(theirs, child->key.data, child->key.size);
            if (child->parent != ours || value == NULL || !same_node(child, value)) return false;
            index++;
        }
        return index == ours->count;
    }
    return false;
}

/* Reads one text twice; returns whether it was accepted. */
static bool compare(struct sekuire_text text) {
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    json_error_t their_error;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, text, &root, &err);
    json_t *theirs = json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &their_error);
    if ((status == 0) != (theirs != NULL))
        fail_msg("%.*s: %s, but jansson: %s", SEK_TEXT_ARGS(text), status == 0 ? "accepted" : err.message,
                 theirs != NULL ? "accepted" : their_error.text);
    if (status == 0 && !same_node(root, theirs)) fail_msg("%.*s: read otherwise", SEK_TEXT_ARGS(text));
    if (status != 0 && (err.line == 0 || err.offset > text.size)) fail_msg("%.*s: no position", SEK_TEXT_ARGS(text));
    json_decref(theirs);
    sek_arena_clear(&arena);
    return status == 0;
}

/* What was accepted, written and read again, is the same tree, unless a number is said not to survive that. */
static void rewrite(struct sekuire_text text) {
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct sek_buffer canonical;
    struct sek_buffer pretty;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    assert_int_equal(sek_json_parse(&arena, text, &root, NULL), 0);
    canonical = canonical_of(root);
    bool survives = sek_numbers_round_trip(root, NULL) == 0;
    sek_buffer_init(&pretty, SEK_LIMIT_TREE_ARENA);
    sek_pretty_write(&pretty, root, 0, false);
    assert_int_equal(sek_json_parse(&arena, sek_buffer_view(&pretty), &root, NULL), 0);
    struct sek_buffer again = canonical_of(root);
    if ((strcmp(again.data, canonical.data) == 0) != survives) fail_msg("%s: again %s", canonical.data, again.data);
    sek_buffer_clear(&again);
    sek_buffer_clear(&canonical);
    sek_buffer_clear(&pretty);
    sek_arena_clear(&arena);
}

static void random_texts_are_judged_as_by_jansson(void **state) {
    (void)state;
    unsigned accepted = 0;
    for (unsigned i = 0; i < TEXTS; i++) {
        struct sek_buffer text;
        sek_buffer_init(&text, TEXT_MAX);
        put_value(&text, 0);
        if (text.status == 0) {
            for (unsigned n = random_below(4); n > 0; n--) break_text(&text);
            if (compare(sek_buffer_view(&text))) {
                accepted++;
                rewrite(sek_buffer_view(&text));
            }
        }
        sek_buffer_clear(&text);
    }
    print_message("random texts: %d, accepted: %u\n", TEXTS, accepted);
    assert_in_range(accepted, TEXTS / 5, TEXTS * 4 / 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_are_judged_as_by_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
