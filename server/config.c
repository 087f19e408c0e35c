/* SPDX-License-Identifier: Apache-2.0 */
/* The server's configuration: one table of options for the command line and the file. */
#include "server/config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/http/http.h"
#include "sys/env.h"
#include "sys/file.h"
#include "tree/yaml.h"

#include <stddef.h>
#include <stdio.h>

enum { CONFIG_ARENA = 1 << 20 };

struct option {
    const char *name;
    bool takes_value;
    bool in_file;
    size_t offset; /* in struct config; SIZE_MAX: the configuration file itself */
    unsigned least, most, preset; /* most 0: it is no number */
};

#define LIMIT(name, member, least, most, preset) {name, true, true, offsetof(struct config, limits.member), least, most, preset}

static const struct option options[] = {
    {"listen", true, true, offsetof(struct config, listen), 0, 0, 0},
    {"data", true, true, offsetof(struct config, data), 0, 0, 0},
    {"tls-cert", true, true, offsetof(struct config, tls_cert), 0, 0, 0},
    {"tls-key", true, true, offsetof(struct config, tls_key), 0, 0, 0},
    {"quiet", false, true, offsetof(struct config, quiet), 0, 0, 0},
    LIMIT("max-connections", connections, 64, 100000, 8192),
    LIMIT("max-connections-per-address", connections_per_address, 1, 100000, 4096),
    LIMIT("max-head-bytes", head_bytes, 4096, 65536, 8192),
    LIMIT("max-body-bytes", body_bytes, 16384, SEK_LIMIT_JSON_BYTES, SEK_LIMIT_JSON_BYTES),
    LIMIT("max-bodies-bytes", bodies_bytes, SEK_LIMIT_JSON_BYTES + 1, 999999999, 256 << 20),
    LIMIT("idle-seconds", idle_seconds, 1, 3600, 30),
    LIMIT("head-seconds", head_seconds, 1, 3600, 30),
    LIMIT("body-seconds", body_seconds, 1, 3600, 120),
    LIMIT("address-rate", address_rate, 0, 1000000, 100),
    LIMIT("address-burst", address_burst, 1, 1000000, 1000),
    LIMIT("key-rate", key_rate, 0, 1000000, 100),
    LIMIT("key-burst", key_burst, 1, 1000000, 1000),
    LIMIT("failed-keys", failed_keys, 0, 1000000, 300),
    {"config", true, false, SIZE_MAX, 0, 0, 0},
    {"check", false, false, offsetof(struct config, check), 0, 0, 0},
    {"new-admin-key", false, false, offsetof(struct config, new_admin_key), 0, 0, 0},
    {"version", false, false, offsetof(struct config, version), 0, 0, 0},
    {"help", false, false, offsetof(struct config, help), 0, 0, 0},
};
enum { OPTIONS = sizeof options / sizeof options[0] };

const char *config_help(void) {
    return "sekuired: serves signed workspace policies and judges agents that are published\n"
           "\n"
           "  sekuired --data /var/lib/sekuired --listen 127.0.0.1:9300\n"
           "\n"
           "Options, also keys of the configuration file unless marked *:\n"
           "  --listen HOST:PORT   where to listen (127.0.0.1:9300); port 0 takes a free one\n"
           "  --data DIR           the database, admin.key and the lock; made if missing\n"
           "                       ($XDG_STATE_HOME/sekuire/server)\n"
           "  --tls-cert FILE      PEM certificate chain: serve https\n"
           "  --tls-key FILE       its PEM key, readable by its owner alone\n"
           "  --quiet              no line for each request\n"
           "  --max-connections N  open at once (8192)\n"
           "  --max-connections-per-address N  of one address (4096)\n"
           "  --max-head-bytes N   request line and header fields of a request (8192)\n"
           "  --max-body-bytes N   body of a request (4194304)\n"
           "  --max-bodies-bytes N bodies of all requests at once (268435456)\n"
           "  --idle-seconds N     a connection without a byte is closed (30)\n"
           "  --head-seconds N     for the head of a request, however it trickles in (30)\n"
           "  --body-seconds N     for the body of a request, and for its answer (120)\n"
           "  --address-rate N     requests of one address a second, 0: any number (100)\n"
           "  --address-burst N    and at once (1000)\n"
           "  --key-rate N         requests with one API key a second, 0: any number (100)\n"
           "  --key-burst N        and at once (1000)\n"
           "  --failed-keys N      wrong API keys of one address before it has to wait, 0: any number (300)\n"
           "  --config FILE *      a YAML file of these options\n"
           "  --check *            check the configuration and exit\n"
           "  --new-admin-key *    revoke all admin keys, write a new one to DIR/admin.key, and exit\n"
           "  --version *, --help *, -h *\n"
           "\n"
           "DIR/admin.key is made at the first start. SIGTERM and SIGINT stop the server.\n"
           "Exit codes: 0 stopped or checked, 2 usage, 3 anything else.\n";
}

