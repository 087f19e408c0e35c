/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to a policy that decides: accepted, or a draft where the caller says that it will do. */
#include "addon.h"

#include <stdio.h>
#include <stdlib.h>

/* What index.js hands over, checked there: {bytes, workspace, keys, draft, allowUnknownKeys, now, floor}. */
struct request {
    struct sekuire_text bytes;
    bool draft, allow_unknown_keys, has_floor;
    int64_t now;
    char workspace[512];
    struct sekuire_public_key keys[KEYS_MAX];
    uint32_t key_count;
    struct sekuire_floor floor;
};

void policy_release(napi_env env, struct policy *policy) {
    int64_t now_held = 0;
    if (policy == NULL || --policy->references > 0) return;
    napi_adjust_external_memory(env, -policy->size, &now_held);
    sekuire_engine_free(policy->engine);
    free(policy->outcomes);
    free(policy);
}

/* A member of an object. */
static napi_value member(napi_env env, napi_value object, const char *name) {
    napi_value value = NULL;
    if (napi_get_named_property(env, object, name, &value) == napi_ok) return value;
    throw_misuse(env);
    return NULL;
}

static bool read_bool(napi_env env, napi_value object, const char *name, bool *ret) {
    napi_value value = member(env, object, name);
    if (value != NULL && napi_get_value_bool(env, value, ret) == napi_ok) return true;
    throw_misuse(env);
    return false;
}

static bool read_integer(napi_env env, napi_value object, const char *name, int64_t *ret) {
    napi_value value = member(env, object, name);
    if (value != NULL && napi_get_value_int64(env, value, ret) == napi_ok) return true;
    throw_misuse(env);
    return false;
}

static bool read_member(napi_env env, napi_value object, const char *name, char *out, size_t size) {
    napi_value value = member(env, object, name);
    return value != NULL && read_option(env, value, name, out, size);
}

/* The trusted keys: 64 hex digits each. */
static bool read_keys(napi_env env, napi_value list, struct request *request) {
    char hex[128];
    struct sekuire_error err;
    if (napi_get_array_length(env, list, &request->key_count) != napi_ok || request->key_count > KEYS_MAX) {
        throw_misuse(env);
        return false;
    }
    for (uint32_t i = 0; i < request->key_count; i++) {
        napi_value value = NULL;
        if (napi_get_element(env, list, i, &value) != napi_ok || !read_option(env, value, "a trusted key", hex, sizeof hex)) {
            throw_misuse(env);
            return false;
        }
        if (sekuire_public_key_parse(text_of(hex), &request->keys[i], &err) != 0) {
            throw_failure(env, &err, false);
            return false;
        }
    }
    return true;
}

/* What earlier acceptances left. */
static bool read_floor(napi_env env, napi_value value, struct request *request) {
    struct sekuire_floor *floor = &request->floor;
    bool has_sequence = false, bound = false, lossless = false;
    napi_valuetype type = napi_undefined;
    if (napi_typeof(env, value, &type) != napi_ok || type == napi_undefined) return true;
    char id[sizeof floor->policy_id + 4], version[sizeof floor->policy_version + 4], hash[sizeof floor->hash + 4]; /* as read_string wants */
    if (!read_member(env, value, "policyId", id, sizeof id) || !read_member(env, value, "policyVersion", version, sizeof version) ||
        !read_member(env, value, "hash", hash, sizeof hash) || !read_bool(env, value, "hasSequence", &has_sequence) ||
        !read_bool(env, value, "bound", &bound) || !read_integer(env, value, "acceptedAt", &floor->accepted_at))
        return false;
    memcpy(floor->policy_id, id, strlen(id) + 1);
    memcpy(floor->policy_version, version, strlen(version) + 1);
    memcpy(floor->hash, hash, strlen(hash) + 1);
    value = member(env, value, "sequence");
    if (value == NULL || napi_get_value_bigint_uint64(env, value, &floor->sequence, &lossless) != napi_ok || !lossless) {
        throw_misuse(env);
        return false;
    }
    floor->has_policy = 1;
    floor->has_sequence = has_sequence;
    floor->bound = bound;
    request->has_floor = true;
    return true;
}

static bool read_request(napi_env env, napi_value options, struct request *request) {
    void *data = NULL;
    napi_value bytes = member(env, options, "bytes");
    bool is_buffer = false;
    if (bytes == NULL || napi_is_buffer(env, bytes, &is_buffer) != napi_ok || !is_buffer ||
        napi_get_buffer_info(env, bytes, &data, &request->bytes.size) != napi_ok) {
        throw_misuse(env);
        return false;
    }
    request->bytes.data = data;
    if (!read_bool(env, options, "draft", &request->draft) || !read_bool(env, options, "allowUnknownKeys", &request->allow_unknown_keys) ||
        !read_integer(env, options, "now", &request->now))
        return false;
    if (request->draft) return true;
    napi_value keys = member(env, options, "keys"), floor = member(env, options, "floor");
    return keys != NULL && floor != NULL && read_member(env, options, "workspace", request->workspace, sizeof request->workspace) &&
           read_keys(env, keys, request) && read_floor(env, floor, request);
}

