// In a file of its own, not in the header: _GNU_SOURCE changes <sys/resource.h>, and Swift would
// see two versions of it.
#define _GNU_SOURCE
#include "threads.h"

#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int csystem_thread_id(void) { return (int)syscall(SYS_gettid); }

// On Linux setpriority with the number of a thread concerns that thread alone (setpriority(2),
// "C library/kernel differences").
int csystem_set_thread_niceness(int niceness) {
  return setpriority(PRIO_PROCESS, (id_t)csystem_thread_id(), niceness);
}

int csystem_thread_niceness(void) {
  return getpriority(PRIO_PROCESS, (id_t)csystem_thread_id());
}

// sched_setattr(2) has no wrapper in the C library, and its type is not in every version of it.
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

static int own_attributes(struct attributes *own) {
  memset(own, 0, sizeof *own);
  return (int)syscall(SYS_sched_getattr, 0, own, sizeof *own, 0);
}

int csystem_set_thread_slice(unsigned microseconds) {
  struct attributes own;
  if (own_attributes(&own) != 0) return -1;
  own.size = sizeof own;
  own.flags = 0;
  own.runtime = (uint64_t)microseconds * 1000;
  return (int)syscall(SYS_sched_setattr, 0, &own, 0);
}

unsigned csystem_thread_slice(void) {
  struct attributes own;
  return own_attributes(&own) == 0 ? (unsigned)(own.runtime / 1000) : 0;
}

void csystem_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
