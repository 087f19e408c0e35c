/* SPDX-License-Identifier: Apache-2.0 */
/* The hot path. index.js has read the action's members already; here their strings become UTF-8 on the stack, the library decides, and
 * nothing is made of it where nothing decided. */
#include "addon.h"

#include <stdlib.h>

enum { OUTCOMES_SLOTS = 1024, OUTCOMES_MAX = 768 };

/* Which decisions a policy gave: index.js keeps the strings of each by its number, and asks for them once. Borrowed pointers of the
 * engine stand for the strings. A policy that gives more than OUTCOMES_MAX different ones has number 0 for the rest: the last one. */
struct outcomes {
    int32_t count;
    struct sekuire_decision decisions[OUTCOMES_MAX + 1]; /* from 1 */
    int32_t slots[OUTCOMES_SLOTS];                       /* 0: free */
};

/* Counted: askers of several policies may count in one. */
struct session {
    size_t references;
    struct sekuire_session *session;
};

enum { SESSION_BYTES = 60 << 10 }; /* what sekuire/session.h says one takes */

/* What a function ask decides with. */
struct asker {
    struct policy *policy;
    struct session *session; /* NULL: nothing is counted */
};

/* An object of ours is told from others by this tag. */
static const napi_type_tag asker_tag = {0x5e4b1e7e2f0d4a11, 0x9c53d1a6b7e80f42};

/* The number of a decision that a rule made. */
static int32_t number_outcome(struct policy *policy, const struct sekuire_decision *decision) {
    if (policy->outcomes == NULL) policy->outcomes = calloc(1, sizeof *policy->outcomes);
    struct outcomes *known = policy->outcomes;
    if (known == NULL) return 0;
    uintptr_t mixed = ((uintptr_t)decision->rule * 31 + (uintptr_t)decision->pointer) * 31 + (uintptr_t)decision->pattern.data;
    size_t at = (size_t)((mixed * (uintptr_t)0x9E3779B97F4A7C15) >> (sizeof mixed * 8 - 10));
    for (; known->slots[at] != 0; at = (at + 1) % OUTCOMES_SLOTS) {
        const struct sekuire_decision *other = &known->decisions[known->slots[at]];
        if (other->rule == decision->rule && other->pointer == decision->pointer && other->pattern.data == decision->pattern.data)
            return known->slots[at];
    }
    if (known->count == OUTCOMES_MAX) return 0;
    known->decisions[++known->count] = *decision;
    known->slots[at] = known->count;
    return known->count;
}

/* The count of a rate-limit action: a number that is an integer from 0 to 2^53 - 1, or a BigInt that fits. */
static bool read_count(napi_env env, napi_value value, uint64_t *ret) {
    double number = 0;
    bool lossless = false;
    if (napi_get_value_bigint_uint64(env, value, ret, &lossless) == napi_ok) return lossless;
    if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number <= 9007199254740991.0)) return false;
    *ret = (uint64_t)number;
    return (double)*ret == number;
}

/* Throws that a value of the action has no normal form. */
static void throw_value(napi_env env, const char *message) {
    struct sekuire_error err = {.status = SEKUIRE_ERR_CONTENT};
    memcpy(err.message, message, strlen(message) + 1);
    throw_failure(env, &err, true);
}

/* One string of an action. One that is too long stays so for the library, which refuses it. */
static bool read_text(napi_env env, napi_value value, char *out, struct sekuire_text *ret) {
    bool whole = false;
    if (!read_string(env, value, out, TEXT_SPACE, ret, &whole)) return false;
    if (whole || ret->size > TEXT_MAX) return true;
    throw_value(env, "a string of the action holds half a surrogate pair");
    return false;
}

/* Is the value there? */
static bool is_given(napi_env env, napi_value value) {
    napi_valuetype type = napi_undefined;
    return napi_typeof(env, value, &type) == napi_ok && type != napi_undefined;
}

/* Is the text all ASCII? */
static bool is_ascii(struct sekuire_text text) {
    unsigned char all = 0;
    for (size_t i = 0; i < text.size; i++) all |= (unsigned char)text.data[i];
    return all < 0x80;
}

