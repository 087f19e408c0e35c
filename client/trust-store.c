/* SPDX-License-Identifier: Apache-2.0 */
#include "client/trust-store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "client/fault.h"
#include "client/trust-file.h"
#include "policy/ids.h"
#include "sys/env.h"
#include "sys/file.h"
#include "tree/json.h"
#include "tree/write.h"

/* One workspace. An entry that nobody changed is written back from its node. */
struct entry {
    struct sekuire_text workspace;
    const struct sek_node *node;    /* as read; NULL if it is new */
    struct sek_trust_state *state; /* as set; NULL if nothing was set */
    struct entry *next;
};

struct sek_trust_store {
    char *path;
    struct sys_lock *lock; /* NULL: read only */
    struct sek_buffer bytes;
    struct sek_arena arena;
    const struct sek_node *root; /* NULL where there was no file */
    struct entry *first;
    bool changed;
    bool replaced; /* the file is no longer the one that was read */
};

/* The entry of a workspace, or NULL. */
static struct entry *find(const struct sek_trust_store *store, struct sekuire_text workspace) {
    for (struct entry *entry = store->first; entry != NULL; entry = entry->next)
        if (sek_text_equal(entry->workspace, workspace)) return entry;
    return NULL;
}

/* Puts an entry behind the last one. */
static struct entry *append(struct sek_trust_store *store, struct sekuire_text workspace, const struct sek_node *node) {
    struct entry **end = &store->first;
    while (*end != NULL) end = &(*end)->next;
    struct entry *entry = sek_arena_alloc(&store->arena, sizeof *entry);
    char *name = sek_arena_copy(&store->arena, workspace);
    if (entry == NULL || name == NULL) return NULL;
    *entry = (struct entry){.workspace = {name, workspace.size}, .node = node};
    *end = entry;
    return entry;
}

/* What is stored in an entry. A node was checked when the store was opened, so reading it again cannot fail. */
static void load(const struct entry *entry, struct sek_trust_state *ret) {
    *ret = (struct sek_trust_state){0};
    if (entry == NULL) return;
    if (entry->state != NULL) *ret = *entry->state;
    else sek_trust_entry_read(entry->node, ret, NULL);
}

/* Checks the whole document and makes an entry of each workspace. */
static int read_root(struct sek_trust_store *store, struct sekuire_error *err) {
    const struct sek_node *root = store->root;
    struct sek_trust_state state;
    uint64_t version = 0;
    if (root->kind != SEK_OBJECT) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, root, "is %s and no object", sek_kind_name(root->kind));
    const struct sek_node *member = sek_node_get(root, "version");
    if (member == NULL || !sek_node_u64(member, &version)) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, root, "has no version");
    if (version != 1) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, member, "is of a version that this program does not know");
    const struct sek_node *workspaces = sek_node_get(root, "workspaces");
    if (workspaces == NULL || workspaces->kind != SEK_OBJECT)
        return sek_fail_node(err, SEKUIRE_ERR_CONFIG, workspaces == NULL ? root : workspaces, "has no object \"workspaces\"");
    struct entry **end = &store->first;
    for (SEK_EACH(node, workspaces)) {
        if (!sek_id_valid(node->key)) return sek_fail_node(err, SEKUIRE_ERR_CONFIG, node, "names a workspace by what is no id");
        int status = sek_trust_entry_read(node, &state, err);
        if (status != 0) return status;
        struct entry *entry = sek_arena_alloc(&store->arena, sizeof *entry);
        if (entry == NULL) return sek_fail_memory(err);
        *entry = (struct entry){.workspace = node->key, .node = node};
        *end = entry;
        end = &entry->next;
    }
    return 0;
}

/* Reads the file, if there is one. */
static int read_store(struct sek_trust_store *store, struct sekuire_error *err) {
    int status = sys_check_kept(store->path, err);
    if (status == 0 && !sys_exists(store->path)) return 0;
    if (status == 0) status = sys_read_regular(store->path, &store->bytes, err);
    if (status == 0) status = sek_json_parse(&store->arena, sek_buffer_view(&store->bytes), &store->root, err);
    if (status == 0) status = read_root(store, err);
    return status == 0 ? 0 : sek_fail_config(err, status, store->path);
}

/* Makes the folder that the store is in and takes the lock beside it. */
static int lock_store(struct sek_trust_store *store, struct sekuire_error *err) {
    char *text = sek_arena_format(&store->arena, "%s", store->path);
    char *lock = sek_arena_format(&store->arena, "%s.lock", store->path);
    if (text == NULL || lock == NULL) return sek_fail_memory(err);
    char *slash = strrchr(text, '/');
    int status = 0;
    if (slash != NULL && slash != text) {
        *slash = '\0';
        status = sys_make_directories(text, err);
    }
    if (status != 0) {
        sek_fail_prefix(err, text);
        return status;
    }
    status = sys_lock_file(lock, true, &store->lock, err);
    if (status != 0) sek_fail_prefix(err, lock);
    return status;
}

