/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "crypto/ed25519.h"

#if defined(__linux__)
#define OS_NAME "linux"
#elif defined(__APPLE__)
#define OS_NAME "macos"
#elif defined(__FreeBSD__)
#define OS_NAME "freebsd"
#elif defined(__OpenBSD__)
#define OS_NAME "openbsd"
#else
#define OS_NAME "unknown"
#endif

#if defined(__x86_64__)
#define ARCH_NAME "x86_64"
#elif defined(__aarch64__)
#define ARCH_NAME "aarch64"
#elif defined(__i386__)
#define ARCH_NAME "x86"
#elif defined(__arm__)
#define ARCH_NAME "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_NAME "riscv64"
#elif defined(__powerpc64__)
#define ARCH_NAME "powerpc64"
#elif defined(__s390x__)
#define ARCH_NAME "s390x"
#elif defined(__loongarch64)
#define ARCH_NAME "loongarch64"
#else
#define ARCH_NAME "unknown"
#endif

enum { PATH_LIMIT = 4096 };

int64_t sys_now(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
    return (int64_t)now.tv_sec;
}

const char *sys_variable(const char *name) {
    const char *value = getenv(name);
    return value == NULL || *value == '\0' ? NULL : value;
}

/* base, middle and name as one path of its own memory. */
static int join(const char *base, const char *middle, const char *name, char **ret, struct sekuire_error *err) {
    struct sek_buffer path;
    sek_buffer_init(&path, PATH_LIMIT);
    sek_buffer_format(&path, "%s%s%s", base, middle, name);
    int status = sek_buffer_check(&path, err);
    if (status == SEKUIRE_ERR_TOO_LARGE) status = sek_fail(err, SEKUIRE_ERR_CONFIG, "the path of the home directory is too long");
    if (status == 0) {
        char *taken = sek_buffer_take(&path, NULL);
        if (taken == NULL) status = sek_fail_memory(err);
        else *ret = taken;
    }
    sek_buffer_clear(&path);
    return status;
}

/* $HOME, or NULL where it is not set or no absolute path. */
static const char *home(void) {
    const char *value = sys_variable("HOME");
    return value != NULL && value[0] == '/' ? value : NULL;
}

/* A file below the home directory. */
static int below_home(const char *middle, const char *name, char **ret, struct sekuire_error *err) {
    const char *base = home();
    if (base == NULL) return sek_fail(err, SEKUIRE_ERR_CONFIG, "there is no home directory: HOME is not set to an absolute path");
    return join(base, middle, name, ret, err);
}

/* A file of ours below an XDG directory, or its default below the home directory. */
static int below_xdg(const char *variable, const char *fallback, const char *name, char **ret, struct sekuire_error *err) {
    const char *base = sys_variable(variable);
    if (base != NULL && base[0] == '/') return join(base, "/sekuire/", name, ret, err);
    return below_home(fallback, name, ret, err);
}

int sys_config_path(const char *name, char **ret, struct sekuire_error *err) {
    return below_xdg("XDG_CONFIG_HOME", "/.config/sekuire/", name, ret, err);
}

int sys_state_path(const char *name, char **ret, struct sekuire_error *err) {
    return below_xdg("XDG_STATE_HOME", "/.local/state/sekuire/", name, ret, err);
}

int sys_home_path(const char *name, char **ret, struct sekuire_error *err) {
    return below_home("/.sekuire/", name, ret, err);
}

void sys_device(struct sys_device *ret) {
    char text[sizeof ret->hostname + sizeof ret->os + sizeof ret->arch + 2];
    char raw[sizeof ret->hostname] = "";
    *ret = (struct sys_device){.os = OS_NAME, .arch = ARCH_NAME};
    if (gethostname(raw, sizeof raw - 1) != 0 || raw[0] == '\0') snprintf(raw, sizeof raw, "unknown");
    sek_utf8_escape(ret->hostname, sizeof ret->hostname, (struct sekuire_text){raw, strlen(raw)});
    int n = snprintf(text, sizeof text, "%s|%s|%s", ret->hostname, ret->os, ret->arch);
    sek_sha256_hex(ret->fingerprint, text, n < 0 ? 0 : (size_t)n);
}
