#pragma once
// What Compute and HTTPServer need of Linux threads beyond POSIX.

/// Number of the calling thread in the kernel.
int csystem_thread_id(void);

/// Sets the niceness of the calling thread alone. Returns 0, or -1 with errno.
int csystem_set_thread_niceness(int niceness);

/// The niceness of the calling thread; -1 is also a legal niceness, errno tells.
int csystem_thread_niceness(void);

/// Asks the scheduler for turns of `microseconds` (100 to 100 000) for the calling thread: its share
/// stays what it was, but after a sleep it goes before threads with longer turns instead of waiting
/// for the end of theirs (EEVDF, Linux 6.12; older kernels take the call and change nothing).
/// Returns 0, or -1 with errno.
int csystem_set_thread_slice(unsigned microseconds);

/// The turn asked for, in microseconds; 0 where the kernel does not say.
unsigned csystem_thread_slice(void);

/// Names the calling thread (at most 15 bytes are kept), for debuggers and `top -H`.
void csystem_set_thread_name(const char *name);
