#pragma once
// libpq, loaded when one of its functions is first called: it brings Kerberos, LDAP and GnuTLS
// along, some megabytes in every process, and most run on SQLite. The names are the library's own;
// CPostgreSQL.c defines those that are used here.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
