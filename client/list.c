/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, page by page. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "client/call.h"
#include "tree/json.h"

enum { NEXT_BYTES = 512, QUERY_BYTES = 3 * NEXT_BYTES + 64 };

/* A list while it grows: rows are copied at the end into one array. */
struct growing {
    struct sek_backend_list list;
    size_t capacity;
    char next[NEXT_BYTES]; /* "" on the first page */
    char mark[NEXT_BYTES]; /* an earlier one, so that one that comes round again is noticed (Brent's cycle finding) */
    size_t since_mark;
    size_t reach; /* a new mark is set after so many pages, a power of two */
};

/* Puts a row behind the others. */
static int add_row(struct growing *growing, const struct sek_node *row, struct sekuire_error *err) {
    if (row->kind != SEK_OBJECT) return sek_fail(err, SEKUIRE_ERR_BODY, "a row of the list is no object");
    if (growing->list.count == growing->capacity) {
        size_t capacity = growing->capacity == 0 ? SEK_LIMIT_LIST_PAGE : growing->capacity * 2;
        const struct sek_node **items = sek_arena_array(&growing->list.arena, capacity, sizeof(const struct sek_node *));
        if (items == NULL) return sek_fail_memory(err);
        for (size_t i = 0; i < growing->list.count; i++) items[i] = growing->list.items[i];
        growing->list.items = items;
        growing->capacity = capacity;
    }
    growing->list.items[growing->list.count++] = row;
    return 0;
}

/* Moves the mark now and then, ever more rarely. */
static void move_mark(struct growing *growing) {
    if (growing->since_mark++ < growing->reach) return;
    memcpy(growing->mark, growing->next, sizeof growing->mark);
    growing->since_mark = 0;
    growing->reach = growing->reach == 0 ? 1 : growing->reach * 2;
}

/* Takes `next`: null or absent at the end, else text or a number that did not come before. */
static int take_next(struct growing *growing, const struct sek_node *next, bool *ret_more, struct sekuire_error *err) {
    *ret_more = false;
    if (next == NULL || next->kind == SEK_NULL) return 0;
    if ((next->kind != SEK_STRING && next->kind != SEK_NUMBER) || next->text.size == 0 || next->text.size >= NEXT_BYTES)
        return sek_fail(err, SEKUIRE_ERR_SERVER, "the list's \"next\" is none");
    if (sek_text_is(next->text, growing->next)) return sek_fail(err, SEKUIRE_ERR_SERVER, "the list's \"next\" does not move");
    memcpy(growing->next, next->text.data, next->text.size);
    growing->next[next->text.size] = '\0';
    if (strcmp(growing->next, growing->mark) == 0) return sek_fail(err, SEKUIRE_ERR_SERVER, "the list's \"next\" comes round again");
    move_mark(growing);
    *ret_more = true;
    return 0;
}

/* Takes a page's rows. The page's text moves into the arena, for nodes point into it. */
static int take_page(struct growing *growing, const struct sek_answer *answer, bool *ret_more, struct sekuire_error *err) {
    const struct sek_node *root = NULL;
    struct sekuire_text text = sek_buffer_view(&answer->body);
    text.data = sek_arena_copy(&growing->list.arena, text);
    if (text.data == NULL) return sek_fail_memory(err);
    int status = sek_json_parse(&growing->list.arena, text, &root, err);
    if (status != 0) return status;
    const struct sek_node *items = sek_node_get(root, "items");
    if (items == NULL || items->kind != SEK_ARRAY) return sek_fail(err, SEKUIRE_ERR_BODY, "the answer holds no list of items");
    for (SEK_EACH(row, items)) {
        status = add_row(growing, row, err);
        if (status != 0) return status;
    }
    return take_next(growing, sek_node_get(root, "next"), ret_more, err);
}

