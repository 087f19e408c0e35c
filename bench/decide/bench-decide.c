/* SPDX-License-Identifier: Apache-2.0 */
/* How long decisions take: bench-decide --policy FILE --requests FILE. The policy is an envelope, a bare content, or {"content":{...}};
 * each line of the requests is {"action":{...},"expected":"allow"|"deny"}. One line of JSON comes out, medians of five rounds. Only
 * sekuire_decide is timed, on actions that are parsed already; empty_p50_ns is what reading the clock alone costs, and is in p50_ns and
 * p99_ns. decisions_per_s is of a loop without a clock in it. */
#include <sekuire/decide.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "decide/engine.h"
#include "sys/file.h"
#include "tree/json.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { ROUNDS = 5, TIMED = 200000, UNTIMED = 1000000 };

struct request {
    struct sekuire_parsed_action *parsed;
    bool allow;
};

struct requests {
    struct request *items;
    size_t count;
};

/* What one round measured. */
struct round {
    double decisions_per_s;
    double p50_ns, p99_ns, empty_p50_ns;
};

static void die(const char *what, const char *why) {
    fprintf(stderr, "bench-decide: %s: %s\n", what, why);
    exit(1);
}

static void *take(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) die("memory", "there is not enough");
    return memory;
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One line of the requests. */
static struct request read_request(struct sekuire_text line, const char *path) {
    struct request request = {0};
    struct sek_arena arena;
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    sek_arena_init(&arena, 64u << 20);
    if (sek_json_parse(&arena, line, &root, &err) != 0) die(path, err.message);
    const struct sek_node *member = sek_node_get(root, "action");
    const struct sek_node *expected = sek_node_get(root, "expected");
    if (member == NULL || expected == NULL) die(path, "a line is {\"action\":{...},\"expected\":\"allow\" or \"deny\"}");
    request.allow = sek_text_is(expected->text, "allow");
    /* What is no action is never allowed: it stays NULL. */
    if (sek_action_from_node(member, 0, &request.parsed, &err) != 0) request.parsed = NULL;
    sek_arena_clear(&arena);
    return request;
}

static struct requests read_requests(const char *path) {
    struct requests requests = {0};
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    size_t lines = 0;
    sek_buffer_init(&bytes, 1u << 30);
    if (sys_read_file(path, &bytes, &err) != 0) die(path, err.message);
    for (size_t i = 0; i < bytes.size; i++) lines += bytes.data[i] == '\n';
    requests.items = take(lines + 1, sizeof *requests.items);
    for (size_t at = 0; at < bytes.size;) {
        const char *end = memchr(bytes.data + at, '\n', bytes.size - at);
        size_t size = end == NULL ? bytes.size - at : (size_t)(end - (bytes.data + at));
        if (size > 0) requests.items[requests.count++] = read_request((struct sekuire_text){bytes.data + at, size}, path);
        at += size + 1;
    }
    sek_buffer_clear(&bytes);
    if (requests.count == 0) die(path, "it holds no request");
    return requests;
}

/* One text of an action, moved into the block at *at. */
static struct sekuire_text move_text(char **at, struct sekuire_text text) {
    if (text.data == NULL) return text;
    memcpy(*at, text.data, text.size);
    text.data = *at;
    *at += text.size;
    return text;
}

/* The actions and their texts, one after the other in memory, as whoever just made an action has it at hand. */
static struct sekuire_action *pack(const struct requests *requests, size_t *ret_count) {
    struct sekuire_action *actions = take(requests->count, sizeof *actions);
    size_t size = 1;
    size_t count = 0;
    for (size_t i = 0; i < requests->count; i++) {
        if (requests->items[i].parsed == NULL) continue;
        actions[count] = *sekuire_parsed_action_get(requests->items[i].parsed, 0);
        size += actions[count].target.size + actions[count].detail.size + actions[count].root.size;
        count++;
    }
    char *at = take(size, 1);
    for (size_t i = 0; i < count; i++) {
        actions[i].target = move_text(&at, actions[i].target);
        actions[i].detail = move_text(&at, actions[i].detail);
        actions[i].root = move_text(&at, actions[i].root);
    }
    *ret_count = count;
    return actions;
}

static bool is_allowed(const struct sekuire_engine *engine, const struct request *request, int64_t now) {
    struct sekuire_decision decision;
    const struct sekuire_action *action = request->parsed == NULL ? NULL : sekuire_parsed_action_get(request->parsed, 0);
    return action != NULL && sekuire_decide(engine, action, now, &decision, NULL) == 0 && decision.verdict == SEKUIRE_ALLOW;
}

