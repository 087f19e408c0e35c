/* SPDX-License-Identifier: Apache-2.0 */
/* The strict JSON reader: one loop over the text, with what may come next as its state. */
#include "tree/json.h"

#include <stdio.h>

#include "base/error.h"
#include "base/utf8.h"
#include "tree/build.h"
#include "tree/number.h"

/* What the grammar lets come next. */
enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COMMA_OR_END, NOTHING };

struct reader {
    struct sek_builder builder;
    const char *start;
    const char *p;
    const char *end;
    const char *line_start;
    uint32_t line;
    bool nul; /* an escaped NUL is let pass */
    struct sekuire_error *err;
};

/* Where p stands. */
static struct sek_position position(const struct reader *r, const char *p) {
    return (struct sek_position){r->line, (uint32_t)(p - r->line_start) + 1, (uint64_t)(p - r->start)};
}

/* Fails at p with a message of its own. */
static int fail(const struct reader *r, const char *p, int status, const char *message) {
    struct sek_position at = position(r, p);
    return sek_fail_at(r->err, status, at.line, at.column, at.offset, "%s", message);
}

/* Fails at p, saying what the grammar wanted and what is there. */
static int fail_expected(const struct reader *r, const char *p, const char *expected) {
    struct sek_position at = position(r, p);
    char found[24] = "the end of the text";
    uint32_t code = 0;
    if (p < r->end) {
        if (sek_utf8_decode(p, (size_t)(r->end - p), &code) == 0) return fail(r, p, SEKUIRE_ERR_UTF8, "invalid UTF-8");
        if (code > 0x20 && code < 0x7F) snprintf(found, sizeof found, "'%c'", (char)code);
        else snprintf(found, sizeof found, "U+%04X", (unsigned)code);
    }
    return sek_fail_at(r->err, SEKUIRE_ERR_SYNTAX, at.line, at.column, at.offset, "expected %s, found %s%s", expected, found,
                       code == 0xFEFF ? " (a byte order mark)" : code == 0 && p < r->end ? " (a NUL byte)" : "");
}

/* Moves past white space, counting lines. */
static void skip_space(struct reader *r) {
    const char *p = r->p;
    for (; p < r->end; p++) {
        if (*p == '\n') {
            r->line++;
            r->line_start = p + 1;
        } else if (*p != ' ' && *p != '\t' && *p != '\r') {
            break;
        }
    }
    r->p = p;
}

/* The first byte at or after p that is not a plain one of a string: a quote, a backslash, a control or not ASCII. Eight
 * bytes at a time: a byte's high bit is set in `odd` if it may be such a byte (never missed; false alarms are looked at). */
