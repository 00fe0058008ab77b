import Compute

/// A live session as a value: pages are decided as they are requested, costs come later.
///
/// Invariants between calls:
///  1. the state is a function of the configuration and of the order of batches and samples, bit
///     for bit; taking a snapshot changes nothing, and a session restored from it goes on as this;
///  2. `next` is the number of requests decided; a call that throws has changed nothing;
///  3. a ticket's cost is used at most once;
///  4. no decision waits for a cost.
///
/// Transitions: `advance` (a batch, or the answer to a batch again) and `report` (costs alone,
/// which never change the physical cache). Serial: one caller at a time; copies are independent.
public struct PagingSession: Sendable {
  /// The session's figures.
  public struct Stats: Sendable, Equatable {
    public var requests = 0
    public var hits = 0
    public var misses = 0
    /// Sum of the costs reported, probes included.
    public var costReported = 0.0
    /// Samples owed over all pages.
    public var owed = 0
    /// Distinct pages requested.
    public var pages = 0
  }

  public let configuration: Configuration
  /// Number of the next request.
  public private(set) var next = 0
  private(set) var hits = 0
  private(set) var costReported = 0.0
  var policy: any ExpertPolicy
  private(set) var tickets = TicketLog()
  private(set) var pages: [PageID] = []
  private var index: [PageID: Int32] = [:]
  /// The last answers with their batches' digests, oldest first.
  private(set) var answers: [(digest: [UInt8], answer: PagingAnswer)] = []

  /// Pages of one batch at most.
  public static let largestBatch = 10_000
  /// Distinct pages of one session at most: about 1 GB.
  public static let mostPages = 4_000_000
  /// Answers kept for retries.
  public static let answersKept = 64

  /// - Throws: the first thing in the configuration that does not go together.
  public init(_ configuration: Configuration) throws(PagingSessionError) {
    if let issue = configuration.issues().first { throw issue }
    self.configuration = configuration
    policy = Self.policy(configuration)
  }

  /// The session that a snapshot's contents describe; see `PagingSession.init(snapshot:)`.
  init(
    _ configuration: Configuration, policy: any ExpertPolicy, pages: [PageID], next: Int,
    hits: Int, costReported: Double, tickets: TicketLog,
    answers: [(digest: [UInt8], answer: PagingAnswer)]
  ) {
    self.configuration = configuration
    self.policy = policy
    self.pages = pages
    self.next = next
    self.hits = hits
    self.costReported = costReported
    self.tickets = tickets
    self.answers = answers
    for (i, page) in pages.enumerated() { index[page] = Int32(truncatingIfNeeded: i) }
  }

  /// `advance` as a function of the state.
  public func advanced(
    by batch: PagingBatch
  ) throws(PagingSessionError) -> (state: PagingSession, answer: PagingAnswer) {
    var state = self
    let answer = try state.advance(batch)
    return (state, answer)
  }

  /// Decides a batch. A retry of one of the last 64 batches (its digest is the same) gets the
  /// first answer again; anything else that does not start at `next` is a gap.
  public mutating func advance(_ batch: PagingBatch) throws(PagingSessionError) -> PagingAnswer {
    guard batch.seq == next else {
      if batch.seq + batch.pages.count <= next,
        let known = answers.last(where: {
          $0.answer.seq == batch.seq && $0.digest == batch.digest
            && $0.answer.decisions.count == batch.pages.count
        })
      {
        return known.answer
      }
      throw .sequenceGap(next: next)
    }
    try check(batch)
    try check(batch.samples)
    let samples = apply(batch.samples)
    let (decisions, probes) = decide(batch)
    next += batch.pages.count
    let answer = PagingAnswer(
      seq: batch.seq, next: next, decisions: decisions, probes: probes, samples: samples,
      stats: stats)
    if answers.count == Self.answersKept { answers.removeFirst() }
    answers.append((batch.digest, answer))
    return answer
  }

  /// Takes costs in. The physical cache stays as it is.
  public mutating func report(
    _ samples: [TicketCost]
  ) throws(PagingSessionError) -> SamplesAnswer {
    try check(samples)
    return apply(samples)
  }

  /// The figures now.
  public var stats: Stats {
    Stats(
      requests: next, hits: hits, misses: next - hits, costReported: costReported,
      owed: engine?.counters.owed ?? 0, pages: pages.count)
  }

  /// The name of a page of an answer.
  public func page(_ index: Int32) -> PageID { pages[Int(index)] }

  /// The index of a page; nil where it was never requested.
  public func index(of page: PageID) -> Int? { index[page].map { Int($0) } }

