// In a file of its own, not in the header: _GNU_SOURCE changes <sys/resource.h>, and Swift would
// see two versions of it.
#define _GNU_SOURCE
#include "threads.h"

#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
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

static __thread int keeps_core;

void csystem_keep_core(int keeps) { keeps_core = keeps; }

void csystem_offer_core(unsigned microseconds) {
  static __thread int64_t offered;
  if (keeps_core) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t time = now.tv_sec * 1000000000ll + now.tv_nsec;
  if (time - offered < microseconds * 1000ll) return;
  offered = time;
  sched_yield();
}

int csystem_set_thread_preempts(int preempts) {
  int from = preempts ? SCHED_BATCH : SCHED_OTHER;
  int to = preempts ? SCHED_OTHER : SCHED_BATCH;
  struct sched_param none = {0};
  return sched_getscheduler(0) == from && sched_setscheduler(0, to, &none) == 0;
}

void csystem_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
