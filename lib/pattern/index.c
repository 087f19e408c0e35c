/* SPDX-License-Identifier: Apache-2.0 */
/* One open-addressing hash table of texts for each index. An exact pattern is found by one probe with the value. A tree is found by one
 * probe for each beginning (path) or end (domain) of the value that has as many components as some tree has. A prefix is found by binary
 * search over the lengths that prefixes have (Waldvogel, Varghese, Turner, Plattner: "Scalable High Speed IP Routing Lookups", SIGCOMM
 * 1997): whatever the search would have to pass on its way to a prefix is in the table too, as a marker, and each entry knows the first
 * of all prefixes that it begins with. */
#include "pattern/index.h"

#include "base/alloc.h"
#include "base/error.h"
#include "crypto/ed25519.h"
#include "pattern/kinds.h"

enum { SLOTS_AT_FIRST = 16, DEPTH_MAX = 63, LINE = 64, NEAR = 40 };

/* One line of the processor's cache, with the text in it where that fits. */
struct key {
    uint32_t size;
    uint32_t exact;   /* the first pattern that is this text and nothing else */
    uint32_t own;     /* the first tree or prefix that is written so; none: an exact text, a marker */
    uint32_t under;   /* the first of own and of all prefixes that this text begins with */
    uint32_t shorter; /* the key of the longest prefix that this text begins with and is not */
    union {
        char near[NEAR];
        const char *far; /* the text, where it is longer than NEAR */
    } text;
};

_Static_assert(sizeof(struct key) == LINE, "a key is one line");

struct slot {
    uint32_t mark; /* half of the hash */
    uint32_t key;  /* SEK_INDEX_NONE: empty */
};

struct sek_index {
    enum sek_pattern_kind kind;
    uint32_t all;          /* the first pattern that matches everything */
    uint64_t seed;         /* so that nobody can make texts that meet in one slot */
    uint64_t exact_sizes;  /* bit n: some exact pattern has n bytes; the last bit: 63 or more */
    uint64_t depths;       /* bit n: some tree has n components; the last bit: 63 or more */
    uint32_t longest_tree; /* in bytes */
    uint32_t mask;         /* slots - 1 */
    const struct slot *slots;
    const struct key *keys;
    const uint32_t *lengths; /* of prefixes, ascending */
    uint32_t length_count;
};

/* --- hashing --- */

static inline uint64_t mix(uint64_t x) {
    x *= 0x9E3779B97F4A7C15u;
    return x ^ x >> 32;
}

