/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct sekuire_agent, for comply/ and for our own programs. */
#ifndef SEK_AGENT_AGENT_H
#define SEK_AGENT_AGENT_H

#include <sekuire/agent.h>

#include "agent/declaration.h"
#include "agent/identity.h"

/* Borrowed from the agent. The declaration has sekuire_id and folder set. */
const struct sek_manifest *sek_agent_manifest(const struct sekuire_agent *agent);
const struct sek_declaration *sek_agent_declaration(const struct sekuire_agent *agent);

#endif
