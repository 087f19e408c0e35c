/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read whole with a cap, replaced atomically, locked. For client/, cli/ and server/. All descriptors are O_CLOEXEC. Errors
 * here are io (with the name left out: callers add it by sek_fail_prefix), no_space, too_large, exists, config, memory. */
#ifndef SEK_SYS_FILE_H
#define SEK_SYS_FILE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <sys/types.h>

/* Appends the whole file ("-": standard input) to out, whose limit is the cap: error too_large beyond it. Refuses directories
 * and anything that is no regular file (but pipes and standard input). */
int sys_read_file(const char *path, struct sek_buffer *out, struct sekuire_error *err);
/* The same for files that nobody named on the command line, for whom a pipe would be waited at for ever: a regular file, links
 * followed, or error io; what is none is never opened, so no device notices. "-" is a file's name like others. */
int sys_read_regular(const char *path, struct sek_buffer *out, struct sekuire_error *err);
/* Is there something at path, links followed, that is no regular file? */
bool sys_is_other(const char *path);
/* A secret: the same as sys_read_file, but the file must be a regular file that the caller owns, no link, and not readable or writable by others,
 * else error config with the chmod to run. */
int sys_read_secret(const char *path, struct sek_buffer *out, struct sekuire_error *err);
/* Can others than the owner read or write what is at path, links followed? False where there is nothing, and for "-". */
bool sys_open_to_others(const char *path);
/* Error config unless only the caller and root can have written what is at path, links followed. */
int sys_check_writers(const char *path, struct sekuire_error *err);
/* The same for a file that decides for the caller and may be missing: besides, nobody else may be able to put another in its place, so
 * error config also for a folder, its own and that of what a link leads to, that is another user's, or that others can write and that
 * has no sticky bit. */
int sys_check_kept(const char *path, struct sekuire_error *err);
/* As a mode: the old file's (a link is none), and without one what the umask leaves of 0666. For what is no secret. */
#define SYS_MODE_USUAL ((mode_t)-1)
/* Replaces path atomically: a new file beside it, written, synced, renamed over it, the directory synced. A link at path is
 * replaced, not followed. On any failure the old file stands as it was and nothing is left behind. */
int sys_replace_file(const char *path, struct sekuire_text bytes, mode_t mode, struct sekuire_error *err);

/* The same in two steps, for several files that must change together. */
struct sys_pending; /* written and synced, not yet in place */
int sys_pending_write(const char *path, struct sekuire_text bytes, mode_t mode, struct sys_pending **ret, struct sekuire_error *err);
int sys_pending_commit(struct sys_pending *pending, struct sekuire_error *err); /* rename and sync; frees only by discard */
int sys_pending_create(struct sys_pending *pending, struct sekuire_error *err); /* the same, but error exists if something is there */
bool sys_pending_is_placed(const struct sys_pending *pending); /* it has its name, also where only syncing the folder failed then */
void sys_pending_discard(struct sys_pending *pending); /* removes the temporary file unless committed; frees; NULL is fine */

/* Creates path, which must not exist (error exists): it appears whole or not at all. */
int sys_create_file(const char *path, struct sekuire_text bytes, mode_t mode, struct sekuire_error *err);
/* Makes a directory and its missing parents (0700 each); an existing one is fine. */
int sys_make_directories(const char *path, struct sekuire_error *err);
/* The same for the folder that path's last component is in. */
int sys_make_parent(const char *path, struct sekuire_error *err);
/* False only where there is certainly nothing: a place that may not be looked at counts as something. */
bool sys_exists(const char *path);

/* Are both there, links followed, and one file? */
bool sys_same_file(const char *a, const char *b);
/* The same, or are both the name of one place, even where nothing is there yet? */
bool sys_same_place(const char *a, const char *b);
/* Error io if what is at path, links followed, is a device, pipe, socket or directory, or something that a process has open by the name
 * of /dev/stdout or the like. Nothing at all may be replaced too. Every function that replaces or creates files asks this. */
int sys_check_replaceable(const char *path, struct sekuire_error *err);
/* Makes a directory (0700) for keys if it is missing. One that is there must be none that others can change: no link, the caller's own,
 * not writable by group or others; error config with what to do. */
int sys_make_private_directory(const char *path, struct sekuire_error *err);

/* An exclusive lock on path, made if missing (0600); waits if wait. Error conflict if it is held and not wait. */
struct sys_lock;
int sys_lock_file(const char *path, bool wait, struct sys_lock **ret, struct sekuire_error *err);
/* The same on a folder that is there, waiting, with nothing left in it; file systems that lock no folders are taken as they are. */
int sys_lock_folder(const char *path, struct sys_lock **ret, struct sekuire_error *err);
void sys_unlock(struct sys_lock *lock); /* NULL is fine */

/* path with links resolved, absolute; free with sek_free. */
int sys_real_path(const char *path, char **ret, struct sekuire_error *err);
/* Is path, links followed, a regular file inside folder (absolute, resolved)? */
bool sys_inside(const char *folder, const char *path);

#endif
