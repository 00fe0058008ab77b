#pragma once
#include <sqlite3.h>
// statfs(2): SQLite's locks do not hold on a network file system, so one is refused.
#include <sys/vfs.h>
