/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: what one agent used of its rate limits, counted in sliding windows of a minute and an hour (docs/spec/semantics.md,
 * section 4). */
#ifndef SEKUIRE_SESSION_H
#define SEKUIRE_SESSION_H

#include <sekuire/decide.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any number of threads may use one session. It takes about 60 KiB, however much is counted. */
struct sekuire_session;

/* Nothing was used yet. Errors: memory. Free *ret with sekuire_session_free. */
SEKUIRE_API int sekuire_session_new(struct sekuire_session **ret, struct sekuire_error *err);
SEKUIRE_API void sekuire_session_free(struct sekuire_session *session);

/* As sekuire_decide, but the count of a rate-limit action is what is about to be used: it is denied where that, with what was used
 * within the last 60 and 3600 seconds, is above the engine's limit for the minute or the hour (a window that the action names is asked
 * alone), and counted in both windows where it is not. All other actions are decided as they are; what they use is told by rate-limit
 * actions of their own. now is in Unix seconds; a time before the latest one that the session saw counts as that one, so a clock that
 * steps back frees nothing. What was used in a second is free again when more than 60 (3600) seconds have passed since it began. */
SEKUIRE_API int sekuire_session_decide(struct sekuire_session *session, const struct sekuire_engine *engine,
                                       const struct sekuire_action *action, int64_t now, struct sekuire_decision *ret,
                                       struct sekuire_error *err);

#ifdef __cplusplus
}
#endif
#endif
