/* SPDX-License-Identifier: Apache-2.0 */
/* Policies compiled and asked: a line with a policy or a bare content, then an action. */
#include "fuzz/fuzz.h"

#include <sekuire/decide.h>

#include "policy/policy.h"

enum { NOW = 1790000000 };

/* The node at a JSON pointer (RFC 6901) below base, or NULL. */
static const struct sek_node *at_pointer(const struct sek_node *base, struct sekuire_text pointer) {
    (void)fuzz_cut(&pointer, '/');
    while (base != NULL && pointer.data != NULL) {
        struct sekuire_text token = fuzz_cut(&pointer, '/');
        const struct sek_node *found = NULL;
        for (SEK_EACH(child, base)) {
            char name[512];
            size_t n = 0;
            for (size_t i = 0; i < child->key.size && n + 2 < sizeof name; i++) {
                char c = child->key.data[i];
                name[n++] = c == '~' || c == '/' ? '~' : c;
                if (c == '~' || c == '/') name[n++] = c == '~' ? '0' : '1';
            }
            if (base->kind == SEK_ARRAY) n = (size_t)snprintf(name, sizeof name, "%u", child->index);
            if (found == NULL && sek_text_equal(token, (struct sekuire_text){name, n})) found = child;
        }
        base = found;
    }
    return base;
}

/* A decision tells what decided: a refusal has its rule, an entry is where the pointer says. */
static void check_decision(const struct sekuire_policy *policy, const struct sekuire_action *action, struct sekuire_decision *decision) {
    char message[300];
    const bool dated = decision->rule != NULL && strncmp(decision->rule, "policy.", 7) == 0;
    REQUIRE(decision->verdict == SEKUIRE_ALLOW || (decision->rule != NULL && decision->pointer != NULL));
    REQUIRE(decision->verdict != SEKUIRE_WARN && decision->overridden == 0);
    if (decision->pattern.data != NULL) {
        const struct sek_node *node = at_pointer(sek_policy_content(policy), sek_text(decision->pointer));
        if (node != NULL && node->kind == SEK_OBJECT && sek_node_get(node, "service_name") != NULL) node = sek_node_get(node, "service_name");
        else if (node != NULL && node->kind == SEK_OBJECT) node = sek_node_get(node, "name");
        REQUIRE(node != NULL && node->kind == SEK_STRING && sek_text_equal(node->text, decision->pattern));
    }
    sekuire_decision_message(decision, action, message, sizeof message);
    struct sekuire_text text = sek_text(message);
    REQUIRE(sek_utf8_valid_prefix(text) == text.size && (text.size > 0) == (decision->rule != NULL));
    enum sekuire_verdict before = decision->verdict;
    sekuire_decision_override(decision);
    REQUIRE(decision->verdict == (before == SEKUIRE_DENY && !dated ? SEKUIRE_WARN : before));
    REQUIRE(decision->overridden == (before != decision->verdict));
}

/* The actions of a text, by one engine and by the same made with more leave. */
static void decide(const struct sekuire_policy *policy, const struct sekuire_engine *engine, const struct sekuire_engine *second,
                   struct sekuire_text text) {
    struct sekuire_error err = {0};
    for (int conformance = 0; conformance < 2; conformance++) {
        struct sekuire_parsed_action *parsed = NULL;
        int status = sekuire_action_parse(text, conformance, &parsed, &err);
        if (status != 0) fuzz_error_sound(status, &err, text.size);
        REQUIRE((status == 0) == (parsed != NULL));
        const struct sekuire_action *action = NULL;
        for (size_t i = 0; parsed != NULL && (action = sekuire_parsed_action_get(parsed, i)) != NULL; i++) {
            struct sekuire_decision decision = {0}, again = {0};
            REQUIRE(i < 2);
            status = sekuire_decide(engine, action, NOW, &decision, &err);
            REQUIRE(status == sekuire_decide(second, action, NOW, &again, NULL));
            REQUIRE(decision.verdict == again.verdict && (status == 0 || decision.verdict == SEKUIRE_DENY));
            if (status == 0) check_decision(policy, action, &decision);
            else fuzz_error_sound(status, &err, text.size);
        }
        sekuire_parsed_action_free(parsed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text action = fuzz_text(data, size), content = fuzz_cut(&action, '\n');
    struct sekuire_policy *policy = NULL;
    struct sekuire_engine *engine = NULL, *second = NULL;
    struct sekuire_error err = {0};
    if (sekuire_policy_parse(content, &policy, NULL) != 0) return 0;
    REQUIRE(sekuire_policy_get_stage(policy) == SEKUIRE_POLICY_DRAFT && sekuire_engine_new(policy, 0, &engine, NULL) != 0);
    int status = sekuire_engine_new(policy, SEKUIRE_ENGINE_DRAFT | SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS, &second, &err);
    if (status != 0) fuzz_error_sound(status, &err, size);
    if (sekuire_engine_new(policy, SEKUIRE_ENGINE_DRAFT, &engine, NULL) == 0) REQUIRE(second != NULL);
    if (second != NULL) decide(policy, engine == NULL ? second : engine, second, action);
    sekuire_engine_free(engine);
    sekuire_engine_free(second);
    sekuire_policy_free(policy);
    return 0;
}
