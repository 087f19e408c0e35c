/* SPDX-License-Identifier: Apache-2.0 */
/* Which ETag the server gave to the bytes of an --out file: kept beside the trust store, one small file per backend and workspace. A
 * lost or broken one only costs a whole answer instead of a 304. */
#ifndef CLI_ETAG_H
#define CLI_ETAG_H

#include "client/http.h"

/* The ETag of exactly these bytes, or "". */
void cli_etag_load(const char *backend, const char *workspace, struct sekuire_text bytes, char out[SEK_ETAG_SIZE]);
/* Remembers it; an empty one is forgotten. */
void cli_etag_save(const char *backend, const char *workspace, struct sekuire_text bytes, const char *etag);

#endif
