/// The classes of errors a caller can meet; the raw value is the NAME of `/problems/NAME`.
///
/// Each carries what its page says. `ErrorMapping` turns the rooms' errors into these.
public enum ProblemKind: String, CaseIterable, Sendable {
  case invalidHTTP = "invalid-http"
  case invalidJSON = "invalid-json"
  case invalidTensor = "invalid-tensor"
  case unauthorized
  case forbidden
  case notFound = "not-found"
  case methodNotAllowed = "method-not-allowed"
  case notAcceptable = "not-acceptable"
  case unsupportedMediaType = "unsupported-media-type"
  case preconditionFailed = "precondition-failed"
  case expectationFailed = "expectation-failed"
  case rangeNotSatisfiable = "range-not-satisfiable"
  case requestTimeout = "request-timeout"
  case timeout
  case jobNotFinished = "job-not-finished"
  case cancelled
  case idempotencyConflict = "idempotency-conflict"
  case sequenceGap = "sequence-gap"
  case conflict
  case resultExpired = "result-expired"
  case sessionExpired = "session-expired"
  case tooLarge = "too-large"
  case validation
  case unsupportedDtype = "unsupported-dtype"
  case idempotencyMismatch = "idempotency-mismatch"
  case digestMismatch = "digest-mismatch"
  case numericalFailure = "numerical-failure"
  case rateLimited = "rate-limited"
  case internalError = "internal"
  case queueFull = "queue-full"
  case draining
  case unavailable
  case storageFull = "storage-full"

  /// The path of the page, and the `type` of the problem document (RFC 9457, section 3.1.1).
  public var type: String { "/problems/\(rawValue)" }

  /// The status with which it is usually sent; a few are sent with neighbours (`too-large` is also
  /// 414 and 431, `invalid-http` also 501 and 505).
  public var status: Int {
    switch self {
    case .invalidHTTP, .invalidJSON, .invalidTensor: 400
    case .unauthorized: 401
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .notAcceptable: 406
    case .requestTimeout: 408
    case .jobNotFinished, .cancelled, .idempotencyConflict, .sequenceGap, .conflict: 409
    case .resultExpired, .sessionExpired: 410
    case .preconditionFailed: 412
    case .tooLarge: 413
    case .unsupportedMediaType: 415
    case .rangeNotSatisfiable: 416
    case .expectationFailed: 417
    case .validation, .unsupportedDtype, .idempotencyMismatch, .digestMismatch,
      .numericalFailure:
      422
    case .rateLimited: 429
    case .internalError: 500
    case .queueFull, .draining, .unavailable: 503
    case .timeout: 504
    case .storageFull: 507
    }
  }
}
