public import Observability

/// Which jobs of all: every given member must hold.
public struct JobFilter: Sendable, Equatable {
  /// Only this caller's jobs; nil for everybody's.
  public var owner: String?
  /// Any of these; empty for any state.
  public var states: Set<JobState>
  public var algorithm: String?
  /// All of these.
  public var labels: [JobLabel]
  public var createdAfter: Timestamp?

  public init(
    owner: String? = nil, states: Set<JobState> = [], algorithm: String? = nil,
    labels: [JobLabel] = [], createdAfter: Timestamp? = nil
  ) {
    self.owner = owner
    self.states = states
    self.algorithm = algorithm
    self.labels = labels
    self.createdAfter = createdAfter
  }

  /// The reference for what the stores select by index.
  public func matches(_ job: JobRecord) -> Bool {
    (owner == nil || job.owner == owner) && (states.isEmpty || states.contains(job.state))
      && (algorithm == nil || job.algorithm == algorithm)
      && labels.allSatisfy { job.labels.contains($0) }
      && (createdAfter.map { job.createdAt > $0 } ?? true)
  }
}

/// One page of a list, newest first.
public struct JobPage: Sendable {
  public let items: [JobRecord]
  /// What to give to get the next page; nil on the last.
  public let next: JobCursor?
}

/// Where a page of a list ended. Callers treat its text as opaque.
public struct JobCursor: Sendable, Equatable, CustomStringConvertible {
  package let last: JobID

  package init(last: JobID) { self.last = last }

  public init?(_ text: String) {
    guard let id = JobID(text) else { return nil }
    last = id
  }

  public var description: String { last.description }
}
