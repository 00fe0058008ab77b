import HTTP
import HTTPTypes
import Logging
import Observability

/// One line and a few counts for each request.
///
/// The line has the path without its query, which may carry params, and no field of the request.
final class AccessLog: Sendable {
  private let metrics: MetricsRegistry
  private let logger: Logger
  private let received: MetricCounter
  private let sent: MetricCounter

  init(metrics: MetricsRegistry, logger: Logger) {
    self.metrics = metrics
    self.logger = logger
    received = metrics.counter(
      "matquay_http_received_bytes_total", help: "Bytes of request bodies as received.")
    sent = metrics.counter(
      "matquay_http_sent_bytes_total", help: "Bytes of the bodies of answers as sent.")
  }

  func note(_ exchange: FinishedExchange, _ tally: RouteTally, client: String) {
    let method = exchange.head?.method.rawValue ?? "-"
    let pattern = tally.pattern
    let handles = handles(tally, Self.known(method), exchange.status.code)
    handles.requests.increment()
    handles.seconds.record(exchange.duration)
    if exchange.receivedBytes > 0 { received.increment(by: UInt64(exchange.receivedBytes)) }
    sent.increment(by: UInt64(exchange.sentBytes))
    guard logger.logLevel <= .info else { return }
    let (seconds, attoseconds) = exchange.duration.components
    let milliseconds = Double(seconds) * 1e3 + (Double(attoseconds) * 1e-12).rounded() / 1e3
    logger.info(
      "request",
      metadata: [
        "request_id": "\(exchange.fields[.requestID] ?? "-")", "method": "\(method)",
        "path": "\(exchange.head?.path ?? "-")", "route": "\(pattern)",
        "status": .stringConvertible(exchange.status.code),
        "received_bytes": .stringConvertible(exchange.receivedBytes),
        "sent_bytes": .stringConvertible(exchange.sentBytes),
        "duration_ms": .stringConvertible(milliseconds),
        "remote": "\(client)",
        "complete": .stringConvertible(exchange.isComplete),
      ])
  }

  /// A method as a label: whatever a client makes up is one of them, since each label is kept for
  /// as long as the process lives.
  private static func known(_ method: String) -> String {
    switch method {
    case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "-": method
    default: "other"
    }
  }

  private func handles(
    _ tally: RouteTally, _ method: String, _ status: Int
  ) -> RouteTally.Handles {
    tally.handles(method, status) {
      RouteTally.Handles(
        requests: metrics.counter(
          "matquay_http_requests_total", help: "Requests answered, by route and status.",
          labels: ["route": tally.pattern, "method": method, "status": String(status)]),
        seconds: metrics.histogram(
          "matquay_http_request_seconds",
          help: "From a complete head to the last byte of the answer.",
          labels: ["route": tally.pattern, "method": method]))
    }
  }
}
