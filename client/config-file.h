/* SPDX-License-Identifier: Apache-2.0 */
/* One configuration file: which keys it may hold, and their values as text; for config.c and config-edit.c. */
#ifndef SEK_CLIENT_CONFIG_FILE_H
#define SEK_CLIENT_CONFIG_FILE_H

#include "base/buffer.h"
#include "tree/node.h"

enum sek_config_value { SEK_CONFIG_BACKEND, SEK_CONFIG_WORKSPACE, SEK_CONFIG_REQUIRE_PINNED, SEK_CONFIG_COLOR, SEK_CONFIG_VALUE_COUNT };

/* A key of the file: section (NULL: at the top) and name. */
struct sek_config_place {
    const char *section;
    const char *name;
    bool project; /* a project's file may hold it */
};
extern const struct sek_config_place sek_config_places[SEK_CONFIG_VALUE_COUNT];

struct sek_config_file {
    char *values[SEK_CONFIG_VALUE_COUNT]; /* NULL: not set; valid in form */
};

/* Reads the file at path; a missing one is empty. Error config with the path in front, and its position. */
int sek_config_file_read(const char *path, bool project, struct sek_config_file *ret, struct sekuire_error *err);
/* The same from bytes; *ret_root (may be NULL) is the tree, in arena. The path is not in the message. */
int sek_config_file_parse(struct sekuire_text bytes, bool project, struct sek_arena *arena, const struct sek_node **ret_root,
                          struct sek_config_file *ret, struct sekuire_error *err);
void sek_config_file_clear(struct sek_config_file *file);
/* Is text a value that the key takes? Error usage with the reason. */
int sek_config_value_check(enum sek_config_value value, struct sekuire_text text, struct sekuire_error *err);

#endif
