/* SPDX-License-Identifier: Apache-2.0 */
/* Hex, keys, signatures, ids, versions and times: the small texts. Lines: KEY \n SIGNATURE \n MESSAGE. */
#include "fuzz/fuzz.h"

#include <sekuire/key.h>

#include "base/hex.h"
#include "base/time-text.h"
#include "crypto/ed25519.h"
#include "policy/ids.h"

/* Decoding and encoding are inverse, but for the case of the digits. */
static void check_hex(struct sekuire_text text) {
    uint8_t bytes[64];
    char digits[sizeof bytes * 2 + 1];
    for (size_t n = 0; n <= sizeof bytes; n++) {
        if (!sek_hex_decode(bytes, n, text)) continue;
        REQUIRE(text.size == 2 * n);
        sek_hex_encode(digits, bytes, n);
        REQUIRE(strlen(digits) == text.size && sek_text_equal_ascii_case(sek_text(digits), text));
    }
}

/* Times are in order, and their text is read back as the same second. */
static void check_time(struct sekuire_text text) {
    int64_t time = 0, again = 0;
    char out[SEK_TIME_TEXT_SIZE];
    if (!sek_time_parse(text, &time)) return;
    sek_time_format(out, time);
    REQUIRE(sek_time_parse(sek_text(out), &again));
    /* Offsets may lead outside the years that can be written. */
    REQUIRE(again == time || time < -62167219200 || time > 253402300799);
}

/* Versions order as numbers do: a version equals itself, and the order turns around. */
static void check_versions(struct sekuire_text a, struct sekuire_text b) {
    int order = 7, back = 7;
    if (!sek_version_valid(a) || !sek_version_valid(b)) return;
    REQUIRE(sek_version_compare(a, a, &order) && order == 0);
    bool comparable = sek_version_compare(a, b, &order);
    REQUIRE(comparable == sek_version_compare(b, a, &back));
    if (comparable) REQUIRE((order < 0) == (back > 0) && (order == 0) == (back == 0));
    if (sek_text_equal(a, b)) REQUIRE(comparable && order == 0);
}

/* A public key's text, and what it verifies. */
static void check_public(struct sekuire_text text, struct sekuire_text signature_text, struct sekuire_text message) {
    struct sekuire_public_key key, again;
    struct sekuire_error err = {0};
    uint8_t signature[64] = {0};
    char hex[65], fingerprint[SEKUIRE_FINGERPRINT_SIZE];
    int status = sekuire_public_key_parse(text, &key, &err);
    if (status != 0) {
        fuzz_error_sound(status, &err, text.size);
        return;
    }
    REQUIRE(sek_ed25519_public_key_valid(key.bytes));
    sekuire_public_key_format(&key, hex);
    REQUIRE(sekuire_public_key_parse(sek_text(hex), &again, NULL) == 0 && memcmp(&key, &again, sizeof key) == 0);
    sekuire_public_key_fingerprint(&key, fingerprint);
    REQUIRE(strlen(fingerprint) == SEKUIRE_FINGERPRINT_SIZE - 1);
    if (sek_hex_decode(signature, sizeof signature, signature_text) &&
        sekuire_public_key_verify(&key, signature, message.data, message.size)) {
        signature[message.size % 64] ^= 1;
        REQUIRE(!sekuire_public_key_verify(&key, signature, message.data, message.size));
    }
}

/* A secret key's text, and what it signs. */
static void check_secret(struct sekuire_text text, struct sekuire_text message) {
    struct sekuire_secret_key *key = NULL, *again = NULL;
    struct sekuire_public_key public_key, public_again;
    uint8_t signature[64];
    char hex[65];
    if (sekuire_secret_key_parse(text, &key, NULL) != 0) {
        REQUIRE(key == NULL);
        return;
    }
    sekuire_secret_key_format(key, hex);
    REQUIRE(sekuire_secret_key_parse(sek_text(hex), &again, NULL) == 0);
    sekuire_secret_key_public(key, &public_key);
    sekuire_secret_key_public(again, &public_again);
    REQUIRE(memcmp(&public_key, &public_again, sizeof public_key) == 0);
    sekuire_secret_key_sign(key, message.data, message.size, signature);
    REQUIRE(sekuire_public_key_verify(&public_key, signature, message.data, message.size));
    sekuire_secret_key_free(key);
    sekuire_secret_key_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sekuire_text message = fuzz_text(data, size);
    struct sekuire_text key = fuzz_cut(&message, '\n'), signature = fuzz_cut(&message, '\n');
    check_hex(key);
    check_time(key);
    check_versions(key, signature);
    check_public(key, signature, message);
    check_secret(key, message);
    return 0;
}
