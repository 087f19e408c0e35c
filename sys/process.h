/* SPDX-License-Identifier: Apache-2.0 */
/* The running program itself. */
#ifndef SEK_SYS_PROCESS_H
#define SEK_SYS_PROCESS_H

/* For programs that hold secrets, at their start: a crash leaves no core dump, neither in a file nor with a crash handler, and other
 * processes of the same user cannot read this one's memory. Best effort; there is nothing to do where the system refuses. */
void sys_keep_secrets(void);

#endif
