public import CoreMetrics

/// swift-metrics' door to the registry, for libraries that count through it.
///
/// Labels such as `http.requests` become `http_requests`; timers are histograms of seconds,
/// recorders histograms of their values (gauges when they do not aggregate).
public struct MetricsRegistryFactory: MetricsFactory {
  private let registry: MetricsRegistry

  public init(_ registry: MetricsRegistry) {
    self.registry = registry
  }

  public func makeCounter(
    label: String, dimensions: [(String, String)]
  ) -> any CounterHandler {
    BridgedCounter(counter: registry.counter(label, pairs: dimensions))
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    guard aggregate else {
      return BridgedGauge(gauge: registry.gauge(label, pairs: dimensions))
    }
    return BridgedRecorder(
      histogram: registry.histogram(
        label, help: "", pairs: dimensions, buckets: BridgedRecorder.buckets))
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    BridgedGauge(gauge: registry.gauge(label, pairs: dimensions))
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    BridgedTimer(
      histogram: registry.histogram(
        label, help: "", pairs: dimensions, buckets: MetricHistogram.secondsBuckets))
  }

  // Series live as long as the registry: a scrape must not see a counter go back to nothing.
  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}
}

private final class BridgedCounter: CounterHandler {
  private let counter: MetricCounter

  init(counter: MetricCounter) { self.counter = counter }

  func increment(by amount: Int64) {
    if amount > 0 { counter.increment(by: UInt64(amount)) }
  }
  func reset() { counter.reset() }
}

private final class BridgedGauge: RecorderHandler, MeterHandler {
  private let gauge: MetricGauge

  init(gauge: MetricGauge) { self.gauge = gauge }

  func record(_ value: Int64) { gauge.set(Double(value)) }
  func record(_ value: Double) { gauge.set(value) }
  func set(_ value: Int64) { gauge.set(Double(value)) }
  func set(_ value: Double) { gauge.set(value) }
  func increment(by amount: Double) { gauge.add(amount) }
  func decrement(by amount: Double) { gauge.add(-amount) }
}

private final class BridgedRecorder: RecorderHandler {
  /// 1 to 10^9 in steps of about √10: nothing is known of the figure's unit.
  static let buckets: [Double] = (0...18).map { step in
    step % 2 == 0 ? decimal(step / 2) : 3 * decimal(step / 2)
  }
  private let histogram: MetricHistogram

  init(histogram: MetricHistogram) { self.histogram = histogram }

  func record(_ value: Int64) { histogram.record(Double(value)) }
  func record(_ value: Double) { histogram.record(value) }

  private static func decimal(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

private final class BridgedTimer: TimerHandler {
  private let histogram: MetricHistogram

  init(histogram: MetricHistogram) { self.histogram = histogram }

  func recordNanoseconds(_ duration: Int64) { histogram.record(Double(duration) * 1e-9) }
}
