/* SPDX-License-Identifier: Apache-2.0 */
/* Number literals, read and printed as upstream's JSON library does. */
#include "tree/number.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "tree/decimal.h"

_Static_assert(FLT_EVAL_METHOD == 0, "the rounding of every operation is part of the format");

enum { PRINTED_MAX = 32 }; /* the longest canonical number has 25 bytes */

/* A literal taken apart: (negative ? -1 : 1) * significand * 10^exponent. */
struct literal {
    bool negative;
    bool integer;      /* no fraction, no exponent, no digit lost */
    bool vast;         /* the explicit exponent is beyond 2^31 - 1 */
    bool vast_negative;
    uint64_t significand;
    int64_t exponent;
};

static const char *skip_digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9') p++;
    return p;
}

bool sek_number_is_literal(struct sekuire_text text) {
    const char *p = text.data;
    if (text.size == 0) return false;
    const char *end = p + text.size;
    if (*p == '-') p++;
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1)) return false;
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits) return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits) return false;
    }
    return p == end;
}

/* Takes one digit more into the significand; false if that would overflow it. */
static bool take_digit(uint64_t *significand, char c) {
    uint64_t digit = (uint64_t)(c - '0');
    if (*significand > (UINT64_MAX - digit) / 10) return false;
    *significand = *significand * 10 + digit;
    return true;
}

/* Reads an explicit exponent, from behind the 'e'. */
static void read_exponent(struct literal *l, const char *p, const char *end) {
    bool negative = *p == '-';
    int64_t value = 0;
    if (*p == '-' || *p == '+') p++;
    for (; p < end && !l->vast; p++) {
        value = value * 10 + (*p - '0');
        l->vast = value > INT32_MAX;
    }
    l->vast_negative = negative;
    l->exponent += negative ? -value : value;
}

/* Takes a valid literal apart. */
static struct literal read_literal(struct sekuire_text text) {
    struct literal l = {.integer = true};
    const char *p = text.data;
    const char *end = p + text.size;
    if (*p == '-') {
        l.negative = true;
        p++;
    }
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        if (l.integer && take_digit(&l.significand, *p)) continue;
        l.integer = false;
        l.exponent++;
    }
    if (p < end && *p == '.') {
        bool room = true;
        l.integer = false;
        for (p++; p < end && *p >= '0' && *p <= '9'; p++) {
            room = room && take_digit(&l.significand, *p);
            if (room) l.exponent--;
        }
    }
    if (p < end) {
        l.integer = false;
        read_exponent(&l, p + 1, end);
    }
    return l;
}

/* The double that upstream makes of a literal; false if it refuses it. */
static bool to_double(const struct literal *l, double *ret) {
    double f = (double)l->significand;
    int64_t e = l->exponent;
    if (l->vast) {
        if (l->significand != 0 && !l->vast_negative) return false;
        f = 0;
        e = 0;
    }
    while ((e > 308 || e < -308) && f != 0) {
        if (e > 0) return false;
        f /= 1e308;
        e += 308;
    }
    if (e > 308 || e < -308) e = 0; /* f is 0 */
    if (e >= 0) f *= sek_power_of_ten((unsigned)e);
    else f /= sek_power_of_ten((unsigned)-e);
    if (f > DBL_MAX) return false;
    *ret = l->negative ? -f : f;
    return true;
}

/* Whether upstream keeps the literal as an integer (-0 is not one there). */
static bool is_integer(const struct literal *l) {
    return l->integer && !(l->negative && (l->significand == 0 || l->significand > UINT64_C(1) << 63));
}

bool sek_number_in_range(struct sekuire_text literal) {
    struct literal l = read_literal(literal);
    double f;
    return is_integer(&l) || to_double(&l, &f);
}

/* Appends the digits from `from` up to `to`, zeros where there are none. */
static size_t put_digits(char *out, const struct sek_decimal *d, int from, int to) {
    size_t used = 0;
    for (int i = from; i < to; i++) out[used++] = i >= 0 && i < (int)d->count ? d->digits[i] : '0';
    return used;
}

/* Prints a double, which is finite, and returns the length. */
static size_t print_double(char out[PRINTED_MAX], double f) {
    size_t used = 0;
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    if (bits >> 63 != 0) {
        out[used++] = '-';
        f = -f;
    }
    if (f == 0) {
        memcpy(out + used, "0.0", 3);
        return used + 3;
    }
    struct sek_decimal d = sek_decimal_shortest(f);
    int count = (int)d.count;
    if (f >= 1e-5 && f < 1e16) {
        if (d.point > 0) used += put_digits(out + used, &d, 0, d.point);
        else out[used++] = '0';
        out[used++] = '.';
        return used + put_digits(out + used, &d, d.point, count > d.point ? count : d.point + 1);
    }
    used += put_digits(out + used, &d, 0, 1);
    if (count > 1) {
        out[used++] = '.';
        used += put_digits(out + used, &d, 1, count);
    }
    return used + (size_t)snprintf(out + used, PRINTED_MAX - used, "e%+d", d.point - 1);
}

void sek_number_canonical(struct sek_buffer *out, struct sekuire_text literal) {
    struct literal l = read_literal(literal);
    char printed[PRINTED_MAX];
    double f = 0;
    if (is_integer(&l)) sek_buffer_text(out, literal);
    else if (to_double(&l, &f)) sek_buffer_append(out, printed, print_double(printed, f));
}

bool sek_number_round_trips(struct sekuire_text literal) {
    struct literal l = read_literal(literal);
    char printed[PRINTED_MAX];
    double f;
    double again;
    if (is_integer(&l)) return true;
    if (!to_double(&l, &f)) return false;
    struct literal back = read_literal((struct sekuire_text){printed, print_double(printed, f)});
    return to_double(&back, &again) && memcmp(&f, &again, sizeof f) == 0;
}
