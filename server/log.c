/* SPDX-License-Identifier: Apache-2.0 */
/* The log. */
#include "server/log.h"

#include "base/time-text.h"
#include "base/utf8.h"
#include "sys/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void server_log(const char *format, ...) {
    char raw[1500];
    char line[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    if (n < 0) return;
    size_t size = (size_t)n < sizeof raw ? (size_t)n : sizeof raw - 1;
    sek_time_format(line, sys_now());
    size_t used = strlen(line);
    line[used++] = ' ';
    used += sek_utf8_escape(line + used, sizeof line - used - 1, (struct sekuire_text){raw, size});
    line[used++] = '\n';
    for (size_t done = 0; done < used;) {
        ssize_t written = write(STDERR_FILENO, line + done, used - done);
        if (written <= 0) return;
        done += (size_t)written;
    }
}