static inline uint64_t load8(const char *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Up to seven bytes as a number, without a call. */
static inline uint64_t load_tail(const char *p, size_t size) {
    uint32_t a, b;
    if (size >= 4) {
        memcpy(&a, p, 4);
        memcpy(&b, p + size - 4, 4);
        return (uint64_t)a << 32 | b;
    }
    if (size == 0) return 0;
    return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[size / 2] << 8 | (unsigned char)p[size - 1];
}

/* A hash under way: the whole words of the first `done` bytes of a text are in. */
struct hashing {
    uint64_t state;
    size_t done;
};

/* Takes in the words up to size. */
static inline void hash_words(struct hashing *hashing, const char *text, size_t size) {
    for (; hashing->done + 8 <= size; hashing->done += 8) hashing->state = mix(hashing->state ^ load8(text + hashing->done));
}

/* The hash of a text whose whole words are in state already. */
static inline uint64_t hash_end(uint64_t state, const char *text, size_t size) {
    return mix(state ^ load_tail(text + (size & ~(size_t)7), size & 7) ^ size * 0xD6E8FEB86659FD93u);
}

static inline uint64_t hash_of(uint64_t seed, const char *text, size_t size) {
    struct hashing hashing = {seed, 0};
    hash_words(&hashing, text, size);
    return hash_end(hashing.state, text, size);
}

/* Are these bytes equal? Most texts are short: without a call. */
static inline bool same(const char *a, const char *b, size_t size) {
    size_t at = 0;
    for (; at + 8 <= size; at += 8)
        if (load8(a + at) != load8(b + at)) return false;
    return load_tail(a + at, size - at) == load_tail(b + at, size - at);
}

static inline const char *text_of(const struct key *key) { return key->size <= NEAR ? key->text.near : key->text.far; }

/* The entry of a text, or NULL. */
static inline const struct key *probe_hashed(const struct sek_index *index, uint64_t hash, const char *text, size_t size) {
    for (uint32_t at = (uint32_t)hash & index->mask;; at = (at + 1) & index->mask) {
        const struct slot *slot = &index->slots[at];
        if (slot->key == SEK_INDEX_NONE) return NULL;
        if (slot->mark != (uint32_t)(hash >> 32)) continue;
        const struct key *key = &index->keys[slot->key];
        if (key->size == size && same(text_of(key), text, size)) return key;
    }
}

static inline const struct key *probe(const struct sek_index *index, const char *text, size_t size) {
    return probe_hashed(index, hash_of(index->seed, text, size), text, size);
}

static inline uint64_t bit_of(size_t n) { return (uint64_t)1 << (n < DEPTH_MAX ? n : DEPTH_MAX); }

static inline uint32_t lower_of(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* --- asking --- */

/* The entry of the longest prefix or marker that the value begins with, or NULL. */
static const struct key *find_prefix(const struct sek_index *index, struct sekuire_text value) {
    const struct key *found = NULL;
    struct hashing hashing = {index->seed, 0}; /* of what was found: each step begins there */
    uint32_t low = 0;
    uint32_t high = index->length_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t length = index->lengths[middle];
        struct hashing longer = hashing;
        const struct key *key = NULL;
        if (length <= value.size) {
            hash_words(&longer, value.data, length);
            key = probe_hashed(index, hash_end(longer.state, value.data, length), value.data, length);
        }
        if (key == NULL) {
            high = middle;
        } else {
            found = key;
            hashing = longer;
            low = middle + 1;
        }
    }
    return found;
}

/* The first tree that holds a host: its ends, the shortest first. */
static uint32_t find_domain_tree(const struct sek_index *index, struct sekuire_text value) {
    uint32_t best = SEK_INDEX_NONE;
    size_t start = value.size;
    for (size_t labels = 1; start > 0; labels++) {
        if (labels < DEPTH_MAX && index->depths >> labels == 0) break;
        size_t end = start;
        if (labels > 1) end--; /* the dot before the last label found */
        const char *dot = memrchr(value.data, '.', end);
        start = dot == NULL ? 0 : (size_t)(dot - value.data) + 1;
        size_t size = value.size - start;
        if (size > index->longest_tree) break;
        if ((index->depths & bit_of(labels)) == 0) continue;
        const struct key *key = probe(index, value.data + start, size);
        if (key != NULL) best = lower_of(best, key->own);
    }
    return best;
}

/* The first tree that holds a path: its beginnings, the shortest first. */
static uint32_t find_path_tree(const struct sek_index *index, struct sekuire_text value) {
    uint32_t best = SEK_INDEX_NONE;
    struct hashing hashing = {index->seed, 0};
    size_t end = 0;
    for (size_t depth = 1; end < value.size; depth++) {
        if (depth < DEPTH_MAX && index->depths >> depth == 0) break;
        size_t from = end + 1;
        const char *slash = from >= value.size ? NULL : memchr(value.data + from, '/', value.size - from);
        end = slash == NULL ? value.size : (size_t)(slash - value.data);
        if (end > index->longest_tree) break;
        if ((index->depths & bit_of(depth)) == 0) continue;
        hash_words(&hashing, value.data, end);
        const struct key *key = probe_hashed(index, hash_end(hashing.state, value.data, end), value.data, end);
        if (key != NULL) best = lower_of(best, key->own);
    }
    return best;
}

uint32_t sek_index_find(const struct sek_index *index, struct sekuire_text value) {
    const struct key *key;
    uint32_t best = index->all;
    if (value.size == 0 || index->keys == NULL || best == 0) return value.size == 0 ? SEK_INDEX_NONE : best;
    if ((index->exact_sizes & bit_of(value.size)) != 0 && (key = probe(index, value.data, value.size)) != NULL)
        best = lower_of(best, key->exact);
    if (index->length_count > 0 && (key = find_prefix(index, value)) != NULL) return lower_of(best, key->under);
    if (index->depths == 0) return best;
    return lower_of(best, index->kind == SEK_PATTERN_PATH ? find_path_tree(index, value) : find_domain_tree(index, value));
}

/* The number of a key that is a prefix itself, or else of the longest prefix that it begins with. */
static uint32_t real_prefix(const struct sek_index *index, const struct key *key) {
    if (key == NULL) return SEK_INDEX_NONE;
    return key->own != SEK_INDEX_NONE ? (uint32_t)(key - index->keys) : key->shorter;
}

uint32_t sek_index_find_longest(const struct sek_index *index, struct sekuire_text value) {
    uint32_t number = real_prefix(index, find_prefix(index, value));
    return number == SEK_INDEX_NONE ? SEK_INDEX_NONE : index->keys[number].own;
}

void sek_index_walk_begin(struct sek_index_walk *walk, const struct sek_index *index, struct sekuire_text value) {
    *walk = (struct sek_index_walk){.index = index, .all = index->all, .exact = SEK_INDEX_NONE, .prefix = SEK_INDEX_NONE};
    if (index->keys == NULL) return;
    const struct key *key = probe(index, value.data, value.size);
    if (key != NULL) walk->exact = key->exact;
    walk->prefix = real_prefix(index, find_prefix(index, value));
}

uint32_t sek_index_walk_next(struct sek_index_walk *walk) {
    uint32_t order = walk->exact;
    walk->exact = SEK_INDEX_NONE;
    if (order != SEK_INDEX_NONE) return order;
    if (walk->prefix != SEK_INDEX_NONE) {
        const struct key *key = &walk->index->keys[walk->prefix];
        walk->prefix = key->shorter;
        return key->own;
    }
    order = walk->all;
    walk->all = SEK_INDEX_NONE;
    return order;
}

/* --- building --- */

/* An index that grows: its arrays are on the heap until they are copied into the arena. */
struct builder {
    struct sek_index index;
    struct key *keys;
    struct slot *slots;
    uint32_t *lengths;
    size_t key_count, key_room;
    struct sek_arena lowered; /* texts in lower case */
};

static void builder_clear(struct builder *b) {
    sek_free(b->keys);
    sek_free(b->slots);
    sek_free(b->lengths);
    sek_arena_clear(&b->lowered);
}

/* Puts a key that is not there yet into its slot. */
static void place(struct builder *b, uint32_t number) {
    const struct key *key = &b->keys[number];
    uint64_t hash = hash_of(b->index.seed, text_of(key), key->size);
    uint32_t at = (uint32_t)hash & b->index.mask;
    while (b->slots[at].key != SEK_INDEX_NONE) at = (at + 1) & b->index.mask;
    b->slots[at] = (struct slot){.mark = (uint32_t)(hash >> 32), .key = number};
}

/* Makes room for one more key: slots are at most half full. False without memory. */
static bool reserve(struct builder *b) {
    if (b->key_count < b->key_room) return true;
    size_t room = b->key_room == 0 ? SLOTS_AT_FIRST / 2 : 2 * b->key_room;
    struct key *keys = sek_realloc(b->keys, room, sizeof *keys);
    if (keys == NULL) return false;
    b->keys = keys;
    struct slot *slots = sek_realloc(b->slots, 2 * room, sizeof *slots);
    if (slots == NULL) return false;
    b->slots = slots;
    b->key_room = room;
    b->index.keys = b->keys;
    b->index.slots = b->slots;
    b->index.mask = (uint32_t)(2 * room - 1);
    for (size_t i = 0; i < 2 * room; i++) slots[i].key = SEK_INDEX_NONE;
    for (size_t i = 0; i < b->key_count; i++) place(b, (uint32_t)i);
    return true;
}

/* The key of a text, made if it is not there; NULL without memory. */
static struct key *key_of(struct builder *b, const char *text, size_t size) {
    const struct key *known = b->key_count == 0 ? NULL : probe(&b->index, text, size);
    if (known != NULL) return &b->keys[known - b->keys];
    if (!reserve(b)) return NULL;
    struct key *key = &b->keys[b->key_count];
    *key = (struct key){.size = (uint32_t)size, .exact = SEK_INDEX_NONE, .own = SEK_INDEX_NONE, .under = SEK_INDEX_NONE,
                        .shorter = SEK_INDEX_NONE};
    if (size <= NEAR) memcpy(key->text.near, text, size);
    else key->text.far = text;
    place(b, (uint32_t)b->key_count++);
    return key;
}

/* How many components the top of a tree has. */
static size_t depth_of(enum sek_pattern_kind kind, struct sekuire_text top) {
    size_t depth = kind == SEK_PATTERN_DOMAIN ? 1 : 0;
    for (size_t i = 0; i < top.size; i++) depth += top.data[i] == (kind == SEK_PATTERN_DOMAIN ? '.' : '/');
    return depth;
}

/* Takes one pattern in. */
static bool add(struct builder *b, const struct sek_pattern *pattern, uint32_t order, struct sekuire_text norm) {
    bool root = pattern->kind == SEK_PATTERN_PATH && pattern->shape == SEK_SHAPE_TREE && norm.size == 1;
    if (pattern->shape == SEK_SHAPE_ALL || root) {
        b->index.all = lower_of(b->index.all, order);
        return true;
    }
    struct key *key = key_of(b, norm.data, norm.size);
    if (key == NULL) return false;
    if (pattern->shape == SEK_SHAPE_EXACT) {
        key->exact = lower_of(key->exact, order);
        b->index.exact_sizes |= bit_of(norm.size);
        return true;
    }
    key->own = key->under = lower_of(key->own, order);
    if (pattern->shape == SEK_SHAPE_TREE) {
        b->index.depths |= bit_of(depth_of(pattern->kind, norm));
        if (norm.size > b->index.longest_tree) b->index.longest_tree = (uint32_t)norm.size;
    }
    return true;
}

/* The lengths that prefixes have, ascending, each once. */
static bool list_lengths(struct builder *b) {
    bool *has = sek_alloc_zero(SEK_LIMIT_ACTION_TEXT + 1, sizeof *has);
    b->lengths = sek_alloc((SEK_LIMIT_ACTION_TEXT + 1) * sizeof *b->lengths);
    if (has == NULL || b->lengths == NULL) {
        sek_free(has);
        return false;
    }
    for (size_t i = 0; i < b->key_count; i++)
        if (b->keys[i].own != SEK_INDEX_NONE) has[b->keys[i].size] = true;
    for (uint32_t size = 0; size <= SEK_LIMIT_ACTION_TEXT; size++)
        if (has[size]) b->lengths[b->index.length_count++] = size;
    sek_free(has);
    b->index.lengths = b->lengths;
    return true;
}

/* Puts a marker for one prefix wherever the binary search comes by on its way to it. */
static bool mark_way(struct builder *b, struct sekuire_text prefix) {
    uint32_t low = 0;
    uint32_t high = b->index.length_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t length = b->lengths[middle];
        if (length == prefix.size) return true;
        if (length > prefix.size) {
            high = middle;
            continue;
        }
        if (key_of(b, prefix.data, length) == NULL) return false;
        low = middle + 1;
    }
    return true;
}

