/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the head of a request out of libmicrohttpd. */
#ifndef SEKUIRED_HTTP_HEAD_H
#define SEKUIRED_HTTP_HEAD_H

#include "server/http/http.h"

struct MHD_Connection;

/* Fills request->fields (in order, values without the spaces around them) for a request whose method and target are set. method, url
 * and version are libmicrohttpd's own pointers. Returns NULL, or why the request must be refused and its connection closed: it is no HTTP, or two
 * programs could disagree about where it ends. */
const char *http_head_read(struct MHD_Connection *connection, const char *method, const char *url, const char *version,
                           struct http_request *request);

#endif
