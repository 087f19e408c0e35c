/* SPDX-License-Identifier: Apache-2.0 */
/* The types of a manifest's known sections and keys (docs/spec/wire.md, section 5), as tables. Unknown keys are ignored. An
 * optional member that is null counts as absent. */
#ifndef SEK_AGENT_SCHEMA_H
#define SEK_AGENT_SCHEMA_H

#include "tree/node.h"

struct sek_schema;

extern const struct sek_schema sek_schema_manifest;
extern const struct sek_schema sek_schema_permissions;
extern const struct sek_schema sek_schema_rate_limits;
extern const struct sek_schema sek_schema_compliance;

/* Checks node, an object called name in messages ("" for the manifest itself), and all that the table knows below it.
 * Errors: type, missing_field, with the position of what is wrong, or of the section that lacks a field. */
int sek_schema_check(const struct sek_schema *schema, const struct sek_node *node, const char *name,
                     struct sekuire_error *err);

/* The member of a section, or NULL where it is absent or null. */
const struct sek_node *sek_section_get(const struct sek_node *section, const char *key);
/* The text of a member; data NULL where it is absent, null or no string. */
struct sekuire_text sek_section_text(const struct sek_node *section, const char *key);

#endif
