/* SPDX-License-Identifier: Apache-2.0 */
/* What libmicrohttpd does not watch: how long a connection may take for a head, a body, an answer, however slowly it trickles; and
 * connections that were refused, whose client must be able to read why before they are closed. One thread of its own. */
#ifndef SEKUIRED_HTTP_CONNECTIONS_H
#define SEKUIRED_HTTP_CONNECTIONS_H

#include <sekuire/error.h>

struct http_connections;
struct http_connection;

int http_connections_new(struct http_connections **ret, struct sekuire_error *err);
/* No connection may be left. NULL is fine. */
void http_connections_free(struct http_connections *connections);

/* A connection is open until http_connection_closed, which must come before its socket is closed. NULL when memory is short. */
struct http_connection *http_connection_opened(struct http_connections *connections, int fd, unsigned seconds);
void http_connection_closed(struct http_connections *connections, struct http_connection *connection);
/* From now on it has so many seconds, then it is shut down; NULL is fine. await: for more of a request, so that a client that has gone
 * is let go of soon; answer: for taking the answer, which a client may read that has shut down its own half. */
void http_connection_await(struct http_connection *connection, unsigned seconds);
void http_connection_answer(struct http_connection *connection, unsigned seconds);

/* Shuts down the writing half of a socket once more under another descriptor, reads and drops what still comes, a bounded amount for a
 * bounded time, and closes it: who writes before reading gets to read the answer. */
void http_connections_linger(struct http_connections *connections, int fd);

#endif
