/* SPDX-License-Identifier: Apache-2.0 */
/* The SekuireID (docs/spec/wire.md, section 3). */
#ifndef SEK_AGENT_IDENTITY_H
#define SEK_AGENT_IDENTITY_H

#include "crypto/blake3.h"

#include "base/text.h"

struct sek_identity {
    char sekuire_id[SEK_HASH_TEXT];
    char prompt_hash[SEK_HASH_TEXT];
    char tools_hash[SEK_HASH_TEXT];
};

enum sek_tools_reading {
    SEK_TOOLS_STRICT, /* the command line: tools that are not JSON are an error */
    SEK_TOOLS_RAW     /* conformance, the SDK: text that upstream cannot read as JSON is hashed raw; what upstream reads and we
                         refuse (duplicate keys, NUL, over our caps) is an error */
};

/* Errors: those of sek_json_parse for tools; utf8 for a prompt that is no UTF-8. */
int sek_identity_compute(struct sekuire_text model, struct sekuire_text prompt, struct sekuire_text tools,
                         enum sek_tools_reading reading, struct sek_identity *ret, struct sekuire_error *err);
/* The id from the two hashes (lower-case hex), as a server recomputes it. */
void sek_identity_from_hashes(struct sekuire_text model, struct sekuire_text prompt_hash, struct sekuire_text tools_hash,
                              char out[SEK_HASH_TEXT]);

#endif
