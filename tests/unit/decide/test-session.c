/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: windows that slide, clocks that do not, threads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <pthread.h>

#include <sekuire/session.h>

#include "decide/support.h"

enum { T = 1700000000 };

static const char limits[] = "{\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":3,\"requests_per_hour\":5,\"tokens_per_minute\":100}}}";

struct fixture {
    struct sekuire_engine *engine;
    struct sekuire_session *session;
};

static struct fixture begin(const char *content) {
    struct fixture f = {.engine = engine_of(content)};
    assert_int_equal(sekuire_session_new(&f.session, NULL), 0);
    return f;
}

static void end(struct fixture *f) {
    sekuire_session_free(f->session);
    sekuire_engine_free(f->engine);
}

/* Uses so much at a time; NULL where it was allowed, else the pointer of the limit. */
static const char *use(struct fixture *f, const char *type, const char *window, uint64_t count, int64_t now) {
    const struct sekuire_action action = {
        .type = SEKUIRE_ACTION_RATE_LIMIT, .target = sek_text(type), .detail = sek_text(window), .count = count};
    struct sekuire_decision decision;
    assert_int_equal(sekuire_session_decide(f->session, f->engine, &action, now, &decision, NULL), 0);
    if (decision.verdict == SEKUIRE_ALLOW) {
        assert_null(decision.rule);
        return NULL;
    }
    assert_int_equal(decision.verdict, SEKUIRE_DENY);
    assert_string_equal(decision.rule, "rate_limit.exceeded");
    return decision.pointer;
}

#define MINUTE "/rate_limits/per_agent/requests_per_minute"
#define HOUR "/rate_limits/per_agent/requests_per_hour"

static void what_was_used_is_free_again_after_its_window_and_not_before(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    assert_null(use(&f, "request", NULL, 1, T));
    assert_null(use(&f, "request", NULL, 2, T + 30));
    assert_string_equal(use(&f, "request", NULL, 1, T + 30), MINUTE);
    assert_string_equal(use(&f, "request", NULL, 1, T + 60), MINUTE);
    assert_null(use(&f, "request", NULL, 1, T + 61));
    assert_string_equal(use(&f, "request", NULL, 1, T + 61), MINUTE);
    assert_null(use(&f, "request", NULL, 1, T + 122));
    assert_string_equal(use(&f, "request", NULL, 1, T + 200), HOUR);
    assert_string_equal(use(&f, "request", NULL, 1, T + 3600), HOUR);
    assert_null(use(&f, "request", NULL, 1, T + 3601));
    assert_string_equal(use(&f, "request", NULL, 1, T + 3602), HOUR);
    end(&f);
}

static void what_is_denied_is_not_counted(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    for (int i = 0; i < 10; i++) assert_string_equal(use(&f, "request", NULL, 4, T), MINUTE);
    assert_null(use(&f, "request", NULL, 3, T));
    assert_null(use(&f, "request", NULL, 0, T));
    assert_string_equal(use(&f, "request", NULL, UINT64_MAX, T), MINUTE);
    end(&f);
}

static void requests_and_tokens_are_counted_apart(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    assert_null(use(&f, "token", NULL, 100, T));
    assert_string_equal(use(&f, "token", NULL, 1, T), "/rate_limits/per_agent/tokens_per_minute");
    assert_null(use(&f, "request", NULL, 3, T));
    for (int i = 1; i <= 100; i++) assert_null(use(&f, "token", NULL, 100, T + 61 * i));
    end(&f);
}

static void a_window_that_is_named_is_asked_alone_and_all_are_counted(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    assert_null(use(&f, "request", "hour", 4, T));
    assert_string_equal(use(&f, "request", "minute", 1, T), MINUTE);
    assert_null(use(&f, "request", "hour", 1, T));
    assert_string_equal(use(&f, "request", "hour", 1, T), HOUR);
    assert_null(use(&f, "request", "minute", 1, T + 61));
    end(&f);
}

