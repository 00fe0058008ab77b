#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"

#define LOADED_LIBRARY "libcurl.so.4"
#include "CLoader.h"

// Hidden: else the library's calls to itself could arrive here.
#pragma GCC visibility push(hidden)

FORWARD(CURLcode, curl_global_init, (long flags), (flags), CURLE_FAILED_INIT)
FORWARD(CURL *, curl_easy_init, (void), (), NULL)
FORWARD(void, curl_easy_reset, (CURL *handle), (handle), )
FORWARD(CURLcode, curl_easy_perform, (CURL *handle), (handle), CURLE_FAILED_INIT)
FORWARD(void, curl_easy_cleanup, (CURL *handle), (handle), )
FORWARD(const char *, curl_easy_strerror, (CURLcode code), (code), "libcurl.so.4 cannot be loaded")
FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *text),
        (list, text), NULL)
FORWARD(void, curl_slist_free_all, (struct curl_slist *list), (list), )

// The functions with variable arguments. Looked up each time: a request sets a dozen options.
#define SET(name, parameters, option, value)                                                \
  CURLcode name parameters {                                                                \
    CURLcode (*set)(CURL *, CURLoption, ...) =                                              \
        (CURLcode(*)(CURL *, CURLoption, ...))find("curl_easy_setopt");                     \
    return set ? set(handle, option, value) : CURLE_FAILED_INIT;                            \
  }

SET(matquay_curl_set_long, (CURL *handle, CURLoption option, long value), option, value)
SET(matquay_curl_set_offset, (CURL *handle, CURLoption option, curl_off_t value), option, value)
SET(matquay_curl_set_text, (CURL *handle, CURLoption option, const char *value), option, value)
SET(matquay_curl_set_pointer, (CURL *handle, CURLoption option, void *value), option, value)
SET(matquay_curl_set_list, (CURL *handle, CURLoption option, struct curl_slist *value), option,
    value)
SET(matquay_curl_set_write, (CURL *handle, CURLoption option, matquay_curl_write value), option,
    value)
SET(matquay_curl_set_read, (CURL *handle, matquay_curl_read value), CURLOPT_READFUNCTION, value)
SET(matquay_curl_set_opener, (CURL *handle, curl_opensocket_callback value),
    CURLOPT_OPENSOCKETFUNCTION, value)

long matquay_curl_status(CURL *handle) {
  CURLcode (*get)(CURL *, CURLINFO, ...) =
      (CURLcode(*)(CURL *, CURLINFO, ...))find("curl_easy_getinfo");
  long status = 0;
  if (get) get(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}
