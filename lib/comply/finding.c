/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as JSON (docs/spec/cli.md, F). */
#include "comply/comply.h"
#include "tree/write.h"

/* A line or column; null where it is unknown. */
static void write_count(struct sek_writer *writer, const char *key, uint32_t count) {
    sek_write_key(writer, key);
    if (count == 0) sek_write_null(writer);
    else sek_write_u64(writer, count);
}

void sek_finding_write(struct sek_writer *writer, const struct sek_finding *finding) {
    sek_write_object(writer);
    sek_write_member(writer, "rule", finding->rule);
    sek_write_member(writer, "severity", finding->severity == SEK_SEVERITY_ERROR ? "error" : "warning");
    sek_write_member(writer, "message", finding->message);
    sek_write_member(writer, "file", finding->file);
    write_count(writer, "line", finding->line);
    write_count(writer, "column", finding->column);
    sek_write_member(writer, "pointer", finding->pointer);
    sek_write_member(writer, "policy_pointer", finding->policy_pointer);
    sek_write_member(writer, "value", finding->value);
    sek_write_member(writer, "hint", finding->hint);
    sek_write_object_end(writer);
}
