import HTTP
import HTTPTypes
import Logging
import Observability
import Synchronization

/// One line and a few counts for each request.
///
/// The line has the path without its query, which may carry params, and no field of the request.
final class AccessLog: Sendable {
  private struct Key: Hashable {
    var pattern: String
    var method: String
    var status: Int
  }

  private struct Handles {
    var requests: MetricCounter
    var seconds: MetricHistogram
  }

  private let metrics: MetricsRegistry
  private let logger: Logger
  /// Asking the registry for a handle costs more than counting on it.
  private let handles = Mutex<[Key: Handles]>([:])
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

  func note(_ exchange: FinishedExchange, pattern: String) {
    let method = exchange.head?.method.rawValue ?? "-"
    let handles = handles(Key(pattern: pattern, method: method, status: exchange.status.code))
    handles.requests.increment()
    handles.seconds.record(exchange.duration)
    received.increment(by: UInt64(exchange.receivedBytes))
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
        "remote": "\(exchange.peer.address)",
        "complete": .stringConvertible(exchange.isComplete),
      ])
  }

  private func handles(_ key: Key) -> Handles {
    handles.withLock { known in
      if let handles = known[key] { return handles }
      let made = Handles(
        requests: metrics.counter(
          "matquay_http_requests_total", help: "Requests answered, by route and status.",
          labels: ["route": key.pattern, "method": key.method, "status": String(key.status)]),
        seconds: metrics.histogram(
          "matquay_http_request_seconds",
          help: "From a complete head to the last byte of the answer.",
          labels: ["route": key.pattern, "method": key.method]))
      known[key] = made
      return made
    }
  }
}
