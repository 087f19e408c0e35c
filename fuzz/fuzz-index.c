/* SPDX-License-Identifier: Apache-2.0 */
/* Many patterns at once: KIND, patterns line by line, an empty line, values line by line. The index must say what asking one pattern
 * after the other says. */
#include "fuzz/fuzz.h"

#include "pattern/index.h"

enum { PATTERNS_MAX = 64 };

struct list {
    struct sek_pattern patterns[PATTERNS_MAX];
    const struct sek_pattern *borrowed[PATTERNS_MAX];
    uint32_t count;
    bool any_case;
};

/* The normal form of a value, as a decision hands it to the index; false where there is none. */
static bool normalise(enum sek_pattern_kind kind, bool any_case, struct sekuire_text value, char *out, size_t room, struct sekuire_text *ret) {
    *ret = value;
    if (kind == SEK_PATTERN_DOMAIN) return sek_host_to_ascii(value, out, room, ret, NULL) == 0;
    if (kind == SEK_PATTERN_PATH) return sek_path_normalise(value, SEK_TEXT("/root"), out, room, ret, NULL) == 0;
    if (value.size > 0 && sek_value_check(value, NULL) != 0) return false;
    if (kind == SEK_PATTERN_NAME && !any_case) return true;
    for (size_t i = 0; i < value.size; i++) out[i] = sek_ascii_lower(value.data[i]);
    *ret = (struct sekuire_text){out, value.size};
    return true;
}

/* Does one pattern match? A blocked model's, without regard to case, only the whole value. */
static bool matches(const struct list *list, const struct sek_pattern *pattern, struct sekuire_text value) {
    if (!list->any_case) return sek_pattern_match(pattern, value);
    if (pattern->shape == SEK_SHAPE_PREFIX && value.size > pattern->norm.size) value.size = pattern->norm.size;
    return value.size > 0 && (pattern->shape == SEK_SHAPE_ALL || sek_text_equal_ascii_case(value, pattern->norm));
}

/* The walk names one pattern of each text that matches, each once. */
static void check_walk(const struct list *list, const struct sek_index *index, struct sekuire_text value) {
    struct sek_index_walk walk;
    uint32_t order, seen = 0, first = SEK_INDEX_NONE;
    sek_index_walk_begin(&walk, index, value);
    while ((order = sek_index_walk_next(&walk)) != SEK_INDEX_NONE) {
        REQUIRE(order < list->count && seen++ < list->count && matches(list, &list->patterns[order], value));
        if (order < first) first = order;
    }
    REQUIRE(first == sek_index_find(index, value));
}

/* One value, against all patterns. */
static void check_value(const struct list *list, const struct sek_index *index, enum sek_pattern_kind kind, struct sekuire_text text) {
    static char form[2 * SEK_LIMIT_ACTION_TEXT + 2];
    struct sekuire_text value;
    uint32_t expected = SEK_INDEX_NONE;
    uint32_t longest = SEK_INDEX_NONE;
    if (text.size > SEK_LIMIT_ACTION_TEXT || !normalise(kind, list->any_case, text, form, sizeof form, &value)) return;
    for (uint32_t i = list->count; i > 0; i--)
        if (matches(list, &list->patterns[i - 1], value)) expected = i - 1;
    REQUIRE(sek_index_find(index, value) == expected);
    if (kind != SEK_PATTERN_NAME || value.size == 0) return;
    check_walk(list, index, value);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->patterns[i].shape != SEK_SHAPE_PREFIX || !matches(list, &list->patterns[i], value)) continue;
        if (longest == SEK_INDEX_NONE || list->patterns[i].norm.size > list->patterns[longest].norm.size) longest = i;
    }
    REQUIRE(sek_index_find_longest(index, value) == longest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sek_arena arena;
    struct list list = {.count = 0};
    const struct sek_index *index = NULL;
    if (size == 0) return 0;
    unsigned number = (unsigned)(data[0] - '0') % 6u;
    enum sek_pattern_kind kind = number == 5 ? SEK_PATTERN_NAME : (enum sek_pattern_kind)number;
    struct sekuire_text rest = fuzz_text(data + 1, size - 1), line;
    list.any_case = number == 5;
    sek_arena_init(&arena, 8u << 20);
    while ((line = fuzz_cut(&rest, '\n')).size > 0 && list.count < PATTERNS_MAX) {
        struct sek_pattern *pattern = &list.patterns[list.count];
        if (sek_pattern_compile(&arena, kind, line, pattern, NULL) == 0) list.borrowed[list.count++] = pattern;
    }
    REQUIRE(sek_index_build(&arena, list.borrowed, list.count, list.any_case, &index, NULL) == 0);
    for (uint32_t i = 0; i < list.count; i++) check_value(&list, index, kind, list.patterns[i].norm);
    while (rest.data != NULL) check_value(&list, index, kind, fuzz_cut(&rest, '\n'));
    sek_arena_clear(&arena);
    return 0;
}