  private func check(_ batch: PagingBatch) throws(PagingSessionError) {
    guard (1...Self.largestBatch).contains(batch.pages.count) else {
      throw .batchSize(batch.pages.count)
    }
    let integers = (pages.first ?? batch.pages[0]).isInteger
    for (i, page) in batch.pages.enumerated() {
      guard page.isInteger == integers else { throw .mixedPageKinds(index: i) }
      guard !page.isTooLong else { throw .pageTooLong(index: i) }
    }
    if pages.count + batch.pages.count > Self.mostPages {
      let new = Set(batch.pages.filter { index[$0] == nil })
      guard pages.count + new.count <= Self.mostPages else { throw .tooManyPages }
    }
    guard !batch.predictions.isEmpty else { return }
    guard configuration.policy == .owpPredictions else {
      throw .predictions("the policy \(configuration.policy.rawValue) takes no predictions")
    }
    guard batch.predictions.count == batch.pages.count,
      !batch.predictions.contains(where: \.isNaN)
    else { throw .predictions("expected one number a page") }
  }

  /// Every cost usable, no ticket with two costs: so that `apply` cannot fail half-way.
  private func check(_ samples: [TicketCost]) throws(PagingSessionError) {
    var mine: [Int: Double] = [:]
    for (i, sample) in samples.enumerated() {
      do {
        try configuration.engine.check(sample.cost)
      } catch {
        throw .cost(index: i, error)
      }
      switch tickets[sample.ticket] {
      case .reported(let cost) where cost != sample.cost:
        throw .ticketConflict(index: i, ticket: sample.ticket)
      case .open:
        guard mine.updateValue(sample.cost, forKey: sample.ticket) ?? sample.cost == sample.cost
        else { throw .ticketConflict(index: i, ticket: sample.ticket) }
      default: continue
      }
    }
  }

  private mutating func apply(_ samples: [TicketCost]) -> SamplesAnswer {
    var answer = SamplesAnswer()
    for sample in samples {
      switch tickets[sample.ticket] {
      case .unknown: answer.unknown.append(sample.ticket)
      case .reported: answer.duplicate += 1
      case .open(let page):
        tickets.note(sample.cost, ticket: sample.ticket)
        costReported += sample.cost
        switch policy.observe(sample.cost, page: page) {
        case .applied: answer.applied += 1
        case .stored: answer.stored += 1
        case .discarded: answer.discarded += 1
        }
      }
    }
    return answer
  }

  private mutating func decide(
    _ batch: PagingBatch
  ) -> ([PagingAnswer.Decision], [PagingAnswer.Probe]) {
    var decisions: [PagingAnswer.Decision] = []
    decisions.reserveCapacity(batch.pages.count)
    var probes: [PagingAnswer.Probe] = []
    let onFetch = configuration.costModel == .fetch
    for (i, id) in batch.pages.enumerated() {
      let page = known(id)
      if !batch.predictions.isEmpty { policy.predict(batch.predictions[i]) }
      let served = policy.serve(Int(page))
      var ticket = -1
      if served.hit {
        hits += 1
      } else if onFetch {
        ticket = tickets.issue(page: Int(page))
      } else if served.evicted >= 0 {
        ticket = tickets.issue(page: served.evicted)
      }
      decisions.append(
        PagingAnswer.Decision(
          page: page, hit: served.hit, evicted: Int32(truncatingIfNeeded: served.evicted),
          ticket: ticket))
      for _ in 0..<served.probes {
        probes.append(PagingAnswer.Probe(page: page, ticket: tickets.issue(page: Int(page))))
      }
    }
    return (decisions, probes)
  }

  private mutating func known(_ id: PageID) -> Int32 {
    if let page = index[id] { return page }
    let page = Int32(truncatingIfNeeded: pages.count)
    index[id] = page
    pages.append(id)
    policy.addPage(weight: configuration.weights.isEmpty ? nil : weight(of: id))
    return page
  }

  private func weight(of page: PageID) -> Double {
    configuration.weights[page.text] ?? configuration.engine.maxCost
  }

  static func policy(_ configuration: Configuration) -> any ExpertPolicy {
    let random = RandomGenerator(seed: configuration.seed, stream: 0)
    var engine = configuration.engine
    engine.knownWeights = configuration.policy == .bbn
    let capacity = engine.capacity
    switch configuration.policy {
    case .owp, .bbn: return PagingEngine(engine, random: random)
    case .lru, .fifo:
      return RecencyPolicy(capacity: capacity, renews: configuration.policy == .lru)
    case .marking: return MarkingPolicy(capacity: capacity, random: RandomBits(random))
    case .owpFrequency:
      return SwitchedPolicy(
        expert: FrequencyPolicy(capacity: capacity),
        engine: PagingEngine(engine, random: random), factor: SwitchedPolicyFactor.frequency)
    case .owpPredictions, .belady, .opt:
      // The last two are refused before.
      return SwitchedPolicy(
        expert: PredictedNextPolicy(capacity: capacity),
        engine: PagingEngine(engine, random: random), factor: SwitchedPolicyFactor.predictions)
    case .lfu, .landlord, .landlordMean, .gdsf, .gdsfMean, .randomisedGreedyDual:
      return PriorityPolicy(
        configuration.policy, capacity: capacity, knowsWeights: !configuration.weights.isEmpty,
        random: RandomBits(random))
    }
  }
}
