/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339. The day arithmetic is the proleptic Gregorian calendar's, counted from March so that leap days come last. */
#include "base/time-text.h"

#include <stdio.h>

enum { SECONDS_PER_DAY = 86400 };

/* Days from 1970-01-01 to a date. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static unsigned days_in_month(unsigned year, unsigned month) {
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Reads exactly count digits at *at, and moves it on. */
static bool digits(struct sekuire_text text, size_t *at, size_t count, unsigned *ret) {
    unsigned value = 0;
    if (text.size < *at + count) return false;
    for (size_t i = 0; i < count; i++) {
        char c = text.data[*at + i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (unsigned)(c - '0');
    }
    *at += count;
    *ret = value;
    return true;
}

static bool literal(struct sekuire_text text, size_t *at, char a, char b) {
    if (*at >= text.size || (text.data[*at] != a && text.data[*at] != b)) return false;
    (*at)++;
    return true;
}

bool sek_time_parse(struct sekuire_text text, int64_t *ret) {
    size_t at = 0;
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_hour = 0, offset_minute = 0;
    int sign = 0;
    if (!digits(text, &at, 4, &year) || !literal(text, &at, '-', '-') || !digits(text, &at, 2, &month) ||
        !literal(text, &at, '-', '-') || !digits(text, &at, 2, &day) || !literal(text, &at, 'T', 't') ||
        !digits(text, &at, 2, &hour) || !literal(text, &at, ':', ':') || !digits(text, &at, 2, &minute) ||
        !literal(text, &at, ':', ':') || !digits(text, &at, 2, &second))
        return false;
    if (literal(text, &at, '.', '.')) {
        size_t start = at;
        while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') at++;
        if (at == start) return false;
    }
    if (!literal(text, &at, 'Z', 'z')) {
        if (literal(text, &at, '+', '+')) sign = 1;
        else if (literal(text, &at, '-', '-')) sign = -1;
        else return false;
        if (!digits(text, &at, 2, &offset_hour) || !literal(text, &at, ':', ':') || !digits(text, &at, 2, &offset_minute))
            return false;
    }
    if (at != text.size) return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60 ||
        offset_hour > 23 || offset_minute > 59)
        return false;
    if (second == 60) second = 59;
    *ret = days_from_civil(year, month, day) * SECONDS_PER_DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + second -
           sign * ((int64_t)offset_hour * 3600 + (int64_t)offset_minute * 60);
    return true;
}

void sek_time_format(char out[SEK_TIME_TEXT_SIZE], int64_t seconds) {
    const int64_t first = -62167219200; /* 0000-01-01T00:00:00Z */
    const int64_t last = 253402300799;  /* 9999-12-31T23:59:59Z */
    if (seconds < first) seconds = first;
    if (seconds > last) seconds = last;
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    snprintf(out, SEK_TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000u, (unsigned)month % 100u,
             (unsigned)day % 100u, (unsigned)(rest / 3600) % 100u, (unsigned)(rest / 60 % 60) % 100u, (unsigned)(rest % 60) % 100u);
}
