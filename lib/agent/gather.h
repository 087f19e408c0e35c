/* SPDX-License-Identifier: Apache-2.0 */
/* What a manifest and the `declared` member of a publish request have in common: lists of names, tools, permissions,
 * limits, compliance, gathered into a declaration. */
#ifndef SEK_AGENT_GATHER_H
#define SEK_AGENT_GATHER_H

#include "agent/declaration.h"

/* Where the gathering stands. After a failure, status says why, err has it, and every further call does nothing. */
struct sek_gather {
    struct sek_arena *arena;
    struct sek_declaration *declaration;
    const char *file; /* the source of what is gathered now */
    struct sekuire_error *err;
    int status;
};

/* Appends text, which stands at node. */
void sek_gather_item(struct sek_gather *gather, struct sek_declared_list *list, struct sekuire_text text,
                     const struct sek_node *node);
/* Appends the member of section where it is a string. */
void sek_gather_text(struct sek_gather *gather, struct sek_declared_list *list, const struct sek_node *section,
                     const char *key);
/* Appends every string of an array (NULL: none). Types were checked before. */
void sek_gather_texts(struct sek_gather *gather, struct sek_declared_list *list, const struct sek_node *array);
void sek_gather_model(struct sek_gather *gather, struct sekuire_text model, const struct sek_node *node,
                      struct sekuire_text provider, const struct sek_node *provider_node);
/* The entries of a tools file; errors of type as they are met. */
void sek_gather_tools_file(struct sek_gather *gather, const struct sek_node *tools);
/* Sections that sek_schema_check has passed; NULL: none. */
void sek_gather_permissions(struct sek_gather *gather, const struct sek_node *permissions);
void sek_gather_rate_limits(struct sek_gather *gather, const struct sek_node *rate_limits);
void sek_gather_compliance(struct sek_gather *gather, const struct sek_node *compliance);

#endif
