import Glibc
import HTTP

/// The value of Date, made once a second.
struct DateCache {
  private var second = Int.min
  private(set) var bytes: [UInt8] = []

  /// Looks at the clock; cheap enough for each turn of a loop.
  mutating func update() {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    guard time.tv_sec != second else { return }
    second = time.tv_sec
    bytes = Array(HTTPDate.format(time.tv_sec).utf8)
  }
}