/* A text that may be absent. */
static napi_value text_or_null(napi_env env, struct sekuire_text text) {
    return text.size == 0 ? new_string_or_null(env, NULL) : new_string(env, text);
}

/* The floor to be stored, as index.js takes it. */
static napi_value new_floor(napi_env env, const struct sekuire_floor *floor) {
    napi_value object = NULL, sequence = NULL, bound = NULL;
    if (napi_create_object(env, &object) != napi_ok || napi_get_boolean(env, floor->bound != 0, &bound) != napi_ok ||
        (floor->has_sequence ? napi_create_bigint_uint64(env, floor->sequence, &sequence) : napi_get_null(env, &sequence)) != napi_ok) {
        throw_misuse(env);
        return NULL;
    }
    return set_member(env, object, "policyId", new_string(env, text_of(floor->policy_id))) &&
                   set_member(env, object, "policyVersion", new_string(env, text_of(floor->policy_version))) &&
                   set_member(env, object, "hash", new_string(env, text_of(floor->hash))) && set_member(env, object, "sequence", sequence) &&
                   set_member(env, object, "bound", bound) && set_number(env, object, "acceptedAt", (double)floor->accepted_at)
               ? object
               : NULL;
}

/* What is known of the policy beside its rules. */
static bool describe_policy(napi_env env, napi_value object, const struct sekuire_policy *policy, const struct sekuire_floor *floor) {
    static const char *const stages[] = {"draft", "verified", "accepted"};
    return set_member(env, object, "stage", new_string(env, text_of(stages[sekuire_policy_get_stage(policy)]))) &&
           set_member(env, object, "policyId", text_or_null(env, sekuire_policy_get_id(policy))) &&
           set_member(env, object, "workspaceId", text_or_null(env, sekuire_policy_get_workspace_id(policy))) &&
           set_member(env, object, "version", text_or_null(env, sekuire_policy_get_version(policy))) &&
           set_member(env, object, "hash", text_or_null(env, sekuire_policy_get_hash(policy))) &&
           set_member(env, object, "floor", floor == NULL ? new_string_or_null(env, NULL) : new_floor(env, floor));
}

/* An engine under the binding's own count; takes it over, also where it fails. */
static struct policy *wrap_engine(napi_env env, struct sekuire_engine *engine, size_t bytes) {
    struct policy *policy = calloc(1, sizeof *policy);
    int64_t now_held = 0;
    if (policy == NULL) {
        sekuire_engine_free(engine);
        throw_misuse(env);
        return NULL;
    }
    policy->references = 1;
    policy->engine = engine;
    policy->size = (int64_t)(bytes * 4 + (16 << 10)); /* a guess at what the garbage collector does not see */
    napi_adjust_external_memory(env, policy->size, &now_held);
    return policy;
}

/* Reads, accepts and compiles. */
static int open_policy(const struct request *request, struct sekuire_policy **policy, struct sekuire_floor *floor,
                       struct sekuire_engine **engine, struct sekuire_error *err) {
    const struct sekuire_acceptance acceptance = {
        .workspace_id = request->workspace,
        .keys = request->keys,
        .key_count = request->key_count,
        .now = request->now,
        .floor = request->has_floor ? &request->floor : NULL,
    };
    unsigned flags = request->allow_unknown_keys ? SEKUIRE_ENGINE_ALLOW_UNKNOWN_KEYS : 0;
    int status = sekuire_policy_parse(request->bytes, policy, err);
    if (status == 0 && request->draft) return sekuire_engine_new(*policy, flags | SEKUIRE_ENGINE_DRAFT, engine, err);
    if (status == 0) status = sekuire_policy_accept(*policy, &acceptance, floor, err);
    return status == 0 ? sekuire_engine_new(*policy, flags, engine, err) : status;
}

/* load(request): {ask, stage, policyId, workspaceId, version, hash, floor}. */
napi_value load_policy(napi_env env, napi_callback_info info) {
    struct request *request = calloc(1, sizeof *request);
    struct sekuire_policy *policy = NULL;
    struct sekuire_engine *engine = NULL;
    struct sekuire_floor floor;
    struct sekuire_error err;
    napi_value argv[1], object = NULL;
    size_t argc = 1;
    if (request == NULL || napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok) {
        throw_misuse(env);
        goto out;
    }
    if (!read_request(env, argv[0], request)) goto out;
    if (open_policy(request, &policy, &floor, &engine, &err) != 0) {
        throw_failure(env, &err, false);
        goto out;
    }
    struct policy *wrapped = wrap_engine(env, engine, request->bytes.size);
    napi_value function = wrapped == NULL ? NULL : new_asker(env, wrapped);
    if (function == NULL) goto out;
    if (napi_create_object(env, &object) != napi_ok || !set_member(env, object, "ask", function) ||
        !describe_policy(env, object, policy, request->draft ? NULL : &floor))
        object = NULL;
out:
    sekuire_policy_free(policy);
    free(request);
    return object;
}
