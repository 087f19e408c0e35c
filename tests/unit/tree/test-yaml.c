/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "tree/support.h"
#include "tree/yaml.h"

static struct parsed parse(struct sekuire_text text, enum sek_yaml_profile profile) {
    struct parsed parsed = {0};
    sek_arena_init(&parsed.arena, SEK_LIMIT_TREE_ARENA);
    parsed.status = sek_yaml_parse(&parsed.arena, text, profile, &parsed.root, &parsed.err);
    return parsed;
}

static void plain_scalars_resolve_by_the_core_schema(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum sek_kind kind;
    } cases[] = {
        {"null", SEK_NULL},      {"Null", SEK_NULL},     {"NULL", SEK_NULL},      {"~", SEK_NULL},         {"nULL", SEK_STRING},
        {"nil", SEK_STRING},     {"true", SEK_BOOL},     {"True", SEK_BOOL},      {"TRUE", SEK_BOOL},      {"false", SEK_BOOL},
        {"False", SEK_BOOL},     {"FALSE", SEK_BOOL},    {"tRUE", SEK_STRING},    {"yes", SEK_STRING},     {"no", SEK_STRING},
        {"on", SEK_STRING},      {"off", SEK_STRING},    {"y", SEK_STRING},       {"0", SEK_NUMBER},       {"-0", SEK_NUMBER},
        {"12", SEK_NUMBER},      {"-12", SEK_NUMBER},    {"1.10", SEK_NUMBER},    {"1e3", SEK_NUMBER},     {"1E-3", SEK_NUMBER},
        {"012", SEK_STRING},     {"+12", SEK_STRING},    {"1_000", SEK_STRING},   {"0x1F", SEK_STRING},    {"0o17", SEK_STRING},
        {".5", SEK_STRING},      {"5.", SEK_STRING},     {".inf", SEK_STRING},    {".nan", SEK_STRING},    {"-.inf", SEK_STRING},
        {"1:30", SEK_STRING},    {"1.2.3", SEK_STRING},  {"2026-11-24", SEK_STRING}, {"=", SEK_STRING},    {"a b", SEK_STRING},
        {"18446744073709551616", SEK_NUMBER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int profile = SEK_YAML_STRICT; profile <= SEK_YAML_MANIFEST; profile++) {
            char text[64];
            int size = snprintf(text, sizeof text, "k: %s\n", cases[i].text);
            struct parsed p = parse((struct sekuire_text){text, (size_t)size}, (enum sek_yaml_profile)profile);
            assert_int_equal(p.status, 0);
            const struct sek_node *n = sek_node_get(p.root, "k");
            bool kept = n->kind == SEK_NULL || n->kind == SEK_BOOL || sek_text_is(n->text, cases[i].text);
            if (n->kind != cases[i].kind || !n->plain || !sek_text_is(n->source, cases[i].text) || !kept) fail_msg("%s", text);
            if (n->kind == SEK_BOOL) assert_int_equal(n->boolean, cases[i].text[0] == 't' || cases[i].text[0] == 'T');
            parsed_clear(&p);
        }
    }
    print_message("yaml core schema: %zu\n", sizeof cases / sizeof cases[0]);
}

static void quoted_and_block_scalars_are_strings(void **state) {
    (void)state;
    static const char *const cases[] = {"'null'", "\"true\"", "'12'", "\"\"", "|\n  12\n", ">-\n  true\n"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        int size = snprintf(text, sizeof text, "k: %s\n", cases[i]);
        struct parsed p = parse((struct sekuire_text){text, (size_t)size}, SEK_YAML_STRICT);
        assert_int_equal(p.status, 0);
        const struct sek_node *n = sek_node_get(p.root, "k");
        if (n->kind != SEK_STRING || n->plain) fail_msg("%s", text);
        parsed_clear(&p);
    }
}

