/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as JSON (docs/spec/cli.md, section 2), for the command line and the server. */
#ifndef SEK_DECIDE_ANSWER_H
#define SEK_DECIDE_ANSWER_H

#include <sekuire/decide.h>

#include "tree/write.h"

/* The members "decision", "rule", "message", "pattern" and "pointer". */
void sek_decision_members(struct sek_writer *writer, const struct sekuire_decision *decision, const struct sekuire_action *action);
/* {"id"?,"decision",...}; id as compact JSON, data NULL where absent. */
void sek_decision_answer(struct sek_writer *writer, struct sekuire_text id, const struct sekuire_decision *decision,
                         const struct sekuire_action *action);
/* {"id"?,"error":{"code","message"}} for what is no action; place: also "line", "column" and "offset", where they are known. node may be NULL. */
void sek_decision_error(struct sek_writer *writer, const struct sek_node *node, const struct sekuire_error *err, bool place);

#endif
