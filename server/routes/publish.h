/* SPDX-License-Identifier: Apache-2.0 */
/* A publish request, read. */
#ifndef SEKUIRED_PUBLISH_H
#define SEKUIRED_PUBLISH_H

#include "server/routes/policy.h"

#include "agent/declaration.h"

struct publish {
    struct sekuire_text workspace; /* named in the body; data NULL: not */
    const struct sek_node *model_node;
    struct sekuire_text name, version, description; /* description: data NULL for none */
    struct sekuire_text model, prompt_hash, tools_hash;
    struct sekuire_text sekuire_id;
    char public_key[STORE_HEX]; /* lower-case */
    uint8_t key[SEK_PUBLIC_KEY_SIZE];
    uint8_t signature[SEK_SIGNATURE_SIZE];
    bool force;
    struct sekuire_text reason; /* data NULL: none */
    const struct sek_node *declared; /* NULL: a published client's request */
    const struct sek_node *tools;    /* the tree of declared.tools */
    uint8_t declared_signature[SEK_SIGNATURE_SIZE];
    struct sek_declaration declaration; /* from declared, or the model alone */
};

/* Reads the form of a request. Errors have HTTP status 400, but content (the body of another command): 422. */
int publish_read(struct exchange *x, struct publish *ret, struct sekuire_error *err);
/* Judges what the request alone tells, for the workspace it goes to: id, hash, signatures. All 422. */
int publish_verify(struct exchange *x, const struct publish *publish, const char *workspace, struct sekuire_error *err);

#endif
