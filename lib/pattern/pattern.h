/* SPDX-License-Identifier: Apache-2.0 */
/* Normal forms and patterns (docs/spec/semantics.md, section 3). One file per kind; this header is what the other stages
 * use. */
#ifndef SEK_PATTERN_PATTERN_H
#define SEK_PATTERN_PATTERN_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

enum sek_pattern_kind { SEK_PATTERN_NAME, SEK_PATTERN_PROVIDER, SEK_PATTERN_DOMAIN, SEK_PATTERN_PATH, SEK_PATTERN_EXTENSION };

enum sek_pattern_shape {
    SEK_SHAPE_ALL,    /* "*" */
    SEK_SHAPE_EXACT,  /* one value */
    SEK_SHAPE_PREFIX, /* name: norm is the prefix without its "*" */
    SEK_SHAPE_TREE    /* domain: norm and its subdomains; path: norm and all below it; "/" is everything */
};

struct sek_pattern {
    enum sek_pattern_kind kind;
    enum sek_pattern_shape shape;
    struct sekuire_text text; /* as written, in the arena */
    struct sekuire_text norm; /* the normal form, in the arena; extension: lower case, without the leading dot */
};

/* Compiles what a policy lists. Error content with a message that says why it is none ("...is not a domain pattern: ...");
 * the caller knows the position. Non-ASCII domains go through IDNA here. */
int sek_pattern_compile(struct sek_arena *arena, enum sek_pattern_kind kind, struct sekuire_text text, struct sek_pattern *ret,
                        struct sekuire_error *err);

/* Does a value, already in normal form, match? Names are compared case-sensitively, providers ASCII case-insensitively. */
bool sek_pattern_match(const struct sek_pattern *pattern, struct sekuire_text value);
/* A blocked model: ASCII case-insensitively, against the whole name and against what follows each '/' or ':' in it. */
bool sek_pattern_match_blocked_model(const struct sek_pattern *pattern, struct sekuire_text model);
/* Exact set reasoning over patterns of one kind: everything that inner matches is matched by outer; something is matched by
 * both. */
bool sek_pattern_contains(const struct sek_pattern *outer, const struct sek_pattern *inner);
bool sek_pattern_overlaps(const struct sek_pattern *a, const struct sek_pattern *b);

/* Normal forms of values. Each writes at most capacity bytes to out (no NUL) and returns 0, or error content with the reason.
 * Values are 1-4096 bytes of UTF-8 without bytes 00-1F and 7F, else an error. */

/* Checks only: a name is its own normal form. */
int sek_value_check(struct sekuire_text value, struct sekuire_error *err);
/* A host in ASCII or an IP address: lowered, one trailing dot and brackets removed, IPv6 in RFC 5952 form, ::ffff:a.b.c.d as
 * a.b.c.d. Non-ASCII is an error (sek_host_to_ascii first). capacity at least SEK_LIMIT_DOMAIN. */
int sek_host_normalise(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret, struct sekuire_error *err);
/* IDNA (UTS 46, non-transitional) for a host with non-ASCII letters, then as above; an ASCII one as above. */
int sek_host_to_ascii(struct sekuire_text host, char *out, size_t capacity, struct sekuire_text *ret, struct sekuire_error *err);
/* Lexical normal form of an absolute path; a relative one is resolved against root (itself absolute) or, where root.size is 0,
 * an error. capacity at least 2 * SEK_LIMIT_ACTION_TEXT + 2. */
int sek_path_normalise(struct sekuire_text path, struct sekuire_text root, char *out, size_t capacity, struct sekuire_text *ret,
                       struct sekuire_error *err);
/* The part after the last dot of the last component of a normal path, as it stands there; false if there is no dot. */
bool sek_path_extension(struct sekuire_text path, struct sekuire_text *ret);

#endif
