/* SPDX-License-Identifier: Apache-2.0 */
/* libsekuire: signed workspace policies for AI agents. Include this, or the one header that you need.
 *
 * The library never prints, logs, exits, dials out or opens files, and keeps no state of its own. Objects may be used by one
 * thread at a time unless their header says more; different objects never share anything. Pointers named ret_ or ret are written
 * only on success. Functions return 0 or a negative enum sekuire_status and fill *err (may be NULL) on failure. */
#ifndef SEKUIRE_SEKUIRE_H
#define SEKUIRE_SEKUIRE_H

#include <sekuire/agent.h>
#include <sekuire/comply.h>
#include <sekuire/decide.h>
#include <sekuire/error.h>
#include <sekuire/key.h>
#include <sekuire/policy.h>
#include <sekuire/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
SEKUIRE_API const char *sekuire_version(void);

#ifdef __cplusplus
}
#endif
#endif
