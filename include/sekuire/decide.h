/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions: a policy compiled once, asked many times (docs/spec/semantics.md, sections 2-4). */
#ifndef SEKUIRE_DECIDE_H
#define SEKUIRE_DECIDE_H

#include <sekuire/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable once made; any number of threads may decide with one engine. */
struct sekuire_engine;

enum sekuire_engine_flags {
    /* Take a policy of any stage. Without it only an accepted one is taken. */
    SEKUIRE_ENGINE_DRAFT = 1,
    /* Let unknown keys of the policy pass; without it they are error unknown_key. */
    SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS = 2
};

/* Compiles. The engine keeps what it needs: policy may be freed. Errors: content (uncompilable, or not accepted), unknown_key,
 * memory. Free *ret with sekuire_engine_free. */
SEKUIRE_API int sekuire_engine_new(const struct sekuire_policy *policy, unsigned flags, struct sekuire_engine **ret,
                                   struct sekuire_error *err);
SEKUIRE_API void sekuire_engine_free(struct sekuire_engine *engine);
SEKUIRE_API enum sekuire_policy_stage sekuire_engine_stage(const struct sekuire_engine *engine);

enum sekuire_action_type {
    SEKUIRE_ACTION_NONE = 0, /* an error */
    SEKUIRE_ACTION_NETWORK,
    SEKUIRE_ACTION_FILESYSTEM,
    SEKUIRE_ACTION_TOOL,
    SEKUIRE_ACTION_MODEL,
    SEKUIRE_ACTION_API,
    SEKUIRE_ACTION_RATE_LIMIT
};

/* What is to be decided. Strings are borrowed; data NULL means absent. Only the members of the type are read. */
struct sekuire_action {
    enum sekuire_action_type type;
    struct sekuire_text target;   /* domain (ASCII: sekuire_host_to_ascii), path, tool, model, service; or the rate limit's type:
                                     "request" or "token" */
    struct sekuire_text detail;   /* protocol, operation, provider, endpoint, or window: "minute" or "hour"; optional */
    struct sekuire_text root;     /* filesystem: what a relative path is relative to; optional */
    uint64_t count;               /* rate_limit */
};

enum sekuire_verdict { SEKUIRE_DENY = 0, SEKUIRE_ASK = 1, SEKUIRE_WARN = 2, SEKUIRE_ALLOW = 3 };

/* Filled in by sekuire_decide; strings are borrowed from the engine or constant, NUL-terminated unless sized. */
struct sekuire_decision {
    enum sekuire_verdict verdict;
    const char *rule;            /* "tool.blocked"; NULL where nothing decided */
    struct sekuire_text pattern; /* the entry as it stands in the policy; data NULL where none decided */
    const char *pointer;         /* JSON pointer in the policy's content; NULL where nothing decided */
    int overridden;              /* 1: a deny that override mode turned into a warn */
};

/* Decides one action at `now` (Unix seconds). The decision is a deny until all that could refuse was asked. Errors, with *ret
 * untouched: content (a value without normal form, a host that is not ASCII), usage (no such type; a required string absent). */
SEKUIRE_API int sekuire_decide(const struct sekuire_engine *engine, const struct sekuire_action *action, int64_t now,
                               struct sekuire_decision *ret, struct sekuire_error *err);
/* Override mode (SEKUIRE_POLICY_DEV_OVERRIDE, which the caller reads): a deny becomes a warn, keeps its rule and says
 * overridden; policy.expired and policy.not_yet_valid, ask and allow stay. */
SEKUIRE_API void sekuire_decision_override(struct sekuire_decision *decision);
/* The sentence for a decision ("Tool shell_exec is blocked"; "" where nothing decided), with normal forms in it and control
 * characters escaped; cut at size - 1 bytes, NUL-terminated. */
SEKUIRE_API void sekuire_decision_message(const struct sekuire_decision *decision, const struct sekuire_action *action, char *out,
                                          size_t size);
/* "deny", "ask", "warn", "allow". */
SEKUIRE_API const char *sekuire_verdict_word(enum sekuire_verdict verdict);

#define SEKUIRE_HOST_SIZE 254
/* A host of any script to the ASCII form that the engine takes (UTS 46, non-transitional). Errors: content. */
SEKUIRE_API int sekuire_host_to_ascii(struct sekuire_text host, char out[SEKUIRE_HOST_SIZE], struct sekuire_error *err);

/* An action read from JSON (docs/spec/wire.md, section 8), owning its strings. */
struct sekuire_parsed_action;
/* Reads one JSON object; hosts are converted to ASCII. current_rpm and current_rph are taken only where conformance is not 0.
 * Errors: those of JSON, and type, missing_field, unknown_key, duplicate_key (both spellings of one field), content. */
SEKUIRE_API int sekuire_action_parse(struct sekuire_text json, int conformance, struct sekuire_parsed_action **ret,
                                     struct sekuire_error *err);
/* Borrowed. An action with current_rpm and current_rph both is two: the second follows at index 1. NULL past the end. */
SEKUIRE_API const struct sekuire_action *sekuire_parsed_action_get(const struct sekuire_parsed_action *action, size_t index);
/* The `id` member as compact JSON, borrowed; data NULL where absent. */
SEKUIRE_API struct sekuire_text sekuire_parsed_action_id(const struct sekuire_parsed_action *action);
SEKUIRE_API void sekuire_parsed_action_free(struct sekuire_parsed_action *action);

#ifdef __cplusplus
}
#endif
#endif
