import Synchronization

/// A count that only grows.
public final class MetricCounter: Sendable {
  private let count = Atomic<UInt64>(0)

  init() {}

  /// Counts; wait-free.
  public func increment(by amount: UInt64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  public var value: UInt64 { count.load(ordering: .relaxed) }

  func reset() { count.store(0, ordering: .relaxed) }
}

/// A figure that goes up and down.
public final class MetricGauge: Sendable {
  /// The bits of a Double.
  private let bits = Atomic<UInt64>(0)

  init() {}

  public func set(_ value: Double) {
    bits.store(value.bitPattern, ordering: .relaxed)
  }

  /// Adds; lock-free.
  public func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(
        expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = original
    }
  }

  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// A distribution over fixed buckets.
public final class MetricHistogram: Sendable {
  /// 0.5 ms to 60 s: what requests, queue waits and computations take.
  public static let secondsBuckets: [Double] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]
  /// 1 KB to 1 GB in powers of 4.
  public static let bytesBuckets: [Double] = (0...10).map { Double(1_024 << (2 * $0)) }

  /// Upper bounds, inclusive, in rising order.
  let buckets: [Double]
  /// One for each bound and one past the last; not cumulative.
  private let counts: [MetricCounter]
  private let sum = MetricGauge()

  /// - Parameter buckets: rising and finite.
  init(buckets: [Double]) {
    precondition(zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 })
    self.buckets = buckets
    counts = (0...buckets.count).map { _ in MetricCounter() }
  }

  /// Counts one value in O(log buckets); NaN is left out.
  public func record(_ value: Double) {
    guard !value.isNaN else { return }
    var low = 0
    var high = buckets.count
    while low < high {
      let middle = (low + high) / 2
      if value <= buckets[middle] { high = middle } else { low = middle + 1 }
    }
    counts[low].increment()
    sum.add(value)
  }

  /// Counts a duration in seconds.
  public func record(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    record(Double(seconds) + Double(attoseconds) * 1e-18)
  }

  /// Counts by bucket (cumulative, the infinite one last) and the sum. Taken while others count,
  /// the sum may be ahead of the counts by what is being recorded.
  public func snapshot() -> (cumulative: [UInt64], sum: Double) {
    var total: UInt64 = 0
    let cumulative = counts.map { counter in
      total += counter.value
      return total
    }
    return (cumulative, sum.value)
  }
}