/* Opens a store for reading, or for changing it. */
static int open_store(const char *path, bool locked, struct sek_trust_store **ret, struct sekuire_error *err) {
    struct sek_trust_store *store = sek_alloc_zero(1, sizeof *store);
    if (store == NULL) return sek_fail_memory(err);
    sek_buffer_init(&store->bytes, SEK_LIMIT_TRUST_BYTES);
    sek_arena_init(&store->arena, SEK_LIMIT_TREE_ARENA);
    int status = 0;
    if (path == NULL) status = sys_state_path("trust.json", &store->path, err);
    else if ((store->path = sek_strdup(path)) == NULL) status = sek_fail_memory(err);
    if (status == 0 && locked) status = lock_store(store, err);
    if (status == 0) status = read_store(store, err);
    if (status != 0) {
        sek_trust_close(store);
        return status;
    }
    *ret = store;
    return 0;
}

int sek_trust_open_read(const char *path, struct sek_trust_store **ret, struct sekuire_error *err) {
    return open_store(path, false, ret, err);
}

int sek_trust_open_locked(const char *path, struct sek_trust_store **ret, struct sekuire_error *err) {
    return open_store(path, true, ret, err);
}

void sek_trust_close(struct sek_trust_store *store) {
    if (store == NULL) return;
    sys_unlock(store->lock);
    sek_arena_clear(&store->arena);
    sek_buffer_clear(&store->bytes);
    sek_free(store->path);
    sek_free(store);
}

void sek_trust_get(const struct sek_trust_store *store, struct sekuire_text workspace, struct sek_trust_state *ret) {
    load(find(store, workspace), ret);
}

int sek_trust_set(struct sek_trust_store *store, struct sekuire_text workspace, const struct sek_trust_state *state,
                  struct sekuire_error *err) {
    if (!sek_id_valid(workspace)) return sek_fail(err, SEKUIRE_ERR_ID, "the workspace id is none");
    struct entry *entry = find(store, workspace);
    struct sek_trust_state *copy = sek_arena_alloc(&store->arena, sizeof *copy);
    if (copy == NULL) return sek_fail_memory(err);
    if (entry == NULL) entry = append(store, workspace, NULL);
    if (entry == NULL) return sek_fail_memory(err);
    *copy = *state;
    copy->exists = true;
    entry->state = copy;
    store->changed = true;
    return 0;
}

/* The whole document as text. */
static void write_store(const struct sek_trust_store *store, struct sek_buffer *out) {
    struct sek_writer writer;
    sek_writer_init(&writer, out, true);
    sek_write_object(&writer);
    sek_write_member_u64(&writer, "version", 1);
    sek_write_key(&writer, "workspaces");
    sek_write_object(&writer);
    for (const struct entry *entry = store->first; entry != NULL; entry = entry->next) {
        sek_write_key_text(&writer, entry->workspace);
        if (entry->state != NULL) sek_trust_entry_write(&writer, entry->state, entry->node);
        else sek_write_node(&writer, entry->node);
    }
    sek_write_object_end(&writer);
    for (SEK_EACH(member, store->root)) {
        if (sek_text_is(member->key, "version") || sek_text_is(member->key, "workspaces")) continue;
        sek_write_key_text(&writer, member->key);
        sek_write_node(&writer, member);
    }
    sek_write_object_end(&writer);
    sek_buffer_byte(out, '\n');
}

int sek_trust_save(struct sek_trust_store *store, struct sekuire_error *err) {
    if (store->lock == NULL) return sek_fail(err, SEKUIRE_ERR_CONFIG, "%s: was opened to read only", store->path);
    if (!store->changed) return 0;
    struct sys_pending *pending = NULL;
    struct sek_buffer text;
    sek_buffer_init(&text, SEK_LIMIT_TRUST_BYTES);
    write_store(store, &text);
    int status = sek_buffer_check(&text, err);
    if (status == 0) status = sys_pending_write(store->path, sek_buffer_view(&text), 0600, &pending, err);
    if (status == 0) status = sys_pending_commit(pending, err);
    if (status == 0) store->changed = false;
    else if (err != NULL) sek_fail_prefix(err, store->path);
    store->replaced = store->replaced || sys_pending_is_placed(pending);
    sys_pending_discard(pending);
    sek_buffer_clear(&text);
    return status;
}

int sek_trust_undo(struct sek_trust_store *store, struct sekuire_error *err) {
    int status = 0;
    if (!store->replaced) return 0;
    if (store->root != NULL) status = sys_replace_file(store->path, sek_buffer_view(&store->bytes), 0600, err);
    else if (unlink(store->path) != 0) status = sek_fail(err, SEKUIRE_ERR_IO, "cannot be removed: %s", strerror(errno));
    if (status == 0) store->replaced = false;
    else if (err != NULL) sek_fail_prefix(err, store->path);
    return status;
}