static void a_clock_that_steps_back_frees_nothing(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    assert_null(use(&f, "request", NULL, 3, T));
    assert_string_equal(use(&f, "request", NULL, 1, T - 100000), MINUTE);
    assert_string_equal(use(&f, "request", NULL, 1, INT64_MIN), MINUTE);
    assert_string_equal(use(&f, "request", NULL, 1, T + 60), MINUTE);
    assert_null(use(&f, "request", NULL, 1, T + 61));
    assert_null(use(&f, "request", NULL, 1, T - 5)); /* counted at T + 61 */
    assert_string_equal(use(&f, "request", NULL, 1, T + 121), HOUR);
    end(&f);
}

static void times_may_be_any(void **state) {
    (void)state;
    struct fixture f = begin(limits);
    assert_null(use(&f, "request", NULL, 3, INT64_MIN));
    assert_string_equal(use(&f, "request", NULL, 1, INT64_MIN + 60), MINUTE);
    assert_null(use(&f, "request", NULL, 3, -1));
    assert_string_equal(use(&f, "request", NULL, 1, 0), MINUTE);
    assert_null(use(&f, "request", NULL, 1, 60));
    assert_null(use(&f, "request", NULL, 3, INT64_MAX));
    assert_string_equal(use(&f, "request", NULL, 1, INT64_MAX), MINUTE);
    end(&f);
}

static void without_limits_nothing_is_denied_and_nothing_goes_round(void **state) {
    (void)state;
    struct fixture f = begin("{\"rate_limits\":{\"per_agent\":{\"requests_per_hour\":18446744073709551615}}}");
    for (int i = 0; i < 3; i++) assert_null(use(&f, "token", NULL, UINT64_MAX, T + i));
    assert_null(use(&f, "request", NULL, UINT64_MAX - 1, T));
    assert_null(use(&f, "request", NULL, 1, T + 1));
    assert_string_equal(use(&f, "request", NULL, 1, T + 100), HOUR);
    assert_null(use(&f, "request", NULL, 1, T + 3603)); /* the clock was at T + 2 */
    end(&f);
}

static void what_was_used_counts_under_the_next_policy_too(void **state) {
    (void)state;
    struct fixture f = begin("{}");
    struct sekuire_engine *first = f.engine;
    assert_null(use(&f, "request", NULL, UINT64_MAX, T));
    assert_null(use(&f, "request", NULL, 1, T));
    f.engine = engine_of(limits);
    assert_string_equal(use(&f, "request", NULL, 1, T), MINUTE);
    assert_null(use(&f, "request", NULL, 1, T + 3601));
    sekuire_engine_free(first);
    end(&f);
}

static void zero_allows_none(void **state) {
    (void)state;
    struct fixture f = begin("{\"rate_limits\":{\"per_agent\":{\"tokens_per_hour\":0}}}");
    assert_string_equal(use(&f, "token", NULL, 1, T), "/rate_limits/per_agent/tokens_per_hour");
    assert_null(use(&f, "token", NULL, 0, T));
    end(&f);
}

static void dates_and_errors_and_other_actions_are_as_ever(void **state) {
    (void)state;
    struct fixture f = begin("{\"binding\":{\"expires_at\":\"2023-11-14T22:13:20Z\"},\"tools\":{\"blocked_tools\":[\"x\"]},"
                             "\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":1}}}");
    struct sekuire_decision decision;
    struct sekuire_action action = {.type = SEKUIRE_ACTION_RATE_LIMIT, .target = SEK_TEXT("request"), .count = 1};
    assert_int_equal(sekuire_session_decide(f.session, f.engine, &action, T, &decision, NULL), 0);
    assert_string_equal(decision.rule, "policy.expired");
    assert_int_equal(sekuire_session_decide(f.session, f.engine, &action, T - 1, &decision, NULL), 0);
    assert_int_equal(decision.verdict, SEKUIRE_ALLOW); /* what was expired was not counted */
    action.target = SEK_TEXT("bytes");
    assert_int_equal(sekuire_session_decide(f.session, f.engine, &action, T - 1, &decision, NULL), SEKUIRE_ERR_CONTENT);
    action = (struct sekuire_action){.type = SEKUIRE_ACTION_TOOL, .target = SEK_TEXT("x")};
    assert_int_equal(sekuire_session_decide(f.session, f.engine, &action, T - 1, &decision, NULL), 0);
    assert_string_equal(decision.rule, "tool.blocked");
    assert_int_equal(sekuire_session_decide(f.session, f.engine, NULL, T, &decision, NULL), SEKUIRE_ERR_USAGE);
    end(&f);
}

