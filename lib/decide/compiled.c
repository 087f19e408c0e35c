/* SPDX-License-Identifier: Apache-2.0 */
/* From lists to indexes. */
#include "decide/compiled.h"

#include "agent/provider.h"
#include "base/alloc.h"
#include "base/error.h"

/* An index of some entries. */
static int index_entries(struct sek_arena *arena, const struct sek_entry *const *entries, size_t count, bool any_case,
                         const struct sek_index **ret, struct sekuire_error *err) {
    const struct sek_pattern **patterns = sek_alloc((count + 1) * sizeof *patterns);
    if (patterns == NULL) return sek_fail_memory(err);
    for (size_t i = 0; i < count; i++) patterns[i] = &entries[i]->pattern;
    int status = sek_index_build(arena, patterns, count, any_case, ret, err);
    sek_free(patterns);
    return status;
}

/* What blocks: all lists of a set as one. */
static int compile_blocked(struct sek_arena *arena, const struct sek_list_set *set, bool any_case, struct sek_blocked *ret,
                           struct sekuire_error *err) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) count += set->lists[i].count;
    if (count == 0) return 0;
    const struct sek_entry **entries = sek_arena_array(arena, count, sizeof *entries);
    if (entries == NULL) return sek_fail_memory(err);
    count = 0;
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->lists[i].count; k++) entries[count++] = &set->lists[i].entries[k];
    ret->entries = entries;
    return index_entries(arena, entries, count, any_case, &ret->index, err);
}

/* An index of one list. */
static int index_list(struct sek_arena *arena, const struct sek_list *list, const struct sek_index **ret, struct sekuire_error *err) {
    const struct sek_entry **entries = sek_alloc(list->count * sizeof *entries);
    if (entries == NULL) return sek_fail_memory(err);
    for (size_t k = 0; k < list->count; k++) entries[k] = &list->entries[k];
    int status = index_entries(arena, entries, list->count, false, ret, err);
    sek_free(entries);
    return status;
}

/* What allows: an empty list restricts nothing. */
static int compile_allowed(struct sek_arena *arena, const struct sek_list_set *set, struct sek_allowed *ret, struct sekuire_error *err) {
    for (size_t i = 0; i < set->count; i++) {
        const struct sek_list *list = &set->lists[i];
        if (list->count == 0) continue;
        int status = index_list(arena, list, &ret->lists[ret->count].index, err);
        if (status != 0) return status;
        ret->lists[ret->count++].pointer = list->pointer;
    }
    return 0;
}

/* The first list of providers that has entries. */
static const char *providers_pointer(const struct sek_rules *rules) {
    const struct sek_list_set *sets[] = {&rules->allowed_providers, &rules->blocked_providers};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            if (sets[i]->lists[k].count > 0) return sets[i]->lists[k].pointer;
    return NULL;
}

/* Services while they are grouped by their patterns. Each group is a chain: heads[group], next[service]... */
struct grouping {
    const struct sek_service *services;
    size_t count;
    uint32_t *group_of, *next;
    uint32_t *heads;
    size_t group_count;
};

/* Is the pattern of two services the same? */
static bool same_service(const struct sek_service *a, const struct sek_service *b) {
    return a->entry.pattern.shape == b->entry.pattern.shape && sek_text_equal(a->entry.pattern.norm, b->entry.pattern.norm);
}

/* Gives every service the group of the first one of its pattern, which is among those that an index of all finds for its text. */
static void group_services(struct grouping *g, const struct sek_index *all) {
    for (size_t i = 0; i < g->count; i++) {
        struct sek_index_walk walk;
        uint32_t order;
        sek_index_walk_begin(&walk, all, g->services[i].entry.pattern.norm);
        while ((order = sek_index_walk_next(&walk)) != SEK_INDEX_NONE && !same_service(&g->services[order], &g->services[i])) continue;
        g->group_of[i] = order < i ? g->group_of[order] : (uint32_t)g->group_count++;
        g->heads[g->group_of[i]] = SEK_INDEX_NONE;
    }
    for (size_t i = g->count; i > 0; i--) {
        uint32_t *head = &g->heads[g->group_of[i - 1]];
        g->next[i - 1] = *head;
        *head = (uint32_t)(i - 1);
    }
}