static void documents_become_the_same_trees_as_json(void **state) {
    (void)state;
    static const struct {
        const char *yaml;
        const char *canonical;
    } cases[] = {
        {"", "null"},
        {"# nothing\n", "null"},
        {"---\n", "null"},
        {"--- \n...\n", "null"},
        {"%YAML 1.2\n---\na: 1\n", "{\"a\":1}"},
        {"text\n", "\"text\""},
        {"a:\n", "{\"a\":null}"},
        {"- a\n- - b\n  - c:\n      d: 1.50\n-\n", "[\"a\",[\"b\",{\"c\":{\"d\":1.5}}],null]"},
        {"{\"b\": [1, 'it''s', {}], a: []}", "{\"a\":[],\"b\":[1,\"it's\",{}]}"},
        {"a: one\n  two\n\n  three\n", "{\"a\":\"one two\\nthree\"}"},
        {"a: |\n  x\n   y\nb: >\n  x\n  y\n", "{\"a\":\"x\\n y\\n\",\"b\":\"x y\\n\"}"},
        {"\"\\u00e9\\x41\\t\\U0001F600\": '\xC3\xA9'\n", "{\"\xC3\xA9" "A\\t\xF0\x9F\x98\x80\":\"\xC3\xA9\"}"},
        {"\"<<\": 1\n\"12\": 2\n\"null\": 3\n", "{\"12\":2,\"<<\":1,\"null\":3}"},
        {"a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}"},
        {"? a\n: 1\n", "{\"a\":1}"},
        {"a: \"50%TAG\"\n", "{\"a\":\"50%TAG\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(sek_text(cases[i].yaml), SEK_YAML_STRICT);
        if (p.status != 0) fail_msg("%s: %s", cases[i].yaml, p.err.message);
        struct sek_buffer out = canonical_of(p.root);
        assert_string_equal(out.data, cases[i].canonical);
        sek_buffer_clear(&out);
        parsed_clear(&p);
    }
}

static void assert_at(const struct sek_position *at, uint32_t line, uint32_t column, uint64_t offset) {
    assert_int_equal(at->line, line);
    assert_int_equal(at->column, column);
    assert_int_equal(at->offset, offset);
}

static void columns_and_offsets_are_bytes(void **state) {
    (void)state;
    static const char text[] = "\xC3\xA9: \xE2\x82\xAC\r\n\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\": [\xC3\xA9, x]\nlast:\n";
    struct parsed p = parse(sek_text(text), SEK_YAML_STRICT);
    assert_int_equal(p.status, 0);
    const struct sek_node *n = p.root->first;
    assert_at(&p.root->at, 1, 1, 0);
    assert_at(&n->key_at, 1, 1, 0);
    assert_at(&n->at, 1, 5, 4);
    n = n->next;
    assert_at(&n->key_at, 2, 1, 9);
    assert_at(&n->at, 2, 13, 21);
    assert_at(&n->first->at, 2, 14, 22);
    assert_at(&n->first->next->at, 2, 18, 26);
    n = n->next;
    assert_at(&n->key_at, 3, 1, 29);
    assert_at(&n->at, 3, 6, 34);
    parsed_clear(&p);
}

/* Far into a text, where offsets come from the table of known ones, each value must stand where it says. */
static void places_hold_far_into_a_text(void **state) {
    (void)state;
    struct sek_buffer text;
    uint32_t line = 1;
    sek_buffer_init(&text, SEK_LIMIT_JSON_BYTES);
    for (unsigned i = 0; i < 3000; i++) sek_buffer_format(&text, "\"%.*s%u\": [\xE2\x82\xAC, v%u]\n", (int)(i % 7) * 2, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", i, i);
    struct parsed p = parse(sek_buffer_view(&text), SEK_YAML_STRICT);
    assert_int_equal(p.status, 0);
    assert_int_equal(p.root->count, 3000);
    for (SEK_EACH(member, p.root)) {
        const struct sek_node *last = member->first->next;
        assert_int_equal(member->at.line, line);
        assert_memory_equal(text.data + last->at.offset, last->text.data, last->text.size);
        if (line > 1) assert_int_equal(text.data[last->at.offset - last->at.column], '\n');
        assert_int_equal(text.data[member->key_at.offset], '"');
        assert_int_equal(member->key_at.column, 1);
        line++;
    }
    parsed_clear(&p);
    sek_buffer_clear(&text);
}

static void refusals_say_what_and_where(void **state) {
    (void)state;
    static const struct refusal cases[] = {
        {BYTES("\xEF\xBB\xBF" "a: 1"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "byte order mark"},
        {BYTES("\xFF\xFE" "a\0"), SEKUIRE_ERR_UTF8, 1, 1, 0, "invalid UTF-8"},
        {BYTES("a: 1\nb: \xE9\n"), SEKUIRE_ERR_UTF8, 2, 4, 8, "invalid UTF-8"},
        {BYTES("a: 1\nb: \0"), SEKUIRE_ERR_SYNTAX, 2, 4, 8, "a NUL byte"},
        {BYTES("a: 1\nb: \"\xC3\xA9\\0\""), SEKUIRE_ERR_SYNTAX, 2, 4, 8, "NUL"},
        {BYTES("a: 1\nb: \x01\n"), SEKUIRE_ERR_SYNTAX, 2, 4, 8, "control characters are not allowed"},
        {BYTES("\xC3\xA9: 1\n\xC3\xA9: 2\n"), SEKUIRE_ERR_DUPLICATE_KEY, 2, 1, 6, "duplicate key \"\xC3\xA9\""},
        {BYTES("{a: 1, \"\\x61\": 2}"), SEKUIRE_ERR_DUPLICATE_KEY, 1, 8, 7, "duplicate key \"a\""},
        {BYTES("a: &x 1\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "anchors are not allowed"},
        {BYTES("a: &x [1]\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "anchors are not allowed"},
        {BYTES("a: *x\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "aliases are not allowed"},
        {BYTES("a: !!str 1\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "tags are not allowed"},
        {BYTES("a: ! x\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "tags are not allowed"},
        {BYTES("!x {}\n"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "tags are not allowed"},
        {BYTES("# c\n%TAG ! tag:x,2000:\n---\na: 1\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 4, "tag directives are not allowed"},
        {BYTES("<<: {a: 1}\n"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "merge keys are not allowed"},
        {BYTES("a: 1\n---\nb: 2\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 5, "a second document"},
        {BYTES("a: 1\n12: 2\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 5, "a key must be a string: put it in quotes"},
        {BYTES("true: 2\n"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "a key must be a string"},
        {BYTES("a: 1\n?\n: 2\n"), SEKUIRE_ERR_SYNTAX, 2, 2, 6, "a key must be a string"},
        {BYTES("? [a]\n: 1\n"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "a key must be a string, found an array"},
        {BYTES("{{a: 1}: 1}"), SEKUIRE_ERR_SYNTAX, 1, 2, 1, "a key must be a string, found an object"},
        {BYTES("a: [1, 1e999]\n"), SEKUIRE_ERR_NUMBER, 1, 8, 7, "number out of range"},
        {BYTES("a:\n\t- b\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 3, "a tab may not be used for indentation"},
        {BYTES("\xC3\xA9: \"\xC3\xA9\": x\n"), SEKUIRE_ERR_SYNTAX, 1, 9, 8, "mapping values are not allowed"},
        {BYTES("a: [1,\nb: }\n"), SEKUIRE_ERR_SYNTAX, 2, 4, 10, "while parsing a flow"},
        {BYTES("a: \"x\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 6, "while scanning a quoted scalar: found unexpected end of stream"},
        {BYTES("a: @x\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "found character that cannot start any token"},
        {BYTES("a: \"\\ud83d\\ude00\"\n"), SEKUIRE_ERR_SYNTAX, 1, 7, 6, "invalid Unicode character escape code"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(cases[i].text, SEK_YAML_STRICT);
        assert_refused(&p, &cases[i]);
        parsed_clear(&p);
    }
    print_message("yaml refusals: %zu\n", sizeof cases / sizeof cases[0]);
}

static void manifests_are_refused_less_but_not_all(void **state) {
    (void)state;
    static const struct refusal cases[] = {
        {BYTES("\xEF\xBB\xBF" "a: *x\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 6, "an alias without an anchor"},
        {BYTES("\xEF\xBB\xBF" "a: 1\n\t- b\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 8, "a tab may not be used for indentation"},
        {BYTES("\xEF\xBB\xBF" "a: \xE9\n"), SEKUIRE_ERR_UTF8, 1, 4, 6, "invalid UTF-8"},
        {BYTES("a: *x\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "an alias without an anchor"},
        {BYTES("a: &x [1, *x]\n"), SEKUIRE_ERR_SYNTAX, 1, 11, 10, "an alias inside of what it stands for"},
        {BYTES("a: &x\n  b: {c: *x}\n"), SEKUIRE_ERR_SYNTAX, 2, 10, 15, "an alias inside of what it stands for"},
        {BYTES("&x a: 1\n"), SEKUIRE_ERR_SYNTAX, 1, 1, 0, "an anchor on a key"},
        {BYTES("a: &x [1]\n*x : 2\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 10, "a key must be a string"},
        {BYTES("a: !!int 1\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "tags are not allowed"},
        {BYTES("a: ! 1\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "tags are not allowed"},
        {BYTES("a: !!str [1]\n"), SEKUIRE_ERR_SYNTAX, 1, 4, 3, "tags are not allowed"},
        {BYTES("a: 1\na: 2\n"), SEKUIRE_ERR_DUPLICATE_KEY, 2, 1, 5, "duplicate key"},
        {BYTES("1: 1\n'1': 2\n"), SEKUIRE_ERR_DUPLICATE_KEY, 2, 1, 5, "duplicate key"},
        {BYTES("a: 1\n--- b\n"), SEKUIRE_ERR_SYNTAX, 2, 1, 5, "a second document"},
        {BYTES("? {a: 1}\n: 1\n"), SEKUIRE_ERR_SYNTAX, 1, 3, 2, "a key must be a string, found an object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(cases[i].text, SEK_YAML_MANIFEST);
        assert_refused(&p, &cases[i]);
        parsed_clear(&p);
    }
}

static void manifests_may_have_aliases_and_plain_keys(void **state) {
    (void)state;
    static const struct {
        const char *yaml;
        const char *canonical;
    } cases[] = {
        {"a: &x [1, {b: ~}, []]\nc: *x\nd: [*x, 2]\n", "{\"a\":[1,{\"b\":null},[]],\"c\":[1,{\"b\":null},[]],\"d\":[[1,{\"b\":null},[]],2]}"},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}"},
        {"a: &x k\n*x : 1\n", "{\"a\":\"k\",\"k\":1}"},
        {"a: &x {p: {q: 'r'}}\nb:\n  <<: *x\n  p: 1\n", "{\"a\":{\"p\":{\"q\":\"r\"}},\"b\":{\"<<\":{\"p\":{\"q\":\"r\"}},\"p\":1}}"},
        {"1: a\ntrue: b\n~: c\n1.50: d\n", "{\"1\":\"a\",\"1.50\":\"d\",\"true\":\"b\",\"~\":\"c\"}"},
        {"v: 1e999\n", "{\"v\":\"1e999\"}"},
        {"v: !!str 1.50\nw: [!!str null, !!str , !!str 'q', !<tag:yaml.org,2002:str> true]\n!!str 7: ~\n",
         "{\"7\":null,\"v\":\"1.50\",\"w\":[\"null\",\"\",\"q\",\"true\"]}"},
        {"\xEF\xBB\xBF" "a: 1\nb: 2\n", "{\"a\":1,\"b\":2}"},
        {"a: &x {}\nb: &y []\nc: [*x, *y, *x]\n", "{\"a\":{},\"b\":[],\"c\":[{},[],{}]}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed p = parse(sek_text(cases[i].yaml), SEK_YAML_MANIFEST);
        if (p.status != 0) fail_msg("%s: %s", cases[i].yaml, p.err.message);
        struct sek_buffer out = canonical_of(p.root);
        assert_string_equal(out.data, cases[i].canonical);
        sek_buffer_clear(&out);
        parsed_clear(&p);
    }
}

static void a_copy_points_to_its_own_place_but_keeps_the_positions_of_the_text(void **state) {
    (void)state;
    struct parsed p = parse(SEK_TEXT("a: &x {m: gpt-4}\nb:\n  c: *x\n"), SEK_YAML_MANIFEST);
    assert_int_equal(p.status, 0);
    const struct sek_node *copy = sek_node_path(p.root, "b", "c", "m", NULL);
    assert_string_equal(sek_node_pointer(&p.arena, copy), "/b/c/m");
    assert_true(copy->plain);
    assert_true(sek_text_is(copy->source, "gpt-4"));
    assert_at(&copy->at, 1, 11, 10);
    assert_at(&copy->parent->key_at, 3, 3, 22);
    parsed_clear(&p);
}

static void depth_counts_copies_too(void **state) {
    (void)state;
    struct sekuire_text open = repeated("", "[", 64, "");
    struct sekuire_text deep = repeated(open.data, "]", 64, "");
    struct parsed p = parse(deep, SEK_YAML_STRICT);
    assert_int_equal(p.status, 0);
    parsed_clear(&p);
    struct sek_buffer text;
    sek_buffer_init(&text, 10000);
    sek_buffer_format(&text, "[%s]", deep.data);
    p = parse(sek_buffer_view(&text), SEK_YAML_STRICT);
    assert_int_equal(p.status, SEKUIRE_ERR_TOO_DEEP);
    assert_int_equal(p.err.offset, 64);
    parsed_clear(&p);
    for (int levels = 31; levels <= 32; levels++) { /* 1 + 1 + 31 + 31, and one more */
        sek_buffer_clear(&text);
        sek_buffer_format(&text, "a: [&x %.*s%.*s]\nb: ", 31, deep.data, 31, deep.data + 64);
        sek_buffer_format(&text, "%.*s*x%.*s\n", levels + 1, deep.data, levels + 1, deep.data + 64);
        p = parse(sek_buffer_view(&text), SEK_YAML_MANIFEST);
        assert_int_equal(p.status, levels == 31 ? 0 : SEKUIRE_ERR_TOO_DEEP);
        parsed_clear(&p);
    }
    sek_buffer_clear(&text);
    sek_free((void *)(uintptr_t)open.data);
    sek_free((void *)(uintptr_t)deep.data);
}

static void aliases_cannot_make_a_small_text_large(void **state) {
    (void)state;
    struct sek_buffer text;
    sek_buffer_init(&text, 100000);
    sek_buffer_string(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++) {
        sek_buffer_format(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) sek_buffer_format(&text, "*a%d%c", i - 1, k == 9 ? ']' : ',');
        sek_buffer_byte(&text, '\n');
    }
    struct parsed p = parse(sek_buffer_view(&text), SEK_YAML_MANIFEST);
    assert_int_equal(p.status, SEKUIRE_ERR_TOO_LARGE);
    assert_int_equal(p.err.line, 6);
    assert_string_equal(p.err.message, "more than 200000 values, aliases expanded");
    parsed_clear(&p);
    sek_buffer_clear(&text);
}

static void aliases_and_anchors_are_counted(void **state) {
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        struct sekuire_text aliases = repeated("- &x 1\n", "- *x\n", SEK_LIMIT_YAML_ALIASES + more, "");
        struct sekuire_text anchors = repeated("", "- &x 1\n", SEK_LIMIT_YAML_ALIASES + more, "");
        struct parsed p = parse(aliases, SEK_YAML_MANIFEST);
        assert_int_equal(p.status, more == 0 ? 0 : SEKUIRE_ERR_TOO_LARGE);
        if (more != 0) assert_string_equal(p.err.message, "more than 1000 aliases");
        parsed_clear(&p);
        p = parse(anchors, SEK_YAML_MANIFEST);
        assert_int_equal(p.status, more == 0 ? 0 : SEKUIRE_ERR_TOO_LARGE);
        if (more != 0) assert_string_equal(p.err.message, "more than 1000 anchors");
        parsed_clear(&p);
        sek_free((void *)(uintptr_t)aliases.data);
        sek_free((void *)(uintptr_t)anchors.data);
    }
}

static void a_text_over_the_cap_is_refused(void **state) {
    (void)state;
    struct sekuire_text text = repeated("a", " ", SEK_LIMIT_JSON_BYTES, "");
    struct parsed p = parse(text, SEK_YAML_STRICT);
    assert_int_equal(p.status, SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(p.err.message, "more than 4194304 bytes");
    parsed_clear(&p);
    sek_free((void *)(uintptr_t)text.data);
}

static void a_full_arena_is_a_status_and_leaves_the_result(void **state) {
    (void)state;
    static const char text[] = "\xC3\xA9: &x [1, x, {b: true}]\nc: *x\n";
    struct sekuire_error err;
    bool accepted = false;
    for (size_t limit = 0; limit < 8000 && !accepted; limit += 8) {
        struct sek_arena arena;
        const struct sek_node *root = NULL;
        sek_arena_init(&arena, limit);
        int status = sek_yaml_parse(&arena, sek_text(text), SEK_YAML_MANIFEST, &root, &err);
        if (status == 0) accepted = true;
        else if (status != SEKUIRE_ERR_MEMORY || root != NULL) fail_msg("limit %zu: %d", limit, status);
        sek_arena_clear(&arena);
    }
    assert_true(accepted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_resolve_by_the_core_schema),
        cmocka_unit_test(quoted_and_block_scalars_are_strings),
        cmocka_unit_test(documents_become_the_same_trees_as_json),
        cmocka_unit_test(columns_and_offsets_are_bytes),
        cmocka_unit_test(places_hold_far_into_a_text),
        cmocka_unit_test(refusals_say_what_and_where),
        cmocka_unit_test(manifests_are_refused_less_but_not_all),
        cmocka_unit_test(manifests_may_have_aliases_and_plain_keys),
        cmocka_unit_test(a_copy_points_to_its_own_place_but_keeps_the_positions_of_the_text),
        cmocka_unit_test(depth_counts_copies_too),
        cmocka_unit_test(aliases_cannot_make_a_small_text_large),
        cmocka_unit_test(aliases_and_anchors_are_counted),
        cmocka_unit_test(a_text_over_the_cap_is_refused),
        cmocka_unit_test(a_full_arena_is_a_status_and_leaves_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
