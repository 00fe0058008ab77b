public import AlgorithmInterface
import JSON
import WeightedPaging

/// Why a session's call is refused; the session is as it was before.
public enum PagingRefusal: Error, Equatable, Sendable {
  /// A member that does not fit (422 `validation`).
  case validation(RequestRejection)
  /// `seq` is not the number of the next request (409 `sequence-gap`, with `next`).
  case sequenceGap(next: Int)
  /// A ticket was reported before with another cost (409 `conflict`).
  case conflict(ValidationIssue)

  init(_ error: PagingSessionError) {
    switch error {
    case .sequenceGap(let next): self = .sequenceGap(next: next)
    case .ticketConflict(let index, let ticket):
      self = .conflict(
        .at(["samples", index], "ticket \(ticket) was reported before with another cost"))
    case .cost(let index, let reason):
      self = .refused(["samples", index, "cost"], Self.words(reason))
    case .batchSize(let count):
      self = .refused(["pages"], "a batch holds 1 to 10000 pages, got \(count)")
    case .mixedPageKinds(let index):
      self = .refused(
        ["pages", index], "pages are integers or strings, one kind in a session")
    case .pageTooLong(let index):
      self = .refused(["pages", index], "is longer than \(PageID.longest) bytes")
    case .tooManyPages:
      self = .refused(
        ["pages"], "a session knows at most \(PagingSession.mostPages) distinct pages")
    case .predictions(let detail): self = .refused(["predictions"], detail)
    case .policy(let policy, let detail):
      self = .refused(["policy"], "\(policy.rawValue) \(detail)")
    case .maxPages(let count, let capacity):
      self = .refused(["max_pages"], "\(count) is not above the capacity, \(capacity)")
    case .weight(let page, let weight):
      self = .refused(
        ["weights", page], "\(weight) is not a positive number within the scale")
    }
  }

  static func refused(_ path: [any Sendable], _ detail: String) -> PagingRefusal {
    .validation(RequestRejection(.at(path, detail)))
  }

  private static func words(_ error: PagingEngine.SampleError) -> String {
    switch error {
    case .notPositive(let cost): "\(cost) is not a positive finite number"
    case .beyondScale(let cost, let largest):
      "\(cost) is more than 2^40 times max_cost, \(largest)"
    }
  }
}

extension ValidationIssue {
  /// An issue at a path of names and indices.
  static func at(_ path: [any Sendable], _ detail: String) -> ValidationIssue {
    ValidationIssue(
      path.reduce(JSONPointer.root) { pointer, part in
        if let index = part as? Int { return pointer.appending(index) }
        return pointer.appending((part as? String) ?? "")
      }, detail)
  }
}
