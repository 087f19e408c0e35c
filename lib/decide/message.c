/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions in words, and override mode. */
#include "agent/provider.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "decide/action.h"

/* $t: the target in normal form, $d: the detail, $e: the extension, $p: the provider that decided. */
static const struct {
    const char *rule;
    const char *sentence;
} sentences[] = {
    {"policy.expired", "Policy has expired"},
    {"policy.not_yet_valid", "Policy is not yet valid"},
    {"network.missing", "Network permissions not configured"},
    {"network.disabled", "Network access is disabled"},
    {"network.tls_required", "TLS is required for network requests"},
    {"network.blocked", "Domain $t is blocked by policy"},
    {"network.not_allowed", "Domain $t is not in the allowlist"},
    {"fs.missing", "Filesystem permissions not configured"},
    {"fs.disabled", "Filesystem access is disabled"},
    {"fs.blocked", "Path $t is blocked"},
    {"fs.not_allowed", "Path $t is not in the allowlist"},
    {"fs.ext", "Extension $e is not allowed"},
    {"tool.blocked", "Tool $t is blocked"},
    {"tool.not_allowed", "Tool $t is not in the allowlist"},
    {"tool.approval_required", "Tool $t requires approval"},
    {"model.blocked", "Model $t is blocked"},
    {"model.not_allowed", "Model $t is not in the allowlist"},
    {"provider.unknown", "Provider of model $t is unknown"},
    {"provider.blocked", "Provider $p is blocked"},
    {"provider.not_allowed", "Provider $p is not in the allowlist"},
    {"api.missing", "API permissions not configured"},
    {"api.disabled", "API access is disabled"},
    {"api.not_allowed", "Service $t is not in the allowlist"},
    {"api.endpoint_not_allowed", "Endpoint $d of service $t is not in the allowlist"},
    {"rate_limit.exceeded", "Rate limit for $t exceeded"},
};

/* Where a message is built up; once a character did not fit, nothing more is taken. */
struct sink {
    char *out;
    size_t size;
    size_t used;
    bool full;
};

/* Appends text, control characters escaped, up to the first character that does not fit. */
static void put(struct sink *sink, struct sekuire_text text) {
    char piece[16];
    uint32_t code;
    if (!sink->full && text.size < sink->size - sink->used && sek_ascii_printable(text)) {
        if (text.size > 0) memcpy(sink->out + sink->used, text.data, text.size);
        sink->used += text.size;
        return;
    }
    while (text.size > 0 && !sink->full) {
        size_t n = sek_utf8_decode(text.data, text.size, &code);
        if (n == 0) n = 1;
        size_t written = sek_utf8_escape(piece, sizeof piece, (struct sekuire_text){text.data, n});
        if (sink->used + written >= sink->size) {
            sink->full = true;
            return;
        }
        memcpy(sink->out + sink->used, piece, written);
        sink->used += written;
        text.data += n;
        text.size -= n;
    }
}

struct blocked_provider {
    struct sekuire_text pattern;
    struct sekuire_text found;
};

/* A visitor that stops at the provider that the deciding entry names. */
static bool is_named(void *context, struct sekuire_text provider) {
    struct blocked_provider *search = context;
    search->found = provider;
    return sek_text_equal_ascii_case(search->pattern, provider);
}

/* The provider that a decision is about: the one that a blocked entry names, else (it is "*") the model's. */
static struct sekuire_text provider_of(const struct sekuire_decision *decision, const struct sek_reading *action) {
    struct blocked_provider search = {.pattern = decision->pattern};
    if (decision->pattern.data != NULL && sek_provider_each_meant(NULL, action->target, action->detail, is_named, &search))
        return search.found;
    return sek_provider_of_model(NULL, action->target, action->detail);
}

/* Appends the extension of a path, lowered, with its dot. */
static void put_extension(struct sink *sink, struct sekuire_text path) {
    struct sekuire_text extension;
    char lowered[SEK_ACTION_PATH_SPACE];
    if (!sek_path_extension(path, &extension)) return;
    sek_ascii_lower_copy(lowered, extension);
    put(sink, SEK_TEXT("."));
    put(sink, (struct sekuire_text){lowered, extension.size});
}

/* Writes a sentence with the action's values in it. */
static void put_sentence(struct sink *sink, const char *sentence, const struct sekuire_decision *decision,
                         const struct sek_reading *action) {
    const char *mark;
    for (; (mark = strchr(sentence, '$')) != NULL; sentence = mark + 2) {
        put(sink, (struct sekuire_text){sentence, (size_t)(mark - sentence)});
        switch (mark[1]) {
        case 't': put(sink, action->target); break;
        case 'd': put(sink, action->detail); break;
        case 'e': put_extension(sink, action->target); break;
        default: put(sink, provider_of(decision, action)); break;
        }
    }
    put(sink, sek_text(sentence));
}

void sekuire_decision_message(const struct sekuire_decision *decision, const struct sekuire_action *action, char *out,
                              size_t size) {
    struct sek_reading reading;
    struct sink sink = {.out = out, .size = size};
    if (size == 0) return;
    if (decision->rule != NULL && sek_action_read(action, &reading, NULL) == 0) {
        for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
            if (strcmp(sentences[i].rule, decision->rule) == 0) put_sentence(&sink, sentences[i].sentence, decision, &reading);
    }
    out[sink.used] = '\0';
}

void sekuire_decision_override(struct sekuire_decision *decision) {
    if (decision->verdict != SEKUIRE_DENY || decision->rule == NULL) return;
    if (strcmp(decision->rule, "policy.expired") == 0 || strcmp(decision->rule, "policy.not_yet_valid") == 0) return;
    decision->verdict = SEKUIRE_WARN;
    decision->overridden = 1;
}

const char *sekuire_verdict_word(enum sekuire_verdict verdict) {
    switch (verdict) {
    case SEKUIRE_ASK: return "ask";
    case SEKUIRE_WARN: return "warn";
    case SEKUIRE_ALLOW: return "allow";
    default: return "deny";
    }
}
