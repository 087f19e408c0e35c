/* SPDX-License-Identifier: Apache-2.0 */
/* The SekuireID. */
#include "agent/identity.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "tree/json.h"
#include "tree/write.h"

/* Does text hold needle? */
static bool holds(struct sekuire_text text, struct sekuire_text needle) {
    return text.size >= needle.size && memmem(text.data, text.size, needle.data, needle.size) != NULL;
}

/* Would upstream, too, fail to read tools that our parser refused with status? Where that is not certain (a NUL escape,
 * which upstream reads, is a syntax error of ours), the answer is no: refusing is safe, hashing other bytes than upstream
 * is not. */
static bool upstream_refuses(struct sekuire_text tools, int status) {
    if (status != SEKUIRE_ERR_SYNTAX && status != SEKUIRE_ERR_NUMBER && status != SEKUIRE_ERR_UTF8) return false;
    return sek_utf8_valid_prefix(tools) == tools.size && !holds(tools, SEK_TEXT("\\u0000"));
}

/* Hashes the tools' canonical form, or the raw text where that is what upstream's SDK does. */
static int hash_tools(struct sekuire_text tools, enum sek_tools_reading reading, char out[SEK_HASH_TEXT],
                      struct sekuire_error *err) {
    struct sek_arena arena;
    struct sekuire_error problem = {0};
    const struct sek_node *root = NULL;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, tools, &root, &problem);
    if (status == 0) status = sek_canonical_hash(out, root, &problem);
    else if (reading == SEK_TOOLS_RAW && upstream_refuses(tools, status)) {
        sek_blake3_hex(out, tools.data, tools.size);
        status = 0;
    }
    if (status != 0 && err != NULL) *err = problem;
    sek_arena_clear(&arena);
    return status;
}

int sek_identity_compute(struct sekuire_text model, struct sekuire_text prompt, struct sekuire_text tools,
                         enum sek_tools_reading reading, struct sek_identity *ret, struct sekuire_error *err) {
    struct sek_identity identity = {0};
    size_t valid = sek_utf8_valid_prefix(prompt);
    if (valid != prompt.size) return sek_fail(err, SEKUIRE_ERR_UTF8, "the system prompt is not UTF-8 at byte %zu", valid);
    int status = hash_tools(tools, reading, identity.tools_hash, err);
    if (status != 0) return status;
    struct sekuire_text trimmed = sek_utf8_trim(prompt);
    sek_blake3_hex(identity.prompt_hash, trimmed.data, trimmed.size);
    sek_identity_from_hashes(model, sek_text(identity.prompt_hash), sek_text(identity.tools_hash), identity.sekuire_id);
    *ret = identity;
    return 0;
}

void sek_identity_from_hashes(struct sekuire_text model, struct sekuire_text prompt_hash, struct sekuire_text tools_hash,
                              char out[SEK_HASH_TEXT]) {
    const struct sekuire_text parts[] = {SEK_TEXT("model:"),  model,     SEK_TEXT("|prompt:"), prompt_hash,
                                         SEK_TEXT("|tools:"), tools_hash};
    sek_blake3_hex_parts(out, parts, sizeof parts / sizeof parts[0]);
}
