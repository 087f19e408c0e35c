/* SPDX-License-Identifier: Apache-2.0 */
/* Actions from JSON: types and fields of docs/spec/wire.md, section 8. */
#include "base/alloc.h"
#include "base/error.h"
#include "decide/action.h"
#include "decide/engine.h"
#include "tree/json.h"
#include "tree/write.h"

struct sekuire_parsed_action {
    struct sek_arena arena;
    struct sek_actions read;
};

enum slot { SLOT_TARGET, SLOT_DETAIL, SLOT_COUNT, SLOT_PER_MINUTE, SLOT_PER_HOUR, SLOT_MAX };

enum { FIELD_MAX = 3 };

struct field {
    const char *names[2]; /* both spellings; the second may be NULL */
    enum slot slot;
    bool required;
};

struct action_row {
    const char *names[2];
    enum sekuire_action_type type;
    struct field fields[FIELD_MAX]; /* unused ones have names[0] NULL */
};

static const struct action_row action_table[] = {
    {{"network", "network_access"},
     SEKUIRE_ACTION_NETWORK,
     {{{"domain", NULL}, SLOT_TARGET, true}, {{"protocol", NULL}, SLOT_DETAIL, false}}},
    {{"filesystem", "file_access"},
     SEKUIRE_ACTION_FILESYSTEM,
     {{{"path", NULL}, SLOT_TARGET, true}, {{"operation", NULL}, SLOT_DETAIL, false}}},
    {{"tool", "tool_execution"}, SEKUIRE_ACTION_TOOL, {{{"toolName", "tool_name"}, SLOT_TARGET, true}}},
    {{"model", "model_call"},
     SEKUIRE_ACTION_MODEL,
     {{{"model", "model_name"}, SLOT_TARGET, true}, {{"provider", NULL}, SLOT_DETAIL, false}}},
    {{"api", "api_access"},
     SEKUIRE_ACTION_API,
     {{{"service", "service_name"}, SLOT_TARGET, true}, {{"endpoint", NULL}, SLOT_DETAIL, false}}},
    {{"rate_limit", "rate_limit_check"},
     SEKUIRE_ACTION_RATE_LIMIT,
     {{{"limitType", NULL}, SLOT_TARGET, true},
      {{"count", NULL}, SLOT_COUNT, true},
      {{"window", NULL}, SLOT_DETAIL, false}}},
};

/* Of a rate-limit action in the conformance protocol, instead of count and window. */
static const struct field usage_fields[] = {
    {{"current_rpm", NULL}, SLOT_PER_MINUTE, false},
    {{"current_rph", NULL}, SLOT_PER_HOUR, false},
};

/* One reading under way. */
struct reader {
    const struct action_row *row;
    const struct sek_node *found[SLOT_MAX];
    struct sek_arena *arena;
    struct sek_actions *actions;
    struct sekuire_error *err;
};

/* Is key one of the two spellings? */
static bool is_one_of(struct sekuire_text key, const char *const names[2]) {
    return sek_text_is(key, names[0]) || (names[1] != NULL && sek_text_is(key, names[1]));
}

/* Fails at a member's key. */
static int fail_key(struct reader *reader, int status, const struct sek_node *member, const char *what) {
    const struct sek_position *at = &member->key_at;
    return sek_fail_at(reader->err, status, at->line, at->column, at->offset, "\"%.*s\" %s", SEK_TEXT_ARGS(member->key), what);
}

/* The row of the action's type. */
static int read_type(struct reader *reader, const struct sek_node *node) {
    const struct sek_node *type = sek_node_get(node, "type");
    if (type == NULL) return sek_fail_node(reader->err, SEKUIRE_ERR_MISSING_FIELD, node, "the action has no \"type\"");
    if (type->kind != SEK_STRING)
        return sek_fail_node(reader->err, SEKUIRE_ERR_TYPE, type, "\"type\" must be a string, not %s",
                             sek_kind_name(type->kind));
    for (size_t i = 0; i < sizeof action_table / sizeof action_table[0]; i++) {
        if (!is_one_of(type->text, action_table[i].names)) continue;
        reader->row = &action_table[i];
        return 0;
    }
    return sek_fail_node(reader->err, SEKUIRE_ERR_CONTENT, type, "there is no type of action \"%.*s\"",
                         SEK_TEXT_ARGS(type->text));
}

/* The field that a key names in this type of action, or NULL. */
static const struct field *field_of(const struct reader *reader, struct sekuire_text key, int conformance) {
    const struct field *fields = reader->row->fields;
    for (size_t i = 0; i < FIELD_MAX && fields[i].names[0] != NULL; i++)
        if (is_one_of(key, fields[i].names)) return &fields[i];
    if (!conformance || reader->row->type != SEKUIRE_ACTION_RATE_LIMIT) return NULL;
    for (size_t i = 0; i < sizeof usage_fields / sizeof usage_fields[0]; i++)
        if (is_one_of(key, usage_fields[i].names)) return &usage_fields[i];
    return NULL;
}

