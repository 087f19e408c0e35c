/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest decimals. Where short ones are at hand (up to 15 digits, a moderate exponent) one division of two exact
 * doubles shows it; else digits are generated from exact integers (Steele and White, "How to print floating-point numbers
 * accurately", 1990, the free-format algorithm). */
#include "tree/decimal.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_RADIX == 2 && DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "doubles are IEEE 754 binary64");

static const double powers_of_ten[] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
    1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27,
    1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38, 1e39, 1e40, 1e41,
    1e42, 1e43, 1e44, 1e45, 1e46, 1e47, 1e48, 1e49, 1e50, 1e51, 1e52, 1e53, 1e54, 1e55,
    1e56, 1e57, 1e58, 1e59, 1e60, 1e61, 1e62, 1e63, 1e64, 1e65, 1e66, 1e67, 1e68, 1e69,
    1e70, 1e71, 1e72, 1e73, 1e74, 1e75, 1e76, 1e77, 1e78, 1e79, 1e80, 1e81, 1e82, 1e83,
    1e84, 1e85, 1e86, 1e87, 1e88, 1e89, 1e90, 1e91, 1e92, 1e93, 1e94, 1e95, 1e96, 1e97,
    1e98, 1e99, 1e100, 1e101, 1e102, 1e103, 1e104, 1e105, 1e106, 1e107, 1e108, 1e109, 1e110, 1e111,
    1e112, 1e113, 1e114, 1e115, 1e116, 1e117, 1e118, 1e119, 1e120, 1e121, 1e122, 1e123, 1e124, 1e125,
    1e126, 1e127, 1e128, 1e129, 1e130, 1e131, 1e132, 1e133, 1e134, 1e135, 1e136, 1e137, 1e138, 1e139,
    1e140, 1e141, 1e142, 1e143, 1e144, 1e145, 1e146, 1e147, 1e148, 1e149, 1e150, 1e151, 1e152, 1e153,
    1e154, 1e155, 1e156, 1e157, 1e158, 1e159, 1e160, 1e161, 1e162, 1e163, 1e164, 1e165, 1e166, 1e167,
    1e168, 1e169, 1e170, 1e171, 1e172, 1e173, 1e174, 1e175, 1e176, 1e177, 1e178, 1e179, 1e180, 1e181,
    1e182, 1e183, 1e184, 1e185, 1e186, 1e187, 1e188, 1e189, 1e190, 1e191, 1e192, 1e193, 1e194, 1e195,
    1e196, 1e197, 1e198, 1e199, 1e200, 1e201, 1e202, 1e203, 1e204, 1e205, 1e206, 1e207, 1e208, 1e209,
    1e210, 1e211, 1e212, 1e213, 1e214, 1e215, 1e216, 1e217, 1e218, 1e219, 1e220, 1e221, 1e222, 1e223,
    1e224, 1e225, 1e226, 1e227, 1e228, 1e229, 1e230, 1e231, 1e232, 1e233, 1e234, 1e235, 1e236, 1e237,
    1e238, 1e239, 1e240, 1e241, 1e242, 1e243, 1e244, 1e245, 1e246, 1e247, 1e248, 1e249, 1e250, 1e251,
    1e252, 1e253, 1e254, 1e255, 1e256, 1e257, 1e258, 1e259, 1e260, 1e261, 1e262, 1e263, 1e264, 1e265,
    1e266, 1e267, 1e268, 1e269, 1e270, 1e271, 1e272, 1e273, 1e274, 1e275, 1e276, 1e277, 1e278, 1e279,
    1e280, 1e281, 1e282, 1e283, 1e284, 1e285, 1e286, 1e287, 1e288, 1e289, 1e290, 1e291, 1e292, 1e293,
    1e294, 1e295, 1e296, 1e297, 1e298, 1e299, 1e300, 1e301, 1e302, 1e303, 1e304, 1e305, 1e306, 1e307,
    1e308,
};
_Static_assert(sizeof powers_of_ten / sizeof powers_of_ten[0] == 309, "every power that a double can hold");

double sek_power_of_ten(unsigned exponent) { return powers_of_ten[exponent]; }

