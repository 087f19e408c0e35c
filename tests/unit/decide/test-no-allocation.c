/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding takes no memory from the heap, whatever it says: every request for memory of the program is counted while it runs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "decide/support.h"

static volatile size_t requests;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNT_BY_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define COUNT_BY_SANITIZER 1
#endif

#ifdef COUNT_BY_SANITIZER
/* Of the sanitizers' runtime; its header is not installed everywhere. */
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *block, size_t size),
                                              void (*released)(const volatile void *block));

static void count_request(const volatile void *block, size_t size) {
    (void)block;
    (void)size;
    requests++;
}

static void ignore_release(const volatile void *block) { (void)block; }

static void start_counting(void) { assert_true(__sanitizer_install_malloc_and_free_hooks(count_request, ignore_release) > 0); }
#else
/* The C library's own, under the names that stay when malloc and its like are replaced. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

void *malloc(size_t size) {
    requests++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    requests++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    requests++;
    return __libc_realloc(old, size);
}

static void start_counting(void) {}
#endif

static void counter_sees_a_request(void **state) {
    size_t before = requests;
    struct sekuire_engine *engine = engine_of("{}");
    (void)state;
    assert_true(requests > before);
    sekuire_engine_free(engine);
}

/* Decides one action and words the decision; returns how often memory was asked for meanwhile. */
static size_t requests_of(const struct sekuire_engine *engine, const struct sekuire_action *action) {
    char message[256];
    struct sekuire_decision decision = {0};
    struct sekuire_error err = {0};
    size_t before = requests;
    int status = sekuire_decide(engine, action, TEST_NOW, &decision, &err);
    if (status == 0) {
        sekuire_decision_override(&decision);
        sekuire_decision_message(&decision, action, message, sizeof message);
    }
    return requests - before;
}

static void deciding_allocates_nothing(void **state) {
    struct sek_arena arena;
    struct sek_buffer text;
    int count = 0;
    (void)state;
    const struct sek_node *root = load_vectors("decide.json", &arena, &text);
    for (SEK_EACH(policy, sek_node_get(root, "policies"))) {
        struct sekuire_engine *engine = NULL;
        assert_int_equal(sek_engine_from_content(policy, SEKUIRE_ENGINE_DRAFT, &engine, NULL), 0);
        for (SEK_EACH(test, sek_node_get(root, "cases"))) {
            struct sekuire_parsed_action *parsed = NULL;
            const struct sek_node *action = sek_node_get(test, "action");
            if (action == NULL || sek_action_from_node(action, 1, &parsed, NULL) != 0) continue;
            assert_int_equal(requests_of(engine, sekuire_parsed_action_get(parsed, 0)), 0);
            sekuire_parsed_action_free(parsed);
            count++;
        }
        sekuire_engine_free(engine);
    }
    print_message("%d decisions\n", count);
    assert_true(count > 5000);
    sek_arena_clear(&arena);
    sek_buffer_clear(&text);
}

static void refusing_an_action_allocates_nothing(void **state) {
    static const struct sekuire_action actions[] = {
        {.type = SEKUIRE_ACTION_NONE},
        {.type = SEKUIRE_ACTION_NETWORK, .target = {"b\xc3\xb6se.example", 13}},
        {.type = SEKUIRE_ACTION_NETWORK, .target = {"127.1", 5}},
        {.type = SEKUIRE_ACTION_FILESYSTEM, .target = {"a", 1}},
        {.type = SEKUIRE_ACTION_RATE_LIMIT, .target = {"a", 1}},
    };
    struct sekuire_engine *engine = engine_of("{}");
    (void)state;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) assert_int_equal(requests_of(engine, &actions[i]), 0);
    sekuire_engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counter_sees_a_request),
        cmocka_unit_test(deciding_allocates_nothing),
        cmocka_unit_test(refusing_an_action_allocates_nothing),
    };
    start_counting();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