/* Required fields are there, and what current_rpm and current_rph stand for is not there beside them. */
static int check_fields(struct reader *reader, const struct sek_node *node) {
    bool usage = reader->found[SLOT_PER_MINUTE] != NULL || reader->found[SLOT_PER_HOUR] != NULL;
    if (usage && reader->found[SLOT_COUNT] != NULL)
        return fail_key(reader, SEKUIRE_ERR_DUPLICATE_KEY, reader->found[SLOT_COUNT], "stands beside what stands for it");
    if (usage && reader->found[SLOT_DETAIL] != NULL)
        return fail_key(reader, SEKUIRE_ERR_DUPLICATE_KEY, reader->found[SLOT_DETAIL], "stands beside one that is implied");
    for (size_t i = 0; i < FIELD_MAX; i++) {
        const struct field *field = &reader->row->fields[i];
        if (!field->required || reader->found[field->slot] != NULL || (usage && field->slot == SLOT_COUNT)) continue;
        return sek_fail_node(reader->err, SEKUIRE_ERR_MISSING_FIELD, node, "the action has no \"%s\"", field->names[0]);
    }
    return 0;
}

/* Sorts the members into their slots; nothing else may stand there. */
static int find_fields(struct reader *reader, const struct sek_node *node, int conformance) {
    static const char *const everywhere[2] = {"type", "id"};
    for (SEK_EACH(member, node)) {
        if (is_one_of(member->key, everywhere) || sek_text_starts(member->key, SEK_TEXT("x-"))) continue;
        const struct field *field = field_of(reader, member->key, conformance);
        if (field == NULL) return fail_key(reader, SEKUIRE_ERR_UNKNOWN_KEY, member, "is no field of this type of action");
        if (reader->found[field->slot] != NULL)
            return fail_key(reader, SEKUIRE_ERR_DUPLICATE_KEY, member, "is the other spelling of a field that is here already");
        reader->found[field->slot] = member;
    }
    return check_fields(reader, node);
}

/* Fails at a member's value for a reason found deeper. */
static int fail_value(struct reader *reader, const struct sek_node *member, const struct sekuire_error *reason) {
    return sek_fail_node(reader->err, reason->status, member, "\"%.*s\": %s", SEK_TEXT_ARGS(member->key), reason->message);
}

/* A copy of a string, checked; a host in ASCII. data stays NULL where the member is absent. */
static int read_string(struct reader *reader, enum slot slot, struct sekuire_text *ret) {
    const struct sek_node *member = reader->found[slot];
    char host[SEKUIRE_HOST_SIZE];
    struct sekuire_error reason;
    if (member == NULL) return 0;
    if (member->kind != SEK_STRING)
        return sek_fail_node(reader->err, SEKUIRE_ERR_TYPE, member, "\"%.*s\" must be a string, not %s", SEK_TEXT_ARGS(member->key),
                             sek_kind_name(member->kind));
    struct sekuire_text text = member->text;
    if (sek_value_check(text, &reason) != 0) return fail_value(reader, member, &reason);
    if (slot == SLOT_TARGET && reader->row->type == SEKUIRE_ACTION_NETWORK) {
        if (sekuire_host_to_ascii(text, host, &reason) != 0) return fail_value(reader, member, &reason);
        text = sek_text(host);
    }
    text.data = sek_arena_copy(reader->arena, text);
    if (text.data == NULL) return sek_fail_memory(reader->err);
    *ret = text;
    return 0;
}

/* A count: an integer without sign, fraction or exponent. */
static int read_number(struct reader *reader, enum slot slot, uint64_t *ret) {
    const struct sek_node *member = reader->found[slot];
    if (member->kind != SEK_NUMBER)
        return sek_fail_node(reader->err, SEKUIRE_ERR_TYPE, member, "\"%.*s\" must be a number, not %s", SEK_TEXT_ARGS(member->key),
                             sek_kind_name(member->kind));
    if (!sek_node_u64(member, ret))
        return sek_fail_node(reader->err, SEKUIRE_ERR_NUMBER, member, "\"%.*s\" must be an integer from 0 to 18446744073709551615",
                             SEK_TEXT_ARGS(member->key));
    return 0;
}

/* The words of a rate-limit action: a wrong one is an error of the reading already, with its place. */
static int check_limit_words(struct reader *reader, const struct sekuire_action *action) {
    enum sek_limit_type type;
    enum sek_limit_window window;
    if (!sek_limit_type_parse(action->target, &type))
        return sek_fail_node(reader->err, SEKUIRE_ERR_CONTENT, reader->found[SLOT_TARGET],
                             "\"limitType\" is \"request\" or \"token\", not \"%.*s\"", SEK_TEXT_ARGS(action->target));
    if (action->detail.data != NULL && !sek_limit_window_parse(action->detail, &window))
        return sek_fail_node(reader->err, SEKUIRE_ERR_CONTENT, reader->found[SLOT_DETAIL],
                             "\"window\" is \"minute\" or \"hour\", not \"%.*s\"", SEK_TEXT_ARGS(action->detail));
    return 0;
}

