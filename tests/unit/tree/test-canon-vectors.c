/* SPDX-License-Identifier: Apache-2.0 */
/* tests/vectors/canon.json: what every text canonicalises to, or that it is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/limits.h"
#include "tree/json.h"
#include "tree/write.h"

enum { CASES = 310 };

/* The text of a vector, to be freed by the caller. */
static char *input_of(json_t *vector, size_t *ret_size) {
    json_t *text = json_object_get(vector, "text");
    json_t *hex = json_object_get(vector, "hex");
    size_t size = text != NULL ? json_string_length(text) : json_string_length(hex) / 2;
    char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    if (text != NULL) memcpy(bytes, json_string_value(text), size);
    else assert_true(sek_hex_decode((uint8_t *)bytes, size, sek_text(json_string_value(hex))));
    *ret_size = size;
    return bytes;
}

/* Whether our canonical form and hash of an accepted text are the vector's. */
static bool same(json_t *vector, const struct sek_node *node) {
    struct sek_buffer out;
    struct sekuire_error err;
    char hash[SEK_HASH_TEXT];
    json_t *canonical = json_object_get(vector, "canonical");
    sek_buffer_init(&out, SEK_LIMIT_JSON_BYTES);
    sek_canonical_write(&out, node);
    assert_int_equal(sek_buffer_check(&out, &err), 0);
    bool equal = json_is_string(canonical) && sek_text_equal(sek_buffer_view(&out), sek_text(json_string_value(canonical)));
    if (!equal) print_error("canonical: %s\n", out.data);
    sek_buffer_clear(&out);
    assert_int_equal(sek_canonical_hash(hash, node, &err), 0);
    return equal && strcmp(hash, json_string_value(json_object_get(vector, "hash"))) == 0;
}

/* Whether the reader does with a vector what its policy asks for. */
static bool holds(json_t *vector) {
    const char *policy = json_string_value(json_object_get(vector, "policy"));
    struct sek_arena arena;
    struct sekuire_error err = {0};
    const struct sek_node *node = NULL;
    size_t size;
    char *bytes = input_of(vector, &size);
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, (struct sekuire_text){bytes, size}, &node, &err);
    bool ok;
    if (strcmp(policy, "reject") == 0) ok = status < 0 && err.status == status && err.line >= 1 && err.column >= 1;
    else if (status == 0) ok = same(vector, node);
    else ok = strcmp(policy, "match_or_reject") == 0;
    if (!ok) print_error("%s: status %d (%s)\n", json_string_value(json_object_get(vector, "name")), status, err.message);
    sek_arena_clear(&arena);
    free(bytes);
    return ok;
}

static void canonical_form_and_hash_of_every_vector(void **state) {
    (void)state;
    json_t *file = json_load_file(TEST_VECTORS "/canon.json", 0, NULL);
    json_t *vectors = json_object_get(file, "vectors");
    json_t *vector;
    size_t index;
    size_t failed = 0;
    assert_int_equal(json_array_size(vectors), CASES);
    json_array_foreach(vectors, index, vector) failed += !holds(vector);
    print_message("canon.json: %zu cases\n", json_array_size(vectors));
    json_decref(file);
    assert_int_equal(failed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_form_and_hash_of_every_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
