/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest decimal digits of a double. */
#ifndef SEK_TREE_DECIMAL_H
#define SEK_TREE_DECIMAL_H

enum { SEK_DECIMAL_DIGITS = 17 };

/* The value is 0.DDD * 10^point, its first and last digit are not 0. */
struct sek_decimal {
    char digits[SEK_DECIMAL_DIGITS];
    unsigned count;
    int point;
};

/* The fewest digits that read back (round to nearest even) as f, a finite number above 0; of several of that length the
 * nearest to f, of two equally near the even one. */
struct sek_decimal sek_decimal_shortest(double f);
/* 10^exponent as the nearest double; exponent in 0..308. */
double sek_power_of_ten(unsigned exponent);

#endif
