/* SPDX-License-Identifier: Apache-2.0 */
/* Declared permissions and limits against the policy's, and the hosts of base_urls. */
#include "agent/base-url.h"
#include "comply/cover.h"
#include "comply/judge.h"

#include "base/limits.h"

/* A section of the policy that declared patterns must be covered by. */
struct section {
    const char *rule;
    const char *what;  /* "host" */
    const char *place; /* "Network access" */
    enum sek_pattern_kind kind;
    bool present;
    const char *pointer;
    const struct sek_flag *enabled;
    struct sek_cover cover;
};

/* manifest.value with a reason. */
static void report_value(struct sek_judge *judge, const char *what, const struct sek_declared_item *item,
                         const char *reason) {
    struct sek_fact fact = {.rule = "manifest.value", .source = &item->source, .value = item->text};
    sek_judge_report(judge, &fact, "The %s '%s' cannot be judged: %s", what, sek_judge_quote(judge, item->text), reason);
}

/* The host of one base_url, where the policy has a network section. */
static void judge_base_url(struct sek_judge *judge, const struct sek_declared_item *item) {
    char host[SEKUIRE_HOST_SIZE];
    struct sek_base_url parts;
    struct sekuire_error problem = {0};
    struct sekuire_decision decision;
    if (!sek_judge_value(judge, "base_url", item->text, &item->source)) return;
    if (!sek_base_url_split(item->text, &parts)) {
        report_value(judge, "base_url", item, "it is not scheme://host[:port][/path]");
        return;
    }
    if (sekuire_host_to_ascii(parts.host, host, &problem) != 0) {
        report_value(judge, "base_url", item, problem.message);
        return;
    }
    struct sekuire_action action = {.type = SEKUIRE_ACTION_NETWORK, .target = sek_text(host), .detail = parts.scheme};
    if (!sek_judge_decide(judge, &action, &decision) || decision.verdict != SEKUIRE_DENY) return;
    struct sek_fact fact = {decision.rule, &item->source, action.target, decision.pointer};
    sek_judge_report_decision(judge, &fact, &decision, &action);
}

void sek_judge_base_urls(struct sek_judge *judge) {
    if (!judge->rules->network.present) return;
    for (size_t i = 0; i < judge->declaration->base_urls.count; i++)
        judge_base_url(judge, &judge->declaration->base_urls.items[i]);
}

/* One declared pattern against its section; true if it is covered. */
static bool judge_pattern(struct sek_judge *judge, struct section *section, const struct sek_declared_item *item,
                          const struct sek_pattern *pattern) {
    struct sek_fact fact = {.rule = section->rule, .source = &item->source, .value = item->text};
    const char *quoted = sek_judge_quote(judge, item->text);
    const struct sek_entry *blocked = NULL;
    if (!section->present) {
        fact.policy_pointer = section->pointer;
        sek_judge_report(judge, &fact, "Declared %s %s is not covered: the policy has no such permissions", section->what,
                         quoted);
        return false;
    }
    if (!section->enabled->present || !section->enabled->value) {
        fact.policy_pointer = section->enabled->pointer;
        sek_judge_report(judge, &fact, "Declared %s %s is not covered: %s is disabled", section->what, quoted,
                         section->place);
        return false;
    }
    if (!sek_cover_overlap(&section->cover, pattern, &blocked)) {
        judge->status = SEKUIRE_ERR_MEMORY;
        return false;
    }
    if (blocked != NULL) {
        fact.policy_pointer = blocked->pointer;
        sek_judge_report(judge, &fact, "Declared %s %s overlaps what the policy blocks: %s", section->what, quoted,
                         sek_judge_quote(judge, blocked->text));
        return false;
    }
    fact.policy_pointer = sek_cover_refusing(&section->cover, pattern);
    if (fact.policy_pointer == NULL) return true;
    sek_judge_report(judge, &fact, "Declared %s %s is not covered by what the policy allows", section->what, quoted);
    return false;
}

void sek_judge_hosts(struct sek_judge *judge) {
    const struct sek_rules *rules = judge->rules;
    const struct sek_compiled *compiled = sek_engine_compiled(judge->engine);
    struct section section = {.rule = "permission.network",
                              .what = "host",
                              .place = "network access",
                              .kind = SEK_PATTERN_DOMAIN,
                              .present = rules->network.present,
                              .pointer = rules->network.pointer,
                              .enabled = &rules->network.enabled,
                              .cover = {.arena = &judge->scratch,
                                        .listed = &rules->network.blocked,
                                        .blocked = &compiled->blocked_domains,
                                        .allowed = &compiled->allowed_domains}};
    for (size_t i = 0; i < judge->declaration->hosts.count; i++) {
        const struct sek_declared_item *item = &judge->declaration->hosts.items[i];
        struct sek_pattern pattern;
        struct sekuire_error problem = {0};
        if (!sek_judge_value(judge, section.what, item->text, &item->source)) continue;
        int status = sek_pattern_compile(&judge->scratch, section.kind, item->text, &pattern, &problem);
        if (status == SEKUIRE_ERR_MEMORY) judge->status = status;
        else if (status != 0) report_value(judge, section.what, item, problem.message);
        else judge_pattern(judge, &section, item, &pattern);
    }
}

