#pragma once
#include <sqlite3.h>
// statfs(2): SQLite's locks do not hold on a network file system, so one is refused.
#include <sys/vfs.h>

// SQLITE_TRANSIENT is a cast that Swift cannot import: these copy what they bind. A null pointer
// would bind NULL, so an empty value gets an address.
static inline int csqlite_bind_text(sqlite3_stmt *s, int index, const char *text, int count) {
  return sqlite3_bind_text(s, index, text, count, SQLITE_TRANSIENT);
}
static inline int csqlite_bind_blob(sqlite3_stmt *s, int index, const void *bytes,
                                    unsigned long long count) {
  return sqlite3_bind_blob64(s, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}
