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
  private(set) var register: PageRegister
  /// The names of the pages known, by index.
  var pages: [PageID] { register.names }
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
    register = PageRegister(limit: configuration.maxPages)
  }

  /// The session that a snapshot's contents describe; see `PagingSession.init(snapshot:)`.
  init(
    _ configuration: Configuration, policy: any ExpertPolicy, register: PageRegister, next: Int,
    hits: Int, costReported: Double, tickets: TicketLog,
    answers: [(digest: [UInt8], answer: PagingAnswer)]
  ) {
    self.configuration = configuration
    self.policy = policy
    self.register = register
    self.next = next
    self.hits = hits
    self.costReported = costReported
    self.tickets = tickets
    self.answers = answers
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
      // No sum of what the caller sent: it might overflow.
      if batch.seq >= 0, batch.seq <= next - batch.pages.count,
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
    let (decisions, probes, names) = decide(batch)
    next += batch.pages.count
    let answer = PagingAnswer(
      seq: batch.seq, next: next, decisions: decisions, probes: probes, names: names,
      samples: samples, stats: stats)
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
      owed: engine?.counters.owed ?? 0, pages: register.count)
  }

  /// The name of a page of an answer whose `names` are empty.
  public func page(_ index: Int32) -> PageID { register.names[Int(index)] }

  /// The index of a page; nil where it was never requested, or forgotten.
  public func index(of page: PageID) -> Int? { register[page].map { Int($0) } }

  private func check(_ batch: PagingBatch) throws(PagingSessionError) {
    guard (1...Self.largestBatch).contains(batch.pages.count) else {
      throw .batchSize(batch.pages.count)
    }
    let integers = (register.names.first ?? batch.pages[0]).isInteger
    for (i, page) in batch.pages.enumerated() {
      guard page.isInteger == integers else { throw .mixedPageKinds(index: i) }
      guard !page.isTooLong else { throw .pageTooLong(index: i) }
    }
    if register.count + batch.pages.count > Self.mostPages {
      let new = Set(batch.pages.filter { register[$0] == nil })
      guard register.count + new.count <= Self.mostPages else { throw .tooManyPages }
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
        guard register.isSame(page, since: sample.ticket) else {
          answer.discarded += 1
          continue
        }
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
  ) -> ([PagingAnswer.Decision], [PagingAnswer.Probe], names: [PageID]) {
    var decisions: [PagingAnswer.Decision] = []
    decisions.reserveCapacity(batch.pages.count)
    var probes: [PagingAnswer.Probe] = []
    var (names, probed): ([PageID], [PageID]) = ([], [])
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
      guard register.limit > 0 else { continue }
      names.append(id)
      if served.evicted >= 0 { names.append(register.names[served.evicted]) }
      for _ in 0..<served.probes { probed.append(id) }
    }
    return (decisions, probes, names + probed)
  }

  /// The page's index; a new page's is the next one or, past `maxPages`, that of a page forgotten.
  private mutating func known(_ id: PageID) -> Int32 {
    if let page = register[id] {
      register.touch(page)
      return page
    }
    let weight = configuration.weights.isEmpty ? nil : weight(of: id)
    if let page = register.forgettable(where: { [policy] in policy.isForgettable($0) }) {
      register.rename(page, to: id, ticket: tickets.next)
      policy.renewPage(Int(page), weight: weight)
      return page
    }
    policy.addPage(weight: weight)
    return register.add(id, ticket: tickets.next)
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