/* Compiles a declared path; a relative one is resolved against the manifest's folder. */
static int compile_path(struct sek_judge *judge, struct sekuire_text path, struct sek_pattern *ret,
                        struct sekuire_error *err) {
    struct sekuire_text folder = judge->options->manifest_folder;
    if (folder.size == 0) folder = judge->declaration->folder;
    bool absolute = path.data[0] == '/' || path.data[0] == '~' || sek_text_is(path, "*");
    if (!absolute && folder.size > 0) {
        const char *joined = sek_arena_format(&judge->scratch, "%.*s/%.*s", SEK_TEXT_ARGS(folder), SEK_TEXT_ARGS(path));
        if (joined == NULL) return SEKUIRE_ERR_MEMORY;
        path = sek_text(joined);
    }
    return sek_pattern_compile(&judge->scratch, SEK_PATTERN_PATH, path, ret, err);
}

/* A single file whose extension the policy does not allow: a tree may hold files of any. */
static void judge_extension(struct sek_judge *judge, const struct sek_declared_item *item,
                            const struct sek_pattern *pattern) {
    struct sekuire_decision decision;
    struct sekuire_action action = {.type = SEKUIRE_ACTION_FILESYSTEM, .target = pattern->norm};
    if (pattern->shape != SEK_SHAPE_EXACT || sek_engine_compiled(judge->engine)->extensions.count == 0) return;
    if (!sek_judge_decide(judge, &action, &decision)) return;
    if (decision.verdict != SEKUIRE_DENY) return;
    struct sek_fact fact = {"permission.filesystem", &item->source, item->text, decision.pointer};
    sek_judge_report_decision(judge, &fact, &decision, &action);
}

void sek_judge_paths(struct sek_judge *judge) {
    const struct sek_rules *rules = judge->rules;
    const struct sek_compiled *compiled = sek_engine_compiled(judge->engine);
    struct section section = {.rule = "permission.filesystem",
                              .what = "path",
                              .place = "filesystem access",
                              .kind = SEK_PATTERN_PATH,
                              .present = rules->filesystem.present,
                              .pointer = rules->filesystem.pointer,
                              .enabled = &rules->filesystem.enabled,
                              .cover = {.arena = &judge->scratch,
                                        .listed = &rules->filesystem.blocked,
                                        .blocked = &compiled->blocked_paths,
                                        .allowed = &compiled->allowed_paths}};
    for (size_t i = 0; i < judge->declaration->paths.count; i++) {
        const struct sek_declared_item *item = &judge->declaration->paths.items[i];
        struct sek_pattern pattern;
        struct sekuire_error problem = {0};
        if (!sek_judge_value(judge, section.what, item->text, &item->source)) continue;
        int status = compile_path(judge, item->text, &pattern, &problem);
        if (status == SEKUIRE_ERR_MEMORY) judge->status = status;
        else if (status != 0) report_value(judge, section.what, item, problem.message);
        else if (judge_pattern(judge, &section, item, &pattern)) judge_extension(judge, item, &pattern);
    }
}

void sek_judge_limits(struct sek_judge *judge) {
    static const char *const types[] = {"requests", "tokens"};
    static const char *const windows[] = {"minute", "hour"};
    for (size_t i = 0; i < 4; i++) {
        const struct sek_declared_limit *declared = &judge->declaration->limits[i / 2][i % 2];
        const struct sek_limit *limit = &judge->rules->limits[i / 2][i % 2];
        if (!declared->present) continue;
        if (declared->variable.data != NULL) {
            sek_judge_value(judge, "limit", declared->variable, &declared->source);
            continue;
        }
        if (!limit->present || declared->value <= limit->value) continue;
        const char *value = sek_arena_format(&judge->scratch, "%llu", (unsigned long long)declared->value);
        if (value == NULL) {
            judge->status = SEKUIRE_ERR_MEMORY;
            return;
        }
        struct sek_fact fact = {"permission.rate_limit", &declared->source, sek_text(value), limit->pointer};
        sek_judge_report(judge, &fact, "Declared limit of %s %s per %s is above the policy's %llu", value, types[i / 2],
                         windows[i % 2], (unsigned long long)limit->value);
    }
}
