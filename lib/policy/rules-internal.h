/* SPDX-License-Identifier: Apache-2.0 */
/* Between rules.c, rules-*.c and binding.c. */
#ifndef SEK_POLICY_RULES_INTERNAL_H
#define SEK_POLICY_RULES_INTERNAL_H

#include "policy/rules.h"

enum sek_key_type {
    SEK_KEY_SECTION,
    SEK_KEY_FLAG,
    SEK_KEY_LIST,    /* strings that are patterns */
    SEK_KEY_TOOLS,   /* the same, or {"name": pattern, ...} */
    SEK_KEY_SERVICES,
    SEK_KEY_LIMIT,
    SEK_KEY_FRAMEWORKS,
    SEK_KEY_RESIDENCY,
    SEK_KEY_BINDING, /* the section whose members binding.c reads */
    SEK_KEY_MEMBER   /* of binding, or of a service: read by whoever reads that */
};

/* A known key of content. */
struct sek_key {
    const char *path; /* its JSON pointer; "-" stands for any element */
    enum sek_key_type type;
    enum sek_pattern_kind kind; /* SEK_KEY_LIST, SEK_KEY_TOOLS */
    bool allows;                /* an allowed list: an empty one restricts nothing */
    size_t offset;              /* in struct sek_rules; of a section: its bool present, or 0 */
};

enum { SEK_KEY_COUNT = 50 };
#define SEK_SERVICE_PATH "/permissions/api/allowed_services/-"

/* In the order in which the lists of a set stand. */
extern const struct sek_key sek_keys[SEK_KEY_COUNT];

/* The known key of a name under a section (its path; "" is the top), or NULL. */
const struct sek_key *sek_key_find(const char *section, struct sekuire_text name);
/* Writes "did you mean ..." for an unknown name to out, or an empty string. */
void sek_key_hint(char *out, size_t capacity, const char *section, struct sekuire_text name);
static inline bool sek_key_is_comment(struct sekuire_text name) { return sek_text_starts(name, SEK_TEXT("x-")); }

/* Where the reading of one content collects what is wrong with it. */
struct sek_problems {
    struct sek_arena *arena;
    struct sek_report *report; /* may be NULL */
    struct sekuire_error first;
    struct sekuire_error first_unknown;
    size_t count;   /* of what makes the policy uncompilable */
    size_t unknown; /* keys */
    int status;     /* SEKUIRE_ERR_MEMORY once memory was short */
};

/* A problem with a node. pointer is the node's; NULL means that there was no memory for it. */
void sek_problem(struct sek_problems *problems, const char *rule, const struct sek_node *node, const char *pointer,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same for a text that is no pattern. */
void sek_problem_pattern(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                         const struct sekuire_error *why);
/* Wrong type: "POINTER must be WHAT, not KIND". */
void sek_problem_type(struct sek_problems *problems, const char *rule, const struct sek_node *node, const char *pointer,
                      const char *what);
/* An unknown key; in a binding it makes the policy uncompilable too. base is the pointer of the object that holds it. */
void sek_problem_unknown(struct sek_problems *problems, const char *section, const char *base, const struct sek_node *node);
/* An allowed list without entries: a warning. */
void sek_problem_empty(struct sek_problems *problems, const struct sek_node *node, const char *pointer);
/* Memory was short. */
void sek_problem_memory(struct sek_problems *problems);
/* A copy in the arena; data NULL, and the problem noted, without memory. */
struct sekuire_text sek_problem_copy(struct sek_problems *problems, struct sekuire_text text);

/* base + "/" + name, escaped as RFC 6901 says, or + index; NULL, and the problem noted, without memory. */
const char *sek_pointer_member(struct sek_problems *problems, const char *base, struct sekuire_text name);
const char *sek_pointer_element(struct sek_problems *problems, const char *base, size_t index);

/* Each reads the value of a known key and notes what is wrong with it; on a problem *ret may be incomplete. */
void sek_list_read(struct sek_problems *problems, const struct sek_key *key, const struct sek_node *node, struct sek_list *ret);
void sek_services_read(struct sek_problems *problems, const struct sek_node *node, const char *pointer, struct sek_rules *rules);
void sek_frameworks_read(struct sek_problems *problems, const struct sek_node *node, const char *pointer, struct sek_rules *rules);
void sek_binding_read_section(struct sek_problems *problems, const struct sek_node *node, struct sek_binding *ret);

#endif
