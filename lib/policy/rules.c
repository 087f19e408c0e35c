/* SPDX-License-Identifier: Apache-2.0 */
/* content -> typed rules. The content is walked in the order of its text, so that findings come in that order; what the table
 * (rules-keys.c) does not know is an unknown key. */
#include "policy/rules.h"

#include "base/error.h"
#include "base/utf8.h"
#include "policy/rules-internal.h"

enum { LITERAL_MAX = 40 }; /* bytes of a number that its message quotes */

struct reading {
    struct sek_problems problems;
    struct sek_rules *rules;
    struct sek_list lists[SEK_KEY_COUNT]; /* those present, by the index of their key */
    bool has_list[SEK_KEY_COUNT];
};

/* The member of the rules that belongs to a key. */
static void *target(struct sek_rules *rules, const struct sek_key *key) { return (char *)rules + key->offset; }

static void read_flag(struct reading *reading, const struct sek_key *key, const struct sek_node *node) {
    struct sek_flag *flag = target(reading->rules, key);
    if (node->kind != SEK_BOOL) {
        sek_problem_type(&reading->problems, "policy.type", node, key->path, "true or false");
        return;
    }
    flag->present = true;
    flag->value = node->boolean;
}

static void read_limit(struct reading *reading, const struct sek_key *key, const struct sek_node *node) {
    struct sek_limit *limit = target(reading->rules, key);
    if (node->kind != SEK_NUMBER) {
        sek_problem_type(&reading->problems, "policy.type", node, key->path, "an integer");
    } else if (!sek_node_u64(node, &limit->value)) {
        struct sekuire_text literal = sek_utf8_cut(node->text, LITERAL_MAX);
        sek_problem(&reading->problems, "policy.type", node, key->path, "%s must be an integer from 0 to %llu, not %.*s",
                    key->path, (unsigned long long)UINT64_MAX, SEK_TEXT_ARGS(literal));
    } else {
        limit->present = true;
    }
}

static void read_residency(struct reading *reading, const struct sek_key *key, const struct sek_node *node) {
    if (node->kind != SEK_STRING) sek_problem_type(&reading->problems, "policy.type", node, key->path, "a string");
    else reading->rules->compliance.data_residency = sek_problem_copy(&reading->problems, node->text);
}

static void read_section(struct reading *reading, const char *path, const struct sek_node *node);

/* Reads the value of a known key by its type. */
static void read_value(struct reading *reading, const struct sek_key *key, const struct sek_node *node) {
    struct sek_problems *problems = &reading->problems;
    size_t index = (size_t)(key - sek_keys);
    switch (key->type) {
    case SEK_KEY_SECTION:
        if (key->offset != 0) *(bool *)target(reading->rules, key) = true;
        read_section(reading, key->path, node);
        break;
    case SEK_KEY_FLAG: read_flag(reading, key, node); break;
    case SEK_KEY_LIST:
    case SEK_KEY_TOOLS:
        sek_list_read(problems, key, node, &reading->lists[index]);
        reading->has_list[index] = true;
        break;
    case SEK_KEY_SERVICES: sek_services_read(problems, node, key->path, reading->rules); break;
    case SEK_KEY_LIMIT: read_limit(reading, key, node); break;
    case SEK_KEY_FRAMEWORKS: sek_frameworks_read(problems, node, key->path, reading->rules); break;
    case SEK_KEY_RESIDENCY: read_residency(reading, key, node); break;
    case SEK_KEY_BINDING:
        sek_binding_read_section(problems, node, &reading->rules->binding);
        if (reading->rules->binding.workspace_id.data != NULL)
            reading->rules->binding.workspace_id = sek_problem_copy(problems, reading->rules->binding.workspace_id);
        break;
    case SEK_KEY_MEMBER: break;
    }
}

/* Reads the members of a section; its depth is that of the table. */
static void read_section(struct reading *reading, const char *path, const struct sek_node *node) {
    if (node->kind != SEK_OBJECT) {
        sek_problem_type(&reading->problems, "policy.type", node, path, "an object");
        return;
    }
    for (SEK_EACH(member, node)) {
        const struct sek_key *key = sek_key_find(path, member->key);
        if (key != NULL) read_value(reading, key, member);
        else if (!sek_key_is_comment(member->key)) sek_problem_unknown(&reading->problems, path, path, member);
    }
}

/* Where everything stands, or would stand. */
static void set_pointers(struct sek_rules *rules) {
    rules->network.pointer = "/permissions/network";
    rules->filesystem.pointer = "/permissions/filesystem";
    rules->api.pointer = "/permissions/api";
    rules->api.services_pointer = "/permissions/api/allowed_services";
    rules->compliance.data_residency_pointer = "/compliance/data_residency";
    for (const struct sek_key *key = sek_keys; key < sek_keys + SEK_KEY_COUNT; key++) {
        if (key->type == SEK_KEY_FLAG) ((struct sek_flag *)target(rules, key))->pointer = key->path;
        if (key->type == SEK_KEY_LIMIT) ((struct sek_limit *)target(rules, key))->pointer = key->path;
    }
}

/* Puts the lists that are there into their sets, in the table's order. */
static void collect_lists(struct reading *reading) {
    for (size_t i = 0; i < SEK_KEY_COUNT; i++) {
        if (!reading->has_list[i]) continue;
        struct sek_list_set *set = target(reading->rules, &sek_keys[i]);
        set->lists[set->count++] = reading->lists[i];
    }
}

int sek_rules_compile(struct sek_arena *arena, const struct sek_node *content, const struct sek_rules **ret,
                      struct sek_report *report, struct sekuire_error *err) {
    struct reading reading = {.problems = {.arena = arena, .report = report}};
    reading.rules = sek_arena_alloc(arena, sizeof *reading.rules);
    if (reading.rules == NULL) return sek_fail_memory(err);
    set_pointers(reading.rules);
    read_section(&reading, "", content);
    if (reading.problems.status != 0) return sek_fail_memory(err);
    if (reading.problems.count > 0) {
        if (err != NULL) *err = reading.problems.first;
        return reading.problems.first.status;
    }
    collect_lists(&reading);
    reading.rules->unknown_keys = reading.problems.unknown;
    *ret = reading.rules;
    return 0;
}

/* The first unknown key of a section or a service and what is below it. */
static void find_unknown(struct sek_problems *problems, const char *path, const char *base, const struct sek_node *node) {
    for (SEK_EACH(member, node)) {
        const struct sek_key *key = sek_key_find(path, member->key);
        if (problems->unknown > 0) return;
        if (key == NULL && !sek_key_is_comment(member->key)) sek_problem_unknown(problems, path, base, member);
        if (key == NULL) continue;
        if ((key->type == SEK_KEY_SECTION || key->type == SEK_KEY_BINDING) && member->kind == SEK_OBJECT)
            find_unknown(problems, key->path, key->path, member);
        if (key->type == SEK_KEY_SERVICES && member->kind == SEK_ARRAY)
            for (SEK_EACH(service, member))
                if (service->kind == SEK_OBJECT)
                    find_unknown(problems, SEK_SERVICE_PATH, "an entry of allowed_services", service);
    }
}

int sek_rules_known_keys(const struct sek_node *content, struct sekuire_error *err) {
    struct sek_problems problems = {0};
    if (content->kind == SEK_OBJECT) find_unknown(&problems, "", "", content);
    if (problems.unknown == 0) return 0;
    if (err != NULL) *err = problems.first_unknown;
    return problems.first_unknown.status;
}
