// Observability: log lines and metrics.
//
// Read first: `StructuredLogHandler` (swift-log's handler: one line an event), `LogWriter` (takes
// lines from any thread without making it wait for the reader of standard error) and
// `MetricsRegistry` (counters, gauges, histograms, Prometheus text). Nothing of ours is imported.

/// Takes finished log lines, each with its line feed.
public protocol LogSink: Sendable {
  /// Takes a line; never waits for a reader.
  ///
  /// - Parameter urgent: write it out at once rather than with the next batch.
  func write(_ line: [UInt8], urgent: Bool)
}
