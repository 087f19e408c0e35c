/* SPDX-License-Identifier: Apache-2.0 */
/* Whose model it is. */
#include "agent/provider.h"

#include "base/error.h"

struct provider_row {
    struct sekuire_text prefix;
    struct sekuire_text provider;
};

static const struct provider_row provider_table[] = {
#define SEK_PROVIDER(prefix, provider) {{prefix, sizeof(prefix) - 1}, {provider, sizeof(provider) - 1}},
#include "agent/providers.def"
#undef SEK_PROVIDER
};

/* The part of name from offset on. */
static struct sekuire_text tail(struct sekuire_text name, size_t offset) {
    return (struct sekuire_text){name.data + offset, name.size - offset};
}

/* The bytes of name before its first '/'; false if there is none. */
static bool first_segment(struct sekuire_text name, struct sekuire_text *ret) {
    const char *slash = name.size == 0 ? NULL : memchr(name.data, '/', name.size);
    if (slash == NULL) return false;
    *ret = (struct sekuire_text){name.data, (size_t)(slash - name.data)};
    return true;
}

enum { ROWS = sizeof provider_table / sizeof provider_table[0] };

int sek_provider_index(struct sek_arena *arena, const struct sek_index **ret, struct sekuire_error *err) {
    struct sek_pattern prefixes[ROWS];
    const struct sek_pattern *borrowed[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        prefixes[i] = (struct sek_pattern){SEK_PATTERN_NAME, SEK_SHAPE_PREFIX, provider_table[i].prefix, provider_table[i].prefix};
        borrowed[i] = &prefixes[i];
    }
    return sek_index_build(arena, borrowed, ROWS, false, ret, err);
}

/* The longest prefix decides, so that the order of the table's lines means nothing. */
struct sekuire_text sek_provider_of_name(const struct sek_index *table, struct sekuire_text model) {
    if (table != NULL) {
        uint32_t row = sek_index_find_longest(table, model);
        return row == SEK_INDEX_NONE ? (struct sekuire_text){NULL, 0} : provider_table[row].provider;
    }
    const struct provider_row *best = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        const struct provider_row *row = &provider_table[i];
        if (sek_text_starts(model, row->prefix) && (best == NULL || row->prefix.size > best->prefix.size)) best = row;
    }
    return best == NULL ? (struct sekuire_text){NULL, 0} : best->provider;
}

/* An empty part before a '/' names nobody: such a name is looked up whole, as one without '/' is. */
struct sekuire_text sek_provider_of_model(const struct sek_index *table, struct sekuire_text model, struct sekuire_text declared) {
    struct sekuire_text segment;
    if (declared.size > 0) return declared;
    if (first_segment(model, &segment) && segment.size > 0) return segment;
    return sek_provider_of_name(table, model);
}

/* Every tail of the name is looked up in the table, and the segment in front of each '/' is a provider itself. */
bool sek_provider_each_meant(const struct sek_index *table, struct sekuire_text model, struct sekuire_text declared,
                             bool (*visit)(void *context, struct sekuire_text provider), void *context) {
    struct sekuire_text rest = model;
    struct sekuire_text segment;
    if (declared.size > 0 && visit(context, declared)) return true;
    for (;;) {
        struct sekuire_text known = sek_provider_of_name(table, rest);
        bool more = first_segment(rest, &segment);
        if (more && segment.size > 0 && visit(context, segment)) return true;
        if (known.size > 0 && visit(context, known)) return true;
        if (!more) return false;
        rest = tail(rest, segment.size + 1);
    }
}

struct conflict {
    struct sekuire_text declared;
    struct sekuire_text other;
};

/* A visitor that stops at the first provider other than the declared one. */
static bool differs(void *context, struct sekuire_text provider) {
    struct conflict *conflict = context;
    if (sek_text_equal_ascii_case(conflict->declared, provider)) return false;
    conflict->other = provider;
    return true;
}

bool sek_provider_conflict(struct sekuire_text model, struct sekuire_text declared, struct sekuire_text *ret_other) {
    struct conflict conflict = {.declared = declared};
    if (declared.size == 0 || !sek_provider_each_meant(NULL, model, declared, differs, &conflict)) return false;
    *ret_other = conflict.other;
    return true;
}
