/* SPDX-License-Identifier: Apache-2.0 */
/* Every cap in one place. Sizes in bytes, unless a name says otherwise. Nothing here is a tuning knob: what is over a
 * cap is refused. */
#ifndef SEK_BASE_LIMITS_H
#define SEK_BASE_LIMITS_H

#define SEK_LIMIT_JSON_BYTES (4u << 20)     /* a JSON or YAML text, an envelope as served, an HTTP body */
#define SEK_LIMIT_JSON_DEPTH 64u            /* levels of arrays and objects */
#define SEK_LIMIT_TREE_ARENA (512u << 20)   /* memory that one tree may take */
#define SEK_LIMIT_YAML_ALIASES 1000u        /* alias events in a manifest */
#define SEK_LIMIT_YAML_NODES 200000u        /* nodes of a manifest after its aliases are expanded */
#define SEK_LIMIT_MANIFEST_BYTES (1u << 20) /* sekuire.yml */
#define SEK_LIMIT_PROMPT_BYTES (4u << 20)   /* the system prompt */
#define SEK_LIMIT_TOOLS_BYTES (4u << 20)    /* the tools file */
#define SEK_LIMIT_TOOLS_FILES 256u          /* tools files besides identity.tools_path that a manifest names */
#define SEK_LIMIT_KEY_FILE_BYTES 4096u      /* a key file */
#define SEK_LIMIT_PASSPHRASE 1024u          /* a passphrase */
#define SEK_LIMIT_CONFIG_BYTES (64u << 10)  /* config.yaml, auth.json, the server's configuration */
#define SEK_LIMIT_TRUST_BYTES (4u << 20)    /* trust.json */
#define SEK_LIMIT_ID 128u                   /* policy and workspace ids */
#define SEK_LIMIT_VERSION 64u               /* a policy version */
#define SEK_LIMIT_ACTION_TEXT 4096u         /* one string of an action */
#define SEK_LIMIT_DOMAIN 253u               /* a host name in normal form */
#define SEK_LIMIT_LABEL 63u                 /* a label of a host name */
#define SEK_LIMIT_DECLARED 10000u           /* models, tools, hosts, paths... of one agent, each */
#define SEK_LIMIT_FINDINGS 10000u           /* findings of one report; one more says that there are more */
#define SEK_LIMIT_SIGNING_KEYS 16u          /* keys in binding.signing_keys, and trusted keys of a workspace */
#define SEK_LIMIT_RETIRED_KEYS 256u         /* retired keys of a workspace in the trust store */
#define SEK_LIMIT_SEQUENCE_AHEAD 86400      /* seconds that a sequence may be ahead of the clock */
#define SEK_LIMIT_CLOCK_BEHIND 86400        /* seconds that a clock may be behind the newest acceptance unremarked */
#define SEK_LIMIT_HTTP_CONNECT_SECONDS 10   /* client: connecting */
#define SEK_LIMIT_HTTP_TOTAL_SECONDS 30     /* client: the whole answer */
#define SEK_LIMIT_HTTP_ANSWER_BYTES (8u << 20) /* client: an answer's body */
#define SEK_LIMIT_LIST_PAGE 200u            /* rows in a page of a list */
#define SEK_LIMIT_NAME 256u                 /* names of workspaces, keys and agents */

#endif