/* The path of a kind of list. */
static int set_path(struct sek_call *call, enum sek_list_kind kind, const char *workspace, struct sekuire_error *err) {
    static const char *const names[] = {
        [SEK_LIST_API_KEYS] = "api-keys", [SEK_LIST_SIGNING_KEYS] = "signing-keys", [SEK_LIST_POLICIES] = "policies",
        [SEK_LIST_HISTORY] = "history",   [SEK_LIST_AGENTS] = "agents",             [SEK_LIST_AUDIT] = "audit"};
    if (kind == SEK_LIST_WORKSPACES) {
        call->path[0] = "workspaces";
        return 0;
    }
    if (workspace == NULL) return sek_fail(err, SEKUIRE_ERR_USAGE, "no workspace is named");
    call->path[0] = "workspaces";
    call->path[1] = workspace;
    call->path[2] = names[kind];
    return 0;
}

/* Fetches the page after growing->next. */
static int fetch_page(const struct sek_backend *backend, struct sek_call *call, struct growing *growing, struct sek_answer *answer,
                      struct sekuire_error *err) {
    struct sek_buffer query;
    sek_buffer_init(&query, QUERY_BYTES);
    sek_buffer_format(&query, "limit=%u", SEK_LIMIT_LIST_PAGE);
    if (growing->next[0] != '\0') {
        sek_buffer_string(&query, "&after=");
        sek_url_encode(&query, sek_text(growing->next));
    }
    int status = sek_buffer_check(&query, err);
    call->query = query.data;
    if (status == 0) status = sek_call_send(backend, call, answer, err);
    call->query = NULL;
    sek_buffer_clear(&query);
    return status;
}

/* Hands a page's rows over and forgets them. */
static int visit_page(struct growing *growing, sek_list_visit *visit, void *context, struct sekuire_error *err) {
    int status = visit(context, growing->list.items, growing->list.count, err);
    sek_arena_clear(&growing->list.arena);
    growing->list.items = NULL;
    growing->list.count = growing->capacity = 0;
    return status;
}

/* Fetches page after page; with visit NULL they gather in growing. */
static int walk(const struct sek_backend *backend, enum sek_list_kind kind, const char *workspace, struct growing *growing,
                sek_list_visit *visit, void *context, struct sekuire_error *err) {
    struct sek_call call = {.method = "GET", .json = SEK_CALL_JSON_OBJECT};
    struct sek_answer answer;
    bool more = true;
    sek_answer_init(&answer);
    int status = set_path(&call, kind, workspace, err);
    for (size_t page = 0; status == 0 && more; page++) {
        if (page == SEK_LIMIT_LIST_PAGES) status = sek_fail(err, SEKUIRE_ERR_SERVER, "the list does not end");
        if (status == 0) status = fetch_page(backend, &call, growing, &answer, err);
        if (status == 0) status = take_page(growing, &answer, &more, err);
        if (status == 0 && visit != NULL) status = visit_page(growing, visit, context, err);
    }
    sek_answer_clear(&answer);
    return status;
}

int sek_backend_list(const struct sek_backend *backend, enum sek_list_kind kind, const char *workspace,
                     struct sek_backend_list *ret, struct sekuire_error *err) {
    struct growing growing = {0};
    sek_arena_init(&growing.list.arena, SEK_LIMIT_TREE_ARENA);
    int status = walk(backend, kind, workspace, &growing, NULL, NULL, err);
    if (status == 0) *ret = growing.list;
    else sek_list_clear(&growing.list);
    return status;
}

int sek_backend_list_each(const struct sek_backend *backend, enum sek_list_kind kind, const char *workspace, sek_list_visit *visit,
                          void *context, struct sekuire_error *err) {
    struct growing growing = {0};
    sek_arena_init(&growing.list.arena, SEK_LIMIT_TREE_ARENA);
    int status = walk(backend, kind, workspace, &growing, visit, context, err);
    sek_list_clear(&growing.list);
    return status;
}

void sek_list_clear(struct sek_backend_list *list) {
    if (list == NULL) return;
    sek_arena_clear(&list->arena);
    list->items = NULL;
    list->count = 0;
}
