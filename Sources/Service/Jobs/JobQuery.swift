import AlgorithmInterface
import HTTP
import Jobs
import Observability

/// The filters and the page that a list of jobs is asked with.
struct JobQuery {
  static let filters = [
    QueryParameter(
      "state", .choice(JobState.allCases.map(\.rawValue)), repeats: true, "Any of these states."),
    QueryParameter("algorithm", .string(maximumLength: 64), "Of one algorithm."),
    QueryParameter(
      "label", .string(maximumLength: 321), repeats: true, "All of these labels, NAME:VALUE."),
    QueryParameter("created_after", .string(maximumLength: 40), "RFC 3339."),
  ]
  static let page = [
    QueryParameter("limit", .integer(1...500), "Items of a page; 50 where it is left out."),
    QueryParameter(
      "cursor", .string(maximumLength: 64), "Where the last page ended: its next_cursor."),
  ]

  var filter: JobFilter
  var limit: Int
  var cursor: JobCursor?

  /// Reads parameters whose forms are checked already. A caller sees its own jobs only.
  init(_ call: Call) throws(Problem) {
    filter = JobFilter(owner: call.caller.visibleOwner)
    filter.states = Set(call.query[all: "state"].compactMap { JobState(rawValue: $0) })
    filter.algorithm = call.query["algorithm"]
    for text in call.query[all: "label"] {
      guard let colon = text.firstIndex(of: ":") else {
        throw Problem(.invalidHTTP, "The query parameter \"label\" is NAME:VALUE.")
      }
      filter.labels.append(
        JobLabel(name: String(text[..<colon]), value: String(text[text.index(after: colon)...])))
    }
    if let text = call.query["created_after"] {
      guard let moment = Timestamp(rfc3339: text) else {
        throw Problem(.invalidHTTP, "The query parameter \"created_after\" is not RFC 3339.")
      }
      filter.createdAfter = moment
    }
    limit = call.integer("limit") ?? 50
    if let text = call.query["cursor"] {
      guard let cursor = JobCursor(text) else {
        throw Problem(.invalidHTTP, "The query parameter \"cursor\" is no cursor of this list.")
      }
      self.cursor = cursor
    }
  }
}
