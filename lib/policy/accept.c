/* SPDX-License-Identifier: Apache-2.0 */
/* Authority: workspace, status, key, sequence, time, and the trust state that follows. */
#include "policy/accept.h"

#include "base/error.h"
#include "base/hex.h"
#include "base/time-text.h"

struct sek_accepted {
    const struct sek_envelope *envelope;
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    enum sek_key_source source;
    struct sek_binding binding;
    struct sek_trust_state state;
    bool changed;
    bool rolled_back;
    bool clock_behind;
};

/* One acceptance while it is being judged. */
struct judgement {
    const struct sek_accept_request *request;
    const struct sek_envelope *envelope;
    const uint8_t *key;
    struct sek_binding binding;
    int binding_status; /* 0: binding was read */
    struct sekuire_error binding_error;
    enum sek_key_source source;
    bool rolled_back;
};

/* The envelope's own member, to say where a check failed. */
static const struct sek_node *member(const struct judgement *j, const char *key) {
    return sek_node_get(j->envelope->root, key);
}

/* A workspace that is not named in the signed part: refused where that could hide a policy of another workspace. */
static int check_unbound(const struct judgement *j, struct sekuire_error *err) {
    const struct sek_accept_request *request = j->request;
    if (request->state->bound)
        return sek_fail_node(err, SEKUIRE_ERR_WORKSPACE, j->envelope->content,
                             "the signed part names no workspace, but an earlier policy's did");
    if (!request->allow_unbound && request->trusted_elsewhere != NULL && request->trusted_elsewhere(request->context, j->key))
        return sek_fail_node(err, SEKUIRE_ERR_WORKSPACE, j->envelope->content,
                             "the signed part names no workspace, and the key is trusted for another workspace too");
    return 0;
}

static int check_workspace(struct judgement *j, struct sekuire_error *err) {
    const struct sek_envelope *envelope = j->envelope;
    const struct sek_node *binding = sek_node_get(envelope->content, "binding");
    const struct sek_node *bound_to = sek_node_get(binding, "workspace_id");
    if (j->request->workspace.size == 0) return sek_fail(err, SEKUIRE_ERR_WORKSPACE, "no workspace was asked for");
    if (!sek_text_equal(envelope->workspace_id, j->request->workspace))
        return sek_fail_node(err, SEKUIRE_ERR_WORKSPACE, member(j, "workspace_id"), "the policy is for another workspace: %.*s",
                             SEK_TEXT_ARGS(envelope->workspace_id));
    if (sek_node_get(binding, "signing_keys") != NULL && bound_to == NULL)
        return sek_fail_node(err, SEKUIRE_ERR_WORKSPACE, binding, "binding has signing_keys, but no workspace_id");
    if (j->binding_status != 0) {
        *err = j->binding_error;
        return j->binding_status;
    }
    if (j->binding.workspace_id.data == NULL) return check_unbound(j, err);
    if (!sek_text_equal(j->binding.workspace_id, j->request->workspace))
        return sek_fail_node(err, SEKUIRE_ERR_WORKSPACE, bound_to, "the policy was signed for another workspace: %.*s",
                             SEK_TEXT_ARGS(j->binding.workspace_id));
    return 0;
}

static int check_status(struct judgement *j, struct sekuire_error *err) {
    if (sek_text_is(j->envelope->status, "active")) return 0;
    return sek_fail_node(err, SEKUIRE_ERR_STATUS, member(j, "status"), "the policy's status is %.*s, not active",
                         SEK_TEXT_ARGS(j->envelope->status));
}

/* Given keys that may count at all: not where only stored ones do, and no retired one. */
static size_t usable_given(const struct sek_accept_request *request, const uint8_t *wanted, bool *ret_found) {
    size_t usable = 0;
    *ret_found = false;
    if (request->stored_keys_only) return 0;
    for (size_t i = 0; i < request->given_count; i++) {
        if (sek_trust_is_retired(request->state, request->given_keys[i])) continue;
        usable++;
        if (memcmp(request->given_keys[i], wanted, SEK_PUBLIC_KEY_SIZE) == 0) *ret_found = true;
    }
    return usable;
}

/* First use is for a workspace about which neither the store nor the caller says anything. */
static bool is_first_use(const struct sek_accept_request *request) {
    const struct sek_trust_state *state = request->state;
    bool known = state->exists || state->key_count > 0 || state->retired_count > 0 || state->has_policy ||
                 state->has_sequence || state->bound;
    return request->allow_first_use && !request->stored_keys_only && request->given_count == 0 && !known;
}

