import Glibc

/// Time in which nothing is asked of what is measured.
enum Pause {
  static func milliseconds(_ count: UInt32) { usleep(count * 1000) }
}
