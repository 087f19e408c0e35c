/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns and normal forms: KIND PATTERN \n PATTERN \n VALUE \n ROOT. What contains and overlaps say of two patterns must agree with
 * what the two match. */
#include "fuzz/fuzz.h"

#include "pattern/pattern.h"

static char form[2 * SEK_LIMIT_ACTION_TEXT + 2], form_again[2 * SEK_LIMIT_ACTION_TEXT + 2];

/* The normal form of a value as the kind has it, whose normal form it is too; false where there is none. */
static bool normalise(enum sek_pattern_kind kind, struct sekuire_text value, struct sekuire_text root, struct sekuire_text *ret) {
    struct sekuire_error err = {0};
    struct sekuire_text again = {NULL, 0};
    int status = 0;
    *ret = value;
    if (kind == SEK_PATTERN_DOMAIN) status = sek_host_to_ascii(value, form, sizeof form, ret, &err);
    else if (kind == SEK_PATTERN_PATH) status = sek_path_normalise(value, root, form, sizeof form, ret, &err);
    else status = sek_value_check(value, &err);
    if (status != 0) {
        fuzz_error_sound(status, &err, 0);
        return false;
    }
    if (kind == SEK_PATTERN_DOMAIN)
        REQUIRE(sek_host_normalise(*ret, form_again, sizeof form_again, &again, NULL) == 0 && sek_text_equal(again, *ret));
    if (kind == SEK_PATTERN_PATH) {
        REQUIRE(ret->size > 0 && ret->data[0] == '/');
        if (ret->size <= SEK_LIMIT_ACTION_TEXT)
            REQUIRE(sek_path_normalise(*ret, SEK_TEXT(""), form_again, sizeof form_again, &again, NULL) == 0 &&
                    sek_text_equal(again, *ret));
        return sek_path_extension(*ret, &again) ? again.data + again.size == ret->data + ret->size : true;
    }
    if (kind == SEK_PATTERN_EXTENSION) return memchr(value.data, '.', value.size) == NULL && memchr(value.data, '/', value.size) == NULL;
    return true;
}

/* What a tree and a prefix match, said a second way. */
static void check_match(const struct sek_pattern *pattern, struct sekuire_text value) {
    struct sekuire_text top = pattern->norm;
    if (!sek_pattern_match(pattern, value) || pattern->shape == SEK_SHAPE_ALL || pattern->shape == SEK_SHAPE_EXACT) return;
    size_t more = value.size - top.size;
    REQUIRE(value.size >= top.size);
    if (pattern->kind == SEK_PATTERN_DOMAIN) {
        REQUIRE(memcmp(value.data + more, top.data, top.size) == 0 && (more == 0 || value.data[more - 1] == '.'));
    } else {
        REQUIRE(memcmp(value.data, top.data, top.size) == 0);
        if (pattern->shape == SEK_SHAPE_TREE) REQUIRE(more == 0 || top.size == 1 || value.data[top.size] == '/');
    }
}

/* Two patterns and a value. */
static void check_pair(const struct sek_pattern *a, const struct sek_pattern *b, struct sekuire_text value) {
    bool in_a = sek_pattern_match(a, value), in_b = sek_pattern_match(b, value);
    if (sek_pattern_contains(a, b)) REQUIRE(!in_b || in_a);
    if (!sek_pattern_overlaps(a, b)) REQUIRE(!in_a || !in_b);
    REQUIRE(sek_pattern_overlaps(a, b) == sek_pattern_overlaps(b, a));
    /* A pattern that overlaps itself matches something. */
    if (sek_pattern_overlaps(b, b) && sek_pattern_contains(a, b)) REQUIRE(sek_pattern_overlaps(a, b));
    if (sek_pattern_contains(a, b) && sek_pattern_contains(b, a)) REQUIRE(in_a == in_b);
    if (b->shape == SEK_SHAPE_EXACT && sek_pattern_overlaps(b, b)) {
        REQUIRE(sek_pattern_match(b, b->norm));
        REQUIRE(sek_pattern_contains(a, b) == sek_pattern_match(a, b->norm));
        REQUIRE(sek_pattern_overlaps(a, b) == sek_pattern_match(a, b->norm));
    }
    if (b->kind == SEK_PATTERN_NAME && in_b) REQUIRE(sek_pattern_match_blocked_model(b, value));
}

/* A pattern alone: it contains itself, and its normal form is its own. */
static void check_one(struct sek_arena *arena, const struct sek_pattern *pattern) {
    struct sek_pattern again;
    const struct sek_pattern all = {.kind = pattern->kind, .shape = SEK_SHAPE_ALL};
    REQUIRE(sek_pattern_contains(pattern, pattern) && sek_pattern_contains(&all, pattern));
    if (pattern->shape != SEK_SHAPE_EXACT || pattern->kind == SEK_PATTERN_EXTENSION || pattern->norm.size > SEK_LIMIT_ACTION_TEXT) return;
    REQUIRE(sek_pattern_compile(arena, pattern->kind, pattern->norm, &again, NULL) == 0 && sek_text_equal(again.norm, pattern->norm));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_error err = {0};
    struct sek_arena arena;
    struct sek_pattern a, b;
    struct sekuire_text value;
    if (size == 0) return 0;
    enum sek_pattern_kind kind = (enum sek_pattern_kind)((data[0] - '0') % 5u);
    struct sekuire_text rest = fuzz_text(data + 1, size - 1);
    struct sekuire_text first = fuzz_cut(&rest, '\n'), second = fuzz_cut(&rest, '\n'), given = fuzz_cut(&rest, '\n');
    sek_arena_init(&arena, 1u << 20);
    bool known = normalise(kind, given, rest, &value);
    int status = sek_pattern_compile(&arena, kind, first, &a, &err);
    if (status != 0) fuzz_error_sound(status, &err, 0);
    int status_b = sek_pattern_compile(&arena, kind, second, &b, NULL);
    if (status == 0) check_one(&arena, &a);
    if (status_b == 0) check_one(&arena, &b);
    if (status == 0 && status_b == 0 && known) {
        check_pair(&a, &b, value);
        check_pair(&b, &a, value);
        check_match(&a, value);
        check_match(&b, value);
    }
    sek_arena_clear(&arena);
    return 0;
}
