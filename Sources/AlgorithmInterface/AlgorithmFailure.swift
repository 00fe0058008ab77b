public import Compute
public import JSON

/// Why a run ended without a result.
public enum AlgorithmFailure: Error, Equatable, Sendable {
  /// The context asked to stop.
  case stopped(ComputationStopped)
  /// The numbers do not allow an answer. `code` is a stable word (`class_collapsed`); the same
  /// request fails again, so it is never retried.
  case numerical(code: String, detail: String, pointer: JSONPointer?)
}

/// One thing wrong with a request.
public struct ValidationIssue: Error, Equatable, Sendable {
  /// Where, from the root of the request document (`/params/rank`, `/inputs/gradient/3`).
  public var pointer: JSONPointer
  /// What is wrong and what would be right, as a sentence for people.
  public var detail: String

  public init(_ pointer: JSONPointer, _ detail: String) {
    self.pointer = pointer
    self.detail = detail
  }

  /// An issue with a member of `params`.
  public static func parameter(_ name: String, _ detail: String) -> ValidationIssue {
    ValidationIssue(JSONPointer.root.appending("params").appending(name), detail)
  }

  /// An issue with an input tensor, or with one element of it.
  public static func input(
    _ name: String, at index: [Int] = [], _ detail: String
  ) -> ValidationIssue {
    let start = JSONPointer.root.appending("inputs").appending(name)
    return ValidationIssue(index.reduce(start) { $0.appending($1) }, detail)
  }
}

/// A request that will not be run, with every reason found.
public struct RequestRejection: Error, Equatable, Sendable {
  /// Which class of error the reasons belong to.
  public enum Kind: Sendable, Equatable {
    /// A value, shape, range or name that the algorithm does not take (422 `validation`).
    case validation
    /// An element type that the algorithm does not take (422 `unsupported-dtype`).
    case unsupportedElementType
  }

  public var kind: Kind
  /// At least one.
  public var issues: [ValidationIssue]

  public init(kind: Kind = .validation, _ issues: [ValidationIssue]) {
    self.kind = kind
    self.issues = issues
  }

  public init(kind: Kind = .validation, _ issue: ValidationIssue) {
    self.init(kind: kind, [issue])
  }
}