static int check_key(struct judgement *j, struct sekuire_error *err) {
    const struct sek_accept_request *request = j->request;
    bool given = false;
    size_t known = request->state->key_count + usable_given(request, j->key, &given);
    char hex[2 * SEK_PUBLIC_KEY_SIZE + 1];
    sek_hex_encode(hex, j->key, SEK_PUBLIC_KEY_SIZE);
    if (sek_trust_has_key(request->state, j->key)) j->source = SEK_KEY_PINNED;
    else if (given) j->source = SEK_KEY_GIVEN;
    else if (is_first_use(request)) j->source = SEK_KEY_FIRST_USE;
    if (j->source != SEK_KEY_NONE) return 0;
    if (sek_trust_is_retired(request->state, j->key))
        return sek_fail_node(err, known > 0 ? SEKUIRE_ERR_KEY_CHANGED : SEKUIRE_ERR_KEY_NOT_PINNED, member(j, "signing_public_key"),
                             "signed by %s, a key that was retired for this workspace", hex);
    if (known > 0)
        return sek_fail_node(err, SEKUIRE_ERR_KEY_CHANGED, member(j, "signing_public_key"),
                             "signed by %s, which is none of the keys trusted for this workspace", hex);
    return sek_fail_node(err, SEKUIRE_ERR_KEY_NOT_PINNED, member(j, "signing_public_key"),
                         "signed by %s, and no key is trusted for this workspace yet", hex);
}

static int check_sequence(struct judgement *j, struct sekuire_error *err) {
    int status = sek_order_check(j->request->state, j->envelope, &j->binding, err);
    j->rolled_back = status == SEKUIRE_ERR_ROLLBACK && j->request->accept_rollback;
    return j->rolled_back ? 0 : status;
}

/* The later of now and the newest acceptance: a clock that was set back revives nothing. */
static int64_t latest_time(const struct sek_accept_request *request) {
    bool behind = request->state->has_policy && request->state->accepted_at > request->now;
    return behind ? request->state->accepted_at : request->now;
}

static int check_time(struct judgement *j, struct sekuire_error *err) {
    const struct sek_node *binding = sek_node_get(j->envelope->content, "binding");
    char text[SEK_TIME_TEXT_SIZE];
    if (j->binding.has_not_before && j->request->now < j->binding.not_before) {
        sek_time_format(text, j->binding.not_before);
        return sek_fail_node(err, SEKUIRE_ERR_NOT_YET_VALID, sek_node_get(binding, "not_before"),
                             "the policy is not valid before %s", text);
    }
    if (j->binding.has_expires_at && latest_time(j->request) >= j->binding.expires_at) {
        sek_time_format(text, j->binding.expires_at);
        return sek_fail_node(err, SEKUIRE_ERR_EXPIRED, sek_node_get(binding, "expires_at"), "the policy expired at %s", text);
    }
    return 0;
}

/* signing_keys must name the key that signed them, so that nobody is locked out. */
static int check_signing_keys(const struct judgement *j, struct sekuire_error *err) {
    for (size_t i = 0; i < j->binding.signing_key_count; i++)
        if (memcmp(j->binding.signing_keys[i], j->key, SEK_PUBLIC_KEY_SIZE) == 0) return 0;
    if (j->binding.signing_key_count == 0) return 0;
    return sek_fail_node(err, SEKUIRE_ERR_CONTENT, sek_node_path(j->envelope->content, "binding", "signing_keys", NULL),
                         "signing_keys does not contain the key that signed the policy");
}

/* What each check is, in the order of enum sek_check, and whether it reads the binding. */
static const struct {
    int (*judge)(struct judgement *j, struct sekuire_error *err);
    bool reads_binding;
} check_table[SEK_CHECK_COUNT] = {
    [SEK_CHECK_WORKSPACE] = {check_workspace, false},
    [SEK_CHECK_STATUS] = {check_status, false},
    [SEK_CHECK_KEY] = {check_key, false},
    [SEK_CHECK_SEQUENCE] = {check_sequence, true},
    [SEK_CHECK_TIME] = {check_time, true},
};

static struct sek_check_result result_of(int status, const struct sekuire_error *error) {
    struct sek_check_result result = {.judged = true, .status = status};
    if (status != 0) memcpy(result.message, error->message, sizeof result.message);
    return result;
}

/* Runs every check that can be run; returns the first failure, its error in *first. */
static int judge_all(struct judgement *j, struct sek_check_result results[SEK_CHECK_COUNT], struct sekuire_error *first) {
    int verdict = 0;
    struct sekuire_error error = {0};
    for (size_t i = 0; i < SEK_CHECK_COUNT; i++) {
        results[i] = (struct sek_check_result){.judged = false};
        if (check_table[i].reads_binding && j->binding_status != 0) continue;
        int status = check_table[i].judge(j, &error);
        results[i] = result_of(status, &error);
        if (status == 0 || verdict != 0) continue;
        verdict = status;
        *first = error;
    }
    if (j->binding_status != 0) {
        if (verdict == 0) *first = j->binding_error;
        return verdict != 0 ? verdict : j->binding_status;
    }
    int status = check_signing_keys(j, &error);
    if (status == 0) return verdict;
    if (results[SEK_CHECK_KEY].status == 0) results[SEK_CHECK_KEY] = result_of(status, &error);
    if (verdict != 0) return verdict;
    *first = error;
    return status;
}

