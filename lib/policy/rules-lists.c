/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of patterns, of services and of frameworks. */
#include "base/error.h"
#include "policy/rules-internal.h"

/* Compiles a string node as a pattern; false, and the problem noted, if it is none. */
static bool read_pattern(struct sek_problems *problems, enum sek_pattern_kind kind, const struct sek_node *node,
                         const char *pointer, struct sek_pattern *ret) {
    struct sekuire_error why;
    int status = sek_pattern_compile(problems->arena, kind, node->text, ret, &why);
    if (status == SEKUIRE_ERR_MEMORY) sek_problem_memory(problems);
    else if (status != 0) sek_problem_pattern(problems, node, pointer, &why);
    return status == 0;
}

/* Reads an element that is a string, or an object whose member `member` is one (NULL: no objects). */
static bool read_entry(struct sek_problems *problems, enum sek_pattern_kind kind, const char *member, const struct sek_node *node,
                       const char *pointer, struct sek_entry *ret) {
    const struct sek_node *name = node;
    const char *name_pointer = pointer;
    if (member != NULL && node->kind == SEK_OBJECT) {
        name = sek_node_get(node, member);
        if (name == NULL) {
            sek_problem(problems, "policy.type", node, pointer, "%s has no \"%s\"", pointer == NULL ? "it" : pointer, member);
            return false;
        }
        if (pointer != NULL) name_pointer = sek_pointer_member(problems, pointer, sek_text(member));
    }
    if (name->kind != SEK_STRING) {
        sek_problem_type(problems, "policy.type", name, name_pointer,
                         member != NULL && name == node ? "a string or an object" : "a string");
        return false;
    }
    *ret = (struct sek_entry){.pointer = pointer};
    if (!read_pattern(problems, kind, name, name_pointer, &ret->pattern)) return false;
    ret->text = ret->pattern.text;
    return true;
}

/* Zeroed memory for the elements of an array; NULL, and the problem noted, if it is none or memory is short. */
static void *new_elements(struct sek_problems *problems, const struct sek_node *node, const char *pointer, size_t size) {
    if (node->kind != SEK_ARRAY) {
        sek_problem_type(problems, "policy.type", node, pointer, "an array");
        return NULL;
    }
    void *elements = sek_arena_array(problems->arena, node->count, size);
    if (elements == NULL) sek_problem_memory(problems);
    return elements;
}

/* Reads an array of entries. */
static void read_list(struct sek_problems *problems, enum sek_pattern_kind kind, const char *member, const struct sek_node *node,
                      const char *pointer, struct sek_list *ret) {
    size_t index = 0;
    struct sek_entry *entries = new_elements(problems, node, pointer, sizeof *entries);
    *ret = (struct sek_list){.pointer = pointer, .entries = entries};
    if (entries == NULL) return;
    for (SEK_EACH(child, node)) {
        const char *child_pointer = sek_pointer_element(problems, pointer, index++);
        if (read_entry(problems, kind, member, child, child_pointer, &entries[ret->count])) ret->count++;
    }
}

void sek_list_read(struct sek_problems *problems, const struct sek_key *key, const struct sek_node *node, struct sek_list *ret) {
    read_list(problems, key->kind, key->type == SEK_KEY_TOOLS ? "name" : NULL, node, key->path, ret);
    if (key->allows && node->kind == SEK_ARRAY && node->count == 0) sek_problem_empty(problems, node, key->path);
}

/* Reads a service's object but its name, which read_entry has. */
static void read_service_members(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                                 struct sek_service *service) {
    for (SEK_EACH(member, node)) {
        if (sek_key_is_comment(member->key)) continue;
        if (sek_key_find(SEK_SERVICE_PATH, member->key) == NULL) {
            sek_problem_unknown(problems, SEK_SERVICE_PATH, pointer, member);
        } else if (sek_text_is(member->key, "endpoints")) {
            const char *endpoints = sek_pointer_member(problems, pointer, member->key);
            read_list(problems, SEK_PATTERN_NAME, NULL, member, endpoints, &service->endpoints);
            if (member->kind == SEK_ARRAY && member->count == 0) sek_problem_empty(problems, member, endpoints);
        }
    }
}

void sek_services_read(struct sek_problems *problems, const struct sek_node *node, const char *pointer, struct sek_rules *rules) {
    size_t index = 0;
    struct sek_service *services = new_elements(problems, node, pointer, sizeof *services);
    if (services == NULL) return;
    if (node->count == 0) sek_problem_empty(problems, node, pointer);
    rules->api.services = services;
    for (SEK_EACH(child, node)) {
        struct sek_service *service = &services[rules->api.service_count];
        const char *child_pointer = sek_pointer_element(problems, pointer, index++);
        if (child_pointer == NULL) return;
        if (read_entry(problems, SEK_PATTERN_NAME, "service_name", child, child_pointer, &service->entry))
            rules->api.service_count++;
        read_service_members(problems, child, child_pointer, service);
    }
}

void sek_frameworks_read(struct sek_problems *problems, const struct sek_node *node, const char *pointer,
                         struct sek_rules *rules) {
    struct sekuire_text *texts = new_elements(problems, node, pointer, sizeof *texts);
    if (texts == NULL) return;
    const char **pointers = new_elements(problems, node, pointer, sizeof *pointers);
    if (pointers == NULL) return;
    size_t index = 0;
    for (SEK_EACH(child, node)) {
        pointers[index] = sek_pointer_element(problems, pointer, index);
        if (child->kind != SEK_STRING) sek_problem_type(problems, "policy.type", child, pointers[index], "a string");
        else texts[index] = sek_problem_copy(problems, child->text);
        index++;
    }
    rules->compliance.frameworks = texts;
    rules->compliance.framework_pointers = pointers;
    rules->compliance.framework_count = index;
}
