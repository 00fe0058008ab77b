#pragma once
// libcurl, loaded when one of its functions is first called: it brings two more TLS libraries, SSH
// and LDAP along, some megabytes in every process, and a service calls out only where it has
// webhooks. CCurl.c defines what is used here, under the library's own names.
//
// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot call: one
// function for each kind of argument.
#include <curl/curl.h>

typedef size_t (*matquay_curl_write)(char *bytes, size_t size, size_t count, void *context);
typedef size_t (*matquay_curl_read)(char *buffer, size_t size, size_t count, void *context);

CURLcode matquay_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode matquay_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode matquay_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode matquay_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode matquay_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode matquay_curl_set_write(CURL *handle, CURLoption option, matquay_curl_write value);
CURLcode matquay_curl_set_read(CURL *handle, matquay_curl_read value);
CURLcode matquay_curl_set_opener(CURL *handle, curl_opensocket_callback value);
long matquay_curl_status(CURL *handle);