/* Adds a copy of *base that counts what stands in slot for window; nothing where that is absent. */
static int add_usage(struct reader *reader, const struct sekuire_action *base, enum slot slot, const char *window) {
    if (reader->found[slot] == NULL) return 0;
    struct sekuire_action action = *base;
    action.detail = sek_text(window);
    int status = read_number(reader, slot, &action.count);
    if (status == 0) reader->actions->actions[reader->actions->count++] = action;
    return status;
}

/* Turns the members found into one action, or two where usage is given for both windows. */
static int read_values(struct reader *reader) {
    struct sekuire_action base = {.type = reader->row->type};
    int status;
    if ((status = read_string(reader, SLOT_TARGET, &base.target)) != 0) return status;
    if ((status = read_string(reader, SLOT_DETAIL, &base.detail)) != 0) return status;
    if (base.type == SEKUIRE_ACTION_RATE_LIMIT && (status = check_limit_words(reader, &base)) != 0) return status;
    if (reader->found[SLOT_COUNT] != NULL && (status = read_number(reader, SLOT_COUNT, &base.count)) != 0) return status;
    if ((status = add_usage(reader, &base, SLOT_PER_MINUTE, "minute")) != 0) return status;
    if ((status = add_usage(reader, &base, SLOT_PER_HOUR, "hour")) != 0) return status;
    if (reader->actions->count == 0) reader->actions->actions[reader->actions->count++] = base;
    return 0;
}

/* Keeps the `id` member, whatever it is, as compact JSON. */
static int read_id(struct reader *reader, const struct sek_node *id) {
    struct sek_buffer out;
    struct sek_writer writer;
    if (id == NULL) return 0;
    sek_buffer_init(&out, SEK_LIMIT_TREE_ARENA);
    sek_writer_init(&writer, &out, false);
    sek_write_node(&writer, id);
    int status = sek_buffer_check(&out, reader->err);
    if (status == 0) {
        struct sekuire_text text = sek_buffer_view(&out);
        reader->actions->id = (struct sekuire_text){sek_arena_copy(reader->arena, text), text.size};
        if (reader->actions->id.data == NULL) status = sek_fail_memory(reader->err);
    }
    sek_buffer_clear(&out);
    return status;
}

/* Reads node into the action of *reader. */
static int read_action(struct reader *reader, const struct sek_node *node, int conformance) {
    int status;
    if (node->kind != SEK_OBJECT)
        return sek_fail_node(reader->err, SEKUIRE_ERR_TYPE, node, "an action must be an object, not %s",
                             sek_kind_name(node->kind));
    if ((status = read_type(reader, node)) != 0) return status;
    if ((status = find_fields(reader, node, conformance)) != 0) return status;
    if ((status = read_values(reader)) != 0) return status;
    return read_id(reader, sek_node_get(node, "id"));
}

int sek_actions_read(struct sek_arena *arena, const struct sek_node *node, int conformance, struct sek_actions *ret,
                     struct sekuire_error *err) {
    struct sek_actions actions = {.count = 0};
    struct reader reader = {.arena = arena, .actions = &actions, .err = err};
    int status = read_action(&reader, node, conformance);
    if (status == 0) *ret = actions;
    return status;
}

int sek_action_from_node(const struct sek_node *node, int conformance, struct sekuire_parsed_action **ret,
                         struct sekuire_error *err) {
    struct sekuire_parsed_action *parsed = sek_alloc_zero(1, sizeof *parsed);
    if (parsed == NULL) return sek_fail_memory(err);
    sek_arena_init(&parsed->arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_actions_read(&parsed->arena, node, conformance, &parsed->read, err);
    if (status != 0) {
        sekuire_parsed_action_free(parsed);
        return status;
    }
    *ret = parsed;
    return 0;
}

int sekuire_action_parse(struct sekuire_text json, int conformance, struct sekuire_parsed_action **ret,
                         struct sekuire_error *err) {
    struct sek_arena arena;
    const struct sek_node *node;
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = sek_json_parse(&arena, json, &node, err);
    if (status == 0) status = sek_action_from_node(node, conformance, ret, err);
    sek_arena_clear(&arena);
    return status;
}

const struct sekuire_action *sekuire_parsed_action_get(const struct sekuire_parsed_action *action, size_t index) {
    return index < action->read.count ? &action->read.actions[index] : NULL;
}

struct sekuire_text sekuire_parsed_action_id(const struct sekuire_parsed_action *action) { return action->read.id; }

void sekuire_parsed_action_free(struct sekuire_parsed_action *action) {
    if (action == NULL) return;
    sek_arena_clear(&action->arena);
    sek_free(action);
}
