import HTTP
import HTTPTypes
import Jobs

/// `Idempotency-Key`: a caller's promise that requests with one key are one request.
enum IdempotencyRule {
  /// Longest key.
  static let maximumLength = 255

  /// The key of a request with the digest of its payload: type, query and body as they came.
  static func key(of exchange: Exchange) throws(Problem) -> IdempotencyKey? {
    guard let text = try text(exchange.head) else { return nil }
    var hasher = SHA256Hasher()
    for part in [exchange.head[.contentType] ?? "", exchange.head.query ?? ""] {
      let bytes = Array(part.utf8)
      withUnsafeBytes(of: bytes.count.littleEndian) { hasher.update($0) }
      hasher.update(bytes)
    }
    exchange.body.withUnsafeBytes { hasher.update($0) }
    return IdempotencyKey(
      path: exchange.head.path, key: text, payload: hasher.finish())
  }

  /// Marks the key of a request, if it has one, until its body is read and submitted.
  ///
  /// - Throws: `idempotency-conflict` where another request with the key is being read.
  static func reserve(
    _ call: Call, _ engine: JobEngine
  ) throws(Problem) -> IdempotencyReservation? {
    guard let text = try text(call.head) else { return nil }
    let reservation = IdempotencyReservation(
      engine, owner: call.caller.id, path: call.head.path, key: text)
    guard let reservation else { throw Problem(JobError.idempotencyConflict) }
    return reservation
  }

  /// The key's text, quoted (a structured string) or bare.
  static func text(_ head: RequestHead) throws(Problem) -> String? {
    guard var text = head[.idempotencyKey] else { return nil }
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      text = String(text.dropFirst().dropLast())
    }
    guard (1...maximumLength).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 })
    else {
      throw Problem(
        .invalidHTTP, "Idempotency-Key has 1 to \(maximumLength) visible characters.")
    }
    return text
  }
}
