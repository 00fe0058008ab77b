import Synchronization

enum MetricKind: String {
  case counter, gauge, histogram
}

enum MetricSeries: Sendable {
  case counter(MetricCounter)
  case gauge(MetricGauge)
  case histogram(MetricHistogram)
  case observed(@Sendable () -> Double)
}

/// The series of one name, by their labels.
final class MetricFamily: Sendable {
  let name: String
  let help: String
  let kind: MetricKind
  /// By the labels as they stand in the text: `{route="/v1",status="200"}`.
  private let all = Mutex<[String: MetricSeries]>([:])

  init(name: String, help: String, kind: MetricKind) {
    self.name = name
    self.help = help
    self.kind = kind
  }

  func series(
    _ labels: [(String, String)], limit: Int, _ make: () -> MetricSeries
  ) -> MetricSeries {
    all.withLock { all in
      let key = place(labels, in: all, limit: limit)
      if let series = all[key] { return series }
      let series = make()
      all[key] = series
      return series
    }
  }

  func set(_ labels: [(String, String)], _ series: MetricSeries, limit: Int) {
    all.withLock { $0[place(labels, in: $0, limit: limit)] = series }
  }

  func sorted() -> [(labels: String, series: MetricSeries)] {
    all.withLock { $0.sorted { $0.key < $1.key } }.map { ($0.key, $0.value) }
  }

  private func place(
    _ labels: [(String, String)], in all: [String: MetricSeries], limit: Int
  ) -> String {
    let key = PrometheusText.labels(labels)
    if all[key] != nil || all.count < limit { return key }
    return PrometheusText.labels(labels.map { ($0.0, "other") })
  }
}
