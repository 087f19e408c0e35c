/* SPDX-License-Identifier: Apache-2.0 */
/* Build tool: docs/openapi.yaml to a C source that holds it as JSON. */
#include "base/buffer.h"
#include "base/limits.h"
#include "sys/file.h"
#include "tree/write.h"
#include "tree/yaml.h"

#include <stdio.h>

int main(int argc, char **argv) {
    struct sek_arena arena;
    struct sek_buffer yaml, json, source;
    const struct sek_node *root = NULL;
    struct sekuire_error err = {0};
    if (argc != 3) return 2;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&yaml, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&json, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&source, 8 * SEK_LIMIT_JSON_BYTES);
    int status = sys_read_file(argv[1], &yaml, &err);
    if (status == 0) status = sek_yaml_parse(&arena, sek_buffer_view(&yaml), SEK_YAML_STRICT, &root, &err);
    if (status == 0) {
        sek_pretty_write(&json, root, 0, false);
        status = sek_buffer_check(&json, &err);
    }
    if (status == 0) {
        sek_buffer_string(&source, "#include \"server/routes/openapi.h\"\n\nconst char openapi_json[] = {");
        for (size_t i = 0; i < json.size; i++) sek_buffer_format(&source, "%s%d,", i % 20 == 0 ? "\n" : "", json.data[i]);
        sek_buffer_string(&source, "\n};\nconst size_t openapi_json_size = sizeof openapi_json;\n");
        status = sek_buffer_check(&source, &err);
    }
    if (status == 0) status = sys_replace_file(argv[2], sek_buffer_view(&source), 0644, &err);
    if (status != 0) fprintf(stderr, "%s:%u:%u: %s\n", argv[1], err.line, err.column, err.message);
    sek_buffer_clear(&source);
    sek_buffer_clear(&json);
    sek_buffer_clear(&yaml);
    sek_arena_clear(&arena);
    return status == 0 ? 0 : 1;
}
