/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, directories of the user, the machine's names. */
#ifndef SEK_SYS_ENV_H
#define SEK_SYS_ENV_H

#include <sekuire/error.h>

/* Unix seconds. */
int64_t sys_now(void);
/* Paths to free with sek_free. Error config where there is no home directory. Relative or empty XDG_* are ignored. */
int sys_config_path(const char *name, char **ret, struct sekuire_error *err); /* $XDG_CONFIG_HOME/sekuire/NAME */
int sys_state_path(const char *name, char **ret, struct sekuire_error *err);  /* $XDG_STATE_HOME/sekuire/NAME */
int sys_home_path(const char *name, char **ret, struct sekuire_error *err);   /* ~/.sekuire/NAME */
/* A variable that is set and not empty, or NULL. */
const char *sys_variable(const char *name);
struct sys_device {
    char hostname[256];
    char os[32];   /* linux, macos, ... */
    char arch[32]; /* x86_64, aarch64, ... */
    char fingerprint[65]; /* hex SHA-256 of hostname|os|arch */
};
void sys_device(struct sys_device *ret);

#endif