/* The option of a name, or NULL. */
static const struct option *find(struct sekuire_text name) {
    for (int i = 0; i < OPTIONS; i++)
        if (sek_text_is(name, options[i].name)) return &options[i];
    return NULL;
}

/* Reads a number within the option's bounds. */
static int put_number(unsigned *field, const struct option *option, struct sekuire_text value, struct sekuire_error *err) {
    unsigned long number = 0;
    bool digits = value.size > 0 && value.size <= 9;
    for (size_t i = 0; i < value.size && digits; i++) {
        digits = value.data[i] >= '0' && value.data[i] <= '9';
        number = number * 10 + (unsigned long)(value.data[i] - '0');
    }
    if (!digits || number < option->least || number > option->most)
        return sek_fail(err, SEKUIRE_ERR_USAGE, "%s is a number from %u to %u, not %.*s", option->name, option->least, option->most,
                        SEK_TEXT_ARGS(value));
    *field = (unsigned)number;
    return 0;
}

/* Stores a value, or sets a flag. */
static int put(struct config *config, const struct option *option, struct sekuire_text value, struct sekuire_error *err) {
    char *field = (char *)config + option->offset;
    if (!option->takes_value) {
        bool yes = true;
        memcpy(field, &yes, sizeof yes);
        return 0;
    }
    if (option->most > 0) return put_number((unsigned *)(void *)field, option, value, err);
    const char *copy = sek_arena_copy(&config->arena, value);
    if (copy == NULL) return sek_fail_memory(err);
    if (strcmp(option->name, "listen") == 0) {
        int status = http_address_check(copy, err);
        if (status != 0) return status;
    }
    memcpy(field, &copy, sizeof copy);
    return 0;
}

/* The command line. given remembers which options stood there. */
static int read_arguments(int argc, char **argv, struct config *config, bool given[OPTIONS], const char **ret_file,
                          struct sekuire_error *err) {
    for (int i = 1; i < argc; i++) {
        struct sekuire_text argument = sek_text(strcmp(argv[i], "-h") == 0 ? "--help" : argv[i]);
        if (!sek_text_starts(argument, SEK_TEXT("--"))) return sek_fail(err, SEKUIRE_ERR_USAGE, "unexpected argument %s", argv[i]);
        const char *equals = memchr(argument.data, '=', argument.size);
        struct sekuire_text name = {argument.data + 2, (equals == NULL ? argument.size : (size_t)(equals - argument.data)) - 2};
        const struct option *option = find(name);
        if (option == NULL) return sek_fail(err, SEKUIRE_ERR_USAGE, "unknown option --%.*s", SEK_TEXT_ARGS(name));
        if (given[option - options]) return sek_fail(err, SEKUIRE_ERR_USAGE, "--%s stands twice", option->name);
        given[option - options] = true;
        if (!option->takes_value && equals != NULL) return sek_fail(err, SEKUIRE_ERR_USAGE, "--%s takes no value", option->name);
        const char *value = equals == NULL ? NULL : equals + 1;
        if (option->takes_value && value == NULL) value = i + 1 < argc ? argv[++i] : NULL;
        if (option->takes_value && (value == NULL || value[0] == '\0'))
            return sek_fail(err, SEKUIRE_ERR_USAGE, "--%s takes a value", option->name);
        if (option->offset == SIZE_MAX) {
            *ret_file = value;
            continue;
        }
        int status = put(config, option, sek_text(value), err);
        if (status != 0) return status;
    }
    return 0;
}

