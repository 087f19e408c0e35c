/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and versions. */
#include "policy/ids.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* One letter or digit, then letters, digits and the characters of extra, at most limit bytes in all. */
static bool is_word(struct sekuire_text text, size_t limit, const char *extra) {
    if (text.size == 0 || text.size > limit || !is_alphanumeric(text.data[0])) return false;
    for (size_t i = 1; i < text.size; i++) {
        char c = text.data[i];
        if (!is_alphanumeric(c) && (c == '\0' || strchr(extra, c) == NULL)) return false;
    }
    return true;
}

bool sek_id_valid(struct sekuire_text id) { return is_word(id, SEK_LIMIT_ID, "._-"); }

bool sek_version_valid(struct sekuire_text version) { return is_word(version, SEK_LIMIT_VERSION, "._+-"); }

/* Digits, and single dots between them. */
static bool is_dotted_decimal(struct sekuire_text version) {
    bool digit_before = false;
    for (size_t i = 0; i < version.size; i++) {
        if (!is_digit(version.data[i]) && (version.data[i] != '.' || !digit_before)) return false;
        digit_before = version.data[i] != '.';
    }
    return digit_before;
}

/* Takes the next component off a dotted decimal, without its leading zeros: 0 and a missing one are both empty. */
static struct sekuire_text next_component(struct sekuire_text *rest) {
    struct sekuire_text component = {rest->data, 0};
    while (component.size < rest->size && rest->data[component.size] != '.') component.size++;
    size_t taken = component.size < rest->size ? component.size + 1 : component.size;
    if (taken > 0) *rest = (struct sekuire_text){rest->data + taken, rest->size - taken};
    while (component.size > 0 && component.data[0] == '0')
        component = (struct sekuire_text){component.data + 1, component.size - 1};
    return component;
}

/* Numbers of any size without leading zeros: the longer is the larger. */
static int compare_numbers(struct sekuire_text a, struct sekuire_text b) {
    if (a.size != b.size) return a.size < b.size ? -1 : 1;
    return sek_text_compare(a, b);
}

bool sek_version_compare(struct sekuire_text a, struct sekuire_text b, int *ret_order) {
    int order = 0;
    if (is_dotted_decimal(a) && is_dotted_decimal(b)) {
        while (order == 0 && (a.size > 0 || b.size > 0)) {
            struct sekuire_text left = next_component(&a);
            struct sekuire_text right = next_component(&b);
            order = compare_numbers(left, right);
        }
    } else if (!sek_text_equal(a, b)) {
        return false;
    }
    *ret_order = order;
    return true;
}