/* The endpoints of one group as one index; none where a service of it has none. */
static int group_endpoints(struct sek_arena *arena, const struct grouping *g, uint32_t head, const struct sek_index **ret,
                           struct sekuire_error *err) {
    size_t count = 0;
    for (uint32_t i = head; i != SEK_INDEX_NONE; i = g->next[i]) {
        if (g->services[i].endpoints.count == 0) return 0;
        count += g->services[i].endpoints.count;
    }
    const struct sek_entry **entries = sek_alloc(count * sizeof *entries);
    if (entries == NULL) return sek_fail_memory(err);
    count = 0;
    for (uint32_t i = head; i != SEK_INDEX_NONE; i = g->next[i])
        for (size_t k = 0; k < g->services[i].endpoints.count; k++) entries[count++] = &g->services[i].endpoints.entries[k];
    int status = index_entries(arena, entries, count, false, ret, err);
    sek_free(entries);
    return status;
}

/* The groups, and an index of their patterns. */
static int compile_groups(struct sek_arena *arena, const struct grouping *g, struct sek_compiled *ret, struct sekuire_error *err) {
    struct sek_service_group *groups = sek_arena_array(arena, g->group_count, sizeof *groups);
    const struct sek_entry **firsts = sek_alloc(g->group_count * sizeof *firsts);
    int status = groups == NULL || firsts == NULL ? sek_fail_memory(err) : 0;
    for (size_t i = 0; status == 0 && i < g->group_count; i++) {
        groups[i].first = firsts[i] = &g->services[g->heads[i]].entry;
        status = group_endpoints(arena, g, g->heads[i], &groups[i].endpoints, err);
    }
    if (status == 0) status = index_entries(arena, firsts, g->group_count, false, &ret->services, err);
    ret->groups = groups;
    sek_free(firsts);
    return status;
}

/* Services: the entries of one add up. */
static int compile_services(struct sek_arena *arena, const struct sek_rules *rules, struct sek_compiled *ret, struct sekuire_error *err) {
    struct grouping g = {.services = rules->api.services, .count = rules->api.service_count};
    const struct sek_index *all = NULL;
    struct sek_arena scratch;
    if (g.count == 0) return 0;
    sek_arena_init(&scratch, SEK_LIMIT_TREE_ARENA);
    uint32_t *numbers = sek_arena_array(&scratch, 3 * g.count, sizeof *numbers);
    const struct sek_entry **entries = sek_arena_array(&scratch, g.count, sizeof *entries);
    int status = numbers == NULL || entries == NULL ? sek_fail_memory(err) : 0;
    for (size_t i = 0; status == 0 && i < g.count; i++) entries[i] = &g.services[i].entry;
    if (status == 0) status = index_entries(&scratch, entries, g.count, false, &all, err);
    if (status == 0) {
        g.group_of = numbers;
        g.next = numbers + g.count;
        g.heads = numbers + 2 * g.count;
        group_services(&g, all);
        status = compile_groups(arena, &g, ret, err);
    }
    sek_arena_clear(&scratch);
    return status;
}

int sek_compile(struct sek_arena *arena, const struct sek_rules *rules, struct sek_compiled *ret, struct sekuire_error *err) {
    struct sek_compiled compiled = {.providers_pointer = providers_pointer(rules)};
    const struct {
        const struct sek_list_set *set;
        bool any_case;
        struct sek_blocked *blocked;
        struct sek_allowed *allowed;
    } sets[] = {
        {&rules->blocked_tools, false, &compiled.blocked_tools, NULL},
        {&rules->blocked_models, true, &compiled.blocked_models, NULL},
        {&rules->blocked_providers, false, &compiled.blocked_providers, NULL},
        {&rules->network.blocked, false, &compiled.blocked_domains, NULL},
        {&rules->filesystem.blocked, false, &compiled.blocked_paths, NULL},
        {&rules->allowed_tools, false, NULL, &compiled.allowed_tools},
        {&rules->allowed_models, false, NULL, &compiled.allowed_models},
        {&rules->allowed_providers, false, NULL, &compiled.allowed_providers},
        {&rules->network.allowed, false, NULL, &compiled.allowed_domains},
        {&rules->filesystem.allowed, false, NULL, &compiled.allowed_paths},
        {&rules->filesystem.extensions, false, NULL, &compiled.extensions},
    };
    int status = compiled.providers_pointer == NULL ? 0 : sek_provider_index(arena, &compiled.provider_table, err);
    for (size_t i = 0; status == 0 && i < sizeof sets / sizeof sets[0]; i++)
        status = sets[i].blocked != NULL ? compile_blocked(arena, sets[i].set, sets[i].any_case, sets[i].blocked, err)
                                         : compile_allowed(arena, sets[i].set, sets[i].allowed, err);
    if (status == 0) status = compile_services(arena, rules, &compiled, err);
    if (status == 0) *ret = compiled;
    return status;
}