static const char *skip_plain(const char *p, const char *end) {
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t highs = 0x8080808080808080u;
    while (end - p >= 8) {
        uint64_t w;
        memcpy(&w, p, sizeof w);
        uint64_t quote = w ^ ones * '"';
        uint64_t backslash = w ^ ones * '\\';
        uint64_t odd = ((w - ones * 0x20) | (quote - ones) | (backslash - ones) | w) & highs;
        if (odd != 0) break;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\') p++;
    return p;
}

/* The value of four hex digits at p, or -1. */
static int32_t hex4(const char *p, const char *end) {
    int32_t value = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The code point of the \u escape at p (one or two of them), and its end in *ret_end; negative: none, with the reason. */
static int32_t unicode_escape(const char *p, const char *end, const char **ret_end, const char **ret_reason) {
    int32_t code = hex4(p + 2, end);
    *ret_reason = "expected four hex digits after \\u";
    if (code < 0) return -1;
    *ret_end = p + 6;
    *ret_reason = "a \\u escape may not stand for NUL";
    if (code == 0) return -1;
    if (code < 0xD800 || code > 0xDFFF) return code;
    *ret_reason = "a \\u escape is a lone surrogate, which is no character";
    if (code >= 0xDC00 || end - p < 12 || p[6] != '\\' || p[7] != 'u') return -1;
    int32_t low = hex4(p + 8, end);
    if (low < 0xDC00 || low > 0xDFFF) return -1;
    *ret_end = p + 12;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

/* The byte that a one-letter escape stands for, or 0. */
static char short_escape(char letter) {
    switch (letter) {
    case '"':
    case '\\':
    case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
    }
}

/* Checks the escape at *p and moves past it. */
static int check_escape(const struct reader *r, const char **p) {
    const char *reason;
    if (r->end - *p < 2) return fail_expected(r, r->end, "'\"' at the end of the string");
    if ((*p)[1] == 'u') {
        const char *end;
        bool nul = r->nul && hex4(*p + 2, r->end) == 0;
        if (unicode_escape(*p, r->end, &end, &reason) < 0 && !nul) return fail(r, *p, SEKUIRE_ERR_SYNTAX, reason);
        *p = end;
        return 0;
    }
    if (short_escape((*p)[1]) == '\0')
        return fail(r, *p, SEKUIRE_ERR_SYNTAX, "expected one of \" \\ / b f n r t u after a backslash");
    *p += 2;
    return 0;
}

/* Finds the closing quote of the string whose first byte is at r->p, checking all that is in between. */
static int scan_string(const struct reader *r, const char **ret_end, bool *ret_escapes) {
    const char *p = r->p;
    *ret_escapes = false;
    for (;;) {
        p = skip_plain(p, r->end);
        if (p == r->end) return fail_expected(r, p, "'\"' at the end of the string");
        unsigned char c = (unsigned char)*p;
        if (c == '"') break;
        if (c == '\\') {
            *ret_escapes = true;
            int status = check_escape(r, &p);
            if (status != 0) return status;
        } else if (c < 0x20) {
            return fail(r, p, SEKUIRE_ERR_SYNTAX,
                        c == 0      ? "a NUL byte in a string"
                        : c == '\n' ? "a string must end on its line: a line break in it is written \\n"
                                    : "a control character in a string must be written as an escape");
        } else {
            uint32_t code;
            size_t n = sek_utf8_decode(p, (size_t)(r->end - p), &code);
            if (n == 0) return fail(r, p, SEKUIRE_ERR_UTF8, "invalid UTF-8 in a string");
            p += n;
        }
    }
    *ret_end = p;
    return 0;
}

/* The decoded form of a scanned string with escapes; it is never longer than the text. NULL without memory. */
static char *unescape(struct sek_arena *arena, const char *p, const char *end, size_t *ret_size) {
    char *out = sek_arena_alloc(arena, (size_t)(end - p));
    if (out == NULL) return NULL;
    size_t used = 0;
    while (p < end) {
        const char *next = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((next == NULL ? end : next) - p);
        const char *reason;
        memcpy(out + used, p, run);
        used += run;
        if (next == NULL) break;
        if (next[1] == 'u') {
            int32_t code = unicode_escape(next, end, &p, &reason);
            used += sek_utf8_encode(out + used, code < 0 ? 0 : (uint32_t)code); /* of a checked text only NUL is below 0 */
        } else {
            out[used++] = short_escape(next[1]);
            p = next + 2;
        }
    }
    *ret_size = used;
    return out;
}

/* Reads the string that begins with the quote at r->p. */
static int read_string(struct reader *r, struct sekuire_text *ret) {
    const char *end = r->p;
    bool escapes;
    r->p++;
    int status = scan_string(r, &end, &escapes);
    if (status != 0) return status;
    struct sekuire_text text = {r->p, (size_t)(end - r->p)};
    if (escapes && (text.data = unescape(r->builder.arena, r->p, end, &text.size)) == NULL) return sek_fail_memory(r->err);
    r->p = end + 1;
    *ret = text;
    return 0;
}

static const char *skip_digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9') p++;
    return p;
}

/* Reads the number that begins at r->p. */
static int read_number(struct reader *r, struct sekuire_text *ret) {
    const char *p = r->p + (*r->p == '-');
    const char *digits = p;
    p = skip_digits(p, r->end);
    if (p == digits) return fail_expected(r, p, "a digit after '-'");
    if (*digits == '0' && p - digits > 1) return fail(r, digits, SEKUIRE_ERR_SYNTAX, "a number may not begin with a zero and more digits");
    bool plain = true;
    if (p < r->end && *p == '.') {
        plain = false;
        digits = p + 1;
        p = skip_digits(digits, r->end);
        if (p == digits) return fail_expected(r, p, "a digit after the decimal point");
    }
    if (p < r->end && (*p == 'e' || *p == 'E')) {
        plain = false;
        p++;
        if (p < r->end && (*p == '+' || *p == '-')) p++;
        digits = p;
        p = skip_digits(digits, r->end);
        if (p == digits) return fail_expected(r, p, "a digit in the exponent");
    }
    struct sekuire_text literal = {r->p, (size_t)(p - r->p)};
    if (!(plain && literal.size < 300) && !sek_number_in_range(literal))
        return fail(r, r->p, SEKUIRE_ERR_NUMBER, "number out of range");
    r->p = p;
    *ret = literal;
    return 0;
}

/* Reads true, false or null. */
static int read_word(struct reader *r, const struct sek_position *at) {
    static const struct {
        const char *word;
        enum sek_kind kind;
        bool boolean;
    } words[] = {{"true", SEK_BOOL, true}, {"false", SEK_BOOL, false}, {"null", SEK_NULL, false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t size = strlen(words[i].word);
        if ((size_t)(r->end - r->p) < size || memcmp(r->p, words[i].word, size) != 0) continue;
        struct sek_node *node = sek_builder_value(&r->builder, words[i].kind, at);
        if (node == NULL) return sek_fail_memory(r->err);
        node->boolean = words[i].boolean;
        r->p += size;
        return 0;
    }
    return fail_expected(r, r->p, "a value");
}

/* Reads a string or a number into a node of its own. */
static int read_text(struct reader *r, enum sek_kind kind, const struct sek_position *at) {
    struct sekuire_text text;
    int status = kind == SEK_STRING ? read_string(r, &text) : read_number(r, &text);
    if (status != 0) return status;
    struct sek_node *node = sek_builder_value(&r->builder, kind, at);
    if (node == NULL) return sek_fail_memory(r->err);
    node->text = text;
    return 0;
}

/* What may follow a value that is complete. */
static enum expect after_value(const struct reader *r) { return r->builder.depth == 0 ? NOTHING : COMMA_OR_END; }

/* Reads a scalar, or opens a container. */
static int read_value(struct reader *r, enum expect *state) {
    struct sek_position at = position(r, r->p);
    int status;
    if (r->p == r->end) return fail_expected(r, r->p, "a value");
    switch (*r->p) {
    case '{':
    case '[': {
        bool object = *r->p == '{';
        status = sek_builder_open(&r->builder, object ? SEK_OBJECT : SEK_ARRAY, &at, r->err);
        r->p++;
        *state = object ? KEY_OR_END : VALUE_OR_END;
        return status;
    }
    case '"': status = read_text(r, SEK_STRING, &at); break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': status = read_text(r, SEK_NUMBER, &at); break;
    default: status = read_word(r, &at);
    }
    *state = after_value(r);
    return status;
}

/* Reads a key and its colon. */
static int read_key(struct reader *r, enum expect *state) {
    struct sek_position at = position(r, r->p);
    struct sekuire_text key;
    if (r->p == r->end || *r->p != '"')
        return fail_expected(r, r->p, *state == KEY ? "a key in double quotes after ','" : "a key in double quotes or '}'");
    int status = read_string(r, &key);
    if (status != 0) return status;
    status = sek_builder_key(&r->builder, key, &at, r->err);
    if (status != 0) return status;
    skip_space(r);
    if (r->p == r->end || *r->p != ':') return fail_expected(r, r->p, "':' after a key");
    r->p++;
    *state = VALUE;
    return 0;
}

/* Moves past a comma, or closes the open container. */
static int read_comma_or_end(struct reader *r, enum expect *state) {
    bool object = sek_builder_open_node(&r->builder)->kind == SEK_OBJECT;
    char c = r->p < r->end ? *r->p : '\0';
    if (c == (object ? '}' : ']')) {
        sek_builder_close(&r->builder);
        *state = after_value(r);
    } else if (c == ',') {
        *state = object ? KEY : VALUE;
    } else {
        return fail_expected(r, r->p, object ? "',' or '}' after a member" : "',' or ']' after an element");
    }
    r->p++;
    return 0;
}

/* Closes the container that was just opened if it ends at once; false if it does not. */
static bool read_empty_end(struct reader *r, enum expect *state) {
    char c = r->p < r->end ? *r->p : '\0';
    if (c != (*state == KEY_OR_END ? '}' : ']')) return false;
    r->p++;
    sek_builder_close(&r->builder);
    *state = after_value(r);
    return true;
}

/* Reads one value and all white space around it. */
static int read_all(struct reader *r) {
    enum expect state = VALUE;
    int status = 0;
    while (status == 0) {
        skip_space(r);
        switch (state) {
        case VALUE_OR_END:
        case KEY_OR_END:
            if (read_empty_end(r, &state)) break;
            status = state == KEY_OR_END ? read_key(r, &state) : read_value(r, &state);
            break;
        case VALUE: status = read_value(r, &state); break;
        case KEY: status = read_key(r, &state); break;
        case COMMA_OR_END: status = read_comma_or_end(r, &state); break;
        case NOTHING: return r->p == r->end ? 0 : fail_expected(r, r->p, "the end of the text after the value");
        }
    }
    return status;
}

/* The refusals that deserve a sentence of their own. */
static int check_start(struct reader *r) {
    size_t size = (size_t)(r->end - r->start);
    if (size > SEK_LIMIT_JSON_BYTES) return sek_fail(r->err, SEKUIRE_ERR_TOO_LARGE, "more than %u bytes", SEK_LIMIT_JSON_BYTES);
    if (size >= 3 && memcmp(r->start, "\xEF\xBB\xBF", 3) == 0)
        return fail(r, r->start, SEKUIRE_ERR_SYNTAX, "the text begins with a byte order mark, which JSON does not allow");
    skip_space(r);
    if (r->p == r->end) return fail(r, r->p, SEKUIRE_ERR_SYNTAX, "the text is empty: expected a JSON value");
    return 0;
}

/* Reads a whole text into a tree. */
static int parse(struct sek_arena *arena, struct sekuire_text bytes, bool nul, const struct sek_node **ret, struct sekuire_error *err) {
    const char *start = bytes.data == NULL ? "" : bytes.data;
    struct reader r = {.start = start, .p = start, .end = start + bytes.size, .line_start = start, .line = 1, .nul = nul, .err = err};
    sek_builder_init(&r.builder, arena);
    int status = check_start(&r);
    if (status == 0) status = read_all(&r);
    if (status == 0) *ret = r.builder.root;
    sek_builder_clear(&r.builder);
    return status;
}

int sek_json_parse(struct sek_arena *arena, struct sekuire_text bytes, const struct sek_node **ret, struct sekuire_error *err) {
    return parse(arena, bytes, false, ret, err);
}

int sek_json_parse_with_nul(struct sek_arena *arena, struct sekuire_text bytes, const struct sek_node **ret,
                            struct sekuire_error *err) {
    return parse(arena, bytes, true, ret, err);
}
