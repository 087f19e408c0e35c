/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys protected by a passphrase: docs/spec/wire.md, section 4. */
#include <sekuire/key.h>

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"
#include "crypto/ed25519.h"
#include "crypto/passphrase.h"

#define SCHEME "sekuire-key-"
#define PREFIX SCHEME "v1:argon2id:"

enum {
    SALT = crypto_pwhash_SALTBYTES,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    SEALED = SEK_SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    OPS_MAX = 8,
    KIB_MIN = 8,
    KIB_MAX = 512 << 10,
    DIGITS_MAX = 6 /* of a number in the line */
};
_Static_assert(sizeof PREFIX + 2 * (DIGITS_MAX + 1) + 2 * (SALT + NONCE + SEALED) + 2 <= SEKUIRE_PROTECTED_KEY_SIZE, "the line fits");

/* What stands in the line. Its text up to the last colon is authenticated with the seed. */
struct line {
    struct sek_pwhash_cost cost;
    uint8_t salt[SALT], nonce[NONCE], sealed[SEALED];
    struct sekuire_text head;
};

/* Takes the text up to the next colon (or the end, for the last part) off rest. */
static bool part(struct sekuire_text *rest, bool last, struct sekuire_text *ret) {
    const char *colon = rest->size == 0 ? NULL : memchr(rest->data, ':', rest->size);
    if ((colon == NULL) != last) return false;
    size_t size = colon == NULL ? rest->size : (size_t)(colon - rest->data);
    *ret = (struct sekuire_text){rest->data, size};
    *rest = (struct sekuire_text){rest->data + size + !last, rest->size - size - !last};
    return true;
}

/* Decimal digits without a zero in front. */
static bool number(struct sekuire_text *rest, uint32_t *ret) {
    struct sekuire_text text;
    uint32_t n = 0;
    if (!part(rest, false, &text) || text.size == 0 || text.size > DIGITS_MAX || text.data[0] == '0') return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        n = n * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = n;
    return true;
}

/* Hex digits of exactly size bytes. */
static bool bytes(struct sekuire_text *rest, bool last, uint8_t *ret, size_t size) {
    struct sekuire_text text;
    return part(rest, last, &text) && sek_hex_decode(ret, size, text);
}

/* The text without white space around it; empty where it is no UTF-8, which no key is. */
static struct sekuire_text trim(struct sekuire_text text) {
    return sek_utf8_valid_prefix(text) == text.size ? sek_utf8_trim(text) : SEK_TEXT("");
}

/* Reads the line; what a hostile one could ask for is bounded here. */
static int read_line(struct sekuire_text text, struct line *ret, struct sekuire_error *err) {
    struct sekuire_text all = trim(text);
    struct sekuire_text rest = all;
    if (!sek_text_starts(rest, SEK_TEXT(PREFIX)))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "a protected key of a kind that this version does not know");
    rest.data += sizeof PREFIX - 1;
    rest.size -= sizeof PREFIX - 1;
    if (!number(&rest, &ret->cost.ops) || !number(&rest, &ret->cost.kib) || !bytes(&rest, false, ret->salt, SALT) ||
        !bytes(&rest, false, ret->nonce, NONCE))
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the protected key is malformed");
    ret->head = (struct sekuire_text){all.data, (size_t)(rest.data - all.data)};
    if (!bytes(&rest, true, ret->sealed, SEALED)) return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the protected key is malformed");
    if (ret->cost.ops > OPS_MAX || ret->cost.kib < KIB_MIN || ret->cost.kib > KIB_MAX)
        return sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the protected key asks for %" PRIu32 " passes over %" PRIu32 " KiB, which is refused",
                        ret->cost.ops, ret->cost.kib);
    return 0;
}

/* The key that the seed is sealed under, in memory for secrets; sek_secret_free it. */
static int derive(const struct line *line, struct sekuire_text passphrase, uint8_t **ret, struct sekuire_error *err) {
    if (passphrase.size == 0) return sek_fail(err, SEKUIRE_ERR_USAGE, "the passphrase is empty");
    uint8_t *key = sek_secret_alloc(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    if (key == NULL) return sek_fail_memory(err);
    if (crypto_pwhash(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, passphrase.data, passphrase.size, line->salt, line->cost.ops,
                      (size_t)line->cost.kib << 10, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        sek_secret_free(key);
        return sek_fail(err, SEKUIRE_ERR_MEMORY, "a passphrase needs %" PRIu32 " MiB of memory for a moment, which there are not",
                        line->cost.kib >> 10);
    }
    *ret = key;
    return 0;
}

int sekuire_secret_key_is_protected(struct sekuire_text text) { return sek_text_starts(trim(text), SEK_TEXT(SCHEME)) ? 1 : 0; }

int sek_secret_key_protect(const struct sekuire_secret_key *key, struct sekuire_text passphrase, struct sek_pwhash_cost cost,
                           char out[SEKUIRE_PROTECTED_KEY_SIZE], struct sekuire_error *err) {
    struct line line = {.cost = cost};
    char text[SEKUIRE_PROTECTED_KEY_SIZE];
    uint8_t *sealing = NULL;
    sek_random(line.salt, sizeof line.salt);
    sek_random(line.nonce, sizeof line.nonce);
    int status = derive(&line, passphrase, &sealing, err);
    if (status != 0) return status;
    int n = snprintf(text, sizeof text, PREFIX "%" PRIu32 ":%" PRIu32 ":", cost.ops, cost.kib);
    char *at = text + n;
    sek_hex_encode(at, line.salt, SALT);
    at += 2 * SALT;
    *at++ = ':';
    sek_hex_encode(at, line.nonce, NONCE);
    at += 2 * NONCE;
    *at++ = ':';
    crypto_aead_xchacha20poly1305_ietf_encrypt(line.sealed, NULL, sek_secret_key_seed(key), SEK_SEED_SIZE, (const uint8_t *)text,
                                               (unsigned long long)(at - text), NULL, line.nonce, sealing);
    sek_hex_encode(at, line.sealed, SEALED);
    sek_secret_free(sealing);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

int sekuire_secret_key_protect(const struct sekuire_secret_key *key, struct sekuire_text passphrase,
                               char out[SEKUIRE_PROTECTED_KEY_SIZE], struct sekuire_error *err) {
    static const struct sek_pwhash_cost moderate = {crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE >> 10};
    return sek_secret_key_protect(key, passphrase, moderate, out, err);
}

int sekuire_secret_key_unprotect(struct sekuire_text text, struct sekuire_text passphrase, struct sekuire_secret_key **ret,
                                 struct sekuire_error *err) {
    struct line line;
    uint8_t *sealing = NULL;
    int status = read_line(text, &line, err);
    if (status == 0) status = derive(&line, passphrase, &sealing, err);
    if (status != 0) return status;
    uint8_t *seed = sek_secret_alloc(SEK_SEED_SIZE);
    if (seed == NULL) status = sek_fail_memory(err);
    else if (crypto_aead_xchacha20poly1305_ietf_decrypt(seed, NULL, NULL, line.sealed, SEALED, (const uint8_t *)line.head.data,
                                                        line.head.size, line.nonce, sealing) != 0)
        status = sek_fail(err, SEKUIRE_ERR_KEY_INVALID, "the passphrase is wrong, or the file was changed");
    if (status == 0) status = sek_secret_key_from_seed(seed, ret, err);
    sek_secret_free(seed);
    sek_secret_free(sealing);
    return status;
}
