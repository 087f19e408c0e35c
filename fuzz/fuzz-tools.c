/* SPDX-License-Identifier: Apache-2.0 */
/* Tools files, and declarations: what of an agent goes over HTTP comes back the same. */
#include "fuzz/fuzz.h"

#include "agent/base-url.h"
#include "agent/declaration.h"
#include "agent/identity.h"
#include "tree/json.h"
#include "tree/write.h"

static const char manifest_text[] =
    "project: {name: a, version: 1}\nidentity: {model: gpt-4, system_prompt_path: p, tools_path: t}\n"
    "llm: {provider: openai, base_url: 'https://me:pw@api.example.com:8443/v1?k=v'}\n"
    "agents: {one: {llm: {provider: x, model: y}, tools: [named, a], filesystem: {allow_read: [./data, /tmp/*]}}}\n"
    "permissions: {network: {allowed_hosts: ['*.example.com']}}\nrate_limits: {requests: {max_per_minute: 7}}\n"
    "compliance: {framework: soc2}\n";

static const struct sek_node *parse(struct sek_arena *arena, struct sekuire_text text) {
    const struct sek_node *node = NULL;
    return sek_json_parse(arena, text, &node, NULL) == 0 ? node : NULL;
}

static bool same_list(const struct sek_declared_list *a, const struct sek_declared_list *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (!sek_text_equal(a->items[i].text, b->items[i].text)) return false;
    return true;
}

/* Written as `declared` and read again, a declaration declares the same, and is written the same. */
static void check_written(struct sek_arena *arena, const struct sek_declaration *declaration, const struct sek_node *tools,
                          struct sekuire_text tools_text) {
    struct sek_declaration again = {0};
    struct sek_buffer first, second;
    sek_buffer_init(&first, 64u << 20);
    sek_buffer_init(&second, 64u << 20);
    sek_declaration_write(&first, declaration, SEK_TEXT("ws_1"), tools_text);
    REQUIRE(sek_buffer_check(&first, NULL) == 0);
    const struct sek_node *declared = parse(arena, sek_buffer_view(&first));
    REQUIRE(declared != NULL);
    REQUIRE(sek_declaration_from_json(arena, declared, tools, &again, NULL) == 0 && again.model_count == declaration->model_count);
    REQUIRE(same_list(&again.providers, &declaration->providers) && same_list(&again.hosts, &declaration->hosts));
    REQUIRE(same_list(&again.paths, &declaration->paths) && same_list(&again.frameworks, &declaration->frameworks));
    REQUIRE(again.base_urls.count == declaration->base_urls.count && again.audit_logging == declaration->audit_logging);
    for (size_t i = 0; i < again.model_count; i++) REQUIRE(sek_declaration_has_model(declaration, again.models[i].model));
    for (size_t i = 0; i < 4; i++) {
        const struct sek_declared_limit *a = &again.limits[i / 2][i % 2], *b = &declaration->limits[i / 2][i % 2];
        REQUIRE(a->present == b->present && a->value == b->value && sek_text_equal(a->variable, b->variable));
    }
    sek_declaration_write(&second, &again, SEK_TEXT("ws_1"), tools_text);
    REQUIRE(sek_text_equal(sek_buffer_view(&first), sek_buffer_view(&second)));
    for (size_t i = 0; i < again.base_urls.count; i++) {
        struct sekuire_text url = again.base_urls.items[i].text;
        struct sek_base_url parts;
        if (!sek_manifest_has_variable(url) && sek_base_url_split(url, &parts)) REQUIRE(memchr(url.data, '@', url.size) == NULL);
    }
    sek_buffer_clear(&first);
    sek_buffer_clear(&second);
}

/* The id of an agent follows from the canonical form of its tools. */
static void check_identity(struct sekuire_text text, const struct sek_node *node) {
    struct sek_identity strict = {0}, raw = {0};
    char hash[SEK_HASH_TEXT];
    int status = sek_identity_compute(SEK_TEXT("m"), SEK_TEXT(" p "), text, SEK_TOOLS_STRICT, &strict, NULL);
    int status_raw = sek_identity_compute(SEK_TEXT("m"), SEK_TEXT("p"), text, SEK_TOOLS_RAW, &raw, NULL);
    REQUIRE((status == 0) == (node != NULL));
    if (node == NULL) return;
    REQUIRE(status_raw == 0 && strcmp(strict.sekuire_id, raw.sekuire_id) == 0);
    REQUIRE(sek_canonical_hash(hash, node, NULL) == 0 && strcmp(hash, strict.tools_hash) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text text = fuzz_text(data, size);
    static struct sek_arena manifest_arena;
    static struct sek_manifest manifest;
    struct sek_arena arena;
    struct sekuire_error err = {0};
    struct sek_declaration declaration = {0}, declared = {0};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    const struct sek_node *node = parse(&arena, text);
    check_identity(text, node);
    if (manifest.root == NULL) {
        sek_arena_init(&manifest_arena, SEK_LIMIT_TREE_ARENA);
        REQUIRE(sek_manifest_parse(&manifest_arena, sek_text(manifest_text), SEK_MANIFEST_YAML, &manifest, NULL) == 0);
    }
    if (node != NULL) {
        int status = sek_declaration_from_manifest(&arena, &manifest, "m", node, "t", &declaration, &err);
        if (status == 0) check_written(&arena, &declaration, node, text);
        else fuzz_error_sound(status, &err, size);
        /* The input as `declared` itself; its member `tools` is a text of its own. */
        const struct sek_node *inner_text = sek_node_get(node, "tools");
        const struct sek_node *inner = inner_text == NULL || inner_text->kind != SEK_STRING ? NULL : parse(&arena, inner_text->text);
        status = inner == NULL ? 1 : sek_declaration_from_json(&arena, node, inner, &declared, &err);
        if (status == 0) check_written(&arena, &declared, inner, inner_text->text);
        else if (status < 0) fuzz_error_sound(status, &err, size);
    }
    sek_arena_clear(&arena);
    return 0;
}
