#include "COpenBLAS.h"

// OpenBLAS asks this function, not only the environment, how many threads to start when it is
// loaded. With threads of its own several concurrent callers livelock; one thread is as fast under
// a partition of ours, and gives the same bytes whatever the number of workers.
int openblas_num_threads_env(void) { return 1; }

int processor_has_avx512f(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") != 0;
#else
  return 0;
#endif
}
