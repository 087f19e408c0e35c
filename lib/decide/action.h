/* SPDX-License-Identifier: Apache-2.0 */
/* An action read: all its values checked and in normal form. Nothing is allocated. */
#ifndef SEK_DECIDE_ACTION_H
#define SEK_DECIDE_ACTION_H

#include <sekuire/decide.h>

#include "policy/rules.h"

#define SEK_ACTION_PATH_SPACE (2 * SEK_LIMIT_ACTION_TEXT + 2) /* what sek_path_normalise asks for */

struct sek_reading {
    struct sekuire_text target;    /* in normal form; in target_space, or borrowed from the action */
    struct sekuire_text detail;    /* data NULL: absent */
    enum sek_limit_type limit_type;
    enum sek_limit_window window;
    char target_space[SEK_ACTION_PATH_SPACE];
};

/* Reads *action into *ret, which holds pointers into itself and into the action. Errors: content, usage (as sekuire_decide);
 * *ret is undefined then. */
int sek_action_read(const struct sekuire_action *action, struct sek_reading *ret, struct sekuire_error *err);

/* The words of a rate-limit action; false for any other. */
bool sek_limit_type_parse(struct sekuire_text text, enum sek_limit_type *ret);
bool sek_limit_window_parse(struct sekuire_text text, enum sek_limit_window *ret);

#endif
