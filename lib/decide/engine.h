/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct sekuire_engine, for comply/ and compare/. */
#ifndef SEK_DECIDE_ENGINE_H
#define SEK_DECIDE_ENGINE_H

#include <sekuire/decide.h>

#include "decide/compiled.h"
#include "policy/policy.h"

/* Borrowed from the engine. */
const struct sek_rules *sek_engine_rules(const struct sekuire_engine *engine);
const struct sek_compiled *sek_engine_compiled(const struct sekuire_engine *engine);

/* Engines without a struct sekuire_policy around them; each copies what it needs. The stage follows from the type that is handed in:
 * content is a draft, so SEKUIRE_ENGINE_DRAFT must be among the flags there, and for a verified envelope too. */
int sek_engine_from_content(const struct sek_node *content, unsigned flags, struct sekuire_engine **ret, struct sekuire_error *err);
int sek_engine_from_verified(const struct sek_verified *verified, unsigned flags, struct sekuire_engine **ret,
                             struct sekuire_error *err);
int sek_engine_from_accepted(const struct sek_accepted *accepted, unsigned flags, struct sekuire_engine **ret,
                             struct sekuire_error *err);

/* What one JSON object says is to be decided: with current_rpm and current_rph two actions. */
struct sek_actions {
    struct sekuire_action actions[2];
    size_t count;
    struct sekuire_text id; /* the member `id` as compact JSON; data NULL where absent */
};
/* Reads an action from a tree, as sekuire_action_parse does; the arena keeps its strings. */
int sek_actions_read(struct sek_arena *arena, const struct sek_node *node, int conformance, struct sek_actions *ret,
                     struct sekuire_error *err);
/* The same with memory of its own. */
int sek_action_from_node(const struct sek_node *node, int conformance, struct sekuire_parsed_action **ret, struct sekuire_error *err);

#endif