/* The same as a list of all that was allowed says. */
static void windows_are_those_of_a_list(void **state) {
    (void)state;
    struct fixture f = begin("{\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":40,\"requests_per_hour\":400}}}");
    static struct {
        int64_t at;
        uint64_t count;
    } used[20000];
    size_t count = 0, denied = 0;
    uint32_t random = 7;
    int64_t now = T;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        now += (random >> 20) % 50 == 0 ? (random >> 8) % 900 : (random >> 26) % 4;
        uint64_t wanted = (random >> 10) % 7, minute = wanted, hour = wanted;
        for (size_t k = count; k > 0 && now - used[k - 1].at <= 3600; k--) {
            hour += used[k - 1].count;
            if (now - used[k - 1].at <= 60) minute += used[k - 1].count;
        }
        const char *refused = use(&f, "request", NULL, wanted, now);
        if (minute > 40) assert_string_equal(refused, MINUTE);
        else if (hour > 400) assert_string_equal(refused, HOUR);
        else assert_null(refused);
        denied += refused != NULL;
        if (refused != NULL) continue;
        used[count].at = now;
        used[count++].count = wanted;
    }
    assert_true(denied > 1000 && count > 1000);
    end(&f);
}

static void *use_many(void *context) {
    struct fixture *f = context;
    size_t allowed = 0;
    for (int i = 0; i < 20000; i++) {
        const struct sekuire_action action = {.type = SEKUIRE_ACTION_RATE_LIMIT, .target = SEK_TEXT("request"), .count = 1};
        struct sekuire_decision decision;
        if (sekuire_session_decide(f->session, f->engine, &action, T + i / 5000, &decision, NULL) == 0) allowed += decision.verdict == SEKUIRE_ALLOW;
    }
    return (void *)(uintptr_t)allowed;
}

static void threads_use_no_more_than_the_limit_and_no_less(void **state) {
    (void)state;
    struct fixture f = begin("{\"rate_limits\":{\"per_agent\":{\"requests_per_minute\":50000}}}");
    pthread_t threads[4];
    size_t allowed = 0;
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, use_many, &f), 0);
    for (size_t i = 0; i < 4; i++) {
        void *more;
        assert_int_equal(pthread_join(threads[i], &more), 0);
        allowed += (size_t)(uintptr_t)more;
    }
    assert_int_equal(allowed, 50000);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_used_is_free_again_after_its_window_and_not_before),
        cmocka_unit_test(what_is_denied_is_not_counted),
        cmocka_unit_test(requests_and_tokens_are_counted_apart),
        cmocka_unit_test(a_window_that_is_named_is_asked_alone_and_all_are_counted),
        cmocka_unit_test(a_clock_that_steps_back_frees_nothing),
        cmocka_unit_test(times_may_be_any),
        cmocka_unit_test(without_limits_nothing_is_denied_and_nothing_goes_round),
        cmocka_unit_test(what_was_used_counts_under_the_next_policy_too),
        cmocka_unit_test(zero_allows_none),
        cmocka_unit_test(dates_and_errors_and_other_actions_are_as_ever),
        cmocka_unit_test(windows_are_those_of_a_list),
        cmocka_unit_test(threads_use_no_more_than_the_limit_and_no_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
