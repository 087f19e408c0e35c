/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct sekuire_engine, for comply/ and compare/. */
#ifndef SEK_DECIDE_ENGINE_H
#define SEK_DECIDE_ENGINE_H

#include <sekuire/decide.h>

#include "policy/policy.h"

/* Borrowed from the engine. */
const struct sek_rules *sek_engine_rules(const struct sekuire_engine *engine);

/* An engine straight from a content tree (copied), for the server, which has verified what it serves when it was uploaded. */
int sek_engine_from_content(const struct sek_node *content, unsigned flags, enum sekuire_policy_stage stage,
                            struct sekuire_engine **ret, struct sekuire_error *err);

/* The same reading of an action from a tree. */
int sek_action_from_node(const struct sek_node *node, int conformance, struct sekuire_parsed_action **ret, struct sekuire_error *err);

#endif
