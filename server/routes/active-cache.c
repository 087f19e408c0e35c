/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of served policies: a sorted table of workspaces under a read-write lock, entries replaced as a whole. */
#include "server/routes/active-cache.h"

#include "server/log.h"
#include "server/routes/policy.h"

#include "base/alloc.h"
#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct shared_policy {
    struct active_policy policy; /* first: one pointer is the other */
    atomic_uint references;
};

struct entry {
    char id[STORE_ID];
    bool exists;
    bool public_read;
    bool stale;
    struct shared_policy *policy;
};

struct active_cache {
    struct store *store;
    pthread_mutex_t refreshing; /* one refresh after the other, each sees all commits before it */
    pthread_rwlock_t lock;      /* guards what follows */
    struct entry *entries;      /* sorted by id */
    size_t count, capacity;
    bool incomplete; /* an entry could not even be made */
};

void active_policy_release(void *policy) {
    struct shared_policy *shared = policy;
    if (shared == NULL || atomic_fetch_sub(&shared->references, 1) != 1) return;
    sek_free((void *)(uintptr_t)shared->policy.bytes.data);
    sekuire_engine_free(shared->policy.engine);
    sek_free(shared);
}

/* Where id stands, or would stand. */
static size_t position(const struct active_cache *cache, struct sekuire_text id, bool *ret_found) {
    size_t low = 0, high = cache->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sek_text_compare(sek_text(cache->entries[middle].id), id);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = false;
    return low;
}

/* Puts an entry in place and gives back the policy that it held before. The lock is held for writing. */
static struct shared_policy *put(struct active_cache *cache, const struct entry *entry) {
    bool found = false;
    size_t at = position(cache, sek_text(entry->id), &found);
    if (found) {
        struct shared_policy *old = cache->entries[at].policy;
        cache->entries[at] = *entry;
        return old;
    }
    if (cache->count == cache->capacity) {
        size_t capacity = cache->capacity == 0 ? 64 : cache->capacity * 2;
        struct entry *grown = sek_realloc(cache->entries, capacity, sizeof *grown);
        if (grown == NULL) {
            cache->incomplete = true;
            return entry->policy;
        }
        cache->entries = grown;
        cache->capacity = capacity;
    }
    memmove(cache->entries + at + 1, cache->entries + at, (cache->count - at) * sizeof *cache->entries);
    cache->entries[at] = *entry;
    cache->count++;
    return NULL;
}

/* Decisions need an engine; who reads the policy verifies by himself, so one that makes none is served all the same, and *ret is NULL.
 * Errors: memory. */
static int engine_of(const struct store_policy *row, struct sekuire_text uploaded, struct sekuire_engine **ret, struct sekuire_error *err) {
    struct sek_arena arena;
    struct sekuire_error why = {0};
    sek_arena_init(&arena, SEK_LIMIT_TREE_ARENA);
    int status = policy_engine(&arena, uploaded, ret, &why);
    sek_arena_clear(&arena);
    if (status == SEKUIRE_ERR_MEMORY) return sek_fail_memory(err);
    if (status != 0) server_log("policy %s (v%s) cannot decide: %s", row->policy_id, row->version, why.message);
    return 0;
}

/* A policy as it will be served. */
static int served(struct store_session *session, const struct store_policy *row, struct shared_policy **ret,
                  struct sekuire_error *err) {
    struct sek_buffer uploaded, out;
    char hash[SEK_HASH_TEXT];
    size_t size = 0;
    struct shared_policy *shared = NULL;
    sek_buffer_init(&uploaded, SEK_LIMIT_JSON_BYTES);
    sek_buffer_init(&out, SEK_LIMIT_JSON_BYTES);
    int status = session->ops->policy_envelope(session, row->row, &uploaded, err);
    if (status == 0) status = policy_render(row, sek_buffer_view(&uploaded), &out, err);
    if (status != 0) goto out;
    shared = sek_alloc_zero(1, sizeof *shared);
    sek_blake3_hex(hash, out.data, out.size);
    char *bytes = shared == NULL ? NULL : sek_buffer_take(&out, &size);
    if (bytes == NULL) {
        sek_free(shared);
        status = sek_fail_memory(err);
        goto out;
    }
    shared->policy.bytes = (struct sekuire_text){bytes, size};
    snprintf(shared->policy.etag, sizeof shared->policy.etag, "\"%s\"", hash);
    status = engine_of(row, sek_buffer_view(&uploaded), &shared->policy.engine, err);
    if (status != 0) {
        sek_free(bytes);
        sek_free(shared);
        goto out;
    }
    atomic_init(&shared->references, 1);
    *ret = shared;
out:
    sek_buffer_clear(&uploaded);
    sek_buffer_clear(&out);
    return status;
}