/* An action, and where its strings are kept. */
struct asked {
    struct sekuire_action action;
    char target[TEXT_SPACE], detail[TEXT_SPACE], root[TEXT_SPACE], host[SEKUIRE_HOST_SIZE];
};

/* Reads kind, target, detail and root or count. False with an exception. */
static bool read_action(napi_env env, const napi_value *argv, struct asked *ret) {
    struct sekuire_action *action = &ret->action;
    struct sekuire_error err;
    int32_t kind = 0;
    *action = (struct sekuire_action){.type = SEKUIRE_ACTION_NONE};
    if (napi_get_value_int32(env, argv[0], &kind) != napi_ok) {
        throw_misuse(env);
        return false;
    }
    action->type = (enum sekuire_action_type)kind;
    if (!read_text(env, argv[1], ret->target, &action->target)) return false;
    if (action->type == SEKUIRE_ACTION_TOOL) return true;
    if (is_given(env, argv[2]) && !read_text(env, argv[2], ret->detail, &action->detail)) return false;
    if (action->type == SEKUIRE_ACTION_FILESYSTEM && is_given(env, argv[3]) && !read_text(env, argv[3], ret->root, &action->root)) return false;
    if (action->type == SEKUIRE_ACTION_RATE_LIMIT && !read_count(env, argv[3], &action->count)) {
        throw_misuse(env);
        return false;
    }
    if (action->type != SEKUIRE_ACTION_NETWORK || is_ascii(action->target)) return true;
    if (sekuire_host_to_ascii(action->target, ret->host, &err) != 0) {
        throw_failure(env, &err, true);
        return false;
    }
    action->target = text_of(ret->host);
    return true;
}

/* ask(kind, target, detail, root or count, now): undefined where the action is allowed and no rule decided, else the verdict and four times
 * the outcome's number. Throws ActionError. */