/* An unsigned integer of up to 1280 bits (2^1075 * 20 and 2^53 * 10^324 * 40 are below 2^1140), lowest limb first. */
enum { LIMBS = 40 };
struct big {
    uint32_t limb[LIMBS];
    unsigned used;
};

static void big_trim(struct big *b) {
    while (b->used > 0 && b->limb[b->used - 1] == 0) b->used--;
}

static struct big big_from(uint64_t value) {
    struct big b = {.limb = {(uint32_t)value, (uint32_t)(value >> 32)}, .used = 2};
    big_trim(&b);
    return b;
}

static void big_multiply(struct big *b, uint32_t factor) {
    uint64_t carry = 0;
    for (unsigned i = 0; i < b->used; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) b->limb[b->used++] = (uint32_t)carry;
}

static struct big big_power_of_five(unsigned exponent) {
    static const uint32_t small[] = {1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625};
    struct big b = big_from(small[exponent % 13]);
    for (exponent /= 13; exponent > 0; exponent--) big_multiply(&b, 1220703125); /* 5^13 */
    return b;
}

static void big_shift_left(struct big *b, unsigned bits) {
    if (b->used == 0) return;
    unsigned limbs = bits / 32;
    memmove(b->limb + limbs, b->limb, b->used * sizeof b->limb[0]);
    memset(b->limb, 0, limbs * sizeof b->limb[0]);
    b->used += limbs;
    big_multiply(b, 1u << bits % 32);
}

static int big_compare(const struct big *a, const struct big *b) {
    if (a->used != b->used) return a->used < b->used ? -1 : 1;
    for (unsigned i = a->used; i-- > 0;)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static struct big big_add(const struct big *a, const struct big *b) {
    struct big sum = {.used = a->used > b->used ? a->used : b->used};
    uint64_t carry = 0;
    for (unsigned i = 0; i < sum.used; i++) {
        carry += (i < a->used ? a->limb[i] : 0u);
        carry += (i < b->used ? b->limb[i] : 0u);
        sum.limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) sum.limb[sum.used++] = (uint32_t)carry;
    return sum;
}

/* a -= b, where b is not above a. */
static void big_subtract(struct big *a, const struct big *b) {
    uint64_t borrow = 0;
    for (unsigned i = 0; i < a->used; i++) {
        uint64_t take = borrow + (i < b->used ? b->limb[i] : 0u);
        borrow = a->limb[i] < take;
        a->limb[i] = (uint32_t)(a->limb[i] - take);
    }
    big_trim(a);
}

/* f = r / s; the numbers that read back as f lie between (r - below) / s and (r + above) / s, ends included if even. */
struct state {
    struct big r, s, below, above;
    bool even;
};

/* Whether r + above reaches s, that is, the upper end of the interval reaches 1. */
static bool reaches_one(const struct state *st) {
    struct big high = big_add(&st->r, &st->above);
    int c = big_compare(&high, &st->s);
    return st->even ? c >= 0 : c > 0;
}

/* The power of ten that f, which is at least 2^(top - 1) and below 2^top, needs to become 0.DDD: right, or one too low. */
static int estimate_point(int top) {
    int64_t scaled = (int64_t)(top - 1) * 30102999566; /* log10(2) * 10^11 */
    return (int)(scaled / 100000000000) + (scaled >= 0 ? 1 : 0);
}

/* Sets r / s to mantissa * 2^exponent / 10^point, and the distances to half way to the neighbours. */
static void scale(struct state *st, uint64_t mantissa, int exponent, int point, bool narrow_below) {
    struct big five = big_power_of_five((unsigned)(point < 0 ? -point : point));
    int up = exponent > 0 ? exponent : 0; /* twos in each of r, s and below; half a distance is one less than 2^exponent */
    int down = exponent < 0 ? -exponent : 0;
    int r_twos = up + (point < 0 ? -point : 0) + (narrow_below ? 2 : 1);
    int s_twos = down + (point > 0 ? point : 0) + (narrow_below ? 2 : 1);
    int below_twos = up + (point < 0 ? -point : 0);
    int common = s_twos < below_twos ? s_twos : below_twos;
    st->s = point > 0 ? five : big_from(1);
    st->below = point < 0 ? five : big_from(1);
    st->r = st->below;
    struct big high = st->r;
    big_multiply(&st->r, (uint32_t)mantissa);
    big_multiply(&high, (uint32_t)(mantissa >> 32));
    big_trim(&st->r);
    big_trim(&high);
    big_shift_left(&high, 32);
    st->r = big_add(&st->r, &high);
    big_shift_left(&st->r, (unsigned)(r_twos - common));
    big_shift_left(&st->s, (unsigned)(s_twos - common));
    big_shift_left(&st->below, (unsigned)(below_twos - common));
    st->above = st->below;
    if (narrow_below) big_shift_left(&st->above, 1);
}

/* The exact state for f, scaled by the power of ten that makes it 0.DDD, which is returned. */
static int prepare(struct state *st, double f) {
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF);
    bool narrow_below = mantissa == 0 && exponent > 1; /* a power of two: its lower neighbour is half as far */
    if (exponent == 0) exponent = 1;
    else mantissa |= UINT64_C(1) << 52;
    exponent -= 1075;
    int top = exponent;
    for (uint64_t m = mantissa; m != 0; m >>= 1) top++;
    int point = estimate_point(top);
    st->even = mantissa % 2 == 0;
    scale(st, mantissa, exponent, point, narrow_below);
    if (reaches_one(st)) {
        big_multiply(&st->s, 10);
        point++;
    }
    return point;
}