static size_t count_mismatches(const struct sekuire_engine *engine, const struct requests *requests, int64_t now) {
    size_t mismatches = 0;
    for (size_t i = 0; i < requests->count; i++)
        mismatches += is_allowed(engine, &requests->items[i], now) != requests->items[i].allow;
    return mismatches;
}

static int compare_u32(const void *a, const void *b) {
    const uint32_t *x = a;
    const uint32_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static double quantile(uint32_t *sorted, size_t count, double q) { return sorted[(size_t)(q * (double)(count - 1))]; }

/* One round over the actions, in the order of the file again and again. */
static struct round measure(const struct sekuire_engine *engine, const struct sekuire_action *actions, size_t count,
                            uint32_t *times, int64_t now) {
    struct round round;
    struct sekuire_decision decision;
    volatile int sink = 0;
    uint64_t start = now_ns();
    for (size_t i = 0, at = 0; i < UNTIMED; i++, at = at + 1 < count ? at + 1 : 0)
        sink = sekuire_decide(engine, &actions[at], now, &decision, NULL);
    round.decisions_per_s = (double)UNTIMED / ((double)(now_ns() - start) / 1e9);
    for (size_t i = 0, at = 0; i < TIMED; i++, at = at + 1 < count ? at + 1 : 0) {
        uint64_t before = now_ns();
        sink = sekuire_decide(engine, &actions[at], now, &decision, NULL);
        times[i] = (uint32_t)(now_ns() - before);
    }
    qsort(times, TIMED, sizeof *times, compare_u32);
    round.p50_ns = quantile(times, TIMED, 0.50);
    round.p99_ns = quantile(times, TIMED, 0.99);
    for (size_t i = 0; i < TIMED; i++) {
        uint64_t before = now_ns();
        times[i] = (uint32_t)(now_ns() - before);
    }
    qsort(times, TIMED, sizeof *times, compare_u32);
    round.empty_p50_ns = quantile(times, TIMED, 0.50);
    (void)sink;
    return round;
}

static int compare_double(const void *a, const void *b) {
    const double *x = a;
    const double *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The median of one member of all rounds, at offset. */
static double median(const struct round rounds[ROUNDS], size_t offset) {
    double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) memcpy(&values[i], (const char *)&rounds[i] + offset, sizeof values[i]);
    qsort(values, ROUNDS, sizeof *values, compare_double);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv) {
    const char *policy_path = NULL;
    const char *requests_path = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--policy") == 0) policy_path = argv[i + 1];
        else if (strcmp(argv[i], "--requests") == 0) requests_path = argv[i + 1];
    }
    if (argc != 5 || policy_path == NULL || requests_path == NULL) die("usage", "bench-decide --policy FILE --requests FILE");

    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    struct sekuire_policy *policy = NULL;
    struct sekuire_engine *engine = NULL;
    int64_t now = (int64_t)time(NULL);
    sek_buffer_init(&bytes, SEK_LIMIT_JSON_BYTES);
    if (sys_read_file(policy_path, &bytes, &err) != 0) die(policy_path, err.message);
    uint64_t start = now_ns();
    if (sekuire_policy_parse((struct sekuire_text){bytes.data, bytes.size}, &policy, &err) != 0) die(policy_path, err.message);
    uint64_t parsed = now_ns();
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    if (sekuire_engine_new(policy, SEKUIRE_ENGINE_DRAFT, &engine, &err) != 0) die(policy_path, err.message);
    uint64_t compiled = now_ns();
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);

    struct requests requests = read_requests(requests_path);
    size_t mismatches = count_mismatches(engine, &requests, now);
    size_t count = 0;
    const struct sekuire_action *actions = pack(&requests, &count);
    if (count == 0) die(requests_path, "it holds no action");
    uint32_t *times = take(TIMED, sizeof *times);
    struct round rounds[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) rounds[i] = measure(engine, actions, count, times, now);
    printf("{\"engine\":\"sekuire\",\"n\":%zu,\"decisions_per_s\":%.0f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"rss_kb\":%ld,\"load_ms\":%.3f,"
           "\"mismatches\":%zu,\"empty_p50_ns\":%.0f,\"compile_ms\":%.3f,\"compile_kb\":%zu}\n",
           requests.count, median(rounds, offsetof(struct round, decisions_per_s)), median(rounds, offsetof(struct round, p50_ns)),
           median(rounds, offsetof(struct round, p99_ns)), usage.ru_maxrss, (double)(compiled - start) / 1e6, mismatches,
           median(rounds, offsetof(struct round, empty_p50_ns)), (double)(compiled - parsed) / 1e6, (after - before) / 1024);
    return mismatches == 0 ? 0 : 1;
}
