/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of seconds for each window; what leaves it is taken off the sum when time goes on. */
#include <sekuire/session.h>

#include <pthread.h>

#include "base/alloc.h"
#include "base/error.h"
#include "decide/action.h"
#include "decide/engine.h"

/* One second more than the window: what was used at its end counts for the whole of it. */
enum { MINUTE_SECONDS = 61, HOUR_SECONDS = 3601 };

/* What was used of one kind in one window. The second `now` is at slot now % size. */
struct window {
    uint64_t *seconds;
    int64_t size;
    uint64_t sum; /* of all slots; full at the largest number, so that it never goes round */
};

struct sekuire_session {
    pthread_mutex_t lock; /* guards what follows */
    int64_t latest;       /* the latest time seen */
    bool began;           /* was there one? */
    struct window windows[2][2]; /* [enum sek_limit_type][enum sek_limit_window] */
    uint64_t slots[2 * (MINUTE_SECONDS + HOUR_SECONDS)];
};

int sekuire_session_new(struct sekuire_session **ret, struct sekuire_error *err) {
    struct sekuire_session *session = sek_alloc_zero(1, sizeof *session);
    if (session == NULL) return sek_fail_memory(err);
    if (pthread_mutex_init(&session->lock, NULL) != 0) {
        sek_free(session);
        return sek_fail_memory(err);
    }
    uint64_t *slots = session->slots;
    for (int type = 0; type < 2; type++) {
        for (int window = 0; window < 2; window++) {
            int64_t size = window == SEK_WINDOW_MINUTE ? MINUTE_SECONDS : HOUR_SECONDS;
            session->windows[type][window] = (struct window){.seconds = slots, .size = size};
            slots += size;
        }
    }
    *ret = session;
    return 0;
}

void sekuire_session_free(struct sekuire_session *session) {
    if (session == NULL) return;
    pthread_mutex_destroy(&session->lock);
    sek_free(session);
}

/* The slot of a second, which may be before 1970. */
static uint64_t *slot(const struct window *window, int64_t second) {
    int64_t at = second % window->size;
    return &window->seconds[at < 0 ? at + window->size : at];
}

/* Lets go of the seconds that leave the window between two times. */
static void slide(struct window *window, int64_t from, int64_t to) {
    uint64_t gone = (uint64_t)to - (uint64_t)from; /* to >= from: the difference fits */
    if (gone >= (uint64_t)window->size) {
        memset(window->seconds, 0, (size_t)window->size * sizeof *window->seconds);
        window->sum = 0;
        return;
    }
    for (uint64_t i = 1; i <= gone; i++) {
        uint64_t *second = slot(window, from + (int64_t)i);
        window->sum -= *second;
        *second = 0;
    }
}

/* Goes on to a time; one that is earlier than the latest is that one. */
static void advance(struct sekuire_session *session, int64_t now) {
    if (session->began && now <= session->latest) return;
    for (int type = 0; session->began && type < 2; type++)
        for (int window = 0; window < 2; window++) slide(&session->windows[type][window], session->latest, now);
    session->latest = now;
    session->began = true;
}

/* Would a count be above a limit? */
static bool is_above(const struct window *window, const struct sek_limit *limit, uint64_t count) {
    return limit->present && (count > UINT64_MAX - window->sum || window->sum + count > limit->value);
}

/* Counts in one window. */
static void add(struct window *window, int64_t second, uint64_t count) {
    uint64_t room = UINT64_MAX - window->sum;
    if (count > room) count = room;
    window->sum += count;
    *slot(window, second) += count;
}

/* A count that is within all limits asked is counted; *ret says what the first other one said. */
static void use(struct sekuire_session *session, const struct sek_rules *rules, const struct sek_reading *reading, bool one_window,
                uint64_t count, struct sekuire_decision *ret) {
    struct window *windows = session->windows[reading->limit_type];
    const struct sek_limit *limits = rules->limits[reading->limit_type];
    for (int window = SEK_WINDOW_MINUTE; window <= SEK_WINDOW_HOUR; window++) {
        if (one_window && window != (int)reading->window) continue;
        if (!is_above(&windows[window], &limits[window], count)) continue;
        *ret = (struct sekuire_decision){.verdict = SEKUIRE_DENY, .rule = "rate_limit.exceeded", .pointer = limits[window].pointer};
        return;
    }
    for (int window = SEK_WINDOW_MINUTE; window <= SEK_WINDOW_HOUR; window++) add(&windows[window], session->latest, count);
    *ret = (struct sekuire_decision){.verdict = SEKUIRE_ALLOW};
}

int sekuire_session_decide(struct sekuire_session *session, const struct sekuire_engine *engine, const struct sekuire_action *action,
                           int64_t now, struct sekuire_decision *ret, struct sekuire_error *err) {
    struct sek_reading reading;
    struct sekuire_decision decision;
    if (action == NULL || action->type != SEKUIRE_ACTION_RATE_LIMIT) return sekuire_decide(engine, action, now, ret, err);
    /* The dates of the policy, and what is no action, are told as ever; a count of nothing is within every limit. */
    struct sekuire_action nothing = *action;
    nothing.count = 0;
    int status = sekuire_decide(engine, &nothing, now, &decision, err);
    if (status == 0) status = sek_action_read(action, &reading, err);
    if (status != 0) return status;
    if (decision.verdict == SEKUIRE_ALLOW) {
        pthread_mutex_lock(&session->lock);
        advance(session, now);
        use(session, sek_engine_rules(engine), &reading, action->detail.data != NULL, action->count, &decision);
        pthread_mutex_unlock(&session->lock);
    }
    *ret = decision;
    return 0;
}
