/* SPDX-License-Identifier: Apache-2.0 */
/* An answer written by hand. */
#include "server/http/early.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <time.h>

enum { HEAD_MAX = 16 << 10 };

/* "Date: Tue, 24 Nov 2026 08:00:00 GMT", whatever the locale. */
static void write_date(struct sek_buffer *out) {
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm) == NULL) return;
    sek_buffer_format(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + 3 * tm.tm_wday, tm.tm_mday,
                      months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Sends as much as goes at once: answers of this kind fit into an empty socket. */
static bool send_all(struct MHD_Connection *connection, int fd, struct sekuire_text bytes) {
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = tls == NULL ? NULL : tls->tls_session;
    for (size_t sent = 0; sent < bytes.size;) {
        ssize_t n = session == NULL ? send(fd, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL | MSG_DONTWAIT)
                                    : gnutls_record_send(session, bytes.data + sent, bytes.size - sent);
        if (n <= 0) return false;
        sent += (size_t)n;
    }
    if (session != NULL) gnutls_bye(session, GNUTLS_SHUT_WR);
    return true;
}

int http_answer_early(struct MHD_Connection *connection, const struct http_request *request, const struct http_answer *answer) {
    struct sek_buffer out;
    const union MHD_ConnectionInfo *socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (socket == NULL) return -1;
    int fd = socket->connect_fd;
    sek_buffer_init(&out, HEAD_MAX + answer->body.size);
    sek_buffer_format(&out, "HTTP/1.1 %d %s\r\n", answer->status, MHD_get_reason_phrase_for((unsigned)answer->status));
    write_date(&out);
    sek_buffer_format(&out, "Connection: close\r\nContent-Length: %zu\r\n", answer->body.size);
    for (size_t i = 0; i < answer->field_count; i++) sek_buffer_format(&out, "%s: %s\r\n", answer->fields[i].name, answer->fields[i].value);
    sek_buffer_string(&out, "\r\n");
    if (!request->head) sek_buffer_text(&out, sek_buffer_view(&answer->body));
    bool sent = out.status == 0 && send_all(connection, fd, sek_buffer_view(&out));
    sek_buffer_wipe(&out);
    return sent ? fd : -1;
}