/* Adds one to the last digit; 9 never carries past the first digit, or the point would have been one higher. */
static void round_up(struct sek_decimal *d) {
    while (d->count > 1 && d->digits[d->count - 1] == '9') d->count--;
    d->digits[d->count - 1]++;
}

/* Whether the last digit, which was cut off, is to be raised: the remainder r / s against one half. */
static bool rest_rounds_up(const struct state *st, bool low_ok, bool high_ok, char last) {
    if (!high_ok) return false;
    if (!low_ok) return true;
    struct big twice = big_add(&st->r, &st->r);
    int c = big_compare(&twice, &st->s);
    return c > 0 || (c == 0 && (last - '0') % 2 == 1);
}

static struct sek_decimal exact(double f) {
    struct state st;
    struct sek_decimal d = {.point = prepare(&st, f)};
    for (;;) {
        char digit = '0';
        big_multiply(&st.r, 10);
        big_multiply(&st.below, 10);
        big_multiply(&st.above, 10);
        for (; big_compare(&st.r, &st.s) >= 0; digit++) big_subtract(&st.r, &st.s);
        d.digits[d.count++] = digit;
        int low = big_compare(&st.r, &st.below);
        bool low_ok = st.even ? low <= 0 : low < 0;
        bool high_ok = reaches_one(&st);
        if (!low_ok && !high_ok && d.count < SEK_DECIMAL_DIGITS) continue;
        if (rest_rounds_up(&st, low_ok, high_ok, digit)) round_up(&d);
        return d;
    }
}

/* If f is one of the decimals of at most 15 digits with a power of ten that a double holds exactly: those digits. Such a
 * decimal is the only one of its length that near to f, and m / 10^k, two exact doubles, is f itself. */
static bool short_decimal(struct sek_decimal *ret, double f) {
    if (f < 1e-7 || f >= 1e15) return false;
    int scale = 14;
    while (scale > 0 && f >= powers_of_ten[15 - scale]) scale--;
    while (scale < 22 && f * powers_of_ten[scale] < 1e14) scale++;
    uint64_t m = (uint64_t)(f * powers_of_ten[scale] + 0.5);
    if (m >= UINT64_C(1000000000000000) || (double)m / powers_of_ten[scale] != f) return false;
    char digits[15];
    unsigned count = 0;
    struct sek_decimal d = {.count = 0};
    for (; m != 0; m /= 10) {
        if (count == 0 && m % 10 == 0) scale--;
        else digits[count++] = (char)('0' + m % 10);
    }
    while (d.count < count) {
        d.digits[d.count] = digits[count - 1 - d.count];
        d.count++;
    }
    d.point = (int)count - scale;
    *ret = d;
    return true;
}

struct sek_decimal sek_decimal_shortest(double f) {
    struct sek_decimal d;
    if (!short_decimal(&d, f)) d = exact(f);
    return d;
}
