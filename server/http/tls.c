/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate and its key, looked at before they are used. */
#include "server/http/http.h"

#include "base/error.h"

#include <gnutls/gnutls.h>

int http_tls_check(const char *cert, const char *key, struct sekuire_error *err) {
    gnutls_certificate_credentials_t credentials = NULL;
    const gnutls_datum_t cert_pem = {(unsigned char *)(uintptr_t)cert, (unsigned)strlen(cert)};
    const gnutls_datum_t key_pem = {(unsigned char *)(uintptr_t)key, (unsigned)strlen(key)};
    if (gnutls_certificate_allocate_credentials(&credentials) != 0) return sek_fail_memory(err);
    int failed = gnutls_certificate_set_x509_key_mem(credentials, &cert_pem, &key_pem, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return failed < 0 ? sek_fail(err, SEKUIRE_ERR_CONFIG, "the TLS certificate and key cannot be used: %s", gnutls_strerror(failed)) : 0;
}