/* Lets one key know of all prefixes that it begins with. */
static void inherit(struct builder *b, struct key *key) {
    const char *text = text_of(key);
    struct hashing hashing = {b->index.seed, 0};
    for (uint32_t i = 0; i < b->index.length_count && b->lengths[i] <= key->size; i++) {
        size_t length = b->lengths[i];
        hash_words(&hashing, text, length);
        const struct key *begins = probe_hashed(&b->index, hash_end(hashing.state, text, length), text, length);
        if (begins == NULL || begins == key || begins->own == SEK_INDEX_NONE) continue;
        key->under = lower_of(key->under, begins->own);
        key->shorter = (uint32_t)(begins - b->keys);
    }
}

/* Names: what prefixes need beside the table. */
static bool add_prefixes(struct builder *b) {
    size_t count = b->key_count;
    if (!list_lengths(b)) return false;
    for (size_t i = 0; i < count; i++) {
        struct key prefix = b->keys[i]; /* the array moves when it grows */
        if (prefix.own != SEK_INDEX_NONE && !mark_way(b, (struct sekuire_text){text_of(&prefix), prefix.size})) return false;
    }
    for (size_t i = 0; i < b->key_count; i++) inherit(b, &b->keys[i]);
    return true;
}

/* Copies keys into the arena, each in a line of its own, and the long texts behind them; NULL without memory. */
static struct key *gather_keys(struct sek_arena *arena, const struct builder *b) {
    size_t far = 0;
    for (size_t i = 0; i < b->key_count; i++) far += b->keys[i].size > NEAR ? b->keys[i].size : 0;
    char *memory = sek_arena_alloc(arena, LINE + b->key_count * sizeof(struct key) + far);
    if (memory == NULL) return NULL;
    struct key *keys = (struct key *)(void *)(memory + (LINE - (uintptr_t)memory % LINE));
    char *texts = (char *)(keys + b->key_count);
    memcpy(keys, b->keys, b->key_count * sizeof *keys);
    for (size_t i = 0; i < b->key_count; i++) {
        if (keys[i].size <= NEAR) continue;
        memcpy(texts, keys[i].text.far, keys[i].size);
        keys[i].text.far = texts;
        texts += keys[i].size;
    }
    return keys;
}

