/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tree/support.h"

static struct parsed parse(const char *text) {
    struct parsed parsed = {0};
    sek_arena_init(&parsed.arena, SEK_LIMIT_TREE_ARENA);
    parsed.status = sek_json_parse(&parsed.arena, sek_text(text), &parsed.root, &parsed.err);
    assert_int_equal(parsed.status, 0);
    return parsed;
}

static void members_are_found_by_key_and_path(void **state) {
    (void)state;
    struct parsed p = parse("{\"a\":{\"b\":{\"c\":7}},\"ab\":1,\"\":2,\"l\":[{\"b\":1}]}");
    assert_true(sek_text_is(sek_node_path(p.root, "a", "b", "c", NULL)->text, "7"));
    assert_true(sek_text_is(sek_node_get(p.root, "")->text, "2"));
    assert_ptr_equal(sek_node_path(p.root, NULL), p.root);
    assert_null(sek_node_path(p.root, "a", "x", "c", NULL));
    assert_null(sek_node_path(p.root, "ab", "b", NULL));
    assert_null(sek_node_path(NULL, "a", NULL));
    assert_null(sek_node_get(sek_node_get(p.root, "l"), "b"));
    assert_null(sek_node_get(NULL, "a"));
    parsed_clear(&p);
}

static void pointers_escape_and_count(void **state) {
    (void)state;
    struct parsed p = parse("{\"a/b\":{\"~x\":[0,[1,{\"\":true}]]},\"\xC3\xA9\":1}");
    const struct sek_node *list = sek_node_path(p.root, "a/b", "~x", NULL);
    const struct sek_node *deep = list->first->next->first->next->first;
    assert_string_equal(sek_node_pointer(&p.arena, p.root), "");
    assert_string_equal(sek_node_pointer(&p.arena, list), "/a~1b/~0x");
    assert_string_equal(sek_node_pointer(&p.arena, deep), "/a~1b/~0x/1/1/");
    assert_string_equal(sek_node_pointer(&p.arena, sek_node_get(p.root, "\xC3\xA9")), "/\xC3\xA9");
    assert_string_equal(sek_node_pointer_from(&p.arena, list, deep), "/1/1/");
    assert_string_equal(sek_node_pointer_from(&p.arena, deep, deep), "");
    assert_string_equal(sek_node_pointer_from(&p.arena, p.root, list), "/a~1b/~0x");
    p.arena.limit = 0;
    assert_null(sek_node_pointer(&p.arena, deep));
    parsed_clear(&p);
}

static void u64_takes_plain_integers_only(void **state) {
    (void)state;
    struct parsed p = parse("[0,18446744073709551615,18446744073709551616,-1,-0,1.0,1e3,\"5\",null]");
    const struct sek_node *n = p.root->first;
    uint64_t value = 77;
    assert_true(sek_node_u64(n, &value));
    assert_int_equal(value, 0);
    n = n->next;
    assert_true(sek_node_u64(n, &value));
    assert_true(value == UINT64_MAX);
    value = 77;
    for (n = n->next; n != NULL; n = n->next) assert_false(sek_node_u64(n, &value));
    assert_false(sek_node_u64(NULL, &value));
    assert_int_equal(value, 77);
    parsed_clear(&p);
}

static void failures_carry_the_place_of_the_node(void **state) {
    (void)state;
    struct parsed p = parse("{\"a\":\n  [1]}");
    struct sekuire_error err;
    assert_int_equal(sek_fail_node(&err, SEKUIRE_ERR_TYPE, sek_node_get(p.root, "a"), "%s, not %s", "a", sek_kind_name(SEK_ARRAY)),
                     SEKUIRE_ERR_TYPE);
    assert_int_equal(err.status, SEKUIRE_ERR_TYPE);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 3);
    assert_int_equal(err.offset, 8);
    assert_string_equal(err.message, "a, not an array");
    assert_int_equal(sek_fail_node(&err, SEKUIRE_ERR_TYPE, NULL, "m"), SEKUIRE_ERR_TYPE);
    assert_int_equal(err.line, 0);
    parsed_clear(&p);
}

static void a_copy_stands_alone(void **state) {
    (void)state;
    struct parsed p = parse("{\"a\":[1,{\"b\":\"x\\ny\"}],\"c\":null}");
    struct sek_arena arena;
    struct sek_buffer canonical;
    sek_arena_init(&arena, 1 << 20);
    sek_buffer_init(&canonical, 1 << 10);
    const struct sek_node *copy = sek_node_copy(&arena, p.root, true);
    const struct sek_node *inner = sek_node_copy(&arena, sek_node_get(p.root, "a"), true);
    parsed_clear(&p);
    sek_canonical_write(&canonical, copy);
    assert_string_equal(canonical.data, "{\"a\":[1,{\"b\":\"x\\ny\"}],\"c\":null}");
    const struct sek_node *b = sek_node_get(sek_node_get(copy, "a")->first->next, "b");
    char *pointer = sek_node_pointer(&arena, b);
    assert_string_equal(pointer, "/a/1/b");
    assert_int_equal(b->at.column, 14);
    assert_null(inner->parent);
    assert_null(inner->next);
    assert_int_equal(inner->count, 2);
    arena.limit = arena.total;
    const struct sek_node *last = copy;
    for (int i = 0; i < 100 && last != NULL; i++) last = sek_node_copy(&arena, copy, true);
    assert_null(last);
    sek_buffer_clear(&canonical);
    sek_arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_key_and_path),
        cmocka_unit_test(pointers_escape_and_count),
        cmocka_unit_test(u64_takes_plain_integers_only),
        cmocka_unit_test(failures_carry_the_place_of_the_node),
        cmocka_unit_test(a_copy_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
