/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary of content (docs/spec/semantics.md, section 1) as a table. */
#include <stdio.h>

#include "policy/rules-internal.h"

#define SECTION(path) {path, SEK_KEY_SECTION, 0, false, 0}
#define PRESENCE(path, member) {path, SEK_KEY_SECTION, 0, false, offsetof(struct sek_rules, member)}
#define FLAG(path, member) {path, SEK_KEY_FLAG, 0, false, offsetof(struct sek_rules, member)}
#define ALLOWED(path, kind, member) {path, SEK_KEY_LIST, kind, true, offsetof(struct sek_rules, member)}
#define BLOCKED(path, kind, member) {path, SEK_KEY_LIST, kind, false, offsetof(struct sek_rules, member)}
#define TOOLS(path, allows, member) {path, SEK_KEY_TOOLS, SEK_PATTERN_NAME, allows, offsetof(struct sek_rules, member)}
#define LIMIT(path, type, window) {path, SEK_KEY_LIMIT, 0, false, offsetof(struct sek_rules, limits[type][window])}
#define MEMBER(path) {path, SEK_KEY_MEMBER, 0, false, 0}

const struct sek_key sek_keys[] = {
    SECTION("/agent"),
    SECTION("/agent/models"),
    ALLOWED("/agent/models/allowed_providers", SEK_PATTERN_PROVIDER, allowed_providers),
    BLOCKED("/agent/models/blocked_providers", SEK_PATTERN_PROVIDER, blocked_providers),
    ALLOWED("/agent/models/allowed_models", SEK_PATTERN_NAME, allowed_models),
    BLOCKED("/agent/models/blocked_models", SEK_PATTERN_NAME, blocked_models),
    BLOCKED("/agent/models/denied_models", SEK_PATTERN_NAME, blocked_models),
    SECTION("/agent/capabilities"),
    TOOLS("/agent/capabilities/allowed_tools", true, allowed_tools),
    TOOLS("/agent/capabilities/denied_tools", false, blocked_tools),
    TOOLS("/agent/capabilities/blocked_tools", false, blocked_tools),
    FLAG("/agent/capabilities/require_tool_approval", require_tool_approval),
    SECTION("/tools"),
    TOOLS("/tools/allowed_tools", true, allowed_tools),
    TOOLS("/tools/blocked_tools", false, blocked_tools),
    TOOLS("/tools/denied_tools", false, blocked_tools),
    SECTION("/permissions"),
    PRESENCE("/permissions/network", network.present),
    FLAG("/permissions/network/enabled", network.enabled),
    FLAG("/permissions/network/require_tls", network.require_tls),
    ALLOWED("/permissions/network/allowed_domains", SEK_PATTERN_DOMAIN, network.allowed),
    ALLOWED("/permissions/network/allowed_hosts", SEK_PATTERN_DOMAIN, network.allowed),
    BLOCKED("/permissions/network/blocked_domains", SEK_PATTERN_DOMAIN, network.blocked),
    BLOCKED("/permissions/network/blocked_hosts", SEK_PATTERN_DOMAIN, network.blocked),
    PRESENCE("/permissions/filesystem", filesystem.present),
    FLAG("/permissions/filesystem/enabled", filesystem.enabled),
    ALLOWED("/permissions/filesystem/allowed_paths", SEK_PATTERN_PATH, filesystem.allowed),
    BLOCKED("/permissions/filesystem/blocked_paths", SEK_PATTERN_PATH, filesystem.blocked),
    ALLOWED("/permissions/filesystem/allowed_extensions", SEK_PATTERN_EXTENSION, filesystem.extensions),
    PRESENCE("/permissions/api", api.present),
    FLAG("/permissions/api/enabled", api.enabled),
    {"/permissions/api/allowed_services", SEK_KEY_SERVICES, 0, true, 0},
    MEMBER(SEK_SERVICE_PATH "/service_name"),
    MEMBER(SEK_SERVICE_PATH "/endpoints"),
    SECTION("/rate_limits"),
    SECTION("/rate_limits/per_agent"),
    LIMIT("/rate_limits/per_agent/requests_per_minute", SEK_LIMIT_REQUEST, SEK_WINDOW_MINUTE),
    LIMIT("/rate_limits/per_agent/requests_per_hour", SEK_LIMIT_REQUEST, SEK_WINDOW_HOUR),
    LIMIT("/rate_limits/per_agent/tokens_per_minute", SEK_LIMIT_TOKEN, SEK_WINDOW_MINUTE),
    LIMIT("/rate_limits/per_agent/tokens_per_hour", SEK_LIMIT_TOKEN, SEK_WINDOW_HOUR),
    SECTION("/compliance"),
    {"/compliance/frameworks", SEK_KEY_FRAMEWORKS, 0, false, 0},
    FLAG("/compliance/require_audit_logging", compliance.require_audit_logging),
    {"/compliance/data_residency", SEK_KEY_RESIDENCY, 0, false, 0},
    {"/binding", SEK_KEY_BINDING, 0, false, 0},
    MEMBER("/binding/workspace_id"),
    MEMBER("/binding/sequence"),
    MEMBER("/binding/not_before"),
    MEMBER("/binding/expires_at"),
    MEMBER("/binding/signing_keys"),
};
_Static_assert(sizeof sek_keys / sizeof sek_keys[0] == SEK_KEY_COUNT, "SEK_KEY_COUNT is the number of rows");

enum { NAME_MAX_SIZE = 48, DISTANCE_MAX = 2 };

/* The last component of a key's path. */
static struct sekuire_text name_of(const struct sek_key *key) { return sek_text(strrchr(key->path, '/') + 1); }

/* Is the key a direct member of the section? */
static bool is_in(const struct sek_key *key, const char *section) {
    size_t size = strlen(section);
    return strncmp(key->path, section, size) == 0 && strrchr(key->path, '/') == key->path + size;
}

const struct sek_key *sek_key_find(const char *section, struct sekuire_text name) {
    for (size_t i = 0; i < SEK_KEY_COUNT; i++)
        if (is_in(&sek_keys[i], section) && sek_text_equal(name_of(&sek_keys[i]), name)) return &sek_keys[i];
    return NULL;
}

/* Levenshtein's distance of two names of at most NAME_MAX_SIZE bytes. */
static size_t distance(struct sekuire_text a, struct sekuire_text b) {
    size_t row[NAME_MAX_SIZE + 1];
    for (size_t j = 0; j <= b.size; j++) row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t best = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.size];
}

void sek_key_hint(char *out, size_t capacity, const char *section, struct sekuire_text name) {
    const struct sek_key *nearest = NULL;
    const struct sek_key *elsewhere = NULL;
    size_t least = DISTANCE_MAX + 1;
    out[0] = '\0';
    if (name.size > NAME_MAX_SIZE) return;
    for (size_t i = 0; i < SEK_KEY_COUNT; i++) {
        struct sekuire_text known = name_of(&sek_keys[i]);
        if (elsewhere == NULL && sek_text_equal(known, name) && strchr(sek_keys[i].path, '-') == NULL) elsewhere = &sek_keys[i];
        if (!is_in(&sek_keys[i], section)) continue;
        size_t d = distance(name, known);
        /* Of a short name, half would be changed: that is another word. */
        if (d >= least || 2 * d >= known.size) continue;
        least = d;
        nearest = &sek_keys[i];
    }
    if (nearest != NULL) snprintf(out, capacity, "did you mean '%s'?", strrchr(nearest->path, '/') + 1);
    else if (elsewhere != NULL) snprintf(out, capacity, "it is known as %s", elsewhere->path);
}
