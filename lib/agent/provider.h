/* SPDX-License-Identifier: Apache-2.0 */
/* Whose model is it? (docs/spec/semantics.md, section 5). The table is data: lib/agent/providers.def. */
#ifndef SEK_AGENT_PROVIDER_H
#define SEK_AGENT_PROVIDER_H

#include "pattern/index.h"

/* The table as an index, for those who ask often. Errors: memory. In the functions below NULL stands for no index: every line of the
 * table is gone through then. */
int sek_provider_index(struct sek_arena *arena, const struct sek_index **ret, struct sekuire_error *err);

/* The provider that the table of well-known model name prefixes gives for a whole name, case-sensitively; data NULL if none. */
struct sekuire_text sek_provider_of_name(const struct sek_index *table, struct sekuire_text model);
/* In the order of section 5: declared (may be empty), the part before the first '/', the table; data NULL if it cannot be told. */
struct sekuire_text sek_provider_of_model(const struct sek_index *table, struct sekuire_text model, struct sekuire_text declared);
/* Every provider that may be meant, for block lists: declared, each segment of the name before a '/', the table asked about the
 * whole name and about what follows each '/'. Calls visit for each until it returns true; returns whether one did. */
bool sek_provider_each_meant(const struct sek_index *table, struct sekuire_text model, struct sekuire_text declared,
                             bool (*visit)(void *context, struct sekuire_text provider), void *context);
/* The declared provider contradicts a prefix or a table entry: true and the other one in *ret_other. */
bool sek_provider_conflict(struct sekuire_text model, struct sekuire_text declared, struct sekuire_text *ret_other);

#endif
