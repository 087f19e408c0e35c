/* SPDX-License-Identifier: Apache-2.0 */
/* Making engines. */
#include "decide/engine.h"

#include "base/alloc.h"
#include "base/error.h"

struct sekuire_engine {
    struct sek_arena arena; /* a copy of the content, and the rules made from it */
    const struct sek_rules *rules;
    enum sekuire_policy_stage stage;
};

/* Copies a text in place; what is absent stays absent. False without memory. */
static bool copy_text(struct sek_arena *arena, struct sekuire_text *text) {
    if (text->data == NULL) return true;
    text->data = sek_arena_copy(arena, *text);
    return text->data != NULL;
}

/* A copy of one node without its children; NULL without memory. */
static struct sek_node *copy_node(struct sek_arena *arena, const struct sek_node *node, struct sek_node *parent) {
    struct sek_node *copy = sek_arena_alloc(arena, sizeof *copy);
    if (copy == NULL) return NULL;
    *copy = *node;
    copy->first = NULL;
    copy->next = NULL;
    copy->parent = parent;
    if (!copy_text(arena, &copy->key) || !copy_text(arena, &copy->text) || !copy_text(arena, &copy->source)) return NULL;
    return copy;
}

/* A copy of a whole tree, made without recursion; NULL without memory. */
static struct sek_node *copy_tree(struct sek_arena *arena, const struct sek_node *root) {
    struct sek_node *top = copy_node(arena, root, NULL);
    const struct sek_node *from = root;
    struct sek_node *to = top;
    while (to != NULL) {
        if (from->first != NULL) {
            from = from->first;
            to = to->first = copy_node(arena, from, to);
            continue;
        }
        while (from != root && from->next == NULL) {
            from = from->parent;
            to = to->parent;
        }
        if (from == root) return top;
        from = from->next;
        to = to->next = copy_node(arena, from, to->parent);
    }
    return NULL;
}

/* Compiles a copy of content into engine. */
static int compile(struct sekuire_engine *engine, const struct sek_node *content, unsigned flags, struct sekuire_error *err) {
    const struct sek_node *copy = copy_tree(&engine->arena, content);
    if (copy == NULL) return sek_fail_memory(err);
    int status = sek_rules_compile(&engine->arena, copy, &engine->rules, NULL, err);
    if (status != 0 || (flags & SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS) != 0) return status;
    return sek_rules_known_keys(copy, err);
}

int sek_engine_from_content(const struct sek_node *content, unsigned flags, enum sekuire_policy_stage stage,
                            struct sekuire_engine **ret, struct sekuire_error *err) {
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
    return sek_engine_from_content(sek_policy_content(policy), flags, sekuire_policy_get_stage(policy), ret, err);
}

void sekuire_engine_free(struct sekuire_engine *engine) {
    if (engine == NULL) return;
    sek_arena_clear(&engine->arena);
    sek_free(engine);
}

enum sekuire_policy_stage sekuire_engine_stage(const struct sekuire_engine *engine) { return engine->stage; }

const struct sek_rules *sek_engine_rules(const struct sekuire_engine *engine) { return engine->rules; }
