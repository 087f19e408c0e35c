/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of domains and of paths do not cross: two of them overlap where the top of one lies in the other. An index says which entries
 * hold a value; which entries lie in a declared tree is asked of all their normal forms in such an order that a tree's own are
 * neighbours, with the first entry of any run of neighbours from a tree of minima. */
#include "comply/cover.h"

#include <stdlib.h>

/* No normal form holds these, and they stand before all that one holds: what separates components, and what comes right after. */
enum { SEPARATOR = 0x01, AFTER_SEPARATOR = 0x02 };

/* An entry's normal form with its widest component first and its separators lowest. */
struct place {
    uint64_t head; /* the first bytes as a number, so that most comparisons touch nothing else */
    const char *text;
    uint32_t size;
    uint32_t order;
};

struct sek_cover_places {
    struct place *items; /* ascending */
    size_t count;
    uint32_t *lowest; /* [count + i]: the order of items[i]; below count: the lower one of 2i and 2i + 1 */
};

/* Does it match every value? */
static bool is_everything(const struct sek_pattern *pattern) {
    return pattern->shape == SEK_SHAPE_ALL ||
           (pattern->kind == SEK_PATTERN_PATH && pattern->shape == SEK_SHAPE_TREE && pattern->norm.size == 1);
}

/* Writes a normal form as a place: "a.example.com" begins with "com", "/srv/data" with "/srv". */
static void write_place(char *out, enum sek_pattern_kind kind, struct sekuire_text norm) {
    char separator = kind == SEK_PATTERN_DOMAIN ? '.' : '/';
    size_t start = 0;
    for (size_t at = 0; at <= norm.size; at++) {
        if (at < norm.size && norm.data[at] != separator) continue;
        size_t to = kind == SEK_PATTERN_DOMAIN ? norm.size - at : start;
        memcpy(out + to, norm.data + start, at - start);
        if (at < norm.size) out[kind == SEK_PATTERN_DOMAIN ? to - 1 : at] = SEPARATOR;
        start = at + 1;
    }
}

/* The place of a text that is in order; its bytes must stay. */
static struct place place_of(const char *text, size_t size, uint32_t order) {
    struct place place = {.text = text, .size = (uint32_t)size, .order = order};
    for (size_t i = 0; i < sizeof place.head; i++) place.head = place.head << 8 | (i < size ? (unsigned char)text[i] : 0u);
    return place;
}

/* The order of places. */
static int compare(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    return sek_text_compare((struct sekuire_text){x->text, x->size}, (struct sekuire_text){y->text, y->size});
}

/* Puts the places of all entries down, but of those that match everything; false without memory. */
static bool list_places(struct sek_arena *arena, const struct sek_cover *cover, size_t count, struct sek_cover_places *places) {
    for (uint32_t order = 0; order < count; order++) {
        const struct sek_pattern *pattern = &cover->blocked->entries[order]->pattern;
        if (is_everything(pattern)) continue;
        char *text = sek_arena_alloc(arena, pattern->norm.size);
        if (text == NULL) return false;
        write_place(text, pattern->kind, pattern->norm);
        places->items[places->count++] = place_of(text, pattern->norm.size, order);
    }
    return true;
}

/* Makes the places; false without memory. */
static bool make_places(struct sek_cover *cover) {
    size_t count = 0;
    for (size_t i = 0; i < cover->listed->count; i++) count += cover->listed->lists[i].count;
    struct sek_cover_places *places = sek_arena_alloc(cover->arena, sizeof *places);
    if (places == NULL) return false;
    places->items = sek_arena_array(cover->arena, count, sizeof *places->items);
    places->lowest = sek_arena_array(cover->arena, 2 * count, sizeof *places->lowest);
    if (places->items == NULL || places->lowest == NULL || !list_places(cover->arena, cover, count, places)) return false;
    qsort(places->items, places->count, sizeof *places->items, compare);
    for (size_t i = 0; i < places->count; i++) places->lowest[places->count + i] = places->items[i].order;
    for (size_t i = places->count; i-- > 1;) {
        uint32_t left = places->lowest[2 * i], right = places->lowest[2 * i + 1];
        places->lowest[i] = left < right ? left : right;
    }
    cover->places = places;
    return true;
}

/* How many places come before one. */
static size_t count_before(const struct sek_cover_places *places, const struct place *place) {
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&places->items[middle], place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first entry whose normal form lies in a tree. */
static uint32_t first_inside(const struct sek_cover_places *places, const struct sek_pattern *tree) {
    char text[SEK_LIMIT_ACTION_TEXT + 1];
    size_t size = tree->norm.size;
    uint32_t first = SEK_INDEX_NONE;
    write_place(text, tree->kind, tree->norm);
    text[size] = AFTER_SEPARATOR;
    struct place top = place_of(text, size, 0), after = place_of(text, size + 1, 0);
    size_t from = count_before(places, &top) + places->count, to = count_before(places, &after) + places->count;
    for (; from < to; from /= 2, to /= 2) {
        if (from % 2 == 1 && places->lowest[from++] < first) first = places->lowest[from - 1];
        if (to % 2 == 1 && places->lowest[--to] < first) first = places->lowest[to];
    }
    return first;
}

bool sek_cover_overlap(struct sek_cover *cover, const struct sek_pattern *pattern, const struct sek_entry **ret) {
    const struct sek_blocked *blocked = cover->blocked;
    uint32_t first = SEK_INDEX_NONE;
    if (blocked->index != NULL) first = is_everything(pattern) ? 0 : sek_index_find(blocked->index, pattern->norm);
    if (blocked->index != NULL && first != 0 && pattern->shape != SEK_SHAPE_EXACT) {
        if (cover->places == NULL && !make_places(cover)) return false;
        uint32_t inside = first_inside(cover->places, pattern);
        if (inside < first) first = inside;
    }
    *ret = first == SEK_INDEX_NONE ? NULL : blocked->entries[first];
    return true;
}

/* A value of the pattern that no exact entry is: what holds it holds all of the pattern. */
static struct sekuire_text deepest(char space[SEK_LIMIT_ACTION_TEXT + 2], const struct sek_pattern *pattern) {
    size_t size = is_everything(pattern) ? 0 : pattern->norm.size;
    bool path = pattern->kind == SEK_PATTERN_PATH;
    if (pattern->shape == SEK_SHAPE_EXACT) return pattern->norm;
    if (path) {
        memcpy(space, pattern->norm.data, size);
        space[size] = '/';
        space[size + 1] = SEPARATOR;
    } else {
        space[0] = SEPARATOR;
        space[1] = '.';
        memcpy(space + 2, pattern->norm.data, size);
    }
    return (struct sekuire_text){space, path || size > 0 ? size + 2 : 1};
}

const char *sek_cover_refusing(const struct sek_cover *cover, const struct sek_pattern *pattern) {
    char space[SEK_LIMIT_ACTION_TEXT + 2];
    struct sekuire_text value = deepest(space, pattern);
    for (size_t i = 0; i < cover->allowed->count; i++)
        if (sek_index_find(cover->allowed->lists[i].index, value) == SEK_INDEX_NONE) return cover->allowed->lists[i].pointer;
    return NULL;
}