/* Reads one workspace's entry from the store. */
static int entry_load(struct active_cache *cache, const char *workspace, struct entry *ret, struct sekuire_error *err) {
    struct store_session *session = NULL;
    struct store_workspace row;
    struct store_policy policy;
    int status = store_begin(cache->store, STORE_READ, &session, err);
    if (status != 0) return status;
    status = session->ops->workspace_get(session, sek_text(workspace), &row, err);
    if (status == 0) {
        ret->exists = true;
        ret->public_read = row.public_read;
        status = policy_servable(session, sek_text(workspace), &policy, err);
        if (status == 0) status = served(session, &policy, &ret->policy, err);
    }
    store_rollback(session);
    return status == SEKUIRE_ERR_NOT_FOUND ? 0 : status;
}

/* Reads a workspace anew and swaps its entry. */
static int refresh(struct active_cache *cache, const char *workspace, struct sekuire_error *err) {
    struct entry entry = {.exists = false};
    snprintf(entry.id, sizeof entry.id, "%s", workspace);
    pthread_mutex_lock(&cache->refreshing);
    int status = entry_load(cache, workspace, &entry, err);
    entry.stale = status != 0;
    pthread_rwlock_wrlock(&cache->lock);
    struct shared_policy *old = put(cache, &entry);
    pthread_rwlock_unlock(&cache->lock);
    pthread_mutex_unlock(&cache->refreshing);
    active_policy_release(old);
    return status;
}

void active_cache_refresh(struct active_cache *cache, const char *workspace) {
    struct sekuire_error err = {0};
    if (refresh(cache, workspace, &err) != 0)
        server_log("the active policy of workspace %s cannot be read: %s", workspace, err.message);
}

/* Loads one workspace at start. A policy that cannot be rendered must not keep the others from being served. */
static int load_one(void *context, const struct store_workspace *row, const char *next) {
    (void)next;
    active_cache_refresh(context, row->id);
    return 0;
}

int active_cache_new(struct store *store, struct active_cache **ret, struct sekuire_error *err) {
    struct store_session *session = NULL;
    const struct store_page all = {.limit = INT32_MAX};
    struct active_cache *cache = sek_alloc_zero(1, sizeof *cache);
    if (cache == NULL) return sek_fail_memory(err);
    cache->store = store;
    pthread_mutex_init(&cache->refreshing, NULL);
    pthread_rwlock_init(&cache->lock, NULL);
    int status = store_begin(store, STORE_READ, &session, err);
    if (status == 0) status = session->ops->workspace_each(session, &all, load_one, cache, err);
    store_rollback(session);
    if (status != 0) {
        active_cache_free(cache);
        return status;
    }
    *ret = cache;
    return 0;
}

void active_cache_free(struct active_cache *cache) {
    if (cache == NULL) return;
    for (size_t i = 0; i < cache->count; i++) active_policy_release(cache->entries[i].policy);
    sek_free(cache->entries);
    pthread_mutex_destroy(&cache->refreshing);
    pthread_rwlock_destroy(&cache->lock);
    sek_free(cache);
}

/* One look at the table. True: *ret is right; false: the entry must be read anew. */
static bool look(struct active_cache *cache, struct sekuire_text workspace, struct active_view *ret) {
    bool found = false;
    struct active_view view = {.exists = false};
    pthread_rwlock_rdlock(&cache->lock);
    size_t at = position(cache, workspace, &found);
    bool right = found ? !cache->entries[at].stale : !cache->incomplete;
    if (found && right) {
        const struct entry *entry = &cache->entries[at];
        view = (struct active_view){.exists = entry->exists, .public_read = entry->public_read};
        if (entry->policy != NULL) {
            atomic_fetch_add(&entry->policy->references, 1);
            view.policy = &entry->policy->policy;
        }
    }
    pthread_rwlock_unlock(&cache->lock);
    if (right) *ret = view;
    return right;
}

int active_cache_get(struct active_cache *cache, struct sekuire_text workspace, struct active_view *ret, struct sekuire_error *err) {
    char id[STORE_ID];
    if (look(cache, workspace, ret)) return 0;
    snprintf(id, sizeof id, "%.*s", SEK_TEXT_ARGS(workspace));
    int status = refresh(cache, id, err);
    if (status != 0) return status;
    return look(cache, workspace, ret) ? 0 : sek_fail_memory(err);
}
