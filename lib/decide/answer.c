/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/answer.h"

enum { MESSAGE_BYTES = 16 << 10 };

void sek_decision_members(struct sek_writer *writer, const struct sekuire_decision *decision, const struct sekuire_action *action) {
    char message[MESSAGE_BYTES];
    sekuire_decision_message(decision, action, message, sizeof message);
    sek_write_member(writer, "decision", sekuire_verdict_word(decision->verdict));
    sek_write_member(writer, "rule", decision->rule);
    sek_write_member(writer, "message", message);
    if (decision->pattern.data != NULL) sek_write_member_text(writer, "pattern", decision->pattern);
    else sek_write_member(writer, "pattern", NULL);
    sek_write_member(writer, "pointer", decision->pointer);
}

void sek_decision_answer(struct sek_writer *writer, struct sekuire_text id, const struct sekuire_decision *decision,
                         const struct sekuire_action *action) {
    sek_write_object(writer);
    if (id.data != NULL) {
        sek_write_key(writer, "id");
        sek_write_raw(writer, id);
    }
    sek_decision_members(writer, decision, action);
    sek_write_object_end(writer);
}

void sek_decision_error(struct sek_writer *writer, const struct sek_node *node, const struct sekuire_error *err, bool place) {
    const struct sek_node *id = sek_node_get(node, "id");
    sek_write_object(writer);
    if (id != NULL) {
        sek_write_key(writer, "id");
        sek_write_node(writer, id);
    }
    sek_write_key(writer, "error");
    sek_write_object(writer);
    sek_write_member(writer, "code", sekuire_status_word(err->status));
    sek_write_member(writer, "message", err->message);
    if (place && err->line != 0) {
        sek_write_member_u64(writer, "line", err->line);
        sek_write_member_u64(writer, "column", err->column);
        sek_write_member_u64(writer, "offset", err->offset);
    }
    sek_write_object_end(writer);
    sek_write_object_end(writer);
}
