/* SPDX-License-Identifier: Apache-2.0 */
/* content -> typed rules, with every finding of lint (docs/spec/semantics.md, sections 1-3). */
#ifndef SEK_POLICY_RULES_H
#define SEK_POLICY_RULES_H

#include "base/report.h"
#include "pattern/pattern.h"
#include "policy/trust.h"
#include "tree/node.h"

/* One entry of a list. */
struct sek_entry {
    struct sek_pattern pattern;
    struct sekuire_text text; /* as it stands in the policy; the name of an object entry */
    const char *pointer;      /* JSON pointer in content, of the entry */
};

/* One list as it stands at one place. */
struct sek_list {
    const char *pointer; /* of the list */
    struct sek_entry *entries;
    size_t count;
};

/* All places that list the same thing: those present, in a fixed order (agent.* before tools.*, a list before its alias). A
 * blocked value is one that any list of the set matches; an allowed one must be matched by each non-empty list. */
struct sek_list_set {
    struct sek_list lists[4];
    size_t count;
};

struct sek_flag { /* a boolean that may be absent */
    bool present;
    bool value;
    const char *pointer; /* where it stands, or would stand */
};

struct sek_service {
    struct sek_entry entry;     /* the service's name */
    struct sek_list endpoints;  /* count 0: every endpoint; pointer NULL where there is no such list */
};

struct sek_limit {
    bool present;
    uint64_t value;
    const char *pointer;
};

enum sek_limit_type { SEK_LIMIT_REQUEST, SEK_LIMIT_TOKEN };
enum sek_limit_window { SEK_WINDOW_MINUTE, SEK_WINDOW_HOUR };

struct sek_binding {
    bool present;
    struct sekuire_text workspace_id; /* data NULL: absent */
    bool has_sequence;
    uint64_t sequence;
    bool has_not_before, has_expires_at;
    int64_t not_before, expires_at;
    uint8_t signing_keys[SEK_LIMIT_SIGNING_KEYS][SEK_PUBLIC_KEY_SIZE];
    size_t signing_key_count; /* 0: no signing_keys */
};

struct sek_rules {
    struct sek_list_set allowed_providers, blocked_providers;
    struct sek_list_set allowed_models, blocked_models;
    struct sek_list_set allowed_tools, blocked_tools;
    struct sek_flag require_tool_approval;
    struct {
        bool present;
        struct sek_flag enabled, require_tls;
        struct sek_list_set allowed, blocked;
        const char *pointer; /* "/permissions/network", also where it is absent */
    } network;
    struct {
        bool present;
        struct sek_flag enabled;
        struct sek_list_set allowed, blocked, extensions;
        const char *pointer;
    } filesystem;
    struct {
        bool present;
        struct sek_flag enabled;
        struct sek_service *services;
        size_t service_count;
        const char *services_pointer;
        const char *pointer;
    } api;
    struct sek_limit limits[2][2]; /* [enum sek_limit_type][enum sek_limit_window] */
    struct {
        struct sekuire_text *frameworks;
        const char **framework_pointers;
        size_t framework_count;
        struct sek_flag require_audit_logging;
        struct sekuire_text data_residency; /* data NULL: absent */
        const char *data_residency_pointer;
    } compliance;
    struct sek_binding binding;
    size_t unknown_keys; /* findings policy.unknown_key */
};

/* Compiles content into *ret (in arena, with copies of all texts: content may go). report (may be NULL) gets a finding for each problem with the
 * node's line and column and the pointer: errors `policy.type` (wrong type, negative or fractional limit), `policy.pattern`,
 * `policy.binding`, `policy.unknown_key` (severity error; whether it counts is the caller's to say: cli.md 5; but in a binding it
 * always counts), and a warning `policy.empty_list` for an empty allowed list. pointer and policy_pointer are the same. Fails with
 * SEKUIRE_ERR_CONTENT and the first problem's position when anything but unknown keys is wrong (the policy is uncompilable);
 * unknown keys alone do not fail it: see unknown_keys. *ret is untouched on failure, the report is filled all the same. */
int sek_rules_compile(struct sek_arena *arena, const struct sek_node *content, const struct sek_rules **ret,
                      struct sek_report *report, struct sekuire_error *err);

/* The binding alone, for acceptance: wrong types, unknown keys in it, and signing_keys without sequence and workspace_id are
 * error content. */
int sek_binding_read(const struct sek_node *content, struct sek_binding *ret, struct sekuire_error *err);

/* Fails with unknown_key and the position of the first unknown key in content, or 0 if there is none. */
int sek_rules_known_keys(const struct sek_node *content, struct sekuire_error *err);

#endif
