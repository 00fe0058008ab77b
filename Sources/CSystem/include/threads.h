#pragma once
// What Compute needs of Linux threads beyond POSIX.

/// Number of the calling thread in the kernel.
int csystem_thread_id(void);

/// Sets the niceness of the calling thread alone. Returns 0, or -1 with errno.
int csystem_set_thread_niceness(int niceness);

/// The niceness of the calling thread; -1 is also a legal niceness, errno tells.
int csystem_thread_niceness(void);

/// Gives the core to whoever waits for it, where the calling thread has not done so for some time and
/// is not one that keeps it.
void csystem_offer_core(unsigned microseconds);

/// Whether `csystem_offer_core` does nothing in the calling thread.
void csystem_keep_core(int keeps);

/// Whether the calling thread, when it wakes, takes a core from a thread that runs (as threads do),
/// or waits until one is free or its turn has come; its share is the same. Returns 0 where that is so
/// already, where somebody chose another policy for the thread, or where the system does not let it.
int csystem_set_thread_preempts(int preempts);

/// Names the calling thread (at most 15 bytes are kept), for debuggers and `top -H`.
void csystem_set_thread_name(const char *name);