/* One key of the file. */
static int read_member(const struct sek_node *member, struct config *config, const bool given[OPTIONS], struct sekuire_error *err) {
    const struct option *option = find(member->key);
    if (option == NULL || !option->in_file)
        return sek_fail_at(err, SEKUIRE_ERR_CONFIG, member->key_at.line, member->key_at.column, member->key_at.offset, "unknown key %.*s",
                           SEK_TEXT_ARGS(member->key));
    if (option->most > 0 && member->kind != SEK_NUMBER)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, member, "%s must be a number", option->name);
    if (option->most == 0 && (option->takes_value ? member->kind != SEK_STRING || member->text.size == 0 : member->kind != SEK_BOOL))
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, member, "%s must be %s", option->name, option->takes_value ? "a string" : "true or false");
    if (given[option - options] || (!option->takes_value && !member->boolean)) return 0;
    int status = put(config, option, member->text, err);
    if (status != 0 && err->line == 0) {
        err->line = member->at.line;
        err->column = member->at.column;
    }
    return status;
}

/* The file, for what the command line left open. */
static int read_file(const char *path, struct config *config, const bool given[OPTIONS], struct sekuire_error *err) {
    struct sek_buffer bytes;
    const struct sek_node *root = NULL;
    struct sek_arena arena;
    char place[64] = "";
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    sek_buffer_init(&bytes, SEK_LIMIT_CONFIG_BYTES);
    int status = sys_read_file(path, &bytes, err);
    if (status == 0) status = sek_yaml_parse(&arena, sek_buffer_view(&bytes), SEK_YAML_STRICT, &root, err);
    if (status == 0 && root->kind != SEK_OBJECT && root->kind != SEK_NULL)
        status = sek_fail_node(err, SEKUIRE_ERR_CONFIG, root, "the file must be a map of options");
    if (status == 0 && root->kind == SEK_OBJECT)
        for (const struct sek_node *member = root->first; member != NULL && status == 0; member = member->next)
            status = read_member(member, config, given, err);
    if (status != 0) {
        if (err->line != 0) snprintf(place, sizeof place, ":%u:%u", err->line, err->column);
        char *prefix = sek_arena_format(&arena, "%s%s", path, place);
        sek_fail_prefix(err, prefix == NULL ? path : prefix);
        err->status = status = status == SEKUIRE_ERR_MEMORY ? status : SEKUIRE_ERR_CONFIG;
    }
    sek_buffer_clear(&bytes);
    sek_arena_clear(&arena);
    return status;
}

/* Defaults, and what belongs together. */
static int complete(struct config *config, const char *file, struct sekuire_error *err) {
    if (config->listen == NULL) config->listen = "127.0.0.1:9300";
    if ((config->tls_cert == NULL) != (config->tls_key == NULL)) {
        int fault = sek_fail(err, file != NULL ? SEKUIRE_ERR_CONFIG : SEKUIRE_ERR_USAGE, "tls-cert and tls-key go together");
        if (file != NULL) sek_fail_prefix(err, file);
        return fault;
    }
    if (config->data != NULL) return 0;
    char *path = NULL;
    int status = sys_state_path("server", &path, err);
    if (status != 0) return status;
    config->data = sek_arena_copy(&config->arena, sek_text(path));
    sek_free(path);
    return config->data == NULL ? sek_fail_memory(err) : 0;
}

int config_read(int argc, char **argv, struct config *config, struct sekuire_error *err) {
    bool given[OPTIONS] = {false};
    const char *file = NULL;
    *config = (struct config){.quiet = false};
    for (int i = 0; i < OPTIONS; i++)
        if (options[i].most > 0) memcpy((char *)config + options[i].offset, &options[i].preset, sizeof options[i].preset);
    sek_arena_init(&config->arena, CONFIG_ARENA);
    int status = read_arguments(argc, argv, config, given, &file, err);
    if (status != 0 || config->help || config->version) return status;
    if (config->check && config->new_admin_key)
        return sek_fail(err, SEKUIRE_ERR_USAGE, "--check touches nothing: it does not go with --new-admin-key");
    if (file != NULL) status = read_file(file, config, given, err);
    return status != 0 ? status : complete(config, file, err);
}

void config_clear(struct config *config) { sek_arena_clear(&config->arena); }
