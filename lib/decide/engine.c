/* SPDX-License-Identifier: Apache-2.0 */
/* Making engines. */
#include "decide/engine.h"

#include "base/alloc.h"
#include "base/error.h"

struct sekuire_engine {
    struct sek_arena arena; /* the rules, and what was compiled from them */
    const struct sek_rules *rules;
    struct sek_compiled compiled;
    enum sekuire_policy_stage stage;
};

/* Compiles content, of which nothing is borrowed, into engine. */
static int compile(struct sekuire_engine *engine, const struct sek_node *content, unsigned flags, struct sekuire_error *err) {
    int status = sek_rules_compile(&engine->arena, content, &engine->rules, NULL, err);
    if (status == 0 && (flags & SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS) == 0) status = sek_rules_known_keys(content, err);
    return status != 0 ? status : sek_compile(&engine->arena, engine->rules, &engine->compiled, err);
}

/* Makes an engine of a stage, which the callers below know. */
static int engine_new(const struct sek_node *content, unsigned flags, enum sekuire_policy_stage stage, struct sekuire_engine **ret,
                      struct sekuire_error *err) {
    if (stage != SEKUIRE_POLICY_ACCEPTED && (flags & SEKUIRE_ENGINE_DRAFT) == 0)
        return sek_fail(err, SEKUIRE_ERR_CONTENT, "the policy was not accepted for a workspace");
    struct sekuire_engine *engine = sek_alloc_zero(1, sizeof *engine);
    if (engine == NULL) return sek_fail_memory(err);
    sek_arena_init(&engine->arena, SEK_LIMIT_TREE_ARENA);
    engine->stage = stage;
    int status = compile(engine, content, flags, err);
    if (status != 0) {
        sekuire_engine_free(engine);
        return status;
    }
    *ret = engine;
    return 0;
}

int sekuire_engine_new(const struct sekuire_policy *policy, unsigned flags, struct sekuire_engine **ret,
                       struct sekuire_error *err) {
    return engine_new(sek_policy_content(policy), flags, sekuire_policy_get_stage(policy), ret, err);
}

int sek_engine_from_content(const struct sek_node *content, unsigned flags, struct sekuire_engine **ret, struct sekuire_error *err) {
    return engine_new(content, flags, SEKUIRE_POLICY_DRAFT, ret, err);
}

int sek_engine_from_verified(const struct sek_verified *verified, unsigned flags, struct sekuire_engine **ret,
                             struct sekuire_error *err) {
    return engine_new(sek_verified_envelope(verified)->content, flags, SEKUIRE_POLICY_VERIFIED, ret, err);
}

int sek_engine_from_accepted(const struct sek_accepted *accepted, unsigned flags, struct sekuire_engine **ret,
                             struct sekuire_error *err) {
    return engine_new(sek_accepted_envelope(accepted)->content, flags, SEKUIRE_POLICY_ACCEPTED, ret, err);
}

void sekuire_engine_free(struct sekuire_engine *engine) {
    if (engine == NULL) return;
    sek_arena_clear(&engine->arena);
    sek_free(engine);
}

enum sekuire_policy_stage sekuire_engine_stage(const struct sekuire_engine *engine) { return engine->stage; }

const struct sek_rules *sek_engine_rules(const struct sekuire_engine *engine) { return engine->rules; }

const struct sek_compiled *sek_engine_compiled(const struct sekuire_engine *engine) { return &engine->compiled; }
