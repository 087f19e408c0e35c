/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between Python and the library: it becomes part of the module that cffi generates. A decision takes about as long as letting
 * go of the interpreter's lock and taking it again, so single decisions keep it; what reads, verifies, compiles, judges or decides many
 * lets go of it here. */
#include <sekuire/sekuire.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Runs a call, whose value is left in `status`, without the interpreter's lock. */
#define RELEASED(call)                              \
    do {                                            \
        PyThreadState *state = PyEval_SaveThread(); \
        status = (call);                            \
        PyEval_RestoreThread(state);                \
    } while (0)

/* What cffi wraps around every call: nothing, for the above does it where it pays. */
#undef Py_BEGIN_ALLOW_THREADS
#undef Py_END_ALLOW_THREADS
#define Py_BEGIN_ALLOW_THREADS {
#define Py_END_ALLOW_THREADS }

#define BRIDGE_CLOCK INT64_MIN /* as a time: now */
enum { BRIDGE_ABSENT = -1 };

/* A text of Python's; one of size BRIDGE_ABSENT is absent. */
static struct sekuire_text bridge_text(const char *data, int64_t size) {
    struct sekuire_text text = {NULL, 0};
    if (size == BRIDGE_ABSENT) return text;
    text.data = data;
    text.size = (size_t)size;
    return text;
}

/* The action of parts as Python holds them. */
static struct sekuire_action bridge_action(int type, const char *target, int64_t target_size, const char *detail, int64_t detail_size,
                                           const char *root, int64_t root_size, uint64_t count) {
    struct sekuire_action action;
    memset(&action, 0, sizeof action);
    action.type = (enum sekuire_action_type)type;
    action.target = bridge_text(target, target_size);
    action.detail = bridge_text(detail, detail_size);
    action.root = bridge_text(root, root_size);
    action.count = count;
    return action;
}

/* The clock's time in Unix seconds. */
static int64_t bridge_clock(void) { return (int64_t)time(NULL); }

/* The time given, or the clock's. */
static int64_t bridge_time(int64_t now) { return now == BRIDGE_CLOCK ? bridge_clock() : now; }

/* Is override mode on? The variable is asked each time, with the interpreter's lock held, under which os.environ changes it. */
static int bridge_overridden(void) {
    const char *value = getenv("SEKUIRE_POLICY_DEV_OVERRIDE");
    return value != NULL && strcmp(value, "true") == 0;
}

/* Decides, by a session where there is one. */
static int bridge_ask(const struct sekuire_engine *engine, struct sekuire_session *session, const struct sekuire_action *action, int64_t now,
                      struct sekuire_decision *ret, struct sekuire_error *err) {
    if (session == NULL) return sekuire_decide(engine, action, now, ret, err);
    return sekuire_session_decide(session, engine, action, now, ret, err);
}

/* The verdict alone, of a tool, now; or a negative status. */
static int bridge_quick_tool(const struct sekuire_engine *engine, const char *name, size_t size) {
    struct sekuire_action action;
    struct sekuire_decision decision;
    memset(&action, 0, sizeof action);
    action.type = SEKUIRE_ACTION_TOOL;
    action.target = bridge_text(name, (int64_t)size);
    int status = sekuire_decide(engine, &action, bridge_clock(), &decision, NULL);
    return status != 0 ? status : (int)decision.verdict;
}

/* The whole decision, after override mode: the verdict, or a negative status. */
static int bridge_decide(const struct sekuire_engine *engine, struct sekuire_session *session, int type, const char *target,
                         int64_t target_size, const char *detail, int64_t detail_size, const char *root, int64_t root_size, uint64_t count,
                         int64_t now, struct sekuire_decision *ret, struct sekuire_error *err) {
    struct sekuire_action action = bridge_action(type, target, target_size, detail, detail_size, root, root_size, count);
    int status = bridge_ask(engine, session, &action, bridge_time(now), ret, err);
    if (status != 0) return status;
    if (ret->verdict == SEKUIRE_DENY && bridge_overridden()) sekuire_decision_override(ret);
    return (int)ret->verdict;
}

/* The sentence for a decision about the action that it was made for. */
static void bridge_message(const struct sekuire_decision *decision, int type, const char *target, int64_t target_size, const char *detail,
                           int64_t detail_size, const char *root, int64_t root_size, uint64_t count, char *out, size_t size) {
    struct sekuire_action action = bridge_action(type, target, target_size, detail, detail_size, root, root_size, count);
    sekuire_decision_message(decision, &action, out, size);
}

