#pragma once
// What Compute needs of Linux threads beyond POSIX.

/// Number of the calling thread in the kernel.
int csystem_thread_id(void);

/// Sets the niceness of the calling thread alone. Returns 0, or -1 with errno.
int csystem_set_thread_niceness(int niceness);

/// The niceness of the calling thread; -1 is also a legal niceness, errno tells.
int csystem_thread_niceness(void);

/// Names the calling thread (at most 15 bytes are kept), for debuggers and `top -H`.
void csystem_set_thread_name(const char *name);