static napi_value ask(napi_env env, napi_callback_info info) {
    struct asked asked;
    struct sekuire_decision decision;
    struct sekuire_error err;
    struct asker *asker = NULL;
    napi_value argv[5], answer = NULL;
    size_t argc = 5;
    int64_t now = 0;
    if (napi_get_cb_info(env, info, &argc, argv, NULL, (void **)&asker) != napi_ok || napi_get_value_int64(env, argv[4], &now) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    if (!read_action(env, argv, &asked)) return NULL;
    struct policy *policy = asker->policy;
    int status = asker->session == NULL ? sekuire_decide(policy->engine, &asked.action, now, &decision, &err)
                                        : sekuire_session_decide(asker->session->session, policy->engine, &asked.action, now, &decision, &err);
    if (status != 0) {
        throw_failure(env, &err, true);
        return NULL;
    }
    if (decision.rule == NULL && decision.verdict == SEKUIRE_ALLOW) return NULL;
    policy->last = decision;
    if (napi_create_int32(env, (int32_t)decision.verdict + 4 * number_outcome(policy, &decision), &answer) != napi_ok) throw_misuse(env);
    return answer;
}

/* The decision with a number. */
static struct sekuire_decision outcome_of(const struct policy *policy, int32_t number) {
    const struct outcomes *known = policy->outcomes;
    return known != NULL && number > 0 && number <= known->count ? known->decisions[number] : policy->last;
}

/* say(kind, target, detail, root or count, ask, number): the sentence of an outcome for an action, the one just asked about. */
napi_value say_outcome(napi_env env, napi_callback_info info) {
    struct asked asked;
    char message[MESSAGE_SPACE];
    napi_value argv[6];
    size_t argc = 6;
    int32_t number = 0;
    if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || napi_get_value_int32(env, argv[5], &number) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    const struct policy *policy = policy_of(env, argv[4]);
    if (policy == NULL || !read_action(env, argv, &asked)) return NULL;
    const struct sekuire_decision decision = outcome_of(policy, number);
    sekuire_decision_message(&decision, &asked.action, message, sizeof message);
    return new_string(env, text_of(message));
}

static void session_release(napi_env env, struct session *session) {
    int64_t now_held = 0;
    if (session == NULL || --session->references > 0) return;
    napi_adjust_external_memory(env, -SESSION_BYTES, &now_held);
    sekuire_session_free(session->session);
    free(session);
}

/* The function was collected, or its environment ends. */
static void free_asker(napi_env env, void *data, void *hint) {
    struct asker *asker = data;
    (void)hint;
    session_release(env, asker->session);
    policy_release(env, asker->policy);
    free(asker);
}

/* A function ask of policy that counts in session (NULL: nowhere). Takes over one reference of each, also where it fails. */
static napi_value make_asker(napi_env env, struct policy *policy, struct session *session) {
    struct asker *asker = calloc(1, sizeof *asker);
    napi_value function = NULL;
    if (asker == NULL) {
        session_release(env, session);
        policy_release(env, policy);
        throw_misuse(env);
        return NULL;
    }
    asker->policy = policy;
    asker->session = session;
    if (napi_create_function(env, "ask", NAPI_AUTO_LENGTH, ask, asker, &function) != napi_ok ||
        napi_type_tag_object(env, function, &asker_tag) != napi_ok || napi_wrap(env, function, asker, free_asker, NULL, NULL) != napi_ok) {
        free_asker(env, asker, NULL);
        throw_misuse(env);
        return NULL;
    }
    return function;
}

napi_value new_asker(napi_env env, struct policy *policy) { return make_asker(env, policy, NULL); }

/* The asker behind its function. */
static struct asker *asker_of(napi_env env, napi_value function) {
    struct asker *asker = NULL;
    bool ours = false;
    if (napi_check_object_type_tag(env, function, &asker_tag, &ours) == napi_ok && ours &&
        napi_unwrap(env, function, (void **)&asker) == napi_ok)
        return asker;
    throw_misuse(env);
    return NULL;
}

struct policy *policy_of(napi_env env, napi_value function) {
    struct asker *asker = asker_of(env, function);
    return asker == NULL ? NULL : asker->policy;
}

/* A session of its own count, 1. */
static struct session *new_session(napi_env env) {
    struct session *session = calloc(1, sizeof *session);
    struct sekuire_error err;
    int64_t now_held = 0;
    if (session == NULL) {
        throw_misuse(env);
        return NULL;
    }
    if (sekuire_session_new(&session->session, &err) != 0) {
        free(session);
        throw_failure(env, &err, false);
        return NULL;
    }
    session->references = 1;
    napi_adjust_external_memory(env, SESSION_BYTES, &now_held);
    return session;
}

/* session(ask, previous): an asker of the same policy that counts; where previous counts, if that is given. */
napi_value open_session(napi_env env, napi_callback_info info) {
    struct session *session = NULL;
    napi_value argv[2];
    size_t argc = 2;
    if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok) return NULL;
    struct policy *policy = policy_of(env, argv[0]);
    if (policy == NULL) return NULL;
    if (is_given(env, argv[1])) {
        const struct asker *previous = asker_of(env, argv[1]);
        if (previous == NULL) return NULL;
        session = previous->session;
        if (session != NULL) session->references++;
        else throw_misuse(env);
    } else {
        session = new_session(env);
    }
    if (session == NULL) return NULL;
    policy->references++;
    return make_asker(env, policy, session);
}

/* describe(ask, number): {rule, pattern, pointer, overridable} of an outcome; of the last one where number is 0. */
napi_value describe_outcome(napi_env env, napi_callback_info info) {
    napi_value argv[2], object = NULL, value = NULL;
    size_t argc = 2;
    int32_t number = 0;
    if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || napi_get_value_int32(env, argv[1], &number) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    const struct policy *policy = policy_of(env, argv[0]);
    if (policy == NULL) return NULL;
    struct sekuire_decision decision = outcome_of(policy, number);
    value = decision.pattern.data == NULL ? new_string_or_null(env, NULL) : new_string(env, decision.pattern);
    if (napi_create_object(env, &object) != napi_ok || !set_member(env, object, "rule", new_string_or_null(env, decision.rule)) ||
        !set_member(env, object, "pattern", value) || !set_member(env, object, "pointer", new_string_or_null(env, decision.pointer)))
        return NULL;
    sekuire_decision_override(&decision);
    if (napi_get_boolean(env, decision.overridden != 0, &value) != napi_ok) value = NULL;
    return set_member(env, object, "overridable", value) ? object : NULL;
}
