/// Requests to decide, in order, with costs reported before them.
public struct PagingBatch: Sendable, Equatable {
  /// Number of the first of these requests: must equal the session's `next`.
  public var seq: Int
  public var pages: [PageID]
  /// Applied before the pages, in order.
  public var samples: [TicketCost]
  /// Predicted number of the next request of each page (`owp-predictions`); empty: none.
  public var predictions: [Double]
  /// A digest of the body: a retry with the same one gets the first answer again.
  public var digest: [UInt8]

  public init(
    seq: Int, pages: [PageID], samples: [TicketCost] = [], predictions: [Double] = [],
    digest: [UInt8] = []
  ) {
    self.seq = seq
    self.pages = pages
    self.samples = samples
    self.predictions = predictions
    self.digest = digest
  }
}

/// A measured cost, by the ticket of the fetch (or eviction, or probe) that it belongs to.
public struct TicketCost: Sendable, Equatable {
  public var ticket: Int
  public var cost: Double

  public init(ticket: Int, cost: Double) {
    self.ticket = ticket
    self.cost = cost
  }
}

/// What became of reported costs.
public struct SamplesAnswer: Sendable, Equatable {
  public internal(set) var applied = 0
  public internal(set) var stored = 0
  public internal(set) var discarded = 0
  /// Reported before with the same cost.
  public internal(set) var duplicate = 0
  /// Tickets never issued, or expired.
  public internal(set) var unknown: [Int] = []
}

/// The answer to a batch: a value, so that its encoding is the same each time it is sent.
public struct PagingAnswer: Sendable, Equatable {
  /// One request decided. Pages are indices; `PagingSession.page(_:)` names them, or `names` where
  /// it is not empty.
  public struct Decision: Sendable, Equatable {
    public let page: Int32
    public let hit: Bool
    /// The page evicted; -1 for none.
    public let evicted: Int32
    /// Ticket under which the cost may be reported; -1 for none.
    public let ticket: Int
  }

  /// A measurement wanted beside the fetches (mode `interface`).
  public struct Probe: Sendable, Equatable {
    public let page: Int32
    public let ticket: Int
  }

  public let seq: Int
  /// `seq` of the next batch.
  public let next: Int
  public let decisions: [Decision]
  public let probes: [Probe]
  /// Only where pages may be forgotten (`maxPages`), because their indices are used again: the names
  /// at the time, of each decision's page, then of the evicted one if there is one, in order; then
  /// of the probes' pages.
  public let names: [PageID]
  /// What became of the batch's samples.
  public let samples: SamplesAnswer
  /// The session's figures after the batch.
  public let stats: PagingSession.Stats
}
