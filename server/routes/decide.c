/* SPDX-License-Identifier: Apache-2.0 */
/* What the active policy says of actions. */
#include "server/routes/routes.h"

#include "decide/answer.h"
#include "decide/engine.h"

enum { ACTIONS_MAX = 1000 };

/* Decides one action. */
static int decide(struct exchange *x, const struct sekuire_engine *engine, const struct sek_node *node, struct sek_actions *actions,
                  struct sekuire_decision *ret, struct sekuire_error *err) {
    int status = sek_actions_read(&x->arena, node, 0, actions, err);
    return status == 0 ? sekuire_decide(engine, &actions->actions[0], x->now, ret, err) : status;
}

/* One action: what is none is refused. */
static int decide_one(struct exchange *x, const struct sekuire_engine *engine, const struct sek_node *node, struct sekuire_error *err) {
    struct sek_actions actions;
    struct sekuire_decision decision;
    struct sek_writer writer;
    int status = decide(x, engine, node, &actions, &decision, err);
    if (status == SEKUIRE_ERR_MEMORY) return status;
    if (status != 0) {
        x->http_status = 400;
        return status;
    }
    exchange_answer(x, 200, &writer);
    sek_decision_answer(&writer, actions.id, &decision, &actions.actions[0]);
    return sek_buffer_check(&x->answer->body, err);
}

/* Many: each is answered in its place, what is none too. */
static int decide_all(struct exchange *x, const struct sekuire_engine *engine, const struct sek_node *list, struct sekuire_error *err) {
    struct sek_writer writer;
    if (list->count > ACTIONS_MAX)
        return sek_fail_node(err, SEKUIRE_ERR_TOO_LARGE, list, "%u actions are too many: at most %d at once", (unsigned)list->count, ACTIONS_MAX);
    exchange_answer(x, 200, &writer);
    sek_write_array(&writer);
    for (SEK_EACH(node, list)) {
        struct sek_actions actions;
        struct sekuire_decision decision;
        struct sekuire_error why = {0};
        int status = decide(x, engine, node, &actions, &decision, &why);
        if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
        if (status == 0) sek_decision_answer(&writer, actions.id, &decision, &actions.actions[0]);
        else sek_decision_error(&writer, node, &why, false);
    }
    sek_write_array_end(&writer);
    return sek_buffer_check(&x->answer->body, err);
}

int route_decide(struct exchange *x, struct sekuire_error *err) {
    struct active_view view = {0};
    const struct sek_node *root = NULL;
    int status = sek_json_parse(&x->arena, sek_buffer_view(&x->request->body), &root, err);
    if (status == 0) status = active_cache_get(x->server->active, x->workspace, &view, err);
    if (status != 0) return status;
    if (view.policy == NULL) {
        x->http_status = 404;
        status = sek_fail(err, SEKUIRE_ERR_NO_ACTIVE_POLICY, "the workspace has no active policy");
    } else if (view.policy->engine == NULL) {
        status = sek_fail(err, SEKUIRE_ERR_SERVER, "the active policy cannot be used");
    } else {
        status = root->kind == SEK_ARRAY ? decide_all(x, view.policy->engine, root, err) : decide_one(x, view.policy->engine, root, err);
    }
    active_policy_release(view.policy);
    return status;
}
