/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that go out before their request is in. */
#ifndef SEKUIRED_HTTP_EARLY_H
#define SEKUIRED_HTTP_EARLY_H

#include "server/http/http.h"

struct MHD_Connection;

/* Writes an answer to the connection's socket at once, whatever of the request's body is still to come; nothing may be sent after it.
 * libmicrohttpd would read the body first. Returns the socket, or -1. */
int http_answer_early(struct MHD_Connection *connection, const struct http_request *request, const struct http_answer *answer);

#endif
