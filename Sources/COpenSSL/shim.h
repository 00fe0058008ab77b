#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>

// Macros of OpenSSL, which Swift does not see.

static inline int copenssl_set_minimum_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline long copenssl_set_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_mode(context, mode);
}

static inline void copenssl_set_read_ahead(SSL_CTX *context) {
  SSL_CTX_set_read_ahead(context, 1);
}

static inline long copenssl_set_session_cache_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_session_cache_mode(context, mode);
}

/// The text of a name, as UTF-8; the caller frees it with copenssl_free. NULL on failure.
static inline unsigned char *copenssl_utf8(const ASN1_STRING *text, int *count) {
  unsigned char *out = NULL;
  *count = ASN1_STRING_to_UTF8(&out, text);
  return *count < 0 ? NULL : out;
}

static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }

static inline int copenssl_general_name_count(const GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names);
}

/// A name of kind DNS, e-mail or URI; NULL for every other kind.
static inline const ASN1_STRING *copenssl_general_name(const GENERAL_NAMES *names, int index) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  switch (name->type) {
    case GEN_DNS: return name->d.dNSName;
    case GEN_EMAIL: return name->d.rfc822Name;
    case GEN_URI: return name->d.uniformResourceIdentifier;
    default: return NULL;
  }
}

static inline GENERAL_NAMES *copenssl_alternative_names(const X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void copenssl_general_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline X509 *copenssl_peer_certificate(const SSL *session) {
  return SSL_get1_peer_certificate(session);
}
