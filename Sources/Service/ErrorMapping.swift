import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors

// The one table from the rooms' errors to what a caller sees.

extension Problem {
  /// A text that is not JSON.
  init(_ error: JSONError) {
    switch error {
    case .tooDeep, .tooLarge:
      self.init(.invalidJSON, error.description)
    case .duplicateKey(let pointer), .numberOutOfRange(_, let pointer):
      self.init(
        .invalidJSON, error.description,
        items: [Item(pointer: pointer.description, detail: error.description)])
    case .outOfMemory:
      self = Problem(.unavailable, error.description).retrying(after: 5)
    case .syntax, .notUTF8:
      self.init(.invalidJSON, error.description)
    }
  }

  /// A tensor that is not taken.
  ///
  /// - Parameter pointer: of the input, where the error names no place itself.
  init(_ error: TensorError, at pointer: JSONPointer?) {
    let place = error.pointer ?? pointer
    let kind: ProblemKind =
      switch error.category {
      case .malformed: .invalidTensor
      case .unsupportedType: .unsupportedDtype
      case .tooLarge: .tooLarge
      case .invalid: .validation
      }
    self.init(
      kind, error.description,
      items: place.map { [Item(pointer: $0.description, detail: error.description)] } ?? [])
  }

  /// A request that an algorithm refuses.
  init(_ rejection: RequestRejection) {
    let kind: ProblemKind =
      switch rejection.kind {
      case .validation: .validation
      case .unsupportedElementType: .unsupportedDtype
      }
    let first = rejection.issues.first
    let place = first.map { "\($0.pointer.description): \($0.detail)" } ?? "The request is invalid."
    let more = rejection.issues.count > 1 ? " (and \(rejection.issues.count - 1) more)" : ""
    self.init(
      kind, place + more,
      items: rejection.issues.map { Item(pointer: $0.pointer.description, detail: $0.detail) })
  }

  /// A run that ended without a result; nil where it was told to stop.
  init?(_ failure: AlgorithmFailure) {
    guard case .numerical(let code, let detail, let pointer) = failure else { return nil }
    self.init(
      .numericalFailure, detail,
      items: [Item(pointer: pointer?.description, detail: detail, code: code)])
  }

  /// What the job engine ended itself.
  init(_ failure: JobFailure) {
    switch failure {
    case .timeout:
      self.init(.timeout, "The job ran longer than its timeout_seconds.")
    case .queueTimeout:
      self.init(.timeout, "The job waited longer than its queue_timeout_seconds.")
    case .crashed(let attempts):
      self.init(
        .internalError, "The process that ran the job ended before it did, \(attempts) times.")
    case .inputLost:
      self.init(.internalError, "The stored input of the job cannot be read.")
    case .storageFull:
      self.init(.storageFull, "The result could not be stored for want of space.")
    }
  }

  /// What the job engine refuses.
  init(_ error: JobError) {
    switch error {
    case .queueFull(let limit, let seconds):
      self = Problem(.queueFull, "\(limit) jobs are waiting, which is the limit.")
        .retrying(after: seconds)
    case .storageFull:
      self.init(.storageFull, "The data directory holds as much as it may.")
    case .needsTooMuchMemory(let needed, let budget):
      self.init(
        .tooLarge,
        "The computation is predicted to need \(needed) bytes of memory; all jobs together may "
          + "have \(budget).",
        members: ["limit": .integer(Int64(budget))])
    case .draining:
      self = Problem(.draining, "The service is shutting down.").retrying(after: 5)
    case .unavailable:
      self = Problem(.unavailable, "The store does not answer.").retrying(after: 5)
    case .notFound:
      self.init(.notFound, "There is no such job.")
    case .idempotencyMismatch:
      self.init(
        .idempotencyMismatch, "This Idempotency-Key was used for a request with another payload.")
    case .idempotencyConflict:
      self = Problem(
        .idempotencyConflict, "The first request with this Idempotency-Key is still being read."
      ).retrying(after: 1)
    case .resultExpired:
      self.init(.resultExpired, "The result was kept until its expires_at and is gone.")
    case .notRetryable(let state):
      self.init(
        .conflict,
        "Only failed and cancelled jobs can be tried again; this one is \(state.rawValue).")
    case .unknownBlob(let digest):
      self.init(.validation, "There is no blob \(digest).")
    case .digestMismatch(let expected, let actual):
      self.init(.digestMismatch, "The bytes have the digest \(actual), not \(expected).")
    case .notFinished(let job):
      self = Problem(.jobNotFinished, "The job is \(job.state.rawValue).").retrying(after: 1)
    case .cancelled:
      self.init(.cancelled, "The job was cancelled: it has no result.")
    case .failed:
      self.init(.conflict, "The job failed: it has no result.")
    }
  }

  /// What the server refuses before a route sees it.
  init(_ refusal: Refusal) {
    let detail = refusal.description
    let status = refusal.status.code
    switch refusal {
    case .requestLineTooLong(let limit), .headTooLong(let limit), .bodyTooLong(let limit),
      .chunkExtensionsTooLong(let limit), .trailersTooLong(let limit),
      .decodedBodyTooLong(let limit, _), .tooManyFields(let limit):
      self.init(.tooLarge, detail, status: status, members: ["limit": .integer(Int64(limit))])
    case .headTimeout, .bodyTimeout:
      self.init(.requestTimeout, detail, status: status)
    case .bodyMemoryExhausted, .overloaded:
      self = Problem(.unavailable, detail, status: status).retrying(after: 1)
    case .unknownContentCoding:
      self.init(
        .unsupportedMediaType, detail, status: status,
        fields: [.acceptEncoding: "gzip, deflate"])
    case .unknownExpectation:
      self.init(.expectationFailed, detail, status: status)
    case .unanswered:
      self.init(.internalError, detail, status: status)
    case .malformedRequestLine, .malformedLineEnd, .malformedTarget, .malformedField,
      .malformedHost, .malformedContentLength, .malformedTransferEncoding, .malformedChunk,
      .malformedContent, .unsupportedVersion, .unknownMethod, .unknownTransferCoding:
      self.init(.invalidHTTP, detail, status: status)
    }
  }
}
