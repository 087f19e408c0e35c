/* SPDX-License-Identifier: Apache-2.0 */
/* A server without a socket, for fuzz-http.c: its routes over a real store, which forgets every change once it is frozen. */
#ifndef SEKUIRE_FUZZ_HTTP_INSTALLATION_H
#define SEKUIRE_FUZZ_HTTP_INSTALLATION_H

#include "server/routes/routes.h"

/* Whose key a request carries. The foreigner is policy-admin in another workspace. */
enum caller { NOBODY, READER, PUBLISHER, POLICY_ADMIN, ADMIN, FOREIGNER, UNKNOWN, CALLERS };

/* In texts of the private workspace "ws", which others must not see. There are "other", and "open", which all may read. */
#define PRIVATE_MARK "private-mark"

struct installation {
    struct http_service service;
    struct server server;
    char keys[CALLERS][GUARD_API_KEY]; /* "" for nobody */
};

/* Made once, in a folder of its own that is removed at the end: workspaces, keys, signing keys, active policies. */
struct installation *installation_get(void);

/* One request from its head to its end. Fields: lines of "Name: value". Returns the status; the body is appended to out. */
int installation_request(struct installation *installation, enum caller caller, struct sekuire_text method, const char *target,
                         struct sekuire_text fields, struct sekuire_text body, struct sek_buffer *out);

#endif
