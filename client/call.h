/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the backend's interface, for backend.c and list.c. */
#ifndef SEK_CLIENT_CALL_H
#define SEK_CLIENT_CALL_H

#include "client/backend.h"

enum { SEK_CALL_SEGMENTS = 8 };

enum sek_call_key { SEK_CALL_KEY = 0, SEK_CALL_KEY_IF_SAFE, SEK_CALL_NO_KEY };
enum sek_call_json { SEK_CALL_BYTES = 0, SEK_CALL_JSON_OBJECT, SEK_CALL_JSON_IF_ANY };

struct sek_call {
    const char *method;
    const char *path[SEK_CALL_SEGMENTS]; /* segments behind /api/v1, each an id; NULL ends them */
    size_t version_at;                   /* the segment that is a version rather than an id; 0: none */
    const char *query;                   /* NULL: none; encoded already */
    const char *if_none_match;           /* NULL: none */
    struct sekuire_text body;            /* data NULL: none */
    enum sek_call_key key;
    enum sek_call_json json; /* what the body of a success is */
    bool empty;              /* a success without a body is one, as 204 */
    bool any_2xx;            /* not only 200 and 201 */
    bool only_200;           /* not 201 either */
    size_t max_answer;       /* the most bytes of an answer; 0: SEK_LIMIT_HTTP_ANSWER_BYTES */
};

/* Sends it and sorts the answer; the contract is that of backend.h. */
int sek_call_send(const struct sek_backend *backend, const struct sek_call *call, struct sek_answer *answer, struct sekuire_error *err);
/* Error usage if an API key may not travel to this backend. */
int sek_call_may_carry_key(const struct sek_backend *backend, struct sekuire_error *err);

#endif