/* Moves what was built into the arena. */
static const struct sek_index *finish(struct builder *b, struct sek_arena *arena) {
    struct sek_index *index = sek_arena_alloc(arena, sizeof *index);
    if (index == NULL) return NULL;
    *index = b->index;
    index->keys = NULL;
    if (b->key_count == 0) return index;
    struct key *keys = gather_keys(arena, b);
    struct slot *slots = sek_arena_array(arena, (size_t)b->index.mask + 1, sizeof *slots);
    uint32_t *lengths = sek_arena_array(arena, b->index.length_count + 1, sizeof *lengths);
    if (keys == NULL || slots == NULL || lengths == NULL) return NULL;
    memcpy(slots, b->slots, ((size_t)b->index.mask + 1) * sizeof *slots);
    if (b->index.length_count > 0) memcpy(lengths, b->lengths, b->index.length_count * sizeof *lengths);
    index->keys = keys;
    index->slots = slots;
    index->lengths = lengths;
    return index;
}

/* Extensions that hold a dot match nothing. */
static bool matches_nothing(const struct sek_pattern *pattern) {
    return pattern->kind == SEK_PATTERN_EXTENSION && pattern->shape == SEK_SHAPE_EXACT && sek_extension_is_nothing(pattern->norm);
}

int sek_index_build(struct sek_arena *arena, const struct sek_pattern *const *patterns, size_t count, bool any_case,
                    const struct sek_index **ret, struct sekuire_error *err) {
    struct builder b = {.index = {.all = SEK_INDEX_NONE}};
    const struct sek_index *index = NULL;
    sek_arena_init(&b.lowered, SEK_LIMIT_TREE_ARENA);
    sek_random((uint8_t *)&b.index.seed, sizeof b.index.seed);
    bool fits = count < SEK_INDEX_NONE;
    for (size_t i = 0; i < count && fits; i++) {
        struct sekuire_text norm = patterns[i]->norm;
        b.index.kind = patterns[i]->kind;
        if (matches_nothing(patterns[i])) continue;
        if (any_case && norm.size > 0) norm = sek_lower_copy(&b.lowered, norm);
        fits = (norm.data != NULL || norm.size == 0) && add(&b, patterns[i], (uint32_t)i, norm);
    }
    if (fits && (b.index.kind == SEK_PATTERN_NAME || b.index.kind == SEK_PATTERN_PROVIDER)) fits = add_prefixes(&b);
    if (fits) index = finish(&b, arena);
    builder_clear(&b);
    if (index == NULL) return sek_fail_memory(err);
    *ret = index;
    return 0;
}