bool sek_trust_elsewhere(void *context, const uint8_t key[SEK_PUBLIC_KEY_SIZE]) {
    const struct sek_trust_elsewhere *question = context;
    struct sek_trust_state state;
    for (const struct entry *entry = question->store->first; entry != NULL; entry = entry->next) {
        if (sek_text_equal(entry->workspace, question->workspace)) continue;
        load(entry, &state);
        if (sek_trust_has_key(&state, key)) return true;
    }
    return false;
}

size_t sek_trust_count(const struct sek_trust_store *store) {
    size_t count = 0;
    for (const struct entry *entry = store->first; entry != NULL; entry = entry->next) count++;
    return count;
}

struct sekuire_text sek_trust_workspace(const struct sek_trust_store *store, size_t index) {
    const struct entry *entry = store->first;
    while (entry != NULL && index-- > 0) entry = entry->next;
    return entry == NULL ? (struct sekuire_text){0} : entry->workspace;
}

/* Takes the retired key at index out. */
static void unretire(struct sek_trust_state *state, const uint8_t *key) {
    size_t kept = 0;
    for (size_t i = 0; i < state->retired_count; i++) {
        if (memcmp(state->retired[i], key, SEK_PUBLIC_KEY_SIZE) == 0) continue;
        if (kept != i) memcpy(state->retired[kept], state->retired[i], SEK_PUBLIC_KEY_SIZE);
        kept++;
    }
    state->retired_count = kept;
}

int sek_trust_add(struct sek_trust_store *store, struct sekuire_text workspace, const uint8_t key[SEK_PUBLIC_KEY_SIZE], int64_t now,
                  bool *ret_changed, struct sekuire_error *err) {
    struct sek_trust_state state;
    if (!sek_ed25519_public_key_valid(key)) return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the public key is no valid Ed25519 key");
    sek_trust_get(store, workspace, &state);
    if (sek_trust_has_key(&state, key)) {
        *ret_changed = false;
        return 0;
    }
    unretire(&state, key);
    if (!sek_trust_has_key(&state, key)) {
        if (state.key_count >= SEK_LIMIT_SIGNING_KEYS)
            return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the workspace has %u trusted keys already: remove one first",
                            SEK_LIMIT_SIGNING_KEYS);
        struct sek_trust_key *added = &state.keys[state.key_count++];
        *added = (struct sek_trust_key){.how = "added", .since = now};
        memcpy(added->public_key, key, SEK_PUBLIC_KEY_SIZE);
    }
    int status = sek_trust_set(store, workspace, &state, err);
    if (status == 0) *ret_changed = true;
    return status;
}

int sek_trust_remove(struct sek_trust_store *store, struct sekuire_text workspace, const uint8_t *key, size_t *ret_removed,
                     struct sekuire_error *err) {
    struct sek_trust_state state;
    sek_trust_get(store, workspace, &state);
    if (!state.exists)
        return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "the trust store knows no workspace %.*s", SEK_TEXT_ARGS(workspace));
    size_t kept = 0;
    size_t removed = 0;
    for (size_t i = 0; i < state.key_count; i++) {
        const uint8_t *stored = state.keys[i].public_key;
        if (key != NULL && memcmp(stored, key, SEK_PUBLIC_KEY_SIZE) != 0) {
            state.keys[kept++] = state.keys[i];
            continue;
        }
        removed++;
        if (sek_trust_is_retired(&state, stored)) continue;
        if (state.retired_count >= SEK_LIMIT_RETIRED_KEYS)
            return sek_fail(err, SEKUIRE_ERR_TOO_LARGE, "the workspace has %u retired keys already", SEK_LIMIT_RETIRED_KEYS);
        memcpy(state.retired[state.retired_count++], stored, SEK_PUBLIC_KEY_SIZE);
    }
    if (key != NULL && removed == 0)
        return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "workspace %.*s does not trust this key", SEK_TEXT_ARGS(workspace));
    state.key_count = kept;
    int status = removed == 0 ? 0 : sek_trust_set(store, workspace, &state, err);
    if (status == 0) *ret_removed = removed;
    return status;
}

int sek_trust_forget(struct sek_trust_store *store, struct sekuire_text workspace, struct sekuire_error *err) {
    for (struct entry **entry = &store->first; *entry != NULL; entry = &(*entry)->next) {
        if (!sek_text_equal((*entry)->workspace, workspace)) continue;
        *entry = (*entry)->next;
        store->changed = true;
        return 0;
    }
    return sek_fail(err, SEKUIRE_ERR_NOT_FOUND, "the trust store knows no workspace %.*s", SEK_TEXT_ARGS(workspace));
}
