/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: making, reading, looking up. */
#include "server/guard/guard.h"

#include "base/error.h"
#include "base/hex.h"
#include "crypto/blake3.h"
#include "crypto/ed25519.h"

#include <stdio.h>

enum { LAST_USE_SECONDS = 60 };
#define PREFIX "sk_live_"

void guard_api_key_new(char out[GUARD_API_KEY]) {
    uint8_t bits[32];
    sek_random(bits, sizeof bits);
    memcpy(out, PREFIX, sizeof PREFIX - 1);
    sek_hex_encode(out + sizeof PREFIX - 1, bits, sizeof bits);
    sek_wipe(bits, sizeof bits);
}

bool guard_api_key_valid(struct sekuire_text key) {
    uint8_t bits[32];
    struct sekuire_text prefix = SEK_TEXT(PREFIX);
    bool valid = key.size == GUARD_API_KEY - 1 && sek_text_starts(key, prefix) &&
                 sek_hex_decode(bits, sizeof bits, (struct sekuire_text){key.data + prefix.size, key.size - prefix.size});
    sek_wipe(bits, sizeof bits);
    return valid;
}

void guard_api_key_hash(char out[STORE_HEX], struct sekuire_text key) { sek_blake3_hex(out, key.data, key.size); }

void guard_new_id(char out[STORE_KEY_ID], const char *prefix) {
    uint8_t bits[8];
    char digits[17];
    sek_random(bits, sizeof bits);
    sek_hex_encode(digits, bits, sizeof bits);
    snprintf(out, STORE_KEY_ID, "%s%s", prefix, digits);
}

/* Takes one more way in which a key was given. */
static int merge(struct sekuire_text *key, struct sekuire_text given, struct sekuire_error *err) {
    if (key->data != NULL && !sek_text_equal(*key, given))
        return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, "the request carries two different keys");
    *key = given;
    return 0;
}

/* The token of an Authorization field of the Bearer scheme. */
static bool bearer(struct sekuire_text value, struct sekuire_text *ret) {
    struct sekuire_text scheme = SEK_TEXT("Bearer ");
    if (value.size < scheme.size || !sek_text_equal_ascii_case((struct sekuire_text){value.data, scheme.size}, scheme)) return false;
    size_t at = scheme.size;
    while (at < value.size && value.data[at] == ' ') at++;
    *ret = (struct sekuire_text){value.data + at, value.size - at};
    return true;
}

int guard_credentials(const struct http_request *request, struct sekuire_text *ret, struct sekuire_error *err) {
    struct sekuire_text key = {NULL, 0};
    int status = 0;
    for (const struct http_field *f = NULL; (f = http_field_find(request, "X-API-Key", f)) != NULL;)
        if ((status = merge(&key, f->value, err)) != 0) return status;
    for (const struct http_field *f = NULL; (f = http_field_find(request, "Authorization", f)) != NULL;) {
        struct sekuire_text token;
        if (!bearer(f->value, &token)) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, "the Authorization scheme must be Bearer");
        if ((status = merge(&key, token, err)) != 0) return status;
    }
    *ret = key;
    return 0;
}

static const char refused[] = "the API key is unknown, expired or revoked";

/* May a key of this row be used? */
static bool usable(const struct store_api_key *row, int64_t now) {
    bool expired = row->expires_at != STORE_NEVER && row->expires_at <= now;
    return row->revoked_at == STORE_NEVER && !expired && row->role != STORE_ROLE_NONE;
}

int guard_authenticate(struct store_session *session, struct sekuire_text key, int64_t now, struct guard_identity *ret,
                       bool *ret_stale, struct sekuire_error *err) {
    struct store_api_key row;
    char hash[STORE_HEX];
    if (!guard_api_key_valid(key)) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, refused);
    guard_api_key_hash(hash, key);
    int status = session->ops->api_key_by_hash(session, hash, &row, err);
    if (status == SEKUIRE_ERR_NOT_FOUND) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, refused);
    if (status != 0) return status;
    if (!usable(&row, now)) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, refused);
    *ret = (struct guard_identity){.present = true, .role = row.role};
    memcpy(ret->workspace_id, row.workspace_id, sizeof ret->workspace_id);
    memcpy(ret->key_id, row.id, sizeof ret->key_id);
    memcpy(ret->name, row.name, sizeof ret->name);
    *ret_stale = row.last_used_at == STORE_NEVER || now - row.last_used_at >= LAST_USE_SECONDS || row.last_used_at > now;
    return 0;
}

int guard_still_valid(struct store_session *session, const struct guard_identity *identity, int64_t now, struct sekuire_error *err) {
    struct store_api_key row;
    int status = session->ops->api_key_get(session, sek_text(identity->workspace_id), sek_text(identity->key_id), &row, err);
    if (status == SEKUIRE_ERR_NOT_FOUND) return sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, refused);
    if (status != 0) return status;
    return usable(&row, now) && row.role == identity->role ? 0 : sek_fail(err, SEKUIRE_ERR_UNAUTHORIZED, refused);
}
