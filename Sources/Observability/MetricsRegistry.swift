import Synchronization

/// Every metric of the process, and their Prometheus text.
///
/// Ask once for a handle and keep it: asking takes a lock and a dictionary look-up, counting on a
/// handle is one atomic operation. Asking again for the same name and labels gives the same handle.
/// Names and label names follow Prometheus (`[a-zA-Z_:][a-zA-Z0-9_:]*`); other characters become
/// underscores. A name keeps the kind, help and buckets it was first given.
///
/// Invariants:
/// 1. One name has one kind.
/// 2. A family holds at most `seriesLimit` label sets; further ones share a series whose label
///    values are all `other`, so that labels made of outside text cannot fill the memory.
public final class MetricsRegistry: Sendable {
  /// Labels in the order they are written.
  public typealias Labels = KeyValuePairs<String, String>

  private let families = Mutex<[String: MetricFamily]>([:])
  private let seriesLimit: Int

  /// - Parameter seriesLimit: label sets of one name, ≥ 1.
  public init(seriesLimit: Int = 1_000) {
    precondition(seriesLimit >= 1)
    self.seriesLimit = seriesLimit
  }

  /// A count that only grows; end its name in `_total`.
  public func counter(_ name: String, help: String = "", labels: Labels = [:]) -> MetricCounter {
    let series = series(name, help, .counter, pairs(labels)) { .counter(MetricCounter()) }
    if case .counter(let counter) = series { return counter }
    return MetricCounter()
  }

  /// A figure that goes up and down.
  public func gauge(_ name: String, help: String = "", labels: Labels = [:]) -> MetricGauge {
    let series = series(name, help, .gauge, pairs(labels)) { .gauge(MetricGauge()) }
    if case .gauge(let gauge) = series { return gauge }
    return MetricGauge()
  }

  /// A distribution; `buckets` are upper bounds in rising order, without the infinite one.
  public func histogram(
    _ name: String, help: String = "", labels: Labels = [:],
    buckets: [Double] = MetricHistogram.secondsBuckets
  ) -> MetricHistogram {
    histogram(name, help: help, pairs: pairs(labels), buckets: buckets)
  }

  /// A gauge that is asked when the text is made; `read` must be quick and is called on the
  /// reader's thread. A second call for the same name and labels replaces the first's closure.
  public func observe(
    _ name: String, help: String = "", labels: Labels = [:],
    read: @escaping @Sendable () -> Double
  ) {
    let family = family(name, help, .gauge)
    family.set(pairs(labels), .observed(read), limit: seriesLimit)
  }

  /// A counter that is asked when the text is made; as `observe`.
  public func observeTotal(
    _ name: String, help: String = "", labels: Labels = [:],
    read: @escaping @Sendable () -> Double
  ) {
    let family = family(name, help, .counter)
    family.set(pairs(labels), .observed(read), limit: seriesLimit)
  }

  /// The text exposition, version 0.0.4; families and series sorted by name.
  public func exposition() -> [UInt8] {
    let sorted = families.withLock { $0.values.sorted { $0.name < $1.name } }
    var text = PrometheusText()
    for family in sorted { text.append(family) }
    return text.bytes
  }

  /// The media type of `exposition()`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  func counter(_ name: String, pairs: [(String, String)]) -> MetricCounter {
    if case .counter(let counter) = series(name, "", .counter, pairs, { .counter(MetricCounter()) })
    {
      return counter
    }
    return MetricCounter()
  }

  func gauge(_ name: String, pairs: [(String, String)]) -> MetricGauge {
    if case .gauge(let gauge) = series(name, "", .gauge, pairs, { .gauge(MetricGauge()) }) {
      return gauge
    }
    return MetricGauge()
  }

  func histogram(
    _ name: String, help: String, pairs: [(String, String)], buckets: [Double]
  ) -> MetricHistogram {
    let series = series(name, help, .histogram, pairs) {
      .histogram(MetricHistogram(buckets: buckets))
    }
    if case .histogram(let histogram) = series { return histogram }
    return MetricHistogram(buckets: buckets)
  }

  private func series(
    _ name: String, _ help: String, _ kind: MetricKind, _ labels: [(String, String)],
    _ make: () -> MetricSeries
  ) -> MetricSeries {
    let family = family(name, help, kind)
    // A name already taken by another kind gets a handle that is counted but never shown:
    // a mistake in one room must not stop the service.
    guard family.kind == kind else { return make() }
    return family.series(labels, limit: seriesLimit, make)
  }

  private func family(_ name: String, _ help: String, _ kind: MetricKind) -> MetricFamily {
    let name = PrometheusText.name(name)
    return families.withLock { families in
      if let family = families[name] { return family }
      let family = MetricFamily(name: name, help: help, kind: kind)
      families[name] = family
      return family
    }
  }

  private func pairs(_ labels: Labels) -> [(String, String)] {
    labels.map { ($0.key, $0.value) }
  }
}
