/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an llm's base_url that a policy judges. */
#ifndef SEK_AGENT_BASE_URL_H
#define SEK_AGENT_BASE_URL_H

#include "base/text.h"

/* Borrowed from the URL. */
struct sek_base_url {
    struct sekuire_text scheme;
    struct sekuire_text host; /* an IPv6 address with its brackets */
    struct sekuire_text port; /* digits; empty where there is none */
};

/* Splits scheme://[user@]host[:port][/...]. Refuses (false) what two readers could take for two hosts: a backslash, white
 * space or control bytes, a second '@' before the path, a port that is none, no host at all. The host itself is not checked
 * here. */
bool sek_base_url_split(struct sekuire_text url, struct sek_base_url *ret);

#endif
