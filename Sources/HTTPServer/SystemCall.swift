import Glibc

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
  String(cString: strerror(number))
}

/// Runs a system call again while signals interrupt it.
@inline(__always)
func retrying<T: SignedInteger>(_ call: () -> T) -> T {
  while true {
    let result = call()
    if result == -1, errno == EINTR { continue }
    return result
  }
}

/// Milliseconds on the monotonic clock: what deadlines are kept in.
func monotonicMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

/// Nanoseconds on the monotonic clock.
func monotonicNanoseconds() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