/* out holds size bytes and is NUL-terminated; text was checked to fit. */
static void copy_text(char *out, size_t size, struct sekuire_text text) {
    size_t n = text.size < size ? text.size : size - 1;
    memset(out, 0, size);
    memcpy(out, text.data, n);
}

/* The keys after acceptance: a first one pinned, then those that signing_keys names. */
static int advance_keys(const struct judgement *j, struct sek_trust_state *state, struct sekuire_error *err) {
    if (j->source == SEK_KEY_FIRST_USE) {
        struct sek_trust_key *pin = &state->keys[state->key_count++];
        *pin = (struct sek_trust_key){.how = "first_use", .since = j->request->now};
        memcpy(pin->public_key, j->key, SEK_PUBLIC_KEY_SIZE);
    }
    if (j->binding.signing_key_count == 0) return 0;
    return sek_trust_rotate(state, (const uint8_t (*)[SEK_PUBLIC_KEY_SIZE])j->binding.signing_keys, j->binding.signing_key_count,
                            j->request->now, err);
}

/* The state after acceptance. */
static int advance(const struct judgement *j, struct sek_trust_state *state, struct sekuire_error *err) {
    int status = advance_keys(j, state, err);
    if (status != 0) return status;
    state->exists = true;
    state->bound = state->bound || j->binding.workspace_id.data != NULL;
    state->has_sequence = j->binding.has_sequence;
    state->sequence = j->binding.has_sequence ? j->binding.sequence : 0;
    state->accepted_at = latest_time(j->request);
    state->has_policy = true;
    copy_text(state->policy_id, sizeof state->policy_id, j->envelope->policy_id);
    copy_text(state->policy_version, sizeof state->policy_version, j->envelope->version);
    copy_text(state->hash, sizeof state->hash, j->envelope->hash);
    return 0;
}

bool sek_accept_clock_behind(const struct sek_accept_request *request) {
    uint64_t behind = (uint64_t)latest_time(request) - (uint64_t)request->now;
    return behind > SEK_LIMIT_CLOCK_BEHIND;
}

/* The only place that makes a struct sek_accepted. */
static int accepted_new(const struct judgement *j, struct sek_arena *arena, const struct sek_accepted **ret,
                        struct sekuire_error *err) {
    struct sek_accepted *accepted = sek_arena_alloc(arena, sizeof *accepted);
    if (accepted == NULL) return sek_fail_memory(err);
    accepted->envelope = j->envelope;
    memcpy(accepted->key, j->key, SEK_PUBLIC_KEY_SIZE);
    accepted->source = j->source;
    accepted->binding = j->binding;
    accepted->state = *j->request->state;
    int status = advance(j, &accepted->state, err);
    if (status != 0) return status;
    accepted->changed = sek_trust_differs(j->request->state, &accepted->state);
    accepted->rolled_back = j->rolled_back;
    accepted->clock_behind = sek_accept_clock_behind(j->request);
    *ret = accepted;
    return 0;
}

int sek_accept(const struct sek_verified *verified, const struct sek_accept_request *request, struct sek_arena *arena,
               const struct sek_accepted **ret, struct sek_check_result *checks, struct sekuire_error *err) {
    struct sek_check_result results[SEK_CHECK_COUNT];
    struct sekuire_error error = {0};
    struct judgement j = {.request = request, .envelope = sek_verified_envelope(verified), .key = sek_verified_key(verified)};
    j.binding_status = sek_binding_read(j.envelope->content, &j.binding, &j.binding_error);
    int status = judge_all(&j, results, &error);
    if (checks != NULL) memcpy(checks, results, sizeof results);
    if (status == 0) return accepted_new(&j, arena, ret, err);
    if (err != NULL) *err = error;
    return status;
}

const struct sek_envelope *sek_accepted_envelope(const struct sek_accepted *accepted) { return accepted->envelope; }

const uint8_t *sek_accepted_key(const struct sek_accepted *accepted) { return accepted->key; }

enum sek_key_source sek_accepted_key_source(const struct sek_accepted *accepted) { return accepted->source; }

const struct sek_trust_state *sek_accepted_state(const struct sek_accepted *accepted) { return &accepted->state; }

bool sek_accepted_changed(const struct sek_accepted *accepted) { return accepted->changed; }

bool sek_accepted_rolled_back(const struct sek_accepted *accepted) { return accepted->rolled_back; }

bool sek_accepted_clock_behind(const struct sek_accepted *accepted) { return accepted->clock_behind; }

const struct sek_binding *sek_accepted_binding(const struct sek_accepted *accepted) { return &accepted->binding; }
