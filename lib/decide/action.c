/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an action: every value is checked before any rule is asked. */
#include "decide/action.h"

#include "base/ascii.h"
#include "base/error.h"

bool sek_limit_type_parse(struct sekuire_text text, enum sek_limit_type *ret) {
    if (sek_text_is(text, "request")) *ret = SEK_LIMIT_REQUEST;
    else if (sek_text_is(text, "token")) *ret = SEK_LIMIT_TOKEN;
    else return false;
    return true;
}

bool sek_limit_window_parse(struct sekuire_text text, enum sek_limit_window *ret) {
    if (sek_text_is(text, "minute")) *ret = SEK_WINDOW_MINUTE;
    else if (sek_text_is(text, "hour")) *ret = SEK_WINDOW_HOUR;
    else return false;
    return true;
}

/* The normal path: most are that already. */
static int read_path(const struct sekuire_action *action, struct sek_reading *ret, struct sekuire_error *err) {
    if (action->target.data[0] == '/' && sek_ascii_plain_path(action->target)) return 0;
    return sek_path_normalise(action->target, action->root, ret->target_space, sizeof ret->target_space, &ret->target, err);
}

/* Type and window of a rate-limit action; the window is a minute unless it says otherwise. */
static int read_limit(const struct sekuire_action *action, struct sek_reading *ret, struct sekuire_error *err) {
    ret->window = SEK_WINDOW_MINUTE;
    if (!sek_limit_type_parse(action->target, &ret->limit_type))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "a limit type is \"request\" or \"token\", not \"%.*s\"",
                        SEK_TEXT_ARGS(action->target));
    if (ret->detail.data != NULL && !sek_limit_window_parse(ret->detail, &ret->window))
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "a window is \"minute\" or \"hour\", not \"%.*s\"", SEK_TEXT_ARGS(ret->detail));
    return 0;
}

/* What target and detail are called in each type of action. */
static const struct {
    const char *target;
    const char *detail;
} value_names[] = {
    [SEKUIRE_ACTION_NETWORK] = {"domain", "protocol"}, [SEKUIRE_ACTION_FILESYSTEM] = {"path", "operation"},
    [SEKUIRE_ACTION_TOOL] = {"tool", "detail"},        [SEKUIRE_ACTION_MODEL] = {"model", "provider"},
    [SEKUIRE_ACTION_API] = {"service", "endpoint"},    [SEKUIRE_ACTION_RATE_LIMIT] = {"limit type", "window"},
};

/* Says which value an error is about. */
static int about(struct sekuire_error *err, int status, const char *name) {
    if (status != 0 && err != NULL) sek_fail_prefix(err, name);
    return status;
}

/* The target's normal form. */
static int read_target(const struct sekuire_action *action, struct sek_reading *ret, struct sekuire_error *err) {
    ret->target = action->target;
    if (action->type == SEKUIRE_ACTION_NETWORK)
        return sek_host_normalise(action->target, ret->target_space, sizeof ret->target_space, &ret->target, err);
    if (action->type == SEKUIRE_ACTION_FILESYSTEM && action->target.size > 0 && action->target.size <= SEK_LIMIT_ACTION_TEXT)
        return read_path(action, ret, err);
    return sek_value_check(action->target, err);
}

int sek_action_read(const struct sekuire_action *action, struct sek_reading *ret, struct sekuire_error *err) {
    if (action == NULL || action->type <= SEKUIRE_ACTION_NONE || action->type > SEKUIRE_ACTION_RATE_LIMIT)
        return sek_fail(err, SEKUIRE_ERR_USAGE, "no such type of action");
    const char *name = value_names[action->type].target;
    if (action->target.data == NULL) return sek_fail(err, SEKUIRE_ERR_USAGE, "the action has no %s", name);
    bool has_detail = action->detail.data != NULL && action->type != SEKUIRE_ACTION_TOOL;
    ret->detail = has_detail ? action->detail : (struct sekuire_text){NULL, 0};
    int status = about(err, read_target(action, ret, err), name);
    if (status == 0 && has_detail) status = about(err, sek_value_check(action->detail, err), value_names[action->type].detail);
    if (status == 0 && action->type == SEKUIRE_ACTION_RATE_LIMIT) status = read_limit(action, ret, err);
    return status;
}

int sekuire_host_to_ascii(struct sekuire_text host, char out[SEKUIRE_HOST_SIZE], struct sekuire_error *err) {
    char space[SEKUIRE_HOST_SIZE];
    struct sekuire_text ascii;
    int status = sek_host_to_ascii(host, space, SEK_LIMIT_DOMAIN, &ascii, err);
    if (status != 0) return status;
    memcpy(out, ascii.data, ascii.size);
    out[ascii.size] = '\0';
    return 0;
}