/* Many actions by columns: the texts of one column stand behind each other. */
struct bridge_many {
    const struct sekuire_engine *engine;
    size_t count;
    const int *types;
    const int64_t *sizes[3]; /* of target, detail and root */
    const uint64_t *counts;
    const char *texts[3];
    int64_t now;
    int overridden;
};

/* The next text of a column. */
static struct sekuire_text bridge_next(const struct bridge_many *many, const char **texts, int column, size_t row) {
    struct sekuire_text text = bridge_text(texts[column], many->sizes[column][row]);
    texts[column] += text.size;
    return text;
}

/* Decides many. Stops at the first that is no action: its index is left in *at. */
static int bridge_decide_all(const struct bridge_many *many, signed char *verdicts, struct sekuire_decision *decisions, size_t *at,
                             struct sekuire_error *err) {
    const char *texts[3] = {many->texts[0], many->texts[1], many->texts[2]};
    for (*at = 0; *at < many->count; (*at)++) {
        struct sekuire_decision *decision = &decisions[*at];
        struct sekuire_action action;
        memset(&action, 0, sizeof action);
        action.type = (enum sekuire_action_type)many->types[*at];
        action.target = bridge_next(many, texts, 0, *at);
        action.detail = bridge_next(many, texts, 1, *at);
        action.root = bridge_next(many, texts, 2, *at);
        action.count = many->counts[*at];
        int status = sekuire_decide(many->engine, &action, many->now, decision, err);
        if (status != 0) return status;
        if (many->overridden) sekuire_decision_override(decision);
        verdicts[*at] = (signed char)decision->verdict;
    }
    return 0;
}

/* The same without the interpreter's lock, at one time for all. */
static int bridge_decide_many(const struct sekuire_engine *engine, size_t count, const int *types, const int64_t *target_sizes,
                              const int64_t *detail_sizes, const int64_t *root_sizes, const uint64_t *counts, const char *targets,
                              const char *details, const char *roots, int64_t now, signed char *verdicts,
                              struct sekuire_decision *decisions, size_t *at, struct sekuire_error *err) {
    struct bridge_many many = {engine, count,  types,   {target_sizes, detail_sizes, root_sizes}, counts, {targets, details, roots},
                               bridge_time(now), bridge_overridden()};
    int status;
    RELEASED(bridge_decide_all(&many, verdicts, decisions, at, err));
    return status;
}

/* sekuire_policy_parse. */
static int bridge_policy_parse(const char *bytes, size_t size, struct sekuire_policy **ret, struct sekuire_error *err) {
    struct sekuire_text text = {bytes, size};
    int status;
    RELEASED(sekuire_policy_parse(text, ret, err));
    return status;
}

/* sekuire_policy_accept. */
static int bridge_policy_accept(struct sekuire_policy *policy, const struct sekuire_acceptance *acceptance, struct sekuire_floor *ret_floor,
                                struct sekuire_error *err) {
    int status;
    RELEASED(sekuire_policy_accept(policy, acceptance, ret_floor, err));
    return status;
}

/* sekuire_engine_new. */
static int bridge_engine_new(const struct sekuire_policy *policy, unsigned flags, struct sekuire_engine **ret, struct sekuire_error *err) {
    int status;
    RELEASED(sekuire_engine_new(policy, flags, ret, err));
    return status;
}

/* sekuire_agent_paths. */
static int bridge_agent_paths(const char *manifest_name, struct sekuire_text manifest, char *prompt_path, char *tools_path, size_t size,
                              struct sekuire_error *err) {
    int status;
    RELEASED(sekuire_agent_paths(manifest_name, manifest, prompt_path, tools_path, size, err));
    return status;
}

/* sekuire_agent_more_tools. */
static int bridge_agent_more_tools(const char *manifest_name, struct sekuire_text manifest, size_t index, char *path, size_t size,
                                   struct sekuire_error *err) {
    int status;
    RELEASED(sekuire_agent_more_tools(manifest_name, manifest, index, path, size, err));
    return status;
}

/* sekuire_agent_new. */
static int bridge_agent_new(const struct sekuire_agent_files *files, struct sekuire_agent **ret, struct sekuire_error *err) {
    int status;
    RELEASED(sekuire_agent_new(files, ret, err));
    return status;
}

/* sekuire_check. */
static int bridge_check(const struct sekuire_engine *engine, const struct sekuire_agent *agent, int64_t now, struct sekuire_report **ret,
                        struct sekuire_error *err) {
    int status;
    now = bridge_time(now);
    RELEASED(sekuire_check(engine, agent, now, ret, err));
    return status;
}
