/* SPDX-License-Identifier: Apache-2.0 */
/* Rules made ready for deciding: every list is an index. */
#ifndef SEK_DECIDE_COMPILED_H
#define SEK_DECIDE_COMPILED_H

#include "pattern/index.h"
#include "policy/rules.h"

/* All lists that block one thing; their entries one after the other. */
struct sek_blocked {
    const struct sek_index *index; /* NULL: nothing is blocked */
    const struct sek_entry *const *entries;
};

/* The lists that allow one thing and have entries: each must match. */
struct sek_allowed {
    size_t count;
    struct {
        const struct sek_index *index;
        const char *pointer;
    } lists[4];
};

/* All entries of one service. */
struct sek_service_group {
    const struct sek_entry *first;
    const struct sek_index *endpoints; /* NULL: every endpoint */
};

struct sek_compiled {
    struct sek_blocked blocked_tools, blocked_models, blocked_providers, blocked_domains, blocked_paths;
    struct sek_allowed allowed_tools, allowed_models, allowed_providers, allowed_domains, allowed_paths, extensions;
    const char *providers_pointer; /* of the first list of providers that has entries; NULL: there is none */
    const struct sek_index *provider_table;
    const struct sek_index *services; /* orders are numbers of groups; NULL: every service */
    const struct sek_service_group *groups;
};

/* Compiles rules, which stay in use, into arena. Errors: memory. */
int sek_compile(struct sek_arena *arena, const struct sek_rules *rules, struct sek_compiled *ret, struct sekuire_error *err);

#endif
