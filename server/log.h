/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on stderr, each with its time, each written at once. */
#ifndef SEKUIRED_LOG_H
#define SEKUIRED_LOG_H

/* Control characters of the text are escaped; cut at about 1,500 bytes. Never hand a key or a body to it. */
void server_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
