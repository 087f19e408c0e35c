/* SPDX-License-Identifier: Apache-2.0 */
/* docs/openapi.yaml as JSON, made at build time. */
#ifndef SEKUIRED_OPENAPI_H
#define SEKUIRED_OPENAPI_H

#include <stddef.h>

extern const char openapi_json[];
extern const size_t openapi_json_size;

#endif
